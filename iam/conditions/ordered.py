"""Numbers and dates are compared in one way: what cannot be read satisfies nothing (B-14).

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def comparing(
    read: Callable[[str], T | None], test: Callable[[T, T], bool]
) -> Callable[[str, str], bool]:
    """Whether a value stands to a wanted one as ``test`` says, once both are read.

    Example:
        >>> import operator
        >>> less = comparing(lambda text: int(text) if text.isdigit() else None, operator.lt)
        >>> less("9", "10"), less("10", "9"), less("ten", "9")
        (True, False, False)
    """

    def holds(value: str, wanted: str) -> bool:
        a, b = read(value), read(wanted)
        return a is not None and b is not None and test(a, b)

    return holds
