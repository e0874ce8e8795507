"""Small organizations whose principals hand on to one another, in every way that chains can take.

A role more or less, a condition more, a policy that somebody holds through a group: any of it
decides whether a chain goes on, so each is often there.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
"""

from typing import Any

from hypothesis import strategies as st

from iam.model import (
    Account,
    Coverage,
    Group,
    InstanceProfile,
    OidcProvider,
    Organization,
    OrganizationalUnit,
    Policy,
    PolicyKind,
    Role,
    SamlProvider,
    Snapshot,
    User,
    Workload,
)
from tests.differential.dice import pick, some, sometimes

A, B, X = "111111111111", "222222222222", "333333333333"
SAML = f"arn:aws:iam::{A}:saml-provider/Okta"
OIDC = f"arn:aws:iam::{A}:oidc-provider/idp.example.com"
ROLES = [f"arn:aws:iam::{a}:role/r{n}" for n, a in enumerate((A, A, A, B, B))]
USERS = [f"arn:aws:iam::{A}:user/ana", f"arn:aws:iam::{A}:user/bo", f"arn:aws:iam::{B}:user/cy"]
GROUP = f"arn:aws:iam::{A}:group/devs"
POLICIES = [f"arn:aws:iam::{A}:policy/{name}" for name in ("p0", "p1", "limit")]
PROFILE = f"arn:aws:iam::{A}:instance-profile/web"
SCP = "arn:aws:organizations::999999999999:policy/o-1/service_control_policy/p-1"
SERVICES = ("lambda.amazonaws.com", "rolesanywhere.amazonaws.com", "ec2.amazonaws.com")
CONDITIONS: list[dict[str, Any]] = [
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"StringEquals": {"sts:ExternalId": "k1"}},
    {"StringEquals": {"sts:SourceIdentity": "alice"}},
    {"StringEquals": {"aws:SourceIdentity": ["alice", "bob"]}},
    {"StringEquals": {"aws:PrincipalTag/team": "x"}},
    {"StringEquals": {"sts:RoleSessionName": "alice"}},
    {"ArnEquals": {"aws:PrincipalArn": ROLES[0]}},
    {"ArnNotEquals": {"aws:PrincipalArn": ROLES[1]}},
]


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def asking(draw: st.DrawFn) -> dict[str, Any]:
    """A statement that lets its holder ask for roles, or keeps it from asking."""
    targets = [*ROLES, "*", f"arn:aws:iam::{A}:role/*", f"arn:aws:iam::{B}:role/r?", *ROLES]
    made: dict[str, Any] = {
        "Effect": "Deny" if sometimes(draw, 8) else "Allow",
        "Action": pick(draw, "sts:AssumeRole", "sts:AssumeRole", "sts:*", "sts:TagSession", "*"),
        "Resource": some(draw, targets, 3),
    }
    if sometimes(draw, 4):
        made["Condition"] = pick(draw, *CONDITIONS)
    return made


def letting_in(draw: st.DrawFn) -> dict[str, Any]:
    """A statement of a trust policy."""
    principal = pick(
        draw,
        {"AWS": f"arn:aws:iam::{A}:root"},
        {"AWS": B},
        {"AWS": some(draw, [*ROLES, *USERS], 3)},
        {"AWS": some(draw, [*ROLES, *USERS], 3)},
        {"AWS": f"arn:aws:iam::{X}:root"},
        {"AWS": "AROAR1"},
        {"AWS": f"arn:aws:sts::{A}:assumed-role/r0/alice"},
        "*",
        {"Service": pick(draw, *SERVICES)},
        {"Federated": SAML},
        {"Federated": OIDC},
    )
    action = pick(draw, "sts:AssumeRole", "sts:AssumeRole", ["sts:AssumeRole", "sts:TagSession"])
    if isinstance(principal, dict) and "Federated" in principal:
        saml = principal["Federated"] == SAML
        action = "sts:AssumeRoleWithSAML" if saml else "sts:AssumeRoleWithWebIdentity"
    if sometimes(draw, 5):
        action = "sts:*"
    made = {
        "Effect": "Deny" if sometimes(draw, 10) else "Allow",
        "Principal": principal,
        "Action": action,
    }
    if sometimes(draw, 3):
        made["Condition"] = pick(draw, *CONDITIONS)
    return made


def inline(draw: st.DrawFn, owner: str) -> tuple[Policy, ...]:
    if sometimes(draw, 4):
        return ()
    return (
        Policy(
            arn=f"{owner}#inline/own",
            name="own",
            kind=PolicyKind.INLINE,
            document=document(*(asking(draw) for _ in range(pick(draw, 1, 2)))),
        ),
    )


def held(draw: st.DrawFn) -> dict[str, Any]:
    """What a user or role has besides its own policies."""
    return {
        "attached": tuple(p for p in POLICIES[:2] if sometimes(draw, 4)),
        "boundary": POLICIES[2] if sometimes(draw, 6) else None,
    }


def role(draw: st.DrawFn, arn: str) -> Role:
    account, name = arn.split(":")[4], arn.rpartition("/")[2]
    trust = Policy(
        arn=f"{arn}#trust",
        name="trust",
        kind=PolicyKind.TRUST,
        document=document(*(letting_in(draw) for _ in range(pick(draw, 1, 2, 3)))),
    )
    return Role(
        arn=arn,
        name=name,
        account=account,
        unique_id=f"AROA{name.upper()}",
        tags=pick(draw, (), (("team", "x"),)),
        trust=None if sometimes(draw, 20) else trust,
        inline=inline(draw, arn),
        **held(draw),
    )


def managed(draw: st.DrawFn, arn: str) -> Policy:
    full = {"Effect": "Allow", "Action": pick(draw, "*", "sts:*", "s3:*"), "Resource": "*"}
    first = full if arn == POLICIES[2] else asking(draw)
    statements = [first, *([asking(draw)] if sometimes(draw, 2) else [])]
    return Policy(
        arn=arn,
        name=arn.rpartition("/")[2],
        kind=PolicyKind.MANAGED,
        account=A,
        version="v1",
        document=document(*statements),
    )


def organization(draw: st.DrawFn) -> Organization:
    full = Policy(
        arn="full",
        name="full",
        kind=PolicyKind.SCP,
        document=document({"Effect": "Allow", "Action": "*", "Resource": "*"}),
    )
    guard = Policy(
        arn=SCP,
        name="guard",
        kind=PolicyKind.SCP,
        document=document({**asking(draw), "Effect": "Deny"}),
    )
    return Organization(
        id="o-1",
        management_account="999999999999",
        root="r-1",
        scp_enabled=True,
        rcp_enabled=False,
        units={"r-1": OrganizationalUnit(id="r-1", arn="arn:r-1", name="Root")},
        policies={"full": full, SCP: guard},
        targets={"r-1": ("full",), A: ("full", SCP), B: ("full",)},
    )


@st.composite
def organizations(draw: st.DrawFn) -> Snapshot:
    """Five roles of two accounts, three users, a group, managed policies and two providers."""
    users = {}
    for arn in USERS:
        account, name = arn.split(":")[4], arn.rpartition("/")[2]
        users[arn] = User(
            arn=arn,
            name=name,
            account=account,
            unique_id=f"AIDA{name.upper()}",
            inline=inline(draw, arn),
            groups=(GROUP,) if account == A and sometimes(draw, 2) else (),
            **held(draw),
        )
    within = organization(draw) if sometimes(draw, 3) else None
    accounts = {
        a: Account(
            id=a,
            collected=True,
            parent="r-1" if within is not None else None,
            organization_known=within is not None,
        )
        for a in (A, B)
    }
    coverage = tuple(
        Coverage(account=a, region="global", service="iam", operation=o, status="complete")
        for a in (A, B)
        for o in ("list-saml-providers", "list-open-id-connect-providers")
    )
    profile = Workload(
        arn=f"arn:aws:rolesanywhere:eu-west-1:{A}:profile/1",
        type="AWS::RolesAnywhere::Profile",
        account=A,
        region="eu-west-1",
        service="rolesanywhere.amazonaws.com",
        role=ROLES[0],
        facts=(("enabled", "true"), ("sessionPolicyArn", POLICIES[0])),
    )
    return Snapshot(
        id="chained",
        accounts=accounts,
        organization=within,
        users=users,
        groups={
            GROUP: Group(
                arn=GROUP,
                name="devs",
                account=A,
                inline=inline(draw, GROUP),
                attached=tuple(p for p in POLICIES[:2] if sometimes(draw, 3)),
            )
        },
        roles={arn: role(draw, arn) for arn in ROLES},
        policies={arn: managed(draw, arn) for arn in POLICIES},
        saml_providers={SAML: SamlProvider(arn=SAML, account=A)},
        oidc_providers={
            OIDC: OidcProvider(arn=OIDC, account=A, url="idp.example.com", client_ids=("app",))
        },
        workloads=(profile,) if sometimes(draw, 3) else (),
        instance_profiles={
            PROFILE: InstanceProfile(arn=PROFILE, name="web", account=A, roles=(ROLES[0],))
        },
        coverage=coverage,
    )
