"""What AWS would not understand in a policy is named with its place, and nothing else is."""

from dataclasses import replace
from typing import Any

import pytest

from iam.model import Policy, PolicyKind
from iam.oddities import oddities
from tests.unit.iam.build import allow, role, snapshot, trust, user


def odd(*statements: dict[str, Any]) -> list[str]:
    """What is odd in a user's own policy, without its place."""
    return [
        line.partition("#inline/own: ")[2] for line in oddities(snapshot(user("a", *statements)))
    ]


def under(operator: str, key: str) -> dict[str, Any]:
    return allow(Condition={operator: {key: "x"}})


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (under("StringEqual", "aws:PrincipalOrgID"), "there is no operator `StringEqual`"),
        (under("ForEachValue:StringLike", "aws:TagKeys"), "no operator `ForEachValue:StringLike`"),
        (under("StringEquals", "aws:PrincipalOrgId2"), "no condition key `aws:PrincipalOrgId2`"),
        (under("StringEquals", "sts:ExternalID2"), "there is no condition key `sts:ExternalID2`"),
        (under("StringEquals", "aws:PrincipalTag"), "no condition key `aws:PrincipalTag`"),
        (under("StringEquals", "ExternalId"), "`ExternalId` is no condition key"),
        (under("StringEquals", "stss:ExternalId"), "condition keys with the prefix `stss`"),
        (allow("stss:AssumeRole"), "no service has the prefix `stss`"),
        (allow("AssumeRole"), "`AssumeRole` is no action"),
        (allow("sts:"), "`sts:` is no action"),
        (allow("s*:GetObject"), "no service has the prefix `s*`"),
    ],
)
def test_what_aws_does_not_know_is_named(statement: dict[str, Any], said: str) -> None:
    (line,) = odd(statement)
    assert line.startswith("statement 0: ")
    assert said in line


@pytest.mark.parametrize(
    "statement",
    [
        allow("*"),
        allow("*:*"),
        allow(["S3:Get*", "codedeploy-commands-secure:*", "execute-api:Invoke", "evidently:*"]),
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
        under("foranyvalue:stringlikeifexists", "AWS:CalledVia"),
        under("StringEquals", "aws:PrincipalTag/team"),
        under("StringEquals", "aws:RequestTag/a:b"),
        under("StringEquals", "sts:requestcontext/identitycenter:UserId"),
        under("StringEquals", "s3:prefix"),
        under("StringEquals", "ec2:ResourceTag/a"),
        under("StringEquals", "token.actions.githubusercontent.com:sub"),
        under("StringEquals", "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE:aud"),
        under("StringEquals", "SAML:aud"),
        under("Null", "aws:ViaAWSMCPService"),
    ],
)
def test_what_aws_knows_is_not_odd(statement: dict[str, Any]) -> None:
    assert odd(statement) == []


def test_the_same_oddity_is_counted_and_its_first_place_named() -> None:
    guests = [trust({"AWS": "*"}), trust({"AWS": "*"}, Condition={"StringEqual": {"aws:a": "b"}})]
    (key, operator) = oddities(snapshot(role("x", guests), role("y", guests)))
    first = "arn:aws:iam::111111111111:role/x#trust: statement 1: "
    assert key == f"{first}there is no condition key `aws:a`; so in 2 statements"
    assert operator == f"{first}there is no operator `StringEqual`; so in 2 statements"


def test_a_policy_of_aws_is_never_odd() -> None:
    own = Policy(
        arn="arn:aws:iam::aws:policy/New",
        name="New",
        kind=PolicyKind.MANAGED,
        document={"Statement": allow("newservice:*")},
        place="authz.json#/Policies/0",
    )
    theirs = replace(own, is_aws_managed=True)
    assert oddities(snapshot(user("a"), policies=(theirs,))) == []
    (line,) = oddities(snapshot(user("a"), policies=(own,)))
    assert line == "authz.json#/Policies/0: statement 0: no service has the prefix `newservice`"
