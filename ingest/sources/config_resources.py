"""SelectAggregateResourceConfig: roles of resources that an aggregator of AWS Config has recorded.

Source:
    https://docs.aws.amazon.com/config/latest/APIReference/API_SelectAggregateResourceConfig.html
    https://docs.aws.amazon.com/config/latest/developerguide/querying-AWS-resources.html
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from iam import arn as arns
from iam.model import FIELD, Workload
from ingest.draft import Draft, text
from ingest.reader import Page, Reader
from ingest.sources._asking import Requests, pairs
from ingest.sources._table import bearers
from ingest.sources._workloads import holders_in, put_workload

NEEDS = (
    "config:DescribeConfigurationAggregators",
    "config:SelectAggregateResourceConfig",
)
SERVICE = "config"
LIST = "config/describe-configuration-aggregators"
SELECT = "config/select-aggregate-resource-config"
OPERATIONS = (SELECT,)
AFTER = {SELECT: LIST}
SCOPE = "regional"
COST = (
    "one page for each hundred resources of all accounts and Regions that an aggregator gathers; "
    "what Config has not recorded yet, or does not record, is not in it"
)
WITHOUT = (
    "What runs with a role is then known from each service's own calls alone; where those were "
    "refused, nothing stands in for them."
)
RECORDED = (
    "AWS::AppRunner::Service",
    "AWS::AutoScaling::LaunchConfiguration",
    "AWS::Batch::ComputeEnvironment",
    "AWS::CloudFormation::Stack",
    "AWS::CloudTrail::Trail",
    "AWS::CodeBuild::Project",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::CodePipeline::Pipeline",
    "AWS::DMS::Endpoint",
    "AWS::EC2::Instance",
    "AWS::EC2::LaunchTemplate",
    "AWS::EC2::SpotFleet",
    "AWS::ECS::Service",
    "AWS::ECS::TaskDefinition",
    "AWS::EKS::Cluster",
    "AWS::EKS::FargateProfile",
    "AWS::Glue::Job",
    "AWS::IoT::RoleAlias",
    "AWS::KinesisFirehose::DeliveryStream",
    "AWS::Lambda::Function",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
    "AWS::S3::Bucket",
    "AWS::SageMaker::Model",
    "AWS::StepFunctions::StateMachine",
    "AWS::Transfer::Server",
)
"""Types that hold a role and that AWS Config records."""
_OTHERS = {
    "AWS::EC2::Instance": "ec2.amazonaws.com",
    "AWS::ECS::TaskDefinition": "ecs-tasks.amazonaws.com",
    "AWS::EKS::Cluster": "eks.amazonaws.com",
    "AWS::Lambda::Function": "lambda.amazonaws.com",
}


def expression() -> str:
    """The query: every resource of these types with its configuration."""
    types = ", ".join(f"'{type}'" for type in RECORDED)
    return (
        "SELECT accountId, awsRegion, resourceType, resourceId, arn, configuration "
        f"WHERE resourceType IN ({types})"
    )


def get(reader: Reader) -> Iterator[Page]:
    """The query, of each aggregator of the Region."""
    names = Requests(pairs("ConfigurationAggregatorName=ConfigurationAggregatorName"))
    for page in reader.call(LIST):
        names.add(page, "ConfigurationAggregators[]")
    query = expression()
    yield from reader.each(SELECT, [{**name, "Expression": query} for name in names.all()])


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """A workload per resource and role that its configuration names in a field for roles."""
    for page in pages:
        for index, row in enumerate(page.texts("Results"), page.offsets.get("Results", 0)):
            place = page.place("Results", index)
            try:
                value = json.loads(row)
            except ValueError:
                page.state.gap(f"{place}: expected JSON")
                continue
            if isinstance(value, dict):
                _add(value, place, draft)


def _add(value: dict[str, Any], place: str, draft: Draft) -> None:
    type, arn = text(value, "resourceType"), text(value, "arn")
    if arns.parse(arn) is None:
        return  # without its ARN it could not be told from what the service itself says
    for path, held in holders_in(value.get("configuration")):
        is_profile = ":instance-profile/" in held
        if not is_profile and "role" not in path.rpartition(".")[2].lower():
            continue
        put_workload(
            draft,
            Workload(
                arn=arn,
                type=type,
                account=text(value, "accountId"),
                region=text(value, "awsRegion"),
                service=_service(type),
                role="" if is_profile else held,
                instance_profile=held if is_profile else "",
                place=place,
                facts=((FIELD, f"configuration.{path}"),),
            ),
        )


def _service(type: str) -> str:
    """The service that assumes a role for a type of resource."""
    found = (b.principal for b in bearers() if b.type == type)
    return _OTHERS.get(type) or next(found, "")
