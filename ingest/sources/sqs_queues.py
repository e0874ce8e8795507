"""GetQueueAttributes: the access policy of each SQS queue, also where there is none.

Source:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
"""

from ingest.sources._resource_policies import OneByOne

NEEDS = ("sqs:ListQueues", "sqs:GetQueueAttributes")
SERVICE = "sqs"
LIST = "sqs/list-queues"
READ = "sqs/get-queue-attributes"
OPERATIONS = (LIST, READ)
FOLLOWS = {READ: LIST}
SCOPE = "regional"
WITHOUT = (
    "A question about a queue is decided without its own policy, which is then a "
    "requirement; whom the policy names is not known."
)
_POLICIES = OneByOne(
    list=LIST,
    items="QueueUrls",
    read=READ,
    asks="QueueUrl=@",
    policy="Attributes.Policy",
    arn=("{Attributes.QueueArn}",),
    with_={"AttributeNames": ["Policy", "QueueArn"]},
)
get = _POLICIES.get
transform = _POLICIES.transform
