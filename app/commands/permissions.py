"""`rolepath permissions` prints what a collector needs and nothing more: a policy, or a role."""

import re
from pathlib import Path
from typing import Any

import click

from app import options
from app.permit import Reader, formats
from app.terminal import Out, json_text

SECTION = "look"
NAME = "rolepath-reader"
_ROLE = re.compile(r"/?([\w+=,.@/-]+/)?([\w+=,.@-]{1,64})", re.ASCII)
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:(root|(role|user)/.+)")


def _role(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value and not _ROLE.fullmatch(value):
        raise click.BadParameter(f"`{value}` cannot be the name of a role")
    return value and value.strip("/")


def _principal(_context: click.Context, _option: click.Parameter, value: str) -> str:
    if re.fullmatch("[0-9]{12}", value):
        return f"arn:aws:iam::{value}:root"
    if value and not _PRINCIPAL.fullmatch(value):
        raise click.BadParameter(f"`{value}` is no account id, and no ARN of a role or user")
    return value


def _external_id(_context: click.Context, _option: click.Parameter, value: str) -> str:
    if value and not _EXTERNAL_ID.fullmatch(value):
        raise click.BadParameter("from 2 to 1224 letters, digits and any of _ + = , . @ : / -")
    return value


@click.command("permissions")
@click.option(
    "--format",
    "format",
    type=click.Choice(("json", "cloudformation", "terraform")),
    default="json",
    show_default=True,
    help="The policy alone; or a role with it, to be made by CloudFormation or Terraform.",
)
@options.also()
@click.option(
    "--role-name",
    metavar="NAME",
    callback=_role,
    help="json: the role, with its path if it has one, that other accounts are entered through. "
    f"Else: the role that is made; {NAME} by default.",
)
@click.option(
    "--principal",
    metavar="ARN",
    default="",
    callback=_principal,
    help="Who may enter the role that is made: ARN of a role or user, or an account id. Without it "
    "the template asks.",
)
@click.option(
    "--external-id",
    metavar="TEXT",
    default="",
    callback=_external_id,
    help="What the role that is made wants to be entered with.",
)
@click.option(
    "--part",
    metavar="N",
    type=click.IntRange(min=1),
    help="json: only the Nth of the managed policies that it takes, for AWS limits their size.",
)
@click.option(
    "--output",
    metavar="FILE",
    type=options.FILE,
    help="Write it to FILE, whole or not at all.",
)
def command(
    format: str,
    also: tuple[str, ...],
    role_name: str | None,
    principal: str,
    external_id: str,
    part: int | None,
    output: Path | None,
) -> None:
    """Print the least-privilege IAM policy for `rolepath ingest aws`, or a role that has it.

    One statement per source: leave a statement out, and what it would have read is named in every
    answer as not seen.
    """
    from ingest.permissions import managed, policy
    from ingest.sources import wanted

    out = Out(format=format, output=output)
    sources = wanted(also)
    if format == "json":
        if principal or external_id:
            raise click.UsageError("--principal and --external-id are of a role: give --format")
        document = policy(sources, enters=role_name or "")
        parts = managed(document)
        if part is not None and part > len(parts):
            raise click.UsageError(f"--part {part}: there are {len(parts)}")
        if part is None:
            _say_size(document, len(parts), out)
        out.write(json_text(document if part is None else parts[part - 1]) + "\n")
        return
    if part is not None:
        raise click.UsageError("--part is of a policy: leave --format out")
    path, _, name = f"/{role_name or NAME}".rpartition("/")
    reader = Reader(managed(policy(sources)), name, f"{path}/", principal, external_id)
    out.write(formats()[format].write(reader))


def _say_size(document: dict[str, Any], parts: int, out: Out) -> None:
    """Say what a policy of this size can be, where it is too big for a managed one."""
    from ingest.permissions import INLINE_POLICIES, MANAGED_POLICY, size

    if parts == 1:
        return
    each = ", ".join(f"--part {number}" for number in range(1, parts + 1))
    inline = (
        f"; as the inline policy of a role, which may have {INLINE_POLICIES:,}, it fits"
        if size(document) <= INLINE_POLICIES
        else ""
    )
    out.say(
        f"{size(document):,} characters, more than the {MANAGED_POLICY:,} of a managed policy: "
        f"{each} fit one each{inline}"
    )
