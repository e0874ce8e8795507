"""What the page about reading accounts tells people to type, to write and to run would work."""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import yaml
from botocore import xform_name

from app.answers import Answers
from app.commands.permissions import NAME
from ingest.snapshot import read_one
from tests.support.tree import REPOSITORY
from tests.unit.app.test_documented import COMMANDS
from tests.unit.ingest.given import DETAILS, A, details, role, saved

PAGE = REPOSITORY / "docs" / "reading-accounts.md"
DEPLOY = {"stack-name", "template-file", "capabilities", "parameter-overrides"}
"""Options of `aws cloudformation deploy` that are used; it is no operation of the service.

Source:
    https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/
"""


def fences(language: str) -> list[str]:
    """Blocks of the page in a language, their common indent taken away."""
    found = re.findall(
        rf"^( *)```{language}\n(.*?)^\1```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    return [re.sub(f"^{indent}", "", text, flags=re.MULTILINE) for indent, text in found]


def lines(word: str) -> list[str]:
    """Command lines of the page that begin with a word."""
    text = "".join(fences("console"))
    return re.findall(rf"^\$ ({word} .+)$", text, re.MULTILINE)


def workflow() -> dict[str, Any]:
    """The workflow; every scalar stays text, for YAML reads the key `on` as true."""
    (text,) = [one for one in fences("yaml") if one.startswith("name: rolepath")]
    found: dict[str, Any] = yaml.load(text, yaml.BaseLoader)
    return found


def options() -> str:
    """The file that holds what would be typed."""
    (text,) = [one for one in fences("yaml") if one.startswith("organization: true")]
    return text


def unit(kind: str) -> str:
    (text,) = [one for one in fences("ini") if f"[{kind}]" in one]
    return text


def typed() -> list[str]:
    """Every command line of rolepath: on the console, in the unit, the container, the workflow."""
    found = lines("rolepath")
    found += re.findall(r"^ExecStart=/opt/rolepath/bin/(rolepath .+)$", unit("Service"), re.M)
    found += [line.rpartition(":ro ")[2] for line in lines("docker") if ":ro rolepath" in line]
    steps = workflow()["jobs"]["read"]["steps"]
    runs = [step["run"] for step in steps if "run" in step]
    found += [run.removeprefix("rolepath/.venv/bin/") for run in runs if "bin/rolepath" in run]
    return found


@pytest.mark.parametrize("line", typed())
def test_a_command_line_is_understood(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("access.yaml").write_text("[]")
    Path("rolepath.yaml").write_text(options())
    words = shlex.split(line)[1:]
    name = " ".join(words[:2]) if " ".join(words[:2]) in COMMANDS else words[0]
    COMMANDS[name].make_context(name, words[len(name.split()) :])


def test_every_place_has_command_lines() -> None:
    assert len(typed()) >= 15
    assert [line for line in typed() if line.startswith("rolepath test ")]


@pytest.mark.parametrize("line", [line.partition(" > ")[0] for line in lines("aws")])
def test_what_is_asked_of_the_aws_cli_is_an_operation_with_such_parameters(line: str) -> None:
    _, service, name, *words = shlex.split(line)
    used = {word.removeprefix("--") for word in words if word.startswith("--")} - {"output"}
    if (service, name) == ("cloudformation", "deploy"):
        assert used == DEPLOY
        return
    model: Any = botocore.session.get_session().get_service_model(service)
    operations = {xform_name(one, "-"): one for one in model.operation_names}
    shape = model.operation_model(operations[name]).input_shape
    known = {xform_name(member, "-"): member for member in (shape.members if shape else {})}
    assert used <= set(known)
    required = set(shape.required_members if shape else ())
    assert required <= {known[one] for one in used}


def test_one_name_and_one_external_id_stand_everywhere() -> None:
    text = PAGE.read_text("utf-8")
    assert set(re.findall(r"(?:--external-id |ExternalId=|external_id = )(\S+)", text)) == {
        "larkspur-audit"
    }
    assert set(re.findall(r"--role-name (\S+)", "\n".join(typed()))) == {"audit-reader"}
    assert f"role_arn = arn:aws:iam::222222222222:role/{NAME}\n" in text


# --- the timer ------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    service = unit("Service").replace("/opt/rolepath/bin/rolepath", shutil.which("true") or "")
    (tmp_path / "rolepath.service").write_text(service)
    (tmp_path / "rolepath.timer").write_text(unit("Timer"))

    def verified() -> str:
        done = subprocess.run(
            ["systemd-analyze", "verify", "./rolepath.service", "./rolepath.timer"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    assert "rolepath." not in verified()
    (tmp_path / "rolepath.timer").write_text(unit("Timer").replace("Persistent", "Persistant"))
    assert "Unknown key 'Persistant'" in verified()


# --- GitHub Actions -------------------------------------------------------------------------------


def test_the_workflow_may_ask_for_a_token_and_nothing_else() -> None:
    found = workflow()
    assert found["permissions"] == {"contents": "read", "id-token": "write"}
    assert set(found["on"]) == {"schedule", "workflow_dispatch"}
    (cron,) = [one["cron"] for one in found["on"]["schedule"]]
    assert re.fullmatch(r"\d{1,2} \d{1,2} \* \* \*", cron)
    steps = found["jobs"]["read"]["steps"]
    assert all(("uses" in step) is not ("run" in step) for step in steps)
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@v\d+", s["uses"]) for s in steps if "uses" in s)
    entered = next(i for i, s in enumerate(steps) if "configure-aws-credentials" in str(s))
    first = next(i for i, s in enumerate(steps) if "rolepath doctor aws" in str(s))
    assert entered < first
    assert "role/rolepath-collector" in steps[entered]["with"]["role-to-assume"]


def trusted(tmp_path: Path, document: dict[str, Any]) -> dict[str, Any]:
    """Who may enter a role that trusts so, as rolepath itself decides it."""
    provider = f"arn:aws:iam::{A}:oidc-provider/token.actions.githubusercontent.com"
    saved(tmp_path / A / DETAILS, details(role("r", AssumeRolePolicyDocument=document)))
    listed = {"OpenIDConnectProviderList": [{"Arn": provider}]}
    saved(tmp_path / A / "global/iam/list-open-id-connect-providers.json", listed)
    about = {
        "request": {"OpenIDConnectProviderArn": provider},
        "response": {
            "Url": "token.actions.githubusercontent.com",
            "ClientIDList": ["sts.amazonaws.com"],
        },
    }
    saved(tmp_path / A / "global/iam/get-open-id-connect-provider.jsonl", json.dumps(about) + "\n")
    answers = Answers.of(read_one(tmp_path))
    return answers.who_can(f"arn:aws:iam::{A}:role/r", action="sts:AssumeRoleWithWebIdentity")


def test_the_trust_policy_lets_in_one_branch_of_one_repository(tmp_path: Path) -> None:
    (document,) = [json.loads(one) for one in fences("json") if "Federated" in one]
    found = trusted(tmp_path, document)
    named = [*found["allow"], *(one["principal"] for one in found["conditional"])]
    subject = "repo:larkspur/aws-access:ref:refs/heads/main"
    federated = [one for one in named if "oidc-provider" in one]
    assert len(federated) == 1
    assert subject in federated[0]
    assert "sts.amazonaws.com" in federated[0] + json.dumps(found["conditional"])
