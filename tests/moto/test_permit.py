"""The template makes a role that lets rolepath in, and only with the external id that was said."""

from typing import Any

import boto3
import pytest
import yaml
from click.testing import CliRunner

from app.cli import cli
from ingest import aws
from ingest.aws import Account
from ingest.permissions import actions

EMPTY = "777777777777"
"""An account with nothing in it."""


def client(account: str, service: str) -> Any:
    """A client that may write; moto lets anybody into any account."""
    role = f"arn:aws:iam::{account}:role/administrator"
    sts: Any = boto3.client("sts")
    keys = sts.assume_role(RoleArn=role, RoleSessionName="fixture")["Credentials"]
    make: Any = boto3.client
    return make(
        service,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


@pytest.fixture
def template() -> str:
    """For a role with a path."""
    arguments = ["--format", "cloudformation", "--role-name", "team/audit-reader"]
    return CliRunner().invoke(cli, ["permissions", *arguments]).stdout


def test_a_stack_of_the_template_is_a_role_with_every_permission(
    caller: Account, template: str
) -> None:
    given = {"Principal": caller.arn, "ExternalId": "larkspur-audit"}
    stacks = client(EMPTY, "cloudformation")
    stacks.create_stack(
        StackName="rolepath-reader",
        TemplateBody=template,
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()],
    )
    (stack,) = stacks.describe_stacks(StackName="rolepath-reader")["Stacks"]
    (output,) = stack["Outputs"]
    assert output["OutputValue"] == f"arn:aws:iam::{EMPTY}:role/team/audit-reader"
    iam = client(EMPTY, "iam")
    trust = iam.get_role(RoleName="audit-reader")["Role"]["AssumeRolePolicyDocument"]
    (statement,) = trust["Statement"]
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "larkspur-audit"}}
    assert statement["Principal"] == {"AWS": caller.arn}
    attached = iam.list_attached_role_policies(RoleName="audit-reader")["AttachedPolicies"]
    allowed: set[str] = set()
    for policy in attached:
        arn = policy["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        found = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
        for one in found["Document"]["Statement"]:
            allowed |= set(one["Action"])
    assert len(attached) == len(yaml.safe_load(template)["Resources"]) - 1
    assert allowed == set(actions())
    entered = aws.member(caller, EMPTY, "team/audit-reader", external_id="larkspur-audit")
    assert entered.id == EMPTY
