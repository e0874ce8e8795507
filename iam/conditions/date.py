"""Date operators compare instants, written as any W3C precision of ISO 8601 or as epoch seconds.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
"""

import operator
import re
from datetime import UTC, datetime, timedelta

from iam.conditions.ordered import comparing

_ISO = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?)?)?"
)
_EPOCH = re.compile(r"\d{5,12}(\.\d+)?")


def instant(text: str) -> datetime | None:
    """An aware UTC time, or None for anything else (B-14); a date alone is midnight UTC (B-26).

    Example:
        >>> instant("2030-01-01").isoformat()
        '2030-01-01T00:00:00+00:00'
        >>> instant("1893456000") == instant("2030-01-01T00:00:00Z")
        True
    """
    text = text.strip()
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(0, UTC) + timedelta(seconds=float(text))
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        moment = datetime(
            int(year),
            int(month or 1),
            int(day or 1),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int(float(fraction or 0) * 1_000_000),
            tzinfo=UTC,
        )
        if zone and zone != "Z":
            sign = 1 if zone[0] == "+" else -1
            digits = zone[1:].replace(":", "")
            moment -= sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    except (ValueError, OverflowError):
        return None
    return moment


def text(moment: datetime) -> str:
    """The way a time is written in requirements: ``2030-01-01T00:00:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


equals = comparing(instant, operator.eq)
less_than = comparing(instant, operator.lt)
less_than_equals = comparing(instant, operator.le)
greater_than = comparing(instant, operator.gt)
greater_than_equals = comparing(instant, operator.ge)
