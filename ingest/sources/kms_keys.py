"""KMS keys: the policy of each key, and the grants that let principals use it without a policy.

Source:
    https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html
    https://docs.aws.amazon.com/kms/latest/APIReference/API_ListGrants.html
"""

import json
from collections.abc import Iterable, Iterator

from iam import arn as arns
from iam.model import Grant
from ingest.draft import Draft, text
from ingest.reader import Item, Page, Reader
from ingest.sources._asking import arn_of, pairs, requests_of
from ingest.sources._resource_policies import add_resource_policy

NEEDS = ("kms:ListKeys", "kms:GetKeyPolicy", "kms:ListGrants")
SERVICE = "kms"
LIST = "kms/list-keys"
POLICY = "kms/get-key-policy"
GRANTS = "kms/list-grants"
OPERATIONS = (LIST, POLICY, GRANTS)
FOLLOWS = {POLICY: LIST, GRANTS: LIST}
SCOPE = "regional"
WITHOUT = (
    "A question about a key is decided without its key policy, which is then a requirement; the "
    "grants that a role holds on keys, and that are lost with it, are not known."
)
_ARNS = ("{request.KeyId}", "arn:{partition}:kms:{region}:{account}:key/{request.KeyId}")


def get(reader: Reader) -> Iterator[Page]:
    """The keys, AWS's own among them, then the policy and the grants of each."""
    listed = []
    for page in reader.call(LIST):
        listed.append(page)
        yield page
    wanted = requests_of(pairs("KeyId=KeyArn"), listed, "Keys")
    yield from reader.each(POLICY, [{**request, "PolicyName": "default"} for request in wanted])
    yield from reader.each(GRANTS, wanted)


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """A resource policy per key, and its grants."""
    for page in pages:
        if page.operation == LIST:
            page.count("Keys")
            continue
        found = (arn_of(pattern, {}, page, draft) for pattern in _ARNS)
        key = next((arn for arn in found if arns.parse(arn) is not None), "")
        if page.operation == GRANTS:
            for item in page.items("Grants"):
                _grant(item, key, page, draft)
        elif key:
            page.state.items += 1
            add_resource_policy(draft, page, key, page.response.get("Policy"))
        else:
            page.state.gap(f"{page.place()}: the saved answer does not say its KeyId")


def _grant(item: Item, key: str, page: Page, draft: Draft) -> None:
    value = item.value
    id = text(value, "GrantId")
    named = text(value, "KeyId")
    key = named if arns.parse(named) is not None else key
    if not (id and key):
        page.state.gap(f"{item.place}: there is no GrantId or no key")
        return
    operations = value.get("Operations")
    constraints = value.get("Constraints")
    arn = f"{key}#grant/{id}"
    draft.grants[arn] = Grant(
        arn=arn,
        name=text(value, "Name"),
        key=key,
        account=page.account,
        region=page.region,
        grantee=text(value, "GranteePrincipal") or text(value, "GranteeServicePrincipal"),
        retiring=text(value, "RetiringPrincipal") or text(value, "RetiringServicePrincipal"),
        operations=tuple(o for o in operations if isinstance(o, str))
        if isinstance(operations, list)
        else (),
        constraints=json.dumps(constraints, sort_keys=True) if constraints else "",
        place=item.place,
    )
