"""DescribeDomain: the access policy of each OpenSearch domain, and the role of its sign-in page.

Source:
    https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DescribeDomain.html
"""

from collections.abc import Iterable, Iterator

from ingest.draft import Draft, text
from ingest.reader import Page, Reader
from ingest.sources._asking import pairs, requests_of
from ingest.sources._resource_policies import add_resource_policy
from ingest.sources._workloads import add_workload, values_at

NEEDS = ("es:ListDomainNames", "es:DescribeDomain")
SERVICE = "opensearch"
LIST = "opensearch/list-domain-names"
READ = "opensearch/describe-domain"
OPERATIONS = (LIST, READ)
FOLLOWS = {READ: LIST}
SCOPE = "regional"
WITHOUT = (
    "A question about a domain is decided without its own policy, which is then a requirement; "
    "domains are missing among what breaks when a role goes."
)


def get(reader: Reader) -> Iterator[Page]:
    """The domains, then each one."""
    listed = []
    for page in reader.call(LIST):
        listed.append(page)
        yield page
    yield from reader.each(READ, requests_of(pairs("DomainName=DomainName"), listed, "DomainNames"))


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """A resource policy per domain, and a workload where Cognito signs people in."""
    for page in pages:
        if page.operation == LIST:
            page.count("DomainNames")
            continue
        value = page.object("DomainStatus")
        arn = text(value, "ARN")
        if not arn:
            page.state.gap(f"{page.place('DomainStatus')}: there is no ARN")
            continue
        # AWS writes an empty text where a domain has no access policy.
        document = value.get("AccessPolicies") or None
        place = page.place("DomainStatus", "AccessPolicies")
        add_resource_policy(draft, page, arn, document, place=place)
        add_workload(
            draft,
            page,
            page.place("DomainStatus"),
            arn=arn,
            type="AWS::OpenSearchService::Domain",
            service="opensearchservice.amazonaws.com",
            roles=values_at(value, "CognitoOptions.RoleArn"),
        )
