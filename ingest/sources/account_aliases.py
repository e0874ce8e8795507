"""ListAccountAliases: the name an account is called by at its sign-in page.

Source:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html
"""

from collections.abc import Iterable, Iterator

from ingest.draft import Draft
from ingest.reader import Page, Reader

NEEDS = ("iam:ListAccountAliases",)
SERVICE = "iam"
OPERATIONS = ("iam/list-account-aliases",)
SCOPE = "global"
WITHOUT = (
    "An account has no alias to be called by; its id, and its name in the organization, still work."
)


def get(reader: Reader) -> Iterator[Page]:
    """The list."""
    yield from reader.call(OPERATIONS[0])


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """Aliases; an account has at most one."""
    for page in pages:
        held = draft.aliases.get(page.account, ())
        draft.aliases[page.account] = tuple(sorted({*held, *page.texts("AccountAliases")}))
