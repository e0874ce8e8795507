"""A decision's evidence in words: layers, policies and statements as people call them."""

import json
from collections.abc import Mapping
from typing import Any

from iam.findings import fixing
from iam.policy import Condition

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
