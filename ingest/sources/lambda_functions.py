"""ListFunctions: Lambda functions and the role that each runs with.

Source:
    https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ingest.draft import Draft, text
from ingest.reader import Page, Reader
from ingest.sources._workloads import add_workload

NEEDS = ("lambda:ListFunctions",)
SERVICE = "lambda"
LIST = "lambda/list-functions"
ALSO = ("lambda/get-function-configuration", "lambda/get-function")
OPERATIONS = (LIST, *ALSO)
SCOPE = "regional"
WITHOUT = (
    "Functions are missing among what runs with a role, and so among what breaks when the "
    "role goes."
)


def get(reader: Reader) -> Iterator[Page]:
    """All pages; what was saved function by function says the same."""
    yield from reader.call(LIST)
    for operation in ALSO:
        yield from reader.each(operation, [])


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """One workload per function; environment variables are not looked at."""
    for page in pages:
        if page.operation == LIST:
            for item in page.items("Functions"):
                _add(item.value, item.place, page, draft)
            continue
        page.state.items += 1
        whole = page.response.get("Configuration")
        _add(whole if isinstance(whole, dict) else page.response, page.place(), page, draft)


def _add(value: Mapping[str, Any], place: str, page: Page, draft: Draft) -> None:
    arn, role = text(value, "FunctionArn"), text(value, "Role")
    if not arn:
        page.state.gap(f"{place}: there is no FunctionArn")
    elif role:
        add_workload(
            draft,
            page,
            place,
            arn=arn,
            type="AWS::Lambda::Function",
            service="lambda.amazonaws.com",
            roles=(role,),
        )
