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
        ("**b", "ab", True),
        ("*a*", "ab", True),
        ("*a*", "ba", True),
        ("*a*", "bb", False),
        ("*a?c*", "zabcz", True),
        ("*a?c*", "zzzzz", False),
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


@pytest.mark.parametrize(
    ("text", "arn", "fits"),
    [
        # A star in the sixth part runs over colons, as the star that ends a part before it does.
        ("arn:aws:lambda:*:function:*-x", "arn:aws:lambda:eu:1:function:a:b-x", True),
        ("arn:aws:lambda:*:function:a?b", "arn:aws:lambda:eu:1:function:a:b", True),
        ("arn:aws:lambda:*:function:a?b", "arn:aws:lambda:eu:1:function:a:bb", False),
        ("arn:aws:l*a:*:function:f", "arn:aws:lambda:eu:1:function:f", True),
        ("arn:aws:lambd?:*:function:f", "arn:aws:lambda:eu:1:function:f", True),
        # Inside a part neither a star nor a question mark is a colon.
        ("arn:aws:s*a:*:f", "arn:aws:sx:xa:eu:1:f", False),
        ("arn:aws:a?b:*:z", "arn:aws:a:b:c:d:z", False),
        ("arn:aws:sns:*c", "arn:aws:sns:a:b:c", False),
    ],
)
def test_colons_in_resources(text: str, arn: str, fits: bool) -> None:
    """A-39; IAM identifiers: a wildcard stays in its part of the ARN."""
    assert resource.matches(glob.pattern(text), arn) is fits


def test_a_pattern_is_literal_without_any_wildcard() -> None:
    assert glob.is_literal(glob.pattern("ab"))
    assert not glob.is_literal(glob.pattern("a?"))
    assert not glob.is_literal(glob.pattern("a*"))
    assert glob.overlaps(glob.pattern("?a*"), glob.pattern("ba*"))


def test_overlap_is_only_denied_when_sure() -> None:
    assert not glob.overlaps(glob.pattern("dev-*"), glob.pattern("prod-*"))
    assert glob.overlaps(glob.pattern("dev-*"), glob.pattern("*-1"))
    assert glob.overlaps(glob.pattern("dev-*"), "dev-1")
