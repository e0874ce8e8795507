"""Only what differs is sent: everything written carries a hash of what it is."""

import json
from binascii import b2a_base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b

from graph import schema
from graph.build import Graph
from graph.schema import FINGERPRINT, Edge, Value

SNAPSHOT = "Snapshot"
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def _hash(*texts: str) -> str:
    # 128 bits: names in AWS are chosen by others, and two things must never look the same.
    found = blake2b("\0".join(texts).encode(), digest_size=16).digest()
    return b2a_base64(found, newline=False)[:22].decode()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A graph with its hashes, ready to be compared or sent.

    Attributes:
        data: Name of the data set.
        nodes: Properties of each node but the snapshot's, with the hash, by its labels and key.
        edges: Edges by hash.
        texts: Properties of each node and edge as JSON text, without the hash, by hash.
        label_of: The key label of each node by its key.
        snapshot: Properties of the snapshot's node, the store's own among them.
        digest: Hash over everything, the schema's included.
    """

    data: str
    nodes: Mapping[tuple[str, ...], Mapping[str, dict[str, Value]]]
    edges: Mapping[str, Edge]
    texts: Mapping[str, str]
    label_of: Mapping[str, str]
    snapshot: dict[str, Value]
    digest: str

    @property
    def node_count(self) -> int:
        """Number of nodes, the snapshot's included."""
        return sum(map(len, self.nodes.values())) + 1

    @property
    def edge_count(self) -> int:
        """Number of edges."""
        return len(self.edges)


def now() -> str:
    """This moment, as ISO text in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def schema_hash() -> str:
    """Changes whenever constraints or indexes have to be made anew."""
    return _hash(_encode([schema.key_labels(), schema.indexed_labels()]))


@dataclass(frozen=True, slots=True)
class PreparedNodes:
    """The nodes of a graph with their hashes; the attributes are those of ``Prepared``."""

    nodes: Mapping[tuple[str, ...], Mapping[str, dict[str, Value]]]
    texts: dict[str, str]
    label_of: Mapping[str, str]
    snapshot: dict[str, Value]


def prepare_nodes(graph: Graph) -> PreparedNodes:
    """Hash every node of a graph.

    Raises:
        ValueError: Two nodes share a key.
    """
    nodes: dict[tuple[str, ...], dict[str, dict[str, Value]]] = {}
    label_of: dict[str, str] = {}
    texts: dict[str, str] = {}
    head: dict[str, Value] = {
        "arn": graph.snapshot_id or "unnamed",
        "name": graph.snapshot_id or "unnamed",
        "id": graph.snapshot_id,
    }
    if graph.taken_at is not None:
        head["taken_at"] = graph.taken_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    for node in graph.nodes:
        if node.arn in label_of:
            raise ValueError(f"two nodes have the key `{node.arn}`")
        label_of[node.arn] = node.key_label
        if node.key_label == SNAPSHOT:
            head |= node.props
            continue
        text = _encode(node.props)
        # A key may hold anything, a zero too, so each part is quoted.
        found = _hash(_encode(node.labels), _encode(node.arn), text)
        texts[found] = text
        nodes.setdefault(node.labels, {})[node.arn] = {**node.props, FINGERPRINT: found}
    label_of.setdefault(str(head["arn"]), SNAPSHOT)
    return PreparedNodes(nodes, texts, label_of, head)


def prepare(graph: Graph, data: str, found: PreparedNodes | None = None) -> Prepared:
    """Hash every node and edge of a graph.

    Args:
        graph: All of it.
        data: Name of the data set.
        found: What ``prepare_nodes`` said, when it was asked before.

    Raises:
        ValueError: Two nodes share a key, or an edge lacks an end.
    """
    found = found or prepare_nodes(graph)
    nodes, label_of, texts = found.nodes, found.label_of, found.texts
    head = dict(found.snapshot)
    total = blake2b(digest_size=16)
    edges = dict(_hashed(graph.edges, label_of, texts))
    prints = [str(p[FINGERPRINT]) for by_key in nodes.values() for p in by_key.values()]
    for text in (*sorted(prints), *sorted(edges), data, schema_hash(), _encode(head)):
        total.update(text.encode())
    digest = total.hexdigest()
    prepared = Prepared(data, nodes, edges, texts, label_of, head, digest)
    head |= {
        "data": data,
        "state": "ready",
        "nodes": prepared.node_count,
        "edges": prepared.edge_count,
        "schema": schema_hash(),
        "digest": digest,
    }
    return prepared


def _hashed(
    edges: Iterable[Edge], label_of: Mapping[str, str], texts: dict[str, str]
) -> Iterator[tuple[str, Edge]]:
    for edge in edges:
        for end in (edge.src, edge.dst):
            if end not in label_of:
                raise ValueError(f"edge {edge.type}: there is no node `{end}`")
        text = _encode(edge.props)
        found = _hash(_encode((edge.type, edge.src, edge.dst, edge.key)), text)
        texts[found] = text
        yield found, edge


# --- the difference ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """What a store holds now.

    Attributes:
        nodes: Labels and hash of each node but the snapshot's, by key.
        edges: How often each hash stands on an edge, by type.
    """

    nodes: Mapping[str, tuple[frozenset[str], str]] = field(default_factory=dict)
    edges: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """What has to be written so that a store holds a graph.

    Attributes:
        drop_edges: Hashes of edges that go, by type.
        drop_nodes: Keys of nodes that go, by one of the labels under which a key is unique.
        change: New properties of nodes that stay, by labels to take away and labels to add,
            the key label first.
        create: Properties of new nodes, by labels.
        link: Ends and properties of new edges, by type and the key labels of the two ends.
    """

    drop_edges: dict[str, list[str]]
    drop_nodes: dict[str, list[str]]
    change: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[dict[str, Value]]]
    create: dict[tuple[str, ...], list[dict[str, Value]]]
    link: dict[tuple[str, str, str], list[tuple[str, str, dict[str, Value]]]]

    @property
    def size(self) -> int:
        """Number of nodes and edges that are written or removed."""
        parts = (self.drop_edges, self.drop_nodes, self.change, self.create, self.link)
        return sum(len(rows) for part in parts for rows in part.values())

    @property
    def weight(self) -> int:
        """About how many characters of text are written."""
        rows = [r for part in (self.change, self.create) for found in part.values() for r in found]
        rows += [row[2] for found in self.link.values() for row in found]
        return sum(weight(row) for row in rows)


def weight(props: Mapping[str, Value]) -> int:
    """About how many characters a set of properties takes."""
    return sum(
        len(value) if isinstance(value, str)
        else sum(map(len, value)) if isinstance(value, list)
        else 8
        for value in props.values()
    )  # fmt: skip


def difference(held: Held, wanted: Prepared) -> Difference:
    """Compare by hash."""
    found = Difference({}, {}, {}, {}, {})
    stays: set[str] = set()
    for labels, by_key in wanted.nodes.items():
        for arn, props in by_key.items():
            had, print_ = held.nodes.get(arn, (frozenset(), ""))
            if labels[0] not in had:
                found.create.setdefault(labels, []).append(props)
                continue
            stays.add(arn)
            if print_ != props[FINGERPRINT] or had != set(labels):
                less = tuple(sorted(had - set(labels)))
                more = tuple(sorted(set(labels) - had))
                found.change.setdefault((labels[0], less, more), []).append(props)
    gone = held.nodes.keys() - stays
    unique = schema.key_labels()
    for arn in gone:
        label = next(label for label in unique if label in held.nodes[arn][0])
        found.drop_nodes.setdefault(label, []).append(arn)
    stay: set[str] = set()
    for kind, prints in held.edges.items():
        for print_, times in prints.items():
            edge = wanted.edges.get(print_)
            # An edge of a node that goes and comes back under another label has to be made anew;
            # so has one that stands twice.
            if edge is not None and times == 1 and not _touches(edge, gone):
                stay.add(print_)
            else:
                found.drop_edges.setdefault(kind, []).append(print_)
    for print_, edge in wanted.edges.items():
        if print_ in stay:
            continue
        ends = (edge.type, wanted.label_of[edge.src], wanted.label_of[edge.dst])
        row = (edge.src, edge.dst, {**edge.props, FINGERPRINT: print_})
        found.link.setdefault(ends, []).append(row)
    for rows in found.drop_nodes.values():
        rows.sort()
    return found


def _touches(edge: Edge, keys: set[str]) -> bool:
    return edge.src in keys or edge.dst in keys
