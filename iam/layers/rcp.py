"""Resource control policies bind the role: whoever calls, member accounts only, by Deny alone.

``iam/data/rcp-services.tsv`` is the page's *List of AWS services that support RCPs*, with the
action that it exempts, compared in 2026-11. It grows: five services in 2024-11, seven in 2025-06.

Source:
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
"""

import csv
from dataclasses import replace
from functools import cache
from importlib import resources

from iam.formula import disj
from iam.layers.base import Says, hear, missing
from iam.layers.scp import NOT_COLLECTED, is_assumed, may_be_member
from iam.model import PolicyKind
from iam.scene import Scene


@cache
def _services() -> dict[str, frozenset[str]]:
    """Prefixes of the services whose actions RCPs bind, each with the actions that stay free."""
    text = resources.files("iam").joinpath("data/rcp-services.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter="\t")
    return {row["prefix"]: frozenset(row["unbound"].lower().split()) for row in rows}


def binds(action: str) -> bool:
    """Whether RCPs have an effect on an action.

    Example:
        >>> binds("sts:AssumeRole"), binds("kms:RetireGrant"), binds("sns:Publish")
        (True, False, False)
    """
    lower = action.lower()
    free = _services().get(lower.partition(":")[0])
    return free is not None and lower not in free


def says(scene: Scene, action: str) -> Says:
    """What the RCPs of the target's account say (C-43)."""
    nothing = Says("rcp", allow=True, exists=False)
    if not binds(action):
        return nothing
    if scene.caller.kind == "ROLE_SLR" or (
        scene.caller.kind == "SERVICE" and scene.role is not None and scene.role.is_service_linked
    ):
        scene.note("C-43", "E-7")
        return nothing
    if is_assumed(scene.world, scene.account, PolicyKind.RCP):
        scene.assumptions.add(NOT_COLLECTED)
        return replace(nothing, assumed=True)
    organization = scene.snapshot.organization
    if organization is None:
        return nothing
    if scene.account == organization.management_account:
        scene.note("C-43")
        return nothing
    if organization.rcp_enabled is False:
        return nothing
    is_member = scene.world.organization_of(scene.account) is not None
    if not is_member and not may_be_member(scene.world, scene.account):
        return nothing
    levels = scene.world.levels_for(scene.account, PolicyKind.RCP, action)
    if not organization.rcps_readable or not levels:
        gap = missing("rcp", scene.account)
        return Says("rcp", allow=True, deny=gap)
    total = Says("rcp", allow=True)
    for _, _, body in levels:
        level = hear(scene, "rcp", body, action, filtered=True, complete_short=False)
        total.deny = disj(total.deny, level.deny)
        total.denies.extend(level.denies)
    if total.denies:
        scene.note("C-43")
        if scene.caller.kind in ("SAML", "OIDC"):
            scene.note("C-49")
    return total
