"""Identity policies: the caller's own statements, groups included, are one union (C-28).

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html
"""

from iam.decision import Reason
from iam.layers.base import Says, hear, missing, near_misses
from iam.scene import Scene

_MOST_READ = 200


def says(scene: Scene, action: str) -> Says:
    """What the caller's identity policies say; of an uncollected account: missing (C-69)."""
    caller = scene.caller
    if caller.anyone:
        # Whoever comes from anywhere writes their own identity policies.
        return Says("identity", allow=True)
    if caller.kind == "ROOT":
        # The root user has every permission of its account; no identity policy can be attached.
        return Says("identity", allow=True)
    if caller.entity is None:
        if not caller.is_aws:
            return Says("identity", exists=False)
        scene.note("C-13" if caller.is_opaque else "C-69")
        whose = caller.arn if caller.is_opaque else caller.account
        return Says("identity", allow=missing("identity", whose))
    body = scene.world.identity_for(caller.entity, action)
    return hear(scene, "identity", body, action, filtered=True)


def misses(scene: Scene, found: Says, action: str) -> list[Reason]:
    """The near misses, those that miss on the action included, which the index left out."""
    entity = scene.caller.entity
    if entity is not None and found.allow is False:
        whole = scene.world.identity(entity)
        if len(whole.bound) <= _MOST_READ:
            found = hear(scene, "identity", whole, action)
    return near_misses(scene, found, action)
