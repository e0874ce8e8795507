"""Each operator compares as documented; operands that cannot be read satisfy nothing."""

from dataclasses import FrozenInstanceError

import pytest

from iam.conditions import date, ip, numeric, operators
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
        ("IpAddress", "10.9.9.9", "10.1.2.3/8", True),
        ("IpAddress", "nowhere", "10.0.0.0/8", False),
        ("BinaryEquals", "QUJD", "QU JD", False),
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


WILDCARDS = {"StringLike", "StringNotLike", "ArnLike", "ArnNotLike", "ArnEquals", "ArnNotEquals"}
VARIABLES = {
    *WILDCARDS,
    *(f"String{n}{c}" for n in ("Equals", "NotEquals") for c in ("", "IgnoreCase")),
    "Bool",
}
OTHERS = {
    *(f"{family}{n}" for family in ("Numeric", "Date") for n in ("Equals", "NotEquals")),
    *(
        f"{family}{word}{n}"
        for family in ("Numeric", "Date")
        for word in ("LessThan", "GreaterThan")
        for n in ("", "Equals")
    ),
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
}


@pytest.mark.parametrize("name", sorted(VARIABLES | OTHERS))
def test_wildcards_and_variables_are_where_aws_documents_them(name: str) -> None:
    """B-12, A-44: no wildcards but in Like and ARN operators, no variables in numbers and dates."""
    op = operators.parse(name)
    assert op is not None
    assert op.wildcards is (name in WILDCARDS)
    assert op.variables is (name in VARIABLES)
    assert op.negated is ("Not" in name)


def test_ranges_that_cannot_be_read_are_not_said_to_be_apart() -> None:
    assert not ip.disjoint(("nowhere",), ("10.0.0.0/8",))
    assert not ip.disjoint(("10.0.0.0/8",), ("nowhere",))
    assert ip.disjoint(("10.0.0.0/8",), ("192.0.2.0/24", "2001:db8::/32"))


def test_a_number_has_a_bounded_length() -> None:
    assert numeric.number("1" * 63) is not None
    assert numeric.number("1" * 64) is None


def test_an_operator_is_shared_and_cannot_be_changed() -> None:
    """A name is parsed once: what one decision changed, all others would see."""
    op = operators.parse("StringEquals")
    assert op is operators.parse("StringEquals")
    with pytest.raises(FrozenInstanceError):
        op.negated = True  # type: ignore[misc, union-attr]
