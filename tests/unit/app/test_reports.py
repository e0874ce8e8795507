"""A report begins with what it could not see, says the same in every format, and is harmless."""

import csv
import io
import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app import reports
from app.answers import Answers
from app.cli import cli
from app.dashboard.parts.colours import contrast
from app.demo import folder
from app.reports import Facts
from app.reports.parts import UNSEEN, unseen
from iam.model import Account
from ingest.snapshot import read_one
from tests.unit.iam.build import A, allow, role, snapshot, trust, user

ASKED: dict[str, dict[str, Any]] = {
    "chains": {"from_": "identity/kira", "to": "production/deploy", "max_hops": 6, "limit": 100},
    "role": {"role": "production/deploy", "max_hops": 6},
    "blockers": {"entity": "production/storefront-server", "operator": ""},
}
KINDS = sorted(reports.kind_names())
# What somebody who may name things could write: markup, formulas, escapes, direction marks.
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


@cache
def demo() -> Answers:
    return Answers.of(read_one(folder()), data="demo")


@cache
def facts(kind: str) -> Facts:
    return reports.kind(kind).facts(demo(), **ASKED[kind])


def render(found: Facts, name: str) -> str:
    content = reports.formats(found.kind)[name].render(found)
    return content if isinstance(content, str) else content.decode()


class Page(HTMLParser):
    """Elements of a page, and its text by section."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def test_the_kinds_and_formats_are_what_the_folders_hold() -> None:
    assert set(ASKED) == set(KINDS)
    for kind in KINDS:
        assert set(reports.formats(kind)) >= {"html", "csv", "json"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_section_is_what_could_not_be_seen(kind: str) -> None:
    found = facts(kind)
    assert found.sections[0].title == UNSEEN
    assert [row["missing_action"] for row in found.sections[0].rows] == [
        "autoscaling:DescribeAutoScalingGroups",
        "lambda:ListFunctions",
    ]
    assert found.sections[0].text[0].startswith("2 scopes were not seen")
    headings = re.findall(r"<h2>(.+?)</h2>", render(found, "html"))
    assert headings[0] == UNSEEN
    assert json.loads(render(found, "json"))["sections"][0]["title"] == UNSEEN
    assert next(csv.DictReader(io.StringIO(render(found, "csv"))))["section"] == UNSEEN


def test_it_says_so_when_everything_was_seen() -> None:
    section = unseen({"complete": True, "not_seen": []}, ["One thing.", "One thing."])
    assert section.text[0] == "Everything that was asked for was read."
    assert section.text.count("One thing.") == 1
    assert section.rows == ()


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_holds_every_fact(kind: str) -> None:
    found = facts(kind)
    loaded = json.loads(render(found, "json"))
    rows = list(csv.DictReader(io.StringIO(render(found, "csv"))))
    page = Page(render(found, "html"))
    text = "\n".join(page.words)
    assert [s["section"] for s in loaded["sections"]] == [s.key for s in found.sections]
    for section, given in zip(found.sections, loaded["sections"], strict=True):
        assert len(given["rows"]) == len(section.rows)
        written = [row for row in rows if row["section"] == section.title and not row["note"]]
        assert len(written) == len(section.rows)
        assert {row["note"] for row in rows if row["section"] == section.title} >= set(section.text)
        assert section.title in text
    assert len(page.all("tr")) == sum(
        len(section.rows)
        + (len({r[section.group] for r in section.rows}) if section.group else bool(section.rows))
        for section in found.sections
    )


INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["html", "csv", "json"])
def test_what_is_copied_of_a_report_is_what_aws_knows(kind: str, name: str) -> None:
    """Nothing invisible is put in, and a line of a page holds an ARN alone."""
    content = render(facts(kind), name)
    assert INVISIBLE.search(content) is None
    if name == "html":
        words = Page(content).words
        routes = [
            node
            for section in facts(kind).sections
            for row in section.rows
            for node in row.get("route", ())
        ]
        assert set(routes) <= set(words)
        assert bool(routes) == (kind != "blockers")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["html", "csv", "json"])
def test_the_same_snapshot_gives_the_same_file(kind: str, name: str) -> None:
    again = reports.kind(kind).facts(Answers.of(read_one(folder()), data="demo"), **ASKED[kind])
    assert render(again, name) == render(facts(kind), name)


def test_a_chain_names_the_statements_that_allow_each_step() -> None:
    steps = next(s for s in facts("chains").sections if s.key == "steps")
    assert [row["hop"] for row in steps.rows] == [1, 2, 3, 4]
    first = steps.rows[0]["allowed_by"]
    assert "identity: arn:aws:iam::222222222222:group/platform#inline/assume-roles#0" in first
    assert "trust: arn:aws:iam::444444444444:role/platform-engineer#trust#0" in first
    assert all(row["allowed_by"] for row in steps.rows)


def test_no_chain_is_a_report_too() -> None:
    found = reports.kind("chains").facts(
        demo(), from_="identity/kira", to="staging/migration-runner", max_hops=3, limit=5
    )
    assert found.verdict == "deny"
    assert "No path from kira" in found.summary[0]
    assert "Chains of more than 3 hops were not looked for." in found.sections[0].text
    assert "None was found" in render(found, "html")


def test_a_sign_in_through_identity_center_is_a_step_without_statements() -> None:
    found = reports.kind("chains").facts(
        demo(),
        from_="d-9367a1b2c3/900e2bb3-5fa5-dd29-f765-966159dff68f",
        to="any",
        max_hops=1,
        limit=50,
    )
    steps = next(s for s in found.sections if s.key == "steps")
    assert {row["operation"] for row in steps.rows} == {"sso"}
    assert {tuple(row["allowed_by"]) for row in steps.rows} == {()}


def test_a_role_report_has_trust_entries_reach_and_rehearsal() -> None:
    sections = {section.key: section for section in facts("role").sections}
    assert [row["principal"] for row in sections["trust"].rows] == [
        "AWS: arn:aws:iam::444444444444:role/release-manager",
        "AWS: arn:aws:iam::444444444444:role/github-release",
    ]
    entering = {row["principal"]: row["hops"] for row in sections["enter"].rows}
    assert entering["arn:aws:iam::222222222222:user/kira"] == 4
    reached = {row["principal"] for row in sections["reach"].rows}
    assert "arn:aws:iam::666666666666:role/prod-admin" in reached
    assert [row["kind"] for row in sections["hard"].rows] == ["attached_policy"]
    assert sections["plan"].rows[-1]["call"].startswith("aws iam delete-role ")


def test_a_service_linked_role_says_what_its_service_would_say() -> None:
    found = reports.kind("blockers").facts(
        demo(), entity="production/role/AWSServiceRoleForOrganizations", operator=""
    )
    assert found.verdict == "PROTECTED"
    assert any(section.key == "service_linked" for section in found.sections)
    assert "service" in render(found, "html")


# --- hostile names --------------------------------------------------------------------------------


OF_HOSTILE: dict[str, dict[str, Any]] = {
    "chains": {"from_": "ana", "to": "deploy", "max_hops": 6, "limit": 10},
    "role": {"role": "deploy", "max_hops": 6},
    "blockers": {"entity": "deploy", "operator": ""},
}


def hostile() -> Answers:
    """An account in which whatever has a free text is hostile."""
    formula = "=HYPERLINK(0)"
    deploy = role(
        "deploy",
        [trust({"AWS": "*"}, Sid=HOSTILE, Condition={"StringEquals": {"sts:ExternalId": formula}})],
        allow(),
        description=HOSTILE + "\x1b[31m\u202e",
        tags=((formula, HOSTILE), ("@SUM(A1)", "\t=1")),
    )
    return Answers.of(
        snapshot(
            user("ana", allow()),
            deploy,
            accounts={A: Account(id=A, name=HOSTILE, collected=True)},
        ),
        data=HOSTILE,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_text_stays_text_in_html(kind: str) -> None:
    text = render(reports.kind(kind).facts(hostile(), **OF_HOSTILE[kind]), "html")
    page = Page(text)
    assert page.all("script") == page.all("img") == []
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)
    assert HOSTILE in "".join(page.words), "it is shown as it is"
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_no_cell_of_a_csv_report_starts_a_formula(kind: str) -> None:
    text = render(reports.kind(kind).facts(hostile(), **OF_HOSTILE[kind]), "csv")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []


# --- the page -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_loads_nothing_and_runs_nothing(kind: str) -> None:
    page = Page(render(facts(kind), "html"))
    assert not {tag for tag, _ in page.tags} & {
        "script", "link", "img", "iframe", "object", "embed", "form", "base", "svg", "video",
    }  # fmt: skip
    assert {attrs.get("href", "#")[:1] for attrs in page.all("a")} == {"#"}  # type: ignore[index]
    assert not any(name in attrs for _, attrs in page.tags for name in ("src", "style", "srcset"))
    style = "".join(re.findall(r"<style>(.*?)</style>", render(facts(kind), "html"), re.DOTALL))
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_of_the_page_allows_its_own_style_and_nothing_else() -> None:
    text = render(facts("role"), "html")
    (policy,) = [
        attrs["content"]
        for attrs in Page(text).all("meta")
        if attrs.get("http-equiv") == "Content-Security-Policy"
    ]
    style = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)[0]
    assert policy == reports.formats("role")["html"].policy(style)  # type: ignore[attr-defined]
    assert "default-src 'none'" in str(policy)
    assert "unsafe" not in str(policy)
    assert text.index("Content-Security-Policy") < text.index("<style>")


def test_every_link_of_the_page_leads_to_a_section() -> None:
    page = Page(render(facts("role"), "html"))
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert [f"#{id}" for id in ids] == [attrs["href"] for attrs in page.all("a")]


def test_colours_of_the_page_can_be_read_in_light_and_dark() -> None:
    css = (Path(reports.__file__).parent / "report.css").read_text(encoding="utf-8")
    themes = [dict(re.findall(r"--(\w+): (#\w{6})", block)) for block in css.split(":root {")[1:3]]
    for theme in themes:
        for name in ("text", "muted", "link", "open", "maybe", "closed"):
            for ground in ("page", "card"):
                assert contrast(theme[name], theme[ground]) >= 4.5, (name, ground)


# --- the command ----------------------------------------------------------------------------------


def test_the_command_writes_the_file_and_says_so(tmp_path: Path) -> None:
    file = tmp_path / "role.html"
    arguments = ["report", "role", "production/deploy", "--snapshot", str(folder())]
    result = CliRunner().invoke(cli, [*arguments, "--output", str(file)])
    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr == f"wrote {file}\n"
    assert file.read_text("utf-8").startswith("<!doctype html>")


def test_the_format_is_read_in_any_case() -> None:
    arguments = ["report", "role", "production/deploy", "--snapshot", str(folder())]
    result = CliRunner().invoke(cli, [*arguments, "--format", "JSON"])
    assert json.loads(result.stdout)["report"] == "role"
