"""`rolepath blockers` rehearses a deletion and changes nothing."""

from pathlib import Path

import click

from app import options
from app.options import FORMATS, Source
from app.terminal import Out, source_line
from iam.errors import UsageError

SECTION = "ask"
_VERDICTS = {
    "protected": "PROTECTED",
    "unknown": "UNKNOWN",
    "blocked": "BLOCKED",
    "impact": "DELETABLE_WITH_IMPACT",
    "deletable": "DELETABLE",
}
_RUNBOOKS = ("markdown", "sh", "terraform")  # walking the formats would cost the help its speed


@click.command("blockers")
@click.argument("entity", required=False)
@click.option("--plan", is_flag=True, help="Print the ordered steps, each with check and undo.")
@click.option(
    "--account",
    metavar="ACCOUNT",
    help="Instead of one ENTITY: every role of this account, in numbers.",
)
@click.option(
    "--what-if",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Instead of a deletion: whose access the policy changes in FILE would change.",
)
@click.option(
    "--as",
    "operator",
    metavar="PRINCIPAL",
    default="",
    help="Who would delete it: policies that forbid that are blockers too.",
)
@options.source()
@options.output(*FORMATS, *_RUNBOOKS)
@options.fail_on(*_VERDICTS, what="the verdict is one of these")
def command(
    entity: str | None,
    plan: bool,
    account: str | None,
    what_if: Path | None,
    operator: str,
    source: Source,
    out: Out,
    fail_on: frozenset[str],
) -> None:
    """Rehearse the deletion of ENTITY: what AWS would refuse, what would break, in what order.

    ENTITY is a role, user, group, customer managed policy, instance profile or identity provider.
    The formats markdown, sh and terraform are runbooks. Nothing is changed; plans are printed,
    never run.
    """
    from app import render

    if sum(given is not None for given in (entity, account, what_if)) != 1:
        raise UsageError(
            "give one ENTITY, --account or --what-if", help="rolepath blockers production/deploy"
        )
    if what_if is not None:
        if plan or operator or fail_on or out.format in _RUNBOOKS:
            raise UsageError(
                "--what-if: has no plan, operator or verdict",
                help="leave --plan, --as and --fail-on out; --format is table, json or csv",
            )
        with source.open(out) as answers:
            answer = answers.what_if(what_if)
        out.answer(
            answer,
            text=lambda: render.what_if_text(answer),
            rows=lambda: render.what_if_rows(answer),
        )
        options.finish(out, answer["coverage"], bad=False)
        return
    bad = {_VERDICTS[word] for word in fail_on}
    if account is not None:
        if plan or out.format in _RUNBOOKS:
            raise UsageError("--account: a plan is of one ENTITY", help="leave --account out")
        with source.open(out) as answers:
            answer = answers.blockers_of(account, operator)
        out.answer(
            answer,
            text=lambda: render.query_text(answer),
            rows=lambda: render.query_rows(answer),
        )
        is_bad = any(row["verdict"] in bad for row in answer["rows"])
        options.finish(out, answer["coverage"], bad=is_bad)
        return
    with source.open(out) as answers:
        answer = answers.blockers(str(entity), operator)
    if out.format in _RUNBOOKS:
        from app import runbooks

        out.write(runbooks.write(out.format, answer))
        out.say(source_line(answer))
    else:
        out.answer(
            answer,
            text=lambda: render.blockers_text(answer, plan=plan),
            rows=lambda: render.blockers_rows(answer, plan=plan),
        )
    options.finish(out, answer["coverage"], bad=answer["verdict"] in bad)
