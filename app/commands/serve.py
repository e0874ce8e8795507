"""`rolepath serve` keeps the dashboard on a port of this machine until it is stopped."""

import click

from app import options, serving
from app.options import Source
from app.terminal import Out
from iam.errors import StoreUnavailableError, UsageError

SECTION = "begin"


@click.command("serve")
@options.listen()
@click.option(
    "--address",
    metavar="IP",
    default=serving.LOOPBACK,
    show_default=True,
    help="Address to listen on; only loopback without the next option.",
)
@click.option(
    "--published-on-loopback",
    is_flag=True,
    help="The port is published on 127.0.0.1 only, as that of a container: allow any --address.",
)
@options.source()
@options.speech(progress=False)
def command(port: int, address: str, published_on_loopback: bool, source: Source, out: Out) -> None:
    """Serve the dashboard until Ctrl-C; prints its URL once it answers.

    There is no login, so it listens on this machine only.
    """
    serving.check_address(address, published=published_on_loopback)
    env = _environment(source, out)
    serving.check_port(port, address)
    serving.serve(port, address, env=env, ready=lambda url: _ready(url, out))


def _environment(source: Source, out: Out) -> dict[str, str]:
    """What the server answers from; said here when there is nothing yet."""
    from app import opening
    from app.dashboard import launch

    if source.snapshot is not None:
        if source.store:
            raise UsageError("--snapshot and --store: give one of them")
        from ingest.snapshot import catalogue_of

        path = opening.snapshot_path(source.snapshot, source.data).resolve()
        catalogue_of([path])
        return launch.env(snapshot=path)
    try:
        opening.data_name(source.data, source.store, out.say)
    except StoreUnavailableError as error:
        out.say(f"{error.message}; load something, the dashboard will show it: {error.help}")
    env = launch.env(store=source.store or "", data=source.data or "")
    env.pop("ROLEPATH_SNAPSHOT", None)
    return env


def _ready(url: str, out: Out) -> None:
    click.echo(url)
    out.say("stop it with Ctrl-C")
