"""Both evaluators decide five hundred random questions alike, and the dice reach everything."""

import pytest

from tests.differential.agreement import EACH, EVERYTHING, SEEDS, Tally, run


@pytest.mark.slow
def test_both_evaluators_agree_and_the_generator_reaches_everything() -> None:
    """Short searches from fixed seeds, a theme each."""
    total = Tally()
    for number in SEEDS:
        total.seen.update(run(EACH, number).seen)
    assert sorted(EVERYTHING - set(total.seen)) == []
