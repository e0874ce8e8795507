"""Every rule id that the code cites is explained on the page of the rules."""

import re

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
