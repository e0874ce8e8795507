"""ListOrganizationsFeatures: whether root users of member accounts are managed centrally.

Source:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOrganizationsFeatures.html
"""

from collections.abc import Iterable, Iterator

from ingest.draft import Draft
from ingest.reader import Page, Reader

NEEDS = ("iam:ListOrganizationsFeatures",)
SERVICE = "iam"
FEATURES = "iam/list-organizations-features"
OPERATIONS = (FEATURES,)
SCOPE = "global"
WITHOUT = "Whether the management account may act as root in member accounts is not known."


def get(reader: Reader) -> Iterator[Page]:
    """The list; only the management account and the delegated administrator are answered."""
    yield from reader.call(FEATURES)


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """The enabled features; an empty list says that there are none."""
    for page in pages:
        found = draft.organization.features
        draft.organization.features = (found or set()) | set(page.texts("EnabledFeatures"))
