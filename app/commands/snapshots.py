"""`rolepath snapshots` lists what was loaded, in every data set."""

from collections.abc import Iterator
from typing import Any

import click

from app import options
from app.opening import check_data_set
from app.terminal import Out, table

SECTION = "look"
_COLUMNS = ["data", "id", "taken_at", "accounts", "current", "path"]


@click.command("snapshots")
@click.option(
    "--data",
    metavar="NAME",
    envvar="ROLEPATH_DATA",
    help="Only this data set. [env: ROLEPATH_DATA]",
)
@options.output(strict=False)
def command(data: str | None, out: Out) -> None:
    """List the snapshots that are kept; an id may be given wherever --snapshot is taken."""
    from ingest.home import DataSet, data_sets

    if data:
        check_data_set(data)
    names = [data] if data else data_sets()
    rows = [
        {
            "data": name,
            "id": info.id,
            "taken_at": info.taken_at.isoformat().replace("+00:00", "Z") if info.taken_at else "",
            "accounts": list(info.accounts),
            "current": info.is_current,
            "path": str(info.path),
        }
        for name in names
        for info in DataSet(name).infos()
    ]
    out.answer({"snapshots": rows}, text=lambda: _text(rows), rows=lambda: (_COLUMNS, list(rows)))


def _text(rows: list[dict[str, Any]]) -> Iterator[str]:
    if not rows:
        yield "nothing has been loaded yet: rolepath demo, or rolepath ingest files PATH"
        return
    shown = [
        {
            "": "*" if row["current"] else "",
            "data": row["data"],
            "id": row["id"],
            "taken at": row["taken_at"],
            "accounts": len(row["accounts"]),
        }
        for row in rows
    ]
    yield from table(["", "data", "id", "taken at", "accounts"], shown)
    yield ""
    yield "* answers come from it; the others are kept for --snapshot ID"
