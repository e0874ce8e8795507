"""The demo organization is what its generator writes, and shows every idea that it promises."""

from functools import cache

import pytest

from app.answers import Answers
from app.demo import folder, story, write
from ingest.coverage import coverage_json
from ingest.snapshot import read_one

PROD, STAGING, SHARED, IDENTITY = "666666666666", "555555555555", "444444444444", "222222222222"
GITHUB = f"arn:aws:iam::{SHARED}:oidc-provider/token.actions.githubusercontent.com"


@cache
def demo() -> Answers:
    return Answers.of(read_one(folder()))


def test_the_committed_folder_is_what_the_generator_writes() -> None:
    """After a change of ``app/demo/story.py``: ``python -m app.demo.write``."""
    there = {
        path.relative_to(folder()).as_posix(): path.read_text(encoding="utf-8")
        for path in folder().rglob("*")
        if path.is_file()
    }
    assert there == write.contents()


def test_it_has_the_promised_size() -> None:
    snapshot = demo().snapshot_model()
    assert len([a for a in snapshot.accounts.values() if a.collected]) == 6
    assert 110 <= len(snapshot.roles) <= 140
    assert len(snapshot.users) == 20
    assert snapshot.taken_at is not None
    assert {len(role.unique_id) for role in snapshot.roles.values()} == {21}


def test_two_scopes_could_not_be_read_and_nothing_else() -> None:
    unseen = coverage_json(demo().snapshot_model())["not_seen"]
    assert [(one["account"], one["region"], one["missing_action"]) for one in unseen] == [
        (PROD, "us-east-1", "autoscaling:DescribeAutoScalingGroups"),
        (PROD, "us-east-1", "lambda:ListFunctions"),
    ]


@pytest.mark.parametrize(
    ("principal", "role", "verdict", "code"),
    [
        ("444444444444/jenkins-agent", f"{SHARED}/release-manager", "allow", ""),
        (f"{IDENTITY}/kira", f"{SHARED}/platform-engineer", "conditional", ""),
        (f"{STAGING}/migration-runner", f"{PROD}/migration", "deny", "SCP_EXPLICIT"),
        (f"{PROD}/incident-responder", f"{PROD}/prod-admin", "deny", "BOUNDARY_IMPLICIT"),
        (f"{STAGING}/data-scientist", f"{SHARED}/data-lake-reader", "deny", "BOUNDARY_IMPLICIT"),
        ("arn:aws:iam::888888888888:root", "111111111111/vendor-billing", "conditional", ""),
        ("arn:aws:iam::999999999999:root", f"{PROD}/vendor-monitoring", "conditional", ""),
        (f"{IDENTITY}/dana", f"{PROD}/break-glass", "deny", "IDENTITY_IMPLICIT"),
    ],
)
def test_single_decisions(principal: str, role: str, verdict: str, code: str) -> None:
    found = demo().why(principal, role)
    assert found["verdict"] == verdict
    assert code in {reason["code"] for reason in found["reasons"]} | {""}


@pytest.mark.parametrize(
    ("start", "end", "hops", "key"),
    [
        (f"{IDENTITY}/maya", f"{PROD}/prod-admin", 2, "aws:MultiFactorAuthPresent"),
        (f"{SHARED}/jenkins", f"{PROD}/deploy", 3, ""),
        (f"{SHARED}/jenkins", f"{PROD}/prod-admin", 4, ""),
        (f"{IDENTITY}/kira", f"{PROD}/deploy", 4, "aws:MultiFactorAuthPresent"),
        (f"{GITHUB}#sub=repo:larkspur*/*", f"{PROD}/prod-admin", 4, ""),
        ("111111111111/olga", f"{PROD}/OrganizationAccountAccessRole", 2, ""),
        (f"{IDENTITY}/ines", f"{PROD}/auditor", 2, "aws:MultiFactorAuthPresent"),
    ],
)
def test_chains_into_production(start: str, end: str, hops: int, key: str) -> None:
    best = demo().paths(start, end)["paths"][0]
    assert len(best["hops"]) == hops
    assert key in {a["key"] for branch in best["requirements"] for a in branch} | {""}


def test_a_developer_does_not_reach_production() -> None:
    assert demo().paths(f"{IDENTITY}/dana", f"{PROD}/prod-admin")["verdict"] == "deny"


def test_a_trust_names_a_role_that_is_gone() -> None:
    gone = "AROAQ4T7LARKSPURGONE2"
    assert demo().entity(demo().resolve(gone))["kind"] == "external_principal"
    assert demo().why(gone, f"{STAGING}/data-export")["verdict"] == "deny"
    assert demo().who_can(f"{STAGING}/data-export")["allow"] == []


@pytest.mark.parametrize(
    ("entity", "verdict"),
    [
        (f"{PROD}/storefront-server", "BLOCKED"),
        (f"{SHARED}/release-gate", "DELETABLE_WITH_IMPACT"),
        (f"{PROD}/legacy-reporting", "DELETABLE"),
        (f"{PROD}/AWSServiceRoleForECS", "PROTECTED"),
    ],
)
def test_deletions(entity: str, verdict: str) -> None:
    assert demo().blockers(entity)["verdict"] == verdict


def test_service_linked_roles_are_foretold() -> None:
    found = {
        (account, name): demo().blockers(f"{account}/{name}")["slr"]["prediction"]
        for account in (STAGING, PROD)
        for name in ("AWSServiceRoleForECS", "AWSServiceRoleForAutoScaling")
    }
    assert found[PROD, "AWSServiceRoleForECS"] == "BLOCKED"
    assert found[STAGING, "AWSServiceRoleForAutoScaling"] == "CLEAR"


def test_the_story_counts_its_own_accounts() -> None:
    assert len({account.id for account in story.ACCOUNTS}) == 6
