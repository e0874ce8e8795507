"""Whatever stands where AWS keeps a document or a text, nothing that reads the facts raises.

The documents are those of the laws; here they stand in every place at once: own, of a group,
attached, as boundary, trust, SCP, RCP, of a resource, as a session policy that a profile or an
association fixes, as an older version, and as the constraints of a grant.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.evidence import quotes
from app.render import why_text
from iam.admin import is_administrator
from iam.assume import assume_edges, hop_of, trust_edges
from iam.authorize import Request, authorize
from iam.chain import find_chains
from iam.decision import Decision, Verdict
from iam.deletion import rehearse
from iam.model import (
    Account,
    Grant,
    Group,
    Organization,
    OrganizationalUnit,
    Policy,
    PolicyKind,
    ResourcePolicy,
    Role,
    Snapshot,
    User,
    Workload,
)
from iam.policy import document_text
from iam.who_can import who_can
from tests.property.test_laws import HUGE, RANK, hostile_documents, laws, texts, values
from tests.unit.iam.build import A, B, allow, document, role, snapshot, trust, user

M = "999999999999"
USER, GROUP = f"arn:aws:iam::{A}:user/u", f"arn:aws:iam::{A}:group/g"
CALLER, TARGET = f"arn:aws:iam::{A}:role/r", f"arn:aws:iam::{A}:role/target"
FAR = f"arn:aws:iam::{B}:role/far"
KEY = f"arn:aws:kms:eu-west-1:{A}:key/11111111-1111-4111-8111-111111111111"
HELD = (
    f"arn:aws:lambda:eu-west-1:{A}:function:f",
    f"arn:aws:sns:eu-west-1:{A}:topic",
    f"arn:aws:secretsmanager:eu-west-1:{A}:secret:s",
    "arn:aws:s3:::bucket",
    KEY,
)
ASKED = (
    ("sts:AssumeRole", TARGET),
    ("sts:AssumeRole", FAR),
    ("iam:PassRole", TARGET),
    ("lambda:InvokeFunction", HELD[0]),
    ("sns:Publish", HELD[1]),
    ("secretsmanager:GetSecretValue", HELD[2]),
    ("s3:GetObject", f"{HELD[3]}/key"),
    ("kms:Decrypt", KEY),
    ("kms:CreateGrant", KEY),
)
CALLERS = (
    USER,
    CALLER,
    f"arn:aws:sts::{A}:assumed-role/r/s",
    f"arn:aws:iam::{A}:root",
    f"arn:aws:iam::{B}:root",
    "lambda.amazonaws.com",
    "pods.eks.amazonaws.com",
    "cognito-identity.amazonaws.com",
    f"arn:aws:iam::{A}:saml-provider/p",
    "*",
)


def everywhere(content: Any, constraints: str = "") -> Snapshot:
    """An organization in which every document is the same hostile one."""

    def policy(arn: str, kind: PolicyKind, **more: Any) -> Policy:
        return Policy(arn=arn, name="h", kind=kind, document=content, **more)

    attached = policy(
        f"arn:aws:iam::{A}:policy/a",
        PolicyKind.MANAGED,
        version="v2",
        versions=("v1", "v2"),
        older=(("v1", document_text(content)),),
    )
    scp, rcp = (
        policy(f"arn:aws:organizations::{M}:policy/o-1/{kind}/p-1", kind)
        for kind in (PolicyKind.SCP, PolicyKind.RCP)
    )
    group = Group(
        arn=GROUP,
        name="g",
        account=A,
        inline=(policy(f"{GROUP}#inline/own", PolicyKind.INLINE),),
        attached=(attached.arn,),
    )

    def holder(entity: Any, **more: Any) -> Any:
        own = policy(f"{entity.arn}#inline/own", PolicyKind.INLINE)
        return replace(
            entity, inline=(*entity.inline, own), attached=(attached.arn,), boundary=attached.arn,
            **more,
        )  # fmt: skip

    def trusted(entity: Role) -> Role:
        return replace(entity, trust=policy(f"{entity.arn}#trust", PolicyKind.TRUST))

    ways = [
        ("AWS::RolesAnywhere::Profile", "rolesanywhere.amazonaws.com"),
        ("AWS::EKS::PodIdentityAssociation", "pods.eks.amazonaws.com"),
    ]
    text = document_text(content)
    entered = [trust({"Service": [service for _, service in ways]}, ["sts:*"])]
    made: list[User | Role] = [
        holder(user("u", allow()), groups=(GROUP,)),
        holder(role("r", [*entered, trust({"AWS": f"arn:aws:iam::{A}:root"})], allow())),
        trusted(holder(role("target", []))),
        trusted(holder(role("far", [], account=B))),
    ]
    return snapshot(
        *made,
        policies=(attached,),
        taken_at=datetime(2026, 1, 1, tzinfo=UTC),
        groups={GROUP: group},
        accounts={
            account: Account(id=account, collected=True, parent="r-1", organization_known=True)
            for account in (A, B)
        },
        organization=Organization(
            id="o-1",
            management_account=M,
            root="r-1",
            scp_enabled=True,
            rcp_enabled=True,
            units={"r-1": OrganizationalUnit(id="r-1", arn="arn:r-1", name="Root")},
            policies={scp.arn: scp, rcp.arn: rcp},
            targets=dict.fromkeys(("r-1", A, B), (scp.arn, rcp.arn)),
        ),
        resource_policies={
            arn: ResourcePolicy(
                resource=arn,
                account=A,
                region="eu-west-1",
                policy=policy(f"{arn}#policy", PolicyKind.RESOURCE),
            )
            for arn in HELD
        },
        grants={
            f"{KEY}#grant/{number}": Grant(
                arn=f"{KEY}#grant/{number}",
                key=KEY,
                account=A,
                region="eu-west-1",
                grantee=grantee,
                retiring=CALLER,
                operations=("Decrypt", "CreateGrant"),
                constraints=constraints,
            )
            for number, grantee in enumerate((USER, CALLER, "lambda.amazonaws.com"))
        },
        workloads=tuple(
            Workload(
                arn=f"arn:aws:x:eu-west-1:{A}:{kind}/{number}",
                type=kind,
                account=A,
                region="eu-west-1",
                service=service,
                role=CALLER,
                facts=(("enabled", "true"), ("sessionPolicy", text), ("targetRole", FAR)),
            )
            for number, (kind, service) in enumerate(ways)
        ),
    )


def answers(facts: Snapshot, content: Any) -> Iterator[Decision]:
    for principal in CALLERS:
        for action, resource in ASKED:
            yield authorize(facts, Request(principal=principal, action=action, resource=resource))
    yield authorize(facts, Request(principal=CALLER, resource=TARGET, session_policies=[content]))


def survives(facts: Snapshot, content: Any) -> None:
    for decision in answers(facts, content):
        assert decision.verdict.value in RANK
        assert decision.verdict is not Verdict.CONDITIONAL or decision.requirements
        answer = decision.to_json()
        answer["quotes"] = quotes(facts, answer, [content])
        assert "\n".join(why_text(answer)).startswith(decision.verdict.value)
    edges = list(assume_edges(facts))
    hops = [hop_of(edge) for edge in edges]
    assert {edge.role for edge in trust_edges(facts)} <= facts.roles.keys()
    starts = {hop.source for hop in hops}
    for start in sorted(starts):
        chains, _ = find_chains(
            lambda key: [hop for hop in hops if hop.source == key],
            start,
            {TARGET, FAR} - {start},
            max_hops=3,
            limit=5,
            snapshot=facts,
        )
        assert all(chain.nodes[0] == start for chain in chains)
    for action, resource in ASKED:
        found = who_can(facts, resource, action)
        assert not {key for key, _ in found.conditional} & set(found.allow)
    for entity in (USER, GROUP, CALLER, TARGET, f"arn:aws:iam::{A}:policy/a"):
        assert rehearse(facts, entity, edges=edges, operator=USER)["entity"] == entity
    assert is_administrator(facts, USER) in (True, False)


@settings(laws, max_examples=100)
@given(hostile_documents)
@example(None)
@example("")
@example({"Statement": {"Effect": "Allow", "Principal": {"AWS": ["*", 1]}, "Action": "*"}})
def test_no_document_in_any_place_makes_anything_raise(content: Any) -> None:
    survives(everywhere(content), content)


@pytest.mark.parametrize("name", ["deep list in Action", "deep text", "nulls everywhere"])
def test_no_huge_document_in_any_place_makes_anything_raise(name: str) -> None:
    survives(everywhere(HUGE[name]), HUGE[name])


# --- grants ---------------------------------------------------------------------------------------

constraint_names = st.sampled_from(
    ["EncryptionContextEquals", "EncryptionContextSubset", "SourceArn", "EncryptionContextX", ""]
)
hostile_constraints = (
    st.dictionaries(constraint_names | texts, values, max_size=3)
    | st.dictionaries(constraint_names, st.dictionaries(texts, texts, max_size=2), max_size=3)
    | values
)
everything = document(allow("kms:*"))


def granted(constraints: str) -> Snapshot:
    """A key whose policy says nothing, and a grant to a user who has no policy of its own."""
    grantee = user("u")
    grant = Grant(
        arn=f"{KEY}#grant/1",
        key=KEY,
        account=A,
        region="eu-west-1",
        grantee=grantee.arn,
        operations=("Decrypt", "DescribeKey"),
        constraints=constraints,
    )
    held = Policy(arn=f"{KEY}#policy", name="p", kind=PolicyKind.RESOURCE, document=document())
    return snapshot(
        grantee,
        grants={grant.arn: grant},
        resource_policies={
            KEY: ResourcePolicy(resource=KEY, account=A, region="eu-west-1", policy=held)
        },
    )


def decrypts(constraints: str, **asked: Any) -> Decision:
    return authorize(
        granted(constraints),
        Request(principal=USER, action="kms:Decrypt", resource=KEY, **asked),
    )


@settings(laws, max_examples=300)
@given(hostile_constraints)
def test_no_constraints_of_a_grant_make_a_decision_raise(constraints: Any) -> None:
    text = json.dumps(constraints)
    decision = decrypts(text)
    assert decision.verdict.value in RANK
    again = authorize(
        granted(text), Request(principal=USER, action="kms:DescribeKey", resource=KEY)
    )
    assert RANK[again.verdict.value] >= RANK[decision.verdict.value]


@settings(laws, max_examples=100)
@given(texts | hostile_constraints.map(json.dumps), st.integers(0, 60))
def test_no_truncated_constraints_open_a_grant(text: str, length: int) -> None:
    """What is no JSON object is a constraint that nobody can read, and so a requirement."""
    cut = text[:length]
    try:
        readable = not cut or isinstance(json.loads(cut), dict)
    except ValueError:
        readable = False
    decision = decrypts(cut)
    assert decision.verdict.value in RANK
    assert readable or decision.verdict is Verdict.CONDITIONAL


@settings(laws, max_examples=100)
@given(st.dictionaries(st.text("abc:", min_size=1, max_size=4), st.text("xyz*$", max_size=4)))
def test_a_grant_opens_under_its_encryption_context_and_no_other(held: dict[str, str]) -> None:
    """API GrantConstraints: equal is all of it and nothing else, a subset may be more."""
    lowered = {key.lower() for key in held}
    if len(lowered) < len(held):
        return  # condition keys are compared in any case
    passed = {f"kms:EncryptionContext:{key}": (value,) for key, value in held.items()}
    names = {"kms:EncryptionContextKeys": tuple(held)} if held else {}
    more = {**passed, "kms:EncryptionContext:other": ("1",)}
    more_names = {"kms:EncryptionContextKeys": (*held, "other")}

    def verdict(kind: str, context: dict[str, tuple[str, ...]]) -> str:
        text = json.dumps({kind: held})
        return decrypts(text, context=context, context_complete=True).verdict.value

    for kind in ("EncryptionContextEquals", "EncryptionContextSubset"):
        assert verdict(kind, {**passed, **names}) == "allow"
        if held:
            assert verdict(kind, {}) == "deny"
    assert verdict("EncryptionContextSubset", {**more, **more_names}) == "allow"
    assert verdict("EncryptionContextEquals", {**more, **more_names}) == "deny"


def test_deep_constraints_are_a_requirement() -> None:
    for text in ("[" * 100_000, '{"SourceArn": ' + "[" * 50_000, "x" * 1_000_000):
        assert decrypts(text).verdict is Verdict.CONDITIONAL
