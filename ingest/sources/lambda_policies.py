"""GetPolicy: who may call a Lambda function by the function's own policy.

Source:
    https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html
"""

from ingest.sources._resource_policies import OneByOne

NEEDS = ("lambda:ListFunctions", "lambda:GetPolicy")
SERVICE = "lambda"
LIST = "lambda/list-functions"
READ = "lambda/get-policy"
OPERATIONS = (READ,)
AFTER = {READ: LIST}
NO_POLICY = {READ: ("ResourceNotFoundException",)}
SCOPE = "regional"
WITHOUT = (
    "A question about a function is decided without its own policy, which is then a "
    "requirement; whom the policy names is not known."
)
_POLICIES = OneByOne(
    list=LIST,
    items="Functions",
    read=READ,
    asks="FunctionName=FunctionArn",
    policy="Policy",
    arn=(
        "{request.FunctionName}",
        "arn:{partition}:lambda:{region}:{account}:function:{request.FunctionName}",
    ),
    owns_list=False,
)
get = _POLICIES.get
transform = _POLICIES.transform
