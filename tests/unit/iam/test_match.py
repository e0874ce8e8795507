"""Patterns match as AWS documents, in linear time."""

import time

import pytest

from iam.match import action, glob, resource

ROLE = "arn:aws:iam::111111111111:role/team/DevX"


@pytest.mark.parametrize(
    ("text", "value", "fits"),
    [
        ("*", "", True),
        ("a*", "a", True),
        ("a?", "a", False),
        ("a?c", "abc", True),
        ("*b*d", "abcd", True),
        ("*b*d", "abc", False),
        ("a*a", "a", False),
        ("ab*ab", "abab", True),
        ("*?*", "", False),
        ("a*b?d*", "axxbcd", True),
    ],
)
def test_glob(text: str, value: str, fits: bool) -> None:
    assert glob.matches(glob.pattern(text), value) is fits


def test_many_stars_stay_linear() -> None:
    started = time.perf_counter()
    assert not glob.matches(glob.pattern("*a" * 2000 + "b"), "a" * 20000)
    assert not resource.matches(
        glob.pattern("arn:*:" + "*a" * 200 + "b"), "arn:" + "a:" * 4 + "a" * 2000
    )
    assert time.perf_counter() - started < 20


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("*", True),
        ("arn:aws:iam::111111111111:role/*", True),
        ("arn:aws:iam::111111111111:role/Dev*", False),
        ("arn:aws:iam::111111111111:role/team/devx", False),
        ("arn:aws:iam::111111111111:role", False),
        ("arn:aws:iam::*", True),
        ("arn:aws:*", True),
        ("arn:aws:iam::111111111111:*", True),
        ("arn:aws:iam::111111111111", True),
        ("arn:aws:iam::222222222222", False),
        ("arn:aws:iam::1*:role/*", True),
        ("arn:aws-cn:iam::*:role/*", False),
        ("arn:*:iam::111111111111:role/*", True),
        ("arn:aws:iam:*:role/team/DevX", True),
        ("arn:aws:i?m::111111111111:role/*", True),
        ("arn:aws:iam::*:user/*", False),
    ],
)
def test_resource(text: str, fits: bool) -> None:
    assert resource.matches(glob.pattern(text), ROLE) is fits


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("sts:AssumeRole", True),
        ("STS:assumerole", True),
        ("sts:*", True),
        ("*", True),
        ("sts:Assume?", False),
        ("sts:AssumeRol?", True),
        ("sts:", False),
        ("sts:AssumeRole ", False),
        ("sts:Assume:Role", False),
        ("s*:AssumeRole", False),
        ("iam:*", False),
    ],
)
def test_action(text: str, fits: bool) -> None:
    assert action.matches(text, "sts:AssumeRole") is fits


def test_overlap_is_only_denied_when_sure() -> None:
    assert not glob.overlaps(glob.pattern("dev-*"), glob.pattern("prod-*"))
    assert glob.overlaps(glob.pattern("dev-*"), glob.pattern("*-1"))
    assert glob.overlaps(glob.pattern("dev-*"), "dev-1")
