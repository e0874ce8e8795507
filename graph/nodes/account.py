"""An account of AWS, read or only listed."""

from collections.abc import Iterator

from graph.codec import encode
from graph.derivation import Derivation
from graph.properties import ACCOUNT, ACCOUNT_NAME, IN_ORGANIZATION, KIND, REACH
from graph.schema import Node, NodeKind, Property

NODE = NodeKind(
    labels=("Account",),
    also=("Principal", "ExternalAccount"),
    doc="An AWS account that the snapshot lists. Where its principals were not read it is a "
    "`:Principal:ExternalAccount`, too, and stands for any of them.",
    key="`arn:…:root` of the account",
    properties=(
        KIND,
        ACCOUNT,
        ACCOUNT_NAME,
        IN_ORGANIZATION,
        *REACH,
        Property("partition", "AWS partition"),
        Property("status", "`ACTIVE`, `SUSPENDED` or `PENDING_CLOSURE`"),
        Property("parent", "id of the root or unit that holds it; left out when not known"),
        Property("collected", "whether its IAM entities were read", "bool", required=True),
        Property("organization_known", "whether its membership was read", "bool", required=True),
        Property("organization", "id of the organization that it is in; left out when not known"),
        Property("is_management", "whether it manages the organization", "bool", required=True),
        Property("aliases", "its sign-in aliases", "list[str]"),
    ),
    source="https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html",
)


def derive(derivation: Derivation) -> Iterator[Node]:
    """One node per account; its name is its own, else its id."""
    for account in derivation.snapshot.accounts.values():
        kind = "account" if account.collected else "external_account"
        props = encode(account, "id", "name")
        props |= derivation.principal(account.root_arn, kind, account.id)
        yield NODE.node(
            account.root_arn,
            () if account.collected else ("Principal", "ExternalAccount"),
            name=account.name or account.id,
            in_organization=derivation.in_organization(account.id),
            is_management=derivation.is_management(account.id),
            **props,
        )
