"""GetTopicAttributes: the access policy of each SNS topic.

Source:
    https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html
"""

from ingest.sources._resource_policies import OneByOne

NEEDS = ("sns:ListTopics", "sns:GetTopicAttributes")
SERVICE = "sns"
LIST = "sns/list-topics"
READ = "sns/get-topic-attributes"
OPERATIONS = (LIST, READ)
FOLLOWS = {READ: LIST}
SCOPE = "regional"
WITHOUT = (
    "A question about a topic is decided without its own policy, which is then a "
    "requirement; whom the policy names is not known."
)
_POLICIES = OneByOne(
    list=LIST,
    items="Topics",
    read=READ,
    asks="TopicArn=TopicArn",
    policy="Attributes.Policy",
    arn=("{request.TopicArn}", "{Attributes.TopicArn}"),
)
get = _POLICIES.get
transform = _POLICIES.transform
