"""Each page of the dashboard answers in a real browser, asks no foreign host, and can be linked."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, expect

from app.dashboard.server import POLICY
from app.demo import folder
from tests.support.dashboard import PATIENCE, Visit, browser, dashboard
from tests.support.servers import stop_embedded

pytestmark = pytest.mark.browser

KIRA = "arn:aws:iam::222222222222:user/kira"
DEPLOY = "arn:aws:iam::666666666666:role/deploy"
SERVER_ROLE = "arn:aws:iam::666666666666:role/storefront-server"
JENKINS = "arn:aws:iam::444444444444:role/jenkins-agent"
SCALING = (
    "arn:aws:iam::666666666666:role/aws-service-role/autoscaling.amazonaws.com/"
    "AWSServiceRoleForAutoScaling"
)
TITLES = {
    "/": "Overview",
    "/paths": "Path explorer",
    "/deletion": "Can it be deleted?",
    "/query": "Ask the graph",
    "/data": "How fresh and complete is the data?",
}
HOSTILE = "![x](https://beacon.example/a.png)<img src=https://beacon.example/b.png>"

Open = Callable[..., Visit]


@pytest.fixture(scope="module")
def chrome(chromium: Path) -> Iterator[Browser]:
    """One browser for the module; each test has a profile of its own."""
    with browser(chromium) as made:
        yield made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder that holds the demo organization."""
    path = tmp_path_factory.mktemp("dashboard") / "home"
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "demo", "--no-serve"],
        env={**os.environ, "ROLEPATH_HOME": str(path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    try:
        assert done.returncode == 0, done.stderr
        yield path
    finally:
        stop_embedded(path)


@pytest.fixture(scope="module")
def demo(home: Path) -> Iterator[str]:
    """The dashboard of the demo organization, from a store."""
    with dashboard(env={"ROLEPATH_HOME": str(home)}) as address:
        yield address


@pytest.fixture(scope="module")
def from_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard of the demo's snapshot folder, without a store."""
    env = {"ROLEPATH_HOME": str(tmp_path_factory.mktemp("folder"))}
    with dashboard("--snapshot", str(folder()), env=env) as address:
        yield address


@pytest.fixture
def visit(chrome: Browser) -> Iterator[Open]:
    """Open a fresh profile on a dashboard."""
    contexts = []

    def opened(base: str, scheme: str = "light") -> Visit:
        context = chrome.new_context(
            viewport={"width": 1280, "height": 1000},
            color_scheme="dark" if scheme == "dark" else "light",
            accept_downloads=True,
        )
        contexts.append(context)
        return Visit(context.new_page(), base)

    yield opened
    for context in contexts:
        context.close()


def params(visit: Visit) -> dict[str, str]:
    """What the address of the page holds."""
    return {key: values[0] for key, values in parse_qs(urlsplit(visit.page.url).query).items()}


def csv_button(visit: Visit) -> Locator:
    """The button under a table; the table's own toolbar has another, which the mouse uncovers."""
    return visit.page.get_by_test_id("stDownloadButton").get_by_role("button", name="CSV")


def downloaded(visit: Visit, press: Callable[[], None]) -> str:
    """The text of the file that a button makes."""
    with visit.page.expect_download(timeout=PATIENCE) as caught:
        press()
    return Path(caught.value.path()).read_text(encoding="utf-8")


# --- every page -----------------------------------------------------------------------------------

ANSWERED = [
    ("/", "12 of the 13 administrators can be entered without meeting a condition"),
    (f"/paths?from={KIRA}&to={DEPLOY}", "kira can become, under conditions, deploy in 4 hops."),
    (f"/deletion?entity={JENKINS}", "2 hard blockers."),
    ("/query?q=trusted_from_outside", "vendor-billing"),
    ("/data", "2 scopes were not seen."),
]


@pytest.mark.parametrize(("path", "words"), ANSWERED)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_answers_in_both_themes_and_asks_nobody_else(
    demo: str, visit: Open, path: str, words: str, scheme: str
) -> None:
    page = visit(demo, scheme)
    page.open(path, TITLES[path.partition("?")[0]])
    page.settled()
    if path.startswith("/query"):
        expect(page.page.get_by_text("3 rows")).to_be_visible(timeout=PATIENCE)
    else:
        page.sees(words)
    page.sees("Snapshot 2 Nov 2026 06:00 UTC")
    page.sees("2 gaps in coverage")
    background = page.page.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )
    assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(14, 17, 23)"}[scheme]
    page.is_clean()


def test_the_policy_refuses_what_a_page_would_ask_of_another_host(demo: str, visit: Open) -> None:
    """The control: without it a check that sees no foreign request could be blind."""
    page = visit(demo)
    page.open("/data", TITLES["/data"])
    assert set(page.policies) == {POLICY}
    page.page.evaluate(
        "new Promise(done => { const i = new Image(); i.onerror = i.onload = done;"
        " i.src = 'https://beacon.example/control.png'; })"
    )
    assert any("beacon.example" in complaint for complaint in page.complaints)
    with pytest.raises(AssertionError):
        page.is_clean()


@pytest.mark.parametrize("path", list(TITLES))
def test_a_page_of_an_empty_home_says_how_to_begin(
    tmp_path_factory: pytest.TempPathFactory, visit: Open, path: str, empty: str
) -> None:
    page = visit(empty)
    page.open(path, TITLES[path])
    page.sees("rolepath demo" if path != "/data" else "rolepath ingest files")
    page.is_clean()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard of a home that holds nothing."""
    env = {"ROLEPATH_HOME": str(tmp_path_factory.mktemp("empty"))}
    with dashboard(env=env) as address:
        yield address


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard of a store that nobody serves."""
    env = {
        "ROLEPATH_HOME": str(tmp_path_factory.mktemp("away")),
        "NEO4J_USERNAME": "neo4j",
        "NEO4J_PASSWORD": "no-such-password",
    }
    with dashboard("--store", "bolt://127.0.0.1:9", env=env) as address:
        yield address


@pytest.mark.parametrize("path", list(TITLES))
def test_a_page_says_that_its_store_is_away(away: str, visit: Open, path: str) -> None:
    page = visit(away)
    page.open(path, TITLES[path])
    page.sees("The store does not answer")
    page.sees("Ask again")
    page.is_clean()


# --- without a store ------------------------------------------------------------------------------


def test_a_folder_answers_every_page_and_query_says_what_makes_a_graph(
    from_folder: str, visit: Open
) -> None:
    page = visit(from_folder)
    for path, words in ANSWERED[1:3] + ANSWERED[4:]:
        page.open(path, TITLES[path.partition("?")[0]])
        page.sees(words)
    page.open("/", "Overview")
    page.settled()
    page.sees("there is no earlier snapshot to compare")
    page.sees("It needs the graph of a store")
    page.open("/query", TITLES["/query"])
    page.sees("A snapshot folder has no graph to query.")
    page.sees("rolepath ingest files")
    page.is_clean()


# --- overview -------------------------------------------------------------------------------------


def test_a_cell_of_the_heatmap_drills_down_to_the_proof(demo: str, visit: Open) -> None:
    page = visit(demo)
    page.open("/", "Overview")
    page.settled()
    page.sees("No earlier snapshot of this data set is kept, so no change is shown.")
    box = page.page.get_by_role("combobox", name="Pair of accounts")
    box.click()
    page.page.get_by_role("option", name="identity → shared-services (3 roles)").click()
    page.sees("18 direct ways in")
    assert params(page) == {"cell": "222222222222..444444444444"}
    link = page.page.url.removeprefix(demo)
    again = visit(demo)
    again.open(link, "Overview")
    again.sees("18 direct ways in")
    again.is_clean()


def test_clicking_a_cell_says_which_it_was(demo: str, visit: Open) -> None:
    page = visit(demo)
    page.open("/", "Overview")
    page.settled()
    chart = page.page.locator("[data-testid=stEChartsChart] canvas").first
    expect(chart).to_be_visible(timeout=PATIENCE)
    box = chart.bounding_box()
    assert box is not None
    # The chart is several canvases over one another: press the point, not one of them.
    page.page.mouse.click(box["x"] + box["width"] - 40, box["y"] + box["height"] - 28)
    page.page.wait_for_url(re.compile(r"cell="), timeout=PATIENCE)
    assert params(page)["cell"] == "999999999999..666666666666"
    page.sees("direct way in")


# --- paths ----------------------------------------------------------------------------------------


def test_a_link_shows_the_same_hop_again(demo: str, visit: Open) -> None:
    page = visit(demo)
    page.open(f"/paths?from={KIRA}&to={DEPLOY}", TITLES["/paths"])
    page.sees("HOP 1 OF 4")
    page.settled()
    page.page.get_by_role("button", name="Evidence", exact=True).nth(2).click()
    page.sees("HOP 3 OF 4")
    assert "release-manager" in params(page)["sel"]
    page.page.get_by_role("tab", name="Evidence").click()
    page.page.wait_for_url(re.compile(r"tab=Evidence"), timeout=PATIENCE)
    link = page.page.url.removeprefix(demo)
    again = visit(demo)
    again.open(link, TITLES["/paths"])
    again.sees("HOP 3 OF 4")
    again.sees("kira can become, under conditions, deploy in 4 hops.")
    selected = again.page.get_by_role("tab", name="Evidence")
    expect(selected).to_have_attribute("aria-selected", "true", timeout=PATIENCE)
    again.is_clean()


def test_the_keyboard_finds_a_principal_and_walks_the_graph(demo: str, visit: Open) -> None:
    page = visit(demo)
    page.open(f"/paths?to={DEPLOY}", TITLES["/paths"])
    page.settled()
    page.page.keyboard.press("/")
    page.page.keyboard.type("kira", delay=40)
    expect(page.page.get_by_role("option").first).to_be_visible(timeout=PATIENCE)
    page.page.keyboard.press("ArrowDown")
    page.page.keyboard.press("ArrowUp")
    page.page.keyboard.press("Enter")
    page.sees("kira can become, under conditions, deploy in 4 hops.")
    assert params(page)["from"] == KIRA
    page.settled()
    card = page.page.get_by_role("button", name=re.compile("^platform-engineer, role"))
    card.focus()
    page.page.keyboard.press("ArrowRight")
    page.page.keyboard.press("Enter")
    page.page.wait_for_url(re.compile(r"sel="), timeout=PATIENCE)
    page.is_clean()


def test_no_path_says_why_and_who_could(demo: str, visit: Open) -> None:
    page = visit(demo)
    page.open(f"/paths?from={DEPLOY}&to={JENKINS}", TITLES["/paths"])
    page.sees("No path from deploy to jenkins-agent within 6 hops in this snapshot.")
    page.sees("Why deploy cannot enter jenkins-agent directly")
    page.page.get_by_role("button", name="Who can become jenkins-agent?").click()
    page.sees("Who can become jenkins-agent:")
    assert params(page)["who"] == "1"
    page.is_clean()


def test_a_name_that_nothing_has_is_named(demo: str, visit: Open) -> None:
    page = visit(demo)
    page.open(f"/paths?from={KIRA}x&to={DEPLOY}", TITLES["/paths"])
    page.sees("kirax")
    page.open("/deletion?entity=no-such-thing", TITLES["/deletion"])
    page.sees("no-such-thing")
    page.open("/query?q=no_such_query", TITLES["/query"])
    page.sees("unknown query `no_such_query`")
    page.is_clean()


# --- deletion -------------------------------------------------------------------------------------


def test_a_blocked_role_shows_blockers_and_a_plan_with_undo(demo: str, visit: Open) -> None:
    page = visit(demo)
    page.open(f"/deletion?entity={SERVER_ROLE}", TITLES["/deletion"])
    page.sees("Not yet. AWS would refuse the call (DeleteConflict): 4 hard blockers.")
    page.sees("2 managed policies attached")
    page.sees("2 resources run with it")
    page.sees("aws iam delete-role --role-name storefront-server")
    page.settled()
    page.page.get_by_role("button", name="Undo and check").first.click()
    page.sees("aws iam add-role-to-instance-profile")
    page.page.keyboard.press("Escape")
    page.page.get_by_role("button", name="Export").click()
    book = downloaded(page, page.page.get_by_role("button", name="Runbook (shell)").click)
    assert book.startswith("#!/usr/bin/env bash")
    assert "call_9() { aws iam delete-role --role-name storefront-server; }" in book
    for title, holds in (
        ("Runbook (Markdown)", "## Quarantine:"),
        ("Hints for Terraform", "from = aws_iam_role.storefront_server"),
        ("Answer with runbook (JSON)", '"runbook": {'),
    ):
        assert holds in downloaded(page, page.page.get_by_role("button", name=title).click)
    page.is_clean()


def test_a_service_linked_role_has_its_service_asked(demo: str, visit: Open) -> None:
    page = visit(demo)
    page.open(f"/deletion?entity={SCALING}", TITLES["/deletion"])
    page.sees("Never by you.")
    page.sees("Its service would refuse today.")
    page.sees("autoScalingGroupName/storefront")
    page.is_clean()


def test_what_is_left_over_is_listed_by_kind_and_leads_to_its_rehearsal(
    demo: str, visit: Open
) -> None:
    page = visit(demo)
    page.open("/deletion", TITLES["/deletion"])
    page.sees("Orphaned roles: 3")
    page.settled()
    rows = list(csv.DictReader(io.StringIO(downloaded(page, csv_button(page).first.click))))
    assert {row["Role"] for row in rows} == {"data-lake-reader", "migration", "data-export"}
    page.page.get_by_role("radio", name="Dead ids: 1").click()
    page.sees("A policy still names somebody who was deleted.")
    page.settled()
    rows = list(csv.DictReader(io.StringIO(downloaded(page, csv_button(page).first.click))))
    assert [(row["Named by"], row["Unique id"]) for row in rows] == [
        ("data-export", "AROAQ4T7LARKSPURGONE2")
    ]
    assert params(page) == {"left": "Dead ids"}
    page.is_clean()


def test_the_table_of_chains_says_what_the_graph_says(demo: str, visit: Open) -> None:
    page = visit(demo)
    page.open(f"/deletion?entity={JENKINS}&view=Table", TITLES["/deletion"])
    page.sees("12 chains end")
    page.settled()
    press = csv_button(page).first.click
    rows = list(csv.DictReader(io.StringIO(downloaded(page, press))))
    assert len(rows) == 12
    assert {row["Who"] for row in rows} == {"jenkins", "ec2"}
    assert {row["Loses or keeps"] for row in rows} == {"loses"}


# --- query ----------------------------------------------------------------------------------------


def test_a_parameter_stands_in_the_address_and_may_be_a_name(demo: str, visit: Open) -> None:
    page = visit(demo)
    page.open("/query?q=who_can_reach_role&role=production/deploy", TITLES["/query"])
    page.settled()
    press = csv_button(page).first.click
    rows = list(csv.DictReader(io.StringIO(downloaded(page, press))))
    assert KIRA in {row["principal"] for row in rows}
    page.is_clean()


def test_the_console_reads_and_does_not_write(demo: str, visit: Open) -> None:
    page = visit(demo)
    page.open("/query?mode=cypher", TITLES["/query"])
    page.settled()
    text = page.page.get_by_role("textbox", name="Cypher")
    text.fill("MATCH (u:User) RETURN count(u) AS users")
    page.page.get_by_role("button", name="Run").click()
    page.sees("1 row")
    text.fill("MATCH (u:User) DETACH DELETE u")
    page.page.get_by_role("button", name="Run").click()
    page.sees("The statement was not run to its end.")
    text.fill("MATCH (u:User) RETURN count(u) AS users")
    page.page.get_by_role("button", name="Run").click()
    page.sees("1 row")
    page.is_clean()


# --- hostile text ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard of an account whose every text would call out, were it not shown as text."""
    account = "111111111111"
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": HOSTILE,
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{account}:user/=cmd"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:UserAgent": HOSTILE}},
            }
        ],
    }
    everything = {
        "PolicyName": HOSTILE,
        "PolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Sid": HOSTILE, "Effect": "Allow", "Action": "*", "Resource": "*"}],
        },
    }
    told = {
        "UserDetailList": [
            {
                "UserName": "=cmd",
                "Path": "/",
                "UserId": "AIDAXXXXXXXXXXXXXXXXX",
                "Arn": f"arn:aws:iam::{account}:user/=cmd",
                "CreateDate": "2024-01-01T00:00:00Z",
                "UserPolicyList": [everything],
                "AttachedManagedPolicies": [],
                "GroupList": [],
                "Tags": [{"Key": "note", "Value": HOSTILE}],
            }
        ],
        "RoleDetailList": [
            {
                "RoleName": name,
                "Path": "/",
                "RoleId": f"AROAXXXXXXXXXXXXXXXX{index}",
                "Arn": f"arn:aws:iam::{account}:role/{name}",
                "CreateDate": "2024-01-01T00:00:00Z",
                "Description": HOSTILE,
                "AssumeRolePolicyDocument": trust,
                "RolePolicyList": [everything],
                "AttachedManagedPolicies": [],
                "InstanceProfileList": [],
                "Tags": [{"Key": "owner", "Value": HOSTILE}],
            }
            for index, name in enumerate(("plain", HOSTILE))
        ],
        "GroupDetailList": [],
        "Policies": [],
    }
    path = tmp_path_factory.mktemp("hostile")
    (path / "authz.json").write_text(json.dumps(told), encoding="utf-8")
    env = {"ROLEPATH_HOME": str(path / "home")}
    with dashboard("--snapshot", str(path / "authz.json"), env=env) as address:
        yield address


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", "Overview"),
        ("/paths?from=%3Dcmd&to=plain", "can become, under conditions,"),
        ("/paths?from=%3Dcmd&to=plain&tab=Evidence", "beacon.example"),
        ("/paths?from=ROLE&to=%3Dcmd", "No path from"),
        ("/deletion?entity=ROLE", "beacon.example"),
        ("/deletion?entity=ROLE&view=Table", "beacon.example"),
        ("/query?q=WORD", "unknown query"),
        ("/query?q=who_can_reach_role&role=ROLE", "A snapshot folder has no graph"),
        ("/data?account=WORD&status=WORD", "Answers come from"),
    ],
)
def test_hostile_text_is_shown_and_calls_nobody(
    hostile: str, visit: Open, path: str, words: str
) -> None:
    role = quote(f"arn:aws:iam::111111111111:role/{HOSTILE}")
    page = visit(hostile)
    page.open(
        path.replace("ROLE", role).replace("WORD", quote(HOSTILE)), TITLES[path.partition("?")[0]]
    )
    page.sees(words)
    page.settled()
    assert page.page.locator("img[src*='beacon']").count() == 0
    assert page.page.locator("a[href*='beacon']").count() == 0
    page.is_clean()


def test_a_csv_file_runs_no_formula(hostile: str, visit: Open) -> None:
    page = visit(hostile)
    role = quote(f"arn:aws:iam::111111111111:role/{HOSTILE}")
    page.open(f"/deletion?entity={role}", TITLES["/deletion"])
    page.settled()
    page.page.get_by_role("button", name="Export").click()
    press = page.page.get_by_role("button", name="Blockers (CSV)").click
    cells = [cell for row in csv.reader(io.StringIO(downloaded(page, press))) for cell in row]
    assert HOSTILE in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
