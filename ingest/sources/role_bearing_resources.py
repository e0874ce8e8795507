"""One table of resources that hold a role: which call lists them, which shows the role, and where.

The table is ``ingest/data/workloads.tsv``. A row names the list call and its list, the call that
reads one item (``asks`` says ``Parameter=field``; ``@`` is the item itself, ``[]`` a list of one),
the object in its answer, the ARN, and the paths of roles and instance profiles. ``*`` takes every
role ARN that the object holds. ``also`` names other calls whose saved answers say the same.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from ingest.draft import Draft
from ingest.reader import Page, Reader
from ingest.sources._workloads import add_workload, objects_at, values_at

_ROLE_ARN = re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:role/[^\s\"']+")
_FIELD = re.compile(r"\{([A-Za-z.]+)\}")


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of resource, for one service that assumes its role."""

    type: str
    principal: str
    list: str
    items: str
    request: Mapping[str, Any]
    read: str
    asks: tuple[tuple[str, str], ...]
    object: str
    arn: str
    roles: tuple[str, ...]
    profiles: tuple[str, ...]
    needs: tuple[str, ...]
    also: tuple[tuple[str, str], ...]


@cache
def rows() -> tuple[Row, ...]:
    """The rows of the table."""
    table = resources.files("ingest").joinpath("data/workloads.tsv").read_text(encoding="utf-8")
    return tuple(
        Row(
            type=row["type"],
            principal=row["principal"],
            list=row["list"],
            items=row["items"],
            request=json.loads(row["request"] or "{}"),
            read=row["read"],
            asks=tuple(_pair(pair) for pair in row["asks"].split()),
            object=row["object"],
            arn=row["arn"],
            roles=tuple(row["roles"].split()),
            profiles=tuple(row["profiles"].split()),
            needs=tuple(row["needs"].split()),
            also=tuple(_pair(pair, ":") for pair in (row["also"] or "").split()),
        )
        for row in csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    )


def _pair(text: str, by: str = "=") -> tuple[str, str]:
    left, _, right = text.partition(by)
    return left, right


NEEDS = tuple(sorted({need for row in rows() for need in row.needs}))
SERVICE = "many"
_ALSO = {operation: (row, path) for row in rows() for operation, path in row.also}
OPERATIONS = tuple(
    dict.fromkeys(operation for row in rows() for operation in (row.list, row.read) if operation)
) + tuple(_ALSO)
FOLLOWS = {row.read: row.list for row in rows() if row.read}
SCOPE = "regional"
WITHOUT = (
    "Such resources are missing among what runs with a role, and so among what breaks when "
    "the role goes."
)


def get(reader: Reader) -> Iterator[Page]:
    """Each list once, and each of its items once per call that reads it."""
    by_list: dict[str, list[Row]] = {}
    for row in rows():
        by_list.setdefault(row.list, []).append(row)
    for operation, users in by_list.items():
        reads = {row.read: row for row in users if row.read}
        requests: dict[str, list[dict[str, Any]]] = {read: [] for read in reads}
        for page in reader.call(operation, users[0].request):
            found = page.response.get(users[0].items)
            for item in found if isinstance(found, list) else ():
                for read, row in reads.items():
                    requests[read].append(_request(row, item))
            yield page
        for read, wanted in requests.items():
            yield from reader.each(read, wanted)
    for operation in _ALSO:
        yield from reader.each(operation, [])


def _request(row: Row, item: Any) -> dict[str, Any]:
    request: dict[str, Any] = {}
    for parameter, name in row.asks:
        value = item if name == "@" else item.get(name) if isinstance(item, dict) else None
        if value is not None:
            request[parameter.removesuffix("[]")] = [value] if parameter.endswith("[]") else value
    return request


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """A workload per resource and role."""
    readers: dict[str, list[Row]] = {}
    lists = {row.list: row.items for row in rows()}
    for row in rows():
        readers.setdefault(row.read or row.list, []).append(row)
    for page in pages:
        mine = readers.get(page.operation, ())
        if page.operation in _ALSO:
            page.state.items += 1
            row, path = _ALSO[page.operation]
            for value in objects_at(page.response, path):
                _add(row, value, page.place(), page, draft)
            continue
        if page.operation in lists:
            if not mine:
                page.count(lists[page.operation])
                continue
            for item in page.items(lists[page.operation]):
                for row in mine:
                    _add(row, item.value, item.place, page, draft)
            continue
        page.state.items += 1
        for row in mine:
            for value in objects_at(page.response, row.object):
                _add(row, value, page.place(), page, draft)


def _add(row: Row, value: dict[str, Any], place: str, page: Page, draft: Draft) -> None:
    roles: list[str] = []
    for path in row.roles:
        roles += _every_role(value) if path == "*" else values_at(value, path)
    profiles = [profile for path in row.profiles for profile in values_at(value, path)]
    if not roles and not profiles:
        return
    fields = {
        "partition": draft.partition_of(page.account),
        "region": page.region,
        "account": page.account,
    }

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        if name in fields:
            return fields[name]
        source = page.request if name.startswith("request.") else value
        found = source.get(name.removeprefix("request."))
        return found if isinstance(found, str) else ""

    arn = _FIELD.sub(fill, row.arn)
    if not arn or arn.endswith(("/", ":")):
        page.state.gap(f"{place}: there is no name or ARN")
        return
    add_workload(
        draft,
        page,
        place,
        arn=arn,
        type=row.type,
        service=row.principal,
        roles=dict.fromkeys(roles),
        profiles=dict.fromkeys(profiles),
    )


def _every_role(value: Any) -> Iterator[str]:
    """Every role ARN in an object, however deep; texts that hold JSON are searched too."""
    waiting: list[Any] = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += reversed(list(one.values()))
        elif isinstance(one, list):
            waiting += reversed(one)
        elif isinstance(one, str) and ":role/" in one:
            yield from _ROLE_ARN.findall(one)
