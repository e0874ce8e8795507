"""A workload is written once per role it runs with; names become ARNs of its own account."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from iam import arn as arns
from iam.model import Tags, Workload
from ingest.draft import Draft
from ingest.reader import Page


def at(value: Any, path: str) -> list[Any]:
    """Everything at a path that is there and not null; see ``values_at``."""
    found: list[Any] = [value]
    for step in path.split(".") if path else ():
        found = [_inside(v) for v in found]
        if step == "**":
            found = [inner for v in found for inner in _containers(v)]
            continue
        name = step.removesuffix("[]").removesuffix("{}")
        found = [v[name] for v in found if isinstance(v, dict) and v.get(name) is not None]
        if step.endswith("[]"):
            found = [inner for v in found if isinstance(v, list) for inner in v]
        elif step.endswith("{}"):
            found = [inner for v in found if isinstance(v, dict) for inner in v.values()]
    return found


def _containers(value: Any) -> Iterator[Any]:
    """A value and every object and list in it, however deep."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        yield one
        inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        waiting += [v for v in inner if isinstance(v, dict | list)]


def _inside(value: Any) -> Any:
    """What a text holds that is JSON itself; anything else as it is."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def values_at(value: Any, path: str) -> Iterator[str]:
    """Every text at a path: names joined by dots, ``[]`` after a list, ``{}`` for any key.

    The step ``**`` goes to any depth; a text that holds JSON is gone into like an object.

    Example:
        >>> list(values_at({"a": [{"b": "x"}, {"b": "y"}]}, "a[].b"))
        ['x', 'y']
        >>> list(values_at({"a": '{"b": [{"c": "x"}, {"d": {"c": "y"}}]}'}, "a.**.c"))
        ['y', 'x']
    """
    return (text for text in at(value, path) if isinstance(text, str) and text)


def objects_at(value: Any, path: str) -> Iterator[dict[str, Any]]:
    """Every object at a path; the value itself where the path is empty."""
    return (found for found in at(value, path) if isinstance(found, dict))


HOLDER = re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:(?:role|instance-profile)/[\w+=,.@/-]+")
"""ARN of a role or of an instance profile, wherever it stands in a text."""


def holders_in(value: Any) -> Iterator[tuple[str, str]]:
    """Every ARN of a role or instance profile in an answer, with its path, however deep.

    Example:
        >>> list(holders_in({"a": [{"Role": "arn:aws:iam::111111111111:role/r"}]}))
        [('a[].Role', 'arn:aws:iam::111111111111:role/r')]
    """
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        path, one = waiting.pop()
        if isinstance(one, dict):
            dot = "." if path else ""
            waiting += [(f"{path}{dot}{name}", inner) for name, inner in reversed(one.items())]
        elif isinstance(one, list):
            waiting += [(f"{path}[]", inner) for inner in reversed(one)]
        elif isinstance(one, str) and ":iam::" in one:
            if HOLDER.fullmatch(one):
                yield path, one
            else:  # in a sentence, what ends it is no part of the name
                yield from ((path, found.rstrip(",.")) for found in HOLDER.findall(one))


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
        put_workload(
            draft,
            Workload(
                arn=arn,
                type=type,
                account=page.account,
                region=page.region,
                service=service,
                role=role,
                instance_profile=profile,
                place=place,
                facts=facts,
            ),
        )


def put_workload(draft: Draft, new: Workload) -> None:
    """Put a use of a role in its place; what two answers say of it goes together."""
    key = (new.arn, new.role, new.instance_profile)
    old = draft.workloads.get(key)
    if old is not None and old.facts:
        new = replace(new, facts=tuple(dict.fromkeys((*old.facts, *new.facts))))
    draft.workloads[key] = new
