"""Every rule that `iam` cites is shown by a golden case, and the cases show all three verdicts."""

import re
from collections import Counter

import pytest

from app.cases import VERDICTS, Case, read_file
from tests.contract.test_rules_page import RULE
from tests.support.tree import files, named

SHOWN_BY = ("authorize", "chains", "deletion")
LEAST_SHARE = 0.25
WORKED_CASES = 200


def _cases(*folders: str) -> list[Case]:
    return [
        case
        for folder in folders
        for path in files(".yaml", under=f"tests/golden/{folder}")
        for case in read_file(path)
    ]


def _rules(case: Case) -> set[str]:
    return {*case.body.get("rules", ()), *RULE.findall(str(case.body.get("source", "")))}


def test_every_rule_that_is_cited_has_a_golden_case() -> None:
    shown = {rule for case in _cases(*SHOWN_BY) for rule in _rules(case)}
    missing = [
        f"{named(path)}: {rule}"
        for path in files(".py", under="iam")
        for rule in sorted(set(RULE.findall(path.read_text(encoding="utf-8"))) - shown)
    ]
    assert missing == []


def test_every_worked_case_of_the_specification_has_a_golden_case() -> None:
    """Cases H-1 to H-200 of the rules that the engine is built from."""
    text = " ".join(str(case.body.get("source", "")) for case in _cases(*SHOWN_BY))
    shown = {int(number) for number in re.findall(r"\bH-(\d+)\b", text)}
    assert set(range(1, WORKED_CASES + 1)) - shown == set()


def test_every_case_of_a_decision_says_where_its_answer_comes_from() -> None:
    silent = [
        f"{named(case.file)}: {case.name}"
        for case in _cases(*SHOWN_BY)
        if not re.search(r"\b([A-IV]|D-[A-Z]+)-\d+\b", str(case.body.get("source", "")))
    ]
    assert silent == []


@pytest.mark.parametrize("verdict", VERDICTS)
def test_each_verdict_is_a_quarter_of_the_decisions(verdict: str) -> None:
    counts = Counter(
        case.body["expect"] for case in _cases("authorize", "chains") if case.kind == "decision"
    )
    assert counts[verdict] / counts.total() >= LEAST_SHARE, counts


def test_what_a_deny_or_a_condition_comes_of_is_stated_whole() -> None:
    half_said = [
        f"{named(case.file)}: {case.name}"
        for case in _cases("authorize", "chains")
        if case.kind == "decision"
        and (
            (case.body["expect"] == "conditional" and not case.body.get("requirements"))
            or (case.body["expect"] == "deny" and not case.body.get("reasons"))
        )
    ]
    assert half_said == []
