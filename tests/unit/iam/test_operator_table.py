"""Every operator answers under every modifier as AWS says, for a key that is there or is not."""

from itertools import product

import pytest

from iam.authorize import Request, authorize
from iam.conditions import operators
from tests.unit.iam.build import A, role, snapshot, trust, user

# Operator: what the policy wants, a value that fits it, a value that does not (B-12).
POSITIVE = {
    "StringEquals": ("a", "a", "A"),
    "StringEqualsIgnoreCase": ("a", "A", "b"),
    "StringLike": ("a*c", "abc", "abd"),
    "NumericEquals": ("3", "3.0", "4"),
    "NumericLessThan": ("3", "2", "3"),
    "NumericLessThanEquals": ("3", "3", "4"),
    "NumericGreaterThan": ("3", "4", "3"),
    "NumericGreaterThanEquals": ("3", "3", "2"),
    "DateEquals": ("2026-01-01", "2026-01-01T00:00:00Z", "2026-01-02"),
    "DateLessThan": ("2026-01-01", "2025-12-31", "2026-01-01"),
    "DateLessThanEquals": ("2026-01-01", "2026-01-01", "2026-01-02"),
    "DateGreaterThan": ("2026-01-01", "2026-01-02", "2026-01-01"),
    "DateGreaterThanEquals": ("2026-01-01", "2026-01-01", "2025-12-31"),
    "Bool": ("true", "True", "false"),
    "BinaryEquals": ("QUJD", "QUJD", "QUJE"),
    "IpAddress": ("203.0.113.0/24", "203.0.113.9", "198.51.100.9"),
    "ArnLike": ("arn:aws:sns:*:1:a*", "arn:aws:sns:r:1:ab", "arn:aws:sqs:r:1:ab"),
    "ArnEquals": ("arn:aws:sns:*:1:a*", "arn:aws:sns:r:1:ab", "arn:aws:sqs:r:1:ab"),
}
NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotLike": "ArnLike",
    "ArnNotEquals": "ArnEquals",
}
NAMES = (*POSITIVE, *NEGATED)
PREFIXES = ("", "ForAllValues:", "ForAnyValue:")
ANA = user("ana")


def verdict(operator: str, wanted: str, *values: str) -> str:
    """What a trust statement with one condition comes to, for a key with these values."""
    held = trust({"AWS": ANA.arn}, Condition={operator: {"acme:key": wanted}})
    request = Request(
        principal=ANA.arn,
        resource=f"arn:aws:iam::{A}:role/R",
        context={"acme:key": values} if values else {},
        context_complete=True,
    )
    return authorize(snapshot(ANA, role("R", [held])), request).verdict.value


def absent(prefix: str, negated: bool, if_exists: bool) -> str:
    """B-5, B-6 and B-8 for a key that the request does not hold."""
    if prefix == "ForAllValues:":
        return "allow"
    if prefix == "ForAnyValue:":
        return "conditional" if if_exists else "deny"  # I-9
    return "allow" if if_exists or negated else "deny"


def test_the_table_has_every_operator_that_is_read_and_no_other() -> None:
    known = {name.lower() for name in (*NAMES, "Null")}
    assert set(operators._LOWER) == known


@pytest.mark.parametrize(
    ("name", "prefix", "suffix"), list(product(NAMES, PREFIXES, ("", "IfExists")))
)
def test_an_operator_under_each_modifier(name: str, prefix: str, suffix: str) -> None:
    """B-1, B-5, B-6, B-8: one value that fits, one that does not, both, none."""
    negated = name in NEGATED
    wanted, fits, differs = POSITIVE[NEGATED.get(name, name)]
    operator = f"{prefix}{name}{suffix}"
    yes, no = ("deny", "allow") if negated else ("allow", "deny")
    assert verdict(operator, wanted, fits) == yes
    assert verdict(operator, wanted, differs) == no
    assert verdict(operator, wanted) == absent(prefix, negated, bool(suffix))
    if prefix:
        both = "allow" if prefix == "ForAnyValue:" else "deny"
        assert verdict(operator, wanted, fits, differs) == both


@pytest.mark.parametrize(("value", "there"), [("true", False), ("false", True)])
def test_null_asks_whether_the_key_is_there(value: str, there: bool) -> None:
    assert verdict("Null", value, "x") == ("allow" if there else "deny")
    assert verdict("Null", value) == ("deny" if there else "allow")


@pytest.mark.parametrize("operator", ["StringEqual", "ForSome:StringEquals", "NullIfExists", ""])
def test_an_operator_that_aws_does_not_have_is_a_requirement(operator: str) -> None:
    assert verdict(operator, "a", "a") == "conditional"
