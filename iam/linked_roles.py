"""A service-linked role goes when its service lets it: what of that the inventory foretells.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceLinkedRole.html
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from iam.mentions import mentions_of
from iam.model import Role, Snapshot

BLOCKED, CLEAR, UNKNOWN = "BLOCKED", "CLEAR", "UNKNOWN"
ALL_REGIONS = "enabled Regions"
_REGION_LISTS = (("account", "list-regions"), ("ec2", "describe-regions"))

LISTED_BY = {
    "AWS::AccessAnalyzer::Analyzer": "accessanalyzer/list-analyzers",
    "AWS::ApiGateway::RestApi": "apigateway/get-rest-apis",
    "AWS::ApiGatewayV2::Api": "apigatewayv2/get-apis",
    "AWS::AppRunner::Service": "apprunner/list-services",
    "AWS::AutoScaling::AutoScalingGroup": "autoscaling/describe-auto-scaling-groups",
    "AWS::Backup::BackupVault": "backup/list-backup-vaults",
    "AWS::Batch::ComputeEnvironment": "batch/describe-compute-environments",
    "AWS::CloudHSM::Cluster": "cloudhsmv2/describe-clusters",
    "AWS::CloudTrail::Trail": "cloudtrail/describe-trails",
    "AWS::Cognito::UserPool": "cognito-idp/list-user-pools",
    "AWS::Config::ConfigurationRecorder": "config/describe-configuration-recorders",
    "AWS::DAX::Cluster": "dax/describe-clusters",
    "AWS::EC2::SpotFleet": "ec2/describe-spot-fleet-requests",
    "AWS::ECS::Cluster": "ecs/list-clusters",
    "AWS::ECS::Service": "ecs/list-clusters",
    "AWS::EFS::FileSystem": "efs/describe-file-systems",
    "AWS::EKS::Cluster": "eks/list-clusters",
    "AWS::EKS::FargateProfile": "eks/list-clusters",
    "AWS::EKS::Nodegroup": "eks/list-clusters",
    "AWS::EMR::Cluster": "emr/list-clusters",
    "AWS::EMRServerless::Application": "emr-serverless/list-applications",
    "AWS::ElastiCache::CacheCluster": "elasticache/describe-cache-clusters",
    "AWS::ElastiCache::ReplicationGroup": "elasticache/describe-cache-clusters",
    "AWS::ElasticBeanstalk::Environment": "elasticbeanstalk/describe-environments",
    "AWS::ElasticLoadBalancing::LoadBalancer": "elb/describe-load-balancers",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "elbv2/describe-load-balancers",
    "AWS::FSx::FileSystem": "fsx/describe-file-systems",
    "AWS::GuardDuty::Detector": "guardduty/list-detectors",
    "AWS::MWAA::Environment": "mwaa/list-environments",
    "AWS::MemoryDB::Cluster": "memorydb/describe-clusters",
    "AWS::NetworkFirewall::Firewall": "network-firewall/list-firewalls",
    "AWS::OpenSearchService::Domain": "opensearch/list-domain-names",
    "AWS::RDS::DBCluster": "rds/describe-db-clusters",
    "AWS::RDS::DBInstance": "rds/describe-db-instances",
    "AWS::Redshift::Cluster": "redshift/describe-clusters",
    "AWS::SSM::MaintenanceWindowTask": "ssm/describe-maintenance-window-tasks",
}
"""CloudFormation type → the regional call that must have been read to rule the type out."""
_NO_DOUBT = ("complete", "not-available", "not-enabled")
"""States of a Region that was read, or that does not have the service."""
_INSIDE = {
    "AWS::ECS::Service": "ecs/list-services",
    "AWS::EKS::FargateProfile": "eks/list-fargate-profiles",
    "AWS::EKS::Nodegroup": "eks/list-nodegroups",
    "AWS::ElastiCache::ReplicationGroup": "",
}
"""Types that stand in what their call lists, none of them without one of those; and the call that
lists them in it."""


@dataclass(frozen=True, slots=True)
class LinkedRole:
    """What is known of one service-linked role; ``verified`` says how well."""

    principal: str
    name: str
    suffix: bool
    types: tuple[str, ...]
    prerequisite: str
    deletable: str
    verified: str


@cache
def table() -> tuple[LinkedRole, ...]:
    """Every service-linked role that is known by principal and name."""
    text = resources.files("iam").joinpath("data/service-linked-roles.tsv").read_text("utf-8")
    return tuple(
        LinkedRole(
            row["principal"],
            row["name"],
            row["suffix"] == "yes",
            tuple(row["types"].split()),
            row["prerequisite"],
            row["deletable"],
            row["verified"],
        )
        for row in csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    )


def known_as(role: Role) -> LinkedRole | None:
    """The row of a role: by its principal, and by its name where a service has several (E-2, E-3).

    Guides and accounts spell some names differently, so a principal with one row is enough.
    """
    rows = [row for row in table() if row.principal == role.linked_service]
    if len(rows) == 1:
        return rows[0]
    exact = [row for row in rows if row.name.lower() == role.name.lower()]
    starts = [row for row in rows if row.suffix and role.name.startswith(f"{row.name}_")]
    return next(iter(exact or starts), None)


def is_permanent(role: Role) -> bool:
    """Whether the role's service never agrees to its deletion."""
    row = known_as(role)
    return row is not None and row.deletable == "no"


def predict(snapshot: Snapshot, role: Role) -> dict[str, Any]:
    """The ``slr`` part of a rehearsal (E-16); nothing is submitted to learn it (E-15).

    ``BLOCKED`` needs one resource, or a service that never agrees. ``CLEAR`` needs every Region
    that is enabled, every type of resource, and none found. Everything else is ``UNKNOWN``.
    """
    row = known_as(role)
    if row is None:
        return _answer(UNKNOWN, note="no prerequisite of this role is known", role=role)
    if row.deletable == "no":
        return _answer(BLOCKED, row=row, note=row.prerequisite, role=role)
    found: list[str] = []
    gaps: list[str] = []
    regions = sorted(
        {c.region for c in mentions_of(snapshot).coverage(role.account)} - {"global", ""}
    )
    named = any(snapshot.status(role.account, *call) == "complete" for call in _REGION_LISTS)
    if not (named and regions):
        gaps.append(ALL_REGIONS)  # a Region that nobody named may hold one
    seen = set(regions)
    for type in row.types:
        if type == "AWS::SSO::Assignment" and snapshot.assignments is not None:
            found += sorted(
                {a.permission_set for a in snapshot.assignments if a.account == role.account}
            )
            continue
        found += [arn for arn in _resources(snapshot, role, row, type) if arn not in found]
        if not row.suffix:
            found += _counted(snapshot, role.account, type)
        unseen = _unseen(snapshot, role.account, type, regions)
        seen -= set(unseen)
        gaps += [f"{region} {type}".strip() for region in unseen]
    if not row.types:
        gaps.append(row.prerequisite or "what its service asks for")
    prediction = BLOCKED if found else UNKNOWN if gaps else CLEAR
    return _answer(
        prediction,
        row=row,
        resources=found,
        regions_seen=sorted(seen) if row.types else [],
        not_collected=gaps,
        note=row.prerequisite,
        role=role,
    )


def _resources(snapshot: Snapshot, role: Role, row: LinkedRole, type: str) -> list[str]:
    """Resources of a type; where a service has a role per use, those that name this one (E-3)."""
    return sorted(
        {
            w.arn
            for w in mentions_of(snapshot).of_type(role.account, type)
            if (not row.suffix or not w.role or w.role == role.arn)
        }
    )


def _unseen(snapshot: Snapshot, account: str, type: str, regions: list[str]) -> list[str]:
    """Regions where a resource of a type could stand unseen; ``[""]`` when no call lists it."""
    operation = LISTED_BY.get(type)
    if operation is None:
        return [""]
    inner = _INSIDE.get(type)
    holders = _items(snapshot, account, operation) if inner else {}
    return [
        region
        for region in regions
        if not _is_read(snapshot, account, operation, region)
        or (inner and holders.get(region) and not _is_read(snapshot, account, inner, region))
    ]


def _is_read(snapshot: Snapshot, account: str, operation: str, region: str) -> bool:
    service, _, call = operation.partition("/")
    return snapshot.status(account, service, call, region) in _NO_DOUBT


def _items(snapshot: Snapshot, account: str, operation: str) -> dict[str, int]:
    """How many things a call listed, by Region."""
    service, _, call = operation.partition("/")
    return {
        c.region: c.items
        for c in mentions_of(snapshot).coverage(account)
        if (c.service, c.operation, c.resource) == (service, call, "") and c.items
    }


def _counted(snapshot: Snapshot, account: str, type: str) -> list[str]:
    """Resources that were listed and of which only their number was kept, Region by Region."""
    operation = _INSIDE.get(type, LISTED_BY.get(type, ""))
    named = {w.region for w in mentions_of(snapshot).of_type(account, type)}
    return [
        f"{type} in {region} ({number})"
        for region, number in _items(snapshot, account, operation).items()
        if region not in named
    ]


def _answer(
    prediction: str,
    *,
    role: Role,
    row: LinkedRole | None = None,
    resources: list[str] | None = None,
    regions_seen: list[str] | None = None,
    not_collected: list[str] | None = None,
    note: str = "",
) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "prediction": prediction,
        "resources": resources or [],
        "regions_seen": regions_seen or [],
        "not_collected": not_collected or [],
        "table_verified": row.verified if row is not None else "",
        "note": note,
    }
    if role.last_used is not None:
        where = f" in {role.last_used_region}" if role.last_used_region else ""
        answer["last_used"] = f"{role.last_used.date().isoformat()}{where}"
    return answer
