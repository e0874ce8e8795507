"""The pages about nodes and edges say what their kinds declare."""

from collections.abc import Iterable, Iterator

from graph.schema import COMMON, EdgeKind, NodeKind, Property, edge_kinds, node_kinds


def pages() -> dict[str, str]:
    """The generated pages, by path under ``docs/``."""
    return {
        "reference/nodes.md": "\n".join(_nodes()) + "\n",
        "reference/edges.md": "\n".join(_edges()) + "\n",
    }


def _nodes() -> Iterator[str]:
    yield "# Nodes"
    yield ""
    yield "Written by `make docs` from the declarations in `graph/nodes/`; do not edit it here."
    yield "A property in *italics* is left out where AWS gives no value or where it was not read."
    yield "How the graph hangs together is told in [the graph](../graph.md)."
    yield ""
    yield "On every node:"
    yield ""
    yield from _table(COMMON)
    for kind, _ in sorted(node_kinds(), key=lambda pair: pair[0].name):
        yield ""
        yield from _node(kind)


def _node(kind: NodeKind) -> Iterator[str]:
    yield f"## {kind.name}"
    yield ""
    yield _labels(kind.labels) + (f", some also {_labels(kind.also, ', ')}" if kind.also else "")
    yield ""
    yield f"{kind.doc} Key: {kind.key}. [AWS]({kind.source})"
    yield ""
    yield from _table(kind.properties)


def _edges() -> Iterator[str]:
    yield "# Edges"
    yield ""
    yield "Written by `make docs` from the declarations in `graph/edges/`; do not edit it here."
    yield "A property in *italics* is left out where AWS gives no value or where it was not read."
    yield "A *fact* is as AWS states it; what is *decided* is what `iam` concluded from the facts."
    yield ""
    yield "| edge | from | to | is |"
    yield "| --- | --- | --- | --- |"
    kinds = sorted((kind for kind, _ in edge_kinds()), key=lambda kind: kind.name)
    for kind in kinds:
        ends = f"{_labels(kind.start, ', ')} | {_labels(kind.end, ', ')}"
        yield f"| [{kind.name}](#{kind.name.lower()}) | {ends} | {_standing(kind)} |"
    for kind in kinds:
        yield ""
        yield f"## {kind.name}"
        yield ""
        yield f"{kind.doc} [More](../edges/{kind.name}.md), [AWS]({kind.source})"
        if kind.properties:
            yield ""
            yield from _table(kind.properties)


def _standing(kind: EdgeKind) -> str:
    return "decided" if kind.decided else "fact"


def _labels(labels: Iterable[str], between: str = "") -> str:
    if between:
        return between.join(f"`:{label}`" for label in labels)
    return f"`{''.join(f':{label}' for label in labels)}`"


def _table(properties: Iterable[Property]) -> Iterator[str]:
    yield "| property | type | says |"
    yield "| --- | --- | --- |"
    for one in properties:
        name = f"`{one.name}`" if one.required else f"*`{one.name}`*"
        doc = one.doc.replace("|", "\\|")
        yield f"| {name} | {one.type} | {doc} |"
