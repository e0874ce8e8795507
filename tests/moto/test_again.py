"""An account that is collected again has what it has now; what is gone is gone."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from ingest.aws import Account
from ingest.job import Report, Wanted, collect_aws, ingest_files
from ingest.snapshot import read_one
from tests.moto.test_collect import inject

HOST = "gone.example.com"


def again(caller: Account, root: Path) -> Report:
    folder = collect_aws(Wanted([caller], regions=["eu-west-1"]), "t", root=root)
    return ingest_files([folder], None, "t", root=root)


@pytest.fixture
def no_providers(caller: Account) -> Iterator[None]:
    """The account without the OIDC providers that it had; they come back for the other tests."""
    iam = boto3.client("iam")
    known = [p["Arn"] for p in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
    held = [iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn) for arn in known]
    for arn in known:
        iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    yield
    for one in held:
        iam.create_open_id_connect_provider(
            Url=f"https://{one['Url'].removeprefix('https://')}",
            ClientIDList=one["ClientIDList"],
            ThumbprintList=one["ThumbprintList"],
        )


def test_what_was_asked_about_and_is_gone_leaves_nothing_behind(
    caller: Account, no_providers: None, only_global: None, tmp_path: Path
) -> None:
    """The provider's own answer has no successor: there is nothing left to ask about."""
    iam = boto3.client("iam")
    arn = iam.create_open_id_connect_provider(
        Url=f"https://{HOST}", ClientIDList=["c"], ThumbprintList=["b" * 40]
    )["OpenIDConnectProviderArn"]
    first = read_one(again(caller, tmp_path).folder)
    assert list(first.oidc_providers) == [arn]
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    second = again(caller, tmp_path)
    assert read_one(second.folder).oidc_providers == {}
    assert [g for g in second.coverage["not_seen"] if g["status"] == "stale"] == []
    assert second.remarks == ()


def test_what_was_not_listed_whole_does_not_forget_what_it_asked_before(
    caller: Account, only_global: None, tmp_path: Path
) -> None:
    before = read_one(again(caller, tmp_path).folder)
    assert len(before.resource_policies) == 2
    denied = (403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
    inject(caller, lambda operation: denied if operation == "ListBuckets" else None)
    after = again(caller, tmp_path)
    assert read_one(after.folder).resource_policies == before.resource_policies
    states = {(g["operation"], g["status"]) for g in after.coverage["not_seen"]}
    assert {("list-buckets", "stale"), ("get-bucket-policy", "stale")} <= states
