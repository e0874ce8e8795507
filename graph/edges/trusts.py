"""TRUSTS: this role's trust policy names that principal, whatever comes of it."""

from collections.abc import Iterator

from graph.derivation import Derivation
from graph.properties import CROSS_ACCOUNT, OUTSIDE
from graph.schema import Edge, EdgeKind, Property

EDGE = EdgeKind(
    name="TRUSTS",
    start=("Role",),
    end=("Principal", "Account"),
    doc="Is named in the trust policy, by an Allow or a Deny. Whether the principal gets in is "
    "another question: see `CAN_ASSUME`.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/"
    "reference_policies_elements_principal.html",
    properties=(
        Property("effect", "`Allow` or `Deny`", required=True),
        Property("actions", "actions of the statement", "list[str]", required=True),
        Property(
            "conditions", "conditions of the statement as JSON text; empty for none", required=True
        ),
        Property("condition_keys", "their keys, sorted", "list[str]", required=True),
        Property("statement", "`<policy>@<version>#<index>`", required=True),
        Property("sid", "the statement's Sid; empty for none"),
        Property(
            "dangling",
            "whether the principal's account was read and holds no such principal",
            "bool",
            required=True,
        ),
        Property(
            "has_external_id", "whether the caller must send an external id", "bool", required=True
        ),
        Property(
            "has_guard",
            "whether an external id or a source condition keeps a deputy from being confused",
            "bool",
            required=True,
        ),
        CROSS_ACCOUNT,
        OUTSIDE,
    ),
)


def derive(derivation: Derivation) -> Iterator[Edge]:
    """One edge per principal and statement that names it."""
    for trust in derivation.trusts:
        account = derivation.account_of(trust.principal)
        home = derivation.snapshot.roles[trust.role].account
        guards = {key.lower() for key in trust.guards}
        yield EDGE.between(
            trust.role,
            trust.principal,
            trust.statement,
            effect=trust.effect,
            actions=list(trust.actions),
            conditions=trust.conditions,
            condition_keys=list(trust.condition_keys),
            statement=trust.statement,
            sid=trust.sid,
            dangling=trust.dangling,
            has_external_id="sts:externalid" in guards,
            has_guard=bool(guards),
            cross_account=trust.principal == "*" or (bool(account) and account != home),
            outside_organization=derivation.is_outside(trust.principal, trust.role),
        )
