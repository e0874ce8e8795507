"""ListOpenIDConnectProviders and GetOpenIDConnectProvider: OIDC providers and whom they serve.

Source:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from iam.model import OidcProvider
from ingest.draft import Draft, tags_of, text
from ingest.reader import Page, Reader

NEEDS = ("iam:ListOpenIDConnectProviders", "iam:GetOpenIDConnectProvider")
SERVICE = "iam"
LIST = "iam/list-open-id-connect-providers"
READ = "iam/get-open-id-connect-provider"
OPERATIONS = (LIST, READ)
FOLLOWS = {READ: LIST}
EXPECTED = (LIST,)
SCOPE = "global"
WITHOUT = (
    "Whether a provider that a trust policy names is there is not known, and neither is which "
    "audiences it serves."
)


def get(reader: Reader) -> Iterator[Page]:
    """The list, then each provider."""
    arns: list[str] = []
    for page in reader.call(LIST):
        arns += [text(one, "Arn") for one in page.peek("OpenIDConnectProviderList")]
        yield page
    yield from reader.each(READ, [{"OpenIDConnectProviderArn": arn} for arn in arns if arn])


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """Providers; the client ids are known where the provider itself was read."""
    for page in pages:
        if page.operation == LIST:
            for item in page.items("OpenIDConnectProviderList"):
                if arn := text(item.value, "Arn"):
                    draft.oidc_providers.setdefault(
                        arn,
                        OidcProvider(
                            arn=arn,
                            account=page.account,
                            url=arn.partition(":oidc-provider/")[2],
                            place=item.place,
                        ),
                    )
                else:
                    page.state.gap(f"{item.place}: there is no ARN")
            continue
        arn = page.asked("OpenIDConnectProviderArn")
        if not arn:
            continue
        old = draft.oidc_providers.get(arn) or OidcProvider(
            arn=arn, account=page.account, url=arn.partition(":oidc-provider/")[2]
        )
        url = text(page.response, "Url") or old.url
        clients = tuple(page.texts("ClientIDList")) if "ClientIDList" in page.response else None
        draft.oidc_providers[arn] = replace(
            old,
            url=url.removeprefix("https://"),
            client_ids=clients,
            thumbprints=tuple(page.texts("ThumbprintList")),
            tags=tags_of(page.response, page),
            place=page.place(),
        )
