"""Made-up organizations of any size, as snapshot folders in AWS's own JSON.

Every role carries what real roles carry: a trust of one of the usual forms (the account, a named
role, another account, a service, everyone of the organization, MFA, an external id), inline
policies with exact, patterned and star resources, and for some a boundary. Nothing is random: the
same numbers give the same bytes.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ALLOW_ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def account_id(number: int) -> str:
    """A twelve-digit account id."""
    return f"{100000000000 + number}"


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _trust(number: int, accounts: int, roles: int, at: int) -> dict[str, Any]:
    account = account_id(at)
    foreign = account_id((at + 1 + number % 3) % accounts)
    statement: dict[str, Any] = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    form = number % 8
    if form == 0:
        statement["Principal"] = {"AWS": f"arn:aws:iam::{account}:root"}
    elif form in (1, 2):
        statement["Principal"] = {"AWS": f"arn:aws:iam::{account}:role/role-{(number * 7) % roles}"}
    elif form == 3:
        statement["Principal"] = {"AWS": f"arn:aws:iam::{foreign}:root"}
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": f"id-{number}"}}
    elif form in (4, 5):
        statement["Principal"] = {"Service": "lambda.amazonaws.com"}
    elif form == 6:
        statement["Principal"] = {"AWS": f"arn:aws:iam::{account}:root"}
        statement["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    else:
        statement["Principal"] = {"AWS": f"arn:aws:iam::{foreign}:role/role-{(number * 3) % roles}"}
    return _document(statement)


def _policies(number: int, accounts: int, roles: int, at: int) -> list[dict[str, Any]]:
    account = account_id(at)
    foreign = account_id((at + 1 + number % 3) % accounts)
    reads = {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*", "ec2:Describe*"], "Resource": "*"}
    statements: list[dict[str, Any]] = [reads]
    assume = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    form = number % 10
    if form == 0:
        statements.append(
            {**assume, "Resource": f"arn:aws:iam::{account}:role/role-{(number * 8) % roles}"}
        )
    elif form == 1:
        statements.append(
            {**assume, "Resource": f"arn:aws:iam::{foreign}:role/role-{number % roles}"}
        )
    elif form == 2 and number % 40 == 2:
        statements.append({**assume, "Resource": f"arn:aws:iam::{account}:role/role-1*"})
    elif number % 199 == 3:
        statements.append({"Effect": "Allow", "Action": "*", "Resource": "*"})
    return [{"PolicyName": "own", "PolicyDocument": _document(*statements)}]


def role(number: int, accounts: int, roles: int, at: int) -> dict[str, Any]:
    """One role as ``RoleDetailList`` holds it."""
    account = account_id(at)
    name = f"role-{number}"
    detail: dict[str, Any] = {
        "Path": "/",
        "RoleName": name,
        "RoleId": f"AROA{at:06d}{number:07d}XXXX",
        "Arn": f"arn:aws:iam::{account}:role/{name}",
        "CreateDate": "2024-03-01T09:00:00+00:00",
        "AssumeRolePolicyDocument": _trust(number, accounts, roles, at),
        "InstanceProfileList": [],
        "RolePolicyList": _policies(number, accounts, roles, at),
        "AttachedManagedPolicies": [],
        "Tags": [{"Key": "team", "Value": f"team-{number % 9}"}],
        "RoleLastUsed": {},
    }
    if number % 25 == 4:
        boundary = f"arn:aws:iam::{account}:policy/boundary"
        detail["PermissionsBoundary"] = {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": boundary,
        }
    return detail


def details(accounts: int, roles: int, at: int) -> dict[str, Any]:
    """The authorization details of one account."""
    account = account_id(at)
    return {
        "UserDetailList": [
            {
                "Path": "/",
                "UserName": f"user-{n}",
                "UserId": f"AIDA{at:06d}{n:07d}XXXX",
                "Arn": f"arn:aws:iam::{account}:user/user-{n}",
                "CreateDate": "2024-03-01T09:00:00+00:00",
                "UserPolicyList": _policies(n, accounts, roles, at),
                "GroupList": [],
                "AttachedManagedPolicies": [],
                "Tags": [],
            }
            for n in range(max(1, roles // 10))
        ],
        "GroupDetailList": [],
        "RoleDetailList": [role(n, accounts, roles, at) for n in range(roles)],
        "Policies": [
            {
                "PolicyName": "boundary",
                "PolicyId": f"ANPA{at:06d}0000000XXXX",
                "Arn": f"arn:aws:iam::{account}:policy/boundary",
                "Path": "/",
                "DefaultVersionId": "v1",
                "AttachmentCount": 0,
                "PermissionsBoundaryUsageCount": roles // 25,
                "IsAttachable": True,
                "CreateDate": "2024-03-01T09:00:00+00:00",
                "UpdateDate": "2024-03-01T09:00:00+00:00",
                "PolicyVersionList": [
                    {
                        "Document": _document(
                            {"Effect": "Allow", "Action": ["s3:*", "sts:*"], "Resource": "*"}
                        ),
                        "VersionId": "v1",
                        "IsDefaultVersion": True,
                        "CreateDate": "2024-03-01T09:00:00+00:00",
                    }
                ],
            }
        ],
    }


def write(folder: Path, accounts: int, roles: int) -> int:
    """Write an organization as a snapshot folder; the number of bytes written."""
    size = 0
    for path, content in _files(accounts, roles):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        size += target.write_text(content, encoding="utf-8")
    return size


def _files(accounts: int, roles: int) -> Iterator[tuple[str, str]]:
    for at in range(accounts):
        yield (
            f"{account_id(at)}/global/iam/get-account-authorization-details.json",
            json.dumps(details(accounts, roles, at)),
        )
    home = f"{account_id(0)}/global/organizations"
    arn = f"arn:aws:organizations::{account_id(0)}"
    organization = {"Id": "o-bench00001", "Arn": f"{arn}:organization/o-bench00001"}
    organization.update({"MasterAccountId": account_id(0), "FeatureSet": "ALL"})
    yield f"{home}/describe-organization.json", json.dumps({"Organization": organization})
    kinds = [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]
    root = {"Id": "r-be01", "Arn": f"{arn}:root/o-bench00001/r-be01", "Name": "Root"}
    yield f"{home}/list-roots.json", json.dumps({"Roots": [{**root, "PolicyTypes": kinds}]})
    members = [
        {
            "Id": account_id(n),
            "Arn": f"{arn}:account/o-bench00001/{account_id(n)}",
            "Name": f"account-{n}",
            "Status": "ACTIVE",
        }
        for n in range(accounts)
    ]
    yield (
        f"{home}/list-accounts-for-parent.jsonl",
        _line({"ParentId": "r-be01"}, {"Accounts": members}),
    )
    yield (
        f"{home}/list-organizational-units-for-parent.jsonl",
        _line({"ParentId": "r-be01"}, {"OrganizationalUnits": []}),
    )
    full = {
        "Id": "p-FullAWSAccess",
        "Arn": "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess",
    }
    summary = {
        **full,
        "Name": "FullAWSAccess",
        "Type": "SERVICE_CONTROL_POLICY",
        "AwsManaged": True,
    }
    yield (
        f"{home}/list-policies.jsonl",
        _line({"Filter": "SERVICE_CONTROL_POLICY"}, {"Policies": [summary]}),
    )
    yield (
        f"{home}/describe-policy.jsonl",
        _line(
            {"PolicyId": full["Id"]},
            {"Policy": {"PolicySummary": summary, "Content": json.dumps(ALLOW_ALL)}},
        ),
    )
    targets = [{"TargetId": "r-be01", "Type": "ROOT", "Name": "Root", "Arn": root["Arn"]}]
    targets += [
        {"TargetId": m["Id"], "Type": "ACCOUNT", "Name": m["Name"], "Arn": m["Arn"]}
        for m in members
    ]
    yield (
        f"{home}/list-targets-for-policy.jsonl",
        _line({"PolicyId": full["Id"]}, {"Targets": targets}),
    )


def _line(request: dict[str, Any], response: dict[str, Any]) -> str:
    return json.dumps({"request": request, "response": response}) + "\n"
