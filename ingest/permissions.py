"""The collector's IAM policy is gathered from its sources: what none of them needs is not in it.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

from ingest.sources import Source, name_of, optional, sources

COLLECTOR = ("sts:GetCallerIdentity",)
REGIONS = ("ec2:DescribeRegions",)
DISCOVERY = (
    "organizations:ListAccounts",
    "organizations:ListAccountsForParent",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListRoots",
)
"""What finding the accounts of an organization, or of its units, needs before anything is read."""
MANAGED_POLICY = 6_144
"""Characters that a managed policy may have, white space not counted."""
INLINE_POLICIES = 10_240
"""Characters that all inline policies of a role may have together, white space not counted."""
POLICIES_OF_A_ROLE = 10
"""Managed policies that a role may have, unless AWS was asked for more."""
_VERSION = "2012-10-17"


def asked_for(also: Collection[str]) -> list[Source]:
    """Sources that are asked: all but the optional ones, and those of them that are wanted."""
    return [s for s in sources() if name_of(s) in also or name_of(s) not in optional()]


def actions(also: Collection[str] = ()) -> tuple[str, ...]:
    """Every IAM action that a collection may use, with some optional sources, sorted."""
    found = {action for source in asked_for(also) for action in source.NEEDS}
    return tuple(sorted(found | {*COLLECTOR, *REGIONS, *DISCOVERY}))


def policy(also: Collection[str] = (), *, enters: str = "") -> dict[str, Any]:
    """The least-privilege policy of the collector, one statement per source.

    None of these actions can be narrowed to resources in a useful way, so each statement is for
    every resource; a statement can be left out, and what it allows is then in the coverage.

    Args:
        also: Names of optional sources that are asked, too.
        enters: Name of the role through which other accounts, those of the organization for
            instance, are entered, with its path.
    """
    statements = [
        _statement("".join(word.capitalize() for word in name_of(source).split("_")), source.NEEDS)
        for source in asked_for(also)
        if source.NEEDS
    ]
    own = [_statement("Collector", {*COLLECTOR, *REGIONS})]
    if enters:
        role = f"arn:*:iam::*:role/{enters.strip('/')}"
        own.append(_statement("FindAccounts", DISCOVERY))
        own.append(_statement("EnterAccounts", ("sts:AssumeRole",), role))
    return {"Version": _VERSION, "Statement": [*own, *statements]}


def _statement(sid: str, actions: Collection[str], resource: str = "*") -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": resource}


def size(document: Mapping[str, Any]) -> int:
    """Characters of a policy as AWS counts them: without white space.

    Example:
        >>> size({"Version": "2012-10-17", "Statement": []})
        39
    """
    return len(json.dumps(document, separators=(",", ":")))


def managed(document: Mapping[str, Any], most: int = MANAGED_POLICY) -> list[dict[str, Any]]:
    """The same statements in as many policies as it takes for each to fit; in their order.

    A statement that is too long for a policy of its own becomes several.

    Example:
        >>> long = {"Sid": "S", "Effect": "Allow", "Action": ["a:B", "c:D"], "Resource": "*"}
        >>> parts = managed({"Version": "2012-10-17", "Statement": [long]}, 100)
        >>> [(one["Sid"], one["Action"]) for part in parts for one in part["Statement"]]
        [('S1', ['a:B']), ('S2', ['c:D'])]
    """
    found: list[dict[str, Any]] = []
    for statement in document["Statement"]:
        for one in _pieces(statement, most):
            if not found or size(_with(found[-1], one)) > most:
                found.append({"Version": _VERSION, "Statement": []})
            found[-1] = _with(found[-1], one)
    return found


def _with(document: Mapping[str, Any], statement: Mapping[str, Any]) -> dict[str, Any]:
    return {**document, "Statement": [*document["Statement"], statement]}


def _pieces(statement: Mapping[str, Any], most: int) -> list[Mapping[str, Any]]:
    """A statement, or parts of it that fit a policy each."""
    wanted: list[str] = statement["Action"]
    count = 1
    while True:
        length = -(-len(wanted) // count)
        parts = [wanted[start : start + length] for start in range(0, len(wanted), length)]
        pieces = [
            {**statement, "Sid": f"{statement['Sid']}{number if len(parts) > 1 else ''}",
             "Action": part}
            for number, part in enumerate(parts, 1)
        ]  # fmt: skip
        alone = (size({"Version": _VERSION, "Statement": [piece]}) for piece in pieces)
        if length == 1 or all(one <= most for one in alone):
            return list(pieces)
        count += 1
