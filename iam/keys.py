"""A condition key is known, absent, open or one of a few values, by the kind of caller.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from iam import arn as arns
from iam import entry_points, key_table
from iam.conditions import date, operators
from iam.decision import Atom
from iam.formula import Formula, conj, disj, neg
from iam.match import action as actions
from iam.match import glob
from iam.model import Role, Tags, User, Workload
from iam.scene import Scene


@dataclass(frozen=True, slots=True)
class Known:
    """The key holds these values; none means that it is absent."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    """The key holds one of these value lists; ``ambiguity`` names the open question, if any.

    Without an ambiguity any of them satisfies (two tags that differ in case only, B-3).
    """

    options: tuple[tuple[str, ...], ...]
    ambiguity: str = ""


@dataclass(frozen=True, slots=True)
class Open:
    """The key's value is not fixed by the snapshot.

    ``always`` says that the key is always there. ``default`` are the values when the caller does
    nothing about it (None: there is no such state). ``possible`` excludes values that cannot be.
    """

    kind: str
    always: bool = False
    default: tuple[str, ...] | None = None
    likelihood: str = "normal"
    possible: Callable[[str, str], bool] | None = None


@dataclass(frozen=True, slots=True)
class ByCase:
    """A key with a handful of possible states: ``build`` makes the formula from a truth test."""

    build: Callable[[Callable[[tuple[str, ...]], bool]], Formula]


@dataclass(frozen=True, slots=True)
class SessionId:
    """``aws:userid`` of a role session: a known unique id, a colon, a session name (B-16)."""

    unique_id: str


State = Known | OneOf | Open | ByCase | SessionId
ABSENT = Known(())

# Keys of other services that are read, too; those of a role's assumption are in the table.
_OTHERS = ("aws:SourceOwner", "kms:CallerAccount", "kms:EncryptionContextKeys", "kms:ViaService")
_CANONICAL = {
    name.lower(): name
    for name in (*_OTHERS, *(key.name for key in key_table.table().values()))
    if not name.endswith("*")
}
_TAG_PREFIXES = {
    lower[:-1]: key.name[:-1] for lower, key in key_table.table().items() if lower.endswith("*")
}
_MULTIVALUED = frozenset(
    ("kms:encryptioncontextkeys", *(k for k, key in key_table.table().items() if key.multivalued))
)
# B-17: keys that STS requests never hold.
_NEVER_IN_STS = frozenset(
    (
        "sts:durationseconds",
        "sts:awsservicename",
        "sts:identitytokenaudience",
        "sts:signingalgorithm",
    )
)
# C-57: services that are known to send their source when they assume a role.
_SENDERS = frozenset(
    (
        entry_points.POD_IDENTITY,
        entry_points.ROLES_ANYWHERE,
        "cognito-idp",
        "cognito-sync",
        "ssm-incidents",
    )
)
_UNSUPPORTED = frozenset(
    ("aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths", "aws:sourcevpcarn")
)
_SOURCE_KEYS = frozenset(
    ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths")
)
_NO_SERVICE = ("", "oidc", "tags")
# B-16: keys of sessions that one service hands out; the service that must be able to use the role.
_WORKLOAD_KEYS = {
    "identitystore:userid": "",
    **{k: key.only_of for k, key in key_table.table().items() if key.only_of not in _NO_SERVICE},
}
_OIDC_CLAIMS = ("aud", "sub", "amr", "email", "oaud")
# B-20: issuers whose own claims are IAM keys since 2026-01, and which where the list is known.
_GITHUB_CLAIMS = (
    "actor",
    "actor_id",
    "job_workflow_ref",
    "repository",
    "repository_id",
    "repository_owner_id",
    "workflow",
    "ref",
    "environment",
    "enterprise_id",
)
_ISSUER_CLAIMS: dict[str, tuple[str, ...] | None] = {
    "token.actions.githubusercontent.com": _GITHUB_CLAIMS,
    "gitlab.com": None,
    "accounts.google.com": None,
    "oidc.circleci.com": None,
    "agent.buildkite.com": None,
}
# B-21: claims of built-in providers, which policies of the role may use for as long as it lasts.
_BUILT_IN_CLAIMS = {
    "graph.facebook.com": ("app_id", "id"),
    "www.amazon.com": ("app_id", "user_id"),
}


@lru_cache(maxsize=4096)
def canonical(key: str) -> str:
    """The key in AWS's spelling; a tag's own name and unknown keys stay as written (B-3).

    Example:
        >>> canonical("AWS:principaltag/Team")
        'aws:PrincipalTag/Team'
    """
    lower = key.lower()
    if lower in _CANONICAL:
        return _CANONICAL[lower]
    head, slash, tail = key.partition("/")
    prefix = _TAG_PREFIXES.get(head.lower() + slash)
    return prefix + tail if prefix else key


@lru_cache(maxsize=4096)
def is_multivalued(key: str) -> bool:
    """Whether AWS lets the key hold several values, so that a set operator is due (B-10)."""
    lower = key.lower()
    return lower in _MULTIVALUED or lower.endswith(":amr")


def tag_values(tags: Tags, name: str) -> list[str]:
    """Values of a tag whose key is compared without case (B-3)."""
    lower = name.lower()
    return [value for key, value in tags if key.lower() == lower]


_TIMES: dict[str, Callable[[datetime], str]] = {
    "aws:currenttime": date.text,
    "aws:epochtime": lambda clock: str(int(clock.timestamp())),
}


def state(scene: Scene, key: str) -> State:
    """What a key holds in this request: B.3 of the rules, context given by the asker first."""
    lower = key.lower()
    given = scene.context.get(lower)
    if given is not None:
        return Known(given)
    found = _state(scene, lower, key)
    if scene.complete and lower in _TIMES:
        # Every request has a time (B-17): the snapshot's clock is what is known of it.
        return Known((_TIMES[lower](scene.clock),)) if scene.clock else found
    if scene.complete and isinstance(found, Open | ByCase | SessionId):
        if isinstance(found, Open) and found.kind == "DATA_MISSING":
            return found
        if isinstance(found, Open) and found.default is not None:
            return Known(found.default)
        return ABSENT
    if isinstance(found, Open) and found.default is not None:
        scene.defaults[lower] = found.default
    return found


def _state(scene: Scene, lower: str, key: str) -> State:
    caller = scene.caller
    head, slash, tail = key.partition("/")
    if slash:
        prefix = head.lower()
        if prefix == "aws:principaltag":
            return _principal_tag(scene, tail)
        if prefix == "aws:requesttag":
            scene.note("B-17")
            return _request_tag(scene, tail.lower())
        if prefix in ("aws:resourcetag", "iam:resourcetag"):
            return _resource_tag(scene, tail)
        if prefix == "sts:requestcontext":
            return Open("SERVICE_CONTEXT", default=())
    maker = _MAKERS.get(lower)
    if maker is not None:
        return maker(scene)
    if lower.startswith("kms:encryptioncontext:"):
        return _request_parameter(scene)
    if lower in _SOURCE_KEYS:
        scene.note("B-17", "C-57")
        return _source(scene, lower) if caller.kind == "SERVICE" else ABSENT
    if lower in _NEVER_IN_STS:
        return ABSENT
    if lower in _UNSUPPORTED:
        scene.findings.add("UNSUPPORTED_KEY")
        return ABSENT
    if lower in _WORKLOAD_KEYS:
        return _workload_key(scene, _WORKLOAD_KEYS[lower])
    if lower.startswith("saml:"):
        return _saml(scene, lower)
    if lower.startswith("iam:"):
        return _iam_key(scene, lower)
    claim = _claim(scene, key)
    if claim is not None:
        return claim
    scene.note("B-29")
    return Open("UNKNOWN_KEY")


def _source_owner(scene: Scene) -> State:
    """I-15: what services said before ``aws:SourceAccount``; the first policy of a topic asks it.

    Of other callers AWS does not say whether they have it; where they do it is their account.
    """
    caller = scene.caller
    if caller.kind == "SERVICE":
        scene.note("C-57")
        return Open("SERVICE_CONTEXT")
    if caller.anyone:
        scene.note("B-29")
        return Open("UNKNOWN_KEY")
    return OneOf(((), (caller.account,)), "I-15") if caller.account else ABSENT


def _source(scene: Scene, lower: str) -> State:
    """C-57: what a service says of the resource that it calls for."""
    service = arns.service_of(scene.caller.service)
    if lower == "aws:sourceaccount" and service in _SENDERS:
        # PassRole works in one account only, so the resource is in the role's own.
        account = scene.account
        if service == entry_points.ROLES_ANYWHERE and entry_points.profiles(
            scene.snapshot, scene.resource
        ):
            return Known((account,))
        if service == entry_points.POD_IDENTITY and entry_points.associations(
            scene.snapshot, scene.resource
        ):
            return Known((account,))
        return Open(
            "SERVICE_CONTEXT",
            always=True,
            possible=lambda base, value: operators.holds(
                base, account, glob.pattern(value) if base == "StringLike" else value
            ),
        )
    anchors = entry_points.anchors(scene) if service == entry_points.ROLES_ANYWHERE else None
    if lower == "aws:sourcearn" and anchors:
        scene.note("C-54")
        held = anchors

        def vouch(test: Callable[[tuple[str, ...]], bool]) -> Formula:
            fit = tuple(a for a in held if test((a,)))
            return bool(fit) if fit in ((), held) else entry_points.certificate(scene, fit)

        return ByCase(vouch)
    return Open("SERVICE_CONTEXT")


# --- who is calling (B-16) --------------------------------------------------------------------


def _principal_arn(scene: Scene) -> State:
    caller = scene.caller
    scene.note("B-16", "A-47")
    if caller.anyone or caller.any_of_account:
        account = caller.account

        def possible(base: str, value: str) -> bool:
            parts = value.split(":", 5)
            if len(parts) != 6 or "*" in parts[4] or "?" in parts[4]:
                return True
            if account:
                return parts[4] == account
            # Principals of collected accounts are decided one by one, not as strangers.
            return not scene.snapshot.is_collected(parts[4])

        return Open("DATA_MISSING", always=True, possible=possible)
    if caller.kind in ("USER", "USER_ST") or caller.is_role or caller.kind in ("ROOT", "FEDUSER"):
        return Known((caller.arn,))
    return ABSENT


def _unsigned(scene: Scene, literal: str) -> State:
    """I-10: for services and federated subjects absent, or the literal that AWS documents."""
    return OneOf(((), (literal,)), "I-10")


def _principal_account(scene: Scene) -> State:
    caller = scene.caller
    scene.note("B-16")
    if caller.anyone:
        return Open(
            "DATA_MISSING",
            always=True,
            possible=lambda base, value: not scene.snapshot.is_collected(value),
        )
    if caller.account and (caller.is_aws or caller.kind in ("ROOT", "FEDUSER")):
        return Known((caller.account,))
    return _unsigned(scene, "anonymous")


def _caller_account(scene: Scene) -> State:
    caller = scene.caller
    if caller.anyone:
        return Open("DATA_MISSING", always=True)
    return Known((caller.account,)) if caller.account else ABSENT


def _principal_type(scene: Scene) -> State:
    kind = scene.caller.kind
    scene.note("B-16", "A-47")
    if scene.caller.any_of_account or scene.caller.anyone:
        return Open("DATA_MISSING", always=True)
    if kind in ("USER", "USER_ST"):
        return Known(("User",))
    if scene.caller.is_role:
        return Known(("AssumedRole",))
    if kind == "FEDUSER":
        return Known(("FederatedUser",))
    if kind == "ROOT":
        return Known(("Account",))
    return _unsigned(scene, "Anonymous")


def _principal_org(scene: Scene, paths: bool) -> State:
    caller = scene.caller
    scene.note("B-16")
    if not (caller.is_aws or caller.kind in ("ROOT", "FEDUSER")):
        return ABSENT
    return _org(scene, "" if caller.anyone else caller.account, paths)


def _org(scene: Scene, account: str, paths: bool) -> State:
    organization = scene.snapshot.organization
    found = scene.world.account(account)
    member = scene.world.organization_of(account)
    if member is not None:
        if not paths:
            return Known((member.id,))
        way = scene.world.path(account)
        if not way:
            return Open("DATA_MISSING")
        return Known((f"{member.id}/{'/'.join(way[:-1])}/",))
    known = found is not None and found.organization_known
    other = found.organization if found is not None else ""
    if known and not other:
        return ABSENT
    if known and not paths:
        return Known((other,))
    if not other and (organization is None or not organization.members_listed):
        return Open("DATA_MISSING")
    # Who is not on the organization's whole list of accounts may be in another one.
    ours = "" if organization is None else organization.id

    def possible(base: str, value: str) -> bool:
        head = value.split("/", 1)[0] if paths else value
        return glob.matches(glob.pattern(head), other) if other else head != ours

    return Open("DATA_MISSING", always=known, possible=possible)


def _principal_tag(scene: Scene, name: str) -> State:
    caller = scene.caller
    scene.note("B-22", "B-3")
    if caller.any_of_account or caller.anyone:
        return Open("DATA_MISSING")
    if caller.is_aws and caller.entity is None:
        return Open("DATA_MISSING")
    if isinstance(caller.entity, User):
        values = tag_values(caller.entity.tags, name)
        if len(values) > 1:
            return OneOf(tuple((v,) for v in values))
        return Known(tuple(values))
    if isinstance(caller.entity, Role):
        values = tag_values(caller.entity.tags, name)[:1]
        if caller.kind == "ROLE_SLR" or not may_carry_tags(scene, caller.entity):
            return Known(tuple(values))
        # A session tag stands over the role's own, and takes none away.
        return Open("SESSION_STATE", default=tuple(values), always=bool(values))
    return _certificate_tag(scene, name) or ABSENT


_X509 = ("x509subject/", "x509issuer/", "x509san/")


def _certificate_tag(scene: Scene, name: str) -> State | None:
    """C-54: what Roles Anywhere tells of a certificate, as tags of the session to be."""
    caller = scene.caller
    if caller.kind != "SERVICE" or not entry_points.is_anywhere(caller.service):
        return None
    scene.note("C-54")
    return Open("IDP_CLAIM") if name.lower().startswith(_X509) else None


def may_carry_tags(scene: Scene, role: Role) -> bool:
    """Whether some way into a role lets session tags be passed: its trust grants sts:TagSession."""
    key = ("may_carry_tags", role.arn)
    memo = scene.world.memo
    if key not in memo:
        answer = False
        if role.trust is not None:
            document = scene.world.document(role.trust)
            answer = any(
                s.effect == "Allow"
                and s.principals
                and any(actions.matches(a, "sts:TagSession") for a in s.actions) != s.not_action
                for s in document.statements
            )
        memo[key] = answer
    return bool(memo[key])


def _is_service(scene: Scene) -> State:
    scene.note("B-16")
    if scene.caller.kind in ("SAML", "OIDC", "ANON"):
        return ABSENT
    return Known(("true" if scene.caller.kind == "SERVICE" else "false",))


def _service_name(scene: Scene) -> State:
    return Known((scene.caller.service,)) if scene.caller.kind == "SERVICE" else ABSENT


def _service_names(scene: Scene) -> State:
    return Open("SERVICE_CONTEXT", always=True) if scene.caller.kind == "SERVICE" else ABSENT


def _userid(scene: Scene) -> State:
    caller = scene.caller
    scene.note("B-16", "A-47")
    if caller.any_of_account or caller.anyone or (caller.is_aws and caller.entity is None):
        return Open("DATA_MISSING", always=True)
    if caller.is_role and caller.entity is not None:
        if not caller.entity.unique_id:
            return Open("DATA_MISSING", always=True)
        if caller.session_name is not None:
            return Known((f"{caller.entity.unique_id}:{caller.session_name}",))
        return SessionId(caller.entity.unique_id)
    if isinstance(caller.entity, User):
        if not caller.entity.unique_id:
            return Open("DATA_MISSING", always=True)
        return Known((caller.entity.unique_id,))
    if caller.kind == "ROOT":
        return Known((caller.account,))
    return _unsigned(scene, "anonymous")


def _username(scene: Scene) -> State:
    caller = scene.caller
    scene.note("A-47")
    if caller.kind in ("USER", "USER_ST"):
        if isinstance(caller.entity, User):
            return Known((caller.entity.name,))
        if caller.any_of_account or caller.anyone:
            return Open("DATA_MISSING")
        return Known((caller.arn.rpartition("/")[2],))
    return ABSENT


def _federated_provider(scene: Scene) -> State:
    caller = scene.caller
    if caller.kind == "OIDC":
        return Known((caller.provider,))
    if caller.is_role and isinstance(caller.entity, Role):
        trust = caller.entity.trust
        if trust is None:
            return Open("SESSION_STATE")
        document = scene.world.document(trust)
        named = any(
            kind == "Federated" and ":saml-provider/" not in value
            for s in document.statements
            for kind, value in (s.principals or ())
        )
        return Open("SESSION_STATE", default=()) if named else ABSENT
    return Open("SESSION_STATE") if caller.is_role else ABSENT


def _source_identity(scene: Scene) -> State:
    scene.note("B-25")
    caller = scene.caller
    if caller.is_role or caller.any_of_account or caller.anyone:
        return Open("SESSION_STATE", default=())
    return ABSENT


def _token_issue_time(scene: Scene) -> State:
    kind = scene.caller.kind
    if kind == "USER":
        return Open("CALLER_AUTH") if scene.caller.any_of_account else ABSENT
    if kind == "USER_ST":
        return Open("CALLER_AUTH", always=True)
    return Open("TIME", always=True) if scene.caller.is_role else ABSENT


MFA = "aws:MultiFactorAuthPresent"


def mfa_atom(likelihood: str = "normal") -> Atom:
    """The demand for multi-factor authentication (B-23)."""
    return Atom(MFA, "Bool", ("true",), kind="CALLER_AUTH", likelihood=likelihood)


def ambiguous(question: str, likelihood: str = "normal") -> Atom:
    """An open question of AWS's documentation, read so that the path shows (section I)."""
    return Atom(question, "Reading", (), kind="AMBIGUOUS", likelihood=likelihood)


def _mfa(scene: Scene) -> State:
    caller = scene.caller
    kind = caller.kind
    if kind in ("USER", "USER_ST"):
        scene.note("B-23")
        if kind == "USER_ST":
            scene.note("C-8")
        bare: tuple[str, ...] = () if kind == "USER" else ("false",)
        likelihood = "unlikely" if _cannot_enrol(scene) else "normal"
        with_mfa = mfa_atom(likelihood)
        scene.defaults[MFA.lower()] = bare

        def user(test: Callable[[tuple[str, ...]], bool]) -> Formula:
            without, having = test(bare), test(("true",))
            if without == having:
                return without
            return with_mfa if having else neg(with_mfa)

        return ByCase(user)
    if kind == "ROLE":
        scene.note("C-63")
        having_mfa = mfa_atom("unlikely")
        absent = ambiguous("I-3", "unlikely")
        scene.defaults[MFA.lower()] = ()

        def role(test: Callable[[tuple[str, ...]], bool]) -> Formula:
            gone, false, true = test(()), test(("false",)), test(("true",))
            if gone == false:
                if gone == true:
                    return gone
                return having_mfa if true else neg(having_mfa)
            # Absent and present-and-false differ: AWS documents it two ways (I-3). A chain is
            # kept open by that reading alone, whatever a session with MFA would give.
            return absent

        return ByCase(role)
    scene.note("C-63")
    if kind == "ROLE_SVC":
        unclear = ambiguous("I-3", "unlikely")

        def workload(test: Callable[[tuple[str, ...]], bool]) -> Formula:
            gone, false = test(()), test(("false",))
            return gone if gone == false else unclear

        return ByCase(workload)
    return ABSENT


def _cannot_enrol(scene: Scene) -> bool:
    """No device enrolled, and the user may not enrol one for itself (B-23)."""
    user = scene.caller.entity
    if not isinstance(user, User) or user.mfa_devices != 0:
        return False
    granted = [
        any(b.statement.effect == "Allow" for b in scene.world.identity_for(user, action).bound)
        for action in ("iam:CreateVirtualMFADevice", "iam:EnableMFADevice")
    ]
    return not all(granted)


def _mfa_age(scene: Scene) -> State:
    scene.note("B-23")
    kind = scene.caller.kind
    if kind in ("USER", "USER_ST"):
        return Open("CALLER_AUTH", default=())
    if kind == "ROLE":
        return Open("CALLER_AUTH", default=(), likelihood="unlikely")
    return ABSENT


# --- the call (B-17) ------------------------------------------------------------------------


def _request_parameter(scene: Scene) -> Open:
    """Tags and the like: absent unless this call passes them."""
    kind = scene.caller.kind
    if kind == "SERVICE":
        return Open("SERVICE_CONTEXT", default=())
    if kind in ("SAML", "OIDC"):
        return Open("IDP_CLAIM", default=())
    return Open("CALLER_PARAM", default=())


def _request_tag(scene: Scene, name: str) -> State:
    """A tag that the call passes; those of pods are in their association (C-53)."""
    held = _pods(scene)
    if held:
        return _by_association(held, lambda pod: entry_points.pod_tag(pod, name))
    return _certificate_tag(scene, name) or _request_parameter(scene)


def _tag_keys(scene: Scene) -> State:
    held = _pods(scene)
    if held:
        return _by_association(
            held, lambda pod: tuple(t for t in entry_points.POD_TAGS if _passed(pod, t))
        )
    if scene.caller.kind == "SERVICE" and entry_points.is_anywhere(scene.caller.service):
        return Open("IDP_CLAIM", always=True)
    return _request_parameter(scene)


def _passed(pod: Workload, tag: str) -> bool:
    return entry_points.pod_tag(pod, tag) != ()


def _pods(scene: Scene) -> list[Workload]:
    caller = scene.caller
    if caller.kind != "SERVICE" or not entry_points.is_pods(caller.service):
        return []
    scene.note("C-53")
    return entry_points.associations(scene.snapshot, scene.resource)


def _by_association(
    held: list[Workload], values: Callable[[Workload], tuple[str, ...] | None]
) -> State:
    known = [(pod, values(pod)) for pod in held]
    if any(found is None for _, found in known):
        return Open("SERVICE_CONTEXT", always=all(found is None for _, found in known))

    def build(test: Callable[[tuple[str, ...]], bool]) -> Formula:
        fit = [pod for pod, found in known if test(found or ())]
        return entry_points.pods_of(fit) if 0 < len(fit) < len(held) else bool(fit)

    return ByCase(build)


def _external_id(scene: Scene) -> State:
    """B-24: any policy of the call may ask for it; it has one value per call (V-5)."""
    scene.note("B-17")
    if scene.action.lower() not in ("sts:assumerole", "sts:tagsession", "sts:setsourceidentity"):
        return ABSENT
    if scene.caller.kind == "SERVICE":
        return Open("SERVICE_CONTEXT")
    return Open("CALLER_PARAM") if scene.caller.is_aws else ABSENT


def _session_name(scene: Scene) -> State:
    scene.note("B-17")
    kind = {"SERVICE": "SERVICE_CONTEXT", "SAML": "IDP_CLAIM"}.get(
        scene.caller.kind, "CALLER_PARAM"
    )
    return Open(kind, always=True)


def _passed_source_identity(scene: Scene) -> State:
    scene.note("B-25")
    if scene.caller.kind == "SERVICE" and entry_points.is_anywhere(scene.caller.service):
        scene.note("C-54")
        return Open("IDP_CLAIM", always=True)  # the subject of the certificate
    kind = {"SERVICE": "SERVICE_CONTEXT", "SAML": "IDP_CLAIM", "OIDC": "IDP_CLAIM"}.get(
        scene.caller.kind, "CALLER_PARAM"
    )
    return Open(kind, default=())


def _network(scene: Scene) -> State:
    scene.note("B-17")
    return ABSENT if scene.caller.kind == "SERVICE" else Open("NETWORK")


def _current_time(scene: Scene) -> State:
    scene.note("B-26")
    return Open("TIME", always=True)


def _via_service(scene: Scene) -> State:
    return Open("SERVICE_CONTEXT", always=True, default=("false",))


def _idp_only(scene: Scene) -> State:
    if scene.action.lower() == "sts:assumerolewithwebidentity":
        return Open("IDP_CLAIM", default=())
    return ABSENT


def _constant(found: State) -> Callable[[Scene], State]:
    return lambda scene: found


# --- the role as resource (B-18) --------------------------------------------------------------


_OF_PASS_ROLE = ("iam:passedtoservice", "iam:associatedresourcearn")
_GIVES_BOUNDARY = (
    "iam:createrole",
    "iam:createuser",
    "iam:putrolepermissionsboundary",
    "iam:putuserpermissionsboundary",
)


def _iam_key(scene: Scene, lower: str) -> State:
    """B-28: keys of IAM's own calls; STS has none of them, PassRole what the service says (D-3)."""
    action = scene.action.lower()
    if not action.startswith("iam:") or (lower in _OF_PASS_ROLE and action != "iam:passrole"):
        scene.note("B-28")
        return ABSENT
    if lower in _OF_PASS_ROLE:
        scene.note("D-3")
        return Open("SERVICE_CONTEXT")
    if lower == "iam:awsservicename" and ":role/aws-service-role/" in scene.resource:
        scene.note("E-5")
        return Known((scene.resource.split("/")[2],))
    snapshot = scene.snapshot
    entity = scene.role or snapshot.users.get(scene.resource)
    if lower == "iam:permissionsboundary" and action not in _GIVES_BOUNDARY and entity is not None:
        return Known((entity.boundary,) if entity.boundary else ())
    return _request_parameter(scene)


def _resource_tag(scene: Scene, name: str) -> State:
    scene.note("B-18")
    values = tag_values(scene.tags, name)
    if scene.action.lower() == "iam:passrole" and values:
        # D-3: AWS says that a role's tags cannot limit who passes it.
        return OneOf(((), *((v,) for v in values)), "I-11")
    caller = scene.caller
    carries = (
        caller.kind in ("ROLE", "ROLE_FED", "ROLE_SVC")
        and isinstance(caller.entity, Role)
        and scene.role is not None
        and may_carry_tags(scene, caller.entity)
    )
    if carries:
        scene.note("C-64")
        # A tag that is handed on stands over the role's own, and takes none away.
        return Open("SESSION_STATE", default=tuple(values[:1]), always=bool(values))
    if len(values) > 1:
        return OneOf(tuple((v,) for v in values))
    return Known(tuple(values))


def _sign_in_session(scene: Scene) -> State:
    """B-16: a user who signed in for command line credentials has it, keys of the user do not."""
    if scene.caller.kind in ("USER", "USER_ST"):
        return Open("CALLER_AUTH", default=())
    return _workload_key(scene, "")


def _transitive_tag_keys(scene: Scene) -> State:
    """B-17: only a call with temporary credentials can make tags transitive."""
    scene.note("B-17")
    return ABSENT if scene.caller.kind == "USER" else _request_parameter(scene)


def _workload_key(scene: Scene, service: str) -> State:
    role = scene.caller.entity
    if not scene.caller.is_role or not isinstance(role, Role) or role.trust is None:
        return ABSENT
    if not service:
        return Open("SESSION_STATE", default=())
    document = scene.world.document(role.trust)
    serves = any(
        kind == "Service" and (value == "*" or arns.service_of(value) == service)
        for s in document.statements
        for kind, value in (s.principals or ())
    )
    return Open("SESSION_STATE", default=()) if serves else ABSENT


# --- federation (B-19 to B-21) ----------------------------------------------------------------


def _saml(scene: Scene, lower: str) -> State:
    caller = scene.caller
    scene.note("B-19")
    if caller.kind == "SAML":
        if lower == "saml:doc":
            return Known((f"{caller.account}/{caller.provider.rpartition('/')[2]}",))
        always = lower in ("saml:aud", "saml:iss", "saml:sub", "saml:sub_type")
        return Open("IDP_CLAIM", always=always)
    if caller.is_role and lower in ("saml:namequalifier", "saml:sub", "saml:sub_type"):
        return Open("SESSION_STATE", default=())
    return ABSENT


def _claim(scene: Scene, key: str) -> State | None:
    """A claim of an OIDC token, ``<issuer>:<claim>``; None when the key is no claim (B-20)."""
    issuer, colon, claim = key.rpartition(":")
    if not colon or "." not in issuer:
        return None
    caller = scene.caller
    scene.note("B-20")
    if caller.kind != "OIDC":
        # What a session keeps of its token; the claims of single issuers are in the call only.
        kept = (*_OIDC_CLAIMS, *_BUILT_IN_CLAIMS.get(issuer.lower(), ()))
        if caller.is_role and claim.lower() in kept:
            return Open("SESSION_STATE", default=())
        return ABSENT
    if issuer.lower() != caller.issuer.lower():
        return ABSENT
    lower = claim.lower()
    told = tuple(value for name, value in caller.claims if name.lower() == lower)
    if told:
        return Known(told)
    if lower == "amr" and issuer.lower().startswith("cognito-identity"):
        scene.note("C-51")
        return Open("IDP_CLAIM", always=True)
    if lower in ("aud", "sub") or lower in _BUILT_IN_CLAIMS.get(issuer.lower(), ()):
        return Open("IDP_CLAIM", always=True)
    if lower in _OIDC_CLAIMS:
        return Open("IDP_CLAIM")
    known = _ISSUER_CLAIMS.get(issuer.lower(), ())
    if known is None or lower in known:
        return Open("IDP_CLAIM")
    return ABSENT


_MAKERS: dict[str, Callable[[Scene], State]] = {
    "aws:principalarn": _principal_arn,
    "aws:principalaccount": _principal_account,
    "aws:principaltype": _principal_type,
    "aws:principalorgid": lambda s: _principal_org(s, False),
    "aws:principalorgpaths": lambda s: _principal_org(s, True),
    "aws:principalisawsservice": _is_service,
    "aws:principalservicename": _service_name,
    "aws:principalservicenameslist": _service_names,
    "aws:userid": _userid,
    "aws:username": _username,
    "aws:federatedprovider": _federated_provider,
    "aws:sourceidentity": _source_identity,
    "aws:tokenissuetime": _token_issue_time,
    "aws:multifactorauthpresent": _mfa,
    "aws:multifactorauthage": _mfa_age,
    "aws:assumedroot": lambda s: Known(("true",)) if s.caller.kind == "ROOT_TASK" else ABSENT,
    "aws:sourceowner": _source_owner,
    "sts:externalid": _external_id,
    "sts:rolesessionname": _session_name,
    "sts:sourceidentity": _passed_source_identity,
    "aws:tagkeys": _tag_keys,
    "sts:transitivetagkeys": _transitive_tag_keys,
    "aws:signinsessionarn": _sign_in_session,
    "sts:requestcontextproviders": _constant(Open("SERVICE_CONTEXT", default=())),
    "sts:taskpolicyarn": lambda s: (
        Open("CALLER_PARAM", always=True) if s.action.lower() == "sts:assumeroot" else ABSENT
    ),
    "sts:roleauthorizedbyidp": _idp_only,
    "aws:requestedregion": _constant(Open("REGION", always=True)),
    "aws:sourceip": _network,
    "aws:vpcsourceip": _network,
    "aws:sourcevpc": _network,
    "aws:sourcevpce": _network,
    "aws:securetransport": _constant(Known(("true",))),
    "aws:currenttime": _current_time,
    "aws:epochtime": _current_time,
    "aws:viaawsservice": _via_service,
    "aws:calledvia": _constant(Open("SERVICE_CONTEXT", default=())),
    "aws:calledviafirst": _constant(Open("SERVICE_CONTEXT", default=())),
    "aws:calledvialast": _constant(Open("SERVICE_CONTEXT", default=())),
    "aws:useragent": _constant(Open("CALLER_PARAM")),
    "aws:referer": _constant(Open("CALLER_PARAM")),
    "kms:calleraccount": _caller_account,
    "kms:encryptioncontextkeys": lambda s: Open(_request_parameter(s).kind),
    "kms:viaservice": _constant(Open("SERVICE_CONTEXT", default=())),
    "aws:resourceaccount": lambda s: Known((s.account,)),
    "aws:resourceorgid": lambda s: _org(s, s.account, False),
    "aws:resourceorgpaths": lambda s: _org(s, s.account, True),
}


def free(scene: Scene) -> Callable[[Atom], bool | None]:
    """Whether an atom holds when the caller does nothing about its key (``formula.minimal``)."""
    from iam.evaluate import compare

    def test(atom: Atom) -> bool | None:
        values = scene.defaults.get(atom.key.lower())
        if values is None or atom.kind in ("DATA_MISSING", "AMBIGUOUS"):
            return None
        return compare(atom.operator, values, atom.values) != atom.negated

    return test


def time_text(text: str) -> str:
    """A time operand the way requirements write it; text that is no time stays."""
    moment = date.instant(text)
    return date.text(moment) if moment is not None else text


__all__ = [
    "ABSENT",
    "ByCase",
    "Known",
    "OneOf",
    "Open",
    "SessionId",
    "State",
    "ambiguous",
    "canonical",
    "conj",
    "disj",
    "free",
    "is_multivalued",
    "may_carry_tags",
    "mfa_atom",
    "state",
    "tag_values",
    "time_text",
]
