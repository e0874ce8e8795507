"""One file per source; adding one edits no list.

A source is a module that says ``NEEDS`` (the IAM actions it calls for), ``SERVICE`` (boto3's client
name), ``OPERATIONS`` (``service/operation`` of every answer it reads), ``SCOPE`` (``global`` or
``regional``; ``offline`` where no call of AWS lists it) and ``WITHOUT`` (what is unknown without),
and offers ``get(reader)`` and ``transform(pages, draft)``. ``EXPECTED`` names the
operations whose absence is worth saying of an account that was collected. ``FOLLOWS`` says which
operation asks on about what another one listed: neither is whole without the other; ``AFTER``
the same where the list is whole without it. ``NO_POLICY`` names, for an operation, the error codes
by which AWS says of a resource that it has no policy. A source that says its ``COST`` is only asked
where it is wanted by name.

Services are asked side by side. Of a source that says ``many`` each service is asked by itself,
with a ``get`` of its own that gets nothing from the others: a service may ask on about what it
listed, never about what another one did. All operations of another source are asked one after the
other. No operation may be asked by two tasks at once: a service that ``many`` names may be the
``SERVICE`` of other sources, but not one of several services of such a source.
"""

import importlib
import pkgutil
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from typing import Protocol, cast

from iam.errors import UsageError
from ingest.draft import Draft
from ingest.reader import Page, Reader

MANY = "many"
"""``SERVICE`` of a source whose services know nothing of each other."""


class Source(Protocol):
    """What every module of this folder offers."""

    NEEDS: tuple[str, ...]
    SERVICE: str
    OPERATIONS: tuple[str, ...]
    SCOPE: str
    WITHOUT: str

    def get(self, reader: Reader) -> Iterator[Page]:
        """Ask for every page, in the order that ``transform`` likes to read."""

    def transform(self, pages: Iterable[Page], draft: Draft) -> None:
        """Write the facts of the pages into the draft."""


@cache
def sources() -> tuple[Source, ...]:
    """Every source of this folder, by name."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    return tuple(cast("Source", importlib.import_module(f"{__name__}.{name}")) for name in names)


def name_of(source: Source) -> str:
    """A source's name: its file's."""
    return cast("str", source.__name__).rpartition(".")[2]  # type: ignore[attr-defined]


def expected(source: Source) -> tuple[str, ...]:
    """Operations of a source whose absence is worth saying."""
    return cast("tuple[str, ...]", getattr(source, "EXPECTED", ()))


@cache
def follows() -> dict[str, str]:
    """For an operation that asks on, the one that listed what it asks about."""
    found: dict[str, str] = {}
    for source in sources():
        found |= getattr(source, "FOLLOWS", {})
    return found


@cache
def optional() -> dict[str, str]:
    """What each source costs that is only asked where it is wanted by name."""
    return {name_of(source): source.COST for source in sources() if hasattr(source, "COST")}


def wanted(names: Collection[str]) -> tuple[str, ...]:
    """Names of optional sources, each once.

    Raises:
        UsageError: There is no such source, or it is asked anyway.
    """
    for name in names:
        if name not in optional():
            raise UsageError(
                f"--with {name}: no such optional source", help=f"one of {', '.join(optional())}"
            )
    return tuple(dict.fromkeys(names))


@cache
def after() -> dict[str, str]:
    """For an operation that asks on about a list that is whole without it, that list."""
    found: dict[str, str] = {}
    for source in sources():
        found |= getattr(source, "AFTER", {})
    return found


@cache
def no_policy() -> dict[str, frozenset[str]]:
    """For an operation that reads a resource's policy, the codes that say there is none."""
    found: dict[str, frozenset[str]] = {}
    for source in sources():
        for operation, codes in getattr(source, "NO_POLICY", {}).items():
            found[operation] = frozenset(codes)
    return found


@cache
def by_operation() -> dict[str, Source]:
    """Which source reads ``service/operation``."""
    return {operation: source for source in sources() for operation in source.OPERATIONS}
