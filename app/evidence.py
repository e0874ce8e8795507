"""Every statement that a decision names is quoted in the policy's own words, with its place."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from iam.model import Policy, PolicyKind
from iam.policy import as_written

if TYPE_CHECKING:
    from iam.model import Grant, Snapshot

Json = dict[str, Any]


def quotes(
    snapshot: "Snapshot", answer: Mapping[str, Any], session_policies: Sequence[Any] = ()
) -> dict[str, Json]:
    """The statements that a ``why`` answer names, by their names: ``statement`` and ``place``.

    Args:
        snapshot: The facts that decided.
        answer: The decision as JSON.
        session_policies: The documents that were given with the request.
    """
    found: dict[str, Json] = {}
    for ref in sorted(set(_refs(answer))):
        key, _, index = ref.rpartition("#")
        if not index.isdigit():
            continue  # a resource that holds the role: there is no statement to quote
        grant = snapshot.grants.get(key)
        policy = None if grant else _policy(snapshot, key, session_policies)
        if grant is not None:
            found[ref] = {"statement": _grant(grant), "place": grant.place}
        elif policy is not None:
            statement = as_written(policy, int(index))
            if statement is not None:
                found[ref] = {"statement": statement, "place": policy.place}
    return found


def in_words(statement: Any, indent: int | None = None) -> str:
    """A quoted statement as JSON text; one with duplicate keys is text already.

    Example:
        >>> in_words({"Effect": "Allow"}), in_words('{"Effect": "Allow", "Effect": "Deny"}')
        ('{"Effect": "Allow"}', '{"Effect": "Allow", "Effect": "Deny"}')
    """
    if isinstance(statement, str):
        return statement
    return json.dumps(statement, ensure_ascii=False, indent=indent)


def _refs(answer: Mapping[str, Any]) -> Iterator[str]:
    for layer in answer["layers"]:
        yield from layer["statements"]
    for part in ("reasons", "near_misses"):
        yield from (reason["statement"] for reason in answer[part] if "statement" in reason)
    for branch in answer["requirements"]:
        yield from (atom["statement"] for atom in branch)


def _policy(snapshot: "Snapshot", name: str, session_policies: Sequence[Any]) -> Policy | None:
    """The policy of this key, behind which a version may stand."""
    policy = _policy_of(snapshot, name, session_policies)
    if policy is None:
        key, _, version = name.rpartition("@")
        policy = _policy_of(snapshot, key, session_policies) if version else None
    return policy


def _policy_of(snapshot: "Snapshot", key: str, session_policies: Sequence[Any]) -> Policy | None:
    """Managed, inline, trust, of the organization, of a resource, or given with the request."""
    owner, mark, rest = key.rpartition("#")
    if not mark:
        if key in snapshot.policies:
            return snapshot.policies[key]
        for number, document in enumerate(session_policies):
            if key == f"session-policy/{number}":
                return Policy(arn=key, name=key, kind=PolicyKind.SESSION, document=document)
        organization = snapshot.organization
        return organization.policies.get(key) if organization else None
    if rest == "trust":
        role = snapshot.roles.get(owner)
        return role.trust if role else None
    if rest == "policy":
        resource = snapshot.resource_policies.get(owner)
        return resource.policy if resource else None
    holder = snapshot.roles.get(owner) or snapshot.users.get(owner) or snapshot.groups.get(owner)
    return next((p for p in (holder.inline if holder else ()) if p.arn == key), None)


def _grant(grant: "Grant") -> Json:
    """A grant as AWS lists it."""
    return {
        "GranteePrincipal": grant.grantee,
        **({"RetiringPrincipal": grant.retiring} if grant.retiring else {}),
        "Operations": list(grant.operations),
        **({"Constraints": grant.constraints} if grant.constraints else {}),
    }
