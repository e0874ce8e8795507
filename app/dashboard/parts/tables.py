"""Every table is a pandas frame on the screen and a CSV file in the hand."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
GUARD_NOTE = (
    "Cells that a spreadsheet would run as a formula (they start with =, +, - or @) carry a "
    "leading ' in the CSV file."
)


def cell(value: Any) -> str:
    """A value as one CSV cell that no spreadsheet takes for a formula.

    Example:
        >>> cell("=HYPERLINK(1)"), cell(["a", "b"]), cell(-3), cell(None)
        ("'=HYPERLINK(1)", 'a; b', '-3', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
        text = "; ".join(value)
    elif isinstance(value, str):
        text = value
    else:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as the text of a CSV file, guarded cell by cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([cell(column) for column in columns])
    for row in rows:
        writer.writerow([cell(row.get(column)) for column in columns])
    return out.getvalue()


def frame(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as a frame; a column of mixed or nested values becomes text."""
    made: dict[str, list[Any]] = {}
    for column in columns:
        values = [row.get(column) for row in rows]
        kinds = {type(value) for value in values if value is not None}
        simple = kinds <= {bool} or kinds <= {int, float} or kinds <= {str}
        made[column] = values if simple or _lists(values) else [cell_text(v) for v in values]
    return pd.DataFrame(made, columns=list(columns))


def _lists(values: Sequence[Any]) -> bool:
    return all(
        value is None or (isinstance(value, list) and all(isinstance(v, str) for v in value))
        for value in values
    )


def cell_text(value: Any) -> str | None:
    """A value as plain text for the screen."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def download(
    label: str,
    columns: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    *,
    name: str,
    key: str,
) -> None:
    """A button that makes the CSV file when it is pressed."""
    st.download_button(
        label,
        data=_later(lambda: csv_text(columns, rows)),
        file_name=f"{name}.csv",
        mime="text/csv",
        key=key,
        icon=":material/download:",
        help=GUARD_NOTE,
        on_click="ignore",
    )


def _later(make: Callable[[], str]) -> Callable[[], bytes]:
    return lambda: make().encode("utf-8")


def table(
    columns: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    *,
    name: str,
    key: str,
    config: Mapping[str, Any] | None = None,
    most: int = 1000,
    choose: bool = False,
) -> int | None:
    """A table with its CSV download underneath; the file holds every row that was found.

    With ``choose`` a row can be selected; its index is returned, None when none is.
    """
    shown = frame(columns, rows[:most])
    settings: dict[str, Any] = {"column_config": dict(config or {}), "key": f"{key}-table"}
    if choose:
        settings |= {"on_select": "rerun", "selection_mode": "single-row"}
    event = st.dataframe(shown, hide_index=True, height="auto", **settings)
    if len(rows) > most:
        st.caption(f"The first {most:,} of {len(rows):,} rows; the CSV file has them all.")
    download("CSV", columns, rows, name=name, key=f"{key}-csv")
    picked = event["selection"]["rows"] if choose else []
    return int(picked[0]) if picked and picked[0] < len(shown) else None
