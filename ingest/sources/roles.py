"""ListRoles: a role's description and longest session, which the authorization details lack.

Source:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html
"""

from collections.abc import Iterable, Iterator

from ingest.draft import Draft, RoleExtra, text
from ingest.reader import Page, Reader

NEEDS = ("iam:ListRoles",)
SERVICE = "iam"
OPERATIONS = ("iam/list-roles",)
EXPECTED = OPERATIONS
SCOPE = "global"
WITHOUT = (
    "How long a session may last and what a role is said to be for are not known; a chain's "
    "longest session is then not stated."
)


def get(reader: Reader) -> Iterator[Page]:
    """All pages."""
    yield from reader.call(OPERATIONS[0])


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """What the listing adds to a role; a role that only it names is not known well enough."""
    for page in pages:
        for item in page.items("Roles"):
            arn = text(item.value, "Arn")
            if not arn:
                page.state.gap(f"{item.place}: there is no ARN")
                continue
            seconds = item.value.get("MaxSessionDuration")
            draft.role_extras[arn] = RoleExtra(
                seconds if isinstance(seconds, int) else None, text(item.value, "Description")
            )
