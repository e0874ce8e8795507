"""DescribeDestinations, DescribeResourcePolicies: who may write to CloudWatch Logs.

A destination has a policy of its own, and a role that passes on what arrives. The others are
policies of the account in a Region, under names; AWS gives them no ARN.

Source:
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeDestinations.html
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeResourcePolicies.html
"""

from collections.abc import Iterable, Iterator

from iam.model import FIELD
from ingest.draft import Draft, text
from ingest.reader import Item, Page, Reader
from ingest.sources._resource_policies import add_resource_policy
from ingest.sources._workloads import add_workload, values_at

NEEDS = ("logs:DescribeDestinations", "logs:DescribeResourcePolicies")
SERVICE = "logs"
DESTINATIONS = "logs/describe-destinations"
POLICIES = "logs/describe-resource-policies"
OPERATIONS = (DESTINATIONS, POLICIES)
SCOPE = "regional"
WITHOUT = (
    "Whom the policies of destinations and of log groups name is not known; destinations are "
    "missing among what breaks when a role goes."
)


def get(reader: Reader) -> Iterator[Page]:
    """All pages of both; the lists hold the policies."""
    for operation in OPERATIONS:
        yield from reader.call(operation)


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """A resource policy per destination and per named policy; a workload per destination."""
    for page in pages:
        if page.operation == DESTINATIONS:
            for item in page.items("destinations"):
                _destination(item, page, draft)
            continue
        for item in page.items("resourcePolicies"):
            name = text(item.value, "policyName")
            if not name:
                page.state.gap(f"{item.place}: there is no policyName")
                continue
            where = f"{page.region}:{page.account}"
            arn = f"arn:{draft.partition_of(page.account)}:logs:{where}:resource-policy:{name}"
            place = f"{item.place}/policyDocument"
            add_resource_policy(draft, page, arn, item.value.get("policyDocument"), place=place)


def _destination(item: Item, page: Page, draft: Draft) -> None:
    arn = text(item.value, "arn")
    if not arn:
        page.state.gap(f"{item.place}: there is no arn")
        return
    place = f"{item.place}/accessPolicy"
    add_resource_policy(draft, page, arn, item.value.get("accessPolicy"), place=place)
    add_workload(
        draft,
        page,
        item.place,
        arn=arn,
        type="AWS::Logs::Destination",
        service="logs.amazonaws.com",
        facts=((FIELD, "roleArn"),),
        roles=values_at(item.value, "roleArn"),
    )
