"""ListFunctions: Lambda functions and the role that each runs with.

Source:
    https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
"""

from collections.abc import Iterable, Iterator

from ingest.draft import Draft, text
from ingest.reader import Page, Reader
from ingest.sources._workloads import add_workload

NEEDS = ("lambda:ListFunctions",)
SERVICE = "lambda"
OPERATIONS = ("lambda/list-functions",)
SCOPE = "regional"


def get(reader: Reader) -> Iterator[Page]:
    """All pages."""
    yield from reader.call(OPERATIONS[0])


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """One workload per function; environment variables are not looked at."""
    for page in pages:
        for item in page.items("Functions"):
            arn, role = text(item.value, "FunctionArn"), text(item.value, "Role")
            if not arn:
                page.state.gap(f"{item.place}: there is no FunctionArn")
            elif role:
                add_workload(
                    draft,
                    page,
                    item.place,
                    arn=arn,
                    type="AWS::Lambda::Function",
                    service="lambda.amazonaws.com",
                    roles=(role,),
                )
