"""DescribeFileSystemPolicy: the policy of each EFS file system.

Source:
    https://docs.aws.amazon.com/efs/latest/APIReference/API_DescribeFileSystemPolicy.html
"""

from ingest.sources._resource_policies import OneByOne

NEEDS = ("elasticfilesystem:DescribeFileSystems", "elasticfilesystem:DescribeFileSystemPolicy")
SERVICE = "efs"
LIST = "efs/describe-file-systems"
READ = "efs/describe-file-system-policy"
OPERATIONS = (READ,)
AFTER = {READ: LIST}
NO_POLICY = {READ: ("PolicyNotFound",)}
SCOPE = "regional"
WITHOUT = (
    "A question about a file system is decided without its own policy, which is then a "
    "requirement; whom the policy names is not known."
)
_POLICIES = OneByOne(
    list=LIST,
    items="FileSystems",
    read=READ,
    asks="FileSystemId=FileSystemId",
    policy="Policy",
    arn=(
        "arn:{partition}:elasticfilesystem:{region}:{account}:file-system/{request.FileSystemId}",
    ),
    owns_list=False,
)
get = _POLICIES.get
transform = _POLICIES.transform
