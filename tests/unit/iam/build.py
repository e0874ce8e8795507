"""Small snapshots for unit tests, built in a line each."""

from typing import Any

from iam.model import (
    Account,
    Organization,
    OrganizationalUnit,
    Policy,
    PolicyKind,
    Role,
    Snapshot,
    User,
)

A, B, X = "111111111111", "222222222222", "333333333333"


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: Any = "sts:AssumeRole", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def trust(principal: Any, action: Any = "sts:AssumeRole", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, **more}


def inline(owner: str, *statements: dict[str, Any]) -> tuple[Policy, ...]:
    if not statements:
        return ()
    return (
        Policy(
            arn=f"{owner}#inline/own",
            name="own",
            kind=PolicyKind.INLINE,
            document=document(*statements),
        ),
    )


def user(name: str, *statements: dict[str, Any], account: str = A, **more: Any) -> User:
    arn = f"arn:aws:iam::{account}:user/{name}"
    return User(
        arn=arn,
        name=name,
        account=account,
        unique_id="AIDA" + name.upper(),
        inline=inline(arn, *statements),
        **more,
    )


def role(
    name: str,
    trusts: list[dict[str, Any]],
    *statements: dict[str, Any],
    account: str = A,
    **more: Any,
) -> Role:
    path = more.get("path", "/")
    arn = f"arn:aws:iam::{account}:role{path}{name}"
    return Role(
        arn=arn,
        name=name,
        account=account,
        unique_id="AROA" + name.upper(),
        trust=Policy(
            arn=f"{arn}#trust", name="trust", kind=PolicyKind.TRUST, document=document(*trusts)
        ),
        inline=inline(arn, *statements),
        **more,
    )


def snapshot(*entities: User | Role, policies: tuple[Policy, ...] = (), **more: Any) -> Snapshot:
    accounts = {e.account for e in entities}
    return Snapshot(
        id="test",
        accounts=more.pop("accounts", {a: Account(id=a, collected=True) for a in accounts}),
        users={e.arn: e for e in entities if isinstance(e, User)},
        roles={e.arn: e for e in entities if isinstance(e, Role)},
        policies={p.arn: p for p in policies},
        **more,
    )


def organization(*members: str, scps: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """``accounts`` and ``organization`` of an organization whose root holds the members."""
    policies = {}
    targets: dict[str, tuple[str, ...]] = {}
    for target, documents in scps.items():
        keys = []
        for number, content in enumerate(documents):
            arn = f"arn:aws:organizations::999999999999:policy/o-1/{target}/{number}"
            policies[arn] = Policy(arn=arn, name=arn, kind=PolicyKind.SCP, document=content)
            keys.append(arn)
        targets[target] = tuple(keys)
    return {
        "accounts": {
            m: Account(id=m, collected=True, parent="r-1", organization_known=True) for m in members
        },
        "organization": Organization(
            id="o-1",
            management_account="999999999999",
            root="r-1",
            scp_enabled=True,
            rcp_enabled=False,
            units={"r-1": OrganizationalUnit(id="r-1", arn="arn:r-1", name="Root")},
            policies=policies,
            targets=targets,
        ),
    }
