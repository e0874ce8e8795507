"""`rolepath demo` loads the demo organization as a data set of its own and shows it."""

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app import options, serving
from app.opening import DEFAULT, DEMO
from app.terminal import Out

if TYPE_CHECKING:
    from ingest.job import Report

SECTION = "begin"
TRY = (
    "paths identity/kira production/deploy",
    "why staging/migration-runner production/migration",
    "who-can production/vendor-monitoring",
    "blockers production/storefront-server --plan",
)


@click.command("demo")
@click.option("--no-serve", is_flag=True, help="Load it, and leave the dashboard closed.")
@options.listen()
@options.store()
@options.speech()
def command(no_serve: bool, port: int, store: str | None, out: Out) -> None:
    """Load the demo organization and open the dashboard.

    Larkspur is an invented shop with six AWS accounts. It goes into the data set `demo`, and no
    other is touched.
    """
    if not no_serve:
        serving.check_port(port)
    report = _load(store, out)
    click.echo(_loaded(report))
    if no_serve:
        click.echo("\ntry")
        for line in TRY:
            click.echo(f"  {_program()} {line}{_where(store)}")
        return
    from app.dashboard import launch

    env = launch.env(store=store or "", data=DEMO)
    env.pop("ROLEPATH_SNAPSHOT", None)
    serving.serve(port, serving.LOOPBACK, env=env, ready=lambda url: _ready(url, store, out))


def _load(url: str | None, out: Out) -> "Report":
    from app.demo import folder
    from graph.stores import open_store
    from ingest.job import ingest_files

    progress = out.progress()
    store = open_store(url, data=DEMO)
    try:
        return ingest_files([folder()], store, data=DEMO, progress=progress)
    finally:
        progress.finish()
        store.close()


def _loaded(report: "Report") -> str:
    counts = report.counts
    done = "unchanged since the last time" if report.unchanged else f"in {report.seconds:.1f} s"
    return (
        f"loaded Larkspur, the demo organization: {counts['accounts']} accounts, "
        f"{counts['roles']} roles, {counts['users']} users, {done}"
    )


def _program() -> str:
    """The command as it can be typed here: after ``make demo`` it is not on the search path."""
    called = Path(sys.argv[0])
    if called.name != "rolepath" or shutil.which("rolepath"):
        return "rolepath"
    whole, here = called.absolute(), Path.cwd()
    return shlex.quote(str(whole.relative_to(here) if whole.is_relative_to(here) else whole))


def _where(store: str | None) -> str:
    """Options without which a command would answer from something else."""
    from ingest.home import DataSet

    if store:
        return "" if os.environ.get("ROLEPATH_STORE") == store else f" --store {shlex.quote(store)}"
    return f" --data {DEMO}" if DataSet(DEFAULT).current() is not None else ""


def _ready(url: str, store: str | None, out: Out) -> None:
    click.echo(url)
    out.say("stop it with Ctrl-C; meanwhile, in another terminal, try")
    for line in TRY:
        out.say(f"  {_program()} {line}{_where(store)}")
    if serving.has_screen():
        import webbrowser

        webbrowser.open(url)
