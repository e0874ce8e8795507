"""The collector's IAM policy is gathered from its sources: what none of them needs is not in it."""

from collections.abc import Collection
from typing import Any

from ingest.sources import Source, name_of, optional, sources

COLLECTOR = ("sts:GetCallerIdentity",)
REGIONS = ("ec2:DescribeRegions",)


def _asked(also: Collection[str]) -> list[Source]:
    """Sources that are asked: all but the optional ones, and those of them that are wanted."""
    return [s for s in sources() if name_of(s) in also or name_of(s) not in optional()]


def actions(also: Collection[str] = ()) -> tuple[str, ...]:
    """Every IAM action that a collection may use, with some optional sources, sorted."""
    found = {action for source in _asked(also) for action in source.NEEDS}
    return tuple(sorted(found | set(COLLECTOR) | set(REGIONS)))


def policy(also: Collection[str] = ()) -> dict[str, Any]:
    """The least-privilege policy of the collector, one statement per source.

    None of these actions can be narrowed to resources in a useful way, so each statement is for
    every resource; a statement can be left out, and what it allows is then in the coverage.
    """
    statements = [
        {
            "Sid": "".join(word.capitalize() for word in name_of(source).split("_")),
            "Effect": "Allow",
            "Action": sorted(source.NEEDS),
            "Resource": "*",
        }
        for source in _asked(also)
        if source.NEEDS
    ]
    own = {
        "Sid": "Collector",
        "Effect": "Allow",
        "Action": sorted({*COLLECTOR, *REGIONS}),
        "Resource": "*",
    }
    return {"Version": "2012-10-17", "Statement": [own, *statements]}
