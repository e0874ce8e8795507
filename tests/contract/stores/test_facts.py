"""A reader that sees only a store decides as one that saw AWS's own answers."""

import dataclasses
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from graph.build import build
from graph.facts import read_snapshot
from graph.stores import Store
from iam.assume import assume_edges
from iam.model import Snapshot
from ingest.snapshot import read
from tests.support.servers import Servers
from tests.support.snapshots import snapshots
from tests.support.tree import REPOSITORY

DEMO = REPOSITORY / "app" / "demo" / "organization"
ACCOUNTS = REPOSITORY / "tests" / "accounts"
FOLDERS = [
    DEMO,
    *(ACCOUNTS / name for name in ("i_organization", "d_user", "h_federation", "h_scp_unread")),
]
ELSEWHERE = {"ASSUMED": ACCOUNTS / "assumed"}
"""Where an edge is shown that the demo lacks: nobody asked CloudTrail there."""
PAGES = sorted((REPOSITORY / "docs" / "edges").glob("*.md"))


@cache
def facts_of(folder: Path) -> Snapshot:
    return read([folder])


@pytest.fixture(scope="module")
def demo(server: Servers) -> Iterator[Store]:
    """A store that holds the demo."""
    with server.emptied():
        store = server.open()
        store.load(build(facts_of(DEMO)))
        yield store


def test_the_demo_comes_back_equal(demo: Store) -> None:
    assert read_snapshot(demo) == facts_of(DEMO)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_example_of_every_edge_runs_and_finds_something(demo: Store, page: Path) -> None:
    (query,) = re.findall(r"```cypher\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    other = ELSEWHERE.get(page.stem)
    if other is None:
        assert demo.read(query, {}).rows != []
        return
    demo.load(build(facts_of(other)))
    try:
        assert demo.read(query, {}).rows != []
    finally:
        demo.load(build(facts_of(DEMO)))


def test_counts_of_labels_and_types_are_those_of_the_graph(demo: Store) -> None:
    graph = build(facts_of(DEMO))
    for label in ("Role", "ServiceRole", "ServiceLinkedRole", "Account", "Policy", "Coverage"):
        (row,) = demo.read(f"MATCH (n:{label}) RETURN count(n) AS n", {}).rows
        assert row["n"] == sum(label in node.labels for node in graph.nodes), label
    for kind in ("CAN_ASSUME", "TRUSTS", "HAS_POLICY", "BLOCKS_DELETION_OF"):
        (row,) = demo.read(f"MATCH ()-[e:{kind}]->() RETURN count(e) AS n", {}).rows
        assert row["n"] == sum(edge.type == kind for edge in graph.edges), kind


@pytest.mark.parametrize("folder", FOLDERS[1:], ids=lambda folder: folder.name)
def test_what_was_read_comes_back_equal(stores: Servers, folder: Path) -> None:
    store = stores.open()
    store.load(build(facts_of(folder)))
    again = read_snapshot(store)
    assert again == facts_of(folder)
    assert list(assume_edges(again)) == list(assume_edges(facts_of(folder)))


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(facts=snapshots)
def test_any_snapshot_comes_back_equal(stores: Servers, facts: Snapshot) -> None:
    store = stores.open()
    store.load(build(facts), replace=True)
    again = read_snapshot(store)
    for field in dataclasses.fields(Snapshot):
        found: Any = getattr(again, field.name)
        assert found == getattr(facts, field.name), field.name
