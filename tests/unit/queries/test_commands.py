"""The commands `query` and `cypher` say what is wrong before a store is opened."""

import json

import pytest
from click.shell_completion import BashComplete
from click.testing import CliRunner, Result

from app.cli import cli
from queries.catalogue import FAMILIES, catalogue, find


def run(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(cli, list(arguments), input=stdin)


def test_without_a_name_the_catalogue_is_listed_by_family() -> None:
    result = run("query")
    assert result.exit_code == 0
    assert [line for line in result.stdout.splitlines() if line in FAMILIES.values()] == list(
        FAMILIES.values()
    )
    for query in catalogue().values():
        assert f"  {query.name}" in result.stdout
        assert query.question in result.stdout


def test_the_list_as_json_has_what_a_caller_needs_to_ask() -> None:
    listed = json.loads(run("query", "--format", "json").stdout)["queries"]
    assert [entry["name"] for entry in listed] == list(catalogue())
    (entry,) = [entry for entry in listed if entry["name"] == "unused_roles"]
    assert entry["family"] == "hygiene"
    assert entry["params"][0] == {
        "name": "days",
        "type": "int",
        "doc": "Days without use; a younger role is left out.",
        "required": False,
        "default": 90,
    }
    assert [column["name"] for column in entry["columns"]][:2] == ["role", "name"]


def test_the_list_as_csv_has_a_line_for_each_query() -> None:
    lines = run("query", "--format", "csv").stdout.splitlines()
    assert lines[0] == "family,name,title,question,grain,params,columns"
    assert len(lines) == len(catalogue()) + 1


def test_a_query_is_shown_as_it_stands_in_its_file() -> None:
    query = find("deletion_blockers")
    assert run("query", "deletion_blockers", "--show").stdout == query.text
    shown = json.loads(run("query", "deletion_blockers", "--show", "--format", "json").stdout)
    assert shown["cypher"] == query.cypher


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["query", "deletion_blocker"], "did you mean `deletion_blockers`"),
        (["query", "deletion_blockers"], "parameter `entity` is missing: The role, user"),
        (["query", "deletion_blockers", "-p", "entiy=x"], "did you mean `entity`?"),
        (["query", "deletion_blockers", "-p", "entity"], "`entity` is not KEY=VALUE"),
        (["query", "deletion_blockers", "-p", "entity=a", "-p", "entity=b"], "given 2 times"),
        (["query", "--show"], "say which query is meant"),
        (["query", "-p", "role=a"], "say which query is meant"),
        (["query", "accounts", "--limit", "many"], "'many' is not a valid integer"),
        (["cypher"], "missing argument 'TEXT'"),
        (["cypher", " "], "the statement is empty"),
        (["cypher", "-"], "the statement is empty"),
    ],
)
def test_a_mistake_ends_with_2_and_says_what_to_do(arguments: list[str], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert result.stdout == ""


def completed(*words: str) -> list[str]:
    shell = BashComplete(cli, {}, "rolepath", "_ROLEPATH_COMPLETE")
    return [item.value for item in shell.get_completions(list(words[:-1]), words[-1])]


def test_a_shell_completes_names_and_parameters() -> None:
    assert completed("query", "del") == [
        "delegation_chains",
        "deleted_principals",
        "deletion_blockers",
    ]
    assert completed("query", "delegation_chains", "-p", "") == ["from=", "to="]
    assert completed("query", "reachable_roles", "-p", "max") == ["max_hops="]
    assert completed("query", "reachable_roles", "-p", "max_hops=") == []
    assert completed("query", "-p", "") == []
