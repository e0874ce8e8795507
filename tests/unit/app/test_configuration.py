"""What a file says is what would be typed, and what it cannot say is told with its line."""

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from app.cli import cli
from app.commands.doctor import aws as doctor
from app.commands.ingest import aws as ingest
from app.options import Reading

WHOLE = """\
# of the audit team
profile: [audit]
organization: true
accounts: [111111111111, 222222222222]
ou: Workloads
exclude: 333333333333,444444444444
role-name: team/audit-reader
external-id: "0042"
regions:
  - eu-west-1
  - us-east-1
with: [assume_role_events]
save: kept
data: nightly
replace: false
strict: true
quiet: true
format: json
output: answer.json
"""
TYPED = [
    *("--profile", "audit", "--organization", "--accounts", "111111111111,222222222222"),
    *("--ou", "Workloads", "--exclude", "333333333333,444444444444"),
    *("--role-name", "team/audit-reader", "--external-id", "0042"),
    *("--regions", "eu-west-1,us-east-1", "--with", "assume_role_events", "--save", "kept"),
    *("--data", "nightly", "--strict", "--quiet", "--format", "json", "--output", "answer.json"),
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with a value for most options."""
    path = tmp_path / "rolepath.yaml"
    path.write_text(WHOLE)
    return path


def params(command: click.Command, *words: str) -> dict[str, Any]:
    found = command.make_context("aws", [str(word) for word in words]).params
    return {name: list(v) if isinstance(v, tuple) else v for name, v in found.items()}


def test_a_file_says_what_would_be_typed(file: Path) -> None:
    assert params(ingest, "--config", str(file)) == params(ingest, *TYPED)


def test_what_is_typed_wins_wherever_it_stands(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = ["--regions", "eu-central-1", "--role-name", "other"]
    for words in (["--config", str(file), *typed], [*typed, "--config", str(file)]):
        found = params(ingest, *words)
        assert (found["regions"], found["role_name"]) == (["eu-central-1"], "other")
        assert found["external_id"] == "0042"
    monkeypatch.setenv("ROLEPATH_DATA", "exported")
    assert params(ingest, "--config", str(file))["data"] == "exported"


def test_doctor_takes_what_is_to_be_read_and_leaves_the_rest(file: Path) -> None:
    found, whole = params(doctor, "--config", str(file)), params(ingest, *TYPED)
    reading = set(Reading.__dataclass_fields__)
    assert {name: found[name] for name in reading} == {name: whole[name] for name in reading}
    assert (found["format"], found["output"], found["quiet"]) == ("table", None, False)


@pytest.mark.parametrize(
    ("text", "said", "helped"),
    [
        ("a: b\n", ":1: a: there is no such option", "there are accounts, data,"),
        ("\nrole_name: x\n", ":2: role_name: there is no such option", "did you mean `role-name`?"),
        ("# one\n# two\nregion: eu-west-1\n", ":3: region: there is no such", "`regions`"),
        ("config: other.yaml\n", ":1: config: there is no such option", ""),
        ("organization: yes\n", ":1: organization: is true or false", ""),
        ("organization:\n", ":1: organization: is true or false", ""),
        ("quiet: true\nrole-name: [a, b]\n", ":2: role-name: is one text", ""),
        ("role-name: true\n", ":1: role-name: is one text", ""),
        ("role-name:\n", ":1: role-name: is one text", ""),
        ("profile: {a: b}\n", ":1: profile: is text, or a list of texts", ""),
        ("regions: [eu-west-1, true]\n", ":1: regions: is text, or a list of texts", ""),
        ("quiet: true\naccounts: [12]\n", ":2: accounts: `12` is not an account id", ""),
        ("format: pdf\n", ":1: format: 'pdf' is not one of", ""),
        ("aws_secret_access_key: x\n", ":1: aws_secret_access_key: there is no", "secrets do not"),
        ("neo4j-password: x\n", ":1: neo4j-password: there is no", "NEO4J_PASSWORD"),
    ],
)
@pytest.mark.parametrize("command", ["ingest", "doctor"])
def test_what_no_option_takes_is_told_with_its_line(
    command: str, text: str, said: str, helped: str, tmp_path: Path
) -> None:
    file = tmp_path / "rolepath.yaml"
    file.write_text(text)
    done = CliRunner().invoke(cli, [command, "aws", "--config", str(file)])
    assert done.exit_code == 2, done.output
    assert f"error: {file}{said}" in done.stderr
    assert helped in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- organization\n", ": expected a mapping, found list"),
        ("", ": expected a mapping, found nothing"),
        ("organization: true\norganization: true\n", ":2: the key `organization` stands twice"),
        ("quiet: true\nregions: [eu-west-1\n", ":3: while parsing"),
        ("organization: !!python/name:os.system x\n", ":1: could not determine a constructor"),
    ],
)
def test_a_file_that_is_no_mapping_is_told_with_its_line(
    text: str, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "rolepath.yaml"
    file.write_text(text)
    done = CliRunner().invoke(cli, ["ingest", "aws", "--config", str(file)])
    assert done.exit_code == 3, done.output
    assert f"error: {file}{said}" in done.stderr


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["ingest", "aws", "--config", str(tmp_path / "none.yaml")])
    assert (done.exit_code, "none.yaml" in done.stderr) == (2, True)


def test_what_cannot_be_meant_together_is_refused_as_if_it_were_typed(tmp_path: Path) -> None:
    file = tmp_path / "rolepath.yaml"
    file.write_text("organization: true\n")
    done = CliRunner().invoke(cli, ["ingest", "aws", "--config", str(file)])
    assert (done.exit_code, "need --role-name" in done.stderr) == (2, True)


def test_doctor_takes_every_option_that_says_what_is_to_be_read() -> None:
    """In the same words: what would be refused to a collection is found out with its own line."""

    def told(command: click.Command) -> dict[str | None, Any]:
        options = {option.name: option.to_info_dict() for option in command.params}
        return {name: options[name] for name in Reading.__dataclass_fields__}

    assert told(doctor) == told(ingest)
