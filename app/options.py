"""Options that several commands share are declared once, with one meaning."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.terminal import Out
from iam.errors import CoverageError, UsageError

if TYPE_CHECKING:
    from app.answers import Answers

Function = Callable[..., Any]
FORMATS = ("table", "json", "csv")
FILE = click.Path(dir_okay=False, readable=False, path_type=Path)
"""A file to write. Whether it can be is found out by writing it: that ends with exit code 3."""


@dataclass(slots=True, kw_only=True)
class Source:
    """Where answers come from: a store and a data set, or a snapshot."""

    store: str | None = None
    data: str | None = None
    snapshot: str | None = None

    def open(self, out: Out) -> "Answers":
        """Open the answers, saying on stderr what a reader has to know about it."""
        from app.answers import Answers

        if self.snapshot is not None and self.store:
            raise UsageError("--snapshot and --store: give one of them")
        return Answers.open(
            store_url=None if self.snapshot is not None else self.store,
            data=self.data,
            snapshot=self.snapshot,
            note=out.say,
        )


def store() -> Callable[[Function], Function]:
    """``--store``: the Neo4j that is meant, where it is not the embedded store."""
    return click.option(
        "--store",
        metavar="URL",
        envvar="ROLEPATH_STORE",
        help="Neo4j to use, as neo4j://host:7687 or bolt://host:7687 (user and password from "
        "NEO4J_USERNAME, NEO4J_PASSWORD); without it the embedded store. [env: ROLEPATH_STORE]",
    )


def also() -> Callable[[Function], Function]:
    """``--with``: sources that are slow and so only asked where they are named."""
    return click.option(
        "--with",
        "also",
        metavar="SOURCE",
        multiple=True,
        help="A source that is slow and not asked otherwise: service_last_accessed (which services "
        "each role asked for), assume_role_events (who entered which role, by CloudTrail), "
        "config_resources (what an aggregator of AWS Config knows); may be repeated.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is to be read from AWS, and as whom.

    Attributes:
        profiles: AWS profiles; none for the current credentials.
        organization: Whether every active account of the caller's organization is meant.
        accounts: Ids of accounts that are meant.
        units: Organizational units whose accounts are meant, by id or by path.
        exclude: Ids of accounts that are not.
        role_name: Role through which accounts are entered; empty when none is.
        external_id: External id that the role wants.
        regions: Regions that are meant; none for all that are enabled.
        also: Optional sources that are asked, too.
    """

    profiles: tuple[str, ...] = ()
    organization: bool = False
    accounts: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    role_name: str = ""
    external_id: str = ""
    regions: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    def check(self) -> None:
        """Refuse what cannot be meant together.

        Raises:
            UsageError: It cannot.
        """
        enters = self.organization or self.accounts
        if self.units and not self.organization:
            raise click.UsageError("--ou needs --organization, whose units they are")
        if enters and not self.role_name:
            raise click.UsageError(
                "--organization and --accounts need --role-name, the role to enter"
            )
        if self.role_name and not enters:
            raise click.UsageError("--role-name needs --organization or --accounts")
        if self.role_name and len(self.profiles) > 1:
            raise click.UsageError("--role-name is entered from one account: give one --profile")


_READING = frozenset(Reading.__dataclass_fields__)


def reading() -> Callable[[Function], Function]:
    """The options that say which accounts of AWS are meant, and how they are entered."""

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def wrapped(*args: Any, **values: Any) -> Any:
            found = Reading(**{name: values.pop(name) for name in _READING})
            found.check()
            return function(*args, reading=found, **values)

        decorators: list[Callable[[Function], Function]] = [
            click.option(
                "--profile",
                "profiles",
                metavar="NAME",
                multiple=True,
                help="AWS profile to read with; may be repeated, one account each. Without it the "
                "current credentials.",
            ),
            click.option(
                "--organization",
                is_flag=True,
                help="Every active account of the caller's organization; needs --role-name.",
            ),
            click.option(
                "--accounts",
                metavar="ID,...",
                default="",
                callback=account_ids,
                help="These accounts, entered from the caller's; with --organization only these "
                "of it, beside those of --ou.",
            ),
            click.option(
                "--ou",
                "units",
                metavar="OU",
                multiple=True,
                help="Of the organization only the accounts of this unit and of those below it, "
                "by its id or by its path as in Workloads/Production; may be repeated.",
            ),
            click.option(
                "--exclude",
                metavar="ID,...",
                default="",
                callback=account_ids,
                help="Accounts to leave out.",
            ),
            click.option(
                "--role-name",
                metavar="NAME",
                default="",
                help="Role to enter accounts through, with its path if it has one.",
            ),
            click.option(
                "--external-id",
                metavar="TEXT",
                default="",
                help="External id that the role wants.",
            ),
            click.option(
                "--regions",
                metavar="REGION,...",
                default="",
                callback=words,
                help="Regions to read; without it those that are enabled in each account.",
            ),
            also(),
        ]
        return _apply(wrapped, decorators)

    return decorate


def config(of: Callable[[], click.Command] | None = None) -> Callable[[Function], Function]:
    """``--config``: a file of what would be typed.

    Args:
        of: The command whose options the file holds, where that is another one: then only what is
            to be read is taken from it.
    """
    return click.option(
        "--config",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, readable=False, path_type=Path),
        is_eager=True,
        expose_value=False,
        callback=functools.partial(_configured, of),
        help="YAML file of options, for instance `role-name: audit-reader`; an option that is "
        "typed wins.",
    )


def _configured(
    of: Callable[[], click.Command] | None,
    context: click.Context,
    _option: click.Parameter,
    path: Path | None,
) -> None:
    if path is None or context.resilient_parsing:
        return
    from app.configuration import given

    found = given(path, context, of() if of else context.command)
    if of is not None:
        found = {name: value for name, value in found.items() if name in _READING}
    context.default_map = {**(context.default_map or {}), **found}


def listen() -> Callable[[Function], Function]:
    """``--port``: where the dashboard is found."""
    return click.option(
        "--port",
        type=click.IntRange(1, 65535),
        default=8501,
        show_default=True,
        help="Port of the dashboard.",
    )


def source(*, snapshot: bool = True) -> Callable[[Function], Function]:
    """``--store``, ``--data`` and, where the command can do without a store, ``--snapshot``."""

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def wrapped(*args: Any, **values: Any) -> Any:
            url, snapshot = values.pop("store") or None, values.pop("snapshot", None)
            context = click.get_current_context()
            if snapshot is not None and _is_from_environment(context, "store"):
                url = None  # what is typed outweighs what is exported
            values["source"] = Source(store=url, data=values.pop("data") or None, snapshot=snapshot)
            return function(*args, **values)

        decorators: list[Callable[[Function], Function]] = [
            store(),
            click.option(
                "--data",
                metavar="NAME",
                envvar="ROLEPATH_DATA",
                help="Data set; without it `default`, or `demo` while `default` is empty. "
                "[env: ROLEPATH_DATA]",
            ),
        ]
        if snapshot:
            decorators.append(
                click.option(
                    "--snapshot",
                    metavar="PATH",
                    help="Answer from this snapshot folder or file (or the id of a kept one), "
                    "without any store.",
                )
            )
        return _apply(wrapped, decorators)

    return decorate


def _is_from_environment(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is click.core.ParameterSource.ENVIRONMENT


def output(
    *formats: str, default: str = "table", progress: bool = False, strict: bool = True
) -> Callable[[Function], Function]:
    """``--format``, ``--output``, ``--quiet`` and, where they mean something, the others."""
    formats = formats or FORMATS

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def wrapped(*args: Any, **values: Any) -> Any:
            values["out"] = Out(
                format=values.pop("format"),
                output=values.pop("output"),
                quiet=values.pop("quiet"),
                strict=values.pop("strict", False),
                no_progress=values.pop("no_progress", False),
            )
            return function(*args, **values)

        decorators: list[Callable[[Function], Function]] = [
            click.option(
                "--format",
                type=click.Choice(formats),
                default=default,
                show_default=True,
                help="How the answer looks; JSON is stable and documented.",
            ),
            click.option(
                "--output",
                metavar="FILE",
                type=FILE,
                help="Write the answer to FILE, whole or not at all.",
            ),
            *_speech(progress=progress),
        ]
        if strict:
            decorators.append(
                click.option(
                    "--strict",
                    is_flag=True,
                    help="Exit 4 when there was something that could not be seen.",
                )
            )
        return _apply(wrapped, decorators)

    return decorate


def speech(*, progress: bool = True) -> Callable[[Function], Function]:
    """``--quiet`` and ``--no-progress`` for commands that do something and answer nothing."""

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def wrapped(*args: Any, **values: Any) -> Any:
            values["out"] = Out(
                quiet=values.pop("quiet"), no_progress=values.pop("no_progress", False)
            )
            return function(*args, **values)

        return _apply(wrapped, _speech(progress=progress))

    return decorate


def _speech(*, progress: bool) -> list[Callable[[Function], Function]]:
    found: list[Callable[[Function], Function]] = [
        click.option("--quiet", is_flag=True, help="Say nothing on stderr but errors.")
    ]
    if progress:
        found.append(click.option("--no-progress", is_flag=True, help="Draw no progress."))
    return found


def _apply(function: Function, decorators: Sequence[Callable[[Function], Function]]) -> Function:
    for decorator in reversed(decorators):
        function = decorator(function)
    return function


def fail_on(*words: str, what: str) -> Callable[[Function], Function]:
    """``--fail-on``: which answers are bad, so that the command exits 1."""
    return click.option(
        "--fail-on",
        metavar="|".join(words),
        multiple=True,
        callback=functools.partial(_split, words),
        help=f"Exit 1 when {what}; may be repeated, or several with commas.",
    )


def _split(
    words: Sequence[str], context: click.Context, option: click.Parameter, values: Sequence[str]
) -> frozenset[str]:
    found = frozenset(
        word.strip().casefold() for value in values for word in value.split(",") if word.strip()
    )
    unknown = sorted(found - set(words))
    if unknown:
        raise click.BadParameter(f"`{unknown[0]}` is none of {', '.join(words)}", context, option)
    return found


def words(_context: click.Context, _option: click.Parameter, value: str) -> tuple[str, ...]:
    """Words with commas between them, each once."""
    return tuple(dict.fromkeys(word.strip() for word in value.split(",") if word.strip()))


def account_ids(context: click.Context, option: click.Parameter, value: str) -> tuple[str, ...]:
    """Account ids with commas between them, each once."""
    found = words(context, option, value)
    for word in found:
        if not (word.isascii() and word.isdigit() and len(word) == 12):
            raise click.BadParameter(f"`{word}` is not an account id of twelve digits")
    return found


def params(
    text: str, complete: Callable[[click.Context, click.Parameter, str], Any] | None = None
) -> Callable[[Function], Function]:
    """``-p``: parameters of a statement, by name.

    Args:
        text: The help.
        complete: What a shell offers.
    """
    return click.option(
        "-p",
        "--param",
        "params",
        metavar="KEY=VALUE",
        multiple=True,
        callback=key_values,
        shell_complete=complete,
        help=text,
    )


def key_values(
    context: click.Context, option: click.Parameter, values: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """``KEY=VALUE`` options; a key given again has several values."""
    found: dict[str, list[str]] = {}
    for value in values:
        key, equals, text = value.partition("=")
        if not equals or not key.strip():
            raise click.BadParameter(f"`{value}` is not KEY=VALUE", context, option)
        found.setdefault(key.strip(), []).append(text)
    return {key: tuple(texts) for key, texts in found.items()}


def finish(out: Out, coverage: Mapping[str, Any] | None, *, bad: bool) -> None:
    """End with the exit code that the answer deserves: 1 when bad, 4 for gaps under ``--strict``.

    Raises:
        CoverageError: There are gaps and ``--strict`` was given.
    """
    if out.strict and coverage is not None and not coverage["complete"]:
        count = len(coverage["not_seen"])
        raise CoverageError(
            f"coverage: {count} {'scope was' if count == 1 else 'scopes were'} not seen",
            help="`rolepath query coverage_gaps --format json` has every one under not_seen; "
            "or leave --strict out",
        )
    if bad:
        click.get_current_context().exit(1)
