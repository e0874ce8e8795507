"""A user, role or session that a policy names and nobody read."""

from collections.abc import Iterator

from graph.derivation import Derivation
from graph.properties import IN_ORGANIZATION, PRINCIPAL
from graph.schema import Node, NodeKind, Property
from iam import arn as arns

NODE = NodeKind(
    labels=("Principal", "ExternalPrincipal"),
    doc="A principal that is named and was not read: of another account, or deleted.",
    key="what the trust policy names: an ARN, or the unique id of somebody who was deleted",
    properties=(
        *PRINCIPAL,
        IN_ORGANIZATION,
        Property(
            "dangling",
            "whether its account was read and holds no such principal",
            "bool",
            required=True,
        ),
        Property(
            "meant", "of a unique id: the ARN that an earlier snapshot gave it, where one did"
        ),
    ),
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/"
    "reference_policies_elements_principal.html",
)


def derive(derivation: Derivation) -> Iterator[Node]:
    """One node per principal that is named and was not read."""
    for named in derivation.named("ExternalPrincipal"):
        parsed = arns.parse(named.arn)
        yield NODE.node(
            named.arn,
            name=(parsed.name if parsed is not None else "") or named.arn,
            dangling=named.dangling,
            in_organization=derivation.in_organization(named.account),
            meant=derivation.snapshot.former.get(named.arn),
            **derivation.principal(named.arn, "external_principal", named.account),
        )
