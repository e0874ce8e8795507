"""GetResourcePolicy: the policies of each Kinesis stream and of its consumers.

Source:
    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetResourcePolicy.html
"""

from collections.abc import Iterable, Iterator

from ingest.draft import Draft
from ingest.reader import Page, Reader
from ingest.sources._asking import pairs, requests_of
from ingest.sources._resource_policies import add_read

NEEDS = ("kinesis:ListStreams", "kinesis:ListStreamConsumers", "kinesis:GetResourcePolicy")
SERVICE = "kinesis"
LIST = "kinesis/list-streams"
CONSUMERS = "kinesis/list-stream-consumers"
READ = "kinesis/get-resource-policy"
OPERATIONS = (LIST, CONSUMERS, READ)
FOLLOWS = {CONSUMERS: LIST, READ: LIST}
NO_POLICY = {READ: ("ResourceNotFoundException",)}
SCOPE = "regional"
WITHOUT = (
    "A question about a stream is decided without its own policy, which is then a "
    "requirement; whom the policy names is not known."
)


def get(reader: Reader) -> Iterator[Page]:
    """The streams, the consumers of each, then the policy of each of both."""
    streams, consumers = [], []
    for page in reader.call(LIST):
        streams.append(page)
        yield page
    asked = requests_of(pairs("StreamARN=StreamARN"), streams, "StreamSummaries")
    for page in reader.each(CONSUMERS, asked):
        consumers.append(page)
        yield page
    wanted = requests_of(pairs("ResourceARN=StreamARN"), streams, "StreamSummaries")
    wanted += requests_of(pairs("ResourceARN=ConsumerARN"), consumers, "Consumers")
    yield from reader.each(READ, wanted)


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """A resource policy per stream and consumer, also where there is none."""
    for page in pages:
        if page.operation == LIST:
            page.count("StreamSummaries")
        elif page.operation == CONSUMERS:
            page.count("Consumers")
        else:
            add_read(draft, page, ("{request.ResourceARN}",), "Policy")
