"""Whether somebody may carry a deletion out is decided call by call, as AWS would decide it.

Source:
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from iam.authorize import Request, authorize
from iam.decision import Decision, Verdict
from iam.impact import LOW, Soft
from iam.model import Group, Role, Snapshot, User
from iam.removal import DELETES, KINDS, Blocker, Entity, Removal

_CHANGED_BY = {
    "scp": "organizations:UpdatePolicy",
    "rcp": "organizations:UpdatePolicy",
    "boundary": "iam:CreatePolicyVersion",
    "identity": "iam:CreatePolicyVersion",
}
_POLICY_KINDS = ("attached_policy", "attachment")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a plan; ``about`` is what it takes away, ``resource`` what AWS decides it on.

    ``resource`` is empty where nobody read whom the call is about.
    """

    phase: str
    action: str
    resource: str
    about: str = ""
    context: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(slots=True)
class Ability:
    """What an operator may do of a plan: blockers, doubts, and every call with its decision."""

    hard: list[dict[str, str]] = field(default_factory=list)
    soft: list[Soft] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)


def ability(
    snapshot: Snapshot,
    entity: Entity,
    steps: Sequence[Removal],
    guarded: Blocker | None,
    operator: str,
) -> Ability:
    """Every call of the plan decided for one operator.

    What is denied of clearing and deleting is a hard blocker. The quarantine is only advised: what
    is denied of it stands among the steps.
    """
    found = Ability()
    denied: dict[str, list[Decision]] = {}
    doubted: dict[str, list[Decision]] = {}
    # A call that several things take, such as the groups of a user, is a blocker once.
    for call in dict.fromkeys(_calls(entity, steps, guarded)):
        step: dict[str, Any] = {
            "phase": call.phase,
            "action": call.action,
            "resource": call.resource,
            "about": call.about,
        }
        if not call.resource:
            found.steps.append({**step, "verdict": "unknown", "why": {}})
            continue
        decision = authorize(
            snapshot,
            Request(
                principal=operator,
                action=call.action,
                resource=call.resource,
                context=dict(call.context),
            ),
        )
        why = decision.to_json()
        told = {part: why[part] for part in ("reasons", "requirements", "near_misses")}
        found.steps.append({**step, "verdict": decision.verdict.value, "why": told})
        into = {Verdict.DENY: denied, Verdict.CONDITIONAL: doubted}.get(decision.verdict)
        if into is not None and call.phase != "quarantine":
            into.setdefault(call.action, []).append(decision)
    for action, decisions in denied.items():
        told_of = dict.fromkeys(_said(decision) for decision in decisions)
        remedy = next(filter(None, map(_remedy, decisions)), "")
        row = {"kind": "denied_by_policy", "id": action, "call": remedy}
        found.hard.append({**row, "evidence": "; ".join(told_of)})
    for action, decisions in doubted.items():
        keys = sorted({atom.key for d in decisions for way in d.requirements for atom in way})
        words = f"allowed only with {', '.join(keys)}"
        found.soft.append(Soft("operator_needs", action, "", LOW, words))
    return found


def _calls(entity: Entity, steps: Sequence[Removal], guarded: Blocker | None) -> Iterator[Call]:
    """The calls of the plan and of its quarantine, in order."""
    if guarded is not None:
        if guarded.call == "iam:DeleteServiceLinkedRole":
            yield Call("delete", guarded.call, entity.arn)
        return
    kind = KINDS[type(entity)]
    if isinstance(entity, Role):
        yield Call("quarantine", "iam:UpdateAssumeRolePolicy", entity.arn)
    if isinstance(entity, Role | User):
        yield Call("quarantine", f"iam:Put{kind.title()}Policy", entity.arn)
        yield Call("quarantine", f"iam:Delete{kind.title()}Policy", entity.arn)
    for step in steps:
        blocker = step.blocker
        for action in blocker.call.split(","):
            policy = _policy(entity, blocker)
            context = (("iam:PolicyARN", (policy,)),) if policy else ()
            # A use that AWS counts and nobody read is of nobody known.
            is_held = blocker.kind in ("attachment", "boundary_use")
            resource = "" if is_held and blocker.id != step.resource else step.resource
            yield Call("clear", action.strip(), resource, blocker.id, context)
    yield Call("delete", DELETES[kind], entity.arn)


def _policy(entity: Entity, blocker: Blocker) -> str:
    """The managed policy that a call detaches."""
    if blocker.kind not in _POLICY_KINDS:
        return ""
    return blocker.id if isinstance(entity, Role | User | Group) else entity.arn


def _said(decision: Decision) -> str:
    """Why a call is denied, with the statements that deny it."""
    words = dict.fromkeys(
        f"{reason.message} ({reason.statement})" if reason.statement else reason.message
        for reason in decision.reasons
    )
    return "; ".join(words)


def _remedy(decision: Decision) -> str:
    return next((_CHANGED_BY[r.layer] for r in decision.reasons if r.layer in _CHANGED_BY), "")
