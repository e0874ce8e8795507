"""IN_ACCOUNT: this thing belongs to that account."""

from collections.abc import Iterator

from graph.derivation import Derivation
from graph.schema import Edge, EdgeKind

EDGE = EdgeKind(
    name="IN_ACCOUNT",
    start=("Principal", "Group", "Policy", "InstanceProfile", "Workload"),
    end=("Account",),
    doc="Belongs to an account that the snapshot lists. Inline and trust policies belong to their "
    "owners and have none.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html",
)


def derive(derivation: Derivation) -> Iterator[Edge]:
    """One edge per thing whose account is listed."""
    snapshot = derivation.snapshot
    found = {holder.arn: holder.account for holder in derivation.holders}
    found |= {profile.arn: profile.account for profile in snapshot.instance_profiles.values()}
    found |= {saml.arn: saml.account for saml in snapshot.saml_providers.values()}
    found |= {oidc.arn: oidc.account for oidc in snapshot.oidc_providers.values()}
    found |= {policy.arn: policy.account for policy in snapshot.policies.values()}
    found |= {named.arn: named.account for named in derivation.outsiders.values()}
    found |= {arn: uses[0][1].account for arn, uses in derivation.workloads.items()}
    found |= {key: held.account for key, held in derivation.resource_policies.items()}
    for key, account in found.items():
        home = derivation.account_key(account)
        if home and home != key:
            yield EDGE.between(key, home)
