"""MEMBER_OF: this user is a member of that group."""

from collections.abc import Iterator

from graph.derivation import Derivation
from graph.schema import Edge, EdgeKind

EDGE = EdgeKind(
    name="MEMBER_OF",
    start=("User", "IdentityCenterUser"),
    end=("Group", "IdentityCenterGroup"),
    doc="Is a member: an IAM user of a group, or a user of an identity store of a group there.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups.html",
)


def derive(derivation: Derivation) -> Iterator[Edge]:
    """One edge per membership in a group that was read."""
    snapshot = derivation.snapshot
    for user in snapshot.users.values():
        for group in user.groups:
            if group in snapshot.groups:
                yield EDGE.between(user.arn, group)
    for person in snapshot.identity_center_users.values():
        for key in person.groups:
            if key in snapshot.identity_center_groups:
                yield EDGE.between(person.key, key)
