"""Saved answers give one and the same model, however they were saved; what is missing is said."""

import dataclasses
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from app.answers import ANY, Answers
from iam.errors import UnknownNameError
from iam.model import PolicyKind, Role, Snapshot, User
from ingest.coverage import coverage_json
from ingest.snapshot import read, read_one
from tests.unit.ingest.given import (
    DETAILS,
    ORGANIZATION,
    A,
    B,
    copied,
    details,
    encoded,
    role,
    saved,
)

REPORT = "get-credential-report"
FILES = sorted(
    path.relative_to(ORGANIZATION).as_posix()
    for path in ORGANIZATION.rglob("*.json*")
    if path.name != "snapshot.json"
)


def facts(snapshot: Snapshot) -> Snapshot:
    """What a snapshot says about the accounts, wherever it was read from."""

    def placeless(value: Any) -> Any:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            changed = {
                field.name: "" if field.name in ("place", "raw") else placeless(inner)
                for field in dataclasses.fields(value)
                if (inner := getattr(value, field.name)) is not None
            }
            return dataclasses.replace(value, **changed)
        if isinstance(value, tuple):
            return tuple(placeless(one) for one in value)
        if isinstance(value, dict) and all(dataclasses.is_dataclass(v) for v in value.values()):
            return {key: placeless(one) for key, one in value.items()}
        return value

    found: Snapshot = placeless(dataclasses.replace(snapshot, coverage=(), id="", taken_at=None))
    return found


# --- encodings ----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["text", "url", "url twice"])
def test_documents_are_the_same_as_objects_as_text_and_url_encoded(
    how: str, tmp_path: Path
) -> None:
    folder = copied(tmp_path / "other")
    for file in folder.rglob("get-account-authorization-details.json"):
        file.write_text(json.dumps(encoded(json.loads(file.read_text()), how)))
    assert facts(read_one(folder)) == facts(read_one(ORGANIZATION))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_with_a_byte_order_mark_is_read(encoding: str, tmp_path: Path) -> None:
    text = json.dumps(details(role("büro")), ensure_ascii=False)
    file = saved(tmp_path / "authz.json", text.encode(encoding))
    assert [r.name for r in read_one(file).roles.values()] == ["büro"]


def test_a_gzipped_answer_is_the_same(tmp_path: Path) -> None:
    folder = copied(tmp_path / "zipped")
    for name in FILES:
        file = folder / name
        file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()
    assert facts(read_one(folder)) == facts(read_one(ORGANIZATION))


# --- single files, several, folders -------------------------------------------------------------


def test_one_file_of_authorization_details_is_a_snapshot(tmp_path: Path) -> None:
    file = tmp_path / "anything.txt"
    file.write_bytes((ORGANIZATION / A / DETAILS).read_bytes())
    found = read_one(file)
    assert [a.id for a in found.accounts.values() if a.collected] == [A]
    assert sorted(found.roles) == [
        r for r in sorted(read_one(ORGANIZATION).roles) if f"::{A}:" in r
    ]


def test_several_files_and_folders_lie_side_by_side(tmp_path: Path) -> None:
    one = saved(tmp_path / "one.json", details(role("a", A)))
    two = saved(tmp_path / "two" / "x.json", details(role("b", B)))
    three = saved(tmp_path / "three" / "333333333333" / DETAILS, details())
    found = read([one, two.parent, three.parents[3]])
    assert [a.id for a in found.accounts.values() if a.collected] == [A, B, "333333333333"]
    assert sorted(r.name for r in found.roles.values()) == ["a", "b"]


def test_an_account_given_twice_with_the_same_content_counts_once(tmp_path: Path) -> None:
    content = details(role("a"))
    one = saved(tmp_path / "one.json", content)
    two = saved(tmp_path / "two.json", json.dumps(content, indent=4))
    assert facts(read([one, two, one])) == facts(read_one(one))


def test_answers_cite_the_file_and_the_place_in_it() -> None:
    found = read_one(ORGANIZATION)
    holders: list[Role | User] = [*found.roles.values(), *found.users.values()]
    for one in holders:
        file, _, pointer = one.place.partition("#/")
        value: Any = json.loads((ORGANIZATION / file).read_text())
        for step in pointer.split("/"):
            value = value[int(step)] if isinstance(value, list) else value[step]
        assert value["Arn"] == one.arn


# --- the organization ---------------------------------------------------------------------------


def test_the_organization_is_a_tree_with_its_policies() -> None:
    found = read_one(ORGANIZATION)
    tree = found.organization
    assert tree is not None
    assert (tree.root, tree.scp_enabled, tree.rcp_enabled) == ("r-ab12", True, True)
    assert (tree.scps_readable, tree.rcps_readable) == (True, True)
    assert {unit.id: unit.parent for unit in tree.units.values()} == {
        "r-ab12": None,
        "ou-ab12-prod0000": "r-ab12",
        "ou-ab12-dev00000": "r-ab12",
    }
    kinds = {policy.kind for policy in tree.policies.values()}
    assert kinds == {PolicyKind.SCP, PolicyKind.RCP}
    assert all(isinstance(policy.document, dict) for policy in tree.policies.values())
    assert all(found.accounts[id].organization_known for id in (A, B, "999999999999"))


def test_an_organization_that_nobody_read_is_an_open_question(tmp_path: Path) -> None:
    file = saved(tmp_path / "authz.json", details(role("a")))
    found = read_one(file)
    assert found.organization is None
    asked = [(g["service"], g["operation"], g["status"]) for g in coverage_json(found)["not_seen"]]
    assert ("organizations", "describe-organization", "not-asked") in asked


# --- what is missing changes the answers, or is said --------------------------------------------


def said(folder: Path) -> dict[str, Any]:
    """Answers that every source has a part in, with what they could not see."""
    snapshot = read_one(folder)
    answers = Answers.of(snapshot)
    found: dict[str, Any] = {"not_seen": coverage_json(snapshot)["not_seen"]}
    for principal in sorted([*snapshot.roles, *snapshot.users]):
        found[f"reach {principal}"] = answers.reach(principal)
        found[f"blockers {principal}"] = answers.blockers(principal)
    for target in sorted(snapshot.roles):
        found[f"who-can {target}"] = answers.who_can(target)
    found["any"] = answers.paths("*", ANY)
    try:
        found["by alias"] = answers.reach("acme-dev/ana")
    except UnknownNameError as error:
        found["by alias"] = error.message
    found["facts"] = facts(snapshot)
    return found


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_gone_changes_an_answer_or_is_named(name: str, tmp_path: Path) -> None:
    folder = copied(tmp_path / "without")
    before = said(folder)
    (folder / name).unlink()
    after = said(folder)
    changed = {key for key in before if before[key] != after.get(key)}
    # A fact that another file states as well may go unnoticed: then the model has lost nothing.
    assert changed != {"facts"}, f"nobody would notice that {name} is gone"


def test_every_answer_in_the_organization_of_the_tests_is_read_by_a_source() -> None:
    coverage = read_one(ORGANIZATION).coverage
    assert {line.status for line in coverage} == {"complete"}
    assert len(coverage) == len(FILES)
    asked = {line.account for line in coverage if line.operation == REPORT}
    unseen = coverage_json(coverage)["not_seen"]
    # Two of its accounts have no credential report, and nothing else is missing anywhere.
    assert {(one["operation"], one["status"]) for one in unseen} == {(REPORT, "not-asked")}
    assert len(unseen) == 2
    assert not asked & {one["account"] for one in unseen}
