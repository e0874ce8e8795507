"""Several profiles are several accounts of one snapshot, with the credentials that the CLI has."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import cli
from iam.errors import SourceAccessError, UsageError
from ingest import aws
from ingest.aws import Account
from ingest.job import Wanted, collect_aws, ingest_files

CONFIG = """
[profile own]
region = eu-west-1
[profile other]
region = eu-west-1
role_arn = arn:aws:iam::222222222222:role/audit-reader
source_profile = own
[profile without]
region = eu-west-1
"""
CREDENTIALS = """
[own]
aws_access_key_id = testing
aws_secret_access_key = testing
"""


@pytest.fixture
def configured(caller: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The files of the AWS CLI instead of keys in the environment."""
    (tmp_path / "config").write_text(CONFIG)
    (tmp_path / "credentials").write_text(CREDENTIALS)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")


def test_each_profile_is_an_account(configured: None, only_global: None, tmp_path: Path) -> None:
    accounts = aws.profiles(["own", "other"])
    assert [account.id for account in accounts] == ["123456789012", "222222222222"]
    folder = collect_aws(Wanted(accounts, regions=["eu-west-1"]), "t", root=tmp_path)
    report = ingest_files([folder], None, "t", root=tmp_path)
    assert report.accounts == ("123456789012", "222222222222")
    text = "".join(path.read_text() for path in folder.rglob("*.json*"))
    assert f'"collector": "{accounts[0].arn}"' in text
    assert "aws_secret_access_key" not in text
    assert "SessionToken" not in text


def test_a_profile_without_credentials_says_what_to_do(configured: None) -> None:
    with pytest.raises(SourceAccessError) as caught:
        aws.profiles(["without"])
    assert caught.value.message.startswith("profile `without`: AWS does not say who they are")
    assert "aws sso login" in caught.value.help


def test_a_profile_that_is_not_there_is_a_mistake(configured: None) -> None:
    with pytest.raises(UsageError, match="profile `nobody`"):
        aws.profiles(["own", "nobody"])


def test_a_role_is_entered_from_one_account(configured: None) -> None:
    arguments = ["--profile", "own", "--profile", "other", "--accounts", "222222222222"]
    done = CliRunner().invoke(cli, ["ingest", "aws", *arguments, "--role-name", "audit-reader"])
    assert done.exit_code == 2
    assert "give one --profile" in done.stderr
