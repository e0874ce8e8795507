"""AWS Organizations: the tree of an organization, its accounts, and its SCPs and RCPs.

Source:
    https://docs.aws.amazon.com/organizations/latest/APIReference/API_Operations.html
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from iam import arn as arns
from iam.model import Account, OrganizationalUnit, Policy, PolicyKind
from ingest.documents import decode
from ingest.draft import RCP, SCP, Draft, OrganizationDraft, text
from ingest.reader import Page, Reader

NEEDS = (
    "organizations:DescribeOrganization",
    "organizations:ListRoots",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListAccounts",
    "organizations:ListAccountsForParent",
    "organizations:ListPolicies",
    "organizations:DescribePolicy",
    "organizations:ListTargetsForPolicy",
    "organizations:ListDelegatedAdministrators",
    "organizations:ListDelegatedServicesForAccount",
)
SERVICE = "organizations"
DESCRIBE = "organizations/describe-organization"
ROOTS = "organizations/list-roots"
UNITS = "organizations/list-organizational-units-for-parent"
ACCOUNTS = "organizations/list-accounts"
ACCOUNTS_OF = "organizations/list-accounts-for-parent"
PARENTS = "organizations/list-parents"
POLICIES = "organizations/list-policies"
POLICY = "organizations/describe-policy"
TARGETS = "organizations/list-targets-for-policy"
POLICIES_OF = "organizations/list-policies-for-target"
ADMINISTRATORS = "organizations/list-delegated-administrators"
DELEGATED = "organizations/list-delegated-services-for-account"
OPERATIONS = (
    DESCRIBE,
    ROOTS,
    UNITS,
    ACCOUNTS,
    ACCOUNTS_OF,
    PARENTS,
    POLICIES,
    POLICY,
    TARGETS,
    POLICIES_OF,
    ADMINISTRATORS,
    DELEGATED,
)
FOLLOWS = {
    UNITS: ROOTS,
    ACCOUNTS: ROOTS,
    ACCOUNTS_OF: ROOTS,
    POLICIES: ROOTS,
    POLICY: POLICIES,
    TARGETS: POLICIES,
    DELEGATED: ADMINISTRATORS,
}
AFTER = {ROOTS: DESCRIBE}
SCOPE = "global"
WITHOUT = (
    "Which SCPs and RCPs bind an account is not known, nor what is inside and what is outside "
    "of the organization. Where nobody was asked, that is stated once as an assumption."
)
_KINDS = {SCP: PolicyKind.SCP, RCP: PolicyKind.RCP}


def get(reader: Reader) -> Iterator[Page]:
    """The organization from its root downwards, then its policies and where they are attached."""
    yield from reader.call(DESCRIBE)
    roots: list[dict[str, Any]] = []
    for page in reader.call(ROOTS):
        roots += page.peek("Roots")
        yield page
    level = [text(root, "Id") for root in roots]
    parents = list(level)
    while True:
        units: list[str] = []
        for page in reader.each(UNITS, [{"ParentId": parent} for parent in level]):
            units += [text(unit, "Id") for unit in page.peek("OrganizationalUnits")]
            yield page
        level = [unit for unit in units if unit and unit not in parents]
        parents += level
        if not level:
            break
    yield from reader.call(ACCOUNTS)
    yield from reader.each(ACCOUNTS_OF, [{"ParentId": parent} for parent in parents])
    yield from reader.each(PARENTS, [])
    policies: list[str] = []
    for page in reader.each(POLICIES, [{"Filter": kind} for kind in (SCP, RCP)] if roots else []):
        policies += [text(policy, "Id") for policy in page.peek("Policies")]
        yield page
    yield from reader.each(POLICY, [{"PolicyId": policy} for policy in policies])
    yield from reader.each(TARGETS, [{"PolicyId": policy} for policy in policies])
    yield from reader.each(POLICIES_OF, [])
    administrators: list[str] = []
    for page in reader.call(ADMINISTRATORS):
        administrators += [text(one, "Id") for one in page.peek("DelegatedAdministrators")]
        yield page
    yield from reader.each(DELEGATED, [{"AccountId": account} for account in administrators])


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """Whatever of the organization the pages say, in any order."""
    found = draft.organization
    readers = {
        DESCRIBE: _describe,
        ROOTS: _roots,
        UNITS: _units,
        ACCOUNTS: _accounts,
        ACCOUNTS_OF: _accounts,
        PARENTS: _parents,
        POLICIES: _policies,
        POLICY: _policy,
        TARGETS: _targets,
        POLICIES_OF: _policies_of,
        ADMINISTRATORS: _administrators,
        DELEGATED: _delegated,
    }
    for page in pages:
        if page.operation == DESCRIBE:
            _member(page, draft)
        readers[page.operation](page, found)


def _member(page: Page, draft: Draft) -> None:
    value = page.response.get("Organization")
    if isinstance(value, dict):
        draft.memberships[page.account] = text(value, "Id")


def _describe(page: Page, found: OrganizationDraft) -> None:
    value = page.object("Organization")
    if not value:
        return
    id = text(value, "Id")
    if found.id and id and id != found.id:
        raise page.fault(
            f"belongs to organization {id}, but {found.id} was read before it", "Organization", "Id"
        )
    found.id = id or found.id
    found.arn = text(value, "Arn") or found.arn
    found.feature_set = text(value, "FeatureSet") or found.feature_set
    found.management_account = (
        text(value, "MasterAccountId")
        or text(value, "ManagementAccountId")
        or found.management_account
    )


def _roots(page: Page, found: OrganizationDraft) -> None:
    for item in page.items("Roots"):
        id = text(item.value, "Id")
        if not id:
            page.state.gap(f"{item.place}: there is no Id")
            continue
        found.root = id
        arn = text(item.value, "Arn")
        found.units[id] = OrganizationalUnit(id=id, arn=arn, name=text(item.value, "Name", "Root"))
        parts = arn.partition(":root/")[2].split("/")
        found.id = found.id or parts[0]
        types = item.value.get("PolicyTypes")
        if isinstance(types, list):
            found.policy_types = {
                text(kind, "Type"): text(kind, "Status") for kind in types if isinstance(kind, dict)
            }
        else:
            page.state.gap(f"{item.place}: PolicyTypes is missing")


def _units(page: Page, found: OrganizationDraft) -> None:
    parent = page.asked("ParentId")
    for item in page.items("OrganizationalUnits"):
        if id := text(item.value, "Id"):
            found.units[id] = OrganizationalUnit(
                id=id,
                arn=text(item.value, "Arn"),
                name=text(item.value, "Name", id),
                parent=parent or None,
            )
        else:
            page.state.gap(f"{item.place}: there is no Id")


def _accounts(page: Page, found: OrganizationDraft) -> None:
    parent = ""
    if page.operation == ACCOUNTS_OF:
        parent = page.asked("ParentId")
        found.parents_read.add(parent)
    else:
        found.accounts_listed = True
    for item in page.items("Accounts"):
        id = text(item.value, "Id")
        if not arns.ACCOUNT_ID.fullmatch(id):
            page.state.gap(f"{item.place}: there is no account Id")
            continue
        found.accounts[id] = Account(
            id=id,
            partition=arns.partition_of(text(item.value, "Arn")),
            name=text(item.value, "Name"),
            status=text(item.value, "State") or text(item.value, "Status", "ACTIVE"),
        )
        if parent:
            found.parents[id] = parent


def _parents(page: Page, found: OrganizationDraft) -> None:
    child = page.asked("ChildId")
    for item in page.items("Parents"):
        parent = text(item.value, "Id")
        if child in found.units:
            found.units[child] = replace(found.units[child], parent=parent)
        elif child:
            found.parents.setdefault(child, parent)


def _summary(value: dict[str, Any], page: Page, place: str, found: OrganizationDraft) -> str:
    """Add a policy by its summary, its document not read yet; its ARN if it is an SCP or RCP."""
    arn = text(value, "Arn")
    kind = _KINDS.get(text(value, "Type"))
    if not arn or kind is None:
        if not arn:
            page.state.gap(f"{place}: there is no ARN")
        return ""
    found.policy_arns[text(value, "Id") or arn.rpartition("/")[2]] = arn
    found.policies.setdefault(
        arn,
        Policy(
            arn=arn,
            name=text(value, "Name") or text(value, "Id"),
            kind=kind,
            document=None,
            place=place,
            unique_id=text(value, "Id"),
            is_aws_managed=value.get("AwsManaged") is True,
        ),
    )
    return arn


def _policies(page: Page, found: OrganizationDraft) -> None:
    for item in page.items("Policies"):
        _summary(item.value, page, item.place, found)


def _policy(page: Page, found: OrganizationDraft) -> None:
    value = page.object("Policy")
    summary = value.get("PolicySummary")
    if not isinstance(summary, dict):
        page.state.gap(f"{page.place('Policy')}: there is no PolicySummary")
        return
    arn = _summary(summary, page, page.place("Policy"), found)
    if not arn:
        return
    decoded = decode(value.get("Content"))
    place = page.place("Policy", "Content")
    if decoded.problem:
        page.state.note(f"{place}: {decoded.problem}")
    found.policies[arn] = replace(
        found.policies[arn], document=decoded.document, raw=decoded.raw, place=place
    )


def _targets(page: Page, found: OrganizationDraft) -> None:
    id = page.asked("PolicyId")
    if not id:
        return
    arn = found.policy_arns.get(id, "")
    if not arn:
        page.state.gap(f"{page.place()}: policy {id} was not listed or described")
        return
    found.targets_read.add(arn)
    held = found.targets.setdefault(arn, set())
    for item in page.items("Targets"):
        if target := text(item.value, "TargetId"):
            held.add(target)
        else:
            page.state.gap(f"{item.place}: there is no TargetId")


def _policies_of(page: Page, found: OrganizationDraft) -> None:
    target = page.asked("TargetId")
    for item in page.items("Policies"):
        if arn := _summary(item.value, page, item.place, found):
            found.targets.setdefault(arn, set()).add(target)
    if kind := page.request.get("Filter"):
        found.policies_read_of.setdefault(str(kind), set()).add(target)


def _administrators(page: Page, found: OrganizationDraft) -> None:
    for item in page.items("DelegatedAdministrators"):
        if not any(account == text(item.value, "Id") for account, _ in found.delegated):
            found.delegated.add((text(item.value, "Id"), ""))


def _delegated(page: Page, found: OrganizationDraft) -> None:
    account = page.asked("AccountId")
    found.delegated.discard((account, ""))
    for item in page.items("DelegatedServices"):
        found.delegated.add((account, text(item.value, "ServicePrincipal")))
