"""Whether an identity pool lets guests in is asked of each pool, live and from a folder alike."""

from pathlib import Path

import boto3
import pytest

from ingest import collect
from ingest.aws import Account
from ingest.job import Wanted, collect_aws
from ingest.permissions import actions
from ingest.snapshot import read_one
from ingest.sources import name_of, sources
from tests.moto.conftest import REGION


def test_a_pool_says_whether_it_lets_guests_in(
    caller: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = boto3.client("cognito-identity")
    made = {
        client.create_identity_pool(
            IdentityPoolName=name, AllowUnauthenticatedIdentities=guests, AllowClassicFlow=basic
        )["IdentityPoolId"]: (guests, basic)
        for name, guests, basic in (("open", True, False), ("shut", False, True))
    }
    (source,) = (source for source in sources() if name_of(source) == "cognito_identity_pools")
    monkeypatch.setattr(collect, "sources", lambda: (source,))
    folder = collect_aws(Wanted([caller], regions=[REGION]), "t", root=tmp_path)
    found = {
        w.arn.rpartition("/")[2]: dict(w.facts)
        for w in read_one(folder).workloads
        if w.type == "AWS::Cognito::IdentityPool"
    }
    assert made.keys() <= found.keys()
    for pool, (guests, basic) in made.items():
        assert found[pool]["guests"] == str(guests).lower()
        assert found[pool].get("basicFlow", str(basic).lower()) == str(basic).lower()
    assert "cognito-identity:DescribeIdentityPool" in actions()
