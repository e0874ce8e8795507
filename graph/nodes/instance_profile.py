"""An instance profile hands the role inside to EC2 instances."""

from collections.abc import Iterator

from graph.codec import encode
from graph.derivation import Derivation
from graph.properties import ACCOUNT, ACCOUNT_NAME, KIND, NAMED_ONLY, PATH, PLACE, TAGS, UNIQUE_ID
from graph.schema import Node, NodeKind, Property
from iam import arn as arns

NODE = NodeKind(
    labels=("InstanceProfile",),
    doc="An instance profile: the role inside is handed to EC2 instances.",
    key="the profile's ARN",
    properties=(
        KIND,
        ACCOUNT,
        ACCOUNT_NAME,
        NAMED_ONLY,
        UNIQUE_ID,
        PATH,
        Property("roles", "ARNs of the roles inside; AWS allows one", "list[str]"),
        TAGS,
        PLACE,
    ),
    source="https://docs.aws.amazon.com/IAM/latest/APIReference/API_InstanceProfile.html",
)


def derive(derivation: Derivation) -> Iterator[Node]:
    """One node per instance profile that was read, and per one that only a role names."""
    for profile in derivation.snapshot.instance_profiles.values():
        yield NODE.node(
            profile.arn,
            kind="instance_profile",
            account_name=derivation.account_name(profile.account),
            named_only=False,
            **encode(profile, "arn"),
        )
    for arn in derivation.unread_profiles:
        account = arns.account_of(arn)
        yield NODE.node(
            arn,
            name=arn.rpartition("/")[2] or arn,
            kind="instance_profile",
            account=account,
            account_name=derivation.account_name(account),
            named_only=True,
        )
