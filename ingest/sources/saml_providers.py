"""ListSAMLProviders: the SAML identity providers of one account.

Source:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSAMLProviders.html
"""

from collections.abc import Iterable, Iterator

from iam.model import SamlProvider
from ingest.draft import Draft, text, when
from ingest.reader import Page, Reader

NEEDS = ("iam:ListSAMLProviders",)
SERVICE = "iam"
OPERATIONS = ("iam/list-saml-providers",)
EXPECTED = OPERATIONS
SCOPE = "global"
WITHOUT = "Whether a provider that a trust policy names is there is not known."


def get(reader: Reader) -> Iterator[Page]:
    """The list; AWS gives it on one page."""
    yield from reader.call(OPERATIONS[0])


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """Providers."""
    for page in pages:
        for item in page.items("SAMLProviderList"):
            arn = text(item.value, "Arn")
            if not arn:
                page.state.gap(f"{item.place}: there is no ARN")
                continue
            draft.saml_providers[arn] = SamlProvider(
                arn=arn,
                account=page.account,
                created=when(item.value, "CreateDate", page),
                place=item.place,
            )
