"""The role that reads is written for the tool that makes it; formats are found by walking.

A format is a module of this folder with ``FORMAT`` and ``write``, which is given the role. Nothing
here makes it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, cast

from app import walked

HINTS = (
    "The role that rolepath reads this account through. It may read, and nothing else.",
    "Written by `rolepath permissions`: write it again when you install a new version.",
)


@dataclass(frozen=True, slots=True)
class Reader:
    """The role.

    Attributes:
        policies: Its managed policies, each within AWS's limit.
        name: Its name.
        path: Its path.
        principal: ARN of who may enter it; empty when that is asked for later.
        external_id: What it wants to be entered with; empty for nothing.
    """

    policies: Sequence[Mapping[str, Any]]
    name: str
    path: str = "/"
    principal: str = ""
    external_id: str = ""


class Format(Protocol):
    """What a module of this folder offers."""

    FORMAT: str

    def write(self, reader: Reader) -> str:
        """The role, as the tool's own text."""


@cache
def formats() -> Mapping[str, Format]:
    """Every format by the word that names it on the command line."""
    return cast("Mapping[str, Format]", walked.formats(__path__, __name__))
