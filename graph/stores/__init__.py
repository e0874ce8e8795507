"""The stores that hold a graph: Neo4j by its address, the embedded one without any."""

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from graph.home import home
from graph.stores.held import LoadReport, Login, Result, State, Store
from iam.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LoadReport", "Login", "Result", "State", "Store", "open_store"]

_SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")


def open_store(url: str | None, *, data: str, root: "Path | None" = None) -> "Store":
    """Open the store of a data set.

    Args:
        url: Address of a Neo4j server; None for the embedded store, which begins to start.
            The user name and password are ``NEO4J_USERNAME`` and ``NEO4J_PASSWORD``.
        data: Name of the data set.
        root: The home folder of the embedded store; by default the user's.

    Raises:
        UsageError: The address or the name cannot be one.
    """
    from graph.stores.bolt import BoltStore
    from graph.stores.embedded import EmbeddedServer

    if url:
        _check(url)
        user = os.environ.get("NEO4J_USERNAME") or "neo4j"
        password = os.environ.get("NEO4J_PASSWORD")
        return BoltStore(data=data, url=url, auth=(user, password) if password else None)
    if not data or data.startswith(".") or "/" in data:
        raise UsageError(f"data set `{data}`: not a name")
    server = EmbeddedServer((root or home()) / data / "store")
    server.begin()
    return BoltStore(data=data, embedded=server)


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise UsageError(
            f"--store: `{parts.scheme or url}` is no address of a Neo4j server",
            help="use neo4j://HOST:7687, or neo4j+s:// for an encrypted connection",
        )
    if parts.username or parts.password:
        raise UsageError(
            "--store: credentials do not belong into an address, where others see them",
            help="set NEO4J_USERNAME and NEO4J_PASSWORD",
        )
