"""A data set is laid over scope by scope, and is old or new at every moment, never in between."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import cli
from graph.build import Graph
from iam.errors import SourceError, StoreError, UnknownNameError
from ingest import home as homes
from ingest.home import DataSet, data_sets
from ingest.job import Report, ingest_files
from ingest.snapshot import read_one
from tests.support.killed import killed
from tests.support.tree import REPOSITORY
from tests.unit.ingest.given import DETAILS, A, B, details, role, saved

FIRST = datetime(2026, 1, 31, 12, tzinfo=UTC)
LATER = datetime(2026, 2, 1, 12, tzinfo=UTC)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "home"


def snapshot(folder: Path, taken_at: datetime | None = None, **files: Any) -> Path:
    """A folder with answers of one account, global ones by operation and coverage by name."""
    for name, content in files.items():
        saved(folder / A / "global" / "iam" / f"{name.replace('_', '-')}.json", content)
    if taken_at is not None:
        saved(folder / "snapshot.json", {"format": 1, "taken_at": taken_at.isoformat()})
    return folder


def line(operation: str, status: str, **more: Any) -> str:
    where = {"account": A, "region": "global", "service": "iam", "operation": operation}
    return json.dumps({**where, "status": status, **more}) + "\n"


def load(root: Path, *paths: Path, **options: Any) -> Report:
    return ingest_files(paths, None, "d", root=root, **options)


def roles(report: Report) -> list[str]:
    return sorted(r.name for r in read_one(report.folder).roles.values())


def statuses(report: Report) -> dict[str, str]:
    return {c.operation: c.status for c in read_one(report.folder).coverage if c.account == A}


# --- laying over --------------------------------------------------------------------------------


def test_what_was_read_again_is_the_new_answer(root: Path, tmp_path: Path) -> None:
    load(root, saved(tmp_path / "1.json", details(role("old"), role("both"))), now=FIRST)
    report = load(root, saved(tmp_path / "2.json", details(role("both"), role("new"))), now=LATER)
    assert roles(report) == ["both", "new"]
    assert statuses(report) == {"get-account-authorization-details": "complete"}


def test_what_was_not_asked_again_keeps_its_answer_and_is_stale(root: Path, tmp_path: Path) -> None:
    more = {"Arn": f"arn:aws:iam::{A}:role/r", "Description": "what it is for"}
    first = snapshot(
        tmp_path / "1",
        FIRST,
        get_account_authorization_details=details(role("r")),
        list_roles={"Roles": [{**more, "MaxSessionDuration": 7200}]},
    )
    load(root, first)
    report = load(root, saved(tmp_path / "2.json", details(role("r"))), now=LATER)
    assert statuses(report) == {
        "get-account-authorization-details": "complete",
        "list-roles": "stale",
    }
    (found,) = read_one(report.folder).roles.values()
    assert (found.max_session_seconds, found.description) == (7200, "what it is for")
    (said,) = [line for line in report.not_readable if line.startswith("stale: iam:list-roles")]
    assert "kept from 2026-01-31T12:00:00Z" in said


@pytest.mark.parametrize("status", ["denied", "throttled", "error", "skipped"])
def test_what_was_refused_this_time_keeps_its_answer_and_says_why(
    status: str, root: Path, tmp_path: Path
) -> None:
    first = snapshot(
        tmp_path / "1",
        FIRST,
        get_account_authorization_details=details(role("r")),
        list_saml_providers={"SAMLProviderList": [{"Arn": f"arn:aws:iam::{A}:saml-provider/corp"}]},
    )
    load(root, first)
    second = snapshot(tmp_path / "2", get_account_authorization_details=details(role("s")))
    saved(
        second / "coverage.jsonl",
        line("get-account-authorization-details", "complete")
        + line("list-saml-providers", status, missing_action="iam:ListSAMLProviders"),
    )
    report = load(root, second, now=LATER)
    kept = read_one(report.folder)
    assert list(kept.saml_providers) == [f"arn:aws:iam::{A}:saml-provider/corp"]
    (gap,) = [g for g in report.coverage["not_seen"] if g["operation"] == "list-saml-providers"]
    assert (gap["status"], gap["missing_action"]) == ("stale", "iam:ListSAMLProviders")
    assert roles(report) == ["s"]


@pytest.mark.parametrize("status", ["not-enabled", "not-available"])
def test_what_is_absent_now_is_gone(status: str, root: Path, tmp_path: Path) -> None:
    first = snapshot(
        tmp_path / "1",
        FIRST,
        get_account_authorization_details=details(role("r")),
        list_saml_providers={"SAMLProviderList": [{"Arn": f"arn:aws:iam::{A}:saml-provider/corp"}]},
    )
    load(root, first)
    second = snapshot(tmp_path / "2", get_account_authorization_details=details(role("r")))
    saved(second / "coverage.jsonl", line("list-saml-providers", status))
    assert read_one(load(root, second, now=LATER).folder).saml_providers == {}


def test_a_partial_answer_does_not_replace_a_whole_one(root: Path, tmp_path: Path) -> None:
    load(root, saved(tmp_path / "1.json", details(role("a"), role("b"))), now=FIRST)
    cut = {**details(role("a")), "IsTruncated": True}
    report = load(root, saved(tmp_path / "2.json", cut), now=LATER)
    assert roles(report) == ["a", "b"]
    assert statuses(report) == {"get-account-authorization-details": "stale"}
    assert "now partial: the file ends before AWS's last page" in " ".join(report.not_readable)


def test_a_partial_answer_replaces_one_that_was_partial_too(root: Path, tmp_path: Path) -> None:
    cut = {**details(role("a")), "IsTruncated": True}
    load(root, saved(tmp_path / "1.json", cut), now=FIRST)
    mended = details(role("a"), role("b"), role("c", Arn="not-an-arn"))
    report = load(root, saved(tmp_path / "2.json", mended), now=LATER)
    assert roles(report) == ["a", "b"]
    assert statuses(report) == {"get-account-authorization-details": "partial"}
    said = " ".join(report.not_readable)
    assert "RoleDetailList/2: not an ARN: `not-an-arn`" in said
    assert "IsTruncated" not in said


def test_a_ledger_that_says_why_it_is_partial_is_quoted(root: Path, tmp_path: Path) -> None:
    load(root, saved(tmp_path / "1.json", details(role("a"), role("b"))), now=FIRST)
    second = snapshot(tmp_path / "2", get_account_authorization_details=details(role("a")))
    saved(
        second / "coverage.jsonl",
        line("get-account-authorization-details", "partial", note="the second page was refused"),
    )
    report = load(root, second, now=LATER)
    assert roles(report) == ["a", "b"]
    assert "now partial: the second page was refused" in " ".join(report.not_readable)


def test_without_the_credential_report_and_without_a_region_that_is_said(
    root: Path, tmp_path: Path
) -> None:
    report = load(root, saved(tmp_path / "1.json", details(role("a"))), now=FIRST)
    assert report.not_readable[0] == "workloads and resource policies: no Region was read"
    assert any("not-asked: iam:get-credential-report" in line for line in report.not_readable)
    region = snapshot(tmp_path / "2", get_account_authorization_details=details(role("a")))
    functions = region / A / "eu-west-1" / "lambda" / "list-functions.json"
    saved(functions, {"Functions": []})
    report = load(root, region, now=LATER)
    assert not any("no Region" in line for line in report.not_readable)


def test_a_partial_answer_is_better_than_none(root: Path, tmp_path: Path) -> None:
    cut = {**details(role("a")), "IsTruncated": True}
    report = load(root, saved(tmp_path / "1.json", cut), now=FIRST)
    assert roles(report) == ["a"]
    assert statuses(report) == {"get-account-authorization-details": "partial"}


def test_accounts_of_other_loads_stay(root: Path, tmp_path: Path) -> None:
    load(root, saved(tmp_path / "a.json", details(role("a", A))), now=FIRST)
    report = load(root, saved(tmp_path / "b.json", details(role("b", B))), now=LATER)
    assert report.accounts == (A, B)
    assert roles(report) == ["a", "b"]


def test_a_data_set_is_for_its_owner_alone(root: Path, tmp_path: Path) -> None:
    report = load(root, snapshot(tmp_path / "one", get_account_authorization_details=details()))
    kept = DataSet(report.data, root).path
    assert report.folder.is_relative_to(kept)
    assert kept.stat().st_mode & 0o777 == 0o700


def test_replace_starts_from_nothing(root: Path, tmp_path: Path) -> None:
    load(root, saved(tmp_path / "a.json", details(role("a", A))), now=FIRST)
    second = saved(tmp_path / "b.json", details(role("b", B)))
    report = load(root, second, now=LATER, replace=True)
    assert report.accounts == (B,)
    assert roles(report) == ["b"]
    assert len(DataSet("d", root).snapshots()) == 2, "the earlier one is kept for --snapshot"


def test_stale_once_read_again_is_complete(root: Path, tmp_path: Path) -> None:
    first = snapshot(
        tmp_path / "1",
        FIRST,
        get_account_authorization_details=details(role("r")),
        list_roles={"Roles": []},
    )
    load(root, first)
    load(root, saved(tmp_path / "2.json", details(role("s"))), now=LATER)
    third = snapshot(tmp_path / "3", list_roles={"Roles": []})
    report = load(root, third, now=datetime(2026, 2, 2, tzinfo=UTC))
    assert statuses(report) == {
        "get-account-authorization-details": "stale",
        "list-roles": "complete",
    }


def test_what_no_source_reads_is_no_gap_when_it_grows_old(root: Path, tmp_path: Path) -> None:
    first = snapshot(
        tmp_path / "1",
        FIRST,
        get_account_authorization_details=details(role("r")),
        list_account_colours={"Colours": []},
    )
    load(root, first)
    report = load(root, saved(tmp_path / "2.json", details(role("s"))), now=LATER)
    assert "list-account-colours" not in {g["operation"] for g in report.coverage["not_seen"]}
    assert (report.folder / A / "global/iam/list-account-colours.json").is_file()


# --- the same again -----------------------------------------------------------------------------


def test_the_same_answers_again_are_the_same_snapshot(root: Path, tmp_path: Path) -> None:
    file = saved(tmp_path / "a.json", details(role("a")))
    first = load(root, file, now=FIRST)
    again = load(root, file, now=LATER)
    assert (first.unchanged, again.unchanged) == (False, True)
    assert (again.snapshot_id, again.taken_at) == (first.snapshot_id, FIRST)
    assert len(DataSet("d", root).snapshots()) == 1


def test_a_kept_snapshot_can_be_read_like_any_folder(root: Path, tmp_path: Path) -> None:
    report = load(root, saved(tmp_path / "a.json", details(role("a"))), now=FIRST)
    other = load(tmp_path / "other home", report.folder)
    assert other.snapshot_id == report.snapshot_id
    assert read_one(other.folder).coverage == read_one(report.folder).coverage


def test_snapshots_share_the_files_that_did_not_change(root: Path, tmp_path: Path) -> None:
    first = load(root, saved(tmp_path / "a.json", details(role("a", A))), now=FIRST)
    second = load(root, saved(tmp_path / "b.json", details(role("b", B))), now=LATER)
    assert (first.folder / A / DETAILS).samefile(second.folder / A / DETAILS)


def test_a_snapshot_does_not_change_with_the_file_it_came_from(root: Path, tmp_path: Path) -> None:
    file = saved(tmp_path / "a.json", details(role("a")))
    report = load(root, file, now=FIRST)
    file.write_text("{}")
    assert roles(report) == ["a"]


# --- names --------------------------------------------------------------------------------------


def test_a_snapshot_is_found_by_the_beginning_of_its_id(root: Path, tmp_path: Path) -> None:
    first = load(root, saved(tmp_path / "a.json", details(role("a"))), now=FIRST)
    load(root, saved(tmp_path / "b.json", details(role("b"))), now=LATER)
    kept = DataSet("d", root)
    assert kept.resolve(first.snapshot_id) == kept.resolve("20260131") == first.folder
    with pytest.raises(UnknownNameError, match="several snapshots begin so"):
        kept.resolve("2026")
    with pytest.raises(UnknownNameError, match="unknown snapshot"):
        kept.resolve("1999")


def test_the_list_says_which_one_is_current(root: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke
    env = {"ROLEPATH_HOME": str(root)}
    assert "nothing has been loaded yet" in run(cli, ["snapshots"], env=env).stdout
    first = load(root, saved(tmp_path / "a.json", details(role("a", A))), now=FIRST)
    second = load(root, saved(tmp_path / "b.json", details(role("b", B))), now=LATER)
    listed = json.loads(run(cli, ["snapshots", "--format", "json"], env=env).stdout)["snapshots"]
    assert listed == [
        {
            "data": "d",
            "id": report.snapshot_id,
            "taken_at": taken,
            "accounts": accounts,
            "current": current,
            "path": str(report.folder),
        }
        for report, taken, accounts, current in (
            (first, "2026-01-31T12:00:00Z", [A], False),
            (second, "2026-02-01T12:00:00Z", [A, B], True),
        )
    ]
    table = run(cli, ["snapshots"], env=env).stdout.splitlines()
    assert [text.startswith("*") for text in table[1:3]] == [False, True]
    rows = run(cli, ["snapshots", "--format", "csv"], env=env).stdout.splitlines()
    assert rows[0] == "data,id,taken_at,accounts,current,path"
    assert len(rows) == 3
    assert data_sets(root) == ["d"]


# --- one at a time, whole or not at all ---------------------------------------------------------


def test_a_second_load_of_the_same_data_set_is_refused(root: Path, tmp_path: Path) -> None:
    file = saved(tmp_path / "a.json", details(role("a")))
    with DataSet("d", root).lock():
        with pytest.raises(SourceError, match="another load is running") as caught:
            load(root, file)
        assert "another --data" in caught.value.help
        ingest_files([file], None, "e", root=root)
    load(root, file)


class Full:
    """A store that takes nothing."""

    def load(self, graph: Graph, **_: Any) -> Any:
        raise StoreError(f"the store is full: {len(graph.nodes)} nodes")


def test_a_load_that_the_store_does_not_take_leaves_no_snapshot(root: Path, tmp_path: Path) -> None:
    first = load(root, saved(tmp_path / "a.json", details(role("a"))), now=FIRST)
    before = tree(root)
    store: Any = Full()
    second = saved(tmp_path / "b.json", details(role("b")))
    with pytest.raises(StoreError, match="the store is full"):
        ingest_files([second], store, "d", root=root, now=LATER)
    assert tree(root) == before
    assert DataSet("d", root).current() == first.folder


def tree(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


KILLED = """
import shutil
from ingest import job

root, source = Path(sys.argv[1]), Path(sys.argv[2])
os.link = dying(os.link)
shutil.copyfile = dying(shutil.copyfile)
Path.mkdir = dying(Path.mkdir)
Path.rename = dying(Path.rename)
Path.replace = dying(Path.replace)
job.ingest_files([source], None, "d", root=root)
"""


def test_a_load_that_is_killed_leaves_the_old_or_the_new_snapshot(
    root: Path, tmp_path: Path
) -> None:
    first = load(root, saved(tmp_path / "a.json", details(role("a", A))), now=FIRST)
    source = snapshot(tmp_path / "new", LATER, get_account_authorization_details=details(role("n")))
    kept = DataSet("d", root)
    step = 0
    while True:
        step += 1
        done = killed(KILLED, root, source, step=step)
        current = kept.current()
        assert current is not None
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert current == first.folder
        assert [r.name for r in read_one(current).roles.values()] == ["a"]
        assert all(read_one(folder).id == folder.name for folder in kept.snapshots())
    assert step > 5, "there were several places to be killed at"
    assert [r.name for r in read_one(current).roles.values()] == ["n"]
    left = [path.name for path in (root / "d" / "snapshots").iterdir()]
    assert sorted(left) == sorted([first.folder.name, current.name]), "nothing half written is left"


def test_a_full_disk_is_said_and_nothing_half_written_is_left(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(root, saved(tmp_path / "a.json", details(role("a"))), now=FIRST)
    before = tree(root)
    new = saved(tmp_path / "b.json", details(role("b")))
    for name in ("copyfile", "write_atomic"):

        def full(*arguments: Any, **_: Any) -> Any:
            path = str(arguments[-1] if len(arguments) > 1 else arguments[0])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)

        with monkeypatch.context() as patched:
            target: Any = shutil if name == "copyfile" else homes
            patched.setattr(target, name, full)
            result = CliRunner().invoke(
                cli,
                ["ingest", "files", str(new), "--data", "d"],
                env={"ROLEPATH_HOME": str(root)},
            )
        assert result.exit_code == 3
        assert result.stderr.splitlines()[0].endswith("no space left on device")
        after = {k: v for k, v in tree(root).items() if not k.startswith("d/store/")}
        assert after == before


def test_a_file_that_the_system_will_not_let_grow_is_an_error(root: Path, tmp_path: Path) -> None:
    """A real limit instead of a full disk: the system refuses to write beyond it."""
    load(root, saved(tmp_path / "a.json", details(role("a"))), now=FIRST)
    before = tree(root)
    new = saved(tmp_path / "b.json", details(*(role(f"r{n}") for n in range(300))))
    script = (
        "import resource, sys; from pathlib import Path; from ingest.job import ingest_files\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "try: ingest_files([Path(sys.argv[2])], None, 'd', root=Path(sys.argv[1]))\n"
        "except OSError as error: print(error.strerror)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(root), str(new)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout.strip() == os.strerror(errno.EFBIG), done.stderr
    assert tree(root) == before
