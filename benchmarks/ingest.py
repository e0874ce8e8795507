"""How fast saved answers become a model and in how much memory, and how fast AWS is asked.

Run by hand: ``python -m benchmarks.ingest``. Expected of one core: bytes to objects at 50 MB/s or
more, files to the model at 15 MB/s or more, a peak of at most 1.3 × the memory of the finished
model, at 50 and at 500 accounts alike. The answers are compact JSON, the hardest kind: what the
AWS CLI prints holds half as much in each byte. Seconds of folders are seconds of the processor, so
that what else runs on the machine counts little; the memory is what Linux says of the process.

AWS is moto in a process of its own, over HTTP: it is what takes the time, so what counts is the
part of the processor that asking takes, and whether an account takes longer among many.
"""

import argparse
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

import boto3
from moto.server import ThreadedMotoServer

from benchmarks.organizations import role, write
from ingest import aws, collect, jsonfile
from ingest.job import Wanted, collect_aws
from ingest.snapshot import read
from ingest.sources import by_operation, name_of, sources

T = TypeVar("T")
STATUS = Path("/proc/self/status")
ENTERED = "OrganizationAccountAccessRole"
LACKING = ("root_access",)
"""Sources of IAM that moto does not answer; every call is tried once."""


# --- folders ------------------------------------------------------------------------------------


def folders(sizes: tuple[int, ...], roles: int) -> Iterator[str]:
    """Measure each size, each in a process of its own."""
    yield (
        f"{'accounts × roles':>18} {'MB':>7} {'objects MB/s':>13} {'model MB/s':>11}"
        f" {'model MB':>9} {'peak ÷ model':>13} {'model ÷ bytes':>14}"
    )
    measured = []
    for accounts in sizes:
        with tempfile.TemporaryDirectory() as name:
            write(Path(name), accounts, roles)
            found = {**_apart("objects", name), **_apart("model", name)}
        measured.append(found)
        size = f"{accounts} × {roles}"
        yield (
            f"{size:>18} {found['mb']:>7.1f} {found['objects']:>13.1f} {found['model']:>11.1f}"
            f" {found.get('memory', 0):>9.0f} {found.get('peak', 0):>13.2f}"
            f" {found.get('memory', 0) / found['mb']:>14.1f}"
        )
    first, last = measured[0], measured[-1]
    yield f"speed of the largest ÷ of the smallest: {last['model'] / first['model']:.2f}"
    if not STATUS.exists():
        yield "memory was not measured: there is no /proc"


def _apart(what: str, folder: str) -> dict[str, float]:
    """One measurement in a fresh process, so that none inherits another's memory."""
    command = [sys.executable, "-m", "benchmarks.ingest", "--measure", what, folder]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _measure(what: str, folder: Path) -> dict[str, float]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    mb = sum(path.stat().st_size for path in files) / 1e6
    by_operation()  # finds the sources, whatever is read
    if what == "objects":
        _, seconds = _processor(lambda: _objects(files))
        return {"mb": mb, "objects": mb / seconds}
    before = _resident()
    model, seconds = _processor(lambda: read([folder]))
    found = {"mb": mb, "model": mb / seconds}
    if before:
        finished = _resident() - before
        found |= {"memory": finished, "peak": (_most_resident() - before) / finished}
    assert model.roles
    return found


def _objects(files: list[Path]) -> None:
    for path in files:
        for _ in jsonfile.lines(path) if path.suffix == ".jsonl" else jsonfile.parts(path):
            continue


def _processor(work: Callable[[], T]) -> tuple[T, float]:
    started = time.process_time()
    done = work()
    return done, time.process_time() - started


def _resident() -> float:
    """Megabytes of this process that are in memory; 0 where the system does not say."""
    if not STATUS.exists():
        return 0
    lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
    return int(lines["VmRSS"].split()[0]) * 1024 / 1e6


def _most_resident() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


# --- AWS ----------------------------------------------------------------------------------------


def live(sizes: tuple[int, ...], roles: int) -> Iterator[str]:
    """Collect an organization from moto, first of a few accounts and then of all."""
    yield (
        f"{'accounts × roles':>18} {'calls':>7} {'s':>7} {'ms/account':>11} {'calls/s':>8}"
        f" {'own part':>9} {'then to model s':>16}"
    )
    with _moto() as caller:
        _fill(caller, max(sizes), roles)
        ids = [account.id for account in aws.organization_accounts(caller)]
        per_account = []
        for size in sizes:
            found = _collected(caller, [id for id in ids if id != caller.id][:size])
            per_account.append(found["wall"] / size)
            yield (
                f"{f'{size} × {roles}':>18} {found['calls']:>7.0f} {found['wall']:>7.1f}"
                f" {1000 * found['wall'] / size:>11.0f} {found['calls'] / found['wall']:>8.0f}"
                f" {found['processor'] / found['wall']:>9.0%} {found['model']:>16.2f}"
            )
        growth = per_account[-1] / per_account[0]
        yield f"time of an account among the most ÷ among the fewest: {growth:.2f}"


def _collected(caller: aws.Account, ids: list[str]) -> dict[str, float]:
    calls = 0

    def count(**_: Any) -> None:
        nonlocal calls
        calls += 1

    kept = tuple(s for s in sources() if s.SERVICE == "iam" and name_of(s) not in LACKING)
    with (
        tempfile.TemporaryDirectory() as name,
        mock.patch.object(collect, "sources", lambda: kept),
    ):
        wall, processor = time.perf_counter(), time.process_time()
        entered, refused = aws.members(caller, ids, ENTERED)
        assert not refused, refused
        for account in entered:
            account.session.events.register("before-send.*.*", count)
        folder = collect_aws(
            Wanted(entered, regions=[caller.region]), root=Path(name), save=Path(name) / "s"
        )
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        model, seconds = _processor(lambda: read([folder]))
        assert len(model.roles) > len(ids)
    return {"calls": calls, "wall": wall, "processor": processor, "model": seconds}


@contextmanager
def _moto() -> Iterator[aws.Account]:
    """The credentials of the account that manages an organization, on a server of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=_serve, args=(theirs,), daemon=True)
    server.start()
    theirs.close()
    given = {
        "AWS_ENDPOINT_URL": ours.recv(),
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    try:
        with mock.patch.dict(os.environ, given):
            yield aws.profiles((), config=aws.config_of(1))[0]
    finally:
        ours.close()
        server.join(10)


def _serve(asks: Connection) -> None:
    """Serve until the other end is closed; what the server says of every call is dropped."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    asks.send(f"http://{host}:{port}")
    asks.poll(None)
    server.stop()


def _fill(caller: aws.Account, accounts: int, roles: int) -> None:
    """Members with the roles of the made-up organizations, through the role that AWS makes."""
    organizations: Any = boto3.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    for at in range(accounts):
        state = organizations.create_account(Email=f"{at}@example.com", AccountName=f"a{at}")
        id = state["CreateAccountStatus"]["AccountId"]
        arn = f"arn:aws:iam::{id}:role/{ENTERED}"
        session = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="fill")
        keys = session["Credentials"]
        iam: Any = boto3.client(
            "iam",
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )
        for number in range(roles):
            made = role(number, accounts, roles, at)
            trust = json.dumps(made["AssumeRolePolicyDocument"])
            iam.create_role(RoleName=made["RoleName"], AssumeRolePolicyDocument=trust)
            for policy in made["RolePolicyList"]:
                iam.put_role_policy(
                    RoleName=made["RoleName"],
                    PolicyName=policy["PolicyName"],
                    PolicyDocument=json.dumps(policy["PolicyDocument"]),
                )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", choices=["folders", "aws"])
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        what, folder = asked.measure
        print(json.dumps(_measure(what, Path(folder))))
        return
    print(f"load average {os.getloadavg()[0]:.1f}")
    for name, lines in (("folders", folders((50, 500), 200)), ("aws", live((10, 50), 20))):
        if asked.only in (None, name):
            for line in lines:
                print(line, flush=True)


if __name__ == "__main__":
    main()
