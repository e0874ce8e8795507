"""What is slow is only asked where it is wanted, and says what happened, not what may."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from click.testing import CliRunner

from app.cli import cli
from graph.build import build
from iam.deletion import rehearse
from iam.errors import UsageError
from ingest.permissions import actions, policy
from ingest.snapshot import read_one
from ingest.sources import by_operation, name_of, optional, wanted
from ingest.sources._table import bearers
from ingest.sources.config_resources import RECORDED, expression
from ingest.writer import without_secrets
from tests.support.recorded import answers
from tests.unit.ingest.given import DETAILS, A, details, role, saved

R, CALLER = f"arn:aws:iam::{A}:role/r", f"arn:aws:iam::{A}:role/caller"
GENERATE, READ = (
    "iam/generate-service-last-accessed-details",
    "iam/get-service-last-accessed-details",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    saved(tmp_path / A / DETAILS, details(role("r"), role("caller")))
    saved(tmp_path / "snapshot.json", {"format": 1, "taken_at": "2026-06-30T00:00:00Z"})
    return tmp_path


def last_accessed(folder: Path, status: str = "COMPLETED") -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html"""
    job = "examplef-1305-c245-eba4-71fe298bcda7"
    services = [
        {
            "ServiceName": "Amazon S3",
            "ServiceNamespace": "s3",
            "LastAuthenticated": "2026-06-28T10:00:00Z",
            "LastAuthenticatedRegion": "eu-west-1",
            "LastAuthenticatedEntity": R,
            "TotalAuthenticatedEntities": 1,
        },
        {"ServiceName": "AWS Old", "ServiceNamespace": "old",
         "LastAuthenticated": "2025-06-01T10:00:00Z"},
        {"ServiceName": "Amazon SQS", "ServiceNamespace": "sqs", "TotalAuthenticatedEntities": 0},
    ]  # fmt: skip
    answers(folder, f"{A}/global", GENERATE, [({"Arn": R}, {"JobId": job})])
    report = {
        "JobStatus": status,
        "JobCreationDate": "2026-06-30T00:00:00Z",
        "JobCompletionDate": "2026-06-30T00:00:01Z",
        "ServicesLastAccessed": services,
    }
    answers(folder, f"{A}/global", READ, [({"JobId": job}, report)])


def event(time: str, role: str, **more: Any) -> dict[str, Any]:
    """An event as CloudTrail answers it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
    """
    said = {
        "eventVersion": "1.08",
        "eventName": "AssumeRole",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": f"arn:aws:sts::{A}:assumed-role/caller/s",
            "accessKeyId": "ASIAEXAMPLE",
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": CALLER}},
        },
        "requestParameters": {"roleArn": role, "roleSessionName": "s", "externalId": "hidden-id"},
        "responseElements": {"credentials": {"sessionToken": "hidden-token"}},
        **more,
    }
    return {
        "EventId": "e",
        "EventName": "AssumeRole",
        "EventTime": time,
        "CloudTrailEvent": json.dumps(said),
    }


def test_nothing_that_is_slow_is_asked_unless_it_is_named() -> None:
    assert set(optional()) == {"assume_role_events", "config_resources", "service_last_accessed"}
    assert all(cost for cost in optional().values())
    assert "cloudtrail:LookupEvents" not in actions()
    assert "cloudtrail:LookupEvents" in actions(["assume_role_events"])
    sids = [statement["Sid"] for statement in policy(["assume_role_events"])["Statement"]]
    assert "AssumeRoleEvents" in sids
    assert wanted(["assume_role_events", "assume_role_events"]) == ("assume_role_events",)
    with pytest.raises(UsageError, match="no such optional source"):
        wanted(["roles"])


def test_the_command_prints_the_policy_with_what_is_wanted() -> None:
    printed = CliRunner().invoke(cli, ["permissions", "--with", "service_last_accessed"])
    assert "iam:GenerateServiceLastAccessedDetails" in printed.stdout
    refused = CliRunner().invoke(cli, ["permissions", "--with", "nothing"])
    assert refused.exit_code == UsageError.exit_code
    assert "service_last_accessed" in refused.stderr


def test_the_services_that_a_role_asked_for_speak_against_its_deletion(folder: Path) -> None:
    last_accessed(folder)
    snapshot = read_one(folder)
    assert {use.service: use.region for use in snapshot.uses.values()} == {
        "s3": "eu-west-1",
        "old": "",
    }
    (soft,) = [s for s in rehearse(snapshot, R)["soft"] if s["kind"] == "used_service"]
    assert (soft["id"], soft["confidence"]) == ("s3", "high")
    assert soft["evidence"] == "it asked for it in eu-west-1, 1 day before the snapshot"


def test_a_report_that_was_not_written_in_time_is_a_gap(folder: Path) -> None:
    last_accessed(folder, "IN_PROGRESS")
    snapshot = read_one(folder)
    assert snapshot.uses == {}
    (line,) = [c for c in snapshot.coverage if READ.endswith(f"/{c.operation}")]
    assert line.status == "partial"
    assert "was not written in time" in line.note


def test_who_was_seen_entering_a_role_is_evidence_and_an_edge(folder: Path) -> None:
    events = [
        event("2026-06-28T10:00:00Z", R),
        event("2026-06-29T10:00:00Z", R),
        event("2026-06-29T11:00:00Z", R, errorCode="AccessDenied"),
        event("2026-06-29T12:00:00Z", R, userIdentity={"type": "AWSService",
                                                      "invokedBy": "lambda.amazonaws.com"}),
    ]  # fmt: skip
    asked = {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "AssumeRole"}]}
    where = f"{A}/eu-west-1"
    answers(folder, where, "cloudtrail/lookup-events", [(asked, {"Events": events})])
    snapshot = read_one(folder)
    seen = {use.by: (use.times, use.first, use.last) for use in snapshot.uses.values()}
    assert seen[CALLER] == (
        2,
        datetime(2026, 6, 28, 10, tzinfo=UTC),
        datetime(2026, 6, 29, 10, tzinfo=UTC),
    )
    assert set(seen) == {CALLER, "lambda.amazonaws.com"}
    soft = {s["id"]: s for s in rehearse(snapshot, R)["soft"] if s["kind"] == "assumed_by"}
    assert soft[CALLER]["evidence"].startswith("entered it 2 times, last in eu-west-1")
    edges = [edge for edge in build(snapshot).edges if edge.type == "ASSUMED"]
    assert [(edge.src, edge.dst, edge.props["times"]) for edge in edges] == [(CALLER, R, 2)]


def test_of_an_event_no_keys_and_no_secrets_are_kept(tmp_path: Path) -> None:
    kept = without_secrets({"Events": [event("2026-06-28T10:00:00Z", R)]})
    text = json.dumps(kept)
    assert "hidden" not in text
    assert "ASIAEXAMPLE" not in text
    said = json.loads(kept["Events"][0]["CloudTrailEvent"])
    assert said["requestParameters"] == {"roleArn": R, "roleSessionName": "s"}
    assert said["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] == CALLER
    rows = [json.dumps({"configuration": {"environment": {"variables": {"K": "hidden"}}}})]
    assert "hidden" not in json.dumps(without_secrets({"Results": rows}))
    policy_text = '{"Version": "2012-10-17",  "Statement": []}'
    assert without_secrets({"Policy": policy_text}) == {"Policy": policy_text}


def test_what_config_recorded_is_a_workload_of_the_account_that_it_names(folder: Path) -> None:
    """https://docs.aws.amazon.com/config/latest/developerguide/example-query.html"""
    arn = "arn:aws:lambda:eu-west-2:222222222222:function:f"
    row = {
        "accountId": "222222222222",
        "awsRegion": "eu-west-2",
        "resourceType": "AWS::Lambda::Function",
        "resourceId": "f",
        "arn": arn,
        "configuration": {"role": R, "description": f"mentions {CALLER}"},
    }
    asked = {"ConfigurationAggregatorName": "all", "Expression": expression()}
    response = {"Results": [json.dumps(row), "no JSON"], "QueryInfo": {"SelectFields": []}}
    where = f"{A}/eu-west-1"
    answers(folder, where, "config/select-aggregate-resource-config", [(asked, response)])
    snapshot = read_one(folder)
    (workload,) = snapshot.workloads
    assert (workload.arn, workload.account, workload.region) == (arn, "222222222222", "eu-west-2")
    assert (workload.role, workload.service) == (R, "lambda.amazonaws.com")
    assert workload.facts == (("field", "configuration.role"),)
    (line,) = [c for c in snapshot.coverage if c.service == "config"]
    assert line.status == "partial"


def test_the_query_names_types_that_config_records_and_fits() -> None:
    model: Any = botocore.session.get_session().get_service_model("config")
    types: Any = model.shape_for("ResourceType")
    assert set(RECORDED) <= set(types.enum)
    assert len(expression()) <= model.shape_for("Expression").metadata["max"]
    others = {"AWS::EC2::Instance", "AWS::ECS::TaskDefinition", "AWS::EKS::Cluster"}
    known = {b.type for b in bearers()} | others | {"AWS::Lambda::Function"}
    assert set(RECORDED) <= known


def test_an_optional_source_says_so_on_its_page() -> None:
    from ingest.reference import pages

    for name, cost in optional().items():
        assert f"It is only asked with `--with {name}`: {cost}." in pages()[f"sources/{name}.md"]
    assert {name_of(by_operation()[READ])} == {"service_last_accessed"}
