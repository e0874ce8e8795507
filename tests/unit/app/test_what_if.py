"""A file of changes is read or refused with its place, and its ledger is that of the facts."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app import what_if
from app.answers import Answers
from app.cli import cli
from app.demo import folder
from iam.errors import SourceFormatError, UsageError
from tests.support.tree import REPOSITORY
from tests.unit.app.test_roads import model

EXAMPLE = Path(__file__).with_name("what_if.yaml")
DEPLOY = "arn:aws:iam::666666666666:role/deploy"
MIGRATION = "arn:aws:iam::666666666666:role/migration"
RUNNER = "arn:aws:iam::555555555555:role/migration-runner"


def asked(tmp_path: Path, *changes: dict[str, Any]) -> dict[str, Any]:
    file = tmp_path / "changes.json"
    file.write_text(json.dumps(changes))
    with Answers.of(model()) as answers:
        return answers.what_if(file)


def pairs(answer: dict[str, Any], part: str) -> set[tuple[str, str]]:
    return {(row["from"], row["to"]) for row in answer[part]}


@pytest.mark.parametrize(
    ("text", "said", "help"),
    [
        ("", "expected a list of changes, found nothing", "docs/deletion.md"),
        ("[]", "expected a list of changes, found nothing", "docs/deletion.md"),
        ("delete: x", "expected a list of changes, found dict", "docs/deletion.md"),
        ("- x", "change 1: expected a mapping", "docs/deletion.md"),
        ("- delete: x\n- trust: x", "change 2: there is no `trust`", "trust_of"),
        ("- delete: {a: b}", "change 1: delete: is a name, as text", ""),
        ("- delete: ''", "change 1: delete: is a name, as text", ""),
        ("- policy: x", "change 1: policy do not go together", "policy + taken_from"),
        ("- {delete: x, becomes: y}", "change 1: delete, becomes do not go", "write delete"),
        ("- {becomes: y}", "change 1: becomes do not go together", "docs/deletion.md"),
    ],
)
def test_a_file_that_is_no_list_of_changes_is_refused(
    text: str, said: str, help: str, tmp_path: Path
) -> None:
    file = tmp_path / "changes.yaml"
    file.write_text(text)
    with pytest.raises(SourceFormatError) as caught:
        what_if.load(file)
    assert caught.value.message.startswith(f"{file}: {said}")
    assert help in caught.value.help


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"delete": "production/deplyo"}, "unknown name `production/deplyo`"),
        ({"delete": "ec2.amazonaws.com"}, "ec2.amazonaws.com is nothing that was read"),
        ({"trust_of": "identity/kira", "becomes": {}}, "kira"),
        ({"trust_of": "production/deploy", "becomes": {}}, "this is no policy document"),
        ({"trust_of": "production/deploy", "becomes": "x"}, "this is no policy document"),
        (
            {"trust_of": "production/deploy", "becomes": {"Statement": [{"Effect": "Maybe"}]}},
            "statement 0 is none",
        ),
        (
            {"trust_of": "production/deploy", "without_statement": "Nowhere"},
            f"{DEPLOY}#trust has no statement `Nowhere`",
        ),
        ({"policy": "assume-roles", "taken_from": "identity/kira"}, "assume-roles"),
        (
            {"policy": "AdministratorAccess", "taken_from": "production/deploy"},
            f"{DEPLOY} does not have arn:aws:iam::aws:policy/AdministratorAccess",
        ),
        ({"policy": "AdministratorAccess", "becomes": {"Statement": []}}, "is AWS's"),
        ({"boundary_of": "production/deploy", "becomes": {"a": "b"}}, "a boundary becomes"),
    ],
)
def test_a_change_that_does_not_fit_is_refused_with_its_place(
    change: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError) as caught:
        asked(tmp_path, {"delete": "production/vendor-monitoring"}, change)
    assert ": change 2: " in caught.value.message
    assert said in caught.value.message


def test_a_guard_that_goes_opens_what_it_kept_closed(tmp_path: Path) -> None:
    answer = asked(tmp_path, {"policy": "keep-out-of-production", "without_statement": "KeepApart"})
    assert (RUNNER, MIGRATION) in pairs(answer, "gained")
    assert (answer["lost"], answer["kept"]) == ([], [])
    assert "loses its statement KeepApart" in answer["changes"][0]


def test_a_change_after_another_sees_what_that_one_did(tmp_path: Path) -> None:
    guard = {"policy": "keep-out-of-production", "without_statement": "KeepApart"}
    own = {"policy": "assume-roles", "of": "staging/migration-runner", "without_statement": "0"}
    answer = asked(tmp_path, guard, own)
    assert (RUNNER, MIGRATION) not in pairs(answer, "gained")
    with pytest.raises(UsageError, match=r"change 2: .* has no statement `KeepApart`"):
        asked(tmp_path, guard, guard)


def test_deleting_by_a_file_is_deleting(tmp_path: Path) -> None:
    answer = asked(tmp_path, {"delete": DEPLOY})
    with Answers.of(model()) as answers:
        alone = answers.blockers(DEPLOY)
    assert {part: answer[part] for part in ("lost", "kept", "closed")} == {
        part: alone[part] for part in ("lost", "kept", "closed")
    }
    assert answer["lost"]


def test_what_changes_nothing_changes_nobodys_access(tmp_path: Path) -> None:
    trust = model().roles[DEPLOY].trust
    assert trust is not None
    answer = asked(tmp_path, {"trust_of": "production/deploy", "becomes": trust.document})
    assert [answer[part] for part in ("lost", "kept", "gained", "closed")] == [[], [], [], []]


def test_the_command_says_what_opens_first_and_what_ends() -> None:
    words = ["blockers", "--what-if", str(EXAMPLE), "--snapshot", str(folder())]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"With {EXAMPLE}: ")
    assert result.stdout.index("WARNING: access that opens") < result.stdout.index("that ends")
    rows = CliRunner().invoke(cli, [*words, "--format", "csv"]).stdout.splitlines()
    assert rows[0] == "part,from,to,verdict,was,risk,now_needs,needs,path"
    assert {row.partition(",")[0] for row in rows[1:]} >= {"gained", "lost"}


@pytest.mark.parametrize("more", [["--plan"], ["--as", "x"], ["production/deploy"]])
def test_what_is_of_a_deletion_does_not_go_with_a_file(more: list[str]) -> None:
    result = CliRunner().invoke(cli, ["blockers", "--what-if", str(EXAMPLE), *more])
    assert result.exit_code == 2
    assert "--what-if" in result.stderr


def test_the_documented_file_fits_the_demo_organization(tmp_path: Path) -> None:
    page = (REPOSITORY / "docs" / "deletion.md").read_text(encoding="utf-8")
    (fence,) = re.findall(r"^```yaml\n(- trust_of.*?)^```", page, re.MULTILINE | re.DOTALL)
    file = tmp_path / "changes.yaml"
    file.write_text(fence)
    with Answers.of(model()) as answers:
        answer = answers.what_if(file)
    assert len(answer["changes"]) == 6
    assert answer["changes"][3] == f"{RUNNER}#inline/assume-roles is taken from {RUNNER}"
