"""The model comes back out of a store as it went in, so that any pair can be decided again."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from graph.codec import decode
from iam.errors import StoreLoadingError, StoreUnavailableError
from iam.model import (
    Account,
    Assignment,
    Coverage,
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
    Use,
    User,
    Workload,
)

T = TypeVar("T")
Props = Mapping[str, Any]
_PAGE = 2000
_TRIES = 3
_ORGANIZATIONAL = (PolicyKind.SCP, PolicyKind.RCP)


class Rows(Protocol):
    """What a store answers."""

    @property
    def rows(self) -> Sequence[Mapping[str, Any]]:
        """One mapping per row, by column."""


class Reader(Protocol):
    """What is asked of a store here."""

    def read(self, cypher: str, params: Mapping[str, Any]) -> Rows:
        """Run one statement that only reads."""


def read_snapshot(store: Reader) -> Snapshot:
    """The snapshot that a store was loaded with.

    Args:
        store: An open store.

    Raises:
        StoreUnavailableError: Nothing has been loaded.
        StoreLoadingError: It was loaded anew again and again while it was being read.
    """
    return _steadily(store, lambda head: _read(store, head))


def read_coverage(store: Reader) -> tuple[Coverage, ...]:
    """The coverage ledger alone: a query's answer needs no more of the snapshot.

    Raises:
        StoreUnavailableError: Nothing has been loaded.
        StoreLoadingError: It was loaded anew again and again while it was being read.
    """
    return _steadily(store, lambda _: _coverage(store))


def read_layers(store: Reader) -> Snapshot:
    """Accounts and organization alone: they say which layers of policies were collected.

    Raises:
        StoreUnavailableError: Nothing has been loaded.
        StoreLoadingError: It was loaded anew again and again while it was being read.
    """
    return _steadily(
        store,
        lambda head: Snapshot(
            id=head["id"],
            accounts={account.id: account for account in _accounts(store)},
            organization=_organization(store, {}),
        ),
    )


def _steadily(store: Reader, read: Callable[[Props], T]) -> T:
    """What was read of one and the same snapshot."""
    for _ in range(_TRIES):
        before = _snapshot(store)
        found = read(before)
        if _snapshot(store) == before:
            return found
    raise StoreLoadingError(
        "the store changed while it was being read",
        help="ask again when the load is done",
    )


def _snapshot(store: Reader) -> Props:
    found = list(_nodes(store, "Snapshot"))
    if not found:
        raise StoreUnavailableError(
            "the store holds no snapshot", help="rolepath demo, or rolepath ingest files PATH"
        )
    return found[0]


def _read(store: Reader, head: Props) -> Snapshot:
    documents = {row["arn"]: row for row in _nodes(store, "Policy") if not row["named_only"]}
    policies = {arn: decode(Policy, row) for arn, row in documents.items()}
    users = _all(store, User, policies)
    roles = _all(store, Role, policies)
    taken_at = head.get("taken_at")
    return Snapshot(
        id=head["id"],
        taken_at=datetime.fromisoformat(taken_at) if taken_at else None,
        accounts={account.id: account for account in _accounts(store)},
        organization=_organization(store, policies),
        users=users,
        groups=_all(store, Group, policies),
        roles=roles,
        policies={a: p for a, p in policies.items() if p.kind is PolicyKind.MANAGED},
        instance_profiles=_all(store, InstanceProfile),
        saml_providers=_all(store, SamlProvider),
        oidc_providers=_all(store, OidcProvider),
        workloads=_workloads(store),
        permission_sets=_all(store, PermissionSet),
        identity_center_users=_all(store, IdentityCenterUser, key="key"),
        identity_center_groups=_all(store, IdentityCenterGroup, key="key"),
        assignments=_assignments(store) if head["assignments_known"] else None,
        resource_policies={
            row["resource"]: _resource_policy(row, policies[arn])
            for arn, row in documents.items()
            if "resource" in row
        },
        grants=_all(store, Grant),
        uses=_all(store, Use),
        former={
            row["arn"]: row["meant"] for row in _nodes(store, "ExternalPrincipal") if "meant" in row
        },
        coverage=_coverage(store),
    )


def _coverage(store: Reader) -> tuple[Coverage, ...]:
    rows = sorted(_nodes(store, "Coverage"), key=lambda row: int(row["position"]))
    return tuple(decode(Coverage, row) for row in rows)


def _nodes(store: Reader, label: str) -> Iterator[dict[str, Any]]:
    """Properties of every node of a label, in order of key, page by page."""
    cypher = (
        f"MATCH (n:{label}) WHERE n.arn > $after"
        " RETURN n {.*} AS props ORDER BY n.arn LIMIT $limit"
    )
    after = ""
    while True:
        page = store.read(cypher, {"after": after, "limit": _PAGE}).rows
        for row in page:
            yield {name: value for name, value in row["props"].items() if value is not None}
        if len(page) < _PAGE:
            return
        after = page[-1]["props"]["arn"]


def _all(
    store: Reader, cls: type[T], policies: Mapping[str, Policy] | None = None, key: str = "arn"
) -> dict[str, T]:
    """Every entity of a kind that was itself read, by key."""
    return {
        row["arn"]: decode(cls, row, policies, **{key: row["arn"]})
        for row in _nodes(store, cls.__name__)
        if not row.get("named_only")
    }


def _accounts(store: Reader) -> Iterator[Account]:
    for row in _nodes(store, "Account"):
        yield decode(Account, row, id=row["account"], name=row["account_name"])


def _organization(store: Reader, policies: Mapping[str, Policy]) -> Organization | None:
    for row in _nodes(store, "Organization"):
        units = [
            decode(OrganizationalUnit, unit, arn=_stated(unit))
            for unit in _nodes(store, "OrganizationalUnit")
        ]
        targets = json.loads(row["targets"])
        return decode(
            Organization,
            row,
            arn=_stated(row),
            units={unit.id: unit for unit in sorted(units, key=lambda unit: unit.id)},
            policies={a: p for a, p in policies.items() if p.kind in _ORGANIZATIONAL},
            targets={target: tuple(held) for target, held in targets.items()},
            delegated_administrators=tuple(
                (account, service)
                for account, service in json.loads(row["delegated_administrators"])
            ),
        )
    return None


def _stated(row: Props) -> str:
    """The ARN as AWS stated it; empty where an id stands for it."""
    return row["arn"] if row["has_arn"] else ""


def _workloads(store: Reader) -> tuple[Workload, ...]:
    found: list[tuple[int, Workload]] = []
    for row in _nodes(store, "Workload"):
        for use in json.loads(row["uses"]):
            found.append((use["position"], decode(Workload, use, arn=row["arn"])))
    return tuple(workload for _, workload in sorted(found, key=lambda pair: pair[0]))


def _resource_policy(row: Props, policy: Policy) -> ResourcePolicy:
    return ResourcePolicy(
        resource=row["resource"],
        account=row["resource_account"],
        region=row["resource_region"],
        policy=None if row["is_absent"] else policy,
        tags=tuple((key, value) for key, value in json.loads(row["resource_tags"])),
    )


def _assignments(store: Reader) -> tuple[Assignment, ...]:
    cypher = (
        "MATCH (s:PermissionSet)<-[a:ASSIGNED]-(p) WHERE a.position > $after"
        " RETURN a.position AS position, a.account AS account, a.principal_type AS principal_type,"
        " p.arn AS principal, s.arn AS permission_set ORDER BY position LIMIT $limit"
    )
    found: list[Assignment] = []
    after = -1
    while True:
        page = store.read(cypher, {"after": after, "limit": _PAGE}).rows
        for row in page:
            after = row["position"]
            found.append(
                Assignment(**{name: value for name, value in row.items() if name != "position"})
            )
        if len(page) < _PAGE:
            return tuple(found)
