"""A service-linked role goes when its service lets it: what of that the inventory foretells.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceLinkedRole.html
"""

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from iam.mentions import mentions_of
from iam.model import Role, Snapshot, Workload

BLOCKED, CLEAR, UNKNOWN = "BLOCKED", "CLEAR", "UNKNOWN"
ALL_REGIONS = "enabled Regions"
_REGION_LISTS = (("account", "list-regions"), ("ec2", "describe-regions"))

LISTED_BY = {
    "AWS::AccessAnalyzer::Analyzer": "accessanalyzer/list-analyzers",
    "AWS::AmazonMQ::Broker": "mq/list-brokers",
    "AWS::ApiGateway::RestApi": "apigateway/get-rest-apis",
    "AWS::ApiGatewayV2::Api": "apigatewayv2/get-apis",
    "AWS::AppRunner::Service": "apprunner/list-services",
    "AWS::AppRunner::VpcConnector": "apprunner/list-vpc-connectors",
    "AWS::ApplicationAutoScaling::ScalableTarget": "application-autoscaling/"
    "describe-scalable-targets",
    "AWS::AutoScaling::AutoScalingGroup": "autoscaling/describe-auto-scaling-groups",
    "AWS::Backup::BackupVault": "backup/list-backup-vaults",
    "AWS::Backup::Framework": "backup/list-frameworks",
    "AWS::Backup::ReportPlan": "backup/list-report-plans",
    "AWS::Backup::RestoreTestingPlan": "backup/list-restore-testing-plans",
    "AWS::Batch::ComputeEnvironment": "batch/describe-compute-environments",
    "AWS::CloudHSM::Cluster": "cloudhsmv2/describe-clusters",
    "AWS::CloudTrail::Trail": "cloudtrail/describe-trails",
    "AWS::Cognito::UserPool": "cognito-idp/list-user-pools",
    "AWS::Config::ConfigurationRecorder": "config/describe-configuration-recorders",
    "AWS::DAX::Cluster": "dax/describe-clusters",
    "AWS::DMS::ReplicationConfig": "dms/describe-replication-configs",
    "AWS::DSQL::Cluster": "dsql/list-clusters",
    "AWS::EC2::ClientVpnEndpoint": "ec2/describe-client-vpn-endpoints",
    "AWS::EC2::IPAM": "ec2/describe-ipams",
    "AWS::EC2::InstanceConnectEndpoint": "ec2/describe-instance-connect-endpoints",
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
    "AWS::FSx::Backup": "fsx/describe-backups",
    "AWS::FSx::FileSystem": "fsx/describe-file-systems",
    "AWS::Grafana::Workspace": "grafana/list-workspaces",
    "AWS::GuardDuty::Detector": "guardduty/list-detectors",
    "AWS::InternetMonitor::Monitor": "internetmonitor/list-monitors",
    "AWS::KafkaConnect::Connector": "kafkaconnect/list-connectors",
    "AWS::Lambda::CapacityProvider": "lambda/list-capacity-providers",
    "AWS::M2::Environment": "m2/list-environments",
    "AWS::MWAA::Environment": "mwaa/list-environments",
    "AWS::MemoryDB::Cluster": "memorydb/describe-clusters",
    "AWS::NetworkFirewall::Firewall": "network-firewall/list-firewalls",
    "AWS::NetworkFirewall::FirewallPolicy": "network-firewall/list-firewall-policies",
    "AWS::NetworkFirewall::RuleGroup": "network-firewall/list-rule-groups",
    "AWS::NetworkMonitor::Monitor": "networkmonitor/list-monitors",
    "AWS::OSIS::Pipeline": "osis/list-pipelines",
    "AWS::OpenSearchServerless::Collection": "opensearchserverless/list-collections",
    "AWS::OpenSearchService::Domain": "opensearch/list-domain-names",
    "AWS::RDS::DBCluster": "rds/describe-db-clusters",
    "AWS::RDS::DBInstance": "rds/describe-db-instances",
    "AWS::Redshift::Cluster": "redshift/describe-clusters",
    "AWS::SSM::MaintenanceWindowTask": "ssm/describe-maintenance-window-tasks",
    "AWS::VpcLattice::ResourceConfiguration": "vpc-lattice/list-resource-configurations",
    "AWS::VpcLattice::ResourceGateway": "vpc-lattice/list-resource-gateways",
    "AWS::VpcLattice::Service": "vpc-lattice/list-services",
    "AWS::VpcLattice::ServiceNetwork": "vpc-lattice/list-service-networks",
    "AWS::VpcLattice::TargetGroup": "vpc-lattice/list-target-groups",
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


EACH, NAMED, SOME = "each", "named", "some"
"""Which resources of a type keep a role: each one, those that name this very role, or only some,
which the inventory does not tell from the others (E-3, E-16)."""

MAY = (
    "view it (iam:GetRole, iam:ListRoles)",
    "edit its description (iam:UpdateRole, iam:UpdateRoleDescription)",
    "edit its tags (iam:TagRole, iam:UntagRole)",
    "ask its service to let it go (iam:DeleteServiceLinkedRole)",
)
"""What an administrator may do with any service-linked role (E-6, E-10)."""
MAY_NOT = (
    "edit its trust policy",
    "attach, detach or edit its permissions policies",
    "set a permissions boundary",
    "rename it",
    "delete it (iam:DeleteRole answers UnmodifiableEntity)",
)
"""What IAM refuses everybody but the service (E-6, E-13)."""
_ASKS = MAY[-1]
_AGAIN = "its service, when it is used again by whoever may iam:CreateServiceLinkedRole"


@dataclass(frozen=True, slots=True)
class LinkedRole:
    """What is known of one service-linked role; ``verified`` says how well.

    ``principal`` or ``name`` is empty where AWS's pages do not give it; ``again`` says what makes
    the role again after its deletion.
    """

    principal: str
    name: str
    service: str
    suffix: bool
    types: tuple[str, ...]
    uses: str
    prerequisite: str
    deletable: str
    again: str
    verified: str


@cache
def table() -> tuple[LinkedRole, ...]:
    """Every service-linked role that is known, by principal and name."""
    text = resources.files("iam").joinpath("data/service-linked-roles.tsv").read_text("utf-8")
    return tuple(
        LinkedRole(
            row["principal"],
            row["name"],
            row["service"],
            row["suffix"] == "yes",
            tuple(row["types"].split()),
            row["uses"],
            row["prerequisite"],
            row["deletable"],
            row["again"],
            row["verified"],
        )
        for row in csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    )


@cache
def _by_principal() -> Mapping[str, tuple[LinkedRole, ...]]:
    found: dict[str, tuple[LinkedRole, ...]] = {}
    for row in table():
        found[row.principal] = (*found.get(row.principal, ()), row)
    return found


def known_as(role: Role) -> LinkedRole | None:
    """The row of a role: by its principal and by its name, with or without a suffix (E-2, E-3).

    Guides and accounts spell some names differently, so a principal with one row is enough to
    say whose role it is; ``is_certain`` tells whether the row is also known to be this role's.
    """
    rows = _by_principal().get(role.linked_service.removesuffix(".cn"), ())
    for row in (*rows, *_by_principal()[""]):
        if _spelt(row.name) == _spelt(role.name):
            return row
    for row in rows:
        if row.name and _spelt(role.name).startswith(f"{_spelt(row.name)}_"):
            return row
    return next((row for row in rows if not row.name or len(rows) == 1), None)


def is_certain(row: LinkedRole, role: Role) -> bool:
    """Whether a row is a role's by its name, and not only by its principal."""
    named, known = _spelt(role.name), _spelt(row.name)
    return bool(known) and (named == known or named.startswith(f"{known}_"))


def _spelt(name: str) -> str:
    """A name without what guides and accounts spell differently: case, hyphens, whose it is."""
    return re.sub(r"^(awsservicerolefor)?(amazon|aws)?|-", "", name.lower())


def is_permanent(role: Role) -> bool:
    """Whether the role's service never agrees to its deletion."""
    row = known_as(role)
    return row is not None and row.deletable == "no" and is_certain(row, role)


STATES = ("NOT_STARTED", "IN_PROGRESS", "SUCCEEDED", "FAILED")
"""What AWS says of a deletion task; the last two are final (E-11)."""


@dataclass(frozen=True, slots=True)
class Task:
    """A deletion that somebody submitted; ``usage`` are pairs of a Region and a resource."""

    id: str
    status: str
    reason: str
    usage: tuple[tuple[str, str], ...]

    @property
    def evidence(self) -> str:
        """What AWS answered, in words."""
        why = f": {self.reason}" if self.reason else ""
        return f"iam:GetServiceLinkedRoleDeletionStatus of {self.id}: {self.status}{why}"


def last_task(role: Role) -> Task | None:
    """The deletion of a role that was submitted last, where its answer was saved."""
    if not role.deletion_tasks:
        return None
    id, answer = role.deletion_tasks[-1]
    held = json.loads(answer)
    reason = held.get("Reason", {})
    usage = [
        (one["Region"], resource)
        for one in reason.get("RoleUsageList", ())
        for resource in one["Resources"]
    ]
    return Task(id, held["Status"], reason.get("Reason", ""), tuple(dict.fromkeys(usage)))


@dataclass(slots=True)
class _Seen:
    """What of the inventory speaks for or against a deletion."""

    users: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    counts: list[dict[str, Any]] = field(default_factory=list)


def predict(snapshot: Snapshot, role: Role) -> dict[str, Any]:
    """The ``slr`` part of a rehearsal (E-16); nothing is submitted to learn it (E-15).

    ``BLOCKED`` needs one resource, or a service that never agrees. ``CLEAR`` needs every Region
    that is enabled, every type of resource, and none found. Everything else is ``UNKNOWN``.
    """
    row = known_as(role)
    task = last_task(role)
    if task is not None and task.status == "FAILED":
        # E-15: what AWS answered takes the place of what the table foretells.
        users = list(dict.fromkeys(resource for _, resource in task.usage))
        note = row.prerequisite if row is not None else ""
        return _answer(BLOCKED, row=row, seen=_Seen(users=users), note=note, role=role, task=task)
    if row is None:
        note = "no prerequisite of this role is known"
        return _answer(UNKNOWN, note=note, role=role, task=task)
    if is_permanent(role):
        return _answer(BLOCKED, row=row, note=row.prerequisite, role=role)
    seen = _Seen()
    regions = sorted(
        {c.region for c in mentions_of(snapshot).coverage(role.account)} - {"global", ""}
    )
    named = any(snapshot.status(role.account, *call) == "complete" for call in _REGION_LISTS)
    if not (named and regions):
        seen.gaps.append(ALL_REGIONS)  # a Region that nobody named may hold one
    for type in row.types:
        _look(snapshot, role, row, type, regions, seen)
    unread = {count["region"] for count in seen.counts if not count["read"]}
    if not row.types:
        seen.gaps.append(row.prerequisite or "what its service asks for")
    if not is_certain(row, role):
        seen.gaps.append(f"whether the rule of {row.name or row.principal} is also this role's")
        seen.others, seen.users = [*seen.users, *seen.others], []
    prediction = BLOCKED if seen.users else UNKNOWN if seen.gaps else CLEAR
    return _answer(
        prediction,
        row=row,
        seen=seen,
        regions_seen=[region for region in regions if region not in unread] if row.types else [],
        note=row.prerequisite,
        role=role,
        task=task,
    )


def _look(
    snapshot: Snapshot, role: Role, row: LinkedRole, type: str, regions: list[str], seen: _Seen
) -> None:
    """Count one type of resource, Region by Region."""
    if type == "AWS::SSO::Assignment" and snapshot.assignments is not None:
        seen.users += sorted(
            {a.permission_set for a in snapshot.assignments if a.account == role.account}
        )
        return
    held = [w for w in mentions_of(snapshot).of_type(role.account, type) if _uses(row, w, role)]
    found = {w.arn: w.region for w in sorted(held, key=lambda w: w.arn)}
    counted = {} if row.uses == NAMED else _counted(snapshot, role.account, type)
    listed = [*found, *(f"{type} in {region} ({n})" for region, n in counted.items())]
    into = seen.others if row.uses == SOME else seen.users
    into += [one for one in listed if one not in into]
    if row.uses == SOME and listed:
        seen.gaps.append(f"which {type} it is for")
    unseen = _unseen(snapshot, role.account, type, regions)
    seen.gaps += [f"{region} {type}".strip() for region in unseen]
    for region in regions:
        number = sum(where == region for where in found.values()) or counted.get(region, 0)
        read = region not in unseen and unseen != [""]
        seen.counts.append({"type": type, "region": region, "found": number, "read": read})


def _uses(row: LinkedRole, resource: Workload, role: Role) -> bool:
    """Where a service has a role per use, only what names this one needs it (E-3)."""
    return row.uses != NAMED or resource.role in ("", role.arn)


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


def _counted(snapshot: Snapshot, account: str, type: str) -> dict[str, int]:
    """Resources that were listed and of which only their number was kept, Region by Region."""
    operation = _INSIDE.get(type, LISTED_BY.get(type, ""))
    named = {w.region for w in mentions_of(snapshot).of_type(account, type)}
    items = _items(snapshot, account, operation)
    return {region: number for region, number in items.items() if region not in named}


def _answer(
    prediction: str,
    *,
    role: Role,
    row: LinkedRole | None = None,
    seen: _Seen | None = None,
    regions_seen: list[str] | None = None,
    note: str = "",
    task: Task | None = None,
) -> dict[str, Any]:
    seen = seen or _Seen()
    permanent = row is not None and row.deletable == "no"
    answer: dict[str, Any] = {
        "prediction": prediction,
        "service": row.service if row is not None else role.linked_service,
        "purpose": role.description or (row.service if row is not None else ""),
        "known_as": row.name if row is not None else "",
        "deletable": row.deletable if row is not None else "?",
        "resources": seen.users,
        "maybe": seen.others,
        "inventory": seen.counts,
        "regions_seen": regions_seen or [],
        "not_collected": seen.gaps,
        "table_verified": row.verified if row is not None else "",
        "note": note,
        "may": [one for one in MAY if not (permanent and one == _ASKS)],
        "may_not": list(MAY_NOT),
        "again": (row.again if row is not None else "") or _AGAIN,
    }
    if task is not None:
        usage = [{"region": region, "resource": resource} for region, resource in task.usage]
        answer["task"] = {"id": task.id, "status": task.status, "reason": task.reason}
        answer["task"]["usage"] = usage
    if role.last_used is not None:
        where = f" in {role.last_used_region}" if role.last_used_region else ""
        answer["last_used"] = f"{role.last_used.date().isoformat()}{where}"
    return answer
