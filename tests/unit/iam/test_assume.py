"""Edges are the decisions, found without trying everybody; the index never misses one."""

from dataclasses import replace

import pytest

from iam.admin import is_administrator
from iam.assume import assume_edges, subjects, trust_edges
from iam.authorize import Request, authorize
from iam.decision import Verdict
from iam.model import Account, OidcProvider, Policy, PolicyKind, ResourcePolicy, Workload
from iam.policy import parse
from iam.who_can import who_can
from tests.unit.iam.build import A, B, X, allow, organization, role, snapshot, trust, user

FULL = {"Version": "2012-10-17", "Statement": [allow("*")]}


def mixed() -> object:
    return snapshot(
        user("admin", allow("*")),
        user("exact", allow(resource=f"arn:aws:iam::{A}:role/deploy")),
        user("pattern", allow(resource=f"arn:aws:iam::{A}:role/dep*")),
        user("other", allow(resource=f"arn:aws:iam::{A}:role/other")),
        user(
            "not", {"Effect": "Allow", "Action": "sts:*", "NotResource": f"arn:aws:iam::{A}:role/x"}
        ),
        user("own", allow(resource=f"arn:aws:iam::{A}:role/${{aws:username}}")),
        user("far", allow(), account=B),
        role("deploy", [trust({"AWS": [A, B]})]),
        role("own", [trust({"AWS": A})]),
        role("open", [trust("*")]),
        role("ci", [trust({"Service": "lambda.amazonaws.com"})], allow()),
    )


def test_edges_are_what_authorize_says_of_every_pair() -> None:
    found = mixed()
    edges = {(e.source, e.role): e.verdict for e in assume_edges(found)}  # type: ignore[arg-type]
    for principal in [*found.users, *found.roles]:  # type: ignore[attr-defined]
        for target in found.roles:  # type: ignore[attr-defined]
            verdict = authorize(found, Request(principal=principal, resource=target)).verdict  # type: ignore[arg-type]
            assert edges.get((principal, target), Verdict.DENY) is verdict, (principal, target)


def test_who_can_lists_strangers_and_services() -> None:
    found = mixed()
    answer = who_can(found, f"arn:aws:iam::{A}:role/open")  # type: ignore[arg-type]
    assert "*" in answer.allow
    assert who_can(found, f"arn:aws:iam::{A}:role/ci").allow == ("lambda.amazonaws.com",)  # type: ignore[arg-type]
    narrowed = who_can(found, f"arn:aws:iam::{A}:role/deploy", among=[B])  # type: ignore[arg-type]
    assert narrowed.allow == (user("far", account=B).arn,)


def test_an_account_that_was_not_collected_is_one_conditional_edge() -> None:
    found = snapshot(role("r1", [trust({"AWS": X})]))
    (edge,) = assume_edges(found)
    assert (edge.source, edge.source_kind) == (f"arn:aws:iam::{X}:root", "ExternalAccount")
    assert [[(a.key, a.values) for a in b] for b in edge.requirements] == [[("identity", (X,))]]


def test_an_oidc_trust_starts_at_the_subject_it_names() -> None:
    host = "token.actions.githubusercontent.com"
    provider = f"arn:aws:iam::{A}:oidc-provider/{host}"
    conditions = {
        "StringEquals": {f"{host}:aud": "sts.amazonaws.com"},
        "StringLike": {f"{host}:sub": "repo:org/app:*"},
    }
    found = snapshot(
        role(
            "r1",
            [trust({"Federated": provider}, "sts:AssumeRoleWithWebIdentity", Condition=conditions)],
        ),
        oidc_providers={
            provider: OidcProvider(
                arn=provider, account=A, url=host, client_ids=("sts.amazonaws.com",)
            )
        },
    )
    (edge,) = assume_edges(found)
    assert edge.source == f"{provider}#sub=repo:org/app:*"
    assert edge.source_kind == "FederatedSubject"
    assert sorted(a.key for a in edge.requirements[0]) == [f"{host}:aud", f"{host}:iss"]
    trusted = found.roles[edge.role].trust
    assert trusted is not None
    assert subjects(provider, parse(trusted).statements[0]) == [edge.source]


def test_trusts_tell_dead_ids() -> None:
    found = snapshot(role("r1", [trust({"AWS": ["AROADEAD", f"arn:aws:iam::{A}:user/gone"]})]))
    assert [(t.principal, t.dangling) for t in trust_edges(found)] == [
        ("AROADEAD", True),
        (f"arn:aws:iam::{A}:user/gone", True),
    ]


def test_an_administrator_is_one_after_every_layer() -> None:
    plain = snapshot(user("admin", allow("*")), user("power", allow("iam:*")))
    assert is_administrator(plain, user("admin").arn)
    assert not is_administrator(plain, user("power").arn)
    guarded = organization(A, scps={"r-1": [FULL], A: [FULL]})
    assert is_administrator(snapshot(user("admin", allow("*")), **guarded), user("admin").arn)
    closed = organization(A, scps={"r-1": [FULL], A: []})
    assert not is_administrator(snapshot(user("admin", allow("*")), **closed), user("admin").arn)


def test_a_suspended_account_keeps_its_verdict_and_is_told() -> None:
    found = snapshot(
        user("u1"),
        role("r1", [trust({"AWS": user("u1").arn})]),
        accounts={A: Account(id=A, collected=True, status="SUSPENDED")},
    )
    decision = authorize(found, Request(principal=user("u1").arn, resource=role("r1", []).arn))
    assert decision.verdict is Verdict.ALLOW
    assert "ACCOUNT_SUSPENDED" in decision.findings


def test_a_service_that_enters_is_shown_with_what_it_holds_the_role_for() -> None:
    held = role("function", [trust({"Service": "lambda.amazonaws.com"})])
    function = Workload(
        arn=f"arn:aws:lambda:eu-west-1:{A}:function:f",
        type="AWS::Lambda::Function",
        account=A,
        region="eu-west-1",
        service="lambda.amazonaws.com",
        role=held.arn,
    )
    facts = snapshot(held, workloads=(function,))
    decision = authorize(facts, Request(principal="lambda.amazonaws.com", resource=held.arn))
    (workload,) = [layer for layer in decision.layers if layer.layer == "workload"]
    assert function.arn in workload.message
    (proof,) = [e.to_json() for e in decision.evidence if e.layer == "workload"]
    assert proof == {
        "layer": "workload",
        "policy": function.arn,
        "version": "",
        "statement": -1,
        "sid": "AWS::Lambda::Function",
        "effect": "Holds",
    }
    assert [e.ref for e in decision.evidence][-1] == function.arn


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_a_layer_of_one_document_speaks_in_the_singular(effect: str) -> None:
    held = {"AWS": f"arn:aws:iam::{A}:user/ana"}
    ana = user("ana", {"Effect": "Deny", "Action": "sts:*", "Resource": "*"})
    shut = role("R", [trust(held, Effect=effect)])
    found = authorize(snapshot(ana, shut), Request(principal=ana.arn, resource=shut.arn))
    said = {layer.layer: layer.message for layer in found.layers}
    assert said["identity"] == "the caller's own policies deny it explicitly"
    allows = effect == "Allow"
    assert said["trust"] == f"the trust policy {'allows it' if allows else 'denies it explicitly'}"
    because = [r.message.partition(":")[0] for r in found.reasons if r.layer == "trust"]
    assert allows or because[0] == "the trust policy explicitly denies sts"


def test_a_silent_layer_speaks_in_its_own_number() -> None:
    ana, other = user("ana"), role("R", [trust({"AWS": f"arn:aws:iam::{B}:root"})])
    bounded = replace(ana, boundary=f"arn:aws:iam::{A}:policy/b")
    limit = Policy(
        arn=f"arn:aws:iam::{A}:policy/b",
        name="b",
        kind=PolicyKind.MANAGED,
        document={"Version": "2012-10-17", "Statement": [allow("s3:*")]},
    )
    facts = snapshot(bounded, other, policies=(limit,))
    found = authorize(facts, Request(principal=ana.arn, resource=other.arn))
    said = {layer.layer: layer.message for layer in found.layers}
    assert said["trust"] == "the trust policy does not allow it"
    assert said["boundary"] == "the caller's permissions boundary does not allow it"
    assert said["identity"] == "the caller's own policies do not allow it"


@pytest.mark.parametrize(("tags", "has"), [((("team", "ops"),), "it is ops"), ((), "it is absent")])
def test_a_failed_trust_condition_says_what_it_wants_and_what_there_is(
    tags: tuple[tuple[str, str], ...], has: str
) -> None:
    ana = user("ana", tags=tags)
    wants = {"StringEquals": {"aws:PrincipalTag/team": ["payments", "books"]}}
    shut = role("R", [trust({"AWS": ana.arn}, Condition=wants)])
    found = authorize(snapshot(ana, shut), Request(principal=ana.arn, resource=shut.arn))
    assert [miss.code for miss in found.near_misses] == ["TRUST_CONDITION"]
    words = f"aws:PrincipalTag/team fails StringEquals payments or books: {has}"
    assert found.near_misses[0].message.endswith(f"its condition cannot hold: {words}")
    assert any(words in reason.message for reason in found.reasons if reason.code == "TRUST")


NEEDS_TEAM = {"StringEquals": {"aws:PrincipalTag/team": "payments"}}


@pytest.mark.parametrize(
    ("named", "statements", "codes"),
    [
        ([A], [], ["TRUST", "IDENTITY_IMPLICIT"]),
        ([A], [allow()], ["TRUST"]),
        ([A, f"arn:aws:iam::{A}:user/ana"], [], ["TRUST"]),
        (["*"], [], ["TRUST"]),
        ([B], [], ["TRUST"]),
    ],
)
def test_a_refusal_lists_what_would_still_be_missing(
    named: list[str], statements: list[dict[str, object]], codes: list[str]
) -> None:
    """An account that is named under a condition that fails leaves the rest to its policies."""
    ana = user("ana", *statements)
    shut = role("R", [trust({"AWS": named}, Condition=NEEDS_TEAM)])
    found = authorize(snapshot(ana, shut), Request(principal=ana.arn, resource=shut.arn))
    assert [reason.code for reason in found.reasons] == codes


def test_a_near_miss_says_whom_the_statement_names_and_fails_on_one_element_only() -> None:
    elsewhere = f"arn:aws:iam::{A}:role/other"
    ana = user(
        "ana",
        allow(resource=elsewhere),
        allow(resource=elsewhere, Condition=NEEDS_TEAM),
        allow("sts:TagSession"),
        allow("sts:TagSession", resource=elsewhere),
    )
    shut = role("R", [trust({"AWS": A}, Condition=NEEDS_TEAM)])
    found = authorize(snapshot(ana, shut), Request(principal=ana.arn, resource=shut.arn))
    assert [(m.code, m.statement.rpartition("#")[2]) for m in found.near_misses] == [
        ("IDENTITY_RESOURCE", "0"),
        ("IDENTITY_ACTION", "2"),
        ("TRUST_CONDITION", "0"),
    ]
    assert f"names account {A}, but its condition cannot hold" in found.near_misses[-1].message
    (identity,) = [reason for reason in found.reasons if reason.code == "IDENTITY_IMPLICIT"]
    assert identity.message == (
        f"the trust policy would leave it to account {A}, and ana's own policies do not allow"
        " sts:AssumeRole on R"
    )


def test_a_resource_policy_has_near_misses_too_and_only_of_whom_it_names() -> None:
    ana, far = user("ana", account=B), user("far", account=B)
    queue = f"arn:aws:sqs:eu-west-1:{A}:orders"
    me = {"AWS": ana.arn}
    statements = [
        trust(me, "sqs:ReceiveMessage", Resource=queue),
        trust(me, "sqs:SendMessage", Resource=queue + "-old"),
        trust(me, "sqs:SendMessage", Resource=queue, Condition=NEEDS_TEAM),
        trust({"AWS": far.arn}, "sqs:ReceiveMessage", Resource=queue),
        trust(me, "kms:Decrypt", Resource=queue),
    ]
    policy = Policy(
        arn=f"{queue}#policy",
        name="resource policy",
        kind=PolicyKind.RESOURCE,
        document={"Version": "2012-10-17", "Statement": statements},
    )
    held = ResourcePolicy(resource=queue, account=A, region="eu-west-1", policy=policy)
    facts = snapshot(ana, far, resource_policies={queue: held})
    found = authorize(facts, Request(principal=ana.arn, resource=queue, action="sqs:SendMessage"))
    assert [(m.code, m.statement.rpartition("#")[2]) for m in found.near_misses] == [
        ("RESOURCE_ACTION", "0"),
        ("RESOURCE_RESOURCE", "1"),
        ("RESOURCE_CONDITION", "2"),
    ]
    assert {r.code for r in found.reasons} == {"IDENTITY_IMPLICIT", "RESOURCE_IMPLICIT"}


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_not_principal_speaks_of_everyone_and_not_of_whom_it_leaves_out(effect: str) -> None:
    """A-30: the edge of the trust policy ends at everyone."""
    eve = user("eve")
    statement = {"Effect": effect, "NotPrincipal": {"AWS": eve.arn}, "Action": "sts:AssumeRole"}
    (found,) = trust_edges(snapshot(eve, role("open", [statement])))
    assert (found.principal, found.principal_kind, found.effect) == ("*", "Everyone", effect)
