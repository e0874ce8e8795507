"""The deletion of one entity, rehearsed: what blocks it, what breaks, and the plan."""

from typing import TYPE_CHECKING

import click

from app.dashboard.parts.sentences import deletion_verdict
from app.render import short
from app.reports import Facts
from app.reports.parts import deletion, unseen

if TYPE_CHECKING:
    from app.answers import Answers

HELP = "What stands in the way of deleting ENTITY, what would break, and the plan."
PARAMETERS: tuple[click.Parameter, ...] = (
    click.Argument(["entity"]),
    click.Option(
        ["--as", "operator"],
        metavar="PRINCIPAL",
        default="",
        help="Who would delete it: policies that forbid that are blockers too.",
    ),
)


def facts(answers: "Answers", *, entity: str, operator: str) -> Facts:
    """The rehearsal."""
    answer = answers.blockers(entity, operator)
    _, head, tail = deletion_verdict(answer)
    kind = str(answer["entity_kind"]).replace("_", " ")
    never = (f"Not looked at: {what}." for what in answer["not_looked_at"])
    return Facts(
        kind="blockers",
        title=f"Deleting the {kind} {short(answer['entity'])}",
        verdict=answer["verdict"],
        summary=tuple(filter(None, (head, tail))),
        data=answer["data"],
        snapshot=answer["snapshot"],
        taken_at=answers.info()["taken_at"],
        coverage=answer["coverage"],
        sections=(unseen(answer["coverage"], never), *deletion(answer)),
    )
