"""NAMES_DELETED: this policy or grant still names a principal that was deleted, by its id."""

from collections.abc import Iterator

from graph.derivation import Derivation
from graph.schema import Edge, EdgeKind, Property

EDGE = EdgeKind(
    name="NAMES_DELETED",
    start=("Policy", "Grant"),
    end=("ExternalPrincipal",),
    doc="Names a user or role that was deleted, by the unique id that is left of it. Nobody gets "
    "in by it, a new principal of the old name included.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html",
    properties=(
        Property("kind", "`trust`, `resource` or `grant`", required=True),
        Property("holder", "ARN of the role or resource that it belongs to", required=True),
        Property(
            "element",
            "`Principal`, `NotPrincipal`, `GranteePrincipal` or `RetiringPrincipal`",
            required=True,
        ),
        Property("effect", "`Allow` or `Deny`; left out of a grant"),
        Property("statement", "`<policy>@<version>#<index>`; left out of a grant"),
    ),
)


def derive(derivation: Derivation) -> Iterator[Edge]:
    """One edge per id, statement and element of a grant."""
    for dead in derivation.dead_ids:
        yield EDGE.between(
            dead.policy,
            dead.id,
            f"{dead.statement}#{dead.element}",
            kind=dead.kind,
            holder=dead.holder,
            element=dead.element,
            effect=dead.effect or None,
            statement=dead.statement or None,
        )
