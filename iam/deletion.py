"""A deletion is rehearsed, never tried: what AWS would refuse, what would break, and the calls.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage_delete.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
"""

from collections.abc import Iterable, Sequence
from typing import Any

from iam import arn as arns
from iam import linked_roles
from iam.assume import AssumeEdge, assume_edges
from iam.change import deletion
from iam.errors import UnknownNameError
from iam.impact import HIGH, MEDIUM, soft_blockers
from iam.ledger import Net, Pairs, pairs
from iam.mentions import mentions_of
from iam.model import CREDENTIALS, Policy, Role, Snapshot, User
from iam.operator import Ability, ability
from iam.removal import (
    KINDS,
    Blocker,
    Entity,
    Removal,
    find,
    is_listed,
    last_step,
    protection,
    refusals,
    removals,
    unassign,
)
from iam.runbook import runbook
from iam.world import world_of

__all__ = ["Blocker", "hard_blockers", "rehearse"]

PROTECTED, UNKNOWN, BLOCKED = "PROTECTED", "UNKNOWN", "BLOCKED"
DELETABLE_WITH_IMPACT, DELETABLE = "DELETABLE_WITH_IMPACT", "DELETABLE"

_REFUSED = ("denied", "throttled", "error", "skipped")
_LISTS = ("RolePolicyList", "AttachedManagedPolicies", "InstanceProfileList", "GroupList")
_BY_ARN = {
    "role": "role",
    "user": "user",
    "group": "group",
    "policy": "policy",
    "instance-profile": "instance_profile",
    "saml-provider": "saml_provider",
    "oidc-provider": "oidc_provider",
}


def hard_blockers(snapshot: Snapshot, entity: str) -> tuple[Blocker, ...]:
    """What AWS refuses to delete an entity with; empty also when the entity was not read.

    For a service-linked or reserved role it is the one thing that governs it.
    """
    found = find(snapshot, entity)
    if found is None:
        return ()
    guarded = protection(snapshot, found)
    if guarded is not None:
        return (guarded, *refusals(found))
    return tuple(removal.blocker for removal in removals(snapshot, found))


def rehearse(
    snapshot: Snapshot,
    entity: str,
    *,
    edges: Iterable[AssumeEdge] | Net | None = None,
    operator: str = "",
) -> dict[str, Any]:
    """The ``blockers`` answer for a role, user, group, policy, instance profile or provider.

    Args:
        snapshot: The facts.
        entity: Its ARN.
        edges: The decided edges, or where to look them up; otherwise they are decided here.
        operator: ARN of a principal who would do it: what policies deny it becomes a blocker.

    Raises:
        UnknownNameError: The account was read and holds no such entity.
    """
    found = find(snapshot, entity)
    if found is None:
        return _not_read(snapshot, entity)
    kind = KINDS[type(found)]
    net = net_of(snapshot, edges)
    guarded = protection(snapshot, found)
    steps = [] if guarded is not None else removals(snapshot, found)
    hard = [_hard(guarded)] if guarded is not None else [_hard(step.blocker) for step in steps]
    hard += _refused_before(found)
    soft = soft_blockers(snapshot, found, net)
    may = ability(snapshot, found, steps, guarded, operator) if operator else Ability()
    hard += may.hard
    soft += may.soft
    ends = Pairs()
    if guarded is None or isinstance(found, Role):
        ends = pairs(net, deletion(net, snapshot, found))
    plan = _plan(snapshot, found, steps, guarded)
    answer: dict[str, Any] = {"entity": entity, "entity_kind": kind}
    if isinstance(found, Role):
        answer["role"] = entity
    answer |= {
        "verdict": _verdict(
            guarded is not None,
            _is_doubtful(snapshot, found),
            bool(hard),
            bool(ends.lost or ends.gained) or any(s.confidence in (HIGH, MEDIUM) for s in soft),
        ),
        "hard": hard,
        "soft": [one.to_json() for one in soft],
        "lost": ends.lost,
        "kept": ends.kept,
        "gained": ends.gained,
        "closed": ends.closed,
        "plan": plan,
        "runbook": runbook(snapshot, found, steps, protected=guarded is not None) if plan else {},
        "not_looked_at": _not_looked_at(snapshot, found),
        "coverage": _coverage(snapshot),
    }
    if operator:
        answer["operator"] = {"principal": operator, "steps": may.steps}
    if ends.truncated:
        answer["pairs_truncated"] = True
    if isinstance(found, Role) and found.is_service_linked:
        answer["slr"] = linked_roles.predict(snapshot, found)
    return answer


def rehearse_roles(
    snapshot: Snapshot,
    account: str,
    *,
    edges: Iterable[AssumeEdge] | Net | None = None,
    operator: str = "",
) -> list[dict[str, Any]]:
    """Every role of an account rehearsed by itself, in numbers: the freest first.

    Raises:
        UnknownNameError: The roles of this account were not read.
    """
    if not snapshot.is_collected(account):
        raise UnknownNameError(f"{account}: the roles of this account were not read")
    net = net_of(snapshot, edges)
    rows = []
    for arn in mentions_of(snapshot).roles_of.get(account, ()):
        found = rehearse(snapshot, arn, edges=net, operator=operator)
        role = snapshot.roles[arn]
        rows.append(
            {
                "role": arn,
                "name": role.name,
                "verdict": found["verdict"],
                **{part: len(found[part]) for part in ("hard", "soft", "lost", "kept")},
                "last_used": role.last_used.date().isoformat() if role.last_used else "",
            }
        )
    order = (DELETABLE, DELETABLE_WITH_IMPACT, BLOCKED, UNKNOWN, PROTECTED)
    return sorted(
        rows,
        key=lambda row: (order.index(row["verdict"]), row["hard"], row["lost"], row["soft"]),
    )


def net_of(snapshot: Snapshot, edges: Iterable[AssumeEdge] | Net | None = None) -> Net:
    """The hops of a snapshot; decided once, however many deletions are rehearsed."""
    if isinstance(edges, Net):
        return edges
    if edges is not None:
        return Net.of(edges)
    memo = world_of(snapshot).memo
    found = memo.get("deletion_net")
    if not isinstance(found, Net):
        found = memo["deletion_net"] = Net.of(assume_edges(snapshot))
    return found


def _verdict(is_protected: bool, is_doubtful: bool, is_blocked: bool, breaks: bool) -> str:
    """F-2, in the order in which one outweighs the next."""
    if is_protected:
        return PROTECTED
    if is_doubtful:
        return UNKNOWN
    if is_blocked:
        return BLOCKED
    return DELETABLE_WITH_IMPACT if breaks else DELETABLE


def _is_doubtful(snapshot: Snapshot, entity: Entity) -> bool:
    """Whether hard facts were not read: a list of the entity was unreadable, or a user's keys."""
    if isinstance(entity, User) and (
        entity.has_credentials is None or entity.mfa_devices is None or _refused(snapshot, entity)
    ):
        return True
    if isinstance(entity, Policy) and entity.attachment_count is None:
        return True
    if not entity.place:
        return False
    places = [f"{entity.place}/{name}" for name in _LISTS]
    return any(place in note for note in mentions_of(snapshot).notes for place in places)


def _refused(snapshot: Snapshot, user: User) -> bool:
    """Whether AWS was asked what the user signs in with and did not tell it all."""
    asked = set(CREDENTIALS.values())
    return any(
        line.account == user.account
        and line.service == "iam"
        and line.operation in asked
        and line.status in _REFUSED
        and line.resource in ("", user.name)
        for line in snapshot.coverage
    )


def _not_read(snapshot: Snapshot, entity: str) -> dict[str, Any]:
    parsed = arns.parse(entity)
    kind = _BY_ARN.get(parsed.type, "") if parsed is not None and parsed.service == "iam" else ""
    if not kind:
        raise UnknownNameError(
            f"{entity}: not a role, user, group, policy, instance profile or provider",
            help="give the ARN of something that IAM can delete",
        )
    account = arns.account_of(entity)
    if snapshot.is_collected(account):
        raise UnknownNameError(f"{entity}: account {account} was read and holds no such {kind}")
    is_aws = account == "aws"
    answer: dict[str, Any] = {"entity": entity, "entity_kind": kind}
    if kind == "role":
        answer["role"] = entity
    return answer | {
        "verdict": PROTECTED if is_aws else UNKNOWN,
        "hard": [_hard(Blocker("aws_managed_policy", "aws", ""))] if is_aws else [],
        "soft": [],
        "lost": [],
        "kept": [],
        "gained": [],
        "closed": [],
        "plan": [],
        "runbook": {},
        "not_looked_at": ["the entity itself"],
        "coverage": _coverage(snapshot),
    }


def _refused_before(entity: Entity) -> list[dict[str, str]]:
    """What AWS named when somebody submitted the deletion before, with its answer (E-15)."""
    task = linked_roles.last_task(entity) if isinstance(entity, Role) else None
    if task is None:
        return []
    regions: dict[str, list[str]] = {}
    for region, resource in task.usage:
        regions.setdefault(resource, []).append(region)
    found = []
    for blocker in refusals(entity):
        where = ", ".join(filter(None, regions.get(blocker.id, ())))
        said = f"{task.evidence} ({where})" if where else task.evidence
        found.append({**_hard(blocker), "evidence": said})
    return found


def _hard(blocker: Blocker) -> dict[str, str]:
    return {"kind": blocker.kind, "id": blocker.id, "call": blocker.call}


def _plan(
    snapshot: Snapshot, entity: Entity, steps: Sequence[Removal], guarded: Blocker | None
) -> list[dict[str, str]]:
    """F-3: the calls in order, the deletion last; nothing for what nobody but AWS may delete."""
    if isinstance(entity, Role) and entity.is_reserved:
        return [step.to_json() for step in unassign(snapshot, entity)]
    if guarded is not None and guarded.kind != "service_linked_role":
        return []
    if isinstance(entity, Role) and entity.is_service_linked and linked_roles.is_permanent(entity):
        return []
    return [*(s.step.to_json() for s in steps), last_step(snapshot, entity).to_json()]


# --- what could not be seen -----------------------------------------------------------------------

_NEVER = {
    "role": ("sessions that are running", "RAM shares, Lake Formation permissions"),
}


def _not_looked_at(snapshot: Snapshot, entity: Entity) -> list[str]:
    """F-2: a rehearsal never says that a deletion is safe; it says what it did not look at."""
    found = []
    account = getattr(entity, "account", "")
    regional = any(
        line.region not in ("global", "") and line.status == "complete"
        for line in mentions_of(snapshot).coverage(account)
    )
    if isinstance(entity, Role):
        if not regional and account not in mentions_of(snapshot).accounts_with_workloads:
            found.append(f"resources of account {account} that may run with it")
        if not entity.last_used_known:
            found.append("when it was last used")
        if entity.is_reserved and snapshot.assignments is None:
            found.append("the assignments of its permission set")
        if entity.trust is None or world_of(snapshot).document(entity.trust).unparsed:
            found.append("who enters it: its trust policy cannot be read")
    if isinstance(entity, User) and entity.has_credentials is None:
        found.append("its password, access keys and MFA devices (the credential report)")
    if isinstance(entity, Role | User) and not snapshot.resource_policies:
        found.append("policies of resources that may name it")
    others = sorted(a.id for a in snapshot.accounts.values() if not a.collected)
    if isinstance(entity, Role | User) and others:
        found.append(f"roles of accounts that were not read: {', '.join(others[:5])}")
    if isinstance(entity, User):
        unlisted = [_SAID[kind] for kind in _SAID if not is_listed(snapshot, entity, kind)]
        found += [f"its {', '.join(unlisted)}"] if unlisted else []
    unread = isinstance(entity, Role | User) and not mentions_of(snapshot).are_grants_read
    return [*found, *_NEVER.get(KINDS[type(entity)], ()), *(("KMS grants",) if unread else ())]


_SAID = {
    "access_key": "inactive access keys",
    "signing_certificate": "signing certificates",
    "ssh_key": "SSH keys",
    "service_credential": "service-specific credentials",
}
"""What keeps a user from being deleted and the credential report does not say."""

_SEEN = ("complete", "not-enabled", "not-available")


def _coverage(snapshot: Snapshot) -> dict[str, Any]:
    """What was asked for and not seen."""
    unseen = [
        {
            "account": line.account,
            "region": line.region,
            "service": line.service,
            "operation": line.operation,
            "status": line.status,
            "missing_action": line.missing_action,
        }
        for line in snapshot.coverage
        if line.status not in _SEEN
    ]
    return {"complete": not unseen, "not_seen": unseen}
