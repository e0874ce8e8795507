"""The Compose file is valid, publishes on loopback only, and takes its password from outside."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

SCHEMA = Path(__file__).parent / "vendor" / "compose-spec" / "compose-spec.json"


@pytest.fixture(scope="module")
def compose(repository: Path) -> dict[str, Any]:
    loaded = yaml.safe_load((repository / "docker-compose.yml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def test_the_compose_file_is_what_compose_reads(compose: dict[str, Any]) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    problems = jsonschema.Draft202012Validator(schema).iter_errors(compose)
    assert [f"{problem.json_path}: {problem.message}" for problem in problems] == []


def test_the_schema_would_see_a_mistake(compose: dict[str, Any]) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    wrong = {**compose, "services": {"neo4j": {"imagee": "neo4j"}}}
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(wrong))


def test_every_published_port_is_on_loopback(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", ())]
    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_the_password_comes_from_the_environment_and_has_no_default(
    compose: dict[str, Any],
) -> None:
    values = [
        value
        for service in compose["services"].values()
        for name, value in service["environment"].items()
        if name in {"NEO4J_AUTH", "NEO4J_PASSWORD"}
    ]
    assert len(values) == 3
    assert all("${NEO4J_PASSWORD:?" in value for value in values)


def test_what_keeps_running_has_a_health_check(compose: dict[str, Any]) -> None:
    running = {
        name: service
        for name, service in compose["services"].items()
        if service.get("restart") == "unless-stopped"
    }
    assert set(running) == {"neo4j", "dashboard"}
    assert all("healthcheck" in service for service in running.values())


def test_every_volume_is_named(compose: dict[str, Any]) -> None:
    mounts = [
        mount for service in compose["services"].values() for mount in service.get("volumes", ())
    ]
    assert {mount.split(":")[0] for mount in mounts} == set(compose["volumes"])


def test_neo4j_is_5_26_and_the_demo_has_a_profile_of_its_own(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["neo4j"]["image"].startswith("neo4j:5.26")
    assert services["demo"]["profiles"] == ["demo"]
    assert [name for name, service in services.items() if "profiles" in service] == ["demo"]


def test_the_image_runs_as_a_user_without_rights(repository: Path) -> None:
    lines = (repository / "Dockerfile").read_text(encoding="utf-8").splitlines()
    final = lines[max(i for i, line in enumerate(lines) if line.startswith("FROM ")) :]
    users = [line.split()[1] for line in final if line.startswith("USER ")]
    assert users
    assert users[-1] not in {"root", "0"}


def test_the_image_installs_from_the_locks_only(repository: Path) -> None:
    text = (repository / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    installs = [
        command.strip()
        for line in text.splitlines()
        for command in line.removeprefix("RUN ").split("&&")
        if "pip" in command and "install" in command
    ]
    assert len(installs) == 3
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)
