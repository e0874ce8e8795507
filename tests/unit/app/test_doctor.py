"""Each line of the doctor is ok, warn or bad, and whatever is not ok says what to do."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli import cli
from app.commands import doctor
from app.demo import folder
from graph.build import build
from ingest.job import ingest_files
from tests.support.servers import Servers
from tests.unit.iam.build import role, snapshot


def run(*arguments: str, home: Path, **env: str) -> Result:
    return CliRunner().invoke(cli, ["doctor", *arguments], env={"ROLEPATH_HOME": str(home), **env})


def checks(home: Path, *arguments: str, **env: str) -> dict[str, dict[str, Any]]:
    result = run("--format", "json", *arguments, home=home, **env)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["healthy"] == all(check["status"] != "bad" for check in found["checks"])
    return {check["name"]: check for check in found["checks"]}


def test_whatever_is_not_ok_says_what_to_do(tmp_path: Path) -> None:
    for check in checks(tmp_path / "home").values():
        assert check["status"] in ("ok", "warn", "bad")
        assert check["found"]
        assert check["help"] or check["status"] == "ok", check


def test_an_empty_home_is_looked_at_and_not_made(tmp_path: Path) -> None:
    found = checks(tmp_path / "home")
    assert found["data folder"]["status"] == "ok"
    assert "not made yet" in found["data folder"]["found"]
    assert found["data sets"]["status"] == "warn"
    assert "rolepath demo" in found["data sets"]["help"]
    assert not (tmp_path / "home").exists()


def test_a_home_that_is_a_file_is_bad(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("x")
    result = run(home=tmp_path / "home" / "deeper")
    assert "bad   data folder" in result.stdout
    assert "ROLEPATH_HOME" in result.stdout


@pytest.mark.parametrize(
    ("system", "libc", "status"),
    [
        ("Linux", ("glibc", "2.34"), "ok"),
        ("Linux", ("glibc", "2.33"), "bad"),
        ("Linux", ("glibc", "2.9"), "bad"),
        ("Linux", ("musl", "1.2.4"), "bad"),
        ("Linux", ("", ""), "bad"),
        ("Darwin", ("", ""), "ok"),
        ("Windows", ("", ""), "warn"),
    ],
)
def test_a_platform_without_the_embedded_store_is_told_what_works_instead(
    system: str, libc: tuple[str, str], status: str
) -> None:
    check = doctor.platform_check(system, "x86_64", libc)
    assert check.status == status
    if status == "bad":
        assert "--store" in check.help
        assert "--snapshot" in check.help


def test_data_sets_are_listed_with_their_current_snapshot(tmp_path: Path) -> None:
    ingest_files([folder()], None, data="audit", root=tmp_path)
    (tmp_path / "odd" / "snapshots" / "20260101T000000Z-000000").mkdir(parents=True)
    found = checks(tmp_path)
    assert found["data set audit"]["status"] == "ok"
    assert "1 snapshot, current 20261102T060000Z-" in found["data set audit"]["found"]
    assert "taken 2026-11-02 06:00 UTC" in found["data set audit"]["found"]
    assert found["data set odd"]["status"] == "warn"
    assert "none current" in found["data set odd"]["found"]


def test_a_store_that_is_not_there_is_bad_and_fails_when_asked_to(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"bolt://127.0.0.1:{closed.getsockname()[1]}"
    result = run("--store", url, "--fail-on", "bad", home=tmp_path)
    assert result.exit_code == 1
    assert "bad   store" in result.stdout
    assert url in result.stdout
    assert run("--store", url, home=tmp_path).exit_code == 0


@pytest.mark.neo4j
def test_a_neo4j_server_is_named_with_its_edition(neo4j_shared: Servers, tmp_path: Path) -> None:
    with neo4j_shared.emptied():
        env = neo4j_shared.environment()
        del env["ROLEPATH_HOME"]
        empty = run("--format", "json", home=tmp_path, **env)
        neo4j_shared.open().load(build(snapshot(role("deploy", []))))
        result = run("--format", "json", home=tmp_path, **env)
    assert ": empty" in empty.stdout
    found = {check["name"]: check for check in json.loads(result.stdout)["checks"]}
    assert "data set default, snapshot test" in found["store"]["found"]
    assert found["store connection"]["found"] == "not encrypted, within this machine"
    assert found["store server"]["found"].startswith("Neo4j 5.26.")
    assert found["store server"]["status"] == "ok"


def test_an_account_that_may_write_is_advised_against_for_reading() -> None:
    writer = doctor.server_check("5.26.1", "enterprise", ["PUBLIC", "architect"])
    assert (writer.status, "reader" in writer.help) == ("warn", True)
    assert doctor.server_check("5.26.1", "enterprise", ["PUBLIC", "reader"]).status == "ok"
    assert doctor.server_check("4.4.0", "community", None).status == "warn"


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("neo4j+s://graph.example:7687", "ok"),
        ("bolt://127.0.0.1:7687", "ok"),
        ("bolt://localhost:7687", "ok"),
        ("neo4j://graph.example:7687", "warn"),
        ("bolt://10.0.0.5:7687", "warn"),
    ],
)
def test_a_store_across_a_network_should_be_encrypted(url: str, status: str) -> None:
    assert doctor._transport(url).status == status


# --- credentials ----------------------------------------------------------------------------------

NO_CREDENTIALS = {
    "AWS_PROFILE": "",
    "AWS_ACCESS_KEY_ID": "",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "",
}


def test_profiles_are_named_and_no_secret_is_shown(tmp_path: Path) -> None:
    config, keys = tmp_path / "config", tmp_path / "credentials"
    config.write_text(
        "[default]\nregion=eu-west-1\n[profile audit]\nsso_session=x\n[sso-session x]\n"
    )
    keys.write_text("[old]\naws_access_key_id=AKIAEXAMPLE\naws_secret_access_key=hunter2\n")
    env = {
        **NO_CREDENTIALS,
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": str(keys),
    }
    result = run("--format", "json", home=tmp_path, **env)
    check = next(c for c in json.loads(result.stdout)["checks"] if c["name"] == "aws credentials")
    assert check["found"] == "profile audit, profile default, profile old (not tried)"
    assert "hunter2" not in result.output
    assert "AKIA" not in result.output
    assert (
        checks(tmp_path, **{**env, "AWS_PROFILE": "nobody"})["aws credentials"]["status"] == "warn"
    )


def test_a_broken_profile_file_is_no_reason_to_stop(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_bytes(b"no section\n\xff")
    env = {**NO_CREDENTIALS, "AWS_CONFIG_FILE": str(config)}
    assert checks(tmp_path, **env)["aws credentials"]["status"] == "warn"


def test_keys_in_the_environment_are_seen_and_not_shown(tmp_path: Path) -> None:
    env = {**NO_CREDENTIALS, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE"}
    assert checks(tmp_path, **env)["aws credentials"]["found"] == (
        "keys in the environment (not tried)"
    )
