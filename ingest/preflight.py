"""What AWS would refuse a collection is found out before it: by its own simulator, or by trying.

Source:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from botocore.config import Config

from iam import arn as arns
from iam.errors import SourceAccessError
from ingest import paging
from ingest.aws import WORKERS, Account, action_of
from ingest.aws_errors import CAUGHT, Failure, classify
from ingest.layout import GLOBAL
from ingest.permissions import actions, asked_for
from ingest.reader import Page
from ingest.sources import name_of

SIMULATE = "iam:SimulatePrincipalPolicy"
SIMULATED, TRIED = "simulated", "tried"
_BATCH = 100
_SESSION = re.compile(r"arn:([a-z-]+):sts::([0-9]{12}):assumed-role/([^/]+)/.*")
_ANSWERED_FOR = ("user", "role")
_QUICK = Config(retries={"mode": "standard", "total_max_attempts": 2}, read_timeout=15)
_UNSAID = ("throttled", "error")
"""States of a call that say nothing of its permission."""


@dataclass(frozen=True, slots=True)
class Lacking:
    """An action that AWS would refuse, why, and the sources that ask for it."""

    action: str
    why: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a collection of one account would come to.

    Attributes:
        account: Its id.
        arn: Who reads it.
        method: ``simulated`` or ``tried``.
        lacking: What AWS would refuse.
        unknown: Actions of which nothing was found out.
        because: Why nothing was simulated; empty when it was.
    """

    account: str
    arn: str
    method: str
    lacking: tuple[Lacking, ...]
    unknown: tuple[str, ...]
    because: str = ""


def outlook(account: Account, region: str, also: Collection[str] = ()) -> Outlook:
    """Which actions of a collection AWS would refuse to one account.

    The simulator of IAM is asked for all of them. Where it may not be, each list that a collection
    begins with is asked for, its first page, globally and in one Region; what is only asked about
    single things is then not known.

    Args:
        account: Who would read.
        region: The Region in which calls are tried.
        also: Names of optional sources that would be asked, too.

    Raises:
        SourceAccessError: AWS does not take the credentials any more.
    """
    wanted = actions(also)
    try:
        refused = _simulated(account, wanted)
        method, because, found = SIMULATED, "", set(wanted)
    except _NotSimulatedError as error:
        refused, found = _tried(account, region, also)
        method, because = TRIED, error.message
    sources: dict[str, list[str]] = {}
    for source in asked_for(also):
        for action in source.NEEDS:
            sources.setdefault(action, []).append(name_of(source))
    lacking = tuple(
        Lacking(action, why, tuple(sources.get(action, ())))
        for action, why in sorted(refused.items())
    )
    unknown = tuple(action for action in wanted if action not in found)
    return Outlook(account.id, account.arn, method, lacking, unknown, because)


def outlooks(
    accounts: Sequence[Account], region: str, also: Collection[str] = ()
) -> list[Outlook | SourceAccessError]:
    """The outlook of several accounts, or why there is none."""

    def one(account: Account) -> Outlook | SourceAccessError:
        try:
            return outlook(account, region or account.region or account.home_region, also)
        except SourceAccessError as error:
            return error

    with ThreadPoolExecutor(WORKERS, thread_name_prefix="outlook") as pool:
        return list(pool.map(one, accounts))


def enabled_regions(account: Account) -> tuple[str, ...]:
    """The Regions that are enabled for an account.

    Raises:
        SourceAccessError: AWS does not say.
    """
    try:
        client = account.client("ec2", account.region or account.home_region)
        found = client.describe_regions()["Regions"]
    except CAUGHT as error:
        failure = classify(error, "ec2:DescribeRegions")
        raise SourceAccessError(
            f"{account.id}: the enabled Regions are not known: {failure.reason}",
            help="allow ec2:DescribeRegions, or name --regions",
        ) from None
    return tuple(sorted(one["RegionName"] for one in found))


# --- the simulator ------------------------------------------------------------------------------


class _NotSimulatedError(SourceAccessError):
    """The simulator does not answer for this principal."""


def _simulated(account: Account, wanted: Sequence[str]) -> dict[str, str]:
    """Actions that the simulator would refuse, each with the reason.

    Raises:
        _NotSimulatedError: It does not answer.
    """
    principal = _simulated_for(account)
    if arns.parse(principal) is None:
        raise _NotSimulatedError("the simulator answers for users and roles only")
    client = account.client("iam", GLOBAL)
    refused: dict[str, str] = {}
    try:
        for start in range(0, len(wanted), _BATCH):
            request = {
                "PolicySourceArn": principal,
                "ActionNames": list(wanted[start : start + _BATCH]),
            }
            for page in paging.pages(client, "simulate_principal_policy", request):
                refused |= dict(_refused(page))
    except CAUGHT as error:
        failure = classify(error, SIMULATE)
        _check(account, failure)
        raise _NotSimulatedError(failure.reason) from None
    return refused


def _simulated_for(account: Account) -> str:
    """The user or role whose policies are meant; of a session the role; empty for another."""
    session = _SESSION.fullmatch(account.arn)
    if session is None:
        return account.arn if account.arn.rpartition(":")[2].startswith(_ANSWERED_FOR) else ""
    partition, id, name = session.groups()
    try:
        return str(account.client("iam", GLOBAL).get_role(RoleName=name)["Role"]["Arn"])
    except CAUGHT as error:
        _check(account, classify(error, "iam:GetRole"))
        return f"arn:{partition}:iam::{id}:role/{name}"  # without a path it is right


def _refused(page: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in page["EvaluationResults"]:
        if one["EvalDecision"] == "allowed":
            continue
        organization = one.get("OrganizationsDecisionDetail") or {}
        boundary = one.get("PermissionsBoundaryDecisionDetail") or {}
        if organization.get("AllowedByOrganizations") is False:
            why = "a policy of the organization does not let it"
        elif boundary.get("AllowedByPermissionsBoundary") is False:
            why = "the permissions boundary does not let it"
        elif one["EvalDecision"] == "explicitDeny":
            why = "a policy denies it"
        else:
            why = "no policy allows it"
        yield one["EvalActionName"], why


# --- trying -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Firsts:
    """Notes what a source asks for in any case and answers nothing, so that it asks no further."""

    account: str
    region: str
    calls: list[tuple[str, Mapping[str, Any]]]

    def call(self, operation: str, request: Mapping[str, Any] | None = None, /) -> Iterator[Page]:
        """Note it."""
        self.calls.append((operation, request or {}))
        return iter(())

    def each(self, _operation: str, _requests: Iterable[Mapping[str, Any]], /) -> Iterator[Page]:
        """Nothing: it asks on about what was not listed."""
        return iter(())

    def missing_policies(self) -> Iterator[str]:
        """None."""
        return iter(())

    def prepare(self, _operation: str, _request: Mapping[str, Any] | None = None, /) -> None:
        """Nothing: no report is written for this."""


def _tried(account: Account, region: str, also: Collection[str]) -> tuple[dict[str, str], set[str]]:
    """Actions that were refused, each with the reason, and all of which something is known."""
    quick = replace(account, config=account.config.merge(_QUICK))
    calls: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for source in asked_for(also):
        where = GLOBAL if source.SCOPE == "global" else region
        if source.SCOPE == "offline":
            continue
        firsts = _Firsts(account.id, where, [])
        for _ in source.get(firsts):
            continue
        calls |= {operation: (where, request) for operation, request in firsts.calls}

    def attempt(operation: str) -> tuple[str, Failure | None] | None:
        where, request = calls[operation]
        return _attempt(quick, where, operation, request)

    refused: dict[str, str] = {}
    known: set[str] = set()
    with ThreadPoolExecutor(WORKERS * 2, thread_name_prefix="try") as pool:
        for answer in pool.map(attempt, calls):
            if answer is None:
                continue
            action, failure = answer
            known.add(action)
            if failure is not None:
                refused[action] = failure.note or "AWS refuses it"
    return refused, known


def _attempt(
    account: Account, region: str, operation: str, request: Mapping[str, Any]
) -> tuple[str, Failure | None] | None:
    """The action of a call, and the refusal if it was one; None when nothing came of it."""
    service, _, name = operation.partition("/")
    method = name.replace("-", "_")
    if not account.offers(service, region):
        return None
    client = account.client(service, region)
    if method not in client.meta.method_to_api_mapping:
        return None
    action = action_of(client.meta.service_model, client.meta.method_to_api_mapping[method])
    try:
        next(iter(paging.pages(client, method, request)), None)
    except CAUGHT as error:
        failure = classify(error, action)
        _check(account, failure)
        if failure.status == "denied":
            return failure.missing_action, failure
        return None if failure.status in _UNSAID else (action, None)
    return action, None


def _check(account: Account, failure: Failure) -> None:
    """Stop when the credentials are of no use any more.

    Raises:
        SourceAccessError: They are not.
    """
    if failure.expired:
        raise SourceAccessError(
            f"{account.id}: the credentials ran out ({failure.code})", help="sign in again"
        )
