"""Two small components of our own: the graph, and the box that finds one of many principals.

Their files are served by Streamlit from the installed package. ``app/pyproject.toml`` is how its
scanner finds them; a checkout that is not installed as a wheel tells it itself.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

from app.dashboard.parts.graph import Drawing

_APP = Path(__file__).resolve().parents[2]
_LEAST, _MOST = 230, 600
_CHROME = 46


def _component(name: str) -> Callable[..., Any]:
    """The mounting command of one of our components."""
    manager = get_bidi_component_manager()
    full = f"rolepath.{name}"
    if manager.get_component_asset_root(full) is None:
        settings = tomllib.loads((_APP / "pyproject.toml").read_text(encoding="utf-8"))
        parts = settings["tool"]["streamlit"]["component"]["components"]
        project = settings["project"]
        configs = [ComponentConfig.from_dict(part) for part in parts]
        manifest = ComponentManifest(project["name"], project["version"], configs)
        manager.register_from_manifest(manifest, _APP)
    return st.components.v2.component(full, js=f"{name}.js", css=f"{name}.css")


def graph(drawing: Drawing, *, key: str) -> Mapping[str, str] | None:
    """Show a drawing; returns ``{"kind": "card" or "link", "id": …}`` in the run after a click.

    The height follows the content. ``key`` should hold the question, so that an old click never
    reaches a new one.
    """
    data = drawing.to_json()
    data["show"] = int(min(_MOST, max(_LEAST, data["height"] + _CHROME)))
    result = _component("graph")(key=key, data=data, on_clicked_change=_heard)
    clicked = result.get("clicked")
    return clicked if isinstance(clicked, Mapping) else None


def search_box(
    label: str,
    *,
    key: str,
    value: str,
    title: str,
    search: Callable[[str], Mapping[str, Any]],
    picked: Callable[[str], None],
    placeholder: str = "a name, an account or an ARN",
    first: bool = False,
) -> None:
    """A combobox over any number of principals; the server searches while one types.

    Args:
        label: The visible label.
        key: Identity of the box on its page.
        value: Name of what is chosen now; empty for nothing.
        title: Its whole ARN.
        search: Gives ``rows`` (arn, name, where, kind) and ``total`` for a text.
        picked: Told the ARN that was chosen; an empty one when the box is cleared.
        placeholder: Words in the empty box.
        first: Whether ``/`` moves the focus here.
    """

    @st.fragment
    def box() -> None:
        mount = _component("search")
        kept = f"{key}-typed"
        told = st.session_state.get(key) or {}
        if told.get("typed"):
            st.session_state[kept] = told["typed"]
        typed = st.session_state.get(kept, "")
        answer = {"text": typed, **search(typed)} if typed else None
        result = mount(
            key=key,
            data={
                "label": label,
                "value": value,
                "title": title,
                "placeholder": placeholder,
                "first": first,
                "answer": answer,
            },
            on_typed_change=_heard,
            on_picked_change=_heard,
        )
        choice = result.get("picked")
        if choice is not None:
            st.session_state.pop(kept, None)
            picked(str(choice))
            st.rerun()

    box()


def _heard() -> None:
    """Streamlit tells an event to whoever named a callback; the run itself reads the value."""


def search_rows(
    found: Mapping[str, Any], describe: Callable[[str], Any]
) -> dict[str, Sequence[Any] | int]:
    """Rows of an answer's search in the shape of the box."""
    rows = []
    for row in found["rows"]:
        known = describe(row["arn"])
        where = [row.get("account_name") or "", row.get("account") or "", row["kind"]]
        rows.append(
            {
                "arn": row["arn"],
                "name": row["name"],
                "kind": known.kind,
                "where": " · ".join(part.replace("_", " ") for part in where if part),
            }
        )
    return {"rows": rows, "total": found["total"]}
