"""The printed policy allows what the sources ask, and nothing else."""

import json
import re
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from click.testing import CliRunner

from app.cli import cli
from iam.errors import UsageError
from iam.model import COVERAGE_STATES
from ingest.aws import ALSO_READS, READS, SECRET, action_of
from ingest.coverage import NOT_ASKED
from ingest.permissions import COLLECTOR, REGIONS, actions, policy
from ingest.reference import pages
from ingest.sources import Source, by_operation, name_of, sources
from ingest.sources._table import calls
from tests.support.tree import REPOSITORY

# What only stands in saved files: another call gives the same fact, or AWS has no such call.
SAVED_ONLY = {
    "organizations/list-parents",
    "organizations/list-policies-for-target",
    "lambda/get-function",
    "lambda/get-function-configuration",
}
MANAGED_POLICY = 6_144
"""Characters of a managed policy, white space not counted.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""


@cache
def model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def operation_name(operation: str) -> str:
    """The API's name of ``service/operation``."""
    service, _, name = operation.partition("/")
    names = {xform_name(one, "-"): one for one in model(service).operation_names}
    return str(names[name])


def asked(source: Source) -> set[str]:
    """IAM actions of the operations that a source asks AWS for."""
    found = set()
    asks_on = {**getattr(source, "FOLLOWS", {}), **getattr(source, "AFTER", {})}
    for operation in {*source.OPERATIONS, *asks_on.values()}:
        if operation in SAVED_ONLY or source.SCOPE == "offline" or _is_other_words(operation):
            continue
        found.add(action_of(model(operation.partition("/")[0]), operation_name(operation)))
    return found


def _is_other_words(operation: str) -> bool:
    call = calls().get(operation)
    return call is not None and call.how == "saved"


@pytest.mark.parametrize("source", sources(), ids=name_of)
def test_a_source_needs_the_actions_of_its_operations(source: Source) -> None:
    needs = set(source.NEEDS) - {"iam:GenerateCredentialReport"}
    assert asked(source) == needs


@pytest.mark.parametrize("operation", [o for o in by_operation() if "/resource-pol" not in o])
def test_every_operation_of_a_source_is_a_read_that_the_guard_lets_pass(operation: str) -> None:
    name = operation_name(operation)
    assert READS.match(name) or name in ALSO_READS
    assert not SECRET.fullmatch(name)


def test_the_policy_holds_exactly_the_actions_and_each_statement_fits_a_managed_policy() -> None:
    document = policy()
    held = [action for statement in document["Statement"] for action in statement["Action"]]
    assert set(held) == set(actions())
    assert set(held) >= {*COLLECTOR, *REGIONS}
    assert not [action for action in held if "*" in action]
    assert {statement["Effect"] for statement in document["Statement"]} == {"Allow"}
    sids = [statement["Sid"] for statement in document["Statement"]]
    assert all(re.fullmatch("[A-Za-z0-9]+", sid) for sid in sids)
    assert len(set(sids)) == len(sids)
    for statement in document["Statement"]:
        alone = {**document, "Statement": [statement]}
        assert len(json.dumps(alone, separators=(",", ":"))) <= MANAGED_POLICY


def test_the_command_prints_it(tmp_path: Any) -> None:
    printed = CliRunner().invoke(cli, ["permissions"])
    assert json.loads(printed.stdout) == policy()
    file = tmp_path / "policy.json"
    assert CliRunner().invoke(cli, ["permissions", "--output", str(file)]).exit_code == 0
    assert json.loads(file.read_text()) == policy()
    nowhere = CliRunner().invoke(cli, ["permissions", "--output", str(tmp_path / "no" / "x")])
    assert nowhere.exit_code == UsageError.exit_code
    assert "cannot be written" in nowhere.stderr


# --- the pages ----------------------------------------------------------------------------------


def test_the_page_explains_every_state_of_coverage() -> None:
    page = (REPOSITORY / "docs" / "reading-accounts.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \| ", page, re.MULTILINE)
    said = {state for row in rows for state in re.findall(r"`([a-z-]+)`", row)}
    assert said == {*COVERAGE_STATES, NOT_ASKED}


def test_every_source_has_a_page_that_says_what_is_unknown_without_it() -> None:
    found = pages()
    for source in sources():
        page = found[f"sources/{name_of(source)}.md"]
        assert source.WITHOUT in page
        assert all(f"`{action}`" in page for action in source.NEEDS)
        for operation in source.OPERATIONS:
            assert f"/{operation.rpartition('/')[2]}.json" in page, operation
