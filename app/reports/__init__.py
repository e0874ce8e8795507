"""A report is computed once and written in any format: kinds and formats are found by walking.

A kind is a module of ``app/reports/kinds/``, a format a module of this folder. A kind turns
answers into ``Facts``; a format turns ``Facts`` into a file and computes nothing.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, cast

from app import walked
from app.terminal import plain

if TYPE_CHECKING:
    import click

    from app.answers import Answers

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a section.

    Attributes:
        key: Its name for machines, and in the rows.
        title: Its name for people.
        show: How a value reads as text.
    """

    key: str
    title: str
    show: Callable[[Any], str] = plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a report: sentences, then rows.

    Attributes:
        key: Its name for machines.
        title: Its heading.
        text: Sentences that stand before the rows.
        columns: Columns of the rows.
        rows: One mapping per row; values as machines want them.
        group: Key of the column by which a reader wants the rows apart; empty for none.
    """

    key: str
    title: str
    text: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    rows: tuple[Json, ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that a report says.

    Attributes:
        kind: Name of the kind.
        title: What the report is about, in a few words.
        verdict: The answer in a word, as the command of the same question gives it; empty where the
            report answers several.
        summary: The answer in sentences.
        data: The data set or folder that was answered from.
        snapshot: Id of the snapshot.
        taken_at: When the snapshot was taken; empty when that is not known.
        coverage: ``complete`` and ``not_seen``.
        sections: What follows; the first one says what could not be seen.
    """

    kind: str
    title: str
    verdict: str
    summary: tuple[str, ...]
    data: str
    snapshot: str
    taken_at: str
    coverage: Json
    sections: tuple[Section, ...]


class Kind(Protocol):
    """A module of ``app/reports/kinds/``."""

    HELP: str
    """What the report is about; the help of its command."""
    PARAMETERS: "Sequence[click.Parameter]"
    """Arguments and options of its command."""

    def facts(self, answers: "Answers", **values: Any) -> Facts:
        """Compute the report from the values of the parameters."""


class Format(Protocol):
    """A module of this folder."""

    KINDS: frozenset[str] | None
    """The kinds it can hold; None means every one."""

    def render(self, facts: Facts) -> str | bytes:
        """The content of the file."""


@cache
def kind_names() -> Mapping[str, str]:
    """Names of the kinds, and the module of each."""
    from app.reports import kinds

    return walked.names(kinds.__path__, kinds.__name__)


def kind(name: str) -> Kind:
    """A kind by its name."""
    return cast("Kind", importlib.import_module(kind_names()[name]))


def formats(kind_name: str) -> Mapping[str, Format]:
    """The formats that can hold a kind, by name."""
    found = {
        name: cast("Format", importlib.import_module(module))
        for name, module in walked.names(__path__, __name__).items()
    }
    return {
        name: module
        for name, module in sorted(found.items())
        if module.KINDS is None or kind_name in module.KINDS
    }
