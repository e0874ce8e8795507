"""Facts as they would be after a change that nobody has made yet; the facts themselves stay.

A policy is named by the ARN that it has in the graph: a managed policy's own, ``ROLE#trust``,
``HOLDER#inline/NAME``, or the ARN of a policy of the organization.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_manage-edit.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from dataclasses import replace
from typing import Any

from iam.errors import UsageError
from iam.model import Group, Policy, Role, Snapshot, User
from iam.policy import parse
from iam.removal import is_readable

_TRUST, _INLINE = "#trust", "#inline/"


def policy_of(snapshot: Snapshot, arn: str) -> Policy | None:
    """The policy of an ARN, whatever holds it; None when there is none."""
    owner, trust, _ = arn.partition(_TRUST)
    if trust and owner in snapshot.roles:
        return snapshot.roles[owner].trust
    owner, inline, _ = arn.partition(_INLINE)
    if inline:
        held = _holder(snapshot, owner)
        return next((p for p in held.inline if p.arn == arn), None) if held else None
    if arn in snapshot.policies:
        return snapshot.policies[arn]
    organization = snapshot.organization
    return organization.policies.get(arn) if organization is not None else None


def with_document(snapshot: Snapshot, arn: str, document: Any, place: str) -> Snapshot:
    """The facts with another document in a policy.

    Raises:
        UsageError: It is no policy document, or the policy is AWS's own.
    """
    policy = _known(snapshot, arn)
    other = replace(policy, document=document, raw="", place=place, version="")
    parsed = parse(other)
    if not isinstance(document, dict) or -1 in parsed.unparsed:
        raise UsageError("this is no policy document", help='it has a "Statement"')
    if parsed.unparsed:
        numbers = ", ".join(map(str, parsed.unparsed))
        raise UsageError(f"statement {numbers} is none", help="it has Effect and Action, as AWS's")
    return _with(snapshot, policy, other)


def without_statement(snapshot: Snapshot, arn: str, which: str, place: str) -> Snapshot:
    """The facts without a statement of a policy, by its Sid or its number from 0.

    Raises:
        UsageError: The policy has no such statement, or its document was not read.
    """
    policy = _known(snapshot, arn)
    if not is_readable(policy) or not isinstance(policy.document, dict):
        raise UsageError(f"the document of {arn} could not be read")
    held = policy.document.get("Statement", [])
    statements = held if isinstance(held, list) else [held]
    sids = [one.get("Sid", "") if isinstance(one, dict) else "" for one in statements]
    if which and which in sids:
        left = [one for one, sid in zip(statements, sids, strict=True) if sid != which]
    elif which.isdecimal() and int(which) < len(statements):
        left = [one for number, one in enumerate(statements) if number != int(which)]
    else:
        names = ", ".join(sid or str(number) for number, sid in enumerate(sids))
        raise UsageError(f"{arn} has no statement `{which}`", help=f"it has {names or 'none'}")
    document = {**policy.document, "Statement": left}
    return _with(snapshot, policy, replace(policy, document=document, raw="", place=place))


def without_policy(snapshot: Snapshot, holder: str, arn: str) -> Snapshot:
    """The facts with a policy taken from a user, group or role: detached, or deleted if inline.

    Raises:
        UsageError: The holder does not have it.
    """
    held = _held(snapshot, holder)
    inline = tuple(policy for policy in held.inline if policy.arn != arn)
    attached = tuple(policy for policy in held.attached if policy != arn)
    if (inline, attached) == (held.inline, held.attached):
        has = ", ".join([p.name for p in held.inline] + list(held.attached))
        raise UsageError(f"{holder} does not have {arn}", help=f"it has {has or 'no policy'}")
    return _replaced(snapshot, replace(held, inline=inline, attached=attached))


def with_boundary(snapshot: Snapshot, principal: str, arn: str | None) -> Snapshot:
    """The facts with another permissions boundary of a user or role; None takes it away.

    Raises:
        UsageError: It is no user or role, or no managed policy that was read.
    """
    held = _holder(snapshot, principal)
    if held is None or isinstance(held, Group):
        raise UsageError(
            f"{principal} is no user or role that was read", help="only these have one"
        )
    if arn is not None and arn not in snapshot.policies:
        raise UsageError(f"{arn} is no managed policy that was read")
    return _replaced(snapshot, replace(held, boundary=arn))


def _known(snapshot: Snapshot, arn: str) -> Policy:
    policy = policy_of(snapshot, arn)
    if policy is None:
        raise UsageError(f"{arn} is no policy that was read")
    if policy.is_aws_managed:
        raise UsageError(f"{arn} is AWS's: nobody else changes it", help="take it from who has it")
    return policy


def _holder(snapshot: Snapshot, arn: str) -> User | Group | Role | None:
    return snapshot.users.get(arn) or snapshot.groups.get(arn) or snapshot.roles.get(arn)


def _held(snapshot: Snapshot, arn: str) -> User | Group | Role:
    held = _holder(snapshot, arn)
    if held is None:
        raise UsageError(f"{arn} is no user, group or role that was read")
    return held


def _replaced(snapshot: Snapshot, held: User | Group | Role) -> Snapshot:
    if isinstance(held, User):
        return replace(snapshot, users={**snapshot.users, held.arn: held})
    if isinstance(held, Group):
        return replace(snapshot, groups={**snapshot.groups, held.arn: held})
    return replace(snapshot, roles={**snapshot.roles, held.arn: held})


def _with(snapshot: Snapshot, policy: Policy, other: Policy) -> Snapshot:
    arn = policy.arn
    if arn in snapshot.policies:
        return replace(snapshot, policies={**snapshot.policies, arn: other})
    organization = snapshot.organization
    if organization is not None and arn in organization.policies:
        policies = {**organization.policies, arn: other}
        return replace(snapshot, organization=replace(organization, policies=policies))
    owner, trust, _ = arn.partition(_TRUST)
    if trust:
        return _replaced(snapshot, replace(snapshot.roles[owner], trust=other))
    held = _held(snapshot, arn.partition(_INLINE)[0])
    inline = tuple(other if one is policy else one for one in held.inline)
    return _replaced(snapshot, replace(held, inline=inline))
