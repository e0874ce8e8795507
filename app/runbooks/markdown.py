"""A runbook for people: every step with its command, its check and its undo, as Markdown."""

from collections.abc import Iterator
from itertools import groupby

from app.dashboard.parts.escape import code, esc_md
from app.runbooks import PHASES, Json, done_when, heading

FORMAT = "markdown"
TITLE = "Runbook (Markdown)"
FILE = "runbook.md"
MIME = "text/markdown"


def write(answer: Json) -> str:
    """The runbook as a page of Markdown."""
    return "\n".join(_lines(answer)).rstrip() + "\n"


def _lines(answer: Json) -> Iterator[str]:
    book = answer["runbook"]
    title, *rest = heading(answer)
    yield f"# {esc_md(title)}"
    yield ""
    for sentence in rest:
        yield esc_md(sentence)
        yield ""
    if book["account"]:
        yield f"Account: {code(book['account'])}. `aws sts get-caller-identity` must name it."
        yield ""
    number = 0
    for phase, steps in groupby(book["steps"], key=lambda step: step["phase"]):
        yield f"## {phase.capitalize()}: {PHASES[phase].lower()}"
        yield ""
        for step in steps:
            number += 1
            yield f"### {number}. {esc_md(step['title'])}"
            yield ""
            yield from _step(step)
    yield from _after(answer)


def _step(step: Json) -> Iterator[str]:
    if step["call"]:
        yield from _command(step["call"])
    if step["check"]:
        when = done_when(step)
        yield f"Check: done when {esc_md(when)}." if when else "Look at:"
        yield ""
        yield from _command(step["check"])
    if step["undo"]:
        yield "Undo:"
        yield ""
        yield from _command(step["undo"])
    elif step["call"]:
        yield "There is nothing to undo."
        yield ""


def _command(text: str) -> Iterator[str]:
    """A command in a fence that it cannot close; a sentence as a sentence."""
    if not text.startswith("aws "):
        yield f"By hand: {esc_md(text)}."
    else:
        fence = "```"
        while fence in text:
            fence += "`"
        yield f"{fence}sh"
        yield text
        yield fence
        if "NOW_UTC" in text:
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
            yield f"- {esc_md(note)}"
        for what in answer["not_looked_at"]:
            yield f"- Not looked at: {esc_md(what)}."
        yield ""
