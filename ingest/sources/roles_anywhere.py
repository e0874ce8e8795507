"""IAM Roles Anywhere: profiles, the roles they list, and the anchors whose certificates may enter.

Source:
    https://docs.aws.amazon.com/rolesanywhere/latest/APIReference/API_ListProfiles.html
    https://docs.aws.amazon.com/rolesanywhere/latest/APIReference/API_ListTrustAnchors.html
"""

from collections.abc import Iterable, Iterator

from ingest.draft import Draft, text
from ingest.reader import Item, Page, Reader
from ingest.sources._workloads import add_workload

NEEDS = ("rolesanywhere:ListProfiles", "rolesanywhere:ListTrustAnchors")
SERVICE = "rolesanywhere"
PROFILES = "rolesanywhere/list-profiles"
ANCHORS = "rolesanywhere/list-trust-anchors"
OPERATIONS = (PROFILES, ANCHORS)
FOLLOWS = {ANCHORS: PROFILES}
SCOPE = "regional"
WITHOUT = "Which certificates may become a role through IAM Roles Anywhere is not known."


def get(reader: Reader) -> Iterator[Page]:
    """Both lists."""
    yield from reader.call(PROFILES)
    yield from reader.call(ANCHORS)


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """A workload per profile and role; it says whether it is enabled, and by which anchors."""
    profiles: list[tuple[Item, Page]] = []
    anchors: set[str] = set()
    anchors_read = False
    for page in pages:
        if page.operation == PROFILES:
            profiles += [(item, page) for item in page.items("profiles")]
            continue
        anchors_read = True
        for item in page.items("trustAnchors"):
            if item.value.get("enabled") is True:
                anchors.add(text(item.value, "trustAnchorArn"))
    # A certificate is good for the profiles of its anchor's own Region.
    enter = [("anchorsRead", "true")] if anchors_read else []
    enter += [("anchor", anchor) for anchor in sorted(anchors)]
    for item, page in profiles:
        arn = text(item.value, "profileArn")
        if not arn:
            page.state.gap(f"{item.place}: there is no profileArn")
            continue
        roles = item.value.get("roleArns")
        enabled = "true" if item.value.get("enabled") is True else "false"
        limits = (
            [("sessionPolicy", policy)] if (policy := text(item.value, "sessionPolicy")) else []
        )
        managed = item.value.get("managedPolicyArns")
        if isinstance(managed, list):
            limits += [("sessionPolicyArn", one) for one in managed if isinstance(one, str)]
        add_workload(
            draft,
            page,
            item.place,
            arn=arn,
            type="AWS::RolesAnywhere::Profile",
            service="rolesanywhere.amazonaws.com",
            roles=[r for r in roles if isinstance(r, str)] if isinstance(roles, list) else (),
            facts=(("enabled", enabled), *limits, *enter),
        )
