"""Policies that no test server gives are read from recorded answers."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.validate import ParamValidator

from iam.deletion import rehearse
from iam.model import ResourcePolicy
from ingest.layout import AUTHORIZATION_DETAILS, Scope
from ingest.reader import Page, ScopeState
from ingest.snapshot import read_one
from ingest.sources import (
    access_points,
    codeartifact_policies,
    dynamodb_tables,
    event_data_stores,
    kinesis_streams,
)
from tests.support.recorded import answer, answers, checked, operation_model
from tests.unit.ingest.given import A, details, role, saved

WHERE = f"{A}/eu-west-1"
OPS = f"arn:aws:iam::{A}:role/ops"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": OPS}, "Action": "*", "Resource": "*"},
    ],
}
TEXT = json.dumps(POLICY)


def read(folder: Path) -> dict[str, Any]:
    """The document of each resource, None where it has no policy."""
    found = read_one(folder).resource_policies
    return {arn: held.policy and held.policy.document for arn, held in found.items()}


def test_a_vault_policy(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/aws-backup/latest/devguide/API_GetBackupVaultAccessPolicy.html"""
    vaults = f"arn:aws:backup:eu-west-1:{A}:backup-vault"
    listed = [{"BackupVaultName": n, "BackupVaultArn": f"{vaults}:{n}"} for n in ("kept", "bare")]
    answer(tmp_path, WHERE, "backup/list-backup-vaults", {"BackupVaultList": listed})
    answers(
        tmp_path,
        WHERE,
        "backup/get-backup-vault-access-policy",
        [({"BackupVaultName": "kept"}, {**listed[0], "Policy": TEXT})],
    )
    with (tmp_path / WHERE / "backup/get-backup-vault-access-policy.jsonl").open("a") as file:
        # As a collection keeps ResourceNotFoundException.
        file.write('{"request": {"BackupVaultName": "bare"}, "response": {"Policy": null}}\n')
    assert read(tmp_path) == {f"{vaults}:kept": POLICY, f"{vaults}:bare": None}


def test_the_catalog_policy(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/glue/latest/webapi/API_GetResourcePolicy.html"""
    answers(
        tmp_path,
        WHERE,
        "glue/get-resource-policy",
        [({}, {"PolicyInJson": TEXT, "PolicyHash": "h", "CreateTime": "2026-01-01T00:00:00Z"})],
    )
    assert read(tmp_path) == {f"arn:aws:glue:eu-west-1:{A}:catalog": POLICY}


def test_a_policy_of_an_api_comes_as_the_inside_of_a_json_text(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_RestApi.html"""
    escaped = TEXT.replace('"', '\\"').replace("/", "\\/")
    apis = [
        {"id": "a1", "name": "escaped", "policy": escaped},
        {"id": "b2", "name": "plain", "policy": TEXT},
        {"id": "c3", "name": "none"},
    ]
    answer(tmp_path, WHERE, "apigateway/get-rest-apis", {"items": apis})
    apis_arn = f"arn:aws:execute-api:eu-west-1:{A}"
    assert read(tmp_path) == {
        f"{apis_arn}:a1": POLICY,
        f"{apis_arn}:b2": POLICY,
        f"{apis_arn}:c3": None,
    }


def test_a_domain_without_access_policy_has_an_empty_text(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DomainStatus.html"""
    arn = f"arn:aws:es:eu-west-1:{A}:domain/search"
    status = {
        "DomainId": f"{A}/search",
        "DomainName": "search",
        "ARN": arn,
        "ClusterConfig": {},
        "AccessPolicies": "",
        "CognitoOptions": {"Enabled": True, "RoleArn": OPS},
    }
    answers(
        tmp_path,
        WHERE,
        "opensearch/describe-domain",
        [({"DomainName": "search"}, {"DomainStatus": status})],
    )
    snapshot = read_one(tmp_path)
    assert snapshot.resource_policies[arn].policy is None
    (workload,) = snapshot.workloads
    assert (workload.arn, workload.role) == (arn, OPS)


EU = f"eu-west-1:{A}"
BARE = '"response": {"Policy": null}'
"""As a collection keeps that AWS says of a resource that it has no policy."""
TABLE = f"arn:aws:dynamodb:{EU}:table/orders"
STREAM = f"{TABLE}/stream/2026-01-01T00:00:00.000"
KINESIS = f"arn:aws:kinesis:{EU}:stream/orders"
CONSUMER = f"{KINESIS}/consumer/mail:1750000000"
CLUSTER = f"arn:aws:kafka:{EU}:cluster/orders/0b1c2d3e-0000-4000-8000-000000000000-1"
AUTHORITY = f"arn:aws:acm-pca:{EU}:certificate-authority/12345678-1234-1234-1234-123456789012"
LAKE = f"arn:aws:cloudtrail:{EU}:eventdatastore/EXAMPLE-f852-4e8f-8bd1-bcf6cEXAMPLE"
PACKAGES = f"arn:aws:codeartifact:{EU}"
ONE_BY_ONE: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetResourcePolicy.html
    (
        "dynamodb/get-resource-policy",
        {"ResourceArn": TABLE},
        {"Policy": TEXT, "RevisionId": "1709841168699"},
        TABLE,
    ),
    ("dynamodb/get-resource-policy", {"ResourceArn": STREAM}, {"Policy": TEXT}, STREAM),
    # https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetResourcePolicy.html
    ("kinesis/get-resource-policy", {"ResourceARN": KINESIS}, {"Policy": TEXT}, KINESIS),
    ("kinesis/get-resource-policy", {"ResourceARN": CONSUMER}, {"Policy": TEXT}, CONSUMER),
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointPolicy.html
    (
        "s3control/get-access-point-policy",
        {"AccountId": A, "Name": "shop"},
        {"Policy": TEXT},
        f"arn:aws:s3:{EU}:accesspoint/shop",
    ),
    # https://docs.aws.amazon.com/msk/1.0/apireference/clusters-clusterarn-policy.html
    (
        "kafka/get-cluster-policy",
        {"ClusterArn": CLUSTER},
        {"CurrentVersion": "K3AEGXETSR30VB", "Policy": TEXT},
        CLUSTER,
    ),
    # https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetRegistryPolicy.html
    (
        "ecr/get-registry-policy",
        {},
        {"registryId": A, "policyText": TEXT},
        f"arn:aws:ecr:{EU}:registry",
    ),
    # https://docs.aws.amazon.com/codeartifact/latest/APIReference/API_GetDomainPermissionsPolicy.html
    (
        "codeartifact/get-domain-permissions-policy",
        {"domain": "shop", "domainOwner": A},
        {
            "policy": {
                "resourceArn": f"{PACKAGES}:domain/shop",
                "revision": "MQlyyTQRASRU3HB58gBtSDHXG7Q3hvxxxxxxx=",
                "document": TEXT,
            }
        },
        f"{PACKAGES}:domain/shop",
    ),
    # https://docs.aws.amazon.com/codeartifact/latest/APIReference/API_GetRepositoryPermissionsPolicy.html
    (
        "codeartifact/get-repository-permissions-policy",
        {"domain": "shop", "domainOwner": A, "repository": "site"},
        {
            "policy": {
                "resourceArn": f"{PACKAGES}:repository/shop/site",
                "revision": "x=",
                "document": TEXT,
            }
        },
        f"{PACKAGES}:repository/shop/site",
    ),
    # https://docs.aws.amazon.com/privateca/latest/APIReference/API_GetPolicy.html
    ("acm-pca/get-policy", {"ResourceArn": AUTHORITY}, {"Policy": TEXT}, AUTHORITY),
    # https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetResourcePolicy.html
    (
        "cloudtrail/get-resource-policy",
        {"ResourceArn": LAKE},
        {"ResourceArn": LAKE, "ResourcePolicy": TEXT},
        LAKE,
    ),
]


@pytest.mark.parametrize(
    ("operation", "request_", "response", "resource"),
    ONE_BY_ONE,
    ids=[case[3].split(":", 2)[2] for case in ONE_BY_ONE],
)
def test_a_policy_that_is_asked_for_one_by_one(
    operation: str,
    request_: dict[str, Any],
    response: dict[str, Any],
    resource: str,
    tmp_path: Path,
) -> None:
    answers(tmp_path / "with", WHERE, operation, [(request_, response)])
    assert read(tmp_path / "with") == {resource: POLICY}
    (place,) = [p.policy.place for p in _policies(tmp_path / "with") if p.policy]
    file, pointer = place.split("#")
    held = json.loads((tmp_path / "with" / file).read_text().splitlines()[int(pointer[1])])
    for step in pointer.split("/")[2:]:
        held = held[step]
    assert held == TEXT
    bare = tmp_path / "without" / WHERE / f"{operation}.jsonl"
    bare.parent.mkdir(parents=True)
    bare.write_text(f'{{"request": {json.dumps(request_)}, {BARE}}}\n')
    assert read(tmp_path / "without") == {resource: None}


class Lists:
    """Answers lists from what was recorded, and notes what is asked about the things in them."""

    account = A
    region = "eu-west-1"

    def __init__(self) -> None:
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    def call(self, operation: str, request: Mapping[str, Any] | None = None, /) -> Iterator[Page]:
        yield from self._answer(operation, request or {})

    def each(self, operation: str, requests: Iterable[Mapping[str, Any]], /) -> Iterator[Page]:
        for request in requests:
            self.asked.append((operation, request))
            yield from self._answer(operation, request)

    def _answer(self, operation: str, request: Mapping[str, Any]) -> Iterator[Page]:
        model = operation_model(operation)
        if model.input_shape is not None:
            report = ParamValidator().validate(dict(request), model.input_shape)
            assert not report.has_errors(), f"{operation}: {report.generate_report()}"
        if operation in LISTED:
            scope = Scope(A, self.region, *operation.split("/"))
            response = checked(operation, LISTED[operation])
            yield Page(ScopeState(scope), request, response)

    def missing_policies(self) -> Iterator[str]:
        return iter(())

    def prepare(self, operation: str, request: Mapping[str, Any] | None = None, /) -> None:
        """Nothing to wait for."""


LISTED: dict[str, dict[str, Any]] = {
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListAccessPoints.html
    "s3control/list-access-points": {
        "AccessPointList": [{"Name": "shop", "NetworkOrigin": "Internet", "Bucket": "b"}]
    },
    # https://docs.aws.amazon.com/codeartifact/latest/APIReference/API_ListDomains.html
    "codeartifact/list-domains": {
        "domains": [{"name": "shop", "owner": A, "arn": f"{PACKAGES}:domain/shop"}]
    },
    # https://docs.aws.amazon.com/codeartifact/latest/APIReference/API_ListRepositories.html
    "codeartifact/list-repositories": {
        "repositories": [{"name": "site", "domainName": "shop", "domainOwner": A}]
    },
    # https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListEventDataStores.html
    "cloudtrail/list-event-data-stores": {
        "EventDataStores": [{"EventDataStoreArn": LAKE, "Name": "lake"}]
    },
    # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html
    "dynamodb/list-tables": {"TableNames": ["orders"]},
    "dynamodb/describe-table": {
        "Table": {"TableName": "orders", "TableArn": TABLE, "LatestStreamArn": STREAM}
    },
    # https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListStreamConsumers.html
    "kinesis/list-streams": {
        "StreamNames": ["orders"],
        "HasMoreStreams": False,
        "StreamSummaries": [
            {"StreamName": "orders", "StreamARN": KINESIS, "StreamStatus": "ACTIVE"}
        ],
    },
    "kinesis/list-stream-consumers": {
        "Consumers": [
            {
                "ConsumerName": "mail",
                "ConsumerARN": CONSUMER,
                "ConsumerStatus": "ACTIVE",
                "ConsumerCreationTimestamp": 1750000000,
            }
        ]
    },
}


def test_what_is_listed_is_asked_for_as_aws_wants_it() -> None:
    """Of what no test server answers, or not with all of its parts."""
    reader = Lists()
    about = (
        access_points,
        codeartifact_policies,
        dynamodb_tables,
        event_data_stores,
        kinesis_streams,
    )
    for source in about:
        for _ in source.get(reader):
            continue
    lists = [
        ("dynamodb/describe-table", {"TableName": "orders"}),
        ("kinesis/list-stream-consumers", {"StreamARN": KINESIS}),
    ]
    own = {operation.partition("/")[0] for operation in LISTED}
    expected = [case[:2] for case in ONE_BY_ONE if case[0].partition("/")[0] in own]
    assert sorted(reader.asked, key=repr) == sorted([*lists, *expected], key=repr)


def _policies(folder: Path) -> list[ResourcePolicy]:
    return list(read_one(folder).resource_policies.values())


def test_a_stream_without_policy_has_an_empty_document(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetResourcePolicy.html"""
    asked = ({"ResourceARN": KINESIS}, {"Policy": "{}"})
    answers(tmp_path, WHERE, "kinesis/get-resource-policy", [asked])
    assert read(tmp_path) == {KINESIS: None}


def test_the_policies_of_logs(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Destination.html

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ResourcePolicy.html
    """
    logs = f"arn:aws:logs:{EU}"
    named = [{"policyName": "dns", "policyDocument": TEXT, "lastUpdatedTime": 1}]
    answer(tmp_path, WHERE, "logs/describe-resource-policies", {"resourcePolicies": named})
    destinations = [
        {
            "destinationName": "all",
            "targetArn": KINESIS,
            "roleArn": OPS,
            "accessPolicy": TEXT,
            "arn": f"{logs}:destination:all",
            "creationTime": 1,
        },
        {"destinationName": "own", "roleArn": OPS, "arn": f"{logs}:destination:own"},
    ]
    answer(tmp_path, WHERE, "logs/describe-destinations", {"destinations": destinations})
    assert read(tmp_path) == {
        f"{logs}:resource-policy:dns": POLICY,
        f"{logs}:destination:all": POLICY,
        f"{logs}:destination:own": None,
    }
    found = [(w.arn, w.type, w.role, w.service) for w in read_one(tmp_path).workloads]
    assert found == [
        (f"{logs}:destination:{name}", "AWS::Logs::Destination", OPS, "logs.amazonaws.com")
        for name in ("all", "own")
    ]


CHANGES = {
    f"arn:aws:s3:{EU}:accesspoint/shop": "s3:PutAccessPointPolicy",
    "arn:aws:s3:::shop": "s3:PutBucketPolicy",
    f"arn:aws:ecr:{EU}:registry": "ecr:PutRegistryPolicy",
    f"arn:aws:ecr:{EU}:repository/shop": "ecr:SetRepositoryPolicy",
    f"arn:aws:logs:{EU}:destination:all": "logs:PutDestinationPolicy",
    f"arn:aws:logs:{EU}:resource-policy:dns": "logs:PutResourcePolicy",
    f"{PACKAGES}:domain/shop": "codeartifact:PutDomainPermissionsPolicy",
    f"{PACKAGES}:repository/shop/site": "codeartifact:PutRepositoryPermissionsPolicy",
    TABLE: "dynamodb:PutResourcePolicy",
    KINESIS: "kinesis:PutResourcePolicy",
    CLUSTER: "kafka:PutClusterPolicy",
    AUTHORITY: "acm-pca:PutPolicy",
    LAKE: "cloudtrail:PutResourcePolicy",
    f"arn:aws:made-up:{EU}:thing": "",
}


def test_a_rehearsal_says_which_call_changes_a_policy_that_names_the_role(tmp_path: Path) -> None:
    folder = tmp_path / WHERE
    folder.mkdir(parents=True)
    lines = [json.dumps({"ResourceArn": arn, "Policy": POLICY}) for arn in CHANGES]
    (folder / "resource-policies.jsonl").write_text("\n".join(lines))
    saved(tmp_path / A / "global/iam" / f"{AUTHORIZATION_DETAILS}.json", details(role("ops")))
    soft = rehearse(read_one(tmp_path), OPS)["soft"]
    named = {s["id"]: s["call"] for s in soft if s["kind"] == "named_in_resource_policy"}
    assert named == CHANGES


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("k-1", f"arn:aws:kms:eu-west-1:{A}:key/k-1"),
        (f"arn:aws:kms:eu-west-1:{A}:key/k-2", f"arn:aws:kms:eu-west-1:{A}:key/k-2"),
    ],
    ids=["by id", "by ARN"],
)
def test_a_key_is_asked_for_by_id_or_by_arn(tmp_path: Path, key: str, expected: str) -> None:
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_ListGrants.html"""
    grant = {
        "KeyId": expected,
        "GrantId": "g-1",
        "GranteePrincipal": "AROAGONE",
        "RetiringPrincipal": OPS,
        "Operations": ["Decrypt"],
        "IssuingAccount": f"arn:aws:iam::{A}:root",
    }
    answers(tmp_path, WHERE, "kms/get-key-policy", [({"KeyId": key}, {"Policy": TEXT})])
    answers(tmp_path, WHERE, "kms/list-grants", [({"KeyId": key}, {"Grants": [grant]})])
    snapshot = read_one(tmp_path)
    assert read(tmp_path) == {expected: POLICY}
    (held,) = snapshot.grants.values()
    assert (held.arn, held.grantee, held.retiring) == (f"{expected}#grant/g-1", "AROAGONE", OPS)


def test_an_answer_that_does_not_say_whose_it_is_is_a_gap(tmp_path: Path) -> None:
    answers(tmp_path, WHERE, "sns/get-topic-attributes", [({}, {"Attributes": {"Policy": TEXT}})])
    answers(tmp_path, WHERE, "kms/get-key-policy", [({}, {"Policy": TEXT})])
    snapshot = read_one(tmp_path)
    assert snapshot.resource_policies == {}
    states = {c.operation: (c.status, c.note) for c in snapshot.coverage}
    assert states["get-topic-attributes"][0] == states["get-key-policy"][0] == "partial"
    assert "whose policy" in states["get-topic-attributes"][1]
