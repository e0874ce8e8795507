"""GetRepositoryPolicy: the policy of each ECR repository.

Source:
    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetRepositoryPolicy.html
"""

from ingest.sources._resource_policies import OneByOne

NEEDS = ("ecr:DescribeRepositories", "ecr:GetRepositoryPolicy")
SERVICE = "ecr"
LIST = "ecr/describe-repositories"
READ = "ecr/get-repository-policy"
OPERATIONS = (LIST, READ)
FOLLOWS = {READ: LIST}
NO_POLICY = {READ: ("RepositoryPolicyNotFoundException",)}
SCOPE = "regional"
WITHOUT = (
    "A question about a repository is decided without its own policy, which is then a "
    "requirement; whom the policy names is not known."
)
_POLICIES = OneByOne(
    list=LIST,
    items="repositories",
    read=READ,
    asks="repositoryName=repositoryName",
    policy="policyText",
    arn=("arn:{partition}:ecr:{region}:{account}:repository/{request.repositoryName}",),
)
get = _POLICIES.get
transform = _POLICIES.transform
