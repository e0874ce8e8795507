"""An account of which nothing was read stands for any of its principals."""

from collections.abc import Iterator

from graph.derivation import Derivation
from graph.properties import IN_ORGANIZATION, PRINCIPAL
from graph.schema import Node, NodeKind

NODE = NodeKind(
    labels=("Principal", "ExternalAccount"),
    doc="Any principal of an account that the snapshot does not list. An account that it lists and "
    "whose principals were not read is an `:Account` that carries these labels, too.",
    key="`arn:…:root` of the account",
    properties=(*PRINCIPAL, IN_ORGANIZATION),
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/"
    "reference_policies_elements_principal.html#principal-accounts",
)


def derive(derivation: Derivation) -> Iterator[Node]:
    """One node per account that is named and not listed."""
    for named in derivation.named("ExternalAccount"):
        yield NODE.node(
            named.arn,
            name=named.account or named.arn,
            in_organization=derivation.in_organization(named.account),
            **derivation.principal(named.arn, "external_account", named.account),
        )
