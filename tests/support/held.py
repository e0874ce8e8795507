"""A graph in memory answers the statements that read the facts back, and no others."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from graph.build import Graph

_NODES = re.compile(
    r"MATCH \(n:(\w+)\) WHERE n\.arn > \$after"
    r" RETURN n \{\.\*\} AS props ORDER BY n\.arn LIMIT \$limit"
)
_ASSIGNED = re.compile(
    r"MATCH \(s:PermissionSet\)<-\[a:ASSIGNED\]-\(p\) WHERE a\.position > \$after "
)


@dataclass(slots=True)
class Answer:
    """Rows by column."""

    rows: list[dict[str, Any]] = field(default_factory=list)


class Held:
    """A store of one graph without a server."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    @cached_property
    def _by_label(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for node in sorted(self.graph.nodes, key=lambda node: node.arn):
            for label in node.labels:
                found.setdefault(label, []).append(dict(node.props))
        return found

    def read(self, cypher: str, params: Mapping[str, Any]) -> Answer:
        """The rows of one of the two statements."""
        asked = _NODES.fullmatch(cypher)
        if asked is not None:
            nodes = (n for n in self._by_label.get(asked[1], ()) if n["arn"] > params["after"])
            return Answer([{"props": props} for props in nodes][: params["limit"]])
        assert _ASSIGNED.match(cypher), cypher
        rows = sorted(self._assigned(), key=lambda row: int(row["position"]))
        return Answer([r for r in rows if r["position"] > params["after"]][: params["limit"]])

    def _assigned(self) -> Iterator[dict[str, Any]]:
        for edge in self.graph.edges:
            if edge.type == "ASSIGNED":
                yield {**edge.props, "principal": edge.src, "permission_set": edge.dst}
