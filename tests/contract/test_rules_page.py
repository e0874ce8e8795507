"""Every rule that the code cites, and every code of an answer, is explained on the rules page."""

import re

from app.cases import read_file
from iam.findings import WORDS
from tests.support.tree import REPOSITORY, files, named

NOTED = re.compile(r"findings\.(?:add|update)\(+(\"[^)]*\")\)")
RULE = re.compile(r"\b[A-CE-FIV]-\d{1,2}\b")


def test_every_rule_that_is_cited_is_explained() -> None:
    page = (REPOSITORY / "docs" / "rules.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| ([A-Z]-\d+) \|", page, re.MULTILINE))
    missing = [
        f"{named(path)}: {rule}"
        for path in files(".py", under="iam")
        for rule in sorted(set(RULE.findall(path.read_text(encoding="utf-8"))) - explained)
    ]
    assert missing == []


def test_every_rule_is_cited_or_said_to_decide_nothing() -> None:
    page = (REPOSITORY / "docs" / "rules.md").read_text(encoding="utf-8")
    decisions = REPOSITORY / "docs" / "decisions"
    background = (decisions / "0010-rules-that-decide-nothing.md").read_text(encoding="utf-8")
    cited = {
        rule
        for path in files(".py", under="iam")
        for rule in RULE.findall(path.read_text(encoding="utf-8"))
    }
    explained = set(re.findall(rf"^\| ({RULE.pattern}) \|", page, re.MULTILINE))
    without = set(re.findall(rf"^\| ({RULE.pattern}) \|", background, re.MULTILINE))
    assert explained - cited == without


def test_every_reason_and_finding_of_a_golden_case_is_explained() -> None:
    page = (REPOSITORY / "docs" / "rules.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"`([A-Z_]+)`", page))
    explained |= {
        f"{layer}_{kind}"
        for layer in ("IDENTITY", "TRUST", "BOUNDARY", "SESSION", "SCP", "RCP", "RESOURCE")
        for kind in ("EXPLICIT", "IMPLICIT")
    }
    missing = {
        f"{named(case.file)}: {code}"
        for folder in ("authorize", "chains")
        for path in files(".yaml", under=f"tests/golden/{folder}")
        for case in read_file(path)
        for code in (*case.body.get("reasons", ()), *case.body.get("findings", ()))
        if code not in explained
    }
    assert missing == set()


def test_every_finding_has_its_words_and_the_page_has_the_same() -> None:
    page = (REPOSITORY / "docs" / "rules.md").read_text(encoding="utf-8")
    section = page.partition("## Findings")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (.+) \([^()]+\)\. \|$", section, re.MULTILINE))
    assert {code: text.replace("`", "") for code, text in rows.items()} == {
        code: text[0].upper() + text[1:] for code, text in WORDS.items()
    }
    noted = {
        code
        for path in files(".py", under="iam")
        for codes in NOTED.findall(path.read_text(encoding="utf-8"))
        for code in re.findall(r"[A-Z_]+", codes)
    }
    assert len(noted) > 15
    assert noted - set(WORDS) == set()
    assert set(WORDS) - noted == {"PUBLIC", "PUBLIC_CONDITIONAL"}  # noted by `findings.public`
