"""Every row of the workload tables is read from an answer that botocore's model allows.

The answers are made from the model: each field that the row names holds a role of its own.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from iam.deletion import rehearse
from iam.model import Snapshot
from ingest.snapshot import read_one
from ingest.sources import _table as table
from tests.support.recorded import answer, answers, operation_model
from tests.unit.ingest.given import DETAILS, A, details, role, saved

ROLES = f"arn:aws:iam::{A}:role"
FIELD = re.compile(r"\{([A-Za-z0-9_.]+)\}")


def made(shape: Any, given: Mapping[str, Any]) -> Any:
    """A value of a shape: what is given stands at its path, the rest is what the model demands."""
    kind = shape.type_name
    least = shape.metadata.get("min", 0)
    if "" in given and kind not in ("list", "map"):
        return given[""]
    if kind == "structure":
        names = {path.partition(".")[0] for path in given} | {
            f"{name}" for name in shape.required_members
        }
        plain = {re.sub(r"[\[\]{}]+$", "", name) for name in names}
        return {name: made(shape.members[name], _inner(given, name)) for name in sorted(plain)}
    if kind == "list":
        return [made(shape.member, given)] if given or least else []
    if kind == "map":
        return {"key": made(shape.value, given)} if given else {}
    if kind == "string" and given:
        return json.dumps(_held(given))
    if kind == "string":
        return (shape.enum or ["x" * max(least, 1)])[0]
    if kind in ("integer", "long"):
        return max(least, 1)
    return {"boolean": False, "double": 1.0, "timestamp": "2026-01-01T00:00:00Z"}[kind]


def _held(given: Mapping[str, Any]) -> dict[str, Any]:
    """What a text that is JSON itself holds at some paths."""
    found: dict[str, Any] = {}
    for path, value in given.items():
        *steps, last = path.replace("**", "States.Each.Iterator.States.Run").split(".")
        inner = found
        for step in steps:
            inner = inner.setdefault(step, {})
        inner[last] = value
    return found


def _inner(given: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = {}
    for path, value in given.items():
        head, _, rest = path.partition(".")
        if re.sub(r"[\[\]{}]+$", "", head) == name:
            found[rest] = value
    return found


def item_of(call: table.Call) -> Any:
    shape = operation_model(call.operation).output_shape
    for step in call.at.split(".") if call.at else ():
        shape = shape.members[step.removesuffix("[]")]
        shape = shape.member if step.endswith("[]") else shape
    return shape


def save(folder: Path, call: table.Call, bearer: table.Bearer, values: Mapping[str, Any]) -> None:
    """An answer that holds these values, and what is in the resource's ARN."""
    item: dict[str, Any] = {}
    request = {name.partition("[")[0]: "asked" for name, _ in call.asks}
    for field in FIELD.findall(bearer.arn):
        if not field.startswith("request.") and field not in ("partition", "region", "account"):
            whole = bearer.arn == f"{{{field}}}"
            name = field.ljust(36, "x")  # as long as AWS's ids are
            item[field] = f"arn:aws:x:eu-west-1:{A}:thing/{name}" if whole else name
    response = made(item_of(call), {**item, **values})
    for step in reversed(call.at.split(".") if call.at else ()):
        name = step.removesuffix("[]")
        response = {name: [response] if step.endswith("[]") else response}
    output = operation_model(call.operation).output_shape
    missing = {n: made(output.members[n], {}) for n in output.required_members if n not in response}
    where = f"{A}/{'global' if call.scope == 'global' else 'eu-west-1'}"
    if call.under or call.how == "saved":
        answers(folder, where, call.operation, [(request, {**missing, **response})])
    else:
        answer(folder, where, call.operation, {**missing, **response})


CASES = [
    pytest.param(bearer, name, id=f"{bearer.type} {bearer.principal} {name}")
    for bearer in table.bearers()
    for name in bearer.calls
]


@pytest.mark.parametrize(("bearer", "name"), CASES)
def test_every_field_of_a_row_is_read(bearer: table.Bearer, name: str, tmp_path: Path) -> None:
    call = table.calls()[name]
    values: dict[str, Any] = {}
    for kind, paths in (("role", bearer.roles), ("instance-profile", bearer.profiles)):
        for path in paths:
            if path != table.EVERYWHERE:
                name = re.sub("[^A-Za-z]", "-", path)
                values[path] = f"arn:aws:iam::{A}:{kind}/{name}"
    expected = set(values.values())
    save(tmp_path, call, bearer, values)
    found = [w for w in read_one(tmp_path).workloads if w.type == bearer.type]
    mine = {w.role or w.instance_profile for w in found if w.service == bearer.principal}
    assert mine == expected
    assert all(w.arn.startswith("arn:aws:") and not FIELD.search(w.arn) for w in found)
    fields = {
        value
        for w in found
        if w.service == bearer.principal
        for key, value in w.facts
        if key == "field"
    }
    assert fields <= {*bearer.roles, *bearer.profiles}


def read(folder: Path, operation: str, response: Mapping[str, Any]) -> Snapshot:
    saved(folder / A / DETAILS, details(role("r")))
    answer(folder, f"{A}/eu-west-1", operation, response)
    return read_one(folder)


def test_a_role_in_a_field_that_no_row_names_is_found_by_its_arn(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/dms/latest/APIReference/API_S3Settings.html"""
    arn = f"arn:aws:dms:eu-west-1:{A}:endpoint:E"
    endpoint = {"EndpointArn": arn, "S3Settings": {"ServiceAccessRoleArn": f"{ROLES}/r"}}
    snapshot = read(tmp_path, "dms/describe-endpoints", {"Endpoints": [endpoint]})
    (workload,) = snapshot.workloads
    assert (workload.arn, workload.role) == (arn, f"{ROLES}/r")
    assert workload.facts == (("field", "S3Settings.ServiceAccessRoleArn"),)
    (soft,) = [s for s in rehearse(snapshot, f"{ROLES}/r")["soft"] if s["kind"] == "workload"]
    assert soft["evidence"].endswith("runs with it (S3Settings.ServiceAccessRoleArn)")


def test_a_role_that_is_only_mentioned_is_said_with_less_confidence(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html"""
    stack = {
        "StackId": f"arn:aws:cloudformation:eu-west-1:{A}:stack/s/1",
        "StackName": "s",
        "CreationTime": "2026-01-01T00:00:00Z",
        "StackStatus": "CREATE_COMPLETE",
        "RoleARN": f"{ROLES}/other",
        "Description": f"made for {ROLES}/r, once",
    }
    snapshot = read(tmp_path, "cloudformation/describe-stacks", {"Stacks": [stack]})
    uses = {w.role: w.facts for w in snapshot.workloads}
    assert uses == {
        f"{ROLES}/other": (("field", "RoleARN"),),
        "": (("mentions Description", f"{ROLES}/r"),),
    }
    (soft,) = [s for s in rehearse(snapshot, f"{ROLES}/r")["soft"] if s["id"] == stack["StackId"]]
    assert (soft["kind"], soft["confidence"]) == ("mentioned", "medium")
    assert "Description" in soft["evidence"]


def test_iam_roles_of_a_namespace_stand_inside_a_text(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_Namespace.html"""
    namespace = {
        "namespaceArn": f"arn:aws:redshift-serverless:eu-west-1:{A}:namespace/n",
        "iamRoles": [f"IamRole(applyStatus=in-sync, iamRoleArn={ROLES}/r)"],
    }
    operation = "redshift-serverless/list-namespaces"
    snapshot = read(tmp_path, operation, {"namespaces": [namespace]})
    assert [w.role for w in snapshot.workloads] == [f"{ROLES}/r"]


def test_the_credentials_of_a_caller_are_no_role(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html"""
    method = {"httpMethod": "GET", "methodIntegration": {"credentials": "arn:aws:iam::*:user/*"}}
    items = [{"id": "r1", "resourceMethods": {"GET": method}}]
    answers(
        tmp_path,
        f"{A}/eu-west-1",
        "apigateway/get-resources",
        [({"restApiId": "a1"}, {"items": items})],
    )
    assert read_one(tmp_path).workloads == ()
