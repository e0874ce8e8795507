"""What could not be seen is part of every answer: refused, failed, out of date, or never asked."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from iam.model import Coverage, Snapshot
from ingest.layout import AUTHORIZATION_DETAILS, GLOBAL, NOTHING_TO_ASK, Catalogue, Scope, stamp
from ingest.reader import ScopeState
from ingest.sources import after, by_operation, expected, follows, sources
from ingest.sources.organization import DESCRIBE, SERVICE

SEEN = ("complete", "not-enabled", "not-available")
"""States that leave no doubt: what AWS has there was read, or there is no such thing there."""

NOT_ASKED = "not-asked"
NO_REGION = "workloads and resource policies: no Region was read"
"""Said once: which Regions an account uses is not known, so there is no scope to name."""


def ledger_of(catalogue: Catalogue, states: Mapping[Scope, ScopeState]) -> tuple[Coverage, ...]:
    """The final ledger: the folder's own lines, put right by what reading the files came to.

    A file without a line was read. A line that says complete but has no file is an error, unless
    no source reads what the call gives. A file of which something could not be used is partial.
    """
    found: dict[tuple[Scope, str], Coverage] = dict(catalogue.ledger)
    for scope in catalogue.files:
        state = states.get(scope)
        line = found.get((scope, ""))
        if state is None:
            if line is None:
                found[scope, ""] = _line(scope, "skipped", note="no source reads this answer")
            continue
        found[scope, ""] = _joined(scope, line, state, catalogue)
    for (scope, resource), line in list(found.items()):
        wants_file = not resource and line.status in ("complete", "partial", "stale")
        wants_file = wants_file and line.note != NOTHING_TO_ASK and scope.key in by_operation()
        if wants_file and scope not in catalogue.files:
            found[scope, resource] = _line(scope, "error", note="its file is missing")
    return tuple(found[key] for key in sorted(found))


def _line(scope: Scope, status: str, note: str = "") -> Coverage:
    return Coverage(
        account=scope.account,
        region=scope.region,
        service=scope.service,
        operation=scope.operation,
        status=status,
        note=note,
    )


def _joined(
    scope: Scope, line: Coverage | None, state: ScopeState, catalogue: Catalogue
) -> Coverage:
    status = line.status if line else "complete"
    if state.gaps and status == "complete":
        status = "partial"
    notes = [line.note] if line and line.note else []
    notes += [note for note in state.notes if note not in notes]
    return Coverage(
        account=scope.account,
        region=scope.region,
        service=scope.service,
        operation=scope.operation,
        status=status,
        pages=line.pages if line and line.pages else state.pages,
        items=state.items,
        error_code=line.error_code if line else "",
        missing_action=line.missing_action if line else "",
        note="; ".join(notes),
        taken_at=line.taken_at if line and line.taken_at else catalogue.taken_at,
    )


def not_asked(coverage: Iterable[Coverage]) -> list[Coverage]:
    """Scopes that an answer could depend on and that no line speaks of.

    Of every account whose entities were read: what its sources expect. Where something was listed
    and never looked at, or looked at and never listed: the other half. When no account was asked
    for its organization: that, once.
    """
    items: dict[Scope, int] = {}
    wanted: dict[Scope, None] = {}
    expects = [key for source in sources() for key in expected(source)]
    followers: dict[str, list[str]] = {}
    for follower, leader in follows().items():
        followers.setdefault(leader, []).append(follower)
    asked_organization = False
    for line in coverage:
        scope = Scope(line.account, line.region, line.service, line.operation)
        items[scope] = max(items.get(scope, 0), line.items)
        if line.operation == AUTHORIZATION_DETAILS:
            wanted.update((_scope(line.account, GLOBAL, key), None) for key in expects)
        asked_organization |= line.service == SERVICE
    if not asked_organization:
        wanted[_scope("", GLOBAL, DESCRIBE)] = None
    for scope, count in items.items():
        listed_by = follows().get(scope.key) or after().get(scope.key)
        if listed_by:
            wanted[_scope(scope.account, scope.region, listed_by)] = None
        if count:
            for follower in followers.get(scope.key, ()):
                wanted[_scope(scope.account, scope.region, follower)] = None
    return [_line(scope, NOT_ASKED) for scope in wanted if scope not in items]


def _scope(account: str, region: str, key: str) -> Scope:
    service, _, operation = key.partition("/")
    return Scope(account, region, service, operation)


def gaps(coverage: Sequence[Coverage]) -> list[Coverage]:
    """Every scope that was not seen, in order: refused, failed, stale, partial, or never asked."""
    found = [line for line in coverage if line.status not in SEEN and not _is_unread(line)]
    found += not_asked(coverage)
    return sorted(
        found, key=lambda c: (c.account, c.region, c.service, c.operation, c.resource, c.status)
    )


def _is_unread(line: Coverage) -> bool:
    """A saved answer that no source reads says nothing about access."""
    unread = f"{line.service}/{line.operation}" not in by_operation()
    return unread and line.status in ("skipped", "stale")


def coverage_json(snapshot: Snapshot | Sequence[Coverage]) -> dict[str, Any]:
    """The ``coverage`` shape of every answer, from coverage records only.

    Example:
        >>> coverage_json([])["not_seen"][0]["operation"]
        'describe-organization'
    """
    lines = snapshot.coverage if isinstance(snapshot, Snapshot) else snapshot
    missing = gaps(lines)
    return {"complete": not missing, "not_seen": [_json(line) for line in missing]}


def _json(line: Coverage) -> dict[str, str]:
    found = {
        "account": line.account,
        "region": line.region,
        "service": line.service,
        "operation": line.operation,
        "status": line.status,
        "missing_action": line.missing_action,
    }
    if line.resource:
        found["resource"] = line.resource
    if line.status == "stale" and line.taken_at is not None:
        found["since"] = stamp(line.taken_at)
    return found


def summary(coverage: Sequence[Coverage]) -> list[str]:
    """Lines for people: what was not readable, gathered by state, service and action."""
    groups: dict[tuple[bool, str, str, str], list[Coverage]] = {}
    for line in gaps(coverage):
        # What nobody asked for comes last: of what is cut off it says the least.
        is_unasked = line.status == NOT_ASKED
        operation = f"{line.service}:{line.operation}"
        key = (is_unasked, line.status, operation, line.missing_action)
        groups.setdefault(key, []).append(line)
    found = [] if _asked_a_region(coverage) else [NO_REGION]
    for (_, status, operation, action), lines in sorted(groups.items()):
        places = sorted({f"{line.account}/{line.region}" for line in lines if line.account})
        where = f" in {', '.join(places[:3])}" if places else ""
        more = f" and {len(places) - 3} more" if len(places) > 3 else ""
        need = f"; needs {action}" if action else ""
        notes = sorted({line.note for line in lines if line.note})
        note = f" ({notes[0]})" if notes and (not action or status == "stale") else ""
        found.append(f"{status}: {operation}{where}{more}{need}{note}")
    return found


def _asked_a_region(coverage: Iterable[Coverage]) -> bool:
    return any(line.region not in ("", GLOBAL) for line in coverage)


def remarks(coverage: Iterable[Coverage]) -> list[str]:
    """What was odd in answers that were read whole, such as a policy that is none, in order."""
    found = []
    for line in coverage:
        is_odd = line.status == "complete" and line.note != NOTHING_TO_ASK
        if line.note and (is_odd or _is_unread(line)):
            about = f"{line.service}:{line.operation} in {line.account}: "
            for note in line.note.split("; "):
                found.append(note if "#/" in note else f"{about}{note}")
    return sorted(found)
