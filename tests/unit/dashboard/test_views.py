"""Each view has words for every state: nothing loaded, loading, away, empty, and five hundred."""

import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.answers import Answers
from app.dashboard import main, views
from app.dashboard.parts import asking
from app.dashboard.parts.view import Frame, View
from app.demo import folder
from iam.errors import RolepathError, StoreLoadingError, StoreUnavailableError
from iam.model import Snapshot
from ingest.snapshot import read_one
from tests.unit.iam.build import A, allow, role, snapshot, trust, user

URLS = [view.url for view in main.found()]
WAIT = 60

Show = Callable[..., AppTest]


@cache
def demo() -> Snapshot:
    return read_one(folder())


def script() -> None:
    from app.dashboard.main import main

    main()


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch) -> Iterator[Show]:
    """Run one page with answers of a model, or with the error that opening them ends in."""
    everything = main.found()

    def shown(url: str, source: Snapshot | RolepathError, **choices: str) -> AppTest:
        def opened(*_: str) -> Answers:
            if isinstance(source, RolepathError):
                raise source
            return Answers.of(source, data="unit")

        monkeypatch.setattr(asking, "open_answers", opened)
        asking.forget()
        asking._directory.clear()
        asking._ledger.clear()
        order = sorted(everything, key=lambda view: view.url != url)
        monkeypatch.setattr(main, "found", lambda: order)
        at = AppTest.from_function(script, default_timeout=WAIT)
        for name, value in choices.items():
            at.query_params[name.rstrip("_")] = value
        return at.run()

    yield shown
    asking.forget()


def words(at: AppTest) -> str:
    """Everything that the page says, one element a line."""
    parts: list[Any] = [*at.title, *at.markdown, *at.caption, *at.code, *at.subheader]
    text = "\n".join(str(part.value) for part in parts)
    return text.replace("\\", "").replace("\u2060", "")


def test_views_are_found_by_walking_their_folder() -> None:
    names = {module.name for module in pkgutil.iter_modules(views.__path__)}
    assert names == {"overview", "paths", "deletion", "query", "data"}
    assert URLS == ["overview", "paths", "deletion", "query", "data"]
    assert len({view.order for view in main.found()}) == len(URLS)
    assert all(view.icon.startswith(":material/") for view in main.found())


@pytest.mark.parametrize("url", URLS)
def test_a_page_of_the_demo_has_its_question_and_its_badges(show: Show, url: str) -> None:
    at = show(url, demo())
    assert not at.exception
    assert not at.error
    question = next(view.question for view in main.found() if view.url == url)
    assert [title.value for title in at.title] == [question]
    said = words(at)
    assert "Snapshot 2 Nov 2026 06:00 UTC" in said
    assert "data set unit" in said


@pytest.mark.parametrize("url", ["overview", "data"])
def test_a_folder_that_is_asked_is_named_and_is_no_data_set(
    show: Show, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "my answers"
    path.mkdir()
    monkeypatch.setenv("ROLEPATH_SNAPSHOT", str(path))
    said = words(show(url, demo()))
    assert "read from my answers" in said
    assert "data set unit" not in said
    assert (f"ingest files '{path}'" if url == "overview" else f"come from `{path}`") in said


@pytest.mark.parametrize("url", URLS)
def test_an_empty_snapshot_is_a_state_with_words(show: Show, url: str) -> None:
    at = show(url, snapshot())
    assert not at.exception
    assert not at.error
    assert "time not known" in words(at)


@pytest.mark.parametrize("url", URLS)
def test_a_load_that_is_running_is_said(show: Show, url: str) -> None:
    problem = StoreLoadingError("store: a load is running since 06:00", help="ask again")
    at = show(url, problem)
    assert not at.exception
    assert "A load is running" in words(at)
    assert "ask again" in words(at)
    assert "Ask again" in [button.label for button in at.button]


@pytest.mark.parametrize("url", URLS)
def test_a_store_that_is_away_is_said_with_what_helps(show: Show, url: str) -> None:
    problem = StoreUnavailableError("bolt://127.0.0.1:9: no answer", help="start it")
    said = words(show(url, problem))
    assert "The store does not answer" in said
    assert "bolt://127.0.0.1:9: no answer" in said
    assert "start it" in said


@pytest.mark.parametrize("url", URLS)
def test_nothing_loaded_says_how_to_begin(show: Show, url: str) -> None:
    problem = StoreUnavailableError("data set `default`: nothing has been loaded", help="load")
    said = words(show(url, problem))
    assert "Nothing has been loaded yet" in said
    assert "rolepath ingest files authz.json" in said


def test_asking_again_opens_the_store_again(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    at = show("data", StoreUnavailableError("bolt://127.0.0.1:9: no answer", help="start it"))
    monkeypatch.setattr(asking, "open_answers", lambda *_: Answers.of(demo(), data="unit"))
    next(button for button in at.button if button.label == "Ask again").click().run()
    assert "The store does not answer" not in words(at)
    assert "production (666666666666)" in str(at.dataframe[0].value)


def crowd(count: int) -> Snapshot:
    """So many users who may enter one role."""
    users = [user(f"u{i:03}", allow(resource="*")) for i in range(count)]
    return snapshot(*users, role("hub", [trust({"AWS": A})], allow(resource="*")), role_of_hub())


def role_of_hub() -> Any:
    return role("vault", [trust({"AWS": f"arn:aws:iam::{A}:role/hub"})])


def test_five_hundred_neighbours_are_grouped_in_words(show: Show) -> None:
    at = show("deletion", crowd(500), entity=f"arn:aws:iam::{A}:role/hub")
    assert not at.exception
    said = words(at)
    assert "Grouped by account and kind" in said
    assert "500 principals have no other route" in said


def test_five_hundred_who_can_enter_are_a_table(show: Show) -> None:
    hub, vault = (f"arn:aws:iam::{A}:role/{name}" for name in ("hub", "vault"))
    at = show("paths", crowd(500), from_=vault, to=hub, who="1")
    assert not at.exception
    assert "Who can become hub: 500" in words(at)
    assert len(at.dataframe[0].value) == 500


def test_another_snapshot_never_shows_old_answers(show: Show) -> None:
    first = show("paths", crowd(1), from_=f"arn:aws:iam::{A}:user/u000", to="admin")
    assert "No path from u000 to an administrator" in words(first)
    source = replace(crowd(1), id="later")
    lord = role("lord", [trust({"AWS": A})], allow("*"))
    later = replace(source, roles={**source.roles, lord.arn: lord})
    second = show("paths", later, from_=f"arn:aws:iam::{A}:user/u000", to="admin")
    assert "u000 can become an administrator in 1 hop." in words(second)


def test_the_ledger_is_filtered_by_the_address(show: Show) -> None:
    at = show("data", demo(), account="666666666666", status="denied")
    ledger = at.dataframe[2].value
    assert set(ledger["Account"]) == {"666666666666"}
    assert set(ledger["Status"]) == {"refused"}
    assert set(ledger["Missing action"]) == {
        "autoscaling:DescribeAutoScalingGroups",
        "lambda:ListFunctions",
    }


def test_a_filter_that_nothing_has_counts_as_none(show: Show) -> None:
    at = show("data", demo(), account="000000000000", status="no-such-status")
    assert len(at.dataframe[2].value) == len(demo().coverage)


def test_query_shows_its_catalogue_without_a_graph(show: Show) -> None:
    at = show("query", demo(), q="ways_to_admin")
    said = words(at)
    assert "A snapshot folder has no graph to query." in said
    assert "rolepath ingest files unit" in said
    assert "MATCH (admin:Role)" in said


def test_query_says_what_is_still_missing(show: Show) -> None:
    at = show("query", demo(), q="who_can_reach_role", mode="catalogue")
    assert "Who can reach a role" in words(at)
    assert [box.label for box in at.selectbox if box.label == "Most rows"] == ["Most rows"]


def test_the_questions_to_begin_with_differ_and_name_their_accounts(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels: list[str] = []
    monkeypatch.setattr(
        Frame, "link", lambda _self, url, label, **_: labels.append(label.replace("\\", ""))
    )
    at = show("paths", demo())
    assert not at.exception
    questions = [label.replace("\u2060", "") for label in labels if label.startswith("Can ")]
    assert len(set(questions)) == 3
    assert "Can kira (identity) become deploy (production)?" in questions


def test_one_pair_of_accounts_is_a_sentence_and_its_rows(show: Show) -> None:
    vendor = role("vendor", [trust({"AWS": "arn:aws:iam::888888888888:root"})])
    at = show("overview", snapshot(vendor))
    assert not at.exception
    said = words(at)
    assert "888888888888 can enter 1 role of" in said
    assert "1 direct way in" in said
    assert "choose a cell" not in said


@pytest.mark.parametrize("view", main.found(), ids=lambda view: view.url)
def test_a_browser_tab_is_called_like_its_view(
    show: Show, monkeypatch: pytest.MonkeyPatch, view: View
) -> None:
    titles: list[Any] = []
    told = st.set_page_config

    def noted(**said: Any) -> None:
        titles.append(said.get("page_title"))
        told(**said)

    monkeypatch.setattr(st, "set_page_config", noted)
    show(view.url, demo())
    assert titles[-1] == f"{view.title} · rolepath"


def test_an_end_that_nothing_has_is_named(show: Show) -> None:
    at = show("paths", demo(), from_="no-such-principal", to="admin")
    assert not at.exception
    assert "no-such-principal" in words(at)
