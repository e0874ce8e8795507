"""GetRegistryPolicy: who may replicate images into the ECR registry, one in each Region.

Source:
    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetRegistryPolicy.html
"""

from collections.abc import Iterable, Iterator

from ingest.draft import Draft
from ingest.reader import Page, Reader
from ingest.sources._resource_policies import add_read

NEEDS = ("ecr:GetRegistryPolicy",)
SERVICE = "ecr"
READ = "ecr/get-registry-policy"
OPERATIONS = (READ,)
NO_POLICY = {READ: ("RegistryPolicyNotFoundException",)}
SCOPE = "regional"
WITHOUT = "Whom the policy of the registry names is not known."
# AWS gives a registry no ARN: this one says where it is.
_ARN = ("arn:{partition}:ecr:{region}:{account}:registry",)


def get(reader: Reader) -> Iterator[Page]:
    """The registry's own policy; repositories have theirs."""
    yield from reader.each(READ, [{}])


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """A resource policy for the registry, also where there is none."""
    for page in pages:
        add_read(draft, page, _ARN, "policyText")
