"""GetDomainPermissionsPolicy, GetRepositoryPermissionsPolicy: who may use packages of CodeArtifact.

Source:
    https://docs.aws.amazon.com/codeartifact/latest/APIReference/API_GetDomainPermissionsPolicy.html
    https://docs.aws.amazon.com/codeartifact/latest/APIReference/API_GetRepositoryPermissionsPolicy.html
"""

from ingest.sources._resource_policies import OneByOne, Several

NEEDS = (
    "codeartifact:ListDomains",
    "codeartifact:GetDomainPermissionsPolicy",
    "codeartifact:ListRepositories",
    "codeartifact:GetRepositoryPermissionsPolicy",
)
SERVICE = "codeartifact"
DOMAINS = "codeartifact/list-domains"
DOMAIN = "codeartifact/get-domain-permissions-policy"
REPOSITORIES = "codeartifact/list-repositories"
REPOSITORY = "codeartifact/get-repository-permissions-policy"
OPERATIONS = (DOMAINS, DOMAIN, REPOSITORIES, REPOSITORY)
FOLLOWS = {DOMAIN: DOMAINS, REPOSITORY: REPOSITORIES}
NO_POLICY = {
    DOMAIN: ("ResourceNotFoundException",),
    REPOSITORY: ("ResourceNotFoundException",),
}
SCOPE = "regional"
WITHOUT = (
    "A question about a domain or a repository is decided without its own policy, which is then "
    "a requirement; whom the policy names is not known."
)
_ARNS = "arn:{partition}:codeartifact:{region}:{request.domainOwner}"
_POLICIES = Several(
    OneByOne(
        list=DOMAINS,
        items="domains",
        read=DOMAIN,
        asks="domain=name domainOwner=owner",
        policy="policy.document",
        arn=("{policy.resourceArn}", _ARNS + ":domain/{request.domain}"),
    ),
    OneByOne(
        list=REPOSITORIES,
        items="repositories",
        read=REPOSITORY,
        asks="domain=domainName domainOwner=domainOwner repository=name",
        policy="policy.document",
        arn=(
            "{policy.resourceArn}",
            _ARNS + ":repository/{request.domain}/{request.repository}",
        ),
    ),
)
get = _POLICIES.get
transform = _POLICIES.transform
