"""The trust policy names who may ask for the role; each way of naming grants in its own way.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from dataclasses import dataclass, field

from iam import evaluate
from iam.formula import Formula, conj, disj
from iam.layers.base import Says, missing, note_unparsed
from iam.match import principal
from iam.scene import Scene
from iam.world import action_applies

_DIRECT = (principal.SESSION, principal.ROLE, principal.USER, principal.WILDCARD)


@dataclass(slots=True)
class TrustSays:
    """The voice of the trust policy: one Allow formula per kind of match (A-28).

    ``nearly`` are the kinds by which statements name the caller that fail on one other element.
    """

    says: Says
    by_kind: dict[str, Formula] = field(default_factory=dict)
    nearly: set[str] = field(default_factory=set)

    def any(self, *kinds: str) -> Formula:
        """The Allow formula of any of these kinds of match."""
        held = self.by_kind
        return disj(*(held[kind] for kind in kinds if kind in held))

    @property
    def delegates(self) -> bool:
        """Whether the policy names the caller by its account alone, be it under what fails."""
        named = self.nearly | self.by_kind.keys()
        return principal.ACCOUNT in named and named.isdisjoint(_DIRECT)


def says(scene: Scene, action: str) -> TrustSays:
    """What the target role's trust policy says to this caller for one action."""
    found = TrustSays(Says("trust"))
    role = scene.role
    if role is None or role.trust is None or (role.trust.document is None and not role.trust.raw):
        where = f"{scene.resource}#trust"
        gap = missing("trust", where)
        scene.note("C-4")
        found.says.allow = gap
        found.says.deny = gap
        found.by_kind[principal.WILDCARD] = gap
        return found
    document = scene.world.document(role.trust)
    scene.note(*document.rules)
    for bound in scene.world.bound(document):
        statement = bound.statement
        allow = statement.effect == "Allow"
        name = bound.ref
        applies = action_applies(statement, action)
        if not applies and not allow:
            continue
        met = principal.match(scene, statement, name)
        if not met:
            continue
        if not applies:
            scene.note("A-37")
            found.nearly.update(met)
            found.says.missed.append((bound, "action"))
            continue
        if statement.resources is not None:
            scene.note("A-7")  # a Resource in a trust statement is ignored
        when = evaluate.block(scene, statement.conditions, statement.variables, name, allow)
        if when is False:
            if allow:
                found.nearly.update(met)
                found.says.missed.append((bound, "condition"))
            continue
        if statement.not_action:
            scene.note("A-33")
        scene.note(*statement.rules, "A-28")
        if allow:
            for kind, formula in met.items():
                whole = conj(formula, when)
                if whole is not False:
                    found.by_kind[kind] = disj(found.by_kind.get(kind, False), whole)
            whole = conj(disj(*met.values()), when)
            if whole is not False:
                found.says.allow = disj(found.says.allow, whole)
                found.says.allows.append((bound, whole))
        else:
            whole = conj(disj(*met.values()), when)
            if whole is not False:
                scene.note("A-29")
                found.says.deny = disj(found.says.deny, whole)
                found.says.denies.append((bound, whole))
    if document.unparsed:
        note_unparsed(scene, document)
        gap = missing("trust", role.trust.arn)
        found.says.allow = disj(found.says.allow, gap)
        found.says.deny = disj(found.says.deny, gap)
        kinds = principal.WILDCARD
        found.by_kind[kinds] = disj(found.by_kind.get(kinds, False), gap)
    return found
