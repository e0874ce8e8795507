"""A policy document as AWS's grammar reads it; what does not parse is kept as unparsed, never lost.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from iam.model import Policy, PolicyKind

_MOST_READINGS = 16
_MOST_LEVELS = 64
TOO_DEEP = "nested too deeply"
"""Stands for words that no JSON text can hold; no JSON itself, and so UNPARSED where it is read."""
_WITHOUT_RESOURCES = (PolicyKind.TRUST, PolicyKind.RESOURCE)
"""What stands at the resource itself need not name it; in all else it is required (A-7)."""
PRINCIPAL_TYPES = ("AWS", "Service", "Federated", "CanonicalUser")


@dataclass(frozen=True, slots=True)
class Condition:
    """One key under one operator, as written; values are text (B-4)."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement that parses.

    ``principals`` is None where the element is missing; else pairs of type and value, where
    ``"*"`` alone is ``("AWS", "*")`` (A-14). ``resources`` is None where the element is missing.
    ``rules`` are the grammar rules that reading it used.
    """

    index: int
    sid: str
    effect: str
    principals: tuple[tuple[str, str], ...] | None
    not_principal: bool
    actions: tuple[str, ...]
    not_action: bool
    resources: tuple[str, ...] | None
    not_resource: bool
    conditions: tuple[Condition, ...]
    variables: bool
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document: its statements, and the indexes of what could not be parsed (A-9).

    ``unparsed`` holds ``-1`` when the document as a whole is not a policy.
    """

    policy: Policy
    statements: tuple[Statement, ...]
    unparsed: tuple[int, ...] = ()
    findings: tuple[str, ...] = ()
    rules: tuple[str, ...] = field(default=())


class _Ambiguous:
    """An object with duplicate keys: one reading per value (A-8)."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self.pairs = pairs


def _pairs(pairs: list[tuple[str, Any]]) -> Any:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Ambiguous(pairs)


def decode(value: Any) -> Any:
    """The JSON value of a document in any encoding (A-10); what stays text is not JSON.

    Accepts an object, JSON text, and JSON text that is URL-encoded up to three times. A plus sign
    is a plus sign.
    """
    if not isinstance(value, str):
        return value
    text = value.strip().lstrip("\ufeff")
    for _ in range(3):
        if text[:3].upper() != "%7B":
            break
        text = unquote(text).strip()
    try:
        return json.loads(text, object_pairs_hook=_pairs)
    except (ValueError, RecursionError):
        return value


def _readings(value: Any, depth: int = 0) -> list[Any]:
    """Every reading of a value whose objects may have duplicate keys, at most sixteen."""
    if depth > _MOST_LEVELS:
        return [None]
    if isinstance(value, _Ambiguous):
        options: list[dict[str, Any]] = [{}]
        names: dict[str, list[Any]] = {}
        for key, inner in value.pairs:
            names.setdefault(key, []).append(inner)
        for key, inners in names.items():
            choices = [r for inner in inners for r in _readings(inner, depth + 1)]
            options = [{**o, key: c} for o in options for c in choices][:_MOST_READINGS]
        return list(options)
    if isinstance(value, dict):
        result: list[dict[str, Any]] = [{}]
        for key, inner in value.items():
            choices = _readings(inner, depth + 1)
            result = [{**o, key: c} for o in result for c in choices][:_MOST_READINGS]
        return list(result)
    if isinstance(value, list) and any(isinstance(v, dict | list | _Ambiguous) for v in value):
        lists: list[list[Any]] = [[]]
        for inner in value:
            choices = _readings(inner, depth + 1)
            lists = [[*o, c] for o in lists for c in choices][:_MOST_READINGS]
        return list(lists)
    return [value]


def _texts(value: Any) -> tuple[str, ...] | None:
    """A scalar or a list of scalars as text (A-1, B-4); None when it is neither."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, int | float):
        return (_number(value),)
    if isinstance(value, list):
        found: list[str] = []
        for item in value:
            text = None if isinstance(item, list) else _texts(item)
            if text is None:
                return None
            found.extend(text)
        return tuple(found)
    return None


def _number(value: float) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def parse(policy: Policy) -> Document:
    """Parse a policy's document; never raises on what a document may hold (A-9).

    ``Id`` is ignored (A-6). A ``Sid`` is a label, given twice or not: the index is what names a
    statement (A-5).
    """
    value = _value(policy)
    if isinstance(policy.document, str) and policy.document[:3].upper() == "%7B":
        encoded: tuple[str, ...] = ("A-10",)
    else:
        encoded = ()
    duplicates = _has_duplicates(value)
    opened = _opened(value)
    if opened is None:
        return Document(policy, (), (-1,), ("UNPARSED",), ("A-9",))
    version, raw_statements, single = opened
    modern = version == "2012-10-17"
    names_resources = policy.kind not in _WITHOUT_RESOURCES
    statements: list[Statement] = []
    unparsed: list[int] = []
    rules = set(encoded)
    if not modern:
        rules.add("A-4")
    findings: set[str] = {"UNPARSED"} if duplicates else set()
    if duplicates:
        rules.add("A-8")
    for index, raw in enumerate(raw_statements):
        known: list[Statement] = []
        for reading in _readings(raw) if duplicates else [raw]:
            statement = _statement(index, reading, modern, single)
            if statement is not None and statement.resources is None and names_resources:
                rules.add("A-7")
                statement = None
            if statement is None:
                if unparsed[-1:] != [index]:
                    unparsed.append(index)
                findings.add("UNPARSED")
            elif statement not in known:
                known.append(statement)
        statements.extend(known)
    return Document(
        policy, tuple(statements), tuple(unparsed), tuple(sorted(findings)), tuple(sorted(rules))
    )


def _value(policy: Policy) -> Any:
    """The JSON value of a policy's document, with its duplicate keys where there was text."""
    value = decode(policy.raw) if policy.raw else policy.document
    return decode(value) if isinstance(value, str) else value


def _opened(value: Any) -> tuple[str, list[Any], bool] | None:
    """Version, statements as written, and whether one stood alone; None without statements."""
    if not isinstance(value, dict | _Ambiguous):
        return None
    tops = [dict([pair]) for pair in value.pairs] if isinstance(value, _Ambiguous) else [value]
    version = ""
    statements: list[Any] = []
    seen = False
    single = False
    for top in tops:
        if isinstance(top.get("Version"), str):
            version = top["Version"]
        if "Statement" in top:
            seen = True
            inner = top["Statement"]
            single = single or not isinstance(inner, list)
            statements.extend(inner if isinstance(inner, list) else [inner])
    return (version, statements, single) if seen else None


def as_written(policy: Policy, index: int) -> Any:
    """One statement in the policy's own words, a JSON value; None when there is none of this index.

    A statement with duplicate keys, which no JSON value can hold, is JSON text (A-8); of one that
    no policy can be, only that is said.
    """
    opened = _opened(_value(policy))
    if opened is None or not 0 <= index < len(opened[1]):
        return None
    statement = opened[1][index]
    if is_deep(statement):
        return TOO_DEEP
    return _text(statement) if _has_duplicates(statement) else statement


def is_deep(value: Any) -> bool:
    """Whether a value is nested far beyond what any policy is."""
    level = [value]
    for _ in range(_MOST_LEVELS):
        level = [
            inner
            for one in level
            for inner in (
                one.values()
                if isinstance(one, dict)
                else (held for _, held in one.pairs)
                if isinstance(one, _Ambiguous)
                else one
                if isinstance(one, list)
                else ()
            )
        ]
        if not level:
            return False
    return True


def _text(value: Any) -> str:
    if isinstance(value, _Ambiguous | dict):
        pairs = value.pairs if isinstance(value, _Ambiguous) else value.items()
        return f"{{{', '.join(f'{_text(key)}: {_text(inner)}' for key, inner in pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _has_duplicates(value: Any, depth: int = 0) -> bool:
    if isinstance(value, _Ambiguous):
        return True
    if depth > _MOST_LEVELS:
        return False
    if isinstance(value, dict):
        return any(_has_duplicates(v, depth + 1) for v in value.values())
    if isinstance(value, list):
        return any(_has_duplicates(v, depth + 1) for v in value)
    return False


def _statement(index: int, raw: Any, modern: bool, single: bool) -> Statement | None:
    """One statement; None when it breaks A-2 or A-3 or names no action (A-9)."""
    if not isinstance(raw, dict):
        return None
    effect = raw.get("Effect")
    if effect not in ("Allow", "Deny"):
        return None
    if ("Action" in raw) == ("NotAction" in raw):
        return None
    actions = _texts(raw.get("Action", raw.get("NotAction")))
    if actions is None:
        return None
    not_resource = "NotResource" in raw and "Resource" not in raw
    resources: tuple[str, ...] | None = None
    if "Resource" in raw or "NotResource" in raw:
        resources = _texts(raw.get("NotResource") if not_resource else raw.get("Resource"))
        if resources is None:
            return None
    not_principal = "NotPrincipal" in raw and "Principal" not in raw
    principals: tuple[tuple[str, str], ...] | None = None
    if "Principal" in raw or "NotPrincipal" in raw:
        principals = _principals(raw.get("NotPrincipal") if not_principal else raw.get("Principal"))
        if principals is None:
            return None
    conditions = _conditions(raw.get("Condition"))
    if conditions is None:
        return None
    rules: list[str] = []
    if single or isinstance(raw.get("Action"), str):
        rules.append("A-1")
    sid = raw.get("Sid")
    return Statement(
        index=index,
        sid=sid if isinstance(sid, str) else "",
        effect=effect,
        principals=principals,
        not_principal=not_principal,
        actions=actions,
        not_action="NotAction" in raw,
        resources=resources,
        not_resource=not_resource,
        conditions=conditions,
        variables=modern,
        rules=tuple(rules),
    )


def _principals(value: Any) -> tuple[tuple[str, str], ...] | None:
    """Every value of every kind, as alternatives (A-13); None when it is no principal element."""
    if value == "*" or value == ["*"]:
        return (("AWS", "*"),)
    if not isinstance(value, dict):
        return None
    found: list[tuple[str, str]] = []
    for kind, inner in value.items():
        texts = _texts(inner)
        if texts is None:
            return None
        found.extend((kind, text) for text in texts)
    return tuple(found)


def _conditions(value: Any) -> tuple[Condition, ...] | None:
    if value is None:
        return ()
    if not isinstance(value, dict):
        return None
    found: list[Condition] = []
    for operator, block in value.items():
        if not isinstance(block, dict):
            return None
        for key, inner in block.items():
            texts = _texts(inner)
            if texts is None:
                return None
            found.append(Condition(operator, key, texts))
    return tuple(found)


def document_text(value: Any) -> str:
    """Stable JSON text of a document, as the graph keeps it; text stays as it is."""
    if value is None or isinstance(value, str):
        return value or ""
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    except RecursionError:
        return TOO_DEEP


def statements_with(document: Document, effect: str) -> Iterable[Statement]:
    """The statements of one effect, in order."""
    return (s for s in document.statements if s.effect == effect)
