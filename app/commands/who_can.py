"""`rolepath who-can` lists everyone who may, outright and under conditions."""

import click

from app import options
from app.options import Source
from app.terminal import Out

SECTION = "ask"


@click.command("who-can")
@click.argument("resource")
@click.option("--action", default="sts:AssumeRole", show_default=True, help="The action.")
@click.option("--transitive", is_flag=True, help="Also everyone who gets there by a chain.")
@click.option(
    "--max-hops", type=int, default=6, show_default=True, help="Longest chain of --transitive."
)
@click.option(
    "--among",
    metavar="ARN|ACCOUNT",
    multiple=True,
    help="Only these principals or accounts; may be repeated.",
)
@options.source()
@options.output()
@options.fail_on("any", "allow", "conditional", what="there is such a principal")
def command(
    resource: str,
    action: str,
    transitive: bool,
    max_hops: int,
    among: tuple[str, ...],
    source: Source,
    out: Out,
    fail_on: frozenset[str],
) -> None:
    """List everyone who may do the action on RESOURCE, outright and under conditions."""
    from app import render

    with source.open(out) as answers:
        key = answers.resolve(resource)
        answer = answers.who_can(
            resource, action=action, transitive=transitive, max_hops=max_hops, among=among
        )
    out.answer(
        answer,
        text=lambda: render.who_can_text(answer, key, action),
        rows=lambda: render.who_can_rows(answer),
    )
    found = {word for word in ("allow", "conditional") if answer[word]}
    bad = bool(found & fail_on) or ("any" in fail_on and bool(found))
    options.finish(out, answer["coverage"], bad=bad)
