"""Numeric operators compare decimals; what is not a number satisfies nothing.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Numeric
"""

import operator
import re
from decimal import Decimal

from iam.conditions.ordered import comparing

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")


def number(text: str) -> Decimal | None:
    """A decimal, or None for anything else (B-14)."""
    text = text.strip()
    return Decimal(text) if len(text) < 64 and _NUMBER.fullmatch(text) else None


equals = comparing(number, operator.eq)
less_than = comparing(number, operator.lt)
less_than_equals = comparing(number, operator.le)
greater_than = comparing(number, operator.gt)
greater_than_equals = comparing(number, operator.ge)
