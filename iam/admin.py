"""An administrator is allowed everything on everything by its own policies, after every layer.

Who may become a role, and what the role may do, are two questions; this is of the second (V-8).

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from iam import evaluate
from iam.authorize import make_scene
from iam.caller import of_entity
from iam.model import PolicyKind, Role, Snapshot, User
from iam.policy import Statement
from iam.scene import Scene
from iam.world import Body, world_of


def is_administrator(snapshot: Snapshot, principal: str) -> bool:
    """Whether a user or role of the snapshot is an administrator outright.

    Identity policies, the boundary and every level of service control policies must allow ``*`` on
    ``*`` without a condition, and none may deny everything. A Deny of single actions, as guard
    rails have, does not end administration.
    """
    entity: User | Role | None = snapshot.users.get(principal) or snapshot.roles.get(principal)
    if entity is None:
        return False
    world = world_of(snapshot)
    bodies = [world.identity(entity)]
    if not _everything(None, bodies[0], "Allow"):
        return False
    scene = make_scene(world, of_entity(entity), "*:*", principal)
    linked = isinstance(entity, Role) and entity.is_service_linked
    boundary = None if linked else world.boundary(entity)
    if boundary is not None:
        bodies.append(boundary)
    organization = world.organization_of(entity.account)
    bound = (
        organization is not None
        and not linked
        and organization.management_account != entity.account
        and organization.scp_enabled is not False
        and organization.targets
    )
    if bound:
        bodies.extend(body for _, body in world.levels(entity.account, PolicyKind.SCP))
    return all(
        _everything(scene, body, "Allow") and not _everything(scene, body, "Deny")
        for body in bodies
    )


def _everything(scene: Scene | None, body: Body, effect: str) -> bool:
    return any(
        b.statement.effect == effect
        and _unlimited(b.statement)
        and (
            scene is None
            or evaluate.block(
                scene, b.statement.conditions, b.statement.variables, "", effect == "Allow"
            )
            is True
        )
        for b in body.bound
    )


def _unlimited(statement: Statement) -> bool:
    if statement.resources is None or statement.not_resource or "*" not in statement.resources:
        return False
    if statement.not_action:
        return statement.effect == "Deny"
    return "*" in statement.actions
