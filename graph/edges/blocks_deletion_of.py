"""BLOCKS_DELETION_OF: while this thing is there, AWS refuses to delete that entity."""

from collections.abc import Iterator

from graph.derivation import Derivation
from graph.schema import Edge, EdgeKind, Property

EDGE = EdgeKind(
    name="BLOCKS_DELETION_OF",
    start=(
        "InstanceProfile",
        "Policy",
        "Service",
        "PermissionSet",
        "SamlProvider",
        "User",
        "Group",
        "Role",
        "Workload",
    ),
    end=("Role", "User", "Group", "Policy", "InstanceProfile", "SamlProvider"),
    doc="AWS refuses the deletion while this thing is there: a policy, an instance profile, a "
    "membership or a holder of the entity; the service of a service-linked role and what it named "
    "when it refused; the permission set of a reserved role (else its provider); IAM Identity "
    "Center for its own provider. What has no node, such as an access key or a version of a "
    "policy, is an edge from the entity to itself.",
    source="https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html",
    decided=True,
    properties=(
        Property(
            "kind",
            "what sort of thing blocks; docs/deletion.md lists them under hard blockers",
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
            f"{blocking.blocker.kind} {blocking.blocker.id}",
            kind=blocking.blocker.kind,
            id=blocking.blocker.id,
            call=blocking.blocker.call,
            hard=True,
            prediction=derivation.prediction(blocking),
        )
