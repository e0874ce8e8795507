"""Data says how fresh and how complete the facts are on which every answer rests."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.dashboard.parts import asking, ledger, links, notices, sentences, tables
from app.dashboard.parts.chrome import moment
from app.dashboard.parts.escape import code, esc_md
from app.dashboard.parts.view import Frame, View
from iam.errors import RolepathError

_GAP_COLUMNS = ["Account", "Region", "Service", "Operation", "Status", "Missing action", "Note"]
_LEDGER_COLUMNS = [
    *("Account", "Account name", "Region", "Service", "Operation", "Resource", "Status"),
    *("Pages", "Items", "Missing action", "Error", "Note", "Read at"),
]
_SNAPSHOT_COLUMNS = ["Data set", "Snapshot", "Taken at", "Accounts", "Answers come from it", "Path"]
_EVERYTHING = "all accounts"

Json = Mapping[str, Any]


def render(_: Frame) -> None:
    """What is answered from, what was not seen, the whole ledger, and the kept snapshots."""
    try:
        found = asking.info()
    except RolepathError as problem:
        notices.error(problem)
        _snapshots("")
        return
    _source(found)
    with st.skeleton(height=300):
        book = asking.coverage_ledger()
        _not_seen(book)
        _accounts(book)
        _ledger(book)
    _snapshots(str(found["snapshot"]))


def _source(found: Json) -> None:
    """The snapshot by name and time, and how much it holds."""
    taken = moment(str(found["taken_at"])) if found["taken_at"] else "a time that is not known"
    st.markdown(
        f"Answers come from {'' if asking.folder() else 'data set '}"
        f"{code(asking.folder() or found['data'] or 'unnamed')}, "
        f"snapshot {code(found['snapshot'] or 'without an id')}, taken at {esc_md(taken)}. "
        "Times in policies are judged by that clock."
    )
    counts = (
        ("Accounts read", "accounts"),
        ("Roles", "roles"),
        ("Users", "users"),
        ("Nodes", "nodes"),
        ("Edges", "edges"),
    )
    with st.container(horizontal=True, key="counts"):
        for label, name in counts:
            st.metric(label, f"{found[name]:,}", border=True)


# --- coverage -------------------------------------------------------------------------------------


def _not_seen(book: ledger.Book) -> None:
    """The gaps, each with the IAM action whose absence caused it."""
    if not book.gaps:
        notices.verdict(
            "good",
            "Everything that was asked for was read.",
            "No answer has a gap for that reason.",
        )
        return
    head = f"{sentences.counted(len(book.gaps), 'scope was', 'scopes were')} not seen."
    kinds = Counter(gap["status"] for gap in book.gaps)
    tail = ", ".join(f"{count} {ledger.WORDS[status]}" for status, count in kinds.most_common())
    notices.verdict("warn", head, f"{tail}. Answers that could depend on them say so.")
    rows = [
        {
            "Account": ledger.account_word(book, gap["account"]),
            "Region": gap["region"],
            "Service": gap["service"],
            "Operation": gap["operation"]
            + (f" of {gap['resource']}" if gap.get("resource") else ""),
            "Status": ledger.WORDS[gap["status"]],
            "Missing action": gap["missing_action"],
            "Note": gap.get("note", ""),
        }
        for gap in book.gaps
    ]
    st.subheader("Not seen", anchor=False)
    tables.table(_GAP_COLUMNS, rows, name="not-seen", key="gaps")
    actions = sorted({gap["missing_action"] for gap in book.gaps if gap["missing_action"]})
    if actions:
        st.markdown(
            f"Allow the collector {', '.join(code(action) for action in actions[:12])}"
            + (f" and {len(actions) - 12} more" if len(actions) > 12 else "")
            + " and read again; `rolepath permissions` prints the whole policy."
        )


def _accounts(book: ledger.Book) -> None:
    """One row per account: how many scopes were read, and how many were not."""
    rows = ledger.by_account(book)
    if not rows:
        return
    st.subheader("By account", anchor=False)
    tables.table(
        list(ledger.ACCOUNT_COLUMNS),
        rows,
        name="coverage-by-account",
        key="accounts",
    )


def _ledger(book: ledger.Book) -> None:
    """Every scope that was asked for, by account and status; the filters are links."""
    st.subheader("Coverage ledger", anchor=False)
    st.caption("One line per account, Region, service and call.")
    if not book.lines:
        st.markdown(
            "This snapshot has no ledger: what its files hold was read, and nothing else was asked."
        )
        return
    accounts = [_EVERYTHING, *sorted({line["account"] for line in book.lines})]
    statuses = ["any status", *sorted({line["status"] for line in book.lines})]
    with st.container(horizontal=True):
        st.selectbox(
            "Account",
            accounts,
            key="ledger-account",
            on_change=links.chosen("ledger-account", "account", accounts, _EVERYTHING),
            format_func=lambda account: ledger.account_word(book, account),
            width=280,
        )
        st.selectbox(
            "Status",
            statuses,
            key="ledger-status",
            on_change=links.chosen("ledger-status", "status", statuses, "any status"),
            format_func=lambda status: ledger.WORDS.get(status, status),
            width=220,
        )
    account, status = links.get("account", _EVERYTHING), links.get("status", "any status")
    lines = [
        line
        for line in book.lines
        if (account not in accounts or account in {_EVERYTHING, line["account"]})
        and (status not in statuses or status in {"any status", line["status"]})
    ]
    if not lines:
        st.markdown("No line of the ledger has this account and this status.")
        return
    tables.table(_LEDGER_COLUMNS, _ledger_rows(book, lines), name="coverage", key="ledger")


def _ledger_rows(book: ledger.Book, lines: Sequence[Json]) -> list[dict[str, Any]]:
    return [
        {
            "Account": line["account"],
            "Account name": book.names.get(line["account"], ""),
            "Region": line["region"],
            "Service": line["service"],
            "Operation": line["operation"],
            "Resource": line["resource"],
            "Status": ledger.WORDS[line["status"]],
            "Pages": line["pages"],
            "Items": line["items"],
            "Missing action": line["missing_action"],
            "Error": line["error_code"],
            "Note": line["note"],
            "Read at": line["taken_at"],
        }
        for line in lines
    ]


# --- snapshots ------------------------------------------------------------------------------------


def _snapshots(current: str) -> None:
    """What is kept in this home, in every data set."""
    st.subheader("Snapshots", anchor=False)
    rows = [
        {
            "Data set": row["data"],
            "Snapshot": row["id"],
            "Taken at": row["taken_at"],
            "Accounts": row["accounts"],
            "Answers come from it": row["id"] == current and row["current"],
            "Path": row["path"],
        }
        for row in asking.snapshots()
    ]
    if not rows:
        st.markdown("No snapshot is kept in this home folder yet.")
        st.code("rolepath ingest files PATH", language="bash")
        return
    tables.table(_SNAPSHOT_COLUMNS, rows, name="snapshots", key="snapshots")
    st.caption("Any of them can be asked: `rolepath serve --snapshot ID`.")


VIEW = View(
    title="Data",
    url="data",
    icon=":material/database:",
    order=50,
    question="How fresh and complete is the data?",
    render=render,
    needs_data=False,
)
