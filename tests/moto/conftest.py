"""An AWS that answers over HTTP on loopback: moto's server, with one organization in it."""

import json
import os
from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from ingest import aws, collect
from ingest.aws import Account, config_of
from ingest.sources import sources
from tests.moto.faults import FaultyAws, serve

REGION = "eu-west-1"
ANSWERED = ("iam", "s3", "organizations", "sts", "lambda", "ec2")
"""Services of this AWS; moto lacks some of the others."""


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """The address of the server."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def environment(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials and the endpoint, as a user has them; a call is tried once."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setattr(aws, "config_of", lambda: config_of(1))


@pytest.fixture
def caller(environment: None) -> Account:
    """The account whose credentials are in the environment, with something of many a kind in it."""
    if not boto3.client("iam").list_roles()["Roles"]:
        _fill()
    (found,) = aws.profiles(())
    return found


@pytest.fixture(scope="module")
def address(server: FaultyAws) -> Iterator[str]:
    """Where the module's own ``server`` is, an AWS behind a line that is bad."""
    yield from serve(server)


@pytest.fixture
def only_global(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources that are asked in each region are left out: there are many of them."""
    kept = tuple(source for source in sources() if source.SCOPE == "global")
    monkeypatch.setattr(collect, "sources", lambda: kept)


def _fill() -> None:
    iam = boto3.client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                "Action": "sts:AssumeRole",
                "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
            }
        ],
    }
    may = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}],
    }
    for name in ("deploy", "audit", "ops"):
        iam.create_role(
            RoleName=name,
            Path="/team/",
            AssumeRolePolicyDocument=json.dumps(trust),
            Description="a role + more",
            MaxSessionDuration=7200,
            Tags=[{"Key": "Team", "Value": "a"}, {"Key": "stage", "Value": "prod"}],
        )
    policy = iam.create_policy(PolicyName="may", PolicyDocument=json.dumps(may))["Policy"]["Arn"]
    iam.create_user(UserName="ana")
    iam.create_group(GroupName="team")
    iam.add_user_to_group(GroupName="team", UserName="ana")
    iam.attach_group_policy(GroupName="team", PolicyArn=policy)
    iam.put_role_policy(RoleName="ops", PolicyName="own", PolicyDocument=json.dumps(may))
    iam.create_instance_profile(InstanceProfileName="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="ops")
    iam.create_open_id_connect_provider(
        Url="https://token.actions.githubusercontent.com",
        ClientIDList=["sts.amazonaws.com"],
        ThumbprintList=["a" * 40],
    )
    for bucket in ("bucket-with", "bucket-without"):
        boto3.client("s3").create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
    open_to = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:role/team/ops"},
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::bucket-with/*",
            }
        ],
    }
    boto3.client("s3").put_bucket_policy(Bucket="bucket-with", Policy=json.dumps(open_to))
    organizations = boto3.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    organizations.create_account(Email="a@example.com", AccountName="staging")


assert not os.environ.get("AWS_ENDPOINT_URL"), "a test sets its own endpoint"
