"""IP operators ask whether an address lies in a range, IPv4 or IPv6; no prefix is one address.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IPAddress
"""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network


@lru_cache(maxsize=4096)
def network(text: str) -> IPv4Network | IPv6Network | None:
    """A range, or None for anything else (B-14)."""
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def within(value: str, wanted: str) -> bool:
    """``IpAddress``: the address lies in the range."""
    around = network(wanted)
    try:
        address = ip_address(value.strip())
    except ValueError:
        return False
    return around is not None and address.version == around.version and address in around


def everything(wanted: tuple[str, ...]) -> bool:
    """Whether the ranges together are every address of both families (B-27)."""
    ranges = {str(network(w)) for w in wanted}
    return {"0.0.0.0/0", "::/0"} <= ranges


def disjoint(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Whether no address lies in a range of both; False where a range cannot be read."""
    for left in map(network, a):
        for right in map(network, b):
            if left is None or right is None:
                return False
            if left.version == right.version and left.overlaps(right):
                return False
    return True
