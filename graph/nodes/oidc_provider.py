"""An OpenID Connect provider, read or only named by a trust policy."""

from collections.abc import Iterator

from graph.codec import encode
from graph.derivation import Derivation
from graph.properties import NAMED_ONLY, PLACE, PRINCIPAL, TAGS
from graph.schema import Node, NodeKind, Property

NODE = NodeKind(
    labels=("Principal", "OidcProvider"),
    doc="An OpenID Connect provider: stands for every subject of it where a trust names none.",
    key="the provider's ARN; the host of one that is built into AWS, `accounts.google.com`",
    properties=(
        *PRINCIPAL,
        NAMED_ONLY,
        Property("url", "host and path of the issuer", required=True),
        Property("client_ids", "audiences that it accepts; left out when not read", "list[str]"),
        Property("thumbprints", "fingerprints of its certificates", "list[str]"),
        TAGS,
        PLACE,
    ),
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc.html",
)


def derive(derivation: Derivation) -> Iterator[Node]:
    """One node per provider that was read, and per provider that is only named."""
    for provider in derivation.snapshot.oidc_providers.values():
        props = encode(provider, "arn", "account")
        props |= derivation.principal(provider.arn, "oidc_provider", provider.account)
        yield NODE.node(provider.arn, name=provider.url or provider.arn, named_only=False, **props)
    for named in derivation.named("OidcProvider"):
        url = named.arn.partition(":oidc-provider/")[2] or named.arn
        props = derivation.principal(named.arn, "oidc_provider", named.account)
        yield NODE.node(named.arn, name=url, named_only=True, url=url, **props)
