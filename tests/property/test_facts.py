"""Reading the facts back out of a graph changes nothing, whatever was read in."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from graph.build import build
from graph.facts import read_snapshot
from iam.assume import assume_edges
from iam.errors import StoreLoadingError, StoreUnavailableError
from iam.model import Assignment, Coverage, Snapshot
from ingest.snapshot import read
from tests.support.held import Answer, Held
from tests.support.snapshots import PARTS, SETS, snapshots
from tests.unit.iam.build import A, allow, role, snapshot, trust

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDERS = [
    REPOSITORY / "app" / "demo" / "organization",
    *sorted((REPOSITORY / "tests" / "accounts").iterdir()),
]


def differences(one: Snapshot, other: Snapshot) -> list[str]:
    """Names of the fields in which two snapshots differ."""
    return [
        field.name
        for field in dataclasses.fields(Snapshot)
        if getattr(one, field.name) != getattr(other, field.name)
    ]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_was_read_comes_back_equal(folder: Path) -> None:
    facts = read([folder])
    again = read_snapshot(Held(build(facts)))
    assert differences(again, facts) == []
    assert list(assume_edges(again)) == list(assume_edges(facts))
    assert build(again) == build(facts)


@settings(max_examples=150, deadline=None)
@given(snapshots)
def test_any_snapshot_comes_back_equal(facts: Snapshot) -> None:
    again = read_snapshot(Held(build(facts)))
    assert differences(again, facts) == []
    assert again.coverage == facts.coverage


@settings(max_examples=40, deadline=None)
@given(snapshots)
def test_any_snapshot_decides_the_same_afterwards(facts: Snapshot) -> None:
    again = read_snapshot(Held(build(facts)))
    assert list(assume_edges(again)) == list(assume_edges(facts))
    assert build(again) == build(facts)


def test_no_part_of_a_snapshot_is_left_out_of_the_law() -> None:
    assert PARTS.keys() == {field.name for field in dataclasses.fields(Snapshot)}


# --- one idea each ------------------------------------------------------------------------------


def test_many_pages_are_one_answer() -> None:
    lines = tuple(
        Coverage(account=A, region="global", service="iam", operation=f"o-{n}", status="complete")
        for n in range(4321)
    )
    assigned = tuple(
        Assignment(account=A, permission_set=SETS[0], principal=f"d-1/u-{n}", principal_type="USER")
        for n in range(2001)
    )
    facts = Snapshot(coverage=lines, assignments=assigned)
    again = read_snapshot(Held(build(facts)))
    assert again.coverage == lines
    assert again.assignments == assigned


def test_an_empty_store_says_that_nothing_was_loaded() -> None:
    class Empty:
        def read(self, cypher: str, params: object) -> Answer:
            return Answer()

    with pytest.raises(StoreUnavailableError):
        read_snapshot(Empty())


def test_facts_of_two_loads_are_never_mixed() -> None:
    old = Held(build(Snapshot(id="old", roles=snapshot(role("r", [])).roles)))
    new = Held(build(Snapshot(id="new", roles=snapshot(role("s", [trust("*")], allow())).roles)))

    class Switches:
        """Answers from the old graph until the load is done, then from the new one."""

        def __init__(self, after: int) -> None:
            self.left = after

        def read(self, cypher: str, params: Any) -> Answer:
            self.left -= 1
            return (old if self.left >= 0 else new).read(cypher, params)

    both = [read_snapshot(old), read_snapshot(new)]
    for after in range(30):
        assert read_snapshot(Switches(after)) in both

    class Restless:
        """Is loaded anew before every statement."""

        def __init__(self) -> None:
            self.turn = 0

        def read(self, cypher: str, params: Any) -> Answer:
            self.turn += 1
            held = Held(build(Snapshot(id=f"load-{self.turn}")))
            return held.read(cypher, params)

    with pytest.raises(StoreLoadingError):
        read_snapshot(Restless())
