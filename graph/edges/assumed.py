"""ASSUMED: this principal was seen entering that role."""

from collections.abc import Iterator

from graph.codec import iso
from graph.derivation import Derivation
from graph.schema import Edge, EdgeKind, Property

EDGE = EdgeKind(
    name="ASSUMED",
    start=("User", "Role", "Service"),
    end=("Role",),
    doc="Was seen entering the role by the events of CloudTrail. It says that it happened, not "
    "that it may happen again.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html",
    properties=(
        Property("times", "how often it was seen", "int", required=True),
        Property("first", "the first time that was seen, as ISO text in UTC"),
        Property("last", "the last time, as ISO text in UTC"),
        Property("region", "Region of the last time"),
    ),
)


def derive(derivation: Derivation) -> Iterator[Edge]:
    """One edge per caller and role that both have a node."""
    snapshot = derivation.snapshot
    services = {named.arn for named in derivation.named("Service")}
    for use in snapshot.uses.values():
        known = use.by in snapshot.users or use.by in snapshot.roles or use.by in services
        if known and use.role in snapshot.roles:
            yield EDGE.between(
                use.by,
                use.role,
                times=use.times,
                first=iso(use.first),
                last=iso(use.last),
                region=use.region,
            )
