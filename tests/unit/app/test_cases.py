"""A case passes when it holds, fails when it does not, and is an error when it cannot be run."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
import yaml
from click.testing import CliRunner, Result

from app import cases
from app.answers import Answers
from app.cases import CaseResult
from app.cli import cli
from app.demo import folder
from iam.errors import SourceFormatError, UsageError
from iam.model import InstanceProfile
from tests.unit.iam.build import A, B, allow, role, snapshot, trust, user

ANA = f"arn:aws:iam::{A}:user/ana"
BOB = f"arn:aws:iam::{A}:user/bob"
DEPLOY = f"arn:aws:iam::{A}:role/deploy"
FAR = f"arn:aws:iam::{B}:role/far"
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def answers() -> Answers:
    """Ana enters ``deploy`` with MFA, and from there ``far`` in another account; Bob does not."""
    return Answers.of(
        snapshot(
            user("ana", allow(resource=DEPLOY)),
            user("bob"),
            role("deploy", [trust({"AWS": ANA}, Condition=MFA)], allow(resource=FAR)),
            role("far", [trust({"AWS": DEPLOY})], account=B),
        )
    )


def run(tmp_path: Path, *items: Any) -> list[CaseResult]:
    file = tmp_path / "cases.yaml"
    file.write_text(yaml.safe_dump(list(items), sort_keys=False), encoding="utf-8")
    return list(cases.run([file], otherwise=answers).cases)


ENTER = {"principal": ANA, "resource": DEPLOY}
HOLDS: list[dict[str, Any]] = [
    {**ENTER, "expect": "conditional"},
    {**ENTER, "expect": "allow", "context": {"aws:MultiFactorAuthPresent": "true"}},
    {**ENTER, "expect": "allow", "context": {"aws:MultiFactorAuthPresent": ["true"]}},
    {**ENTER, "expect": "deny", "context": {"aws:MultiFactorAuthPresent": "false"}},
    {**ENTER, "expect": "deny", "context_complete": True},
    {**ENTER, "expect": "conditional", "statements": [f"{DEPLOY}#trust#0"]},
    {
        **ENTER,
        "expect": "conditional",
        "requirements": [
            [{"key": "aws:multifactorauthpresent", "operator": "Bool", "values": [True]}]
        ],
    },
    {"principal": BOB, "resource": DEPLOY, "expect": "deny"},
    {"who_can": {"resource": DEPLOY}, "expect": {"allow": [], "conditional": [ANA]}},
    {"who_can": {"resource": DEPLOY}, "expect": {"conditional": [{"principal": ANA}]}},
    {"who_can": {"resource": FAR}, "expect": {"allow": [DEPLOY]}},
    {"who_can": {"resource": FAR}, "match": "contains", "expect": {}},
    {"who_can": {"resource": FAR, "among": [B]}, "expect": {"allow": [], "conditional": []}},
    {"paths": {"from": ANA, "to": FAR}, "expect": [[ANA, DEPLOY, FAR]]},
    {"paths": {"from": ANA, "to": FAR, "max_hops": 1}, "expect": []},
    {"paths": {"from": ANA, "to": "any"}, "match": "contains", "expect": [[ANA, DEPLOY]]},
    {"paths": {"from": BOB, "to": FAR}, "expect": []},
    {"becomes": {"from": ANA, "to": FAR}, "expect": "conditional"},
    {
        "becomes": {"from": ANA, "to": FAR},
        "context": {"aws:MultiFactorAuthPresent": "true"},
        "expect": "allow",
    },
    {"becomes": {"from": ANA, "to": FAR}, "context_complete": True, "expect": "deny"},
    {"becomes": {"from": BOB, "to": "any"}, "expect": "deny"},
    {"becomes": {"from": "*", "to": FAR}, "expect": [ANA, DEPLOY]},
    {"becomes": {"from": "*", "to": FAR}, "match": "contains", "expect": [DEPLOY]},
    {"blockers": {"role": FAR}, "expect": []},
    {"blockers": {"entity": DEPLOY}, "expect": ["inline_policy:own"]},
    {"blockers": {"role": DEPLOY}, "match": "contains", "expect": {"hard": ["inline_policy:own"]}},
]


@pytest.mark.parametrize("case", HOLDS, ids=lambda case: json.dumps(case)[:60])
def test_what_holds_passes(case: dict[str, Any], tmp_path: Path) -> None:
    (result,) = run(tmp_path, {"name": "it holds", **case})
    assert (result.status, result.message) == ("passed", "")


@pytest.mark.parametrize(
    ("case", "said", "got"),
    [
        ({**ENTER, "expect": "deny"}, "expected deny, got conditional (", "conditional"),
        (
            {"principal": BOB, "resource": DEPLOY, "expect": "allow"},
            "expected allow, got deny (",
            "deny",
        ),
        (
            {**ENTER, "expect": "conditional", "requirements": [[{"key": "aws:SourceIp"}]]},
            "requirements are ",
            "conditional",
        ),
        (
            {**ENTER, "expect": "conditional", "reasons": ["SCP_EXPLICIT"]},
            "reasons lack SCP_EXPLICIT; there are: none",
            "conditional",
        ),
        (
            {"who_can": {"resource": FAR}, "expect": {"allow": [ANA]}},
            f"allow missing: {ANA}; allow not expected: {DEPLOY}",
            {"allow": [DEPLOY], "conditional": []},
        ),
        (
            {"paths": {"from": ANA, "to": FAR}, "expect": []},
            f"chains not expected: {ANA} → {DEPLOY} → {FAR}",
            [[ANA, DEPLOY, FAR]],
        ),
        (
            {"becomes": {"from": ANA, "to": FAR}, "expect": "deny"},
            "expected deny, got conditional",
            "conditional",
        ),
        (
            {"becomes": {"from": "*", "to": FAR}, "expect": []},
            f"principals not expected: {DEPLOY}, {ANA}",
            [DEPLOY, ANA],
        ),
        (
            {"blockers": {"role": DEPLOY}, "expect": ["inline_policy:other"]},
            "blockers missing: inline_policy:other; blockers not expected: inline_policy:own",
            ["inline_policy:own"],
        ),
    ],
    ids=lambda value: json.dumps(value)[:50],
)
def test_what_does_not_hold_fails_and_says_what_was_found(
    case: dict[str, Any], said: str, got: Any, tmp_path: Path
) -> None:
    (result,) = run(tmp_path, {"name": "it does not hold", **case})
    assert result.status == "failed"
    assert said in result.message
    assert result.got == got
    assert result.expected == case["expect"]


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({**ENTER, "expct": "deny"}, "unknown key `expct` (did you mean `expect`?)"),
        (ENTER, "`expect` is missing"),
        ({**ENTER, "expect": "maybe"}, "`expect` is allow, conditional or deny"),
        ({"principal": ANA, "expect": "deny"}, "`resource` is missing"),
        ({**ENTER, "paths": {}, "expect": "deny"}, "a case has one of"),
        ({"name": "nothing", "expect": "deny"}, "found none"),
        ({"paths": {"from": ANA}, "expect": []}, "`paths.to` is missing"),
        ({"paths": {"from": ANA, "to": FAR, "hops": 1}, "expect": []}, "unknown key `paths.hops`"),
        ({"paths": [ANA, FAR], "expect": []}, "`paths` is a mapping"),
        ({"paths": {"from": ANA, "to": FAR}, "expect": "deny"}, "`expect` is a list"),
        ({"paths": {"from": ANA, "to": FAR, "max_hops": "x"}, "expect": []}, "is a number"),
        ({"paths": {"from": ANA, "to": FAR, "via": "all"}, "expect": []}, "--via all"),
        ({"paths": {"from": ANA, "to": "nobody"}, "expect": []}, "unknown name `nobody`"),
        ({"who_can": {"resource": FAR}, "expect": []}, "`expect` of who_can is"),
        ({"who_can": {"resource": FAR}, "expect": {"deny": []}}, "`expect` of who_can is"),
        ({"blockers": {}, "expect": []}, "`blockers.role` is missing"),
        ({"blockers": {"role": FAR, "entity": FAR}, "expect": []}, "`blockers.role` is missing"),
        ({**ENTER, "expect": "deny", "match": "some"}, "`match` is exact or contains"),
        ({**ENTER, "expect": "deny", "context": ["x"]}, "`context` is a mapping"),
        ({**ENTER, "expect": "deny", "context_complete": "yes"}, "`context_complete` is true or"),
        ({**ENTER, "expect": "deny", "session_policies": {}}, "`session_policies` is a list"),
        ({**ENTER, "expect": "deny", "given": "nowhere"}, "given: `nowhere` is not there"),
        ("a sentence", "a case is a mapping"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_case_that_cannot_be_run_is_an_error_and_the_others_go_on(
    case: Any, said: str, tmp_path: Path
) -> None:
    good = {"name": "the next one", **ENTER, "expect": "conditional"}
    bad, other = run(tmp_path, case, good)
    assert bad.status == "error"
    assert said in bad.message
    assert other.status == "passed"


def test_a_name_that_is_not_in_the_snapshot_is_noted(tmp_path: Path) -> None:
    nobody = f"arn:aws:iam::{A}:user/nobody"
    (result,) = run(tmp_path, {"principal": nobody, "resource": DEPLOY, "expect": "deny"})
    assert result.status == "passed"
    assert result.message == f"note: {nobody} is not in the snapshot"


def test_a_case_brings_a_snapshot_of_its_own(tmp_path: Path) -> None:
    account = tmp_path / "account.json"
    details = {
        "UserDetailList": [],
        "GroupDetailList": [],
        "Policies": [],
        "RoleDetailList": [
            {
                "Path": "/",
                "RoleName": "own",
                "RoleId": "AROAEXAMPLE",
                "Arn": f"arn:aws:iam::{A}:role/own",
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [trust({"Service": "lambda.amazonaws.com"})],
                },
                "RolePolicyList": [],
                "AttachedManagedPolicies": [],
                "InstanceProfileList": [],
            }
        ],
    }
    account.write_text(json.dumps(details), encoding="utf-8")
    (tmp_path / "deep").mkdir()
    file = tmp_path / "deep" / "cases.json"
    case = {
        "given": "../account.json",
        "principal": "lambda.amazonaws.com",
        "resource": f"arn:aws:iam::{A}:role/own",
        "expect": "allow",
    }
    file.write_text(json.dumps([case]), encoding="utf-8")
    (result,) = cases.run([file]).cases
    assert (result.status, result.message) == ("passed", "")


# --- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.yaml", "a: b", "expected a list of cases, found dict"),
        ("a.yaml", "", "expected a list of cases, found nothing"),
        ("a.yaml", "\n- [", ":3: while parsing a flow node"),
        ("a.yaml", "- {expect: deny,\n   expect: allow}", ":2: the key `expect` stands twice"),
        ("a.yaml", "- {1: a, ? [b] : c}", ":1: a key that is not text"),
        ("a.yaml", "- !!python/object/apply:os.system [true]", "could not determine a constructor"),
        ("a.json", "[{]", "Expecting property name"),
        ("a.json", '[{"expect": 1, "expect": 2}]', "stands twice"),
        ("a.yaml", b"\xff\xfe\xfa", "is not UTF-8 text"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_file_that_is_no_list_of_cases_is_named(
    name: str, text: str | bytes, said: str, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SourceFormatError) as caught:
        cases.load([file])
    assert caught.value.message.startswith(f"{file}:")
    assert said in caught.value.message


def test_in_yaml_an_account_id_stays_text(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(
        "- {principal: 012345678901, resource: 2012-10-17, action: yes, expect: deny, "
        "context_complete: true}"
    )
    (case,) = cases.load([file])
    assert case.body["principal"] == "012345678901"
    assert case.body["resource"] == "2012-10-17"
    assert case.body["action"] == "yes"
    assert case.body["context_complete"] is True


def test_a_folder_stands_for_every_case_file_in_it(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("z.yaml", "b/a.yml"):
        (tmp_path / name).write_text("- {principal: a, resource: b, expect: deny}")
    (tmp_path / "notes.json").write_text("{}")
    assert [case.file.name for case in cases.load([tmp_path])] == ["a.yml", "z.yaml"]


def test_a_folder_without_case_files_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match="no case files"):
        cases.load([tmp_path])


# --- the command ----------------------------------------------------------------------------------


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """A case of each status, on a snapshot beside the file."""
    file = tmp_path / "three.yaml"
    demo = "identity/kira"
    items = [
        {"name": "holds", "becomes": {"from": demo, "to": "admin"}, "expect": "conditional"},
        {
            "name": "does <not>\x1b[31m hold",
            "becomes": {"from": demo, "to": "admin"},
            "expect": "deny",
        },
        {"name": "cannot run", "becomes": {"from": "nobody", "to": "admin"}, "expect": "deny"},
    ]
    file.write_text(yaml.safe_dump(items), encoding="utf-8")
    return file


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["test", *map(str, arguments), "--snapshot", str(folder())])


def test_the_command_lists_what_did_not_pass_and_closes_with_the_count(three: Path) -> None:
    result = invoke(three)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[-1] == "1 passed, 1 failed, 1 error"
    assert not any("holds" in line for line in lines)
    assert "expected deny, got conditional" in result.stdout
    assert "\x1b" not in result.stdout


def test_the_json_of_the_command_has_every_case(three: Path) -> None:
    found = json.loads(invoke(three, "--format", "json").stdout)
    assert (found["passed"], found["failed"], found["errors"]) == (1, 1, 1)
    assert [case["status"] for case in found["cases"]] == ["passed", "failed", "error"]
    assert found["cases"][1]["got"] == "conditional"


def test_junit_is_xml_with_a_suite_for_each_file(three: Path, tmp_path: Path) -> None:
    file = tmp_path / "access.xml"
    result = invoke(three, "--format", "junit", "--output", file)
    assert result.exit_code == 1
    assert "1 passed, 1 failed, 1 error" in result.stderr
    root = Xml.fromstring(file.read_bytes())
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("3", "1", "1")
    (suite,) = root
    assert suite.get("name") == str(three)
    names = [case.get("name") for case in suite]
    assert names == ["holds", "does <not> hold", "cannot run"]
    assert [child.tag for case in suite for child in case] == ["failure", "error"]


def test_a_run_in_which_everything_holds_exits_with_0(three: Path) -> None:
    first = yaml.safe_load(three.read_text(encoding="utf-8"))[:1]
    three.write_text(yaml.safe_dump(first), encoding="utf-8")
    result = invoke(three)
    assert result.exit_code == 0
    assert result.stdout == "1 passed, 0 failed\n"


def test_names_in_a_decision_are_those_of_the_command_line(tmp_path: Path) -> None:
    named = {"principal": "ana", "resource": "deploy"}
    holds, fails, unknown, nowhere = run(
        tmp_path,
        {**named, "expect": "conditional"},
        {**named, "expect": "deny"},
        {"principal": "anna", "resource": "deploy", "expect": "deny"},
        {"principal": "ana", "resource": "deplpy", "expect": "deny"},
    )
    assert (holds.status, fails.status) == ("passed", "failed")
    assert unknown.status == nowhere.status == "error"
    assert "unknown name `anna`" in unknown.message
    assert "unknown name `deplpy`" in nowhere.message


def test_only_a_role_is_entered() -> None:
    asked = answers()
    for target in ("bob", BOB, A):
        with pytest.raises(UsageError, match="not a role, and sts:AssumeRole enters roles only"):
            asked.who_can(target)
        with pytest.raises(UsageError, match="not a role"):
            asked.why("ana", target)
    assert asked.why("ana", BOB, action="iam:GetUser")["verdict"] == "deny"


def test_of_a_role_and_its_instance_profile_the_role_is_meant() -> None:
    profile = InstanceProfile(
        arn=f"arn:aws:iam::{A}:instance-profile/web", name="web", account=A, roles=()
    )
    web = role("web", [trust({"Service": "ec2.amazonaws.com"})])
    asked = Answers.of(replace(snapshot(web), instance_profiles={profile.arn: profile}))
    assert asked.why("ec2.amazonaws.com", "web")["resource"] == web.arn
    assert asked.who_can("web")["conditional"] or asked.who_can("web")["allow"]
