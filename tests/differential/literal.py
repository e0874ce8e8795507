"""The second evaluator decides a request by reading each rule aloud, one function a rule.

It was written from AWS's documentation and the specification, beside ``iam`` and without a look
at how ``iam`` does it; it shares the input classes and the shape of an atom, and no logic. It is
slow on purpose: no index, no cache, every policy is read again for every question.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
"""

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from iam.authorize import Request
from iam.decision import Atom
from iam.model import Grant, Policy, ResourcePolicy, Role, Snapshot, User, Workload
from tests.differential.formulas import (
    FAMILIES,
    FORMS,
    NEGATED,
    POSITIVE,
    All,
    Branch,
    Some,
    Theory,
    compare,
    either,
    every,
    holds_many,
    ip_range,
    is_exact,
    like,
    moment,
    multiply,
    narrowed,
    no,
    possible,
    reading,
    shortest,
    unread,
    without_defaults,
)

Formula = bool | Atom | All | Some

MOST_ATOMS = 12
ROLE_KINDS = ("ROLE", "ROLE_FED", "ROLE_SVC", "ROLE_SLR")
USER_KINDS = ("USER", "USER_ST")
SUBJECTS = ("SAML", "OIDC")
BUILT_IN = ("cognito-identity.amazonaws.com",)
"""Providers of web identities that no account holds as an object (A-20), of those asked about."""
PODS, ANYWHERE = "pods.eks.amazonaws.com", "rolesanywhere.amazonaws.com"
OPERATION = {"SAML": "sts:AssumeRoleWithSAML", "OIDC": "sts:AssumeRoleWithWebIdentity"}


@dataclass(frozen=True)
class Answer:
    """A verdict, the ways in, and what the comparison needs to know of the open keys."""

    verdict: str
    ways: tuple[Branch, ...]
    theory: Theory
    seen: frozenset[str]


@dataclass(frozen=True)
class Caller:
    """Who asks: an entity and the kind of its session (C-2)."""

    kind: str
    arn: str
    account: str
    entity: User | Role | None
    session: str = ""


@dataclass(frozen=True)
class Known:
    """The key holds these values in every call."""

    values: tuple[str, ...]


@dataclass(frozen=True)
class Absent:
    """The key is in no call."""


@dataclass(frozen=True)
class Open:
    """The snapshot does not say what the key holds."""

    kind: str
    likelihood: str = "normal"


@dataclass(frozen=True)
class Anonymous:
    """The key is absent or holds this literal: AWS documents both (I-10)."""

    literal: str


@dataclass(frozen=True)
class Ask:
    """One question with all that is known about it.

    ``role`` is the role that is asked for, None when the resource is no role or the action does
    not assume it. ``given`` is what the asker knows of the call; with ``complete`` a key that is
    neither there nor in the snapshot is in no call.
    """

    snapshot: Snapshot
    caller: Caller
    role: Role | None
    resource: str
    account: str
    tags: tuple[tuple[str, str], ...]
    action: str
    session_policies: Sequence[Any]
    given: Mapping[str, tuple[str, ...]]
    complete: bool
    seen: set[str]
    place: Workload | str | None = None
    """The association of the pod, or the anchor of the certificate, that the caller comes by."""


# --- who asks (C-2) -----------------------------------------------------------------------------


def who(snapshot: Snapshot, request: Request) -> Caller:
    """C-2: the kind follows from the principal where the request does not say it."""
    arn = request.principal
    if arn == "*":
        return Caller("ANON", "", "", None)
    if not arn.startswith("arn:"):
        kind = "CENTRE" if "/" in arn else "OIDC" if arn in BUILT_IN else "SERVICE"
        return Caller(request.caller or kind, arn, "", None)
    account, rest = arn.split(":", 5)[4:6]
    word = rest.split("/")[0]
    if word == "user":
        return Caller(request.caller or "USER", arn, account, snapshot.users.get(arn))
    if word == "role":
        return Caller(request.caller or "ROLE", arn, account, snapshot.roles.get(arn))
    if word == "assumed-role":
        _, name, session = rest.split("/")
        role = next(r for r in snapshot.roles.values() if (r.account, r.name) == (account, name))
        return Caller(request.caller or "ROLE", role.arn, account, role, session)
    if word == "saml-provider":
        return Caller("SAML", arn, account, None)
    if word == "oidc-provider":
        return Caller("OIDC", arn, account, None)
    if word == "federated-user":
        return Caller("FEDUSER", arn, account, None)
    return Caller(request.caller or "ROOT", arn, account, None)


def partition_of(arn: str) -> str:
    """The partition that an ARN names; the commercial one where there is no ARN."""
    return arn.split(":")[1] if arn.startswith("arn:") else "aws"


# --- documents (A-1 … A-9) ----------------------------------------------------------------------


def a1_list(value: Any) -> list[Any]:
    """A-1: one value where a list is allowed."""
    return value if isinstance(value, list) else [value]


def a4_version(policy: Policy) -> str:
    """A-4: no version is the old one."""
    return policy.document.get("Version", "2008-10-17") if is_document(policy) else ""


def is_document(policy: Policy) -> bool:
    """A-9 (1), (2): JSON with statements."""
    return isinstance(policy.document, dict) and "Statement" in policy.document


def a9_broken(statement: Any) -> bool:
    """A-9 (3): no known effect, or no action."""
    return (
        not isinstance(statement, dict)
        or statement.get("Effect") not in ("Allow", "Deny")
        or ("Action" not in statement and "NotAction" not in statement)
    )


def statements(policy: Policy, effect: str) -> Iterator[dict[str, Any]]:
    """The statements of one effect that can be read."""
    if is_document(policy):
        for statement in a1_list(policy.document["Statement"]):
            if not a9_broken(statement) and statement["Effect"] == effect:
                yield statement


def a9_unread(layer: str, policy: Policy) -> Formula:
    """A-9, A-12: whatever cannot be read may allow and may deny."""
    if is_document(policy) and not any(a9_broken(s) for s in a1_list(policy.document["Statement"])):
        return False
    return unread(layer, policy.arn)


# --- actions (A-31, A-34, A-35) -----------------------------------------------------------------


def a34_action(pattern: str, action: str) -> bool:
    """A-34, A-35: the prefix as it is, the name with wildcards, in any case."""
    if pattern == "*":
        return True
    if pattern.count(":") != 1 or re.search(r"\s", pattern):
        return False
    prefix, name = pattern.lower().split(":")
    wanted, got = action.lower().split(":")
    return bool(name) and prefix == wanted and like(name, got)


def a31_actions(statement: Mapping[str, Any], action: str) -> bool:
    """A-31: NotAction speaks of all that it does not list."""
    if "Action" in statement:
        return any(a34_action(p, action) for p in a1_list(statement["Action"]))
    return not any(a34_action(p, action) for p in a1_list(statement["NotAction"]))


# --- variables (A-44 … A-47) --------------------------------------------------------------------

VARIABLE = re.compile(r"\$\{([^}]*)\}")


def a44_substitute(ask: Ask, text: str, version: str) -> str | None:
    """A-44 … A-46: a pattern with its variables filled in; None when one has no value.

    Wildcards of a value that is put in are hidden in the private area of Unicode.
    """
    if version != "2012-10-17":
        return text
    result, place = "", 0
    for found in VARIABLE.finditer(text):
        result += text[place : found.start()]
        place = found.end()
        inside = found.group(1)
        if inside in ("*", "?", "$"):
            result += hide(inside)
            continue
        key, comma, default = inside.partition(",")
        value = context(ask, key.strip())
        if isinstance(value, Known) and len(value.values) == 1:
            result += hide(value.values[0])
        elif isinstance(value, Absent) and comma:
            ask.seen.add("variable that takes its default")
            result += hide(default.strip()[1:-1])
        elif isinstance(value, Absent):
            ask.seen.add("variable without a value")
            return None
        else:
            ask.seen.add("variable of an open key")
            raise OpenVariableError(key.strip().lower(), default.strip()[1:-1] if comma else None)
    return result + text[place:]


class OpenVariableError(NotImplementedError):
    """A pattern holds a variable whose value the snapshot does not say."""

    def __init__(self, key: str, default: str | None) -> None:
        super().__init__(f"a variable of an open key: {key}")
        self.key = key
        self.default = default


def a44_holds(ask: Ask, variable: OpenVariableError, value: str) -> Formula:
    """A-44: an open variable stands for this value, or is absent and has it by default."""
    found = context(ask, variable.key)
    if not isinstance(found, Open) or found.kind == "USERID":
        raise variable
    is_it = Atom(variable.key, "StringEquals", (value,), False, found.kind, found.likelihood)
    if variable.default != value or variable.key in open_keys(ask).always:
        return is_it
    return either(is_it, Atom(variable.key, "Null", ("true",), False, found.kind, found.likelihood))


HIDDEN = {"*": "\ue000", "?": "\ue001"}


def hide(text: str) -> str:
    """A-46: a value that is put in holds no wildcard."""
    return "".join(HIDDEN.get(c, c) for c in text)


def show(text: str) -> str:
    """What ``hide`` hid."""
    return text.replace("\ue000", "*").replace("\ue001", "?")


def like_hidden(pattern: str, text: str) -> bool:
    """``like`` where hidden wildcards are themselves."""
    made = "".join(".*" if c == "*" else "." if c == "?" else re.escape(show(c)) for c in pattern)
    return re.fullmatch(made, text, re.DOTALL) is not None


# --- resources (A-32, A-38 … A-43) --------------------------------------------------------------


def a42_fill(ask: Ask, pattern: str, version: str) -> str | None:
    """A-42: variables after the fifth colon only."""
    parts = pattern.split(":", 5)
    if len(parts) < 6:
        return pattern
    last = a44_substitute(ask, parts[5], version)
    return None if last is None else ":".join([*(p for p in parts[:5]), last])


def a39_matches(pattern: str, arn: str) -> bool:
    """A-38 … A-41, A-43: segment by segment; a star that ends a segment runs across colons."""
    made = ""
    parts = pattern.split(":", 5)
    for place, part in enumerate(parts):
        last = place == len(parts) - 1
        for index, c in enumerate(part):
            if c == "*":
                made += ".*" if place == 5 or index == len(part) - 1 else "[^:]*"
            elif c == "?":
                made += "." if place == 5 else "[^:]"
            else:
                made += re.escape(show(c))
        made += "" if last else ":"
    return re.fullmatch(made, arn, re.DOTALL) is not None


def a44_solve(ask: Ask, pattern: str, variable: OpenVariableError) -> Formula:
    """A-44: what an open variable must be for the pattern to be the resource, whole parts only."""
    head, _, tail = pattern.partition("${")
    _, _, tail = tail.partition("}")
    wanted, got = head.split(":", 5), ask.resource.split(":", 5)
    if "${" in tail or any(c in "*?" for c in wanted[5] + tail):
        raise variable
    if not all(like(w, g) for w, g in zip(wanted[:5], got[:5], strict=True)):
        return False
    middle = got[5].removeprefix(wanted[5])
    if not got[5].startswith(wanted[5]) or not middle.endswith(tail) or len(middle) <= len(tail):
        return False
    return a44_holds(ask, variable, middle.removesuffix(tail))


def a40_resource(ask: Ask, pattern: str, version: str, layer: str) -> Formula:
    """A-38, A-40: one pattern; a short ARN is completed, where AWS says so."""
    if pattern == "*":
        return True
    try:
        filled = a42_fill(ask, pattern, version)
    except OpenVariableError as variable:
        return a44_solve(ask, pattern, variable)
    if filled is None:
        return False
    if a39_matches(filled, ask.resource):
        return True
    missing = 6 - len(filled.split(":", 5))
    if missing > 0 and a39_matches(filled + ":*" * missing, ask.resource):
        return reading("I-7") if layer in ("scp", "rcp") else True
    return False


def a32_resources(ask: Ask, statement: Mapping[str, Any], version: str, layer: str) -> Formula:
    """A-32, A-45: NotResource speaks of all that it does not list."""
    if layer == "trust":
        return True
    if "Resource" in statement:
        patterns = a1_list(statement["Resource"])
        return either(*(a40_resource(ask, p, version, layer) for p in patterns))
    if "NotResource" not in statement:
        return False
    patterns = a1_list(statement["NotResource"])
    result = no(either(*(a40_resource(ask, p, version, layer) for p in patterns)))
    if statement["Effect"] == "Deny" and any(a45_unset(ask, p, version) for p in patterns):
        return every(result, reading("I-8"))
    return result


def a45_unset(ask: Ask, pattern: str, version: str) -> bool:
    """A-45: a variable of the pattern has no value and no default."""
    try:
        return a42_fill(ask, pattern, version) is None
    except OpenVariableError:
        return False


# --- context (A-47, B-16 … B-28) ----------------------------------------------------------------


def tag(entity: "User | Role | Ask", key: str) -> tuple[str, ...]:
    """B-3: tag keys in any case."""
    return tuple(v for k, v in entity.tags if k.lower() == key.lower())


def org_of(ask: Ask, account: str) -> tuple[str, ...] | None:
    """The organization's id for an account; None when it is not known, empty when there is none."""
    found = ask.snapshot.accounts.get(account)
    if found is None or not found.organization_known:
        return None
    org = ask.snapshot.organization
    return (org.id,) if org is not None and found.parent is not None else ()


def org_path(ask: Ask, account: str) -> list[str]:
    """Root, OUs and account: the ids that hold an account, from above."""
    org = ask.snapshot.organization
    found = ask.snapshot.accounts.get(account)
    if org is None or found is None or found.parent is None:
        return []
    path = [account]
    above: str | None = found.parent
    while above is not None:
        path.insert(0, above)
        above = org.units[above].parent
    return path


def b16_fits(ask: Ask, key: str, value: str) -> bool:
    """B-16, C-57: not of another organization than the caller's, or account than a service's."""
    if key == "aws:sourceaccount" and ask.caller.arn in (PODS, ANYWHERE):
        return like(value, ask.account)
    # Who is not on the organization's own list of accounts is not of the organization.
    org = ask.snapshot.organization
    if org is None or key not in ("aws:principalorgid", "aws:principalorgpaths"):
        return True
    return value.split("/")[0] != org.id


def b16_org(ask: Ask, account: str, key: str) -> "Known | Absent | Open":
    """B-16, B-18: the organization of an account, as an id and as a path."""
    found = org_of(ask, account)
    if found is None:
        return Open("DATA_MISSING")
    if not found:
        return Absent()
    if key.endswith("id"):
        return Known(found)
    return Known(("/".join([*found, *org_path(ask, account)[:-1], ""]),))


def b22_taggable(ask: Ask, role: Role) -> bool:
    """B-22: whether somebody may pass session tags into a role."""
    return role.trust is not None and any(
        a31_actions(s, "sts:TagSession") for s in statements(role.trust, "Allow")
    )


def b16_caller(ask: Ask, key: str) -> "Known | Absent | Open | Anonymous | None":
    """B-16, A-47: the keys that say who calls; None when the key is another one."""
    caller, kind = ask.caller, ask.caller.kind
    signed = kind in USER_KINDS or kind in ROLE_KINDS or kind == "ROOT"
    entity = caller.entity
    if key == "aws:principalarn":
        return Known((caller.arn,)) if signed else Absent()
    if key == "aws:principalaccount":
        return Known((caller.account,)) if signed else Anonymous("anonymous")
    if key == "aws:principaltype":
        if not signed:
            return Anonymous("Anonymous")
        word = "User" if kind in USER_KINDS else "AssumedRole"
        return Known(("Account" if kind == "ROOT" else word,))
    if key in ("aws:principalorgid", "aws:principalorgpaths"):
        return b16_org(ask, caller.account, key) if signed else Absent()
    if key == "aws:principalisawsservice":
        if kind in SUBJECTS or kind == "ANON":
            return Absent()
        return Known(("true" if kind == "SERVICE" else "false",))
    if key == "aws:principalservicename":
        return Known((caller.arn,)) if kind == "SERVICE" else Absent()
    if key == "aws:username":
        return Known((caller.arn.split("/")[-1],)) if kind in USER_KINDS else Absent()
    if key == "aws:userid":
        if not signed:
            return Anonymous("anonymous")
        if kind == "ROOT":
            return Known((caller.account,))
        if entity is None:
            return Open("DATA_MISSING")
        return Known((entity.unique_id,)) if kind in USER_KINDS else Open("USERID")
    if key.startswith("aws:principaltag/"):
        if not signed or kind == "ROOT":
            return Absent()
        if entity is None:
            return Open("DATA_MISSING")
        if isinstance(entity, Role) and kind != "ROLE_SLR" and b22_taggable(ask, entity):
            ask.seen.add("session tags")
            return Open("SESSION_STATE")
        values = tag(entity, key.partition("/")[2])
        return Known(values) if values else Absent()
    if key == "aws:sourceidentity":
        return Open("SESSION_STATE") if kind in ROLE_KINDS else Absent()
    if key == "aws:tokenissuetime":
        if kind in ROLE_KINDS:
            return Open("TIME")
        return Open("CALLER_AUTH") if kind == "USER_ST" else Absent()
    if key == "aws:federatedprovider":
        # The providers of these snapshots deliver no role that calls on.
        return Known((caller.arn,)) if kind == "OIDC" else Absent()
    if key in ("aws:multifactorauthpresent", "aws:multifactorauthage"):
        if kind == "ROOT":
            raise NotImplementedError("how a root user signs in")
        return Open("CALLER_AUTH") if kind in USER_KINDS else Absent()
    return None


def b17_call(ask: Ask, key: str) -> "Known | Absent | Open | None":
    """B-17: the keys that say how the call is made."""
    kind = ask.caller.kind
    chosen = (
        "SERVICE_CONTEXT"
        if kind == "SERVICE"
        else "IDP_CLAIM"
        if kind in SUBJECTS
        else "CALLER_PARAM"
    )
    if key == "sts:externalid":
        return Absent() if kind in SUBJECTS else Open(chosen)
    if key == "sts:rolesessionname":
        return Open("CALLER_PARAM" if kind == "OIDC" else chosen)
    if key == "sts:sourceidentity" or key.startswith("aws:requesttag/") or key == "aws:tagkeys":
        return Open(chosen)
    if key == "aws:requestedregion":
        return Open("REGION")
    if key == "aws:sourceip":
        return Absent() if kind == "SERVICE" else Open("NETWORK")
    if key in ("aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"):
        return Absent() if kind == "SERVICE" else Open("NETWORK")
    if key == "sts:transitivetagkeys":
        # Only temporary credentials of AssumeRole have tags to hand on.
        return Absent() if kind == "USER" else Open(chosen)
    if key in ("aws:calledvia", "aws:calledviafirst", "aws:calledvialast"):
        return Open("SERVICE_CONTEXT")
    if key == "aws:principalservicenameslist":
        return Open("SERVICE_CONTEXT") if kind == "SERVICE" else Absent()
    if key == "aws:securetransport":
        return Known(("true",))
    if key in ("aws:currenttime", "aws:epochtime"):
        return Open("TIME")
    if key == "aws:viaawsservice":
        # A forward-access session that assumes a role is not modelled, and not excluded.
        return Open("SERVICE_CONTEXT")
    if key in ("aws:useragent", "aws:referer"):
        return Open("CALLER_PARAM")
    if key in ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid"):
        return Open("SERVICE_CONTEXT") if kind == "SERVICE" else Absent()
    if key == "sts:durationseconds" or key.startswith("iam:passedtoservice"):
        return Absent()
    return None


def c64_hands_tags_on(ask: Ask) -> bool:
    """C-64: transitive tags of the caller's session take the place of the next role's own."""
    entity, kind = ask.caller.entity, ask.caller.kind
    return (
        ask.role is not None
        and isinstance(entity, Role)
        and kind != "ROLE_SLR"
        and b22_taggable(ask, entity)
    )


def b18_role(ask: Ask, key: str) -> "Known | Absent | Open | None":
    """B-18: the role as resource."""
    if key.startswith(("aws:resourcetag/", "iam:resourcetag/")):
        if c64_hands_tags_on(ask):
            ask.seen.add("tags handed on")
            return Open("SESSION_STATE")
        values = tag(ask, key.partition("/")[2])
        return Known(values) if values else Absent()
    if key == "aws:resourceaccount":
        return Known((ask.account,))
    if key in ("aws:resourceorgid", "aws:resourceorgpaths"):
        return b16_org(ask, ask.account, key)
    return None


GITHUB = "token.actions.githubusercontent.com"
GITHUB_CLAIMS = (
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
"""Claims of GitHub's tokens that are condition keys (B-20)."""


def issuer_of(caller: Caller) -> str:
    """B-20: the prefix of the keys that an OIDC subject brings."""
    arn = caller.arn
    return (arn.partition("/")[2] if arn.startswith("arn:") else arn).lower()


def b19_claims(ask: Ask, key: str) -> "Known | Absent | Open | None":
    """B-19, B-20: what an identity provider says."""
    if key.startswith("saml:"):
        return Open("IDP_CLAIM") if ask.caller.kind == "SAML" else Absent()
    if ":" in key and "." in key.partition(":")[0]:
        issuer, _, claim = key.rpartition(":")
        if ask.caller.kind != "OIDC" or issuer != issuer_of(ask.caller):
            return Absent()
        claims: tuple[str, ...] = ("aud", "sub", "amr", "email", "oaud")
        if issuer == GITHUB:
            claims += GITHUB_CLAIMS
        elif issuer in BUILT_IN:
            claims = ("aud", "sub", "amr")
        return Open("IDP_CLAIM") if claim in claims else Absent()
    return None


def facts(workload: Workload) -> dict[str, str]:
    """What a workload says of itself, where each is said once."""
    return dict(workload.facts)


OF_THE_POD = ("kubernetes-pod-name", "kubernetes-pod-uid")
"""Tags of a pod that its association does not say, and that it always brings (C-53)."""


def c53_pod(ask: Ask, key: str) -> "Known | Absent | Open | None":
    """C-53, C-57: what a pod brings is what its association says, and two names of its own."""
    place = ask.place
    if ask.caller.arn != PODS or not isinstance(place, Workload):
        return None
    if key == "aws:sourceaccount":
        return Known((place.account,))
    said = facts(place)
    tags = {
        "eks-cluster-arn": ":".join(
            [*place.arn.split(":")[:5], "cluster/" + said["cluster"]],
        ),
        "eks-cluster-name": said["cluster"],
        "kubernetes-namespace": said["namespace"],
        "kubernetes-service-account": said["serviceAccount"],
    }
    passed = said["disableSessionTags"] != "true"
    if key == "aws:tagkeys":
        return Known((*tags, *OF_THE_POD)) if passed else Absent()
    if not key.startswith("aws:requesttag/"):
        return None
    name = key.partition("/")[2]
    if passed and name in OF_THE_POD:
        return Open("SERVICE_CONTEXT")
    return Known((tags[name],)) if passed and name in tags else Absent()


def c54_certificate(ask: Ask, key: str) -> "Known | Absent | Open | None":
    """C-54, C-57: what a certificate brings, and the anchor that vouches for it."""
    if ask.caller.arn != ANYWHERE:
        return None
    if key == "aws:sourceaccount" and ask.place is not None:
        return Known((ask.account,))
    if key == "aws:sourcearn" and isinstance(ask.place, str) and ask.place:
        return Known((ask.place,))
    heads = ("x509subject/", "x509issuer/", "x509san/")
    if key.startswith(tuple(f"aws:principaltag/{head}" for head in heads)):
        return Open("IDP_CLAIM")
    return Open("IDP_CLAIM") if key in ("sts:sourceidentity", "aws:tagkeys") else None


def kms_call(ask: Ask, key: str) -> "Known | Absent | Open | None":
    """What a call of KMS brings: the encryption context, and the service that it comes through."""
    if not key.startswith("kms:"):
        return None
    if key.startswith("kms:encryptioncontext"):
        return Open("SERVICE_CONTEXT" if ask.caller.kind == "SERVICE" else "CALLER_PARAM")
    return Open("SERVICE_CONTEXT" if key == "kms:viaservice" else "UNKNOWN_KEY")


def context(ask: Ask, key: str) -> "Known | Absent | Open | Anonymous":
    """B-3, B-16 … B-29: what the request holds under a key, in any case."""
    name = key.lower()
    if name in ask.given:
        return Known(ask.given[name])
    found = said_by_nobody(ask, name)
    if not ask.complete or not isinstance(found, Open) or found.kind == "DATA_MISSING":
        return found
    if found.kind == "USERID":
        raise NotImplementedError("a complete context that does not name the session")
    if name in ("aws:currenttime", "aws:epochtime"):
        # B-17: no request is without a time, and of it the time of the facts is what is known.
        clock = ask.snapshot.taken_at
        if clock is None:
            return found
        seconds = int(clock.timestamp())
        text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Known((text if name == "aws:currenttime" else str(seconds),))
    idle = open_keys(ask).defaults.get(name)
    return Known(idle) if idle else Absent()


def said_by_nobody(ask: Ask, name: str) -> "Known | Absent | Open | Anonymous":
    """B-16 … B-29: what the request holds under a key that the asker does not speak of."""
    for look in (c53_pod, c54_certificate, kms_call, b16_caller, b17_call, b18_role, b19_claims):
        found = look(ask, name)
        if found is not None:
            return found
    return Open("UNKNOWN_KEY")


# --- conditions (B-1 … B-15) --------------------------------------------------------------------


def b4_text(value: Any) -> str:
    """B-4: numbers and booleans are compared as text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class Operator:
    """An operator's name taken apart (B-2)."""

    written: str
    quantity: str
    positive: str
    negated: bool
    if_exists: bool


def one_name(positive: str) -> str:
    """B-12, B-13: ArnEquals is ArnLike."""
    return "ArnLike" if positive == "ArnEquals" else positive


def b2_operator(written: str) -> Operator | None:
    """B-2: prefix, name, suffix, in any case; None for an unknown one."""
    text = written.lower()
    quantity, _, text = text.rpartition(":")
    if quantity not in ("", "forallvalues", "foranyvalue"):
        return None
    if_exists = text.endswith("ifexists")
    text = text.removesuffix("ifexists")
    if text in NEGATED:
        return Operator(written, quantity, one_name(NEGATED[text]), True, if_exists)
    if text in POSITIVE and not (text == "null" and (if_exists or quantity)):
        return Operator(written, quantity, one_name(POSITIVE[text]), False, if_exists)
    return None


def family(operator: str) -> str:
    """The family an operator belongs to."""
    found = b2_operator(operator)
    if found is None:
        return "Unknown"
    return next(name for head, name in FAMILIES.items() if found.positive.lower().startswith(head))


def takes_variables(operator: str) -> bool:
    """A-44: String, Arn and Bool."""
    return operator.lower().startswith(("string", "arn", "bool"))


def satisfies(operator: str, wanted: str, got: str) -> bool:
    """B-12, with hidden wildcards (A-46)."""
    name = operator.lower()
    if name == "stringlike":
        return like_hidden(wanted, got)
    if name in ("arnequals", "arnlike"):
        a, b = wanted.split(":", 5), got.split(":", 5)
        return (
            len(a) == 6
            and len(b) == 6
            and all(like_hidden(w, g) for w, g in zip(a, b, strict=True))
        )
    return compare(operator, show(wanted), got)


def b13_lone_star(operator: str, wanted: Sequence[str], got: str) -> Formula:
    """B-12, I-13: one value against the list; a lone star in an ARN operator is a question."""
    if any(satisfies(operator, w, got) for w in wanted):
        return True
    if operator.lower().startswith("arn") and "*" in wanted and len(got.split(":", 5)) == 6:
        return reading("I-13")
    return False


def b5_known(op: Operator, wanted: Sequence[str], got: Sequence[str], many: bool) -> Formula:
    """B-1, B-5 … B-10: the key's values are known, none when it is absent."""
    one = [b13_lone_star(op.positive, wanted, g) for g in got]
    if op.negated:
        one = [no(o) for o in one]
    if op.quantity == "forallvalues":
        return every(*one)
    if op.quantity == "foranyvalue":
        if not got and op.if_exists:
            return reading("I-9")
        return either(*one)
    if not got:
        return op.negated or op.if_exists
    if not many:
        # Two tags that differ in case only are both candidates (B-3).
        return either(*one)
    if not op.negated:
        return every(either(*one), reading("I-9"))
    # Between "any differs" and "none matches" (B-10).
    return either(every(*one, reading("I-9")), every(either(*one), reading("I-9")))


def b7_null(op: Operator, wanted: Sequence[str], got: Sequence[str]) -> bool:
    """B-7: whether the key is absent."""
    return any((not got) == (w.lower() == "true") for w in wanted)


def b14_usable(op: Operator, value: str) -> bool:
    """B-14: an operand that does not parse matches nothing."""
    name = op.positive.lower()
    if name.startswith("numeric"):
        return re.fullmatch(r"[+-]?\d+(\.\d+)?", value) is not None
    if name.startswith("date"):
        return moment(value) is not None
    if name == "ipaddress":
        return ip_range(value) is not None
    if name == "binaryequals":
        return compare(name, value, value)
    return True


def b26_time(ask: Ask, op: Operator, wanted: Sequence[str], key: str) -> Formula:
    """B-26: a moment against the clock of the snapshot, where it has one."""
    clock = ask.snapshot.taken_at
    assert clock is not None
    ways: list[Formula] = []
    name = "Date" + op.positive.removeprefix("Date").removeprefix("Numeric")
    for value in wanted:
        when = moment(value)
        if when is None:
            ways.append(False)
            continue
        text = when.strftime("%Y-%m-%dT%H:%M:%SZ")
        atom = Atom(key, name, (text,), False, "TIME")
        if name in ("DateLessThan", "DateLessThanEquals", "DateEquals"):
            past = when <= clock if name == "DateLessThan" else when < clock
            ways.append(False if past else atom)
        else:
            past = when < clock if name == "DateGreaterThan" else when <= clock
            ways.append(True if past else atom)
    result = either(*ways)
    return no(result) if op.negated else result


def b10_open(
    ask: Ask, op: Operator, wanted: tuple[str, ...], key: str, found: Open, many: bool
) -> Formula:
    """B-5 … B-10 for a key that the snapshot does not hold: the same tables, as atoms."""

    def atom(operator: str, values: tuple[str, ...] = wanted) -> Atom:
        return Atom(key, operator, values, False, found.kind, found.likelihood)

    absent: Formula = False if key.lower() in open_keys(ask).always else atom("Null", ("true",))
    if op.positive == "Null":
        return either(*(absent if w.lower() == "true" else no(absent) for w in wanted))
    if not many:
        hit: Formula = atom(op.positive) if wanted else False
        if op.quantity == "forallvalues":
            return no(hit) if op.negated else either(absent, hit)
        if op.quantity == "foranyvalue":
            result = every(no(absent), no(hit)) if op.negated else hit
            return either(result, every(absent, reading("I-9"))) if op.if_exists else result
        if op.negated:
            return no(hit)
        return either(absent, hit) if op.if_exists else hit
    some, each = atom("ForAnyValue:" + op.positive), atom("ForAllValues:" + op.positive)
    if op.quantity == "forallvalues":
        return no(some) if op.negated else each
    if op.quantity == "foranyvalue":
        result = no(each) if op.negated else some
        return either(result, every(absent, reading("I-9"))) if op.if_exists else result
    if op.negated:
        return either(absent, every(reading("I-9"), no(each)))
    result = every(reading("I-9"), atom(op.positive))
    return either(result, absent) if op.if_exists else result


def c63_mfa(ask: Ask, op: Operator, wanted: Sequence[str]) -> Formula | None:
    """C-63: MFA in role sessions; None when the caller is no such session or the rule is silent."""
    kind = ask.caller.kind
    if kind not in ("ROLE", "ROLE_SVC"):
        return None
    present = Atom(
        "aws:multifactorauthpresent", "Bool", ("true",), False, "CALLER_AUTH", "unlikely"
    )
    has: Formula = present if kind == "ROLE" else False
    values = {w.lower() for w in wanted}
    if op.if_exists and op.quantity == "foranyvalue":
        raise NotImplementedError("a set operator that takes an absent MFA key (I-9)")
    absent_is_fine = op.if_exists or op.quantity == "forallvalues"
    if values == {"true"} and not absent_is_fine:
        return has
    if values == {"false"} and not absent_is_fine:
        return reading("I-3", "unlikely")
    if values == {"false"}:
        return no(has)
    raise NotImplementedError("the specification says nothing of this MFA condition")


def b23_mfa(ask: Ask, op: Operator, wanted: Sequence[str]) -> Formula | None:
    """B-23: a user's call carries MFA or it does not; None when the caller is no user."""
    kind = ask.caller.kind
    if kind not in USER_KINDS:
        return None
    carries = Atom("aws:multifactorauthpresent", "Bool", ("true",), False, "CALLER_AUTH")
    bare = () if kind == "USER" else ("false",)
    if op.positive == "Null":
        without, having = b7_null(op, wanted, bare), b7_null(op, wanted, ("true",))
    else:
        plain = replace(op, if_exists=op.if_exists and op.quantity != "foranyvalue")
        first, second = (b5_known(plain, wanted, v, False) for v in (bare, ("true",)))
        without, having = worth(first) is True, worth(second) is True
        if op.if_exists and op.quantity == "foranyvalue" and not bare:
            raise NotImplementedError("a set operator that takes an absent MFA key (I-9)")
    if without == having:
        return without
    return carries if having else no(carries)


def b16_userid(ask: Ask, op: Operator, wanted: tuple[str, ...]) -> Formula:
    """B-16: the id of a role is known, the name of its session is not."""
    entity = ask.caller.entity
    assert entity is not None
    if ask.caller.session:
        return b5_known(op, wanted, (f"{entity.unique_id}:{ask.caller.session}",), many=False)
    if op.positive not in ("StringEquals", "StringLike"):
        raise NotImplementedError("an id under another operator")
    ways: list[Formula] = []
    for value in wanted:
        head, colon, name = value.partition(":")
        if op.positive == "StringLike" and like(value, f"{entity.unique_id}:{{}}"):
            ways.append(True)
        elif op.positive == "StringEquals" and not FORMS["session:name"].fullmatch(name):
            ways.append(False)
        elif colon and head == entity.unique_id:
            ways.append(Atom("session:name", op.positive, (name,), False, "SESSION_STATE"))
        elif "*" in head or "?" in head:
            raise NotImplementedError("a wildcard inside the unique id")
        else:
            ways.append(False)
    hit = either(*ways)
    return no(hit) if op.negated else hit


def a44_values(
    ask: Ask, values: Sequence[str], version: str
) -> tuple[list[str], list[OpenVariableError]]:
    """A-44, A-45: the values with their variables filled in, and the variables that are open."""
    found: list[str] = []
    opened: list[OpenVariableError] = []
    for value in values:
        try:
            filled = a44_substitute(ask, value, version)
        except OpenVariableError as variable:
            if VARIABLE.fullmatch(value) is None:
                raise
            opened.append(variable)
            continue
        if filled is not None:
            found.append(filled)
    return found, opened


def a44_turned(
    ask: Ask, op: Operator, key: str, others: Sequence[str], opened: Sequence[OpenVariableError]
) -> Formula:
    """A-44: a known value against an open variable asks something of the variable's own key."""
    found = context(ask, key)
    if op.positive not in ("StringEquals", "StringLike") or op.quantity or len(opened) > 1:
        raise opened[0]
    if isinstance(found, Absent):
        return op.negated or op.if_exists
    if not isinstance(found, Known) or len(found.values) != 1:
        raise opened[0]
    positive = replace(op, negated=False)
    hit = either(
        b5_known(positive, others, found.values, many=False),
        a44_holds(ask, opened[0], found.values[0]),
    )
    return no(hit) if op.negated else hit


def b1_test(ask: Ask, written: str, key: str, raw: Any, version: str) -> Formula:
    """One key under one operator."""
    op, key = b2_operator(written), key.lower()
    ask.seen.add(f"family {family(written)}")
    if op is not None:
        ask.seen.add(f"set operator {op.quantity or 'none'}")
        ask.seen.add(f"IfExists {op.if_exists}")
        ask.seen.add(f"operator {'not ' if op.negated else ''}{op.positive}")
        ask.seen.add(f"{family(written)} under {op.quantity or 'no set operator'}")
        if op.if_exists:
            ask.seen.add(f"{family(written)} IfExists")
    values = [b4_text(v) for v in a1_list(raw)]
    if any("${" in v for v in values):
        ask.seen.add(f"variable {'with a default' if any(', ' in v for v in values) else 'alone'}")
    if holds_many(key):
        ask.seen.add(
            f"many values under {op.quantity or 'a plain operator'}" if op else "family Unknown"
        )
    if key in ask.given:
        ask.seen.add("context given")
    if op is None:
        return Atom(key, written, tuple(values), False, "UNKNOWN_KEY")
    opened: list[OpenVariableError] = []
    if takes_variables(op.positive):
        values, opened = a44_values(ask, values, version)
    if opened:
        return a44_turned(ask, op, key, values, opened)
    wanted = tuple(v for v in values if b14_usable(op, v))
    found, many = context(ask, key), holds_many(key)
    name = key
    if name == "aws:multifactorauthpresent" and name not in ask.given and not ask.complete:
        for special in (b23_mfa(ask, op, wanted), c63_mfa(ask, op, wanted)):
            if special is not None:
                return special
    if isinstance(found, Known | Absent):
        got = found.values if isinstance(found, Known) else ()
        if op.positive == "Null":
            return b7_null(op, wanted, got)
        return b5_known(op, wanted, got, many)
    if isinstance(found, Anonymous):
        if op.positive == "Null":
            return reading("I-10")
        first = b5_known(op, wanted, (), many)
        second = b5_known(op, wanted, (found.literal,), many)
        return first if first == second else i10_differs(first, second)
    if found.kind == "USERID" and op.positive == "Null":
        return not any(w.lower() == "true" for w in wanted)
    if found.kind == "USERID":
        return b16_userid(ask, op, wanted)
    if name == "aws:currenttime" and op.positive != "Null" and ask.snapshot.taken_at is not None:
        return b26_time(ask, op, wanted, name)
    if op.positive != "Null":
        wanted = tuple(w for w in wanted if b16_fits(ask, name, w))
        if not wanted:
            return b10_open(ask, op, (), key, found, many)
    shown = tuple(sorted({show(w) for w in wanted}))
    if op.positive in ("StringEquals", "StringEqualsIgnoreCase") and name in FORMS:
        # B-17: nobody can pass a value of another form.
        shown = tuple(w for w in shown if FORMS[name].fullmatch(w))
        if not shown:
            return b10_open(ask, op, (), key, found, many)
    if op.positive == "Bool":
        shown = tuple(sorted({w.lower() for w in shown} & {"true", "false"}))
        if not shown:
            return b10_open(ask, op, (), key, found, many)
    if op.positive.startswith("Date"):
        shown = tuple(m.strftime("%Y-%m-%dT%H:%M:%SZ") for w in shown if (m := moment(w)))
    return b10_open(ask, op, shown, key, found, many)


def i10_differs(first: Formula, second: Formula) -> Formula:
    """I-10: the two readings where they are not plainly equal."""
    if worth(first) == worth(second):
        return first
    if None in (worth(first), worth(second)):
        raise NotImplementedError("two open questions about one key (I-9, I-10)")
    return reading("I-10")


def worth(formula: Formula) -> bool | None:
    """True or false where that is plain."""
    ways = multiply(formula)
    return None if ways and frozenset() not in ways else bool(ways)


def b1_condition(ask: Ask, statement: Mapping[str, Any], version: str) -> Formula:
    """B-1, B-11: all operators, all keys."""
    block = statement.get("Condition") or {}
    return every(
        *(
            b1_test(ask, operator, key, raw, version)
            for operator, keys in block.items()
            for key, raw in keys.items()
        )
    )


# --- principals (A-13 … A-30) -------------------------------------------------------------------


def a13_values(element: Any) -> list[tuple[str, str]]:
    """A-13, A-14: the kinds and values that a principal element lists."""
    if element == "*":
        return [("AWS", "*")]
    return [(kind, value) for kind, values in element.items() for value in a1_list(values)]


def session_named(name: str, caller: Caller) -> Formula:
    """A-17, A-29: the caller's own session name."""
    if caller.session:
        return caller.session == name
    return Atom("session:name", "StringEquals", (name,), False, "SESSION_STATE")


def a28_matches(ask: Ask, kind: str, value: str, deny: bool) -> Iterator[tuple[str, Formula]]:
    """A-14 … A-28: the ways in which one listed principal is the caller."""
    caller = ask.caller
    aws = caller.kind in USER_KINDS or caller.kind in ROLE_KINDS or caller.kind == "ROOT"
    partition = partition_of(ask.resource)
    if kind == "AWS" and value == "*":
        yield "WILDCARD", True if aws or deny or ask.role is None else reading("I-12")
    elif kind == "AWS" and aws:
        root = f"arn:{partition}:iam::{caller.account}:root"
        if value in (caller.account, root):
            yield "ACCOUNT", True
        ids = (caller.arn, caller.entity.unique_id if caller.entity else None)
        if value.startswith(("AIDA", "AROA")):
            ask.seen.add(f"principal by id {'of the caller' if value in ids else 'of nobody here'}")
        if value in ids and caller.kind != "ROOT":
            yield ("USER" if caller.kind in USER_KINDS else "ROLE"), True
        head = f"arn:{partition}:sts::{caller.account}:assumed-role/{caller.arn.split('/')[-1]}/"
        if caller.kind in ROLE_KINDS and value.startswith(head):
            yield "SESSION", session_named(value.removeprefix(head), caller)
    elif kind == "Service" and caller.kind == "SERVICE" and value in ("*", caller.arn):
        yield "SERVICE", True
    elif kind == "Federated" and caller.kind in SUBJECTS and value in ("*", caller.arn):
        yield "FEDERATED", True


def a30_not_principal(ask: Ask, statement: Mapping[str, Any]) -> dict[str, Formula]:
    """A-30: everybody who is not listed."""
    found: dict[str, list[Formula]] = {}
    for kind, value in a13_values(statement["NotPrincipal"]):
        for way, formula in a28_matches(ask, kind, value, deny=True):
            found.setdefault(way, []).append(formula)
    listed = {way: either(*formulas) for way, formulas in found.items()}
    if statement["Effect"] == "Allow":
        return {"WILDCARD": every(no(either(*listed.values())), reading("I-4"))}
    entity = ask.caller.entity
    if entity is not None and entity.boundary is not None:
        return {"WILDCARD": True}
    if any(way in listed for way in ("WILDCARD", "ACCOUNT", "SERVICE", "FEDERATED")):
        return {}
    mine = either(*listed.values())
    return {"WILDCARD": either(no(mine), reading("I-4"))}


def a13_principal(ask: Ask, statement: Mapping[str, Any]) -> dict[str, Formula]:
    """A-28: every kind of match with its formula."""
    if "NotPrincipal" in statement:
        return a30_not_principal(ask, statement)
    found: dict[str, list[Formula]] = {}
    if "Principal" in statement:
        deny = statement["Effect"] == "Deny"
        for kind, value in a13_values(statement["Principal"]):
            for way, formula in a28_matches(ask, kind, value, deny):
                found.setdefault(way, []).append(formula)
    return {way: either(*formulas) for way, formulas in found.items()}


# --- layers (C-15 … C-43) -----------------------------------------------------------------------


@dataclass(frozen=True)
class Layer:
    """What one layer says: when it allows, when it denies."""

    allow: Formula
    deny: Formula


NOTHING_SAID = Layer(True, False)
"""A layer that takes no part."""


def applies(ask: Ask, statement: Mapping[str, Any], policy: Policy, layer: str) -> Formula:
    """Whether a statement without a principal speaks of the request."""
    version = a4_version(policy)
    if not a31_actions(statement, ask.action):
        return False
    ask.seen.update(f"element {e}" for e in statement if e.startswith("Not"))
    when = b1_condition(ask, statement, version)
    if layer == "rcp" and "Condition" in statement and worth(when) is False:
        ask.seen.add("rcp exempted")
    return every(a32_resources(ask, statement, version, layer), when)


def union(ask: Ask, policies: Sequence[Policy], layer: str) -> Layer:
    """A-9, C-28: several documents are one list of statements."""
    allow: list[Formula] = []
    deny: list[Formula] = []
    for policy in policies:
        allow += [applies(ask, s, policy, layer) for s in statements(policy, "Allow")]
        deny += [applies(ask, s, policy, layer) for s in statements(policy, "Deny")]
        missing = a9_unread(layer, policy)
        allow.append(missing)
        deny.append(missing)
    return Layer(either(*allow), either(*deny))


def a12_managed(ask: Ask, arn: str) -> Policy:
    """A-11, A-12: the default version, or a policy that was not read."""
    found = ask.snapshot.policies.get(arn)
    if found is not None:
        return found
    return Policy(arn=arn, name=arn, kind="managed", document=None)  # type: ignore[arg-type]


def c28_identity(ask: Ask) -> Layer:
    """C-28, C-69: all policies of the caller and of its groups."""
    caller = ask.caller
    if caller.kind in SUBJECTS or caller.kind in ("SERVICE", "ANON"):
        return Layer(False, False)
    if caller.kind == "ROOT":
        return Layer(True, False)
    if caller.entity is None:
        missing = unread("identity", caller.account)
        return Layer(missing, missing)
    entity = caller.entity
    policies = [*entity.inline, *(a12_managed(ask, arn) for arn in entity.attached)]
    if isinstance(entity, User):
        for group in (ask.snapshot.groups[arn] for arn in entity.groups):
            policies += [*group.inline, *(a12_managed(ask, arn) for arn in group.attached)]
    return union(ask, policies, "identity")


def c15_boundary(ask: Ask) -> Layer:
    """C-12, C-15: the caller's boundary, if it has one."""
    entity = ask.caller.entity
    if entity is None or entity.boundary is None or ask.caller.kind == "ROLE_SLR":
        return NOTHING_SAID
    return union(ask, [a12_managed(ask, entity.boundary)], "boundary")


def c27_session(ask: Ask) -> Layer:
    """C-27: the policies of the caller's session, one list of statements."""
    if not ask.session_policies or ask.caller.kind not in ROLE_KINDS:
        return NOTHING_SAID
    policies = [
        Policy(arn=f"session-policy/{i}", name="", kind="session", document=d)  # type: ignore[arg-type]
        for i, d in enumerate(ask.session_policies)
    ]
    return union(ask, policies, "session")


def c37_bound_by_scps(ask: Ask) -> bool:
    """C-37: principals of member accounts."""
    org, kind = ask.snapshot.organization, ask.caller.kind
    if org is not None and ask.caller.account == org.management_account:
        ask.seen.add("caller of the management account")
    return (
        org is not None
        and kind in (*USER_KINDS, "ROLE", "ROLE_FED", "ROLE_SVC", "ROOT")
        and bool(org_path(ask, ask.caller.account))
        and ask.caller.account != org.management_account
    )


def c38_scp(ask: Ask) -> Layer:
    """C-38, C-39: an Allow at every level, no Deny at any."""
    org = ask.snapshot.organization
    if org is None or not c37_bound_by_scps(ask) or org.scp_enabled is False:
        return NOTHING_SAID
    if not org.scps_readable:
        missing = unread("scp", ask.caller.account)
        return Layer(missing, missing)
    levels = [
        union(ask, [org.policies[arn] for arn in scps_at(ask, target)], "scp")
        for target in org_path(ask, ask.caller.account)
    ]
    return Layer(every(*(x.allow for x in levels)), either(*(x.deny for x in levels)))


def scps_at(ask: Ask, target: str, kind: str = "scp") -> list[str]:
    """The policies of one kind attached at one level."""
    org = ask.snapshot.organization
    assert org is not None
    return [arn for arn in org.targets.get(target, ()) if org.policies[arn].kind == kind]


def c43_bound_by_rcps(ask: Ask) -> bool:
    """C-43, D-1: what lies in member accounts, whoever calls, service-linked roles aside."""
    org, role = ask.snapshot.organization, ask.role
    if org is not None and ask.account == org.management_account:
        ask.seen.add("resource of the management account")
    if org is not None and role is not None and role.is_service_linked:
        ask.seen.add("rcp that a service-linked role is spared")
    return (
        org is not None
        and ask.action.split(":")[0].lower() in RCP_SERVICES
        and bool(org_path(ask, ask.account))
        and ask.account != org.management_account
        and ask.caller.kind != "ROLE_SLR"
        and not (ask.caller.kind == "SERVICE" and role is not None and role.is_service_linked)
    )


RCP_SERVICES = {"sts", "s3", "sqs", "kms", "secretsmanager", "events"}
"""Of the services that these questions ask about, those that know resource control policies."""


def c43_rcp(ask: Ask) -> Layer:
    """C-43: resource control policies only take away."""
    org = ask.snapshot.organization
    if org is None or not c43_bound_by_rcps(ask) or org.rcp_enabled is False:
        return NOTHING_SAID
    if not org.rcps_readable:
        return Layer(True, unread("rcp", ask.account))
    policies = [
        org.policies[arn]
        for target in org_path(ask, ask.account)
        for arn in scps_at(ask, target, "rcp")
    ]
    return Layer(True, union(ask, policies, "rcp").deny)


@dataclass(frozen=True)
class Trust:
    """What the trust policy says: a formula for each kind of match, and its denies (C-18)."""

    matches: Mapping[str, Formula]
    deny: Formula

    def __getitem__(self, kind: str) -> Formula:
        return self.matches.get(kind, False)


def c19_trust(ask: Ask) -> Trust:
    """A-9, C-18, C-19: the trust policy of the role."""
    assert ask.role is not None
    policy = ask.role.trust or Policy(
        arn=f"{ask.role.arn}#trust",
        name="trust",
        kind="trust",  # type: ignore[arg-type]
        document=None,
    )
    return who_is_let_in(ask, policy, "trust")


def who_is_let_in(ask: Ask, policy: Policy, layer: str) -> Trust:
    """A-9, A-28: the ways in which a policy with principals names the caller, and its denies."""
    matches: dict[str, list[Formula]] = {}
    deny: list[Formula] = []
    version = a4_version(policy)
    for effect in ("Allow", "Deny"):
        for statement in statements(policy, effect):
            if not a31_actions(statement, ask.action):
                continue
            ask.seen.update(f"element {e}" for e in statement if e.startswith("Not"))
            if layer == "resource" and "NotPrincipal" in statement:
                ask.seen.add(f"NotPrincipal of {ask.resource.split(':')[2]}")
            condition = every(
                a32_resources(ask, statement, version, layer),
                b1_condition(ask, statement, version),
            )
            for kind, formula in a13_principal(ask, statement).items():
                if effect == "Deny":
                    deny.append(every(formula, condition))
                else:
                    matches.setdefault(kind, []).append(every(formula, condition))
    missing = a9_unread(layer, policy)
    if missing is not False:
        deny.append(missing)
        kind = ask.caller.kind
        best = "SERVICE" if kind == "SERVICE" else "FEDERATED" if kind in SUBJECTS else "WILDCARD"
        matches.setdefault(best, []).append(missing)
    return Trust({k: either(*f) for k, f in matches.items()}, either(*deny))


# --- the decision (C-19 … C-35, C-44 … C-56) ----------------------------------------------------


def c30_combine(
    same_account: bool,
    trust: Trust,
    identity: Layer,
    boundary: Layer,
    session: Layer,
    scp: Layer,
    rcp: Layer,
) -> Formula:
    """C-16, C-20 … C-26, C-30, as they are written."""
    denied = either(trust.deny, identity.deny, boundary.deny, session.deny, scp.deny, rcp.deny)
    i, b, q, s, p = identity.allow, boundary.allow, session.allow, scp.allow, rcp.allow
    if same_account:
        ways = either(
            every(trust["USER"], either(b, reading("I-1"))),
            trust["SESSION"],
            trust["WILDCARD"],
            every(trust["ROLE"], b, q),
            every(trust["ACCOUNT"], i, b, q),
        )
    else:
        kinds = ("USER", "ROLE", "SESSION", "WILDCARD", "ACCOUNT")
        ways = every(either(*(trust[k] for k in kinds)), i, b, q)
    return every(no(denied), s, p, ways)


def c45_subject(trust: Trust, rcp: Layer) -> Formula:
    """C-45, C-46, C-56: no policy of a caller takes part."""
    ways = either(trust["FEDERATED"], trust["SERVICE"], trust["WILDCARD"])
    return every(ways, rcp.allow, no(either(trust.deny, rcp.deny)))


def c44_provider(ask: Ask) -> Formula:
    """C-44 … C-46: the provider is there, and its word names the role."""
    arn, kind = ask.caller.arn, ask.caller.kind
    if kind == "SAML":
        pair = Atom("saml:Role", "StringEquals", (f"{ask.resource},{arn}",), False, "IDP_CLAIM")
        if ask.caller.account != ask.account:
            return every(pair, reading("I-5", "unlikely"))
        return pair if arn in ask.snapshot.saml_providers else False
    if arn in BUILT_IN:
        return Atom(f"{arn}:iss", "StringEquals", (f"https://{arn}",), False, "IDP_CLAIM")
    found = ask.snapshot.oidc_providers.get(arn)
    if found is None or ask.caller.account != ask.account:
        return False
    ids = tuple(sorted(found.client_ids or ()))
    return every(
        Atom(f"{found.url}:aud", "StringEquals", ids, False, "IDP_CLAIM"),
        Atom(f"{found.url}:iss", "StringEquals", (f"https://{found.url}",), False, "IDP_CLAIM"),
    )


def c55_instance_profile(ask: Ask) -> Formula:
    """C-55: EC2 gets a role through an instance profile."""
    if ask.caller.arn != "ec2.amazonaws.com":
        return True
    if any(ask.resource in p.roles for p in ask.snapshot.instance_profiles.values()):
        return True
    return Atom("ec2:InstanceProfile", "Configured", (ask.resource,), False, "SERVICE_CONTEXT")


def handed_out(ask: Ask, service: str) -> list[Workload]:
    """What a service of the role's own account is configured with to hand it out (C-53, C-54)."""
    return [
        w
        for w in ask.snapshot.workloads
        if (w.service, w.role, w.account) == (service, ask.resource, ask.account)
    ]


def was_read(ask: Ask, operation: str, region: str = "") -> bool:
    """Whether a call about the role's account was answered whole, in a Region or in any."""
    return any(
        (c.account, f"{c.service}/{c.operation}", c.status) == (ask.account, operation, "complete")
        and region in ("", c.region)
        for c in ask.snapshot.coverage
    )


def c54_profile(ask: Ask) -> Formula:
    """C-54: an enabled profile lists the role, and there is an enabled anchor."""
    if ask.caller.arn != ANYWHERE:
        return True
    profiles = handed_out(ask, ANYWHERE)
    vouched = Atom("rolesanywhere:Certificate", "Presented", (ask.account,), False, "IDP_CLAIM")
    if not profiles:
        ask.seen.add("no profile")
        listed = Atom(
            "rolesanywhere:Profile", "Configured", (ask.resource,), False, "SERVICE_CONTEXT"
        )
        return False if was_read(ask, "rolesanywhere/list-profiles") else every(vouched, listed)
    enabled = [p for p in profiles if facts(p)["enabled"] == "true"]
    if not enabled:
        ask.seen.add("disabled profile")
        return False
    if not all(facts(p).get("anchorsRead") for p in enabled):
        ask.seen.add("anchors unread")
        return vouched
    ask.seen.add("anchors read")
    return bool(anchors(ask))


def anchors(ask: Ask) -> list[str]:
    """C-54: the enabled anchors that a profile of the role is good with."""
    return sorted(
        {
            value
            for profile in handed_out(ask, ANYWHERE)
            if facts(profile)["enabled"] == "true"
            for name, value in profile.facts
            if name == "anchor"
        }
    )


def places(ask: Ask) -> list[Ask]:
    """C-53, C-54: one question for each association of a pod, or anchor of a certificate."""
    if ask.role is None:
        return [ask]
    if ask.caller.arn == PODS:
        found = handed_out(ask, PODS)
        ask.seen.add(f"{len(found)} associations")
        ask.seen.update(f"pod tags off {facts(w)['disableSessionTags']}" for w in found)
        return [replace(ask, place=w) for w in found] or [ask]
    if ask.caller.arn == ANYWHERE and anchors(ask):
        ask.seen.add(f"{len(anchors(ask))} anchors")
        return [replace(ask, place=arn) for arn in anchors(ask)]
    if ask.caller.arn == ANYWHERE and handed_out(ask, ANYWHERE):
        return [replace(ask, place="")]
    return [ask]


def by_place(ask: Ask, found: Sequence[tuple[Ask, Branch]]) -> list[Branch]:
    """The ways in with the places that they are open at; a pod's only where not all will do."""
    held: dict[Branch, set[str]] = {}
    for asked, branch in found:
        place = asked.place
        held.setdefault(branch, set()).add(
            place.arn if isinstance(place, Workload) else place or ""
        )
    # Where less is asked for, what asks for more is open, too.
    for branch, at in held.items():
        for less, there in held.items():
            if less < branch:
                at |= there
    everywhere = {w.arn for w in handed_out(ask, PODS)} if ask.caller.arn == PODS else set()
    ways: list[Branch] = []
    for branch, at in held.items():
        if at in ({""}, everywhere):
            ways.append(branch)
            continue
        key, kind = "rolesanywhere:Certificate", "IDP_CLAIM"
        if ask.caller.arn == PODS:
            key, kind = "eks:PodIdentityAssociation", "SERVICE_CONTEXT"
        ways.append(branch | {Atom(key, "StringEquals", tuple(sorted(at)), False, kind)})
    return ways


def c51_pool(ask: Ask, branch: Branch) -> Formula:
    """C-51: a pool that was read hands out the role, or lets the caller name any."""
    host = ask.caller.arn
    if ask.caller.kind != "OIDC" or host not in BUILT_IN:
        return True
    named = {
        value
        for atom in branch
        if atom.key.lower() == f"{host}:aud" and is_exact(atom) and not atom.negated
        for value in atom.values
    }
    if not named:
        return True
    read_ones = {
        pool
        for pool in named
        if was_read(ask, "cognito-identity/get-identity-pool-roles", pool.partition(":")[0])
    }
    handing = {w.arn.rpartition("/")[2] for w in handed_out(ask, host)}
    ask.seen.update(
        f"pool {'unread' if p not in read_ones else 'with the role' if p in handing else 'without'}"
        for p in named
    )
    fit = tuple(sorted(p for p in named if p in handing or p not in read_ones))
    configured = Atom(
        "cognito-identity:IdentityPool", "Configured", (ask.resource,), False, "SERVICE_CONTEXT"
    )
    if set(fit) == named:
        return True
    of_fit = Atom(f"{host}:aud", "StringEquals", fit, False, "IDP_CLAIM")
    return either(configured, of_fit) if fit else configured


def is_reserved(role: Role) -> bool:
    """C-50: a role that IAM Identity Center owns."""
    return role.path.startswith("/aws-reserved/sso.amazonaws.com/")


def c50_sign_on(ask: Ask, rcp: Layer) -> Formula:
    """C-50: entered by an assignment of its permission set on its account, under RCPs (C-43)."""
    role, snapshot = ask.role, ask.snapshot
    assert role is not None
    if not is_reserved(role):
        return False
    if snapshot.assignments is None:
        ask.seen.add("assignments unread")
        return every(unread("assignments", ask.account), no(rcp.deny))
    person = snapshot.identity_center_users[ask.caller.arn]
    assigned = False
    for one in snapshot.assignments:
        held = snapshot.permission_sets[one.permission_set]
        if one.account == ask.account and role.name.split("_")[1] == held.name:
            if one.principal_type == "USER" and one.principal == person.key:
                assigned = True
                ask.seen.add("assigned to the person")
            if one.principal_type == "GROUP" and one.principal in person.groups:
                assigned = True
                ask.seen.add("assigned to a group")
    if not assigned:
        ask.seen.add("assigned to nobody of these")
    return every(assigned, no(rcp.deny))


def c35_self(ask: Ask, trust: Trust) -> Formula:
    """C-34, C-35: a role of before July 2022 may still trust itself."""
    role = ask.caller.entity
    if not isinstance(role, Role) or role.arn != ask.resource:
        return False
    ask.seen.add("self named" if multiply(either(*trust.matches.values())) else "self unnamed")
    if multiply(either(*trust.matches.values())):
        return False
    if role.created is None or role.created >= datetime(2022, 7, 1, tzinfo=UTC):
        return False
    return reading("I-2", "unlikely")


# --- resources that are no roles ----------------------------------------------------------------


def governing(snapshot: Snapshot, resource: str) -> ResourcePolicy | None:
    """The policy of a resource; of an object that of its bucket."""
    found = snapshot.resource_policies.get(resource)
    if found is None and resource.split(":")[2] == "s3":
        return snapshot.resource_policies.get(resource.split("/")[0])
    return found


def resource_says(ask: Ask) -> Trust | None:
    """What the resource's own policy says; None when nobody read whether there is one."""
    held = governing(ask.snapshot, ask.resource)
    if held is None:
        return Trust({}, False) if ask.resource.split(":")[2] == "iam" else None
    if held.policy is None:
        return Trust({}, False)
    return who_is_let_in(ask, held.policy, "resource")


WITH_CONTEXT = {
    "creategrant",
    "encrypt",
    "decrypt",
    "generatedatakey",
    "generatedatakeywithoutplaintext",
    "generatedatakeypair",
    "generatedatakeypairwithoutplaintext",
    "reencryptfrom",
    "reencryptto",
}
"""Calls of KMS that bring an encryption context, or a grant that demands one."""


def kms_constraints(ask: Ask, grant: Grant) -> Formula:
    """What a grant demands of the call; a constraint on the context binds no call without one."""
    if not grant.constraints:
        ask.seen.add("grant outright")
        return True
    try:
        said = json.loads(grant.constraints)
    except ValueError:
        ask.seen.add("grant constraint unread")
        return unread("constraints", grant.arn)
    asks: list[Formula] = []
    version = "2008-10-17"  # nothing in a constraint is a variable
    for name, wanted in said.items():
        if name == "SourceArn":
            ask.seen.add("grant constraint SourceArn")
            asks.append(b1_test(ask, "ArnLike", "aws:SourceArn", wanted, version))
            continue
        if ask.action.partition(":")[2].lower() not in WITH_CONTEXT:
            ask.seen.add("grant constraint idle")
            continue
        ask.seen.add(f"grant constraint {name}")
        for key, value in wanted.items():
            asks.append(
                b1_test(ask, "StringEquals", f"kms:EncryptionContext:{key}", value, version)
            )
        if name == "EncryptionContextEquals":
            keys = "kms:EncryptionContextKeys"
            asks.append(b1_test(ask, "ForAllValues:StringEquals", keys, list(wanted), version))
    return every(*asks)


def kms_grants(ask: Ask) -> dict[str, Formula]:
    """The grants of a key let their grantees in, as an Allow of a policy would that names them."""
    found: dict[str, list[Formula]] = {}
    for grant in ask.snapshot.grants.values():
        if grant.key != ask.resource:
            continue
        if ask.action.partition(":")[2].lower() not in {o.lower() for o in grant.operations}:
            ask.seen.add("grant of another operation")
            continue
        kinds = ["Service", "AWS"] if not grant.grantee.startswith("arn:") else ["AWS"]
        ways = [w for k in kinds for w in a28_matches(ask, k, grant.grantee, deny=False)]
        ask.seen.add(f"grant to {ways[0][0] if ways else 'a stranger'}")
        for way, formula in ways:
            found.setdefault(way, []).append(every(formula, kms_constraints(ask, grant)))
    return {way: either(*formulas) for way, formulas in found.items()}


def general(ask: Ask) -> Formula:
    """Any action on any resource: C-16, C-26, and the general evaluation logic of AWS.

    In one account the identity's policies or the resource's policy suffice; of the latter a grant
    to a user, a session or everybody is final, one to a role stays under boundary and session
    policy, one to the account delegates. Between accounts both sides must allow. A KMS key's
    policy must let the account's policies count (C-19).
    """
    said, kind = resource_says(ask), ask.caller.kind
    mine, boundary, session = c28_identity(ask), c15_boundary(ask), c27_session(ask)
    scp, rcp = c38_scp(ask), c43_rcp(ask)
    let = said or Trust({}, False)
    for name, layer in (
        ("resource", Layer(either(*let.matches.values()), let.deny)),
        ("identity", mine),
        ("boundary", boundary),
        ("session", session),
        ("scp", scp),
        ("rcp", rcp),
    ):
        ask.seen.add(f"{name} {voice(layer)}")
    service = ask.resource.split(":")[2]
    same = ask.caller.account == ask.account
    ask.seen.update(("question resource", f"service {service}", f"caller {kind}"))
    if kind == "ANON":
        ask.seen.add(f"unsigned call of {service}")
    ask.seen.add(f"resource {'of the same account' if same else 'of another account'}")
    denied = either(let.deny, mine.deny, boundary.deny, session.deny, scp.deny, rcp.deny)
    own = every(mine.allow, boundary.allow, session.allow)
    given = Trust(kms_grants(ask) if service == "kms" else {}, False)
    if kind in ("SERVICE", "ANON"):
        ways = either(let["SERVICE"], let["WILDCARD"], given["SERVICE"])
    elif same:
        delegated = every(given["ACCOUNT"], own)
        if service == "kms":
            # Without its policy's consent the account's policies do not count at a key.
            consent = let["ACCOUNT"] if said is not None else unread("resource", ask.resource)
            own = every(consent, own)
        role = every(either(let["ROLE"], given["ROLE"]), boundary.allow, session.allow)
        final = (let["USER"], let["SESSION"], let["WILDCARD"], given["USER"], given["SESSION"])
        ways = either(*final, role, own, delegated)
    else:
        let_in = unread("resource", ask.resource) if said is None else either(*let.matches.values())
        direct = either(given["USER"], given["ROLE"], given["SESSION"])
        # The pages on cross-account access ask for the grantee's own policy, others do not (I-14).
        ways = either(
            every(let_in, own),
            every(given["ACCOUNT"], own),
            every(direct, either(own, reading("I-14"))),
        )
    return every(no(denied), scp.allow, rcp.allow, ways)


def voice(layer: Layer) -> str:
    """What a layer says in one word."""
    if layer is NOTHING_SAID:
        return "none"
    if worth(layer.deny) is True:
        return "deny"
    if worth(layer.deny) is None or worth(layer.allow) is None:
        return "unknown"
    return "allow" if worth(layer.allow) else "silent"


def grant(ask: Ask) -> Formula:
    """C-18 … C-30 for one action."""
    if ask.role is None:
        return general(ask)
    trust, rcp = c19_trust(ask), c43_rcp(ask)
    for name, layer in (
        ("trust", Layer(either(*trust.matches.values()), trust.deny)),
        ("identity", c28_identity(ask)),
        ("boundary", c15_boundary(ask)),
        ("session", c27_session(ask)),
        ("scp", c38_scp(ask)),
        ("rcp", rcp),
    ):
        ask.seen.add(f"{name} {voice(layer)}")
    ask.seen.update(f"match {kind}" for kind in trust.matches)
    ask.seen.add(f"caller {ask.caller.kind}")
    ask.seen.add("question assume")
    if is_reserved(ask.role):
        ask.seen.add("target reserved")
    if ask.role.path.startswith("/aws-service-role/"):
        ask.seen.add("target service-linked")
    if ask.role.path == "/team/":
        ask.seen.add("target with a path")
    if ask.caller.kind == "CENTRE":
        return c50_sign_on(ask, rcp)
    if ask.caller.kind == "SAML" and is_reserved(ask.role):
        return False
    if ask.caller.kind == "OIDC":
        ask.seen.add(f"claims of {ask.caller.arn.partition('/')[2] or ask.caller.arn}")
    if ask.caller.kind in SUBJECTS:
        return every(c45_subject(trust, rcp), c44_provider(ask))
    if ask.caller.kind == "SERVICE":
        return every(c45_subject(trust, rcp), c55_instance_profile(ask), c54_profile(ask))
    trust = Trust(
        {**trust.matches, "ACCOUNT": either(trust["ACCOUNT"], c35_self(ask, trust))}, trust.deny
    )
    return c30_combine(
        ask.caller.account == ask.account,
        trust,
        c28_identity(ask),
        c15_boundary(ask),
        c27_session(ask),
        c38_scp(ask),
        rcp,
    )


def open_keys(ask: Ask) -> Theory:
    """B-16, B-17, B-22, B-23: the keys that are always there, and those that one may leave out."""
    kind = ask.caller.kind
    always = {"sts:rolesessionname", "aws:requestedregion", "aws:currenttime", "session:name"}
    always |= {"aws:userid", "aws:epochtime", "aws:viaawsservice", "saml:role", "saml:aud"}
    if kind in ROLE_KINDS:
        always.add("aws:tokenissuetime")
    defaults: dict[str, tuple[str, ...] | None] = {
        "aws:tagkeys": None,
        "aws:viaawsservice": ("false",),
        "sts:sourceidentity": None,
        "aws:sourceidentity": None,
        "aws:multifactorauthpresent": None,
        "aws:multifactorauthage": None,
    }
    only: dict[str, tuple[str, ...]] = {}
    if kind == "USER":
        only["aws:multifactorauthpresent"] = ("true",)
    if kind == "USER_ST":
        always.add("aws:tokenissuetime")
        # Temporary credentials always say whether they were got with MFA.
        always.add("aws:multifactorauthpresent")
        defaults["aws:multifactorauthpresent"] = ("false",)
    if kind in SUBJECTS:
        issuer = issuer_of(ask.caller)
        always |= {f"{issuer}:aud", f"{issuer}:iss", f"{issuer}:sub"}
    if ask.caller.arn == "cognito-identity.amazonaws.com":
        # Its tokens say whether somebody signed in, and with whom if so (C-51).
        always.add(f"{ask.caller.arn}:amr")
    if kind == "SERVICE":
        always.add("aws:principalservicenameslist")
    if ask.caller.arn == ANYWHERE:
        always |= {"sts:sourceidentity", "aws:tagkeys"}
        del defaults["sts:sourceidentity"], defaults["aws:tagkeys"]
    if ask.caller.arn == PODS:
        always |= {f"aws:requesttag/{name}" for name in OF_THE_POD}
    if ask.caller.arn in (PODS, ANYWHERE):
        # Both always say for whose resource they call (C-57).
        always.add("aws:sourceaccount")
        only["aws:sourceaccount"] = (ask.account,)
    defaults["sts:transitivetagkeys"] = None
    for name in ("aws:calledvia", "aws:calledviafirst", "aws:calledvialast"):
        defaults[name] = None
    for name in ("encryptioncontext:dept", "encryptioncontext:app", "viaservice"):
        defaults[f"kms:{name}"] = None
    entity = ask.caller.entity
    for tag_key in ("p", "t", "team"):
        defaults[f"aws:requesttag/{tag_key}"] = None
        if isinstance(entity, Role) and kind != "ROLE_SLR" and b22_taggable(ask, entity):
            # A session tag may stand over a role's tag, and takes none away (B-22, C-64).
            held = {"aws:principaltag": tag(entity, tag_key)[:1]}
            if c64_hands_tags_on(ask):
                held["aws:resourcetag"] = held["iam:resourcetag"] = tag(ask, tag_key)[:1]
            for head, values in held.items():
                defaults[f"{head}/{tag_key}"] = values or None
                if values:
                    always.add(f"{head}/{tag_key}")
    return Theory(frozenset(always), defaults, ask.snapshot.taken_at, only)


def refused(ask: Ask) -> bool:
    """C-3, C-5, C-6, C-7, C-9: who may not ask at all."""
    caller = ask.caller
    if caller.arn.startswith("arn:") and partition_of(caller.arn) != partition_of(ask.resource):
        return True
    return caller.kind in ("ROOT_TASK", "FEDUSER") or (
        ask.role is not None and caller.kind in ("ROOT", "ANON")
    )


def secondary(ask: Ask, branch: Branch) -> Formula:
    """C-31, C-32: what else must be allowed for a call that passes tags or a source identity."""
    more: list[Formula] = [c51_pool(ask, branch)]
    if ask.role is None:
        return True
    caller, place = ask.caller.arn, ask.place
    # Pods bring tags unless their association says no; certificates bring tags and an identity.
    pod = caller == PODS and not (
        isinstance(place, Workload) and facts(place)["disableSessionTags"] == "true"
    )
    keys = {a.key.lower() for a in branch} | set(ask.given)
    handed = {a.key.lower() for a in branch if a.kind == "SESSION_STATE"}
    tags = ("aws:tagkeys", "sts:transitivetagkeys")
    brought = any(k.startswith("aws:requesttag/") or k in tags for k in keys)
    if pod or caller == ANYWHERE or brought or any("resourcetag/" in k for k in handed):
        more.append(grant(other(ask, "sts:TagSession")))
    if caller == ANYWHERE or keys & {"sts:sourceidentity", "aws:sourceidentity"}:
        more.append(grant(other(ask, "sts:SetSourceIdentity")))
    return every(*more)


def other(ask: Ask, action: str) -> Ask:
    """The same question about another action."""
    return replace(ask, action=action)


def ways_of(ask: Ask, theory: Theory, formula: Formula) -> list[Branch]:
    """V-3, V-5: the ways in that can be met, without what holds by itself."""
    found = [b for b in multiply(formula) if possible(b, theory)]
    return shortest([without_defaults(narrowed(b), theory) for b in found], theory)


def ask_of(snapshot: Snapshot, request: Request) -> Ask:
    """The question with what the snapshot knows of its resource."""
    caller = who(snapshot, request)
    action = OPERATION.get(caller.kind, request.action)
    role = snapshot.roles.get(request.resource)
    held = governing(snapshot, request.resource)
    account = request.resource.split(":")[4] or caller.account
    if held is not None:
        account = held.account
    given = {k.lower(): tuple(v) for k, v in request.context.items()}
    passed = tuple(sorted(k.partition("/")[2] for k in given if k.startswith("aws:requesttag/")))
    if passed:
        given.setdefault("aws:tagkeys", passed)
    return Ask(
        snapshot=snapshot,
        caller=caller,
        role=role if action.lower().startswith("sts:") else None,
        resource=request.resource,
        account=account,
        tags=role.tags if role is not None else held.tags if held is not None else (),
        action=action,
        session_policies=request.session_policies,
        given=given,
        complete=request.context_complete,
        seen=set(),
    )


def evaluate(snapshot: Snapshot, request: Request) -> Answer:
    """V-1: may this caller get a session of that role?"""
    ask = ask_of(snapshot, request)
    ask.seen.add(f"partition {partition_of(ask.resource)}")
    theory = open_keys(ask)
    if refused(ask):
        return Answer("deny", (), theory, frozenset({*ask.seen, f"refused {ask.caller.kind}"}))
    found: list[tuple[Ask, Branch]] = []
    for here in places(ask):
        for branch in ways_of(here, theory, grant(here)):
            formula = every(*branch, secondary(here, branch))
            for way in ways_of(here, theory, formula):
                # A statement that allows passing tags may itself ask for a source identity.
                last = ways_of(here, theory, every(*way, secondary(here, way)))
                found += [(here, b) for b in last]
    ways = shortest(by_place(ask, found), theory)
    return Answer(verdict(ways), tuple(ways), theory, frozenset(ask.seen))


def verdict(ways: Sequence[Branch]) -> str:
    """V-3: no way, a way that asks for nothing, or ways that ask for something.

    Ways that cover all that can be, because one asks for what the other forbids, ask for nothing.
    What only the arithmetic of values shows (under five, or five and more) stays a requirement.
    """
    if not ways:
        return "deny"
    atoms = sorted({replace(a, negated=False) for branch in ways for a in branch})
    if len(atoms) > MOST_ATOMS:
        return "allow" if frozenset() in ways else "conditional"
    for picked in itertools.product((False, True), repeat=len(atoms)):
        world = dict(zip(atoms, picked, strict=True))
        if not any(
            all(world[replace(a, negated=False)] != a.negated for a in branch) for branch in ways
        ):
            return "conditional"
    return "allow"
