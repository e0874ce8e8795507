"""A dead id is told by the ARN that it had in any earlier snapshot of the data set."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from graph.build import Graph
from ingest.job import ingest_files
from tests.unit.ingest.given import A, details, role, saved

DAY = datetime(2026, 1, 1, tzinfo=UTC)
GONE = "AROAGONE2345672345672"
ARN = f"arn:aws:iam::{A}:role/pipeline"


class Taker:
    """A store that keeps the last graph it was given."""

    def load(self, graph: Graph, **_: Any) -> None:
        self.graph = graph

    def meant(self) -> dict[str, str]:
        """The unique ids of the graph with what each meant."""
        return {
            node.arn: str(node.props.get("meant", ""))
            for node in self.graph.nodes
            if "ExternalPrincipal" in node.labels
        }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "home"


def trusting(name: str, *principals: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"AWS": list(principals)}}
    document = {"Statement": [{**statement, "Action": "sts:AssumeRole"}]}
    return {**role(name), "AssumeRolePolicyDocument": document}


def load(root: Path, tmp_path: Path, day: int, *roles: dict[str, Any]) -> dict[str, str]:
    """Load some roles on a day; gives the ids of the graph that came of it."""
    store: Any = Taker()
    saved(tmp_path / f"{day}.json", details(*roles))
    ingest_files([tmp_path / f"{day}.json"], store, "d", root=root, now=DAY + timedelta(days=day))
    return dict(store.meant())


PIPELINE = {**role("pipeline"), "RoleId": GONE}


def test_a_dead_id_is_the_role_that_an_earlier_snapshot_held(root: Path, tmp_path: Path) -> None:
    assert load(root, tmp_path, 1, PIPELINE, trusting("r", ARN)) == {}
    assert load(root, tmp_path, 2, trusting("r", GONE)) == {GONE: ARN}


def test_it_is_still_told_when_other_snapshots_lie_between(root: Path, tmp_path: Path) -> None:
    load(root, tmp_path, 1, PIPELINE, trusting("r", ARN))
    load(root, tmp_path, 2, role("r"))
    load(root, tmp_path, 3, role("s"))
    assert load(root, tmp_path, 4, trusting("r", GONE)) == {GONE: ARN}


def test_a_role_of_the_same_name_is_somebody_else(root: Path, tmp_path: Path) -> None:
    load(root, tmp_path, 1, PIPELINE, trusting("r", ARN))
    new = {**PIPELINE, "RoleId": "AROANEW23456723456723"}
    assert load(root, tmp_path, 2, new, trusting("r", GONE, ARN)) == {GONE: ARN}


def test_an_id_that_no_snapshot_held_stays_unknown(root: Path, tmp_path: Path) -> None:
    load(root, tmp_path, 1, PIPELINE)
    assert load(root, tmp_path, 2, trusting("r", "AIDAOTHER234567234567")) == {
        "AIDAOTHER234567234567": ""
    }


@pytest.mark.parametrize("content", [None, "", "[]", '{"snapshots": 7, "arns": []}', "\xff"])
def test_a_lost_memory_is_made_again_of_the_kept_snapshots(
    content: str | None, root: Path, tmp_path: Path
) -> None:
    load(root, tmp_path, 1, PIPELINE, trusting("r", ARN))
    memory = root / "d" / "identities.json"
    if content is None:
        memory.unlink()
    else:
        memory.write_text(content, encoding="latin-1")
    assert load(root, tmp_path, 2, trusting("r", GONE)) == {GONE: ARN}


def test_a_kept_snapshot_that_nobody_can_read_is_passed_over(
    root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    load(root, tmp_path, 1, PIPELINE)
    load(root, tmp_path, 2, role("r"))
    (root / "d" / "identities.json").unlink()
    for folder in (root / "d" / "snapshots").iterdir():
        if folder.name.startswith("20260102"):
            for file in folder.rglob("*.json"):
                file.unlink()
                file.write_text("no json")
    assert load(root, tmp_path, 3, trusting("r", GONE)) == {GONE: ""}
    assert "whom it held is not known" in caplog.text


def test_the_same_load_again_gives_the_same_graph(root: Path, tmp_path: Path) -> None:
    load(root, tmp_path, 1, PIPELINE, trusting("r", ARN))
    first: Any = Taker()
    again: Any = Taker()
    answers = saved(tmp_path / "b.json", details(trusting("r", GONE)))
    for store in (first, again):
        ingest_files([answers], store, "d", root=root, now=DAY + timedelta(days=2))
    assert first.graph == again.graph
