"""An entity of the model becomes properties and comes back equal, whatever its text holds."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from typing import Any, TypeVar

from graph.schema import Value
from iam.model import Policy, PolicyKind, Tags

T = TypeVar("T")
_MOST = 2**63 - 1
_json = json.JSONEncoder(separators=(",", ":")).encode


def text(value: str) -> str:
    """The text with lone surrogates, which no store can hold, replaced.

    Example:
        >>> text("a" + chr(0xd800))
        'a?'
    """
    return value.encode("utf-8", "replace").decode("utf-8")


def json_text(value: Any) -> str:
    """Any JSON value as text that every store can hold, keys in their own order."""
    return _json(value)


def iso(moment: datetime | None) -> str | None:
    """A time as ISO text in UTC; None stays None.

    Example:
        >>> iso(datetime(2026, 1, 31, 12, tzinfo=UTC))
        '2026-01-31T12:00:00Z'
    """
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def encode(entity: Any, *skip: str, sparse: bool = False) -> dict[str, Value]:
    """The fields of an entity as properties; None is left out, policies become their keys.

    Args:
        entity: An entity of the model.
        skip: Fields that are not wanted.
        sparse: Whether fields that hold their default are left out, too; they come back with it.
    """
    found: dict[str, Value] = {}
    defaults = _defaults(type(entity)) if sparse else {}
    for name, form in _forms(type(entity)).items():
        value = getattr(entity, name)
        if value is None or name in skip or (name in defaults and value == defaults[name]):
            continue
        if form == "tags":
            found[name] = json_text(value) if value else "[]"
        elif form == "policies":
            found[name] = [text(policy.arn) for policy in value]
        elif form == "policy":
            found[name] = text(value.arn)
        elif form == "document":
            found[name] = json_text(value)
        elif isinstance(value, datetime):
            found[name] = iso(value) or ""
        elif isinstance(value, tuple):
            found[name] = [text(str(item)) for item in value]
        elif isinstance(value, str):
            found[name] = text(str(value))
        elif isinstance(value, bool) or not isinstance(value, int):
            found[name] = value
        else:
            found[name] = max(-_MOST, min(_MOST, value))
    return found


def decode(
    cls: type[T],
    props: Mapping[str, Any],
    policies: Mapping[str, Policy] | None = None,
    /,
    **more: Any,
) -> T:
    """The entity that ``encode`` was given; fields in ``more`` are taken as they are."""
    held = policies or {}
    found: dict[str, Any] = dict(more)
    for name, form in _forms(cls).items():
        value = props.get(name)
        if name in found:
            continue
        if value is None:
            if form == "document":
                found[name] = None
            continue
        if form == "tags":
            found[name] = tuple((k, v) for k, v in json.loads(value))
        elif form == "policies":
            found[name] = tuple(held[key] for key in value if key in held)
        elif form == "policy":
            if value in held:
                found[name] = held[value]
        elif form == "document":
            found[name] = json.loads(value)
        elif form == "time":
            found[name] = datetime.fromisoformat(value)
        elif form == "list":
            found[name] = tuple(value)
        elif form == "kind":
            found[name] = PolicyKind(value)
        else:
            found[name] = value
    return cls(**found)


_known: dict[type, dict[str, str]] = {}
_held: dict[type, dict[str, Any]] = {}


def _defaults(cls: Any) -> Mapping[str, Any]:
    """Fields that have a default, with it."""
    if cls not in _held:
        _held[cls] = {f.name: f.default for f in fields(cls) if f.default is not MISSING}
    return _held[cls]


def _forms(cls: type) -> Mapping[str, str]:
    """How each field is kept, read off its annotation once."""
    if cls not in _known:
        _known[cls] = _read_forms(cls)
    return _known[cls]


def _read_forms(cls: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in fields(cls):
        kind = item.type
        if kind is Tags:
            form = "tags"
        elif kind == tuple[Policy, ...]:
            form = "policies"
        elif kind == (Policy | None):
            form = "policy"
        elif item.name == "document":
            form = "document"
        elif kind == (datetime | None):
            form = "time"
        elif kind in (tuple[str, ...], tuple[str, ...] | None):
            form = "list"
        elif kind is PolicyKind:
            form = "kind"
        else:
            form = "plain"
        found[item.name] = form
    return found
