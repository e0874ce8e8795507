"""What cannot be read may allow and may deny: it never counts as absent."""

from dataclasses import replace
from typing import Any

import pytest

from iam.assume import edges_into
from iam.authorize import Request, authorize
from iam.deletion import rehearse
from iam.model import Policy, PolicyKind, Role, User
from tests.unit.iam.build import A, B, allow, role, snapshot, trust, user

ROOT = trust({"AWS": f"arn:aws:iam::{A}:root"})


@pytest.mark.parametrize(
    ("more", "verdict"),
    [
        ({"Effect": "Deny", "Action": "sts:*"}, "conditional"),
        ({"Effect": "Deny", "Action": "s3:*"}, "conditional"),
        ({"Effect": "Deny", "Action": "sts:*", "Resource": []}, "allow"),
        ({"Effect": "Deny", "Action": "sts:*", "Resource": "*"}, "deny"),
    ],
    ids=["a Deny without a resource", "of another action", "of no resource", "of all"],
)
def test_a_statement_that_needs_a_resource_and_has_none_is_unparsed(
    more: dict[str, Any], verdict: str
) -> None:
    """A-7, A-9, V-4."""
    caller, target = user("ann", allow(), more), role("target", [ROOT])
    made = snapshot(caller, target)
    found = authorize(made, Request(principal=caller.arn, resource=target.arn))
    assert found.verdict.value == verdict
    assert ("UNPARSED" in found.findings) == (verdict == "conditional")


def test_a_trust_policy_needs_none() -> None:
    caller, target = user("ann", allow()), role("target", [ROOT])
    found = authorize(snapshot(caller, target), Request(principal=caller.arn, resource=target.arn))
    assert found.verdict.value == "allow"


def test_a_trust_policy_that_is_unreadable_may_name_anybody() -> None:
    """A-9: who-can lists whom why calls conditional; everybody else stands behind ``*``."""
    arn = f"arn:aws:iam::{A}:role/broken"
    policy = Policy(arn=f"{arn}#trust", name="trust", kind=PolicyKind.TRUST, document="{no JSON")
    everybody: list[User | Role] = [
        user("silent"),
        user("asks", allow()),
        role("other", []),
        user("far", allow(), account=B),
        user("mute", account=B),
    ]
    made = snapshot(replace(role("broken", []), trust=policy), *everybody)
    asked = {
        entity.arn
        for entity in [*everybody, made.roles[arn]]
        if authorize(made, Request(principal=entity.arn, resource=arn)).verdict.value != "deny"
    }
    assert len(asked) == 5
    assert {edge.source for edge in edges_into(made, arn)} == {*asked, "*"}


def test_a_group_that_was_not_read_may_allow_and_may_deny() -> None:
    """C-28: its policies are its members' own."""
    target = role("target", [ROOT])
    group = f"arn:aws:iam::{A}:group/ops"
    for own in ([], [allow()]):
        member = user("ann", *own, groups=(group,))
        found = authorize(
            snapshot(member, target), Request(principal=member.arn, resource=target.arn)
        )
        assert found.verdict.value == "conditional"
        assert {(atom.key, *atom.values) for way in found.requirements for atom in way} == {
            ("identity", group)
        }


def test_a_rehearsal_says_that_the_trust_policy_cannot_be_read() -> None:
    arn = f"arn:aws:iam::{A}:role/broken"
    policy = Policy(arn=f"{arn}#trust", name="trust", kind=PolicyKind.TRUST, document="{no JSON")
    made = snapshot(replace(role("broken", []), trust=policy), role("fine", [ROOT]))
    said = "who enters it: its trust policy cannot be read"
    assert said in rehearse(made, arn)["not_looked_at"]
    assert said not in rehearse(made, f"arn:aws:iam::{A}:role/fine")["not_looked_at"]
