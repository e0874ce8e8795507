"""`rolepath ingest` makes a snapshot of saved answers of AWS, or of AWS itself, and loads it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app import options
from app.opening import DEFAULT
from app.options import Reading
from app.terminal import Out, clean, table
from iam.errors import StoreError

if TYPE_CHECKING:
    from ingest.job import Report, Wanted

SECTION = "begin"
_MOST_GAPS = 12


@click.group("ingest")
def command() -> None:
    """Load accounts: from saved answers of AWS (files), or from AWS (aws).

    What is current stays until the new snapshot is whole.
    """


def _into() -> Callable[[options.Function], options.Function]:
    """Options that say what is loaded into what."""

    def decorate(function: options.Function) -> options.Function:
        for option in reversed(
            (
                click.option(
                    "--data",
                    metavar="NAME",
                    envvar="ROLEPATH_DATA",
                    default=DEFAULT,
                    show_default=True,
                    help="Data set to load into. [env: ROLEPATH_DATA]",
                ),
                options.store(),
                click.option(
                    "--replace",
                    is_flag=True,
                    help="Start from nothing instead of laying the new answers over the current "
                    "ones; needed when the store holds another data set.",
                ),
            )
        ):
            function = option(function)
        return function

    return decorate


@command.command("files")
@click.argument(
    "paths",
    metavar="PATH...",
    nargs=-1,
    required=True,
    type=click.Path(readable=False, path_type=Path),
)
@_into()
@options.output("table", "json", progress=True)
def files(paths: tuple[Path, ...], data: str, store: str | None, replace: bool, out: Out) -> None:
    """Load saved answers: snapshot folders and authorization details.

    PATH is a snapshot folder, or a file that `aws iam get-account-authorization-details
    --output json` wrote; several go together.
    """
    report = _load(paths, data, store, replace, out)
    _show(report, out)


@command.command("aws")
@options.config()
@options.reading()
@click.option(
    "--save",
    metavar="DIR",
    type=click.Path(file_okay=False, readable=False, path_type=Path),
    help="Keep the collected folder here as well.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with a collection that was interrupted, or of which something failed.",
)
@_into()
@options.output("table", "json", progress=True)
def aws(
    reading: Reading,
    save: Path | None,
    resume: bool,
    data: str,
    store: str | None,
    replace: bool,
    out: Out,
) -> None:
    """Read accounts from AWS and load them; every call only reads.

    `rolepath permissions` prints the policy that is enough. What AWS refuses is said at the end and
    in every answer.
    """
    import shutil

    from ingest.job import collect_aws, is_unfinished
    from ingest.sources import wanted as optional_sources

    optional = optional_sources(reading.also)
    progress = out.progress()
    try:
        wanted = _wanted(reading, out)
        wanted.also = optional
        with _kept(out, KeyboardInterrupt, OSError):
            folder = collect_aws(wanted, data, progress, save=save, resume=resume)
    finally:
        progress.finish()
    with _kept(out, KeyboardInterrupt, OSError, StoreError):
        report = _load([folder], data, store, replace, out)
    goes_on = is_unfinished(folder)
    if save is None and not goes_on:
        shutil.rmtree(folder, ignore_errors=True)
    if goes_on:
        out.say("what failed, and only that, is asked again by the same command with --resume")
    _show(report, out)


@contextmanager
def _kept(out: Out, *ends: type[BaseException]) -> Iterator[None]:
    """Say that nothing is lost, when the work ends in one of these ways."""
    try:
        yield
    except ends:
        out.say("what was read is kept; the same command with --resume goes on")
        raise


def _wanted(reading: Reading, out: Out) -> "Wanted":
    """Find out whose credentials these are, and enter what is to be entered."""
    from app import members
    from ingest import aws as speaking
    from ingest.job import Wanted

    callers = speaking.profiles(reading.profiles)
    for caller in callers:
        out.say(f"reading as {caller.arn}")
    if not reading.role_name:
        return Wanted(members.own(callers, reading), reading.regions)
    (caller,) = callers
    chosen = members.entered(caller, reading)
    accounts, refused = speaking.members(
        caller, chosen.active, reading.role_name, reading.external_id
    )
    for _, reason in refused:
        out.say(f"not entered: {reason}")
    return Wanted(
        accounts,
        reading.regions,
        refused=refused,
        skipped=chosen.inactive,
        lister=caller if reading.organization else None,
    )


def _load(paths: Sequence[Path], data: str, url: str | None, replace: bool, out: Out) -> "Report":
    from graph.stores import open_store
    from ingest.home import DataSet
    from ingest.job import ingest_files

    DataSet(data)  # a name that cannot be one is refused before a store is started under it
    progress = out.progress()
    store = open_store(url, data=data)
    try:
        return ingest_files(paths, store, data=data, replace=replace, progress=progress)
    finally:
        progress.finish()
        store.close()


def _show(report: "Report", out: Out) -> None:
    out.answer(
        report.to_json(),
        text=lambda: _text(report),
        rows=lambda: (list(report.counts), [dict(report.counts)]),
    )
    options.finish(out, report.coverage, bad=False)


def _text(report: "Report") -> Iterator[str]:
    """What was loaded, and what could not be read."""
    done = (
        "the same as before, nothing was written"
        if report.unchanged
        else f"in {report.seconds:.1f} s"
    )
    accounts = ", ".join(report.accounts[:4])
    more = f" and {len(report.accounts) - 4} more" if len(report.accounts) > 4 else ""
    yield clean(f"loaded {accounts}{more} into data set `{report.data}`, {done}")
    yield ""
    yield from table(
        ["", "what"],
        [{"": count, "what": _kind(kind, count)} for kind, count in report.counts.items()],
        header=False,
    )
    if report.ignored:
        yield ""
        yield clean(f"not part of a snapshot, and left alone: {', '.join(report.ignored[:5])}")
    if report.remarks:
        yield ""
        yield "odd in what was read"
        yield from (clean(f"  {line}") for line in report.remarks[:_MOST_GAPS])
        rest = len(report.remarks) - _MOST_GAPS
        if rest > 0:
            yield f"  and {rest} more: --format json has every one, under remarks"
    if report.not_readable:
        yield ""
        yield "not seen"
        shown = report.not_readable[:_MOST_GAPS]
        yield from (clean(f"  {line}") for line in shown)
        rest = len(report.not_readable) - len(shown)
        if rest:
            yield f"  and {rest} more: rolepath query coverage_gaps --format json, under not_seen"


def _kind(plural: str, count: int) -> str:
    """What is counted, in words.

    Example:
        >>> _kind("accounts", 1), _kind("resource_policies", 1), _kind("roles", 0)
        ('account', 'resource policy', 'roles')
    """
    words = plural.replace("_", " ")
    if count != 1:
        return words
    return f"{words[:-3]}y" if words.endswith("ies") else words[:-1]
