"""Each operator compares as documented; operands that cannot be read satisfy nothing."""

import pytest

from iam.conditions import date, ip, operators
from iam.match import glob


@pytest.mark.parametrize(
    ("base", "value", "wanted", "holds"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "A", "a", False),
        ("StringEquals", "ab", "a*", False),
        ("StringEquals", "a*", "a*", True),
        ("StringEqualsIgnoreCase", "ABC", "abc", True),
        ("StringLike", "abc", "a*", True),
        ("StringLike", "abc", "A*", False),
        ("NumericEquals", "3600", "3600.0", True),
        ("NumericLessThan", "5", "abc", False),
        ("NumericLessThan", "5", "6", True),
        ("NumericGreaterThanEquals", "6", "6", True),
        ("DateLessThan", "2025-01-01T00:00:00Z", "2026", True),
        ("DateEquals", "2030-01-01T00:00:00Z", "1893456000", True),
        ("DateGreaterThan", "2030-01-01T02:00:00+02:00", "2030-01-01", False),
        ("DateLessThan", "soon", "2026", False),
        ("Bool", "TRUE", "true", True),
        ("Bool", "yes", "yes", False),
        ("BinaryEquals", "QQ==", "QQ==", True),
        ("BinaryEquals", "QQ==", "???", False),
        ("IpAddress", "203.0.113.7", "203.0.113.0/24", True),
        ("IpAddress", "203.0.113.7", "203.0.113.7", True),
        ("IpAddress", "2001:db8::1", "2001:db8::/32", True),
        ("IpAddress", "203.0.113.7", "2001:db8::/32", False),
        ("IpAddress", "203.0.113.7", "300.0.0.0/8", False),
        ("ArnLike", "arn:aws:iam::111111111111:role/a", "arn:aws:iam::*:role/*", True),
        ("ArnLike", "arn:aws:iam::111111111111:role/a", "arn:aws:*:role/a", False),
        ("ArnLike", "arn:aws:iam::111111111111:role/A", "arn:aws:iam::*:role/a", False),
    ],
)
def test_operator(base: str, value: str, wanted: str, holds: bool) -> None:
    op = operators.parse(base)
    assert op is not None
    operand = glob.pattern(wanted) if op.wildcards else wanted
    assert operators.holds(base, value, operand) is holds


def test_operator_names_are_read_in_any_case_with_prefix_and_suffix() -> None:
    op = operators.parse("forallvalues:stringnotlikeifexists")
    assert op is not None
    assert (op.base, op.negated, op.set_prefix, op.if_exists) == (
        "StringLike",
        True,
        "ForAllValues",
        True,
    )
    assert operators.parse("ArnEquals") == operators.parse("ArnLike")


@pytest.mark.parametrize("name", ["StringEqual", "NullIfExists", "ForSome:StringEquals", "", ":"])
def test_unknown_operators_are_unknown(name: str) -> None:
    assert operators.parse(name) is None


def test_every_address_is_both_families() -> None:
    assert ip.everything(("0.0.0.0/0", "::/0"))
    assert not ip.everything(("0.0.0.0/0",))


def test_a_date_of_any_precision_is_an_instant() -> None:
    texts = ("2030", "2030-01", "2030-01-01", "2030-01-01T00:00Z", "2030-01-01T00:00:00.0Z")
    assert len({date.instant(t) for t in texts}) == 1
    assert date.instant("2030-13-01") is None
