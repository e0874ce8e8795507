"""DescribeTaskDefinition: ECS task definitions, their task role and their execution role.

Source:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html
"""

from collections.abc import Iterable, Iterator

from ingest.draft import Draft, text
from ingest.reader import Page, Reader
from ingest.sources._workloads import add_workload

NEEDS = ("ecs:ListTaskDefinitions", "ecs:DescribeTaskDefinition")
SERVICE = "ecs"
LIST = "ecs/list-task-definitions"
READ = "ecs/describe-task-definition"
OPERATIONS = (LIST, READ)
FOLLOWS = {READ: LIST}
SCOPE = "regional"
WITHOUT = (
    "Task definitions are missing among what runs with a role, and so among what breaks when "
    "the role goes."
)


def get(reader: Reader) -> Iterator[Page]:
    """The active definitions, then each one."""
    arns: list[str] = []
    for page in reader.call(LIST, {"status": "ACTIVE"}):
        arns += page.peek_texts("taskDefinitionArns")
        yield page
    yield from reader.each(READ, [{"taskDefinition": arn} for arn in arns])


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """One workload per definition and role."""
    for page in pages:
        if page.operation == LIST:
            page.count("taskDefinitionArns")
            continue
        value = page.object("taskDefinition")
        arn = text(value, "taskDefinitionArn")
        if not arn:
            page.state.gap(f"{page.place('taskDefinition')}: there is no taskDefinitionArn")
            continue
        roles = [text(value, key) for key in ("taskRoleArn", "executionRoleArn")]
        add_workload(
            draft,
            page,
            page.place("taskDefinition"),
            arn=arn,
            type="AWS::ECS::TaskDefinition",
            service="ecs-tasks.amazonaws.com",
            roles=[role for role in roles if role],
        )
