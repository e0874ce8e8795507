"""Each layer says what its policies say, in its own words, and which statements were near.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from dataclasses import replace
from typing import Any

import pytest

from iam.authorize import Request, authorize
from iam.decision import Decision
from iam.model import Account, Policy, PolicyKind, Snapshot
from tests.unit.iam.build import A, B, allow, role, snapshot, trust, user

MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
PAYMENTS = {"StringEquals": {"aws:PrincipalTag/team": "payments"}}
WITHOUT_ID = {"StringNotEquals": {"sts:ExternalId": "x"}}
HOLE = {"ForAllValues:StringEquals": {"aws:TagKeys": "team"}}
TARGET = f"arn:aws:iam::{A}:role/R"


def decide(facts: Snapshot, principal: str, resource: str = TARGET, **more: Any) -> Decision:
    return authorize(facts, Request(principal=principal, resource=resource, **more))


def verdicts(found: Decision) -> dict[str, str]:
    return {layer.layer: layer.verdict for layer in found.layers}


def messages(found: Decision) -> dict[str, str]:
    return {layer.layer: layer.message for layer in found.layers}


def misses(found: Decision) -> list[tuple[str, str, str]]:
    return [(m.code, m.rule, m.statement.rpartition("#")[2]) for m in found.near_misses]


def deny(action: Any = "sts:AssumeRole", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, **more}


# --- what a layer says ----------------------------------------------------------------------------


def test_a_layer_that_is_not_there_takes_no_part() -> None:
    ana = user("ana", allow())
    alone = {A: Account(id=A, collected=True, organization_known=True)}
    found = decide(snapshot(ana, role("R", [trust({"AWS": A})]), accounts=alone), ana.arn)
    assert verdicts(found) == {
        "identity": "allow",
        "trust": "allow",
        "boundary": "none",
        "session": "none",
        "scp": "none",
        "rcp": "none",
    }
    said = messages(found)
    assert said["boundary"] == "there is no permissions boundary"
    assert said["session"] == "no session policy was given"
    assert said["scp"] == "no service control policy binds this caller"
    assert said["rcp"] == "no resource control policy binds this resource"


def test_a_service_has_no_policies_of_its_own() -> None:
    facts = snapshot(role("R", [trust({"Service": "lambda.amazonaws.com"})]))
    found = decide(facts, "lambda.amazonaws.com")
    assert messages(found)["identity"] == "the caller has no identity policies of its own"


@pytest.mark.parametrize(
    ("statements", "word"),
    [
        ([allow()], "allow"),
        ([], "silent"),
        ([allow(Condition=MFA)], "unknown"),
        ([deny(Resource="*", Condition=MFA)], "unknown"),
        ([allow(), deny(Resource="*", Condition=MFA)], "unknown"),
        ([allow(), deny(Resource="*")], "deny"),
        ([deny(Resource="*")], "deny"),
    ],
    ids=["allow", "silent", "if", "unless", "allow unless", "both", "deny"],
)
def test_one_word_for_what_a_layer_says(statements: list[dict[str, Any]], word: str) -> None:
    ana = user("ana", *statements)
    facts = snapshot(ana, role("R", [trust({"AWS": ana.arn})]))
    assert verdicts(decide(facts, ana.arn))["identity"] == word


def test_a_statement_that_may_apply_is_evidence_and_no_other() -> None:
    ana = user("ana", allow(), allow("s3:*"), allow(Condition=PAYMENTS), deny(Resource="*"))
    found = decide(snapshot(ana, role("R", [trust({"AWS": A})])), ana.arn)
    held = [(e.statement, e.effect) for e in found.evidence if e.layer == "identity"]
    assert held == [(0, "Allow"), (3, "Deny")]


def test_a_part_of_a_policy_that_cannot_be_read_may_allow_and_may_deny() -> None:
    """A-9: what parses is used, what does not is a requirement of both sides."""
    broken = {"Effect": "allow", "Action": "*", "Resource": "*"}
    reader = user("ana", broken)
    for held in ([broken], [allow(), broken], [allow(), broken, deny(Resource="*", Condition=MFA)]):
        reader = user("ana", *held)
        facts = snapshot(reader, role("R", [trust({"AWS": A})]))
        found = decide(facts, reader.arn)
        assert found.verdict == "conditional"
        assert {a.kind for branch in found.requirements for a in branch} >= {"DATA_MISSING"}
        assert "UNPARSED" in found.findings
        assert {"A-3", "A-9"} <= set(found.rules)


def test_a_policy_whose_document_was_not_read_may_allow_and_may_deny() -> None:
    """A-12: an attached policy that is not in the snapshot."""
    unread = f"arn:aws:iam::{A}:policy/unread"
    ana = user("ana", attached=(unread,))
    facts = snapshot(ana, role("R", [trust({"AWS": A})]))
    found = decide(facts, ana.arn)
    assert [[(a.key, a.values) for a in branch] for branch in found.requirements] == [
        [("identity", (unread,))]
    ]
    assert "A-12" in found.rules
    assert "A-9" not in found.rules
    assert "UNPARSED" not in found.findings
    assert verdicts(found)["identity"] == "unknown"


def test_a_document_that_is_no_policy_breaks_no_rule_of_a_statement() -> None:
    ana = user("ana")
    torn = Policy(arn=f"{ana.arn}#inline/t", name="t", kind=PolicyKind.INLINE, document="{")
    found = decide(snapshot(replace(ana, inline=(torn,)), role("R", [trust({"AWS": A})])), ana.arn)
    assert found.verdict == "conditional"
    assert "A-9" in found.rules
    assert "A-3" not in found.rules


@pytest.mark.parametrize("statement", [allow(Condition=HOLE), deny(Resource="*", Condition=HOLE)])
def test_a_hole_is_a_hole_in_an_allow_only(statement: dict[str, Any]) -> None:
    """B-9: ForAllValues is true of a key that is absent, which opens an Allow."""
    ana = user("ana", allow("s3:*"), statement)
    found = decide(snapshot(ana, role("R", [trust({"AWS": ana.arn})])), ana.arn)
    assert ("FORALLVALUES_ALLOW" in found.findings) is (statement["Effect"] == "Allow")


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        (
            {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
            "A-31",
        ),
        (
            {"Effect": "Allow", "Action": "*", "NotResource": f"arn:aws:iam::{A}:role/x"},
            "A-32",
        ),
    ],
)
def test_what_is_said_by_exclusion_is_noted_where_it_is_said(
    statement: dict[str, Any], rule: str
) -> None:
    for held, there in ((statement, True), (allow(["sts:AssumeRole"]), False)):
        ana = user("ana", held)
        found = decide(snapshot(ana, role("R", [trust({"AWS": A})])), ana.arn)
        assert found.verdict == "allow"
        assert (rule in found.rules) is there


# --- near misses ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "code", "rule", "words"),
    [
        (
            allow(["iam:GetUser", "sts:GetCallerIdentity"]),
            "IDENTITY_ACTION",
            "A-34",
            "statement 0 of own does not name the action",
        ),
        (
            {"Sid": "NoSts", "Effect": "Allow", "NotAction": ["iam:*", "STS:*"], "Resource": "*"},
            "IDENTITY_ACTION",
            "A-31",
            "statement 0 (NoSts) of own leaves the action out",
        ),
        (
            allow(resource=f"arn:aws:iam::{A}:role/other", Sid="Other"),
            "IDENTITY_RESOURCE",
            "A-38",
            "statement 0 (Other) of own does not name this resource",
        ),
        (
            {"Effect": "Allow", "Action": "sts:*", "NotResource": TARGET},
            "IDENTITY_RESOURCE",
            "A-32",
            "statement 0 of own leaves this resource out",
        ),
        (
            allow(Condition=PAYMENTS),
            "IDENTITY_CONDITION",
            "B-5",
            "statement 0 of own has a condition that cannot hold:"
            " aws:PrincipalTag/team fails StringEquals payments: it is absent",
        ),
    ],
    ids=["action", "NotAction", "resource", "NotResource", "condition"],
)
def test_a_statement_that_fails_on_one_element_is_near(
    statement: dict[str, Any], code: str, rule: str, words: str
) -> None:
    ana = user("ana", statement)
    found = decide(snapshot(ana, role("R", [trust({"AWS": A})])), ana.arn)
    assert misses(found) == [(code, rule, "0")]
    assert found.near_misses[0].message == words
    assert rule in found.rules


@pytest.mark.parametrize(
    "statement",
    [
        allow("s3:*"),
        allow("sts:TagSession", resource=f"arn:aws:iam::{A}:role/other"),
        allow("sts:TagSession", Condition=PAYMENTS),
        allow(resource=f"arn:aws:iam::{A}:role/other", Condition=PAYMENTS),
        deny("sts:TagSession", Resource="*"),
        deny(Resource=f"arn:aws:iam::{A}:role/other"),
        deny(Resource="*", Condition=PAYMENTS),
    ],
)
def test_what_fails_on_two_elements_or_denies_is_not_near(statement: dict[str, Any]) -> None:
    ana = user("ana", statement)
    found = decide(snapshot(ana, role("R", [trust({"AWS": A})])), ana.arn)
    assert found.verdict == "deny"
    assert found.near_misses == ()


def test_a_near_miss_that_has_a_hole_is_told_as_one() -> None:
    """B-9: the statement would let the caller in without the key that it seems to ask for."""
    ana = user("ana", allow("sts:TagSession", Condition=HOLE))
    found = decide(snapshot(ana, role("R", [trust({"AWS": A})])), ana.arn)
    assert misses(found) == [("IDENTITY_ACTION", "A-34", "0")]
    assert "FORALLVALUES_ALLOW" in found.findings


@pytest.mark.parametrize(
    ("statement", "expected", "words"),
    [
        (
            trust({"AWS": f"arn:aws:iam::{A}:user/ana"}, "sts:TagSession"),
            [("TRUST_ACTION", "A-37", "0")],
            "names the caller for another operation",
        ),
        (
            trust({"AWS": f"arn:aws:iam::{A}:user/ana"}, Condition=PAYMENTS),
            [("TRUST_CONDITION", "B-5", "0")],
            "names the caller, but its condition cannot hold",
        ),
        (
            trust({"AWS": A}, "sts:TagSession"),
            [("TRUST_ACTION", "A-37", "0")],
            f"names account {A} for another operation",
        ),
        (trust({"AWS": A}, "sts:TagSession", Condition=PAYMENTS), [], ""),
        (trust({"AWS": B}, "sts:TagSession"), [], ""),
        (trust({"AWS": B}, Condition=PAYMENTS), [], ""),
        (deny("sts:TagSession", Principal={"AWS": A}), [], ""),
        (deny(Principal={"AWS": A}, Condition=PAYMENTS), [], ""),
    ],
)
def test_a_trust_statement_is_near_where_it_names_the_caller(
    statement: dict[str, Any], expected: list[tuple[str, str, str]], words: str
) -> None:
    ana = user("ana", allow())
    found = decide(snapshot(ana, role("R", [statement])), ana.arn)
    assert misses(found) == expected
    assert all(words in miss.message for miss in found.near_misses)
    assert {rule for _, rule, _ in expected} <= set(found.rules)


def test_the_near_misses_of_a_caller_with_very_many_statements_are_those_of_the_index() -> None:
    """Two hundred statements are looked through for those that miss on the action alone."""
    few = [allow("sts:TagSession")] * 200
    for statements, near in ((few, 200), ([*few, allow("s3:*")], 0)):
        ana = user("ana", *statements)
        found = decide(snapshot(ana, role("R", [trust({"AWS": A})])), ana.arn)
        assert len(found.near_misses) == near


# --- the resource element -------------------------------------------------------------------------


def excluded(*patterns: str, **more: Any) -> Snapshot:
    """A user that may do all, but may assume no roles other than these."""
    ana = user("ana", allow(), deny(NotResource=list(patterns)), **more)
    return snapshot(ana, *(role(name, [trust({"AWS": A})]) for name in ("R", "ana", "ana-x")))


@pytest.mark.parametrize(
    ("pattern", "name", "verdict"),
    [
        ("*", "R", "allow"),
        (f"arn:aws:iam::{A}:role/other", "R", "deny"),
        (TARGET, "R", "allow"),
        # before the sixth part a variable is text, which is the name of no role.
        ("arn:aws:iam::${aws:PrincipalAccount}:role/R", "R", "deny"),
        ("arn:aws:iam::${aws:PrincipalAccount}", "R", "deny"),
        ("arn:aws:iam::${team}", "R", "deny"),
        (f"arn:aws:iam::{A}:role/${{aws:username}}", "R", "deny"),
        (f"arn:aws:iam::{A}:role/${{aws:username}}", "ana", "allow"),
        (f"arn:aws:iam::{A}:role/${{aws:username}}-*", "ana-x", "allow"),
    ],
)
def test_what_a_deny_leaves_out_is_decided_where_its_variables_have_values(
    pattern: str, name: str, verdict: str
) -> None:
    """A-32, A-42, A-44: I-8 is open for variables without a value alone."""
    found = decide(excluded(pattern), f"arn:aws:iam::{A}:user/ana", f"arn:aws:iam::{A}:role/{name}")
    assert found.verdict == verdict


def test_what_a_deny_leaves_out_by_an_open_variable_asks_for_its_value() -> None:
    """A-44: the session's tag decides, and nothing else is open."""
    named = f"arn:aws:iam::{A}:role/${{aws:PrincipalTag/team}}"
    entered = [trust({"AWS": A}, ["sts:AssumeRole", "sts:TagSession"])]
    caller = role("caller", entered, allow(), deny(NotResource=named))
    found = decide(snapshot(caller, role("R", [trust({"AWS": A})])), caller.arn)
    assert [[(a.key, a.values) for a in branch] for branch in found.requirements] == [
        [("aws:PrincipalTag/team", ("R",))]
    ]


def test_what_a_deny_leaves_out_by_a_variable_without_a_value_is_open() -> None:
    """A-45, I-8; an Allow and a list of resources are not."""
    unset = f"arn:aws:iam::{A}:role/${{aws:PrincipalTag/none}}"
    found = decide(excluded(unset), f"arn:aws:iam::{A}:user/ana")
    assert [[a.key for a in branch] for branch in found.requirements] == [["I-8"]]
    held = {"Effect": "Allow", "Action": "sts:*", "NotResource": unset}
    for statements in ([held], [allow(), deny(Resource=unset)]):
        ana = user("ana", *statements)
        facts = snapshot(ana, role("R", [trust({"AWS": A})]))
        assert decide(facts, ana.arn).verdict == "allow"


@pytest.mark.parametrize("pattern", [f"arn:aws:iam::{A}:role/${{aws:username}}", "arn:aws:${a}"])
def test_in_an_old_document_a_variable_is_text(pattern: str) -> None:
    """A-4: a version of 2008 knows no variables, so the list leaves nothing out, and for sure."""
    ana = user("ana", allow(), deny(NotResource=pattern))
    old = replace(ana.inline[0], document={**ana.inline[0].document, "Version": "2008-10-17"})
    facts = snapshot(replace(ana, inline=(old,)), role("ana", [trust({"AWS": A})]))
    found = decide(facts, ana.arn, f"arn:aws:iam::{A}:role/ana")
    assert found.verdict == "deny"
    assert "A-4" in found.rules


def test_a_star_that_a_variable_brings_is_a_star() -> None:
    """A-46: what a tag holds is compared as it is."""
    pattern = f"arn:aws:iam::{A}:role/${{aws:PrincipalTag/team}}"
    for tag, verdict in (("*", "deny"), ("R", "allow")):
        ana = user("ana", allow(resource=pattern), tags=(("team", tag),))
        found = decide(snapshot(ana, role("R", [trust({"AWS": A})])), ana.arn)
        assert found.verdict == verdict
        assert ("A-46" in found.rules) is (tag == "*")


TEAM, ENV = "aws:PrincipalTag/team", "aws:PrincipalTag/env"


def tagged(pattern: str, *targets: str, action: str = "sts:AssumeRole") -> Snapshot:
    """A role that takes any session tags, with leave to do one thing to what fits a pattern."""
    entered = [trust({"AWS": A}, ["sts:AssumeRole", "sts:TagSession"])]
    caller = role("caller", entered, allow(action, pattern))
    return snapshot(caller, *(role(t, [trust({"AWS": A})]) for t in targets))


@pytest.mark.parametrize(
    ("pattern", "target", "ways"),
    [
        ("role/${team}", "R", [{TEAM: "R"}]),
        ("role/x-${team}-*", "x-ops-1-2", [{TEAM: "ops"}, {TEAM: "ops-1"}]),
        ("role/${team}-${env}", "ops-dev", [{TEAM: "ops", ENV: "dev"}]),
        ("role/${team}-${env}", "a-b-c", [{TEAM: "a", ENV: "b-c"}, {TEAM: "a-b", ENV: "c"}]),
        ("role/${team}-${team}", "ops-ops", [{TEAM: "ops"}]),
        ("role/${team}-${team}", "ops-dev", []),
        ("role/${team}-x", "ops-y", []),
        ("role/?${team}", "R", []),
        ("user/${team}", "R", []),
    ],
)
def test_an_open_variable_must_have_the_value_that_makes_the_resource(
    pattern: str, target: str, ways: list[dict[str, str]]
) -> None:
    """A-44, B-22: a session may carry any tags; each way of reading them off the ARN is one."""
    named = pattern.replace("${team}", f"${{{TEAM}}}").replace("${env}", f"${{{ENV}}}")
    facts = tagged(f"arn:aws:iam::{A}:{named}", target)
    found = decide(facts, f"arn:aws:iam::{A}:role/caller", f"arn:aws:iam::{A}:role/{target}")
    wanted = [{a.key: a.values[0] for a in branch} for branch in found.requirements]
    assert sorted(wanted, key=str) == sorted(ways, key=str)
    assert found.verdict == ("conditional" if ways else "deny")


@pytest.mark.parametrize(
    "pattern",
    [f"arn:aws:iam::{B}:role/${{{TEAM}}}", f"arn:aws-cn:iam::{A}:role/${{{TEAM}}}"],
)
def test_no_value_of_a_variable_makes_up_for_another_account(pattern: str) -> None:
    assert decide(tagged(pattern, "R"), f"arn:aws:iam::{A}:role/caller").verdict == "deny"


def test_no_value_of_a_variable_makes_an_arn_of_what_is_none() -> None:
    facts = tagged(f"arn:aws:s3:::${{{TEAM}}}", action="s3:GetObject")
    for resource, verdict in (("bucket", "deny"), ("arn:aws:s3:::bucket", "conditional")):
        found = decide(facts, f"arn:aws:iam::{A}:role/caller", resource, action="s3:GetObject")
        assert found.verdict == verdict


# --- the trust policy -----------------------------------------------------------------------------


def test_a_role_whose_trust_policy_was_not_read_is_a_requirement() -> None:
    """C-4; a document that was read as text alone is one that was read."""
    ana = user("ana", allow())
    made = role("R", [trust({"AWS": A})])
    assert made.trust is not None
    text = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*"}]}'
    for held, verdict in (
        (replace(made, trust=None), "conditional"),
        (replace(made, trust=replace(made.trust, document=None)), "conditional"),
        (replace(made, trust=replace(made.trust, document=None, raw=text)), "allow"),
    ):
        found = decide(snapshot(ana, held), ana.arn)
        assert found.verdict == verdict
        assert ("C-4" in found.rules) is (verdict == "conditional")
        assert verdicts(found)["trust"] == ("unknown" if verdict == "conditional" else "allow")


def test_a_role_that_a_trust_names_twice_is_met_by_the_weaker_demand() -> None:
    """A-28, A-29: one of its sessions by name, and the role itself."""
    caller = role("worker", [], allow())
    named = {"AWS": [f"arn:aws:sts::{A}:assumed-role/worker/alice", caller.arn]}
    found = decide(snapshot(caller, role("R", [trust(named)])), caller.arn)
    assert found.verdict == "allow"
    assert verdicts(found)["trust"] == "allow"
    both = [trust({"AWS": A}), deny(Principal=named)]
    found = decide(snapshot(caller, role("R", both)), caller.arn)
    assert [r.code for r in found.reasons] == ["TRUST_EXPLICIT"]


@pytest.mark.parametrize(
    ("statements", "verdict", "word"),
    [
        ([trust({"AWS": A})], "allow", "allow"),
        ([trust({"AWS": A}), trust({"AWS": A}, Condition=MFA)], "allow", "allow"),
        ([trust({"AWS": A}, Condition=MFA), trust({"AWS": A})], "allow", "allow"),
        ([trust({"AWS": A}, Condition=MFA)], "conditional", "unknown"),
        ([trust({"AWS": A}), deny(Principal="*", Condition=WITHOUT_ID)], "conditional", "unknown"),
        ([trust({"AWS": A}), deny(Principal="*", Condition=PAYMENTS)], "allow", "allow"),
        ([trust({"AWS": A}), deny(Principal={"AWS": B})], "allow", "allow"),
        ([trust({"AWS": A}), deny("sts:TagSession", Principal="*")], "allow", "allow"),
        ([trust({"AWS": A}), trust({"AWS": A}, Resource="*")], "allow", "allow"),
        ([trust({"AWS": A}, Resource="arn:aws:s3:::b")], "allow", "allow"),
        ([{"Effect": "Allow", "Principal": "*", "NotAction": "iam:*"}], "allow", "allow"),
    ],
)
def test_what_a_trust_policy_says(
    statements: list[dict[str, Any]], verdict: str, word: str
) -> None:
    ana = user("ana", allow())
    found = decide(snapshot(ana, role("R", statements)), ana.arn)
    assert found.verdict == verdict
    assert verdicts(found)["trust"] == word
    assert ("A-7" in found.rules) is any("Resource" in s for s in statements)
    assert ("A-33" in found.rules) is any("NotAction" in s for s in statements)


@pytest.mark.parametrize("statements", [[], [trust({"AWS": A})], [trust({"AWS": B})]])
def test_a_part_of_a_trust_policy_that_does_not_parse_may_open_and_may_shut(
    statements: list[dict[str, Any]],
) -> None:
    """A-9."""
    ana = user("ana", allow())
    broken = {"Effect": "allow", "Principal": "*", "Action": "sts:AssumeRole"}
    found = decide(snapshot(ana, role("R", [*statements, broken])), ana.arn)
    assert [[a.key for a in branch] for branch in found.requirements] == [["trust"]]
    assert verdicts(found)["trust"] == "unknown"
    assert "UNPARSED" in found.findings
