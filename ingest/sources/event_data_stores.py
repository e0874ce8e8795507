"""GetResourcePolicy: the policy of each event data store of CloudTrail Lake.

Source:
    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetResourcePolicy.html
"""

from ingest.sources._resource_policies import OneByOne

NEEDS = ("cloudtrail:ListEventDataStores", "cloudtrail:GetResourcePolicy")
SERVICE = "cloudtrail"
LIST = "cloudtrail/list-event-data-stores"
READ = "cloudtrail/get-resource-policy"
OPERATIONS = (LIST, READ)
FOLLOWS = {READ: LIST}
NO_POLICY = {READ: ("ResourcePolicyNotFoundException",)}
SCOPE = "regional"
WITHOUT = (
    "A question about an event data store is decided without its own policy, which is then a "
    "requirement; whom the policy names is not known."
)
_POLICIES = OneByOne(
    list=LIST,
    items="EventDataStores",
    read=READ,
    asks="ResourceArn=EventDataStoreArn",
    policy="ResourcePolicy",
    arn=("{ResourceArn}", "{request.ResourceArn}"),
)
get = _POLICIES.get
transform = _POLICIES.transform
