"""What names, holds or runs with an entity is gathered once per snapshot, then only looked up.

A rehearsal so costs what depends on its entity, not what the organization holds.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from iam import arn as arns
from iam.model import MENTIONS, Coverage, Grant, Group, Policy, Role, Snapshot, Use, User, Workload
from iam.policy import Condition, Statement
from iam.world import World, world_of

Holder = Role | User | Group


@dataclass(frozen=True, slots=True)
class Mention:
    """A statement of a resource-side policy that names a principal; ``value`` is how."""

    holder: str
    policy: Policy
    statement: Statement
    value: str


@dataclass(frozen=True, slots=True)
class Exemption:
    """A condition on ``aws:PrincipalArn`` with one of its values."""

    policy: Policy
    statement: Statement
    condition: Condition
    value: str


class Mentions:
    """The indexes of one snapshot, each made when it is first asked for."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._snapshot = world.snapshot

    def principal(self, kind: str, value: str) -> Sequence[Mention]:
        """Statements that name exactly this value."""
        return self._principals.get((kind, value), ()) if value else ()

    def sessions(self, role: Role) -> Sequence[Mention]:
        """Statements that name a session of a role (A-17)."""
        return self._principals.get(("session", session_start(role)), ())

    def grants(self, named: Iterable[str]) -> list[Grant]:
        """Grants of KMS keys that one of some names uses or may retire; see ``session_start``."""
        found = [grant for name in named if name for grant in self._grants.get(name, ())]
        return list(dict.fromkeys(found))

    @cached_property
    def _grants(self) -> dict[str, list[Grant]]:
        found: dict[str, list[Grant]] = {}
        for grant in self._snapshot.grants.values():
            for key in {session_or_name(grant.grantee), session_or_name(grant.retiring)}:
                found.setdefault(key, []).append(grant)
        return found

    def exemptions(self, name: str) -> Sequence[Exemption]:
        """Conditions on ``aws:PrincipalArn`` with a value that ends in this very name."""
        return self._exemptions.get(name, ())

    def attached_to(self, policy: str) -> Sequence[Holder]:
        """Roles, users and groups that have a policy attached, in order of kind."""
        return self._attached.get(policy, ())

    def bounded_by(self, policy: str) -> Sequence[Role | User]:
        """Roles and users whose permissions boundary it is, in order of kind."""
        return self._bounded.get(policy, ())

    def workloads(self, role: str, profiles: Sequence[str] = ()) -> list[Workload]:
        """Resources that run with a role, or through one of some instance profiles."""
        found = [*self._workloads.get(role, ())] if role else []
        for profile in profiles:
            found += self._workloads.get(profile, ())
        return list(dict.fromkeys(found))

    def of_type(self, account: str, type: str) -> Sequence[Workload]:
        """Resources of an account of a CloudFormation type that run with a role."""
        return self._types.get((account, type), ())

    def mentioning(self, role: str) -> Sequence[tuple[Workload, str]]:
        """Resources that name a role somewhere and do not run with it, each with the field."""
        return self._mentioning.get(role, ())

    @cached_property
    def _mentioning(self) -> dict[str, list[tuple[Workload, str]]]:
        found: dict[str, list[tuple[Workload, str]]] = {}
        for workload in self._snapshot.workloads:
            for key, value in workload.facts:
                if key.startswith(MENTIONS):
                    found.setdefault(value, []).append((workload, key.removeprefix(MENTIONS)))
        return found

    def sessions_under(self, policy: str) -> Sequence[tuple[str, str]]:
        """Services (short names) whose sessions of a role a policy limits, each with the role."""
        return self._limiting.get(policy, ())

    @cached_property
    def _limiting(self) -> dict[str, list[tuple[str, str]]]:
        found: dict[str, list[tuple[str, str]]] = {}
        for workload in self._snapshot.workloads:
            for key, value in workload.facts:
                if key == "sessionPolicyArn":
                    entry = arns.service_of(workload.service), workload.role
                    found.setdefault(value, []).append(entry)
        return found

    def uses(self, role: str) -> Sequence[Use]:
        """What was observed of a role's use."""
        return self._uses.get(role, ())

    @cached_property
    def _uses(self) -> dict[str, list[Use]]:
        found: dict[str, list[Use]] = {}
        for use in self._snapshot.uses.values():
            found.setdefault(use.role, []).append(use)
        return found

    def coverage(self, account: str) -> Sequence[Coverage]:
        """Lines of the coverage ledger about an account."""
        return self._coverage.get(account, ())

    @cached_property
    def are_grants_read(self) -> bool:
        """Whether the grants of any key were listed."""
        return bool(self._snapshot.grants) or any(
            line.operation == "list-grants" and line.status == "complete"
            for line in self._snapshot.coverage
        )

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """Notes of the coverage ledger: what of an answer could not be used."""
        return tuple(line.note for line in self._snapshot.coverage if line.note)

    @cached_property
    def accounts_with_users(self) -> frozenset[str]:
        """Accounts that hold at least one user."""
        return frozenset(user.account for user in self._snapshot.users.values())

    @cached_property
    def accounts_with_workloads(self) -> frozenset[str]:
        """Accounts of which at least one resource that runs with a role was read."""
        return frozenset(workload.account for workload in self._snapshot.workloads)

    @cached_property
    def roles_of(self) -> dict[str, tuple[str, ...]]:
        """ARNs of the roles of each account, sorted."""
        found: dict[str, list[str]] = {}
        for arn in sorted(self._snapshot.roles):
            found.setdefault(self._snapshot.roles[arn].account, []).append(arn)
        return {account: tuple(roles) for account, roles in found.items()}

    @cached_property
    def _principals(self) -> dict[tuple[str, str], list[Mention]]:
        found: dict[tuple[str, str], list[Mention]] = {}
        for holder, policy in resource_side(self._snapshot):
            for statement in self._world.document(policy).statements:
                for kind, value in statement.principals or ():
                    mention = Mention(holder, policy, statement, value)
                    found.setdefault((kind, value), []).append(mention)
                    if kind == "AWS" and (start := session_or_name(value)) != value:
                        found.setdefault(("session", start), []).append(mention)
        return found

    @cached_property
    def _exemptions(self) -> dict[str, list[Exemption]]:
        found: dict[str, list[Exemption]] = {}
        for policy in every_document(self._snapshot):
            for statement in self._world.document(policy).statements:
                for condition in statement.conditions:
                    if condition.key.lower() == "aws:principalarn":
                        for value in condition.values:
                            one = Exemption(policy, statement, condition, value)
                            found.setdefault(value.rpartition("/")[2], []).append(one)
        return found

    @cached_property
    def _holders(self) -> tuple[Holder, ...]:
        snapshot = self._snapshot
        return (*snapshot.roles.values(), *snapshot.users.values(), *snapshot.groups.values())

    @cached_property
    def _attached(self) -> dict[str, list[Holder]]:
        found: dict[str, list[Holder]] = {}
        for holder in self._holders:
            for policy in holder.attached:
                found.setdefault(policy, []).append(holder)
        return found

    @cached_property
    def _bounded(self) -> dict[str, list[Role | User]]:
        found: dict[str, list[Role | User]] = {}
        for holder in self._holders:
            if not isinstance(holder, Group) and holder.boundary:
                found.setdefault(holder.boundary, []).append(holder)
        return found

    @cached_property
    def _workloads(self) -> dict[str, list[Workload]]:
        found: dict[str, list[Workload]] = {}
        for workload in self._snapshot.workloads:
            for key in {workload.role, workload.instance_profile} - {""}:
                found.setdefault(key, []).append(workload)
        return found

    @cached_property
    def _types(self) -> dict[tuple[str, str], list[Workload]]:
        found: dict[tuple[str, str], list[Workload]] = {}
        for workload in self._snapshot.workloads:
            found.setdefault((workload.account, workload.type), []).append(workload)
        return found

    @cached_property
    def _coverage(self) -> dict[str, list[Coverage]]:
        found: dict[str, list[Coverage]] = {}
        for line in self._snapshot.coverage:
            found.setdefault(line.account, []).append(line)
        return found


def session_start(role: Role) -> str:
    """What the ARN of every session of a role begins with."""
    return f"arn:{arns.partition_of(role.arn)}:sts::{role.account}:assumed-role/{role.name}/"


def session_or_name(value: str) -> str:
    """A principal's name; of a role's session what all sessions of the role begin with."""
    head, mark, tail = value.partition(":assumed-role/")
    return f"{head}{mark}{tail.partition('/')[0]}/" if mark else value


def mentions_of(snapshot: Snapshot) -> Mentions:
    """The indexes, kept with the compiled snapshot."""
    world = world_of(snapshot)
    if "mentions" not in world.memo:
        world.memo["mentions"] = Mentions(world)
    return cast("Mentions", world.memo["mentions"])


def resource_side(snapshot: Snapshot) -> Iterator[tuple[str, Policy]]:
    """Every policy that names principals, with what it belongs to."""
    for role in snapshot.roles.values():
        if role.trust is not None:
            yield role.arn, role.trust
    for held in snapshot.resource_policies.values():
        if held.policy is not None:
            yield held.resource, held.policy


def every_document(snapshot: Snapshot) -> Iterator[Policy]:
    """Every policy document of a snapshot, each holder's own ones included."""
    for role in snapshot.roles.values():
        if role.trust is not None:
            yield role.trust
        yield from role.inline
    others: list[User | Group] = [*snapshot.users.values(), *snapshot.groups.values()]
    for holder in others:
        yield from holder.inline
    yield from snapshot.policies.values()
    if snapshot.organization is not None:
        yield from snapshot.organization.policies.values()
    for held in snapshot.resource_policies.values():
        if held.policy is not None:
            yield held.policy
