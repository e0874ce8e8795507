"""A use of a role is what AWS observed, never what could be."""

from collections.abc import Iterator

from graph.codec import encode
from graph.derivation import Derivation
from graph.properties import ACCOUNT, ACCOUNT_NAME, KIND, PLACE
from graph.schema import Node, NodeKind, Property
from iam import arn as arns

NODE = NodeKind(
    labels=("Use",),
    doc="That a role was used: entered by somebody, or asking for a service.",
    key="`<role ARN>#use/<source>/<by or service>`",
    properties=(
        KIND,
        ACCOUNT,
        ACCOUNT_NAME,
        Property("role", "ARN of the role", required=True),
        Property("source", "`cloudtrail` or `last-accessed`", required=True),
        Property("by", "who entered the role: an ARN, a service or a provider"),
        Property("service", "the service that the role asked for, by its IAM prefix"),
        Property("first", "the first time that was seen, as ISO text in UTC"),
        Property("last", "the last time, as ISO text in UTC"),
        Property("region", "Region of the last time"),
        Property("times", "how often it was seen; 0 where the source does not count", "int"),
        PLACE,
    ),
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html",
)


def derive(derivation: Derivation) -> Iterator[Node]:
    """One node per role and caller, and one per role and service."""
    for use in derivation.snapshot.uses.values():
        account = arns.account_of(use.role)
        yield NODE.node(
            use.arn,
            name=use.by or use.service,
            kind="use",
            account=account,
            account_name=derivation.account_name(account),
            **encode(use, "arn"),
        )
