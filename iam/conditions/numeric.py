"""Numeric operators compare decimals; what is not a number satisfies nothing.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Numeric
"""

import re
from collections.abc import Callable
from decimal import Decimal

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")


def number(text: str) -> Decimal | None:
    """A decimal, or None for anything else (B-14)."""
    text = text.strip()
    return Decimal(text) if len(text) < 64 and _NUMBER.fullmatch(text) else None


def _compare(test: Callable[[Decimal, Decimal], bool]) -> Callable[[str, str], bool]:
    def holds(value: str, wanted: str) -> bool:
        a, b = number(value), number(wanted)
        return a is not None and b is not None and test(a, b)

    return holds


equals = _compare(lambda a, b: a == b)
less_than = _compare(lambda a, b: a < b)
less_than_equals = _compare(lambda a, b: a <= b)
greater_than = _compare(lambda a, b: a > b)
greater_than_equals = _compare(lambda a, b: a >= b)
