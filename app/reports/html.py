"""A report as one HTML file that loads nothing, runs nothing, and prints well.

Every text goes through one escaping helper. A Content-Security-Policy in the page itself forbids
whatever could slip through: no script, no request, no style but the one whose hash it names.
"""

import base64
import hashlib
import html
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from itertools import groupby
from typing import Any

from app import version
from app.reports import Facts, Json, Section
from app.terminal import clean

KINDS: frozenset[str] | None = None


def render(facts: Facts) -> str:
    """The page."""
    style = files("app.reports").joinpath("report.css").read_text(encoding="utf-8")
    return "\n".join(_page(facts, style)) + "\n"


def esc(text: object) -> str:
    """Text for any place of the page, attributes included."""
    return html.escape(clean(text), quote=True)


def policy(style: str) -> str:
    """The page's Content-Security-Policy: its own style, and nothing else from anywhere."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _page(facts: Facts, style: str) -> Iterator[str]:
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{esc(policy(style))}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f'<meta name="generator" content="rolepath {esc(version())}">'
    yield f"<title>{esc(facts.title)}</title>"
    yield f"<style>{style}</style>"
    yield "</head>"
    yield "<body>"
    yield "<header>"
    yield f"<h1>{esc(facts.title)}</h1>"
    if facts.verdict:
        yield f"<p>{_badge(facts.verdict)}</p>"
    yield from (f'<p class="summary">{esc(text)}</p>' for text in facts.summary)
    yield f'<p class="source">{esc(_source(facts))}</p>'
    yield '<nav aria-label="Sections"><ol>'
    for section in facts.sections:
        count = f' <span class="count">{len(section.rows):,}</span>' if section.columns else ""
        yield f'<li><a href="#{esc(section.key)}">{esc(section.title)}</a>{count}</li>'
    yield "</ol></nav>"
    yield "</header>"
    yield "<main>"
    for section in facts.sections:
        yield from _section(section)
    yield "</main>"
    yield "</body>"
    yield "</html>"


def _source(facts: Facts) -> str:
    taken = f", taken {facts.taken_at}" if facts.taken_at else ""
    return (
        f"From snapshot {facts.snapshot or '(no id)'}{taken}, data set {facts.data or '-'}. "
        f"Written by rolepath {version()}, which only reads."
    )


def _section(section: Section) -> Iterator[str]:
    yield f'<section id="{esc(section.key)}">'
    yield f"<h2>{esc(section.title)}</h2>"
    yield from (f"<p>{esc(text)}</p>" for text in section.text)
    if section.rows and section.group:
        column = next(c for c in section.columns if c.key == section.group)
        for value, rows in groupby(section.rows, key=lambda row: row.get(section.group)):
            heading = f"{column.title} {column.show(value)}"
            yield f"<h3>{esc(heading)}</h3>"
            yield from _table(section, list(rows), heading)
    elif section.rows:
        yield from _table(section, section.rows, section.title)
    yield "</section>"


def _table(section: Section, rows: Sequence[Json], label: str) -> Iterator[str]:
    columns = [column for column in section.columns if column.key != section.group]
    # Wide tables scroll inside a region of their own, which a keyboard can reach.
    yield f'<div class="wide" tabindex="0" role="region" aria-label="{esc(label)}">'
    yield "<table>"
    heads = "".join(f'<th scope="col">{esc(column.title)}</th>' for column in columns)
    yield f"<thead><tr>{heads}</tr></thead>"
    yield "<tbody>"
    for row in rows:
        cells = (_cell(column.key, row.get(column.key), column.show) for column in columns)
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"


def _cell(key: str, value: Any, show: Callable[[Any], str]) -> str:
    if key in ("verdict", "confidence"):
        return f"<td>{_badge(show(value))}</td>"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f'<td class="number">{esc(show(value))}</td>'
    kind = ' class="name"' if key in _NAMES else ""
    if isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value):
        # The arrow between two nodes is the style's: who copies a line has the ARN alone.
        step = ' class="step"' if key == "route" else ""
        return f"<td{kind}>{''.join(f'<div{step}>{esc(line)}</div>' for line in value)}</td>"
    return f"<td{kind}>{esc(show(value))}</td>"


# What is written as code: ARNs, calls, statements.
_NAMES = frozenset(
    ("from", "to", "principal", "id", "call", "undo", "check", "route", "statement", "allowed_by")
)


_TONES = {
    "allow": "open",
    "conditional": "maybe",
    "deny": "closed",
    "PROTECTED": "closed",
    "BLOCKED": "closed",
    "UNKNOWN": "maybe",
    "DELETABLE_WITH_IMPACT": "maybe",
    "DELETABLE": "open",
    "high": "closed",
    "medium": "maybe",
}


def _badge(word: str) -> str:
    tone = _TONES.get(word, "plain")
    return f'<span class="badge {tone}">{esc(word.replace("_", " "))}</span>' if word else ""
