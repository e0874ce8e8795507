"""A permissions boundary is a ceiling: it never grants, it can only leave out or deny.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from iam.layers.base import Says, hear
from iam.scene import Scene


def says(scene: Scene, action: str) -> Says:
    """What the caller's boundary says; without one it allows everything (C-18)."""
    caller = scene.caller
    body = None
    if caller.entity is not None and caller.kind != "ROLE_SLR":
        body = scene.world.boundary(caller.entity)
    if body is None:
        return Says("boundary", allow=True, exists=False)
    return hear(scene, "boundary", body, action)
