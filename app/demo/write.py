"""Writes the demo organization's snapshot folder; two runs write the same bytes.

``python -m app.demo.write`` after a change of ``story.py``; a test says when it was forgotten.
"""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from app.demo import folder, story
from app.demo.shapes import Account, Json, hexadecimal, unique_id
from app.demo.story import (
    HOME,
    ORGANIZATION,
    REGIONS,
    ROOT,
    SECOND,
    TAKEN_AT,
    UNIT_ABOVE,
    UNITS,
    management,
    production,
    role_arn,
    security,
    shared,
    staging,
)

Lines = list[Json]
INSTANCE = "arn:aws:sso:::instance/ssoins-72239f1c8a4e5b60"
STORE = "d-9367a1b2c3"
PERMISSION_SETS = ("AdministratorAccess", "ReadOnlyAccess", "Developer", "Billing")
_ORGANIZATION_ARN = f"arn:aws:organizations::{management.id}"


class Folder:
    """A snapshot on its way to the disk: every answer, and its line of coverage."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        self.coverage: list[Json] = []

    def answer(self, account: Account, region: str, key: str, content: Any, items: int) -> None:
        """One answer, as ``aws <service> <operation> --output json`` prints it."""
        self.files[f"{account.id}/{region}/{key}.json"] = (
            json.dumps(content, indent=4, ensure_ascii=False) + "\n"
        )
        self._seen(account, region, key, items, 1)

    def lines(
        self, account: Account, region: str, key: str, calls: Iterable[tuple[Json, Json]]
    ) -> None:
        """Many calls of one operation."""
        rows = [json.dumps({"request": r, "response": a}, ensure_ascii=False) for r, a in calls]
        self.files[f"{account.id}/{region}/{key}.jsonl"] = "".join(f"{row}\n" for row in rows)
        self._seen(account, region, key, len(rows), len(rows))

    def refused(self, account: Account, region: str, key: str, action: str) -> None:
        """An answer that AWS would not give."""
        service, _, operation = key.partition("/")
        self.coverage.append(
            {
                "account": account.id,
                "region": region,
                "service": service,
                "operation": operation,
                "status": "denied",
                "pages": 0,
                "items": 0,
                "error_code": "AccessDeniedException",
                "missing_action": action,
                "taken_at": TAKEN_AT,
            }
        )

    def _seen(self, account: Account, region: str, key: str, items: int, pages: int) -> None:
        service, _, operation = key.partition("/")
        self.coverage.append(
            {
                "account": account.id,
                "region": region,
                "service": service,
                "operation": operation,
                "status": "complete",
                "pages": pages,
                "items": items,
                "taken_at": TAKEN_AT,
            }
        )


def contents() -> dict[str, str]:
    """Every file of the snapshot folder: relative path → text."""
    if not management.roles:
        story.tell()
    found = Folder()
    aws = story.aws_policies()
    for account in story.ACCOUNTS:
        _iam(found, account, aws)
    _organization(found)
    _sign_on(found)
    _workloads(found)
    _resource_policies(found)
    taken = TAKEN_AT.replace("-", "").replace(":", "")
    found.files["snapshot.json"] = _pretty(
        {
            "format": 1,
            "id": f"{taken}-{hexadecimal('larkspur', 6)}",
            "taken_at": TAKEN_AT,
            "tool": "rolepath 0.1.0",
            "collector": f"arn:aws:sts::{management.id}:assumed-role/collector/rolepath",
            "accounts": [account.id for account in story.ACCOUNTS],
        }
    )
    ledger = sorted(
        found.coverage, key=lambda c: (c["account"], c["region"], c["service"], c["operation"])
    )
    found.files["coverage.jsonl"] = "".join(json.dumps(line) + "\n" for line in ledger)
    return dict(sorted(found.files.items()))


def write(target: Path) -> int:
    """Replace the folder by what ``contents`` says; gives the number of files."""
    files = contents()
    if target.exists():
        shutil.rmtree(target)
    for name, text in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return len(files)


def _pretty(content: Any) -> str:
    return json.dumps(content, indent=4, ensure_ascii=False) + "\n"


# --- IAM ----------------------------------------------------------------------------------------


def _iam(found: Folder, account: Account, aws: dict[str, Json]) -> None:
    fresh = {arn: dict(policy) for arn, policy in aws.items()}
    details = account.details(fresh)
    items = sum(len(part) for part in details.values())
    found.answer(account, "global", "iam/get-account-authorization-details", details, items)
    found.answer(account, "global", "iam/list-roles", account.listing(), len(account.roles))
    profiles = [account.profiles[name] for name in sorted(account.profiles)]
    found.answer(
        account,
        "global",
        "iam/list-instance-profiles",
        {"InstanceProfiles": profiles},
        len(profiles),
    )
    saml = [
        {
            "Arn": account.arn("saml-provider", name),
            "ValidUntil": "2123-02-14T09:30:00+00:00",
            "CreateDate": "2023-02-14T09:30:00+00:00",
        }
        for name in sorted(account.saml)
    ]
    found.answer(
        account, "global", "iam/list-saml-providers", {"SAMLProviderList": saml}, len(saml)
    )
    oidc = [{"Arn": account.arn("oidc-provider", host)} for host in sorted(account.oidc)]
    found.answer(
        account,
        "global",
        "iam/list-open-id-connect-providers",
        {"OpenIDConnectProviderList": oidc},
        len(oidc),
    )
    if oidc:
        found.lines(
            account,
            "global",
            "iam/get-open-id-connect-provider",
            (
                (
                    {"OpenIDConnectProviderArn": account.arn("oidc-provider", host)},
                    {
                        "Url": host,
                        "ClientIDList": clients,
                        "ThumbprintList": [hexadecimal(host, 40)],
                        "CreateDate": "2024-05-21T08:12:30+00:00",
                        "Tags": [],
                    },
                )
                for host, clients in sorted(account.oidc.items())
            ),
        )
    found.answer(
        account,
        "global",
        "iam/list-account-aliases",
        {"AccountAliases": [f"larkspur-{account.name}"]},
        1,
    )
    report = account.credential_report(TAKEN_AT)
    found.answer(account, "global", "iam/get-credential-report", report, len(account.users))
    found.answer(
        account,
        "global",
        "account/list-regions",
        {
            "Regions": [
                {"RegionName": region, "RegionOptStatus": "ENABLED_BY_DEFAULT"}
                for region in REGIONS
            ]
        },
        len(REGIONS),
    )


# --- AWS Organizations --------------------------------------------------------------------------


def _organization(found: Folder) -> None:
    described = {
        "Organization": {
            "Id": ORGANIZATION,
            "Arn": f"{_ORGANIZATION_ARN}:organization/{ORGANIZATION}",
            "FeatureSet": "ALL",
            "MasterAccountArn": f"{_ORGANIZATION_ARN}:account/{ORGANIZATION}/{management.id}",
            "MasterAccountId": management.id,
            "MasterAccountEmail": f"{management.name}@larkspur.example",
            "AvailablePolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
        }
    }
    for account in story.ACCOUNTS:
        found.answer(account, "global", "organizations/describe-organization", described, 1)
    root = {
        "Id": ROOT,
        "Arn": f"{_ORGANIZATION_ARN}:root/{ORGANIZATION}/{ROOT}",
        "Name": "Root",
        "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
    }
    found.answer(management, "global", "organizations/list-roots", {"Roots": [root]}, 1)
    parents = [ROOT, *UNITS.values()]
    listed = [_account(account) for account in story.ACCOUNTS]
    found.answer(management, "global", "organizations/list-accounts", {"Accounts": listed}, 6)
    found.lines(
        management,
        "global",
        "organizations/list-organizational-units-for-parent",
        (({"ParentId": parent}, {"OrganizationalUnits": _units(parent)}) for parent in parents),
    )
    found.lines(
        management,
        "global",
        "organizations/list-accounts-for-parent",
        (
            (
                {"ParentId": parent},
                {
                    "Accounts": [
                        _account(a) for a in story.ACCOUNTS if UNITS.get(a.unit, ROOT) == parent
                    ]
                },
            )
            for parent in parents
        ),
    )
    policies = story.service_control_policies()
    summaries = {id: _summary(id, name, said) for id, (name, said, _, _) in policies.items()}
    found.lines(
        management,
        "global",
        "organizations/list-policies",
        [({"Filter": "SERVICE_CONTROL_POLICY"}, {"Policies": list(summaries.values())})],
    )
    found.lines(
        management,
        "global",
        "organizations/describe-policy",
        (
            (
                {"PolicyId": id},
                {"Policy": {"PolicySummary": summaries[id], "Content": json.dumps(content)}},
            )
            for id, (_, _, content, _) in policies.items()
        ),
    )
    found.lines(
        management,
        "global",
        "organizations/list-targets-for-policy",
        (
            ({"PolicyId": id}, {"Targets": [_target(target) for target in targets]})
            for id, (_, _, _, targets) in policies.items()
        ),
    )
    found.answer(
        management,
        "global",
        "organizations/list-delegated-administrators",
        {
            "DelegatedAdministrators": [
                {
                    **_account(security),
                    "DelegationEnabledDate": "2023-03-01T10:00:00+00:00",
                }
            ]
        },
        1,
    )
    found.lines(
        management,
        "global",
        "organizations/list-delegated-services-for-account",
        [
            (
                {"AccountId": security.id},
                {
                    "DelegatedServices": [
                        {
                            "ServicePrincipal": "guardduty.amazonaws.com",
                            "DelegationEnabledDate": "2023-03-01T10:00:00+00:00",
                        }
                    ]
                },
            )
        ],
    )


def _account(account: Account) -> Json:
    return {
        "Id": account.id,
        "Arn": f"{_ORGANIZATION_ARN}:account/{ORGANIZATION}/{account.id}",
        "Email": f"{account.name}@larkspur.example",
        "Name": account.name,
        "Status": "ACTIVE",
        "JoinedMethod": "INVITED" if account is management else "CREATED",
        "JoinedTimestamp": "2023-02-14T09:30:00+00:00",
    }


def _unit_arn(id: str) -> str:
    return f"{_ORGANIZATION_ARN}:ou/{ORGANIZATION}/{id}"


def _units(parent: str) -> list[Json]:
    return [
        {"Id": id, "Arn": _unit_arn(id), "Name": name}
        for name, id in UNITS.items()
        if UNITS.get(UNIT_ABOVE.get(name, ""), ROOT) == parent
    ]


def _summary(id: str, name: str, said: str) -> Json:
    owner = "arn:aws:organizations::aws" if id == "p-FullAWSAccess" else _ORGANIZATION_ARN
    place = "policy" if id == "p-FullAWSAccess" else f"policy/{ORGANIZATION}"
    return {
        "Id": id,
        "Arn": f"{owner}:{place}/service_control_policy/{id}",
        "Name": name,
        "Description": said,
        "Type": "SERVICE_CONTROL_POLICY",
        "AwsManaged": id == "p-FullAWSAccess",
    }


def _target(id: str) -> Json:
    for name, unit in UNITS.items():
        if unit == id:
            return {
                "TargetId": id,
                "Arn": _unit_arn(id),
                "Name": name,
                "Type": "ORGANIZATIONAL_UNIT",
            }
    for account in story.ACCOUNTS:
        if account.id == id:
            arn = f"{_ORGANIZATION_ARN}:account/{ORGANIZATION}/{id}"
            return {"TargetId": id, "Arn": arn, "Name": account.name, "Type": "ACCOUNT"}
    arn = f"{_ORGANIZATION_ARN}:root/{ORGANIZATION}/{ROOT}"
    return {"TargetId": ROOT, "Arn": arn, "Name": "Root", "Type": "ROOT"}


# --- IAM Identity Center ------------------------------------------------------------------------

SIGN_ON_GROUPS = {
    "cloud-admins": ("olga.hansen", "tara.okafor"),
    "engineers": ("amina.diallo", "bruno.costa", "dana.levi", "kira.sato"),
    "auditors": ("ines.ferreira", "noah.berg"),
    "finance": ("rosa.lind",),
}
ASSIGNED = {
    "AdministratorAccess": ("cloud-admins", tuple(a.id for a in story.ACCOUNTS)),
    "ReadOnlyAccess": ("auditors", tuple(a.id for a in story.ACCOUNTS)),
    "Developer": ("engineers", (staging.id,)),
    "Billing": ("finance", (management.id, production.id)),
}


def _uuid(seed: str) -> str:
    digits = hexadecimal(seed, 32)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _permission_set(name: str) -> str:
    return f"arn:aws:sso:::permissionSet/{INSTANCE.rpartition('/')[2]}/ps-{hexadecimal(name, 16)}"


def _sign_on(found: Folder) -> None:
    instance = {
        "InstanceArn": INSTANCE,
        "IdentityStoreId": STORE,
        "OwnerAccountId": management.id,
        "CreatedDate": "2023-02-20T10:00:00+00:00",
        "Status": "ACTIVE",
    }
    found.answer(management, HOME, "sso-admin/list-instances", {"Instances": [instance]}, 1)
    sets = {name: _permission_set(name) for name in PERMISSION_SETS}
    found.lines(
        management,
        HOME,
        "sso-admin/list-permission-sets",
        [({"InstanceArn": INSTANCE}, {"PermissionSets": list(sets.values())})],
    )
    asked = {name: {"InstanceArn": INSTANCE, "PermissionSetArn": arn} for name, arn in sets.items()}
    found.lines(
        management,
        HOME,
        "sso-admin/describe-permission-set",
        (
            (
                asked[name],
                {
                    "PermissionSet": {
                        "Name": name,
                        "PermissionSetArn": arn,
                        "CreatedDate": "2023-02-20T10:05:00+00:00",
                        "SessionDuration": "PT8H",
                    }
                },
            )
            for name, arn in sets.items()
        ),
    )
    found.lines(
        management,
        HOME,
        "sso-admin/list-accounts-for-provisioned-permission-set",
        ((asked[name], {"AccountIds": list(ASSIGNED[name][1])}) for name in sets),
    )
    found.lines(
        management,
        HOME,
        "sso-admin/list-account-assignments",
        (
            (
                {**asked[name], "AccountId": account},
                {
                    "AccountAssignments": [
                        {
                            "AccountId": account,
                            "PermissionSetArn": sets[name],
                            "PrincipalType": "GROUP",
                            "PrincipalId": _uuid(ASSIGNED[name][0]),
                        }
                    ]
                },
            )
            for name in sets
            for account in ASSIGNED[name][1]
        ),
    )
    people = sorted({name for members in SIGN_ON_GROUPS.values() for name in members})
    store = {"IdentityStoreId": STORE}
    found.lines(
        management,
        HOME,
        "identitystore/list-users",
        [
            (
                store,
                {
                    "Users": [
                        {
                            "UserName": f"{name}@larkspur.example",
                            "UserId": _uuid(name),
                            "DisplayName": name.replace(".", " ").title(),
                            "IdentityStoreId": STORE,
                        }
                        for name in people
                    ]
                },
            )
        ],
    )
    found.lines(
        management,
        HOME,
        "identitystore/list-groups",
        [
            (
                store,
                {
                    "Groups": [
                        {"GroupId": _uuid(name), "DisplayName": name, "IdentityStoreId": STORE}
                        for name in SIGN_ON_GROUPS
                    ]
                },
            )
        ],
    )
    found.lines(
        management,
        HOME,
        "identitystore/list-group-memberships",
        (
            (
                {**store, "GroupId": _uuid(name)},
                {
                    "GroupMemberships": [
                        {
                            "IdentityStoreId": STORE,
                            "MembershipId": _uuid(f"{name}/{member}"),
                            "GroupId": _uuid(name),
                            "MemberId": {"UserId": _uuid(member)},
                        }
                        for member in members
                    ]
                },
            )
            for name, members in SIGN_ON_GROUPS.items()
        ),
    )


# --- what runs with roles -----------------------------------------------------------------------

FUNCTIONS = {
    management.id: ("billing-export",),
    story.identity.id: ("password-sync", "directory-sync"),
    security.id: ("guardduty-triage", "secrets-rotator"),
    shared.id: (),
    staging.id: (
        "orders-worker",
        "checkout-worker",
        "payments-worker",
        "feature-flags",
        "preview-environments",
        "mail-catcher",
    ),
    production.id: (
        "orders-worker",
        "checkout-worker",
        "payments-worker",
        "log-shipper",
        "fraud-check",
        "dns-failover",
    ),
}
INSTANCES = {
    shared.id: {"build-host": 1},
    staging.id: {"storefront-web": 1},
    production.id: {"storefront-web": 2},
}
BUILDS = {
    shared.id: ("terraform-runner", "image-builder", "artifact-publisher"),
    staging.id: ("load-tester", "test-runner"),
}
UNSEEN = {
    (production.id, SECOND, "lambda/list-functions"): "lambda:ListFunctions",
    (production.id, SECOND, "autoscaling/describe-auto-scaling-groups"): (
        "autoscaling:DescribeAutoScalingGroups"
    ),
}


def _workloads(found: Folder) -> None:
    for account in story.ACCOUNTS:
        for region in REGIONS:
            home = region == HOME
            answers: dict[str, dict[str, list[Any]]] = {
                "lambda/list-functions": {"Functions": _functions(account, region) if home else []},
                "ec2/describe-instances": {
                    "Reservations": _reservations(account, region) if home else []
                },
                "ecs/list-clusters": {
                    "clusterArns": [_cluster(account, region)] if home and _shops(account) else []
                },
                "ecs/list-task-definitions": {
                    "taskDefinitionArns": [_task(account, region)]
                    if home and _shops(account)
                    else []
                },
                "autoscaling/describe-auto-scaling-groups": {
                    "AutoScalingGroups": _scaling(account, region)
                    if home and account is production
                    else []
                },
                "elb/describe-load-balancers": {"LoadBalancerDescriptions": []},
                "elbv2/describe-load-balancers": {
                    "LoadBalancers": _balancers(account, region)
                    if home and account is production
                    else []
                },
                "rds/describe-db-instances": {
                    "DBInstances": _databases(account, region)
                    if home and account is production
                    else []
                },
                "rds/describe-db-clusters": {"DBClusters": []},
            }
            for key, answer in answers.items():
                action = UNSEEN.get((account.id, region, key))
                if action:
                    found.refused(account, region, key, action)
                else:
                    found.answer(account, region, key, answer, len(next(iter(answer.values()))))
        if _shops(account):
            _tasks(found, account)
        _builds(found, account)
    _flows(found)


def _shops(account: Account) -> bool:
    return account in (staging, production)


def _functions(account: Account, region: str) -> list[Json]:
    return [
        {
            "FunctionName": name,
            "FunctionArn": f"arn:aws:lambda:{region}:{account.id}:function:{name}",
            "Runtime": "python3.13",
            "Role": role_arn(account, name),
            "Handler": "app.handler",
            "CodeSize": 18234,
            "Description": "",
            "Timeout": 30,
            "MemorySize": 256,
            "LastModified": "2026-09-14T12:01:33.000+0000",
            "Version": "$LATEST",
            "PackageType": "Zip",
            "Architectures": ["arm64"],
        }
        for name in FUNCTIONS[account.id]
    ]


def _reservations(account: Account, region: str) -> list[Json]:
    found = []
    for profile, count in INSTANCES.get(account.id, {}).items():
        arn = account.arn("instance-profile", profile)
        for number in range(count):
            seed = f"{account.id}/{profile}/{number}"
            found.append(
                {
                    "ReservationId": f"r-{hexadecimal('r' + seed, 17)}",
                    "OwnerId": account.id,
                    "Groups": [],
                    "Instances": [
                        {
                            "InstanceId": f"i-{hexadecimal(seed, 17)}",
                            "ImageId": "ami-0c1f8e27a94d6b350",
                            "InstanceType": "m7g.large",
                            "LaunchTime": "2026-08-03T05:12:44+00:00",
                            "Placement": {"AvailabilityZone": f"{region}a"},
                            "State": {"Code": 16, "Name": "running"},
                            "IamInstanceProfile": {"Arn": arn, "Id": unique_id("AIPA", arn)},
                            "Tags": [{"Key": "Name", "Value": f"{profile}-{number + 1}"}],
                        }
                    ],
                }
            )
    return found


def _cluster(account: Account, region: str) -> str:
    return f"arn:aws:ecs:{region}:{account.id}:cluster/storefront"


def _task(account: Account, region: str) -> str:
    return f"arn:aws:ecs:{region}:{account.id}:task-definition/storefront:41"


def _tasks(found: Folder, account: Account) -> None:
    arn = _task(account, HOME)
    found.lines(
        account,
        HOME,
        "ecs/describe-task-definition",
        [
            (
                {"taskDefinition": arn},
                {
                    "taskDefinition": {
                        "taskDefinitionArn": arn,
                        "family": "storefront",
                        "revision": 41,
                        "status": "ACTIVE",
                        "taskRoleArn": role_arn(account, "storefront-task"),
                        "executionRoleArn": role_arn(account, "storefront-task-execution"),
                        "networkMode": "awsvpc",
                        "requiresCompatibilities": ["FARGATE"],
                        "cpu": "512",
                        "memory": "1024",
                        "containerDefinitions": [],
                    },
                    "tags": [],
                },
            )
        ],
    )


def _scaling(account: Account, region: str) -> list[Json]:
    name = "storefront"
    linked = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    return [
        {
            "AutoScalingGroupName": name,
            "AutoScalingGroupARN": (
                f"arn:aws:autoscaling:{region}:{account.id}:autoScalingGroup:"
                f"{_uuid('asg')}:autoScalingGroupName/{name}"
            ),
            "MinSize": 2,
            "MaxSize": 6,
            "DesiredCapacity": 2,
            "AvailabilityZones": [f"{region}a", f"{region}b"],
            "Instances": [],
            "CreatedTime": "2025-01-15T09:00:00+00:00",
            "ServiceLinkedRoleARN": f"arn:aws:iam::{account.id}:{linked}",
        }
    ]


def _balancers(account: Account, region: str) -> list[Json]:
    return [
        {
            "LoadBalancerArn": (
                f"arn:aws:elasticloadbalancing:{region}:{account.id}:loadbalancer/app/storefront/"
                f"{hexadecimal('balancer', 16)}"
            ),
            "LoadBalancerName": "storefront",
            "Scheme": "internet-facing",
            "Type": "application",
            "State": {"Code": "active"},
        }
    ]


def _databases(account: Account, region: str) -> list[Json]:
    return [
        {
            "DBInstanceIdentifier": "orders",
            "DBInstanceArn": f"arn:aws:rds:{region}:{account.id}:db:orders",
            "DBInstanceClass": "db.r7g.large",
            "Engine": "postgres",
            "DBInstanceStatus": "available",
            "MonitoringInterval": 60,
            "MonitoringRoleArn": role_arn(account, "database-monitoring"),
            "AssociatedRoles": [],
        }
    ]


def _builds(found: Folder, account: Account) -> None:
    names = BUILDS.get(account.id, ())
    if not names:
        return
    found.answer(account, HOME, "codebuild/list-projects", {"projects": list(names)}, len(names))
    found.lines(
        account,
        HOME,
        "codebuild/batch-get-projects",
        [
            (
                {"names": list(names)},
                {
                    "projects": [
                        {
                            "name": name,
                            "arn": f"arn:aws:codebuild:{HOME}:{account.id}:project/{name}",
                            "serviceRole": role_arn(account, name),
                            "created": "2024-06-03T10:00:00+00:00",
                        }
                        for name in names
                    ],
                    "projectsNotFound": [],
                },
            )
        ],
    )


def _flows(found: Folder) -> None:
    machine = f"arn:aws:states:{HOME}:{production.id}:stateMachine:order-pipeline"
    leaving = f"arn:aws:states:{HOME}:{story.identity.id}:stateMachine:user-offboarding"
    for account, arn in ((production, machine), (story.identity, leaving)):
        name = arn.rpartition(":")[2]
        held = {"stateMachineArn": arn, "name": name, "type": "STANDARD"}
        found.answer(
            account, HOME, "stepfunctions/list-state-machines", {"stateMachines": [held]}, 1
        )
        found.lines(
            account,
            HOME,
            "stepfunctions/describe-state-machine",
            [
                (
                    {"stateMachineArn": arn},
                    {**held, "status": "ACTIVE", "roleArn": role_arn(account, name)},
                )
            ],
        )
    schedule = f"arn:aws:scheduler:{HOME}:{production.id}:schedule/default/nightly-close"
    listed = {"Arn": schedule, "Name": "nightly-close", "GroupName": "default", "State": "ENABLED"}
    found.answer(production, HOME, "scheduler/list-schedules", {"Schedules": [listed]}, 1)
    found.lines(
        production,
        HOME,
        "scheduler/get-schedule",
        [
            (
                {"Name": "nightly-close", "GroupName": "default"},
                {
                    "Arn": schedule,
                    "Name": "nightly-close",
                    "ScheduleExpression": "cron(30 0 * * ? *)",
                    "Target": {"Arn": machine, "RoleArn": role_arn(production, "nightly-close")},
                },
            )
        ],
    )
    for account in (staging, production):
        job = {"Name": "daily-report", "Role": role_arn(account, "reporting-etl")}
        found.answer(account, HOME, "glue/get-jobs", {"Jobs": [job]}, 1)


def _resource_policies(found: Folder) -> None:
    bucket = "larkspur-orders"
    found.answer(
        production,
        "global",
        "s3/list-buckets",
        {"Buckets": [{"Name": bucket, "CreationDate": "2023-03-01T08:00:00+00:00"}]},
        1,
    )
    said = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "OrdersWorkerWrites",
                "Effect": "Allow",
                "Principal": {"AWS": role_arn(production, "orders-worker")},
                "Action": "s3:PutObject",
                "Resource": f"arn:aws:s3:::{bucket}/*",
            }
        ],
    }
    found.lines(
        production,
        "global",
        "s3/get-bucket-policy",
        [({"Bucket": bucket}, {"Policy": json.dumps(said)})],
    )


if __name__ == "__main__":
    write(folder())
