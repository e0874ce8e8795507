"""Every answer is read to its last page, whether or not botocore knows how to turn its pages."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import PaginationError
from botocore.parsers import ResponseParserError

_MARKS = ("NextToken", "nextToken", "Marker")
_MALFORMED = (AttributeError, LookupError, TypeError, ValueError)
"""What botocore's parsers raise where an answer has a text for a list, and the like."""


def pages(client: Any, method: str, request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """All pages of a method for one request.

    Args:
        client: A client of boto3.
        method: Its method, ``list_roles``.
        request: The parameters.

    Raises:
        PaginationError: A page names one as the next that was there; it would never end.
        ResponseParserError: An answer has another form than its operation's.
    """
    after = _after(client, method, request)
    asked: dict[str, Any] | None = dict(request)
    seen = []
    while asked is not None:
        seen.append(asked)
        try:
            page = getattr(client, method)(**asked)
        except _MALFORMED as error:
            raise ResponseParserError(f"the answer has another form: {error}") from error
        asked = after(page)
        if asked in seen:
            # INVARIANT: such a page is not handed on. Where it ends is not known, so a run that
            # goes on asks for it again, and would hold it twice.
            raise PaginationError(message="the same next token was received twice")
        yield page


def following(
    client: Any, method: str, request: Mapping[str, Any], last: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The request for the page after one that is there; None when that was the last."""
    return _after(client, method, request)(last)


def _after(
    client: Any, method: str, request: Mapping[str, Any]
) -> Callable[[Mapping[str, Any]], dict[str, Any] | None]:
    """What gives the request for the page after a page."""
    if not client.can_paginate(method):
        mark = mark_of(client, method)
        return lambda page: {**request, mark: page[mark]} if mark and page.get(mark) else None
    turning = client.get_paginator(method).paginate(**request)

    def after(page: Mapping[str, Any]) -> dict[str, Any] | None:
        marks = {name: mark for name, mark in turning._get_next_token(page).items() if mark}
        return {**request, **marks} if marks else None

    return after


def mark_of(client: Any, method: str) -> str:
    """The field that an answer names its next page in and that is asked for it; empty for none."""
    name = client.meta.method_to_api_mapping[method]
    model = client.meta.service_model.operation_model(name)
    asked = model.input_shape.members if model.input_shape is not None else {}
    answered = model.output_shape.members if model.output_shape is not None else {}
    return next((mark for mark in _MARKS if mark in asked and mark in answered), "")
