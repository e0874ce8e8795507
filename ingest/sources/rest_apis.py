"""GetRestApis: the resource policy of each REST API of API Gateway.

Source:
    https://docs.aws.amazon.com/apigateway/latest/api/API_GetRestApis.html
"""

from collections.abc import Iterable, Iterator

from ingest.draft import Draft, text
from ingest.reader import Page, Reader
from ingest.sources._resource_policies import add_resource_policy

NEEDS = ("apigateway:GET",)
SERVICE = "apigateway"
OPERATIONS = ("apigateway/get-rest-apis",)
SCOPE = "regional"
WITHOUT = (
    "A question about an API is decided without its own policy, which is then a "
    "requirement; whom the policy names is not known."
)


def get(reader: Reader) -> Iterator[Page]:
    """All pages; the list holds the policies."""
    yield from reader.call(OPERATIONS[0])


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """A resource policy per API, also where there is none."""
    for page in pages:
        for item in page.items("items"):
            id = text(item.value, "id")
            if not id:
                page.state.gap(f"{item.place}: there is no id")
                continue
            partition = draft.partition_of(page.account)
            arn = f"arn:{partition}:execute-api:{page.region}:{page.account}:{id}"
            document = item.value.get("policy")
            if isinstance(document, str) and document.startswith("{\\"):
                # API Gateway answers with the text that stands between the quotes of a JSON string.
                document = document.replace('\\"', '"').replace("\\/", "/")
            add_resource_policy(draft, page, arn, document, place=f"{item.place}/policy")
