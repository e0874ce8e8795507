"""A report as one CSV table: a row per fact, the first column says of which section."""

from collections.abc import Iterator
from typing import Any

from app.reports import Facts, Section
from app.terminal import csv_text

KINDS: frozenset[str] | None = None


def render(facts: Facts) -> str:
    """Sections below each other; a sentence is a row of its own in the column ``note``.

    The answer follows the first section, which says what could not be seen.
    """
    keys = [column.key for section in facts.sections for column in section.columns]
    return csv_text(["section", "note", *dict.fromkeys(keys)], _rows(facts))


def _rows(facts: Facts) -> Iterator[dict[str, Any]]:
    answer = Section(
        key="answer", title="Answer", text=tuple(filter(None, (facts.verdict, *facts.summary)))
    )
    unseen, *others = facts.sections
    for section in (unseen, answer, *others):
        for text in section.text:
            yield {"section": section.title, "note": text}
        for row in section.rows:
            yield {"section": section.title} | {
                column.key: _cell(row.get(column.key), column.show) for column in section.columns
            }


def _cell(value: Any, show: Any) -> Any:
    """Numbers stay numbers, so that a spreadsheet can add them up."""
    return value if isinstance(value, (int, float)) else show(value)
