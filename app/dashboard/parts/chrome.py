"""Around every view: theme, navigation, the snapshot's time and what could not be read."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.dashboard.parts import asking
from app.dashboard.parts.escape import esc_md
from app.dashboard.parts.sentences import coverage_badge
from app.dashboard.parts.view import Frame, View

if TYPE_CHECKING:
    from collections.abc import Mapping

_ASSETS = Path(__file__).resolve().parent.parent / "assets"

_STYLE = """
.stMainBlockContainer { max-width: 1360px; padding-top: 5.2rem; padding-bottom: 3rem; }
[class*="st-key-verdict-"], [class*="st-key-notice-"] { border-left-width: 5px !important; }
[class*="verdict"][class*="-bad"],
.st-key-notice-bad { border-left-color: #b42318 !important; }
[class*="verdict"][class*="-warn"],
.st-key-notice-warn { border-left-color: #c2670c !important; }
[class*="verdict"][class*="-good"],
.st-key-notice-good { border-left-color: #067647 !important; }
[class*="verdict"][class*="-info"],
.st-key-notice-info { border-left-color: #3b5bdb !important; }
.stMainBlockContainer h1 { font-size: 1.9rem; padding: 0.4rem 0; }
[data-testid^="stBaseButton-primary"] { color: light-dark(#ffffff, #0e1117) !important; }
.st-key-console-text textarea { font-family: "Source Code Pro", monospace; }
[class*="st-key-family-"] button { min-height: 1.7rem; padding-top: 0; padding-bottom: 0; }
[class*="st-key-family-"] [data-testid="stBaseButton-secondary"] { padding: 0 0.5rem; }
.token.comment, .token.punctuation { color: light-dark(#596273, #a3acba) !important; }
.token.keyword, .token.class-name,
.token.function { color: light-dark(#1849a9, #8db4ff) !important; }
.token.operator { color: light-dark(#8a3b06, #fdb022) !important; }
.token.property, .token.variable, .token.environment,
.token.constant, .token.builtin { color: light-dark(#0b6580, #67d3ee) !important; }
.token.string, .token.number, .token.boolean { color: light-dark(#05603a, #7ee0b5) !important; }
.stMainBlockContainer h3 { font-size: 1.3rem; }
"""


def configure() -> None:
    """Name, icon and width of the page; the icon is a local file, so no font host is asked."""
    st.set_page_config(
        page_icon=str(_ASSETS / "icon.png"),
        layout="wide",
        menu_items={"Get help": None, "Report a bug": None, "About": None},
    )
    st.logo(str(_ASSETS / "logo.svg"), size="large")
    st.html(f"<style>{_STYLE}</style>")


def moment(text: str) -> str:
    """A time of the snapshot as people write it.

    Example:
        >>> moment("2026-11-23T06:00:00+00:00")
        '23 Nov 2026 06:00 UTC'
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{at.day} {at:%b %Y %H:%M} UTC"


def header(view: View, frame: Frame) -> None:
    """The question of the page and, at its right, what it is answered from."""
    left, right = st.columns([5, 6], vertical_alignment="bottom")
    left.title(view.question, anchor=False)
    with right:
        badges(frame)


def badges(frame: Frame) -> None:
    """Data set, snapshot time, and coverage with a link to the page that tells more."""
    found = asking.info()
    with st.container(
        key="badges", horizontal=True, horizontal_alignment="right", vertical_alignment="center"
    ):
        path = asking.folder()
        st.badge(
            esc_md(
                f"read from {_short(path)}" if path else f"data set {_short(str(found['data']))}"
            ),
            icon=":material/folder_open:" if path else ":material/database:",
            color="gray",
        )
        at = moment(str(found["taken_at"])) if found["taken_at"] else "time not known"
        st.badge(esc_md(f"Snapshot {at}"), icon=":material/schedule:", color="gray")
        coverage: Mapping[str, Any] = asking.ask("coverage")
        complete, words = coverage_badge(coverage, int(found.get("accounts", 0)))
        icon, colour = ("check_circle", "green") if complete else ("warning", "orange")
        frame.link("data", f":{colour}[{esc_md(words)}]", icon=f":material/{icon}:")


def _short(data: str) -> str:
    """A data set's name, or the last part of a snapshot's path."""
    return data.rstrip("/").rpartition("/")[2] or "unnamed"
