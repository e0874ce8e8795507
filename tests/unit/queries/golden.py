"""Golden cases of the catalogue are data: an account, parameters, and the rows that are due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from graph.build import Graph, build
from iam.dead_ids import recalled
from ingest.snapshot import read
from tests.support.tree import REPOSITORY

FOLDER = REPOSITORY / "tests" / "golden" / "queries"
DEMO = REPOSITORY / "app" / "demo" / "organization"


@dataclass(frozen=True)
class Case:
    """One case: ``expect`` has the rows in order, each in the order of the columns."""

    query: str
    name: str
    given: Path
    params: Mapping[str, Any]
    expect: Sequence[Sequence[Any]]

    def __str__(self) -> str:
        return f"{self.query}: {self.name}"


def _case(query: str, told: dict[str, Any]) -> Case:
    unknown = told.keys() - {"name", "given", "params", "expect"}
    assert not unknown, f"{query}.yaml: {told['name']}: unknown {sorted(unknown)}"
    return Case(
        query,
        told["name"],
        (FOLDER / told["given"]).resolve(),
        told.get("params", {}),
        told["expect"],
    )


CASES = [
    _case(path.stem, told)
    for path in sorted(FOLDER.glob("*.yaml"))
    for told in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@cache
def graph_of(given: Path) -> Graph:
    """The graph of an account or organization, built once.

    Where a folder ``<name>_earlier`` lies beside it, that is the snapshot that was loaded before.
    """
    facts, earlier = read([given]), given.with_name(f"{given.name}_earlier")
    if earlier.is_dir():
        known = read([earlier]).by_unique_id
        facts = recalled(facts, {id: entity.arn for id, entity in known.items()})
    return build(facts)
