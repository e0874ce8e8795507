"""A SAML provider of an account, read or only named by a trust policy."""

from collections.abc import Iterator

from graph.codec import encode
from graph.derivation import Derivation
from graph.properties import CREATED, NAMED_ONLY, PLACE, PRINCIPAL, TAGS
from graph.schema import Node, NodeKind, Property

NODE = NodeKind(
    labels=("Principal", "SamlProvider"),
    doc="A SAML provider: stands for everybody whom it vouches for.",
    key="the provider's ARN",
    properties=(
        *PRINCIPAL,
        NAMED_ONLY,
        CREATED,
        Property("metadata", "its metadata document; empty when not read"),
        TAGS,
        PLACE,
    ),
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_saml.html",
)


def derive(derivation: Derivation) -> Iterator[Node]:
    """One node per provider that was read, and per provider that is only named."""
    for provider in derivation.snapshot.saml_providers.values():
        props = encode(provider, "arn", "account")
        props |= derivation.principal(provider.arn, "saml_provider", provider.account)
        yield NODE.node(provider.arn, name=_name(provider.arn), named_only=False, **props)
    for named in derivation.named("SamlProvider"):
        props = derivation.principal(named.arn, "saml_provider", named.account)
        yield NODE.node(named.arn, name=_name(named.arn), named_only=True, **props)


def _name(arn: str) -> str:
    return arn.rpartition("/")[2] or arn
