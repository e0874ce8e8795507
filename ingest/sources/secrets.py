"""GetResourcePolicy: the policy of each secret of Secrets Manager; never what is in it.

Source:
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetResourcePolicy.html
"""

from ingest.sources._resource_policies import OneByOne

NEEDS = ("secretsmanager:ListSecrets", "secretsmanager:GetResourcePolicy")
SERVICE = "secretsmanager"
LIST = "secretsmanager/list-secrets"
READ = "secretsmanager/get-resource-policy"
OPERATIONS = (LIST, READ)
FOLLOWS = {READ: LIST}
SCOPE = "regional"
WITHOUT = (
    "A question about a secret is decided without its own policy, which is then a "
    "requirement; whom the policy names is not known."
)
_POLICIES = OneByOne(
    list=LIST,
    items="SecretList",
    read=READ,
    asks="SecretId=ARN",
    policy="ResourcePolicy",
    arn=("{ARN}", "{request.SecretId}"),
)
get = _POLICIES.get
transform = _POLICIES.transform
