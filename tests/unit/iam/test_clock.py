"""Every request has a time: with a complete context, dates are judged by the snapshot's clock."""

from datetime import UTC, datetime
from typing import Any

import pytest

from iam.authorize import Request, authorize
from tests.unit.iam.build import A, role, snapshot, trust, user

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PAST, FUTURE = "2024-01-01T00:00:00Z", "2030-01-01T00:00:00Z"
ANN = f"arn:aws:iam::{A}:user/ann"


def asked(statements: list[dict[str, Any]], **more: Any) -> str:
    made = snapshot(user("ann"), role("target", statements), taken_at=NOW)
    request = Request(principal=ANN, resource=f"arn:aws:iam::{A}:role/target", **more)
    return authorize(made, request).verdict.value


def when(operator: str, *, effect: str = "Allow", key: str = "aws:CurrentTime", to: str) -> Any:
    condition = {operator: {key: to}}
    return {**trust({"AWS": ANN}), "Effect": effect, "Condition": condition}


ALLOWED = trust({"AWS": ANN})


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        ([ALLOWED, when("DateGreaterThan", effect="Deny", to=PAST)], "deny"),
        ([ALLOWED, when("DateLessThan", effect="Deny", to=FUTURE)], "deny"),
        ([ALLOWED, when("DateGreaterThan", effect="Deny", to=FUTURE)], "allow"),
        ([when("DateGreaterThan", to=PAST)], "allow"),
        ([when("DateLessThan", to=FUTURE)], "allow"),
        ([when("DateLessThan", to=PAST)], "deny"),
        ([when("DateGreaterThan", to=FUTURE)], "deny"),
        ([when("NumericLessThan", key="aws:EpochTime", to="1893456000")], "allow"),
        ([when("DateGreaterThan", key="aws:EpochTime", to="1893456000")], "deny"),
        ([when("Null", to="true")], "deny"),
    ],
)
def test_a_complete_context_has_the_snapshots_time(statements: Any, verdict: str) -> None:
    assert asked(statements, context_complete=True) == verdict


def test_a_time_that_is_given_counts_instead() -> None:
    until = [when("DateLessThan", to=FUTURE)]
    given = {"aws:CurrentTime": ("2031-01-01T00:00:00Z",)}
    assert asked(until, context=given, context_complete=True) == "deny"


def test_without_a_clock_a_date_stays_a_requirement() -> None:
    made = snapshot(user("ann"), role("target", [when("DateLessThan", to=FUTURE)]))
    request = Request(
        principal=ANN, resource=f"arn:aws:iam::{A}:role/target", context_complete=True
    )
    assert authorize(made, request).verdict.value == "conditional"


@pytest.mark.parametrize(
    ("operator", "verdict", "findings"),
    [
        ("DateEquals", "deny", ("EXPIRED_CONDITION",)),
        ("DateLessThan", "deny", ("EXPIRED_CONDITION",)),
        ("DateNotEquals", "allow", ()),
    ],
)
def test_expired_is_what_can_never_hold_again(
    operator: str, verdict: str, findings: tuple[str, ...]
) -> None:
    made = snapshot(user("ann"), role("target", [when(operator, to=PAST)]), taken_at=NOW)
    request = Request(principal=ANN, resource=f"arn:aws:iam::{A}:role/target")
    found = authorize(made, request)
    assert (found.verdict.value, found.findings) == (verdict, findings)


def test_what_has_expired_is_said_to_have() -> None:
    made = snapshot(user("ann"), role("target", [when("DateLessThan", to=PAST)]), taken_at=NOW)
    request = Request(principal=ANN, resource=f"arn:aws:iam::{A}:role/target")
    (miss,) = authorize(made, request).near_misses
    assert miss.message.endswith(
        f"aws:CurrentTime fails DateLessThan {PAST}: expired, for the snapshot is of"
        " 2026-06-01T00:00:00Z"
    )
