"""Who follows the page about reading accounts from zero has read an account at its end."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result

from app.cli import cli
from ingest.aws import Account
from tests.moto.test_permit import client
from tests.support.servers import stop_embedded
from tests.support.tree import REPOSITORY

PAGE = (REPOSITORY / "docs" / "reading-accounts.md").read_text("utf-8")
READ = "222222222222"


def section(title: str) -> str:
    found = re.search(rf"^### {title}\n(.*?)^##", PAGE, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def commands(text: str) -> list[list[str]]:
    return [shlex.split(line) for line in re.findall(r"^ *\$ (.+)$", text, re.MULTILINE)]


def profile(text: str) -> str:
    found = re.search(r"^   ```ini\n(.*?)^   ```", text, re.MULTILINE | re.DOTALL)
    assert found
    return re.sub("^   ", "", found[1], flags=re.MULTILINE)


def deploy(words: list[str]) -> None:
    """As `aws cloudformation deploy`, with credentials of the account that is to be read."""
    given = dict(zip(words[0::2], words[1::2], strict=False))
    assert words[words.index("--parameter-overrides") + 1 :] == words[-2:]
    stacks = client(READ, "cloudformation")
    stacks.create_stack(
        StackName=given["--stack-name"],
        TemplateBody=Path(given["--template-file"]).read_text(),
        Capabilities=[given["--capabilities"]],
        Parameters=[
            dict(zip(("ParameterKey", "ParameterValue"), word.split("=", 1), strict=True))
            for word in words[-2:]
        ],
    )


@pytest.mark.slow
def test_the_steps_of_the_page_lead_from_zero_to_answers(
    caller: Account, only_global: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = section("One account, from zero")
    steps = commands(text)
    assert [words[:3] for words in steps[:5]] == [
        ["rolepath", "permissions", "--format"],
        ["aws", "cloudformation", "deploy"],
        ["rolepath", "doctor", "aws"],
        ["rolepath", "ingest", "aws"],
        ["rolepath", "query", "coverage_gaps"],
    ]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROLEPATH_HOME", str(tmp_path / "home"))

    def run(words: list[str], *more: str) -> Result:
        done = CliRunner().invoke(cli, [*words[1:], *more])
        assert done.exit_code == 0, done.output
        return done

    run(steps[0])
    deploy(steps[1][3:])
    config, keys = tmp_path / "config", tmp_path / "credentials"
    config.write_text(profile(text))
    keys.write_text("[default]\naws_access_key_id = testing\naws_secret_access_key = testing\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(keys))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    looked = run(steps[2], "--format", "json", "--output", "doctor.json")
    found: dict[str, Any] = json.loads(Path("doctor.json").read_text())
    assert found["healthy"], looked.output
    (account,) = found["accounts"]
    assert account["arn"].startswith(f"arn:aws:sts::{READ}:assumed-role/rolepath-reader/")
    try:
        read = run(steps[3])
        assert f"loaded {READ} into data set `default`" in read.stdout
        gaps = json.loads(run(steps[4], "--format", "json").stdout)
        assert gaps["coverage"]["not_seen"] != []
        who = run(["rolepath", "who-can", "rolepath-reader", "--format", "json"]).stdout
        (one,) = json.loads(who)["conditional"]
        assert one["principal"] == "arn:aws:iam::111111111111:user/ana"
        keys_needed = {need["key"] for way in one["requirements"] for need in way}
        assert "sts:ExternalId" in keys_needed
    finally:
        stop_embedded(tmp_path / "home")
    assert boto3.client("iam").list_roles()["Roles"], "the account of the caller is as it was"
