"""Policies that no test server gives are read from recorded answers."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.snapshot import read_one
from tests.support.recorded import answer, answers
from tests.unit.ingest.given import A

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
