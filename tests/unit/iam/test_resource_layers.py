"""Resource policies, key policies and grants let in as AWS documents, and say what was not read.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
    https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
"""

from typing import Any

import pytest

from iam.authorize import Request, authorize
from iam.decision import Decision
from iam.layers import grant, resource
from iam.model import Coverage, Grant, Policy, PolicyKind, ResourcePolicy, Role, Snapshot, User
from tests.unit.iam.build import A, B, allow, document, role, snapshot, trust, user

HERE = f"eu-west-1:{A}"
BUCKET = "arn:aws:s3:::b"
QUEUE = f"arn:aws:sqs:{HERE}:orders"
KEY = f"arn:aws:kms:{HERE}:key/1234"
ANA, FAR = user("ana"), user("far", allow("*"), account=B)
WORKER = role("worker", [])
SESSION = f"arn:aws:sts::{A}:assumed-role/worker/alice"
CODE = {"StringEquals": {"aws:UserAgent": "x"}}


def deny(principal: Any, action: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": principal, "Action": action, **more}


def held(arn: str, *statements: dict[str, Any], account: str = A) -> dict[str, ResourcePolicy]:
    policy = Policy(
        arn=f"{arn}#policy",
        name="resource policy",
        kind=PolicyKind.RESOURCE,
        document=document(*statements),
    )
    return {arn: ResourcePolicy(resource=arn, account=account, region="", policy=policy)}


def line(service: str, operation: str, status: str, region: str, subject: str = "") -> Coverage:
    """What the ledger says of one scope of the account."""
    return Coverage(
        account=A,
        region=region,
        service=service,
        operation=operation,
        status=status,
        resource=subject,
    )


def facts(*entities: User | Role, **more: Any) -> Snapshot:
    return snapshot(*(entities or (ANA, FAR, WORKER)), **more)


def decide(found: Snapshot, principal: str, action: str, target: str, **more: Any) -> Decision:
    return authorize(found, Request(principal=principal, action=action, resource=target, **more))


def verdicts(found: Decision) -> dict[str, str]:
    return {layer.layer: layer.verdict for layer in found.layers}


def required(found: Decision) -> list[list[tuple[str, tuple[str, ...]]]]:
    return [[(a.key, a.values) for a in branch] for branch in found.requirements]


# --- whose policy governs, and whether it was read ------------------------------------------------


def test_colons_in_the_name_of_other_things_than_functions_lead_nowhere() -> None:
    """A log stream is not governed by a policy of its group; a function's version is."""
    group = f"arn:aws:logs:{HERE}:log-group:g"
    found = facts(resource_policies=held(group))
    assert resource.policy_of(found, f"{group}:log-stream:s") is None
    assert resource.policy_of(found, "no-arn") is None


@pytest.mark.parametrize(
    ("target", "unread"),
    [
        (QUEUE, True),
        (f"arn:aws:ec2:{HERE}:instance/i-1", False),
        (f"arn:aws:iam::{A}:role/x", False),
        ("no-arn", True),
    ],
)
def test_a_policy_is_unread_only_where_there_can_be_one(target: str, unread: bool) -> None:
    assert resource.is_unread(facts(), target) is unread
    assert not resource.is_unread(facts(resource_policies=held(target)), target)


@pytest.mark.parametrize(
    ("target", "service", "operation", "region", "subject"),
    [
        (BUCKET, "s3", "get-bucket-policy", "global", ""),
        (BUCKET, "s3", "get-bucket-policy", "global", BUCKET),
        (BUCKET, "s3", "get-bucket-policy", "global", "b"),
        (QUEUE, "sqs", "get-queue-attributes", "eu-west-1", "orders"),
        (f"arn:aws:lambda:{HERE}:function:f", "lambda", "get-policy", "eu-west-1", "function:f"),
        (KEY, "kms", "get-key-policy", "eu-west-1", "1234"),
        (
            f"arn:aws:elasticfilesystem:{HERE}:file-system/fs-1",
            "efs",
            "describe-file-system-policy",
            "eu-west-1",
            "fs-1",
        ),
    ],
)
def test_a_policy_that_was_refused_is_a_requirement(
    target: str, service: str, operation: str, region: str, subject: str
) -> None:
    """V-12: it is known to be there, or may be, and it could not be read."""

    def asked(status: str) -> Decision:
        read = line(service, operation, status, region, subject)
        found = facts(user("ana", allow("*")), coverage=(read,))
        principal = f"arn:aws:iam::{A}:user/ana"
        return decide(found, principal, f"{target.split(':')[2]}:Any", target)

    refused = asked("denied")
    assert required(refused) == [[("resource", (target,))]]
    assert "V-12" in refused.rules
    assert verdicts(refused)["resource"] == "unknown"
    assert resource.NOT_COLLECTED not in refused.assumptions
    assert "V-12" not in asked("complete").rules


def test_a_refusal_of_another_scope_is_none() -> None:
    lines = (
        line("sqs", "get-queue-attributes", "denied", "eu-west-1", "bills"),
        line("sqs", "get-queue-attributes", "denied", "eu-west-2", "orders"),
        line("sns", "get-topic-attributes", "denied", "eu-west-1"),
    )
    found = decide(
        facts(user("ana", allow("*")), coverage=lines), ANA.arn, "sqs:SendMessage", QUEUE
    )
    assert found.verdict == "allow"
    assert resource.NOT_COLLECTED in found.assumptions


def test_a_resource_without_a_policy_takes_no_part() -> None:
    """Read, and there is none; nobody read it; and a thing of IAM, which can have none."""
    none = {QUEUE: ResourcePolicy(resource=QUEUE, account=A, region="", policy=None)}
    ana = user("ana", allow("*"))
    for found, target, action, assumed in (
        (facts(ana, resource_policies=none), QUEUE, "sqs:SendMessage", False),
        (facts(ana), QUEUE, "sqs:SendMessage", True),
        (facts(ana), f"arn:aws:iam::{A}:user/x", "iam:GetUser", False),
    ):
        answer = decide(found, ana.arn, action, target)
        assert answer.verdict == "allow"
        assert verdicts(answer)["resource"] == "none"
        assert (resource.NOT_COLLECTED in answer.assumptions) is assumed


# --- what it says ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statements", "verdict", "word"),
    [
        ([trust({"AWS": A}, "sqs:*", Resource="*")], "deny", "allow"),
        ([trust({"AWS": ANA.arn}, "sqs:*", Resource="*")], "allow", "allow"),
        ([trust({"AWS": ANA.arn}, "sqs:*")], "allow", "allow"),
        ([trust({"AWS": ANA.arn}, "sqs:*", Resource="arn:aws:sqs")], "allow", "allow"),
        ([trust({"AWS": ANA.arn}, "sqs:*", Resource=QUEUE + "2")], "deny", "silent"),
        ([trust({"AWS": FAR.arn}, "sqs:*", Resource="*")], "deny", "silent"),
        ([trust({"AWS": ANA.arn}, "sqs:*", Condition=CODE)], "conditional", "unknown"),
        (
            [trust({"AWS": ANA.arn}, "sqs:*"), deny({"AWS": A}, "sqs:*", Resource="*")],
            "deny",
            "deny",
        ),
        (
            [trust({"AWS": ANA.arn}, "sqs:*"), deny({"AWS": A}, "sqs:Get*", Resource="*")],
            "allow",
            "allow",
        ),
        (
            [trust({"AWS": ANA.arn}, "sqs:*"), deny({"AWS": A}, "*", Resource=QUEUE + "2")],
            "allow",
            "allow",
        ),
        (
            [trust({"AWS": ANA.arn}, "sqs:*"), deny({"AWS": A}, "sqs:*", Condition=CODE)],
            "conditional",
            "unknown",
        ),
        (
            [
                trust({"AWS": ANA.arn}, "sqs:*"),
                trust({"AWS": ANA.arn}, "sqs:*", Condition=CODE),
            ],
            "allow",
            "allow",
        ),
    ],
)
def test_what_a_queue_policy_says_to_a_user_of_its_account(
    statements: list[dict[str, Any]], verdict: str, word: str
) -> None:
    found = decide(
        facts(resource_policies=held(QUEUE, *statements)), ANA.arn, "sqs:SendMessage", QUEUE
    )
    assert found.verdict == verdict
    assert verdicts(found)["resource"] == word


def test_a_role_that_is_named_twice_is_met_by_the_weaker_demand() -> None:
    """A-28, A-29: its session by name, and the role itself."""
    named = {"AWS": [SESSION, WORKER.arn]}
    opened = facts(resource_policies=held(QUEUE, trust(named, "sqs:*")))
    found = decide(opened, WORKER.arn, "sqs:SendMessage", QUEUE)
    assert found.verdict == "allow"
    assert verdicts(found)["resource"] == "allow"
    shut = facts(
        resource_policies=held(QUEUE, trust({"AWS": WORKER.arn}, "sqs:*"), deny(named, "sqs:*"))
    )
    assert decide(shut, WORKER.arn, "sqs:SendMessage", QUEUE).verdict == "deny"


def test_a_part_that_does_not_parse_may_open_and_may_shut() -> None:
    """A-9."""
    broken = {"Effect": "allow", "Principal": "*", "Action": "sqs:*"}
    for statements, word in (([broken], "unknown"), ([trust("*", "sqs:*"), broken], "unknown")):
        policies = held(QUEUE, *statements)
        found = decide(facts(resource_policies=policies), ANA.arn, "sqs:SendMessage", QUEUE)
        assert required(found) == [[("resource", (f"{QUEUE}#policy",))]]
        assert verdicts(found)["resource"] == word
        assert "UNPARSED" in found.findings


def test_rules_of_naming_are_noted_by_effect() -> None:
    named = {"AWS": ANA.arn}
    for statement, rule, other in (
        (trust(named, "sqs:*"), "A-28", "A-29"),
        (deny(named, "sqs:*"), "A-29", "A-28"),
    ):
        policies = held(QUEUE, statement)
        found = decide(facts(resource_policies=policies), ANA.arn, "sqs:SendMessage", QUEUE)
        assert rule in found.rules
        assert other not in found.rules


# --- across accounts ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "policies", "verdict"),
    [
        (QUEUE, held(QUEUE, trust({"AWS": FAR.arn}, "sqs:*")), "allow"),
        (QUEUE, held(QUEUE, trust({"AWS": B}, "sqs:*")), "allow"),
        (QUEUE, held(QUEUE, trust({"AWS": A}, "sqs:*")), "deny"),
        (QUEUE, {}, "conditional"),
        (
            QUEUE,
            {QUEUE: ResourcePolicy(resource=QUEUE, account=A, region="", policy=None)},
            "deny",
        ),
        (f"arn:aws:ec2:{HERE}:instance/i-1", {}, "deny"),
    ],
)
def test_both_sides_must_allow_across_accounts(
    target: str, policies: dict[str, ResourcePolicy], verdict: str
) -> None:
    """C-26: naming the caller, and what the caller's own policies say."""
    found = decide(facts(resource_policies=policies), FAR.arn, "sqs:SendMessage", target)
    assert found.verdict == verdict
    assert "C-26" in found.rules
    plain = facts(ANA, user("far", account=B), resource_policies=policies)
    assert decide(plain, FAR.arn, "sqs:SendMessage", target).verdict == "deny"


# --- keys and grants ------------------------------------------------------------------------------


def granted(**more: Any) -> Grant:
    base: dict[str, Any] = {
        "arn": f"{KEY}#grant/g1",
        "key": KEY,
        "account": A,
        "region": "eu-west-1",
        "grantee": ANA.arn,
        "operations": ("Decrypt",),
    }
    return Grant(**{**base, **more})


def with_grants(*grants: Grant, policies: Any = None, **more: Any) -> Snapshot:
    key_policy = held(KEY, trust({"AWS": A}, "kms:*", Resource="*"))
    return facts(
        grants={g.arn: g for g in grants},
        resource_policies=key_policy if policies is None else policies,
        **more,
    )


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        (trust({"AWS": A}, "kms:*", Resource="*"), "allow"),
        (trust({"AWS": A}, "kms:*", Resource="arn:aws:s3:::elsewhere"), "allow"),
        (trust({"AWS": A}, "kms:*"), "allow"),
        (trust({"AWS": B}, "kms:*", Resource="*"), "deny"),
    ],
)
def test_a_key_is_opened_to_its_account_by_its_policy_alone(
    statement: dict[str, Any], verdict: str
) -> None:
    """C-19: own policies count where the key policy says so; its resource is the key."""
    able = user("ana", allow("kms:*"))
    found = decide(facts(able, resource_policies=held(KEY, statement)), ANA.arn, "kms:Decrypt", KEY)
    assert found.verdict == verdict


def test_an_alias_is_no_key() -> None:
    assert resource.requires_grant(KEY)
    assert not resource.requires_grant(f"arn:aws:kms:{HERE}:alias/key")
    assert not resource.requires_grant(f"arn:aws:x:{HERE}:key/1")


@pytest.mark.parametrize(
    ("held_grant", "action", "verdict"),
    [
        (granted(), "kms:Decrypt", "allow"),
        (granted(), "KMS:decrypt", "allow"),
        (granted(), "kms:Encrypt", "deny"),
        (granted(operations=("PutKeyPolicy",)), "kms:PutKeyPolicy", "deny"),
        (granted(grantee=WORKER.arn), "kms:Decrypt", "deny"),
        (granted(grantee=ANA.unique_id), "kms:Decrypt", "allow"),
        (granted(key=KEY + "5"), "kms:Decrypt", "deny"),
        (granted(retiring=ANA.arn, grantee=WORKER.arn), "kms:RetireGrant", "allow"),
        (granted(retiring=ANA.arn, grantee=WORKER.arn), "kms:Decrypt", "deny"),
        (granted(operations=("RetireGrant",)), "kms:RetireGrant", "allow"),
        (granted(operations=("DescribeKey",)), "kms:DescribeKey", "allow"),
    ],
)
def test_a_grant_allows_what_it_lists_to_whom_it_names(
    held_grant: Grant, action: str, verdict: str
) -> None:
    assert decide(with_grants(held_grant), ANA.arn, action, KEY).verdict == verdict


CONTEXT = '{"EncryptionContextSubset": {"app": "x"}}'
EXACT = '{"EncryptionContextEquals": {"app": "x"}}'
SOURCE = '{"SourceArn": "arn:aws:s3:::b"}'


@pytest.mark.parametrize(
    ("constraints", "operation", "context", "verdict"),
    [
        (CONTEXT, "Decrypt", {"kms:EncryptionContext:app": "x"}, "allow"),
        (CONTEXT, "Decrypt", {"kms:EncryptionContext:app": "y"}, "deny"),
        (CONTEXT, "DescribeKey", {}, "allow"),
        (CONTEXT, "RetireGrant", {}, "allow"),
        (
            CONTEXT,
            "Decrypt",
            {"kms:EncryptionContext:app": "x", "kms:EncryptionContextKeys": ["app", "b"]},
            "allow",
        ),
        (
            EXACT,
            "Decrypt",
            {"kms:EncryptionContext:app": "x", "kms:EncryptionContextKeys": ["app", "b"]},
            "deny",
        ),
        (
            EXACT,
            "Decrypt",
            {"kms:EncryptionContext:app": "x", "kms:EncryptionContextKeys": ["app"]},
            "allow",
        ),
        (
            '{"EncryptionContextSubset": {"app": "${aws:username}"}}',
            "Decrypt",
            {"kms:EncryptionContext:app": "${aws:username}"},
            "allow",
        ),
        (SOURCE, "Decrypt", {"aws:SourceArn": "arn:aws:s3:::b"}, "allow"),
        (SOURCE, "Decrypt", {"aws:SourceArn": "arn:aws:s3:::c"}, "deny"),
        (SOURCE, "DescribeKey", {"aws:SourceArn": "arn:aws:s3:::c"}, "deny"),
        (SOURCE, "RetireGrant", {"aws:SourceArn": "arn:aws:s3:::c"}, "allow"),
        ("{", "Decrypt", {}, "conditional"),
        ("[]", "Decrypt", {}, "conditional"),
        ('{"SourceArn": 1}', "Decrypt", {}, "conditional"),
        ('{"EncryptionContextSubset": "x"}', "Decrypt", {}, "conditional"),
        ('{"Moon": {"phase": "full"}}', "Decrypt", {}, "conditional"),
        ('{"Moon": "full"}', "Decrypt", {}, "conditional"),
    ],
)
def test_the_constraints_of_a_grant_hold_for_what_aws_says(
    constraints: str, operation: str, context: dict[str, Any], verdict: str
) -> None:
    """GrantConstraints: the encryption context for cryptographic operations, a source for all."""
    held_grant = granted(constraints=constraints, operations=(operation,))
    found = decide(
        with_grants(held_grant),
        ANA.arn,
        f"kms:{operation}",
        KEY,
        context=context,
        context_complete=True,
    )
    assert found.verdict == verdict
    assert "FORALLVALUES_ALLOW" not in found.findings
    if verdict == "conditional":
        assert required(found) == [[("constraints", (held_grant.arn,))]]
    if verdict == "deny":
        assert [m.code for m in found.near_misses] == ["GRANT_CONDITION"]


def test_a_service_is_a_grantee_by_its_name() -> None:
    dynamo = "dynamodb.eu-west-1.amazonaws.com"
    held_grant = granted(grantee=dynamo)
    assert decide(with_grants(held_grant), dynamo, "kms:Decrypt", KEY).verdict == "allow"
    assert (
        decide(with_grants(held_grant), "ecs.amazonaws.com", "kms:Decrypt", KEY).verdict == "deny"
    )


def test_the_grants_are_a_layer_where_there_are_some() -> None:
    found = decide(with_grants(granted()), ANA.arn, "kms:Decrypt", KEY)
    assert verdicts(found)["grant"] == "allow"
    assert [(e.layer, e.policy) for e in found.evidence if e.layer == "grant"] == [
        ("grant", f"{KEY}#grant/g1")
    ]
    retiring = granted(retiring=ANA.arn, grantee=WORKER.arn)
    found = decide(with_grants(retiring), ANA.arn, "kms:RetireGrant", KEY)
    assert [e.statement for e in found.evidence if e.layer == "grant"] == [1]
    queue = decide(facts(), ANA.arn, "sqs:SendMessage", QUEUE)
    assert "grant" not in verdicts(queue)
    one = granted(constraints=CONTEXT)
    two = granted(arn=f"{KEY}#grant/g2", constraints=SOURCE)
    found = decide(with_grants(one, two), ANA.arn, "kms:Decrypt", KEY)
    assert verdicts(found)["grant"] == "unknown"
    assert "grant" not in verdicts(decide(with_grants(), ANA.arn, "kms:Decrypt", KEY))
    assert "grant" not in verdicts(decide(with_grants(granted()), ANA.arn, "kms:PutKeyPolicy", KEY))


def test_a_role_that_a_grant_names_twice_is_met_by_the_weaker_demand() -> None:
    one = granted(grantee=SESSION)
    two = granted(arn=f"{KEY}#grant/g2", grantee=WORKER.arn)
    for grants in ((one, two), (two, one)):
        found = decide(with_grants(*grants), WORKER.arn, "kms:Decrypt", KEY)
        assert found.verdict == "allow"
        assert verdicts(found)["grant"] == "allow"
    found = decide(with_grants(one), WORKER.arn, "kms:Decrypt", KEY)
    assert required(found) == [[("session:name", ("alice",))]]


@pytest.mark.parametrize("subject", ["", KEY, "1234"])
def test_grants_that_were_refused_may_allow(subject: str) -> None:
    """V-12."""
    refused = (line("kms", "list-grants", "denied", "eu-west-1", subject),)
    found = decide(with_grants(coverage=refused), ANA.arn, "kms:Decrypt", KEY)
    assert required(found) == [[("grants", (KEY,))]]
    assert "V-12" in found.rules
    assert verdicts(found)["grant"] == "unknown"
    found = decide(with_grants(granted(), coverage=refused), ANA.arn, "kms:Decrypt", KEY)
    assert found.verdict == "allow"


def test_grants_that_nobody_asked_for_are_an_assumption() -> None:
    read = line("kms", "list-grants", "complete", "eu-west-1", "1234")
    for found, assumed in (
        (with_grants(), True),
        (with_grants(granted()), False),
        (with_grants(coverage=(read,)), False),
    ):
        answer = decide(found, ANA.arn, "kms:Decrypt", KEY)
        assert (grant.NOT_COLLECTED in answer.assumptions) is assumed
