"""A runbook is written from the rehearsal's steps in any format; formats are found by walking.

A format is a module of this folder with ``FORMAT``, ``TITLE``, ``FILE`` (a file name), ``MIME`` and
``write``, which is given a ``blockers`` answer and computes nothing. Nothing here runs a step.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Protocol, cast

from app import walked
from iam.errors import UsageError

Json = Mapping[str, Any]


class Format(Protocol):
    """What a module of this folder offers."""

    FORMAT: str
    TITLE: str
    FILE: str
    MIME: str

    def write(self, answer: Json) -> str:
        """The runbook of a ``blockers`` answer."""


@cache
def formats() -> Mapping[str, Format]:
    """Every format by the word that names it on the command line."""
    return cast("Mapping[str, Format]", walked.formats(__path__, __name__))


def write(format: str, answer: Json) -> str:
    """The runbook of a ``blockers`` answer in a format.

    Raises:
        UsageError: There is no step to write down.
    """
    if not answer["runbook"]:
        raise UsageError(
            f"{answer['entity']}: there is no runbook",
            help="no call of yours would delete it, or too little was read: see --format table",
        )
    return formats()[format].write(answer)


def heading(answer: Json) -> list[str]:
    """The sentences that every runbook begins with."""
    book = answer["runbook"]
    taken = f" of {book['taken_at']}" if book["taken_at"] else ""
    kind = str(answer["entity_kind"]).replace("_", " ")
    return [
        f"Deleting the {kind} {answer['entity']}",
        f"Written from the snapshot {answer.get('snapshot') or '(no id)'}{taken}. What was changed "
        "since is not in it: collect again before you begin.",
        f"Verdict of the rehearsal: {answer['verdict']}; {len(answer['hard'])} hard and "
        f"{len(answer['soft'])} soft blockers, {len(answer['lost'])} pairs lose access.",
        "rolepath writes this down and runs nothing.",
    ]


PHASES: Mapping[str, str] = {
    "quarantine": "switch it off without taking it apart",
    "watch": "see what fails",
    "clear": "take away what AWS would refuse the deletion for",
    "delete": "the last call",
}
"""What happens in each phase, in order."""


def done_when(step: Json, show: Callable[[str], str] = str) -> str:
    """In words, what the check of a step shows when the step is done.

    Args:
        step: The step.
        show: How the text is written that the answer shows.
    """
    if step["done"] == "refused":
        return "AWS answers NoSuchEntity"
    if not step["shows"]:
        return ""
    word = "shows" if step["done"] == "present" else "no longer shows"
    return f"the answer {word} {show(step['shows'])}"
