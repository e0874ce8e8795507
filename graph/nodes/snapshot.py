"""The snapshot that the graph was made of, and the state of its loading."""

from collections.abc import Iterator

from graph.codec import iso
from graph.derivation import Derivation
from graph.schema import Node, NodeKind, Property

NODE = NodeKind(
    labels=("Snapshot",),
    doc="What the graph was made of. A store keeps the state of its loading here.",
    key="the snapshot's id; `unnamed` when it has none",
    properties=(
        Property("id", "the snapshot's id; empty when it has none", required=True),
        Property("taken_at", "when it was taken, as ISO text in UTC; left out when not known"),
        Property(
            "assignments_known",
            "whether IAM Identity Center's assignments were read",
            "bool",
            required=True,
        ),
        Property("data", "name of the data set; the store writes it"),
        Property("state", "`loading` or `ready`; the store writes it"),
        Property("since", "when the load began, as ISO text in UTC; the store writes it"),
        Property("nodes", "number of nodes; the store writes it", "int"),
        Property("edges", "number of edges; the store writes it", "int"),
        Property("digest", "fingerprint of everything that was loaded; the store writes it"),
    ),
    source="https://docs.aws.amazon.com/IAM/latest/APIReference/"
    "API_GetAccountAuthorizationDetails.html",
)


def derive(derivation: Derivation) -> Iterator[Node]:
    """One node."""
    snapshot = derivation.snapshot
    yield NODE.node(
        derivation.snapshot_key,
        name=derivation.snapshot_key,
        id=snapshot.id,
        taken_at=iso(snapshot.taken_at),
        assignments_known=snapshot.assignments is not None,
    )
