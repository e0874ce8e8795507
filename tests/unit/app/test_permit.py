"""The role that reads is what CloudFormation and Terraform make of it, within AWS's limits."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from cfnlint.api import lint_all
from click.testing import CliRunner, Result

from app.cli import cli
from app.permit import Reader, formats
from ingest.permissions import (
    INLINE_POLICIES,
    MANAGED_POLICY,
    POLICIES_OF_A_ROLE,
    actions,
    managed,
    policy,
    size,
)
from ingest.sources import optional

EVERYTHING = tuple(optional())
WITH_EVERYTHING = [word for name in EVERYTHING for word in ("--with", name)]
TEMPLATE_BODY = 51_200
"""Bytes of a template that is sent with the request.

Source:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""
ENTERS = "arn:aws:iam::111111111111:role/audit"


def ask(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["permissions", *arguments])


def held(documents: list[dict[str, Any]]) -> set[str]:
    return {
        action
        for document in documents
        for statement in document["Statement"]
        for action in statement["Action"]
    }


# --- sizes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("also", [(), EVERYTHING], ids=["usual", "everything"])
def test_every_managed_policy_fits_and_together_they_are_the_policy(also: tuple[str, ...]) -> None:
    whole = policy(also)
    parts = managed(whole)
    assert size(whole) > MANAGED_POLICY, "else nothing is split here"
    assert 1 < len(parts) <= POLICIES_OF_A_ROLE
    assert max(len(json.dumps(one, separators=(",", ":"))) for one in parts) <= MANAGED_POLICY
    assert [one for part in parts for one in part["Statement"]] == whole["Statement"]
    assert held(parts) == set(actions(also))


def test_a_statement_that_is_too_long_becomes_several_that_fit() -> None:
    wanted = sorted(f"service:ListThingsOfKindNumber{n}" for n in range(900))
    long = {"Sid": "Long", "Effect": "Allow", "Action": wanted, "Resource": "*"}
    parts = managed({"Version": "2012-10-17", "Statement": [long]})
    assert all(size(part) <= MANAGED_POLICY for part in parts)
    statements = [one for part in parts for one in part["Statement"]]
    assert [action for one in statements for action in one["Action"]] == wanted
    assert [one["Sid"] for one in statements] == [f"Long{n + 1}" for n in range(len(statements))]


def test_the_policy_is_printed_in_parts_and_says_when_it_takes_them() -> None:
    whole = ask()
    count = len(managed(policy()))
    assert f"more than the 6,144 of a managed policy: --part 1, --part {count} fit" in whole.stderr
    fits = size(policy()) <= INLINE_POLICIES
    assert (f"which may have {INLINE_POLICIES:,}, it fits" in whole.stderr) is fits
    parts = [ask("--part", str(number + 1)) for number in range(count)]
    assert [json.loads(part.stdout) for part in parts] == managed(policy())
    assert [part.stderr for part in parts] == [""] * count
    beyond = ask("--part", str(count + 1))
    assert (beyond.exit_code, f"there are {count}" in beyond.stderr) == (2, True)


def test_who_enters_other_accounts_may_enter_that_role_and_no_other() -> None:
    document = json.loads(ask("--role-name", "team/audit-reader").stdout)
    (own,) = [one for one in document["Statement"] if one["Action"] == ["sts:AssumeRole"]]
    assert own["Resource"] == "arn:*:iam::*:role/team/audit-reader"
    assert "sts:AssumeRole" not in actions()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--principal", "somebody"], "no account id, and no ARN"),
        (["--principal", "111111111111"], "are of a role: give --format"),
        (["--format", "terraform", "--part", "1"], "--part is of a policy"),
        (["--role-name", "a b"], "cannot be the name of a role"),
        (["--format", "terraform", "--external-id", "a b"], "from 2 to 1224"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: list[str], said: str) -> None:
    done = ask(*arguments)
    assert (done.exit_code, said in done.stderr, done.stdout) == (2, True, "")


# --- CloudFormation -------------------------------------------------------------------------------


def findings(template: str) -> list[str]:
    """What the linter of CloudFormation says, advice left out."""
    return [str(match) for match in lint_all(template) if match.rule.id[0] in "EW"]


@pytest.mark.parametrize("more", [[], ["--principal", ENTERS, "--external-id", "larkspur-audit"]])
def test_the_template_is_what_cloudformation_reads(more: list[str]) -> None:
    printed = ask("--format", "cloudformation", *WITH_EVERYTHING, *more).stdout
    assert findings(printed) == []
    assert len(printed.encode()) <= TEMPLATE_BODY
    template = yaml.safe_load(printed)
    resources = template["Resources"]
    held_by = [
        (one["Properties"]["PolicyDocument"], one["Properties"]["Roles"])
        for one in resources.values()
        if one["Type"] == "AWS::IAM::ManagedPolicy"
    ]
    assert held_by == [(one, [{"Ref": "Role"}]) for one in managed(policy(EVERYTHING))]
    defaults = {name: one.get("Default") for name, one in template["Parameters"].items()}
    assert defaults == {
        "Principal": ENTERS if more else None,
        "ExternalId": "larkspur-audit" if more else "",
        "RoleName": "rolepath-reader",
        "RolePath": "/",
    }


def test_the_linter_would_see_a_mistake() -> None:
    printed = ask("--format", "cloudformation").stdout
    assert findings(printed.replace("iam:ListRoles", "iam:ListRollers"))
    assert findings(printed.replace("PolicyDocument", "PolicyDokument"))


# --- Terraform ------------------------------------------------------------------------------------

terraform = pytest.mark.skipif(shutil.which("terraform") is None, reason="no terraform on the path")


def run(folder: Path, *words: str, given: str = "") -> str:
    done = subprocess.run(
        ["terraform", *words],
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        check=False,
        env={
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(folder),
            "CHECKPOINT_DISABLE": "1",
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@terraform
def test_the_configuration_is_as_terraform_formats_it(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(ask("--format", "terraform", *WITH_EVERYTHING).stdout)
    run(tmp_path, "fmt", "-check", "-diff")


@terraform
@pytest.mark.parametrize("external_id", ["", "larkspur-audit"])
def test_terraform_reads_the_documents_that_were_meant(tmp_path: Path, external_id: str) -> None:
    """Without the provider, which is not here: what it would be given is evaluated."""
    printed = ask("--format", "terraform", "--principal", "111111111111", "--role-name", "team/r")
    before, _, rest = printed.stdout.partition("terraform {")
    without_provider = rest[rest.index('variable "principal"') : rest.index("resource ")]
    (tmp_path / "main.tf").write_text(before + without_provider)
    run(tmp_path, "init", "-backend=false")
    asked = "jsonencode([local.policies, local.trust, var.role_path, var.role_name])"
    said = run(tmp_path, "console", "-var", f"external_id={external_id}", given=asked)
    policies, trust, path, name = json.loads(json.loads(said))
    assert list(policies.values()) == managed(policy())
    assert (path, name) == ("/team/", "r")
    (statement,) = trust["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::111111111111:root"}
    condition = {"StringEquals": {"sts:ExternalId": external_id}} if external_id else None
    assert statement.get("Condition") == condition


def test_what_is_a_template_to_terraform_stays_text() -> None:
    reader = Reader([], "r", principal='${file("x")}', external_id="%{if true}")
    written = formats()["terraform"].write(reader)
    assert '"$${file(\\"x\\")}"' in written
    assert '"%%{if true}"' in written
    references = {"aws_iam_role.reader.name", "aws_iam_policy.reader", "jsonencode(local.trust)"}
    assert [one for one in references if one not in written] == []
