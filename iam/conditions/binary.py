"""``BinaryEquals`` compares the bytes of two base64 values.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_BinaryEquals
"""

import base64
import binascii


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def equals(value: str, wanted: str) -> bool:
    """Byte for byte; what is not base64 equals nothing (B-14)."""
    a, b = _bytes(value), _bytes(wanted)
    return a is not None and a == b
