"""BOUNDED_BY: this policy is that principal's permissions boundary."""

from collections.abc import Iterator

from graph.derivation import Derivation
from graph.schema import Edge, EdgeKind

EDGE = EdgeKind(
    name="BOUNDED_BY",
    start=("User", "Role"),
    end=("Policy",),
    doc="May never do more than the policy allows: it is the principal's permissions boundary.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
)


def derive(derivation: Derivation) -> Iterator[Edge]:
    """One edge per user or role that has a boundary."""
    for bounded in derivation.bounded:
        if bounded.boundary:
            yield EDGE.between(bounded.arn, bounded.boundary)
