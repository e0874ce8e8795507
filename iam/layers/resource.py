"""A resource policy lets callers in from its own side; in one account it grants alone.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html
"""

from iam import evaluate
from iam.formula import conj, disj
from iam.layers.base import Says, missing, note_unparsed, ref, resource_formula
from iam.layers.trust import TrustSays
from iam.match import principal
from iam.scene import Scene
from iam.world import Bound, action_applies

NOT_COLLECTED = "resource policies not collected: taken as absent"


def says(scene: Scene, action: str) -> TrustSays:
    """What the resource's own policy says to this caller (C-26)."""
    found = TrustSays(Says("resource"))
    held = scene.snapshot.resource_policies.get(scene.resource)
    if held is None:
        found.says.exists = False
        if scene.resource.split(":")[2:3] != ["iam"]:
            scene.assumptions.add(NOT_COLLECTED)
        return found
    if held.policy is None:
        found.says.exists = False
        return found
    document = scene.world.document(held.policy)
    for statement in document.statements:
        bound = Bound(statement, document)
        if not action_applies(statement, action):
            continue
        name = ref(bound)
        if (
            statement.resources is not None
            and resource_formula(scene, statement, name, True) is False
        ):
            continue
        met = principal.match(scene, statement, name)
        allow = statement.effect == "Allow"
        when = evaluate.block(scene, statement.conditions, statement.variables, name, allow)
        whole = conj(disj(*met.values()), when)
        if not met or whole is False:
            continue
        if allow:
            for kind, how in met.items():
                found.by_kind[kind] = disj(found.by_kind.get(kind, False), conj(how, when))
            found.says.allow = disj(found.says.allow, whole)
            found.says.allows.append((bound, whole))
        else:
            found.says.deny = disj(found.says.deny, whole)
            found.says.denies.append((bound, whole))
    if document.unparsed:
        note_unparsed(scene, document)
        gap = missing("resource", held.policy.arn)
        found.says.allow = disj(found.says.allow, gap)
        found.says.deny = disj(found.says.deny, gap)
        found.by_kind[principal.WILDCARD] = disj(found.by_kind.get(principal.WILDCARD, False), gap)
    return found
