"""Service control policies bind member accounts: an Allow at every level, a Deny at none.

Source:
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
"""

from dataclasses import replace

from iam.formula import conj, disj
from iam.layers.base import Says, hear, missing
from iam.model import PolicyKind
from iam.scene import Scene
from iam.world import Bound, World

NOT_COLLECTED = "organization policies not collected: taken as permitting"


def is_assumed(world: World, account: str, kind: PolicyKind) -> bool:
    """Whether nobody read which policies of an organization bind an account (V-12)."""
    organization = world.snapshot.organization
    if organization is None:
        found = world.account(account)
        return found is None or not found.organization_known
    if account == organization.management_account:
        return False
    if world.organization_of(account) is None and not may_be_member(world, account):
        return False
    is_scp = kind is PolicyKind.SCP
    enabled = organization.scp_enabled if is_scp else organization.rcp_enabled
    return enabled is None and not organization.targets


def may_be_member(world: World, account: str) -> bool:
    """Whether an account that was read may be in the organization, whose list nobody read whole."""
    organization, found = world.snapshot.organization, world.account(account)
    if organization is None or organization.members_listed:
        return False
    return found is not None and found.collected and not found.organization_known


def says(scene: Scene, action: str) -> Says:
    """What the SCPs of the caller's account say (C-37 to C-42)."""
    nothing = Says("scp", allow=True, exists=False)
    caller = scene.caller
    if caller.kind == "ROLE_SLR":
        scene.note("C-12")
    if not (caller.is_aws or caller.kind == "ROOT") or caller.anyone or caller.kind == "ROLE_SLR":
        scene.note("C-37")
        return nothing  # services, federated subjects and service-linked roles are not bound
    if is_assumed(scene.world, caller.account, PolicyKind.SCP):
        scene.assumptions.add(NOT_COLLECTED)
        return replace(nothing, assumed=True)
    organization = scene.snapshot.organization
    if organization is None:
        return nothing
    if caller.account == organization.management_account:
        scene.note("C-37")
        return nothing
    if organization.scp_enabled is False:
        scene.note("C-39")
        return nothing
    if scene.world.organization_of(caller.account) is None:
        if not may_be_member(scene.world, caller.account):
            return nothing  # a foreign account's own organization is out of sight
        scene.note("C-39")
        gap = missing("scp", caller.account)
        return Says("scp", allow=gap, deny=gap)
    if not organization.scps_readable:
        scene.note("C-39")
        gap = missing("scp", caller.account)
        return Says("scp", allow=gap, deny=gap)
    levels = scene.world.levels_for(caller.account, PolicyKind.SCP, action)
    if not levels:
        gap = missing("scp", caller.account)
        return Says("scp", allow=gap, deny=gap)
    scene.note("C-38")
    if any(caller.account == account for account, _ in organization.delegated_administrators):
        scene.note("C-42")
    total = Says("scp", allow=True)
    for target, whole, body in levels:
        level = hear(scene, "scp", body, action, filtered=True, complete_short=False)
        if level.allow is False:
            # What misses on the action alone is worth naming where nothing allows.
            level = hear(scene, "scp", whole, action, complete_short=False)
        if any(b.statement.conditions or not _whole(b) for b, _ in level.allows):
            scene.note("C-40")
        total.allow = conj(total.allow, level.allow)
        total.deny = disj(total.deny, level.deny)
        if level.allow is not True or level.denies:
            scene.note("C-37")
        total.allows.extend(level.allows)
        total.denies.extend(level.denies)
        total.missed.extend(level.missed)
        if level.allow is False:
            unit = organization.units.get(target)
            total.silent_at.append(unit.name if unit is not None else target)
    return total


def _whole(bound: Bound) -> bool:
    return bound.statement.resources == ("*",)
