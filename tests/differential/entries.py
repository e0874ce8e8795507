"""Who comes without keys of AWS comes by a pod, a certificate, a provider or an assignment.

Each theme is a way to a role or to a key, with the facts that open or close it: what a service is
configured with, what a pool hands out, who is assigned, which grants a key has.

Source:
    https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html
    https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html
    https://docs.aws.amazon.com/cognito/latest/developerguide/role-trust-and-permissions.html
    https://docs.aws.amazon.com/singlesignon/latest/userguide/using-service-linked-roles.html
    https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
"""

import json
from typing import Any

from hypothesis import strategies as st

from iam.model import (
    Assignment,
    Coverage,
    Grant,
    IdentityCenterGroup,
    IdentityCenterUser,
    OidcProvider,
    PermissionSet,
    Workload,
)
from tests.differential.dice import pick, sometimes

THEMES = (
    "general",
    "operators",
    "grants",
    "shares",
    "anywhere",
    "general",
    "pods",
    "operators",
    "cognito",
    "centre",
    "general",
    "claims",
    "grants",
    "operators",
    "shares",
    "general",
    "anywhere",
    "linked",
    "operators",
    "cognito",
    "general",
    "grants",
    "pods",
    "shares",
    "centre",
)
"""What a case is about; so many short searches, a theme each, reach everything."""
PODS = "pods.eks.amazonaws.com"
ANYWHERE = "rolesanywhere.amazonaws.com"
COGNITO = "cognito-identity.amazonaws.com"
EKS = "oidc.eks.eu-west-1.amazonaws.com/id/ABC"
GITHUB = "token.actions.githubusercontent.com"
POOLS = (
    "eu-west-1:12345678-1234-4234-8234-123456789abc",
    "eu-west-1:22345678-1234-4234-8234-123456789abc",
    "us-east-1:32345678-1234-4234-8234-123456789abc",
)
KEY_CALLS = ("kms:Decrypt", "kms:Decrypt", "kms:DescribeKey", "kms:CreateGrant")
PERSON, TEAM = "d-1/u-1", "d-1/g-1"
SIGN_ON_PATH = "/aws-reserved/sso.amazonaws.com/"
SIGN_ON_ROLE = "AWSReservedSSO_Admin_0123456789abcdef"


def anchor(account: str, number: int) -> str:
    """ARN of a trust anchor."""
    return f"arn:aws:rolesanywhere:eu-west-1:{account}:trust-anchor/t{number}"


def string_keys(theme: str, account: str) -> dict[str, list[Any]]:
    """Keys that a theme's callers bring, the most telling first, with values worth asking for."""
    if theme == "grants":
        return {
            "kms:EncryptionContext:Dept": ["IT", "it", "I*"],
            "kms:ViaService": ["s3.eu-west-1.amazonaws.com"],
        }
    if theme == "pods":
        return {
            "aws:RequestTag/kubernetes-namespace": ["ns", "other", "n*"],
            "aws:RequestTag/kubernetes-service-account": ["sa", "sb"],
            "aws:RequestTag/eks-cluster-name": ["c1", "c2"],
            "aws:RequestTag/eks-cluster-arn": [
                f"arn:aws:eks:eu-west-1:{account}:cluster/c1",
                f"arn:aws:eks:*:{account}:cluster/*",
            ],
            "aws:RequestTag/kubernetes-pod-name": ["p1"],
            "aws:RequestTag/team": ["x"],
            "aws:SourceAccount": [account, "222222222222"],
            "aws:PrincipalTag/kubernetes-namespace": ["ns"],
        }
    if theme == "anywhere":
        return {
            "aws:SourceArn": [anchor(account, 1), anchor(account, 2), anchor(account, 3)],
            "aws:SourceAccount": [account, "222222222222"],
            "aws:PrincipalTag/x509Subject/CN": ["web", "w*"],
            "aws:PrincipalTag/x509SAN/DNS": ["web.example.com"],
            "aws:PrincipalTag/team": ["x"],
            "sts:SourceIdentity": ["CN=web", "C*"],
            "sts:RoleSessionName": ["web", "w*"],
        }
    if theme == "cognito":
        return {
            f"{COGNITO}:aud": list(POOLS),
            f"{COGNITO}:sub": ["eu-west-1:me"],
            f"{COGNITO}:zip": ["1"],
        }
    return {}


def claims(issuer: str) -> dict[str, list[Any]]:
    """Claims of the providers that many clusters and repositories share."""
    found: dict[str, list[Any]] = {
        f"{issuer}:aud": ["sts.amazonaws.com", "other"],
        f"{issuer}:sub": ["system:serviceaccount:ns:sa", "system:serviceaccount:ns:*"],
        f"{issuer}:email": ["a@example.com"],
        f"{issuer}:event_name": ["push"],
        f"{issuer}:repository": ["org/app", "org/*"],
    }
    return found


def grantees(draw: st.DrawFn, kind: str, caller: str, account: str, unique_id: str) -> str:
    """Whom a grant names: the caller in some form, its account, or somebody else."""
    mine = [caller, caller, caller]
    if kind not in ("SERVICE", "ROOT"):
        mine += [unique_id or caller, f"arn:aws:iam::{account}:root", account]
    if "role/" in caller:
        session = f"arn:aws:sts::{account}:assumed-role/{caller.rpartition('/')[2]}"
        mine += [f"{session}/alice", f"{session}/bob"]
    others = [
        "AROADELETED",
        "dynamodb.amazonaws.com",
        caller + "x",
        "arn:aws:iam::444444444444:root",
    ]
    found: str = pick(draw, *mine) if not sometimes(draw, 4) else pick(draw, *others)
    return found


def grants(
    draw: st.DrawFn, kind: str, caller: str, account: str, unique_id: str, key: str, action: str
) -> dict[str, Grant]:
    """One grant of a key or two."""
    found: dict[str, Grant] = {}
    operation = action.partition(":")[2]
    for number in range(pick(draw, 1, 1, 2)):
        arn = f"{key}#grant/{number}"
        constraints: Any = pick(
            draw,
            "",
            {"EncryptionContextSubset": {"Dept": "IT"}},
            {"EncryptionContextSubset": {"Dept": "IT", "app": "a"}},
            {"EncryptionContextEquals": {"Dept": "IT"}},
            {"EncryptionContextEquals": {"Dept": "IT"}},
            {"SourceArn": f"arn:aws:lambda:eu-west-1:{account}:function:f"},
            "not json",
        )
        found[arn] = Grant(
            arn=arn,
            name="",
            key=key,
            account=key.split(":")[4],
            region="eu-west-1",
            grantee=grantees(draw, kind, caller, account, unique_id),
            operations=pick(
                draw,
                (operation,),
                (operation, "Encrypt"),
                ("Encrypt", operation, "GenerateDataKey"),
                ("Encrypt", "GenerateDataKey"),
            ),
            constraints=json.dumps(constraints) if isinstance(constraints, dict) else constraints,
        )
    return found


def workload(
    type: str, service: str, arn: str, role: str, facts: tuple[tuple[str, str], ...]
) -> Workload:
    """A resource that hands out a role."""
    return Workload(
        arn=arn,
        type=type,
        account=arn.split(":")[4],
        region=arn.split(":")[3],
        service=service,
        role=role,
        instance_profile="",
        facts=facts,
    )


def read(account: str, *operations: str) -> tuple[Coverage, ...]:
    """Calls of one Region that were answered whole."""
    return tuple(
        Coverage(
            account=account,
            region="eu-west-1",
            service=operation.partition("/")[0],
            operation=operation.partition("/")[2],
            status="complete",
        )
        for operation in operations
    )


def pods(draw: st.DrawFn, role: str) -> tuple[Workload, ...]:
    """One association of the role, or two that differ."""
    account = role.split(":")[4]
    found = []
    without_tags = "true" if sometimes(draw, 4) else "false"
    for number in range(pick(draw, 1, 2)):
        cluster = f"c{number + 1}"
        facts = (
            ("cluster", cluster),
            ("namespace", pick(draw, "ns", "other")),
            ("serviceAccount", "sa"),
            ("disableSessionTags", without_tags),
        )
        arn = f"arn:aws:eks:eu-west-1:{account}:podidentityassociation/{cluster}/a-{number}"
        found.append(workload("AWS::EKS::PodIdentityAssociation", PODS, arn, role, facts))
    return tuple(found)


def anywhere(draw: st.DrawFn, role: str) -> tuple[tuple[Workload, ...], tuple[Coverage, ...]]:
    """The profile that lists the role with its anchors, read or not."""
    account = role.split(":")[4]
    state = pick(
        draw, "one", "two", "one", "two", "off", "no anchor", "anchors unread", "none", "unread"
    )
    calls = read(account, "rolesanywhere/list-profiles", "rolesanywhere/list-trust-anchors")
    if state == "unread":
        return (), ()
    if state == "none":
        return (), calls
    facts = [("enabled", "false" if state == "off" else "true")]
    if state != "anchors unread":
        facts.append(("anchorsRead", "true"))
    count = {"two": 2, "no anchor": 0, "anchors unread": 0}.get(state, 1)
    facts += [("anchor", anchor(account, number + 1)) for number in range(count)]
    arn = f"arn:aws:rolesanywhere:eu-west-1:{account}:profile/p"
    held = workload("AWS::RolesAnywhere::Profile", ANYWHERE, arn, role, tuple(facts))
    return (held,), calls if state != "anchors unread" else calls[:1]


def pools(draw: st.DrawFn, role: str) -> tuple[tuple[Workload, ...], tuple[Coverage, ...]]:
    """What the pools of an account hand out; those of another Region are not read."""
    account = role.split(":")[4]
    if sometimes(draw, 3):
        return (), ()
    found = []
    for pool in POOLS[:2]:
        held = pick(draw, role, role + "x")
        arn = f"arn:aws:cognito-identity:eu-west-1:{account}:identitypool/{pool}"
        found.append(workload("AWS::Cognito::IdentityPoolRoleAttachment", COGNITO, arn, held, ()))
    calls = ("cognito-identity/list-identity-pools", "cognito-identity/get-identity-pool-roles")
    return tuple(found), read(account, *calls)


def providers(account: str) -> dict[str, OidcProvider]:
    """The issuers of a cluster and of GitHub, as providers of an account."""
    found = {}
    for url in (EKS, GITHUB):
        arn = f"arn:aws:iam::{account}:oidc-provider/{url}"
        ids = ("sts.amazonaws.com",)
        found[arn] = OidcProvider(arn=arn, account=account, url=url, client_ids=ids)
    return found


def sign_on(draw: st.DrawFn, account: str) -> dict[str, Any]:
    """The directory, the permission sets, and who is assigned one on which account."""
    instance = "arn:aws:sso:::instance/ssoins-1"
    sets = {
        f"arn:aws:sso:::permissionSet/ssoins-1/ps-{name}": PermissionSet(
            arn=f"arn:aws:sso:::permissionSet/ssoins-1/ps-{name}", name=name, instance=instance
        )
        for name in ("Admin", "Other")
    }
    people = [(PERSON, "USER"), (TEAM, "GROUP"), ("d-1/u-2", "USER"), ("d-1/g-2", "GROUP")]
    held = []
    for _ in range(pick(draw, 1, 2, 0)):
        principal, type = pick(draw, *people)
        held.append(
            Assignment(
                account=account if not sometimes(draw, 4) else "222222222222",
                permission_set=pick(draw, *sets, next(iter(sets))),
                principal=principal,
                principal_type=type,
            )
        )
    return {
        "permission_sets": sets,
        "identity_center_users": {
            PERSON: IdentityCenterUser(key=PERSON, name="ana", groups=(TEAM,))
        },
        "identity_center_groups": {TEAM: IdentityCenterGroup(key=TEAM, name="team")},
        "assignments": None if sometimes(draw, 5) else tuple(dict.fromkeys(held)),
    }
