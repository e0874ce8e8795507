"""Whoever is killed, readers see an old graph, a new one, or that a load is running."""

import random
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from graph.stores import Store, arcade
from graph.stores.embedded import Loading
from iam.errors import StoreError, StoreLoadingError
from iam.progress import NoProgress
from tests.contract.stores.graphs import held, many, shape
from tests.contract.stores.loader import EDGES, NODES
from tests.support.servers import Servers, server_pid
from tests.support.tree import REPOSITORY

pytestmark = pytest.mark.slow


def _load(stores: Servers, id: str, seed: int, step: int = -1) -> subprocess.CompletedProcess[str]:
    import os

    return subprocess.run(
        [
            *(sys.executable, "-m", "tests.contract.stores.loader"),
            *(stores.url or "embedded", str(stores.home), id, str(seed), str(step)),
        ],
        cwd=REPOSITORY,
        env={**os.environ, **stores.environment()},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_load_killed_at_ten_random_points(stores: Servers) -> None:
    old, new = many("old", NODES, EDGES, 1), many("new", NODES, EDGES, 2)
    store = stores.open()
    store.load(old)
    done = _load(stores, "new", 2)
    assert done.returncode == 0, done.stderr
    steps = int(done.stdout)
    assert steps > (10 if stores.name == "neo4j" else 2)
    assert held(store) == shape(new)
    points = [random.Random(point).randrange(steps + 1) for point in range(10)]
    seen = set()
    for number, point in enumerate(points):
        before, after, seed = (new, old, 1) if number % 2 == 0 else (old, new, 2)
        died = _load(stores, after.snapshot_id, seed, point)
        assert died.returncode == -9, (point, died.stderr)
        seen.add(_what_is_seen(store, before.snapshot_id))
        if store.state().state == "ready":
            assert held(store) in (shape(before), shape(after))
        # The next load repairs, whether it is the same one or goes back.
        repaired = before if number % 3 == 0 else after
        store.load(repaired)
        assert held(store) == shape(repaired)
        assert store.state().snapshot_id == repaired.snapshot_id
        if repaired is before:
            store.load(after)
    # The embedded store switches at once; its last steps are counted after they were sent.
    assert "loading" in seen if stores.name == "neo4j" else "old" in seen <= {"old", "new"}


def _what_is_seen(store: Store, before: str) -> str:
    state = store.state()
    if state.state == "loading":
        assert state.since.endswith("Z")
        with pytest.raises(StoreLoadingError, match="a load is running since") as raised:
            store.read("MATCH (n) RETURN count(n)")
        assert "rolepath ingest" in raised.value.help
        with pytest.raises(StoreLoadingError):
            store.console("MATCH (n) RETURN count(n)")
        return "loading"
    return "old" if state.snapshot_id == before else "new"


def test_a_reader_never_sees_half_a_snapshot(stores: Servers) -> None:
    writer, reader = stores.open(), stores.open()
    graphs = [many(f"s{seed}", NODES, EDGES, seed) for seed in range(4)]
    writer.load(graphs[0])
    over = threading.Event()
    seen: list[frozenset[str]] = []
    waited = []

    def read() -> None:
        while not over.is_set():
            try:
                rows = reader.read(
                    "MATCH (r:Role) RETURN DISTINCT split(r.name, ' of ')[1] AS s"
                ).rows
            except StoreLoadingError:
                waited.append(1)
            else:
                seen.append(frozenset(row["s"] for row in rows))

    thread = threading.Thread(target=read)
    thread.start()
    try:
        for made in graphs[1:] * 2:
            writer.load(made)
    finally:
        over.set()
        thread.join()
    assert seen
    assert all(len(found) == 1 for found in seen), set(seen)
    assert held(reader) == shape(graphs[-1])


class GoesAwayAtTheEnd(Loading):
    """Sends the last step of a load, and does not live to hear the answer."""

    def step(self, head: Mapping[str, Any], body: bytes = b"") -> bytes:
        if head["do"] != "finish":
            return super().step(head, body)
        arcade.send(self._stream, head, body)
        raise EOFError("killed")


@pytest.mark.parametrize("server", ["embedded"], indirect=True)
def test_a_load_waits_for_the_switch_of_one_that_was_killed(
    stores: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = many("old", NODES, EDGES, 1), many("new", NODES, EDGES, 2)
    store = stores.open()
    store.load(old)
    for _ in range(5):
        with monkeypatch.context() as patched:
            patched.setattr("graph.stores.embedded.Loading", GoesAwayAtTheEnd)
            with pytest.raises(StoreError, match="went away during the load"):
                store.load(new)
        # The server is about to switch to the new one: that must not come after this load.
        store.load(old)
        assert store.state().snapshot_id == "old"
        assert held(store) == shape(old)


class KillsServer(NoProgress):
    """Kills the embedded server at a step."""

    def __init__(self, stores: Servers, step: int) -> None:
        self.stores = stores
        self.step = step
        self.steps = 0

    def advance(self, n: int = 1) -> None:
        import os
        import signal

        self.steps += 1
        if self.steps == self.step:
            os.kill(server_pid(self.stores.folder()), signal.SIGKILL)


@pytest.mark.parametrize("server", ["embedded"], indirect=True)
def test_an_embedded_server_killed_during_a_load(stores: Servers) -> None:
    old, new = many("old", NODES, EDGES, 1), many("new", NODES, EDGES, 2)
    store = stores.open()
    store.load(old)
    for step in (1, 2, 3):
        with pytest.raises(StoreError, match="went away during the load") as raised:
            store.load(new, progress=KillsServer(stores, step))
        assert "load again" in raised.value.help
        assert store.state().snapshot_id == "old"
        assert held(store) == shape(old)
    store.load(new)
    assert held(store) == shape(new)
