"""A decision's evidence leads to the very words of a policy document."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from iam.findings import fixing
from iam.policy import Condition

if TYPE_CHECKING:
    from iam.model import Policy, Snapshot

LAYER_NAMES: Mapping[str, str] = {
    "identity": "identity policy",
    "trust": "trust policy",
    "boundary": "permissions boundary",
    "session": "session policy",
    "scp": "service control policy",
    "rcp": "resource control policy",
    "resource": "resource policy",
    "grant": "grant of a key",
    "workload": "resource that holds the role",
}

ACTIONS: Mapping[str, str] = {
    "AssumeRole": "sts:AssumeRole",
    "AssumeRoleWithSAML": "sts:AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity": "sts:AssumeRoleWithWebIdentity",
}


def fixing_keys(conditions: str) -> tuple[str, ...]:
    """Keys of a statement's conditions that tie everyone to a literal somebody (C-58).

    Example:
        >>> fixing_keys('{"StringEquals":{"aws:PrincipalOrgID":["o-abcdefghij"]}}')
        ('aws:PrincipalOrgID',)
        >>> fixing_keys('{"StringLike":{"aws:PrincipalOrgID":["*"]}}')
        ()
    """
    block = json.loads(conditions) if conditions else {}
    return fixing(
        Condition(operator, key, tuple(map(str, values if isinstance(values, list) else [values])))
        for operator, keys in block.items()
        for key, values in keys.items()
    )


def policy_of(snapshot: "Snapshot", key: str) -> "Policy | None":
    """The policy of this key: managed, inline, trust, of the organization, or of a resource."""
    owner, mark, rest = key.partition("#")
    if not mark:
        if key in snapshot.policies:
            return snapshot.policies[key]
        organization = snapshot.organization
        return organization.policies.get(key) if organization else None
    if rest == "trust":
        role = snapshot.roles.get(owner)
        return role.trust if role else None
    if rest == "policy":
        resource = snapshot.resource_policies.get(owner)
        return resource.policy if resource else None
    holder = snapshot.roles.get(owner) or snapshot.users.get(owner) or snapshot.groups.get(owner)
    found: Iterable[Policy] = holder.inline if holder else ()
    return next((policy for policy in found if policy.arn == key), None)


def statement_of(snapshot: "Snapshot", evidence: Mapping[str, Any]) -> Any:
    """The statement that a piece of evidence names, as it was read; None when it is not there."""
    policy = policy_of(snapshot, str(evidence["policy"]))
    if policy is None:
        return None
    document = policy.document
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return document
    if not isinstance(document, Mapping):
        return None
    statements = document.get("Statement")
    if isinstance(statements, Mapping):
        statements = [statements]
    index = int(evidence["statement"])
    for at in (index, index - 1):  # indexes count from 0; a single statement may be 1 in others
        if isinstance(statements, Sequence) and 0 <= at < len(statements):
            return statements[at]
    return None


def place_of(snapshot: "Snapshot", evidence: Mapping[str, Any]) -> str:
    """Where the policy stands in the saved JSON; empty when it is not known."""
    policy = policy_of(snapshot, str(evidence["policy"]))
    return policy.place if policy else ""


def named(evidence: Mapping[str, Any]) -> str:
    """A statement by its Sid, else by its place in the policy."""
    return str(evidence["sid"]) if evidence.get("sid") else f"statement {evidence['statement']}"


def policy_name(key: str) -> str:
    """The last part of a policy's key, as people call it.

    Example:
        >>> policy_name("arn:aws:iam::111111111111:role/ci#inline/deploy")
        'deploy'
    """
    owner, mark, rest = key.partition("#")
    if mark and rest.startswith("inline/"):
        return rest.removeprefix("inline/")
    return owner.rpartition("/")[2] or owner


def cuts(why: Mapping[str, Any], role: str) -> list[str]:
    """Ways to end a hop, one sentence for each statement that allows it."""
    ways: list[str] = []
    for item in why.get("evidence", ()):
        if item.get("effect") != "Allow":
            continue
        layer, name = item["layer"], named(item)
        policy = policy_name(item["policy"])
        if layer == "trust":
            ways.append(
                f"In the trust policy of {role}, take the caller out of {name}, or add a condition "
                "that it cannot meet."
            )
        elif layer == "identity":
            ways.append(
                f"In the identity policy {policy}, narrow {name} so that it leaves out {role}."
            )
    return list(dict.fromkeys(ways))
