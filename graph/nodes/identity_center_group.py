"""A group of an identity store is assigned permission sets for its members."""

from collections.abc import Iterator

from graph.codec import encode
from graph.derivation import Derivation
from graph.properties import KIND, NAMED_ONLY
from graph.schema import Node, NodeKind

NODE = NodeKind(
    labels=("IdentityCenterGroup",),
    doc="A group of IAM Identity Center.",
    key="`<identity store id>/<group id>`",
    properties=(KIND, NAMED_ONLY),
    source="https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_Group.html",
)


def derive(derivation: Derivation) -> Iterator[Node]:
    """One node per group that was read, and per group that only an assignment names."""
    for group in derivation.snapshot.identity_center_groups.values():
        props = encode(group, "key")
        yield NODE.node(group.key, kind="identity_center_group", named_only=False, **props)
    for key in derivation.unread_groups:
        yield NODE.node(key, name=key, kind="identity_center_group", named_only=True)
