"""GetResourcePolicy: the policy of the Glue data catalog, one in each Region.

Source:
    https://docs.aws.amazon.com/glue/latest/webapi/API_GetResourcePolicy.html
"""

from collections.abc import Iterable, Iterator

from ingest.draft import Draft
from ingest.reader import Page, Reader
from ingest.sources._resource_policies import add_resource_policy

NEEDS = ("glue:GetResourcePolicy",)
SERVICE = "glue"
READ = "glue/get-resource-policy"
OPERATIONS = (READ,)
NO_POLICY = {READ: ("EntityNotFoundException",)}
SCOPE = "regional"
WITHOUT = "Whom the policy of the data catalog names is not known."


def get(reader: Reader) -> Iterator[Page]:
    """The catalog's own policy; tables and databases have theirs in it."""
    yield from reader.each(READ, [{}])


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """A resource policy for the catalog, also where there is none."""
    for page in pages:
        page.state.items += 1
        where = f"{page.region}:{page.account}"
        arn = f"arn:{draft.partition_of(page.account)}:glue:{where}:catalog"
        document = page.response.get("PolicyInJson")
        add_resource_policy(draft, page, arn, document, place=page.place("PolicyInJson"))
