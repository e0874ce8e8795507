"""A table keeps its values on the screen, and is harmless as a CSV file."""

import csv
import io
from typing import Any

import pytest

from app.dashboard.parts import tables


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_run_is_guarded(start: str) -> None:
    assert tables.cell(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"
    assert tables.cell([f"{start}x", "y"]) == f"'{start}x; y"


def test_numbers_and_booleans_are_not_text() -> None:
    assert [tables.cell(value) for value in (-3, 1.5, True, False, None)] == [
        *("-3", "1.5", "true", "false", "")
    ]


def test_the_csv_file_reads_back_row_by_row() -> None:
    rows: list[dict[str, Any]] = [
        {"name": 'a "quoted", name', "needs": ["MFA", "OrgID"], "more": {"b": 1}},
        {"name": "two\nlines"},
    ]
    text = tables.csv_text(["name", "needs", "more"], rows)
    assert list(csv.reader(io.StringIO(text))) == [
        ["name", "needs", "more"],
        ['a "quoted", name', "MFA; OrgID", '{"b": 1}'],
        ["two\nlines", "", ""],
    ]


def test_a_hostile_column_name_is_guarded_too() -> None:
    assert tables.csv_text(["=1+1"], []) == "'=1+1\n"


def test_a_frame_keeps_types_and_turns_mixed_values_into_text() -> None:
    found = tables.frame(
        ["n", "words", "mixed", "gone"],
        [
            {"n": 1, "words": ["a"], "mixed": 1},
            {"n": 2, "words": [], "mixed": {"a": "b"}},
        ],
    )
    assert list(found.columns) == ["n", "words", "mixed", "gone"]
    assert found["n"].sum() == 3
    assert list(found["words"]) == [["a"], []]
    assert list(found["mixed"]) == ["1", '{"a": "b"}']


def test_an_empty_answer_is_a_frame_with_its_columns() -> None:
    found = tables.frame(["a", "b"], [])
    assert (list(found.columns), len(found)) == (["a", "b"], 0)
