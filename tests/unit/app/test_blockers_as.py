"""`blockers --as` says which step somebody fails at, and quotes the statement with its place."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli import cli
from tests.support.tree import REPOSITORY

ACCOUNT = REPOSITORY / "tests" / "accounts" / "d_operators"
A = "arn:aws:iam::111111111111"
ROLE = f"{A}:role/R"
LINKED = f"{A}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
SCP = "arn:aws:organizations::999999999999:policy/o-a1b2c3d4e5/service_control_policy/p-keepers1#0"


def run(entity: str, who: str, *more: str) -> Result:
    arguments = ["blockers", entity, "--as", who, "--snapshot", str(ACCOUNT), *more]
    return CliRunner().invoke(cli, arguments)


def steps(entity: str, who: str) -> list[dict[str, Any]]:
    result = run(entity, who, "--format", "json")
    assert result.exit_code == 0, result.stderr
    found: list[dict[str, Any]] = json.loads(result.stdout)["operator"]["steps"]
    return found


@pytest.mark.parametrize(
    ("entity", "who", "action", "verdict", "statement", "place"),
    [
        (f"{A}:user/leaver", "ana", "iam:DeleteUser", "deny", SCP,
         "999999999999/global/organizations/describe-policy.jsonl"),
        (LINKED, "ana", "iam:DeleteServiceLinkedRole", "deny", SCP,
         "999999999999/global/organizations/describe-policy.jsonl"),
        (ROLE, "cy", "iam:DetachRolePolicy", "deny", f"{A}:user/cy#inline/own#1",
         "111111111111/global/iam/get-account-authorization-details.json"),
        (ROLE, "dan", "iam:DeleteRole", "conditional", f"{A}:user/dan#inline/own#1",
         "111111111111/global/iam/get-account-authorization-details.json"),
    ],
    ids=["an SCP", "an SCP and a service-linked role", "an explicit deny", "a condition"],
)  # fmt: skip
def test_the_step_that_fails_quotes_its_statement_with_its_place(
    entity: str, who: str, action: str, verdict: str, statement: str, place: str
) -> None:
    failing = [step for step in steps(entity, who) if step["verdict"] != "allow"]
    assert [(step["action"], step["verdict"]) for step in failing] == [(action, verdict)]
    quote = failing[0]["evidence"][statement]
    assert quote["statement"]["Effect"] == "Deny"
    assert quote["place"].startswith(place)
    result = run(entity, who)
    word = "fails at" if verdict == "deny" else "may fail at"
    assert f"{A}:user/{who} {word} {action}" in result.stdout
    assert f"{statement}  " in result.stdout
    assert f'"Sid": "{quote["statement"]["Sid"]}"' in result.stdout
    assert quote["place"] in result.stdout


def test_a_boundary_that_does_not_allow_a_step_is_named() -> None:
    (failing,) = [s for s in steps(ROLE, "bea") if s["phase"] == "clear" and s["verdict"] == "deny"]
    assert failing["action"] == "iam:DeleteRolePolicy"
    assert failing["about"] == "own"
    assert [reason["layer"] for reason in failing["why"]["reasons"]] == ["boundary"]
    assert "bea fails at iam:DeleteRolePolicy" in run(ROLE, "bea").stdout


def test_who_has_no_permission_fails_at_the_first_step_for_want_of_an_allow() -> None:
    found = steps(ROLE, "bo")
    assert {step["verdict"] for step in found} == {"deny"}
    assert {r["layer"] for step in found for r in step["why"]["reasons"]} == {"identity"}
    shown = run(ROLE, "bo")
    assert "bo fails at iam:UpdateAssumeRolePolicy (quarantine)" in shown.stdout
    assert "do not allow iam:DeleteRole on R" in shown.stdout


def test_who_may_do_it_all_is_said_to() -> None:
    assert f"{A}:user/ana may carry out every step" in run(ROLE, "ana").stdout
    assert run(ROLE, "ana", "--fail-on", "blocked").exit_code == 1, "AWS still refuses"
