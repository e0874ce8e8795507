"""Every rule that the code cites, and every code of an answer, is explained on the rules page."""

import re

from app.cases import read_file
from tests.support.tree import REPOSITORY, files, named

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
