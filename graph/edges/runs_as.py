"""RUNS_AS: this resource is configured to run with that role."""

from collections.abc import Iterator

from graph.derivation import Derivation
from graph.schema import Edge, EdgeKind, Property

EDGE = EdgeKind(
    name="RUNS_AS",
    start=("Workload",),
    end=("Role",),
    doc="Is configured to run with the role, itself or through an instance profile.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
    properties=(
        Property("service", "the service that assumes the role for it", required=True),
        Property("instance_profile", "ARN of the profile that it comes through; empty for none"),
    ),
)


def derive(derivation: Derivation) -> Iterator[Edge]:
    """One edge per use of a role that was read."""
    for arn, uses in derivation.workloads.items():
        for _, use in uses:
            if use.role in derivation.snapshot.roles:
                yield EDGE.between(
                    arn,
                    use.role,
                    use.instance_profile,
                    service=use.service,
                    instance_profile=use.instance_profile,
                )
