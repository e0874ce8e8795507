"""The chains between two principals, each step with the statements that allow it."""

from typing import TYPE_CHECKING, Any

import click

from app.dashboard.parts.sentences import paths_verdict
from app.render import short
from app.reports import Facts
from app.reports.parts import overview, steps, unseen
from iam.decision import statement_ref

if TYPE_CHECKING:
    from app.answers import Answers

HELP = "The chains by which FROM can become TO, with the statements that allow each step."
PARAMETERS: tuple[click.Parameter, ...] = (
    click.Argument(["from_"], metavar="FROM"),
    click.Argument(["to"]),
    click.Option(["--max-hops"], type=int, default=6, show_default=True, help="Longest chain."),
    click.Option(
        ["--limit"], type=int, default=100, show_default=True, help="Most chains to report."
    ),
)


def facts(answers: "Answers", *, from_: str, to: str, max_hops: int, limit: int) -> Facts:
    """The chains, and one decision for each step that they share."""
    answer = answers.paths(from_, to, max_hops=max_hops, limit=limit)
    proof: dict[tuple[str, str, str], list[str]] = {}
    assumed: list[str] = []
    for path in answer["paths"]:
        for hop in path["hops"]:
            step = (hop["from"], hop["to"], hop["operation"])
            if step not in proof:
                decision = _decision(answers, *step)
                proof[step] = list(dict.fromkeys(map(_reference, decision["evidence"])))
                assumed += decision["assumptions"]
    start, end = short(answer["from"]), short(answer["to"])
    head, tail = paths_verdict(start, end, answer)
    limits = f"Chains of more than {max_hops} hops were not looked for."
    more = "There are more chains than were asked for (--limit)." if answer["truncated"] else ""
    return Facts(
        kind="chains",
        title=f"Chains from {start} to {end}",
        verdict=answer["verdict"],
        summary=tuple(filter(None, (head, tail))),
        data=answer["data"],
        snapshot=answer["snapshot"],
        taken_at=answers.info()["taken_at"],
        coverage=answer["coverage"],
        sections=(
            unseen(answer["coverage"], filter(None, (limits, more, *assumed))),
            overview(answer["paths"]),
            steps(answer["paths"], proof),
        ),
    )


def _decision(answers: "Answers", source: str, target: str, operation: str) -> dict[str, Any]:
    """The decision behind a step; Identity Center assigns, no statement does."""
    if operation == "sso":
        return {"evidence": [], "assumptions": []}
    return answers.why(source, target, action=f"sts:{operation}")


def _reference(evidence: dict[str, Any]) -> str:
    sid = f" ({evidence['sid']})" if evidence["sid"] else ""
    where = statement_ref(evidence["policy"], evidence["version"], evidence["statement"])
    return f"{evidence['layer']}: {where}{sid}"
