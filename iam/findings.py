"""By-products that never change a verdict: public roles, open issuers, suspended accounts (V-11).

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-concepts.html
"""

from collections.abc import Iterable, Mapping

from iam import arn as arns
from iam import entry_points
from iam.conditions import operators
from iam.model import Role
from iam.policy import Condition, Statement
from iam.scene import Scene
from iam.world import World, action_applies

WORDS: Mapping[str, str] = {
    "PUBLIC": "the trust policy lets in everyone",
    "PUBLIC_CONDITIONAL": (
        "the trust policy lets in everyone who meets a condition that names nobody"
    ),
    "PUBLIC_FEDERATION": (
        "an identity provider of many tenants is trusted, and no condition names one of them"
    ),
    "SHARED_ISSUER_OPEN": (
        "an issuer of many tenants is trusted, and more tenants than one can meet the conditions"
    ),
    "NO_CONFUSED_DEPUTY_GUARD": (
        "a service is trusted without a condition on the resource or the account it acts for"
    ),
    "DANGLING_PRINCIPAL": "a principal is named that is not there any more, or never can be",
    "WILDCARD_IN_PRINCIPAL": (
        "a wildcard stands in a principal, where it is none or means everybody"
    ),
    "WILDCARD_IN_CLAIM": "a wildcard stands in a claim, where IAM refuses it",
    "CROSS_PARTITION_PRINCIPAL": "a principal of another partition is named, which can never enter",
    "FORALLVALUES_ALLOW": "an Allow has a condition with ForAllValues, which a missing key meets",
    "BAD_OPERATOR": "a condition has an operator that AWS does not have",
    "UNSUPPORTED_KEY": "a condition asks for a key that is never in such a request",
    "EXPIRED_CONDITION": "a condition names a time that is over",
    "UNPARSED": "a document or a statement cannot be read, or a key stands twice in it",
    "INEFFECTIVE_SCP": "a service control policy denies federated entry, on which it has no effect",
    "ORPHAN_ISSUER": "the issuer of an EKS cluster is trusted, and the cluster is not there",
    "RESERVED_ROLE_NAMED": (
        "a role of Identity Center is named by its ARN, which changes with the next provisioning"
    ),
    "NO_ACTIVE_CREDENTIAL": "the caller has no password and no active key",
    "CONSOLE_IMPOSSIBLE": "the console cannot pass what is asked for",
    "ACCOUNT_SUSPENDED": "one of the two accounts is suspended or closed",
}
"""What each finding says."""

# C-48: issuers that serve many tenants, with the claim that names the tenant.
SHARED_ISSUERS = {
    "token.actions.githubusercontent.com": "sub",
    "gitlab.com": "sub",
    "app.terraform.io": "sub",
    "agent.buildkite.com": "sub",
    "oidc.codefresh.io": "sub",
    "api.pulumi.com/oidc": "aud",
    "oidc.vercel.com": "aud",
    "scalr.io": "sub",
    "proidc.upbound.io": "sub",
    "studio.datachain.ai/api": "sub",
    "tokens.cloud.shisho.dev": "sub",
    "sandboxes.cloud": "aud",
    "oidc-configuration.audit-log.githubusercontent.com": "sub",
    "vstoken.actions.githubusercontent.com": "sub",
    "cognito-identity.amazonaws.com": "aud",
    "accounts.google.com": "sub",
}
# C-58: keys that can tie a wildcard trust to somebody.
_FIXING = frozenset(
    (
        "aws:principalarn",
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:userid",
    )
)
# C-57: what a service may say of the resource it acts for.
_SOURCES = frozenset(
    ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths")
)


def public(world: World, role: Role) -> str:
    """``PUBLIC``, ``PUBLIC_CONDITIONAL`` or empty: may strangers enter a role (C-58)."""
    key = ("public", role.arn)
    found = world.memo.get(key)
    if found is None:
        found = _public(world, role)
        world.memo[key] = found
    return str(found)


def _public(world: World, role: Role) -> str:
    if role.trust is None:
        return ""
    worst = ""
    for statement in world.document(role.trust).statements:
        if statement.effect != "Allow" or not action_applies(statement, "sts:AssumeRole"):
            continue
        if ("AWS", "*") not in (statement.principals or ()) or statement.not_principal:
            continue
        if any(_fixes(c) for c in statement.conditions):
            continue
        if all(_lets_anybody(c) for c in statement.conditions):
            return "PUBLIC"
        worst = "PUBLIC_CONDITIONAL"
    return worst


def fixing(conditions: Iterable[Condition]) -> tuple[str, ...]:
    """Keys of the conditions that tie a wildcard trust to a literal somebody, sorted (C-58)."""
    return tuple(sorted({c.key for c in conditions if _fixes(c)}))


def _lets_anybody(condition: Condition) -> bool:
    """A condition that holds for a stranger whose key is missing."""
    op = operators.parse(condition.operator)
    if op is None:
        return False
    principal_key = condition.key.lower() in _FIXING or condition.key.lower() == "aws:tagkeys"
    return principal_key and (op.set_prefix == "ForAllValues" or op.if_exists)


def _fixes(condition: Condition) -> bool:
    """Whether a condition ties the caller to a literal account, organization or name (C-58)."""
    op = operators.parse(condition.operator)
    key = condition.key.lower()
    if op is None or op.negated or op.if_exists or op.is_null or key not in _FIXING:
        return False
    if op.set_prefix == "ForAllValues":
        return False
    return bool(condition.values) and all(_literal(key, v) for v in condition.values)


def _literal(key: str, value: str) -> bool:
    if key == "aws:principalarn":
        parsed = arns.parse(value)
        return parsed is not None and bool(arns.ACCOUNT_ID.fullmatch(parsed.account))
    if key == "aws:principalorgpaths":
        head = value.split("/", 1)[0]
        return bool(head) and "*" not in head and "?" not in head
    if key == "aws:userid":
        head = value.split(":", 1)[0]
        return bool(head) and "*" not in head and "?" not in head
    return "*" not in value and "?" not in value


def federation(scene: Scene, statements: list[Statement]) -> None:
    """Note issuers whose tenant the statements do not name (C-47, C-48)."""
    issuer = scene.caller.issuer
    claim = SHARED_ISSUERS.get(issuer)
    if issuer.startswith("cognito-identity"):
        claim = "aud"  # of whichever partition
    built_in = ":" not in scene.caller.provider
    for statement in statements:
        named = {_claim_name(issuer, c): c for c in statement.conditions}
        if claim is not None:
            scene.note("C-48")
            holder = named.get(claim)
            if holder is None or not _narrow(holder):
                scene.findings.update(("SHARED_ISSUER_OPEN", "PUBLIC_FEDERATION"))
            elif claim == "sub" and any(_prefix_open(v) for v in holder.values):
                scene.findings.add("SHARED_ISSUER_OPEN")
        if built_in:
            scene.note("C-47")
            if not ({"aud", "app_id"} & set(named)):
                scene.findings.add("PUBLIC_FEDERATION")
            if issuer.startswith("cognito-identity"):
                scene.note("C-51")
                amr = named.get("amr")
                pools = named["aud"].values if "aud" in named else ()
                guests = amr is None or any("unauthenticated" in v or v == "*" for v in amr.values)
                if guests and not entry_points.without_guests(scene.snapshot, pools):
                    scene.findings.add("PUBLIC_FEDERATION")


def _claim_name(issuer: str, condition: Condition) -> str:
    head, _, tail = condition.key.rpartition(":")
    return tail.lower() if head.lower() == issuer.lower() else ""


def _narrow(condition: Condition) -> bool:
    op = operators.parse(condition.operator)
    if op is None or op.negated or op.if_exists or op.is_null:
        return False
    return bool(condition.values) and all(v.strip("*?") != "" for v in condition.values)


def _prefix_open(value: str) -> bool:
    """``repo:org*/…`` also matches organizations that only begin with the name (B-20)."""
    owner = value.removeprefix("repo:").split("/", 1)[0]
    return value.startswith("repo:") and "*" in owner


def confused_deputy(scene: Scene, statements: list[Statement]) -> None:
    """Note a service trust without a source condition (C-56)."""
    for statement in statements:
        if not any(c.key.lower() in _SOURCES for c in statement.conditions):
            scene.findings.add("NO_CONFUSED_DEPUTY_GUARD")


def guards(statement: Statement) -> tuple[str, ...]:
    """Keys by which a statement keeps a deputy from being confused, sorted (C-56, C-57).

    An external id, or what a service says of the resource it acts for. A condition guards when a
    request without the key, or with any value at all, does not meet it.
    """
    return tuple(sorted({c.key for c in statement.conditions if _guards(c)}))


def _guards(condition: Condition) -> bool:
    op = operators.parse(condition.operator)
    if op is None or op.negated or op.if_exists or op.is_null or op.set_prefix == "ForAllValues":
        return False
    known = condition.key.lower() in _SOURCES or condition.key.lower() == "sts:externalid"
    return known and bool(condition.values) and all(v.strip("*?") for v in condition.values)


def attributes(scene: Scene) -> None:
    """Note what is worth saying of the two ends (C-4, C-10, C-50)."""
    for account in {scene.caller.account, scene.account} - {""}:
        found = scene.world.account(account)
        if found is not None and found.status != "ACTIVE":
            scene.note("C-4")
            scene.findings.add("ACCOUNT_SUSPENDED")
    entity = scene.caller.entity
    if getattr(entity, "has_credentials", None) is False:
        scene.note("C-10")
        scene.findings.add("NO_ACTIVE_CREDENTIAL")
    if scene.role is not None:
        status = public(scene.world, scene.role)
        if status:
            scene.note("C-58")
            scene.findings.add(status)
