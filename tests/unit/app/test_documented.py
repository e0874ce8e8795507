"""What `docs/` says of commands, options, JSON and cases is what the commands have."""

import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from app import cases, reports
from app.answers import Answers
from app.cli import cli
from app.demo import folder
from ingest.snapshot import read_one
from tests.support.tree import REPOSITORY

PAGE = REPOSITORY / "docs" / "command-line.md"
CASES = REPOSITORY / "docs" / "access-tests.md"
OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*(?![\w])")


def leaves(group: click.Group, words: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from leaves(command, (*words, name))
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield " ".join((*words, name)), command


COMMANDS = dict(leaves(cli))


@cache
def sections() -> dict[str, str]:
    """The page by its headings, those of the second and third level."""
    parts = re.split(r"^##+ (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def options(command: click.Command) -> set[str]:
    """Options of a command, the help left out."""
    return {
        flag
        for param in command.params
        if isinstance(param, click.Option) and not param.hidden
        for flag in (*param.opts, *param.secondary_opts)
    }


def documented_options(section: str) -> set[str]:
    """Options that a section lists: first cells of its table, and its lines of `Also …`."""
    rows = re.findall(r"^\| (`-.+?) \| ", section.replace(r"\|", "¦"), flags=re.MULTILINE)
    also = re.findall(r"^Also (.+?)(?:\.$|\n\n)", section, flags=re.MULTILINE | re.DOTALL)
    return {flag for text in (*rows, *also) for flag in OPTION.findall(text)}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_documented_with_exactly_its_options(name: str) -> None:
    assert name in sections(), f"docs/command-line.md has no section `{name}`"
    assert documented_options(sections()[name]) == options(COMMANDS[name])


def test_the_page_describes_no_command_that_is_not_there() -> None:
    called = {
        words
        for text in re.findall(r"`rolepath ([a-z][a-z-]*(?: [a-z-]+)?)", PAGE.read_text("utf-8"))
        for words in [text if text in COMMANDS else text.split()[0]]
    }
    groups = {name.split()[0] for name in COMMANDS}
    assert {word for word in called if word not in COMMANDS and word not in groups} == set()


def test_the_list_at_the_top_names_every_command() -> None:
    head = PAGE.read_text(encoding="utf-8").partition("\n## ")[0]
    listed = set(re.findall(r"\[`([a-z -]+)`\]", head))
    assert {name if name in listed else name.split()[0] for name in COMMANDS} == listed


@pytest.mark.parametrize("name", COMMANDS)
def test_every_choice_is_named_on_the_page(name: str) -> None:
    section = sections().get(name, "")
    shared = sections()["How they look"]
    for param in COMMANDS[name].params:
        if isinstance(param.type, click.Choice):
            text = (
                shared if "--format" in param.opts and "`--format` with" not in section else section
            )
            missing = [choice for choice in param.type.choices if choice not in text]
            assert missing == [], f"{name} {param.opts}"


def test_the_page_says_which_formats_each_kind_of_report_has() -> None:
    rows = re.findall(r"^\| `rolepath report ([a-z-]+) .+\| (.+) \|$", sections()["report"], re.M)
    said = {kind: sorted(re.findall(r"`([a-z]+)`", cell)) for kind, cell in rows}
    assert said == {kind: sorted(reports.formats(kind)) for kind in reports.kind_names()}


def examples() -> list[str]:
    """Command lines of the two pages."""
    found = []
    for page in (PAGE, CASES):
        for block in re.findall(
            r"^```console\n(.*?)^```", page.read_text("utf-8"), re.M | re.DOTALL
        ):
            found += re.findall(r"^\$ rolepath (.+?)(?:  +\S.*)?$", block, re.MULTILINE)
    return found


@pytest.mark.parametrize("line", examples())
def test_an_example_is_a_command_line_that_is_understood(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What answers from a snapshot is run on the demo; of the others the options are read."""
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line)
    name = " ".join(words[:2]) if " ".join(words[:2]) in COMMANDS else words[0]
    rest = words[len(name.split()) :]
    if words[0] == "test":
        Path("access.yaml").write_text("[]")
        Path("cases").mkdir()
    if "--snapshot" in options(COMMANDS[name]) and words[0] != "test":
        result = CliRunner().invoke(cli, [*words, "--snapshot", str(folder())])
        assert result.exit_code == int("--fail-on" in words), result.output
    elif words[0] == "query":
        assert CliRunner().invoke(cli, ["query", rest[0], "--show"]).exit_code == 0
    else:
        COMMANDS[name].make_context(name, rest)


# --- JSON ---------------------------------------------------------------------------------------

EXAMPLES: dict[str, list[list[str]]] = {
    "paths": [["identity/kira", "production/deploy"]],
    "why": [
        ["staging/migration-runner", "production/migration"],
        ["identity/kira", "shared-services/platform-engineer"],
    ],
    "who-can": [["production/vendor-monitoring"], ["production/deploy", "--transitive"]],
    "reach": [["identity/kira"]],
    "blockers": [
        ["production/deploy"],
        ["production/role/AWSServiceRoleForOrganizations"],
        ["production/role/AWSServiceRoleForECS"],
        ["production/deploy", "--as", "identity/kira"],
        ["333333333333/audit-hub"],
    ],
    "report": [["chains", "identity/kira", "production/deploy"], ["role", "production/deploy"]],
    "doctor": [[]],
}
SHARED = ("Coverage", "Requirements")


def fence(section: str) -> str:
    found = re.search(r"^```json\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def keys(value: Any) -> set[str]:
    """Every key of an answer, at any depth; keys that are names of things are left out."""
    if isinstance(value, list):
        return {key for item in value for key in keys(item)}
    if not isinstance(value, dict):
        return set()
    named = {key for key in value if re.fullmatch(r"[a-z_]+", key)}
    return named | {key for item in value.values() for key in keys(item)}


@cache
def answers(name: str) -> list[dict[str, Any]]:
    found = []
    for arguments in EXAMPLES[name]:
        source = [] if name == "doctor" else ["--snapshot", str(folder())]
        result = CliRunner().invoke(cli, [name, *arguments, *source, "--format", "json"])
        assert result.exit_code == 0, result.output
        found.append(json.loads(result.stdout))
    return found


def described(name: str) -> dict[str, bool]:
    """Keys of a documented shape, and whether each is always there."""
    section = sections()["JSON of a report" if name == "report" else name]
    found: dict[str, bool] = {}
    for key, mark in re.findall(r'"([a-z_]+)"(\??)\s*:', fence(section)):
        found[key] = not mark
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_documented_json_has_every_key_that_is_given(name: str) -> None:
    known = set(described(name))
    for shared in SHARED:
        known |= set(re.findall(r'"([a-z_]+)":', fence(sections()[shared])))
    if name == "report":  # rows have the columns that each section lists
        given = {key for answer in answers(name) for key in answer}
        given |= {key for answer in answers(name) for part in answer["sections"] for key in part}
    else:
        given = keys(answers(name))
    assert given - known == set()


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_key_that_is_promised_is_given(name: str) -> None:
    always = {key for key, is_always in described(name).items() if is_always}
    assert always - keys(answers(name)) - {"near_misses"} == set()


# --- cases --------------------------------------------------------------------------------------


def blocks() -> list[str]:
    text = CASES.read_text(encoding="utf-8")
    return re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("number", range(len(blocks())))
def test_an_example_of_the_page_holds_in_the_demo(number: int, tmp_path: Path) -> None:
    file = tmp_path / "access.yaml"
    file.write_text(blocks()[number], encoding="utf-8")
    report = cases.run([file], otherwise=lambda: Answers.of(read_one(folder())))
    assert [(c.name, c.message) for c in report.cases if c.status != "passed"] == []
    assert [c.message for c in report.cases if c.message] == []


def test_the_page_describes_every_key_of_a_case() -> None:
    text = CASES.read_text(encoding="utf-8")
    known = set().union(*cases.KEYS.values(), *cases.QUESTIONS.values(), cases.COMMON)
    assert {key for key in known if f"`{key}`" not in text and f"{key}:" not in text} == set()
