"""Before the long run every account says what would be refused, and how that was found out."""

import json
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from click.testing import CliRunner

from app.cli import cli
from ingest import aws, preflight
from ingest.aws import Account, Asked
from ingest.permissions import actions
from tests.support.recorded import checked

OWN = "123456789012"
ROLE = "audit-reader"
MEMBERS = ("444444444444", "555555555555")


def denied(action: str) -> dict[str, Any]:
    """As AWS refuses.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    message = f"User: arn:aws:iam::{OWN}:user/x is not authorized to perform: {action}"
    return {"Error": {"Code": "AccessDenied", "Message": message}}


Rule = Callable[[Mapping[str, Any]], Mapping[str, Any]]


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> dict[str, Rule]:
    """Operations that are answered here instead of by moto, by `service:Operation`."""
    rules: dict[str, Rule] = {}
    own = aws.guard

    def guard(session: boto3.Session, asked: Asked | None = None) -> None:
        own(session, asked)

        def before_call(model: Any, params: Any, **_: Any) -> Any:
            service = model.service_model.service_name
            rule = rules.get(f"{service}:{model.name}") or rules.get(f"{service}:*")
            if rule is None:
                return None
            found = dict(rule(params))
            status = 403 if "Error" in found else 200
            return AWSResponse("", status, HTTPHeaders(), None), {
                **found,
                "ResponseMetadata": {"HTTPStatusCode": status},
            }

        session.events.register("before-call.*.*", before_call)

    monkeypatch.setattr(aws, "guard", guard)
    return rules


def simulated(refused: Mapping[str, Mapping[str, Any]]) -> Rule:
    """The simulator, which refuses some actions.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    """

    def rule(params: Mapping[str, Any]) -> Mapping[str, Any]:
        form = params["body"]
        names = [value for key, value in form.items() if key.startswith("ActionNames.member")]
        assert len(names) <= 100
        results = [
            {"EvalActionName": name, "EvalDecision": "allowed", "EvalResourceName": "*"}
            | dict(refused.get(name, {}))
            for name in names
        ]
        return checked(
            "iam/simulate-principal-policy", {"EvaluationResults": results, "IsTruncated": False}
        )

    return rule


def doctor(*arguments: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:  # moto's server prints to the same output
        file = Path(folder) / "answer"
        words = ["doctor", "aws", "--format", "json", "--output", str(file), *arguments]
        done = CliRunner().invoke(cli, words)
        assert done.exit_code == 0, done.output
        found: dict[str, Any] = json.loads(file.read_text())
    assert found["healthy"] == all(check["status"] != "bad" for check in found["checks"])
    for check in found["checks"]:
        assert check["help"] or check["status"] == "ok", check
    return found


def test_the_simulator_is_asked_for_every_action_of_the_policy(
    caller: Account, answered: dict[str, Rule]
) -> None:
    refused: dict[str, dict[str, Any]] = {
        "lambda:ListFunctions": {"EvalDecision": "implicitDeny"},
        "kms:ListKeys": {
            "EvalDecision": "explicitDeny",
            "OrganizationsDecisionDetail": {"AllowedByOrganizations": False},
        },
        "sqs:ListQueues": {
            "EvalDecision": "implicitDeny",
            "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False},
        },
        "ec2:DescribeRegions": {"EvalDecision": "explicitDeny"},
    }
    names: list[str] = []
    rule = simulated(refused)

    def counting(params: Mapping[str, Any]) -> Mapping[str, Any]:
        names.extend(v for k, v in params["body"].items() if k.startswith("ActionNames.member"))
        assert params["body"]["PolicySourceArn"] == f"arn:aws:iam::{OWN}:user/moto"
        return rule(params)

    answered["sts:GetCallerIdentity"] = lambda _: {
        "Account": OWN,
        "Arn": f"arn:aws:iam::{OWN}:user/moto",
    }
    answered["iam:SimulatePrincipalPolicy"] = counting
    found = doctor("--regions", "eu-west-1", "--with", "assume_role_events")
    assert sorted(names) == list(actions(["assume_role_events"]))
    (account,) = found["accounts"]
    assert (account["method"], account["unknown"]) == ("simulated", [])
    assert {one["action"]: one["why"] for one in account["lacking"]} == {
        "ec2:DescribeRegions": "a policy denies it",
        "kms:ListKeys": "a policy of the organization does not let it",
        "lambda:ListFunctions": "no policy allows it",
        "sqs:ListQueues": "the permissions boundary does not let it",
    }
    (of_lambda,) = [one for one in account["lacking"] if one["action"] == "lambda:ListFunctions"]
    assert {"lambda_functions", "lambda_policies"} <= set(of_lambda["sources"])
    check = found["checks"][-1]
    assert check["status"] == "warn"
    assert check["found"] == "4 permissions lacking; asked of iam:SimulatePrincipalPolicy"
    assert "lambda:ListFunctions: no policy allows it; for lambda_functions" in check["help"]


def test_of_a_session_the_role_with_its_path_is_simulated(
    caller: Account, answered: dict[str, Rule]
) -> None:
    asked: list[str] = []
    rule = simulated({})

    def noting(params: Mapping[str, Any]) -> Mapping[str, Any]:
        asked.append(params["body"]["PolicySourceArn"])
        return rule(params)

    answered["iam:SimulatePrincipalPolicy"] = noting
    answered["sts:GetCallerIdentity"] = lambda _: {
        "Account": OWN,
        "Arn": f"arn:aws:sts::{OWN}:assumed-role/ops/me",
    }
    assert doctor("--regions", "eu-west-1")["accounts"][0]["lacking"] == []
    assert set(asked) == {f"arn:aws:iam::{OWN}:role/team/ops"}
    asked.clear()
    answered["iam:GetRole"] = lambda _: denied("iam:GetRole")
    doctor("--regions", "eu-west-1")
    assert set(asked) == {f"arn:aws:iam::{OWN}:role/ops"}


def test_where_the_simulator_may_not_be_asked_the_lists_are(
    caller: Account, answered: dict[str, Rule]
) -> None:
    """moto has no simulator at all; AWS refuses it."""
    user = f"arn:aws:iam::{OWN}:user/moto"
    answered["sts:GetCallerIdentity"] = lambda _: {"Account": OWN, "Arn": user}
    answered["iam:SimulatePrincipalPolicy"] = lambda _: denied("iam:SimulatePrincipalPolicy")
    answered["lambda:ListFunctions"] = lambda _: denied("lambda:ListFunctions")
    answered["iam:GetAccountAuthorizationDetails"] = lambda _: denied(
        "iam:GetAccountAuthorizationDetails with an explicit deny in a service control policy"
    )
    found = doctor("--regions", "eu-west-1")
    (account,) = found["accounts"]
    assert account["method"] == "tried"
    assert {one["action"]: one["why"] for one in account["lacking"]} == {
        "iam:GetAccountAuthorizationDetails": "explicit deny in a service control policy",
        "lambda:ListFunctions": "AWS refuses it",
    }
    said = found["checks"][-1]["found"]
    assert "2 permissions lacking; the first page of each list was asked for" in said
    assert "iam:SimulatePrincipalPolicy is refused" in said
    assert f"{len(account['unknown'])} others not known" in said
    assert "kms:GetKeyPolicy" in account["unknown"]
    assert "iam:ListRoles" not in account["unknown"]


def test_every_account_that_is_to_be_entered_is_entered_or_says_why_not(
    caller: Account, answered: dict[str, Rule]
) -> None:
    answered["iam:SimulatePrincipalPolicy"] = simulated({})

    def entering(params: Mapping[str, Any]) -> Mapping[str, Any]:
        return denied("sts:AssumeRole")

    own, one_by_one = aws.member, threading.Lock()

    def member(caller: Account, account: str, role: str, **more: Any) -> Account:
        with one_by_one:
            if account == MEMBERS[1]:
                answered["sts:AssumeRole"] = entering
            try:
                return own(caller, account, role, **more)
            finally:
                answered.pop("sts:AssumeRole", None)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aws, "member", member)
        arguments = ["--accounts", ",".join(MEMBERS), "--role-name", f"team/{ROLE}"]
        found = doctor(*arguments, "--external-id", "larkspur", "--regions", "eu-west-1")
    lines = {check["name"]: check for check in found["checks"]}
    assert found["healthy"] is False
    refused = lines[f"account {MEMBERS[1]}"]
    assert refused["status"] == "bad"
    role = f"arn:aws:iam::{MEMBERS[1]}:role/team/{ROLE}"
    assert refused["found"] == f"{role}: cannot be entered: sts:AssumeRole is refused"
    assert "trust policy must name the caller" in refused["help"]
    assert lines[f"account {MEMBERS[0]}"]["status"] == "ok"
    (account,) = found["accounts"]
    assert account["arn"].startswith(f"arn:aws:sts::{MEMBERS[0]}:assumed-role/{ROLE}/")


def test_an_organization_is_entered_account_by_account(
    caller: Account, answered: dict[str, Rule]
) -> None:
    answered["iam:SimulatePrincipalPolicy"] = simulated({})
    found = doctor("--organization", "--role-name", ROLE, "--regions", "eu-west-1")
    listed = [a["Id"] for a in boto3.client("organizations").list_accounts()["Accounts"]]
    assert sorted(a["account"] for a in found["accounts"]) == sorted(listed)
    (organization,) = [c for c in found["checks"] if c["name"] == "organization"]
    assert organization["found"] == f"{len(listed)} active accounts"
    narrowed = doctor("--organization", "--accounts", "999999999999", "--role-name", ROLE)
    (organization,) = [c for c in narrowed["checks"] if c["name"] == "organization"]
    assert organization["status"] == "bad"
    assert organization["found"] == "--accounts: 999999999999: not in the organization"
    answered["organizations:ListAccounts"] = lambda _: denied("organizations:ListAccounts")
    refused = doctor("--organization", "--role-name", ROLE)
    (organization,) = [c for c in refused["checks"] if c["name"] == "organization"]
    assert organization["status"] == "bad"
    assert "cannot be listed" in organization["found"]


def test_a_region_that_is_not_enabled_is_said_before(
    caller: Account, answered: dict[str, Rule]
) -> None:
    answered["iam:SimulatePrincipalPolicy"] = simulated({})
    found = doctor("--regions", "eu-west-1,mars-east-1")
    (regions,) = [c for c in found["checks"] if c["name"].startswith("Regions of")]
    assert (regions["status"], regions["found"]) == ("warn", "not enabled: mars-east-1")
    answered["ec2:DescribeRegions"] = lambda _: denied("ec2:DescribeRegions")
    (regions,) = [c for c in doctor()["checks"] if c["name"].startswith("Regions of")]
    assert "ec2:DescribeRegions is refused" in regions["found"]


def test_credentials_that_aws_does_not_take_end_it_with_a_line(
    environment: None, answered: dict[str, Rule]
) -> None:
    answered["sts:GetCallerIdentity"] = lambda _: {
        "Error": {"Code": "ExpiredToken", "Message": "The security token is expired"}
    }
    done = CliRunner().invoke(cli, ["doctor", "aws", "--fail-on", "bad"])
    assert done.exit_code == 1
    assert "bad  aws credentials" in done.stdout
    assert "aws sso login" in done.stdout
    nobody = CliRunner().invoke(cli, ["doctor", "aws", "--profile", "nobody"])
    assert "bad  profile nobody" in nobody.stdout


def test_credentials_that_run_out_meanwhile_are_said_of_the_account(
    caller: Account, answered: dict[str, Rule]
) -> None:
    answered["iam:GetRole"] = answered["iam:SimulatePrincipalPolicy"] = lambda _: {
        "Error": {"Code": "ExpiredToken", "Message": "The security token is expired"}
    }
    (found,) = preflight.outlooks(aws.profiles(()), "eu-west-1")
    assert isinstance(found, Exception)
    assert "the credentials ran out (ExpiredToken)" in str(found)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--organization"], "need --role-name"),
        (["--role-name", "r"], "needs --organization or --accounts"),
        (["--accounts", "1", "--role-name", "r"], "not an account id"),
        (["--with", "roles"], "no such optional source"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(cli, ["doctor", "aws", *arguments])
    assert (done.exit_code, said in done.stderr) == (2, True), done.output


def test_options_of_the_doctor_himself_stand_before_nothing_else() -> None:
    done = CliRunner().invoke(cli, ["doctor", "--format", "json", "aws"])
    assert done.exit_code == 2
    assert "--format: options of `doctor aws` come after its name" in done.stderr
