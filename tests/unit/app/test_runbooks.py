"""A runbook says every step, and as a script it stops where AWS does not show what it should."""

import json
import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app import runbooks
from app.answers import Answers
from iam.deletion import rehearse
from iam.errors import UsageError
from iam.model import Account, Policy, PolicyKind, Role, Snapshot
from ingest.snapshot import read_one

ACCOUNTS = Path(__file__).parents[2] / "accounts"
A = "arn:aws:iam::111111111111"
CLEAR = [
    "remove-role-from-instance-profile",
    "detach-role-policy",
    "detach-role-policy",
    "delete-role-policy",
]

STUB = r"""#!/usr/bin/env python3
import json, os, sys
from pathlib import Path

state = Path(os.environ["STUB_STATE"])
held = json.loads(state.read_text())
words = sys.argv[1:]
with open(os.environ["STUB_CALLS"], "a") as calls:
    calls.write(json.dumps(words) + "\n")
given = dict(zip(words[2::2], words[3::2], strict=False))
content = json.loads(given.get("--cli-input-json", "{}"))
call = words[1]
if call in held["stuck"]:
    sys.exit(0)
if call == "get-caller-identity":
    print(held["account"])
    sys.exit(0)
if not held["role"] and call != "create-role":
    sys.exit("An error occurred (NoSuchEntity) when calling the operation")
if call == "get-role":
    print(json.dumps({"Role": {"RoleId": held["id"], "AssumeRolePolicyDocument": held["trust"]}}))
elif call == "update-assume-role-policy":
    held["trust"] = json.loads(content["PolicyDocument"])
elif call == "put-role-policy":
    held["inline"].append(content["PolicyName"])
elif call == "delete-role-policy":
    held["inline"].remove(given["--policy-name"])
elif call == "list-role-policies":
    print(json.dumps({"PolicyNames": held["inline"]}))
elif call == "attach-role-policy":
    held["attached"].append(given["--policy-arn"])
elif call == "detach-role-policy":
    held["attached"].remove(given["--policy-arn"])
elif call == "list-attached-role-policies":
    print(json.dumps({"AttachedPolicies": [{"PolicyArn": one} for one in held["attached"]]}))
elif call == "add-role-to-instance-profile":
    held["profiles"].append(held["profile"])
elif call == "remove-role-from-instance-profile":
    held["profiles"].clear()
elif call == "list-instance-profiles-for-role":
    print(json.dumps({"InstanceProfiles": [{"Arn": one} for one in held["profiles"]]}))
elif call == "delete-role":
    if held["inline"] or held["attached"] or held["profiles"]:
        sys.exit("An error occurred (DeleteConflict) when calling the DeleteRole operation")
    held["role"] = False
elif call == "create-role":
    held["role"], held["trust"] = True, json.loads(content["AssumeRolePolicyDocument"])
state.write_text(json.dumps(held))
"""


def rehearsed(name: str = "d_profile_policies", entity: str = f"{A}:role/R") -> dict[str, Any]:
    return rehearse(read_one(ACCOUNTS / name), entity)


class Stub:
    """The script beside an ``aws`` that keeps one role and writes down what it was called with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "aws").write_text(STUB)
        (folder / "aws").chmod(0o755)
        (folder / "runbook.sh").write_text(runbooks.write("sh", rehearsed()))
        role = read_one(ACCOUNTS / "d_profile_policies").roles[f"{A}:role/R"]
        assert role.trust is not None
        profile = f"{A}:instance-profile/P"
        self.first = {
            "account": "111111111111",
            "role": True,
            "id": role.unique_id,
            "trust": role.trust.document,
            "inline": [policy.name for policy in role.inline],
            "attached": list(role.attached),
            "profile": profile,
            "profiles": [profile],
            "stuck": [],
        }
        self.put(self.first)

    def put(self, state: dict[str, Any]) -> None:
        (self.folder / "state").write_text(json.dumps(state))

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "state").read_text())
        return found

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        (self.folder / "calls").unlink(missing_ok=True)
        return subprocess.run(
            ["bash", str(self.folder / "runbook.sh"), *words],
            capture_output=True,
            text=True,
            check=False,
            env={
                "PATH": f"{self.folder}:{os.environ['PATH']}",
                "STUB_STATE": str(self.folder / "state"),
                "STUB_CALLS": str(self.folder / "calls"),
                "RUNBOOK_TRIES": "1",
                "RUNBOOK_PAUSE": "0",
            },
        )

    @property
    def changes(self) -> list[str]:
        """The calls that change something, in order."""
        if not (self.folder / "calls").exists():
            return []
        lines = (self.folder / "calls").read_text().splitlines()
        calls = [json.loads(line)[1] for line in lines]
        return [call for call in calls if not call.startswith(("get-", "list-"))]


@pytest.fixture
def stub(tmp_path: Path) -> Stub:
    return Stub(tmp_path)


def test_without_run_nothing_is_called(stub: Stub) -> None:
    done = stub.run()
    assert done.returncode == 0, done.stderr
    assert "aws iam delete-role --role-name R" in done.stdout.splitlines()
    assert not (stub.folder / "calls").exists()


def test_each_phase_runs_its_own_steps_and_is_passed_over_when_it_is_done(stub: Stub) -> None:
    assert stub.run("--run", "quarantine").returncode == 0
    assert stub.changes == ["update-assume-role-policy", "put-role-policy"]
    assert stub.run("--run", "quarantine").returncode == 0
    assert stub.changes == []
    assert stub.run("--run", "clear", "delete").returncode == 0
    assert stub.changes == [*CLEAR, "delete-role-policy", "delete-role"]
    assert stub.state["role"] is False


def test_undo_brings_back_what_was_there(stub: Stub) -> None:
    assert stub.run("--run", "quarantine", "clear", "delete").returncode == 0
    done = stub.run("--run", "undo")
    assert done.returncode == 0, done.stderr
    assert stub.changes[0] == "create-role"
    after = stub.state
    assert sorted(after["attached"]) == sorted(stub.first["attached"])
    assert {k: after[k] for k in ("role", "trust", "inline", "profiles")} == {
        k: stub.first[k] for k in ("role", "trust", "inline", "profiles")
    }


def test_other_credentials_and_another_role_of_the_name_stop_the_script(stub: Stub) -> None:
    stub.put({**stub.first, "account": "222222222222"})
    done = stub.run("--run", "clear")
    assert (done.returncode, stub.changes) == (1, [])
    assert "222222222222" in done.stderr
    stub.put({**stub.first, "id": "AROAANOTHERONE000000"})
    done = stub.run("--run", "clear")
    assert (done.returncode, stub.changes) == (1, [])
    assert "made again" in done.stderr


def test_the_first_check_that_does_not_hold_stops_the_script(stub: Stub) -> None:
    stub.put({**stub.first, "stuck": ["detach-role-policy"]})
    done = stub.run("--run", "clear", "delete")
    assert done.returncode == 1
    assert stub.changes == ["remove-role-from-instance-profile", "detach-role-policy"]
    assert "its check does not show it" in done.stderr


def test_run_wants_a_phase_and_knows_every_word(stub: Stub) -> None:
    assert stub.run("--run").returncode == 2
    assert stub.run("destroy").returncode == 2


HOSTILE = ["'; touch HIT; '", "$(touch HIT)", "`touch HIT`", "\n}\ntouch HIT", "*", "\\", '"']


def hostile(text: str) -> dict[str, Any]:
    """The rehearsal of a role whose inline policy and description are this text."""
    arn = f"{A}:role/r"
    inline = Policy(arn=f"{arn}#inline/p", name=text, kind=PolicyKind.INLINE, document={"Id": text})
    role = Role(arn=arn, name="r", account="111111111111", description=text, inline=(inline,))
    accounts = {"111111111111": Account(id="111111111111", collected=True)}
    return rehearse(Snapshot(accounts=accounts, roles={arn: role}), arn)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_reaches_aws_as_it_is(text: str, stub: Stub) -> None:
    (stub.folder / "runbook.sh").write_text(runbooks.write("sh", hostile(text)))
    stub.put({**stub.first, "inline": [text], "attached": [], "profiles": []})
    done = stub.run("--run", "clear", "delete")
    assert done.returncode == 0, done.stderr
    calls = [json.loads(line) for line in (stub.folder / "calls").read_text().splitlines()]
    (deleted,) = [call for call in calls if call[1] == "delete-role-policy"]
    assert deleted[-2:] == ["--policy-name", text]
    assert stub.state["role"] is False
    assert not list(Path.cwd().glob("HIT")) and not (stub.folder / "HIT").exists()


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_from_aws_runs(text: str, tmp_path: Path) -> None:
    script = tmp_path / "runbook.sh"
    script.write_text(runbooks.write("sh", hostile(text)))
    for words in ([], ["undo"]):
        done = subprocess.run(
            ["bash", str(script), *words], cwd=tmp_path, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert not (tmp_path / "HIT").exists()


def test_every_kind_has_a_script_that_bash_reads() -> None:
    for name, entity in (
        ("d_user", f"{A}:user/ana"),
        ("d_group", f"{A}:group/team"),
        ("d_policy_in_use", f"{A}:policy/P"),
        ("d_profile", f"{A}:instance-profile/P"),
        ("d_saml_trusted", f"{A}:saml-provider/Okta"),
    ):
        text = runbooks.write("sh", rehearsed(name, entity))
        read = subprocess.run(["bash", "-n"], input=text, text=True, check=False)
        assert read.returncode == 0, entity


def test_markdown_and_terraform_name_every_step() -> None:
    answer = rehearsed()
    page = runbooks.write("markdown", answer)
    assert [line[3:].partition(":")[0] for line in page.splitlines() if line.startswith("## ")][
        :4
    ] == ["Quarantine", "Watch", "Clear", "Delete"]
    for step in answer["plan"]:
        assert step["call"] in page
    hints = runbooks.write("terraform", answer)
    assert "from = aws_iam_role.R" in hints
    assert '#   id = "R/arn:aws:iam::aws:policy/ReadOnlyAccess"' in hints


INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


@pytest.mark.parametrize("format", sorted(runbooks.formats()))
def test_what_is_copied_of_a_runbook_is_what_aws_knows(format: str) -> None:
    page = runbooks.write(format, rehearsed())
    assert INVISIBLE.search(page) is None
    assert f"{A}:role/R" in page
    assert "arn:aws:iam::aws:policy/ReadOnlyAccess" in page


def test_every_arn_in_markdown_is_code() -> None:
    page = runbooks.write("markdown", rehearsed())
    sentences = re.sub(r"^(```+)sh\n.*?\n\1$", "", page, flags=re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`+([^`]+)`+", sentences)
    assert f"{A}:role/R" in spans
    assert "arn:aws:iam::aws:policy/ReadOnlyAccess" in spans
    assert f'"{A}:instance-profile/P"' in spans  # what a check shows, quotes included
    assert "arn" not in re.sub(r"`+[^`]+`+", "", sentences)


def test_terraform_keeps_an_instance_profile_that_only_loses_its_role() -> None:
    hints = runbooks.write("terraform", rehearsed())
    assert "aws_iam_instance_profile" not in hints
    assert "# The instance profile P stays, without its role:" in hints
    whole = runbooks.write("terraform", rehearsed("d_profile", f"{A}:instance-profile/P"))
    assert "from = aws_iam_instance_profile.P" in whole


def test_a_day_is_one_day() -> None:
    at = datetime(2026, 11, 2, tzinfo=UTC)
    arn = f"{A}:role/r"
    role = Role(arn=arn, name="r", account="111111111111", last_used=at - timedelta(days=1))
    accounts = {"111111111111": Account(id="111111111111", collected=True)}
    answer = rehearse(Snapshot(accounts=accounts, roles={arn: role}, taken_at=at), arn)
    (watch,) = [step for step in answer["runbook"]["steps"] if step["phase"] == "watch"]
    assert watch["title"].startswith("Watch for 7 days: it was last used 1 day before the snapshot")


def test_what_nobody_but_aws_deletes_has_no_runbook() -> None:
    with pytest.raises(UsageError, match="no runbook"):
        runbooks.write("sh", rehearsed("d_group", "arn:aws:iam::aws:policy/ReadOnlyAccess"))


def test_every_role_of_an_account_is_rehearsed_in_one_table() -> None:
    with Answers.of(read_one(ACCOUNTS / "d_hub")) as answers:
        answer = answers.blockers_of("111111111111")
        hub = next(row for row in answer["rows"] if row["name"] == "hub")
        whole = answers.blockers(f"{A}:role/hub")
    assert hub["verdict"] == whole["verdict"] == "BLOCKED"
    assert (hub["hard"], hub["lost"], hub["kept"]) == (len(whole["hard"]), 2, 1)
