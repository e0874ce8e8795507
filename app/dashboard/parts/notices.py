"""No data, no store and no answer are states of a page, each with what to do next."""

from collections.abc import Callable
from typing import Literal

import streamlit as st

from app.dashboard.parts.escape import code, esc_md
from iam.errors import RolepathError, StoreLoadingError, StoreUnavailableError

Tone = Literal["good", "warn", "bad", "info"]

_ICONS: dict[Tone, str] = {
    "good": ":green[:material/verified_user:]",
    "warn": ":orange[:material/warning:]",
    "bad": ":red[:material/gpp_bad:]",
    "info": ":primary[:material/info:]",
}


def verdict(
    tone: Tone,
    head: str,
    tail: str = "",
    *,
    key: str = "verdict",
    beside: Callable[[], None] | None = None,
) -> None:
    """One sentence in a frame of its tone; ``beside`` draws something at its right."""
    text = f"{_ICONS[tone]} **{esc_md(head)}**" + (f" {esc_md(tail)}" if tail else "")
    with (
        st.container(key=f"{key}-{tone}", border=True),
        st.container(horizontal=True, vertical_alignment="center", wrap=False),
    ):
        st.markdown(text, width="stretch")
        if beside is not None:
            beside()


def error(problem: RolepathError) -> None:
    """What failed, and what helps, as text."""
    if isinstance(problem, StoreLoadingError):
        _notice("info", "A load is running", problem)
    elif isinstance(problem, StoreUnavailableError) and "nothing has been loaded" in str(problem):
        empty(problem)
        return
    elif isinstance(problem, StoreUnavailableError):
        _notice("bad", "The store does not answer", problem)
    else:
        _notice("warn", "No answer", problem)
    if st.button("Ask again", icon=":material/refresh:", key="ask-again"):
        from app.dashboard.parts import asking

        asking.forget()
        st.rerun()


def _notice(tone: Tone, title: str, problem: RolepathError) -> None:
    with st.container(key=f"notice-{tone}", border=True):
        st.markdown(f"{_ICONS[tone]} **{esc_md(title)}**")
        st.code(problem.message, language=None, wrap_lines=True)
        if problem.help:
            st.markdown("What helps:")
            st.code(problem.help, language=None, wrap_lines=True)


def empty(problem: RolepathError | None = None) -> None:
    """Nothing was loaded yet: the two commands that change that."""
    with st.container(key="notice-info", border=True):
        st.markdown("#### Nothing has been loaded yet")
        st.markdown(
            "rolepath reads accounts from AWS's own JSON. Look at the demo organization first, or "
            "load an account of yours; then reload this page."
        )
        st.code("rolepath demo", language="bash")
        st.code(
            "aws iam get-account-authorization-details > authz.json\n"
            "rolepath ingest files authz.json",
            language="bash",
        )
        if problem is not None:
            st.caption(f"Asked: {code(problem.message)}")


def gaps(sentence: str) -> None:
    """What an answer could not see, always beside it."""
    st.caption(f":material/visibility: {esc_md(sentence)}")
