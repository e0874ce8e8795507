"""What depends on changed facts is decided again, and nothing else.

The decisions about entering a role rest on the caller's own policies, its boundary and the service
control policies above it; on the role's trust policy, tags and resource control policies; on the
providers of the role's account, and on the instance profiles that hold it. So two snapshots tell
which decisions may differ.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups_manage_delete.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_manage-delete.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_delete_saml.html
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from iam import arn as arns
from iam.assume import edges_from, edges_into, hop_of, naming_accounts, trusting
from iam.chain import Hop
from iam.ledger import Change, Net, without
from iam.mentions import mentions_of
from iam.model import (
    Group,
    InstanceProfile,
    OidcProvider,
    Organization,
    Policy,
    PolicyKind,
    Role,
    SamlProvider,
    Snapshot,
    User,
)
from iam.removal import Entity
from iam.world import world_of

_EC2 = "ec2"


def deletion(net: Net, snapshot: Snapshot, entity: Entity) -> Change:
    """What the deletion of an entity changes, once its whole plan was carried out."""
    if isinstance(entity, Role | User):
        return without(net, entity.arn, snapshot)  # nobody else's decisions ask for it
    return between(net, snapshot, after_deletion(snapshot, entity))


def after_deletion(snapshot: Snapshot, entity: Entity) -> Snapshot:
    """The facts without an entity, and without what its plan takes off others."""
    arn = entity.arn
    if isinstance(entity, Role):
        return replace(snapshot, roles=_less(snapshot.roles, arn))
    if isinstance(entity, User):
        return replace(snapshot, users=_less(snapshot.users, arn))
    if isinstance(entity, Group):
        members = {
            key: replace(user, groups=tuple(g for g in user.groups if g != arn))
            for key in snapshot.members.get(arn, ())
            for user in [snapshot.users[key]]
        }
        users = {**snapshot.users, **members}
        return replace(snapshot, groups=_less(snapshot.groups, arn), users=users)
    if isinstance(entity, Policy):
        return _without_policy(snapshot, arn)
    if isinstance(entity, InstanceProfile):
        roles = {
            key: replace(
                role, instance_profiles=tuple(p for p in role.instance_profiles if p != arn)
            )
            for key in entity.roles
            for role in [snapshot.roles.get(key)]
            if role is not None
        }
        profiles = _less(snapshot.instance_profiles, arn)
        return replace(snapshot, instance_profiles=profiles, roles={**snapshot.roles, **roles})
    if isinstance(entity, SamlProvider):
        return replace(snapshot, saml_providers=_less(snapshot.saml_providers, arn))
    return replace(snapshot, oidc_providers=_less(snapshot.oidc_providers, arn))


def _less(held: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = dict(held)
    del found[key]
    return found


def _without_policy(snapshot: Snapshot, arn: str) -> Snapshot:
    """A policy is detached everywhere, also where it is a boundary, before it can go (F-10)."""
    users, groups, roles = dict(snapshot.users), dict(snapshot.groups), dict(snapshot.roles)
    holders = {
        holder.arn: holder
        for holder in (
            *mentions_of(snapshot).attached_to(arn),
            *mentions_of(snapshot).bounded_by(arn),
        )
    }
    for key, holder in holders.items():
        attached = tuple(policy for policy in holder.attached if policy != arn)
        if isinstance(holder, Group):
            groups[key] = replace(holder, attached=attached)
            continue
        boundary = None if holder.boundary == arn else holder.boundary
        if isinstance(holder, User):
            users[key] = replace(holder, attached=attached, boundary=boundary)
        else:
            roles[key] = replace(holder, attached=attached, boundary=boundary)
    policies = _less(snapshot.policies, arn)
    return replace(snapshot, users=users, groups=groups, roles=roles, policies=policies)


# --- what depends on it -------------------------------------------------------------------------


@dataclass(slots=True)
class _Touched:
    """Decisions that may differ: all of some callers, all into some roles, and single entries."""

    callers: set[str] = field(default_factory=set)
    targets: set[str] = field(default_factory=set)
    entries: set[tuple[str, str]] = field(default_factory=set)
    """A provider or service with a role; all subjects of a provider are meant."""
    ended: set[tuple[str, str]] = field(default_factory=set)
    """The same, where no way is left whatever was read: the provider is gone."""


def between(net: Net, before: Snapshot, after: Snapshot) -> Change:
    """The hops that other facts end and begin.

    The facts may differ in users, groups, roles, policies, instance profiles, providers and the
    policies of the organization; of roles and users none may be new.
    """
    world_of(after).learn(world_of(before))
    touched = _touched(before, after)
    gone = {*before.users, *before.roles} - {*after.users, *after.roles}
    ended = dict(_hops_now(net, before, touched, gone))
    begun = dict(_hops_then(before, after, touched, gone))
    return Change(
        list(ended.values()),
        list(begun.values()),
        gone=frozenset(gone),
        before=before,
        after=after,
    )


_Keyed = Iterator[tuple[tuple[str, str, str], Hop]]


def _keyed(hops: Iterable[Hop]) -> _Keyed:
    for hop in hops:
        if hop.source != hop.target:
            yield (hop.source, hop.target, hop.operation), hop


def _hops_now(net: Net, before: Snapshot, touched: _Touched, gone: Collection[str]) -> _Keyed:
    for hops in net.out({*touched.callers, *gone}).values():
        yield from _keyed(hops)
    for hops in net.into({*touched.targets, *(gone & before.roles.keys())}).values():
        yield from _keyed(hops)
    singles = touched.entries | touched.ended
    for hops in net.into({role for _, role in singles}).values():
        yield from _keyed(hop for hop in hops if (_base(hop.source), hop.target) in singles)


def _hops_then(
    before: Snapshot, after: Snapshot, touched: _Touched, gone: Collection[str]
) -> _Keyed:
    whole = touched.targets - set(gone)
    for role in whole:
        yield from _keyed(map(hop_of, edges_into(after, role)))
    for key in touched.callers - set(gone):
        principal = after.users.get(key) or after.roles[key]
        roles = trusting(after, principal, before) - whole
        yield from _keyed(map(hop_of, edges_from(after, principal, roles)))
    for role in {role for _, role in touched.entries} - whole:
        hops = map(hop_of, edges_into(after, role))
        yield from _keyed(hop for hop in hops if (_base(hop.source), role) in touched.entries)


def _base(source: str) -> str:
    """A service as its short name, a subject as its provider."""
    return arns.service_of(source) or source.partition("#")[0]


_HELD = ("attached", "inline", "boundary")


def _touched(before: Snapshot, after: Snapshot) -> _Touched:
    touched = _Touched()
    for key in _differing(before.users, after.users):
        touched.callers.add(key)
    for key in _differing(before.roles, after.roles):
        _of_role(before.roles[key], after.roles.get(key), touched)
    for key in _differing(before.groups, after.groups):
        touched.callers.update(before.members.get(key, ()))
    for key in _differing(before.policies, after.policies):
        _of_policy(before, key, touched)
    for key in _differing(before.instance_profiles, after.instance_profiles):
        for side in (before, after):
            profile = side.instance_profiles.get(key)
            touched.entries.update((_EC2, role) for role in (profile.roles if profile else ()))
    for held, then in (
        (before.saml_providers, after.saml_providers),
        (before.oidc_providers, after.oidc_providers),
    ):
        for key in held.keys() - then.keys():
            _of_provider(before, held[key], touched)
    if before.organization is not None and before.organization is not after.organization:
        _of_organization(before, before.organization, after.organization, touched)
    touched.callers &= {*after.users, *after.roles}
    touched.targets &= after.roles.keys()
    touched.entries = {(base, role) for base, role in touched.entries if role in after.roles}
    return touched


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    if before is after:
        return []
    return [key for key, held in before.items() if after.get(key) is not held]


def _of_role(before: Role, after: Role | None, touched: _Touched) -> None:
    if after is None:
        return
    if before.trust is not after.trust:
        touched.targets.add(before.arn)
        touched.callers.add(before.arn)  # what its sessions may hold, MFA say, is said there
    if before.instance_profiles != after.instance_profiles:
        touched.entries.add((_EC2, before.arn))
    if any(getattr(before, part) != getattr(after, part) for part in _HELD):
        touched.callers.add(before.arn)


def _of_policy(snapshot: Snapshot, policy: str, touched: _Touched) -> None:
    mentions = mentions_of(snapshot)
    for holder in (*mentions.attached_to(policy), *mentions.bounded_by(policy)):
        if isinstance(holder, Group):
            touched.callers.update(snapshot.members.get(holder.arn, ()))
        else:
            touched.callers.add(holder.arn)
    touched.entries.update(mentions.sessions_under(policy))


def _of_provider(
    snapshot: Snapshot, provider: SamlProvider | OidcProvider, touched: _Touched
) -> None:
    """C-44: a role of another account asks for a provider of its own account."""
    for mention in mentions_of(snapshot).principal("Federated", provider.arn):
        role = snapshot.roles.get(mention.holder)
        if role is not None and role.account == provider.account:
            touched.ended.add((provider.arn, role.arn))


def _of_organization(
    snapshot: Snapshot, before: Organization, after: Organization | None, touched: _Touched
) -> None:
    """C-37, C-43: control policies bind the callers of an account, and the roles in it."""
    for kind in (PolicyKind.SCP, PolicyKind.RCP):
        changed = {
            target
            for target in before.targets
            if _attached(before, target, kind) != _attached(after, target, kind)
        }
        if not changed:
            continue
        world = world_of(snapshot)
        accounts = {a for a in snapshot.accounts if not changed.isdisjoint(world.path(a))}
        if kind is PolicyKind.RCP:
            touched.targets.update(r.arn for r in snapshot.roles.values() if r.account in accounts)
            continue
        for everybody in (snapshot.users, snapshot.roles):
            touched.callers.update(arn for arn in everybody if arns.account_of(arn) in accounts)
        unread = {account for account in accounts if not snapshot.is_collected(account)}
        touched.targets.update(naming_accounts(snapshot, unread))


def _attached(organization: Organization | None, target: str, kind: PolicyKind) -> list[Policy]:
    if organization is None:
        return []
    found = (organization.policies.get(key) for key in organization.targets.get(target, ()))
    return [policy for policy in found if policy is not None and policy.kind is kind]
