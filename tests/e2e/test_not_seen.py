"""Whoever loads one saved file is told in every answer what that file cannot hold."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli import cli
from tests.unit.ingest.given import A, details, role, saved


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A home into which the authorization details of one account were loaded."""
    folder = tmp_path_factory.mktemp("not-seen")
    found = {"ROLEPATH_HOME": str(folder / "home")}
    ana = {"UserName": "ana", "Path": "/", "Arn": f"arn:aws:iam::{A}:user/ana"}
    file = saved(folder / "authz.json", details(role("r"), UserDetailList=[ana]))
    loaded = run(found, "ingest", "files", str(file))
    assert loaded.exit_code == 0, loaded.output
    found["LOADED"] = loaded.stdout
    return found


def run(env: dict[str, str], *words: str) -> Result:
    return CliRunner().invoke(cli, list(words), env=env)


def answer(env: dict[str, str], *words: str) -> dict[str, Any]:
    result = run(env, *words, "--format", "json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_load_names_what_the_file_cannot_hold(env: dict[str, str]) -> None:
    lines = [" ".join(line.split()) for line in env["LOADED"].splitlines()]
    assert {"1 account", "1 user", "1 role", "0 groups"} <= set(lines)
    unseen = lines[lines.index("not seen") :]
    assert "workloads and resource policies: no Region was read" in unseen
    assert f"not-asked: iam:get-credential-report in {A}/global" in unseen


def test_a_user_whose_devices_nobody_read_is_not_passed_over(env: dict[str, str]) -> None:
    found = answer(env, "query", "users_without_mfa")
    assert [(row["name"], row["mfa"]) for row in found["rows"]] == [("ana", "unknown")]
    assert not found["coverage"]["complete"]


def test_what_nobody_asked_for_stands_under_the_rows(env: dict[str, str]) -> None:
    found = answer(env, "query", "coverage_gaps")
    assert found["rows"] == []
    unseen = {(gap["operation"], gap["status"]) for gap in found["coverage"]["not_seen"]}
    assert ("get-credential-report", "not-asked") in unseen
    for words in (["query", "coverage_gaps"], ["cypher", "MATCH (r:Role) RETURN r.name AS name"]):
        shown = run(env, *words).stdout
        assert f"not-asked: iam:get-credential-report in {A}" in shown


def test_what_is_taken_for_granted_stands_in_every_answer_about_access(env: dict[str, str]) -> None:
    one, r = f"arn:aws:iam::{A}:user/ana", f"arn:aws:iam::{A}:role/r"
    assumed = answer(env, "why", one, r)["assumptions"]
    assert assumed == ["organization policies not collected: taken as permitting"]
    for words in (
        ["paths", one, r],
        ["paths", one, "admin"],
        ["reach", one],
        ["reach", r, "--direction", "in"],
        ["who-can", r],
        ["who-can", r, "--transitive"],
    ):
        assert answer(env, *words)["assumptions"] == assumed, words
        shown = run(env, *words).stdout
        assert f"\nassumes\n  {assumed[0]}\n" in shown, words
