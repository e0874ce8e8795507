"""Resource control policies bind the role: whoever calls, member accounts only, by Deny alone.

Source:
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
"""

from iam.formula import disj
from iam.layers.base import Says, hear, missing
from iam.layers.scp import NOT_COLLECTED, is_assumed
from iam.model import PolicyKind
from iam.scene import Scene

# Services whose resources RCPs bind; on every other service they have no effect.
SERVICES = frozenset(
    (
        "aoss",
        "cognito-identity",
        "cognito-idp",
        "dynamodb",
        "ecr",
        "kms",
        "logs",
        "s3",
        "secretsmanager",
        "sqs",
        "sts",
    )
)


def says(scene: Scene, action: str) -> Says:
    """What the RCPs of the target's account say (C-43)."""
    nothing = Says("rcp", allow=True, exists=False)
    if action.partition(":")[0].lower() not in SERVICES:
        return nothing
    if scene.caller.kind == "ROLE_SLR" or (
        scene.caller.kind == "SERVICE" and scene.role is not None and scene.role.is_service_linked
    ):
        scene.note("C-43", "E-7")
        return nothing
    if is_assumed(scene.world, scene.account, PolicyKind.RCP):
        scene.assumptions.add(NOT_COLLECTED)
        return nothing
    organization = scene.snapshot.organization
    if organization is None:
        return nothing
    if scene.account == organization.management_account:
        scene.note("C-43")
        return nothing
    if scene.world.organization_of(scene.account) is None:
        return nothing
    if organization.rcp_enabled is False:
        return nothing
    if not organization.rcps_readable:
        gap = missing("rcp", scene.account)
        return Says("rcp", allow=True, deny=gap)
    total = Says("rcp", allow=True)
    for _, body in scene.world.levels(scene.account, PolicyKind.RCP):
        level = hear(scene, "rcp", body, action, complete_short=False)
        total.deny = disj(total.deny, level.deny)
        total.denies.extend(level.denies)
    if total.denies:
        scene.note("C-43")
        if scene.caller.kind in ("SAML", "OIDC"):
            scene.note("C-49")
    return total
