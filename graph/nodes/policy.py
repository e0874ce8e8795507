"""A policy document of any kind, and what it is attached to."""

from collections.abc import Iterator

from graph.codec import encode, json_text
from graph.derivation import Derivation
from graph.properties import (
    ACCOUNT,
    ACCOUNT_NAME,
    NAMED_ONLY,
    PATH,
    PLACE,
    TAGS,
    UNIQUE_ID,
)
from graph.schema import Node, NodeKind, Property
from iam import arn as arns
from iam.model import Policy, PolicyKind, ResourcePolicy

NODE = NodeKind(
    labels=("Policy",),
    doc="A policy document: managed, inline, trust, of the organization (`scp`, `rcp`), or of a "
    "resource.",
    key="a managed policy's ARN, `<owner ARN>#inline/<name>`, `<role ARN>#trust`, the ARN of an "
    "organization's policy, `<resource ARN>#policy`",
    properties=(
        Property("kind", "`managed`, `inline`, `trust`, `scp`, `rcp` or `resource`", required=True),
        ACCOUNT,
        ACCOUNT_NAME,
        NAMED_ONLY,
        Property("document", "the document as JSON text; left out when it was not read"),
        Property("raw", "the document's own text where that says more than its value"),
        Property("version", "the version that is in force"),
        Property("versions", "every version", "list[str]"),
        Property("older", "the other versions with their documents, as JSON text"),
        Property("description", "AWS's description"),
        UNIQUE_ID,
        PATH,
        Property("is_aws_managed", "whether AWS keeps it", "bool", required=True),
        Property("attachment_count", "uses that AWS counts", "int"),
        Property("boundary_usage_count", "uses as a boundary that AWS counts", "int"),
        TAGS,
        PLACE,
        Property("resource", "ARN of the resource whose policy it is"),
        Property("resource_account", "account of that resource"),
        Property("resource_region", "Region of that resource"),
        Property("resource_tags", "tags of that resource, as JSON text"),
        Property("is_absent", "true when it was read that the resource has no policy", "bool"),
    ),
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html",
)


def derive(derivation: Derivation) -> Iterator[Node]:
    """One node per document, one per policy that is only named, one per resource that was asked."""
    for policy in derivation.policies.values():
        yield _node(derivation, policy, named_only=False)
    for arn in derivation.unread_policies:
        yield _node(derivation, _named(arn), named_only=True)
    for held in derivation.snapshot.resource_policies.values():
        yield _of_resource(derivation, held)


def _node(derivation: Derivation, policy: Policy, *, named_only: bool, **more: str | bool) -> Node:
    # Most documents stand in their owner and have neither path nor tags nor counts of their own.
    is_own = policy.kind in (PolicyKind.INLINE, PolicyKind.TRUST, PolicyKind.RESOURCE)
    return NODE.node(
        policy.arn,
        account=policy.account,
        account_name=derivation.account_name(policy.account),
        is_aws_managed=policy.is_aws_managed,
        named_only=named_only,
        **encode(policy, "arn", "account", "is_aws_managed", sparse=is_own),
        **more,
    )


def _named(arn: str) -> Policy:
    account = arns.account_of(arn)
    return Policy(
        arn=arn,
        name=arn.rpartition("/")[2],
        kind=PolicyKind.MANAGED,
        document=None,
        account="" if account == "aws" else account,
        is_aws_managed=account == "aws",
    )


def _of_resource(derivation: Derivation, held: ResourcePolicy) -> Node:
    absent = Policy(
        arn=f"{held.resource}#policy",
        name="resource policy",
        kind=PolicyKind.RESOURCE,
        document=None,
        account=held.account,
    )
    return _node(
        derivation,
        held.policy or absent,
        named_only=False,
        resource=held.resource,
        resource_account=held.account,
        resource_region=held.region,
        resource_tags=json_text(held.tags),
        is_absent=held.policy is None,
    )
