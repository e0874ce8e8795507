"""A snapshot becomes one graph: sorted, without doubles, and every edge has both its ends."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from graph.codec import text
from graph.derivation import Derivation
from graph.schema import Edge, Node, Value, edge_kinds, node_kinds
from iam.garbage import unsearched
from iam.model import Snapshot
from iam.progress import Progress


@dataclass(frozen=True, slots=True)
class Graph:
    """What a store is given to hold: nodes by key, edges by type, ends and key."""

    snapshot_id: str
    taken_at: datetime | None
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def build(snapshot: Snapshot, progress: Progress | None = None) -> Graph:
    """Decide everything about a snapshot and lay it out as nodes and edges.

    The same snapshot gives the same graph, in the same order. Where two things claim one key, as
    hand-made answers may, the first kind by name keeps it.

    Args:
        snapshot: The facts.
        progress: Told of the deciding, role by role.
    """
    derivation = Derivation(snapshot, progress)
    with unsearched():
        nodes = _nodes(derivation)
        return Graph(
            snapshot_id=snapshot.id,
            taken_at=snapshot.taken_at,
            nodes=tuple(nodes[key] for key in sorted(nodes)),
            edges=tuple(_edges(derivation, nodes)),
        )


def _nodes(derivation: Derivation) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for _, derive in node_kinds():
        for node in derive(derivation):
            node.arn = _clean(node.arn)
            node.props = _cleaned(node.props)
            found.setdefault(node.arn, node)
    return found


def _edges(derivation: Derivation, nodes: Mapping[str, Node]) -> Iterable[Edge]:
    for kind, derive in sorted(edge_kinds(), key=lambda pair: pair[0].name):
        found: dict[tuple[str, str, str], Edge] = {}
        starts, ends = frozenset(kind.start), frozenset(kind.end)
        for edge in derive(derivation):
            edge.src, edge.dst, edge.key = _clean(edge.src), _clean(edge.dst), _clean(edge.key)
            start, end = nodes.get(edge.src), nodes.get(edge.dst)
            if start is None or end is None:
                continue
            if starts.isdisjoint(start.labels) or ends.isdisjoint(end.labels):
                continue
            edge.props = _cleaned(edge.props)
            found.setdefault((edge.src, edge.dst, edge.key), edge)
        yield from (found[key] for key in sorted(found))


def _cleaned(props: dict[str, Value]) -> dict[str, Value]:
    """Properties in order of name, their text such as every store can hold."""
    found: dict[str, Value] = {}
    for name in sorted(props):
        value = props[name]
        if isinstance(value, str):
            found[name] = _clean(value)
        elif isinstance(value, list):
            found[name] = [_clean(item) for item in value] if value else value
        else:
            found[name] = value
    return found


def _clean(value: str) -> str:
    return value if value.isascii() else text(value)
