"""Sources write facts into a draft; what belongs together is joined once, at the end."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from iam import arn as arns
from iam.errors import SourceFormatError
from iam.model import (
    Account,
    Assignment,
    Grant,
    Group,
    IdentityCenterGroup,
    IdentityCenterUser,
    InstanceProfile,
    OidcProvider,
    Organization,
    OrganizationalUnit,
    PermissionSet,
    Policy,
    PolicyKind,
    ResourcePolicy,
    Role,
    SamlProvider,
    Snapshot,
    Tags,
    Use,
    User,
    Workload,
)
from ingest.layout import moment
from ingest.reader import Page

T = TypeVar("T")
SCP = "SERVICE_CONTROL_POLICY"
RCP = "RESOURCE_CONTROL_POLICY"
ALLOW_ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
FULL_ACCESS = {
    "p-FullAWSAccess": ALLOW_ALL,
    "p-RCPFullAWSAccess": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
    },
}


class RoleExtra(NamedTuple):
    """What a role's own listing says beyond the authorization details."""

    max_session_seconds: int | None
    description: str


class Credentials(NamedTuple):
    """What a credential report says of one user."""

    has_credentials: bool
    mfa_devices: int
    has_password: bool


@dataclass(slots=True)
class OrganizationDraft:
    """Pieces of one organization, from whichever account could read them."""

    id: str = ""
    arn: str = ""
    management_account: str = ""
    feature_set: str = ""
    root: str = ""
    policy_types: dict[str, str] | None = None
    units: dict[str, OrganizationalUnit] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    policy_arns: dict[str, str] = field(default_factory=dict)
    targets: dict[str, set[str]] = field(default_factory=dict)
    targets_read: set[str] = field(default_factory=set)
    policies_read_of: dict[str, set[str]] = field(default_factory=dict)
    parents_read: set[str] = field(default_factory=set)
    accounts_listed: bool = False
    accounts: dict[str, Account] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    delegated: set[tuple[str, str]] = field(default_factory=set)
    features: set[str] | None = None


@dataclass(slots=True)
class Draft:
    """Facts as sources hand them over, keyed by ARN."""

    collected: dict[str, str] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    group_names: dict[str, tuple[tuple[str, ...], Page]] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    role_extras: dict[str, RoleExtra] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    policy_tags: dict[str, Tags] = field(default_factory=dict)
    default_versions: dict[str, str] = field(default_factory=dict)
    policy_versions: dict[tuple[str, str], Policy] = field(default_factory=dict)
    instance_profiles: dict[str, InstanceProfile] = field(default_factory=dict)
    saml_providers: dict[str, SamlProvider] = field(default_factory=dict)
    oidc_providers: dict[str, OidcProvider] = field(default_factory=dict)
    credentials: dict[str, Credentials] = field(default_factory=dict)
    user_credentials: dict[tuple[str, str], dict[tuple[str, str], None]] = field(
        default_factory=dict
    )
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    memberships: dict[str, str] = field(default_factory=dict)
    organization: OrganizationDraft = field(default_factory=OrganizationDraft)
    workloads: dict[tuple[str, str, str], Workload] = field(default_factory=dict)
    permission_sets: dict[str, PermissionSet] = field(default_factory=dict)
    centre_users: dict[str, IdentityCenterUser] = field(default_factory=dict)
    centre_groups: dict[str, IdentityCenterGroup] = field(default_factory=dict)
    centre_memberships: dict[str, set[str]] = field(default_factory=dict)
    assignments: dict[Assignment, None] | None = None
    resource_policies: dict[str, ResourcePolicy] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    uses: dict[str, Use] = field(default_factory=dict)

    def partition_of(self, account: str) -> str:
        """Partition an account was seen in; ``aws`` when none of its ARNs was seen."""
        return self.collected.get(account, "aws")


def add(into: dict[str, T], key: str, new: T, page: Page) -> None:
    """Put an entity in its place; the same one twice is one, a different one is refused.

    Raises:
        SourceFormatError: Two entities of one ARN differ; both places are named.
    """
    old = into.get(key)
    if old is None:
        into[key] = new
    elif not same(old, new):
        here, there = getattr(new, "place", ""), getattr(old, "place", "")
        raise SourceFormatError(
            f"{page.name}#{here.partition('#')[2]}: {key} is given twice with different content; "
            f"it stands first at {there}",
            help="AWS names an entity once; remove the copy that is out of date",
        )


def same(one: Any, two: Any) -> bool:
    """Whether two facts are equal apart from where they stand."""
    if is_dataclass(one) and type(one) is type(two):
        return all(
            same(getattr(one, f.name), getattr(two, f.name))
            for f in fields(one)
            if f.name != "place"
        )
    if isinstance(one, tuple) and isinstance(two, tuple):
        return len(one) == len(two) and all(map(same, one, two))
    return bool(one == two)


def text(value: Any, key: str, default: str = "") -> str:
    """A text field of an object, or ``default`` when it is missing or something else."""
    found = value.get(key)
    return found if isinstance(found, str) else default


def tags_of(value: Mapping[str, Any], page: Page, key: str = "Tags") -> Tags:
    """Tags in AWS's order."""
    found = value.get(key)
    if not found:
        return ()
    if isinstance(found, dict):
        return tuple((str(k), str(v)) for k, v in found.items())
    if not isinstance(found, list):
        page.state.note(f"{key} is not a list")
        return ()
    tags = []
    for tag in found:
        if isinstance(tag, dict):
            name = tag.get("Key", tag.get("key"))
            content = tag.get("Value", tag.get("value"))
            if isinstance(name, str):
                tags.append((name, content if isinstance(content, str) else ""))
    return tuple(tags)


def when(value: Mapping[str, Any], key: str, page: Page) -> datetime | None:
    """A time field; what is not a time is noted."""
    found = value.get(key)
    if found is None:
        return None
    time = moment(found)
    if time is None:
        page.state.note(f"{key} `{found}` is not a time")
    return time


def finish(
    draft: Draft,
    *,
    denied: frozenset[str],
    id: str = "",
    taken_at: datetime | None = None,
) -> Snapshot:
    """Join everything and freeze it.

    Args:
        draft: What the sources handed over.
        denied: ``service/operation`` of organization reads that some account asked for in vain.
        id: Id of the snapshot.
        taken_at: Its clock.
    """
    users = _users(draft)
    roles = {
        arn: replace(
            role, max_session_seconds=extra.max_session_seconds, description=extra.description
        )
        if (extra := draft.role_extras.get(arn))
        else role
        for arn, role in draft.roles.items()
    }
    organization = _organization(draft.organization, denied)
    policies = _policies(draft, users.values(), roles.values())
    for arn, policy in _referenced(draft, users, roles, policies).items():
        policies[arn] = policy
    return Snapshot(
        id=id,
        taken_at=taken_at,
        accounts=_accounts(draft, organization),
        organization=organization,
        users=users,
        groups=_sorted(draft.groups),
        roles=_sorted(roles),
        policies=_sorted(policies),
        instance_profiles=_sorted(draft.instance_profiles),
        saml_providers=_sorted(draft.saml_providers),
        oidc_providers=_sorted(draft.oidc_providers),
        workloads=tuple(_workloads(draft)),
        permission_sets=_sorted(draft.permission_sets),
        identity_center_users={
            key: replace(user, groups=tuple(sorted(draft.centre_memberships.get(key, ()))))
            for key, user in sorted(draft.centre_users.items())
        },
        identity_center_groups=_sorted(draft.centre_groups),
        assignments=None
        if draft.assignments is None
        else tuple(
            sorted(
                draft.assignments,
                key=lambda a: (a.account, a.permission_set, a.principal_type, a.principal),
            )
        ),
        resource_policies=_sorted(draft.resource_policies),
        grants=_sorted(draft.grants),
        uses=_sorted(draft.uses),
    )


def _sorted(found: Mapping[str, T]) -> dict[str, T]:
    return dict(sorted(found.items()))


def _workloads(draft: Draft) -> Iterator[Workload]:
    """Workloads in order; a role that comes through an instance profile is filled in."""
    for _, workload in sorted(draft.workloads.items()):
        profile = draft.instance_profiles.get(workload.instance_profile)
        if profile is not None and profile.roles and not workload.role:
            yield replace(workload, role=profile.roles[0])
        else:
            yield workload


def _users(draft: Draft) -> dict[str, User]:
    by_name = {(g.account, g.name.lower()): g.arn for g in draft.groups.values()}
    users: dict[str, User] = {}
    for arn, user in sorted(draft.users.items()):
        names, page = draft.group_names.get(arn, ((), None))
        groups = []
        for name in names:
            group = by_name.get((user.account, name.lower()))
            if group is None:
                group = f"arn:{arns.partition_of(arn)}:iam::{user.account}:group/{name}"
                if page is not None:
                    page.state.gap(f"group `{name}` of {user.name} is not in GroupDetailList")
            groups.append(group)
        known = draft.credentials.get(arn)
        users[arn] = replace(
            user,
            groups=tuple(groups),
            has_credentials=known.has_credentials if known else user.has_credentials,
            mfa_devices=known.mfa_devices if known else user.mfa_devices,
            credentials=tuple(_credentials(draft, user, known)),
        )
    return users


def _credentials(draft: Draft, user: User, known: Credentials | None) -> Iterator[tuple[str, str]]:
    if known and known.has_password:
        yield "login_profile", user.name
    yield from sorted(draft.user_credentials.get((user.account, user.name.lower()), ()))


def _policies(draft: Draft, users: Iterable[User], roles: Iterable[Role]) -> dict[str, Policy]:
    policies = dict(draft.policies)
    for arn in {arn for arn, _ in draft.policy_versions} | set(draft.default_versions):
        known = policies.get(arn)
        if known is not None and known.document is not None:
            continue
        version = draft.default_versions.get(arn) or (known.version if known else "")
        if not version:
            held = sorted(v for a, v in draft.policy_versions if a == arn)
            version = held[0] if len(held) == 1 else ""
        read = draft.policy_versions.get((arn, version))
        if read is not None and known is not None:
            policies[arn] = replace(
                known, document=read.document, raw=read.raw, version=version, place=read.place
            )
        elif read is not None:
            policies[arn] = read
    for arn, tags in draft.policy_tags.items():
        if arn in policies:
            policies[arn] = replace(policies[arn], tags=tags)
    return policies


def _referenced(
    draft: Draft,
    users: Mapping[str, User],
    roles: Mapping[str, Role],
    policies: Mapping[str, Policy],
) -> dict[str, Policy]:
    """Policies that are attached somewhere and were not read (A-12)."""
    found: dict[str, Policy] = {}
    holders: list[User | Role | Group] = [*users.values(), *roles.values(), *draft.groups.values()]
    for holder in holders:
        boundary = None if isinstance(holder, Group) else holder.boundary
        for arn in (*holder.attached, *((boundary,) if boundary else ())):
            if arn not in policies and arn not in found:
                found[arn] = unread_policy(arn)
    return found


def unread_policy(arn: str) -> Policy:
    """A managed policy of which only the ARN is known."""
    account = arns.account_of(arn)
    path, _, name = arn.partition(":policy/")[2].rpartition("/")
    return Policy(
        arn=arn,
        name=name or arn,
        kind=PolicyKind.MANAGED,
        document=None,
        path=f"/{path}/" if path else "/",
        account="" if account == "aws" else account,
        is_aws_managed=account == "aws",
    )


def _organization(found: OrganizationDraft, denied: frozenset[str]) -> Organization | None:
    if not (found.id or found.root or found.accounts or found.policies or found.units):
        return None
    known = {t for t, status in (found.policy_types or {}).items() if status == "ENABLED"}
    asked = found.policy_types is not None
    scp: bool | None = SCP in known if asked else None
    rcp: bool | None = RCP in known if asked else None
    if found.feature_set == "CONSOLIDATED_BILLING" and not asked:
        scp = rcp = False
    policies: dict[str, Policy] = {}
    for arn, policy in sorted(found.policies.items()):
        id = arn.rpartition("/")[2]
        if policy.document is None and id in FULL_ACCESS:
            policy = replace(policy, document=FULL_ACCESS[id])
        policies[arn] = policy
    targets: dict[str, set[str]] = {}
    for arn, held in found.targets.items():
        for target in held:
            targets.setdefault(target, set()).add(arn)
    for attached in targets.values():
        for arn in attached - set(policies):
            policies[arn] = _unread_organization_policy(arn)
    return Organization(
        id=found.id,
        arn=found.arn,
        management_account=found.management_account,
        root=found.root,
        scp_enabled=scp,
        rcp_enabled=rcp,
        units=dict(sorted(found.units.items())),
        policies=policies,
        targets={target: tuple(sorted(held)) for target, held in sorted(targets.items())},
        scps_readable=_readable(SCP, scp, found, policies, targets, denied),
        rcps_readable=_readable(RCP, rcp, found, policies, targets, denied),
        members_listed=_all_members_listed(found),
        features=None if found.features is None else tuple(sorted(found.features)),
        delegated_administrators=tuple(sorted(found.delegated)),
    )


def _all_members_listed(found: OrganizationDraft) -> bool:
    """Whether every member was listed, so that an account that is not there is no member."""
    if found.accounts_listed:
        return True
    return bool(found.root and found.parents_read) and set(found.units) <= found.parents_read


def _unread_organization_policy(arn: str) -> Policy:
    kind = PolicyKind.RCP if "/resource_control_policy/" in arn else PolicyKind.SCP
    id = arn.rpartition("/")[2]
    return Policy(
        arn=arn,
        name=id,
        kind=kind,
        document=FULL_ACCESS.get(id),
        is_aws_managed=arns.account_of(arn) == "aws",
    )


def _readable(
    kind: str,
    enabled: bool | None,
    found: OrganizationDraft,
    policies: Mapping[str, Policy],
    targets: Mapping[str, set[str]],
    denied: frozenset[str],
) -> bool:
    """False when the policies are there, or were asked for, and could not be read (C-39)."""
    if enabled is False:
        return True
    if enabled is None:
        return not denied
    wanted = PolicyKind.SCP if kind == SCP else PolicyKind.RCP
    mine = {arn for arn, policy in policies.items() if policy.kind is wanted}
    attached = {arn for held in targets.values() for arn in held} & mine
    if not mine or not set(found.accounts) <= set(found.parents):
        return False
    if any(policies[arn].document is None for arn in attached):
        return False
    if mine <= found.targets_read:
        return True
    places = {found.root, *found.units, *found.accounts}
    return places <= found.policies_read_of.get(kind, set())


def _accounts(draft: Draft, organization: Organization | None) -> dict[str, Account]:
    found = draft.organization
    ours = "" if organization is None else organization.id
    ids = set(draft.collected) | set(found.accounts) | set(found.parents) | set(draft.memberships)
    ids |= set(draft.aliases)
    accounts: dict[str, Account] = {}
    for id in sorted(ids):
        listed = found.accounts.get(id)
        parent = found.parents.get(id)
        member_of = ours if listed is not None else draft.memberships.get(id, "")
        account = listed or Account(id=id)
        accounts[id] = replace(
            account,
            partition=draft.collected.get(id, account.partition),
            parent=parent,
            collected=id in draft.collected,
            organization_known=bool(parent or listed or id in draft.memberships),
            organization=member_of,
            aliases=draft.aliases.get(id, ()),
        )
    return accounts
