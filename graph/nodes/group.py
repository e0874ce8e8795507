"""A group of IAM holds policies for its members; it is never a principal."""

from collections.abc import Iterator

from graph.codec import encode
from graph.derivation import Derivation
from graph.properties import (
    ACCOUNT,
    ACCOUNT_NAME,
    ATTACHED,
    CREATED,
    INLINE,
    KIND,
    PATH,
    PLACE,
    UNIQUE_ID,
)
from graph.schema import Node, NodeKind

NODE = NodeKind(
    labels=("Group",),
    doc="An IAM user group: never a principal, only a holder of policies.",
    key="the group's ARN",
    properties=(
        KIND,
        ACCOUNT,
        ACCOUNT_NAME,
        UNIQUE_ID,
        PATH,
        CREATED,
        INLINE,
        ATTACHED,
        PLACE,
    ),
    source="https://docs.aws.amazon.com/IAM/latest/APIReference/API_GroupDetail.html",
)


def derive(derivation: Derivation) -> Iterator[Node]:
    """One node per group."""
    for group in derivation.snapshot.groups.values():
        yield NODE.node(
            group.arn,
            kind="group",
            account_name=derivation.account_name(group.account),
            **encode(group, "arn"),
        )
