"""An action is a service prefix and a name, in any case; only the name may have wildcards.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
"""

from functools import lru_cache

from iam.match import glob


@lru_cache(maxsize=65536)
def matches(text: str, action: str) -> bool:
    """Whether an ``Action`` value matches an action such as ``sts:AssumeRole`` (A-34, A-35).

    Example:
        >>> matches("STS:assumerole", "sts:AssumeRole")
        True
        >>> matches("sts:Assume?", "sts:AssumeRole")
        False
        >>> matches("s*:AssumeRole", "sts:AssumeRole")
        False
    """
    if text == "*":
        return True
    prefix, colon, name = text.partition(":")
    if not colon or not name or ":" in name or text != text.strip():
        return False  # such a string names no action
    wanted_prefix, _, wanted_name = action.partition(":")
    if prefix.lower() != wanted_prefix.lower():
        return False
    return glob.matches(glob.pattern(name.lower()), wanted_name.lower())
