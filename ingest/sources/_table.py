"""Two tables say which calls show roles, and where: the engine that asks and reads them.

``ingest/data/calls.tsv`` has a row per operation: where in its answer the things are (``at``; a
name with ``[]`` is a list of them), the IAM action, the call whose list it asks on about
(``under``), what it asks for (``asks``, see ``_asking``), parameters that never change (``with``),
and ``how``:

- empty: asked; a call under it and the list are halves of one thing;
- ``apart``: asked; the list above it is whole without it;
- ``theirs``: asked, and read by another source, which counts it;
- ``saved``: only read where it was saved; another call gives the same.

``ingest/data/workloads.tsv`` has a row per kind of resource and service that assumes its role: the
calls that show it, the resource's ARN, and the paths of roles and instance profiles. A resource
that has no ARN in AWS is named by one that says where it is.

The paths are labels, not limits: an ARN of a role anywhere in the answer is found. Where its field
is called a role, or the row's path is ``*``, the resource runs with it; elsewhere it mentions it.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from iam.model import FIELD, MENTIONS, Workload
from ingest.draft import Draft
from ingest.reader import Page, Reader
from ingest.sources._asking import Asks, Requests, arn_of, filled, pairs
from ingest.sources._workloads import (
    add_workload,
    holders_in,
    objects_at,
    put_workload,
    values_at,
)

EVERYWHERE = "*"
_NAME = re.compile(r"[\w+=,.@/-]+")
"""A name of a role or of an instance profile, with or without its path."""


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One operation."""

    operation: str
    at: str
    action: str
    under: str
    asks: Asks
    given: Mapping[str, Any]
    scope: str
    how: str


@dataclass(frozen=True, slots=True)
class Bearer:
    """One kind of resource, for one service that assumes its role."""

    type: str
    principal: str
    calls: tuple[str, ...]
    arn: str
    roles: tuple[str, ...]
    profiles: tuple[str, ...]


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = resources.files("ingest").joinpath(f"data/{name}").read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)


@cache
def calls() -> dict[str, Call]:
    """Every call of the table, by operation."""
    return {
        row["operation"]: Call(
            operation=row["operation"],
            at=row["at"],
            action=row["action"],
            under=row["under"],
            asks=pairs(row["asks"]),
            given=json.loads(row["with"] or "{}"),
            scope=row["scope"] or "regional",
            how=row["how"] or "",
        )
        for row in _rows("calls.tsv")
    }


@cache
def bearers() -> tuple[Bearer, ...]:
    """Every kind of resource of the table."""
    return tuple(
        Bearer(
            type=row["type"],
            principal=row["principal"],
            calls=tuple(row["calls"].split()),
            arn=row["arn"],
            roles=tuple((row["roles"] or "").split()),
            profiles=tuple((row["profiles"] or "").split()),
        )
        for row in _rows("workloads.tsv")
    )


class Table:
    """The part of the tables that is asked once in an account, or once in each of its Regions.

    Args:
        scope: ``global`` or ``regional``.
    """

    def __init__(self, scope: str) -> None:
        self.calls = {name: call for name, call in calls().items() if call.scope == scope}
        self._under: dict[str, list[Call]] = {}
        for call in self.calls.values():
            self._under.setdefault(call.under, []).append(call)
        self._shows: dict[str, list[Bearer]] = {}
        for bearer in bearers():
            for name in bearer.calls:
                self._shows.setdefault(name, []).append(bearer)

    @property
    def needs(self) -> tuple[str, ...]:
        """IAM actions of what is asked."""
        return tuple(sorted({c.action for c in self.calls.values() if c.how != "saved"}))

    @property
    def operations(self) -> tuple[str, ...]:
        """What is read, whoever asked for it."""
        return tuple(name for name, call in self.calls.items() if call.how != "theirs")

    def leaders(self, *, apart: bool) -> dict[str, str]:
        """For each call that asks on, the list; those that the list is whole without, or others."""
        return {
            name: call.under
            for name, call in self.calls.items()
            if call.under and (call.how == "apart") is apart
        }

    def get(self, reader: Reader) -> Iterator[Page]:
        """Each list once, and each call about what it lists once for each thing in it."""
        for call in self._under[""]:
            if call.how == "saved":
                yield from reader.each(call.operation, [])
            else:
                yield from self._asked(call, reader, None)

    def _asked(self, call: Call, reader: Reader, wanted: Requests | None) -> Iterator[Page]:
        given = {
            name: filled(value, reader) if isinstance(value, str) else value
            for name, value in call.given.items()
        }
        below = {inner: Requests(inner.asks) for inner in self._under.get(call.operation, ())}
        if wanted is None:
            pages = reader.call(call.operation, given)
        else:
            requests = [{**request, **given} for request in wanted.all()]
            pages = reader.each(call.operation, requests)
        for page in pages:
            for requests_about in below.values():
                requests_about.add(page, call.at)
            if call.how != "theirs":
                yield page
        for inner, requests_about in below.items():
            yield from self._asked(inner, reader, requests_about)

    def transform(self, pages: Iterable[Page], draft: Draft) -> None:
        """A workload per resource and role."""
        for page in pages:
            call = self.calls[page.operation]
            shown = self._shows.get(page.operation, ())
            listed = call.at.removesuffix("[]")
            if listed == call.at:
                page.state.items += 1
                steps = call.at.split(".") if call.at else ()
                for value in objects_at(page.response, call.at):
                    _add(shown, value, page.place(*steps), page, draft)
            elif shown:
                for item in page.items(listed):
                    _add(shown, item.value, item.place, page, draft)
            else:
                page.count(listed)


@dataclass(slots=True)
class _Use:
    """Roles and profiles of one resource with the fields that hold them."""

    roles: list[tuple[str, str]]
    profiles: list[tuple[str, str]]


def _add(
    shown: Sequence[Bearer], value: dict[str, Any], place: str, page: Page, draft: Draft
) -> None:
    stand = list(holders_in(value))
    uses = [_listed(bearer, value, stand) for bearer in shown]
    known = {held for use in uses for _, held in (*use.roles, *use.profiles)}
    mentioned: list[tuple[str, str]] = []
    for path, held in stand:
        if held in known:
            continue
        if "role" in path.rpartition(".")[2].lower() and ":role/" in held:
            uses[0].roles.append((path, held))
        elif ":instance-profile/" in held:
            uses[0].profiles.append((path, held))
        else:
            mentioned.append((path, held))
    for bearer, use in zip(shown, uses, strict=True):
        names = mentioned if bearer is shown[0] else []
        if not (use.roles or use.profiles or names):
            continue
        arn = arn_of(bearer.arn, value, page, draft)
        if not arn:
            page.state.gap(f"{place}: there is no name or ARN")
            continue
        for kind, found in (("roles", use.roles), ("profiles", use.profiles)):
            for path, held in found:
                add_workload(
                    draft,
                    page,
                    place,
                    arn=arn,
                    type=bearer.type,
                    service=bearer.principal,
                    facts=((FIELD, path),),
                    roles=(held,) if kind == "roles" else (),
                    profiles=(held,) if kind == "profiles" else (),
                )
        if names:
            put_workload(
                draft,
                Workload(
                    arn=arn,
                    type=bearer.type,
                    account=page.account,
                    region=page.region,
                    service=bearer.principal,
                    role="",
                    place=place,
                    facts=tuple((f"{MENTIONS}{path}", held) for path, held in names),
                ),
            )


def _listed(bearer: Bearer, value: Any, stand: Sequence[tuple[str, str]]) -> _Use:
    """What stands where the row says."""
    roles: list[tuple[str, str]] = []
    for path in bearer.roles:
        found = stand if path == EVERYWHERE else [(path, text) for text in values_at(value, path)]
        roles += [(p, text) for p, text in found if _is(text, "role")]
    profiles = [
        (path, text)
        for path in bearer.profiles
        for text in values_at(value, path)
        if _is(text, "instance-profile")
    ]
    return _Use(list(dict.fromkeys(roles)), list(dict.fromkeys(profiles)))


def _is(text: str, kind: str) -> bool:
    """Whether a text names a thing of a kind, by ARN or by name.

    Example:
        >>> _is("arn:aws:iam::*:user/*", "role"), _is("batch-role", "role")
        (False, True)
        >>> _is("{% $states.input.role %}", "role")
        False
    """
    return f":{kind}/" in text if text.startswith("arn:") else bool(_NAME.fullmatch(text))
