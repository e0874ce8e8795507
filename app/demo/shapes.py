"""What an account holds, put into the words of AWS's own responses.

Source:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

_IDS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_FOUNDED = "2023-02-14T09:30:00+00:00"
# What every answer of IAM says of a role.
_OF_ROLE = ("Path", "RoleName", "RoleId", "Arn", "CreateDate", "AssumeRolePolicyDocument")


def unique_id(prefix: str, arn: str) -> str:
    """A unique id of 21 characters, the same for the same ARN.

    Example:
        >>> len(unique_id("AROA", "arn:aws:iam::111111111111:role/x"))
        21
    """
    digest = hashlib.sha256(arn.encode()).digest()
    return prefix + "".join(_IDS[byte % 32] for byte in digest[:17])


def hexadecimal(seed: str, length: int) -> str:
    """Hexadecimal digits, the same for the same seed."""
    return hashlib.sha256(seed.encode()).hexdigest()[:length]


def allow(
    actions: str | Sequence[str], resources: str | Sequence[str] = "*", sid: str = "", **more: Any
) -> Json:
    """An Allow statement of an identity policy; ``more`` are further elements."""
    return _statement("Allow", sid, Action=actions, Resource=resources, **more)


def deny(
    actions: str | Sequence[str], resources: str | Sequence[str] = "*", sid: str = "", **more: Any
) -> Json:
    """A Deny statement of an identity policy or a service control policy."""
    return _statement("Deny", sid, Action=actions, Resource=resources, **more)


def trusts(
    kind: str,
    who: str | Sequence[str],
    condition: Json | None = None,
    action: str | Sequence[str] = "sts:AssumeRole",
    sid: str = "",
) -> Json:
    """A statement of a trust policy."""
    more = {"Condition": condition} if condition else {}
    return _statement("Allow", sid, Principal={kind: who}, Action=action, **more)


def service(*names: str) -> Json:
    """A trust statement for AWS services, named without their common ending."""
    full = [f"{name}.amazonaws.com" for name in names]
    return trusts("Service", full[0] if len(full) == 1 else full)


def document(*statements: Json) -> Json:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _statement(effect: str, sid: str, **elements: Any) -> Json:
    found: Json = {"Sid": sid} if sid else {}
    found["Effect"] = effect
    for key, value in elements.items():
        found[key] = list(value) if isinstance(value, tuple) else value
    return found


@dataclass
class Account:
    """One account while it is being written."""

    id: str
    name: str
    unit: str
    roles: dict[str, Json] = field(default_factory=dict)
    extras: dict[str, tuple[int, str]] = field(default_factory=dict)
    users: dict[str, Json] = field(default_factory=dict)
    credentials: dict[str, tuple[bool, bool, bool]] = field(default_factory=dict)
    groups: dict[str, Json] = field(default_factory=dict)
    policies: dict[str, Json] = field(default_factory=dict)
    profiles: dict[str, Json] = field(default_factory=dict)
    saml: list[str] = field(default_factory=list)
    oidc: dict[str, list[str]] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """ARN that stands for the account."""
        return f"arn:aws:iam::{self.id}:root"

    def arn(self, kind: str, name: str, path: str = "/") -> str:
        """ARN of a role, user, group, policy or provider of this account."""
        return f"arn:aws:iam::{self.id}:{kind}{path}{name}"

    def role(
        self,
        name: str,
        *statements: Json,
        path: str = "/",
        attached: Sequence[str] = (),
        inline: Mapping[str, Json] | None = None,
        boundary: str = "",
        used: str = "",
        region: str = "eu-west-1",
        created: str = _FOUNDED,
        description: str = "",
        tags: Mapping[str, str] | None = None,
        hours: int = 1,
        profile: str = "",
    ) -> str:
        """Add a role; gives its ARN. ``used`` is its last use, empty when AWS shows none."""
        arn = self.arn("role", name, path)
        trust = document(*statements)
        role: Json = {
            "Path": path,
            "RoleName": name,
            "RoleId": unique_id("AROA", arn),
            "Arn": arn,
            "CreateDate": created,
            "AssumeRolePolicyDocument": trust,
            "InstanceProfileList": [],
            "RolePolicyList": _inline(inline),
            "AttachedManagedPolicies": [_attached(policy) for policy in attached],
            "Tags": [{"Key": key, "Value": value} for key, value in (tags or {}).items()],
            "RoleLastUsed": {"LastUsedDate": used, "Region": region} if used else {},
        }
        if boundary:
            role["PermissionsBoundary"] = _boundary(boundary)
        if profile:
            role["InstanceProfileList"].append(self._profile(profile, role))
        self.roles[name] = role
        self.extras[name] = (hours * 3600, description)
        return arn

    def _profile(self, name: str, role: Json) -> Json:
        arn = self.arn("instance-profile", name)
        held = {key: role[key] for key in _OF_ROLE}
        profile: Json = {
            "Path": "/",
            "InstanceProfileName": name,
            "InstanceProfileId": unique_id("AIPA", arn),
            "Arn": arn,
            "CreateDate": role["CreateDate"],
            "Roles": [held],
        }
        self.profiles[name] = profile
        return profile

    def user(
        self,
        name: str,
        groups: Sequence[str] = (),
        *,
        attached: Sequence[str] = (),
        inline: Mapping[str, Json] | None = None,
        password: bool = True,
        key: bool = False,
        mfa: bool = True,
        created: str = _FOUNDED,
        tags: Mapping[str, str] | None = None,
    ) -> str:
        """Add a user; gives its ARN."""
        arn = self.arn("user", name)
        user: Json = {
            "Path": "/",
            "UserName": name,
            "UserId": unique_id("AIDA", arn),
            "Arn": arn,
            "CreateDate": created,
            "GroupList": list(groups),
            "AttachedManagedPolicies": [_attached(policy) for policy in attached],
            "Tags": [{"Key": key, "Value": value} for key, value in (tags or {}).items()],
        }
        if inline:
            user["UserPolicyList"] = _inline(inline)
        self.users[name] = user
        self.credentials[name] = (password, key, mfa)
        return arn

    def group(
        self, name: str, attached: Sequence[str] = (), inline: Mapping[str, Json] | None = None
    ) -> None:
        """Add a group."""
        arn = self.arn("group", name)
        self.groups[name] = {
            "Path": "/",
            "GroupName": name,
            "GroupId": unique_id("AGPA", arn),
            "Arn": arn,
            "CreateDate": _FOUNDED,
            "GroupPolicyList": _inline(inline),
            "AttachedManagedPolicies": [_attached(policy) for policy in attached],
        }

    def policy(self, name: str, *versions: Json, path: str = "/") -> str:
        """Add a customer managed policy, oldest version first; the newest is the default."""
        arn = self.arn("policy", name, path)
        self.policies[arn] = managed(arn, *versions)
        return arn

    def details(self, aws: Mapping[str, Json]) -> Json:
        """The answer of ``iam get-account-authorization-details``."""
        policies = {arn: dict(policy) for arn, policy in self.policies.items()}
        holders = [*self.users.values(), *self.groups.values(), *self.roles.values()]
        for holder in holders:
            for one in holder["AttachedManagedPolicies"]:
                arn = one["PolicyArn"]
                policies.setdefault(arn, dict(aws.get(arn, {})))
                policies[arn]["AttachmentCount"] += 1
            boundary = holder.get("PermissionsBoundary")
            if boundary:
                policies[boundary["PermissionsBoundaryArn"]]["PermissionsBoundaryUsageCount"] += 1
        return {
            "UserDetailList": _by_name(self.users),
            "GroupDetailList": _by_name(self.groups),
            "RoleDetailList": _by_name(self.roles),
            "Policies": [policies[arn] for arn in sorted(policies)],
        }

    def listing(self) -> Json:
        """The answer of ``iam list-roles``, which lacks policies and last use."""
        roles = []
        for name, role in sorted(self.roles.items()):
            seconds, description = self.extras[name]
            listed = {key: role[key] for key in _OF_ROLE}
            if description:
                listed["Description"] = description
            listed["MaxSessionDuration"] = seconds
            roles.append(listed)
        return {"Roles": roles}

    def credential_report(self, taken_at: str) -> Json:
        """The answer of ``iam get-credential-report``: who has a password, keys and MFA."""
        columns = (
            "user,arn,user_creation_time,password_enabled,password_last_used,mfa_active,"
            "access_key_1_active,access_key_1_last_used_date,access_key_2_active"
        )
        rows = [
            columns,
            f"<root_account>,{self.root},{_FOUNDED},not_supported,N/A,true,false,N/A,false",
        ]
        for name, (password, key, mfa) in sorted(self.credentials.items()):
            user = self.users[name]
            rows.append(
                f"{name},{user['Arn']},{user['CreateDate']},{_word(password)},no_information,"
                f"{_word(mfa)},{_word(key)},N/A,false"
            )
        return {
            "Content": base64.b64encode("\n".join(rows).encode()).decode(),
            "ReportFormat": "text/csv",
            "GeneratedTime": taken_at,
        }


def managed(arn: str, *versions: Json) -> Json:
    """A managed policy as the authorization details show it."""
    newest = len(versions)
    return {
        "PolicyName": arn.rpartition("/")[2],
        "PolicyId": unique_id("ANPA", arn),
        "Arn": arn,
        "Path": "/" + arn.partition(":policy/")[2].rpartition("/")[0].strip("/") + "/"
        if "/" in arn.partition(":policy/")[2]
        else "/",
        "DefaultVersionId": f"v{newest}",
        "AttachmentCount": 0,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": _FOUNDED,
        "UpdateDate": _FOUNDED,
        "PolicyVersionList": [
            {
                "Document": versions[number - 1],
                "VersionId": f"v{number}",
                "IsDefaultVersion": number == newest,
                "CreateDate": _FOUNDED,
            }
            for number in range(newest, 0, -1)
        ],
    }


def _by_name(found: Mapping[str, Json]) -> list[Json]:
    return [found[name] for name in sorted(found)]


def _inline(found: Mapping[str, Json] | None) -> list[Json]:
    return [
        {"PolicyName": name, "PolicyDocument": content} for name, content in (found or {}).items()
    ]


def _attached(arn: str) -> Json:
    return {"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn}


def _boundary(arn: str) -> Json:
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}


def _word(value: bool) -> str:
    return "true" if value else "false"
