"""One command, `rolepath`; its commands are the files of `app/commands/`, imported when asked for.

This is the one place where a failure becomes a line on stderr and an exit code, and where logging
is configured.
"""

if __name__ == "__main__":
    # Before the imports below: there Ctrl-C is answered already.
    from app.entry import main

    main()

import importlib
import io
import logging
import os
import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

import click

from app import commands, version, walked
from app.entry import INTERRUPTED
from app.terminal import clean
from iam.errors import FileError, RolepathError

logger = logging.getLogger(__name__)

_WHOLE = 200
_OPTIONS = ("help", "version")  # which people type as commands
SECTIONS = (
    ("begin", "Begin"),
    ("ask", "Ask"),
    ("check", "Check and hand over"),
    ("look", "Look after it"),
)


@cache
def _modules() -> dict[str, str]:
    """Command name to module name, by walking the folder."""
    return walked.names(commands.__path__, commands.__name__)


class Rolepath(click.Group):
    """Finds its commands by walking their folder and ends with the documented exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        return sorted(_modules())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        module = _modules().get(cmd_name)
        if module is None:
            return None
        found: click.Command = importlib.import_module(module).command
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one could have been meant."""
        if args and args[0] not in _modules() and not args[0].startswith("-"):
            from app.names import suggestion

            hint = suggestion(args[0], _modules(), "rolepath --help")
            if args[0] in _OPTIONS:
                hint = f"rolepath --{args[0]}"
            raise _Unknown(f"unknown command `{args[0]}`", hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by what they are for."""
        found: dict[str, list[tuple[str, str]]] = {}
        for name, module in sorted(_modules().items()):
            imported = importlib.import_module(module)
            help_text = imported.command.get_short_help_str(_WHOLE)
            found.setdefault(imported.SECTION, []).append((name, help_text))
        for section, title in SECTIONS:
            if section in found:
                with formatter.section(title):
                    formatter.write_dl(found[section])

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run, and turn what was raised on purpose into lines and an exit code."""
        _configure_streams()
        try:
            code = super().main(
                args,
                prog_name or "rolepath",
                complete_var,
                standalone_mode=False,
                windows_expand_args=windows_expand_args,
                **extra,
            )
        except _Unknown as error:
            code = _fail(error.message, error.hint, 2)
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message(), err=True)
            code = error.exit_code
        except click.UsageError as error:
            code = _fail(_usage(error), _usage_help(error), error.exit_code)
        except click.ClickException as error:
            code = _fail(error.format_message(), "", error.exit_code)
        except RolepathError as error:
            code = _fail(error.message, error.help, error.exit_code)
        except (KeyboardInterrupt, click.Abort):
            click.echo("interrupted", err=True)
            code = INTERRUPTED
        except BrokenPipeError:
            # The reader of stdout has gone: there is nobody to tell.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 0
        except OSError as error:
            # A full disk, a folder that may not be read: the reader can help it, a trace would not.
            logger.debug("%s", error, exc_info=True)
            said = FileError.of(error)
            code = _fail(said.message, said.help, said.exit_code)
        if not standalone_mode:
            return code
        sys.exit(code if isinstance(code, int) else 0)


class _Unknown(click.UsageError):
    """An unknown command, with what it could have been."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def _usage(error: click.UsageError) -> str:
    text = error.format_message().rstrip(".")
    return text[:1].lower() + text[1:] if not text[:2].isupper() else text


def _usage_help(error: click.UsageError) -> str:
    return f"{error.ctx.command_path} --help" if error.ctx is not None else ""


def _fail(message: str, help_text: str, code: int) -> int:
    click.echo(f"error: {clean(message)}", err=True)
    lines = [clean(line) for line in help_text.splitlines()]
    for number, line in enumerate(lines):
        click.echo(f"{'help: ' if number == 0 else '      '} {line}", err=True)
    return code


def _configure_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal of few letters shows the others as escapes instead of ending the answer.
            stream.reconfigure(errors="backslashreplace")
    level = os.environ.get("ROLEPATH_LOG", "").upper()
    known = logging.getLevelNamesMapping()
    logging.basicConfig(
        level=known.get(level, logging.ERROR),
        format="%(levelname)-5s %(name)s  %(message)s",
        stream=sys.stderr,
    )
    if level not in known:
        # The driver reports every attempt; the error that ends the command says it once.
        logging.getLogger("neo4j").setLevel(logging.CRITICAL)


@click.group(
    cls=Rolepath,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 fine, 1 a bad answer (--fail-on, test), 2 usage or unknown name, "
    "3 a source or store that cannot be read, 4 gaps in coverage (--strict), 130 interrupted.",
)
@click.version_option(version(), prog_name="rolepath", message="%(prog)s %(version)s")
def cli() -> None:
    """Who can become whom in your AWS accounts, through which roles, and what stands in the way
    of deleting one.
    """  # noqa: D205 - one sentence
