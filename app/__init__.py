"""What people touch: the command line, the dashboard, the reports and the demo organization."""

from functools import cache


@cache
def version() -> str:
    """The installed version of rolepath; ``0+source`` for a checkout that is not installed."""
    from importlib import metadata

    try:
        return metadata.version("rolepath")
    except metadata.PackageNotFoundError:
        return "0+source"
