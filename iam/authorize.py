"""What all policy layers together decide about one request, with the proof of it.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from iam import arn as arns
from iam import caller as callers
from iam import entry_points, federation, findings, formula, keys, protected
from iam.caller import Caller
from iam.decision import (
    NO_STATEMENT,
    Atom,
    Decision,
    Evidence,
    LayerResult,
    Reason,
    Requirements,
    Verdict,
)
from iam.errors import UsageError
from iam.formula import Branch, Formula, conj, disj, neg
from iam.layers import boundary, identity, rcp, resource, scp, session, trust
from iam.layers import grant as grant_layer
from iam.layers.base import Says, evidence_of, missing, near_misses
from iam.layers.trust import TrustSays
from iam.match import principal as principals
from iam.model import Role, Snapshot
from iam.scene import Scene
from iam.world import Body, World, world_of

OPERATIONS = {
    "sts:assumerole": "sts:AssumeRole",
    "sts:assumerolewithsaml": "sts:AssumeRoleWithSAML",
    "sts:assumerolewithwebidentity": "sts:AssumeRoleWithWebIdentity",
    "sts:tagsession": "sts:TagSession",
    "sts:setsourceidentity": "sts:SetSourceIdentity",
    "sts:setcontext": "sts:SetContext",
}
"""What is asked of a role; the last three are permissions that other calls need beside (A-36)."""
_IMPLICIT_SELF_TRUST_ENDED = datetime(2022, 7, 1, tzinfo=UTC)
_MOST_WORKLOADS = 3
_TAG_KEYS = ("aws:tagkeys", "sts:transitivetagkeys")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One question: may this principal do this to that resource?

    ``context`` maps condition keys to values that the asker knows; with ``context_complete`` a key
    that is neither there nor readable from the snapshot is absent, otherwise it is unknown.
    ``session_policies`` are documents that limit the caller's session. ``via`` is the AWS service
    that makes the call for the principal.
    """

    principal: str
    resource: str
    action: str = "sts:AssumeRole"
    caller: str = ""
    via: str = ""
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    context_complete: bool = False
    session_policies: Sequence[Any] = ()


@dataclass(slots=True)
class Outcome:
    """The layers of one action and the formula they make (C-18, C-30)."""

    action: str
    formula: Formula
    trust: TrustSays
    layers: list[Says]
    needs_identity: bool
    needs_boundary: bool

    def layer(self, name: str) -> Says:
        """One layer's voice."""
        return next(s for s in self.layers if s.layer == name)


def authorize(snapshot: Snapshot, request: Request) -> Decision:
    """Decide one request exactly as AWS would, as far as the snapshot lets one know (V-1).

    Never raises on what documents hold: what cannot be read becomes a requirement.

    Raises:
        UsageError: The caller kind is unknown, or the resource is no ARN.
    """
    world = world_of(snapshot)
    caller = callers.resolve(snapshot, request.principal, request.caller)
    action = OPERATIONS.get(request.action.lower(), request.action)
    if ":" not in action:
        raise UsageError(
            f"action: `{request.action}` has no service prefix", help="write it as sts:AssumeRole"
        )
    parsed = arns.parse(request.resource)
    is_role = parsed is not None and parsed.service == "iam" and parsed.type == "role"
    if action == "sts:AssumeRole" and caller.kind in ("SAML", "OIDC"):
        action = federation.OPERATION[caller.kind]
    scene = make_scene(world, caller, action, request.resource, request)
    if action.lower() == "sts:assumeroot":
        return _assume_root(scene, request)
    if action in OPERATIONS.values() and is_role:
        return _assume(scene, request)
    return _general(scene, request)


def make_scene(
    world: World, caller: Caller, action: str, target: str, request: Request | None = None
) -> Scene:
    """The request as the layers see it."""
    parsed = arns.parse(target)
    role = world.snapshot.roles.get(target)
    context: dict[str, tuple[str, ...]] = {}
    complete = False
    if request is not None:
        context = {
            k.lower(): (v,) if isinstance(v, str) else tuple(v) for k, v in request.context.items()
        }
        complete = request.context_complete
        if request.via:
            context.setdefault("aws:viaawsservice", ("true",))
            context.setdefault("aws:calledvia", (request.via,))
            context.setdefault("aws:calledviafirst", (request.via,))
            context.setdefault("aws:calledvialast", (request.via,))
            if parsed is not None and parsed.service == "kms":
                name, _, suffix = request.via.partition(".")
                suffix = suffix.removeprefix(f"{parsed.region}.")
                context.setdefault("kms:viaservice", (f"{name}.{parsed.region}.{suffix}",))
        passed = sorted(
            {
                k.partition("/")[2]
                for k in request.context
                if k.lower().startswith("aws:requesttag/")
            }
        )
        if passed:
            context.setdefault("aws:tagkeys", tuple(passed))
    account = parsed.account if parsed is not None else ""
    held = resource.policy_of(world.snapshot, target) if role is None else None
    if held is not None and held.account:
        account = held.account
    return Scene(
        world=world,
        caller=caller,
        action=action,
        resource=target,
        account=account or caller.account,
        partition=parsed.partition if parsed is not None else caller.partition,
        role=role,
        tags=role.tags if role is not None else (held.tags if held is not None else ()),
        context=context,
        complete=complete,
    )


# --- assuming a role ----------------------------------------------------------------------------


def refused(scene: Scene) -> Reason | None:
    """What ends the question before any policy is read (C-3 to C-9)."""
    caller = scene.caller

    def reason(code: str, rule: str, message: str) -> Reason:
        scene.note(rule)
        return Reason(code, rule, "request", message)

    if caller.kind == "ROOT":
        return reason("ROOT_CANNOT_ASSUME", "C-5", "an account's root user cannot assume a role")
    if caller.kind == "ROOT_TASK":
        return reason("ROOT_TASK", "C-6", "an AssumeRoot session may do only its own task")
    if caller.kind == "FEDUSER":
        return reason("FEDUSER_NO_STS", "C-7", "a GetFederationToken session cannot call this")
    if caller.kind == "ANON":
        return reason("UNSIGNED", "C-9", "the call must be signed; `*` opens it to AWS principals")
    elsewhere = _other_partition(scene)
    if elsewhere is not None:
        return elsewhere
    snapshot = scene.snapshot
    if scene.role is None and snapshot.is_collected(scene.account):
        return reason("UNKNOWN_ROLE", "C-4", f"there is no role {scene.resource}")
    return _nobody(scene)


def _nobody(scene: Scene) -> Reason | None:
    """C-11: what its account does not hold calls nothing, and a group calls nothing anywhere."""
    caller = scene.caller
    if caller.entity is not None or not caller.is_aws or caller.is_opaque:
        return None
    message = f"there is no user or role {caller.principal}"
    if not scene.snapshot.is_collected(caller.account):
        parsed = arns.parse(caller.arn)
        if parsed is None or parsed.type != "group":
            return None
        message = "an IAM group cannot call anything"
    scene.note("C-11")
    return Reason("UNKNOWN_PRINCIPAL", "C-11", "request", message)


def _other_partition(scene: Scene) -> Reason | None:
    """C-3: credentials of one partition mean nothing in another."""
    caller = scene.caller
    if not caller.arn + caller.account or caller.partition == scene.partition:
        return None  # of services, and of whoever comes from anywhere, no partition is known
    scene.note("C-3")
    what = "the role" if scene.role is not None else "the resource"
    message = f"the caller is in partition {caller.partition}, {what} in {scene.partition}"
    return Reason("CROSS_PARTITION", "C-3", "request", message)


def _assume(scene: Scene, request: Request) -> Decision:
    stopped = refused(scene)
    if stopped is not None:
        findings.attributes(scene)
        return finish(scene, request, [], [stopped], None)
    if scene.caller.kind == "SSO":
        ways, reasons = federation.single_sign_on(scene)
        return finish(scene, request, ways, reasons, None)
    body = session.body_of(request.session_policies) if request.session_policies else None
    ways, outcome, reasons = decide(scene, body)
    return finish(scene, request, ways, reasons, outcome)


def decide(scene: Scene, body: Body | None) -> tuple[list[Branch], Outcome, list[Reason]]:
    """The ways in, the layers, and reasons beyond the layers (secondary permissions, providers)."""
    extra, reasons = federation.entry(scene)
    outcome = grant(scene, scene.action, body)
    findings.attributes(scene)
    federation.note_findings(scene, outcome.trust)
    whole = conj(outcome.formula, extra)
    ways = list(formula.minimal(_branches(scene, whole), keys.free(scene)))
    found = federation.admitted(scene, ways)
    if ways and not found:
        words = "the identity pool lets in nobody who has not signed in"
        reasons.append(Reason("NO_GUESTS", "C-51", "request", words))
    if reasons:
        return [], outcome, reasons
    if whole is not False and not found:
        scene.note("V-5")
        reasons.append(
            Reason("UNSATISFIABLE", "V-5", "request", "the conditions contradict each other")
        )
        return [], outcome, reasons
    found = _secondary(scene, body, found, outcome, reasons)
    if federation.is_of_pools(scene):
        found = list(formula.minimal(federation.handed_out(scene, found), keys.free(scene)))
    return found, outcome, reasons


def _branches(scene: Scene, whole: Formula) -> list[Branch]:
    """The ways to satisfy a formula; where pods call, in the words of their associations (C-53)."""
    found = formula.branches(whole)
    if not entry_points.is_pods(scene.caller.service):
        return found
    said = (entry_points.of_pods(scene.snapshot, scene.resource, branch) for branch in found)
    return [branch for branch in said if branch is not None]


def _secondary(
    scene: Scene,
    body: Body | None,
    found: list[Branch],
    outcome: Outcome,
    reasons: list[Reason],
) -> list[Branch]:
    """C-31 to C-33: what passes tags, a source identity or contexts must be granted that too.

    Where it is not, nothing is left of the ways in, and ``reasons`` gets the reason.
    """
    if not (any(found) or scene.context or scene.caller.kind == "SERVICE"):
        return found  # nothing is passed
    needs = (
        ("sts:TagSession", "TAG_SESSION", "C-31", _passes_tags),
        ("sts:SetSourceIdentity", "SET_SOURCE_IDENTITY", "C-32", _sets_identity),
        ("sts:SetContext", "SET_CONTEXT", "C-33", _passes_context),
    )
    for action, code, rule, passes in needs:
        if scene.action == action:
            continue
        wanting = [b for b in found if passes(scene, b)]
        if not wanting:
            continue
        scene.note(rule)
        also = grant(scene, action, body).formula
        kept = [b for b in found if b not in wanting]
        for branch in wanting:
            kept.extend(_branches(scene, conj(*branch, also)))
        after = list(formula.minimal(kept, keys.free(scene)))
        if not after:
            reasons.append(
                Reason(code, rule, "trust", f"the call also needs {action}, which is not granted")
            )
        found = after
    return found


def _passes_tags(scene: Scene, branch: Branch) -> bool:
    if federation.passes_tags(scene, branch):
        return True
    if any(k.startswith("aws:requesttag/") or k in _TAG_KEYS for k in scene.context):
        return True
    return any(
        # C-64: the role's own tag does not do, so another one has to come in over it.
        (a.kind == "SESSION_STATE" and "resourcetag/" in a.key.lower())
        or (
            formula.demands_presence(a)
            and (a.key.lower().startswith("aws:requesttag/") or a.key.lower() in _TAG_KEYS)
        )
        for a in branch
    )


def _passes_context(scene: Scene, branch: Branch) -> bool:
    if any(k.startswith("sts:requestcontext") for k in scene.context):
        return True
    return any(
        formula.demands_presence(a) and a.key.lower().startswith("sts:requestcontext")
        for a in branch
    )


def _sets_identity(scene: Scene, branch: Branch) -> bool:
    held = ("sts:sourceidentity", "aws:sourceidentity")
    if federation.sets_identity(scene) or any(k in scene.context for k in held):
        return True
    return any(formula.demands_presence(a) and a.key.lower() in held for a in branch)


def grant(scene: Scene, action: str, body: Body | None) -> Outcome:
    """The grant logic of one action on the target role: C-18 to C-30.

    Of the caller its own policies, boundary, session policy and SCPs take part, of the target its
    trust policy and RCPs, nothing else of the target (C-15), and in whatever order (C-17).
    """
    trusted = trust.says(scene, action)
    mine = identity.says(scene, action)
    ceiling = boundary.says(scene, action)
    limit = session.says(scene, action, body)
    controls = scp.says(scene, action)
    guards = rcp.says(scene, action)
    denied = disj(
        trusted.says.deny, mine.deny, ceiling.deny, limit.deny, controls.deny, guards.deny
    )
    if denied is not False:
        scene.note("C-16")
    p = principals
    caller = scene.caller
    needs_identity = needs_boundary = False
    if not caller.is_aws:
        granted = trusted.any(p.SERVICE, p.FEDERATED, p.WILDCARD)
    elif scene.same_account:
        user = trusted.any(p.USER)
        role = trusted.any(p.ROLE)
        account = trusted.any(p.ACCOUNT)
        if user is not False:
            scene.note("C-20", "C-22")
            if ceiling.allow is not True:
                # I-1: two pages of AWS disagree on whether a user's boundary limits this.
                user = conj(user, disj(ceiling.allow, keys.ambiguous("I-1")))
        if role is not False:
            scene.note("C-20", "C-23")
        if trusted.any(p.SESSION) is not False:
            scene.note("C-20", "C-24")
        if trusted.any(p.WILDCARD) is not False:
            scene.note("C-20", "C-25")
        if account is not False:
            scene.note("C-21")
        direct = disj(user, trusted.any(p.SESSION, p.WILDCARD))
        if direct is False:
            # V-6: what the trust policy would leave to the account is missing there, too.
            needs_boundary = trusted.nearly.isdisjoint((p.USER, p.SESSION, p.WILDCARD))
            needs_identity = role is False and trusted.delegates
        granted = disj(
            direct,
            conj(role, ceiling.allow, limit.allow),
            conj(account, mine.allow, ceiling.allow, limit.allow),
        )
        if sum(f is not False for f in trusted.by_kind.values()) > 1:
            scene.note("C-30")
    else:
        scene.note("C-26")
        needs_identity = needs_boundary = True
        granted = conj(
            trusted.any(p.USER, p.ROLE, p.SESSION, p.WILDCARD, p.ACCOUNT),
            mine.allow,
            ceiling.allow,
            limit.allow,
        )
    if granted is False and trusted.says.allow is False:
        scene.note("C-19")
        granted = _self_trust(scene, conj(mine.allow, ceiling.allow, limit.allow))
    whole = conj(granted, controls.allow, guards.allow, neg(denied))
    layers = [mine, trusted.says, ceiling, limit, controls, guards]
    return Outcome(action, whole, trusted, layers, needs_identity, needs_boundary)


def _self_trust(scene: Scene, allowed: Formula) -> Formula:
    """C-34, C-35: implicit self-trust ended, but for roles that were seen to use it."""
    role = scene.role
    if role is None or not scene.caller.is_role or scene.caller.arn != role.arn:
        return False
    scene.note("C-34", "C-35")
    if role.created is None or role.created >= _IMPLICIT_SELF_TRUST_ENDED:
        return False
    return conj(allowed, keys.ambiguous("I-2", "unlikely"))


def _assume_root(scene: Scene, request: Request) -> Decision:
    """``sts:AssumeRoot`` on a member account's root user: no trust policy takes part (C-60)."""
    extra, reasons = federation.root_access(scene)
    if reasons:
        return finish(scene, request, [], reasons, None)
    body = session.body_of(request.session_policies) if request.session_policies else None
    action = scene.action
    mine, ceiling = identity.says(scene, action), boundary.says(scene, action)
    limit = session.says(scene, action, body)
    controls, guards = scp.says(scene, action), rcp.says(scene, action)
    nobody = TrustSays(Says("trust", allow=True, exists=False))
    layers = [mine, nobody.says, ceiling, limit, controls, guards]
    whole = conj(extra, *(s.allow for s in layers), *(neg(s.deny) for s in layers))
    found = list(formula.minimal(formula.branches(whole), keys.free(scene)))
    return finish(scene, request, found, [], Outcome(action, whole, nobody, layers, True, True))


# --- anything else ------------------------------------------------------------------------------


def _general(scene: Scene, request: Request) -> Decision:
    """Any other action: identity and resource policies under the same ceilings."""
    caller = scene.caller
    stopped = _nobody(scene) or _other_partition(scene)
    if stopped is not None:
        return finish(scene, request, [], [stopped], None)
    if caller.kind == "ANON" and resource.requires_grant(scene.resource):
        scene.note("C-9")
        unsigned = Reason("UNSIGNED", "C-9", "request", "calls of KMS must be signed")
        return finish(scene, request, [], [unsigned], None)
    body = session.body_of(request.session_policies) if request.session_policies else None
    outcome = general_grant(scene, scene.action, body)
    found = list(formula.minimal(formula.branches(outcome.formula), keys.free(scene)))
    reasons = []
    if outcome.formula is not False and not found:
        reasons.append(
            Reason("UNSATISFIABLE", "V-5", "request", "the conditions contradict each other")
        )
    unmodifiable = protected.refusal(scene)
    if unmodifiable is not None:
        found, reasons = [], [unmodifiable]
    return finish(scene, request, found, reasons, outcome)


def general_grant(scene: Scene, action: str, body: Body | None) -> Outcome:
    """Identity or resource policy in one account, both across accounts, under every ceiling.

    A KMS key is no one's without its policy (C-19), and its grants let in beside it.
    """
    held = resource.says(scene, action)
    mine = identity.says(scene, action)
    ceiling = boundary.says(scene, action)
    limit = session.says(scene, action, body)
    controls = scp.says(scene, action)
    guards = rcp.says(scene, action)
    layers = [mine, held.says, ceiling, limit, controls, guards]
    is_key = resource.requires_grant(scene.resource)
    grants = grant_layer.says(scene, action) if is_key else TrustSays(Says("grant", exists=False))
    if grants.says.exists:
        layers.append(grants.says)
    p = principals
    denied = disj(*(layer.deny for layer in layers))
    if denied is not False:
        scene.note("C-16")
    own = conj(mine.allow, ceiling.allow, limit.allow)
    direct = (p.USER, p.SESSION, p.WILDCARD)
    unread = resource.is_unread(scene.snapshot, scene.resource)
    if not (scene.caller.is_aws or scene.caller.kind == "ROOT"):
        ways = (p.SERVICE, p.FEDERATED, p.WILDCARD)
        granted = disj(held.any(*ways), grants.any(*ways))
    elif scene.same_account:
        delegated: Formula = True
        if is_key:
            scene.note("C-19", "C-21")
            delegated = held.any(p.ACCOUNT)
            if unread and not held.says.exists:
                delegated = missing("resource", scene.resource)
        granted = disj(
            held.any(*direct),
            grants.any(*direct),
            conj(disj(held.any(p.ROLE), grants.any(p.ROLE)), ceiling.allow, limit.allow),
            conj(disj(delegated, grants.any(p.ACCOUNT)), own),
        )
    else:
        scene.note("C-26")
        named = held.any(*direct, p.ROLE, p.ACCOUNT)
        if unread:
            named = missing("resource", scene.resource)
        granted = disj(conj(named, own), _granted_across(grants, own))
    whole = conj(granted, controls.allow, guards.allow, neg(denied))
    return Outcome(action, whole, held, layers, True, True)


def _granted_across(grants: TrustSays, own: Formula) -> Formula:
    """A grant to a principal of another account: whether its own policies count is I-14."""
    p = principals
    named = grants.any(p.USER, p.ROLE, p.SESSION, p.WILDCARD)
    return disj(conj(named, disj(own, keys.ambiguous("I-14"))), conj(grants.any(p.ACCOUNT), own))


# --- the answer ---------------------------------------------------------------------------------


def finish(
    scene: Scene,
    request: Request,
    found: Sequence[Branch],
    reasons: Sequence[Reason],
    outcome: Outcome | None,
) -> Decision:
    """Make the answer: verdict, requirements, and the proof both ways (V-3, V-6, V-10)."""
    requirements = formula.to_requirements(found)
    verdict = verdict_of(found)
    all_reasons = list(reasons)
    misses: list[Reason] = []
    layers: tuple[LayerResult, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    if outcome is not None:
        layers = tuple(_layer_result(scene, s) for s in outcome.layers)
        layers += _workload_result(scene)
        evidence = tuple(e for layer in layers for e in layer.evidence)
        if verdict is Verdict.DENY:
            by_layer = {s.layer: _misses(scene, s, outcome.action) for s in outcome.layers}
            misses = [miss for layer in by_layer.values() for miss in layer]
            all_reasons = [*_blockers(scene, outcome, by_layer), *reasons]
    # What stopped the request decided it, near misses included.
    scene.note(*(reason.rule for reason in (*all_reasons, *misses)))
    if requirements:
        _note_console(scene, requirements)
    return Decision(
        verdict=verdict,
        principal=request.principal,
        caller=scene.caller.kind,
        action=scene.action,
        resource=request.resource,
        requirements=requirements,
        reasons=tuple(_unique(all_reasons)),
        near_misses=tuple(_unique(misses)),
        findings=tuple(sorted(scene.findings)),
        evidence=evidence,
        assumptions=tuple(sorted(scene.assumptions)),
        rules=tuple(sorted(scene.rules, key=_rule_order)),
        snapshot=scene.snapshot.id,
        layers=layers,
    )


def verdict_of(found: Sequence[Branch]) -> Verdict:
    """Deny without a way in, allow when one way asks for nothing, else conditional (V-3)."""
    if not found:
        return Verdict.DENY
    return Verdict.ALLOW if frozenset() in found else Verdict.CONDITIONAL


def _note_console(scene: Scene, requirements: Requirements) -> None:
    if scene.caller.kind != "USER_ST":
        return
    needs = ("sts:externalid", "sts:sourceidentity", "aws:tagkeys")
    if all(
        any(a.key.lower() in needs or a.key.lower().startswith("aws:requesttag/") for a in branch)
        for branch in requirements
    ):
        scene.note("C-8")
        scene.findings.add("CONSOLE_IMPOSSIBLE")


def _unique(reasons: Sequence[Reason]) -> list[Reason]:
    return list(dict.fromkeys(reasons))


@cache
def _rule_order(rule: str) -> tuple[str, int, str]:
    letter, _, number = rule.partition("-")
    return (letter, int(number) if number.isdigit() else 0, rule)


_SAYS = {
    "identity": "the caller's own policies",
    "trust": "the trust policy",
    "resource": "the resource policy",
    "grant": "the key's grants",
    "boundary": "the caller's permissions boundary",
    "session": "the session policy",
    "scp": "the service control policies of the caller's account",
    "rcp": "the resource control policies of the role's account",
}

_ONE = ("trust", "resource", "boundary", "session")
"""Layers that are one document: their verbs are singular."""
_VERBS = {
    "allow": ("allow it", "allows it"),
    "deny": ("deny it explicitly", "denies it explicitly"),
    "silent": ("do not allow it", "does not allow it"),
    "unknown": ("allow it under conditions", "allows it under conditions"),
    "none": ("do not take part", "does not take part"),
    "unread": ("are not known", "is not known"),
}
"""What a layer says of the request: for several documents, for one."""


_NONE = {
    "boundary": "there is no permissions boundary",
    "session": "no session policy was given",
    "scp": "no service control policy binds this caller",
    "rcp": "no resource control policy binds this resource",
    "trust": "no trust policy takes part",
    "identity": "the caller has no identity policies of its own",
}
_MESSAGES = {
    (layer, verdict): _NONE[layer]
    if verdict == "none" and layer in _NONE
    else f"{words} {verbs[layer in _ONE]}"
    for layer, words in _SAYS.items()
    for verdict, verbs in _VERBS.items()
}
"""What is said of each layer and verdict, in whole sentences."""
_MESSAGES |= {(layer, "not-evaluated"): scp.NOT_COLLECTED for layer in ("scp", "rcp")}


_OF_CALLER = ("identity", "boundary", "scp")
"""Layers that lie in the caller's account."""


def _layer_result(scene: Scene, says: Says) -> LayerResult:
    verdict, account = says.verdict, scene.caller.account
    if says.layer in _OF_CALLER and account and not scene.snapshot.is_collected(account):
        # Its requirement DATA_MISSING stands for all three (C-69).
        known = verdict if says.layer == "identity" and verdict == "unknown" else "not-evaluated"
        if verdict in ("unknown", "none", "not-evaluated"):
            verb = "is" if says.layer in _ONE else "are"
            message = f"account {account} was not collected: {_SAYS[says.layer]} {verb} not known"
            return LayerResult(says.layer, known, message, says.evidence())
    # Where no statement takes part, only what was not read can make it depend on something.
    unread = verdict == "unknown" and not (says.allows or says.denies)
    words = _MESSAGES[says.layer, "unread" if unread else verdict]
    return LayerResult(says.layer, verdict, words, says.evidence())


def _workload_result(scene: Scene) -> tuple[LayerResult, ...]:
    """The resources by which a caller gets the role: what shows that a trust is used."""
    held = entry_points.evidence(scene)
    if not held:
        return ()
    shown = [f"{w.type} {w.arn}" for w in held[:_MOST_WORKLOADS]]
    more = f" and {len(held) - len(shown)} more" if len(held) > len(shown) else ""
    subject = "the service holds" if scene.caller.kind == "SERVICE" else "there is"
    purpose = " the role for" if scene.caller.kind == "SERVICE" else ""
    message = f"{subject}{purpose} {', '.join(shown)}{more}"
    proof = tuple(
        Evidence("workload", w.arn, "", NO_STATEMENT, w.type, "Holds", w.place) for w in held
    )
    return (LayerResult("workload", "allow", message, proof),)


def _misses(scene: Scene, says: Says, action: str) -> list[Reason]:
    of_caller = says.layer == "identity"
    return (identity.misses if of_caller else near_misses)(scene, says, action)


def _blockers(
    scene: Scene, outcome: Outcome, misses: Mapping[str, Sequence[Reason]]
) -> list[Reason]:
    """Every layer that stops the request, explicit denies first (V-6)."""
    found: list[Reason] = []
    for says in outcome.layers:
        for bound, when in says.denies:
            if when is True:
                where = evidence_of(says.layer, bound)
                denies = "denies" if says.layer in _ONE else "deny"
                sid = f" ({where.sid})" if where.sid else ""
                found.append(
                    Reason(
                        f"{says.layer.upper()}_EXPLICIT",
                        "C-16",
                        says.layer,
                        f"{_SAYS[says.layer]} explicitly {denies} {outcome.action}: statement"
                        f" {where.statement}{sid} of {bound.policy.name}",
                        where.ref,
                    )
                )
    trusted = outcome.trust.says
    resource_name = scene.resource.rpartition("/")[2] or scene.resource
    name = scene.caller.principal.rpartition("/")[2] or scene.caller.principal
    if trusted.layer == "trust" and trusted.allow is False:
        message = f"no statement of the trust policy of {resource_name} lets {name} in"
        if misses["trust"]:
            message += f"; {misses['trust'][0].message}"
        found.append(Reason("TRUST", "C-19", "trust", message))
    mine = outcome.layer("identity")
    direct = outcome.trust.any(
        principals.USER, principals.ROLE, principals.SESSION, principals.WILDCARD
    )
    grants_alone = trusted.layer == "resource" and direct is not False and scene.same_account
    if outcome.needs_identity and mine.exists and mine.allow is False and not grants_alone:
        rule = "C-21" if scene.same_account else "C-26"
        asked = ""
        if trusted.layer == "trust" and scene.same_account:
            asked = f"the trust policy names account {scene.caller.account}, but "
            if trusted.allow is False:
                asked = f"the trust policy would leave it to account {scene.caller.account}, and "
        found.append(
            Reason(
                "IDENTITY_IMPLICIT",
                rule,
                "identity",
                f"{asked}{name}'s own policies do not allow {outcome.action} on {resource_name}",
            )
        )
    if (
        trusted.layer == "resource"
        and trusted.allow is False
        and (not scene.same_account or (resource.requires_grant(scene.resource) and trusted.exists))
    ):
        found.append(
            Reason(
                "RESOURCE_IMPLICIT",
                "C-19" if scene.same_account else "C-26",
                "resource",
                f"no statement of the policy of {resource_name} lets {name} in",
            )
        )
    for layer, rule in (("boundary", "C-23"), ("session", "C-27"), ("scp", "C-38")):
        says = outcome.layer(layer)
        if says.exists and says.allow is False and (outcome.needs_boundary or layer == "scp"):
            found.append(
                Reason(
                    f"{layer.upper()}_IMPLICIT",
                    rule,
                    layer,
                    f"{_SAYS[layer]} do{'' if layer == 'scp' else 'es'} not allow {outcome.action}",
                )
            )
    return found


def requirements_of(found: Sequence[Branch]) -> Requirements:
    """The public form of the ways in."""
    return formula.to_requirements(found)


__all__ = [
    "Atom",
    "Outcome",
    "Request",
    "Role",
    "authorize",
    "decide",
    "finish",
    "grant",
    "make_scene",
]
