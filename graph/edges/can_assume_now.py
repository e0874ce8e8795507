"""CAN_ASSUME_NOW: this principal may become that role without meeting any requirement."""

from collections.abc import Iterator

from graph.derivation import Derivation
from graph.properties import CROSS_ACCOUNT, OPERATION
from graph.schema import Edge, EdgeKind
from iam.decision import Verdict

EDGE = EdgeKind(
    name="CAN_ASSUME_NOW",
    start=("Principal",),
    end=("Role",),
    doc="The `CAN_ASSUME` edges that need nothing, once more under a type of their own, so that a "
    "shortest path over them needs no filter.",
    source="https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html",
    decided=True,
    properties=(OPERATION, CROSS_ACCOUNT),
)


def derive(derivation: Derivation) -> Iterator[Edge]:
    """One edge per unconditional decision."""
    for edge in derivation.assumptions:
        if edge.verdict is Verdict.ALLOW:
            yield EDGE.between(
                edge.source,
                edge.role,
                edge.operation,
                operation=edge.operation,
                cross_account=edge.cross_account,
            )
