"""Every query of the catalogue gives the same rows on both stores and on a plain Python walk."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.build import Graph
from graph.stores import Store
from iam.errors import QueryError
from queries.catalogue import Query, catalogue, find, run
from tests.support.servers import Servers
from tests.unit.queries.golden import CASES, DEMO, graph_of
from tests.unit.queries.walk import WALKS, Seen

GIVEN = sorted({case.given for case in CASES})
_ENDS = 5


@pytest.fixture(scope="module", params=GIVEN, ids=lambda path: path.name)
def loaded(request: pytest.FixtureRequest, server: Servers) -> Iterator[tuple[Path, Store]]:
    """A store that holds one of the accounts of the golden cases."""
    with server.emptied():
        store = server.open()
        store.load(graph_of(request.param))
        yield request.param, store


def answered(store: Store, query: str, params: dict[str, Any]) -> list[list[Any]]:
    """Rows of a query, each in the order of its columns."""
    found = run(store, query, params, limit=100_000)
    assert found.columns == find(query).column_names
    assert not found.truncated
    return [[row[column] for column in found.columns] for row in found.rows]


def test_golden_cases_hold(loaded: tuple[Path, Store]) -> None:
    given, store = loaded
    for case in CASES:
        if case.given == given:
            assert answered(store, case.query, dict(case.params)) == case.expect, str(case)


def test_rows_are_those_of_a_walk(loaded: tuple[Path, Store]) -> None:
    given, store = loaded
    graph = graph_of(given)
    seen = Seen(graph)
    for query in catalogue().values():
        for params in asked(query, graph):
            assert answered(store, query.name, params) == WALKS[query.name](seen, params), (
                f"{query.name} {params}"
            )


def asked(query: Query, graph: Graph) -> Iterator[dict[str, Any]]:
    """Parameters to try: some principals and roles spread over the graph, every option."""
    roles = _spread(sorted(node.arn for node in graph.nodes if "Role" in node.labels))
    starts = _spread(sorted({e.src for e in graph.edges if e.type == "CAN_ASSUME"}))
    accounts = sorted({str(n.props["account"]) for n in graph.nodes if "Account" in n.labels})
    needed = {p.name for p in query.params if p.required}
    if needed == {"from", "to"}:
        yield from ({"from": start, "to": role} for start in starts for role in roles)
    elif needed == {"role"}:
        yield from ({"role": role} for role in roles)
    elif needed == {"entity"}:
        held = sorted({e.dst for e in graph.edges if e.type == "BLOCKS_DELETION_OF"})
        yield from ({"entity": one} for one in [*roles, *held])
    elif needed == {"principal"}:
        yield from ({"principal": start} for start in starts)
    elif needed == {"account"}:
        yield from ({"account": account} for account in accounts)
    else:
        assert not needed, f"{query.name}: the test does not know how to give {needed}"
        yield {}
    first: dict[str, Any] = {"to": roles[0], "role": roles[0], "account": accounts[0]}
    base = {name: first.get(name, starts[0]) for name in needed}
    for parameter in query.params:
        if parameter.type == "account":
            yield from (base | {parameter.name: account} for account in accounts)
        elif parameter.type == "bool":
            yield base | {parameter.name: True}
        elif parameter.type == "int" and parameter.name == "max_hops":
            yield from (base | {parameter.name: hops} for hops in (1, 2))


def _spread(keys: list[str]) -> list[str]:
    return keys[:: max(1, len(keys) // _ENDS)]


def test_a_limit_cuts_and_says_so(server: Servers) -> None:
    with server.emptied():
        store = server.open()
        store.load(graph_of(DEMO))
        for name in ("most_reached_roles", "longest_chains", "service_roles"):
            whole = run(store, name, limit=100_000)
            cut = run(store, name, limit=3)
            assert cut.truncated
            assert cut.rows == whole.rows[:3]
            exact = run(store, name, limit=len(whole.rows))
            assert not exact.truncated
            assert exact.rows == whole.rows


def test_an_empty_answer_still_has_its_columns(server: Servers) -> None:
    with server.emptied():
        store = server.open()
        store.load(graph_of(GIVEN[0]))
        for query in catalogue().values():
            wanted = [p for p in query.params if p.required]
            params = {p.name: "0" * 12 if p.type == "account" else "nobody" for p in wanted}
            found = run(store, query.name, params)
            assert found.columns == query.column_names
            if params:
                assert found.rows == []


def test_a_value_is_data_and_never_part_of_the_statement(server: Servers) -> None:
    with server.emptied():
        store = server.open()
        store.load(graph_of(DEMO))
        hostile = "x'}) DETACH DELETE r //"
        assert run(store, "deletion_blockers", {"entity": hostile}).rows == []
        assert len(run(store, "roles_by_blockers").rows) > 100
        with pytest.raises(QueryError):
            run(store, "accounts", {"account": hostile})
