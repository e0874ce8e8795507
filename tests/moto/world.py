"""An organization of five accounts stands in moto: two Regions, a policy of it, chains across."""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest

from app.commands import ingest
from app.terminal import Out
from ingest import collect
from ingest.job import Report, ingest_files
from ingest.sources import name_of, sources

MANAGEMENT = "550055005500"
REGIONS = ("eu-west-1", "us-east-1")
NAMES = ("audit", "data", "shop", "sandbox")
UNITS = {"audit": "Security", "data": "Workloads", "shop": "Workloads", "sandbox": "Sandbox"}
READER = "audit-reader"
SOURCES = (
    "account_aliases",
    "account_authorization_details",
    "bucket_policies",
    "credential_report",
    "ec2_instances",
    "instance_profiles",
    "kms_keys",
    "lambda_functions",
    "lambda_policies",
    "managed_policies",
    "oidc_providers",
    "organization",
    "roles",
    "saml_providers",
    "secrets",
    "sns_topics",
)
"""Sources that moto answers whole, of every protocol of AWS."""


@dataclass(frozen=True, slots=True)
class World:
    """The accounts by their names, and an access key of each; the manager is ``management``."""

    accounts: dict[str, str]
    keys: dict[str, str]

    def arn(self, account: str, resource: str) -> str:
        """The ARN of a thing of IAM."""
        return f"arn:aws:iam::{self.accounts[account]}:{resource}"


@pytest.fixture(scope="session")
def world(endpoint: str) -> World:
    """The organization, made once, however many modules import this fixture."""
    return _made(endpoint)


@cache
def _made(endpoint: str) -> World:
    key = _key(endpoint, MANAGEMENT)
    organizations = _client(endpoint, key, "organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    units = {
        name: organizations.create_organizational_unit(ParentId=root, Name=name)[
            "OrganizationalUnit"
        ]["Id"]
        for name in sorted(set(UNITS.values()))
    }
    accounts = {"management": MANAGEMENT}
    for name in NAMES:
        made = organizations.create_account(Email=f"{name}@example.com", AccountName=name)
        accounts[name] = made["CreateAccountStatus"]["AccountId"]
        organizations.move_account(
            AccountId=accounts[name], SourceParentId=root, DestinationParentId=units[UNITS[name]]
        )
    found = World(accounts, {name: _key(endpoint, id) for name, id in accounts.items()})
    _bind(organizations, root, units["Sandbox"], found)
    for name in accounts:
        _fill(endpoint, found, name)
    return found


@pytest.fixture
def only_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other sources are left out: of them moto has no whole answer."""
    kept = tuple(source for source in sources() if name_of(source) in SOURCES)
    monkeypatch.setattr(collect, "sources", lambda: kept)


def _key(endpoint: str, account: str) -> str:
    sts = _client(endpoint, "testing", "sts")
    made = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/any", RoleSessionName="test")
    return str(made["Credentials"]["AccessKeyId"])


def _client(endpoint: str, key: str, service: str, region: str = REGIONS[0]) -> Any:
    make: Any = boto3.client  # one session, whose models are read once; the keys are given
    return make(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=key,
        aws_secret_access_key="testing",
    )


def _bind(organizations: Any, root: str, unit: str, found: World) -> None:
    """Whoever is in the sandbox may not enter the shop."""
    organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    content = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "KeepOut",
                "Effect": "Deny",
                "Action": "sts:AssumeRole",
                "Resource": found.arn("shop", "role/*"),
            }
        ],
    }
    made = organizations.create_policy(
        Name="keep-out", Description="", Type="SERVICE_CONTROL_POLICY", Content=json.dumps(content)
    )
    organizations.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=unit)


def _trust(*principals: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": list(principals)},
        "Action": "sts:AssumeRole",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _enters(role: str) -> str:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _fill(endpoint: str, found: World, name: str) -> None:
    """The reader's role everywhere, a chain from audit by data to shop, and something to read."""
    iam = _client(endpoint, found.keys[name], "iam")
    iam.create_role(RoleName=READER, AssumeRolePolicyDocument=_trust(found.arn("audit", "root")))
    deploy, release = found.arn("shop", "role/deploy"), found.arn("data", "role/release")
    if name == "audit":
        iam.create_user(UserName="ana")
        iam.put_user_policy(UserName="ana", PolicyName="own", PolicyDocument=_enters(release))
    roles = {
        "data": ("release", [found.arn("audit", "user/ana")], _enters(deploy)),
        "sandbox": ("trial", [found.arn("sandbox", "root")], _enters(deploy)),
        "shop": ("deploy", [release, found.arn("sandbox", "role/trial")], ""),
    }
    if name in roles:
        role, trusted, may = roles[name]
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=_trust(*trusted))
        if may:
            iam.put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=may)
    for region in REGIONS:
        _client(endpoint, found.keys[name], "kms", region).create_key()
        _client(endpoint, found.keys[name], "sns", region).create_topic(Name="orders")
        _client(endpoint, found.keys[name], "lambda", region).create_function(
            FunctionName="work",
            Role=found.arn(name, f"role/{READER}"),
            Handler="a.b",
            Runtime="python3.12",
            Code={"ZipFile": _code()},
        )
    _client(endpoint, found.keys[name], "s3").create_bucket(
        Bucket=f"of-{name}", CreateBucketConfiguration={"LocationConstraint": REGIONS[0]}
    )


def _code() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        file.writestr("a.py", "def b(*_): return None\n")
    return held.getvalue()


@pytest.fixture
def without_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `ingest aws` reads is kept and not put into a store, whose start takes its time."""

    def load(
        paths: Sequence[Path], data: str, _url: str | None, replace: bool, _out: Out
    ) -> Report:
        return ingest_files(paths, None, data=data, replace=replace)

    monkeypatch.setattr(ingest, "_load", load)
