"""A policy document is one, whether it came as an object, as JSON text or URL-encoded.

Source:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

import json
from dataclasses import dataclass
from json.decoder import JSONDecodeError
from typing import Any
from urllib.parse import unquote

from ingest.jsonfile import DECODER, Duplicated

DEEPEST = 100
_CONTAINERS = (dict, list)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A document's value, its text where that says more, and what was odd about it, if anything."""

    document: Any
    raw: str = ""
    problem: str = ""


def decode(value: Any) -> Decoded:
    """Read a document in any of its encodings (A-10); what cannot be read stays as text (A-9).

    Text that begins with a percent sign is unquoted at most three times; a plus sign is a plus
    sign. ``raw`` is JSON text, or once-encoded text where the source was URL-encoded.

    Example:
        >>> decode("%7B%22Version%22%3A%22a+b%22%7D").document
        {'Version': 'a+b'}
        >>> decode("nonsense")
        Decoded(document='nonsense', raw='', problem='the policy is not JSON')
    """
    if isinstance(value, dict):
        return _object(value, "")
    if value is None:
        return Decoded(None, "", "there is no policy document")
    if not isinstance(value, str):
        return Decoded(json.dumps(value), "", "the policy is not an object")
    text = value.strip().lstrip("\ufeff")
    raw = text
    for _ in range(3):
        if not text.startswith("%"):
            break
        raw = text
        try:
            text = unquote(text, errors="strict").strip()
        except UnicodeDecodeError:
            break
    try:
        found = DECODER.decode(text)
    except (JSONDecodeError, RecursionError):
        return Decoded(value, "", "the policy is not JSON")
    if not isinstance(found, dict):
        return Decoded(value, "", "the policy is not an object")
    return _object(found, raw)


def _object(found: dict[str, Any], raw: str) -> Decoded:
    deep, duplicated = _shape(found)
    if deep:
        return Decoded(raw or "{nested too deeply", "", "the policy is nested too deeply")
    if duplicated:
        return Decoded(_plain(found), raw or _render(found), "the policy has a key twice")
    return Decoded(found, raw, _unreadable(found))


def _unreadable(document: dict[str, Any]) -> str:
    """What is wrong with the first statement that cannot mean anything, if one is (A-2, A-3, A-9).

    It is only told: what such a document decides is for the engine to say.
    """
    if "Statement" not in document:
        return "the policy has no Statement"
    statements = document["Statement"]
    for number, statement in enumerate(
        statements if isinstance(statements, list) else [statements]
    ):
        if not isinstance(statement, dict):
            return f"statement {number} of the policy is not an object"
        if statement.get("Effect") not in ("Allow", "Deny"):
            return f"statement {number} of the policy has no Effect of Allow or Deny"
        if ("Action" in statement) == ("NotAction" in statement):
            return (
                f"statement {number} of the policy needs Action or NotAction, and one of them only"
            )
    return ""


def _shape(document: dict[str, Any]) -> tuple[bool, bool]:
    """Whether a document is nested too deeply, and whether one of its objects has a key twice."""
    duplicated = False
    level: list[Any] = [document]
    for _ in range(DEEPEST):
        inner: list[Any] = []
        for value in level:
            values: Any
            if type(value) is list:
                values = value
            elif type(value) is Duplicated:
                duplicated = True
                values = [v for _, v in value.pairs]
            else:
                values = value.values()
            for v in values:
                # Most are text, and this is the innermost loop of a load.
                if type(v) is not str and isinstance(v, _CONTAINERS):
                    inner.append(v)
        if not inner:
            return False, duplicated
        level = inner
    return True, duplicated


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _render(value: Any) -> str:
    if isinstance(value, dict):
        pairs = value.pairs if isinstance(value, Duplicated) else list(value.items())
        return "{" + ",".join(f"{json.dumps(k)}:{_render(v)}" for k, v in pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_render(inner) for inner in value) + "]"
    return json.dumps(value)
