"""A role of IAM, with everything that its decisions rest on."""

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
from iam.model import Role

NODE = NodeKind(
    labels=("Principal", "Role"),
    also=("ServiceRole", "ServiceLinkedRole", "ReservedRole"),
    doc="An IAM role. `:ServiceRole` where its trust policy lets a service in, "
    "`:ServiceLinkedRole` where a service owns it, `:ReservedRole` where IAM Identity Center does.",
    key="the role's ARN",
    properties=(
        *PRINCIPAL,
        IS_ADMIN,
        UNIQUE_ID,
        PATH,
        CREATED,
        Property("description", "its description; empty when not read"),
        TAGS,
        Property("trust", "key of its trust policy; left out when that was not read"),
        INLINE,
        ATTACHED,
        BOUNDARY,
        Property("instance_profiles", "ARNs of the instance profiles that hold it", "list[str]"),
        Property("max_session_seconds", "longest session; left out when not read", "int"),
        Property("last_used", "when it was last used, as ISO text in UTC; left out when never"),
        Property("last_used_region", "where it was last used"),
        Property("last_used_known", "whether its last use was read", "bool", required=True),
        Property(
            "deletion_tasks",
            "pairs of a deletion task's id and AWS's answer about it, as JSON text",
            required=True,
        ),
        Property("linked_service", "the service that owns it; left out for other roles"),
        PLACE,
    ),
    source="https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleDetail.html",
)


def derive(derivation: Derivation) -> Iterator[Node]:
    """One node per role."""
    for role in derivation.snapshot.roles.values():
        props = encode(role, "arn", "account")
        props |= derivation.principal(role.arn, "role", role.account)
        yield NODE.node(
            role.arn,
            _labels(derivation, role),
            is_admin=derivation.is_admin(role.arn),
            linked_service=role.linked_service or None,
            **props,
        )


def _labels(derivation: Derivation, role: Role) -> tuple[str, ...]:
    if role.is_service_linked:
        return ("ServiceLinkedRole",)
    labels = ("ReservedRole",) if role.is_reserved else ()
    return (*labels, "ServiceRole") if role.arn in derivation.service_roles else labels
