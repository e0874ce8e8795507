"""`rolepath reach` lists everything that a principal can become."""

import click

from app import options
from app.options import Source
from app.terminal import Out

SECTION = "ask"


@click.command("reach")
@click.argument("principal")
@click.option("--max-hops", type=int, default=6, show_default=True, help="Longest chain.")
@click.option(
    "--direction",
    type=click.Choice(["out", "in"]),
    default="out",
    show_default=True,
    help="What it can become, or who can become it.",
)
@options.source()
@options.output()
@options.fail_on("any", "allow", "conditional", "admin", what="something like that is within reach")
def command(
    principal: str,
    max_hops: int,
    direction: str,
    source: Source,
    out: Out,
    fail_on: frozenset[str],
) -> None:
    """List everything that PRINCIPAL can become, with the hops and what the best chain needs."""
    from app import render

    with source.open(out) as answers:
        answer = answers.reach(principal, direction=direction, max_hops=max_hops)
    out.answer(
        answer, text=lambda: render.reach_text(answer), rows=lambda: render.reach_rows(answer)
    )
    found = {row["verdict"] for row in answer["reached"]}
    found |= {"any"} if answer["reached"] else set()
    found |= {"admin"} if any(row["is_admin"] for row in answer["reached"]) else set()
    options.finish(out, answer["coverage"], bad=bool(found & fail_on))
