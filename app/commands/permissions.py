"""`rolepath permissions` prints the policy that a collector needs, and nothing more."""

from pathlib import Path

import click

from app import options
from app.terminal import Out, json_text

SECTION = "look"


@click.command("permissions")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the policy to FILE, whole or not at all.",
)
@options.also()
def command(output: Path | None, also: tuple[str, ...]) -> None:
    """Print the least-privilege IAM policy for `rolepath ingest aws`, as JSON.

    One statement per source: leave a statement out, and what it would have read is named in every
    answer as not seen.
    """
    from ingest.permissions import policy
    from ingest.sources import wanted

    Out(output=output).write(json_text(policy(wanted(also))) + "\n")
