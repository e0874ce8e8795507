"""GOVERNED_BY: this policy of the organization is attached right here."""

from collections.abc import Iterator

from graph.derivation import Derivation
from graph.schema import Edge, EdgeKind, Property

EDGE = EdgeKind(
    name="GOVERNED_BY",
    start=("Account", "OrganizationalUnit"),
    end=("Policy",),
    doc="A service or resource control policy is attached to this account, unit or root itself. "
    "What is attached above it applies, too: follow `CHILD_OF`.",
    source="https://docs.aws.amazon.com/organizations/latest/userguide/"
    "orgs_manage_policies_scps_evaluation.html",
    properties=(Property("kind", "`scp` or `rcp`", required=True),),
)


def derive(derivation: Derivation) -> Iterator[Edge]:
    """One edge per target that the snapshot holds and policy there."""
    organization = derivation.snapshot.organization
    if organization is None:
        return
    for target, held in organization.targets.items():
        if target in organization.units:
            start = derivation.unit_key(target)
        else:
            start = derivation.account_key(target)
        for arn in held:
            policy = organization.policies.get(arn)
            if start and policy is not None:
                yield EDGE.between(start, arn, kind=policy.kind.value)
