"""A principal element names whom it names and nobody else, in every form that it may have.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

from typing import Any

import pytest

from iam.authorize import Request, authorize
from iam.model import Role, SamlProvider, User
from tests.unit.iam.build import A, B, allow, role, snapshot, trust, user

SAML = f"arn:aws:iam::{A}:saml-provider/Okta"


def deny(principal: dict[str, Any], action: Any = "sts:AssumeRole") -> dict[str, Any]:
    return {"Effect": "Deny", **principal, "Action": action}


def verdict(trusts: list[dict[str, Any]], *callers: User | Role, principal: str = "") -> str:
    target = role("target", trusts)
    made = snapshot(target, *callers, saml_providers={SAML: SamlProvider(arn=SAML, account=A)})
    asked = Request(principal=principal or callers[0].arn, resource=target.arn)
    return authorize(made, asked).verdict.value


@pytest.mark.parametrize(
    "caller",
    [user("r1"), role("r1", [], account=B)],
    ids=["a user of the role's name", "a role of another account"],
)
def test_a_session_arn_is_a_session_of_that_role_of_that_account(caller: User | Role) -> None:
    """A-17: the role's account, a session of a role, its bare name."""
    named = trust({"AWS": f"arn:aws:sts::{A}:assumed-role/r1/alice"})
    assert verdict([named], caller) == "deny"
    session = f"arn:aws:sts::{A}:assumed-role/r1/alice"
    assert verdict([named], role("r1", []), principal=session) == "allow"


def test_a_session_arn_without_a_session_names_nobody() -> None:
    assert verdict([trust({"AWS": f"arn:aws:sts::{A}:assumed-role/r1"})], role("r1", [])) == "deny"


def test_a_deny_of_the_account_does_not_meet_a_federated_subject() -> None:
    """A-15, C-45: before the call there is no principal of any account."""
    whole = "sts:AssumeRoleWithSAML"
    found = verdict(
        [trust({"Federated": SAML}, whole), deny({"Principal": {"AWS": A}}, whole)], principal=SAML
    )
    assert found == "conditional"
    everybody = deny({"Principal": "*"}, whole)
    assert verdict([trust({"Federated": SAML}, whole), everybody], principal=SAML) == "deny"


def test_a_deny_of_all_but_everybody_denies_nobody() -> None:
    """A-30: the list of NotPrincipal holds a star, which is every kind of caller."""
    lambdas = "lambda.amazonaws.com"
    both = [trust({"Service": lambdas}), deny({"NotPrincipal": "*"})]
    assert verdict(both, principal=lambdas) == "allow"


def test_a_deny_of_all_but_a_role_asks_only_whether_its_account_had_to_be_listed() -> None:
    """A-30: the role is listed, its account is not: I-4, whatever else is listed."""
    caller = role("r1", [])
    listed = [caller.arn, f"arn:aws:sts::{A}:assumed-role/r1/alice"]
    target = role("target", [trust({"AWS": caller.arn}), deny({"NotPrincipal": {"AWS": listed}})])
    found = authorize(snapshot(target, caller), Request(principal=caller.arn, resource=target.arn))
    assert [[a.key for a in branch] for branch in found.requirements] == [["I-4"]]


def test_a_unique_id_names_the_entity_that_has_it() -> None:
    """A-25: the entity with this id, and not another one of its account."""
    caller, other = user("u1", allow()), user("u2", allow())
    assert verdict([trust({"AWS": caller.unique_id})], caller, other) == "allow"
    assert verdict([trust({"AWS": other.unique_id})], caller, other) == "deny"
