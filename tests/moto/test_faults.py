"""Whatever AWS answers wrongly, late or not at all ends in coverage, and a resumed run is whole."""

import dataclasses
import json
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from werkzeug.wrappers import Response

from app.cli import cli
from iam.errors import SourceAccessError
from iam.model import Coverage, Snapshot
from ingest import aws, collect, schedule
from ingest.aws import Account
from ingest.collect import ExpiredError
from ingest.job import Wanted, collect_aws, ingest_files
from ingest.layout import GLOBAL, Scope, read_ledger
from ingest.snapshot import read_one
from ingest.sources import after, by_operation, follows, name_of, sources
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
    expired,
    failing,
    half_of_a_page,
    page_of_a_proxy,
    reset,
    serve,
    slow,
    tell_operations,
    throttled,
)
from tests.moto.world import MANAGEMENT, READER, REGIONS, World, without_store, world

__all__ = ["without_store", "world"]

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
DEADLINE = 2.0
"""Seconds after which what hangs is left; what is only slow, on a busy machine, is not."""
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
    made: dict[tuple[int, int, str, str], Any] = {}

    def client(self: Account, service: str, region: str) -> Any:
        """One for all runs: to make it takes longer than its calls."""
        key = (id(self.session), id(self.config), service, region)
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


def no_page_was_given_twice(server: FaultyAws, *besides: str) -> None:
    given = Counter(
        (call.account, call.key, call.region, call.request, call.mark)
        for call in server.answered
        if call.key not in {*NOT_PAGES, *besides}
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


# --- throttling, latency, faults that pass ------------------------------------------------------


def one_in_three(fault: Fault) -> Fault:
    """The fault, of a third of the calls; which they are is drawn."""
    draw, lock = random.Random(7), threading.Lock()

    def answer(call: Call) -> Answer | None:
        with lock:
            is_wrong = draw.random() < 1 / 3
        return fault(call) if is_wrong and call.service != "sts" else None

    return answer


@pytest.mark.parametrize("fault", [throttled, failing, reset])
def test_a_fault_in_one_of_three_calls_leaves_less_from_run_to_run(
    reading: Reading, tmp_path: Path, fault: Fault
) -> None:
    """A call is tried once here; each run comes further, and asks for nothing again."""
    reading.whole(tmp_path)
    reading.fails(one_in_three(fault))
    answered = 0
    for run in range(3):
        folder = reading.read(tmp_path, resume=run > 0)
        every_call_is_covered(reading.server, folder)
        reading.server.calls.clear()
        assert len(reading.server.answered) > answered
        answered = len(reading.server.answered)
    goes_on(reading, tmp_path)


@pytest.mark.parametrize("fault", [throttled, failing, reset])
def test_a_fault_that_passes_is_not_seen_at_all(
    reading: Reading, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    """As AWS asks for it: a call is tried again, after a while."""
    whole = reading.whole(tmp_path, "shop")
    waited: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=waited.append))
    patient = [
        dataclasses.replace(account, config=aws.config_of()) for account in reading.of("shop")
    ]
    again = dataclasses.replace(reading, accounts=patient)
    reading.fails(one_in_three(fault))
    assert facts(read_one(again.read(tmp_path, "shop"))) == whole
    assert waited


def test_answers_that_come_late_are_waited_for(reading: Reading, tmp_path: Path) -> None:
    whole = reading.whole(tmp_path, "data")
    reading.fails(slow(0.1))
    assert facts(read_one(reading.read(tmp_path, "data", deadline=3.0))) == whole


# --- pages --------------------------------------------------------------------------------------

PAGED = ("iam/get-account-authorization-details", "iam/list-roles")


def xml(call: Call, inner: str) -> Response:
    name = "".join(word.capitalize() for word in call.operation.split("-"))
    text = f"<{name}Response><{name}Result>{inner}</{name}Result></{name}Response>"
    return Response(text, content_type="text/xml")


@pytest.mark.parametrize("fault", [cut_off, half_of_a_page, failing, throttled, denied, reset])
def test_pages_before_one_that_is_lost_are_used_and_never_asked_for_again(
    reading: Reading, tmp_path: Path, fault: Fault
) -> None:
    reading.server.page = 1
    whole = reading.whole(tmp_path, "data")
    data = reading.world.accounts["data"]
    reading.fails(at(data, PAGED, lambda call: fault(call) if call.mark == "1" else None))
    folder = reading.read(tmp_path, "data")
    found = every_call_is_covered(reading.server, folder)
    for key in PAGED:
        line = found[Scope(data, GLOBAL, *key.split("/"))]
        assert (line.status, line.pages) == ("partial", 1)
        assert line.missing_action == (f"iam:{_name(key)}" if fault is denied else "")
    first = read_one(folder)
    assert 0 < len(first.roles) < len(whole.roles)
    again = reading.read(tmp_path, "data", resume=True)
    assert facts(read_one(again)).roles == facts(first).roles, "the fault lasts; nothing is lost"
    goes_on(reading, tmp_path, "data")


def _name(key: str) -> str:
    return "".join(word.capitalize() for word in key.partition("/")[2].split("-"))


def test_a_mark_that_repeats_ends_the_answer_and_resume_reads_what_follows(
    reading: Reading, tmp_path: Path
) -> None:
    reading.server.page = 1
    whole = reading.whole(tmp_path, "data")
    data = reading.world.accounts["data"]

    def repeats(call: Call) -> Answer | None:
        if call.mark != "1":
            return None
        return xml(call, "<Roles/><IsTruncated>true</IsTruncated><Marker>1</Marker>")

    reading.fails(at(data, ["iam/list-roles"], repeats))
    line = states(reading.read(tmp_path, "data"))[Scope(data, GLOBAL, "iam", "list-roles")]
    assert (line.status, line.pages, line.error_code) == ("partial", 1, "PaginationError")
    assert whole.roles
    goes_on(reading, tmp_path, "data")


def test_an_empty_page_with_a_mark_is_no_end(reading: Reading, tmp_path: Path) -> None:
    data = reading.world.accounts["data"]
    whole = reading.whole(tmp_path, "data")

    def empty_first(call: Call) -> Answer | None:
        if call.mark:
            return None
        return xml(call, "<Roles/><IsTruncated>true</IsTruncated><Marker>0</Marker>")

    reading.server.page = 1000
    reading.fails(at(data, ["iam/list-roles"], empty_first))
    folder = reading.read(tmp_path, "data")
    line = states(folder)[Scope(data, GLOBAL, "iam", "list-roles")]
    assert (line.status, line.pages) == ("complete", 2)
    assert facts(read_one(folder)).roles == whole.roles


# --- credentials --------------------------------------------------------------------------------


def test_credentials_of_one_account_that_run_out_leave_the_others_whole(
    reading: Reading, tmp_path: Path
) -> None:
    whole = reading.whole(tmp_path)
    shop = reading.world.accounts["shop"]
    given = 0

    def after_some(call: Call) -> Answer | None:
        nonlocal given
        if call.account != shop or call.service == "sts":
            return None
        given += 1
        return expired(call) if given > 4 else None

    reading.fails(after_some)
    folder = reading.read(tmp_path)
    found = every_call_is_covered(reading.server, folder)
    ended = [line for scope, line in found.items() if scope.account == shop]
    assert {line.status for line in ended} >= {"complete", "error"}
    assert {line.note for line in ended if line.status == "error"} == {"the credentials ran out"}
    snapshot = read_one(folder)
    assert of_others(snapshot, shop) == of_others(whole, shop)
    leaders = {**follows(), **after()}
    for line in whole.coverage:
        scope = Scope(line.account, line.region, line.service, line.operation)
        listed = leaders.get(scope.key, "").partition("/")[2]
        if scope.account == shop:
            assert scope in found or scope._replace(operation=listed) in found, scope
    goes_on(reading, tmp_path)


def test_credentials_of_whoever_enters_the_others_end_the_run_and_resume_is_whole(
    reading: Reading, tmp_path: Path
) -> None:
    given = 0

    def after_some(call: Call) -> Answer | None:
        nonlocal given
        given += 1
        return expired(call) if given > 40 else None

    reading.whole(tmp_path)
    reading.fails(after_some)
    with pytest.raises(ExpiredError, match="the credentials ran out") as caught:
        reading.read(tmp_path)
    assert "--resume" in caught.value.help
    assert given < 140, "no more is asked than what was under way"
    goes_on(reading, tmp_path)


# --- what hangs ---------------------------------------------------------------------------------


@pytest.fixture
def hangs() -> Iterator[Fault]:
    """Nothing comes until the test is over."""
    over = threading.Event()

    def wait(call: Call) -> Answer | None:
        over.wait(60)
        return broken(call)

    yield wait
    over.set()


def test_a_region_that_hangs_holds_nobody_and_resume_reads_it(
    reading: Reading, tmp_path: Path, hangs: Fault
) -> None:
    whole = reading.whole(tmp_path)
    silent = REGIONS[1]
    reading.fails(lambda call: hangs(call) if call.region == silent and is_regional(call) else None)
    began = time.monotonic()
    folder = reading.read(tmp_path, deadline=DEADLINE)
    assert time.monotonic() - began < 15
    found = every_call_is_covered(reading.server, folder)
    for scope, line in found.items():
        if scope.region == silent:
            assert (line.status, line.pages) == ("error", 0), scope
            assert line.error_code in ("Deadline", "SilentRegionError")
    lists = {"describe-instances", "list-keys", "list-functions"}
    ids = set(reading.world.accounts.values())
    assert {(s.account, s.operation) for s in found if s.region == silent} >= {
        (id, name) for id in ids for name in lists
    }
    others = [line for line in facts(read_one(folder)).coverage if line.region != silent]
    assert others == [line for line in whole.coverage if line.region != silent]
    goes_on(reading, tmp_path)


def is_regional(call: Call) -> bool:
    return place_of(call).region != GLOBAL


def test_a_service_that_hangs_loses_no_other_service_of_the_region(
    reading: Reading, tmp_path: Path, hangs: Fault
) -> None:
    whole = reading.whole(tmp_path)
    reading.fails(lambda call: hangs(call) if call.service == "lambda" else None)
    folder = reading.read(tmp_path, deadline=DEADLINE)
    found = every_call_is_covered(reading.server, folder)
    assert {line.status for scope, line in found.items() if scope.service == "lambda"} == {"error"}
    others = [line for line in facts(read_one(folder)).coverage if line.service != "lambda"]
    assert others == [line for line in whole.coverage if line.service != "lambda"]
    goes_on(reading, tmp_path)


# --- all of it at once --------------------------------------------------------------------------


def test_faults_of_every_kind_together_end_in_coverage_and_at_last_in_the_whole(
    reading: Reading, tmp_path: Path, hangs: Fault
) -> None:
    reading.server.page = 1
    whole = reading.whole(tmp_path)
    draw = random.Random(1)
    lock = threading.Lock()
    kinds: list[Fault] = [
        denied, throttled, broken, failing, page_of_a_proxy, cut_off, reset, expired, slow(0.02),
    ]  # fmt: skip
    sandbox = reading.world.accounts["sandbox"]

    def any_of_them(call: Call) -> Answer | None:
        if call.service == "sts":
            return None
        if call.account == sandbox and call.region == REGIONS[1] and is_regional(call):
            return hangs(call)
        with lock:
            fault = draw.choice(kinds) if draw.random() < 0.25 else None
        if fault is expired and call.account != reading.world.accounts["shop"]:
            return None
        return fault(call) if fault else None

    reading.fails(any_of_them)
    for run in range(2):
        folder = reading.read(tmp_path, resume=run > 0, deadline=DEADLINE)
        every_call_is_covered(reading.server, folder)
        reading.server.calls.clear()
        assert facts(read_one(folder)) != whole
    goes_on(reading, tmp_path)


# --- entering -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status", "missing"),
    [
        (denied, "denied", "sts:AssumeRole"),
        (throttled, "throttled", ""),
        (failing, "error", ""),
        (page_of_a_proxy, "error", ""),
        (reset, "error", ""),
    ],
)
def test_an_account_that_is_not_entered_says_why_and_is_forgotten_once_it_is(
    reading: Reading, tmp_path: Path, fault: Fault, status: str, missing: str
) -> None:
    shop = reading.world.accounts["shop"]
    (caller,) = reading.of("management")
    reading.fails(
        lambda call: (
            fault(call) if call.operation == "assume-role" and shop in call.request else None
        )
    )
    accounts, refused = aws.members(caller, [caller.id, shop], READER)
    assert [account.id for account in accounts] == [caller.id]
    folder = collect_aws(Wanted(accounts, REGIONS[:1], refused), "t", root=tmp_path)
    line = states(folder)[Scope(shop, GLOBAL, "sts", "assume-role")]
    assert (line.status, line.missing_action) == (status, missing)
    assert line.error_code
    assert f"role/{READER}: cannot be entered: " in line.note
    ingest_files([folder], None, "t", root=tmp_path)
    reading.fails(lambda _: None)
    again = collect_aws(Wanted(reading.of("management", "shop"), REGIONS[:1]), "t", root=tmp_path)
    report = ingest_files([again], None, "t", root=tmp_path)
    assert [gap for gap in report.coverage["not_seen"] if gap["service"] == "sts"] == []


def test_an_account_that_never_answers_is_left_before_it_is_entered(
    reading: Reading, hangs: Fault
) -> None:
    shop, data = reading.world.accounts["shop"], reading.world.accounts["data"]
    (caller,) = reading.of("management")
    reading.fails(
        lambda call: (
            hangs(call) if call.operation == "assume-role" and shop in call.request else None
        )
    )
    accounts, refused = aws.members(caller, [shop, data], READER, deadline=1.0)
    assert [account.id for account in accounts] == [data]
    ((id, why),) = refused
    assert (id, why.failure.status, why.failure.code) == (shop, "error", "Deadline")


def test_a_caller_whose_credentials_ran_out_enters_nobody_and_is_told(reading: Reading) -> None:
    (caller,) = reading.of("management")
    reading.fails(expired)
    with pytest.raises(SourceAccessError, match=rf"{caller.id}: the credentials ran out"):
        aws.members(caller, [reading.world.accounts["shop"]], READER)


# --- the command --------------------------------------------------------------------------------


def ingest(*words: str) -> tuple[dict[str, Any], str]:
    with tempfile.TemporaryDirectory() as place:  # moto's server prints to the same output
        file = Path(place) / "answer"
        given = ["--organization", "--role-name", READER, "--regions", ",".join(REGIONS)]
        done = CliRunner().invoke(
            cli, ["ingest", "aws", *given, *words, "--format", "json", "--output", str(file)]
        )
        assert done.exit_code == 0, done.output
        return json.loads(file.read_text()), done.stderr


def test_the_command_loads_what_was_read_and_by_resume_asks_for_what_failed_only(
    reading: Reading, without_store: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROLEPATH_HOME", str(tmp_path))
    monkeypatch.setattr(aws, "config_of", lambda: reading.accounts[0].config)
    data, shop = reading.world.accounts["data"], reading.world.accounts["shop"]

    def several(call: Call) -> Answer | None:
        if call.operation == "assume-role" and shop in call.request:
            return failing(call)
        return denied(call) if call.account == data and call.key in HIT else None

    reading.fails(several)
    found, said = ingest()
    assert "asked again by the same command with --resume" in said
    assert "Traceback" not in said
    assert shop not in found["accounts"]
    gaps = {
        (gap["account"], gap["operation"], gap["status"]) for gap in found["coverage"]["not_seen"]
    }
    assert {(shop, "assume-role", "error"), (data, "list-roles", "denied")} <= gaps
    reading.fails(lambda _: None)
    found, said = ingest("--resume")
    assert "--resume" not in said
    assert {gap["status"] for gap in found["coverage"]["not_seen"]} == {"not-asked"}
    assert sorted(found["accounts"]) == sorted(reading.world.accounts.values())
    # Which accounts there are is found out before each run.
    no_page_was_given_twice(reading.server, "organizations/list-accounts")
    whole = reading.whole(tmp_path)
    assert facts(read_one(Path(found["folder"]))).roles == whole.roles
    assert not (tmp_path / "default" / "collecting").exists()


# --- answers ------------------------------------------------------------------------------------


def answer(folder: Path, *words: str) -> Any:
    with tempfile.TemporaryDirectory() as place:  # moto's server prints to the same output
        file = Path(place) / "answer"
        arguments = [*words, "--snapshot", str(folder), "--format", "json", "--output", str(file)]
        done = CliRunner().invoke(cli, arguments)
        assert done.exit_code == 0, done.output
        return json.loads(file.read_text())


def test_every_answer_names_what_could_not_be_seen(reading: Reading, tmp_path: Path) -> None:
    of = reading.world.accounts
    details = "iam/get-account-authorization-details"

    def several(call: Call) -> Answer | None:
        if call.account == of["audit"] and call.key == details:
            return denied(call)
        if call.account == of["shop"] and call.key == "lambda/list-functions":
            return page_of_a_proxy(call)
        if call.account == of["data"] and call.key == "s3/get-bucket-policy":
            return throttled(call)
        return None

    reading.fails(several)
    folder = reading.read(tmp_path)
    needed = {
        (of["audit"], GLOBAL, "get-account-authorization-details", "denied",
         "iam:GetAccountAuthorizationDetails"),
        *((of["shop"], region, "list-functions", "error", "") for region in REGIONS),
        (of["data"], GLOBAL, "get-bucket-policy", "throttled", ""),
    }  # fmt: skip
    release, deploy = (
        reading.world.arn("data", "role/release"),
        reading.world.arn("shop", "role/deploy"),
    )
    for words in (
        ("paths", release, deploy),
        ("who-can", deploy),
        ("reach", release),
        ("blockers", deploy),
        ("report", "chains", release, deploy),
        ("report", "role", deploy),
        ("report", "blockers", deploy),
    ):
        coverage = answer(folder, *words)["coverage"]
        assert coverage["complete"] is False, words
        seen = {
            (gap["account"], gap["region"], gap["operation"], gap["status"], gap["missing_action"])
            for gap in coverage["not_seen"]
        }
        assert needed <= seen, words
    found = answer(folder, "paths", release, deploy)
    assert found["verdict"] == "allow", "what was read is used"
