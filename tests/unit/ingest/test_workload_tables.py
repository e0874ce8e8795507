"""What the tables of calls and workloads say is what botocore's models know, field by field."""

import re
from typing import Any

import pytest

from ingest.aws import action_of
from ingest.paging import mark_of
from ingest.sources import _table as table
from ingest.sources import by_operation
from tests.support.recorded import operation_model

CALLS = table.calls()
BEARERS = table.bearers()
NAMES = """
AWS::Amplify::App AWS::ApiGateway::Account AWS::ApiGateway::Authorizer AWS::ApiGateway::Method
AWS::ApiGatewayV2::Authorizer AWS::ApiGatewayV2::Integration AWS::AppRunner::Service
AWS::AppSync::DataSource AWS::AppSync::GraphQLApi AWS::AutoScaling::AutoScalingGroup
AWS::AutoScaling::LaunchConfiguration AWS::AutoScaling::LifecycleHook AWS::Backup::BackupSelection
AWS::Batch::ComputeEnvironment AWS::Batch::JobDefinition AWS::Bedrock::Agent
AWS::Bedrock::KnowledgeBase AWS::Budgets::BudgetsAction AWS::CloudFormation::Stack
AWS::CloudFormation::StackSet AWS::CloudTrail::Trail AWS::CodeBuild::Project
AWS::CodeDeploy::DeploymentGroup AWS::CodePipeline::Pipeline
AWS::Cognito::IdentityPoolRoleAttachment AWS::Cognito::UserPool AWS::Cognito::UserPoolGroup
AWS::Config::ConfigurationAggregator AWS::Config::ConfigurationRecorder AWS::DLM::LifecyclePolicy
AWS::DMS::Endpoint AWS::DataSync::LocationS3 AWS::EC2::FlowLog AWS::EC2::Instance
AWS::EC2::LaunchTemplate AWS::EC2::SpotFleet AWS::EC2::SpotInstanceRequest AWS::ECS::Service
AWS::ECS::TaskDefinition AWS::EKS::Addon AWS::EKS::Cluster AWS::EKS::FargateProfile
AWS::EKS::Nodegroup AWS::EKS::PodIdentityAssociation AWS::EMR::Cluster AWS::EMR::Studio
AWS::EMRServerless::Application AWS::ElasticBeanstalk::Environment AWS::Events::Rule
AWS::FIS::ExperimentTemplate AWS::Glue::Crawler AWS::Glue::DevEndpoint AWS::Glue::Job
AWS::Glue::MLTransform AWS::Glue::Session AWS::ImageBuilder::InfrastructureConfiguration
AWS::IoT::RoleAlias AWS::IoT::TopicRule AWS::KMS::Grant AWS::KinesisAnalyticsV2::Application
AWS::KinesisFirehose::DeliveryStream AWS::LakeFormation::Resource AWS::Lambda::Function
AWS::Logs::Destination AWS::Logs::SubscriptionFilter AWS::MWAA::Environment
AWS::OpenSearchService::Domain AWS::Pipes::Pipe AWS::QuickSight::DataSource AWS::RDS::DBCluster
AWS::RDS::DBInstance AWS::RDS::DBProxy AWS::Redshift::Cluster AWS::RedshiftServerless::Namespace
AWS::RolesAnywhere::Profile AWS::S3::BatchJob AWS::S3::Bucket AWS::SSM::MaintenanceWindowTask
AWS::SSM::ManagedInstanceActivation AWS::SageMaker::Domain AWS::SageMaker::Model
AWS::SageMaker::NotebookInstance AWS::SageMaker::Pipeline AWS::SageMaker::UserProfile
AWS::Scheduler::Schedule AWS::ServiceCatalog::LaunchRoleConstraint
AWS::StepFunctions::StateMachine AWS::Synthetics::Canary AWS::Transfer::Server AWS::Transfer::User
"""
CORE = NAMES.split()
"""Types that most accounts have and that hold a role: the first tier of the sweep."""
ELSEWHERE = {
    "AWS::ECS::TaskDefinition": "ecs/describe-task-definition",
    "AWS::EKS::Cluster": "eks/describe-cluster",
    "AWS::EKS::PodIdentityAssociation": "eks/describe-pod-identity-association",
    "AWS::KMS::Grant": "kms/list-grants",
    "AWS::Lambda::Function": "lambda/list-functions",
    "AWS::Logs::Destination": "logs/describe-destinations",
    "AWS::OpenSearchService::Domain": "opensearch/describe-domain",
    "AWS::RolesAnywhere::Profile": "rolesanywhere/list-profiles",
}
"""Types with a source of their own, which says more of them than their role."""
TOKENS = re.compile(
    "(next_?token|marker|next_?marker|position|lastevaluated.*|paginationtoken)", re.I
)


def shape_at(shape: Any, path: str) -> Any:
    """The shape at a path of the tables; None inside a text, which may hold JSON.

    Raises:
        AssertionError: The path leaves the model.
    """
    for step in path.split(".") if path else ():
        if shape.type_name == "string":
            return None
        name = step.removesuffix("[]").removesuffix("{}")
        assert shape.type_name == "structure", f"{path}: {shape.name} has no fields"
        assert name in shape.members, f"{path}: {shape.name} has no {name}"
        shape = shape.members[name]
        if step.endswith("[]"):
            assert shape.type_name == "list", f"{path}: {name} is no list"
            shape = shape.member
        elif step.endswith("{}"):
            assert shape.type_name == "map", f"{path}: {name} is no map"
            shape = shape.value
    return shape


def item_of(call: table.Call) -> Any:
    return shape_at(operation_model(call.operation).output_shape, call.at)


@pytest.mark.parametrize("call", CALLS.values(), ids=lambda call: call.operation)
def test_a_call_is_one_that_aws_has(call: table.Call) -> None:
    model = operation_model(call.operation)
    assert call.action == action_of(model.service_model, model.name)
    assert item_of(call).type_name in ("structure", "string")
    assert call.scope in ("global", "regional")
    assert call.how in ("", "apart", "theirs", "saved")


@pytest.mark.parametrize(
    "call", [c for c in CALLS.values() if c.how != "saved"], ids=lambda call: call.operation
)
def test_a_call_is_asked_as_aws_wants_it_and_all_its_pages(call: table.Call) -> None:
    model = operation_model(call.operation)
    given = {name.partition("[")[0] for name, _ in call.asks} | set(call.given)
    asked = model.input_shape
    assert asked is not None or not given
    if asked is not None:
        assert given <= set(asked.members)
        assert set(asked.required_members) <= given
    for name, value in call.asks:
        parameter = asked.members[name.partition("[")[0]]
        assert (parameter.type_name == "list") is name.endswith("]")
        leader = CALLS[call.under]
        if value == "@":
            assert item_of(leader).type_name == "string"
        elif value.startswith("request."):
            assert value.removeprefix("request.") in {n.partition("[")[0] for n, _ in leader.asks}
        elif not value.startswith("{"):
            assert shape_at(item_of(leader), value).type_name == "string"
    pages = [name for name in model.output_shape.members if TOKENS.fullmatch(name)]
    client = botocore_client(call.operation.partition("/")[0])
    method = call.operation.partition("/")[2].replace("-", "_")
    if pages:
        assert client.can_paginate(method) or mark_of(client, method) in pages


def botocore_client(service: str) -> Any:
    import boto3

    make: Any = boto3.client
    return make(service, region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")


@pytest.mark.parametrize(
    "call", [c for c in CALLS.values() if c.under], ids=lambda call: call.operation
)
def test_a_call_asks_on_about_a_list_of_its_own_service(call: table.Call) -> None:
    leader = CALLS[call.under]
    assert leader.operation.partition("/")[0] == call.operation.partition("/")[0]
    assert leader.scope == call.scope
    assert leader.at.endswith("[]")


@pytest.mark.parametrize(
    ("bearer", "operation"),
    [(b, c) for b in BEARERS for c in b.calls],
    ids=lambda v: v if isinstance(v, str) else v.principal,
)
def test_a_role_stands_where_the_table_says(bearer: table.Bearer, operation: str) -> None:
    call = CALLS[operation]
    item = item_of(call)
    for path in (*bearer.roles, *bearer.profiles):
        if path != table.EVERYWHERE:
            shape = shape_at(item, path)
            assert shape is None or shape.type_name == "string", path
    request = operation_model(operation).input_shape
    for field in re.findall(r"\{([A-Za-z0-9_.]+)\}", bearer.arn):
        if field.startswith("request."):
            assert field.removeprefix("request.") in request.members
        elif field not in ("partition", "region", "account"):
            assert shape_at(item, field).type_name == "string", field


def test_every_call_of_the_table_leads_to_something() -> None:
    shows = {name for bearer in BEARERS for name in bearer.calls}
    leads = {call.under for call in CALLS.values()}
    assert set(CALLS) - shows - leads == set()
    assert shows - set(CALLS) == set()
    theirs = {c.operation for c in CALLS.values() if c.how == "theirs"}
    assert theirs - set(by_operation()) == set()


def test_every_type_of_the_first_tier_has_a_source() -> None:
    assert len(CORE) == 90
    assert set(CORE) - {bearer.type for bearer in BEARERS} == set(ELSEWHERE)
    assert set(ELSEWHERE.values()) - set(by_operation()) == set()
