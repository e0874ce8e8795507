"""Policies of an organization bind whom AWS says, level by level, and say so.

Source:
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
"""

from dataclasses import replace
from typing import Any

import pytest

from iam.authorize import Request, authorize
from iam.decision import Decision
from iam.layers.scp import NOT_COLLECTED
from iam.model import (
    Account,
    OrganizationalUnit,
    Policy,
    PolicyKind,
    Role,
    SamlProvider,
    Snapshot,
    User,
)
from tests.unit.iam.build import A, B, X, allow, document, organization, role, snapshot, trust, user

FULL = document(allow("*"))
TARGET = f"arn:aws:iam::{A}:role/R"
MANAGEMENT = "999999999999"
LAMBDA = "lambda.amazonaws.com"
ANA = user("ana")


def deny(action: Any = "sts:AssumeRole", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def verdicts(found: Decision) -> dict[str, str]:
    return {layer.layer: layer.verdict for layer in found.layers}


def facts(
    *entities: User | Role,
    scps: dict[str, list[dict[str, Any]]] | None = None,
    rcps: dict[str, list[dict[str, Any]]] | None = None,
    members: tuple[str, ...] = (A,),
    outside: tuple[str, ...] = (),
    **changed: Any,
) -> Snapshot:
    """An organization of one root; the target trusts everybody unless another one is given."""
    made = organization(*members, scps=scps or {})
    held = made["organization"]
    policies, targets = dict(held.policies), dict(held.targets)
    for target, documents in (rcps or {}).items():
        for number, content in enumerate(documents):
            arn = f"arn:aws:organizations::{MANAGEMENT}:policy/o-1/rcp/{target}/{number}"
            policies[arn] = Policy(arn=arn, name=arn, kind=PolicyKind.RCP, document=content)
            targets[target] = (*targets.get(target, ()), arn)
    held = replace(
        held, policies=policies, targets=targets, rcp_enabled=rcps is not None, **changed
    )
    accounts = {
        **made["accounts"],
        MANAGEMENT: Account(id=MANAGEMENT, collected=True, organization_known=True, parent="r-1"),
        **{a: Account(id=a, collected=True, organization_known=True) for a in outside},
    }
    return snapshot(*entities, accounts=accounts, organization=held)


def decide(held: Snapshot, principal: str, resource: str = TARGET, **more: Any) -> Decision:
    return authorize(held, Request(principal=principal, resource=resource, **more))


OPEN = role("R", [trust("*")])
ROOT_ALLOWS = {"r-1": [FULL], A: [FULL]}


# --- whether anything binds -----------------------------------------------------------------------


@pytest.mark.parametrize(("known", "assumed"), [(False, True), (True, False)])
def test_what_nobody_asked_for_is_an_assumption(known: bool, assumed: bool) -> None:
    """V-12: no organization in the snapshot; an account of none needs no assumption."""
    account = Account(id=A, collected=True, organization_known=known)
    found = decide(snapshot(ANA, OPEN, accounts={A: account}), ANA.arn)
    said = "not-evaluated" if assumed else "none"
    assert verdicts(found)["scp"] == verdicts(found)["rcp"] == said
    assert (NOT_COLLECTED in found.assumptions) is assumed


@pytest.mark.parametrize(
    ("scp", "rcp", "assumed"),
    [(None, False, True), (False, None, True), (False, False, False), (True, False, False)],
)
def test_policy_types_that_were_not_read_are_an_assumption_of_a_member(
    scp: bool | None, rcp: bool | None, assumed: bool
) -> None:
    held = facts(ANA, OPEN)
    assert held.organization is not None
    made = replace(held.organization, scp_enabled=scp, rcp_enabled=rcp)
    found = decide(replace(held, organization=made), ANA.arn)
    said = verdicts(found)
    assert (said["scp"] == "not-evaluated") is (scp is None)
    assert (said["rcp"] == "not-evaluated") is (rcp is None)
    assert (NOT_COLLECTED in found.assumptions) is assumed


def test_the_management_account_and_strangers_need_no_assumption() -> None:
    """C-37, C-43: nothing of the organization binds them, whatever was read of it."""
    boss = user("boss", allow(), account=MANAGEMENT)
    target = role("R", [trust("*")], account=MANAGEMENT)
    held = facts(boss, target, scp_enabled=None)
    assert held.organization is not None
    blind = replace(held, organization=replace(held.organization, rcp_enabled=None))
    found = decide(blind, boss.arn, target.arn)
    assert found.verdict == "allow"
    assert found.assumptions == ()
    assert {"C-37", "C-43"} <= set(found.rules)
    far, theirs = user("far", allow(), account=B), role("R", [trust("*")], account=B)
    held = facts(far, theirs, outside=(B,), scp_enabled=None)
    assert held.organization is not None
    blind = replace(held, organization=replace(held.organization, rcp_enabled=None))
    assert decide(blind, far.arn, theirs.arn).assumptions == ()


def test_targets_that_were_read_stand_for_the_policy_types() -> None:
    """A policy that is attached binds, whether or not the root's policy types were read."""
    held = facts(ANA, OPEN, scps={"r-1": [FULL], A: []}, scp_enabled=None)
    found = decide(held, ANA.arn)
    assert found.verdict == "deny"
    assert NOT_COLLECTED not in found.assumptions


@pytest.mark.parametrize(
    ("caller", "binds"),
    [
        (ANA, True),
        (role("caller", []), True),
        (user("boss", allow(), account=MANAGEMENT), False),
        (user("far", allow(), account=B), False),
        (role("AWSServiceRoleForX", [], path="/aws-service-role/x.amazonaws.com/"), False),
    ],
    ids=["user", "role", "management", "stranger", "service-linked"],
)
def test_service_control_policies_bind_members_alone(caller: User | Role, binds: bool) -> None:
    """C-12, C-37: a Deny at the root reaches users and roles of member accounts."""
    held = facts(caller, OPEN, scps={"r-1": [FULL, document(deny())], A: [FULL]}, outside=(B,))
    found = decide(held, caller.arn)
    assert found.verdict == ("deny" if binds else "allow")
    assert verdicts(found)["scp"] == ("deny" if binds else "none")
    assert ("C-12" in found.rules) is ("AWSServiceRole" in caller.name)
    if caller.account != B:
        assert "C-37" in found.rules


def test_the_root_user_of_a_member_account_is_bound() -> None:
    held = facts(ANA, scps={"r-1": [FULL, document(deny("*"))], A: [FULL]})
    root = f"arn:aws:iam::{A}:root"
    found = decide(held, root, "arn:aws:s3:::b/x", action="s3:GetObject")
    assert [r.code for r in found.reasons] == ["SCP_EXPLICIT"]


def test_a_service_is_bound_by_no_service_control_policy() -> None:
    held = facts(role("R", [trust({"Service": LAMBDA})]), scps={"r-1": [], A: []})
    found = decide(held, LAMBDA)
    assert found.verdict == "allow"
    assert verdicts(found)["scp"] == "none"


def test_a_policy_type_that_is_off_binds_nobody() -> None:
    """C-39."""
    held = facts(ANA, OPEN, scps={"r-1": [], A: []}, scp_enabled=False)
    found = decide(held, ANA.arn)
    assert found.verdict == "allow"
    assert "C-39" in found.rules


def test_service_control_policies_that_nobody_could_read_are_a_requirement() -> None:
    """C-39: enabled, and refused; and an account whose place is not known."""
    held = facts(ANA, OPEN, scps=ROOT_ALLOWS, scps_readable=False)
    found = decide(held, ANA.arn)
    wanted = [[("scp", (A,), "DATA_MISSING")]]
    assert [[(a.key, a.values, a.kind) for a in b] for b in found.requirements] == wanted
    assert "C-39" in found.rules


# --- level by level -------------------------------------------------------------------------------


def with_unit(*, root: list[dict[str, Any]], unit: list[dict[str, Any]]) -> Snapshot:
    held = facts(ANA, OPEN, scps={"r-1": root, "ou-1": unit, A: [FULL]})
    assert held.organization is not None
    units = {
        **held.organization.units,
        "ou-1": OrganizationalUnit(id="ou-1", arn="arn:ou-1", name="Prod", parent="r-1"),
    }
    accounts = {**held.accounts, A: replace(held.accounts[A], parent="ou-1")}
    organized = replace(held.organization, units=units)
    return replace(held, organization=organized, accounts=accounts)


def test_a_level_without_an_allow_is_named() -> None:
    """C-38, V-6: every level must allow; the one that does not is named as people know it."""
    found = decide(with_unit(root=[FULL], unit=[document(allow("s3:*"))]), ANA.arn)
    assert [r.code for r in found.reasons] == ["SCP_IMPLICIT"]
    assert [(m.code, m.rule, m.message) for m in found.near_misses] == [
        ("SCP_LEVEL", "C-38", "no service control policy at Prod allows it")
    ]
    message = "the service control policies of the caller's account do not allow sts:AssumeRole"
    assert found.reasons[0].message == message
    assert found.reasons[0].rule == "C-38"
    found = decide(facts(ANA, OPEN, scps={"r-1": [FULL], A: []}), ANA.arn)
    assert [m.message for m in found.near_misses] == [f"no service control policy at {A} allows it"]


def test_a_level_that_misses_on_the_action_alone_has_a_near_miss() -> None:
    found = decide(with_unit(root=[FULL], unit=[document(allow("sts:TagSession"))]), ANA.arn)
    assert [(m.code, m.rule) for m in found.near_misses] == [
        ("SCP_ACTION", "A-34"),
        ("SCP_LEVEL", "C-38"),
    ]


def test_a_level_that_allows_has_no_near_miss() -> None:
    """What a level allows elsewhere is of no interest where another level is silent."""
    root = [document(allow("sts:*"), allow("sts:TagSession"))]
    found = decide(with_unit(root=root, unit=[]), ANA.arn)
    assert [m.code for m in found.near_misses] == ["SCP_LEVEL"]


@pytest.mark.parametrize(
    ("statements", "rule"),
    [
        ([allow("*")], False),
        ([allow("*", resource=["*"])], False),
        ([allow("*", resource=TARGET)], True),
        ([allow("*", Condition={"Null": {"aws:PrincipalArn": "false"}})], True),
        ([allow("*"), allow("*", resource=TARGET)], True),
    ],
)
def test_an_allow_that_is_narrower_than_everything_is_of_the_full_language(
    statements: list[dict[str, Any]], rule: bool
) -> None:
    """C-40: since 2025-09 an Allow may have resources and conditions."""
    found = decide(facts(ANA, OPEN, scps={"r-1": [document(*statements)], A: [FULL]}), ANA.arn)
    assert found.verdict == "allow"
    assert ("C-40" in found.rules) is rule


@pytest.mark.parametrize(
    ("statements", "limits"),
    [
        ([], False),
        ([deny("s3:*")], False),
        ([deny(Condition={"StringEquals": {"sts:ExternalId": "x"}})], True),
    ],
)
def test_that_an_account_is_bound_is_noted_where_it_matters(
    statements: list[dict[str, Any]], limits: bool
) -> None:
    held = facts(ANA, OPEN, scps={"r-1": [FULL, document(*statements)], A: [FULL]})
    found = decide(held, ANA.arn)
    assert ("C-37" in found.rules) is limits
    assert "C-38" in found.rules


def test_an_allow_under_a_condition_is_noted_as_a_limit() -> None:
    narrow = document(allow("*", Condition={"StringEquals": {"sts:ExternalId": "x"}}))
    found = decide(facts(ANA, OPEN, scps={"r-1": [narrow], A: [FULL]}), ANA.arn)
    assert found.verdict == "conditional"
    assert {"C-37", "C-40"} <= set(found.rules)


@pytest.mark.parametrize(
    ("administrators", "noted"),
    [((), False), (((X, "sso"), (A, "iam")), True), (((X, "sso"),), False)],
)
def test_a_delegated_administrator_is_a_member(
    administrators: tuple[tuple[str, str], ...], noted: bool
) -> None:
    """C-42."""
    held = facts(ANA, OPEN, scps=ROOT_ALLOWS, delegated_administrators=administrators)
    assert ("C-42" in decide(held, ANA.arn).rules) is noted


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_a_short_arn_is_open_in_a_service_control_policy(effect: str) -> None:
    """A-40, I-7: AWS completes short ARNs in identity policies; of SCPs it says nothing."""
    short = {"Effect": effect, "Action": "*", "Resource": "arn:aws:iam"}
    root = [document(short)] if effect == "Allow" else [FULL, document(short)]
    found = decide(facts(ANA, OPEN, scps={"r-1": root, A: [FULL]}), ANA.arn)
    assert [[a.key for a in b] for b in found.requirements] == [["I-7"]]
    assert "A-40" in found.rules
    ana = user("ana", allow(resource="arn:aws:iam"))
    held = snapshot(ana, role("R", [trust({"AWS": A})]))
    assert decide(held, ana.arn).verdict == "allow"


# --- resource control policies --------------------------------------------------------------------

SHUT = {"r-1": [document({"Principal": "*", **deny()})]}


def test_resource_control_policies_bind_the_target_whoever_calls() -> None:
    """C-43: member accounts, strangers and services alike."""
    far = user("far", allow(), account=B)
    held = facts(ANA, far, OPEN, rcps=SHUT, scps=ROOT_ALLOWS, outside=(B,))
    for principal in (ANA.arn, far.arn):
        found = decide(held, principal)
        assert [r.code for r in found.reasons] == ["RCP_EXPLICIT"]
        assert "C-43" in found.rules
    held = facts(role("R", [trust({"Service": LAMBDA})]), rcps=SHUT, scps=ROOT_ALLOWS)
    assert [r.code for r in decide(held, LAMBDA).reasons] == ["RCP_EXPLICIT"]


@pytest.mark.parametrize("account", [MANAGEMENT, B])
def test_resource_control_policies_bind_no_target_outside_the_member_accounts(
    account: str,
) -> None:
    target = role("R", [trust({"AWS": account})], account=account)
    caller = user("ana", allow(), account=account)
    held = facts(caller, target, rcps=SHUT, scps=ROOT_ALLOWS, outside=(B,))
    found = decide(held, caller.arn, target.arn)
    assert found.verdict == "allow"
    assert verdicts(found)["rcp"] == "none"
    assert ("C-43" in found.rules) is (account == MANAGEMENT)


def test_service_linked_roles_are_free_of_resource_control_policies() -> None:
    """C-43, E-7: as callers, and as what their own service assumes; other roles are not."""
    path = "/aws-service-role/lambda.amazonaws.com/"
    linked = role("AWSServiceRoleForX", [trust({"Service": LAMBDA})], allow(), path=path)
    held = facts(linked, OPEN, ANA, rcps=SHUT, scps=ROOT_ALLOWS)
    for found in (decide(held, linked.arn), decide(held, LAMBDA, linked.arn)):
        assert found.verdict == "allow"
        assert {"C-43", "E-7"} <= set(found.rules)
        assert verdicts(found)["rcp"] == "none"
    opened = role("AWSServiceRoleForX", [trust("*")], path=path)
    held = facts(opened, ANA, rcps=SHUT, scps=ROOT_ALLOWS)
    assert [r.code for r in decide(held, ANA.arn, opened.arn).reasons] == ["RCP_EXPLICIT"]


def test_resource_control_policies_that_are_off_or_unread() -> None:
    held = facts(ANA, OPEN, rcps=SHUT, scps=ROOT_ALLOWS)
    assert held.organization is not None
    off = replace(held, organization=replace(held.organization, rcp_enabled=False))
    found = decide(off, ANA.arn)
    assert found.verdict == "allow"
    assert verdicts(found)["rcp"] == "none"
    unread = replace(held, organization=replace(held.organization, rcps_readable=False))
    found = decide(unread, ANA.arn)
    assert [[(a.key, a.values) for a in b] for b in found.requirements] == [[("rcp", (A,))]]


@pytest.mark.parametrize(("action", "binds"), [("sts:AssumeRole", True), ("iam:GetRole", False)])
def test_resource_control_policies_bind_the_services_of_the_list(action: str, binds: bool) -> None:
    ana = user("ana", allow("*"))
    shut = {"r-1": [document({"Principal": "*", **deny("*")})]}
    found = decide(facts(ana, OPEN, rcps=shut, scps=ROOT_ALLOWS), ana.arn, action=action)
    assert found.verdict == ("deny" if binds else "allow")


def test_that_an_organization_denies_subjects_without_a_principal_is_noted() -> None:
    """C-49: keys of the caller's account are absent before the call."""
    saml = f"arn:aws:iam::{A}:saml-provider/Okta"
    operation = "sts:AssumeRoleWithSAML"
    outsiders = {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}
    shut = {"r-1": [document({"Principal": "*", **deny("sts:*", Condition=outsiders)})]}
    target = role("R", [trust({"Federated": saml}, operation), trust("*")])
    held = replace(
        facts(ANA, target, rcps=shut, scps=ROOT_ALLOWS),
        saml_providers={saml: SamlProvider(arn=saml, account=A)},
    )
    found = decide(held, saml)
    assert [r.code for r in found.reasons] == ["RCP_EXPLICIT"]
    assert "C-49" in found.rules
    found = decide(facts(ANA, target, rcps=SHUT, scps=ROOT_ALLOWS), ANA.arn)
    assert "C-49" not in found.rules


def test_a_short_arn_is_open_in_a_resource_control_policy() -> None:
    short = {"r-1": [document({"Principal": "*", **deny(resource="arn:aws:iam")})]}
    found = decide(facts(ANA, OPEN, rcps=short, scps=ROOT_ALLOWS), ANA.arn)
    assert [[a.key for a in b] for b in found.requirements] == [["I-7"]]


def test_a_level_that_denies_what_may_not_be_meant_is_silent_first() -> None:
    """C-38, I-7: whether a short ARN denies is open, that nothing allows is not."""
    short = document(deny("*", resource="arn:aws:iam"))
    found = decide(facts(ANA, OPEN, scps={"r-1": [short], A: [FULL]}), ANA.arn)
    assert [r.code for r in found.reasons] == ["SCP_IMPLICIT"]
