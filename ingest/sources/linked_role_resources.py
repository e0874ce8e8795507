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
    which ``{}`` stands for the item or for the field after the bar. ``role`` is the field that
    names the role where a service has one per use; ``over`` a parameter that is asked for each of
    its values.
    """

    type: str
    principal: str
    call: str
    items: str
    arn: str
    action: str
    role: str = ""
    over: tuple[str, tuple[str, ...]] = ("", ())


NAMESPACES = (
    "appstream", "cassandra", "comprehend", "custom-resource", "dynamodb", "ec2", "ecs",
    "elasticache", "elasticmapreduce", "kafka", "lambda", "neptune", "rds", "sagemaker",
    "workspaces",
)  # fmt: skip
"""Every namespace of Application Auto Scaling; each has a service-linked role of its own."""
ROWS = (
    Row("AWS::AccessAnalyzer::Analyzer", "access-analyzer", "accessanalyzer/list-analyzers",
        "analyzers", "arn", "access-analyzer:ListAnalyzers"),
    Row("AWS::AmazonMQ::Broker", "mq", "mq/list-brokers",
        "BrokerSummaries", "BrokerArn", "mq:ListBrokers"),
    Row("AWS::AppRunner::VpcConnector", "networking.apprunner", "apprunner/list-vpc-connectors",
        "VpcConnectors", "VpcConnectorArn", "apprunner:ListVpcConnectors"),
    Row("AWS::ApplicationAutoScaling::ScalableTarget", "application-autoscaling",
        "application-autoscaling/describe-scalable-targets",
        "ScalableTargets", "ScalableTargetARN", "application-autoscaling:DescribeScalableTargets",
        "RoleARN", ("ServiceNamespace", NAMESPACES)),
    Row("AWS::Backup::Framework", "reports.backup", "backup/list-frameworks",
        "Frameworks", "FrameworkArn", "backup:ListFrameworks"),
    Row("AWS::Backup::ReportPlan", "reports.backup", "backup/list-report-plans",
        "ReportPlans", "ReportPlanArn", "backup:ListReportPlans"),
    Row("AWS::Backup::RestoreTestingPlan", "restore-testing.backup",
        "backup/list-restore-testing-plans",
        "RestoreTestingPlans", "RestoreTestingPlanArn", "backup:ListRestoreTestingPlans"),
    Row("AWS::CloudHSM::Cluster", "cloudhsm", "cloudhsmv2/describe-clusters",
        "Clusters", "cloudhsm:cluster/{}|ClusterId", "cloudhsm:DescribeClusters"),
    Row("AWS::DAX::Cluster", "dax", "dax/describe-clusters",
        "Clusters", "ClusterArn", "dax:DescribeClusters"),
    Row("AWS::DMS::ReplicationConfig", "dms", "dms/describe-replication-configs",
        "ReplicationConfigs", "ReplicationConfigArn", "dms:DescribeReplicationConfigs"),
    Row("AWS::DSQL::Cluster", "dsql", "dsql/list-clusters",
        "clusters", "arn", "dsql:ListClusters"),
    Row("AWS::EC2::ClientVpnEndpoint", "clientvpn", "ec2/describe-client-vpn-endpoints",
        "ClientVpnEndpoints", "ec2:client-vpn-endpoint/{}|ClientVpnEndpointId",
        "ec2:DescribeClientVpnEndpoints"),
    Row("AWS::EC2::IPAM", "ipam", "ec2/describe-ipams",
        "Ipams", "IpamArn", "ec2:DescribeIpams"),
    Row("AWS::EC2::InstanceConnectEndpoint", "ec2-instance-connect",
        "ec2/describe-instance-connect-endpoints",
        "InstanceConnectEndpoints", "InstanceConnectEndpointArn",
        "ec2:DescribeInstanceConnectEndpoints"),
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
    Row("AWS::FSx::Backup", "fsx", "fsx/describe-backups",
        "Backups", "ResourceARN", "fsx:DescribeBackups"),
    Row("AWS::FSx::FileSystem", "fsx", "fsx/describe-file-systems",
        "FileSystems", "ResourceARN", "fsx:DescribeFileSystems"),
    Row("AWS::Grafana::Workspace", "grafana", "grafana/list-workspaces",
        "workspaces", "grafana:/workspaces/{}|id", "grafana:ListWorkspaces"),
    Row("AWS::GuardDuty::Detector", "guardduty", "guardduty/list-detectors",
        "DetectorIds", "guardduty:detector/{}", "guardduty:ListDetectors"),
    Row("AWS::InternetMonitor::Monitor", "internetmonitor", "internetmonitor/list-monitors",
        "Monitors", "MonitorArn", "internetmonitor:ListMonitors"),
    Row("AWS::KafkaConnect::Connector", "kafkaconnect", "kafkaconnect/list-connectors",
        "connectors", "connectorArn", "kafkaconnect:ListConnectors"),
    Row("AWS::Lambda::CapacityProvider", "lambda", "lambda/list-capacity-providers",
        "CapacityProviders", "CapacityProviderArn", "lambda:ListCapacityProviders"),
    Row("AWS::M2::Environment", "m2", "m2/list-environments",
        "environments", "environmentArn", "m2:ListEnvironments"),
    Row("AWS::MWAA::Environment", "airflow", "mwaa/list-environments",
        "Environments", "airflow:environment/{}", "airflow:ListEnvironments"),
    Row("AWS::MemoryDB::Cluster", "memorydb", "memorydb/describe-clusters",
        "Clusters", "ARN", "memorydb:DescribeClusters"),
    Row("AWS::NetworkFirewall::Firewall", "network-firewall", "network-firewall/list-firewalls",
        "Firewalls", "FirewallArn", "network-firewall:ListFirewalls"),
    Row("AWS::NetworkFirewall::FirewallPolicy", "network-firewall",
        "network-firewall/list-firewall-policies",
        "FirewallPolicies", "Arn", "network-firewall:ListFirewallPolicies"),
    Row("AWS::NetworkFirewall::RuleGroup", "network-firewall", "network-firewall/list-rule-groups",
        "RuleGroups", "Arn", "network-firewall:ListRuleGroups"),
    Row("AWS::NetworkMonitor::Monitor", "networkmonitor", "networkmonitor/list-monitors",
        "monitors", "monitorArn", "networkmonitor:ListMonitors"),
    Row("AWS::OSIS::Pipeline", "osis", "osis/list-pipelines",
        "Pipelines", "PipelineArn", "osis:ListPipelines"),
    Row("AWS::OpenSearchServerless::Collection", "observability.aoss",
        "opensearchserverless/list-collections",
        "collectionSummaries", "arn", "aoss:ListCollections"),
    Row("AWS::VpcLattice::ResourceConfiguration", "vpc-lattice",
        "vpc-lattice/list-resource-configurations",
        "items", "arn", "vpc-lattice:ListResourceConfigurations"),
    Row("AWS::VpcLattice::ResourceGateway", "vpc-lattice", "vpc-lattice/list-resource-gateways",
        "items", "arn", "vpc-lattice:ListResourceGateways"),
    Row("AWS::VpcLattice::Service", "vpc-lattice", "vpc-lattice/list-services",
        "items", "arn", "vpc-lattice:ListServices"),
    Row("AWS::VpcLattice::ServiceNetwork", "vpc-lattice", "vpc-lattice/list-service-networks",
        "items", "arn", "vpc-lattice:ListServiceNetworks"),
    Row("AWS::VpcLattice::TargetGroup", "vpc-lattice", "vpc-lattice/list-target-groups",
        "items", "arn", "vpc-lattice:ListTargetGroups"),
)  # fmt: skip
NEEDS = tuple(sorted({row.action for row in ROWS}))
SERVICE = "many"
OPERATIONS = tuple(row.call for row in ROWS)
SCOPE = "regional"
WITHOUT = "Whether a service would agree to the deletion of its service-linked role is not known."


def get(reader: Reader) -> Iterator[Page]:
    """Each list once; once for each value of what it is asked over."""
    for row in ROWS:
        parameter, values = row.over
        if parameter:
            yield from reader.each(row.call, ({parameter: value} for value in values))
        else:
            yield from reader.call(row.call)


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """A workload; it names a role only where the service has one per use."""
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
    role = text(value, row.role) if row.role else ""
    draft.workloads[found, role, ""] = Workload(
        arn=found,
        type=row.type,
        account=page.account,
        region=page.region,
        service=f"{row.principal}.amazonaws.com",
        role=role,
        place=place,
    )
