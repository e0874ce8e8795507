"""A workload is written once per role it runs with; names become ARNs of its own account."""

from collections.abc import Iterable, Iterator
from typing import Any

from iam import arn as arns
from iam.model import Tags, Workload
from ingest.draft import Draft
from ingest.reader import Page


def at(value: Any, path: str) -> list[Any]:
    """Everything at a path that is there and not null; see ``values_at``."""
    found: list[Any] = [value]
    for step in path.split(".") if path else ():
        name = step.removesuffix("[]").removesuffix("{}")
        found = [v[name] for v in found if isinstance(v, dict) and v.get(name) is not None]
        if step.endswith("[]"):
            found = [inner for v in found if isinstance(v, list) for inner in v]
        elif step.endswith("{}"):
            found = [inner for v in found if isinstance(v, dict) for inner in v.values()]
    return found


def values_at(value: Any, path: str) -> Iterator[str]:
    """Every text at a path: names joined by dots, ``[]`` after a list, ``{}`` for any key.

    Example:
        >>> list(values_at({"a": [{"b": "x"}, {"b": "y"}]}, "a[].b"))
        ['x', 'y']
    """
    return (text for text in at(value, path) if isinstance(text, str) and text)


def objects_at(value: Any, path: str) -> Iterator[dict[str, Any]]:
    """Every object at a path; the value itself where the path is empty."""
    return (found for found in at(value, path) if isinstance(found, dict))


def role_arn(value: str, page: Page, draft: Draft) -> str:
    """ARN of a role that is given by ARN or by name, which may carry its path."""
    if arns.parse(value) is not None:
        return value
    partition = draft.partition_of(page.account)
    return f"arn:{partition}:iam::{page.account}:role/{value.removeprefix('/')}"


def profile_arn(value: str, page: Page, draft: Draft) -> str:
    """ARN of an instance profile that is given by ARN or by name."""
    if arns.parse(value) is not None:
        return value
    partition = draft.partition_of(page.account)
    return f"arn:{partition}:iam::{page.account}:instance-profile/{value.removeprefix('/')}"


def add_workload(
    draft: Draft,
    page: Page,
    place: str,
    *,
    arn: str,
    type: str,
    service: str,
    roles: Iterable[str] = (),
    profiles: Iterable[str] = (),
    facts: Tags = (),
) -> None:
    """Add a workload for each role and each instance profile that it is configured with."""
    pairs = [(role_arn(role, page, draft), "") for role in roles]
    pairs += [("", profile_arn(profile, page, draft)) for profile in profiles]
    for role, profile in pairs:
        draft.workloads[arn, role, profile] = Workload(
            arn=arn,
            type=type,
            account=page.account,
            region=page.region,
            service=service,
            role=role,
            instance_profile=profile,
            place=place,
            facts=facts,
        )
