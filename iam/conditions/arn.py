"""ARN operators compare six parts one by one; ``ArnEquals`` takes wildcards like ``ArnLike``.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
"""

from iam.match import glob


def like(value: str, wanted: str) -> bool:
    """``ArnLike`` and ``ArnEquals``: part by part, case sensitive (B-12, B-13).

    A wanted value with fewer than six parts matches nothing here; a lone star is the caller's
    business, because AWS is silent on it (I-13).

    Example:
        >>> like("arn:aws:iam::111111111111:role/a", glob.pattern("arn:aws:iam::*:role/*"))
        True
        >>> like("arn:aws:iam::111111111111:role/a", glob.pattern("arn:aws:*"))
        False
    """
    have, want = value.split(":", 5), wanted.split(":", 5)
    if len(have) != 6 or len(want) != 6:
        return False
    return all(glob.matches(w, h) for w, h in zip(want, have, strict=True))
