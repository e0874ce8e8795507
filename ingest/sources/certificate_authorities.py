"""GetPolicy: the policy of each private certificate authority.

Source:
    https://docs.aws.amazon.com/privateca/latest/APIReference/API_GetPolicy.html
"""

from ingest.sources._resource_policies import OneByOne

NEEDS = ("acm-pca:ListCertificateAuthorities", "acm-pca:GetPolicy")
SERVICE = "acm-pca"
LIST = "acm-pca/list-certificate-authorities"
READ = "acm-pca/get-policy"
OPERATIONS = (LIST, READ)
FOLLOWS = {READ: LIST}
NO_POLICY = {READ: ("ResourceNotFoundException",)}
SCOPE = "regional"
WITHOUT = (
    "A question about an authority is decided without its own policy, which is then a "
    "requirement; whom the policy names is not known."
)
_POLICIES = OneByOne(
    list=LIST,
    items="CertificateAuthorities",
    read=READ,
    asks="ResourceArn=Arn",
    policy="Policy",
    arn=("{request.ResourceArn}",),
)
get = _POLICIES.get
transform = _POLICIES.transform
