"""An ARN is six parts at the first five colons; the sixth may hold colons of its own."""

import re
from dataclasses import dataclass
from functools import lru_cache

ACCOUNT_ID = re.compile(r"[0-9]{12}")
PARTITIONS = (
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-eusc",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
)
DOMAINS = (
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "aws.internal",
    "c2s.ic.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
    "sc2s.sgov.gov",
)
"""What the names of services end with, in one partition or another."""
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d+")


@dataclass(frozen=True, slots=True)
class Arn:
    """One Amazon Resource Name, split.

    Example:
        >>> str(parse("arn:aws:iam::111111111111:role/team/x"))
        'arn:aws:iam::111111111111:role/team/x'

    Source:
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        """The ARN as text."""
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"

    @property
    def type(self) -> str:
        """The part of the resource before the first slash (``role``)."""
        return self.resource.partition("/")[0]

    @property
    def name(self) -> str:
        """The part of the resource after the last slash (``x`` of ``role/team/x``)."""
        return self.resource.rpartition("/")[2]

    @property
    def is_account_root(self) -> bool:
        """Whether this is the form that names a whole account."""
        return self.service == "iam" and self.resource == "root"


@lru_cache(maxsize=65536)
def parse(text: str) -> Arn | None:
    """Split an ARN; None when the text is not one.

    Example:
        >>> parse("arn:aws:iam::111111111111:root").is_account_root
        True
        >>> parse("lambda.amazonaws.com") is None
        True
    """
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        return None
    return Arn(parts[1], parts[2], parts[3], parts[4], parts[5])


@lru_cache(maxsize=4096)
def service_of(principal: str) -> str:
    """The service behind a service principal of any partition and Region; empty for other text.

    A trust policy matches the literal principal all the same (A-19).

    Example:
        >>> service_of("ec2.amazonaws.com.cn"), service_of("pods.eks.amazonaws.com")
        ('ec2', 'pods.eks')
        >>> service_of("states.eu-west-1.amazonaws.com"), service_of("ec2.c2s.ic.gov")
        ('states', 'ec2')
        >>> service_of("example.com"), service_of("arn:aws:iam::111111111111:role/amazonaws.com")
        ('', '')
    """
    if ":" in principal or "/" in principal:
        return ""
    for domain in DOMAINS:
        name = principal.removesuffix(f".{domain}")
        if name != principal:
            return ".".join(p for p in name.split(".") if not _REGION.fullmatch(p))
    return ""


def account_of(text: str) -> str:
    """Account id of an ARN, or the text itself when it is an account id; else empty."""
    arn = parse(text)
    if arn is not None:
        return arn.account
    return text if ACCOUNT_ID.fullmatch(text) else ""


def partition_of(text: str, default: str = "aws") -> str:
    """Partition of an ARN; ``default`` for names that carry none."""
    arn = parse(text)
    return arn.partition if arn is not None else default


def root_of(account: str, partition: str = "aws") -> str:
    """ARN that stands for every principal of an account."""
    return f"arn:{partition}:iam::{account}:root"
