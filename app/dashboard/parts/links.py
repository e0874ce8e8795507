"""The address of a page holds everything that was chosen on it."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

T = TypeVar("T")


def get(name: str, default: str = "") -> str:
    """A choice from the address."""
    return str(st.query_params.get(name, default))


def number(name: str, default: int, least: int, most: int) -> int:
    """A whole number from the address; anything else there counts as the default."""
    text = get(name)
    return min(most, max(least, int(text))) if text.isascii() and text.isdigit() else default


def words(name: str) -> list[str]:
    """A comma-separated list from the address."""
    return [word for word in get(name).split(",") if word]


def put(**choices: str | int | None) -> None:
    """Write choices into the address; None or an empty text takes one out."""
    for name, value in choices.items():
        key = name.rstrip("_")
        if value is None or value == "":
            st.query_params.pop(key, None)
        else:
            st.query_params[key] = str(value)


def bound(key: str, value: T, write: Callable[[T], None]) -> Callable[[], None]:
    """Make a widget follow the address: its state is set from it, its change is written to it.

    Returns the ``on_change`` of the widget with this key.
    """
    st.session_state[key] = value

    def changed() -> None:
        write(st.session_state[key])

    return changed


def chosen(key: str, name: str, options: Sequence[str], default: str) -> Callable[[], None]:
    """``bound`` for one of a few words; the default is not written."""
    value = get(name, default)
    return bound(
        key,
        value if value in options else default,
        lambda word: put(**{name: None if word in (None, default) else word}),
    )
