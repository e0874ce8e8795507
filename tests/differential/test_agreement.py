"""Both evaluators decide five hundred random organizations alike, and the dice reach everything."""

from tests.differential.agreement import EVERYTHING, run


def test_both_evaluators_agree_and_the_generator_reaches_everything() -> None:
    tally = run(500, 20260101)
    assert sorted(EVERYTHING - set(tally.seen)) == []
