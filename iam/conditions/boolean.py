"""``Bool`` compares the words true and false, in any case.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Boolean
"""


def equals(value: str, wanted: str) -> bool:
    """Text compare of ``true`` and ``false`` without case (B-12)."""
    return value.lower() == wanted.lower() and wanted.lower() in ("true", "false")
