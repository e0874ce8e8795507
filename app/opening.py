"""Which data set and which store a command means is decided here, once."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.names import suggestion
from iam.errors import StoreUnavailableError, UnknownNameError

if TYPE_CHECKING:
    from app.roads import Road

DEFAULT = "default"
DEMO = "demo"
_LOAD = "rolepath demo, or rolepath ingest files PATH"


def road(
    *,
    store_url: str | None = None,
    data: str | None = None,
    snapshot: str | Path | None = None,
    note: Callable[[str], None] | None = None,
) -> "Road":
    """The road that the options mean; see ``Answers.open``."""
    if snapshot is not None:
        from app.roads.folder import FolderRoad
        from ingest.snapshot import read

        path = snapshot_path(snapshot, data)
        model = read([path])
        if model.taken_at is not None:
            return FolderRoad(model, str(path))
        now = datetime.now(UTC).replace(microsecond=0)
        if note:
            note(f"{path} does not say when it was taken; dates are judged by now, {now:%FT%TZ}")
        return FolderRoad(replace(model, taken_at=now), str(path), is_dated=False)
    from app.roads.store import StoreRoad
    from graph.stores import open_store

    url = store_url or os.environ.get("ROLEPATH_STORE") or None
    name = data_name(data, url, note)
    store = open_store(url, data=name)
    try:
        return StoreRoad(store)
    except BaseException:
        store.close()
        raise


def data_name(
    data: str | None, url: str | None = None, note: Callable[[str], None] | None = None
) -> str:
    """The data set to answer from; ``demo`` stands in while ``default`` is empty.

    Raises:
        StoreUnavailableError: No URL is given and nothing has been loaded under this name.
    """
    from ingest.home import DataSet

    asked = data or os.environ.get("ROLEPATH_DATA") or ""
    name = asked or DEFAULT
    if url or DataSet(name).current() is not None:
        return name
    if not asked and DataSet(DEMO).current() is not None:
        if note:
            note(f"data set `{DEFAULT}` is empty; answering from `{DEMO}`")
        return DEMO
    check_data_set(asked)
    raise StoreUnavailableError(f"data set `{name}`: nothing has been loaded", help=_LOAD)


def check_data_set(name: str) -> None:
    """Refuse the name of a data set that is not there while others are.

    Raises:
        UsageError: It can be no name.
        StoreUnavailableError: There is none of this name.
    """
    from ingest.home import DataSet, data_sets

    known = data_sets()
    if name and known and DataSet(name).name not in known:
        there = f"there is {', '.join(known)}; rolepath ingest files PATH --data {name} makes it"
        raise StoreUnavailableError(
            f"data set `{name}`: there is none of this name", help=suggestion(name, known, there)
        )


def snapshot_path(snapshot: str | Path, data: str | None = None) -> Path:
    """The folder or file of a snapshot given as a path or as an id.

    Raises:
        UnknownNameError: It is neither.
    """
    path = Path(snapshot)
    if path.exists():
        return path
    from ingest.home import DataSet

    found: dict[str, Path] = {}
    for name in dict.fromkeys((data or os.environ.get("ROLEPATH_DATA") or DEFAULT, DEMO)):
        kept = DataSet(name)
        found.update({folder.name: folder for folder in map(Path, kept.snapshots())})
    if str(snapshot) in found:
        return found[str(snapshot)]
    raise UnknownNameError(
        f"unknown snapshot `{snapshot}`",
        help=suggestion(str(snapshot), found, "give a path, or an id of `rolepath snapshots`"),
    )
