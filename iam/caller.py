"""Who calls: an entity, the kind of session it holds, and what follows for the request's context.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html
"""

from dataclasses import dataclass

from iam import arn as arns
from iam.errors import UsageError
from iam.model import Role, Snapshot, User

KINDS = (
    "USER",
    "USER_ST",
    "ROLE",
    "ROLE_FED",
    "ROLE_SVC",
    "ROLE_SLR",
    "SERVICE",
    "SAML",
    "OIDC",
    "FEDUSER",
    "ROOT",
    "ROOT_TASK",
    "ANON",
    "SSO",
)
ROLE_KINDS = ("ROLE", "ROLE_FED", "ROLE_SVC", "ROLE_SLR")
AWS_KINDS = ("USER", "USER_ST", *ROLE_KINDS)

# web identity providers that need no provider object.
BUILT_IN_PROVIDERS = (
    "accounts.google.com",
    "graph.facebook.com",
    "www.amazon.com",
    "cognito-identity.amazonaws.com",
    "cognito-identity-us-gov.amazonaws.com",
    "cognito-identity.cn-north-1.amazonaws.com.cn",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A caller of C-2.

    ``entity`` is None for services, federated subjects and principals of accounts that were not
    collected; ``any_of_account`` says *some principal of this account* (C-69); ``anyone`` says
    *some principal of some account outside* (a wildcard trust).
    """

    principal: str
    kind: str
    arn: str = ""
    account: str = ""
    partition: str = "aws"
    entity: User | Role | None = None
    session_name: str | None = None
    service: str = ""
    provider: str = ""
    claims: tuple[tuple[str, str], ...] = ()
    any_of_account: bool = False
    anyone: bool = False

    @property
    def is_role(self) -> bool:
        """Whether the caller is a session of a role."""
        return self.kind in ROLE_KINDS

    @property
    def is_aws(self) -> bool:
        """Whether the caller signs with AWS credentials of a user or role."""
        return self.kind in AWS_KINDS

    @property
    def is_opaque(self) -> bool:
        """Whether AWS keeps it for itself: IAM lists no role whose name starts so (C-13)."""
        return ":role/aws:" in self.arn

    @property
    def issuer(self) -> str:
        """Host and path of an OIDC provider, the prefix of its condition keys (B-20)."""
        _, found, rest = self.provider.partition(":oidc-provider/")
        return rest if found else self.provider


def resolve(snapshot: Snapshot, principal: str, kind: str = "") -> Caller:
    """Read a principal as DESIGN names it; ``kind`` overrides the default session kind.

    Raises:
        UsageError: ``kind`` is not one of C-2, or does not fit the principal.
    """
    if kind and kind not in KINDS:
        raise UsageError(
            f"caller kind: `{kind}` is not known", help=f"use one of {', '.join(KINDS)}"
        )
    if principal == "*":
        return Caller(principal=principal, kind=kind or "ANON")
    if principal in snapshot.identity_center_users:
        return Caller(principal=principal, kind="SSO")
    base, mark, subject = principal.partition("#")
    claims = tuple(_claims(subject)) if mark else ()
    parsed = arns.parse(base)
    if parsed is None:
        if base in BUILT_IN_PROVIDERS and kind != "SERVICE":
            return Caller(principal=principal, kind=kind or "OIDC", provider=base, claims=claims)
        if arns.ACCOUNT_ID.fullmatch(base):
            held = snapshot.accounts.get(base)
            partition = held.partition if held is not None else _partition(snapshot)
            return resolve(snapshot, arns.root_of(base, partition), kind)
        return Caller(principal=principal, kind=kind or "SERVICE", service=base)
    account, partition = parsed.account, parsed.partition
    if parsed.service == "sts":
        return _session(snapshot, principal, parsed, kind)
    if parsed.is_account_root:
        collected = snapshot.is_collected(account)
        return Caller(
            principal=principal,
            kind=kind or ("ROOT" if collected else "USER"),
            arn=principal,
            account=account,
            partition=partition,
            any_of_account=not collected and kind not in ("ROOT", "ROOT_TASK"),
        )
    if parsed.type == "saml-provider":
        return Caller(
            principal=principal,
            kind=kind or "SAML",
            provider=base,
            account=account,
            partition=partition,
            claims=claims,
        )
    if parsed.type == "oidc-provider":
        return Caller(
            principal=principal,
            kind=kind or "OIDC",
            provider=base,
            account=account,
            partition=partition,
            claims=claims,
        )
    user = snapshot.users.get(base)
    role = snapshot.roles.get(base)
    entity: User | Role | None = user or role
    default = "USER"
    if parsed.type == "role":
        default = role_session_kind(role)
    return Caller(
        principal=principal,
        kind=kind or default,
        arn=base,
        account=account,
        partition=partition,
        entity=entity,
    )


def _partition(snapshot: Snapshot) -> str:
    """The partition of what was read: an account of another one cannot act there (C-3)."""
    return next((a.partition for a in snapshot.accounts.values()), "aws")


def of_entity(entity: User | Role) -> Caller:
    """The caller that an entity of the snapshot is by default."""
    parsed = arns.parse(entity.arn)
    return Caller(
        principal=entity.arn,
        kind="USER" if isinstance(entity, User) else role_session_kind(entity),
        arn=entity.arn,
        account=entity.account,
        partition=parsed.partition if parsed else "aws",
        entity=entity,
    )


def role_session_kind(role: Role | None) -> str:
    """The session kind that a role's path gives away (C-12, C-50); ``ROLE`` for all others."""
    if role is not None and role.is_service_linked:
        return "ROLE_SLR"
    if role is not None and role.is_reserved:
        return "ROLE_FED"
    return "ROLE"


def _session(snapshot: Snapshot, principal: str, parsed: arns.Arn, kind: str) -> Caller:
    if parsed.type == "federated-user":
        return Caller(
            principal=principal,
            kind=kind or "FEDUSER",
            arn=principal,
            account=parsed.account,
            partition=parsed.partition,
        )
    pieces = parsed.resource.split("/")
    name = pieces[1] if len(pieces) > 1 else ""
    session = pieces[2] if len(pieces) > 2 else None
    role = role_named(snapshot, parsed.account, name)
    return Caller(
        principal=principal,
        kind=kind or role_session_kind(role),
        arn=role.arn if role else f"arn:{parsed.partition}:iam::{parsed.account}:role/{name}",
        account=parsed.account,
        partition=parsed.partition,
        entity=role,
        session_name=session,
    )


def role_named(snapshot: Snapshot, account: str, name: str) -> Role | None:
    """The role of an account by its bare name; session ARNs carry no path (A-17)."""
    return names(snapshot).get((account, name))


def names(snapshot: Snapshot) -> dict[tuple[str, str], Role]:
    """Roles by account and bare name, kept on the snapshot."""
    found: dict[tuple[str, str], Role] | None = snapshot.__dict__.get("_roles_by_name")
    if found is None:
        found = {(r.account, r.name): r for r in snapshot.roles.values()}
        snapshot.__dict__["_roles_by_name"] = found
    return found


def _claims(text: str) -> list[tuple[str, str]]:
    found = []
    for piece in text.split("&"):
        claim, equals, value = piece.partition("=")
        if equals:
            found.append((claim, value))
    return found
