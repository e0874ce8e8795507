"""The edges of an account are those that its files speak of, kind by kind, and no others."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from graph.build import build
from graph.schema import edge_kinds
from ingest.snapshot import read
from tests.support.tree import REPOSITORY

GOLDEN = REPOSITORY / "tests" / "golden" / "edges"
CASES = [
    pytest.param(path, case, id=f"{path.stem}: {case['name']}")
    for path in sorted(GOLDEN.glob("*.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("path", "case"), CASES)
def test_the_edges_are_these(path: Path, case: dict[str, Any]) -> None:
    assert case["source"].startswith("https://docs.aws.amazon.com/")
    graph = build(read([GOLDEN / case["given"]]))
    shown = set().union(*(edge.keys() for edge in case["edges"])) - {"from", "to"}
    found = [
        {"from": edge.src, "to": edge.dst}
        | {name: value for name, value in edge.props.items() if name in shown}
        for edge in graph.edges
        if edge.type == path.stem.upper()
    ]
    assert found == case["edges"]


def test_every_kind_of_edge_has_a_golden_result() -> None:
    assert {path.stem.upper() for path in GOLDEN.glob("*.yaml")} == {
        kind.name for kind, _ in edge_kinds()
    }
