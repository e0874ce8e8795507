"""Each call of a plan is decided for its operator, and one that is denied stops that step alone."""

from dataclasses import replace
from typing import Any

import pytest

from iam.deletion import rehearse
from iam.model import Policy, PolicyKind, Role, Snapshot, User
from ingest.snapshot import read_one
from tests.support.tree import REPOSITORY

A = "arn:aws:iam::111111111111"
ANA = f"{A}:user/ana"
ACCOUNTS = REPOSITORY / "tests" / "accounts"
CALLS = {
    f"{A}:role/R": ("d_operators", [
        "iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "iam:RemoveRoleFromInstanceProfile",
        "iam:DetachRolePolicy", "iam:DeleteRolePolicy", "iam:DeleteRole",
    ]),
    f"{A}:user/people/ana": ("d_user_credentials", [
        "iam:PutUserPolicy", "iam:DeleteUserPolicy", "iam:DeleteLoginProfile",
        "iam:DeleteAccessKey", "iam:DeleteSigningCertificate", "iam:DeleteSSHPublicKey",
        "iam:DeleteServiceSpecificCredential", "iam:DeactivateMFADevice", "iam:DeleteUser",
    ]),
    f"{A}:user/leaver": ("d_operators", ["iam:RemoveUserFromGroup", "iam:DetachUserPolicy"]),
    f"{A}:group/team": ("d_group", [
        "iam:RemoveUserFromGroup", "iam:DetachGroupPolicy", "iam:DeleteGroupPolicy",
        "iam:DeleteGroup",
    ]),
    f"{A}:policy/P": ("d_policy_in_use", [
        "iam:DetachGroupPolicy", "iam:DetachRolePolicy", "iam:DetachUserPolicy",
        "iam:DeleteRolePermissionsBoundary", "iam:DeletePolicyVersion", "iam:DeletePolicy",
    ]),
    f"{A}:instance-profile/P": ("d_profile", [
        "iam:RemoveRoleFromInstanceProfile", "iam:DeleteInstanceProfile",
    ]),
    f"{A}:saml-provider/Okta": ("d_saml_trusted", ["iam:DeleteSAMLProvider"]),
    f"{A}:oidc-provider/token.actions.githubusercontent.com": (
        "d_oidc_untrusted", ["iam:DeleteOpenIDConnectProvider"],
    ),
}  # fmt: skip
"""F-7 to F-13: the calls that a plan for each entity makes."""


def operator(*statements: dict[str, Any], name: str = "operator") -> User:
    arn = f"{A}:user/{name}"
    policy = Policy(
        arn=f"{arn}#inline/own",
        name="own",
        kind=PolicyKind.INLINE,
        account="111111111111",
        document={"Version": "2012-10-17", "Statement": list(statements)},
        place="here",
    )
    return User(arn=arn, name=name, account="111111111111", inline=(policy,))


ALL = {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}


def steps(snapshot: Snapshot, entity: str, who: User) -> list[dict[str, Any]]:
    held = replace(snapshot, users={**snapshot.users, who.arn: who})
    found: list[dict[str, Any]] = rehearse(held, entity, operator=who.arn)["operator"]["steps"]
    return found


CASES = [(entity, name, call) for entity, (name, calls) in CALLS.items() for call in calls]


@pytest.mark.parametrize(("entity", "name", "call"), CASES, ids=lambda v: v.rpartition(":")[2])
def test_a_denied_call_stops_its_own_steps_and_no_other(entity: str, name: str, call: str) -> None:
    snapshot = read_one(ACCOUNTS / name)
    who = operator(ALL, {"Sid": "No", "Effect": "Deny", "Action": call, "Resource": "*"})
    found = steps(snapshot, entity, who)
    known = {step["action"] for step in found}
    assert call in known
    scp = {"iam:DeleteUser"} if name == "d_operators" and ":user/" in entity else set()
    for step in found:
        stops = step["action"] in {call, *scp}
        assert step["verdict"] == ("deny" if stops else "allow"), step["action"]
    (denied, *_) = [step for step in found if step["action"] == call]
    assert denied["why"]["reasons"][0]["statement"] == f"{who.arn}#inline/own#1"


@pytest.mark.parametrize(("entity", "name", "call"), CASES, ids=lambda v: v.rpartition(":")[2])
def test_a_call_that_is_not_allowed_stops_its_step(entity: str, name: str, call: str) -> None:
    who = operator({"Effect": "Allow", "NotAction": [call], "Resource": "*"})
    for step in steps(read_one(ACCOUNTS / name), entity, who):
        if step["action"] == call:
            assert step["verdict"] == "deny"
            assert step["why"]["reasons"][0]["code"] == "IDENTITY_IMPLICIT"


@pytest.mark.parametrize(
    ("entity", "name"), [(e, n) for e, (n, _) in CALLS.items()], ids=lambda v: v.rpartition(":")[2]
)
def test_a_step_is_asked_on_what_aws_decides_it_on(entity: str, name: str) -> None:
    """Who may do it on exactly the resources that the service authorization reference names."""
    snapshot = read_one(ACCOUNTS / name)
    asked = {step["resource"] for step in steps(snapshot, entity, operator(ALL))}
    on = sorted(asked)
    who = operator({"Effect": "Allow", "Action": "iam:*", "Resource": on})
    verdicts = {step["action"]: step["verdict"] for step in steps(snapshot, entity, who)}
    verdicts.pop("iam:DeleteUser", None)  # a service control policy denies it in one account
    assert set(verdicts.values()) <= {"allow"}
    kinds = {arn.split(":", 5)[-1].partition("/")[0] for arn in on}
    assert kinds <= {
        "role", "user", "group", "policy", "instance-profile", "saml-provider", "oidc-provider",
    }  # fmt: skip


def test_what_nobody_read_is_not_decided() -> None:
    """F-10: AWS counts a use of the policy, and who has it is not in the snapshot."""
    found = steps(read_one(ACCOUNTS / "d_boundary_policy"), f"{A}:policy/P", operator(ALL))
    unread = [step for step in found if step["about"] == "1 not in this snapshot"]
    assert [(step["verdict"], step["resource"], step["why"]) for step in unread] == [
        ("unknown", "", {})
    ]


def test_an_operator_of_another_account_fails_at_every_step() -> None:
    """IAM acts on the caller's own account, and no resource policy lets anybody else in."""
    snapshot = read_one(ACCOUNTS / "d_operator")
    arn = "arn:aws:iam::222222222222:user/far"
    policy = replace(operator(ALL).inline[0], arn=f"{arn}#inline/own", account="222222222222")
    far = User(arn=arn, name="far", account="222222222222", inline=(policy,))
    assert {step["verdict"] for step in steps(snapshot, f"{A}:role/R", far)} == {"deny"}


def test_a_session_of_a_role_is_an_operator_too() -> None:
    snapshot = read_one(ACCOUNTS / "d_operator")
    policy = replace(operator(ALL).inline[0], arn=f"{A}:role/op#inline/own")
    role = Role(arn=f"{A}:role/op", name="op", account="111111111111", inline=(policy,))
    held = replace(snapshot, roles={**snapshot.roles, role.arn: role})
    answer = rehearse(held, f"{A}:role/R", operator=role.arn)
    assert {step["verdict"] for step in answer["operator"]["steps"]} == {"allow"}
    assert all(one["kind"] != "denied_by_policy" for one in answer["hard"])


def test_the_quarantine_is_advice_and_blocks_nothing() -> None:
    who = operator(ALL, {"Effect": "Deny", "Action": "iam:UpdateAssumeRolePolicy", "Resource": "*"})
    snapshot = read_one(ACCOUNTS / "d_operator")
    held = replace(snapshot, users={**snapshot.users, who.arn: who})
    answer = rehearse(held, f"{A}:role/R", operator=who.arn)
    assert [one["kind"] for one in answer["hard"]] == ["attached_policy"]
    denied = [s for s in answer["operator"]["steps"] if s["verdict"] == "deny"]
    assert [(s["phase"], s["action"]) for s in denied] == [
        ("quarantine", "iam:UpdateAssumeRolePolicy")
    ]
