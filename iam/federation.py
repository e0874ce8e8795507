"""Entry from outside IAM: SAML, OIDC, Identity Center, services, and AssumeRoot.

Source:
    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html
    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers.html
"""

from iam import arn as arns
from iam import entry_points, findings
from iam.conditions import operators
from iam.decision import Atom, Reason
from iam.formula import Branch, Formula, branches, conj, disj, is_exact
from iam.keys import ambiguous
from iam.layers.base import missing
from iam.layers.trust import TrustSays
from iam.match.action import matches as action_matches
from iam.model import REFUSED, PolicyKind
from iam.scene import Scene

OPERATION = {"SAML": "sts:AssumeRoleWithSAML", "OIDC": "sts:AssumeRoleWithWebIdentity"}
NO_PROVIDERS = "identity providers not collected: taken as present"
NO_CLIENTS = "client ids of identity providers not collected: taken as the token's own"
_IAM = "iam.amazonaws.com"


def entry(scene: Scene) -> tuple[Formula, list[Reason]]:
    """What an entry from outside IAM asks for beyond the trust policy, and what rules it out."""
    kind = scene.caller.kind
    if kind == "SAML":
        return _saml(scene)
    if kind == "OIDC":
        return _oidc(scene)
    if kind == "SERVICE":
        return _service(scene)
    if scene.action in OPERATION.values():
        scene.note("A-37")
        return True, [
            Reason("TRUST", "A-37", "request", f"{scene.action} is called without AWS credentials")
        ]
    return True, []


def _saml(scene: Scene) -> tuple[Formula, list[Reason]]:
    caller = scene.caller
    scene.note("C-45")
    if scene.role is not None and scene.role.is_reserved:
        scene.note("C-50")
        return True, [
            Reason(
                "NOT_DIRECTLY_CALLABLE",
                "C-50",
                "request",
                "roles of IAM Identity Center are entered through Identity Center only",
            )
        ]
    extra: Formula = True
    if caller.account != scene.account:
        scene.note("C-44")
        extra = ambiguous("I-5", "unlikely")
    else:
        extra = provider(scene, caller.provider)
        if extra is False:
            return True, [_no_provider(scene)]
    _ineffective(scene)
    pair = Atom(
        "saml:Role", "StringEquals", (f"{scene.resource},{caller.provider}",), kind="IDP_CLAIM"
    )
    return conj(pair, extra), []


def _oidc(scene: Scene) -> tuple[Formula, list[Reason]]:
    caller = scene.caller
    scene.note("C-46")
    issuer = caller.issuer
    parts: list[Formula] = [
        Atom(f"{issuer}:iss", "StringEquals", (f"https://{issuer}",), kind="IDP_CLAIM")
    ]
    if ":" not in caller.provider:
        scene.note("C-47")
    else:
        there = provider(scene, caller.provider) if caller.account == scene.account else False
        if there is False:
            scene.note("C-44")
            return True, [_no_provider(scene)]
        audience = _audience(scene, f"{issuer}:aud")
        if audience is False:
            words = "the token's audience is not a client id of the provider"
            return True, [Reason("TRUST", "B-20", "request", words)]
        parts += (there, audience)
    _ineffective(scene)
    return conj(*parts), []


def provider(scene: Scene, name: str) -> Formula:
    """Whether the role's account has a provider: true, false, or that nobody saw it (C-44)."""
    scene.note("C-44")
    saml = ":saml-provider/" in name
    held = scene.snapshot.saml_providers if saml else scene.snapshot.oidc_providers
    if name in held:
        return True
    operation = "list-saml-providers" if saml else "list-open-id-connect-providers"
    status = scene.snapshot.status(scene.account, "iam", operation)
    if status in ("complete", "stale"):
        return False
    if status in REFUSED:
        scene.note("V-12")
        return missing("provider", name)
    scene.assumptions.add(NO_PROVIDERS)
    return True


def _audience(scene: Scene, key: str) -> Formula:
    """The token's audience must be a client id of the provider (B-20)."""
    held = scene.snapshot.oidc_providers.get(scene.caller.provider)
    if held is None:
        return True  # said once, by the provider itself
    if held.client_ids is None:
        read = "get-open-id-connect-provider"
        status = scene.snapshot.status
        if any(status(scene.account, "iam", read, resource=r) in REFUSED for r in ("", held.arn)):
            scene.note("V-12")
            return missing("client ids", held.arn)
        scene.assumptions.add(NO_CLIENTS)
        return True
    given = scene.context.get(key.lower())
    if given is not None:
        return bool(set(given) & set(held.client_ids))
    if not held.client_ids:
        return False
    return Atom(key, "StringEquals", tuple(sorted(held.client_ids)), kind="IDP_CLAIM")


def _no_provider(scene: Scene) -> Reason:
    return Reason(
        "PROVIDER_MISSING",
        "C-44",
        "request",
        f"the role's account has no identity provider {scene.caller.provider}",
    )


def _ineffective(scene: Scene) -> None:
    """C-45: an SCP of the role's account that denies federated entry has no effect on it."""
    for _, body in scene.world.levels(scene.account, PolicyKind.SCP):
        for bound in body.bound:
            statement = bound.statement
            named = any(
                a.lower().startswith("sts:") and action_matches(a, scene.action)
                for a in statement.actions
            )
            if statement.effect == "Deny" and not statement.not_action and named:
                scene.note("C-45", "C-49")
                scene.findings.add("INEFFECTIVE_SCP")


def _service(scene: Scene) -> tuple[Formula, list[Reason]]:
    service = scene.caller.service
    role = scene.role
    scene.note("C-56")
    if role is None:
        return True, []
    if arns.service_of(service) == "ec2":
        scene.note("C-55")
        holds = role.instance_profiles or any(
            role.arn in p.roles for p in scene.snapshot.instance_profiles.values()
        )
        if not holds:
            return (
                Atom("ec2:InstanceProfile", "Configured", (role.arn,), kind="SERVICE_CONTEXT"),
                [],
            )
    if entry_points.is_anywhere(service):
        return _roles_anywhere(scene)
    return True, []


def _roles_anywhere(scene: Scene) -> tuple[Formula, list[Reason]]:
    """C-54: an enabled profile must list the role, and a certificate of an enabled anchor."""
    scene.note("C-54")

    def no(code: str, words: str) -> tuple[Formula, list[Reason]]:
        return True, [Reason(code, "C-54", "request", words)]

    if entry_points.enabled_profiles(scene.snapshot, scene.resource):
        anchors = entry_points.anchors(scene)
        if anchors == ():
            return no("NO_ENABLED_ANCHOR", "no enabled trust anchor can vouch for the certificate")
        return entry_points.certificate(scene, anchors), []
    read = any(
        c.service == "rolesanywhere"
        and c.operation == "list-profiles"
        and c.account == scene.account
        and c.status == "complete"
        for c in scene.snapshot.coverage
    )
    if read or entry_points.profiles(scene.snapshot, scene.resource):
        return no("NO_ENABLED_PROFILE", "no enabled Roles Anywhere profile lists the role")
    scene.assumptions.add(entry_points.NO_WORKLOADS)
    profile = Atom("rolesanywhere:Profile", "Configured", (scene.resource,), kind="SERVICE_CONTEXT")
    return conj(entry_points.certificate(scene, None), profile), []


def passes_tags(scene: Scene, branch: Branch) -> bool:
    """Whether a way in cannot avoid session tags: EKS Pod Identity, Roles Anywhere (C-31)."""
    if scene.caller.kind != "SERVICE":
        return False
    if entry_points.is_pods(scene.caller.service):
        scene.note("C-53")
        return entry_points.pods_pass_tags(scene.snapshot, scene.resource, branch)
    return entry_points.is_anywhere(scene.caller.service)


def sets_identity(scene: Scene) -> bool:
    """Roles Anywhere always sets a source identity (C-32, C-54)."""
    return scene.caller.kind == "SERVICE" and entry_points.is_anywhere(scene.caller.service)


def is_of_pools(scene: Scene) -> bool:
    """Whether the caller is an identity of Cognito's identity pools (C-51)."""
    return scene.caller.kind == "OIDC" and entry_points.is_pools(scene.caller.provider)


def handed_out(scene: Scene, found: list[Branch]) -> list[Branch]:
    """The ways in of a Cognito identity, and that its pool hands the role out where it is named.

    The way, or the asker, may name it. A way that names no pool is open to a pool of anybody's
    own, which hands out anything (C-51).
    """
    scene.note("C-51")
    key = f"{scene.caller.provider}:aud"
    known = set(scene.context.get(key.lower(), ()))
    known.update(value for claim, value in scene.caller.claims if claim.lower() == "aud")
    ways: list[Branch] = []
    for branch in found:
        asked = (a for a in branch if a.key.lower() == key and is_exact(a) and not a.negated)
        pools = known or {value for atom in asked for value in atom.values}
        ways += branches(conj(*branch, _pool_demand(scene, key, pools)))
    return ways


def _pool_demand(scene: Scene, key: str, pools: set[str]) -> Formula:
    closed = entry_points.closed_pools(scene, pools)
    if not closed:
        return True
    configured = entry_points.pool(scene.resource)
    open_ = tuple(sorted(pools - closed))
    return (
        disj(Atom(key, "StringEquals", open_, kind="IDP_CLAIM"), configured)
        if open_
        else configured
    )


def admitted(scene: Scene, found: list[Branch]) -> list[Branch]:
    """The ways that are left: none for guests of a pool that lets in nobody unauthenticated (C-51).

    A way that names no pool, or one of which nobody knows, stays.
    """
    caller = scene.caller
    if not is_of_pools(scene):
        return found

    def values(branch: Branch, claim: str) -> list[tuple[str, ...]]:
        key = f"{caller.provider}:{claim}"
        said = tuple(value for name, value in caller.claims if name.lower() == claim)
        given = scene.context.get(key.lower(), said)
        asked = [a.values for a in branch if a.key.lower() == key and not a.negated]
        return [given] if given else asked

    def is_guest(branch: Branch) -> bool:
        return any(set(amr) == {entry_points.GUEST} for amr in values(branch, "amr"))

    return [
        b
        for b in found
        if not is_guest(b)
        or not any(entry_points.without_guests(scene.snapshot, p) for p in values(b, "aud"))
    ]


def note_findings(scene: Scene, trusted: TrustSays) -> None:
    """By-products of federated and service trust (V-11)."""
    statements = [bound.statement for bound, _ in trusted.says.allows]
    if scene.caller.kind == "OIDC":
        findings.federation(scene, statements)
        if _is_irsa(scene):
            scene.note("C-52")
            if entry_points.issuer_is_orphaned(scene):
                scene.findings.add("ORPHAN_ISSUER")
    elif scene.caller.kind == "SERVICE":
        findings.confused_deputy(scene, statements)
    if scene.role is not None and scene.role.trust is not None:
        for statement in scene.world.document(scene.role.trust).statements:
            if any("/AWSReservedSSO_" in v for _, v in statement.principals or ()):
                scene.note("C-50")
                scene.findings.add("RESERVED_ROLE_NAMED")
            for condition in statement.conditions:
                if operators.parse(condition.operator) is None:
                    scene.findings.add("BAD_OPERATOR")


def _is_irsa(scene: Scene) -> bool:
    return bool(entry_points.cluster_region(scene.caller.issuer))


# --- Identity Center ------------------------------------------------------------------------------


def reserved_name(role_name: str) -> str:
    """Permission set inside ``AWSReservedSSO_<name>_<suffix>``; empty for other names (C-50)."""
    if not role_name.startswith("AWSReservedSSO_"):
        return ""
    return role_name.removeprefix("AWSReservedSSO_").rpartition("_")[0]


def assigned(scene: Scene) -> Formula:
    """Whether a user is assigned the role's permission set on its account (C-50)."""
    scene.note("C-50")
    role = scene.role
    snapshot = scene.snapshot
    if role is None or not role.is_reserved:
        return False
    if snapshot.assignments is None:
        return missing("assignments", scene.account)
    user = snapshot.identity_center_users[scene.caller.principal]
    holders = {user.key, *user.groups}
    name = reserved_name(role.name)
    for assignment in snapshot.assignments:
        held = snapshot.permission_sets.get(assignment.permission_set)
        if (
            held is not None
            and held.name == name
            and assignment.account == role.account
            and assignment.principal in holders
        ):
            return True
    return False


def single_sign_on(scene: Scene) -> tuple[list[Branch], list[Reason]]:
    """The ways of an Identity Center user into a reserved role, or why there are none."""
    scene.action = "sso"
    formula = assigned(scene)
    if formula is not False:
        return branches(formula), []
    words = "the user is not assigned the permission set of this role on its account"
    return [], [Reason("NOT_ASSIGNED", "C-50", "request", words)]


# --- AssumeRoot -----------------------------------------------------------------------------------

_TASKS = {
    "IAMAuditRootUserCredentials": ("RootCredentialsManagement", "RootSessions"),
    "IAMDeleteRootUserCredentials": ("RootCredentialsManagement",),
    "IAMCreateRootUserPassword": ("RootSessions",),
    "S3UnlockBucketPolicy": ("RootSessions",),
    "SQSUnlockQueuePolicy": ("RootSessions",),
}


def root_tasks(features: tuple[str, ...]) -> tuple[str, ...]:
    """Task policies that the enabled features of centralized root access allow (C-60)."""
    return tuple(sorted(t for t, any_of in _TASKS.items() if set(any_of) & set(features)))


def root_access(scene: Scene) -> tuple[Formula, list[Reason]]:
    """What ``sts:AssumeRoot`` needs beyond policies: who calls, the features, the member (C-60)."""
    scene.note("C-60")
    caller = scene.caller
    organization = scene.snapshot.organization
    target = arns.parse(scene.resource)
    account = target.account if target is not None else scene.resource
    scene.account = account

    def no(code: str, message: str) -> tuple[Formula, list[Reason]]:
        return False, [Reason(code, "C-60", "request", message)]

    if not caller.is_aws:
        return no("ROOT_CANNOT_ASSUME", "only a user or role can call AssumeRoot")
    extra: Formula = True
    if organization is None:
        extra = missing("organization", account)
    else:
        central = {a for a, s in organization.delegated_administrators if s == _IAM}
        if caller.account not in {organization.management_account, *central}:
            return no(
                "NOT_CENTRAL",
                "only the management account or the delegated administrator for IAM may call it",
            )
        if organization.features is None:
            extra = missing("features", organization.id)
        else:
            tasks = root_tasks(organization.features)
            asked = scene.context.get("sts:taskpolicyarn")
            if not tasks:
                return no("FEATURE_OFF", "centralized root access is not enabled")
            if asked is not None and not {a.rpartition("/")[2] for a in asked} & set(tasks):
                return no(
                    "FEATURE_OFF", "the enabled features of central root access lack this task"
                )
        if account == organization.management_account:
            return no("NOT_A_MEMBER", "the management account is no member account")
        member = scene.world.account(account)
        if scene.world.organization_of(account) is not None:
            return extra, []
        if member is None or not (member.organization_known or organization.members_listed):
            extra = conj(extra, missing("account", account))
        else:
            return no("NOT_A_MEMBER", f"account {account} is not a member of the organization")
    return extra, []
