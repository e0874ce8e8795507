"""DescribeIdentityPool: whether an identity pool lets guests in, and whether by its basic flow.

Source:
    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_DescribeIdentityPool.html
"""

from collections.abc import Iterable, Iterator

from iam.model import Workload
from ingest.draft import Draft, text
from ingest.reader import Page, Reader
from ingest.sources._workloads import put_workload

NEEDS = ("cognito-identity:ListIdentityPools", "cognito-identity:DescribeIdentityPool")
SERVICE = "cognito-identity"
LIST = "cognito-identity/list-identity-pools"
POOL = "cognito-identity/describe-identity-pool"
OPERATIONS = (POOL,)
AFTER = {POOL: LIST}
SCOPE = "regional"
WITHOUT = "Whether a Cognito identity pool lets guests in, or allows its basic flow, is not known."
_FACTS = (
    ("guests", "AllowUnauthenticatedIdentities"),
    ("basicFlow", "AllowClassicFlow"),
)


def get(reader: Reader) -> Iterator[Page]:
    """Each pool that is listed; another source counts the list."""
    pools = [
        {"IdentityPoolId": text(pool, "IdentityPoolId")}
        for page in reader.call(LIST, {"MaxResults": 60})
        for pool in page.peek("IdentityPools")
    ]
    yield from reader.each(POOL, pools)


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """A workload without a role per pool, with what the pool says of itself."""
    for page in pages:
        pool = text(page.response, "IdentityPoolId")
        if not pool:
            page.state.gap(f"{page.place()}: there is no IdentityPoolId")
            continue
        page.state.items += 1
        partition = draft.partition_of(page.account)
        home = f"arn:{partition}:cognito-identity:{page.region}:{page.account}"
        put_workload(
            draft,
            Workload(
                arn=f"{home}:identitypool/{pool}",
                type="AWS::Cognito::IdentityPool",
                account=page.account,
                region=page.region,
                service="cognito-identity.amazonaws.com",
                role="",
                place=page.place(),
                facts=tuple(
                    (name, str(page.response[field]).lower())
                    for name, field in _FACTS
                    if isinstance(page.response.get(field), bool)
                ),
            ),
        )
