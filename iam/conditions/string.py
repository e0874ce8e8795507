"""String operators compare whole strings, exactly, case folded, or as patterns.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_String
"""

from iam.match import glob


def equals(value: str, wanted: str) -> bool:
    """``StringEquals``: exact, case sensitive; a star is a star (B-12, B-13)."""
    return value == glob.show(wanted)


def equals_ignore_case(value: str, wanted: str) -> bool:
    """``StringEqualsIgnoreCase``: exact but for case."""
    return value.casefold() == glob.show(wanted).casefold()


def like(value: str, wanted: str) -> bool:
    """``StringLike``: the whole value against a pattern; a star crosses colons (B-13)."""
    return glob.matches(wanted, value)
