"""CAN_ASSUME: this principal may become that role, outright or under requirements."""

from collections.abc import Iterator

from graph.derivation import Derivation
from graph.properties import CROSS_ACCOUNT, OPERATION, OUTSIDE
from graph.schema import Edge, EdgeKind, Property
from iam.decision import requirement_keys, requirements_json

EDGE = EdgeKind(
    name="CAN_ASSUME",
    start=("Principal",),
    end=("Role",),
    doc="Every policy layer together lets the principal become the role, outright or when the "
    "requirements are met.",
    source="https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html",
    decided=True,
    properties=(
        Property("verdict", "`allow` or `conditional`", required=True),
        OPERATION,
        Property(
            "requirements",
            "what must be met: the alternatives, shortest first, as JSON text",
            required=True,
        ),
        Property(
            "requirement_keys",
            "keys that any alternative asks for, sorted",
            "list[str]",
            required=True,
        ),
        Property(
            "statements",
            "statements that let it: `<policy>@<version>#<index>`",
            "list[str]",
            required=True,
        ),
        CROSS_ACCOUNT,
        OUTSIDE,
        Property(
            "likelihood",
            "`unlikely` when every way needs what AWS documents not to happen, else `normal`",
            required=True,
        ),
        Property("findings", "codes of what is worth saying about it", "list[str]", required=True),
        Property(
            "assumptions",
            "layers that nobody collected, and what is assumed of them",
            "list[str]",
            required=True,
        ),
    ),
)


def derive(derivation: Derivation) -> Iterator[Edge]:
    """One edge per principal, role and operation that was not denied."""
    for edge in derivation.assumptions:
        yield EDGE.between(
            edge.source,
            edge.role,
            edge.operation,
            verdict=edge.verdict.value,
            operation=edge.operation,
            requirements=requirements_json(edge.requirements),
            requirement_keys=list(requirement_keys(edge.requirements)),
            statements=list(edge.statements),
            cross_account=edge.cross_account,
            outside_organization=derivation.is_outside(edge.source, edge.role),
            likelihood=edge.likelihood,
            findings=list(edge.findings),
            assumptions=list(edge.assumptions),
        )
