"""What all layers make of a request: who is refused before them, what they add up to, the proof.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from iam.authorize import Request, authorize
from iam.decision import Decision
from iam.errors import UsageError
from iam.model import (
    Account,
    Organization,
    Policy,
    PolicyKind,
    ResourcePolicy,
    Role,
    SamlProvider,
    Snapshot,
    User,
    Workload,
)
from tests.unit.iam.build import A, B, X, allow, document, organization, role, snapshot, trust, user

TARGET = f"arn:aws:iam::{A}:role/R"
QUEUE = f"arn:aws:sqs:eu-west-1:{A}:orders"
KEY = f"arn:aws:kms:eu-west-1:{A}:key/1234"
LAMBDA = "lambda.amazonaws.com"
SAML = f"arn:aws:iam::{A}:saml-provider/Okta"
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
ID = {"StringEquals": {"sts:ExternalId": "x"}}
FULL = document(allow("*"))
ANA = user("ana")


def decide(facts: Snapshot, principal: str, resource: str = TARGET, **more: Any) -> Decision:
    return authorize(facts, Request(principal=principal, resource=resource, **more))


def codes(found: Decision) -> list[str]:
    return [reason.code for reason in found.reasons]


def deny(action: Any = "sts:AssumeRole", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, **more}


def queue_policy(*statements: dict[str, Any], arn: str = QUEUE) -> dict[str, ResourcePolicy]:
    policy = Policy(
        arn=f"{arn}#policy",
        name="resource policy",
        kind=PolicyKind.RESOURCE,
        document=document(*statements),
    )
    return {arn: ResourcePolicy(resource=arn, account=A, region="", policy=policy)}


def bounded(entity: User | Role, *statements: dict[str, Any]) -> tuple[Any, Policy]:
    """The entity under a boundary of these statements, and the boundary."""
    arn = f"arn:aws:iam::{entity.account}:policy/limit"
    limit = Policy(arn=arn, name="limit", kind=PolicyKind.MANAGED, document=document(*statements))
    return replace(entity, boundary=arn), limit


# --- before any policy ----------------------------------------------------------------------------


def test_a_question_stays_what_it_was() -> None:
    """Its parts are named, never counted off, and none changes while it is being answered."""
    asked = Request(principal=ANA.arn, resource=TARGET)
    with pytest.raises(FrozenInstanceError):
        asked.action = "sts:TagSession"  # type: ignore[misc]
    with pytest.raises(TypeError):
        Request(ANA.arn, TARGET)  # type: ignore[call-arg]


def test_an_action_has_a_service() -> None:
    with pytest.raises(UsageError, match="no service prefix"):
        decide(snapshot(ANA), ANA.arn, action="AssumeRole")


def test_what_takes_tags_need_not_be_a_role() -> None:
    """Service Authorization Reference: TagSession has users for resources, too."""
    able = user("ana", allow("sts:TagSession"))
    for target in (f"arn:aws:iam::{A}:user/x", f"arn:aws:sts::{A}:role/x"):
        assert decide(snapshot(able), able.arn, target, action="sts:TagSession").verdict == "allow"
    gone = decide(snapshot(able), able.arn, action="STS:tagsession")
    assert codes(gone) == ["UNKNOWN_ROLE"]
    assert gone.action == "sts:TagSession"


@pytest.mark.parametrize(
    ("principal", "kind", "code", "rule"),
    [
        (f"arn:aws:iam::{A}:root", "", "ROOT_CANNOT_ASSUME", "C-5"),
        (f"arn:aws:iam::{A}:root", "ROOT_TASK", "ROOT_TASK", "C-6"),
        (f"arn:aws:sts::{A}:federated-user/bob", "", "FEDUSER_NO_STS", "C-7"),
        ("*", "", "UNSIGNED", "C-9"),
        (f"arn:aws-cn:iam::{X}:user/ana", "", "CROSS_PARTITION", "C-3"),
        (f"arn:aws-cn:iam::{A}:saml-provider/Okta", "", "CROSS_PARTITION", "C-3"),
        (f"arn:aws:iam::{A}:user/gone", "", "UNKNOWN_PRINCIPAL", "C-11"),
        (f"arn:aws:iam::{A}:group/g", "", "UNKNOWN_PRINCIPAL", "C-11"),
        (f"arn:aws:iam::{X}:group/g", "", "UNKNOWN_PRINCIPAL", "C-11"),
    ],
)
def test_who_is_refused_whatever_policies_say(
    principal: str, kind: str, code: str, rule: str
) -> None:
    found = decide(snapshot(ANA, role("R", [trust("*")])), principal, caller=kind)
    assert found.verdict == "deny"
    assert [(r.code, r.rule, r.layer) for r in found.reasons] == [(code, rule, "request")]
    assert rule in found.rules


@pytest.mark.parametrize("principal", [LAMBDA, f"arn:aws:iam::{X}:user/far", ANA.arn])
def test_who_is_not_refused_before_any_policy(principal: str) -> None:
    opened = role("R", [trust("*"), trust({"Service": LAMBDA})])
    found = decide(snapshot(ANA, opened), principal)
    assert found.verdict != "deny"
    assert not {"C-3", "C-11"} & set(found.rules)


@pytest.mark.parametrize(
    ("principal", "code"),
    [
        (f"arn:aws:iam::{A}:user/gone", "UNKNOWN_PRINCIPAL"),
        (f"arn:aws-cn:iam::{X}:user/ana", "CROSS_PARTITION"),
        (f"arn:aws-cn:iam::{X}:root", "CROSS_PARTITION"),
    ],
)
def test_who_is_refused_by_any_resource(principal: str, code: str) -> None:
    facts = snapshot(ANA, resource_policies=queue_policy(trust("*", "sqs:*")))
    assert codes(decide(facts, principal, QUEUE, action="sqs:SendMessage")) == [code]


def test_an_unsigned_call_reaches_an_open_queue_and_no_key() -> None:
    """C-9."""
    facts = snapshot(ANA, resource_policies=queue_policy(trust("*", "sqs:*")))
    assert decide(facts, "*", QUEUE, action="sqs:SendMessage").verdict == "allow"
    facts = snapshot(ANA, resource_policies=queue_policy(trust("*", "kms:*"), arn=KEY))
    assert codes(decide(facts, "*", KEY, action="kms:Decrypt")) == ["UNSIGNED"]


def test_the_message_of_another_partition_says_what_is_there() -> None:
    facts = snapshot(ANA, role("R", [trust("*")]))
    theirs = f"arn:aws-cn:iam::{X}:user/u"
    said = decide(facts, theirs).reasons[0].message
    assert said == "the caller is in partition aws-cn, the role in aws"
    said = decide(facts, theirs, QUEUE, action="sqs:SendMessage").reasons[0].message
    assert said == "the caller is in partition aws-cn, the resource in aws"


# --- the request's context ------------------------------------------------------------------------


def test_what_a_service_calls_for_somebody_is_said_in_the_context() -> None:
    """Global keys: the service that calls, first and last; KMS has a key of its own for it."""
    wants = {
        "Bool": {"aws:ViaAWSService": "true"},
        "ForAnyValue:StringEquals": {"aws:CalledVia": "s3.amazonaws.com"},
        "StringEquals": {
            "aws:CalledViaFirst": "s3.amazonaws.com",
            "aws:CalledViaLast": "s3.amazonaws.com",
            "kms:ViaService": "s3.eu-west-1.amazonaws.com",
        },
    }
    able = user("ana", allow("kms:Decrypt", Condition=wants))
    facts = snapshot(able, resource_policies=queue_policy(trust({"AWS": A}, "kms:*"), arn=KEY))
    found = decide(facts, able.arn, KEY, action="kms:Decrypt", via="s3.amazonaws.com")
    assert found.verdict == "allow"
    assert decide(facts, able.arn, KEY, action="kms:Decrypt", context_complete=True).verdict == (
        "deny"
    )
    plain = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
    able = user("ana", allow("sqs:*", Condition=plain))
    found = decide(
        snapshot(able),
        able.arn,
        QUEUE,
        action="sqs:SendMessage",
        via="s3.amazonaws.com",
        context_complete=True,
    )
    assert found.verdict == "deny"


@pytest.mark.parametrize("via", ["s3.amazonaws.com", "s3.eu-west-1.amazonaws.com"])
def test_the_service_of_a_region_is_that_service_to_kms(via: str) -> None:
    wants = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
    able = user("ana", allow("kms:Decrypt", Condition=wants))
    facts = snapshot(able, resource_policies=queue_policy(trust({"AWS": A}, "kms:*"), arn=KEY))
    assert decide(facts, able.arn, KEY, action="kms:Decrypt", via=via).verdict == "allow"


def test_tags_that_are_passed_are_the_tag_keys() -> None:
    only = {
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]},
        "Null": {"aws:TagKeys": "false"},
    }
    whole = ["sts:AssumeRole", "sts:TagSession"]
    facts = snapshot(ANA, role("R", [trust({"AWS": ANA.arn}, whole, Condition=only)]))

    def passing(**tags: str) -> str:
        context = {f"AWS:RequestTag/{key}": value for key, value in tags.items()}
        return decide(facts, ANA.arn, context=context, context_complete=True).verdict.value

    assert passing(team="a") == "allow"
    assert passing(team="a", env="b") == "deny"
    assert passing() == "deny"


def test_a_resource_is_of_the_account_that_its_policy_was_read_in() -> None:
    """A bucket's ARN names no account; one that nobody read is taken as the caller's own."""
    bucket = "arn:aws:s3:::b"
    policies = queue_policy(trust({"AWS": A}, "s3:*"), arn=bucket)
    able, far = user("ana", allow("s3:*")), user("far", account=B)
    facts = snapshot(able, far, resource_policies=policies)
    assert decide(facts, able.arn, f"{bucket}/x", action="s3:GetObject").verdict == "allow"
    assert "C-26" in decide(facts, far.arn, f"{bucket}/x", action="s3:GetObject").rules
    assert "C-26" not in decide(facts, far.arn, "arn:aws:s3:::c/x", action="s3:GetObject").rules


def test_the_tags_of_a_resource_are_those_that_were_read_with_it() -> None:
    policies = queue_policy()
    tagged = {QUEUE: replace(policies[QUEUE], tags=(("team", "ops"),))}
    able = user("ana", allow("sqs:*", Condition={"StringEquals": {"aws:ResourceTag/team": "ops"}}))
    found = decide(
        snapshot(able, resource_policies=tagged), able.arn, QUEUE, action="sqs:SendMessage"
    )
    assert found.verdict == "allow"


# --- what a call needs beside its own action ------------------------------------------------------

BOTH = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext"]


@pytest.mark.parametrize(
    ("condition", "context", "code", "rule"),
    [
        ({"StringEquals": {"aws:RequestTag/team": "x"}}, {}, "TAG_SESSION", "C-31"),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": "x"}}, {}, "TAG_SESSION", "C-31"),
        ({}, {"aws:RequestTag/team": ["x"]}, "TAG_SESSION", "C-31"),
        ({}, {"sts:TransitiveTagKeys": ["x"]}, "TAG_SESSION", "C-31"),
        ({"StringEquals": {"sts:SourceIdentity": "ana"}}, {}, "SET_SOURCE_IDENTITY", "C-32"),
        ({}, {"sts:SourceIdentity": ["ana"]}, "SET_SOURCE_IDENTITY", "C-32"),
        ({}, {"aws:SourceIdentity": ["ana"]}, "SET_SOURCE_IDENTITY", "C-32"),
        ({"StringEquals": {"sts:RequestContext/x": "y"}}, {}, "SET_CONTEXT", "C-33"),
        ({}, {"sts:RequestContext/x": ["y"]}, "SET_CONTEXT", "C-33"),
        ({}, {"sts:RequestContextProviders": ["y"]}, "SET_CONTEXT", "C-33"),
    ],
)
def test_what_is_passed_must_be_granted_too(
    condition: dict[str, Any], context: dict[str, list[str]], code: str, rule: str
) -> None:
    for actions, verdict in ((BOTH, True), (["sts:AssumeRole"], False)):
        opened = role("R", [trust({"AWS": ANA.arn}, actions, Condition=condition)])
        given = {key: tuple(values) for key, values in context.items()}
        found = decide(snapshot(ANA, opened), ANA.arn, context=given)
        assert (found.verdict != "deny") is verdict
        assert codes(found) == ([] if verdict else [code])
        assert rule in found.rules


def test_a_way_that_passes_nothing_needs_nothing_beside() -> None:
    """C-31: two ways in, of which one passes a tag that nobody may pass."""
    tag = {"StringEquals": {"aws:RequestTag/team": "x"}}
    opened = role("R", [trust({"AWS": ANA.arn}, Condition=tag), trust({"AWS": A}, Condition=ID)])
    able = user("ana", allow("sts:AssumeRole"))
    found = decide(snapshot(able, opened), able.arn)
    assert [[a.key for a in branch] for branch in found.requirements] == [["sts:ExternalId"]]
    assert found.reasons == ()
    shut = role(
        "R",
        [
            trust({"AWS": ANA.arn}),
            deny(Principal="*", Condition={"Null": {"aws:TagKeys": "false"}}),
        ],
    )
    found = decide(snapshot(ANA, shut), ANA.arn)
    assert found.verdict == "allow"
    assert not {"C-31", "C-32", "C-33"} & set(found.rules)


def test_a_tag_that_a_session_brings_over_the_role_s_own_must_be_let_in() -> None:
    """C-64: a transitive tag replaces the role's, so the call passes one."""
    entered = [trust({"AWS": A}, ["sts:AssumeRole", "sts:TagSession"])]
    caller = role("caller", entered, allow(["sts:AssumeRole", "sts:TagSession"]))
    dev = {"StringEquals": {"aws:ResourceTag/env": "dev"}}
    for actions, verdict in ((BOTH, "conditional"), (["sts:AssumeRole"], "deny")):
        opened = role(
            "R", [trust({"AWS": caller.arn}, actions, Condition=dev)], tags=(("env", "prod"),)
        )
        found = decide(snapshot(caller, opened), caller.arn)
        assert found.verdict == verdict
        assert codes(found) == ([] if verdict == "conditional" else ["TAG_SESSION"])


def test_the_permission_itself_needs_no_other() -> None:
    opened = role("R", [trust({"AWS": ANA.arn}, "sts:TagSession")])
    given = {"aws:RequestTag/team": ("x",)}
    found = decide(snapshot(ANA, opened), ANA.arn, action="sts:TagSession", context=given)
    assert found.verdict == "allow"
    assert "C-31" not in found.rules


# --- how the caller is named ----------------------------------------------------------------------

WORKER = role("worker", [])
SESSION = f"arn:aws:sts::{A}:assumed-role/worker/alice"


@pytest.mark.parametrize(
    ("caller", "named", "statements", "verdict", "rules"),
    [
        (ANA, [ANA.arn], [], "allow", {"C-20", "C-22"}),
        (WORKER, [WORKER.arn], [], "allow", {"C-20", "C-23"}),
        (WORKER, [SESSION], [], "conditional", {"C-20", "C-24"}),
        (ANA, ["*"], [], "allow", {"C-20", "C-25"}),
        (ANA, [A], [], "deny", {"C-21"}),
        (ANA, [A], [allow()], "allow", {"C-21"}),
        (ANA, [A, ANA.arn], [], "allow", {"C-20", "C-21", "C-22", "C-30"}),
        (ANA, [B], [allow()], "deny", {"C-19"}),
        (user("far", account=B), [B], [], "deny", {"C-26"}),
        (user("far", account=B), [B], [allow()], "allow", {"C-26"}),
    ],
)
def test_each_way_of_naming_grants_in_its_own_way(
    caller: User | Role,
    named: list[str],
    statements: list[dict[str, Any]],
    verdict: str,
    rules: set[str],
) -> None:
    """C-19 to C-30; no rule is noted that did not take part."""
    own = Policy(
        arn=f"{caller.arn}#inline/own",
        name="own",
        kind=PolicyKind.INLINE,
        document=document(*statements),
    )
    able = replace(caller, inline=(own,))
    found = decide(snapshot(able, role("R", [trust({"AWS": named})])), able.arn)
    assert found.verdict == verdict
    grant_rules = {"C-19", *(f"C-{n}" for n in (20, 21, 22, 23, 24, 25, 26, 30))}
    assert grant_rules & set(found.rules) == rules


@pytest.mark.parametrize(
    ("caller", "named", "verdict", "code"),
    [
        (user("ana", allow()), A, "deny", "BOUNDARY_IMPLICIT"),
        (WORKER, WORKER.arn, "deny", "BOUNDARY_IMPLICIT"),
        (WORKER, SESSION, "conditional", ""),
        (WORKER, "*", "allow", ""),
        (ANA, "*", "allow", ""),
    ],
)
def test_a_boundary_s_silence_limits_some_ways_of_naming(
    caller: User | Role, named: str, verdict: str, code: str
) -> None:
    """C-21 to C-25."""
    held, limit = bounded(caller, allow("s3:*"))
    facts = snapshot(held, role("R", [trust({"AWS": named})]), policies=(limit,))
    found = decide(facts, held.arn)
    assert found.verdict == verdict
    assert codes(found) == ([code] if code else [])


def test_whether_a_boundary_limits_a_user_that_is_named_is_open() -> None:
    """I-1; one that allows leaves nothing open."""
    for statements, keys in (([allow("s3:*")], [["I-1"]]), ([allow()], [])):
        held, limit = bounded(ANA, *statements)
        facts = snapshot(held, role("R", [trust({"AWS": ANA.arn})]), policies=(limit,))
        found = decide(facts, ANA.arn)
        assert [[a.key for a in branch] for branch in found.requirements] == keys


def test_an_explicit_deny_is_the_one_reason_where_nothing_else_is_missing() -> None:
    """V-6, C-16: what the trust policy does not ask for is no blocker."""
    held, limit = bounded(ANA, allow("s3:*"))
    shut = role("R", [trust({"AWS": ANA.arn}), deny(Principal={"AWS": A})])
    found = decide(snapshot(held, shut, policies=(limit,)), ANA.arn)
    assert codes(found) == ["TRUST_EXPLICIT"]
    assert "C-16" in found.rules
    message = "the trust policy explicitly denies sts:AssumeRole: statement 1 of trust"
    assert found.reasons[0].message == message
    named = role("R", [trust({"AWS": ANA.arn}), deny(Principal={"AWS": A}, Sid="Shut")])
    found = decide(snapshot(ANA, named), ANA.arn)
    assert found.reasons[0].message.endswith("statement 1 (Shut) of trust")
    own = user("ana", deny(Resource="*"))
    found = decide(snapshot(own, role("R", [trust({"AWS": ANA.arn})])), ANA.arn)
    assert found.reasons[0].message == (
        "the caller's own policies explicitly deny sts:AssumeRole: statement 0 of own"
    )


def test_an_explicit_deny_is_noted_where_there_is_one() -> None:
    opened = role("R", [trust({"AWS": ANA.arn})])
    assert "C-16" not in decide(snapshot(ANA, opened), ANA.arn).rules
    queue = snapshot(ANA, resource_policies=queue_policy(trust({"AWS": ANA.arn}, "sqs:*")))
    found = decide(queue, ANA.arn, QUEUE, action="sqs:SendMessage")
    assert found.verdict == "allow"
    assert "C-16" not in found.rules
    own = user("ana", deny("sqs:*", Resource="*"))
    queue = snapshot(own, resource_policies=queue_policy(trust({"AWS": ANA.arn}, "sqs:*")))
    found = decide(queue, ANA.arn, QUEUE, action="sqs:SendMessage")
    assert codes(found) == ["IDENTITY_EXPLICIT"]
    assert "C-16" in found.rules


def test_contradictions_across_policies_leave_no_way_in() -> None:
    """V-5, B-24: one external id a call."""
    other = {"StringEquals": {"sts:ExternalId": "y"}}
    able = user("ana", allow(Condition=other))
    found = decide(snapshot(able, role("R", [trust({"AWS": A}, Condition=ID)])), able.arn)
    assert codes(found) == ["UNSATISFIABLE"]
    agent, another = ({"StringEquals": {"aws:UserAgent": value}} for value in "xy")
    held, limit = bounded(
        user("ana", allow("sqs:*", Condition=agent)), allow("*", Condition=another)
    )
    found = decide(snapshot(held, policies=(limit,)), held.arn, QUEUE, action="sqs:SendMessage")
    assert codes(found) == ["UNSATISFIABLE"]
    plain = snapshot(user("ana"))
    assert codes(decide(plain, ANA.arn, QUEUE, action="sqs:SendMessage")) == ["IDENTITY_IMPLICIT"]


@pytest.mark.parametrize(
    ("created", "verdict"),
    [
        (datetime(2022, 6, 30, 23, 59, 59, tzinfo=UTC), "conditional"),
        (datetime(2022, 7, 1, tzinfo=UTC), "deny"),
        (None, "deny"),
    ],
)
def test_implicit_self_trust_ended(created: datetime | None, verdict: str) -> None:
    """C-34, C-35: roles of before, as I-2 and unlikely."""
    own = role("R", [trust({"Service": LAMBDA})], allow(), created=created)
    other = role("S", [], allow(), created=created)
    found = decide(snapshot(own, other), own.arn)
    assert found.verdict == verdict
    assert {"C-34", "C-35"} <= set(found.rules)
    assert found.likelihood == ("unlikely" if verdict == "conditional" else "normal")
    assert codes(decide(snapshot(own, other), other.arn)) == ["TRUST"]
    assert "C-34" not in decide(snapshot(own, other), other.arn).rules
    weak = role("R", [trust({"Service": LAMBDA})], created=created)
    assert decide(snapshot(weak), weak.arn).verdict == "deny"


# --- blockers -------------------------------------------------------------------------------------


def test_what_is_missing_where_the_account_is_trusted() -> None:
    found = decide(snapshot(ANA, role("R", [trust({"AWS": A})])), ANA.arn)
    assert [(r.code, r.rule) for r in found.reasons] == [("IDENTITY_IMPLICIT", "C-21")]
    assert found.reasons[0].message == (
        f"the trust policy names account {A}, but ana's own policies do not allow"
        " sts:AssumeRole on R"
    )


def test_what_is_missing_across_accounts() -> None:
    far = user("far", account=B)
    held, limit = bounded(far, allow("s3:*"))
    facts = snapshot(held, role("R", [trust({"AWS": B})]), policies=(limit,))
    found = decide(facts, far.arn)
    assert [(r.code, r.rule) for r in found.reasons] == [
        ("IDENTITY_IMPLICIT", "C-26"),
        ("BOUNDARY_IMPLICIT", "C-23"),
    ]
    said = "far's own policies do not allow sts:AssumeRole on R"
    assert found.reasons[0].message == said
    assert found.reasons[1].message == (
        "the caller's permissions boundary does not allow sts:AssumeRole"
    )
    closed = decide(snapshot(held, role("R", []), policies=(limit,)), far.arn)
    assert codes(closed) == ["TRUST", "IDENTITY_IMPLICIT", "BOUNDARY_IMPLICIT"]
    assert closed.reasons[0].message == "no statement of the trust policy of R lets far in"


@pytest.mark.parametrize("named", [A, WORKER.arn])
def test_a_session_policy_s_silence_limits(named: str) -> None:
    """C-23, C-27."""
    able = role("worker", [], allow())
    facts = snapshot(able, role("R", [trust({"AWS": named})]))
    found = decide(facts, able.arn, session_policies=[document(allow("s3:*"))])
    assert [(r.code, r.rule) for r in found.reasons] == [("SESSION_IMPLICIT", "C-27")]
    assert found.reasons[0].message == "the session policy does not allow sts:AssumeRole"
    assert decide(facts, able.arn, session_policies=[FULL]).verdict == "allow"
    assert decide(facts, able.arn, session_policies=["{"]).verdict == "conditional"


def test_an_organization_s_silence_limits_whoever_is_named() -> None:
    held = organization(A, scps={"r-1": [FULL], A: []})
    found = decide(snapshot(ANA, role("R", [trust({"AWS": ANA.arn})]), **held), ANA.arn)
    assert [(r.code, r.rule) for r in found.reasons] == [("SCP_IMPLICIT", "C-38")]


@pytest.mark.parametrize(
    ("target", "policies", "expected"),
    [
        (QUEUE, {}, ["IDENTITY_IMPLICIT"]),
        (QUEUE, queue_policy(trust({"AWS": B}, "sqs:*")), ["IDENTITY_IMPLICIT"]),
        (
            QUEUE,
            queue_policy(trust({"AWS": ANA.arn}, "sqs:*"), deny("sqs:*", Principal="*")),
            ["RESOURCE_EXPLICIT"],
        ),
        (KEY, queue_policy(trust({"AWS": A}, "kms:*"), arn=KEY), ["IDENTITY_IMPLICIT"]),
        (
            KEY,
            queue_policy(trust({"AWS": B}, "kms:*"), arn=KEY),
            ["IDENTITY_IMPLICIT", "RESOURCE_IMPLICIT"],
        ),
        (
            KEY,
            {KEY: ResourcePolicy(resource=KEY, account=A, region="", policy=None)},
            ["IDENTITY_IMPLICIT"],
        ),
    ],
)
def test_what_is_missing_at_a_resource_of_the_account(
    target: str, policies: dict[str, ResourcePolicy], expected: list[str]
) -> None:
    action = f"{target.split(':')[2]}:Decrypt"
    found = decide(snapshot(ANA, resource_policies=policies), ANA.arn, target, action=action)
    assert found.verdict == "deny"
    assert codes(found) == expected
    assert all(r.rule in ("C-16", "C-19", "C-21") for r in found.reasons)


def test_what_is_missing_at_a_resource_of_another_account() -> None:
    far = user("far", account=B)
    for policies, expected in (
        (queue_policy(trust({"AWS": B}, "sqs:*")), [("IDENTITY_IMPLICIT", "C-26")]),
        (queue_policy(trust({"AWS": far.arn}, "sqs:*")), [("IDENTITY_IMPLICIT", "C-26")]),
        (
            queue_policy(trust({"AWS": A}, "sqs:*")),
            [("IDENTITY_IMPLICIT", "C-26"), ("RESOURCE_IMPLICIT", "C-26")],
        ),
    ):
        facts = snapshot(far, ANA, resource_policies=policies)
        found = decide(facts, far.arn, QUEUE, action="sqs:SendMessage")
        assert [(r.code, r.rule) for r in found.reasons] == expected
    assert found.reasons[0].message == (
        f"far's own policies do not allow sqs:SendMessage on {QUEUE}"
    )
    assert found.reasons[1].message == f"no statement of the policy of {QUEUE} lets far in"


@pytest.mark.parametrize(
    ("named", "limits"), [(WORKER.arn, True), (SESSION, False), (A, True), ("*", False)]
)
def test_ceilings_of_a_role_at_a_resource_of_its_account(named: str, limits: bool) -> None:
    """C-23 to C-25 for resource policies: a role that is named is limited, a session is not."""
    held, limit = bounded(role("worker", [], allow("sqs:*")), allow("s3:*"))
    policies = queue_policy(trust({"AWS": named}, "sqs:*"))
    facts = snapshot(held, policies=(limit,), resource_policies=policies)
    found = decide(facts, held.arn, QUEUE, action="sqs:SendMessage")
    assert (found.verdict == "deny") is limits
    assert codes(found) == (["BOUNDARY_IMPLICIT"] if limits else [])


# --- what is said beside the verdict --------------------------------------------------------------


def test_rules_stand_in_their_order() -> None:
    held = {"StringEquals": {"aws:PrincipalAccount": A}, "Null": {"aws:PrincipalTag/x": "true"}}
    able = user("ana", allow(Condition=held))
    rules = decide(snapshot(able, role("R", [trust({"AWS": A})])), ANA.arn).rules
    assert {"B-1", "B-7", "B-16"} <= set(rules)
    assert [r.partition("-") for r in rules] == sorted(
        (r.partition("-") for r in rules), key=lambda p: (p[0], int(p[2]))
    )
    assert len({len(r) for r in rules}) > 1


@pytest.mark.parametrize(
    ("statements", "impossible"),
    [
        ([trust({"AWS": ANA.arn}, Condition=ID)], True),
        ([trust({"AWS": ANA.arn}, Condition={**ID, **MFA})], True),
        (
            [trust({"AWS": ANA.arn}, BOTH, Condition={"StringEquals": {"aws:RequestTag/t": "x"}})],
            True,
        ),
        ([trust({"AWS": ANA.arn}, Condition=ID), trust({"AWS": ANA.arn}, Condition=MFA)], False),
        ([trust({"AWS": ANA.arn}, Condition=MFA)], False),
        ([trust({"AWS": ANA.arn})], False),
    ],
)
def test_what_the_console_cannot_send_is_told_to_who_uses_it(
    statements: list[dict[str, Any]], impossible: bool
) -> None:
    """C-8: no external id, no tags, no source identity."""
    facts = snapshot(ANA, role("R", statements))
    found = decide(facts, ANA.arn, caller="USER_ST")
    assert ("CONSOLE_IMPOSSIBLE" in found.findings) is impossible
    assert "C-8" in found.rules or not impossible
    assert "CONSOLE_IMPOSSIBLE" not in decide(facts, ANA.arn, caller="USER").findings


@pytest.mark.parametrize(("count", "more"), [(3, ""), (4, " and 1 more"), (6, " and 3 more")])
def test_a_few_of_the_resources_are_named(count: int, more: str) -> None:
    held = role("R", [trust({"Service": LAMBDA})])
    workloads = tuple(
        Workload(
            arn=f"arn:aws:lambda:eu-west-1:{A}:function:f{number}",
            type="AWS::Lambda::Function",
            account=A,
            region="eu-west-1",
            service=LAMBDA,
            role=held.arn,
        )
        for number in range(count)
    )
    found = decide(snapshot(held, workloads=workloads), LAMBDA)
    (layer,) = [layer for layer in found.layers if layer.layer == "workload"]
    shown = ", ".join(f"AWS::Lambda::Function {w.arn}" for w in workloads[:3])
    assert layer.message == f"the service holds the role for {shown}{more}"
    assert len(layer.evidence) == count


@pytest.mark.parametrize(
    ("layer", "verb"), [("identity", "are"), ("boundary", "is"), ("scp", "are")]
)
def test_policies_of_an_account_that_was_not_collected_are_not_known(layer: str, verb: str) -> None:
    found = decide(snapshot(role("R", [trust({"AWS": X})])), f"arn:aws:iam::{X}:user/far")
    said = {held.layer: (held.verdict, held.message) for held in found.layers}
    assert said[layer][0] == ("unknown" if layer == "identity" else "not-evaluated")
    assert said[layer][1].startswith(f"account {X} was not collected: ")
    assert said[layer][1].endswith(f" {verb} not known")
    assert said["trust"] == ("allow", "the trust policy allows it")


# --- AssumeRoot -----------------------------------------------------------------------------------


def central(*callers: User) -> Snapshot:
    """A management account that may open root sessions in a member account."""
    held = Organization(
        id="o-1", management_account=A, root="r-1", features=("RootSessions",), scp_enabled=False
    )
    accounts = {
        a: Account(id=a, collected=True, organization_known=True, parent="r-1") for a in (A, B)
    }
    return snapshot(*callers, accounts=accounts, organization=held)


def test_a_root_session_needs_no_trust_policy_and_the_caller_s_leave() -> None:
    """C-60."""
    able = user("ana", allow("sts:AssumeRoot"))
    root = f"arn:aws:iam::{B}:root"
    found = decide(central(able), able.arn, root, action="sts:AssumeRoot")
    assert found.verdict == "allow"
    said = {layer.layer: layer.message for layer in found.layers}
    assert said["trust"] == "no trust policy takes part"
    found = decide(central(ANA), ANA.arn, root, action="STS:assumeroot")
    assert codes(found) == ["IDENTITY_IMPLICIT"]
    held, limit = bounded(able, allow("s3:*"))
    facts = replace(central(held), policies={limit.arn: limit})
    assert codes(decide(facts, able.arn, root, action="sts:AssumeRoot")) == ["BOUNDARY_IMPLICIT"]
    shut = user("ana", allow("*"), deny("sts:*", Resource="*"))
    found = decide(central(shut), shut.arn, root, action="sts:AssumeRoot")
    assert codes(found) == ["IDENTITY_EXPLICIT"]
    limited = [document(allow("s3:*"))]
    found = decide(central(able), able.arn, root, action="sts:AssumeRoot", session_policies=limited)
    assert codes(found) == ["SESSION_IMPLICIT"]


def test_a_subject_s_call_is_the_operation_of_its_kind() -> None:
    whole = "sts:AssumeRoleWithSAML"
    facts = snapshot(
        role("R", [trust({"Federated": SAML}, whole)]),
        saml_providers={SAML: SamlProvider(arn=SAML, account=A)},
    )
    found = decide(facts, SAML)
    assert (found.action, found.verdict) == (whole, "conditional")
    assert "C-45" in found.rules
    assert "C-46" not in found.rules


def test_a_conditional_statement_is_no_unread_policy() -> None:
    for statements, words in (
        ([trust({"AWS": ANA.arn}, Condition=ID)], "the trust policy allows it under conditions"),
        (
            [
                trust({"AWS": ANA.arn}),
                deny(Principal="*", Condition={"StringNotEquals": ID["StringEquals"]}),
            ],
            "the trust policy allows it under conditions",
        ),
    ):
        found = decide(snapshot(ANA, role("R", statements)), ANA.arn)
        assert {layer.layer: layer.message for layer in found.layers}["trust"] == words


def test_a_layer_of_an_account_that_was_not_collected_is_not_evaluated() -> None:
    """C-69: one requirement, the account's policies, stands for all three layers."""
    held = organization(A, X, scps={"r-1": [FULL], A: [FULL], X: [FULL]})
    held["accounts"][X] = replace(held["accounts"][X], collected=False)
    held["organization"] = replace(held["organization"], scps_readable=False)
    found = decide(snapshot(role("R", [trust({"AWS": X})]), **held), f"arn:aws:iam::{X}:user/far")
    said = {layer.layer: layer.verdict for layer in found.layers}
    assert (said["identity"], said["scp"]) == ("unknown", "not-evaluated")


def test_what_could_not_be_read_is_no_blocker() -> None:
    """A-9, V-6: a policy that may let the caller in does not stand in the way."""
    broken = {"Effect": "allow", "Principal": "*", "Action": "*"}
    far = user("far", account=B)
    found = decide(snapshot(far, role("R", [broken])), far.arn)
    assert codes(found) == ["IDENTITY_IMPLICIT"]
    facts = snapshot(far, ANA, resource_policies=queue_policy(broken))
    found = decide(facts, far.arn, QUEUE, action="sqs:SendMessage")
    assert codes(found) == ["IDENTITY_IMPLICIT"]


def test_a_key_without_any_policy_is_nobody_s() -> None:
    """C-19: own policies count where the key policy says so, and there is none."""
    able = user("ana", allow("kms:*"))
    none = {KEY: ResourcePolicy(resource=KEY, account=A, region="", policy=None)}
    found = decide(snapshot(able, resource_policies=none), ANA.arn, KEY, action="kms:Decrypt")
    assert found.verdict == "deny"
    found = decide(snapshot(able), ANA.arn, KEY, action="kms:Decrypt")
    assert [[a.key for a in branch] for branch in found.requirements] == [["resource"]]
