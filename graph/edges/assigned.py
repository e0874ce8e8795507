"""ASSIGNED: this user or group may sign on with that permission set, on one account."""

from collections.abc import Iterator

from graph.derivation import Derivation
from graph.schema import Edge, EdgeKind, Property

EDGE = EdgeKind(
    name="ASSIGNED",
    start=("IdentityCenterUser", "IdentityCenterGroup"),
    end=("PermissionSet",),
    doc="Is assigned the permission set on one account.",
    source="https://docs.aws.amazon.com/singlesignon/latest/APIReference/"
    "API_AccountAssignment.html",
    properties=(
        Property("account", "id of the account", required=True),
        Property("principal_type", "`USER` or `GROUP`", required=True),
        Property("position", "place in the list of assignments", "int", required=True),
    ),
)


def derive(derivation: Derivation) -> Iterator[Edge]:
    """One edge per assignment."""
    for position, one in enumerate(derivation.snapshot.assignments or ()):
        yield EDGE.between(
            one.principal,
            one.permission_set,
            one.account,
            account=one.account,
            principal_type=one.principal_type,
            position=position,
        )
