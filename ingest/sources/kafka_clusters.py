"""GetClusterPolicy: the policy of each MSK cluster.

Source:
    https://docs.aws.amazon.com/msk/1.0/apireference/clusters-clusterarn-policy.html
"""

from ingest.sources._resource_policies import OneByOne

NEEDS = ("kafka:ListClustersV2", "kafka:GetClusterPolicy")
SERVICE = "kafka"
LIST = "kafka/list-clusters-v2"
READ = "kafka/get-cluster-policy"
OPERATIONS = (LIST, READ)
FOLLOWS = {READ: LIST}
NO_POLICY = {READ: ("NotFoundException",)}
SCOPE = "regional"
WITHOUT = (
    "A question about a cluster is decided without its own policy, which is then a "
    "requirement; whom the policy names is not known."
)
_POLICIES = OneByOne(
    list=LIST,
    items="ClusterInfoList",
    read=READ,
    asks="ClusterArn=ClusterArn",
    policy="Policy",
    arn=("{request.ClusterArn}",),
)
get = _POLICIES.get
transform = _POLICIES.transform
