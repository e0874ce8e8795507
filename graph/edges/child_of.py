"""CHILD_OF: this account or unit hangs directly below that unit or organization."""

from collections.abc import Iterator

from graph.derivation import Derivation
from graph.schema import Edge, EdgeKind

EDGE = EdgeKind(
    name="CHILD_OF",
    start=("Account", "OrganizationalUnit"),
    end=("OrganizationalUnit", "Organization"),
    doc="Hangs directly below: an account below a root or unit, a unit below a unit or root, a "
    "root below its organization.",
    source="https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListParents.html",
)


def derive(derivation: Derivation) -> Iterator[Edge]:
    """One edge per account whose place is known, per unit, and per root."""
    organization = derivation.snapshot.organization
    if organization is None:
        return
    for account in derivation.snapshot.accounts.values():
        if account.parent is not None and account.parent in organization.units:
            yield EDGE.between(account.root_arn, derivation.unit_key(account.parent))
    for unit in organization.units.values():
        if unit.parent is None:
            yield EDGE.between(derivation.unit_key(unit.id), derivation.organization_key)
        elif unit.parent in organization.units:
            yield EDGE.between(derivation.unit_key(unit.id), derivation.unit_key(unit.parent))
