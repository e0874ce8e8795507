"""Asking on about what a list named, and naming what the answer is about.

What a parameter asks for is written as ``Parameter=value``; ``Parameter[10]`` takes a list of ten.
A value is the field of an item, dotted where it lies deeper; ``@`` is an item that is text itself;
``request.Name`` is what the list was asked for; ``{account}`` and ``{region}`` stand for the scope.
The same words, in braces, make ARNs: ``arn:{partition}:sqs:{region}:{account}:{QueueName}``.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ingest.draft import Draft
from ingest.reader import Page
from ingest.sources._workloads import at, values_at

Asks = tuple[tuple[str, str], ...]
_PARAMETER = re.compile(r"(?P<name>[A-Za-z]+)(?:\[(?P<most>[0-9]+)\])?")
_FIELD = re.compile(r"\{([A-Za-z0-9_.]+)\}")


class Place(Protocol):
    """Where something is asked."""

    @property
    def account(self) -> str:
        """The account."""

    @property
    def region(self) -> str:
        """The Region, or ``global``."""


def pairs(text: str, by: str = "=") -> Asks:
    """The pairs of a text: ``A=b C=d``.

    Example:
        >>> pairs("Bucket=Name")
        (('Bucket', 'Name'),)
    """
    found = (pair.partition(by) for pair in text.split())
    return tuple((left, right) for left, _, right in found)


class Requests:
    """The requests about what lists hold, each once.

    Args:
        asks: The parameters; at most one takes several values in one request.
    """

    def __init__(self, asks: Asks) -> None:
        self._asks = [(_PARAMETER.fullmatch(parameter), name) for parameter, name in asks]
        self._found: dict[str, dict[str, str]] = {}

    def add(self, page: Page, path: str) -> None:
        """Ask about every item at a path of an answer; one that lacks what it takes is left out."""
        for item in at(page.response, path):
            values = {
                match["name"]: _value(name, item, page) for match, name in self._asks if match
            }
            if all(values.values()):
                self._found.setdefault(repr(values), values)

    def all(self) -> list[dict[str, Any]]:
        """The requests, as full as AWS takes them."""
        several = next((m for m, _ in self._asks if m and m["most"]), None)
        if several is None:
            return [dict(values) for values in self._found.values()]
        name, most = several["name"], int(several["most"])
        groups: dict[str, tuple[dict[str, str], list[str]]] = {}
        for values in self._found.values():
            same = {key: value for key, value in values.items() if key != name}
            groups.setdefault(repr(same), (same, []))[1].append(values[name])
        return [
            {**same, name: held[start : start + most]}
            for same, held in groups.values()
            for start in range(0, len(held), most)
        ]


def _value(name: str, item: Any, page: Page) -> str:
    if name == "@":
        return item if isinstance(item, str) else ""
    if name.startswith("{"):
        return filled(name, page)
    return _first(name, item, page)


def _first(name: str, item: Any, page: Page) -> str:
    source, path = item, name
    if name.startswith("request."):
        source, path = page.request, name.removeprefix("request.")
    return next(values_at(source, path), "")


def filled(text: str, where: Place) -> str:
    """A text in which the account and the Region that are asked stand for their names."""
    return text.replace("{account}", where.account).replace("{region}", where.region)


def requests_of(asks: Asks, pages: Iterable[Page], items: str) -> list[dict[str, Any]]:
    """The requests about every item of a list."""
    found = Requests(asks)
    for page in pages:
        found.add(page, f"{items}[]")
    return found.all()


def arn_of(pattern: str, value: Mapping[str, Any], page: Page, draft: Draft) -> str:
    """The ARN that a pattern gives for an answer; empty when it lacks a part."""
    fields = {
        "partition": draft.partition_of(page.account),
        "region": page.region,
        "account": page.account,
    }
    lacks = False

    def fill(match: re.Match[str]) -> str:
        nonlocal lacks
        found = fields.get(match[1]) or _first(match[1], value, page)
        lacks = lacks or not found
        return found

    arn = _FIELD.sub(fill, pattern)
    return "" if lacks else arn
