"""HAS_POLICY: this policy is attached to that thing, or written into it."""

from collections.abc import Iterator

from graph.derivation import Derivation
from graph.schema import Edge, EdgeKind, Property
from iam.model import Role

EDGE = EdgeKind(
    name="HAS_POLICY",
    start=("User", "Role", "Group", "Workload"),
    end=("Policy",),
    doc="Has a policy of its own: a managed one attached to it, an inline one, a role's trust "
    "policy, or the policy of a resource.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/"
    "access_policies_identity-vs-resource.html",
    properties=(
        Property("attachment", "`attached`, `inline`, `trust` or `resource`", required=True),
    ),
)


def derive(derivation: Derivation) -> Iterator[Edge]:
    """One edge per policy of a user, role, group, or resource that is a workload."""
    for holder in derivation.holders:
        for arn in holder.attached:
            yield EDGE.between(holder.arn, arn, attachment="attached")
        for policy in holder.inline:
            yield EDGE.between(holder.arn, policy.arn, attachment="inline")
        if isinstance(holder, Role) and holder.trust is not None:
            yield EDGE.between(holder.arn, holder.trust.arn, attachment="trust")
    for key, held in derivation.resource_policies.items():
        if held.resource in derivation.workloads and held.policy is not None:
            yield EDGE.between(held.resource, key, attachment="resource")
