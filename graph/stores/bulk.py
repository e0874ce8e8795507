"""The embedded store is loaded past its log, into a database that nobody reads yet."""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any

from graph import schema
from graph.build import Graph
from graph.schema import FINGERPRINT, Edge, Value
from graph.stores.changes import SNAPSHOT, Prepared, PreparedNodes, now
from graph.stores.embedded import Loading
from iam.progress import Progress

STATEMENT_SECONDS = 30.0
"""No statement on the embedded store runs longer: the limit is the database's, for everybody."""

_ROWS = 10_000
_AHEAD = 3
"""Steps that are made but not taken yet: what they hold in memory is bounded by this."""

_json = json.JSONEncoder(separators=(",", ":")).encode


def load(
    loading: Loading,
    graph: Graph,
    nodes: PreparedNodes,
    whole: Callable[[], Prepared],
    progress: Progress,
) -> tuple[Prepared, Mapping[str, int]]:
    """Send a graph, and switch to it; gives all of it and the numbers of what was written.

    Args:
        loading: The connection, to which nothing was sent yet.
        graph: What to hold.
        nodes: Its nodes, hashed.
        whole: Hashes the rest; called while the server is busy with the nodes.
        progress: Told of what is written.
    """
    progress.start(len(graph.nodes) + len(graph.edges), "items", "loading")
    with ThreadPoolExecutor(1) as pool:
        sending = _Sending(pool, loading, progress)
        sending.step({"do": "schema"}, _json(_schema(graph, nodes)).encode())
        made: list[tuple[Sequence[str], Future[bytes]]] = []
        for labels, by_key in nodes.nodes.items():
            for rows in _batches(by_key.items()):
                body = ",".join(nodes.texts[str(props[FINGERPRINT])] for _, props in rows)
                head = {"do": "nodes", "labels": labels}
                sent = sending.step(head, f"[{body}]".encode(), len(rows))
                made.append(([key for key, _ in rows], sent))
        wanted = whole()
        snapshot: dict[str, Value] = {**wanted.snapshot, "since": now()}
        head = {"do": "nodes", "labels": [SNAPSHOT]}
        sent = sending.step(head, f"[{_json(snapshot)}]".encode())
        made.append(([str(snapshot["arn"])], sent))
        places: dict[str, str] = {}
        for keys, sent in made:
            places.update(zip(keys, sent.result().decode().split(";"), strict=True))
        by_type: dict[str, list[tuple[str, Edge]]] = {}
        for print_, edge in wanted.edges.items():
            by_type.setdefault(edge.type, []).append((print_, edge))
        for kind, edges in by_type.items():
            for part in _batches(edges):
                body = ",".join(_edge(wanted.texts[print_], edge, places) for print_, edge in part)
                sending.step({"do": "edges", "type": kind}, f"[{body}]".encode(), len(part))
        sending.step({"do": "finish"})
        sending.done()
    progress.finish()
    return wanted, {
        "nodes_created": wanted.node_count,
        "relationships_created": wanted.edge_count,
    }


class _Sending:
    """Steps go out in order on a thread of their own: the next is made while one is taken.

    Args:
        pool: The thread.
        loading: The connection.
        progress: Told of what was taken.
    """

    def __init__(self, pool: ThreadPoolExecutor, loading: Loading, progress: Progress) -> None:
        self._pool = pool
        self._loading = loading
        self._progress = progress
        self._open: deque[tuple[Future[bytes], int]] = deque()
        self._refused: Exception | None = None

    def step(self, head: Mapping[str, Any], body: bytes = b"", items: int = 0) -> Future[bytes]:
        """Send a step after those before it; waits while too many are open.

        Raises:
            StoreError: The server refused an earlier one.
        """
        while len(self._open) >= _AHEAD:
            self._settle()
        sent = self._pool.submit(self._send, head, body)
        self._open.append((sent, items))
        return sent

    def _send(self, head: Mapping[str, Any], body: bytes) -> bytes:
        """Send it, unless one before was refused: then that is what is wrong with this one, too."""
        if self._refused is not None:
            raise self._refused
        try:
            return self._loading.step(head, body)
        except Exception as error:
            self._refused = error
            raise

    def done(self) -> None:
        """Wait for all of them.

        Raises:
            StoreError: The server refused one.
        """
        while self._open:
            self._settle()

    def _settle(self) -> None:
        sent, items = self._open.popleft()
        sent.result()
        self._progress.advance(items)


def _edge(text: str, edge: Edge, places: Mapping[str, str]) -> str:
    ends = f'"_src":"{places[edge.src]}","_dst":"{places[edge.dst]}"'
    return f"{{{ends}}}" if text == "{}" else f"{{{ends},{text[1:]}"


def _schema(graph: Graph, nodes: PreparedNodes) -> dict[str, Any]:
    sets = [list(labels) for labels in nodes.nodes]
    labels = {label for labels in sets for label in labels}
    return {
        "labels": sorted(labels | {*schema.all_labels(), SNAPSHOT}),
        "types": sorted({*schema.edge_types(), *(edge.type for edge in graph.edges)}),
        "indexed": list(schema.indexed_labels()),
        "unique": list(schema.key_labels()),
        "sets": sets,
        "edges": len(graph.edges),
        "seconds": STATEMENT_SECONDS,
    }


def _batches(rows: Any) -> Iterator[Sequence[Any]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, _ROWS)):
        yield batch
