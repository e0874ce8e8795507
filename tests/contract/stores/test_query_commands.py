"""`rolepath query` and `rolepath cypher` answer from either store, by name, and only read."""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli import cli
from tests.support.servers import Servers
from tests.support.tree import REPOSITORY

PROD = "arn:aws:iam::666666666666:role/"


@pytest.fixture(scope="module")
def demo(server: Servers) -> Iterator[dict[str, str]]:
    """What a command needs to answer from the demo organization."""
    with server.emptied():
        env = server.environment() | {"ROLEPATH_DATA": "demo"}
        result = CliRunner().invoke(cli, ["demo", "--no-serve", "--no-progress"], env=env)
        assert result.exit_code == 0, result.output
        yield env


def run(env: dict[str, str], *arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(cli, list(arguments), env=env, input=stdin)


def answer(env: dict[str, str], *arguments: str, stdin: str = "") -> dict[str, Any]:
    result = run(env, *arguments, "--format", "json", stdin=stdin)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_principals_roles_and_accounts_are_given_by_name(demo: dict[str, str]) -> None:
    found = answer(
        demo, "query", "delegation_chains", "-p", "from=identity/kira", "-p", "to=production/deploy"
    )
    assert list(found) == ["columns", "rows", "truncated", "coverage", "data", "snapshot"]
    assert (found["data"], found["truncated"]) == ("demo", False)
    (row,) = found["rows"]
    assert list(row) == found["columns"]
    assert (row["hops"], row["verdict"]) == (4, "conditional")
    assert row["needs"] == ["aws:MultiFactorAuthPresent"]
    assert row["chain"][-1] == f"{PROD}deploy"
    gaps = answer(demo, "query", "coverage_gaps", "-p", "account=production")
    assert {row["account"] for row in gaps["rows"]} == {"666666666666"}
    same = answer(demo, "query", "coverage_gaps", "-p", "account=666666666666")
    assert same == gaps


def test_a_name_that_is_not_there_ends_with_2(demo: dict[str, str]) -> None:
    result = run(demo, "query", "deletion_blockers", "-p", "entity=production/deplyo")
    assert result.exit_code == 2
    assert "did you mean `deploy`?" in result.stderr
    result = run(demo, "query", "administrators", "-p", "account=prodction")
    assert result.exit_code == 2
    assert "did you mean `production`" in result.stderr
    result = run(demo, "query", "workloads_of_role", "-p", "role=identity/kira")
    assert result.exit_code == 2, "a user is no role"


def test_a_limit_is_said_in_every_format(demo: dict[str, str]) -> None:
    table = run(demo, "query", "service_linked_roles", "--limit", "2")
    assert "first 2 rows of more; raise --limit" in table.stdout
    assert answer(demo, "query", "service_linked_roles", "--limit", "2")["truncated"] is True
    rows = list(
        csv.DictReader(
            io.StringIO(
                run(demo, "query", "service_linked_roles", "--limit", "2", "--format", "csv").stdout
            )
        )
    )
    assert len(rows) == 2
    assert rows[0]["service"] < rows[1]["service"] or rows[0]["role"] < rows[1]["role"]
    assert run(demo, "query", "service_linked_roles", "--limit", "0").exit_code == 2


def test_a_statement_of_ones_own_reads(demo: dict[str, str]) -> None:
    text = "MATCH (r:Role {name: $name}) RETURN r.account AS account ORDER BY account"
    found = answer(demo, "cypher", text, "-p", "name=break-glass")
    assert found["columns"] == ["account"]
    assert found["rows"] == [{"account": "666666666666"}]
    assert answer(demo, "cypher", "-", "-p", "name=break-glass", stdin=text) == found
    several = answer(
        demo,
        "cypher",
        "MATCH (r:Role) WHERE r.name IN $names RETURN count(r) AS n",
        *("-p", "names=break-glass", "-p", "names=deploy"),
    )
    assert several["rows"] == [{"n": 3}]
    cut = answer(demo, "cypher", "MATCH (r:Role) RETURN r.arn AS arn", "--limit", "5")
    assert (len(cut["rows"]), cut["truncated"]) == (5, True)


@pytest.mark.parametrize(
    "text",
    [
        "CREATE (n:Role {arn: 'x'})",
        "MATCH (r:Role) SET r.name = 'x' RETURN r",
        "MATCH (r:Role) DETACH DELETE r",
        "LOAD CSV FROM 'http://127.0.0.1:9/x' AS line RETURN line",
        "MATCH (r:Role RETURN r",
    ],
)
def test_a_statement_that_does_not_only_read_is_refused(demo: dict[str, str], text: str) -> None:
    before = answer(demo, "cypher", "MATCH (r:Role) RETURN count(r) AS n")["rows"]
    result = run(demo, "cypher", text)
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("error: ")
    assert answer(demo, "cypher", "MATCH (r:Role) RETURN count(r) AS n")["rows"] == before


EXAMPLES = re.findall(
    r"^```cypher\n(.*?)^```",
    (REPOSITORY / "docs" / "cypher.md").read_text(encoding="utf-8"),
    re.DOTALL | re.MULTILINE,
)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_of_the_page_about_cypher_has_rows(demo: dict[str, str], number: int) -> None:
    found = answer(
        demo,
        "cypher",
        EXAMPLES[number],
        *("-p", "from=arn:aws:iam::444444444444:user/jenkins", "-p", f"to={PROD}deploy"),
    )
    assert found["rows"]
