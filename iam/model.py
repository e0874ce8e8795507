"""The facts of AWS accounts as AWS states them, before anything is decided.

Every entity is frozen. Ids are ARNs, account ids are strings of twelve digits, times are
aware UTC datetimes. ``place`` is where the fact stands in the saved JSON
(``authz.json#/RoleDetailList/3``), so that evidence can be followed to AWS's own words.

Source:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

Tags = tuple[tuple[str, str], ...]
"""Tags in AWS's order; two keys may differ in case only (B-3)."""


class PolicyKind(StrEnum):
    """What a policy document is attached to, which decides how it is read."""

    MANAGED = "managed"
    INLINE = "inline"
    TRUST = "trust"
    SCP = "scp"
    RCP = "rcp"
    RESOURCE = "resource"
    SESSION = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One policy document and where it comes from.

    ``arn`` is the key in the graph: a managed policy's own ARN, ``<owner ARN>#inline/<name>``,
    ``<role ARN>#trust``, an Organizations policy's ARN, ``<resource ARN>#policy``.
    ``document`` is the JSON value as it was read: an object, text (not decodable: UNPARSED, A-9),
    or None when the document was not read (A-12). ``older`` are the versions that are not in force
    with their documents as JSON text, as far as they were read.
    ``raw`` is the document's text where the source had text, so that duplicate keys show (A-8).
    """

    arn: str
    name: str
    kind: PolicyKind
    document: Any
    version: str = ""
    raw: str = ""
    place: str = ""
    unique_id: str = ""
    path: str = "/"
    account: str = ""
    is_aws_managed: bool = False
    attachment_count: int | None = None
    boundary_usage_count: int | None = None
    versions: tuple[str, ...] = ()
    older: Tags = ()
    description: str = ""
    tags: Tags = ()


CREDENTIALS = {
    "login_profile": "get-credential-report",
    "access_key": "list-access-keys",
    "signing_certificate": "list-signing-certificates",
    "ssh_key": "list-ssh-public-keys",
    "service_credential": "list-service-specific-credentials",
    "mfa_device": "list-mfa-devices",
}
"""What a user signs in with, and the IAM operation that says which of it there is (F-8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An IAM user. ``attached`` and ``boundary`` are managed policy ARNs, ``groups`` group ARNs.

    ``has_credentials`` is None when neither keys nor passwords were read. ``mfa_devices`` is None
    when MFA devices were not read. ``credentials`` are pairs of a kind of ``CREDENTIALS`` and an
    id; coverage says which kinds were listed.
    """

    arn: str
    name: str
    account: str
    unique_id: str = ""
    path: str = "/"
    created: datetime | None = None
    tags: Tags = ()
    inline: tuple[Policy, ...] = ()
    attached: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    boundary: str | None = None
    has_credentials: bool | None = None
    mfa_devices: int | None = None
    credentials: Tags = ()
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """An IAM group: never a principal (A-22), only a holder of policies."""

    arn: str
    name: str
    account: str
    unique_id: str = ""
    path: str = "/"
    created: datetime | None = None
    inline: tuple[Policy, ...] = ()
    attached: tuple[str, ...] = ()
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """An IAM role. ``trust`` is None when its trust policy was not read.

    ``max_session_seconds`` is None where only the authorization details were read (they lack it).
    ``last_used`` is None when AWS shows no use in its tracking period or it was not read.
    ``deletion_tasks`` are pairs of a task's id and AWS's answer about it, as JSON text, the newest
    last: what came of asking a service to let its role go (E-11).
    """

    arn: str
    name: str
    account: str
    unique_id: str = ""
    path: str = "/"
    created: datetime | None = None
    description: str = ""
    tags: Tags = ()
    trust: Policy | None = None
    inline: tuple[Policy, ...] = ()
    attached: tuple[str, ...] = ()
    boundary: str | None = None
    instance_profiles: tuple[str, ...] = ()
    max_session_seconds: int | None = None
    last_used: datetime | None = None
    last_used_region: str = ""
    last_used_known: bool = False
    deletion_tasks: Tags = ()
    place: str = ""

    @property
    def is_service_linked(self) -> bool:
        """The path decides, never the name (E-2)."""
        return self.path.startswith("/aws-service-role/")

    @property
    def is_reserved(self) -> bool:
        """Managed by IAM Identity Center (C-50)."""
        return self.path.startswith("/aws-reserved/sso.")

    @property
    def linked_service(self) -> str:
        """Service principal of a service-linked role; empty for others (E-2)."""
        return self.path.split("/")[2] if self.is_service_linked else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceProfile:
    """A holder that hands a role to EC2 instances; ``roles`` are ARNs, at most one in AWS."""

    arn: str
    name: str
    account: str
    unique_id: str = ""
    path: str = "/"
    roles: tuple[str, ...] = ()
    tags: Tags = ()
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamlProvider:
    """A SAML identity provider object of an account; ``metadata`` is empty when not read."""

    arn: str
    account: str
    created: datetime | None = None
    metadata: str = ""
    tags: Tags = ()
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcProvider:
    """An OpenID Connect provider; ``url`` has no scheme; ``client_ids`` None when not read."""

    arn: str
    account: str
    url: str
    client_ids: tuple[str, ...] | None = None
    thumbprints: tuple[str, ...] = ()
    tags: Tags = ()
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationalUnit:
    """A root or an OU; ``parent`` is the id above it, None for the root."""

    id: str
    arn: str
    name: str
    parent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """An AWS organization as far as it was readable.

    ``scp_enabled`` and ``rcp_enabled`` are None when the root's policy types were not read.
    ``policies`` maps policy ARN to document; ``targets`` maps a target (root id, OU id, account
    id) to the ARNs attached there. ``policies_readable`` is False when a policy type is enabled
    and its content or its targets were refused (C-39). ``members_listed`` is False when an account
    that is not among its members may still be one, for nobody read the whole list.
    """

    id: str
    arn: str = ""
    management_account: str = ""
    root: str = ""
    scp_enabled: bool | None = None
    rcp_enabled: bool | None = None
    units: Mapping[str, OrganizationalUnit] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    targets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scps_readable: bool = True
    rcps_readable: bool = True
    members_listed: bool = True
    features: tuple[str, ...] | None = None
    delegated_administrators: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An AWS account. ``collected`` says that its IAM entities were read.

    ``parent`` is the id of the root or OU that holds it; None when nobody read which does.
    ``organization_known`` says that membership was read (also when there is none), ``organization``
    of which; empty where ``parent`` says it, and when there is none.
    """

    id: str
    partition: str = "aws"
    name: str = ""
    status: str = "ACTIVE"
    parent: str | None = None
    collected: bool = False
    organization_known: bool = False
    organization: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def root_arn(self) -> str:
        """ARN that stands for the account."""
        return f"arn:{self.partition}:iam::{self.id}:root"


FIELD = "field"
"""Name of the fact of a workload that says which of its fields holds the role."""
MENTIONS = "mentions "
"""What the name of a fact begins with that says in which field a workload mentions which role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A resource that is configured to run with a role; ``role`` is empty where it only names one.

    ``type`` is the CloudFormation type (``AWS::Lambda::Function``), ``service`` the service
    principal that assumes the role; ``instance_profile`` is set where the role comes through one.
    """

    arn: str
    type: str
    account: str
    region: str
    service: str
    role: str
    instance_profile: str = ""
    place: str = ""
    facts: Tags = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionSet:
    """A permission set of IAM Identity Center."""

    arn: str
    name: str
    instance: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityCenterUser:
    """A user of an identity store; key ``<identity store id>/<id>``."""

    key: str
    name: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityCenterGroup:
    """A group of an identity store; key ``<identity store id>/<id>``."""

    key: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A user or group (by key) assigned a permission set on an account."""

    account: str
    permission_set: str
    principal: str
    principal_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcePolicy:
    """The policy of a resource; ``policy`` None says: read, and there is none."""

    resource: str
    account: str
    region: str
    policy: Policy | None
    tags: Tags = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A grant of a KMS key: it lets a principal use the key without any policy.

    ``arn`` is the key in the graph, ``<key ARN>#grant/<id>``. ``grantee`` and ``retiring`` are a
    principal's ARN, its unique id once it is gone, or a service. ``constraints`` is JSON text.
    """

    arn: str
    key: str
    account: str
    region: str
    grantee: str
    name: str = ""
    retiring: str = ""
    operations: tuple[str, ...] = ()
    constraints: str = ""
    place: str = ""


COVERAGE_STATES = (
    "complete",
    "partial",
    "denied",
    "throttled",
    "not-available",
    "not-enabled",
    "error",
    "skipped",
    "stale",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """That a role was used, as AWS observed it; never what could be.

    ``arn`` is the key in the graph, ``<role ARN>#use/<source>/<by or service>``. ``source`` is
    ``cloudtrail`` (``by`` entered the role: an ARN or a service) or ``last-accessed`` (the role
    asked for ``service``). ``times`` counts what the source showed of it.
    """

    arn: str
    role: str
    source: str
    by: str = ""
    service: str = ""
    first: datetime | None = None
    last: datetime | None = None
    region: str = ""
    times: int = 0
    place: str = ""


REFUSED = ("partial", "denied", "throttled", "error")
"""States of a scope that is known to be there and was not, or not wholly, read (V-12)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Whether one scope was read: (account, region, service, operation[, resource])."""

    account: str
    region: str
    service: str
    operation: str
    status: str
    resource: str = ""
    pages: int = 0
    items: int = 0
    error_code: str = ""
    missing_action: str = ""
    note: str = ""
    taken_at: datetime | None = None

    @property
    def scope(self) -> str:
        """``account/region/service/operation[/resource]``."""
        base = f"{self.account}/{self.region}/{self.service}/{self.operation}"
        return f"{base}/{self.resource}" if self.resource else base


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Everything that was read, at one time; mappings are keyed by ARN (accounts by id).

    ``taken_at`` None means that no clock is known: time conditions stay requirements (B-26).
    ``former`` are unique ids that a policy names and nobody holds any more, with the ARN that an
    earlier snapshot gave each. Not slotted: derived indexes are cached on the instance.
    """

    id: str = ""
    taken_at: datetime | None = None
    accounts: Mapping[str, Account] = field(default_factory=dict)
    organization: Organization | None = None
    users: Mapping[str, User] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    instance_profiles: Mapping[str, InstanceProfile] = field(default_factory=dict)
    saml_providers: Mapping[str, SamlProvider] = field(default_factory=dict)
    oidc_providers: Mapping[str, OidcProvider] = field(default_factory=dict)
    workloads: tuple[Workload, ...] = ()
    permission_sets: Mapping[str, PermissionSet] = field(default_factory=dict)
    identity_center_users: Mapping[str, IdentityCenterUser] = field(default_factory=dict)
    identity_center_groups: Mapping[str, IdentityCenterGroup] = field(default_factory=dict)
    assignments: tuple[Assignment, ...] | None = None
    resource_policies: Mapping[str, ResourcePolicy] = field(default_factory=dict)
    grants: Mapping[str, Grant] = field(default_factory=dict)
    uses: Mapping[str, Use] = field(default_factory=dict)
    former: Mapping[str, str] = field(default_factory=dict)
    coverage: tuple[Coverage, ...] = ()

    @cached_property
    def by_unique_id(self) -> Mapping[str, User | Role]:
        """Users and roles by their ``AIDA…``/``AROA…`` id (A-25)."""
        found: dict[str, User | Role] = {}
        for user in self.users.values():
            if user.unique_id:
                found[user.unique_id] = user
        for role in self.roles.values():
            if role.unique_id:
                found[role.unique_id] = role
        return found

    @cached_property
    def members(self) -> Mapping[str, tuple[str, ...]]:
        """User ARNs of each group ARN, sorted."""
        found: dict[str, list[str]] = {}
        for user in self.users.values():
            for group in user.groups:
                found.setdefault(group, []).append(user.arn)
        return {group: tuple(sorted(arns)) for group, arns in found.items()}

    @cached_property
    def _status(self) -> Mapping[tuple[str, str, str, str, str], str]:
        return {
            (c.account, c.region, c.service, c.operation, c.resource): c.status
            for c in self.coverage
        }

    def status(
        self,
        account: str,
        service: str,
        operation: str,
        region: str = "global",
        resource: str = "",
    ) -> str:
        """Coverage state of a scope; ``not-asked`` when no line speaks of it (V-12)."""
        return self._status.get((account, region, service, operation, resource), "not-asked")

    def is_collected(self, account: str) -> bool:
        """Whether the IAM entities of an account were read."""
        found = self.accounts.get(account)
        return found is not None and found.collected
