"""Saved deletion tasks are read as botocore's model gives them, and name what blocks."""

import json
from pathlib import Path
from typing import Any

import pytest

from iam.deletion import rehearse
from iam.errors import SourceFormatError
from ingest.permissions import actions
from ingest.snapshot import read_one
from ingest.sources import linked_role_deletions
from tests.support.recorded import answers
from tests.support.tree import REPOSITORY
from tests.unit.ingest.given import DETAILS, A, details, role, saved

CALL = linked_role_deletions.OPERATIONS[0]
NAME = "ecs.amazonaws.com/AWSServiceRoleForECS"
ECS = f"arn:aws:iam::{A}:role/aws-service-role/{NAME}"
TASK = f"task/aws-service-role/{NAME}/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
OLDER = f"task/aws-service-role/{NAME}/6f1c2a34-5b6d-4e7f-8a9b-0c1d2e3f4a5b"
REFUSED = REPOSITORY / "tests" / "accounts" / "d_linked_role_refused"


def failed(*usage: dict[str, Any]) -> dict[str, Any]:
    return {"Status": "FAILED", "Reason": {"Reason": "In use.", "RoleUsageList": list(usage)}}


def rehearsed(folder: Path, *tasks: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """The rehearsal of the role after these answers, which botocore's model allows."""
    path = f"/aws-service-role/{NAME.partition('/')[0]}/"
    linked = role(NAME.partition("/")[2], Path=path, Arn=ECS)
    saved(folder / A / DETAILS, details(linked))
    lines = [({"DeletionTaskId": id}, answer) for id, answer in tasks]
    answers(folder, f"{A}/global", CALL, lines)
    return rehearse(read_one(folder), ECS)


def test_a_failed_task_links_to_each_resource_that_blocks() -> None:
    answer = rehearse(read_one(REFUSED), ECS)
    assert [(one["kind"], one["id"]) for one in answer["hard"]] == [
        ("service_linked_role", "ecs.amazonaws.com"),
        ("deletion_task", f"arn:aws:ecs:eu-west-1:{A}:cluster/web"),
        ("deletion_task", f"arn:aws:ecs:us-east-1:{A}:cluster/old"),
    ]
    assert answer["hard"][1]["evidence"] == (
        f"iam:GetServiceLinkedRoleDeletionStatus of {TASK}: FAILED: "
        "The role is in use by Amazon ECS resources. (eu-west-1)"
    )
    assert [note for note in answer["runbook"]["notes"] if "cluster/web: that goes first" in note]
    slr = answer["slr"]
    assert slr["prediction"] == "BLOCKED"
    assert slr["resources"] == [one["id"] for one in answer["hard"][1:]]
    assert (slr["task"]["id"], slr["task"]["status"]) == (TASK, "FAILED")
    assert {one["region"] for one in slr["task"]["usage"]} == {"eu-west-1", "us-east-1"}


def test_a_service_that_names_nothing_is_blocked_by_its_answer(tmp_path: Path) -> None:
    """E-11: the list is there only if the service returns it."""
    answer = rehearsed(tmp_path, (TASK, {"Status": "FAILED", "Reason": {"Reason": "In use."}}))
    assert [one["id"] for one in answer["hard"][1:]] == [TASK]
    assert answer["hard"][1]["evidence"].endswith("FAILED: In use.")
    assert (answer["slr"]["prediction"], answer["slr"]["resources"]) == ("BLOCKED", [])


@pytest.mark.parametrize("status", ["NOT_STARTED", "IN_PROGRESS", "SUCCEEDED"])
def test_a_task_that_did_not_fail_blocks_nothing(tmp_path: Path, status: str) -> None:
    answer = rehearsed(tmp_path, (TASK, {"Status": status}))
    assert [one["kind"] for one in answer["hard"]] == ["service_linked_role"]
    assert answer["slr"]["task"]["status"] == status
    assert answer["slr"]["prediction"] == "UNKNOWN"


def test_the_newest_answer_counts(tmp_path: Path) -> None:
    """E-11: a new submission after a failure is a new task; the same task may be asked again."""
    usage = {"Region": "eu-west-1", "Resources": ["arn:aws:ecs:eu-west-1:1:cluster/c"]}
    answer = rehearsed(tmp_path, (OLDER, failed(usage)), (TASK, {"Status": "IN_PROGRESS"}))
    assert answer["slr"]["task"]["id"] == TASK
    assert len(answer["hard"]) == 1
    again = rehearsed(
        tmp_path / "again",
        (OLDER, {"Status": "IN_PROGRESS"}),
        (TASK, {"Status": "IN_PROGRESS"}),
        (OLDER, failed(usage)),
    )
    assert [one["id"] for one in again["hard"][1:]] == usage["Resources"]


@pytest.mark.parametrize(
    ("request_", "response", "said"),
    [
        ({}, {"Status": "FAILED"}, "expected a request with the DeletionTaskId"),
        ({"DeletionTaskId": "task/x"}, {"Status": "FAILED"}, "expected a request with"),
        ({"DeletionTaskId": TASK}, {"Status": "DONE"}, "expected one of NOT_STARTED"),
    ],
)
def test_what_is_no_answer_about_a_task_is_refused(
    tmp_path: Path, request_: dict[str, str], response: dict[str, str], said: str
) -> None:
    saved(tmp_path / A / DETAILS, details(role("r")))
    line = json.dumps({"request": request_, "response": response})
    saved(tmp_path / A / "global" / f"{CALL}.jsonl", line + "\n")
    with pytest.raises(SourceFormatError, match=said):
        read_one(tmp_path)


def test_nothing_asks_aws_for_tasks() -> None:
    """No call of AWS lists them."""
    assert (linked_role_deletions.NEEDS, linked_role_deletions.SCOPE) == ((), "offline")
    assert "iam:GetServiceLinkedRoleDeletionStatus" not in actions()
