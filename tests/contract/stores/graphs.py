"""Graphs of the store tests are made by hand, and read back without the code under test."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from graph.build import Graph
from graph.schema import FINGERPRINT, Edge, Node, Value
from graph.stores import Store

Shape = tuple[dict[str, tuple[tuple[str, ...], dict[str, Any]]], list[tuple[str, str, str, str]]]


def role(arn: str, *also: str, **props: Value) -> Node:
    return Node(("Principal", "Role", *also), arn, {"arn": arn, "name": arn, **props})


def user(arn: str, **props: Value) -> Node:
    return Node(("Principal", "User"), arn, {"arn": arn, "name": arn, **props})


def assume(src: str, dst: str, operation: str = "AssumeRole", **props: Value) -> Edge:
    return Edge("CAN_ASSUME", src, dst, operation, {"operation": operation, **props})


def graph(id: str, nodes: Sequence[Node], edges: Sequence[Edge] = ()) -> Graph:
    return Graph(id, None, tuple(nodes), tuple(edges))


def small(id: str = "s1") -> Graph:
    return graph(id, [role("a"), user("b")], [assume("b", "a", verdict="allow")])


def many(id: str, nodes: int, edges: int, seed: int) -> Graph:
    """Made-up roles and edges; ``seed`` decides who can become whom, and what they are called."""
    random = Random(seed)
    made = [role(f"r{n}", name=f"role {n} of {seed}") for n in range(nodes)]
    found: dict[tuple[str, str], Edge] = {}
    while len(found) < edges:
        edge = assume(f"r{random.randrange(nodes)}", f"r{random.randrange(nodes)}", verdict="allow")
        found[edge.src, edge.dst] = edge
    return graph(id, made, tuple(found.values()))


def shape(made: Graph) -> Shape:
    """What a store must hold after this graph was loaded, the snapshot's node left out."""
    nodes = {node.arn: (tuple(sorted(node.labels)), dict(node.props)) for node in made.nodes}
    edges = sorted((e.src, e.type, e.dst, str(sorted(e.props.items()))) for e in made.edges)
    return nodes, edges


def held(store: Store) -> Shape:
    """What a store holds, as ``shape`` says it."""
    rows = store.read(
        "MATCH (n) WHERE NOT n:Snapshot RETURN labels(n) AS labels, n {.*} AS props"
    ).rows
    nodes = {
        row["props"]["arn"]: (tuple(sorted(row["labels"])), _own(row["props"])) for row in rows
    }
    rows = store.read(
        "MATCH (a)-[e]->(b)"
        " RETURN a.arn AS src, type(e) AS type, b.arn AS dst, properties(e) AS props"
    ).rows
    edges = sorted(
        (row["src"], row["type"], row["dst"], str(sorted(_own(row["props"]).items())))
        for row in rows
    )
    return nodes, edges


def _own(props: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in props.items() if name != FINGERPRINT}
