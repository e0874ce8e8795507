"""ListSAMLProviders and GetSAMLProvider: SAML identity providers, and what would make them again.

Source:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSAMLProviders.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetSAMLProvider.html
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from iam.model import SamlProvider
from ingest.draft import Draft, tags_of, text, when
from ingest.reader import Page, Reader

NEEDS = ("iam:ListSAMLProviders", "iam:GetSAMLProvider")
SERVICE = "iam"
LIST = "iam/list-saml-providers"
READ = "iam/get-saml-provider"
OPERATIONS = (LIST, READ)
AFTER = {READ: LIST}
EXPECTED = (LIST,)
SCOPE = "global"
WITHOUT = (
    "Whether a provider that a trust policy names is there is not known, and a plan to delete one "
    "does not hold what makes it again."
)


def get(reader: Reader) -> Iterator[Page]:
    """The list, then each provider."""
    arns: list[str] = []
    for page in reader.call(LIST):
        arns += [text(one, "Arn") for one in page.peek("SAMLProviderList")]
        yield page
    yield from reader.each(READ, [{"SAMLProviderArn": arn} for arn in arns if arn])


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """Providers; metadata and tags where the provider itself was read."""
    for page in pages:
        if page.operation == READ:
            _add_content(page, draft)
            continue
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


def _add_content(page: Page, draft: Draft) -> None:
    arn = page.asked("SAMLProviderArn")
    if not arn:
        return
    known = draft.saml_providers.get(arn) or SamlProvider(
        arn=arn, account=page.account, place=page.place()
    )
    page.state.items += 1
    draft.saml_providers[arn] = replace(
        known,
        metadata=text(page.response, "SAMLMetadataDocument"),
        tags=tags_of(page.response, page),
    )
