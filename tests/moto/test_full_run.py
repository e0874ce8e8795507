"""A run with every source asks for all that the printed policy allows, and for nothing else.

No server answers every service; each call is answered here by what botocore's model of it lets AWS
say, one item to a list, so that whatever a source asks on about is asked.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from click.testing import CliRunner

from app import members
from app.cli import cli
from app.options import Reading
from ingest import aws
from ingest.aws import Account, Asked, WriteRefusedError
from ingest.job import Wanted, collect_aws
from ingest.layout import read_ledger
from ingest.sources import by_operation, optional
from ingest.writer import FINAL

MANAGEMENT, MEMBER = "550055005500", "660066006600"
ROLE = "audit-reader"
REGIONS = ("eu-west-1", "us-east-1")
LATER = datetime.now(UTC) + timedelta(hours=1)


ROOT = "r-examplerootid111"
TREE = f"arn:aws:organizations::{MANAGEMENT}"


def account(id: str) -> dict[str, str]:
    return {
        "Id": id,
        "Arn": f"{TREE}:account/o-exampleorgid/{id}",
        "Name": f"account-{id}",
        "Status": "ACTIVE",
        "State": "ACTIVE",
    }


FIXED: dict[str, Any] = {
    "ec2:DescribeRegions": {"Regions": [{"RegionName": region} for region in REGIONS]},
    "iam:GenerateCredentialReport": {"State": "COMPLETE"},
    "iam:GetCredentialReport": {"Content": b"user,arn\n"},
    "iam:GetServiceLastAccessedDetails": {"JobStatus": "COMPLETED"},
    "organizations:DescribeOrganization": {
        "Organization": {
            "Id": "o-exampleorgid",
            "Arn": f"{TREE}:organization/o-exampleorgid",
            "MasterAccountId": MANAGEMENT,
            "FeatureSet": "ALL",
        }
    },
    "organizations:ListRoots": {
        "Roots": [{"Id": ROOT, "Arn": f"{TREE}:root/{ROOT}", "Name": "Root"}]
    },
    "organizations:ListOrganizationalUnitsForParent": {"OrganizationalUnits": []},
    "organizations:ListAccounts": {"Accounts": [account(MANAGEMENT), account(MEMBER)]},
    "organizations:ListAccountsForParent": {"Accounts": [account(MEMBER)]},
}
"""What has to be this and nothing else for the run to go on."""


class MadeUp:
    """Values that the shapes of a service allow: one item to a list, every member there may be.

    Args:
        service: What its ARNs begin with.
    """

    def __init__(self, service: str) -> None:
        self._service = service

    def of(self, name: str, shape: Any, above: tuple[str, ...] = ()) -> Any:
        """A value for a member of some name."""
        if shape.type_name == "structure":
            if shape.name in above:
                return {}
            inside = (*above, shape.name)
            return {key: self.of(key, held, inside) for key, held in shape.members.items()}
        if shape.type_name == "list":
            return [self.of(name.removesuffix("s"), shape.member, above)]
        if shape.type_name == "map":
            return {"key": self.of("value", shape.value, above)}
        if shape.type_name == "string":
            return self._text(name, shape)
        plain = {"boolean": False, "timestamp": LATER, "blob": b"", "float": 1.0, "double": 1.0}
        return plain.get(shape.type_name, 1)

    def _text(self, name: str, shape: Any) -> str:
        if shape.enum:
            return str(shape.enum[0])
        if "arn" in name.lower() or "arn" in shape.name.lower():
            return f"arn:aws:{self._service}:eu-west-1:{MEMBER}:stream/{name}-of-the-account"
        if name.lower() in ("accountid", "ownerid", "owner", "account"):
            return MEMBER
        return f"{name}-0123456789-0123456789-0123456789"[:36]


def answer(model: Any, asks: str) -> dict[str, Any]:
    """What AWS says to an account, or rather could say."""
    action = f"{model.service_model.service_name}:{model.name}"
    if action == "sts:GetCallerIdentity":
        return {"Account": asks, "Arn": f"arn:aws:iam::{asks}:user/audit", "UserId": "AIDAEXAMPLE"}
    shape = model.output_shape
    found = MadeUp(model.service_model.signing_name).of("", shape) if shape is not None else {}
    return {
        **{name: value for name, value in found.items() if not is_mark(name)},
        **FIXED.get(action, {}),
    }


def is_mark(name: str) -> bool:
    """Whether a member says that there is a next page; one page is enough."""
    last = name.lower()
    return last.endswith(("token", "marker", "truncated", "position")) or "LastEvaluated" in name


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    """An AWS that has one of everything; what of it was asked for."""
    own, make = aws.guard, Account.client
    made: dict[tuple[str, str], Any] = {}

    def guard(session: boto3.Session, asked: Asked | None = None) -> None:
        own(session, asked)

        def before_call(model: Any, params: Any, request_signer: Any, **_: Any) -> Any:
            asks = request_signer._credentials.get_frozen_credentials().access_key
            found = answer(model, asks)
            if model.name == "AssumeRole":
                enters = params["body"]["RoleArn"].split(":")[4]
                found["Credentials"] = {
                    "AccessKeyId": enters,
                    "SecretAccessKey": "testing",
                    "SessionToken": "testing",
                    "Expiration": LATER,
                }
            return AWSResponse("", 200, HTTPHeaders(), None), {**found, "ResponseMetadata": {}}

        session.events.register("before-call.*.*", before_call)

    def client(self: Account, service: str, region: str) -> Any:
        """One for all Regions: to make it takes longer than all of its calls."""
        if (self.id, service) not in made:
            made[self.id, service] = make(self, service, region)
        return made[self.id, service]

    monkeypatch.setattr(aws, "guard", guard)
    monkeypatch.setattr(Account, "client", client)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", MANAGEMENT)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGIONS[0])
    yield Asked()


def printed() -> set[str]:
    """What the command prints, with everything that there is to choose."""
    words = [word for name in optional() for word in ("--with", name)]
    done = CliRunner().invoke(cli, ["permissions", "--role-name", ROLE, *words])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    return {action for statement in document["Statement"] for action in statement["Action"]}


def test_a_full_run_asks_for_what_the_printed_policy_allows_and_nothing_else(
    asked: Asked, tmp_path: Path
) -> None:
    (caller,) = aws.profiles((), asked=asked)
    found = members.entered(caller, Reading(organization=True, role_name=ROLE, units=(ROOT,)))
    accounts, refused = aws.members(caller, found.active, ROLE, "larkspur-audit")
    assert refused == []
    wanted = Wanted(accounts, also=tuple(optional()), lister=caller)
    folder = collect_aws(wanted, "t", root=tmp_path)
    lines = list(read_ledger(folder / "coverage.jsonl"))
    assert [line for line in lines if line.status not in FINAL] == []
    assert {line.account for line in lines} == {MANAGEMENT, MEMBER}
    assert {line.region for line in lines} == {"global", *REGIONS}
    allowed = printed()
    assert asked.actions - allowed == set(), "the policy lacks what is asked"
    assert allowed - asked.actions == set(), "the policy allows what nothing asks"


CHANGES = re.compile(
    r"(Abort|Accept|Activate|Add|Allocate|Apply|Assign|Associate|Attach|Authorize|Cancel|Change|Close"
    r"|Copy|Create|Deactivate|Decline|Decrypt|Delete|Deploy|Deregister|Detach|Disable|Disassociate"
    r"|Enable|Encrypt|Execute|Grant|Import|Increase|Invite|Invoke|Issue|Leave|Merge|Modify|Move|Post"
    r"|Promote|Provision|Publish|Purchase|Purge|Put|Reboot|Register|Reject|Release|Remove|Renew"
    r"|Replace|Reset|Restore|Resume|Revoke|Rotate|Run|Schedule|Send|Set|Sign|Start|Stop|Submit"
    r"|Subscribe|Swap|Tag|Terminate|Transfer|Unassign|Unlock|Unsubscribe|Untag|Update|Upgrade|Upload"
    r"|Write)[A-Z].*"
)
"""Operations whose names say that they change something."""


def test_the_hook_stops_whatever_changes_something_in_every_service_that_is_asked() -> None:
    session = boto3.Session()
    aws.guard(session)
    stopped = 0
    for service in sorted({operation.partition("/")[0] for operation in by_operation()}):
        if service not in session.get_available_services():
            continue  # what only stands in saved files
        model = session._session.get_service_model(service)
        for name in filter(CHANGES.match, model.operation_names):
            with pytest.raises(WriteRefusedError, match=f"{service}:{name}: refused"):
                session.events.emit(
                    f"before-call.{service}.{name}", model=model.operation_model(name), params={}
                )
            stopped += 1
    assert stopped > 3000
