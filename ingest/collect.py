"""A collection asks AWS page by page and writes a snapshot folder, read like any other afterwards.

Nothing that AWS refuses, that fails or that never answers ends a collection: it becomes a line of
the coverage ledger. Where the credentials of one account ran out, the others are read. Only when
those of all did, a disk that is full, and the user stop it; what is there by then is kept for the
next, and no page of it is asked for again.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from iam.errors import SourceAccessError
from iam.model import Coverage
from iam.progress import NoProgress, Progress
from ingest import jsonfile, paging, schedule
from ingest.aws import Account, action_of
from ingest.aws_errors import CAUGHT, INVALID_CREDENTIALS, TIMED_OUT, Failure, classify
from ingest.layout import (
    AUTHORIZATION_DETAILS,
    AUTHORIZATION_LISTS,
    GLOBAL,
    NOTHING_TO_ASK,
    Scope,
    ScopeFile,
)
from ingest.reader import Page, Reader, ScopeState, pages_of
from ingest.schedule import DEADLINE, Pulse, Task
from ingest.sources import (
    MANY,
    Source,
    after,
    by_operation,
    follows,
    managed_policies,
    name_of,
    no_policy,
    optional,
    sources,
)
from ingest.sources import organization as organizations
from ingest.writer import FINAL, SnapshotWriter, request_key

logger = logging.getLogger(__name__)

_REPORT_WAITS = (0, 1, 2, 2, 5, 5, 10, 10, 15)
_WRITTEN = ("COMPLETE", "COMPLETED", "FAILED")
ENTERING = ("sts", "assume-role")
"""Service and operation under which the ledger keeps that an account was entered, or was not."""
ORGANIZATION = "organization"
"""Name of the source that reads the organization of an account."""
_IsAsked = Callable[[str, str], bool]
"""Whether an account is asked for its organization, which another one manages."""
_RAN_OUT = "the credentials ran out"
_EMPTY: Mapping[str, Any] = {"Policy": None}
"""What is kept of a resource that is there and has no policy."""


_LEADERS = {
    managed_policies.POLICY: f"iam/{AUTHORIZATION_DETAILS}",
    **follows(),
    **after(),
    organizations.ACCOUNTS_OF: organizations.UNITS,  # of the root, too; the units follow the root
}
"""For an operation that asks item by item, the one that lists the items."""


class ExpiredError(SourceAccessError):
    """The credentials ran out in the middle of a collection."""

    def __init__(self, account: Account) -> None:
        super().__init__(
            f"{account.id}: the credentials ran out ({account.expired})",
            help="sign in again, then the same command with --resume",
        )


class UnknownOperationError(BotoCoreError):
    """The installed boto3 is older than the operation."""

    fmt = "the installed boto3 does not know {operation}"


class SilentRegionError(BotoCoreError):
    """What does not answer for a while is not asked any more: a region, or one service there."""

    fmt = "nothing answers in {place}; it was left after {calls} calls without an answer"


class Silence:
    """What does not answer: some calls in a row ran out of time and none came back.

    One service that is silent says nothing of the others; several of them are the whole region.
    """

    MOST = 3

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[tuple[str, str]] = Counter()
        self._services: dict[str, set[str]] = {}

    def answered(self, region: str, service: str) -> None:
        """Something came back, an error of AWS included."""
        with self._lock:
            self._calls.pop((region, service), None)
            self._services.pop(region, None)

    def unanswered(self, region: str, service: str) -> None:
        """A call ran out of time."""
        with self._lock:
            self._calls[region, service] += 1
            self._services.setdefault(region, set()).add(service)

    def check(self, region: str, service: str) -> None:
        """Refuse a call to what does not answer.

        Raises:
            SilentRegionError: It would only be waited for.
        """
        with self._lock:
            calls = self._calls[region, service]
            services = len(self._services.get(region, ()))
        if region == GLOBAL:
            return
        if services >= self.MOST:
            raise SilentRegionError(place=region, calls=services)
        if calls >= self.MOST:
            raise SilentRegionError(place=f"{service} of {region}", calls=calls)


@dataclass(slots=True)
class _Asking:
    """What asking one operation for many things has come to so far."""

    kept: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    goes_on: bool = False
    requests: list[str] = field(default_factory=list)
    pages: int = 0
    failures: list[tuple[str, Failure]] = field(default_factory=list)
    subject: str = ""


class AwsReader:
    """Reads one account and region from AWS and keeps every page before it hands it on.

    A scope that the writer already holds complete is read from its file again; of one that was
    begun, what is there is read from its file and the rest is asked.

    Args:
        account: Whose answers.
        region: A region, or ``global``.
        writer: Where the answers go.
        pulse: Told of every answer; ends the reading when the collection does.
        silence: Which regions do not answer.
    """

    def __init__(
        self,
        account: Account,
        region: str,
        writer: SnapshotWriter,
        pulse: Pulse | None = None,
        silence: Silence | None = None,
    ) -> None:
        self._account = account
        self.account = account.id
        self.region = region
        self._writer = writer
        self._pulse = pulse or Pulse()
        self._silence = silence or Silence()
        self._asking: dict[Scope, _Asking] = {}
        self._open: tuple[Scope, int] | None = None
        self._replayed: set[Scope] = set()
        self._clients: dict[str, Any] = {}

    # --- what a source asks ----------------------------------------------------------------

    def call(self, operation: str, request: Mapping[str, Any] | None = None, /) -> Iterator[Page]:
        """All pages of an operation for one request."""
        scope = self._scope(operation)
        if self._writer.has(scope):
            yield from self._replay(scope)
            return
        state = ScopeState(scope)
        pages = 0
        self._open = (scope, pages)
        try:
            kept = self._writer.kept_pages(scope)
            answers = self._answers(scope, request or {}, kept, lambda: self._writer.forget(scope))
            for response, is_new in answers:
                if is_new:
                    with self._pulse.writing():
                        response = self._writer.part(scope, response)
                pages += 1
                self._open = (scope, pages)
                yield Page(state, request or {}, response, f"{scope.stem}.json")
        except CAUGHT as error:
            failure = self._failure(scope, error)
            status = "partial" if pages else failure.status
            # What a list call names as absent is a list with nothing in it.
            self._done(scope, "not-enabled" if status == "absent" else status, pages, failure)
        else:
            self._done(scope, "complete", pages)
        self._open = None

    def each(self, operation: str, requests: Iterable[Mapping[str, Any]], /) -> Iterator[Page]:
        """All pages of an operation for each request."""
        scope = self._scope(operation)
        if self._writer.has(scope):
            yield from self._replay(scope)
            return
        asking = self._asking.get(scope)
        if asking is None:
            kept = self._writer.kept_lines(scope)
            asking = self._asking[scope] = _Asking(kept, goes_on=bool(kept))
        for request in requests:
            yield from self._one(scope, request, asking)

    def _one(self, scope: Scope, request: Mapping[str, Any], asking: _Asking) -> Iterator[Page]:
        state = ScopeState(scope)
        asking.subject = _subject(request)
        key = request_key(request)
        if asking.goes_on:
            asking.requests.append(key)
        kept = asking.kept.pop(key, [])
        try:
            answers = self._answers(
                scope, request, kept, lambda: self._writer.forget(scope, request)
            )
            for response, is_new in answers:
                if is_new:
                    with self._pulse.writing():
                        response = self._writer.line(scope, request, response)
                asking.pages += 1
                yield Page(state, request, response, f"{scope.stem}.jsonl")
        except CAUGHT as error:
            failure = self._failure(scope, error)
            if failure.status != "absent":
                asking.failures.append((asking.subject, failure))
            elif failure.code in no_policy().get(scope.key, ()):
                with self._pulse.writing():
                    none = self._writer.line(scope, request, _EMPTY)
                asking.pages += 1
                yield Page(state, request, none, f"{scope.stem}.jsonl")
            # Else it went away between its listing and this call: there is nothing to read.
        asking.subject = ""

    def missing_policies(self) -> Iterator[str]:
        """Attached policies whose document the authorization details do not hold, sorted."""
        scope = Scope(self.account, GLOBAL, "iam", AUTHORIZATION_DETAILS)
        file = self._writer.saved(scope)
        if file is None:
            return
        named: set[str] = set()
        known: set[str] = set()
        for part in jsonfile.parts(file):
            if part.key not in AUTHORIZATION_LISTS or not isinstance(part.value, list):
                continue
            for item in part.value:
                if part.key == "Policies":
                    known.add(str(item.get("Arn", "")))
                    continue
                named.update(
                    str(attached.get("PolicyArn", ""))
                    for attached in item.get("AttachedManagedPolicies") or ()
                )
                boundary = item.get("PermissionsBoundary") or {}
                named.add(str(boundary.get("PermissionsBoundaryArn", "")))
        yield from sorted(named - known - {""})

    def prepare(self, operation: str, request: Mapping[str, Any] | None = None, /) -> None:
        """Ask AWS to write a report and wait for it; what fails stops nothing."""
        scope = self._scope(operation)
        is_read_later = operation in by_operation()
        if is_read_later and self._writer.has(scope):
            return
        status, failure = "complete", None
        if not is_read_later:
            self._open = (scope, 0)
        for seconds in _REPORT_WAITS:
            time.sleep(seconds)
            try:
                response = next(self._pages(scope, request or {}))
            except CAUGHT as error:
                failure = self._failure(scope, error)
                status = "error" if failure.status == "absent" else failure.status
                break
            if response.get("State", response.get("JobStatus")) in _WRITTEN:
                break
        if not is_read_later:
            with self._pulse.writing():
                self._writer.cover(self._line(scope, status, 0, failure))
            self._open = None

    # --- how it is asked -------------------------------------------------------------------

    def finish(self) -> None:
        """Put what was asked item by item in place, with its coverage."""
        with self._pulse.writing():
            self._finish()
        self._replayed.clear()

    def _finish(self) -> None:
        for scope, asking in list(self._asking.items()):
            failures = asking.failures
            if not failures:
                if asking.goes_on:
                    self._writer.arrange(scope, asking.requests)
                self._answered(scope, asking.pages)
                continue
            first = failures[0][1]
            status = "partial" if asking.pages else first.status
            self._writer.done(scope, self._line(scope, status, asking.pages, first))
            if asking.pages or any(failure != first for _, failure in failures):
                for subject, failure in failures:
                    self._writer.cover(self._line(scope, failure.status, 0, failure, subject))
        self._asking.clear()

    def leave(self, operations: Iterable[str], failure: Failure) -> None:
        """Say what stays unread, when the task that reads ends in the middle of it.

        Args:
            operations: What the task would have asked for.
            failure: Why it ends.
        """
        if self._open is not None:
            scope, pages = self._open
            status = "partial" if pages else "error"
            self._writer.done(scope, self._line(scope, status, pages, failure))
        for asking in list(self._asking.values()):
            if asking.subject:
                asking.failures.append((asking.subject, failure))
        self._finish()
        for operation in operations:
            scope = self._scope(operation)
            if not self._writer.covers(scope):
                self._writer.cover(self._line(scope, "error", 0, failure))

    def _answered(self, scope: Scope, pages: int) -> None:
        """What was asked item by item was answered: whole, if the list of the items is."""
        leader = _LEADERS.get(scope.key)
        is_whole = leader is None or self._writer.has(self._scope(leader))
        if pages:
            status = "complete" if is_whole else "partial"
            self._writer.done(scope, self._line(scope, status, pages, None))
        elif leader is not None and is_whole:
            # Else an earlier answer about things that are gone would be kept for ever.
            empty = self._line(scope, "complete", 0, None)
            self._writer.done(scope, replace(empty, note=NOTHING_TO_ASK))

    def _scope(self, operation: str) -> Scope:
        service, _, name = operation.partition("/")
        return Scope(self.account, self.region, service, name)

    def _replay(self, scope: Scope) -> Iterator[Page]:
        """The pages of an answer that is there; once, as a folder gives them."""
        file = self._writer.saved(scope)
        if file is None or scope in self._replayed:
            return
        self._replayed.add(scope)
        place = file.relative_to(self._writer.folder).as_posix()
        yield from pages_of(ScopeFile(scope, file, str(file), place), ScopeState(scope))

    def _answers(
        self,
        scope: Scope,
        request: Mapping[str, Any],
        kept: list[dict[str, Any]],
        forget: Callable[[], None],
    ) -> Iterator[tuple[Mapping[str, Any], bool]]:
        """Every page, and whether it is new: those that are there, then those after them.

        A mark that AWS does not take any more makes all pages new: half an old answer and half a
        new one are none. Where it answers nothing else either, the old ones are what there is.
        """
        rest: Iterator[Mapping[str, Any]]
        first: Mapping[str, Any] | None = None
        failed: Exception | None = None
        if kept:
            following = self._following(scope, request, kept[-1])
            rest = iter(()) if following is None else self._pages(scope, following)
            try:
                first = next(rest, None)
            except CAUGHT as error:
                failed = error
            if failed is not None and _is_of_the_mark(failed):
                rest = self._pages(scope, request)
                try:
                    first = next(rest, None)
                except CAUGHT as error:
                    failed = error
                else:
                    forget()
                    kept, failed = [], None
        else:
            rest = self._pages(scope, request)
        for page in kept:
            yield page, False
        if failed is not None:
            raise failed
        if first is not None:
            yield first, True
        for response in rest:
            yield response, True

    def _following(
        self, scope: Scope, request: Mapping[str, Any], last: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """The request for the page after one that is there; None when that was the last."""
        return paging.following(*self._method(scope), request, last)

    def _pages(self, scope: Scope, request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        self._pulse.beat()
        if self._account.expired:
            raise ExpiredError(self._account)
        self._silence.check(self.region, scope.service)
        client, method = self._method(scope)
        try:
            for page in paging.pages(client, method, request):
                yield page
                # Only now: what came while the run was stopping is kept, and the next not asked.
                self._pulse.beat()
        except TIMED_OUT:
            self._silence.unanswered(self.region, scope.service)
            raise
        except (ClientError, ResponseParserError):
            self._silence.answered(self.region, scope.service)
            raise
        self._silence.answered(self.region, scope.service)

    def _method(self, scope: Scope) -> tuple[Any, str]:
        """The client and its method for an operation.

        Raises:
            UnknownOperationError: This boto3 has no such method.
        """
        client = self._client(scope.service)
        method = scope.operation.replace("-", "_")
        if method not in client.meta.method_to_api_mapping:
            raise UnknownOperationError(operation=scope.key)
        return client, method

    def _client(self, service: str) -> Any:
        found = self._clients.get(service)
        if found is None:
            found = self._clients[service] = self._account.client(service, self.region)
        return found

    def _failure(self, scope: Scope, error: Exception) -> Failure:
        """What a failed call means.

        Raises:
            ExpiredError: The credentials ran out.
        """
        found = classify(error, self._action(scope))
        if found.expired or (found.code in INVALID_CREDENTIALS and self._account.is_refused()):
            self._account.expired = found.code
            raise ExpiredError(self._account) from None
        return found

    def _action(self, scope: Scope) -> str:
        """The IAM action of an operation; empty for a service that this boto3 does not know."""
        client = self._clients.get(scope.service)
        if client is None:
            return ""
        name = client.meta.method_to_api_mapping.get(scope.operation.replace("-", "_"), "")
        return action_of(client.meta.service_model, name) if name else ""

    def _done(self, scope: Scope, status: str, pages: int, failure: Failure | None = None) -> None:
        with self._pulse.writing():
            self._writer.done(scope, self._line(scope, status, pages, failure))

    def _line(
        self, scope: Scope, status: str, pages: int, failure: Failure | None, resource: str = ""
    ) -> Coverage:
        return Coverage(
            account=scope.account,
            region=scope.region,
            service=scope.service,
            operation=scope.operation,
            status=status,
            resource=resource,
            pages=pages,
            error_code=failure.code if failure else "",
            missing_action=failure.missing_action if failure else "",
            note=failure.note if failure else "",
        )


def _is_of_the_mark(error: Exception) -> bool:
    """Whether AWS turned down what it was asked, and not whoever asked or how often."""
    if not isinstance(error, ClientError) or classify(error, "").status != "error":
        return False
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return bool(400 <= status < 500) and not classify(error, "").expired


def _subject(request: Mapping[str, Any]) -> str:
    """What a request was about: the values of its parameters."""
    return " ".join(str(value) for value in request.values())


# --- one source ---------------------------------------------------------------------------------


class _Part:
    """What a source asks of one service; and says once of each other operation that is not there.

    Args:
        reader: Asks.
        account: Knows what a region offers.
        writer: Takes the coverage of what it does not.
        service: Only this service; every one when empty.
    """

    def __init__(
        self, reader: AwsReader, account: Account, writer: SnapshotWriter, service: str
    ) -> None:
        self._reader = reader
        self._account = account
        self._writer = writer
        self._service = service
        self.account = reader.account
        self.region = reader.region

    def _is_meant(self, operation: str) -> bool:
        return self._service in ("", operation.partition("/")[0])

    def _offers(self, operation: str) -> bool:
        service, _, name = operation.partition("/")
        if self._account.offers(service, self.region):
            return True
        self._writer.cover(
            Coverage(
                account=self.account,
                region=self.region,
                service=service,
                operation=name,
                status="not-available",
            )
        )
        return False

    def call(self, operation: str, request: Mapping[str, Any] | None = None, /) -> Iterator[Page]:
        """As the reader, where the region has the service."""
        if self._is_meant(operation) and self._offers(operation):
            return self._reader.call(operation, request)
        return iter(())

    def each(self, operation: str, requests: Iterable[Mapping[str, Any]], /) -> Iterator[Page]:
        """As the reader: a list that the region does not offer has nothing to ask on about."""
        return self._reader.each(operation, requests) if self._is_meant(operation) else iter(())

    def missing_policies(self) -> Iterator[str]:
        """As the reader."""
        return self._reader.missing_policies()

    def prepare(self, operation: str, request: Mapping[str, Any] | None = None, /) -> None:
        """As the reader."""
        if self._is_meant(operation):
            self._reader.prepare(operation, request)


class _Asks:
    """Answers nothing, and notes what a source begins with."""

    def __init__(self, account: str, region: str) -> None:
        self.account = account
        self.region = region
        self.operations: list[str] = []

    def call(self, operation: str, _request: Mapping[str, Any] | None = None, /) -> Iterator[Page]:
        """Note it."""
        self.operations.append(operation)
        return iter(())

    def each(self, _operation: str, _requests: Iterable[Mapping[str, Any]], /) -> Iterator[Page]:
        """Nothing: it asks on about what was not listed."""
        return iter(())

    def missing_policies(self) -> Iterator[str]:
        """None."""
        return iter(())

    def prepare(self, _operation: str, _request: Mapping[str, Any] | None = None, /) -> None:
        """Nothing."""


def begins_with(source: Source, account: str = "", region: str = GLOBAL) -> tuple[str, ...]:
    """Operations that a source asks for in any case, whatever they answer."""
    reader = _Asks(account, region)
    for _ in source.get(reader):
        continue
    return tuple(dict.fromkeys(reader.operations))


def services_of(source: Source) -> tuple[str, ...]:
    """The services of a source that are asked side by side; one that it leads with, or each."""
    if source.SERVICE != MANY:
        return (source.SERVICE,)
    return tuple(sorted({operation.partition("/")[0] for operation in source.OPERATIONS}))


# --- all accounts -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plan:
    """What is collected of one account: its own facts, and those of some regions.

    Attributes:
        account: The account.
        regions: The regions.
        only: Name of the one source that is asked; empty for all.
    """

    account: Account
    regions: tuple[str, ...]
    only: str = ""


def regions_of(account: Account, writer: SnapshotWriter) -> tuple[str, ...]:
    """The regions that are enabled for an account; its own one when AWS does not say.

    Source:
        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html
    """
    where = _asked_for_regions(account)
    try:
        found = account.client("ec2", where).describe_regions()
    except CAUGHT as error:
        writer.cover(_no_regions(account, classify(error, "ec2:DescribeRegions")))
        return (where,)
    writer.cover(_regions(account, "complete"))
    return tuple(sorted(region["RegionName"] for region in found["Regions"]))


def _asked_for_regions(account: Account) -> str:
    return account.region or account.home_region


def _no_regions(account: Account, failure: Failure) -> Coverage:
    return replace(
        _regions(account, "error" if failure.status == "absent" else failure.status),
        error_code=failure.code,
        missing_action=failure.missing_action,
        note=f"only {_asked_for_regions(account)} was read",
    )


def _regions(account: Account, status: str) -> Coverage:
    """What came of asking for the regions; a later run that is told says so, too."""
    return Coverage(
        account=account.id,
        region=GLOBAL,
        service="ec2",
        operation="describe-regions",
        status=status,
    )


def plans_of(
    accounts: Sequence[Account],
    writer: SnapshotWriter,
    *,
    progress: Progress | None = None,
    deadline: float = DEADLINE,
) -> list[Plan]:
    """The enabled regions of every account, several accounts at once."""
    progress = progress or NoProgress()
    found: dict[str, tuple[str, ...]] = {}

    def task(account: Account) -> Task:
        def work(_: Pulse) -> None:
            found[account.id] = regions_of(account, writer)

        def left() -> None:
            late = Failure("error", "Deadline", "")
            writer.cover(_no_regions(account, late))
            found[account.id] = (_asked_for_regions(account),)

        return Task(account.id, GLOBAL, "ec2", work, left)

    progress.start(len(accounts), "accounts", "asking for the regions")
    schedule.run(
        [task(account) for account in accounts], lambda _: progress.advance(), deadline=deadline
    )
    progress.finish()
    return [Plan(account, found[account.id]) for account in accounts]


def collect(
    plans: Sequence[Plan],
    writer: SnapshotWriter,
    *,
    progress: Progress | None = None,
    deadline: float = DEADLINE,
    also: Collection[str] = (),
    listed_by: str = "",
) -> None:
    """Ask every source of every account, several accounts, regions and services at once.

    Args:
        plans: The accounts with their regions.
        listed_by: The account that was let list the organization, where one was; it is asked for
            the rest of it, too.
        also: Names of optional sources that are asked, too.
        writer: Where the answers go; what it already holds is not asked again.
        progress: Told of every service of a region.
        deadline: Seconds without an answer after which a service of a region is left.

    Raises:
        ExpiredError: The credentials of all ran out; what was complete is kept.
        KeyboardInterrupt: The user stopped it; likewise.
    """
    progress = progress or NoProgress()
    there = {plan.account.id for plan in plans}
    for plan in plans:
        plan.account.expired = ""
    silence = Silence()

    def is_asked(account: str, manager: str) -> bool:
        return account == (manager if manager in there else listed_by or account)

    tasks = [
        _task(plan.account, region, service, mine, writer, is_asked, silence, deadline)
        for plan in plans
        for region, service, mine in _work_of(plan, also)
    ]
    told = _Told(tasks, writer, progress)
    progress.start(len(tasks), "services", "asking AWS")
    schedule.run(tasks, told.done, deadline=deadline, stopping=told.stopping)
    progress.finish()
    told.closing()
    expired = [ExpiredError(plan.account) for plan in plans if plan.account.expired]
    if expired and len(expired) == len(plans):
        raise expired[0]
    for one in expired:
        progress.note(f"{one.message}; {one.help}")


def _duration(seconds: float) -> str:
    """A time as people say it.

    Example:
        >>> _duration(42.4), _duration(600), _duration(9000)
        ('42 s', '10 min', '2 h 30 min')
    """
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


class _Told:
    """Tells the reader how it goes: a step for each task, a line for each account.

    An account failed when nobody could enter it, or when its entities could not be read.
    """

    def __init__(self, tasks: Sequence[Task], writer: SnapshotWriter, progress: Progress) -> None:
        self._open = Counter(task.account for task in tasks)
        self._tasks = len(tasks)
        self._ended = 0
        self._states: Counter[str] = Counter()
        self._writer = writer
        self._progress = progress
        self._started = time.monotonic()
        for line in writer.lines:
            if (line.service, line.operation) == ENTERING and line.account not in self._open:
                self._states["skipped" if line.status == "skipped" else "failed"] += 1
        self._all = len(self._open) + self._states.total()

    def done(self, task: Task) -> None:
        """One task ended."""
        self._progress.advance()
        self._ended += 1
        self._open[task.account] -= 1
        if not self._open[task.account]:
            self._account(task.account)
        self._progress.status(self._standing())

    def _account(self, account: str) -> None:
        lines = self._writer.lines_of(account)
        states = Counter(line.status for line in lines)
        entities = [line.status for line in lines if line.operation == AUTHORIZATION_DETAILS]
        self._states["failed" if entities and entities[0] not in FINAL else "done"] += 1
        read = sum(states[state] for state in FINAL)
        others = [(state, n) for state, n in sorted(states.items()) if state not in FINAL]
        said = "".join(f", {n} {state}" for state, n in others)
        self._progress.detail(
            f"{account}: {read} answers read{said} (account {self._states.total()} of {self._all})"
        )

    def _standing(self) -> str:
        """How many accounts came to what, how fast it goes, and how long it will take."""
        passed = time.monotonic() - self._started
        rest = passed / self._ended * (self._tasks - self._ended)
        rate = f"{self._ended / passed:.1f} services/s" if passed else ""
        to_go = f"about {_duration(rest)} to go" if rest else ""
        return ", ".join(filter(None, (self.accounts(), rate, to_go)))

    def accounts(self) -> str:
        """How many accounts came to what."""
        named = ((state, self._states[state]) for state in ("done", "failed", "skipped"))
        counts = ", ".join(f"{n} {state}" for state, n in named if n or state == "done")
        return f"{counts} of {self._all} account{'' if self._all == 1 else 's'}"

    def closing(self) -> None:
        """Every account ended."""
        passed = time.monotonic() - self._started
        self._progress.note(f"asked AWS: {self.accounts()}, in {_duration(passed)}")

    def stopping(self) -> None:
        """The run is to end."""
        self._progress.note("stopping, when the calls under way have come back")


def _work_of(plan: Plan, also: Collection[str]) -> Iterator[tuple[str, str, list[Source]]]:
    """Region, service and sources of each task; regions take turns, so that none takes them all."""
    for scope, regions in ((GLOBAL, (GLOBAL,)), ("regional", plan.regions)):
        by_service: dict[str, list[Source]] = {}
        for source in sources():
            name = name_of(source)
            if plan.only not in ("", name):
                continue
            if scope == source.SCOPE and (name in also or name not in optional()):
                for service in services_of(source):
                    by_service.setdefault(service, []).append(source)
        for service, mine in by_service.items():
            for region in regions:
                yield region, service, mine


def _task(
    account: Account,
    region: str,
    service: str,
    mine: Sequence[Source],
    writer: SnapshotWriter,
    is_asked: _IsAsked,
    silence: Silence,
    deadline: float,
) -> Task:
    """Every source of one account, region and service, one after the other."""
    reader: AwsReader | None = None

    def work(pulse: Pulse) -> None:
        nonlocal reader
        reader = AwsReader(account, region, writer, pulse, silence)
        try:
            for source in mine:
                only = service if source.SERVICE == MANY else ""
                for _ in _asked(source, _Part(reader, account, writer, only), is_asked):
                    continue  # the reader has kept the page
                reader.finish()
        except ExpiredError:
            if account.entered_by is not None and account.entered_by.is_refused():
                raise  # it is the same with every other account
            with pulse.writing():
                reader.leave(wanted(), Failure("error", account.expired, _RAN_OUT))

    def wanted() -> list[str]:
        return [
            operation
            for source in mine
            for operation in begins_with(source, account.id, region)
            if source.SERVICE != MANY or operation.partition("/")[0] == service
        ]

    def left() -> None:
        silence.unanswered(region, service)
        late = reader or AwsReader(account, region, writer, silence=silence)
        late.leave(wanted(), Failure("error", "Deadline", f"no answer within {deadline:g} s"))

    return Task(account.id, region, service, work, left)


def _asked(source: Source, reader: Reader, is_asked: _IsAsked) -> Iterable[Page]:
    """What a source asks of an account.

    A plain member of an organization may only describe it. Where another account is there to
    answer for the organization, asking the member for the rest would only be refused.
    """
    if name_of(source) != ORGANIZATION:
        return source.get(reader)
    described = list(reader.call(organizations.DESCRIBE))
    for page in described:
        organization = page.response.get("Organization")
        manager = organization.get("MasterAccountId") if isinstance(organization, dict) else ""
        if not is_asked(reader.account, str(manager)):
            return described
    return chain(described, source.get(reader))
