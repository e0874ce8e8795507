"""What was looked at is one line with a status, and whatever is not ok says what to do."""

from dataclasses import dataclass

OK, WARN, BAD = "ok", "warn", "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: What was looked at.
        status: ``ok``, ``warn`` or ``bad``.
        found: What was found.
        help: What to do about it; empty when there is nothing to do.
    """

    name: str
    status: str
    found: str
    help: str = ""

    def to_json(self) -> dict[str, str]:
        """The line for machines."""
        return {
            "name": self.name,
            "status": self.status,
            "found": self.found,
            "help": self.help,
        }
