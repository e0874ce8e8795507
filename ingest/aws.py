"""An account of AWS is spoken to by reads only: a hook refuses every other call before it is sent.

Another one refuses what is no answer of AWS, as a proxy or a broken line gives: botocore takes it
for an answer with nothing in it.

Source:
    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
"""

import re
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import boto3
import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

from iam import arn as arns
from iam.errors import RolepathError, SourceAccessError, UsageError
from ingest import answers, paging, schedule
from ingest.aws_errors import CAUGHT, INVALID_CREDENTIALS, Failure, classify
from ingest.layout import GLOBAL
from ingest.schedule import DEADLINE, Pulse, Task

READS = re.compile(r"(Get|List|Describe|BatchGet|Search|Select|Lookup)[A-Z]")
ALSO_READS = frozenset(
    {
        "AssumeRole",
        "GenerateCredentialReport",
        "GenerateServiceLastAccessedDetails",
        "HeadBucket",
        "SimulatePrincipalPolicy",
    }
)
SECRET = re.compile(
    r"(Batch)?Get(SecretValue|Parameters?|ParametersByPath|ParameterHistory|Object|ObjectTorrent"
    r"|PasswordData|ConsoleOutput|ConsoleScreenshot|FederationToken|SessionToken|RoleCredentials"
    r"|CredentialsForIdentity|ClusterCredentials|ClusterCredentialsWithIAM|AuthorizationToken"
    r"|LoginProfile|AccessKeyLastUsed|DelegatedAccessToken|WebIdentityToken)"
)
_HOME_REGIONS = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-eusc": "eusc-de-east-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
}
_ACTIONS = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
}
_WHO = ": AWS does not say who they are: "
WORKERS = 6
ATTEMPTS = 8


class WriteRefusedError(RolepathError):
    """A call that is not a read was stopped before it was sent."""


class NotEnteredError(SourceAccessError):
    """AWS does not say whose credentials these are; ``failure`` says why."""

    def __init__(self, message: str, failure: Failure, *, help: str = "") -> None:
        super().__init__(message, help=help)
        self.failure = failure


@dataclass(slots=True)
class Asked:
    """Every operation that was sent, as IAM actions; shared by all clients of a run."""

    actions: set[str] = field(default_factory=set)


def guard(session: boto3.Session, asked: Asked | None = None) -> None:
    """Refuse, for every client of the session, whatever does not only read, and what is no answer.

    Raises:
        WriteRefusedError: From the call itself, before anything is sent.
    """

    def before_call(model: Any, **_: Any) -> None:
        name = model.name
        if SECRET.fullmatch(name) or not (READS.match(name) or name in ALSO_READS):
            service = model.service_model.service_name
            raise WriteRefusedError(
                f"{service}:{name}: refused, for rolepath only reads", help="this is a bug"
            )
        if asked is not None:
            asked.actions.add(action_of(model.service_model, name))

    session.events.register("before-call.*.*", before_call)
    session.events.register("before-parse.*.*", answers.check)


def action_of(service_model: Any, operation: str) -> str:
    """The IAM action of an operation."""
    if service_model.signing_name == "apigateway":
        # API Gateway's actions are named after the HTTP method.
        return f"apigateway:{service_model.operation_model(operation).http['method']}"
    action = f"{service_model.signing_name}:{operation}"
    return _ACTIONS.get(action, action)


@dataclass(slots=True)
class Account:
    """One account to collect: a session whose credentials are its own.

    Attributes:
        expired: The code by which AWS said that they ran out; empty while they are good.
        entered_by: Whose role it was entered through, and without whom they are not renewed.
    """

    session: boto3.Session
    id: str
    arn: str
    region: str
    config: Config
    asked: Asked
    lock: threading.Lock = field(default_factory=threading.Lock)
    expired: str = ""
    entered_by: "Account | None" = None

    @property
    def partition(self) -> str:
        """Partition of the caller."""
        return arns.partition_of(self.arn)

    @property
    def home_region(self) -> str:
        """Region whose endpoint answers for global services."""
        return _HOME_REGIONS.get(self.partition, self.region or "us-east-1")

    def client(self, service: str, region: str) -> Any:
        """A client; sessions are not made for threads, so they come one at a time."""
        where = self.home_region if region == GLOBAL else region
        make: Any = self.session.client  # typed per service name; ours come from the sources
        with self.lock:
            return make(service, region_name=where, config=self.config)

    def is_refused(self) -> bool:
        """Whether AWS no longer takes the credentials; a region may refuse those it does take."""
        try:
            self.client("sts", GLOBAL).get_caller_identity()
        except CAUGHT as error:
            failure = classify(error, "sts:GetCallerIdentity")
            return failure.expired or failure.code in INVALID_CREDENTIALS
        return False

    def offers(self, service: str, region: str) -> bool:
        """Whether the service is known to be in a region; yes when that is not known.

        A region that is younger than the installed boto3 is asked for everything.
        """
        if region == GLOBAL:
            return True
        with self.lock:
            every = self.session.get_available_regions("ec2", partition_name=self.partition)
            known = self.session.get_available_regions(service, partition_name=self.partition)
        return not known or region in known or region not in every


def config_of(attempts: int = ATTEMPTS) -> Config:
    """Standard retries, short connects, and a name in CloudTrail."""
    return Config(
        retries={"mode": "standard", "total_max_attempts": attempts},
        connect_timeout=5,
        read_timeout=60,
        max_pool_connections=WORKERS * 2,
        user_agent_extra="rolepath",
    )


def account_of(
    session: boto3.Session, *, config: Config | None = None, asked: Asked | None = None
) -> Account:
    """Find out whose credentials these are.

    Raises:
        NotEnteredError: There are none, or AWS does not take them.
    """
    config = config or config_of()
    asked = asked or Asked()
    guard(session, asked)
    region = session.region_name or ""
    try:
        sts = session.client("sts", region_name=region or "us-east-1", config=config)
        who = sts.get_caller_identity()
    except CAUGHT as error:
        failure = classify(error, "sts:GetCallerIdentity")
        profile = session.profile_name
        named = f"profile `{profile}`" if profile and profile != "default" else "credentials"
        raise NotEnteredError(
            f"{named}{_WHO}{failure.reason}",
            failure,
            help="set AWS_PROFILE, or sign in: aws sso login",
        ) from None
    return Account(session, who["Account"], who["Arn"], region, config, asked)


def profiles(
    names: Sequence[str], *, config: Config | None = None, asked: Asked | None = None
) -> list[Account]:
    """The account of each profile; of the current credentials when none is named.

    Raises:
        UsageError: There is no such profile.
        SourceAccessError: AWS does not take its credentials.
    """
    found: list[Account] = []
    for name in names or ("",):
        try:
            session = boto3.Session(profile_name=name or None)
        except CAUGHT as error:
            raise UsageError(
                f"profile `{name}`: {' '.join(str(error).split())}",
                help="aws configure list-profiles lists them",
            ) from None
        found.append(account_of(session, config=config, asked=asked))
    return found


def member(
    caller: Account,
    account: str,
    role_name: str,
    *,
    external_id: str = "",
    session_name: str = "rolepath",
) -> Account:
    """An account that is entered through a role; its credentials renew themselves.

    Raises:
        NotEnteredError: AWS does not let the caller in, or it is another account.
    """
    role = f"arn:{caller.partition}:iam::{account}:role/{role_name.removeprefix('/')}"
    inner: Any = botocore.session.Session()  # its credentials have no public setter for these
    # What boto3 knows of the services it loads for each session: 150 MB, once for all accounts.
    inner.register_component("data_loader", caller.session._session.get_component("data_loader"))
    source = caller.session.get_credentials()
    extra = {"RoleSessionName": session_name}
    if external_id:
        extra["ExternalId"] = external_id
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=_client_creator(caller),
        source_credentials=source,
        role_arn=role,
        extra_args=extra,
    )
    inner._credentials = DeferredRefreshableCredentials(
        method="assume-role", refresh_using=fetcher.fetch_credentials
    )
    session = boto3.Session(botocore_session=inner, region_name=caller.region or None)
    try:
        found = account_of(session, config=caller.config, asked=caller.asked)
    except NotEnteredError as error:
        raise NotEnteredError(
            f"{role}: cannot be entered: {error.message.partition(_WHO)[2]}",
            error.failure,
            help="its trust policy must name the caller; see --role-name and --external-id",
        ) from None
    if found.id != account:
        other = f"AWS says that this is account {found.id}"
        raise NotEnteredError(f"{role}: {other}", Failure("error", "", other))
    found.entered_by = caller
    return found


def _client_creator(caller: Account) -> Any:
    """Clients for entering a role; the fetcher gives them the credentials that it was given."""
    made = caller.session._session.create_client

    def create(service: str, **given: Any) -> Any:
        given.setdefault("region_name", caller.home_region)
        return made(service, **given)

    return create


# --- the accounts of an organization ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """An account as the organization lists it."""

    id: str
    name: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Unit:
    """An organizational unit, or the root of the organization.

    Attributes:
        id: Its id.
        path: The names from below the root down to it, with ``/`` between; the root's own name.
        within: Ids from the root down to its own.
    """

    id: str
    path: str
    within: tuple[str, ...]


def organization_accounts(caller: Account) -> list[Listed]:
    """Every account of the caller's organization, by id.

    Raises:
        SourceAccessError: The caller may not list them.

    Source:
        https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
    """
    found = [
        Listed(
            account["Id"],
            account.get("Name", ""),
            (account.get("State") or account.get("Status", "ACTIVE")) == "ACTIVE",
        )
        for account in _Listing(caller)("ListAccounts", "Accounts")
    ]
    return sorted(found, key=lambda account: account.id)


def organization_units(caller: Account) -> list[Unit]:
    """The root of the caller's organization and every unit, each after the one that it is in.

    Raises:
        SourceAccessError: The caller may not list them.

    Source:
        https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListRoots.html
        https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListOrganizationalUnitsForParent.html
    """
    listing = _Listing(caller)
    roots = [
        Unit(root["Id"], root.get("Name", ""), (root["Id"],))
        for root in listing("ListRoots", "Roots")
    ]
    found = list(roots)
    for above in found:  # it grows meanwhile
        below = listing(
            "ListOrganizationalUnitsForParent", "OrganizationalUnits", ParentId=above.id
        )
        for unit in below:
            path = unit["Name"] if above in roots else f"{above.path}/{unit['Name']}"
            found.append(Unit(unit["Id"], path, (*above.within, unit["Id"])))
    return found


def accounts_below(caller: Account, chosen: Collection[Unit], units: Sequence[Unit]) -> set[str]:
    """Ids of the accounts in some units of an organization, and in the units below them.

    Raises:
        SourceAccessError: The caller may not list them.

    Source:
        https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccountsForParent.html
    """
    listing = _Listing(caller)
    ids = {unit.id for unit in chosen}
    return {
        account["Id"]
        for unit in units
        if not ids.isdisjoint(unit.within)
        for account in listing("ListAccountsForParent", "Accounts", ParentId=unit.id)
    }


class _Listing:
    """Lists of an organization, each read to its end with one client."""

    def __init__(self, caller: Account) -> None:
        self._caller = caller.id
        self._client = caller.client("organizations", GLOBAL)

    def __call__(self, operation: str, key: str, **request: str) -> list[dict[str, Any]]:
        """Every item of a list.

        Raises:
            SourceAccessError: The caller may not list them.
        """
        try:
            pages = paging.pages(self._client, xform_name(operation), request)
            return [item for page in pages for item in page.get(key) or ()]
        except CAUGHT as error:
            failure = classify(error, f"organizations:{operation}")
            raise SourceAccessError(
                f"{self._caller}: the organization's accounts cannot be listed: {failure.reason}",
                help="use the management account or a delegated administrator, or name --accounts "
                "without --organization",
            ) from None


def members(
    caller: Account,
    ids: Sequence[str],
    role_name: str,
    external_id: str = "",
    *,
    deadline: float = DEADLINE,
) -> tuple[list[Account], list[tuple[str, NotEnteredError]]]:
    """Accounts that were entered, and id and reason of those that were not.

    The caller's own account is read as it is.

    Args:
        caller: Who enters them.
        ids: The accounts.
        role_name: Name of the role in each, with its path.
        external_id: What the role asks for.
        deadline: Seconds without an answer after which an account is left.

    Raises:
        SourceAccessError: The caller's own credentials ran out.
    """
    found: dict[str, Account | NotEnteredError] = {}

    def enter(id: str) -> Account | NotEnteredError:
        try:
            return (
                caller
                if id == caller.id
                else member(caller, id, role_name, external_id=external_id)
            )
        except NotEnteredError as error:
            if error.failure.expired and caller.is_refused():
                raise SourceAccessError(
                    f"{caller.id}: the credentials ran out ({error.failure.code})",
                    help="sign in again, then the same command again",
                ) from None
            return error

    def task(id: str) -> Task:
        def work(pulse: Pulse) -> None:
            one = enter(id)
            with pulse.writing():
                found[id] = one

        def left() -> None:
            late = Failure("error", "Deadline", f"no answer within {deadline:g} s")
            found[id] = NotEnteredError(f"{id}: cannot be entered: {late.note}", late)

        return Task(id, GLOBAL, "sts", work, left)

    schedule.run([task(id) for id in ids], lambda _: None, deadline=deadline)
    ends = [(id, found[id]) for id in ids]
    entered = [one for _, one in ends if isinstance(one, Account)]
    return entered, [(id, one) for id, one in ends if isinstance(one, NotEnteredError)]
