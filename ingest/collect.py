"""A collection asks AWS page by page and writes a snapshot folder, read like any other afterwards.

Nothing that AWS refuses or that fails ends a collection: it becomes a line of the coverage ledger.
Only credentials that ran out, and the user, stop it; what is complete by then is kept for the next.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from typing import Any

from botocore.exceptions import BotoCoreError

from iam.errors import SourceAccessError
from iam.model import Coverage
from iam.progress import NoProgress, Progress
from ingest import jsonfile
from ingest.aws import WORKERS, Account, action_of
from ingest.aws_errors import CAUGHT, INVALID_CREDENTIALS, Failure, classify
from ingest.layout import (
    AUTHORIZATION_DETAILS,
    AUTHORIZATION_LISTS,
    GLOBAL,
    NOTHING_TO_ASK,
    Scope,
    ScopeFile,
)
from ingest.reader import Page, Reader, ScopeState, pages_of
from ingest.sources import Source, follows, managed_policies, sources
from ingest.sources import organization as organizations
from ingest.writer import SnapshotWriter

logger = logging.getLogger(__name__)

_REPORT_WAITS = (0, 1, 2, 2, 5, 5, 10, 10, 15)
_NO_POLICY = frozenset({"NoSuchBucketPolicy"})
"""Answers that say of a resource: it is there, and it has no policy."""
_EMPTY: Mapping[str, Any] = {"Policy": None}


_LEADERS = {managed_policies.POLICY: f"iam/{AUTHORIZATION_DETAILS}", **follows()}
"""For an operation that asks item by item, the one that lists the items."""


class ExpiredError(SourceAccessError):
    """The credentials ran out in the middle of a collection."""


class StoppedError(Exception):
    """Another part of the collection ended it; nothing more is asked."""


class UnknownOperationError(BotoCoreError):
    """The installed boto3 is older than the operation."""

    fmt = "the installed boto3 does not know {operation}"


@dataclass(slots=True)
class _Asking:
    """What asking one operation for many things has come to so far."""

    pages: int = 0
    items: int = 0
    failures: list[tuple[str, Failure]] = field(default_factory=list)


class AwsReader:
    """Reads one account and region from AWS and keeps every page before it hands it on.

    A scope that the writer already holds complete is read from its file again.

    Args:
        account: Whose answers.
        region: A region, or ``global``.
        writer: Where the answers go.
        stopped: Says that the collection is to end.
    """

    def __init__(
        self,
        account: Account,
        region: str,
        writer: SnapshotWriter,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._account = account
        self.account = account.id
        self.region = region
        self._writer = writer
        self._stopped = stopped
        self._asking: dict[Scope, _Asking] = {}
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
        try:
            for response in self._pages(scope, request or {}):
                pages += 1
                kept = self._writer.part(scope, response)
                yield Page(state, request or {}, kept, f"{scope.stem}.json")
        except CAUGHT as error:
            failure = self._failure(scope, error)
            status = "partial" if pages else failure.status
            # What a list call names as absent is a list with nothing in it.
            self._done(scope, "not-enabled" if status == "absent" else status, pages, failure)
        else:
            self._done(scope, "complete", pages)

    def each(self, operation: str, requests: Iterable[Mapping[str, Any]], /) -> Iterator[Page]:
        """All pages of an operation for each request."""
        scope = self._scope(operation)
        if self._writer.has(scope):
            yield from self._replay(scope)
            return
        self._asking.setdefault(scope, _Asking())
        for request in requests:
            yield from self._one(scope, request)

    def _one(self, scope: Scope, request: Mapping[str, Any]) -> Iterator[Page]:
        asking = self._asking[scope]
        state = ScopeState(scope)
        try:
            for response in self._pages(scope, request):
                asking.pages += 1
                kept = self._writer.line(scope, request, response)
                yield Page(state, request, kept, f"{scope.stem}.jsonl")
        except CAUGHT as error:
            failure = self._failure(scope, error)
            if failure.status != "absent":
                asking.failures.append((_subject(request), failure))
            elif failure.code in _NO_POLICY:
                asking.pages += 1
                kept = self._writer.line(scope, request, _EMPTY)
                yield Page(state, request, kept, f"{scope.stem}.jsonl")
            # Else it went away between its listing and this call: there is nothing to read.

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

    def prepare(self, operation: str, /) -> None:
        """Ask AWS to write a report and wait for it; what fails shows when the report is read."""
        scope = self._scope(operation)
        for seconds in _REPORT_WAITS:
            time.sleep(seconds)
            try:
                (response,) = self._pages(scope, {})
            except CAUGHT as error:
                logger.info("%s: %s", operation, self._failure(scope, error).code)
                return
            if response.get("State") == "COMPLETE":
                return

    # --- how it is asked -------------------------------------------------------------------

    def finish(self) -> None:
        """Put what was asked item by item in place, with its coverage."""
        for scope, asking in self._asking.items():
            failures = asking.failures
            if not failures:
                self._answered(scope, asking.pages)
            elif not asking.pages:
                self._done(scope, failures[0][1].status, 0, failures[0][1])
            else:
                self._done(scope, "partial", asking.pages, failures[0][1])
                for subject, failure in failures:
                    self._writer.cover(self._line(scope, failure.status, 0, failure, subject))
        self._asking.clear()

    def _answered(self, scope: Scope, pages: int) -> None:
        """What was asked item by item was answered: whole, if the list of the items is."""
        leader = _LEADERS.get(scope.key)
        is_whole = leader is None or self._writer.has(self._scope(leader))
        if pages:
            self._done(scope, "complete" if is_whole else "partial", pages)
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

    def _pages(self, scope: Scope, request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        if self._stopped():
            raise StoppedError
        client = self._client(scope.service)
        method = scope.operation.replace("-", "_")
        if method not in client.meta.method_to_api_mapping:
            raise UnknownOperationError(operation=scope.key)
        if client.can_paginate(method):
            for page in client.get_paginator(method).paginate(**request):
                if self._stopped():
                    raise StoppedError
                yield page
        else:
            yield getattr(client, method)(**request)

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
            raise ExpiredError(
                f"{self.account}: the credentials ran out ({found.code})",
                help="sign in again, then the same command with --resume",
            ) from None
        return found

    def _action(self, scope: Scope) -> str:
        """The IAM action of an operation; empty for a service that this boto3 does not know."""
        client = self._clients.get(scope.service)
        if client is None:
            return ""
        name = client.meta.method_to_api_mapping.get(scope.operation.replace("-", "_"), "")
        return action_of(client.meta.service_model, name) if name else ""

    def _done(self, scope: Scope, status: str, pages: int, failure: Failure | None = None) -> None:
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


def _subject(request: Mapping[str, Any]) -> str:
    """What a request was about: the values of its parameters."""
    return " ".join(str(value) for value in request.values())


# --- all accounts -------------------------------------------------------------------------------


class _Offered:
    """Passes on what a region offers, and says once of each other operation that it does not."""

    def __init__(self, reader: AwsReader, account: Account, writer: SnapshotWriter) -> None:
        self._reader = reader
        self._account = account
        self._writer = writer
        self.account = reader.account
        self.region = reader.region

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
        return self._reader.call(operation, request) if self._offers(operation) else iter(())

    def each(self, operation: str, requests: Iterable[Mapping[str, Any]], /) -> Iterator[Page]:
        """As the reader: a list that the region does not offer has nothing to ask on about."""
        return self._reader.each(operation, requests)

    def missing_policies(self) -> Iterator[str]:
        """As the reader."""
        return self._reader.missing_policies()

    def prepare(self, operation: str, /) -> None:
        """As the reader."""
        self._reader.prepare(operation)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is collected of one account: its own facts, and those of some regions."""

    account: Account
    regions: tuple[str, ...]


def regions_of(account: Account, writer: SnapshotWriter) -> tuple[str, ...]:
    """The regions that are enabled for an account; its own one when AWS does not say.

    Source:
        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html
    """
    scope = Scope(account.id, GLOBAL, "ec2", "describe-regions")
    where = account.region or account.home_region
    try:
        found = account.client("ec2", where).describe_regions()
    except CAUGHT as error:
        failure = classify(error, "ec2:DescribeRegions")
        writer.cover(
            Coverage(
                account=scope.account,
                region=scope.region,
                service=scope.service,
                operation=scope.operation,
                status="error" if failure.status == "absent" else failure.status,
                error_code=failure.code,
                missing_action=failure.missing_action,
                note=f"only {where} was read",
            )
        )
        return (where,)
    return tuple(sorted(region["RegionName"] for region in found["Regions"]))


def collect(
    plans: Sequence[Plan], writer: SnapshotWriter, *, progress: Progress | None = None
) -> None:
    """Ask every source of every account, several accounts and regions at once.

    Args:
        plans: The accounts with their regions.
        writer: Where the answers go; what it already holds is not asked again.
        progress: Told of every source.

    Raises:
        ExpiredError: Credentials ran out; what was complete is kept.
        KeyboardInterrupt: The user stopped it; likewise.
    """
    progress = progress or NoProgress()
    managed = {plan.account.id for plan in plans}
    tasks: list[tuple[Account, str, tuple[Source, ...]]] = []
    for plan in plans:
        tasks.append((plan.account, GLOBAL, _of_scope(GLOBAL)))
        tasks.extend((plan.account, region, _of_scope("regional")) for region in plan.regions)
    progress.start(sum(len(mine) for _, _, mine in tasks), "sources", "asking AWS")
    stop: list[bool] = []
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="collect") as pool:
        waiting: set[Future[None]] = set()
        try:
            for account, region, mine in tasks:
                job = partial(_task, account, region, mine, writer, managed, stop, progress)
                waiting.add(pool.submit(job))
            done, _ = wait(waiting, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
        except BaseException:
            stop.append(True)
            progress.note("stopping, when the calls under way have come back")
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    progress.finish()


def _of_scope(scope: str) -> tuple[Source, ...]:
    return tuple(source for source in sources() if scope == source.SCOPE)


def _task(
    account: Account,
    region: str,
    mine: Sequence[Source],
    writer: SnapshotWriter,
    managed: set[str],
    stop: list[bool],
    progress: Progress,
) -> None:
    """Every source of one account and region, one after the other."""
    for source in mine:
        if stop:
            return
        reader = AwsReader(account, region, writer, lambda: bool(stop))
        try:
            for _ in _asked(source, _Offered(reader, account, writer), managed):
                continue  # the reader has kept the page
            reader.finish()
        except StoppedError:
            return
        progress.advance()


def _asked(source: Source, reader: Reader, managed: set[str]) -> Iterable[Page]:
    """What a source asks of an account.

    A member account may only describe the organization. When the account that manages it is
    collected too, asking the member for the rest would only be refused.
    """
    if source.SERVICE != organizations.SERVICE:
        return source.get(reader)
    described = list(reader.call(organizations.DESCRIBE))
    for page in described:
        organization = page.response.get("Organization")
        manager = organization.get("MasterAccountId") if isinstance(organization, dict) else ""
        if manager != reader.account and manager in managed:
            return described
    return chain(described, source.get(reader))
