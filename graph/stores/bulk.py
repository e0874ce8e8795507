"""The embedded store is loaded past its log, into a database that nobody reads yet."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from graph import schema
from graph.schema import FINGERPRINT, Edge, Value
from graph.stores.changes import SNAPSHOT, Prepared, now
from graph.stores.embedded import Loading
from iam.progress import Progress

STATEMENT_SECONDS = 30.0
"""No statement on the embedded store runs longer: the limit is the database's, for everybody."""

_ROWS = 10_000
_json = json.JSONEncoder(separators=(",", ":")).encode


def load(loading: Loading, wanted: Prepared, progress: Progress) -> Mapping[str, int]:
    """Send the graph, and switch to it; gives the numbers of what was written."""
    progress.start(wanted.node_count + wanted.edge_count, "items", "loading")
    by_type: dict[str, list[tuple[str, Edge]]] = {}
    for print_, edge in wanted.edges.items():
        by_type.setdefault(edge.type, []).append((print_, edge))
    loading.step({"do": "schema"}, _json(_schema(wanted, by_type)).encode())
    places: dict[str, str] = {}
    snapshot: dict[str, Value] = {**wanted.snapshot, "since": now()}
    for labels, by_key in ((SNAPSHOT,), {str(snapshot["arn"]): snapshot}), *wanted.nodes.items():
        for rows in _batches(by_key.items()):
            body = ",".join(_node(wanted, props) for _, props in rows)
            answer = loading.step({"do": "nodes", "labels": labels}, f"[{body}]".encode())
            made = answer.decode().split(";")
            places.update(zip((key for key, _ in rows), made, strict=True))
            progress.advance(len(rows))
    for kind, edges in by_type.items():
        for part in _batches(edges):
            body = ",".join(_edge(wanted.texts[print_], edge, places) for print_, edge in part)
            loading.step({"do": "edges", "type": kind}, f"[{body}]".encode())
            progress.advance(len(part))
    loading.step({"do": "finish"})
    progress.finish()
    return {
        "nodes_created": wanted.node_count,
        "relationships_created": wanted.edge_count,
    }


def _node(wanted: Prepared, props: Mapping[str, Value]) -> str:
    """A node as JSON; nothing is ever compared with it, so the hash stays away."""
    print_ = props.get(FINGERPRINT)
    return wanted.texts[str(print_)] if print_ else _json(props)


def _edge(text: str, edge: Edge, places: Mapping[str, str]) -> str:
    ends = f'"_src":"{places[edge.src]}","_dst":"{places[edge.dst]}"'
    return f"{{{ends}}}" if text == "{}" else f"{{{ends},{text[1:]}"


def _schema(wanted: Prepared, by_type: Mapping[str, Any]) -> dict[str, Any]:
    sets = [list(labels) for labels in wanted.nodes]
    labels = {label for labels in sets for label in labels}
    return {
        "labels": sorted(labels | {*schema.all_labels(), SNAPSHOT}),
        "types": sorted({*schema.edge_types(), *by_type}),
        "indexed": list(schema.indexed_labels()),
        "unique": list(schema.key_labels()),
        "sets": sets,
        "edges": wanted.edge_count,
        "seconds": STATEMENT_SECONDS,
    }


def _batches(rows: Any) -> Iterator[Sequence[Any]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, _ROWS)):
        yield batch
