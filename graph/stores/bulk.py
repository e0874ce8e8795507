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

_ROWS = 10_000
_json = json.JSONEncoder(separators=(",", ":")).encode


def load(loading: Loading, wanted: Prepared, progress: Progress) -> Mapping[str, int]:
    """Send the graph, and switch to it; gives the numbers of what was written."""
    progress.start(wanted.node_count + wanted.edge_count, "items", "loading")
    by_type: dict[str, list[tuple[str, Edge]]] = {}
    for print_, edge in wanted.edges.items():
        by_type.setdefault(edge.type, []).append((print_, edge))
    loading.step({"do": "schema"}, _body(_schema(wanted, by_type)))
    places: dict[str, str] = {}
    snapshot: dict[str, Value] = {**wanted.snapshot, "since": now()}
    for labels, by_key in ((SNAPSHOT,), {str(snapshot["arn"]): snapshot}), *wanted.nodes.items():
        for rows in _batches(by_key.items()):
            answer = loading.step(
                {"do": "nodes", "labels": labels}, _body([props for _, props in rows])
            )
            made = answer.decode().split(";")
            places.update(zip((key for key, _ in rows), made, strict=True))
            progress.advance(len(rows))
    for kind, edges in by_type.items():
        for part in _batches(edges):
            loading.step(
                {"do": "edges", "type": kind},
                _body([_row(print_, edge, places) for print_, edge in part]),
            )
            progress.advance(len(part))
    loading.step({"do": "finish"})
    progress.finish()
    return {
        "nodes_created": wanted.node_count,
        "relationships_created": wanted.edge_count,
    }


def _row(print_: str, edge: Edge, places: Mapping[str, str]) -> dict[str, Value]:
    return {
        **edge.props,
        FINGERPRINT: print_,
        "_src": places[edge.src],
        "_dst": places[edge.dst],
    }


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
    }


def _batches(rows: Any) -> Iterator[Sequence[Any]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, _ROWS)):
        yield batch


def _body(value: Any) -> bytes:
    return _json(value).encode()
