"""A grant lets a principal use one KMS key, whatever the policies say."""

from collections.abc import Iterator

from graph.codec import encode
from graph.derivation import Derivation
from graph.properties import ACCOUNT, ACCOUNT_NAME, KIND, PLACE
from graph.schema import Node, NodeKind, Property

NODE = NodeKind(
    labels=("Grant",),
    doc="A grant of a KMS key: it lets a principal use the key without any policy.",
    key="`<key ARN>#grant/<id>`",
    properties=(
        KIND,
        ACCOUNT,
        ACCOUNT_NAME,
        Property("key", "ARN of the key", required=True),
        Property("region", "its Region", required=True),
        Property(
            "grantee",
            "who may use the key: an ARN, a service, or the unique id of a principal that is gone",
            required=True,
        ),
        Property("retiring", "who may give the grant up; empty for nobody but the grantee"),
        Property("operations", "what the grant allows", "list[str]"),
        Property("constraints", "encryption contexts that it demands, as JSON text"),
        PLACE,
    ),
    source="https://docs.aws.amazon.com/kms/latest/developerguide/grants.html",
)


def derive(derivation: Derivation) -> Iterator[Node]:
    """One node per grant."""
    for grant in derivation.snapshot.grants.values():
        yield NODE.node(
            grant.arn,
            kind="grant",
            account_name=derivation.account_name(grant.account),
            **encode(grant, "arn"),
        )
