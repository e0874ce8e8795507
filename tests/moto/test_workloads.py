"""What runs with a role is found by asking on: lists, lists of lists, and things many at a time."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from iam.model import FIELD, Snapshot
from ingest import collect
from ingest.aws import Account
from ingest.job import Wanted, collect_aws
from ingest.permissions import actions
from ingest.snapshot import read_one
from ingest.sources import _table as table
from ingest.sources import name_of, sources
from tests.moto.conftest import REGION

ACCOUNT = "123456789012"
ROLES = f"arn:aws:iam::{ACCOUNT}:role"
OPS = f"{ROLES}/team/ops"
ASKED = (
    "apigateway",
    "autoscaling",
    "batch",
    "cloudformation",
    "codebuild",
    "codedeploy",
    "codepipeline",
    "config",
    "ec2",
    "ecs",
    "eks",
    "events",
    "glue",
    "iot",
    "scheduler",
    "stepfunctions",
)
"""Services of the tables that this AWS answers and that are filled here."""


def _fill() -> None:
    client: Any = boto3.client
    client("apigateway").create_rest_api(name="shop")
    api = client("apigateway").get_rest_apis()["items"][-1]["id"]
    root = client("apigateway").get_resources(restApiId=api)["items"][0]["id"]
    client("apigateway").put_method(
        restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE"
    )
    client("apigateway").put_integration(
        restApiId=api,
        resourceId=root,
        httpMethod="GET",
        type="AWS",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:{REGION}:sqs:path/{ACCOUNT}/orders",
        credentials=OPS,
    )
    groups = client("autoscaling")
    groups.create_launch_configuration(
        LaunchConfigurationName="l",
        ImageId="ami-1",
        InstanceType="t3.small",
        IamInstanceProfile="web",
    )
    groups.create_auto_scaling_group(
        AutoScalingGroupName="g",
        LaunchConfigurationName="l",
        MinSize=0,
        MaxSize=0,
        AvailabilityZones=[f"{REGION}a"],
    )
    groups.put_lifecycle_hook(
        LifecycleHookName="h",
        AutoScalingGroupName="g",
        LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING",
        RoleARN=OPS,
        NotificationTargetARN=f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders",
    )
    builds = client("codebuild")
    for number in range(3):
        builds.create_project(
            name=f"build-{number}",
            source={"type": "S3", "location": "bucket/path.zip"},
            artifacts={"type": "NO_ARTIFACTS"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "i",
                "computeType": "BUILD_GENERAL1_SMALL",
            },
            serviceRole=OPS,
        )
    deploy = client("codedeploy")
    deploy.create_application(applicationName="shop", computePlatform="Server")
    deploy.create_deployment_group(
        applicationName="shop", deploymentGroupName="all", serviceRoleArn=OPS
    )
    containers = client("ecs")
    containers.create_cluster(clusterName="c")
    containers.register_task_definition(
        family="f", containerDefinitions=[{"name": "n", "image": "i", "memory": 128}]
    )
    containers.create_service(
        cluster="c",
        serviceName="s",
        taskDefinition="f",
        desiredCount=1,
        role=OPS,
        loadBalancers=[{"loadBalancerName": "l", "containerName": "n", "containerPort": 80}],
    )
    kubernetes = client("eks")
    kubernetes.create_cluster(
        name="k", roleArn=OPS, resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"]}
    )
    kubernetes.create_nodegroup(
        clusterName="k", nodegroupName="n", subnets=["subnet-1"], nodeRole=OPS
    )
    kubernetes.create_fargate_profile(
        clusterName="k",
        fargateProfileName="p",
        podExecutionRoleArn=OPS,
        selectors=[{"namespace": "n"}],
    )
    events = client("events")
    events.put_rule(Name="r", ScheduleExpression="rate(1 day)")
    target = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:m"
    events.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": target, "RoleArn": OPS}])
    client("glue").create_job(Name="j", Role="ops", Command={"Name": "glueetl"})
    client("iot").create_role_alias(roleAlias="alias", roleArn=OPS)
    client("scheduler").create_schedule(
        Name="s",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": target, "RoleArn": OPS},
    )
    client("stepfunctions").create_state_machine(
        name="m", definition=json.dumps({"StartAt": "E", "States": {"E": {"Type": "Succeed"}}}),
        roleArn=OPS,
    )  # fmt: skip
    client("s3").put_bucket_versioning(
        Bucket="bucket-with", VersioningConfiguration={"Status": "Enabled"}
    )
    client("s3").put_bucket_versioning(
        Bucket="bucket-without", VersioningConfiguration={"Status": "Enabled"}
    )
    client("s3").put_bucket_replication(
        Bucket="bucket-with",
        ReplicationConfiguration={
            "Role": OPS,
            "Rules": [
                {
                    "ID": "r",
                    "Priority": 1,
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "DeleteMarkerReplication": {"Status": "Disabled"},
                    "Destination": {"Bucket": "arn:aws:s3:::bucket-without"},
                }
            ],
        },
    )


@pytest.fixture(autouse=True)
def only_these(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ("bucket_policies", "role_bearing_resources", "role_bearing_global")
    kept = tuple(source for source in sources() if name_of(source) in wanted)
    monkeypatch.setattr(collect, "sources", lambda: kept)
    services = {"s3", *ASKED}
    monkeypatch.setattr(
        collect,
        "services_of",
        lambda s: tuple(sorted({o.partition("/")[0] for o in s.OPERATIONS} & services)),
    )


@pytest.fixture
def snapshot(caller: Account, tmp_path: Path) -> Snapshot:
    if not boto3.client("codebuild").list_projects()["projects"]:
        _fill()
    return read_one(collect_aws(Wanted([caller], regions=[REGION]), "t", root=tmp_path))


CANNED = "arn:aws:iam::1234567890:role/my-auto-scaling-role"
"""The role that this AWS gives every lifecycle hook."""
EXPECTED = {
    "AWS::ApiGateway::Method": {"resourceMethods{}.methodIntegration.credentials"},
    "AWS::AutoScaling::LifecycleHook": {"RoleARN"},
    "AWS::CodeBuild::Project": {"serviceRole"},
    "AWS::CodeDeploy::DeploymentGroup": {"serviceRoleArn"},
    "AWS::ECS::Service": {"roleArn"},
    "AWS::EKS::FargateProfile": {"podExecutionRoleArn"},
    "AWS::EKS::Nodegroup": {"nodeRole"},
    "AWS::Events::Rule": {"Targets[].RoleArn"},
    "AWS::IoT::RoleAlias": {"roleArn"},
    "AWS::S3::Bucket": {"Role"},
    "AWS::Scheduler::Schedule": {"Target.RoleArn"},
    "AWS::StepFunctions::StateMachine": {"roleArn"},
}


def test_what_runs_with_a_role_is_found_wherever_it_is_listed(
    snapshot: Snapshot, caller: Account
) -> None:
    found: dict[str, set[str]] = {}
    for workload in snapshot.workloads:
        if workload.role in (OPS, CANNED):
            fields = {value for key, value in workload.facts if key == FIELD}
            found.setdefault(workload.type, set()).update(fields)
    assert {type: found.get(type) for type in EXPECTED} == EXPECTED
    projects = [w for w in snapshot.workloads if w.type == "AWS::CodeBuild::Project"]
    assert len(projects) == 3
    by_name = [w for w in snapshot.workloads if w.type == "AWS::Glue::Job"]
    assert [w.role for w in by_name] == [f"{ROLES}/ops"]
    held = [w for w in snapshot.workloads if w.type == "AWS::AutoScaling::LaunchConfiguration"]
    assert {w.instance_profile for w in held} == {f"arn:aws:iam::{ACCOUNT}:instance-profile/web"}
    (bucket,) = [w for w in snapshot.workloads if w.type == "AWS::S3::Bucket"]
    assert (bucket.arn, bucket.region) == ("arn:aws:s3:::bucket-with", "global")
    assert caller.asked.actions - set(actions()) == set()


def test_many_things_are_asked_for_in_one_call(snapshot: Snapshot) -> None:
    pages = {f"{c.service}/{c.operation}": c.pages for c in snapshot.coverage if not c.resource}
    assert pages["codebuild/batch-get-projects"] == 1


def test_each_call_that_was_made_or_had_nothing_to_ask_is_in_the_coverage(
    snapshot: Snapshot,
) -> None:
    # This AWS lacks the lists, so it is not known whether there was something to ask about.
    lacking = {"eks/describe-access-entry", "eks/describe-addon"}
    states = {f"{c.service}/{c.operation}": c.status for c in snapshot.coverage if not c.resource}
    wanted = {
        name
        for name, call in table.calls().items()
        if name.partition("/")[0] in ASKED and call.how not in ("saved", "theirs")
    }
    assert wanted - set(states) - lacking == set()
    assert states["s3/get-bucket-replication"] == "complete"
