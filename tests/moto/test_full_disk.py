"""A collection that the disk does not take is kept as far as it came, and is gone on with."""

import subprocess
import sys
from pathlib import Path
from resource import RLIMIT_FSIZE, setrlimit

import pytest

from iam.model import Snapshot
from ingest.aws import Account
from ingest.home import DataSet
from ingest.job import collecting, ingest_files
from ingest.snapshot import read_one
from tests.moto.test_interrupted import collected, facts
from tests.moto.test_interrupted import whole as whole
from tests.support.tree import REPOSITORY
from tests.unit.ingest.given import details, role, saved

COMMAND = """
from ingest import aws, collect
from ingest.sources import sources

kept = tuple(s for s in sources() if s.SCOPE == "global")
collect.sources = lambda: kept
config = aws.config_of(1)
aws.config_of = lambda: config
from app.cli import cli
cli.main(["ingest", "aws", "--regions", "eu-west-1", "--data", "t"])
"""


@pytest.mark.parametrize("largest", [700, 3000])
def test_a_disk_that_takes_no_more_ends_a_collection_that_can_be_gone_on_with(
    largest: int,
    caller: Account,
    whole: Snapshot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = ingest_files(
        [saved(tmp_path / "a.json", details(role("a")))], None, "t", root=tmp_path
    )
    monkeypatch.setenv("ROLEPATH_HOME", str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", COMMAND],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        preexec_fn=lambda: setrlimit(RLIMIT_FSIZE, (largest, largest)),
    )
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    folder = collecting("t", tmp_path)
    lines = done.stderr.splitlines()
    assert lines[-3] == "what was read is kept; the same command with --resume goes on"
    assert lines[-2].startswith(f"error: {folder}")
    assert lines[-2].endswith(": file too large")
    assert DataSet("t", tmp_path).current() == before.folder
    assert not [path for path in folder.rglob(".*") if path.is_file()], "nothing beside its place"
    assert facts(read_one(collected(tmp_path, caller, resume=True))) == whole
