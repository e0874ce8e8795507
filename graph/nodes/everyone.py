"""Everyone is a principal where a trust policy says so."""

from collections.abc import Iterator

from graph.derivation import Derivation
from graph.properties import PRINCIPAL
from graph.schema import Node, NodeKind

NODE = NodeKind(
    labels=("Principal", "Everyone"),
    doc="Anybody with an AWS account, where a trust policy names `*`.",
    key="`*`",
    properties=PRINCIPAL,
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/"
    "reference_policies_elements_principal.html#principal-anonymous",
)


def derive(derivation: Derivation) -> Iterator[Node]:
    """One node, where anything names it."""
    for named in derivation.named("Everyone"):
        props = derivation.principal(named.arn, "everyone", "")
        yield NODE.node(named.arn, name="everyone", **props)
