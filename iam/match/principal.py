"""A principal element meets a caller as session, role, user, star, account or service.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

from iam import arn as arns
from iam.decision import Atom
from iam.formula import Formula, conj, disj, neg
from iam.keys import ambiguous
from iam.model import Role, User
from iam.policy import Statement
from iam.scene import Scene

SESSION, ROLE, USER, WILDCARD = "SESSION", "ROLE", "USER", "WILDCARD"
ACCOUNT, SERVICE, FEDERATED = "ACCOUNT", "SERVICE", "FEDERATED"
STRENGTH = (SESSION, ROLE, USER, WILDCARD, ACCOUNT, SERVICE, FEDERATED)
_DEAD = ("AIDA", "AROA")


def match(scene: Scene, statement: Statement, ref: str) -> dict[str, Formula]:
    """Every kind of match of A-28 with its formula; empty when somebody else is named."""
    if statement.principals is None:
        return {}  # without a principal element a statement matches nobody
    if statement.not_principal:
        return _not_principal(scene, statement, ref)
    found: dict[str, Formula] = {}
    for kind, value in statement.principals:
        for how, formula in _one(scene, kind, value, ref, statement.effect == "Allow"):
            found[how] = disj(found.get(how, False), formula)
    return found


def _one(scene: Scene, kind: str, value: str, ref: str, allow: bool) -> list[tuple[str, Formula]]:
    caller = scene.caller
    if kind == "AWS":
        return _aws(scene, value, ref, allow)
    if kind == "Service":
        if caller.kind != "SERVICE":
            return []
        if value == "*":
            scene.note("A-14")
            scene.findings.add("WILDCARD_IN_PRINCIPAL")
            return [(SERVICE, True)]
        if value == caller.service:
            scene.note("A-19")
            return [(SERVICE, True)]
        return []
    if kind == "Federated":
        if caller.kind not in ("SAML", "OIDC"):
            return []
        if value == "*":
            scene.note("A-14")
            scene.findings.add("WILDCARD_IN_PRINCIPAL")
            return [(FEDERATED, True)]
        if value == caller.provider:
            scene.note("A-20")
            return [(FEDERATED, True)]
        return []
    if kind == "CanonicalUser":
        scene.note("A-21")
        scene.findings.add("DANGLING_PRINCIPAL")
    return []


def _aws(scene: Scene, value: str, ref: str, allow: bool) -> list[tuple[str, Formula]]:
    caller = scene.caller
    if value == "*":
        scene.note("A-14")
        # Only of trust policies is it open whether a star serves services and subjects.
        if allow and scene.role is not None and caller.kind in ("SERVICE", "SAML", "OIDC"):
            return [(WILDCARD, ambiguous("I-12"))]
        return [(WILDCARD, True)]
    if caller.anyone or not (caller.is_aws or caller.kind in ("ROOT", "FEDUSER", "ROOT_TASK")):
        return []
    if "*" in value or "?" in value:
        scene.note("A-23")
        scene.findings.add("WILDCARD_IN_PRINCIPAL")
        return []
    if "${" in value:
        scene.note("A-24")
        return []
    if arns.ACCOUNT_ID.fullmatch(value):
        scene.note("A-15")
        return [(ACCOUNT, True)] if caller.account == value else []
    parsed = arns.parse(value)
    if parsed is None:
        return _by_id(scene, value)
    if parsed.partition != scene.partition:
        scene.note("C-59")
        scene.findings.add("CROSS_PARTITION_PRINCIPAL")
        return []
    if parsed.service == "sts":
        return _session(scene, parsed, ref)
    if parsed.is_account_root:
        scene.note("A-15")
        return [(ACCOUNT, True)] if parsed.account == caller.account else []
    if parsed.type == "group":
        scene.note("A-22")
        return []
    scene.note("A-16")
    if caller.any_of_account or value != caller.arn:
        return []
    if caller.is_role:
        return [(ROLE, True)]
    return [(USER, True)] if caller.kind in ("USER", "USER_ST") else []


def _by_id(scene: Scene, value: str) -> list[tuple[str, Formula]]:
    """A-25: a unique id matches the entity that holds it, and nobody once that entity is gone."""
    if not value.startswith(_DEAD):
        return []
    scene.note("A-25", "A-26")
    entity = scene.snapshot.by_unique_id.get(value)
    if entity is None:
        scene.findings.add("DANGLING_PRINCIPAL")
        return []
    return [(_kind(entity), True)] if entity is scene.caller.entity else []


def _kind(entity: User | Role) -> str:
    return ROLE if isinstance(entity, Role) else USER


def _session(scene: Scene, parsed: arns.Arn, ref: str) -> list[tuple[str, Formula]]:
    """A session ARN is compared by the role's name, be it another role than of old (A-27, I-6)."""
    caller = scene.caller
    if parsed.type == "federated-user":
        scene.note("A-18")
        return []
    pieces = parsed.resource.split("/")
    if len(pieces) != 3 or not caller.is_role or parsed.account != caller.account:
        return []
    scene.note("A-17")
    if caller.arn.rpartition("/")[2] != pieces[1]:
        return []
    if caller.session_name is not None:
        return [(SESSION, True)] if caller.session_name == pieces[2] else []
    atom = Atom("session:name", "StringEquals", (pieces[2],), kind="SESSION_STATE", statement=ref)
    return [(SESSION, atom)]


def _not_principal(scene: Scene, statement: Statement, ref: str) -> dict[str, Formula]:
    """A-30: not supported in trust policies; old data is read so that nothing hides."""
    scene.note("A-30")
    caller = scene.caller
    named: dict[str, Formula] = {}
    for kind, value in statement.principals or ():
        for how, formula in _one(scene, kind, value, ref, allow=False):
            named[how] = disj(named.get(how, False), formula)
    if statement.effect == "Allow":
        rest = conj(*(neg(f) for f in named.values()))
        return {WILDCARD: conj(rest, ambiguous("I-4"))} if rest is not False else {}
    if caller.entity is not None and caller.entity.boundary is not None:
        return {WILDCARD: True}
    if not named:
        return {WILDCARD: True}
    rest = conj(*(neg(f) for f in named.values()))
    if caller.is_aws and ACCOUNT not in named and WILDCARD not in named:
        return {WILDCARD: disj(rest, ambiguous("I-4"))}
    return {WILDCARD: rest}
