"""A page that was kept is never asked for again, wherever a collection stopped."""

import dataclasses
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.wrappers import Response

from iam.model import Snapshot
from ingest import aws
from ingest.aws import Account
from ingest.collect import ExpiredError
from ingest.job import Wanted, collect_aws
from ingest.snapshot import read_one
from tests.moto.faults import Call, FaultyAws, error, expired, serve, tell_operations

NOT_PAGES = {"sts/get-caller-identity", "iam/generate-credential-report"}


@pytest.fixture
def server() -> FaultyAws:
    """An AWS that gives one item a page."""
    return FaultyAws(page=1)


@pytest.fixture
def reader(
    caller: Account, only_global: None, server: FaultyAws, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Account]:
    """The account, by way of that AWS."""
    tell_operations(monkeypatch)
    for url in serve(server):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        (found,) = aws.profiles(())
        yield found


def collected(reader: Account, root: Path, *, resume: bool = False) -> Path:
    return collect_aws(Wanted([reader], regions=["eu-west-1"]), "t", root=root, resume=resume)


def facts(snapshot: Snapshot) -> Snapshot:
    """What was read; not when, and not on how many pages."""
    lines = tuple(dataclasses.replace(c, taken_at=None, pages=0) for c in snapshot.coverage)
    return dataclasses.replace(snapshot, coverage=lines, id="", taken_at=None)


@pytest.fixture
def whole(reader: Account, server: FaultyAws, tmp_path: Path) -> Snapshot:
    """What is read when nothing is cut into pages."""
    server.page = 0
    found = facts(read_one(collected(reader, tmp_path / "whole")))
    server.forget()
    server.page = 1
    return found


def page_of(call: Call) -> tuple[str, ...]:
    return (call.key, call.region, call.request, call.mark)


def test_an_answer_of_many_pages_is_read_to_the_last(
    reader: Account, whole: Snapshot, server: FaultyAws, tmp_path: Path
) -> None:
    assert facts(read_one(collected(reader, tmp_path))) == whole
    marks = [c.mark for c in server.calls if c.key == "iam/get-account-authorization-details"]
    assert marks == ["", "1", "2"]
    assert server.asked()["iam/list-roles"] == 3


@pytest.mark.parametrize("most", [4, 8])
def test_a_finished_page_is_never_asked_for_twice(
    reader: Account, whole: Snapshot, server: FaultyAws, tmp_path: Path, most: int
) -> None:
    """The session ends after every few pages until all is there."""
    before = 0

    def ends(call: Call) -> Response | None:
        if call.key in NOT_PAGES:
            return None
        return expired(call) if len(server.answered) - before >= most else None

    server.fault = ends
    folder = None
    for run in range(60):
        before = len(server.answered)
        try:
            folder = collected(reader, tmp_path, resume=run > 0)
            break
        except ExpiredError:
            continue
    assert folder is not None
    given = Counter(page_of(call) for call in server.answered if call.key not in NOT_PAGES)
    assert [page for page, times in given.items() if times > 1] == []
    assert facts(read_one(folder)) == whole
    assert not list(folder.rglob("*.parts"))


def test_a_mark_that_aws_takes_no_more_begins_the_answer_anew(
    reader: Account, whole: Snapshot, server: FaultyAws, tmp_path: Path
) -> None:
    def ends(call: Call) -> Response | None:
        return expired(call) if call.key == "iam/list-roles" and call.mark == "2" else None

    server.fault = ends
    with pytest.raises(ExpiredError):
        collected(reader, tmp_path)
    refused: list[str] = []

    def forgotten(call: Call) -> Response | None:
        if call.key == "iam/list-roles" and call.mark == "2" and not refused:
            refused.append(call.mark)
            return error(call, 400, "ValidationError", "Invalid Marker")
        return None

    server.fault = forgotten
    server.calls.clear()
    assert facts(read_one(collected(reader, tmp_path, resume=True))) == whole
    marks = [c.mark for c in server.calls if c.key == "iam/list-roles"]
    assert marks == ["2", "", "1", "2"]


def test_an_answer_that_lost_a_page_is_partial_and_completed_by_resume(
    reader: Account, whole: Snapshot, server: FaultyAws, tmp_path: Path
) -> None:
    server.fault = lambda call: (
        error(call, 500, "InternalFailure", "no")
        if call.key == "iam/list-roles" and call.mark == "1"
        else None
    )
    partial = read_one(collected(reader, tmp_path))
    (line,) = [c for c in partial.coverage if c.operation == "list-roles"]
    assert (line.status, line.pages, line.items) == ("partial", 1, 1)
    server.forget()
    server.page = 1
    assert facts(read_one(collected(reader, tmp_path, resume=True))) == whole
    assert [c.mark for c in server.calls if c.key == "iam/list-roles"] == ["1", "2"]


def test_a_page_that_names_itself_as_the_next_ends_the_answer(
    reader: Account, server: FaultyAws, tmp_path: Path
) -> None:
    def turning(call: Call) -> Response | None:
        if call.key != "iam/list-roles":
            return None
        return Response(
            "<ListRolesResponse><ListRolesResult><Roles/><IsTruncated>true</IsTruncated>"
            "<Marker>same</Marker></ListRolesResult></ListRolesResponse>",
            content_type="text/xml",
        )

    server.fault = turning
    lines = read_one(collected(reader, tmp_path)).coverage
    (line,) = [c for c in lines if c.operation == "list-roles"]
    assert line.status == "partial"
    assert "next token" in line.note
    assert server.asked()["iam/list-roles"] == 2
