"""A collection that is killed at any step is gone on with, and comes to the same snapshot."""

import dataclasses
import json
import signal
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from iam.errors import SourceError
from iam.model import Snapshot
from ingest import aws
from ingest.aws import Account
from ingest.collect import ExpiredError
from ingest.home import DataSet
from ingest.job import Wanted, collect_aws, collecting
from ingest.snapshot import read_one
from tests.moto.test_collect import inject
from tests.support.killed import killed
from tests.support.tree import REPOSITORY

KILLED = """
from ingest import aws, collect, job, writer
from ingest.sources import sources

root = Path(sys.argv[1])
kept = tuple(s for s in sources() if s.SCOPE == "global")
collect.sources = lambda: kept
for name in ("part", "line", "done", "cover"):
    setattr(writer.SnapshotWriter, name, dying(getattr(writer.SnapshotWriter, name)))
Path.replace = dying(Path.replace)
(caller,) = aws.profiles((), config=aws.config_of(1))
job.collect_aws(job.Wanted([caller], regions=["eu-west-1"]), "t", root=root)
"""


INTERRUPTED = """
import os, signal, sys
from ingest import aws, collect, writer
from ingest.sources import sources

# A shell that starts something in the background lets it ignore the signal; a terminal does not.
signal.signal(signal.SIGINT, signal.default_int_handler)
kept = tuple(s for s in sources() if s.SCOPE == "global")
collect.sources = lambda: kept
config = aws.config_of(1)
aws.config_of = lambda: config
own, done = writer.SnapshotWriter.done, []


def interrupted(*arguments):
    own(*arguments)
    done.append(arguments)
    if len(done) == 5:
        os.kill(os.getpid(), signal.SIGINT)


writer.SnapshotWriter.done = interrupted
from app.cli import cli
cli.main(["ingest", "aws", "--regions", "eu-west-1", "--data", "t"])
"""


def test_ctrl_c_ends_a_collection_that_can_be_gone_on_with(
    caller: Account, whole: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROLEPATH_HOME", str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr
    assert "the same command with --resume goes on" in done.stderr
    assert done.stdout == ""
    lines = (collecting("t", tmp_path) / "coverage.jsonl").read_text().splitlines()
    assert 5 <= len(lines) < len(whole.coverage)
    assert facts(read_one(collected(tmp_path, caller, resume=True))) == whole


def collected(root: Path, caller: Account, *, resume: bool = False) -> Path:
    return collect_aws(Wanted([caller], regions=["eu-west-1"]), "t", root=root, resume=resume)


def facts(snapshot: Snapshot) -> Snapshot:
    lines = tuple(dataclasses.replace(line, taken_at=None) for line in snapshot.coverage)
    return dataclasses.replace(snapshot, coverage=lines, id="", taken_at=None)


@pytest.fixture
def whole(caller: Account, only_global: None, tmp_path: Path) -> Snapshot:
    """What a collection comes to that nothing interrupts."""
    return facts(read_one(collected(tmp_path / "whole", caller)))


@pytest.mark.parametrize("step", [2, 9, 30])
def test_a_killed_collection_is_gone_on_with(
    step: int, caller: Account, whole: Snapshot, tmp_path: Path
) -> None:
    done = killed(KILLED, tmp_path, step=step)
    assert done.returncode == -signal.SIGKILL, done.stderr
    folder = collecting("t", tmp_path)
    assert (folder / "snapshot.json").is_file()
    before = {path: path.stat().st_mtime_ns for path in _complete(folder)}
    assert facts(read_one(collected(tmp_path, caller, resume=True))) == whole
    after = {path: path.stat().st_mtime_ns for path in before}
    assert after == before, "what was complete is not asked again"
    assert not list(folder.rglob("*.parts"))


def _complete(folder: Path) -> list[Path]:
    """Answers that the ledger calls complete."""
    found = []
    ledger = folder / "coverage.jsonl"
    for text in ledger.read_text().splitlines() if ledger.is_file() else ():
        line = json.loads(text)
        stem = folder / line["account"] / line["region"] / line["service"] / line["operation"]
        for ending in (".json", ".jsonl"):
            path = stem.with_name(stem.name + ending)
            if line["status"] == "complete" and path.is_file():
                found.append(path)
    return found


def test_a_line_of_the_ledger_that_is_cut_off_is_asked_again(
    caller: Account, whole: Snapshot, tmp_path: Path
) -> None:
    ledger = collected(tmp_path, caller) / "coverage.jsonl"
    content = ledger.read_bytes()
    ledger.write_bytes(content[:-20])
    assert facts(read_one(collected(tmp_path, caller, resume=True))) == whole


def test_what_was_refused_is_asked_again_by_resume(
    caller: Account, whole: Snapshot, tmp_path: Path
) -> None:
    folder = collected(tmp_path, caller)
    ledger = folder / "coverage.jsonl"
    lines = [json.loads(text) for text in ledger.read_text().splitlines()]
    for line in lines:
        if line["operation"] == "list-roles":
            line["status"] = "partial"
    ledger.write_text("".join(json.dumps(line) + "\n" for line in lines))
    stale = folder / caller.id / "global" / "iam" / "list-roles.json"
    stale.write_text('{"Roles": []}')
    assert facts(read_one(collected(tmp_path, caller, resume=True))) == whole


def test_two_collections_of_a_data_set_do_not_mix(
    caller: Account, only_global: None, tmp_path: Path
) -> None:
    with (
        DataSet("t", tmp_path).lock("collection"),
        pytest.raises(SourceError, match="another collection is running"),
    ):
        collected(tmp_path, caller)


def test_a_region_that_this_boto3_does_not_know_is_asked_for_everything(caller: Account) -> None:
    assert caller.offers("lambda", "eu-west-1")
    assert caller.offers("lambda", "mars-north-1")
    known = boto3.Session().get_available_regions("ec2")
    assert known
    assert not all(caller.offers("sagemaker-geospatial", region) for region in known)


def test_an_account_id_that_is_not_the_roles_own_is_refused(
    caller: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {"Account": "999999999999", "Arn": "arn:aws:sts::999999999999:assumed-role/r/s"}
    other = dataclasses.replace(caller, id=answer["Account"], arn=answer["Arn"])
    monkeypatch.setattr(aws, "account_of", lambda *_, **__: other)
    with pytest.raises(SourceError, match="AWS says that this is account 999999999999"):
        aws.member(caller, "222222222222", "audit-reader")


UNKNOWN = (
    403,
    '{"__type": "UnrecognizedClientException", "message": "The security token is not valid"}',
)
UNKNOWN_TO_STS = (
    403,
    "<ErrorResponse><Error><Code>InvalidClientTokenId</Code></Error></ErrorResponse>",
)


def test_credentials_that_were_taken_away_end_a_collection(
    caller: Account, only_global: None, tmp_path: Path
) -> None:
    """Else everything after it would seem not to be there."""
    answers = {"ListRoots": UNKNOWN, "GetCallerIdentity": UNKNOWN_TO_STS}
    inject(caller, answers.get)
    with pytest.raises(ExpiredError, match="UnrecognizedClientException"):
        collected(tmp_path, caller)


def test_credentials_that_only_one_endpoint_does_not_know_are_no_reason_to_stop(
    caller: Account, only_global: None, tmp_path: Path
) -> None:
    inject(caller, lambda operation: UNKNOWN if operation == "ListRoots" else None)
    lines = {c.operation: c.status for c in read_one(collected(tmp_path, caller)).coverage}
    assert lines["list-roots"] == "not-available"
    assert lines["list-accounts"] == "complete"
