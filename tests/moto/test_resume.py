"""`--resume` goes on with the very collection that was begun, and with nothing else."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli import cli
from app.commands import ingest as command
from iam.errors import UsageError
from iam.progress import NoProgress
from ingest import collect
from ingest.aws import Account
from ingest.home import DataSet
from ingest.job import Wanted, collect_aws, collecting, ingest_files
from ingest.layout import read_ledger
from ingest.snapshot import read_one
from tests.moto.faults import FaultyAws
from tests.moto.test_pages import NOT_PAGES
from tests.moto.test_pages import reader as reader
from tests.moto.test_pages import server as server

WHERE = ["--regions", "eu-west-1"]


def begun(reader: Account, root: Path, *, resume: bool = False, **more: Any) -> Path:
    wanted = Wanted(**{"accounts": [reader], "regions": ["eu-west-1"], **more})
    return collect_aws(wanted, "t", root=root, resume=resume)


def pages(server: FaultyAws) -> list[tuple[str, str, str]]:
    """What was asked for of what a snapshot holds."""
    calls = [call for call in server.calls if call.key not in NOT_PAGES]
    return [(call.key, call.request, call.mark) for call in calls]


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["ingest", "aws", "--data", "t", "--no-progress", *words])


# --- the same request ---------------------------------------------------------------------------


def test_other_regions_are_refused(reader: Account, tmp_path: Path) -> None:
    folder = begun(reader, tmp_path)
    before = (folder / "coverage.jsonl").read_text()
    with pytest.raises(UsageError, match="other Regions: eu-west-1; now us-east-1") as caught:
        begun(reader, tmp_path, resume=True, regions=["us-east-1"])
    assert "repeat the first command with --resume" in caught.value.help
    with pytest.raises(UsageError, match="other Regions: eu-west-1; now none named"):
        begun(reader, tmp_path, resume=True, regions=[])
    assert (folder / "coverage.jsonl").read_text() == before


def test_other_sources_are_refused(reader: Account, tmp_path: Path) -> None:
    begun(reader, tmp_path)
    with pytest.raises(
        UsageError, match="other optional sources: none named; now service_last_accessed"
    ):
        begun(reader, tmp_path, resume=True, also=["service_last_accessed"])


def test_accounts_that_are_not_asked_for_any_more_are_refused(
    reader: Account, tmp_path: Path
) -> None:
    begun(reader, tmp_path)
    other = dataclasses.replace(reader, id="222222222222")
    with pytest.raises(UsageError, match=f"not asked for now: {reader.id}$"):
        begun(reader, tmp_path, resume=True, accounts=[other])


def test_an_account_that_is_not_active_any_more_is_still_asked_for(
    reader: Account, tmp_path: Path
) -> None:
    other = dataclasses.replace(reader, id="222222222222")
    begun(reader, tmp_path, accounts=[reader, other])
    folder = begun(reader, tmp_path, resume=True, skipped=[other.id])
    ledger = read_ledger(folder / "coverage.jsonl")
    lines = {c.account: c.status for c in ledger if c.service == "sts"}
    assert lines[other.id] == "skipped"


def test_an_account_that_came_into_the_organization_is_read_and_named(
    reader: Account, tmp_path: Path
) -> None:
    notes: list[str] = []

    class Noted(NoProgress):
        def note(self, text: str) -> None:
            notes.append(text)

    begun(reader, tmp_path)
    wanted = Wanted([reader], regions=["eu-west-1"], skipped=["222222222222"])
    collect_aws(wanted, "t", Noted(), root=tmp_path, resume=True)
    assert notes[0] == "--resume: beside those of the first run: 222222222222"


# --- what there is to go on with ----------------------------------------------------------------


def test_a_collection_that_is_complete_asks_for_nothing_again(
    reader: Account, server: FaultyAws, tmp_path: Path
) -> None:
    before = read_one(begun(reader, tmp_path))
    read = {(c.service, c.operation) for c in before.coverage if c.status == "complete"}
    server.calls.clear()
    after = read_one(begun(reader, tmp_path, resume=True))
    again = {tuple(call.key.split("/")) for call in server.calls if call.key not in NOT_PAGES}
    assert again & read == set()
    assert after.roles == before.roles


def test_a_folder_that_is_not_there_could_be_one_of_its_neighbours(
    reader: Account, tmp_path: Path
) -> None:
    folder = collect_aws(
        Wanted([reader], regions=["eu-west-1"]), "t", save=tmp_path / "november", root=tmp_path
    )
    with pytest.raises(UsageError, match="no unfinished collection in") as caught:
        collect_aws(Wanted([reader]), "t", save=tmp_path / "novmber", root=tmp_path, resume=True)
    assert caught.value.help.startswith(f"did you mean {folder}?")


def test_a_data_set_without_one_names_those_that_have_one(reader: Account, tmp_path: Path) -> None:
    begun(reader, tmp_path)
    with pytest.raises(UsageError) as caught:
        collect_aws(Wanted([reader]), "u", root=tmp_path, resume=True)
    assert caught.value.help.startswith("there is one in t: see --data")


def test_a_snapshot_that_was_loaded_is_not_written_to(reader: Account, tmp_path: Path) -> None:
    loaded = ingest_files([begun(reader, tmp_path)], None, "t", root=tmp_path).folder
    with pytest.raises(UsageError, match="is a snapshot that was loaded, no collection"):
        collect_aws(
            Wanted([reader], regions=["eu-west-1"]), "t", save=loaded, root=tmp_path, resume=True
        )


# --- Ctrl-C in each phase -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "name", "is_begun"),
    [
        (command, "_wanted", False),
        (collect, "_task", True),
        (command, "_load", True),
    ],
    ids=["entering", "before the first call", "loading"],
)
def test_ctrl_c_leaves_what_can_be_gone_on_with(
    module: Any,
    name: str,
    is_begun: bool,
    reader: Account,
    server: FaultyAws,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ROLEPATH_HOME", str(tmp_path))

    def load(paths: Any, data: str, *_: Any) -> Any:
        return ingest_files(paths, None, data, root=tmp_path)

    def stop(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_load", load)
    with monkeypatch.context() as patched:
        patched.setattr(module, name, stop)
        done = run(*WHERE)
    assert done.exit_code == 130
    assert ("with --resume goes on" in done.stderr) is is_begun
    assert DataSet("t", tmp_path).current() is None
    assert (collecting("t", tmp_path) / "snapshot.json").is_file() is is_begun
    done = run(*WHERE, *(["--resume"] if is_begun else []))
    assert done.exit_code == 0, done.stderr
    asked = pages(server)
    denied = {(call.key, call.request, call.mark) for call in server.calls} - {
        (call.key, call.request, call.mark) for call in server.answered
    }
    assert [page for page in asked if asked.count(page) > 1 and page not in denied] == []
    # moto fails some calls; what failed may be asked again, so the collection is kept for it.
    assert DataSet("t", tmp_path).current() is not None
