"""One role: whom it trusts, who gets in, what it reaches, and what its deletion would do."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from app.dashboard.parts.sentences import counted, crowd, deletion_verdict
from app.render import session_text, short
from app.reports import Column, Facts, Section
from app.reports.parts import deletion, reached, unseen
from iam import policy as policies
from iam.errors import UnknownNameError

if TYPE_CHECKING:
    from app.answers import Answers
    from iam.model import Role

HELP = "One role: its trust policy, who can enter it, what it reaches, and what blocks deleting it."
PARAMETERS: tuple[click.Parameter, ...] = (
    click.Argument(["role"]),
    click.Option(["--max-hops"], type=int, default=6, show_default=True, help="Longest chain."),
)


def facts(answers: "Answers", *, role: str, max_hops: int) -> Facts:
    """The role and the three questions about it."""
    key = answers.resolve(role, ("role",))
    found = answers.snapshot_model().roles.get(key)
    if found is None:
        raise UnknownNameError(
            f"`{role}` is no role of this snapshot",
            help="give a role's ARN or name; rolepath report blockers takes other entities",
        )
    into = answers.reach(key, direction="in", max_hops=max_hops)
    out = answers.reach(key, direction="out", max_hops=max_hops)
    rehearsal = answers.blockers(key)
    is_admin = key in answers.admins()
    _, head, tail = deletion_verdict(rehearsal)
    enter = crowd(row["arn"] for row in into["reached"] if row["verdict"] == "allow")
    conditional = crowd(row["arn"] for row in into["reached"] if row["verdict"] != "allow")
    summary = (
        f"{enter[0].upper()}{enter[1:]} can enter it outright, {conditional} under conditions; "
        f"it can become {counted(len(out['reached']), 'other role')}.",
        *(["It is an administrator."] if is_admin else []),
        f"Deletion: {head} {tail}".rstrip(),
    )
    limits = f"Chains of more than {max_hops} hops were not looked for."
    never = (f"Not looked at for the deletion: {what}." for what in rehearsal["not_looked_at"])
    return Facts(
        kind="role",
        title=f"Role {short(key)}",
        verdict="",
        summary=summary,
        data=rehearsal["data"],
        snapshot=rehearsal["snapshot"],
        taken_at=answers.info()["taken_at"],
        coverage=rehearsal["coverage"],
        sections=(
            unseen(rehearsal["coverage"], (limits, *never)),
            Section(
                key="about",
                title="The role",
                columns=(Column("property", "Property"), Column("value", "Value")),
                rows=tuple(_about(found, is_admin)),
            ),
            _trust(found),
            reached(
                "enter",
                "Who can enter it",
                into["reached"],
                max_hops=max_hops,
                nobody="Nobody that could be seen.",
            ),
            reached(
                "reach",
                "What it can become",
                out["reached"],
                max_hops=max_hops,
                nobody="Nothing that could be seen.",
            ),
            *deletion(rehearsal),
        ),
    )


def _about(role: "Role", is_admin: bool) -> Iterator[dict[str, Any]]:
    used = "not read"
    if role.last_used_known:
        used = f"{_time(role.last_used)} in {role.last_used_region}" if role.last_used else "never"
    rows: dict[str, Any] = {
        "ARN": role.arn,
        "unique id": role.unique_id,
        "kind": _kind(role),
        "description": role.description,
        "created": _time(role.created),
        "last used": used,
        "longest session": session_text(role.max_session_seconds) or "not read",
        "administrator": "yes" if is_admin else "no",
        "permissions boundary": role.boundary or "none",
        "attached policies": ", ".join(role.attached) or "none",
        "inline policies": ", ".join(policy.name for policy in role.inline) or "none",
        "instance profiles": ", ".join(role.instance_profiles) or "none",
        "tags": ", ".join(f"{key}={value}" for key, value in role.tags) or "none",
    }
    yield from ({"property": key, "value": value} for key, value in rows.items() if value)


def _kind(role: "Role") -> str:
    if role.is_service_linked:
        return f"service-linked role of {role.linked_service}"
    return "role of IAM Identity Center" if role.is_reserved else "role"


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""


def _trust(role: "Role") -> Section:
    """The trust policy: a row per statement and principal that it names."""
    document = policies.parse(role.trust) if role.trust is not None else None
    text: tuple[str, ...] = ()
    if document is None or role.trust is None or role.trust.document is None:
        text = ("Its trust policy was not read.",)
    elif document.unparsed:
        text = ("A part of its trust policy is not valid and is not listed.",)
    rows = [
        {
            "statement": statement.index,
            "sid": statement.sid,
            "effect": statement.effect,
            "principal": f"{'not ' if statement.not_principal else ''}{kind}: {name}",
            "actions": [
                f"{'not ' if statement.not_action else ''}{action}" for action in statement.actions
            ],
            "conditions": [
                f"{c.operator} {c.key} = {' | '.join(c.values)}" for c in statement.conditions
            ],
        }
        for statement in (document.statements if document else ())
        for kind, name in statement.principals or ()
    ]
    return Section(
        key="trust",
        title="Whom it trusts",
        text=text,
        columns=(
            Column("statement", "Statement"),
            Column("sid", "Sid"),
            Column("effect", "Effect"),
            Column("principal", "Principal"),
            Column("actions", "Actions"),
            Column("conditions", "Conditions"),
        ),
        rows=tuple(rows),
    )
