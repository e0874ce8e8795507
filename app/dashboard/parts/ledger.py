"""The coverage ledger as a page tells it: lines, gaps, and one row per account."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]

WORDS: Mapping[str, str] = {
    "complete": "read",
    "partial": "read in part",
    "denied": "refused",
    "throttled": "throttled",
    "not-available": "not in this Region",
    "not-enabled": "not enabled",
    "error": "failed",
    "skipped": "skipped",
    "stale": "kept from earlier",
    "not-asked": "never asked",
}
"""States of coverage in words; a plain word for each."""

READ = frozenset({"complete", "not-available", "not-enabled"})
"""States that leave nothing open."""

ACCOUNT_COLUMNS = ("Account", "Account name", "Scopes", "Read", "Not seen", "Why not")


@dataclass(frozen=True, slots=True)
class Book:
    """The ledger of one snapshot.

    Attributes:
        lines: One for each scope that was asked for.
        gaps: What was not seen, also what nobody asked for; with a note where there is one.
        names: Account names by id.
    """

    lines: Sequence[Json] = ()
    gaps: Sequence[Json] = ()
    names: Mapping[str, str] = field(default_factory=dict)


def book(coverage: Sequence[Any], gaps: Sequence[Json], names: Mapping[str, str]) -> Book:
    """The ledger of coverage records and the gaps of an answer's ``coverage``."""
    lines = [
        {
            "account": line.account,
            "region": line.region,
            "service": line.service,
            "operation": line.operation,
            "resource": line.resource,
            "status": line.status,
            "pages": line.pages,
            "items": line.items,
            "error_code": line.error_code,
            "missing_action": line.missing_action,
            "note": line.note,
            "taken_at": f"{line.taken_at:%Y-%m-%dT%H:%M:%SZ}" if line.taken_at else "",
        }
        for line in coverage
    ]
    notes = {_scope(line): line["note"] for line in lines}
    told = [{**gap, "note": notes.get(_scope(gap), "")} for gap in gaps]
    return Book(lines, told, names)


def _scope(line: Json) -> tuple[str, ...]:
    keys = ("account", "region", "service", "operation")
    return (*(str(line[key]) for key in keys), str(line.get("resource", "")))


def account_word(found: Book, account: str) -> str:
    """An account by name and id.

    Example:
        >>> account_word(Book(names={"111111111111": "identity"}), "111111111111")
        'identity (111111111111)'
    """
    name = found.names.get(account, "")
    return f"{name} ({account})" if name else account or "organization"


def by_account(found: Book) -> list[dict[str, Any]]:
    """One row per account, the one with the most gaps first."""
    scopes = Counter(str(line["account"]) for line in found.lines)
    missing: dict[str, Counter[str]] = {}
    for gap in found.gaps:
        missing.setdefault(str(gap["account"]), Counter())[str(gap["status"])] += 1
    read = Counter(str(line["account"]) for line in found.lines if line["status"] in READ)
    rows = []
    for account in sorted({*scopes, *missing}):
        gaps = missing.get(account, Counter())
        asked = max(read[account] + gaps.total(), scopes[account])
        rows.append(
            {
                "Account": account or "organization",
                "Account name": found.names.get(account, ""),
                "Scopes": asked,
                "Read": read[account],
                "Not seen": gaps.total(),
                "Why not": ", ".join(f"{n} {WORDS[status]}" for status, n in gaps.most_common()),
            }
        )
    return sorted(rows, key=lambda row: (-row["Not seen"], row["Account"]))
