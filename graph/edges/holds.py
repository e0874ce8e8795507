"""HOLDS: this instance profile hands that role to instances."""

from collections.abc import Iterator

from graph.derivation import Derivation
from graph.schema import Edge, EdgeKind

EDGE = EdgeKind(
    name="HOLDS",
    start=("InstanceProfile",),
    end=("Role",),
    doc="The role inside the instance profile.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/"
    "id_roles_use_switch-role-ec2_instance-profiles.html",
)


def derive(derivation: Derivation) -> Iterator[Edge]:
    """One edge per role that was read and stands in a profile, whichever of the two says so."""
    snapshot = derivation.snapshot
    for profile in snapshot.instance_profiles.values():
        for role in profile.roles:
            if role in snapshot.roles:
                yield EDGE.between(profile.arn, role)
    for held in snapshot.roles.values():
        for arn in held.instance_profiles:
            if arn in snapshot.instance_profiles:
                yield EDGE.between(arn, held.arn)
