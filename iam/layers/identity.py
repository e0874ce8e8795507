"""Identity policies: the caller's own statements, groups included, are one union (C-28).

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html
"""

from iam.layers.base import Says, hear, missing
from iam.scene import Scene


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
        scene.note("C-69")
        return Says("identity", allow=missing("identity", caller.account))
    body = scene.world.identity_for(caller.entity, action)
    found = hear(scene, "identity", body, action, filtered=True)
    if found.allow is False:
        _near(scene, found, action)
    return found


def _near(scene: Scene, found: Says, action: str) -> None:
    """Statements of the caller that miss on the action alone are worth naming in a refusal."""
    if scene.caller.entity is None:
        return
    whole = scene.world.identity(scene.caller.entity)
    if len(whole.bound) <= 200:
        again = hear(scene, "identity", whole, action)
        known = {m.statement for m in found.misses}
        found.misses.extend(m for m in again.misses if m.statement not in known)
