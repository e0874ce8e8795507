"""A permission set becomes a reserved role in every account it is assigned on."""

from collections.abc import Iterator

from graph.codec import encode
from graph.derivation import Derivation
from graph.properties import KIND, NAMED_ONLY, PLACE
from graph.schema import Node, NodeKind, Property

NODE = NodeKind(
    labels=("PermissionSet",),
    doc="A permission set of IAM Identity Center.",
    key="the permission set's ARN",
    properties=(
        KIND,
        NAMED_ONLY,
        Property("instance", "ARN of the instance of IAM Identity Center"),
        PLACE,
    ),
    source="https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_PermissionSet.html",
)


def derive(derivation: Derivation) -> Iterator[Node]:
    """One node per permission set that was read, and per one that only an assignment names."""
    for held in derivation.snapshot.permission_sets.values():
        yield NODE.node(held.arn, kind="permission_set", named_only=False, **encode(held, "arn"))
    for arn in derivation.unread_permission_sets:
        name = arn.rpartition("/")[2] or arn
        yield NODE.node(arn, name=name, kind="permission_set", named_only=True)
