"""What several kinds need of one snapshot is worked out once: decided edges, principals, counts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from graph.codec import text
from graph.reach import Counts, counts
from graph.schema import Value
from iam import arn as arns
from iam import linked_roles
from iam.admin import is_administrator
from iam.assume import AssumeEdge, TrustEdge, assume_edges, trust_edges
from iam.dead_ids import DeadId, dead_ids
from iam.model import Account, Group, Policy, ResourcePolicy, Role, Snapshot, User, Workload
from iam.progress import NoProgress, Progress
from iam.removal import Blocker, Entity, Removal, protection, refusals, removals
from iam.world import world_of

SIGN_ON = "sso.amazonaws.com"
"""The service behind whatever IAM Identity Center keeps."""


@dataclass(frozen=True, slots=True)
class Outsider:
    """A principal that is only named: by a trust policy, or by an edge that was decided."""

    arn: str
    kind: str
    dangling: bool = False

    @property
    def account(self) -> str:
        """Account of its ARN; empty when there is none."""
        return arns.account_of(self.arn.partition("#")[0])


@dataclass(frozen=True, slots=True)
class Blocking:
    """A hard blocker with the keys of its two ends."""

    thing: str
    entity: str
    blocker: Blocker


class Derivation:
    """A snapshot with everything that was decided about it.

    Args:
        snapshot: The facts.
        progress: Told of the deciding, role by role.
    """

    def __init__(self, snapshot: Snapshot, progress: Progress | None = None) -> None:
        self.snapshot = snapshot
        self._progress = progress or NoProgress()

    @cached_property
    def assumptions(self) -> list[AssumeEdge]:
        """Every decided edge; two with the same ends and operation become one."""
        self._progress.start(len(self.snapshot.roles), "roles", "deciding")
        found = {
            (edge.source, edge.role, edge.operation): edge
            for edge in assume_edges(self.snapshot, self._progress.advance)
        }
        self._progress.finish()
        return list(found.values())

    @cached_property
    def trusts(self) -> list[TrustEdge]:
        """Everything that trust policies name."""
        return list(trust_edges(self.snapshot))

    @cached_property
    def dead_ids(self) -> list[DeadId]:
        """Everywhere that the unique id of a deleted principal stands."""
        return list(dead_ids(self.snapshot))

    @cached_property
    def outsiders(self) -> Mapping[str, Outsider]:
        """Principals that are no entity of the snapshot, by key."""
        found: dict[str, Outsider] = {}
        for edge in self.assumptions:
            if edge.source_kind not in ("User", "Role", "IdentityCenterUser"):
                found.setdefault(edge.source, Outsider(edge.source, edge.source_kind))
        for trust in self.trusts:
            if trust.principal_kind not in ("User", "Role", "Account"):
                found.setdefault(
                    trust.principal,
                    Outsider(trust.principal, trust.principal_kind, trust.dangling),
                )
        for gone in (*(dead.id for dead in self.dead_ids), *self.snapshot.former):
            found.setdefault(gone, Outsider(gone, "ExternalPrincipal", dangling=True))
        for blocking in self.blockings:
            if blocking.blocker.kind == "service_linked_role" or blocking.thing == SIGN_ON:
                found.setdefault(blocking.thing, Outsider(blocking.thing, "Service"))
        # What was read stands for itself, also where it is no principal: AWS takes no group, policy
        # or profile as one, so a trust policy that names it names nobody.
        return {key: named for key, named in found.items() if key not in self._read}

    @cached_property
    def _read(self) -> frozenset[str]:
        """Keys of everything that the snapshot holds and that a policy could name."""
        snapshot = self.snapshot
        return frozenset(
            chain(
                snapshot.users,
                snapshot.roles,
                snapshot.groups,
                snapshot.instance_profiles,
                snapshot.saml_providers,
                snapshot.oidc_providers,
                snapshot.permission_sets,
                snapshot.identity_center_users,
                snapshot.identity_center_groups,
                self.policies,
                self.accounts,
            )
        )

    def named(self, kind: str) -> Iterator[Outsider]:
        """Outsiders of one kind, by key."""
        for key in sorted(self.outsiders):
            if self.outsiders[key].kind == kind:
                yield self.outsiders[key]

    @cached_property
    def reach(self) -> Mapping[str, Counts]:
        """How many principals each one reaches and is reached by."""
        return counts(
            ((edge.source, edge.role) for edge in self.assumptions),
            ((e.source, e.role) for e in self.assumptions if e.verdict.value == "allow"),
        )

    def reach_of(self, key: str) -> Counts:
        """The counts of one principal; zeros when no edge touches it."""
        return self.reach.get(key, Counts())

    @cached_property
    def accounts(self) -> Mapping[str, Account]:
        """Accounts of the snapshot by the key of their node."""
        return {account.root_arn: account for account in self.snapshot.accounts.values()}

    def account_key(self, id: str) -> str:
        """Key of the node of an account; empty when the snapshot does not hold it."""
        account = self.snapshot.accounts.get(id)
        return account.root_arn if account is not None else ""

    def account_name(self, id: str) -> str:
        """Name of an account; empty when it is not known."""
        account = self.snapshot.accounts.get(id)
        return account.name if account is not None else ""

    def account_of(self, key: str) -> str:
        """Account of a principal's key; empty when it has none."""
        return arns.account_of(key.partition("#")[0])

    def in_organization(self, account: str) -> bool:
        """Whether an account is known to be a member of the organization."""
        return world_of(self.snapshot).organization_of(account) is not None

    def _is_unknown(self, *accounts: str) -> bool:
        """Whether of none it was read that it is in no organization."""
        held = (self.snapshot.accounts.get(account) for account in accounts)
        return all(account is None or not account.organization_known for account in held)

    def is_management(self, account: str) -> bool:
        """Whether an account manages the organization."""
        organization = self.snapshot.organization
        return organization is not None and organization.management_account == account

    def is_outside(self, principal: str, role: str) -> bool:
        """Whether it is everyone, or its account is not known to share the organization.

        Where nobody read an organization, the accounts that were read are taken as one.
        """
        if principal == "*":
            return True
        account, home = self.account_of(principal), self.snapshot.roles[role].account
        if not account or account == home:
            return False
        if self.snapshot.organization is None and self._is_unknown(account, home):
            return not all(map(self.snapshot.is_collected, (account, home)))
        return not (self.in_organization(account) and self.in_organization(home))

    def principal(self, key: str, kind: str, account: str) -> dict[str, Value]:
        """What every principal's node says."""
        reach = self.reach_of(key)
        return {
            "kind": kind,
            "account": account,
            "account_name": self.account_name(account),
            "reaches": reach.reaches,
            "reached_by": reach.reached_by,
            "reached_by_now": reach.reached_by_now,
            "farthest": reach.farthest,
            "farthest_role": text(reach.farthest_role),
        }

    def is_admin(self, arn: str) -> bool:
        """Whether a user or role is an administrator outright."""
        return is_administrator(self.snapshot, arn)

    @cached_property
    def service_roles(self) -> frozenset[str]:
        """Roles whose trust policy lets a service in, by ARN."""
        return frozenset(
            trust.role
            for trust in self.trusts
            if trust.principal_kind == "Service" and trust.effect == "Allow"
        )

    @property
    def snapshot_key(self) -> str:
        """Key of the node of the snapshot."""
        return self.snapshot.id or "unnamed"

    @cached_property
    def organization_key(self) -> str:
        """Key of the node of the organization; empty when there is none."""
        organization = self.snapshot.organization
        return "" if organization is None else organization.arn or organization.id or "o-unnamed"

    def unit_key(self, id: str) -> str:
        """Key of the node of a root or unit that the snapshot holds."""
        organization = self.snapshot.organization
        unit = organization.units.get(id) if organization is not None else None
        return (unit.arn or unit.id) if unit is not None else ""

    @cached_property
    def workloads(self) -> Mapping[str, list[tuple[int, Workload]]]:
        """Every use of a role by the ARN of the resource, each with its place in the list."""
        found: dict[str, list[tuple[int, Workload]]] = {}
        for position, workload in enumerate(self.snapshot.workloads):
            found.setdefault(workload.arn, []).append((position, workload))
        return found

    @cached_property
    def resource_policies(self) -> Mapping[str, ResourcePolicy]:
        """What was read of resources, by the key of the policy's node."""
        return {
            held.policy.arn if held.policy is not None else f"{held.resource}#policy": held
            for held in self.snapshot.resource_policies.values()
        }

    @cached_property
    def blockings(self) -> list[Blocking]:
        """Hard blockers of everything that IAM can delete; providers have none of their own."""
        snapshot = self.snapshot
        found: list[Blocking] = []
        entities: Iterator[Entity] = chain(
            snapshot.roles.values(),
            snapshot.users.values(),
            snapshot.groups.values(),
            snapshot.policies.values(),
            snapshot.instance_profiles.values(),
            snapshot.saml_providers.values(),
        )
        for entity in entities:
            guard = protection(snapshot, entity)
            if guard is not None:
                found.append(Blocking(self._guardian(guard, entity), entity.arn, guard))
                for blocker in refusals(entity):
                    thing = blocker.id if blocker.id in self.workloads else entity.arn
                    found.append(Blocking(thing, entity.arn, blocker))
                continue
            for removal in removals(snapshot, entity):
                thing = self._thing(entity, removal)
                found.append(Blocking(thing, entity.arn, removal.blocker))
        return found

    def _thing(self, entity: Entity, removal: Removal) -> str:
        """Key of what blocks; the entity's own where that has no node, as an access key."""
        kind, id = removal.blocker.kind, removal.blocker.id
        if kind == "inline_policy" and isinstance(entity, User | Role | Group):
            return next(policy.arn for policy in entity.inline if policy.name == id)
        if kind == "attached_policy":
            return id
        if kind in ("role", "group_membership"):
            thing = id if kind == "role" else removal.resource
            return thing if thing in self._read else entity.arn
        if kind == "member":
            members = self.snapshot.members[entity.arn]
            return next(arn for arn in members if arn.rpartition("/")[2] == id)
        return removal.resource

    def prediction(self, blocking: Blocking) -> str | None:
        """What the service of a service-linked role would answer; None for what has no service."""
        role = self.snapshot.roles.get(blocking.entity)
        if role is None or not role.is_service_linked:
            return None
        return str(linked_roles.predict(self.snapshot, role)["prediction"])

    def _guardian(self, guard: Blocker, entity: Entity) -> str:
        """Key of what governs a protected entity; its own where that is AWS."""
        if guard.kind == "aws_managed_policy":
            return entity.arn
        held = guard.id in self.snapshot.permission_sets or guard.id in self.snapshot.saml_providers
        return guard.id if held or guard.kind == "service_linked_role" else SIGN_ON

    @cached_property
    def unread_profiles(self) -> tuple[str, ...]:
        """Instance profiles that only a role names, by ARN."""
        named = {arn for role in self.snapshot.roles.values() for arn in role.instance_profiles}
        return tuple(sorted(named - self.snapshot.instance_profiles.keys()))

    @cached_property
    def unread_permission_sets(self) -> tuple[str, ...]:
        """Permission sets that only an assignment names, by ARN."""
        named = {one.permission_set for one in self.snapshot.assignments or ()}
        return tuple(sorted(named - self.snapshot.permission_sets.keys()))

    @cached_property
    def unread_users(self) -> tuple[str, ...]:
        """Users of identity stores that only an assignment names, by key."""
        return self._unread_assigned("USER")

    @cached_property
    def unread_groups(self) -> tuple[str, ...]:
        """Groups of identity stores that only an assignment names, by key."""
        return self._unread_assigned("GROUP")

    def _unread_assigned(self, kind: str) -> tuple[str, ...]:
        snapshot = self.snapshot
        named = {
            one.principal
            for one in snapshot.assignments or ()
            if (one.principal_type == "GROUP") == (kind == "GROUP")
        }
        read = snapshot.identity_center_users.keys() | snapshot.identity_center_groups.keys()
        return tuple(sorted(named - read))

    @cached_property
    def bounded(self) -> tuple[User | Role, ...]:
        """Everybody who may have a permissions boundary."""
        return (*self.snapshot.users.values(), *self.snapshot.roles.values())

    @cached_property
    def holders(self) -> tuple[User | Role | Group, ...]:
        """Everybody who may have policies."""
        return (*self.bounded, *self.snapshot.groups.values())

    @cached_property
    def policies(self) -> Mapping[str, Policy]:
        """Every policy document of the snapshot by key, whatever it is attached to."""
        snapshot = self.snapshot
        found: dict[str, Policy] = dict(snapshot.policies)
        for holder in self.holders:
            found.update((policy.arn, policy) for policy in holder.inline)
        for role in snapshot.roles.values():
            if role.trust is not None:
                found[role.trust.arn] = role.trust
        if snapshot.organization is not None:
            found.update(snapshot.organization.policies)
        return found

    @cached_property
    def unread_policies(self) -> tuple[str, ...]:
        """Policies that are attached somewhere and were not read, by ARN."""
        snapshot = self.snapshot
        named: set[str] = set()
        for holder in self.holders:
            named.update(holder.attached)
        for bounded in self.bounded:
            if bounded.boundary:
                named.add(bounded.boundary)
        if snapshot.organization is not None:
            for targets in snapshot.organization.targets.values():
                named.update(targets)
        return tuple(sorted(named - self.policies.keys()))
