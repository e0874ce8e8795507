"""What a newcomer asks first: which guard, which account, which page, which parameters."""

import json
from typing import Any

import pytest

from app.dashboard.parts import sentences
from app.dashboard.parts.evidence import fixing_keys
from app.dashboard.views.paths import distinct
from app.dashboard.views.query import console_parameters, parameters_of
from iam.errors import UsageError
from queries.catalogue import find


@pytest.mark.parametrize(
    ("conditions", "keys"),
    [
        ({}, ()),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}, ("aws:PrincipalOrgID",)),
        ({"StringLike": {"aws:PrincipalOrgID": ["*"]}}, ()),
        ({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-abcdefghij"}}, ()),
        ({"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}, ()),
        ({"StringEquals": {"sts:ExternalId": "x"}}, ()),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, ()),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}}, ()),
        (
            {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/x"}},
            ("aws:PrincipalArn",),
        ),
    ],
)
def test_only_a_literal_account_or_organization_guards_everyone(
    conditions: dict[str, Any], keys: tuple[str, ...]
) -> None:
    assert fixing_keys(json.dumps(conditions) if conditions else "") == keys


def test_the_sentence_of_administrators_says_which_of_them() -> None:
    open_, shut = {"reached_by_now": 2}, {"reached_by_now": 0}
    assert sentences.administrators_sentence([{}, {}], [open_, open_, shut]) == (
        "2 principals that are no administrator can become one. 2 of the 3 administrators can be "
        "entered without meeting a condition."
    )
    assert sentences.administrators_sentence([{}], [shut]) == (
        "1 principal that is no administrator can become the only one there is. It cannot be "
        "entered without meeting a condition."
    )


def test_examples_share_no_end() -> None:
    pairs = [("leo", "admin"), ("kira", "admin"), ("kira", "deploy"), ("deploy", "admin")]
    assert distinct(pairs, 3) == [("leo", "admin"), ("kira", "deploy")]


def test_the_console_gets_every_parameter_of_a_question() -> None:
    assert console_parameters(find("longest_chains"), {}, 100) == {"least": 2, "row_limit": 100}
    assert console_parameters(find("longest_chains"), {"least": "3"}, 7)["least"] == 3
    assert console_parameters(find("ways_to_admin"), {"outright": "true"}, 9) == {
        "account": "",
        "outright": True,
        "max_hops": 6,
    }
    assert console_parameters(find("who_can_reach_role"), {}, 9)["role"] == ""


def test_parameters_are_one_json_object() -> None:
    assert parameters_of("  ") == {}
    assert parameters_of('{"account": ""}') == {"account": ""}
    for text in ("{", "[1]", "account"):
        with pytest.raises(UsageError, match="parameters"):
            parameters_of(text)
