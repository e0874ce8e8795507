"""What the driver gives becomes plain Python: text, numbers, lists and maps."""

from typing import Any

from neo4j.graph import Node, Path, Relationship


def plain(value: Any) -> Any:
    r"""A value of an answer; nodes, edges and paths become maps, times ISO text.

    Example:
        >>> plain([1, None, {"a": b"\x01"}])
        [1, None, {'a': '01'}]
    """
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, (list, tuple)) and not hasattr(value, "srid"):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Node):
        return {"labels": sorted(value.labels), "properties": _properties(value)}
    if isinstance(value, Relationship):
        return {
            "type": value.type,
            "start": _key(value.start_node),
            "end": _key(value.end_node),
            "properties": _properties(value),
        }
    if isinstance(value, Path):
        return {
            "nodes": [plain(node) for node in value.nodes],
            "relationships": [plain(edge) for edge in value.relationships],
        }
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    iso_format = getattr(value, "iso_format", None)
    return iso_format() if iso_format is not None else str(value)


def _properties(entity: Node | Relationship) -> dict[str, Any]:
    return {key: plain(entity[key]) for key in sorted(entity)}


def _key(node: Node | None) -> str:
    """The key of an end, where the server sent it along."""
    return str(node.get("arn", "")) if node is not None else ""
