"""Whoever watches a collection sees how each account fares; a log of CI holds a line at its end."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.aws import Account
from tests.support.tree import REPOSITORY

COMMAND = """
import sys
from ingest import aws, collect, job
from ingest.aws_errors import Failure
from ingest.sources import sources
from app.terminal import Out

kept = tuple(s for s in sources() if s.SCOPE == "global" and s.SERVICE in ("iam", "s3"))
collect.sources = lambda: kept
(caller,) = aws.profiles((), config=aws.config_of(1))
wanted = job.Wanted(
    [caller],
    regions=["eu-west-1"],
    refused=[("222222222222", aws.NotEnteredError("not let in", Failure("denied", "x", "")))],
    skipped=["333333333333"],
)
out = Out(quiet="--quiet" in sys.argv, no_progress="--no-progress" in sys.argv)
progress = out.progress()
if hasattr(progress, "seconds"):
    progress.seconds = 0.0
job.collect_aws(wanted, "t", progress)
"""
CLOSING = r"asked AWS: 1 done, 1 failed, 1 skipped of 3 accounts, in \d+ s"
STANDING = r"0 done, 1 failed, 1 skipped of 3 accounts, [\d.]+ services/s, about \d+ s to go"


@pytest.fixture
def home(caller: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLEPATH_HOME", str(tmp_path))
    for name in ("CI", "NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)


def logged(*words: str) -> str:
    """What the command says where nobody watches."""
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *words],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout == ""
    return done.stderr


def watched(**environment: str) -> str:
    """What the command draws on a terminal."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND],
        cwd=REPOSITORY,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "200", **environment},
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    )
    os.close(theirs)
    drawn = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # how Linux says that the other side has hung up
            break
        if not part:
            break
        drawn += part
    os.close(ours)
    stdout, _ = process.communicate(timeout=60)
    assert process.returncode == 0, drawn
    assert stdout == ""
    return drawn.decode()


def test_a_terminal_shows_accounts_rate_and_time_to_go(home: None) -> None:
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", watched())
    # A bar is drawn when there is time to: a rate is only known after a while.
    assert re.search(STANDING.partition(", [")[0], drawn), drawn
    assert re.search(r"123456789012: \d+ answers read.* \(account 3 of 3\)", drawn)
    assert re.search(CLOSING, drawn)


@pytest.mark.parametrize("variable", [{"CI": "true"}, {"TERM": "dumb"}], ids=str)
def test_what_only_looks_like_a_terminal_is_a_log(home: None, variable: dict[str, str]) -> None:
    drawn = watched(**variable)
    assert "\x1b" not in drawn
    assert "answers read" not in drawn
    assert re.search(CLOSING, drawn)


def test_a_log_holds_how_it_stands_every_while_and_what_it_came_to(home: None) -> None:
    lines = logged().splitlines()
    assert re.search(rf"^asking AWS: \d+ of \d+ services; {STANDING}$", lines[1]), lines
    assert re.fullmatch(CLOSING, lines[-1])
    assert not [line for line in lines if "answers read" in line]
    assert re.fullmatch(f"{CLOSING}\n", logged("--no-progress"))


def test_quiet_says_nothing(home: None) -> None:
    assert logged("--quiet") == ""
