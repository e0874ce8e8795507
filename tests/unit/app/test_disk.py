"""What the system does not let be read or written is said with its place, and ends with 3."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli import cli
from app.terminal import write_file
from graph.build import Graph
from ingest.home import DataSet
from ingest.job import ingest_files
from ingest.writer import written
from tests.support.disk import command
from tests.support.tree import REPOSITORY
from tests.unit.ingest.given import details, role, saved

DEMO = REPOSITORY / "app" / "demo" / "organization"
REPORT = ("report", "chains", "identity/kira", "production/deploy", "--snapshot", str(DEMO))


@pytest.fixture
def barred(tmp_path: Path) -> Iterator[Path]:
    """A folder that nobody may look into or write to."""
    folder = tmp_path / "barred"
    folder.mkdir(0o000)
    yield folder
    folder.chmod(0o700)


def said(stderr: str) -> list[str]:
    assert "Traceback" not in stderr
    return [line for line in stderr.splitlines() if line.startswith(("error:", "help:"))]


# --- may not be read ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("ingest", "files", "{}"),
        ("paths", "a", "b", "--snapshot", "{}"),
        ("test", "{}", "--snapshot", str(DEMO)),
        ("ingest", "aws", "--config", "{}"),
        ("doctor", "aws", "--config", "{}"),
    ],
    ids=" ".join,
)
def test_a_file_that_may_not_be_read_is_named(words: tuple[str, ...], tmp_path: Path) -> None:
    file = saved(tmp_path / "authz.json", details(role("r")))
    file.chmod(0o000)
    home = {"ROLEPATH_HOME": str(tmp_path / "home")}
    done = command(*(word.format(file) for word in words), env=home, plain=True)
    assert done.returncode == 3
    assert said(done.stderr)[0] == f"error: {file}: cannot be read: permission denied"
    assert said(done.stderr)[1].startswith("help:  ")
    assert done.stdout == ""


def test_a_folder_that_may_not_be_read_is_named(barred: Path, tmp_path: Path) -> None:
    home = {"ROLEPATH_HOME": str(tmp_path / "home")}
    done = command("ingest", "files", barred, env=home, plain=True)
    assert done.returncode == 3
    assert "cannot be read: permission denied" in said(done.stderr)[0]
    assert str(barred) in said(done.stderr)[0]


@pytest.mark.parametrize("words", [("snapshots",), ("ingest", "files", str(DEMO))], ids=" ".join)
def test_a_data_folder_that_is_closed_is_named(words: tuple[str, ...], barred: Path) -> None:
    done = command(*words, env={"ROLEPATH_HOME": str(barred)}, plain=True)
    assert done.returncode == 3
    assert said(done.stderr)[0].startswith(f"error: {barred}")
    assert said(done.stderr)[0].endswith(": permission denied")
    assert said(done.stderr)[1] == "help:  see who may read and write there"


def test_a_data_folder_that_is_only_to_be_read_is_named(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(0o555)
    done = command("ingest", "files", DEMO, env={"ROLEPATH_HOME": str(home)}, plain=True)
    assert done.returncode == 3
    assert said(done.stderr)[0] == f"error: {home}/default: permission denied"


# --- may not be written -------------------------------------------------------------------------


def test_a_report_into_a_folder_that_is_closed_is_refused(barred: Path) -> None:
    file = barred / "report.html"
    done = command(*REPORT, "--output", file, plain=True)
    assert done.returncode == 3
    assert said(done.stderr)[0] == f"error: {file}: cannot be written: permission denied"


def test_a_report_into_a_folder_that_is_not_there_is_a_wrong_request(tmp_path: Path) -> None:
    file = tmp_path / "no" / "report.html"
    done: Result = CliRunner().invoke(cli, [*REPORT, "--output", str(file)])
    assert done.exit_code == 2
    assert said(done.stderr) == [
        f"error: {file}: cannot be written: no such file or directory",
        "help:  name a file in a folder that is there",
    ]


def test_a_report_that_the_disk_does_not_take_leaves_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text("the old one")
    done = command(*REPORT, "--output", file, largest=4096)
    assert done.returncode == 3
    assert said(done.stderr)[0] == f"error: {file}: cannot be written: file too large"
    assert "ulimit" in said(done.stderr)[1]
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert file.read_text() == "the old one"


def test_what_is_no_plain_file_stays_what_it_is() -> None:
    """A terminal here; `/dev/null` would be replaced by a file where root runs the tests."""
    ours, theirs = os.openpty()
    place = Path(os.ttyname(theirs))
    write_file(place, "an answer\n")
    assert os.read(ours, 100).startswith(b"an answer")
    assert place.is_char_device()


# --- whole or not at all ------------------------------------------------------------------------


def test_a_file_that_was_not_put_in_place_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "pointer"
    file.write_text("old")
    with pytest.raises(RuntimeError), written(file, "new"):
        assert file.read_text() == "old"
        raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["pointer"]
    assert file.read_text() == "old"


def test_the_pointer_is_written_before_a_store_holds_the_new_graph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a disk without room for it would leave the new graph beside the old snapshot."""
    first = saved(tmp_path / "a.json", details(role("a")))
    kept = ingest_files([first], None, "d", root=tmp_path / "home")
    loaded: list[Graph] = []

    class Taking:
        def load(self, graph: Graph, **_: Any) -> Any:
            loaded.append(graph)

    own, steps = os.fsync, 0

    def full(handle: int) -> None:
        """Room for the ledger and for what the snapshot says of itself, and for no more."""
        nonlocal steps
        steps += 1
        if steps > 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        own(handle)

    monkeypatch.setattr(os, "fsync", full)
    store: Any = Taking()
    with pytest.raises(OSError, match="No space left") as caught:
        ingest_files(
            [saved(tmp_path / "b.json", details(role("b")))], store, "d", root=tmp_path / "home"
        )
    assert caught.value.filename == str(tmp_path / "home" / "d" / "current")
    assert loaded == []
    assert DataSet("d", tmp_path / "home").current() == kept.folder
    assert DataSet("d", tmp_path / "home").snapshots() == [kept.folder]
