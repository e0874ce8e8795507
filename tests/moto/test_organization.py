"""One command reads an organization whole, by whoever may list it, and says what it could not."""

import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from werkzeug.wrappers import Response

from app.cli import cli
from iam.model import Coverage
from ingest.layout import read_ledger
from tests.moto.faults import (
    Answer,
    Call,
    FaultyAws,
    denied,
    error,
    tell_operations,
)
from tests.moto.world import (
    MANAGEMENT,
    READER,
    REGIONS,
    World,
    only_answered,
    without_store,
    world,
)
from tests.support.servers import stop_embedded

__all__ = ["only_answered", "without_store", "world"]

FOR_ANY_MEMBER = {"describe-organization"}


@pytest.fixture(scope="module")
def server() -> FaultyAws:
    """An AWS by whose Organizations only some accounts are answered."""
    return FaultyAws()


@pytest.fixture
def speaks(
    environment: None,
    world: World,
    server: FaultyAws,
    address: str,
    only_answered: None,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., None]:
    """Take the credentials of an account; name the delegated administrators, too."""
    server.forget()
    tell_operations(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)

    def speaks(name: str, *delegated: str) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", world.keys[name])
        administrators = {world.accounts[one] for one in delegated}

        def refused(call: Call) -> Response | None:
            """As AWS: a plain member may only describe its organization; moto lets it ask."""
            may = call.account in {MANAGEMENT, *administrators}
            if call.service != "organizations" or may or call.operation in FOR_ANY_MEMBER:
                return None
            text = "You don't have permissions to access this resource."
            return error(call, 400, "AccessDeniedException", text)

        def instead(call: Call) -> str | None:
            """What an administrator asks, moto answers to the manager only."""
            is_asked = call.service == "organizations" and call.account in administrators
            return world.keys["management"] if is_asked else None

        server.fault, server.instead = refused, instead

    return speaks


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder of its own."""
    folder = tmp_path / "home"
    monkeypatch.setenv("ROLEPATH_HOME", str(folder))
    yield folder
    stop_embedded(folder)


def run(*words: str, exit_code: int = 0) -> Result:
    done = CliRunner().invoke(cli, list(words))
    assert done.exit_code == exit_code, done.output
    return done


def answer(*words: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:  # moto's server prints to the same output
        file = Path(folder) / "answer"
        run(*words, "--format", "json", "--output", str(file))
        found: dict[str, Any] = json.loads(file.read_text())
    return found


def ingest(*words: str) -> dict[str, Any]:
    given = ["--role-name", READER, "--external-id", "larkspur-audit"]
    return answer("ingest", "aws", *given, "--regions", ",".join(REGIONS), *words)


def not_seen(found: dict[str, Any]) -> set[tuple[str, str, str, str]]:
    return {
        (gap["account"], gap["operation"], gap["status"], gap["missing_action"])
        for gap in found["coverage"]["not_seen"]
    }


def ledger(folder: Path) -> list[Coverage]:
    return list(read_ledger(folder / "kept" / "coverage.jsonl"))


def asked_for_the_tree(folder: Path) -> set[tuple[str, str]]:
    return {(c.account, c.status) for c in ledger(folder) if c.operation == "list-roots"}


@pytest.mark.parametrize("caller", ["management", "audit"])
def test_an_organization_is_read_whole_by_its_manager_and_by_a_delegated_administrator(
    world: World, speaks: Callable[..., None], home: Path, tmp_path: Path, caller: str
) -> None:
    speaks(caller, "audit")
    found = ingest("--organization", "--save", str(tmp_path / "kept"))
    assert sorted(found["accounts"]) == sorted(world.accounts.values())
    assert found["counts"]["accounts"] == 5
    assert found["coverage"] == {"complete": True, "not_seen": []}
    places = {(c.account, c.region) for c in ledger(tmp_path)}
    assert places == {
        (id, region) for id in world.accounts.values() for region in ("global", *REGIONS)
    }
    assert asked_for_the_tree(tmp_path) == {(MANAGEMENT, "complete")}
    who = answer("who-can", "shop/deploy")
    assert who["allow"] == [world.arn("data", "role/release")]
    assert who["conditional"] == []
    chain = answer("who-can", "shop/deploy", "--transitive")
    ana, release = world.arn("audit", "user/ana"), world.arn("data", "role/release")
    assert set(chain["allow"]) == {ana, release}
    assert chain["routes"][ana] == [ana, release, world.arn("shop", "role/deploy")]
    why = answer("why", "sandbox/trial", "shop/deploy")
    assert why["verdict"] == "deny"
    assert [reason["code"] for reason in why["reasons"]] == ["SCP_EXPLICIT"]


def kept(folder: Path, *words: str) -> dict[str, Any]:
    return answer(*words, "--snapshot", str(folder / "kept"))


def test_where_the_management_account_has_no_such_role_the_administrator_reads_the_organization(
    world: World,
    speaks: Callable[..., None],
    server: FaultyAws,
    without_store: None,
    home: Path,
    tmp_path: Path,
) -> None:
    """A stack set leaves the management account out."""
    speaks("audit", "audit")
    own = server.fault

    def refused(call: Call) -> Answer | None:
        enters = call.operation == "assume-role" and MANAGEMENT in call.request
        return denied(call) if enters else own(call)

    server.fault = refused
    found = ingest("--organization", "--save", str(tmp_path / "kept"))
    assert sorted(found["accounts"]) == sorted(set(world.accounts.values()) - {MANAGEMENT})
    assert not_seen(found) == {(MANAGEMENT, "assume-role", "denied", "sts:AssumeRole")}
    assert asked_for_the_tree(tmp_path) == {(world.accounts["audit"], "complete")}
    assert kept(tmp_path, "why", "sandbox/trial", "shop/deploy")["verdict"] == "deny"


def test_the_organization_is_read_also_where_its_lister_is_not_among_the_accounts(
    world: World,
    speaks: Callable[..., None],
    without_store: None,
    home: Path,
    tmp_path: Path,
) -> None:
    speaks("management")
    units = ["--ou", "Sandbox", "--ou", "Workloads"]
    found = ingest("--organization", *units, "--save", str(tmp_path / "kept"))
    meant = {world.accounts[name] for name in ("data", "shop", "sandbox")}
    assert set(found["accounts"]) == meant
    assert found["coverage"] == {"complete": True, "not_seen": []}
    assert asked_for_the_tree(tmp_path) == {(MANAGEMENT, "complete")}
    of_manager = {c.service for c in ledger(tmp_path) if c.account == MANAGEMENT}
    assert of_manager == {"organizations"}
    assert kept(tmp_path, "why", "sandbox/trial", "shop/deploy")["verdict"] == "deny"


def test_a_member_that_may_not_list_the_organization_reads_the_accounts_that_it_names(
    world: World,
    speaks: Callable[..., None],
    without_store: None,
    home: Path,
    tmp_path: Path,
) -> None:
    speaks("data")
    refused = run("ingest", "aws", "--organization", "--role-name", READER, exit_code=3)
    assert "organizations:ListAccounts is refused" in refused.stderr
    assert "name --accounts without --organization" in refused.stderr
    ids = [world.accounts[name] for name in ("data", "shop", "sandbox")]
    found = ingest("--accounts", ",".join(ids), "--save", str(tmp_path / "kept"))
    assert set(found["accounts"]) == set(ids)
    gaps = not_seen(found)
    assert {(id, "list-roots", "denied", "organizations:ListRoots") for id in ids} <= gaps
    assert {action for *_, action in gaps} == {
        "organizations:ListRoots",
        "organizations:ListAccounts",
        "organizations:ListDelegatedAdministrators",
    }
    # Names of accounts are not known here, and neither is what the organization forbids: C-39 of a
    # layer that nobody read.
    who = kept(tmp_path, "who-can", world.arn("shop", "role/deploy"))
    everyone = {*who["allow"], *(one["principal"] for one in who["conditional"])}
    assert everyone == {world.arn("data", "role/release"), world.arn("sandbox", "role/trial")}
    assert who["coverage"]["complete"] is False
