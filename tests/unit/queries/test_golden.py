"""A plain walk over the built graph gives the rows that every golden case expects."""

import pytest

from queries.catalogue import bind, catalogue, find
from tests.unit.queries.golden import CASES, FOLDER, Case, graph_of
from tests.unit.queries.walk import WALKS, Seen


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_walk_gives_the_expected_rows(case: Case) -> None:
    values = bind(find(case.query), case.params)
    assert WALKS[case.query](Seen(graph_of(case.given)), values) == case.expect


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_case_keeps_the_promises_of_the_front_matter(case: Case) -> None:
    query = find(case.query)
    names = query.column_names
    keys = [[row[names.index(column)] for column in query.key] for row in case.expect]
    assert all(len(row) == len(names) for row in case.expect)
    assert all(key not in keys[:place] for place, key in enumerate(keys))


def test_every_query_has_cases_one_of_them_with_rows_and_one_without() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(catalogue())
    lacking = {
        name: kind
        for name in catalogue()
        for kind, shown in (("rows", True), ("no rows", False))
        if not any(c.query == name and bool(c.expect) is shown for c in CASES)
    }
    assert lacking == {"accounts": "no rows"}  # a snapshot without an account has nothing to ask


def test_every_query_can_be_walked() -> None:
    assert set(WALKS) == set(catalogue())
