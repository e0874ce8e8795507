"""BLOCKS_DELETION_OF: while this thing is there, AWS refuses to delete that entity."""

from collections.abc import Iterator

from graph.derivation import Derivation
from graph.schema import Edge, EdgeKind, Property

EDGE = EdgeKind(
    name="BLOCKS_DELETION_OF",
    start=("InstanceProfile", "Policy", "Service", "PermissionSet", "SamlProvider"),
    end=("Role", "SamlProvider"),
    doc="AWS refuses the deletion while this thing is there: an instance profile or policy of an "
    "ordinary role, the service of a service-linked role, the permission set of a reserved role "
    "(else its provider), IAM Identity Center for its own provider.",
    source="https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html",
    decided=True,
    properties=(
        Property(
            "kind",
            "`instance_profile`, `attached_policy`, `inline_policy`, `service_linked_role`, "
            "`reserved_role` or `identity_center_provider`",
            required=True,
        ),
        Property("id", "what people call the thing: a name or an ARN", required=True),
        Property(
            "call", "the IAM action that takes it away; empty when there is none", required=True
        ),
        Property("hard", "whether AWS itself refuses", "bool", required=True),
        Property(
            "prediction",
            "of a service: whether it would let its role go, `BLOCKED`, `CLEAR` or `UNKNOWN`",
        ),
    ),
)


def derive(derivation: Derivation) -> Iterator[Edge]:
    """One edge per hard blocker."""
    for blocking in derivation.blockings:
        yield EDGE.between(
            blocking.thing,
            blocking.entity,
            blocking.blocker.kind,
            kind=blocking.blocker.kind,
            id=blocking.blocker.id,
            call=blocking.blocker.call,
            hard=True,
            prediction=derivation.prediction(blocking),
        )
