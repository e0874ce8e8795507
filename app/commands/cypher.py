"""`rolepath cypher` runs a statement that can only read."""

import sys
from collections.abc import Mapping

import click

from app import options
from app.options import Source
from app.terminal import Out
from iam.errors import UsageError

SECTION = "ask"


@click.command("cypher")
@click.argument("text")
@options.params("A parameter of the statement, as text; given again, the values make a list.")
@click.option("--limit", type=int, default=1000, show_default=True, help="Most rows to show.")
@options.source(snapshot=False)
@options.output(strict=False)
def command(
    text: str,
    params: Mapping[str, tuple[str, ...]],
    limit: int,
    source: Source,
    out: Out,
) -> None:
    """Run the Cypher statement TEXT, which can only read; `-` reads it from standard input.

    Statements have a time limit. The graph is described in docs/graph.md.
    """
    from app import render

    statement = sys.stdin.read() if text == "-" else text
    if not statement.strip():
        raise UsageError("cypher: the statement is empty", help="rolepath query lists questions")
    given = {key: values[0] if len(values) == 1 else list(values) for key, values in params.items()}
    with source.open(out) as answers:
        answer = answers.cypher(statement, limit, given)
    out.answer(
        answer, text=lambda: render.query_text(answer), rows=lambda: render.query_rows(answer)
    )
