"""`rolepath doctor` says what is installed, reachable and readable, and what to do about it."""

import configparser
import contextlib
import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
from click.core import ParameterSource

from app import options, serving, version
from app.checks import BAD, OK, WARN, Check
from app.options import Reading, Source
from app.terminal import Out, clean, table
from iam.errors import RolepathError, UsageError

SECTION = "look"
GLIBC = (2, 34)
"""What the embedded store's libraries were linked against."""
PACKAGES = ("neo4j", "boto3", "streamlit", "pandas", "rich", "PyYAML")
TESTED = "5.26"
"""The Neo4j that the tests run against."""
EMBEDDED = "arcadedb-embedded"
ROOM = 200 * 2**20
"""Free bytes below which a snapshot and its graph may not fit."""


@click.group("doctor", invoke_without_command=True)
@options.source(snapshot=False)
@options.output(strict=False)
@options.fail_on(WARN, BAD, what="there is such a line")
@click.pass_context
def command(context: click.Context, source: Source, out: Out, fail_on: frozenset[str]) -> None:
    """Check Python, the platform, the store, the data folder and AWS credentials.

    Nothing is sent to AWS, and nothing is changed; `rolepath doctor aws` asks AWS what would be
    refused to `rolepath ingest aws`.
    """
    if context.invoked_subcommand is None:
        _answer(list(_checks(source)), out, fail_on)
        return
    typed = [
        param.opts[0]
        for param in context.command.params
        if param.name and context.get_parameter_source(param.name) is ParameterSource.COMMANDLINE
    ]
    if typed:
        name = context.invoked_subcommand
        raise click.UsageError(f"{typed[0]}: options of `doctor {name}` come after its name")


def _ingest() -> click.Command:
    from app.commands.ingest import aws

    return aws


@command.command("aws")
@options.config(of=_ingest)
@options.reading()
@options.output(strict=False, progress=True)
@options.fail_on(WARN, BAD, what="there is such a line")
def aws(reading: Reading, out: Out, fail_on: frozenset[str]) -> None:
    """Find out what AWS would refuse to `rolepath ingest aws` with the same options.

    Whose credentials these are, which Regions and accounts there are, whether each account can be
    entered, and which permissions are lacking there. The simulator of IAM is asked, which needs
    iam:SimulatePrincipalPolicy; where it may not be, the first page of each list is. Nothing is
    kept, nothing is changed.
    """
    from app.preflight import Looking
    from ingest.sources import wanted

    looking = Looking(reading, wanted(reading.also), out.progress())
    checks = list(looking.checks())
    _answer(checks, out, fail_on, accounts=looking.accounts)


def _answer(checks: list[Check], out: Out, fail_on: frozenset[str], **more: Any) -> None:
    answer: dict[str, Any] = {
        "healthy": not any(check.status == BAD for check in checks),
        "checks": [check.to_json() for check in checks],
        **more,
    }
    out.answer(answer, text=lambda: _text(checks), rows=lambda: _rows(checks))
    options.finish(out, None, bad=any(check.status in fail_on for check in checks))


def _text(checks: list[Check]) -> Iterator[str]:
    rows = [check.to_json() for check in checks]
    lines = table(["status", "name", "found"], rows, header=False)
    for check, line in zip(checks, lines, strict=True):
        yield line
        yield from (f"      {clean(text)}" for text in check.help.splitlines())


def _rows(checks: list[Check]) -> tuple[list[str], list[dict[str, Any]]]:
    return ["status", "name", "found", "help"], [check.to_json() for check in checks]


def _checks(source: Source) -> Iterator[Check]:
    yield Check("rolepath", OK, f"{version()}, in {Path(__file__).resolve().parents[2]}")
    yield _python()
    yield _platform()
    yield _packages()
    yield _home()
    yield from _data_sets(source)
    yield from _store(source)
    yield _aws()
    yield _port()


def _python() -> Check:
    return Check("python", OK, f"{platform.python_version()}, {sys.executable}")


def platform_check(system: str, machine: str, libc: tuple[str, str]) -> Check:
    """Whether the embedded store can run on such a machine.

    Example:
        >>> platform_check("Linux", "x86_64", ("glibc", "2.36")).status
        'ok'
        >>> platform_check("Linux", "x86_64", ("glibc", "2.31")).status
        'bad'
        >>> platform_check("Linux", "x86_64", ("", "")).found
        'Linux x86_64, without glibc (musl?)'
    """
    found = f"{system} {machine}"
    instead = (
        "the embedded store cannot run here: use Neo4j with --store URL, or --snapshot PATH, "
        "which needs no store"
    )
    if system == "Linux":
        name, number = libc
        if name != "glibc":
            return Check("platform", BAD, f"{found}, {name or 'without glibc (musl?)'}", instead)
        found += f", glibc {number}"
        if tuple(int(part) for part in number.split(".")[:2] if part.isdigit()) < GLIBC:
            return Check("platform", BAD, found, instead)
    elif system != "Darwin":
        return Check("platform", WARN, found, "rolepath is tested on Linux and macOS")
    return Check("platform", OK, found)


def _platform() -> Check:
    return platform_check(platform.system(), platform.machine(), platform.libc_ver())


def _packages() -> Check:
    found, missing = [], []
    for name in (*PACKAGES, EMBEDDED):
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        again = "install rolepath again, with its locked requirements"
        return Check("packages", BAD, f"missing: {', '.join(missing)}", again)
    return Check("packages", OK, ", ".join(found))


def _home() -> Check:
    from ingest.home import home

    folder = home()
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    how = "set ROLEPATH_HOME to a folder that you may write to"
    if not nearest.is_dir():
        return Check("data folder", BAD, f"{folder}: {nearest} is a file", how)
    if not os.access(nearest, os.W_OK | os.X_OK):
        return Check("data folder", BAD, f"{folder}: not writable", how)
    free = shutil.disk_usage(nearest).free
    found = f"{folder}, {free / 2**30:.1f} GB free"
    if free < ROOM:
        return Check("data folder", WARN, found, "make room: a large organization needs more")
    return Check("data folder", OK, found if folder.exists() else f"{found}, not made yet")


def _data_sets(source: Source) -> Iterator[Check]:
    from app.opening import DEFAULT, DEMO
    from ingest.home import DataSet, home

    folder = home()
    names = sorted(path.parent.name for path in folder.glob("*/snapshots")) if folder else []
    if not names:
        help_text = "" if source.store else "load one: rolepath demo, or rolepath ingest files PATH"
        yield Check("data sets", OK if source.store else WARN, "none", help_text)
        return
    for name in names:
        try:
            infos = DataSet(name).infos()
        except (RolepathError, OSError) as error:
            yield Check(f"data set {name}", BAD, str(error), "rolepath ingest … --replace")
            continue
        current = next((info for info in infos if info.is_current), None)
        kept = f"{len(infos)} snapshot{'' if len(infos) == 1 else 's'}"
        if current is None:
            yield Check(f"data set {name}", WARN, f"{kept}, none current", "load it again")
            continue
        taken = f", taken {current.taken_at:%Y-%m-%d %H:%M} UTC" if current.taken_at else ""
        yield Check(f"data set {name}", OK, f"{kept}, current {current.id}{taken}")
    if DEFAULT not in names and DEMO in names and not source.data:
        yield Check("answers", OK, f"from `{DEMO}`, until you load something of your own")


def _store(source: Source) -> Iterator[Check]:
    """Open the store that a command with the same options would open."""
    from app import opening

    url = source.store or ""
    try:
        name = opening.data_name(source.data, url or None)
    except (RolepathError, OSError) as error:
        what, how = getattr(error, "message", str(error)), getattr(error, "help", "")
        yield Check("store", WARN, f"not looked at: {what}", how or "see the data folder above")
        return
    yield from _guarded("store", lambda: _opened(url, name))


def _guarded(name: str, check: Callable[[], list[Check]]) -> list[Check]:
    try:
        return check()
    except RolepathError as error:
        return [Check(name, BAD, error.message, error.help)]


def _opened(url: str, name: str) -> list[Check]:
    from graph.stores import open_store

    store = open_store(url or None, data=name)
    try:
        state = store.state()
        where = store.url if url else f"embedded, {store.url}"
        more = [_transport(url)] if url else []
        if state.state == "empty":
            empty = "load something: rolepath ingest files PATH"
            return [Check("store", WARN, f"{where}: empty", empty), *more]
        if state.state == "loading":
            running = "wait; the next rolepath ingest mends a load that was killed"
            return [Check("store", WARN, f"{where}: a load is running", running), *more]
        found = (
            f"{where}: data set {state.data}, snapshot {state.snapshot_id}, "
            f"{state.nodes:,} nodes, {state.edges:,} edges"
        )
        if url:
            more.append(_server(store))
        return [Check("store", OK, found), *more]
    finally:
        store.close()


def _transport(url: str) -> Check:
    """Whether passwords and IAM facts travel in the clear."""
    parts = urlsplit(url)
    if "+s" in parts.scheme:
        return Check("store connection", OK, "encrypted")
    with contextlib.suppress(UsageError):
        serving.check_address(parts.hostname or "")
        return Check("store connection", OK, "not encrypted, within this machine")
    safe = f"when the way there is not your own network: {parts.scheme}+s://{parts.netloc}"
    return Check("store connection", WARN, "not encrypted", safe)


def server_check(version: str, edition: str, roles: Sequence[str] | None) -> Check:
    """What a Neo4j server is, and whether its account may do more than this tool needs.

    Args:
        version: As the server says it.
        edition: ``community`` or ``enterprise``.
        roles: Roles of the account; None where the server has none.

    Example:
        >>> server_check("5.26.30", "enterprise", ["admin"]).status
        'warn'
        >>> server_check("5.26.30", "community", None).status
        'ok'
    """
    found = f"Neo4j {version} {edition}"
    if not version.startswith(f"{TESTED}."):
        return Check("store server", WARN, found, f"rolepath is tested on Neo4j {TESTED}")
    if roles is None:
        return Check(
            "store server",
            OK,
            f"{found}; without roles: that a query only reads is rolepath's to hold",
        )
    others = sorted(set(roles) - {"PUBLIC", "reader"})
    if others:
        return Check(
            "store server",
            WARN,
            f"{found}, as {', '.join(others)}",
            "loading needs that; for the dashboard and for queries, give it an account with the "
            "role `reader` only",
        )
    return Check("store server", OK, f"{found}, as reader")


def _server(store: Any) -> Check:
    try:
        (found,) = store.read(
            "CALL dbms.components() YIELD name, versions, edition WHERE name = 'Neo4j Kernel' "
            "RETURN versions[0] AS version, edition"
        ).rows
        # A procedure: `SHOW CURRENT USER` may not share a transaction with a query.
        (account,) = store.read("CALL dbms.showCurrentUser() YIELD roles RETURN roles").rows
    except (RolepathError, ValueError) as error:
        what = getattr(error, "message", "it does not say what it is")
        return Check("store server", WARN, what, f"rolepath is tested on Neo4j {TESTED}")
    edition = str(found["edition"])
    roles = None if edition == "community" else account["roles"]
    return server_check(str(found["version"]), edition, roles)


def _aws() -> Check:
    """What credentials there could be, by their names only; AWS is not called."""
    found = [f"profile {name}" for name in _profiles()]
    asked = os.environ.get("AWS_PROFILE")
    if asked and f"profile {asked}" not in found:
        known = "aws configure list-profiles lists them"
        return Check("aws credentials", WARN, f"AWS_PROFILE={asked}: no such profile", known)
    if os.environ.get("AWS_ACCESS_KEY_ID"):
        found.insert(0, "keys in the environment")
    if os.environ.get("AWS_WEB_IDENTITY_TOKEN_FILE"):
        found.insert(0, "a web identity token")
    if not found:
        return Check(
            "aws credentials",
            WARN,
            "none found; those of a machine's own role would show only in a call",
            "only `rolepath ingest aws` needs them: --profile NAME; saved files need none",
        )
    more = f" and {len(found) - 6} more" if len(found) > 6 else ""
    return Check("aws credentials", OK, f"{', '.join(found[:6])}{more} (not tried)")


def _profiles() -> list[str]:
    names: set[str] = set()
    for variable, default in (
        ("AWS_CONFIG_FILE", "~/.aws/config"),
        ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
    ):
        path = Path(os.environ.get(variable) or default).expanduser()
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError):
            continue  # the AWS SDK will say what is wrong with the file
        for section in parser.sections():
            kind, _, name = section.partition(" ")
            if kind == "profile" and name:
                names.add(name.strip())
            elif not name:
                names.add(kind)
    return sorted(names)


def _port() -> Check:
    try:
        serving.check_port(serving.PORT)
    except RolepathError as error:
        return Check("dashboard", WARN, error.message, error.help)
    return Check("dashboard", OK, f"port {serving.PORT} is free; no browser is needed here")
