"""A service of AWS that roles trust or that owns a role."""

from collections.abc import Iterator

from graph.derivation import Derivation
from graph.properties import PRINCIPAL
from graph.schema import Node, NodeKind

NODE = NodeKind(
    labels=("Principal", "Service"),
    doc="A service of AWS, as far as a role trusts it or is owned by it.",
    key="its service principal, `lambda.amazonaws.com`",
    properties=PRINCIPAL,
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/"
    "reference_policies_elements_principal.html#principal-services",
)


def derive(derivation: Derivation) -> Iterator[Node]:
    """One node per service that is named."""
    for named in derivation.named("Service"):
        props = derivation.principal(named.arn, "service", "")
        yield NODE.node(named.arn, name=named.arn, **props)
