"""An organization, as far as it was readable."""

from collections.abc import Iterator

from graph.codec import encode, json_text
from graph.derivation import Derivation
from graph.properties import HAS_ARN, KIND
from graph.schema import Node, NodeKind, Property

NODE = NodeKind(
    labels=("Organization",),
    doc="The organization that the accounts are members of.",
    key="its ARN; its id where the ARN was not read",
    properties=(
        KIND,
        HAS_ARN,
        Property("id", "`o-…`", required=True),
        Property("management_account", "id of the account that manages it"),
        Property("root", "id of its root"),
        Property(
            "scp_enabled", "whether service control policies are on; left out when not read", "bool"
        ),
        Property(
            "rcp_enabled",
            "whether resource control policies are on; left out when not read",
            "bool",
        ),
        Property(
            "scps_readable",
            "false when some of their content or targets was refused",
            "bool",
            required=True,
        ),
        Property(
            "rcps_readable",
            "false when some of their content or targets was refused",
            "bool",
            required=True,
        ),
        Property(
            "members_listed",
            "false when nobody read the whole list of its accounts",
            "bool",
            required=True,
        ),
        Property(
            "features", "features of central root access; left out when not read", "list[str]"
        ),
        Property(
            "targets",
            "ids of roots, units and accounts with the policies there, as JSON text",
            required=True,
        ),
        Property(
            "delegated_administrators", "accounts with their services, as JSON text", required=True
        ),
    ),
    source="https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html",
)


def derive(derivation: Derivation) -> Iterator[Node]:
    """One node, where the snapshot knows an organization."""
    organization = derivation.snapshot.organization
    if organization is None:
        return
    props = encode(organization, "arn", "units", "policies", "targets", "delegated_administrators")
    yield NODE.node(
        derivation.organization_key,
        name=organization.id,
        kind="organization",
        has_arn=bool(organization.arn),
        targets=json_text({key: list(held) for key, held in organization.targets.items()}),
        delegated_administrators=json_text(organization.delegated_administrators),
        **props,
    )
