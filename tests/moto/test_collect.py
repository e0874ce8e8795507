"""What is collected from AWS is what its own JSON says, by reads only; nothing goes unsaid."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from click.testing import CliRunner

from app.cli import cli
from iam.errors import UsageError
from iam.model import Snapshot
from ingest import aws, collect
from ingest.aws import Account, WriteRefusedError
from ingest.collect import ExpiredError
from ingest.coverage import coverage_json
from ingest.home import DataSet
from ingest.job import Wanted, collect_aws, collecting, ingest_files
from ingest.permissions import actions
from ingest.reader import Page
from ingest.snapshot import read_one
from ingest.sources import Source, sources
from ingest.writer import merged_pages, plain

ACCOUNT = "123456789012"
GLOBAL_ONLY = {"iam", "s3", "organizations"}


@pytest.fixture(autouse=True)
def only_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Regional sources are left to the one test that asks all of them."""
    kept = tuple(s for s in sources() if s.SCOPE == "global")
    monkeypatch.setattr(collect, "sources", lambda: kept)


def gather(caller: Account, root: Path, **options: Any) -> Path:
    return collect_aws(Wanted([caller], regions=["eu-west-1"]), "t", root=root, **options)


def by_hand(folder: Path) -> None:
    """The same account as `aws … --output json` prints it."""

    def save(service: str, method: str, request: dict[str, Any] | None = None) -> Any:
        make: Any = boto3.client
        client = make(service)
        pages = (
            client.get_paginator(method).paginate(**(request or {}))
            if client.can_paginate(method)
            else [getattr(client, method)(**(request or {}))]
        )
        return merged_pages(plain(page) for page in pages)

    def put(service: str, method: str, text: str, ending: str) -> None:
        path = folder / ACCOUNT / "global" / service / f"{method.replace('_', '-')}{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    for service, method in (
        ("iam", "get_account_authorization_details"),
        ("iam", "list_roles"),
        ("iam", "get_credential_report"),
        ("iam", "list_instance_profiles"),
        ("iam", "list_open_id_connect_providers"),
        ("iam", "list_saml_providers"),
        ("s3", "list_buckets"),
        ("organizations", "describe_organization"),
        ("organizations", "list_roots"),
        ("organizations", "list_accounts"),
    ):
        put(service, method, json.dumps(save(service, method)), ".json")
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    request = {"OpenIDConnectProviderArn": provider}
    line = {"request": request, "response": save("iam", "get_open_id_connect_provider", request)}
    put("iam", "get_open_id_connect_provider", json.dumps(line) + "\n", ".jsonl")
    request = {"Bucket": "bucket-with"}
    held = {"request": request, "response": save("s3", "get_bucket_policy", request)}
    none = {"request": {"Bucket": "bucket-without"}, "response": {"Policy": None}}
    put("s3", "get_bucket_policy", f"{json.dumps(held)}\n{json.dumps(none)}\n", ".jsonl")


def test_boto3_and_saved_files_give_one_and_the_same_snapshot(
    caller: Account, tmp_path: Path
) -> None:
    collected = read_one(gather(caller, tmp_path))
    by_hand(tmp_path / "hand")
    saved = read_one(tmp_path / "hand")
    for part in (
        "roles",
        "users",
        "groups",
        "policies",
        "instance_profiles",
        "oidc_providers",
        "resource_policies",
    ):
        assert getattr(collected, part), part
        assert getattr(collected, part) == getattr(saved, part), part
    assert collected.organization is not None
    assert saved.organization is not None
    assert collected.organization.id == saved.organization.id
    assert {a.id: a.name for a in collected.accounts.values()} == {
        a.id: a.name for a in saved.accounts.values()
    }


def test_every_call_is_a_read_that_the_printed_policy_allows(
    caller: Account, tmp_path: Path
) -> None:
    gather(caller, tmp_path)
    asked = caller.asked.actions
    assert {"iam:GetAccountAuthorizationDetails", "organizations:ListRoots"} <= asked
    assert asked - set(actions()) == set()


@pytest.mark.parametrize(
    ("service", "method", "request_"),
    [
        ("iam", "delete_role", {"RoleName": "deploy"}),
        ("iam", "create_access_key", {"UserName": "ana"}),
        ("s3", "get_object", {"Bucket": "bucket-with", "Key": "k"}),
        ("secretsmanager", "get_secret_value", {"SecretId": "s"}),
        ("sts", "get_session_token", {}),
    ],
)
def test_what_is_no_read_or_reads_a_secret_is_never_sent(
    caller: Account, service: str, method: str, request_: dict[str, str]
) -> None:
    client = caller.client(service, "eu-west-1")
    with pytest.raises(WriteRefusedError, match="rolepath only reads"):
        getattr(client, method)(**request_)


# --- faults -------------------------------------------------------------------------------------

Answer = Callable[[str], tuple[int, str] | None]
DENIED = (
    403,
    "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:iam::"
    "123456789012:user/audit is not authorized to perform: iam:ListRoles on resource: * because no "
    "identity-based policy allows the action</Message></Error></ErrorResponse>",
)
EXPIRED = (
    400,
    '{"__type": "ExpiredTokenException", "message": "The security token included in the request '
    'is expired"}',
)


class _Raw:
    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.body


def inject(caller: Account, answer: Answer) -> Counter[str]:
    """Answer some operations in place of the server; gives how often each was asked."""
    asked: Counter[str] = Counter()

    def before_send(request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        operation = event_name.rpartition(".")[2]
        asked[operation] += 1
        found = answer(operation)
        if found is None:
            return None
        return AWSResponse(request.url, found[0], HTTPHeaders(), _Raw(found[1].encode()))

    events: Any = caller.session.events  # what a handler answers is taken in place of a call
    events.register("before-send.*.*", before_send)
    return asked


def gaps(snapshot: Snapshot) -> dict[str, tuple[str, str]]:
    return {
        gap["operation"]: (gap["status"], gap["missing_action"])
        for gap in coverage_json(snapshot)["not_seen"]
    }


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (DENIED, ("denied", "iam:ListRoles")),
        ((500, "<!doctype html><html><title>502 Bad Gateway</title></html>"), ("error", "")),
        ((429, "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>"),
         ("throttled", "")),
        ((200, "{not xml"), ("error", "")),
    ],
    ids=["denied", "a proxy's page", "throttled", "another shape"],
)  # fmt: skip
def test_a_call_that_fails_is_a_gap_and_the_rest_is_read(
    caller: Account, tmp_path: Path, answer: tuple[int, str], expected: tuple[str, str]
) -> None:
    inject(caller, lambda operation: answer if operation == "ListRoles" else None)
    snapshot = read_one(gather(caller, tmp_path))
    assert gaps(snapshot)["list-roles"] == expected
    assert len(snapshot.roles) == 3


def test_one_refused_item_leaves_the_others_and_is_named(caller: Account, tmp_path: Path) -> None:
    seen: list[str] = []

    def second_fails(operation: str) -> tuple[int, str] | None:
        if operation == "GetBucketPolicy":
            seen.append(operation)
            if len(seen) == 2:
                return (403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
        return None

    inject(caller, second_fails)
    snapshot = read_one(gather(caller, tmp_path))
    lines = [c for c in snapshot.coverage if c.operation == "get-bucket-policy"]
    assert [(c.resource, c.status) for c in lines] == [
        ("", "partial"),
        ("bucket-without", "denied"),
    ]
    assert lines[1].missing_action == "s3:GetBucketPolicy"
    assert list(snapshot.resource_policies) == ["arn:aws:s3:::bucket-with"]


def test_a_collection_whose_credentials_ran_out_goes_on_where_it_stopped(
    caller: Account, tmp_path: Path
) -> None:
    there = collecting("t", tmp_path) / ACCOUNT / "global" / "iam"

    def when_the_aliases_are_there(operation: str) -> tuple[int, str] | None:
        if operation != "ListRoots":
            return None
        until = time.monotonic() + 20
        while not (there / "list-account-aliases.json").exists() and time.monotonic() < until:
            time.sleep(0.05)
        return EXPIRED

    inject(caller, when_the_aliases_are_there)
    with pytest.raises(ExpiredError, match="ran out") as caught:
        gather(caller, tmp_path)
    assert "--resume" in caught.value.help
    (again,) = aws.profiles(())
    asked = inject(again, lambda _: None)
    snapshot = read_one(gather(again, tmp_path, resume=True))
    assert asked["ListAccountAliases"] == 0
    assert asked["DescribeOrganization"] == 0
    assert asked["ListRoots"] == 1
    assert snapshot.organization is not None
    assert snapshot.organization.root
    assert "list-roots" not in gaps(snapshot)


def test_there_is_nothing_to_resume_and_no_folder_is_overwritten(
    caller: Account, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="no unfinished collection"):
        gather(caller, tmp_path, resume=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(UsageError, match="is not empty"):
        gather(caller, tmp_path, save=tmp_path / "mine")
    assert (tmp_path / "mine" / "notes.txt").read_text() == "keep"


# --- several accounts ---------------------------------------------------------------------------


def test_members_of_an_organization_are_entered_and_read(caller: Account, tmp_path: Path) -> None:
    listed = aws.organization_accounts(caller)
    assert {a.name for a in listed} >= {"staging"}
    entered, refused = aws.members(caller, [a.id for a in listed], "audit-reader", "agreed")
    assert refused == []
    assert [a.id for a in entered] == [a.id for a in listed]
    folder = collect_aws(Wanted(entered, regions=["eu-west-1"]), "t", root=tmp_path)
    snapshot = read_one(folder)
    assert {a.id for a in snapshot.accounts.values() if a.collected} == {a.id for a in listed}
    member = next(a.id for a in listed if a.id != caller.id)
    # A member is not asked for what only the account that manages the organization may read.
    asked = {c.operation for c in snapshot.coverage if c.account == member}
    assert "describe-organization" in asked
    assert "list-roots" not in asked


def test_an_account_that_cannot_be_entered_is_a_gap(caller: Account, tmp_path: Path) -> None:
    inject(
        caller,
        lambda operation: (
            (403, DENIED[1].replace("iam:ListRoles", "sts:AssumeRole"))
            if operation == "AssumeRole"
            else None
        ),
    )
    entered, refused = aws.members(caller, [caller.id, "222222222222"], "audit-reader")
    assert [a.id for a in entered] == [caller.id]
    assert [id for id, _ in refused] == ["222222222222"]
    folder = collect_aws(Wanted(entered, ["eu-west-1"], refused), "t", root=tmp_path)
    found = coverage_json(read_one(folder))["not_seen"]
    assert ("222222222222", "denied", "sts:AssumeRole") in [
        (gap["account"], gap["status"], gap["missing_action"]) for gap in found
    ]


def test_a_collection_is_loaded_and_then_answers(
    caller: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROLEPATH_HOME", str(tmp_path))
    done = CliRunner().invoke(
        cli,
        ["ingest", "aws", "--regions", "eu-west-1", "--save", str(tmp_path / "kept")],
        catch_exceptions=False,
    )
    assert done.exit_code == 0, done.output
    assert f"reading as {caller.arn}" in done.stderr
    assert "loaded 123456789012 into data set `default`" in done.stdout
    assert (tmp_path / "kept" / "snapshot.json").is_file()
    assert not collecting("default").exists()
    asked = CliRunner().invoke(cli, ["paths", "user/ana", "role/deploy", "--format", "json"])
    answer = json.loads(asked.stdout)
    assert answer["verdict"] == "conditional"
    assert answer["paths"][0]["requirements"][0][0]["key"] == "aws:MultiFactorAuthPresent"
    again = ingest_files([tmp_path / "kept"], None, root=tmp_path)
    assert again.unchanged
    assert len(DataSet("default", tmp_path).snapshots()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--organization"], "need --role-name"),
        (["--role-name", "x"], "--role-name needs"),
        (["--accounts", "12", "--role-name", "x"], "`12` is not an account id"),
        (["--profile", "nobody"], "profile `nobody`"),
    ],
)
def test_a_request_that_makes_no_sense_is_turned_down(
    environment: None, arguments: list[str], said: str
) -> None:
    done = CliRunner().invoke(cli, ["ingest", "aws", *arguments])
    assert done.exit_code == 2
    assert said in done.stderr


@pytest.mark.slow
def test_every_source_is_asked_and_what_this_aws_lacks_is_in_the_ledger(
    caller: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collect, "sources", sources)
    folder = gather(caller, tmp_path)
    snapshot = read_one(folder)
    assert caller.asked.actions - set(actions()) == set()
    states = {(c.service, c.operation): c.status for c in snapshot.coverage if not c.resource}
    assert states["lambda", "list-functions"] == "complete"
    assert states["stepfunctions", "list-state-machines"] == "complete"
    lists = {
        operation
        for source in sources()
        if source.SCOPE == "regional"
        for operation in _asked_first(source)
    }
    assert len(lists) > 40
    assert {f"{service}/{name}" for service, name in states} >= lists
    assert not list(folder.rglob("*.parts"))


def _asked_first(source: Source) -> list[str]:
    """The lists that a source begins with."""
    found: list[str] = []

    class Empty:
        account = ACCOUNT
        region = "eu-west-1"

        def call(self, operation: str, _request: Any = None, /) -> Iterator[Page]:
            found.append(operation)
            return iter(())

        def each(self, _operation: str, _requests: Any, /) -> Iterator[Page]:
            return iter(())

        def missing_policies(self) -> Iterator[str]:
            return iter(())

        def prepare(self, _operation: str, _request: Any = None, /) -> None:
            """Nothing."""

    assert list(source.get(Empty())) == []
    return found
