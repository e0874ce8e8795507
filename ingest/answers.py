"""What is no answer of AWS is never taken for one that says: there is nothing.

botocore reads a sign-in page of a proxy, half a page of JSON, or nothing at all as an answer
without members, for most protocols, and the account would seem to be empty.

Source:
    https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
    https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
    https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from botocore.parsers import ResponseParserError

_PAGE = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype html|html[\s>])",
    re.IGNORECASE | re.DOTALL,
)
_ROOT = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<([A-Za-z0-9_.:-]+)", re.DOTALL)
_NO_CONTENT = 204
_MOST = 120


def check(operation_model: Any, response_dict: Mapping[str, Any], **_: Any) -> None:
    """Refuse what is none, before botocore reads it; a handler of ``before-parse``.

    What a server says of its own fault is left to botocore, which then tries again.

    Raises:
        ResponseParserError: It is a page of HTML, cut off, empty, or of another operation.
    """
    status, body = response_dict["status_code"], response_dict["body"]
    if not isinstance(body, bytes) or status >= 500:
        return
    if _PAGE.match(body):
        raise ResponseParserError("an HTML page came instead of an answer of AWS")
    if status >= 300 or status == _NO_CONTENT or operation_model.http["method"] == "HEAD":
        return
    _check_length(response_dict["headers"], body)
    if not _is_structure(operation_model.output_shape):
        return
    protocol = operation_model.service_model.resolved_protocol
    if not body.strip():
        raise ResponseParserError("an empty page came instead of an answer of AWS")
    if protocol in ("query", "ec2"):
        root = _ROOT.match(body)
        if root is None or root[1].decode().rpartition(":")[2] != f"{operation_model.name}Response":
            raise ResponseParserError(
                f"this is no answer of {operation_model.name}: {_start(body)}"
            )
    elif protocol != "rest-xml" and not _is_object(body):
        raise ResponseParserError(f"this is no answer of {operation_model.name}: {_start(body)}")


def _check_length(headers: Mapping[str, str], body: bytes) -> None:
    """Refuse an answer of which a part is lost; botocore asks for no such check.

    What came compressed is longer by now.
    """
    said = headers.get("content-length", "")
    if said.isdigit() and "content-encoding" not in headers and len(body) < int(said):
        raise ResponseParserError(f"an answer was cut off: {len(body)} of {said} bytes came")


def _is_structure(shape: Any) -> bool:
    """Whether the body of an answer holds members; a payload may be anything."""
    if shape is None:
        return False
    payload = shape.serialization.get("payload")
    if payload is not None:
        return bool(shape.members[payload].type_name == "structure")
    return any("location" not in member.serialization for member in shape.members.values())


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False


def _start(body: bytes) -> str:
    return body[:_MOST].decode("utf-8", "replace")
