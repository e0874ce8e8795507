"""IAM Identity Center: permission sets, who is assigned them on which account, users and groups.

Source:
    https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListAccountAssignments.html
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from iam.model import Assignment, IdentityCenterGroup, IdentityCenterUser, PermissionSet
from ingest.draft import Draft, text
from ingest.reader import Page, Reader

NEEDS = (
    "sso:ListInstances",
    "sso:ListPermissionSets",
    "sso:DescribePermissionSet",
    "sso:ListAccountsForProvisionedPermissionSet",
    "sso:ListAccountAssignments",
    "identitystore:ListUsers",
    "identitystore:ListGroups",
    "identitystore:ListGroupMemberships",
)
SERVICE = "sso-admin"
INSTANCES = "sso-admin/list-instances"
SETS = "sso-admin/list-permission-sets"
SET = "sso-admin/describe-permission-set"
ACCOUNTS = "sso-admin/list-accounts-for-provisioned-permission-set"
ASSIGNMENTS = "sso-admin/list-account-assignments"
USERS = "identitystore/list-users"
GROUPS = "identitystore/list-groups"
MEMBERS = "identitystore/list-group-memberships"
OPERATIONS = (INSTANCES, SETS, SET, ACCOUNTS, ASSIGNMENTS, USERS, GROUPS, MEMBERS)
FOLLOWS = {
    SETS: INSTANCES,
    SET: SETS,
    ACCOUNTS: SETS,
    ASSIGNMENTS: ACCOUNTS,
    USERS: INSTANCES,
    GROUPS: INSTANCES,
    MEMBERS: GROUPS,
}
SCOPE = "regional"
WITHOUT = (
    "It is not known which people stand behind the roles `AWSReservedSSO_*`; who may enter "
    "those is then a requirement."
)


def get(reader: Reader) -> Iterator[Page]:
    """Instances, their permission sets and assignments, then the identity store's directory."""
    instances: list[str] = []
    stores: list[str] = []
    for page in reader.call(INSTANCES):
        for one in page.peek("Instances"):
            instances.append(text(one, "InstanceArn"))
            stores.append(text(one, "IdentityStoreId"))
        yield page
    sets: list[dict[str, Any]] = []
    for page in reader.each(SETS, [{"InstanceArn": arn} for arn in instances]):
        instance = text(page.request, "InstanceArn")
        sets += [
            {"InstanceArn": instance, "PermissionSetArn": arn}
            for arn in page.peek_texts("PermissionSets")
        ]
        yield page
    yield from reader.each(SET, sets)
    assigned: list[dict[str, Any]] = []
    for page in reader.each(ACCOUNTS, sets):
        assigned += [
            {**page.request, "AccountId": account} for account in page.peek_texts("AccountIds")
        ]
        yield page
    yield from reader.each(ASSIGNMENTS, assigned)
    yield from reader.each(USERS, [{"IdentityStoreId": store} for store in stores])
    groups: list[dict[str, Any]] = []
    for page in reader.each(GROUPS, [{"IdentityStoreId": store} for store in stores]):
        groups += [
            {
                "IdentityStoreId": text(group, "IdentityStoreId")
                or text(page.request, "IdentityStoreId"),
                "GroupId": text(group, "GroupId"),
            }
            for group in page.peek("Groups")
        ]
        yield page
    yield from reader.each(MEMBERS, groups)


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """Permission sets, assignments, and the directory; keys are ``<identity store id>/<id>``."""
    stores: dict[str, str] = {}
    for page in pages:
        if page.operation == INSTANCES:
            for item in page.items("Instances"):
                stores[text(item.value, "InstanceArn")] = text(item.value, "IdentityStoreId")
                if draft.assignments is None:
                    draft.assignments = {}
        elif page.operation == SETS:
            for arn in page.texts("PermissionSets"):
                _permission_set(arn, text(page.request, "InstanceArn"), "", page, draft)
        elif page.operation == SET:
            value = page.object("PermissionSet")
            if arn := text(value, "PermissionSetArn"):
                instance = text(page.request, "InstanceArn")
                _permission_set(arn, instance, text(value, "Name"), page, draft)
        elif page.operation == ASSIGNMENTS:
            _assignments(page, stores, draft)
        elif page.operation in (USERS, GROUPS, MEMBERS):
            _directory(page, draft)
        else:
            page.count("AccountIds")


def _permission_set(arn: str, instance: str, name: str, page: Page, draft: Draft) -> None:
    old = draft.permission_sets.get(arn)
    new = PermissionSet(arn=arn, name=name or arn.rpartition("/")[2], instance=instance)
    if old is None or name:
        draft.permission_sets[arn] = replace(new, place=page.place())


def _assignments(page: Page, stores: dict[str, str], draft: Draft) -> None:
    if draft.assignments is None:
        draft.assignments = {}
    store = stores.get(text(page.request, "InstanceArn"), "")
    if not store and len(stores) == 1:
        store = next(iter(stores.values()))
    if not store:
        page.state.gap(f"{page.place()}: the identity store of the instance is not known")
    for item in page.items("AccountAssignments"):
        value = item.value
        principal = text(value, "PrincipalId")
        draft.assignments[
            Assignment(
                account=text(value, "AccountId") or text(page.request, "AccountId"),
                permission_set=text(value, "PermissionSetArn")
                or text(page.request, "PermissionSetArn"),
                principal=f"{store}/{principal}",
                principal_type=text(value, "PrincipalType", "USER"),
            )
        ] = None


def _directory(page: Page, draft: Draft) -> None:
    asked = text(page.request, "IdentityStoreId")
    lists = {USERS: "Users", GROUPS: "Groups", MEMBERS: "GroupMemberships"}
    for item in page.items(lists[page.operation]):
        value = item.value
        store = text(value, "IdentityStoreId") or asked
        if not store:
            page.state.gap(f"{item.place}: there is no IdentityStoreId")
            continue
        if page.operation == USERS:
            key = f"{store}/{text(value, 'UserId')}"
            name = text(value, "UserName") or text(value, "DisplayName") or key
            draft.centre_users[key] = IdentityCenterUser(key=key, name=name)
        elif page.operation == GROUPS:
            key = f"{store}/{text(value, 'GroupId')}"
            name = text(value, "DisplayName") or key
            draft.centre_groups[key] = IdentityCenterGroup(key=key, name=name)
        else:
            member = value.get("MemberId")
            user = text(member, "UserId") if isinstance(member, dict) else ""
            group = text(value, "GroupId") or text(page.request, "GroupId")
            if user and group:
                held = draft.centre_memberships.setdefault(f"{store}/{user}", set())
                held.add(f"{store}/{group}")
            else:
                page.state.gap(f"{item.place}: there is no MemberId.UserId or no GroupId")
