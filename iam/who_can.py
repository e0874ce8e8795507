"""Everyone who may do one action on one resource, outright and under conditions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iam import arn as arns
from iam.assume import edges_into
from iam.authorize import OPERATIONS, Request, authorize
from iam.caller import role_named
from iam.chain import is_service
from iam.decision import Requirements, Verdict
from iam.layers.resource import policy_of
from iam.model import Role, Snapshot, User
from iam.world import world_of


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoCan:
    """Keys of those who may outright, and of those who may under requirements; both sorted.

    ``assumptions`` are those of every decision that was made for it.
    """

    allow: tuple[str, ...]
    conditional: tuple[tuple[str, Requirements], ...]
    assumptions: tuple[str, ...] = ()


def who_can(
    snapshot: Snapshot,
    resource: str,
    action: str = "sts:AssumeRole",
    *,
    context: Mapping[str, tuple[str, ...]] | None = None,
    context_complete: bool = False,
    session_policies: Sequence[Any] = (),
    among: Sequence[str] = (),
) -> WhoCan:
    """Everyone of the snapshot, and those outside it that a policy names.

    Args:
        snapshot: The facts.
        resource: ARN of the resource.
        action: The action; any of the assume operations for a role means all of them.
        context: Condition keys that are known.
        context_complete: Whether a key that is neither there nor readable is absent.
        session_policies: Documents that limit every caller's session.
        among: ARNs and account ids to narrow the answer to; empty for everyone.
    """
    allow: set[str] = set()
    conditional: dict[str, Requirements] = {}
    assumed: dict[str, set[str]] = {}
    if resource in snapshot.roles and OPERATIONS.get(action.lower(), "").startswith("sts:Assume"):
        for edge in edges_into(
            snapshot,
            resource,
            context=context,
            context_complete=context_complete,
            session_policies=session_policies,
        ):
            assumed.setdefault(edge.source, set()).update(edge.assumptions)
            if edge.verdict is Verdict.ALLOW:
                allow.add(edge.source)
            else:
                conditional.setdefault(edge.source, edge.requirements)
    else:
        for principal in _askers(snapshot, resource, action):
            decision = authorize(
                snapshot,
                Request(
                    principal=principal,
                    resource=resource,
                    action=action,
                    context=context or {},
                    context_complete=context_complete,
                    session_policies=session_policies,
                ),
            )
            assumed[principal] = set(decision.assumptions)
            if decision.verdict is Verdict.ALLOW:
                allow.add(principal)
            elif decision.verdict is Verdict.CONDITIONAL:
                conditional[principal] = decision.requirements
    wanted = set(among)

    def kept(key: str) -> bool:
        return not wanted or key in wanted or arns.account_of(key) in wanted

    return WhoCan(
        allow=tuple(sorted(filter(kept, allow))),
        conditional=tuple(
            (key, conditional[key]) for key in sorted(conditional) if key not in allow and kept(key)
        ),
        assumptions=tuple(sorted({text for key in filter(kept, assumed) for text in assumed[key]})),
    )


def _askers(snapshot: Snapshot, resource: str, action: str) -> list[str]:
    """Principals with a statement for the action, and whom the resource's policy names."""
    world = world_of(snapshot)
    found: set[str] = set()
    held = policy_of(snapshot, resource)
    named_everyone = False
    partition = arns.partition_of(resource)
    if held is not None and held.policy is not None:
        for statement in world.document(held.policy).statements:
            if statement.effect != "Allow":
                continue
            for kind, value in statement.principals or ():
                if kind == "AWS" and (value == "*" or statement.not_principal):
                    named_everyone = True
                    found.add("*")
                elif kind == "AWS":
                    found.update(_named(snapshot, value, partition))
                elif kind in ("Service", "Federated"):
                    found.add(value)
    for grant in snapshot.grants.values():
        if grant.key == resource:
            for value in filter(None, (grant.grantee, grant.retiring)):
                found.update([value] if is_service(value) else _named(snapshot, value, partition))
    everybody: list[User | Role] = [*snapshot.users.values(), *snapshot.roles.values()]
    for entity in everybody:
        body = world.identity_for(entity, action)
        if (
            named_everyone
            or body.unread
            or body.unparsed
            or any(b.statement.effect == "Allow" for b in body.bound)
        ):
            found.add(entity.arn)
    return sorted(found)


def _named(snapshot: Snapshot, value: str, partition: str) -> list[str]:
    """Whom an AWS principal stands for beyond those whose own policies are looked through."""
    if arns.ACCOUNT_ID.fullmatch(value):
        value = arns.root_of(value, partition)
    parsed = arns.parse(value)
    if parsed is None or parsed.is_account_root:
        # The principals of a collected account are decided one by one.
        stranger = parsed is not None and not snapshot.is_collected(parsed.account)
        return [value] if stranger else []
    if parsed.type == "assumed-role":
        name = parsed.resource.partition("/")[2].partition("/")[0]
        held = role_named(snapshot, parsed.account, name)
        if held is not None:
            return [held.arn]
    there = value in snapshot.users or value in snapshot.roles
    return [value] if there or not snapshot.is_collected(parsed.account) else []
