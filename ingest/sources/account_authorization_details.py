"""GetAccountAuthorizationDetails: users, groups, roles and managed policies of one account.

Source:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from iam import arn as arns
from iam.errors import SourceFormatError
from iam.model import Group, Policy, PolicyKind, Role, User
from iam.policy import document_text
from ingest.documents import decode
from ingest.draft import Draft, add, tags_of, text, when
from ingest.layout import AUTHORIZATION_LISTS
from ingest.reader import Item, Page, Reader
from ingest.sources._profiles import add_profile

NEEDS = ("iam:GetAccountAuthorizationDetails",)
SERVICE = "iam"
OPERATIONS = ("iam/get-account-authorization-details",)
EXPECTED = OPERATIONS
SCOPE = "global"
WITHOUT = (
    "Nothing can be said of the account: its users, groups, roles and policies are not known, "
    "and other accounts that trust it or are trusted by it end in a requirement."
)

_FILTER = ("User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy")
_KNOWN_TOP = {*AUTHORIZATION_LISTS, "IsTruncated", "Marker", "NextToken", "ResponseMetadata"}
_KNOWN_ROLE = {
    "Path",
    "RoleName",
    "RoleId",
    "Arn",
    "CreateDate",
    "AssumeRolePolicyDocument",
    "InstanceProfileList",
    "RolePolicyList",
    "AttachedManagedPolicies",
    "PermissionsBoundary",
    "Tags",
    "RoleLastUsed",
    "Description",
    "MaxSessionDuration",
}
_KNOWN_USER = {
    "Path",
    "UserName",
    "UserId",
    "Arn",
    "CreateDate",
    "UserPolicyList",
    "GroupList",
    "AttachedManagedPolicies",
    "PermissionsBoundary",
    "Tags",
}


def get(reader: Reader) -> Iterator[Page]:
    """All pages, each with four lists."""
    yield from reader.call(OPERATIONS[0], {"Filter": list(_FILTER)})


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """Users, groups, roles, policies and the instance profiles that hold roles."""
    seen: set[str] = set()
    last: Page | None = None
    for page in pages:
        last = page
        seen |= page.response.keys()
        for item in page.items("UserDetailList"):
            _user(item, page, draft)
        for item in page.items("GroupDetailList"):
            _group(item, page, draft)
        for item in page.items("RoleDetailList"):
            _role(item, page, draft)
        for item in page.items("Policies"):
            _policy(item, page, draft)
    if last is None:
        return
    if not seen & set(AUTHORIZATION_LISTS):
        raise last.fault("none of " + ", ".join(AUTHORIZATION_LISTS) + " is there")
    draft.collected.setdefault(last.account, "aws")
    for key in AUTHORIZATION_LISTS:
        if key not in seen:
            last.state.gap(f"{key} is missing")
    if last.response.get("IsTruncated") is True or last.response.get("NextToken"):
        last.state.gap("the file ends before AWS's last page (IsTruncated)")
    for key in sorted(seen - _KNOWN_TOP):
        last.state.note(f"field {key} is not known")


def _no_arn(given: str) -> str:
    return f"not an ARN: `{given[:100]}`" if given else "there is no ARN"


def _arn(item: Item, page: Page, draft: Draft) -> str:
    """The entity's ARN; a gap when there is none, refused when it is another account's."""
    arn = text(item.value, "Arn")
    parsed = arns.parse(arn)
    if parsed is None:
        page.state.gap(f"{item.place}: {_no_arn(arn)}")
        return ""
    if parsed.account != page.account:
        steps = item.place.rpartition("#")[2]
        raise SourceFormatError(
            f"{page.name}#{steps}/Arn: belongs to account {parsed.account}, not to {page.account}",
            help="keep the answers of each account in a folder or file of its own",
        )
    draft.collected.setdefault(page.account, parsed.partition)
    return arn


def _inline(item: Item, key: str, owner: str, page: Page) -> tuple[Policy, ...]:
    found = item.value.get(key)
    if not found:
        return ()
    policies = []
    for index, one in enumerate(_objects(found, key, item, page)):
        name = text(one, "PolicyName")
        place = f"{item.place}/{key}/{index}/PolicyDocument"
        decoded = decode(one.get("PolicyDocument"))
        if decoded.problem:
            page.state.note(f"{place}: {decoded.problem}")
        policies.append(
            Policy(
                arn=f"{owner}#inline/{name}",
                name=name,
                kind=PolicyKind.INLINE,
                document=decoded.document,
                raw=decoded.raw,
                place=place,
                account=page.account,
            )
        )
    return tuple(policies)


def _objects(found: Any, key: str, item: Item, page: Page) -> Iterator[dict[str, Any]]:
    if not isinstance(found, list):
        page.state.gap(f"{item.place}/{key}: expected a list")
        return
    for index, one in enumerate(found):
        if isinstance(one, dict):
            yield one
        else:
            page.state.gap(f"{item.place}/{key}/{index}: expected an object")


def _attached(item: Item, page: Page) -> tuple[str, ...]:
    found = item.value.get("AttachedManagedPolicies")
    if not found:
        return ()
    held = []
    for index, one in enumerate(_objects(found, "AttachedManagedPolicies", item, page)):
        if arn := text(one, "PolicyArn"):
            held.append(arn)
        else:
            place = f"{item.place}/AttachedManagedPolicies/{index}"
            page.state.gap(f"{place}: there is no PolicyArn")
    return tuple(held)


def _boundary(item: Item, page: Page) -> str | None:
    found = item.value.get("PermissionsBoundary")
    if not found:
        return None
    arn = text(found, "PermissionsBoundaryArn") if isinstance(found, dict) else ""
    if not arn:
        page.state.gap(f"{item.place}/PermissionsBoundary: there is no PermissionsBoundaryArn")
    return arn or None


def _note_unknown(value: Mapping[str, Any], known: set[str], page: Page) -> None:
    if not value.keys() <= known:
        for key in sorted(value.keys() - known):
            page.state.note(f"field {key} is not known")
    if None in value.values():
        for key in sorted(k for k, v in value.items() if v is None):
            page.state.note(f"field {key} is null")


def _user(item: Item, page: Page, draft: Draft) -> None:
    value = item.value
    arn = _arn(item, page, draft)
    if not arn:
        return
    _note_unknown(value, _KNOWN_USER, page)
    groups = value.get("GroupList") or []
    if not isinstance(groups, list):
        page.state.gap(f"{item.place}/GroupList: expected a list")
        groups = []
    user = User(
        arn=arn,
        name=text(value, "UserName") or arn.rpartition("/")[2],
        account=page.account,
        unique_id=text(value, "UserId"),
        path=text(value, "Path", "/"),
        created=when(value, "CreateDate", page),
        tags=tags_of(value, page),
        inline=_inline(item, "UserPolicyList", arn, page),
        attached=_attached(item, page),
        boundary=_boundary(item, page),
        place=item.place,
    )
    add(draft.users, arn, user, page)
    draft.group_names[arn] = (tuple(g for g in groups if isinstance(g, str)), page)


def _group(item: Item, page: Page, draft: Draft) -> None:
    value = item.value
    arn = _arn(item, page, draft)
    if not arn:
        return
    group = Group(
        arn=arn,
        name=text(value, "GroupName") or arn.rpartition("/")[2],
        account=page.account,
        unique_id=text(value, "GroupId"),
        path=text(value, "Path", "/"),
        created=when(value, "CreateDate", page),
        inline=_inline(item, "GroupPolicyList", arn, page),
        attached=_attached(item, page),
        place=item.place,
    )
    add(draft.groups, arn, group, page)


def _role(item: Item, page: Page, draft: Draft) -> None:
    value = item.value
    arn = _arn(item, page, draft)
    if not arn:
        return
    _note_unknown(value, _KNOWN_ROLE, page)
    profiles = []
    for index, one in enumerate(
        _objects(value.get("InstanceProfileList") or [], "InstanceProfileList", item, page)
    ):
        place = f"{item.place}/InstanceProfileList/{index}"
        if held := add_profile(one, place, page, draft, holds=arn):
            profiles.append(held)
    used = value.get("RoleLastUsed")
    used = used if isinstance(used, dict) else {}
    seconds = value.get("MaxSessionDuration")
    role = Role(
        arn=arn,
        name=text(value, "RoleName") or arn.rpartition("/")[2],
        account=page.account,
        unique_id=text(value, "RoleId"),
        path=text(value, "Path", "/"),
        created=when(value, "CreateDate", page),
        description=text(value, "Description"),
        tags=tags_of(value, page),
        trust=_trust(item, arn, page),
        inline=_inline(item, "RolePolicyList", arn, page),
        attached=_attached(item, page),
        boundary=_boundary(item, page),
        instance_profiles=tuple(profiles),
        max_session_seconds=seconds if isinstance(seconds, int) else None,
        last_used=when(used, "LastUsedDate", page),
        last_used_region=text(used, "Region"),
        last_used_known=isinstance(value.get("RoleLastUsed"), dict),
        place=item.place,
    )
    add(draft.roles, arn, role, page)


def _trust(item: Item, arn: str, page: Page) -> Policy | None:
    key = "AssumeRolePolicyDocument"
    place = f"{item.place}/{key}"
    if item.value.get(key) is None:
        page.state.gap(f"{place}: there is no trust policy")
        return None
    decoded = decode(item.value[key])
    if decoded.problem:
        page.state.note(f"{place}: {decoded.problem}")
    return Policy(
        arn=f"{arn}#trust",
        name="trust policy",
        kind=PolicyKind.TRUST,
        document=decoded.document,
        raw=decoded.raw,
        place=place,
        account=page.account,
    )


def _policy(item: Item, page: Page, draft: Draft) -> None:
    value = item.value
    arn = text(value, "Arn")
    parsed = arns.parse(arn)
    if parsed is None:
        page.state.gap(f"{item.place}: {_no_arn(arn)}")
        return
    managed_by_aws = parsed.account == "aws"
    if not managed_by_aws and not _arn(item, page, draft):
        return
    default = text(value, "DefaultVersionId")
    versions = list(_objects(value.get("PolicyVersionList") or [], "PolicyVersionList", item, page))
    chosen = next((i for i, v in enumerate(versions) if v.get("IsDefaultVersion") is True), None)
    if chosen is None and default:
        ids = [v.get("VersionId") for v in versions]
        chosen = ids.index(default) if default in ids else None
    if chosen is not None and default and versions[chosen].get("VersionId") != default:
        page.state.note(f"{item.place}: DefaultVersionId is not the version marked as default")
    document: Any = None
    raw = ""
    place = item.place
    if chosen is None:
        page.state.gap(f"{item.place}: the default version is not there")
    else:
        place = f"{item.place}/PolicyVersionList/{chosen}/Document"
        decoded = decode(versions[chosen].get("Document"))
        document, raw = decoded.document, decoded.raw
        if decoded.problem:
            page.state.note(f"{place}: {decoded.problem}")
        default = text(versions[chosen], "VersionId") or default
    policy = Policy(
        arn=arn,
        name=text(value, "PolicyName") or arn.rpartition("/")[2],
        kind=PolicyKind.MANAGED,
        document=document,
        version=default,
        raw=raw,
        place=place,
        unique_id=text(value, "PolicyId"),
        path=text(value, "Path", "/"),
        account="" if managed_by_aws else page.account,
        is_aws_managed=managed_by_aws,
        attachment_count=None if managed_by_aws else _count(value, "AttachmentCount"),
        boundary_usage_count=None
        if managed_by_aws
        else _count(value, "PermissionsBoundaryUsageCount"),
        versions=tuple(text(v, "VersionId") for v in versions),
        older=()
        if managed_by_aws
        else tuple(
            (text(v, "VersionId"), document_text(decode(v["Document"]).document))
            for i, v in enumerate(versions)
            if i != chosen and v.get("Document") is not None
        ),
        description="" if managed_by_aws else text(value, "Description"),
        tags=tags_of(value, page),
    )
    if managed_by_aws:
        _add_aws_managed(policy, draft)
    else:
        add(draft.policies, arn, policy, page)


def _add_aws_managed(policy: Policy, draft: Draft) -> None:
    """Accounts that were read at different times may show different versions; the newest counts."""
    old = draft.policies.get(policy.arn)
    newer = old is not None and _number(policy.version) > _number(old.version)
    fills = old is None or (old.document is None and policy.document is not None)
    if fills or (newer and policy.document is not None):
        draft.policies[policy.arn] = policy


def _number(version: str) -> int:
    return int(version[1:]) if version[1:].isdecimal() else 0


def _count(value: Mapping[str, Any], key: str) -> int | None:
    found = value.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else None
