"""Every written page keeps its form, and every link inside the repository leads somewhere."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.tree import REPOSITORY, files, named

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PARTS = ["Summary", "Example", "Motivation", "Decision", "Alternatives", "Consequences"]
KINDS = [
    "A source",
    "A policy layer",
    "A condition operator family",
    "An edge kind",
    "A node kind",
    "A query",
    "A view",
    "A report format",
    "A golden case",
    "A decision",
    "A change note",
]


def sections(path: Path) -> dict[str, str]:
    parts = re.split(r"^## (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower().replace("`", "")).replace(" ", "-")
        for heading in headings
    }


def test_every_link_inside_the_repository_leads_somewhere() -> None:
    wrong = []
    for page in files(".md"):
        text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
        for target in LINK.findall(text):
            if "://" in target or target.startswith("mailto:"):
                continue
            path, _, anchor = target.partition("#")
            found = (page.parent / path).resolve() if path else page
            if not found.exists():
                wrong.append(f"{named(page)}: {target}")
            elif anchor and found.suffix == ".md" and anchor not in anchors(found):
                wrong.append(f"{named(page)}: {target}: no such heading")
    assert wrong == []


def test_contributing_has_a_section_of_five_bullets_for_each_kind_of_file() -> None:
    found = sections(REPOSITORY / "CONTRIBUTING.md")
    assert list(found) == KINDS
    counted = {kind: len(re.findall(r"^- ", text, re.MULTILINE)) for kind, text in found.items()}
    assert {kind: count for kind, count in counted.items() if count != 5} == {}


DECISIONS = sorted((REPOSITORY / "docs" / "decisions").glob("[0-9]*.md"))


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_has_its_parts_in_order(page: Path) -> None:
    assert list(sections(page)) == PARTS
    head = page.read_text(encoding="utf-8").split("## ")[0]
    assert re.search(rf"^# {page.stem[:4]} ", head)
    assert re.search(r"^- Status: (accepted|proposed|superseded by \d{4})$", head, re.MULTILINE)
    assert re.search(r"\d{4}-\d{2}-\d{2}", head)
    assert f"({page.name})" in (page.parent / "README.md").read_text(encoding="utf-8")


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(page.name[:4]) for page in DECISIONS]
    assert numbers[0] == 1
    assert all(after == before + 1 for before, after in pairwise(numbers))


def test_a_change_note_is_one_line_of_a_known_kind() -> None:
    wrong = []
    for note in sorted((REPOSITORY / "changes").iterdir()):
        if note.name == "README.md":
            continue
        named_well = re.fullmatch(
            r"[a-z0-9-]+\.(added|changed|fixed|removed|security)\.md", note.name
        )
        lines = note.read_text(encoding="utf-8").splitlines()
        if not named_well or len(lines) != 1 or not lines[0].endswith("."):
            wrong.append(named(note))
    assert wrong == []
