"""A user of IAM, with everything that its decisions rest on."""

from collections.abc import Iterator

from graph.codec import encode
from graph.derivation import Derivation
from graph.properties import (
    ATTACHED,
    BOUNDARY,
    CREATED,
    INLINE,
    IS_ADMIN,
    PATH,
    PLACE,
    PRINCIPAL,
    TAGS,
    UNIQUE_ID,
)
from graph.schema import Node, NodeKind, Property

NODE = NodeKind(
    labels=("Principal", "User"),
    doc="An IAM user.",
    key="the user's ARN",
    properties=(
        *PRINCIPAL,
        IS_ADMIN,
        UNIQUE_ID,
        PATH,
        CREATED,
        TAGS,
        INLINE,
        ATTACHED,
        Property("groups", "ARNs of the groups it is a member of", "list[str]"),
        BOUNDARY,
        Property("has_credentials", "whether it has a password or active keys", "bool"),
        Property("mfa_devices", "number of its MFA devices", "int"),
        Property("credentials", "kind and id of each that was listed, as JSON text"),
        PLACE,
    ),
    source="https://docs.aws.amazon.com/IAM/latest/APIReference/API_UserDetail.html",
)


def derive(derivation: Derivation) -> Iterator[Node]:
    """One node per user."""
    for user in derivation.snapshot.users.values():
        props = encode(user, "arn", "account")
        props |= derivation.principal(user.arn, "user", user.account)
        yield NODE.node(user.arn, is_admin=derivation.is_admin(user.arn), **props)
