"""`rolepath blockers` rehearses a deletion and changes nothing."""

import click

from app import options
from app.options import Source
from app.terminal import Out

SECTION = "ask"
_VERDICTS = {
    "protected": "PROTECTED",
    "unknown": "UNKNOWN",
    "blocked": "BLOCKED",
    "impact": "DELETABLE_WITH_IMPACT",
    "deletable": "DELETABLE",
}


@click.command("blockers")
@click.argument("entity")
@click.option("--plan", is_flag=True, help="Print the ordered steps, each with check and undo.")
@click.option(
    "--as",
    "operator",
    metavar="PRINCIPAL",
    default="",
    help="Who would delete it: policies that forbid that are blockers too.",
)
@options.source()
@options.output()
@options.fail_on(*_VERDICTS, what="the verdict is one of these")
def command(
    entity: str,
    plan: bool,
    operator: str,
    source: Source,
    out: Out,
    fail_on: frozenset[str],
) -> None:
    """Rehearse the deletion of ENTITY: what AWS would refuse, what would break, in what order.

    ENTITY is a role, user, group, customer managed policy, instance profile or identity provider.
    Nothing is changed; plans are printed, never run.
    """
    from app import render

    with source.open(out) as answers:
        answer = answers.blockers(entity, operator)
    out.answer(
        answer,
        text=lambda: render.blockers_text(answer, plan=plan),
        rows=lambda: render.blockers_rows(answer),
    )
    bad = answer["verdict"] in {_VERDICTS[word] for word in fail_on}
    options.finish(out, answer["coverage"], bad=bad)
