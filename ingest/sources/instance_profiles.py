"""ListInstanceProfiles: the instance profiles of one account, also those that hold no role.

Source:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfiles.html
"""

from collections.abc import Iterable, Iterator

from ingest.draft import Draft
from ingest.reader import Page, Reader
from ingest.sources._profiles import add_profile

NEEDS = ("iam:ListInstanceProfiles",)
SERVICE = "iam"
OPERATIONS = ("iam/list-instance-profiles",)
EXPECTED = OPERATIONS
SCOPE = "global"
WITHOUT = "Profiles that hold no role are not known; the others are named by the roles they hold."


def get(reader: Reader) -> Iterator[Page]:
    """All pages."""
    yield from reader.call(OPERATIONS[0])


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """Profiles; one that the authorization details showed is the same."""
    for page in pages:
        for item in page.items("InstanceProfiles"):
            add_profile(item.value, item.place, page, draft)
