"""A user of an identity store becomes roles by signing on."""

from collections.abc import Iterator

from graph.codec import encode
from graph.derivation import Derivation
from graph.properties import NAMED_ONLY, PRINCIPAL
from graph.schema import Node, NodeKind, Property

NODE = NodeKind(
    labels=("Principal", "IdentityCenterUser"),
    doc="A user of IAM Identity Center.",
    key="`<identity store id>/<user id>`",
    properties=(
        *PRINCIPAL,
        NAMED_ONLY,
        Property("groups", "keys of the groups it is a member of", "list[str]"),
    ),
    source="https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_User.html",
)


def derive(derivation: Derivation) -> Iterator[Node]:
    """One node per user that was read, and per user that only an assignment names."""
    for user in derivation.snapshot.identity_center_users.values():
        props = encode(user, "key") | derivation.principal(user.key, "identity_center_user", "")
        yield NODE.node(user.key, named_only=False, **props)
    for key in derivation.unread_users:
        props = derivation.principal(key, "identity_center_user", "")
        yield NODE.node(key, name=key, named_only=True, **props)
