"""A runbook for people: every step with its command, its check and its undo, as Markdown.

What a reader copies is what AWS knows: ARNs stand as code, and nothing invisible is put into text.
"""

import re
from collections.abc import Iterator
from itertools import groupby

from app.dashboard.parts.escape import code, escaped
from app.runbooks import PHASES, Json, done_when, heading

FORMAT = "markdown"
TITLE = "Runbook (Markdown)"
FILE = "runbook.md"
MIME = "text/markdown"

_ARN = re.compile(r"(arn:[a-z][a-z0-9-]*:[^\s;()]*[^\s;(),.:])")


def write(answer: Json) -> str:
    """The runbook as a page of Markdown."""
    return "\n".join(_lines(answer)).rstrip() + "\n"


def text(sentence: object) -> str:
    r"""A sentence as Markdown that shows just it, its ARNs as code.

    Example:
        >>> text("who enters arn:aws:iam::111111111111:role/a_b, by name")
        'who enters `arn:aws:iam::111111111111:role/a_b`\\, by name'
    """
    parts = enumerate(_ARN.split(str(sentence)))
    return "".join(code(part) if n % 2 else escaped(part) for n, part in parts)


def _lines(answer: Json) -> Iterator[str]:
    book = answer["runbook"]
    title, *rest = heading(answer)
    yield f"# {text(title)}"
    yield ""
    for sentence in rest:
        yield text(sentence)
        yield ""
    if book["account"]:
        yield f"Account: {code(book['account'])}. `aws sts get-caller-identity` must name it."
        yield ""
    number = 0
    for phase, steps in groupby(book["steps"], key=lambda step: step["phase"]):
        yield f"## {phase.capitalize()}: {PHASES[phase]}"
        yield ""
        for step in steps:
            number += 1
            yield f"### {number}. {text(step['title'])}"
            yield ""
            yield from _step(step)
    yield from _after(answer)


def _step(step: Json) -> Iterator[str]:
    if step["call"]:
        yield from _command(step["call"])
    if step["check"]:
        when = done_when(step, code)
        yield f"Check: done when {when}." if when else "Look at:"
        yield ""
        yield from _command(step["check"])
    if step["undo"]:
        yield "Undo:"
        yield ""
        yield from _command(step["undo"])
    elif step["call"]:
        yield "There is nothing to undo."
        yield ""


def _command(line: str) -> Iterator[str]:
    """A command in a fence that it cannot close; a sentence as a sentence."""
    if not line.startswith("aws "):
        yield f"By hand: {text(line)}."
    else:
        fence = "```"
        while fence in line:
            fence += "`"
        yield f"{fence}sh"
        yield line
        yield fence
        if "NOW_UTC" in line:
            yield ""
            yield "Put the time of the call for `NOW_UTC`: `date -u +%Y-%m-%dT%H:%M:%SZ`."
    yield ""


def _after(answer: Json) -> Iterator[str]:
    book = answer["runbook"]
    if book["again"]:
        yield "## After an undo: write the trust again"
        yield ""
        yield "These policies named it by what is then a dead id:"
        yield ""
        for one in book["again"]:
            yield f"- {code(one['holder'])}"
        yield ""
        for one in book["again"]:
            if one["call"]:
                yield from _command(one["call"])
    if book["notes"] or answer["not_looked_at"]:
        yield "## What this runbook cannot do"
        yield ""
        for note in book["notes"]:
            yield f"- {text(note)}"
        for what in answer["not_looked_at"]:
            yield f"- Not looked at: {text(what)}."
        yield ""
