"""The command begins here, thin enough that Ctrl-C is answered while the rest is still imported."""

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command of the command line, and exit."""
    try:
        from app.cli import cli

        cli.main()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(INTERRUPTED)
