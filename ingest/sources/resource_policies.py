"""``resource-policies.jsonl``: policies of resources whose own call has no source here.

One object a line: ``{"ResourceArn", "Policy", "Tags"?}``; ``"Policy": null`` says that the policy
was read and that there is none.
"""

from collections.abc import Iterable, Iterator

from ingest.draft import Draft, tags_of, text
from ingest.layout import RESOURCE_POLICIES
from ingest.reader import Page, Reader
from ingest.sources._resource_policies import add_resource_policy

NEEDS: tuple[str, ...] = ()
SERVICE = RESOURCE_POLICIES
OPERATIONS = (f"{RESOURCE_POLICIES}/{RESOURCE_POLICIES}",)
SCOPE = "offline"
WITHOUT = (
    "A question about such a resource is decided without the resource's own policy, which is "
    "then a requirement."
)


def get(reader: Reader) -> Iterator[Page]:
    """The lines of the file; AWS has no such call."""
    yield from reader.call(OPERATIONS[0])


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """A resource policy per line."""
    for page in pages:
        resource = text(page.response, "ResourceArn")
        if not resource:
            raise page.fault("there is no ResourceArn")
        if "Policy" not in page.response:
            raise page.fault("there is no Policy; write null when the resource has none")
        page.state.items += 1
        add_resource_policy(
            draft, page, resource, page.response["Policy"], tags_of(page.response, page)
        )
