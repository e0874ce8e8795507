"""A full disk loses nothing: what was loaded stays, the asker is told, and room mends it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from graph.stores import Store, open_store
from graph.stores.arcade import Folder
from iam.errors import FileError
from tests.contract.stores.graphs import many, small
from tests.support.disk import fill, small_disk
from tests.support.servers import stop_embedded

COUNT = "MATCH (n:Principal) RETURN count(n) AS n"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 60) as folder:
        yield folder
        stop_embedded(folder)


def opened(disk: Path) -> closing[Store]:
    return closing(open_store(None, data="d", root=disk))


def names(disk: Path) -> list[str]:
    return Folder(disk / "d" / "store").names()


@pytest.mark.parametrize("rest", [64, 1024, 4096])
def test_a_graph_that_finds_no_room_leaves_the_one_before(disk: Path, rest: int) -> None:
    with opened(disk) as store:
        store.load(small())
        held, before = store.read(COUNT).rows, names(disk)
        filler = fill(disk, but=rest)
        with pytest.raises(FileError) as caught:
            store.load(many("s2", 500, 1000, 1))
        assert caught.value.message == f"{disk}/d/store: no space left on device"
        assert "make room" in caught.value.help
        assert store.read(COUNT).rows == held
        assert names(disk) == before, "nothing half-written is left"
        filler.unlink()
        store.load(many("s2", 500, 1000, 1))
        assert store.read(COUNT).rows != held


def test_a_server_that_finds_no_room_is_not_waited_for(disk: Path) -> None:
    """Nor is a process left that holds the store and answers nobody."""
    with opened(disk) as store:
        store.load(small())
        held = store.read(COUNT).rows
    stop_embedded(disk)
    filler = fill(disk)
    with (
        opened(disk) as store,
        pytest.raises(FileError, match="/d/store: no space left on device"),
    ):
        store.read(COUNT)
    filler.unlink()
    with opened(disk) as store:
        assert store.read(COUNT).rows == held
