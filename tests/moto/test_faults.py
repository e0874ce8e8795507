"""Whatever AWS answers wrongly, late or not at all ends in coverage, and a resumed run is whole."""

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from iam.model import Coverage, Snapshot
from ingest import aws, collect, schedule
from ingest.aws import Account
from ingest.job import Wanted, collect_aws
from ingest.layout import GLOBAL, Scope, read_ledger
from ingest.snapshot import read_one
from ingest.sources import by_operation, name_of, sources
from tests.moto.faults import (
    Answer,
    Call,
    Fault,
    FaultyAws,
    action,
    broken,
    cut_off,
    denied,
    error,
    failing,
    half_of_a_page,
    page_of_a_proxy,
    reset,
    serve,
    tell_operations,
    throttled,
)
from tests.moto.world import MANAGEMENT, READER, REGIONS, World, world

__all__ = ["world"]

SOURCES = (
    "account_authorization_details",
    "bucket_policies",
    "credential_report",
    "ec2_instances",
    "kms_keys",
    "lambda_functions",
    "lambda_policies",
    "organization",
    "roles",
)
HIT = {
    "iam/list-roles": "query",
    "ec2/describe-instances": "ec2",
    "kms/list-keys": "json",
    "lambda/list-functions": "rest-json",
    "s3/get-bucket-policy": "rest-xml",
}
"""An operation of each protocol."""
NOT_PAGES = {"sts/get-caller-identity", "sts/assume-role", "iam/generate-credential-report"}
"""What is asked again by a run that goes on: it gives no fact, and may be another by then."""


@pytest.fixture(scope="module")
def server() -> FaultyAws:
    """The AWS with the faults; its Organizations answer as AWS's do."""
    return FaultyAws()


@dataclasses.dataclass(slots=True)
class Reading:
    """The accounts of the organization, entered, and what they come to when all goes well."""

    server: FaultyAws
    world: World
    accounts: list[Account]
    wholes: dict[tuple[int, tuple[str, ...]], Snapshot] = dataclasses.field(default_factory=dict)

    def of(self, *names: str) -> list[Account]:
        """Some of the accounts, by name; all when none is named."""
        ids = [self.world.accounts[name] for name in names]
        return [one for one in self.accounts if not ids or one.id in ids]

    def fails(self, fault: Fault) -> None:
        """Let AWS fail so; a member asks in vain for what only the manager may read."""

        def answer(call: Call) -> Answer | None:
            for_any = call.operation == "describe-organization"
            if call.service == "organizations" and call.account != MANAGEMENT and not for_any:
                text = "You don't have permissions to access this resource."
                return error(call, 400, "AccessDeniedException", text)
            return fault(call)

        self.server.fault = answer

    def read(self, root: Path, *names: str, resume: bool = False, deadline: float = 30.0) -> Path:
        """Collect accounts as one run does."""
        wanted = Wanted(self.of(*names), regions=REGIONS, deadline=deadline)
        return collect_aws(wanted, "t", root=root, resume=resume)

    def whole(self, root: Path, *names: str) -> Snapshot:
        """What a run comes to that nothing disturbs, with pages of the same size."""
        key = (self.server.page, names)
        if key not in self.wholes:
            fault = self.server.fault
            self.fails(lambda _: None)
            self.wholes[key] = facts(read_one(self.read(root / "whole", *names)))
            self.server.fault = fault
            self.server.calls.clear()
            self.server.answered.clear()
        return self.wholes[key]


def facts(snapshot: Snapshot) -> Snapshot:
    """What was read, and how; not when, also of the role whose sessions read."""
    roles = {
        arn: dataclasses.replace(role, last_used=None, last_used_region="")
        for arn, role in snapshot.roles.items()
    }
    lines = tuple(dataclasses.replace(line, taken_at=None) for line in snapshot.coverage)
    return dataclasses.replace(snapshot, coverage=lines, roles=roles, id="", taken_at=None)


def entered(server: FaultyAws, world: World, attempts: int) -> Iterator[Reading]:
    kept = tuple(source for source in sources() if name_of(source) in SOURCES)
    config = aws.config_of(attempts)
    make = Account.client
    made: dict[tuple[int, str, str], Any] = {}

    def client(self: Account, service: str, region: str) -> Any:
        """One for all runs: to make it takes longer than its calls."""
        key = (id(self.session), service, region)
        if key not in made:
            made[key] = make(self, service, region)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(collect, "sources", lambda: kept)
        patch.setattr(Account, "client", client)
        patch.setattr(schedule, "_TICK", 0.02)
        patch.setattr(schedule, "GRACE", 0.5)
        patch.setattr(collect, "_REPORT_WAITS", (0, 0))
        patch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))
        patch.setenv("AWS_ACCESS_KEY_ID", world.keys["management"])
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", REGIONS[0])
        tell_operations(patch)
        for url in serve(server):
            patch.setenv("AWS_ENDPOINT_URL", url)
            (caller,) = aws.profiles((), config=config)
            accounts, refused = aws.members(caller, sorted(world.accounts.values()), READER)
            assert refused == []
            yield Reading(server, world, accounts)


@pytest.fixture(scope="module")
def module_reading(server: FaultyAws, world: World) -> Iterator[Reading]:
    """The accounts, whose calls are tried once."""
    yield from entered(server, world, 1)


@pytest.fixture
def reading(module_reading: Reading) -> Reading:
    """The accounts, and no fault yet."""
    module_reading.server.forget()
    module_reading.fails(lambda _: None)
    return module_reading


# --- what holds after every run -----------------------------------------------------------------


def place_of(call: Call) -> Scope:
    """The scope that a call is for."""
    is_global = by_operation()[call.key].SCOPE == "global" if call.key in by_operation() else True
    return Scope(call.account, GLOBAL if is_global else call.region, call.service, call.operation)


def states(folder: Path) -> dict[Scope, Coverage]:
    """The ledger, which says one thing of each scope, and something of every call that was made."""
    lines = list(read_ledger(folder / "coverage.jsonl"))
    keys = Counter(
        (line.account, line.region, line.service, line.operation, line.resource) for line in lines
    )
    assert [key for key, times in keys.items() if times > 1] == []
    return {
        Scope(line.account, line.region, line.service, line.operation): line
        for line in lines
        if not line.resource
    }


def every_call_is_covered(server: FaultyAws, folder: Path) -> dict[Scope, Coverage]:
    found = states(folder)
    made = {place_of(call) for call in server.calls if call.service != "sts"}
    assert made - set(found) == set()
    return found


def no_page_was_given_twice(server: FaultyAws) -> None:
    given = Counter(
        (call.account, call.key, call.region, call.request, call.mark)
        for call in server.answered
        if call.key not in NOT_PAGES
    )
    assert [page for page, times in given.items() if times > 1] == []


def of_others(snapshot: Snapshot, account: str) -> list[Coverage]:
    return [line for line in facts(snapshot).coverage if line.account != account]


def goes_on(reading: Reading, root: Path, *names: str) -> None:
    """A run without faults completes what is there, and asks for no page again."""
    reading.fails(lambda _: None)
    folder = reading.read(root, *names, resume=True)
    every_call_is_covered(reading.server, folder)
    no_page_was_given_twice(reading.server)
    assert facts(read_one(folder)) == reading.whole(root, *names)
    assert not list(folder.rglob("*.parts"))


def at(account: str, operations: Collection[str], fault: Fault) -> Fault:
    """The fault, for some operations of an account."""

    def answer(call: Call) -> Answer | None:
        is_meant = call.account == account and call.key in operations
        return fault(call) if is_meant else None

    return answer


# --- a fault of some calls ----------------------------------------------------------------------

KINDS: dict[str, tuple[Fault, str]] = {
    "denied": (denied, "denied"),
    "throttled": (throttled, "throttled"),
    "an empty 500": (broken, "error"),
    "a 500": (failing, "error"),
    "a proxy's page": (page_of_a_proxy, "error"),
    "cut off": (cut_off, "error"),
    "half a page": (half_of_a_page, "error"),
    "reset": (reset, "error"),
}


@pytest.mark.parametrize("names", [("data",), ()], ids=["one account", "an organization"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_in_every_protocol_is_a_gap_of_its_own_calls_and_resume_closes_it(
    reading: Reading, tmp_path: Path, kind: str, names: tuple[str, ...]
) -> None:
    fault, status = KINDS[kind]
    whole = reading.whole(tmp_path, *names)
    data = reading.world.accounts["data"]
    hit = {key for key in HIT if (kind, key) != ("half a page", "s3/get-bucket-policy")}
    protocols: dict[str, str] = {}
    actions: dict[str, str] = {}

    def noted(call: Call) -> Answer | None:
        protocols[call.key] = call.protocol
        actions[call.key] = action(call)
        return fault(call)

    reading.fails(at(data, hit, noted))
    folder = reading.read(tmp_path, *names)
    assert protocols == {key: HIT[key] for key in hit}
    found = every_call_is_covered(reading.server, folder)
    for scope, line in found.items():
        if scope.account == data and scope.key in hit:
            assert (line.status, line.pages) == (status, 0), scope
            needed = actions[scope.key] if status == "denied" else ""
            assert line.missing_action == needed, scope
            assert line.error_code, scope
    snapshot = read_one(folder)
    assert of_others(snapshot, data) == of_others(whole, data)
    assert snapshot.roles.keys() == whole.roles.keys()
    goes_on(reading, tmp_path, *names)
