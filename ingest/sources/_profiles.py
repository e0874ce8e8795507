"""An instance profile is named in three answers; it is one holder with at most one role."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from iam.model import InstanceProfile
from ingest.draft import Draft, text
from ingest.reader import Page


def add_profile(
    value: Mapping[str, Any], place: str, page: Page, draft: Draft, *, holds: str = ""
) -> str:
    """Add a profile, or the role it holds to one that is known; gives its ARN, empty if none."""
    arn = text(value, "Arn")
    if not arn:
        page.state.gap(f"{place}: there is no ARN")
        return ""
    found = value.get("Roles")
    listed = (
        [text(role, "Arn") for role in found if isinstance(role, dict)]
        if isinstance(found, list)
        else []
    )
    roles = {role for role in (*listed, holds) if role}
    old = draft.instance_profiles.get(arn)
    if old is not None:
        merged = tuple(sorted({*old.roles, *roles}))
        if merged != old.roles:
            draft.instance_profiles[arn] = replace(old, roles=merged)
        return arn
    draft.instance_profiles[arn] = InstanceProfile(
        arn=arn,
        name=text(value, "InstanceProfileName") or arn.rpartition("/")[2],
        account=page.account,
        unique_id=text(value, "InstanceProfileId"),
        path=text(value, "Path", "/"),
        roles=tuple(sorted(roles)),
        place=place,
    )
    return arn
