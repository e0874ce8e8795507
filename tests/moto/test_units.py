"""Accounts are chosen by organizational unit, and a name that fits nothing is never passed over."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result
from werkzeug.wrappers import Response

from app import members
from app.cli import cli
from app.options import Reading
from iam.errors import RolepathError, SourceAccessError, UnknownNameError, UsageError
from ingest import aws
from ingest.aws import Account
from ingest.permissions import DISCOVERY, actions, policy
from tests.moto.faults import Call, FaultyAws, denied, tell_operations
from tests.unit.app.test_reading_accounts import options

ROLE = ["--organization", "--role-name", "audit-reader"]


@dataclass(frozen=True)
class Tree:
    """An organization: units by their path, accounts by their name."""

    units: dict[str, str]
    accounts: dict[str, str]
    root: str


@pytest.fixture(scope="module")
def server() -> FaultyAws:
    """An AWS that lists one item a page, so that a list is never whole at once."""
    return FaultyAws(page=1)


@pytest.fixture
def tree(
    environment: None, address: str, server: FaultyAws, monkeypatch: pytest.MonkeyPatch
) -> Tree:
    """An organization with units in units, on a partition's own account of the tests."""
    server.forget()
    server.page = 1
    tell_operations(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    # Its management account is its own: the organization of the other tests is another one.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", _keys_of("110011001100")["AccessKeyId"])
    organizations: Any = boto3.Session().client("organizations")
    try:
        organizations.create_organization(FeatureSet="ALL")
        _fill(organizations)
    except organizations.exceptions.AlreadyInOrganizationException:
        server.calls.clear()
    return _read(organizations)


def _keys_of(account: str) -> dict[str, Any]:
    made = (
        boto3.Session()
        .client("sts")
        .assume_role(RoleArn=f"arn:aws:iam::{account}:role/any", RoleSessionName="test")
    )
    keys: dict[str, Any] = made["Credentials"]
    return keys


UNITS = ("Workloads", "Workloads/Production", "Workloads/Staging", "Security", "Security/Staging")
PLACES = {
    "shop": "Workloads/Production",
    "trial": "Workloads/Staging",
    "shared": "Workloads",
    "logs": "Security",
    "closed": "Workloads/Production",
}


def _fill(organizations: Any) -> None:
    root = organizations.list_roots()["Roots"][0]["Id"]
    ids = {"": root}
    for path in UNITS:
        above, _, name = path.rpartition("/")
        made = organizations.create_organizational_unit(ParentId=ids[above], Name=name)
        ids[path] = made["OrganizationalUnit"]["Id"]
    for name, place in PLACES.items():
        made = organizations.create_account(Email=f"{name}@example.com", AccountName=name)
        id = made["CreateAccountStatus"]["AccountId"]
        organizations.move_account(
            AccountId=id, SourceParentId=root, DestinationParentId=ids[place]
        )
        if name == "closed":
            organizations.close_account(AccountId=id)


def _read(organizations: Any) -> Tree:
    accounts = organizations.get_paginator("list_accounts").paginate()
    named = {a["Name"]: a["Id"] for page in accounts for a in page["Accounts"]}
    root = organizations.list_roots()["Roots"][0]["Id"]
    ids: dict[str, str] = {"": root}
    for path in UNITS:
        above, _, name = path.rpartition("/")
        pages = organizations.get_paginator("list_organizational_units_for_parent").paginate(
            ParentId=ids[above]
        )
        (ids[path],) = [
            unit["Id"]
            for page in pages
            for unit in page["OrganizationalUnits"]
            if unit["Name"] == name
        ]
    return Tree(ids, named, root)


@pytest.fixture
def caller(tree: Tree) -> Account:
    """The management account."""
    (found,) = aws.profiles(())
    return found


def entered(caller: Account, *units: str, **more: tuple[str, ...]) -> members.Chosen:
    reading = Reading(organization=True, role_name="r", units=units, **more)  # type: ignore[arg-type]
    return members.entered(caller, reading)


def test_a_unit_stands_for_its_accounts_and_those_of_the_units_below_it(
    tree: Tree, caller: Account
) -> None:
    of = tree.accounts
    for word in (
        "Workloads",
        "/Workloads/",
        "Root/Workloads",
        "workLoads",
        tree.units["Workloads"],
    ):
        chosen = entered(caller, word)
        assert set(chosen.active) == {of["shop"], of["trial"], of["shared"]}, word
        assert chosen.inactive == (of["closed"],)
    assert entered(caller, "Workloads/Staging").active == (of["trial"],)
    assert set(entered(caller, tree.root).active) == {
        id for name, id in of.items() if name != "closed"
    }
    assert entered(caller, "Root") == entered(caller)


def test_units_and_accounts_add_up_and_what_is_excluded_is_taken_away(
    tree: Tree, caller: Account
) -> None:
    of = tree.accounts
    chosen = entered(caller, "Security", "Workloads/Staging", accounts=(of["shop"],))
    assert set(chosen.active) == {of["logs"], of["trial"], of["shop"]}
    chosen = entered(caller, "Workloads", exclude=(of["shop"], of["closed"]))
    assert set(chosen.active) == {of["trial"], of["shared"]}
    assert chosen.inactive == ()


def near(id: str) -> str:
    return id[:-1] + str((int(id[-1]) + 1) % 10)


@pytest.mark.parametrize(
    ("unit", "said", "helped"),
    [
        ("Workload", "no unit `Workload`", "`Workloads`"),
        ("Production", "no unit `Production`", "`Workloads/Production`"),
        ("Staging", "no unit `Staging`", "`Workloads/Staging` or `Security/Staging`"),
        ("Qqqqqq", "no unit `Qqqqqq`", "there are Root, Workloads"),
    ],
)
def test_a_unit_that_is_not_there_is_an_error_with_a_near_name(
    caller: Account, unit: str, said: str, helped: str
) -> None:
    with pytest.raises(UnknownNameError, match=said) as caught:
        entered(caller, unit)
    assert helped in caught.value.help


@pytest.mark.parametrize("option", ["accounts", "exclude"])
def test_an_account_that_is_not_there_is_an_error_with_a_near_id(
    tree: Tree, caller: Account, option: str
) -> None:
    shop = tree.accounts["shop"]
    with pytest.raises(UnknownNameError, match=f"--{option}: {near(shop)}: not in the") as caught:
        entered(caller, **{option: (shop, near(shop))})
    assert f"`{shop}`" in caught.value.help


def test_what_is_excluded_of_named_accounts_has_to_be_one_of_them(caller: Account) -> None:
    named = ("222222222222", "333333333333")
    reading = Reading(accounts=named, role_name="r", exclude=("333333333333",))
    assert members.entered(caller, reading).active == ("222222222222",)
    with pytest.raises(UnknownNameError, match="--exclude: 333333333334: none of") as caught:
        members.entered(caller, Reading(accounts=named, exclude=("333333333334",)))
    assert "`333333333333`" in caught.value.help
    with pytest.raises(UnknownNameError, match="none of the accounts to read"):
        members.own([caller], Reading(exclude=("222222222222",)))


def test_a_choice_that_leaves_no_account_is_an_error(tree: Tree, caller: Account) -> None:
    with pytest.raises(UsageError, match="no account is left to read"):
        entered(caller, "Security", exclude=(tree.accounts["logs"],))
    with pytest.raises(UsageError, match="no account is left to read"):
        entered(caller, "Security/Staging")
    with pytest.raises(UsageError, match="no account is left to read"):
        members.own([caller], Reading(exclude=(caller.id,)))


@pytest.mark.parametrize(
    "operation",
    [
        "list-accounts",
        "list-roots",
        "list-organizational-units-for-parent",
        "list-accounts-for-parent",
    ],
)
def test_who_may_not_list_the_units_is_told_which_action_is_missing(
    caller: Account, server: FaultyAws, operation: str
) -> None:
    def refused(call: Call) -> Response | None:
        return denied(call) if call.operation == operation else None

    server.fault = refused
    with pytest.raises(SourceAccessError, match="cannot be listed: organizations:List") as caught:
        entered(caller, "Workloads")
    assert operation.title().replace("-", "") in caught.value.message
    assert "delegated administrator" in caught.value.help


def test_finding_the_accounts_needs_what_the_printed_policy_says(caller: Account) -> None:
    entered(caller, "Workloads")
    asked = caller.asked.actions - {"sts:GetCallerIdentity"}
    assert asked == set(DISCOVERY)
    assert asked <= set(actions())
    stated = {
        action
        for statement in policy(enters="audit-reader")["Statement"]
        if statement["Sid"] == "FindAccounts"
        for action in statement["Action"]
    }
    assert stated == asked


# --- the commands -------------------------------------------------------------------------------


def run(*words: str, exit_code: int = 0) -> Result:
    done = CliRunner().invoke(cli, list(words))
    assert done.exit_code == exit_code, done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done


@pytest.fixture
def read(only_global: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the accounts that `ingest aws` has read, once it was run; they are not loaded."""
    monkeypatch.setenv("ROLEPATH_HOME", str(tmp_path))
    found: list[str] = []

    def load(paths: Any, *_: Any, **__: Any) -> Any:
        found.extend(json.loads((paths[0] / "snapshot.json").read_text())["accounts"])
        raise RolepathError("read")

    monkeypatch.setattr("ingest.job.ingest_files", load)
    return found


def test_only_the_accounts_of_the_unit_are_read(tree: Tree, read: list[str]) -> None:
    words = [*ROLE, "--regions", "eu-west-1", "--ou", "Security", "--ou", "Workloads/Staging"]
    run("ingest", "aws", *words, exit_code=1)
    assert read == sorted([tree.accounts["logs"], tree.accounts["trial"]])


def test_the_file_of_the_page_is_read_as_it_stands(
    tree: Tree, read: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "rolepath.yaml"
    file.write_text(options().replace("777777777777", tree.accounts["logs"]))
    run("ingest", "aws", "--config", str(file), exit_code=1)
    assert read == [tree.accounts["shop"]]
    typo = run("ingest", "aws", "--config", str(file), "--ou", "Productoin", exit_code=2)
    assert "no unit `Productoin`" in typo.stderr


def test_doctor_looks_at_the_same_accounts(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def outlooks(readers: list[Account], *_: Any) -> list[SourceAccessError]:
        looked.extend(reader.id for reader in readers)
        return [SourceAccessError("not asked", help="it is only about which") for _ in readers]

    monkeypatch.setattr("app.preflight.outlooks", outlooks)
    done = run("doctor", "aws", *ROLE, "--regions", "eu-west-1", "--ou", "Workloads")
    of = tree.accounts
    assert set(looked) == {of["shop"], of["trial"], of["shared"]}
    assert "3 active accounts, 1 not active" in done.stdout
    wrong = run("doctor", "aws", *ROLE, "--regions", "eu-west-1", "--ou", "Workload")
    assert "bad  organization" in wrong.stdout
    assert "did you mean `Workloads`" in wrong.stdout


def test_units_are_those_of_an_organization() -> None:
    done = run("ingest", "aws", "--ou", "Workloads", exit_code=2)
    assert "--ou needs --organization" in done.stderr
