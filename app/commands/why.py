"""`rolepath why` is one decision with its whole proof, yes or no."""

import click

from app import options
from app.options import Source
from app.terminal import Out

SECTION = "ask"


@click.command("why")
@click.argument("principal")
@click.argument("resource")
@click.option("--action", default="sts:AssumeRole", show_default=True, help="The action.")
@click.option(
    "--caller",
    metavar="KIND",
    default="",
    help="Kind of the caller's session, as USER, USER_ST, ROLE, ROLE_FED, ROLE_SVC, SERVICE, SAML, "
    "OIDC; by default what the principal holds.",
)
@click.option("--via", metavar="SERVICE", default="", help="AWS service that calls for it.")
@click.option(
    "--context",
    metavar="KEY=VALUE",
    multiple=True,
    callback=options.key_values,
    help="A condition key that is known; may be repeated.",
)
@click.option(
    "--context-complete",
    is_flag=True,
    help="A key neither given nor readable from the snapshot is absent; else it is unknown.",
)
@options.source()
@options.output()
@options.fail_on("allow", "conditional", "deny", what="the verdict is one of these")
def command(
    principal: str,
    resource: str,
    action: str,
    caller: str,
    via: str,
    context: dict[str, tuple[str, ...]],
    context_complete: bool,
    source: Source,
    out: Out,
    fail_on: frozenset[str],
) -> None:
    """Decide whether PRINCIPAL may do the action on RESOURCE, and show what decides it.

    Both may be an ARN, a name, or account/name as in prod/deploy. PRINCIPAL may also be a session
    ARN, a service name, an account's root ARN or "*" (unsigned).
    """
    from app import render

    with source.open(out) as answers:
        answer = answers.why(
            principal,
            resource,
            action=action,
            caller=caller,
            via=via,
            context=context,
            context_complete=context_complete,
        )
        coverage = answers.coverage() if out.strict else None
    out.answer(answer, text=lambda: render.why_text(answer), rows=lambda: render.why_rows(answer))
    options.finish(out, coverage, bad=answer["verdict"] in fail_on)
