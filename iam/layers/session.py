"""A session policy is a ceiling on one session; a free caller chooses none (C-27).

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
"""

from collections.abc import Sequence
from typing import Any

from iam.layers.base import Says, hear
from iam.model import Policy, PolicyKind
from iam.policy import parse
from iam.scene import Scene
from iam.world import Body, Bound


def body_of(documents: Sequence[Any]) -> Body:
    """Session policy documents, as given in a request, as one layer."""
    bound: list[Bound] = []
    unparsed = []
    for number, document in enumerate(documents):
        policy = Policy(
            arn=f"session-policy/{number}",
            name=f"session policy {number}",
            kind=PolicyKind.SESSION,
            document=document,
        )
        parsed = parse(policy)
        bound.extend(Bound(s, parsed) for s in parsed.statements)
        if parsed.unparsed:
            unparsed.append(parsed)
    return Body(tuple(bound), tuple(unparsed))


def says(scene: Scene, action: str, body: Body | None) -> Says:
    """What the session policies of the caller's session say."""
    if body is None:
        return Says("session", allow=True, exists=False)
    scene.note("C-27")
    return hear(scene, "session", body, action)
