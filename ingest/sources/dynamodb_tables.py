"""GetResourcePolicy: the policies of each DynamoDB table and of its stream.

Source:
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetResourcePolicy.html
"""

from collections.abc import Iterable, Iterator

from ingest.draft import Draft
from ingest.reader import Page, Reader
from ingest.sources._asking import Requests, pairs, requests_of
from ingest.sources._resource_policies import add_read

NEEDS = ("dynamodb:ListTables", "dynamodb:DescribeTable", "dynamodb:GetResourcePolicy")
SERVICE = "dynamodb"
LIST = "dynamodb/list-tables"
DESCRIBE = "dynamodb/describe-table"
READ = "dynamodb/get-resource-policy"
OPERATIONS = (LIST, DESCRIBE, READ)
FOLLOWS = {DESCRIBE: LIST, READ: DESCRIBE}
NO_POLICY = {READ: ("PolicyNotFoundException",)}
SCOPE = "regional"
WITHOUT = (
    "A question about a table or its stream is decided without its own policy, which is then a "
    "requirement; whom the policy names is not known."
)


def get(reader: Reader) -> Iterator[Page]:
    """The tables, each one for its ARN and that of its stream, then the policy of each."""
    listed = []
    for page in reader.call(LIST):
        listed.append(page)
        yield page
    wanted = [Requests(pairs(f"ResourceArn={name}")) for name in ("TableArn", "LatestStreamArn")]
    for page in reader.each(DESCRIBE, requests_of(pairs("TableName=@"), listed, "TableNames")):
        for requests in wanted:
            requests.add(page, "Table")
        yield page
    yield from reader.each(READ, [one for requests in wanted for one in requests.all()])


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """A resource policy per table and stream, also where there is none."""
    for page in pages:
        if page.operation == LIST:
            page.count("TableNames")
        elif page.operation == DESCRIBE:
            page.object("Table")
        else:
            add_read(draft, page, ("{request.ResourceArn}",), "Policy")
