"""A key of the graph tells a reader its kind, its name and its account."""

import pytest

from app.dashboard.parts.colours import KINDS
from app.dashboard.parts.principals import Directory, read_key

A, X = "111111111111", "999999999999"


@pytest.mark.parametrize(
    ("key", "kind", "name", "account"),
    [
        ("*", "everyone", "everyone", ""),
        ("ec2.amazonaws.com", "service", "ec2", ""),
        ("ec2.amazonaws.com.cn", "service", "ec2", ""),
        (f"arn:aws:iam::{A}:role/eng/deploy", "role", "deploy", A),
        (f"arn:aws:iam::{A}:user/ana", "user", "ana", A),
        (f"arn:aws:iam::{X}:root", "external", f"account {X}", X),
        (
            f"arn:aws:iam::{A}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
            "service_linked_role",
            "AWSServiceRoleForECS",
            A,
        ),
        (
            f"arn:aws:iam::{A}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1f",
            "federated",
            "AWSReservedSSO_Admin_1f",
            A,
        ),
        (f"arn:aws:iam::{A}:saml-provider/corp", "federated", "corp", A),
        (
            f"arn:aws:iam::{A}:oidc-provider/token.actions.example"
            "#token.actions.example:aud=sts&token.actions.example:sub=repo:larkspur/*",
            "federated",
            "repo:larkspur/*",
            A,
        ),
        ("d-9367a1b2c3/900e2bb3", "federated", "900e2bb3", ""),
        ("AROAGONE", "external", "AROAGONE", ""),
        ("arn:aws:s3:::bucket", "thing", "bucket", ""),
        ("arn:broken", "external", "arn:broken", ""),
        ("", "federated", "", ""),
    ],
)
def test_a_key_is_read(key: str, kind: str, name: str, account: str) -> None:
    assert read_key(key) == (kind, name, account)
    assert kind in KINDS


def test_what_the_snapshot_knows_is_said() -> None:
    role = f"arn:aws:iam::{A}:role/deploy"
    known = Directory(
        accounts={A: "production"}, service_roles=frozenset({role}), admins=frozenset({role})
    )
    found = known.describe(role)
    assert (found.kind, found.admin) == ("service_role", True)
    assert found.place == "production · 1111…1111"
    own = known.describe(f"arn:aws:iam::{A}:root")
    assert (own.kind, own.name) == ("account", "production")
    assert known.describe(f"arn:aws:iam::{X}:root").kind == "external"


def test_a_person_of_identity_center_has_a_name() -> None:
    known = Directory(names={"d-1/2": "tara.okafor@larkspur.example"})
    assert known.describe("d-1/2").name == "tara.okafor@larkspur.example"
