"""Policies of resources and grants of keys: boto3 and saved files give one and the same facts."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import boto3
import pytest

from iam.deletion import rehearse
from iam.model import Snapshot
from ingest import collect
from ingest.aws import Account
from ingest.job import Wanted, collect_aws
from ingest.permissions import actions
from ingest.snapshot import read_one
from ingest.sources import name_of, sources
from ingest.writer import plain
from tests.moto.conftest import REGION

ACCOUNT = "123456789012"
OPS = f"arn:aws:iam::{ACCOUNT}:role/team/ops"
SOURCES = (
    "account_authorization_details",
    "backup_vaults",
    "certificate_authorities",
    "dynamodb_tables",
    "ecr_registry",
    "ecr_repositories",
    "efs_policies",
    "event_buses",
    "glue_catalog",
    "kafka_clusters",
    "kinesis_streams",
    "kms_keys",
    "lambda_functions",
    "lambda_policies",
    "log_policies",
    "opensearch_domains",
    "rest_apis",
    "secrets",
    "sns_topics",
    "sqs_queues",
)


def allowing(action: str, resource: str = "*") -> str:
    """A policy that names the role."""
    statement = {
        "Sid": "Ops",
        "Effect": "Allow",
        "Principal": {"AWS": OPS},
        "Action": action,
        "Resource": resource,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _code() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): ...")
    return held.getvalue()


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """ARNs of what was made, by what it is; filled once the server is known."""
    return {}


@pytest.fixture
def things(caller: Account, made: dict[str, str]) -> dict[str, str]:
    """One resource of each kind with a policy that names a role, and some without any."""
    if made:
        return made
    client: Any = boto3.client
    key = client("kms").create_key(Policy=allowing("kms:*"))["KeyMetadata"]["Arn"]
    made["key"] = key
    made["grant"] = client("kms").create_grant(
        KeyId=key,
        GranteePrincipal=OPS,
        Operations=["Decrypt", "GenerateDataKey"],
        Constraints={"EncryptionContextSubset": {"app": "shop"}},
    )["GrantId"]
    sns = client("sns")
    made["topic"] = sns.create_topic(Name="alarms")["TopicArn"]
    sns.set_topic_attributes(
        TopicArn=made["topic"],
        AttributeName="Policy",
        AttributeValue=allowing("sns:Publish", made["topic"]),
    )
    sqs = client("sqs")
    made["queue"] = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"
    sqs.create_queue(
        QueueName="orders",
        Attributes={"Policy": allowing("sqs:SendMessage", made["queue"])},
    )
    sqs.create_queue(QueueName="plain")
    made["bare queue"] = f"arn:aws:sqs:{REGION}:{ACCOUNT}:plain"
    secrets = client("secretsmanager")
    made["secret"] = secrets.create_secret(Name="db", SecretString="hidden-text")["ARN"]
    secrets.put_resource_policy(
        SecretId=made["secret"], ResourcePolicy=allowing("secretsmanager:GetSecretValue")
    )
    made["bare secret"] = secrets.create_secret(Name="other", SecretString="hidden-text")["ARN"]
    functions = client("lambda")
    for name in ("called", "alone"):
        made[name] = functions.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role=OPS,
            Handler="main.handler",
            Code={"ZipFile": _code()},
        )["FunctionArn"]
    functions.add_permission(
        FunctionName="called", StatementId="Ops", Action="lambda:InvokeFunction", Principal=OPS
    )
    ecr = client("ecr")
    for name in ("shared", "own"):
        made[name] = ecr.create_repository(repositoryName=name)["repository"]["repositoryArn"]
    ecr.set_repository_policy(
        repositoryName="shared",
        policyText=allowing("ecr:BatchGetImage").replace(', "Resource": "*"', ""),
    )
    files = client("efs")
    files_id = files.create_file_system(CreationToken="t")["FileSystemId"]
    made["files"] = f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system/{files_id}"
    files.put_file_system_policy(
        FileSystemId=files_id, Policy=allowing("elasticfilesystem:ClientMount")
    )
    events = client("events")
    made["bus"] = events.create_event_bus(Name="shop")["EventBusArn"]
    events.put_permission(
        EventBusName="shop", Action="events:PutEvents", Principal=ACCOUNT, StatementId="Own"
    )
    api = client("apigateway").create_rest_api(
        name="shop", policy=allowing("execute-api:Invoke", "execute-api:/*")
    )["id"]
    made["api"] = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api}"
    made["domain"] = client("opensearch").create_domain(
        DomainName="search", AccessPolicies=allowing("es:ESHttpGet")
    )["DomainStatus"]["ARN"]
    made["vault"] = client("backup").create_backup_vault(BackupVaultName="kept")["BackupVaultArn"]
    _more(made, client)
    return made


def _more(made: dict[str, str], client: Any) -> None:
    tables = client("dynamodb")
    for name in ("table", "bare table"):
        made[name] = tables.create_table(
            TableName=name.replace(" ", "-"),
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )["TableDescription"]["TableArn"]
    tables.put_resource_policy(
        ResourceArn=made["table"], Policy=allowing("dynamodb:GetItem", made["table"])
    )
    streams = client("kinesis")
    for name in ("stream", "bare stream"):
        made[name] = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{name.replace(' ', '-')}"
        streams.create_stream(StreamName=name.replace(" ", "-"), ShardCount=1)
    streams.put_resource_policy(
        ResourceARN=made["stream"], Policy=allowing("kinesis:GetRecords", made["stream"])
    )
    kafka = client("kafka")
    made["cluster"] = kafka.create_cluster_v2(
        ClusterName="cluster",
        Serverless={"VpcConfigs": [{"SubnetIds": ["subnet-1", "subnet-2"]}]},
    )["ClusterArn"]
    kafka.put_cluster_policy(
        ClusterArn=made["cluster"],
        Policy=allowing("kafka:DescribeCluster", made["cluster"]),
    )
    made["registry"] = f"arn:aws:ecr:{REGION}:{ACCOUNT}:registry"
    client("ecr").put_registry_policy(
        policyText=allowing("ecr:ReplicateImage", f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/*")
    )
    authority = client("acm-pca").create_certificate_authority(
        CertificateAuthorityConfiguration={
            "KeyAlgorithm": "RSA_2048",
            "SigningAlgorithm": "SHA256WITHRSA",
            "Subject": {"CommonName": "shop"},
        },
        CertificateAuthorityType="ROOT",
    )
    made["bare authority"] = authority["CertificateAuthorityArn"]
    logs = client("logs")
    logs.put_resource_policy(policyName="dns", policyDocument=allowing("logs:PutLogEvents"))
    made["log policy"] = f"arn:aws:logs:{REGION}:{ACCOUNT}:resource-policy:dns"
    made["destination"] = logs.put_destination(
        destinationName="all", targetArn=made["stream"], roleArn=OPS
    )["destination"]["arn"]
    logs.put_destination_policy(
        destinationName="all",
        accessPolicy=allowing("logs:PutSubscriptionFilter", made["destination"]),
    )


@pytest.fixture(autouse=True)
def only_these(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tuple(source for source in sources() if name_of(source) in SOURCES)
    monkeypatch.setattr(collect, "sources", lambda: kept)


def gather(caller: Account, root: Path) -> tuple[Path, Snapshot]:
    folder = collect_aws(Wanted([caller], regions=[REGION]), "t", root=root)
    return folder, read_one(folder)


NAMES_OPS = (
    "key", "topic", "queue", "secret", "called", "shared", "files", "api", "domain", "table",
    "stream", "cluster", "registry", "log policy", "destination",
)  # fmt: skip
WITHOUT_POLICY = (
    "bare queue", "bare secret", "alone", "own", "bare table", "bare stream", "bare authority",
)  # fmt: skip


def test_the_policy_of_every_kind_of_resource_is_read_and_where_there_is_none(
    caller: Account, things: dict[str, str], tmp_path: Path
) -> None:
    folder, snapshot = gather(caller, tmp_path)
    held = snapshot.resource_policies
    for name in NAMES_OPS:
        policy = held[things[name]].policy
        assert policy is not None, name
        assert OPS in json.dumps(policy.document), name
        assert policy.place.partition("#")[0].endswith((".json", ".jsonl"))
        assert held[things[name]].region == REGION
    for name in WITHOUT_POLICY:
        assert held[things[name]].policy is None, name
    bus = held[things["bus"]].policy
    assert bus is not None
    assert bus.document["Statement"][0]["Action"] == "events:PutEvents"
    (grant,) = snapshot.grants.values()
    assert grant.key == things["key"]
    assert grant.grantee == OPS
    assert grant.operations == ("Decrypt", "GenerateDataKey")
    assert json.loads(grant.constraints) == {"EncryptionContextSubset": {"app": "shop"}}
    states = {f"{c.service}/{c.operation}": c.status for c in snapshot.coverage if not c.resource}
    mine = {op for s in sources() if name_of(s) in SOURCES[1:] for op in s.OPERATIONS}
    unread = {op for op in mine - LACKING if states.get(op) != "complete"}
    assert unread - {"glue/get-resource-policy"} == set()
    assert caller.asked.actions - set(actions()) == set()
    texts = [path.read_text() for path in folder.rglob("*.json*")]
    assert not any("hidden-text" in text for text in texts)


LACKING = {
    "backup/get-backup-vault-access-policy",
    "lambda/get-function",
    "lambda/get-function-configuration",
}
"""What this AWS does not answer; and what only stands in saved files."""


def test_what_was_saved_with_the_same_calls_says_the_same(
    caller: Account, things: dict[str, str], tmp_path: Path
) -> None:
    folder, collected = gather(caller, tmp_path / "aws")
    hand = tmp_path / "hand"
    for path in [p for p in folder.rglob("*.json*") if len(p.relative_to(folder).parts) == 4]:
        service, method = path.parent.name, path.name.partition(".")[0].replace("-", "_")
        client: Any = boto3.client
        call = getattr(client(service), method)
        target = hand / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".json":
            target.write_text(json.dumps(plain(call())))
            continue
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        for line in lines:
            if line["response"] != {"Policy": None}:
                line["response"] = plain(call(**line["request"]))
        target.write_text("".join(json.dumps(line) + "\n" for line in lines))
    saved = read_one(hand)
    assert saved.resource_policies == collected.resource_policies
    assert saved.grants == collected.grants
    assert saved.workloads == collected.workloads


def test_who_names_the_role_shows_before_it_is_deleted(
    caller: Account, things: dict[str, str], tmp_path: Path
) -> None:
    _, snapshot = gather(caller, tmp_path)
    answer = rehearse(snapshot, OPS)
    named = {s["id"]: s["call"] for s in answer["soft"] if s["kind"] == "named_in_resource_policy"}
    # This AWS writes the principal of a function's policy as a bare text, which names nobody.
    assert named == {things[name]: CHANGES[name] for name in NAMES_OPS if name != "called"}
    (grant,) = [s for s in answer["soft"] if s["kind"] == "kms_grant"]
    assert (grant["id"], grant["call"]) == (things["key"], "kms:RevokeGrant")
    assert "Decrypt, GenerateDataKey" in grant["evidence"]
    assert "KMS grants" not in answer["not_looked_at"]


CHANGES = {
    "key": "kms:PutKeyPolicy",
    "topic": "sns:SetTopicAttributes",
    "queue": "sqs:SetQueueAttributes",
    "secret": "secretsmanager:PutResourcePolicy",
    "shared": "ecr:SetRepositoryPolicy",
    "files": "elasticfilesystem:PutFileSystemPolicy",
    "api": "apigateway:UpdateRestApiPolicy",
    "domain": "es:UpdateDomainConfig",
    "table": "dynamodb:PutResourcePolicy",
    "stream": "kinesis:PutResourcePolicy",
    "cluster": "kafka:PutClusterPolicy",
    "registry": "ecr:PutRegistryPolicy",
    "log policy": "logs:PutResourcePolicy",
    "destination": "logs:PutDestinationPolicy",
}
