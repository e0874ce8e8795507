"""Every row of the table of service-linked roles is matched, counted and answered as E says."""

from collections.abc import Sequence
from typing import Any

import pytest

from iam import linked_roles
from iam.linked_roles import LISTED_BY, LinkedRole, known_as, predict
from iam.model import Coverage, Role, Snapshot, Workload

ACCOUNT, REGIONS = "111111111111", ("eu-west-1", "us-east-1")
ROWS = linked_roles.table()


def named(row: LinkedRole) -> str:
    return f"{row.principal or 'unknown.amazonaws.com'}/{row.name or 'nameless'}"


def role_of(row: LinkedRole, name: str = "") -> Role:
    """The role of a row as AWS makes it; where a service has one per use, with a suffix."""
    principal = row.principal or "unknown.amazonaws.com"
    name = name or (row.name or "AWSServiceRoleForX") + ("_one" if row.suffix else "")
    path = f"/aws-service-role/{principal}/"
    return Role(
        arn=f"arn:aws:iam::{ACCOUNT}:role{path}{name}", name=name, account=ACCOUNT, path=path
    )


def line(operation: str, region: str, status: str = "complete", items: int = 0) -> Coverage:
    service, _, call = operation.partition("/")
    return Coverage(
        account=ACCOUNT,
        region=region,
        service=service,
        operation=call,
        status=status,
        items=items,
    )


def inventory(
    row: LinkedRole, unread: str = "", resources: Sequence[Workload] = ()
) -> tuple[Role, Snapshot]:
    """Everything that the row asks for was read in two Regions, but for one call in the second."""
    lines = {("account/list-regions", "global"): line("account/list-regions", "global")}
    for region in REGIONS:
        lines["ec2/describe-instances", region] = line("ec2/describe-instances", region)
        for type in row.types:
            operation = LISTED_BY.get(type)
            if operation is not None and (operation, region) != (unread, REGIONS[1]):
                lines[operation, region] = line(operation, region)
    role = role_of(row)
    return role, Snapshot(
        roles={role.arn: role}, coverage=tuple(lines.values()), workloads=tuple(resources)
    )


def resource(row: LinkedRole, type: str, role: str = "") -> Workload:
    return Workload(
        arn=f"arn:aws:x:{REGIONS[0]}:{ACCOUNT}:thing/{type}",
        type=type,
        account=ACCOUNT,
        region=REGIONS[0],
        service=row.principal,
        role=role,
    )


def gaps(row: LinkedRole) -> list[str]:
    """What stays unknown however much was read."""
    return [type for type in row.types if type not in LISTED_BY]


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_a_row_is_found_by_principal_and_suffix(row: LinkedRole) -> None:
    """E-2, E-3: the path names the service, the name the use."""
    role = role_of(row)
    assert known_as(role) is row
    assert known_as(role_of(row, role.name.upper())) is row
    if row.name:
        assert linked_roles.is_certain(row, role)
    if row.name and row.principal:
        assert known_as(role_of(row, f"{row.name}_a1b2c3")) is row


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_a_row_says_whose_it_is_what_may_be_done_and_how_well_it_is_known(row: LinkedRole) -> None:
    """E-6, E-13, E-17, and the level of verification of the table."""
    role, snapshot = inventory(row)
    found = predict(snapshot, role)
    assert found["service"] == row.service != ""
    assert found["purpose"] == row.service
    assert (found["known_as"], found["table_verified"]) == (row.name, row.verified)
    assert found["deletable"] == row.deletable
    assert found["note"] == row.prerequisite
    assert any("iam:UpdateRoleDescription" in one for one in found["may"])
    assert any("trust" in one for one in found["may_not"])
    assert any("permissions policies" in one for one in found["may_not"])
    asks = any("iam:DeleteServiceLinkedRole" in one for one in found["may"])
    assert asks is (row.deletable != "no")
    assert found["again"].startswith(("whoever ", "its service"))


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_an_inventory_without_any_of_its_resources_clears_what_can_be_cleared(
    row: LinkedRole,
) -> None:
    """E-16: CLEAR with the Regions covered, UNKNOWN with what no call lists."""
    role, snapshot = inventory(row)
    found = predict(snapshot, role)
    if row.deletable == "no":
        assert (found["prediction"], found["resources"]) == ("BLOCKED", [])
        return
    can_clear = bool(row.types) and not gaps(row) and bool(row.name)
    assert found["prediction"] == ("CLEAR" if can_clear else "UNKNOWN")
    assert (found["not_collected"] == []) is can_clear
    for type in gaps(row):
        assert type in found["not_collected"]
    if can_clear:
        assert found["regions_seen"] == list(REGIONS)
        assert {(c["type"], c["region"], c["found"], c["read"]) for c in found["inventory"]} == {
            (type, region, 0, True) for type in row.types for region in REGIONS
        }


TYPED = [(row, type) for row in ROWS for type in row.types]


@pytest.mark.parametrize(
    ("row", "type"), TYPED, ids=lambda v: v if isinstance(v, str) else named(v)
)
def test_one_resource_of_a_type_is_counted_where_it_stands(row: LinkedRole, type: str) -> None:
    """E-16: one blocks; where only some of the type do, or one that names another role: no."""
    mine = role_of(row).arn if row.uses == "named" else ""
    thing = resource(row, type, mine)
    role, snapshot = inventory(row, resources=[thing])
    found = predict(snapshot, role)
    blocks = row.uses != "some"
    assert found["resources"] == ([thing.arn] if blocks else [])
    assert found["maybe"] == ([] if blocks else [thing.arn])
    assert found["prediction"] == ("BLOCKED" if blocks else "UNKNOWN")
    here = [c for c in found["inventory"] if (c["type"], c["region"]) == (type, REGIONS[0])]
    assert [c["found"] for c in here] == [1]
    if row.uses == "named":
        other = resource(row, type, f"{mine}_other")
        role, snapshot = inventory(row, resources=[other])
        assert predict(snapshot, role)["resources"] == []


@pytest.mark.parametrize(
    ("row", "type"),
    [(row, type) for row, type in TYPED if type in LISTED_BY],
    ids=lambda v: v if isinstance(v, str) else named(v),
)
def test_one_region_that_was_not_read_prevents_clear(row: LinkedRole, type: str) -> None:
    role, snapshot = inventory(row, unread=LISTED_BY[type])
    found = predict(snapshot, role)
    assert found["prediction"] == "UNKNOWN"
    assert f"{REGIONS[1]} {type}" in found["not_collected"]
    assert found["regions_seen"] == [REGIONS[0]] if not gaps(row) else True
    missing = [c for c in found["inventory"] if c["type"] == type and not c["read"]]
    assert [c["region"] for c in missing] == [REGIONS[1]]


def test_a_name_that_the_table_does_not_have_is_only_whose_it_is() -> None:
    """What another role of the service waits for is no proof for this one."""
    row = next(row for row in ROWS if row.principal == "ecs.amazonaws.com")
    role = role_of(row, "AWSServiceRoleForSomethingNew")
    cluster = resource(row, "AWS::ECS::Cluster")
    for resources in ([], [cluster]):
        _, snapshot = inventory(row, resources=resources)
        found = predict(snapshot, role)
        assert found["prediction"] == "UNKNOWN"
        assert (
            "whether the rule of AWSServiceRoleForECS is also this role's"
            in (found["not_collected"])
        )
        assert found["maybe"] == [one.arn for one in resources]


@pytest.mark.parametrize(
    ("principal", "name", "row"),
    [
        ("ecs.amazonaws.com.cn", "AWSServiceRoleForECS", "AWSServiceRoleForECS"),
        ("events.workmail.amazonaws.com", "AmazonWorkMailEvents",
         "AWSServiceRoleForAmazonWorkMailEvents"),
        ("rum.amazonaws.com", "AWSServiceRoleForCloudWatchRUM", "AWSServiceRoleForCloudWatchRUM"),
        ("autoscaling.amazonaws.com", "AWSServiceRoleForAutoScaling_batch",
         "AWSServiceRoleForAutoScaling"),
        ("dms.amazonaws.com", "AWSServiceRoleForMigrationHubDMSAccess",
         "AWSServiceRoleForMigrationHubDMSAccess"),
    ],
)  # fmt: skip
def test_other_spellings_and_partitions_are_the_same_role(
    principal: str, name: str, row: str
) -> None:
    path = f"/aws-service-role/{principal}/"
    role = Role(
        arn=f"arn:aws:iam::{ACCOUNT}:role{path}{name}", name=name, account=ACCOUNT, path=path
    )
    found = known_as(role)
    assert found is not None and found.name == row


def test_what_its_description_says_is_what_a_role_is_for() -> None:
    row = next(row for row in ROWS if row.principal == "ecs.amazonaws.com")
    role, snapshot = inventory(row)
    told: Any = Role(
        arn=role.arn, name=role.name, account=ACCOUNT, path=role.path, description="Runs tasks."
    )
    assert predict(snapshot, told)["purpose"] == "Runs tasks."


def test_the_table_is_whole() -> None:
    assert len(ROWS) > 250
    assert len({(row.principal, row.name) for row in ROWS}) == len(ROWS)
    assert {row.deletable for row in ROWS} == {"yes", "no", "auto", "?"}
    assert {row.uses for row in ROWS} == {"", "each", "named", "some"}
    for row in ROWS:
        assert row.name or row.principal
        assert bool(row.types) is bool(row.uses)
        assert not row.principal or row.principal.endswith(".amazonaws.com")
        assert row.uses == "named" or not (row.suffix and row.types)
    assert set(LISTED_BY) <= {type for row in ROWS for type in row.types}
