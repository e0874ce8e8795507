"""ListInstanceProfiles: the instance profiles of one account, also those that hold no role.

The list leaves out their tags, which only each profile's own answer holds.

Source:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfiles.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetInstanceProfile.html
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from ingest.draft import Draft, tags_of, text
from ingest.reader import Page, Reader
from ingest.sources._profiles import add_profile

NEEDS = ("iam:ListInstanceProfiles", "iam:GetInstanceProfile")
SERVICE = "iam"
LIST = "iam/list-instance-profiles"
READ = "iam/get-instance-profile"
OPERATIONS = (LIST, READ)
AFTER = {READ: LIST}
EXPECTED = (LIST,)
SCOPE = "global"
WITHOUT = (
    "Profiles that hold no role are not known, the others are named by the roles they hold; a plan "
    "to delete one says to save its tags first."
)


def get(reader: Reader) -> Iterator[Page]:
    """The list, then each profile."""
    asked: list[dict[str, Any]] = []
    for page in reader.call(LIST):
        for profile in page.peek("InstanceProfiles"):
            asked.append({"InstanceProfileName": text(profile, "InstanceProfileName")})
        yield page
    yield from reader.each(READ, [one for one in asked if one["InstanceProfileName"]])


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """Profiles; one that the authorization details showed is the same."""
    for page in pages:
        if page.operation == LIST:
            for item in page.items("InstanceProfiles"):
                add_profile(item.value, item.place, page, draft)
            continue
        value = page.object("InstanceProfile")
        if value and (arn := add_profile(value, page.place("InstanceProfile"), page, draft)):
            known = draft.instance_profiles[arn]
            draft.instance_profiles[arn] = replace(known, tags=tags_of(value, page))
