"""Every answer is read to its last page, whether or not botocore knows how to turn its pages."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import PaginationError

_MARKS = ("NextToken", "nextToken", "Marker")


def pages(client: Any, method: str, request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """All pages of a method for one request.

    Args:
        client: A client of boto3.
        method: Its method, ``list_roles``.
        request: The parameters.

    Raises:
        PaginationError: A page names itself as the next one; it would be asked for for ever.
    """
    if client.can_paginate(method):
        yield from client.get_paginator(method).paginate(**request)
        return
    asked: dict[str, Any] | None = dict(request)
    while asked is not None:
        page = getattr(client, method)(**asked)
        yield page
        after = following(client, method, request, page)
        if after is not None and after == asked:
            raise PaginationError(message="The same next token was received twice")
        asked = after


def following(
    client: Any, method: str, request: Mapping[str, Any], last: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The request for the page after one that is there; None when that was the last."""
    if client.can_paginate(method):
        marks = client.get_paginator(method).paginate(**request)._get_next_token(last)
        return {**request, **marks} if any(marks.values()) else None
    mark = mark_of(client, method)
    return {**request, mark: last[mark]} if mark and last.get(mark) else None


def mark_of(client: Any, method: str) -> str:
    """The field that an answer names its next page in and that is asked for it; empty for none."""
    name = client.meta.method_to_api_mapping[method]
    model = client.meta.service_model.operation_model(name)
    asked = model.input_shape.members if model.input_shape is not None else {}
    answered = model.output_shape.members if model.output_shape is not None else {}
    return next((mark for mark in _MARKS if mark in asked and mark in answered), "")
