"""The ledger tells per account what was read and what was not, and why."""

from datetime import UTC, datetime

from app.dashboard.parts import ledger
from iam.model import COVERAGE_STATES, Coverage
from ingest.coverage import NOT_ASKED, coverage_json

A, B = "111111111111", "222222222222"


def line(account: str, operation: str, status: str = "complete", note: str = "") -> Coverage:
    return Coverage(
        account=account,
        region="global",
        service="iam",
        operation=operation,
        status=status,
        note=note,
        missing_action="iam:ListThings" if status == "denied" else "",
        taken_at=datetime(2026, 11, 2, 6, tzinfo=UTC),
    )


def test_every_state_has_a_word() -> None:
    assert {*COVERAGE_STATES, NOT_ASKED} <= set(ledger.WORDS)


def test_gaps_come_with_the_note_of_their_line() -> None:
    lines = [line(A, "list-roles", "partial", "entry 3 is no role"), line(A, "list-saml-providers")]
    found = ledger.book(lines, coverage_json(lines)["not_seen"], {A: "identity"})
    noted = [gap for gap in found.gaps if gap["operation"] == "list-roles"]
    assert [gap["note"] for gap in noted] == ["entry 3 is no role"]
    assert found.lines[0]["taken_at"] == "2026-11-02T06:00:00Z"


def test_an_account_with_gaps_stands_first() -> None:
    lines = [line(A, "list-roles"), line(B, "list-roles"), line(B, "list-saml-providers", "denied")]
    gaps = [
        {"account": B, "region": "global", "service": "iam", "operation": "list-saml-providers"}
        | {"status": "denied", "missing_action": "iam:ListThings"}
    ]
    rows = ledger.by_account(ledger.book(lines, gaps, {B: "production"}))
    assert [(row["Account"], row["Read"], row["Not seen"]) for row in rows] == [
        (B, 1, 1),
        (A, 1, 0),
    ]
    assert rows[0]["Account name"] == "production"
    assert rows[0]["Why not"] == "1 refused"


def test_what_nobody_asked_counts_as_not_seen() -> None:
    gaps = coverage_json([])["not_seen"]
    rows = ledger.by_account(ledger.book([], gaps, {}))
    assert rows == [
        {
            "Account": "organization",
            "Account name": "",
            "Scopes": 1,
            "Read": 0,
            "Not seen": 1,
            "Why not": "1 never asked",
        }
    ]


def test_an_empty_ledger_has_no_rows() -> None:
    assert ledger.by_account(ledger.Book()) == []
