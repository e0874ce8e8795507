"""ListEventBuses: the policy of each event bus of EventBridge.

Source:
    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListEventBuses.html
"""

from collections.abc import Iterable, Iterator

from ingest.draft import Draft, text
from ingest.reader import Page, Reader
from ingest.sources._resource_policies import add_resource_policy

NEEDS = ("events:ListEventBuses",)
SERVICE = "events"
OPERATIONS = ("events/list-event-buses",)
SCOPE = "regional"
WITHOUT = (
    "A question about a bus is decided without its own policy, which is then a "
    "requirement; whom the policy names is not known."
)


def get(reader: Reader) -> Iterator[Page]:
    """All pages; the list holds the policies."""
    yield from reader.call(OPERATIONS[0])


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """A resource policy per bus, also where there is none."""
    for page in pages:
        for item in page.items("EventBuses"):
            arn = text(item.value, "Arn")
            if not arn:
                page.state.gap(f"{item.place}: there is no Arn")
                continue
            place = f"{item.place}/Policy"
            add_resource_policy(draft, page, arn, item.value.get("Policy"), place=place)
