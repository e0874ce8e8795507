"""What is left over of earlier days: roles nobody needs, ids of the deleted, idle service roles."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.dashboard.parts import asking, links, tables
from app.dashboard.parts.escape import esc_md, one_line
from app.dashboard.parts.principals import Directory
from app.dashboard.parts.view import Frame

Json = Mapping[str, Any]

DAYS = 90
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Sweep:
    """One kind of leftovers: the query that finds them and how its rows are shown.

    ``entity`` names the column of the row that can be rehearsed; empty where there is none.
    """

    word: str
    query: str
    params: Mapping[str, str | int | bool]
    says: str
    none: str
    row: Callable[[Json, Directory], dict[str, Any]]
    entity: str = ""


def _orphan(row: Json, directory: Directory) -> dict[str, Any]:
    return {
        "Role": one_line(row["name"]),
        "Account": _place(row),
        "Names in its trust": row["trusts"],
        "Hard blockers": row["blockers"],
        "Last used": _used(row["last_used"]),
        "Made": row["created"][:10],
        "ARN": row["role"],
    }


def _dead(row: Json, directory: Directory) -> dict[str, Any]:
    kinds = {"trust": "trust policy", "resource": "resource policy", "grant": "grant of a KMS key"}
    return {
        "Named by": one_line(directory.describe(row["holder"]).name),
        "In its": kinds[row["kind"]],
        "Account": _place(row),
        "Effect": row["effect"],
        "Unique id": row["id"],
        "It meant": one_line(directory.describe(row["meant"]).name) if row["meant"] else "",
        "Holder ARN": row["holder"],
        "ARN that it meant": row["meant"],
        "Statement": row["statement"] or row["policy"],
    }


def _linked(row: Json, directory: Directory) -> dict[str, Any]:
    answers = {"BLOCKED": "would refuse", "CLEAR": "would accept", "UNKNOWN": "not known"}
    return {
        "Role": one_line(row["name"]),
        "Account": _place(row),
        "Service": row["service"],
        "Its service": answers[row["prediction"]],
        "Last used": _used(row["last_used"]),
        "Made": row["created"][:10],
        "ARN": row["role"],
    }


def _place(row: Json) -> str:
    return one_line(row["account_name"] or row["account"])


def _used(time: str) -> str:
    return time[:10] if time else "no use seen"


SWEEPS = (
    Sweep(
        "Orphaned roles",
        "orphan_roles",
        {"days": DAYS, "blocked": True},
        f"Nobody can enter them, AWS shows no use in {DAYS} days, and no resource that was read "
        "runs with them. Choose one to rehearse its deletion.",
        "No role is without a way in, without use and without a resource that runs with it.",
        _orphan,
        "ARN",
    ),
    Sweep(
        "Dead ids",
        "dead_ids",
        {},
        "A policy still names somebody who was deleted. The id lets nobody in, and a new role of "
        "the old name does not get the trust back: the statement can be written anew without it. "
        "Whom it meant is known where an earlier snapshot of this data set held it.",
        "No policy names a deleted user or role.",
        _dead,
    ),
    Sweep(
        "Idle service-linked roles",
        "unused_linked_roles",
        {"days": DAYS},
        f"AWS shows no use in {DAYS} days. Only its service lets such a role go, and some make it "
        "again by themselves. Choose one to see what its service looks at.",
        "Every service-linked role was used lately, or its last use was not read.",
        _linked,
        "ARN",
    ),
)


def show(frame: Frame, directory: Directory) -> None:
    """The kinds of leftovers with their numbers, and the table of the one that is chosen."""
    st.subheader("Left over", anchor=False)
    if asking.answers().store is None:
        st.caption("A snapshot folder has no graph to search for them; load it first.")
        return
    found = {sweep.word: _rows(sweep) for sweep in SWEEPS}
    words = list(found)
    st.segmented_control(
        "Kind of leftovers",
        words,
        key="leftovers",
        required=True,
        format_func=lambda word: f"{word}: {len(found[word]):,}",
        on_change=links.chosen("leftovers", "left", words, words[0]),
        label_visibility="collapsed",
    )
    chosen = links.get("left", words[0])
    sweep = next((sweep for sweep in SWEEPS if sweep.word == chosen), SWEEPS[0])
    _table(frame, sweep, [sweep.row(row, directory) for row in found[sweep.word]])


def _rows(sweep: Sweep) -> Sequence[Json]:
    answer = asking.ask("query", name=sweep.query, params=dict(sweep.params), limit=_MOST)
    rows: Sequence[Json] = answer["rows"]
    return rows


def _table(frame: Frame, sweep: Sweep, rows: list[dict[str, Any]]) -> None:
    if not rows:
        st.markdown(f":green[:material/check_circle:] {sweep.none}")
        return
    st.caption(sweep.says)
    hidden = {name: None for name in rows[0] if name in {"ARN", "Holder ARN"}}
    at = tables.table(
        list(rows[0]),
        rows,
        name=sweep.query.replace("_", "-"),
        key=sweep.query,
        config=hidden,
        choose=bool(sweep.entity),
    )
    if at is not None:
        row = rows[at]
        frame.link(
            "deletion",
            f"Can {esc_md(row['Role'])} ({esc_md(row['Account'])}) be deleted?",
            icon=":material/delete:",
            entity=row[sweep.entity],
        )
