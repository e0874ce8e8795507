"""Every choice of a random case is one of these three; each shrinks to its plainest answer."""

from typing import Any

from hypothesis import strategies as st


def sometimes(draw: st.DrawFn, one_in: int) -> bool:
    """True in one of so many cases; shrinks to False."""
    return draw(st.integers(0, one_in - 1)) == one_in - 1


def pick(draw: st.DrawFn, *choices: Any) -> Any:
    """One of the choices; shrinks to the first."""
    return draw(st.sampled_from(choices))


def some(draw: st.DrawFn, choices: list[Any], most: int = 2) -> Any:
    """One value, or a list of a few."""
    found = draw(st.lists(st.sampled_from(choices), min_size=1, max_size=most, unique_by=repr))
    return found[0] if len(found) == 1 and draw(st.booleans()) else found
