"""`rolepath paths` shows the delegation chains between two principals."""

import click

from app import options
from app.options import Source
from app.terminal import Out

SECTION = "ask"


@click.command("paths")
@click.argument("from_", metavar="FROM")
@click.argument("to")
@click.option("--max-hops", type=int, default=6, show_default=True, help="Longest chain.")
@click.option("--limit", type=int, default=25, show_default=True, help="Most chains to show.")
@click.option(
    "--via",
    type=click.Choice(["assume", "all"]),
    default="assume",
    show_default=True,
    help="Edges to walk: sessions of roles, or indirect ways as well.",
)
@options.source()
@options.output()
@options.fail_on("allow", "conditional", "deny", what="the verdict is one of these (deny: no path)")
def command(
    from_: str,
    to: str,
    max_hops: int,
    limit: int,
    via: str,
    source: Source,
    out: Out,
    fail_on: frozenset[str],
) -> None:
    """Show the chains by which FROM can become TO, fewest requirements first.

    TO may also be `admin` (is an administrator, or reaches one) or `any`.
    """
    from app import render

    with source.open(out) as answers:
        answer = answers.paths(from_, to, max_hops=max_hops, limit=limit, via=via)
    out.answer(
        answer, text=lambda: render.paths_text(answer), rows=lambda: render.paths_rows(answer)
    )
    options.finish(out, answer["coverage"], bad=answer["verdict"] in fail_on)
