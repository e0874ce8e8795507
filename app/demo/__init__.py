"""The demo organization is a snapshot folder like any other, shipped inside the package."""

from importlib.resources import files
from pathlib import Path


def folder() -> Path:
    """The snapshot folder of the demo organization.

    Example:
        >>> (folder() / "snapshot.json").is_file()
        True
    """
    return Path(str(files(__name__).joinpath("organization")))
