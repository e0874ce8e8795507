"""DescribeInstances: EC2 instances and the instance profile that hands each its role.

Source:
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
"""

from collections.abc import Iterable, Iterator

from ingest.draft import Draft, tags_of, text
from ingest.reader import Page, Reader
from ingest.sources._workloads import add_workload

NEEDS = ("ec2:DescribeInstances",)
SERVICE = "ec2"
OPERATIONS = ("ec2/describe-instances",)
SCOPE = "regional"
WITHOUT = (
    "Instances are missing among what runs with a role, and so among what breaks when the "
    "role goes."
)
_GONE = ("terminated", "shutting-down")


def get(reader: Reader) -> Iterator[Page]:
    """All pages."""
    yield from reader.call(OPERATIONS[0])


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """One workload per instance that has a profile and is not terminated."""
    for page in pages:
        for item in page.items("Reservations"):
            instances = item.value.get("Instances")
            owner = text(item.value, "OwnerId") or page.account
            for index, one in enumerate(instances if isinstance(instances, list) else []):
                if not isinstance(one, dict):
                    page.state.gap(f"{item.place}/Instances/{index}: expected an object")
                    continue
                state = one.get("State")
                profile = one.get("IamInstanceProfile")
                if not isinstance(profile, dict) or not text(profile, "Arn"):
                    continue
                if isinstance(state, dict) and state.get("Name") in _GONE:
                    continue
                names = [value for key, value in tags_of(one, page) if key == "Name"]
                partition = draft.partition_of(page.account)
                arn = (
                    f"arn:{partition}:ec2:{page.region}:{owner}:instance/{text(one, 'InstanceId')}"
                )
                add_workload(
                    draft,
                    page,
                    f"{item.place}/Instances/{index}",
                    arn=arn,
                    type="AWS::EC2::Instance",
                    service="ec2.amazonaws.com",
                    profiles=(text(profile, "Arn"),),
                    facts=tuple(("Name", name) for name in names[:1]),
                )
