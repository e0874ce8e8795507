"""A resource belongs to the account whose folder names it, whatever its ARN says."""

from typing import Any

from iam.model import Policy, PolicyKind, ResourcePolicy, Tags
from ingest.documents import decode
from ingest.draft import Draft, add
from ingest.reader import Page


def add_resource_policy(
    draft: Draft, page: Page, resource: str, document: Any, tags: Tags = ()
) -> None:
    """Add a resource's policy; None says that it was read and that there is none."""
    policy: Policy | None = None
    if document is not None:
        decoded = decode(document)
        place = page.place("Policy")
        if decoded.problem:
            page.state.note(f"{place}: {decoded.problem}")
        policy = Policy(
            arn=f"{resource}#policy",
            name="resource policy",
            kind=PolicyKind.RESOURCE,
            document=decoded.document,
            raw=decoded.raw,
            place=place,
            account=page.account,
        )
    new = ResourcePolicy(
        resource=resource, account=page.account, region=page.region, policy=policy, tags=tags
    )
    add(draft.resource_policies, resource, new, page)
