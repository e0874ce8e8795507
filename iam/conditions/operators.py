"""An operator name is a base, perhaps negated, with an optional set prefix and ``IfExists``.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from iam.conditions import arn, binary, boolean, date, ip, numeric, string


@dataclass(frozen=True, slots=True)
class Operator:
    """A known operator (B-2, B-12).

    ``base`` is the positive form that requirements are written in; ``negated`` says that the
    policy's operator is its opposite; ``set_prefix`` is ``ForAllValues``, ``ForAnyValue`` or empty.
    """

    base: str
    negated: bool
    set_prefix: str
    if_exists: bool
    holds: Callable[[str, str], bool] | None
    wildcards: bool
    variables: bool

    @property
    def is_null(self) -> bool:
        """Whether this is ``Null``."""
        return self.base == "Null"


# (base, compare, wildcards, variables); ArnEquals and ArnLike are one operator (B-12)
_BASES: dict[str, tuple[str, Callable[[str, str], bool] | None, bool, bool]] = {
    "StringEquals": ("StringEquals", string.equals, False, True),
    "StringEqualsIgnoreCase": ("StringEqualsIgnoreCase", string.equals_ignore_case, False, True),
    "StringLike": ("StringLike", string.like, True, True),
    "NumericEquals": ("NumericEquals", numeric.equals, False, False),
    "NumericLessThan": ("NumericLessThan", numeric.less_than, False, False),
    "NumericLessThanEquals": ("NumericLessThanEquals", numeric.less_than_equals, False, False),
    "NumericGreaterThan": ("NumericGreaterThan", numeric.greater_than, False, False),
    "NumericGreaterThanEquals": (
        "NumericGreaterThanEquals",
        numeric.greater_than_equals,
        False,
        False,
    ),
    "DateEquals": ("DateEquals", date.equals, False, False),
    "DateLessThan": ("DateLessThan", date.less_than, False, False),
    "DateLessThanEquals": ("DateLessThanEquals", date.less_than_equals, False, False),
    "DateGreaterThan": ("DateGreaterThan", date.greater_than, False, False),
    "DateGreaterThanEquals": ("DateGreaterThanEquals", date.greater_than_equals, False, False),
    "Bool": ("Bool", boolean.equals, False, True),
    "BinaryEquals": ("BinaryEquals", binary.equals, False, False),
    "IpAddress": ("IpAddress", ip.within, False, False),
    "ArnLike": ("ArnLike", arn.like, True, True),
    "ArnEquals": ("ArnLike", arn.like, True, True),
    "Null": ("Null", None, False, False),
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotLike": "ArnLike",
    "ArnNotEquals": "ArnEquals",
}
_LOWER = {name.lower(): name for name in (*_BASES, *_NEGATED)}
_PREFIXES = {"forallvalues": "ForAllValues", "foranyvalue": "ForAnyValue"}


@lru_cache(maxsize=1024)
def parse(text: str) -> Operator | None:
    """Read an operator name in any case (B-2); None when AWS has no such operator.

    Example:
        >>> parse("ForAnyValue:StringNotLikeIfExists").base
        'StringLike'
        >>> parse("StringEqual") is None
        True
    """
    prefix, colon, rest = text.partition(":")
    set_prefix = ""
    if colon:
        if prefix.lower() not in _PREFIXES:
            return None
        set_prefix = _PREFIXES[prefix.lower()]
    else:
        rest = text
    name = rest.lower()
    if_exists = name.endswith("ifexists")
    if if_exists:
        name = name[: -len("ifexists")]
    if name not in _LOWER or (name == "null" and (if_exists or set_prefix)):
        return None
    exact = _LOWER[name]
    negated = exact in _NEGATED
    base, holds, wildcards, variables = _BASES[_NEGATED.get(exact, exact)]
    return Operator(base, negated, set_prefix, if_exists, holds, wildcards, variables)


def holds(base: str, value: str, wanted: str) -> bool:
    """Whether one value satisfies a base operator against one wanted pattern."""
    found = _BASES[base][1]
    return found is not None and found(value, wanted)
