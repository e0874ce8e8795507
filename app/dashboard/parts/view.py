"""A view is a title, an address and a function of the frame; the frame owns everything else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.navigation.page import Page


@dataclass(frozen=True, slots=True)
class Frame:
    """What the frame gives to a view: the other pages, for links."""

    pages: Mapping[str, "Page"] = field(default_factory=dict)

    def link(self, url: str, label: str, *, icon: str | None = None, **choices: str) -> None:
        """A link to another page with choices in its address."""
        st.page_link(self.pages[url], label=label, icon=icon, query_params=dict(choices.items()))

    def go(self, url: str, **choices: str) -> None:
        """Open another page with choices in its address."""
        st.switch_page(self.pages[url], query_params=dict(choices.items()))


@dataclass(frozen=True, slots=True)
class View:
    """One page of the dashboard.

    Attributes:
        title: Its name in the navigation.
        url: Its address under the root.
        icon: A Material icon, as ``:material/name:``; the font comes from our own server.
        order: Its place in the navigation.
        question: The heading of the page.
        render: Draws it.
        needs_data: Whether there must be an answer to draw anything at all.
    """

    title: str
    url: str
    icon: str
    order: int
    question: str
    render: Callable[[Frame], None]
    needs_data: bool = True
