"""A command ends with the documented exit code, and the request's mistakes say what was meant."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from app import cli as module
from app.cli import cli
from app.demo import folder
from iam import errors
from tests.support.tree import REPOSITORY

DEMO = ("--snapshot", str(folder()))
KIRA, DEPLOY = "identity/kira", "production/deploy"


def run(*arguments: str, **env: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), env=env)


def ask(*arguments: str) -> Result:
    return run(*arguments, *DEMO)


# --- exit codes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["paths", KIRA, DEPLOY], 0),
        (["paths", KIRA, DEPLOY, "--fail-on", "allow"], 0),
        (["paths", KIRA, DEPLOY, "--fail-on", "allow,conditional"], 1),
        (["paths", KIRA, DEPLOY, "--fail-on", "deny", "--fail-on", "Conditional"], 1),
        (["paths", KIRA, "staging/migration-runner", "--fail-on", "deny"], 1),
        (["paths", KIRA, DEPLOY, "--strict"], 4),
        (["paths", KIRA, DEPLOY, "--strict", "--fail-on", "conditional"], 4),
        (["why", "staging/migration-runner", "production/migration", "--fail-on", "deny"], 1),
        (["who-can", DEPLOY, "--fail-on", "conditional"], 0),
        (["who-can", DEPLOY, "--fail-on", "any"], 1),
        (["reach", KIRA, "--fail-on", "admin"], 1),
        (["reach", "identity/contractor", "--fail-on", "any"], 0),
        (["blockers", DEPLOY, "--fail-on", "protected,impact"], 0),
        (["blockers", DEPLOY, "--fail-on", "blocked"], 1),
        (["report", "chains", KIRA, DEPLOY], 0),
        (["report", "chains", KIRA, DEPLOY, "--strict"], 4),
    ],
)
def test_the_exit_code_says_what_the_answer_is_worth(arguments: Sequence[str], code: int) -> None:
    result = ask(*arguments)
    assert result.exit_code == code, result.output
    assert result.stdout, "the answer is printed whatever the code"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pats", KIRA, DEPLOY], "did you mean `paths`?"),
        (["version"], "help:  rolepath --version"),
        (["help", "paths"], "help:  rolepath --help"),
        (["report", "chain", KIRA, DEPLOY], "did you mean `chains`?"),
        (["paths", KIRA, DEPLOY, "--fromat", "json"], "Did you mean '--format'?"),
        (["paths", KIRA, DEPLOY, "--format", "jsn"], "'jsn' is not one of"),
        (["paths", KIRA, DEPLOY, "--fail-on", "maybe"], "`maybe` is none of"),
        (["paths", KIRA, DEPLOY, "--max-hops", "0"], "--max-hops: 0 is out of range"),
        (["paths", KIRA, DEPLOY, "--via", "all"], "--via all: indirect delegation"),
        (["paths", KIRA], "missing argument 'TO'"),
        (["paths", KIRA, "production/deplyo"], "did you mean `deploy`?"),
        (["paths", KIRA, "deploy"], "`deploy` names 2 things"),
        (["why", KIRA, DEPLOY, "--context", "aws:MultiFactorAuthPresent"], "is not KEY=VALUE"),
        (["who-can", DEPLOY, "--transitive", "--action", "s3:GetObject"], "makes no chain"),
        (["report", "chains", KIRA, DEPLOY, "--format", "pdf"], "it has csv, html, json"),
        (["report", "role", KIRA], "unknown name"),
        (["who-can", DEPLOY, "--among", "nosuch"], "unknown name `nosuch`"),
        (["why", KIRA, DEPLOY, "--via", "x"], "`x` is no AWS service"),
    ],
)
def test_a_mistake_of_the_request_ends_with_2_and_says_what_was_meant(
    arguments: Sequence[str], said: str
) -> None:
    result = ask(*arguments)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert result.stderr.startswith("error: ")
    assert result.stdout == ""


@pytest.mark.parametrize("words", [[], ["--transitive"]])
def test_an_answer_is_narrowed_by_any_name(words: Sequence[str]) -> None:
    for name, same in (
        ("shared-services", "444444444444"),
        ("release-manager", "arn:aws:iam::444444444444:role/release-manager"),
    ):
        by_name, by_id = (
            ask("who-can", DEPLOY, *words, "--among", text, "--format", "json").stdout
            for text in (name, same)
        )
        assert by_name == by_id
        assert json.loads(by_name)["allow"]


def test_two_sources_at_once_are_refused() -> None:
    result = ask("paths", KIRA, DEPLOY, "--store", "bolt://127.0.0.1:1")
    assert result.exit_code == 2
    assert "--snapshot and --store" in result.stderr


def test_a_snapshot_outweighs_a_store_of_the_environment() -> None:
    for words in (["paths", KIRA, DEPLOY], ["report", "role", DEPLOY]):
        result = run(*words, *DEMO, ROLEPATH_STORE="bolt://127.0.0.1:1")
        assert result.exit_code == 0, result.output


def test_a_terminal_of_few_letters_gets_an_answer(tmp_path: Path) -> None:
    arn = "arn:aws:iam::111111111111:role/deploy"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": "日"}},
    }
    role = {
        "Path": "/",
        "RoleName": "deploy",
        "RoleId": "AROAEXAMPLE",
        "Arn": arn,
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "RolePolicyList": [],
        "AttachedManagedPolicies": [],
        "InstanceProfileList": [],
    }
    file = tmp_path / "authz.json"
    details = {
        "UserDetailList": [],
        "GroupDetailList": [],
        "Policies": [],
        "RoleDetailList": [role],
    }
    file.write_text(json.dumps(details), encoding="utf-8")
    words = ["who-can", "deploy", "--snapshot", str(file)]
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", *words],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert r"\u65e5" in done.stdout


def test_a_snapshot_that_is_not_there_ends_with_2(tmp_path: Path) -> None:
    result = run("paths", KIRA, DEPLOY, "--snapshot", str(tmp_path / "nowhere"))
    assert result.exit_code == 2
    assert "unknown snapshot" in result.stderr


def test_a_file_that_cannot_be_read_ends_with_3_and_is_named(tmp_path: Path) -> None:
    bad = tmp_path / "authz.json"
    bad.write_text('{"UserDetailList": [', encoding="utf-8")
    result = run("paths", KIRA, DEPLOY, "--snapshot", str(bad))
    assert result.exit_code == 3
    assert "authz.json" in result.stderr
    assert result.stdout == ""


def test_nothing_loaded_ends_with_3_and_says_how_to_load(tmp_path: Path) -> None:
    result = run("paths", KIRA, DEPLOY, ROLEPATH_HOME=str(tmp_path))
    assert result.exit_code == 3
    assert "nothing has been loaded" in result.stderr
    assert "rolepath demo" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("app.answers.Answers.open", interrupted)
    result = ask("paths", KIRA, DEPLOY)
    assert result.exit_code == 130
    assert result.stderr.strip() == "interrupted"


def test_every_class_of_error_has_a_documented_code() -> None:
    found = {
        error.exit_code
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, errors.RolepathError)
    }
    assert found == {1, 2, 3, 4}


# --- what is written where ------------------------------------------------------------------------


def test_an_answer_goes_to_stdout_and_everything_else_to_stderr() -> None:
    result = ask("paths", KIRA, DEPLOY)
    assert result.stdout.startswith("kira (222222222222) can become")
    assert "snapshot 2026" in result.stderr
    assert "snapshot 2026" not in result.stdout


def test_json_is_the_answer_and_nothing_else() -> None:
    result = ask("reach", KIRA, "--format", "json")
    assert json.loads(result.stdout)["principal"].endswith("user/kira")
    assert result.stderr == ""


def test_quiet_leaves_only_the_answer() -> None:
    result = ask("paths", KIRA, DEPLOY, "--quiet")
    assert result.stderr == ""
    assert result.stdout


def test_an_output_file_takes_the_answer(tmp_path: Path) -> None:
    file = tmp_path / "answer.csv"
    result = ask("paths", KIRA, DEPLOY, "--format", "csv", "--output", str(file))
    assert result.exit_code == 0
    assert result.stdout == ""
    assert file.read_text("utf-8").startswith("path,hop,from,to,")


def test_the_old_output_file_stays_when_there_is_no_answer(tmp_path: Path) -> None:
    file = tmp_path / "answer.csv"
    file.write_text("old")
    assert ask("paths", KIRA, "nobody", "--output", str(file)).exit_code == 2
    assert file.read_text() == "old"


# --- help -----------------------------------------------------------------------------------------


def names() -> list[str]:
    return sorted(module._modules())


def test_every_command_of_the_folder_is_listed_under_a_heading() -> None:
    shown = run("--help").stdout
    assert [name for name in names() if f"  {name} " not in shown] == []
    assert "..." not in shown.partition("Begin:")[2], "no summary is cut off"


@pytest.mark.parametrize("name", names())
def test_every_command_explains_itself_and_each_of_its_options(name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    command = cli.get_command(
        cli.make_context("rolepath", [name, "--help"], resilient_parsing=True), name
    )
    assert command is not None
    assert command.help
    options = [param for param in command.params if isinstance(param, click.Option)]
    assert [option.name for option in options if not option.help] == []


def test_a_group_alone_prints_its_help_on_stderr() -> None:
    result = run("report")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Usage: ")
    assert "chains" in result.stderr


def test_the_version_is_that_of_the_distribution() -> None:
    from app import version

    assert run("--version").stdout == f"rolepath {version()}\n"


HEAVY = (
    "boto3",
    "botocore",
    "neo4j",
    "pandas",
    "rich",
    "scipy",
    "streamlit",
    "yaml",
    "arcadedb_embedded",
)


@pytest.mark.parametrize("arguments", [["--help"], ["paths", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments: Sequence[str]) -> None:
    """Why it answers within a quarter of a second: see ``benchmarks/`` for the time itself."""
    program = (
        "import sys\n"
        "from app.cli import cli\n"
        f"cli.main({list(arguments)!r}, standalone_mode=False)\n"
        f"sys.stderr.write(','.join(n for n in {HEAVY!r} if n in sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout
    assert done.stderr == ""


# --- completion -----------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_calls_back_the_command(shell: str) -> None:
    script = run("completion", shell).stdout
    assert "_ROLEPATH_COMPLETE" in script
    assert "rolepath" in script


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (["rolepath", "who"], "who-can"),
        (["rolepath", "report", "ch"], "chains"),
        (["rolepath", "report", "chains", "--max"], "--max-hops"),
        (["rolepath", "query", "unused_r"], "unused_roles"),
        (["rolepath", "paths", "--format", "c"], "csv"),
    ],
)
def test_a_shell_completes_commands_options_and_queries(
    words: Sequence[str], completed: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli"],
        cwd=REPOSITORY,
        env={
            **os.environ,
            "_ROLEPATH_COMPLETE": "bash_complete",
            "COMP_WORDS": " ".join(words),
            "COMP_CWORD": str(len(words) - 1),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == [f"plain,{completed}"]


@pytest.mark.parametrize("locale", ["latin-1", "ascii"])
def test_what_becomes_a_file_is_utf_8_in_any_locale(locale: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "report", "role", DEPLOY, *DEMO],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONIOENCODING": locale, "PYTHONUTF8": "0"},
        capture_output=True,
        check=True,
    )
    page = done.stdout.decode("utf-8")
    assert "→" in page
    assert "\\u2192" not in page


@pytest.mark.parametrize("start", [["-m", "app.cli"], ["-c", "from app.entry import main; main()"]])
def test_an_interruption_of_the_imports_is_one_line(start: Sequence[str], tmp_path: Path) -> None:
    """The second is what the console script does."""
    (tmp_path / "click.py").write_text(
        "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nraise AssertionError\n"
    )
    done = subprocess.run(
        [sys.executable, *start],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


def test_a_server_that_does_not_answer_is_said_once() -> None:
    """The driver logs every attempt to find a server of a cluster."""
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "cypher", "RETURN 1", "--store", "neo4j://127.0.0.1:1"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 3
    first, *rest = done.stderr.splitlines()
    assert first.startswith("error: neo4j://127.0.0.1:1: nothing answers")
    assert [line.partition(" ")[0] for line in rest] == ["help:"]
