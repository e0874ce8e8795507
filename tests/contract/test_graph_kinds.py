"""Every kind of edge has its page, and the page says what the kind declares."""

import re

import pytest

from graph.schema import EdgeKind, edge_kinds, node_kinds
from tests.support.tree import REPOSITORY

KINDS = [kind for kind, _ in edge_kinds()]
EDGES = REPOSITORY / "docs" / "edges"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_page_of_an_edge_names_its_properties_and_has_a_query(kind: EdgeKind) -> None:
    page = (EDGES / f"{kind.name}.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert rows == [prop.name for prop in kind.properties]
    assert page.startswith(f"# {kind.name}\n\n> ")
    (query,) = re.findall(r"```cypher\n(.*?)```", page, re.DOTALL)
    assert f":{kind.name}" in query
    assert "ORDER BY" in query or "shortestPath" in query


def test_no_page_is_left_of_an_edge_that_is_gone() -> None:
    assert {path.stem for path in EDGES.glob("*.md")} == {kind.name for kind in KINDS}


def test_a_file_is_named_after_its_kind() -> None:
    for folder, kinds in (("nodes", node_kinds()), ("edges", edge_kinds())):
        for kind, derive in kinds:
            words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.name).lower()
            assert derive.__module__ == f"graph.{folder}.{words}"


def test_an_edge_says_first_what_it_means() -> None:
    for kind, derive in edge_kinds():
        module = (REPOSITORY / f"{derive.__module__.replace('.', '/')}.py").read_text("utf-8")
        assert module.startswith(f'"""{kind.name}: '), kind.name
