"""Accounts that are entered through a role cost little more than the first one."""

from typing import Any

import pytest
from botocore.loaders import JSONFileLoader

from ingest import aws
from ingest.aws import Account
from ingest.layout import GLOBAL


def test_what_boto3_knows_of_a_service_is_loaded_once_for_all_accounts(
    caller: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred accounts with a copy each of every model would fill the memory of a machine."""
    loaded: list[str] = []
    load = JSONFileLoader.load_file

    def load_file(self: JSONFileLoader, path: str) -> Any:
        loaded.append(path)
        return load(self, path)

    services = ("iam", "lambda", "ec2")
    for service in services:
        caller.client(service, GLOBAL)
    monkeypatch.setattr(JSONFileLoader, "load_file", load_file)
    for number in ("2", "3"):
        entered = aws.member(caller, number * 12, "team/audit-reader")
        assert entered.id == number * 12
        for service in services:
            entered.client(service, GLOBAL)
    assert loaded == []
