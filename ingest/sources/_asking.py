"""Asking on about what a list named, and naming what the answer is about.

What a parameter asks for is written as ``Parameter=value`` (``Parameter[]`` for a list of one).
A value is the field of an item, dotted where it lies deeper; ``@`` is an item that is text itself;
``request.Name`` is what the list was asked for; ``{account}`` and ``{region}`` stand for the scope.
The same words, in braces, make ARNs: ``arn:{partition}:sqs:{region}:{account}:{QueueName}``.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ingest.draft import Draft
from ingest.reader import Page
from ingest.sources._workloads import values_at

Asks = tuple[tuple[str, str], ...]
_FIELD = re.compile(r"\{([A-Za-z0-9_.]+)\}")


def pairs(text: str, by: str = "=") -> Asks:
    """The pairs of a text: ``A=b C=d``.

    Example:
        >>> pairs("Bucket=Name")
        (('Bucket', 'Name'),)
    """
    found = (pair.partition(by) for pair in text.split())
    return tuple((left, right) for left, _, right in found)


def request_of(asks: Asks, item: Any, page: Page) -> dict[str, Any]:
    """The request about one item of a list; empty when the item lacks what it takes."""
    found: dict[str, Any] = {}
    for parameter, name in asks:
        value = _value(name, item, page)
        if not value:
            return {}
        found[parameter.removesuffix("[]")] = [value] if parameter.endswith("[]") else value
    return found


def _value(name: str, item: Any, page: Page) -> str:
    if name == "@":
        return item if isinstance(item, str) else ""
    if name.startswith("{"):
        return {"{account}": page.account, "{region}": page.region}[name]
    return _first(name, item, page)


def _first(name: str, item: Any, page: Page) -> str:
    source, path = item, name
    if name.startswith("request."):
        source, path = page.request, name.removeprefix("request.")
    return next(values_at(source, path), "")


def requests_of(asks: Asks, pages: Iterable[Page], items: str) -> list[dict[str, Any]]:
    """The requests about every item of a list, each once."""
    found: dict[str, dict[str, Any]] = {}
    for page in pages:
        held = page.response.get(items)
        for item in held if isinstance(held, list) else ():
            if request := request_of(asks, item, page):
                found.setdefault(repr(sorted(request.items())), request)
    return list(found.values())


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
