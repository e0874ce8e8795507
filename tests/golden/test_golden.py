"""Every golden case holds: what AWS documents of an account is what is answered of it.

The cases of ``queries/`` and ``edges/`` have formats and tests of their own.
"""

import pytest

from app.cases import Case, Runner, read_file
from tests.support.tree import REPOSITORY

GOLDEN = REPOSITORY / "tests" / "golden"
FILES = [
    path
    for path in sorted(GOLDEN.rglob("*.yaml"))
    if path.relative_to(GOLDEN).parts[0] not in {"queries", "edges"}
]
CASES = [case for path in FILES for case in read_file(path)]
RUNNER = Runner()


def _id(case: Case) -> str:
    return f"{case.file.relative_to(GOLDEN).with_suffix('')}: {case.name}"


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_the_case_holds(case: Case) -> None:
    result = RUNNER.result(case)
    assert result.status == "passed", result.message


def test_a_case_is_told_from_every_other_by_its_name() -> None:
    names = [_id(case) for case in CASES]
    assert sorted({name for name in names if names.count(name) > 1}) == []
