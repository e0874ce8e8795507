"""A subject of an OpenID Connect provider, as a trust policy names it."""

from collections.abc import Iterator

from graph.derivation import Derivation
from graph.properties import PRINCIPAL
from graph.schema import Node, NodeKind, Property

NODE = NodeKind(
    labels=("Principal", "FederatedSubject"),
    doc="Who an OpenID Connect provider vouches for, as far as a trust policy names them: a "
    "repository, a service account, a pattern of either.",
    key="`<provider ARN>#<claim>=<pattern>`, several joined by `&`, sorted",
    properties=(
        *PRINCIPAL,
        Property("provider", "ARN of its provider", required=True),
        Property("subject", "the claims with their patterns", required=True),
    ),
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html",
)


def derive(derivation: Derivation) -> Iterator[Node]:
    """One node per subject that is named."""
    for named in derivation.named("FederatedSubject"):
        provider, _, subject = named.arn.partition("#")
        yield NODE.node(
            named.arn,
            name=subject,
            provider=provider,
            subject=subject,
            **derivation.principal(named.arn, "federated_subject", named.account),
        )
