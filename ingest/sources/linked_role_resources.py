"""Resources that keep a service-linked role from being deleted, whether or not they name a role.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from iam.model import Workload
from ingest.draft import Draft, text
from ingest.reader import Page, Reader


@dataclass(frozen=True, slots=True)
class Row:
    """One type: the call that lists it, the list in its answer, and a resource's ARN.

    ``arn`` names the field that holds it; with a colon it is the ARN's end after the account, in
    which ``{}`` stands for the item or for the field after the bar.
    """

    type: str
    principal: str
    call: str
    items: str
    arn: str
    action: str


ROWS = (
    Row("AWS::AccessAnalyzer::Analyzer", "access-analyzer", "accessanalyzer/list-analyzers",
        "analyzers", "arn", "access-analyzer:ListAnalyzers"),
    Row("AWS::CloudHSM::Cluster", "cloudhsm", "cloudhsmv2/describe-clusters",
        "Clusters", "cloudhsm:cluster/{}|ClusterId", "cloudhsm:DescribeClusters"),
    Row("AWS::DAX::Cluster", "dax", "dax/describe-clusters",
        "Clusters", "ClusterArn", "dax:DescribeClusters"),
    Row("AWS::ECS::Cluster", "ecs", "ecs/list-clusters",
        "clusterArns", "", "ecs:ListClusters"),
    Row("AWS::EFS::FileSystem", "elasticfilesystem", "efs/describe-file-systems",
        "FileSystems", "FileSystemArn", "elasticfilesystem:DescribeFileSystems"),
    Row("AWS::ElastiCache::CacheCluster", "elasticache", "elasticache/describe-cache-clusters",
        "CacheClusters", "ARN", "elasticache:DescribeCacheClusters"),
    Row("AWS::ElasticLoadBalancing::LoadBalancer", "elasticloadbalancing",
        "elb/describe-load-balancers", "LoadBalancerDescriptions",
        "elasticloadbalancing:loadbalancer/{}|LoadBalancerName",
        "elasticloadbalancing:DescribeLoadBalancers"),
    Row("AWS::ElasticLoadBalancingV2::LoadBalancer", "elasticloadbalancing",
        "elbv2/describe-load-balancers", "LoadBalancers", "LoadBalancerArn",
        "elasticloadbalancing:DescribeLoadBalancers"),
    Row("AWS::FSx::FileSystem", "fsx", "fsx/describe-file-systems",
        "FileSystems", "ResourceARN", "fsx:DescribeFileSystems"),
    Row("AWS::GuardDuty::Detector", "guardduty", "guardduty/list-detectors",
        "DetectorIds", "guardduty:detector/{}", "guardduty:ListDetectors"),
    Row("AWS::MWAA::Environment", "airflow", "mwaa/list-environments",
        "Environments", "airflow:environment/{}", "airflow:ListEnvironments"),
    Row("AWS::MemoryDB::Cluster", "memorydb", "memorydb/describe-clusters",
        "Clusters", "ARN", "memorydb:DescribeClusters"),
    Row("AWS::NetworkFirewall::Firewall", "network-firewall", "network-firewall/list-firewalls",
        "Firewalls", "FirewallArn", "network-firewall:ListFirewalls"),
)  # fmt: skip
NEEDS = tuple(sorted({row.action for row in ROWS}))
SERVICE = "many"
OPERATIONS = tuple(row.call for row in ROWS)
SCOPE = "regional"
WITHOUT = "Whether a service would agree to the deletion of its service-linked role is not known."


def get(reader: Reader) -> Iterator[Page]:
    """Each list once."""
    for row in ROWS:
        yield from reader.call(row.call)


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """A workload without a role per resource: it holds the service's own role in place."""
    by_call = {row.call: row for row in ROWS}
    for page in pages:
        row = by_call[page.operation]
        if not row.arn or row.arn.endswith("{}"):
            for value in page.texts(row.items):
                _add(row, value, {}, page, page.place(row.items), draft)
        else:
            for item in page.items(row.items):
                _add(row, "", item.value, page, item.place, draft)


def _add(row: Row, name: str, value: dict[str, Any], page: Page, place: str, draft: Draft) -> None:
    pattern, _, field = row.arn.partition("|")
    found = name or text(value, field or pattern)
    if not found:
        page.state.gap(f"{place}: there is no name or ARN")
        return
    if ":" in pattern:
        service, _, rest = pattern.partition(":")
        where = f"{page.region}:{page.account}"
        found = f"arn:{draft.partition_of(page.account)}:{service}:{where}:{rest.format(found)}"
    draft.workloads[found, "", ""] = Workload(
        arn=found,
        type=row.type,
        account=page.account,
        region=page.region,
        service=f"{row.principal}.amazonaws.com",
        role="",
        place=place,
    )
