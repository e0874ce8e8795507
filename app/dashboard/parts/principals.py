"""A key of the graph, such as an ARN, tells its kind, its name and its account to a reader."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from iam import arn as arns

_SERVICE_SUFFIXES = tuple(f".{domain}" for domain in arns.DOMAINS)


@dataclass(frozen=True, slots=True)
class Principal:
    """What a card says of one key; ``kind`` is a key of ``colours.KINDS``."""

    key: str
    name: str
    kind: str
    account: str = ""
    account_name: str = ""
    admin: bool = False

    @property
    def place(self) -> str:
        """Account name and shortened id, as a card's second line."""
        if not self.account:
            return {"service": "AWS service", "everyone": "anyone, signed or not"}.get(
                self.kind, self.kind.replace("_", " ")
            )
        short = f"{self.account[:4]}…{self.account[-4:]}"
        return f"{self.account_name} · {short}" if self.account_name else self.account


@dataclass(frozen=True, slots=True)
class Directory:
    """What is known beyond the keys themselves.

    Attributes:
        accounts: Account names by id.
        service_roles: Keys of roles that trust a service.
        admins: Keys of administrators.
        names: Names that differ from what the key spells, such as an Identity Center user's.
    """

    accounts: Mapping[str, str] = field(default_factory=dict)
    service_roles: frozenset[str] = frozenset()
    admins: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)

    def describe(self, key: str) -> Principal:
        """The principal or thing of this key.

        Example:
            >>> Directory().describe("arn:aws:iam::111111111111:role/ci/deploy").name
            'deploy'
        """
        kind, name, account = read_key(key)
        if kind == "role" and key in self.service_roles:
            kind = "service_role"
        if kind == "external" and account in self.accounts:
            kind = "account"
        if kind in {"external", "account"} and key.endswith(":root"):
            name = self.accounts.get(account) or f"account {account}"
        return Principal(
            key,
            self.names.get(key, name),
            kind,
            account,
            self.accounts.get(account, ""),
            key in self.admins,
        )


def read_key(key: str) -> tuple[str, str, str]:
    """Kind, name and account that a key spells by itself.

    Example:
        >>> read_key("lambda.amazonaws.com")
        ('service', 'lambda', '')
        >>> read_key("arn:aws:iam::111111111111:user/eng/ana")
        ('user', 'ana', '111111111111')
    """
    if key == "*":
        return "everyone", "everyone", ""
    if not key.startswith("arn:"):
        if key.endswith(_SERVICE_SUFFIXES):
            return "service", key.removesuffix(".cn").removesuffix(".amazonaws.com"), ""
        if key.startswith(("AIDA", "AROA")):
            return "external", key, ""
        return "federated", key.rpartition("/")[2], ""
    parts = key.split(":", 5)
    if len(parts) < 6:
        return "external", key, ""
    _, _, service, _, account, resource = parts
    if resource == "root":
        return "external", f"account {account}", account
    family, _, rest = resource.partition("/")
    if service == "sts" or family in {"saml-provider", "oidc-provider"}:
        return "federated", _federated_name(rest), account
    if service != "iam":
        return "thing", rest.rpartition("/")[2] or resource, account
    name = rest.partition("#")[0].rpartition("/")[2] or rest
    if family == "user":
        return "user", name, account
    if family == "role":
        if rest.startswith("aws-service-role/"):
            return "service_linked_role", name, account
        return ("federated" if rest.startswith("aws-reserved/") else "role"), name, account
    return "thing", name, account


def _federated_name(rest: str) -> str:
    """A provider's or session's own name, with the subject that a claim pattern names."""
    provider, _, claims = rest.partition("#")
    if not claims:
        return provider.rpartition("/")[2] or provider
    for claim in claims.split("&"):
        key, _, pattern = claim.partition("=")
        if key.rpartition(":")[2] == "sub":
            return pattern
    return claims.rpartition("=")[2]
