"""A root or a unit of an organization, which accounts hang from."""

from collections.abc import Iterator

from graph.codec import encode
from graph.derivation import Derivation
from graph.properties import HAS_ARN, KIND
from graph.schema import Node, NodeKind, Property

NODE = NodeKind(
    labels=("OrganizationalUnit",),
    doc="A root or an organizational unit.",
    key="its ARN; its id where the ARN was not read",
    properties=(
        KIND,
        HAS_ARN,
        Property("id", "`r-…` or `ou-…`", required=True),
        Property("parent", "id above it; left out for the root"),
    ),
    source="https://docs.aws.amazon.com/organizations/latest/APIReference/API_OrganizationalUnit.html",
)


def derive(derivation: Derivation) -> Iterator[Node]:
    """One node per root and unit."""
    organization = derivation.snapshot.organization
    if organization is None:
        return
    for unit in organization.units.values():
        kind = "organizational_unit" if unit.parent else "root"
        yield NODE.node(
            derivation.unit_key(unit.id),
            kind=kind,
            has_arn=bool(unit.arn),
            **encode(unit, "arn"),
        )
