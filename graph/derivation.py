"""What several kinds need of one snapshot is worked out once: decided edges, principals, counts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from iam import arn as arns
from iam.assume import AssumeEdge, TrustEdge, assume_edges, trust_edges
from iam.model import Account, Policy, Snapshot
from iam.progress import NoProgress, Progress

from graph.reach import Counts, counts


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
        for role in self.snapshot.roles.values():
            if role.linked_service:
                found.setdefault(role.linked_service, Outsider(role.linked_service, "Service"))
        return found

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
        return self.reach.get(key, Counts(0, 0, 0))

    @cached_property
    def accounts(self) -> Mapping[str, Account]:
        """Accounts of the snapshot by the key of their node."""
        return {account.root_arn: account for account in self.snapshot.accounts.values()}

    def account_key(self, id: str) -> str:
        """Key of the node of an account; empty when the snapshot does not hold it."""
        account = self.snapshot.accounts.get(id)
        return account.root_arn if account is not None else ""

    @cached_property
    def policies(self) -> Mapping[str, Policy]:
        """Every policy document of the snapshot by key, whatever it is attached to."""
        snapshot = self.snapshot
        found: dict[str, Policy] = dict(snapshot.policies)
        for holder in (
            *snapshot.users.values(),
            *snapshot.groups.values(),
            *snapshot.roles.values(),
        ):
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
        for holder in (
            *snapshot.users.values(),
            *snapshot.groups.values(),
            *snapshot.roles.values(),
        ):
            named.update(holder.attached)
        for bounded in (*snapshot.users.values(), *snapshot.roles.values()):
            if bounded.boundary:
                named.add(bounded.boundary)
        if snapshot.organization is not None:
            for targets in snapshot.organization.targets.values():
                named.update(targets)
        return tuple(sorted(named - self.policies.keys()))
