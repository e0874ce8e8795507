"""`rolepath report` writes a file for auditors: a kind of report in one of its formats."""

from typing import Any

import click

from app import options
from app.options import Source
from app.terminal import Out
from iam.errors import UnknownNameError, UsageError

SECTION = "check"


class Reports(click.Group):
    """Finds the kinds of report by walking their folder, and makes a command of each."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the kinds."""
        from app import reports

        return sorted(reports.kind_names())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a kind."""
        from app import reports

        return _command(cmd_name) if cmd_name in reports.kind_names() else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the kind, or say which one could have been meant."""
        from app import reports
        from app.names import suggestion

        if args and args[0] not in reports.kind_names() and not args[0].startswith("-"):
            known = f"the kinds are {', '.join(self.list_commands(ctx))}"
            raise UnknownNameError(
                f"unknown kind of report `{args[0]}`",
                help=suggestion(args[0], reports.kind_names(), known),
            )
        return super().resolve_command(ctx, args)


@click.group("report", cls=Reports)
def command() -> None:
    """Write a report: chains between two principals, one role, or a deletion's blockers.

    A report begins with what it could not see. HTML is one file that loads nothing and prints well.
    """


def _command(name: str) -> click.Command:
    from app import reports

    kind = reports.kind(name)
    has = list(reports.formats(name))

    @click.command(name, help=kind.HELP, short_help=kind.HELP, params=list(kind.PARAMETERS))
    @click.option(
        "--format",
        "format_",
        metavar="|".join(has),
        default="html" if "html" in has else has[0],
        show_default=True,
        help="Format of the file.",
    )
    @click.option(
        "--output",
        metavar="FILE",
        type=options.FILE,
        help="Write the report to FILE, whole or not at all; without it to stdout.",
    )
    @click.option(
        "--strict",
        is_flag=True,
        help="Exit 4 when there was something that could not be seen.",
    )
    @options.source()
    @options.speech(progress=False)
    def made(
        format_: str, output: Any, strict: bool, source: Source, out: Out, **values: Any
    ) -> None:
        format_ = format_.casefold()
        found = reports.formats(name).get(format_)
        if found is None:
            raise UsageError(
                f"report {name}: there is no format `{format_}`",
                help=f"it has {', '.join(has)}",
            )
        out.format, out.output, out.strict = format_, output, strict
        with source.open(out) as answers:
            facts = kind.facts(answers, **values)
        out.write(found.render(facts))
        options.finish(out, facts.coverage, bad=False)

    return made
