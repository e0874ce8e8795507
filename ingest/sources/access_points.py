"""GetAccessPointPolicy: the policy of each access point of S3.

Source:
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointPolicy.html
"""

from ingest.sources._resource_policies import OneByOne

NEEDS = ("s3:ListAccessPoints", "s3:GetAccessPointPolicy")
SERVICE = "s3control"
LIST = "s3control/list-access-points"
READ = "s3control/get-access-point-policy"
OPERATIONS = (LIST, READ)
FOLLOWS = {READ: LIST}
NO_POLICY = {READ: ("NoSuchAccessPointPolicy",)}
SCOPE = "regional"
WITHOUT = (
    "A question about an access point is decided without its own policy, which is then a "
    "requirement; whom the policy names is not known."
)
_POLICIES = OneByOne(
    list=LIST,
    items="AccessPointList",
    read=READ,
    asks="AccountId={account} Name=Name",
    policy="Policy",
    arn=("arn:{partition}:s3:{region}:{account}:accesspoint/{request.Name}",),
    list_with={"AccountId": "{account}"},
)
get = _POLICIES.get
transform = _POLICIES.transform
