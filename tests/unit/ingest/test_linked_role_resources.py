"""What keeps a service-linked role is listed as botocore's models say, field by field."""

from pathlib import Path

import pytest

from iam.linked_roles import LISTED_BY
from ingest.aws import action_of
from ingest.snapshot import read_one
from ingest.sources.linked_role_resources import NAMESPACES, ROWS, Row
from tests.support.recorded import answers, operation_model
from tests.unit.ingest.given import DETAILS, A, details, role, saved


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.type)
def test_a_call_lists_what_the_row_says(row: Row) -> None:
    model = operation_model(row.call)
    assert row.action == action_of(model.service_model, model.name)
    listed = model.output_shape.members[row.items]
    assert listed.type_name == "list"
    field = row.arn.partition("|")[2] or ("" if ":" in row.arn else row.arn)
    for name in filter(None, (field, row.role)):
        assert listed.member.members[name].type_name == "string"
    assert (listed.member.type_name == "string") is (not field)
    asked = set(model.input_shape.required_members) if model.input_shape else set()
    assert asked == ({row.over[0]} if row.over[0] else set())
    assert LISTED_BY[row.type] == row.call


def test_every_namespace_of_application_auto_scaling_is_asked() -> None:
    asked = operation_model("application-autoscaling/describe-scalable-targets").input_shape
    assert list(NAMESPACES) == sorted(asked.members["ServiceNamespace"].enum)


def test_a_scalable_target_names_the_role_that_it_keeps(tmp_path: Path) -> None:
    linked = f"arn:aws:iam::{A}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/x"
    saved(tmp_path / A / DETAILS, details(role("r")))
    arn = f"arn:aws:application-autoscaling:eu-west-1:{A}:scalable-target/1a2b"
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/web/app",
        "ScalableDimension": "ecs:service:DesiredCount",
        "MinCapacity": 1,
        "MaxCapacity": 2,
        "RoleARN": linked,
        "CreationTime": "2026-01-01T00:00:00Z",
        "ScalableTargetARN": arn,
    }
    call = "application-autoscaling/describe-scalable-targets"
    asked = ({"ServiceNamespace": "ecs"}, {"ScalableTargets": [target]})
    answers(tmp_path, f"{A}/eu-west-1", call, [asked])
    (found,) = read_one(tmp_path).workloads
    assert (found.arn, found.role) == (arn, linked)
    assert found.type == "AWS::ApplicationAutoScaling::ScalableTarget"
