"""Both evaluators decide eight hundred random questions alike, and the dice reach everything."""

import pytest

from tests.differential.agreement import EVERYTHING, SEEDS, Tally, run


@pytest.mark.slow
def test_both_evaluators_agree_and_the_generator_reaches_everything() -> None:
    """Searches of a hundred from fixed seeds: one long search would stay near its finds."""
    total = Tally()
    for number in SEEDS:
        total.seen.update(run(100, number).seen)
    assert sorted(EVERYTHING - set(total.seen)) == []
