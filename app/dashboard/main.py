"""The frame finds the views, names the snapshot on each, and turns every failure into a notice."""

import importlib
import pkgutil
from functools import partial

import streamlit as st

from app.dashboard import views
from app.dashboard.parts import asking, chrome, notices
from app.dashboard.parts.view import Frame, View
from iam.errors import RolepathError


def found() -> list[View]:
    """The views in the order of the navigation."""
    names = sorted(module.name for module in pkgutil.iter_modules(views.__path__))
    modules = [importlib.import_module(f"{views.__name__}.{name}") for name in names]
    return sorted((module.VIEW for module in modules), key=lambda view: view.order)


def show(view: View, frame: Frame) -> None:
    """One page: heading, badges and the view, or a notice in their place."""
    try:
        asking.info()
    except RolepathError as problem:
        st.title(view.question, anchor=False)
        if view.needs_data:
            notices.error(problem)
        else:
            view.render(frame)
        return
    try:
        chrome.header(view, frame)
        view.render(frame)
    except RolepathError as problem:
        notices.error(problem)


def main() -> None:
    """Run the page that the address names."""
    chrome.configure()
    pages: dict[str, st.Page] = {}
    frame = Frame(pages)
    for index, view in enumerate(found()):
        pages[view.url] = st.Page(
            partial(show, view, frame),
            title=view.title,
            icon=view.icon,
            url_path=view.url,
            default=index == 0,
        )
    page = st.navigation(list(pages.values()), position="top")
    st.set_page_config(page_title=f"{page.title} · rolepath")
    page.run()


if __name__ == "__main__":
    main()
