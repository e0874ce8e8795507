"""Query: the questions of the catalogue, and Cypher of one's own that can only read."""

import json
import shlex
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.dashboard.parts import asking, links, notices, sentences, tables
from app.dashboard.parts.components import search_box, search_rows
from app.dashboard.parts.escape import code, esc_md, one_line
from app.dashboard.parts.view import Frame, View
from iam.errors import QueryError, RolepathError, UnknownNameError, UsageError

if TYPE_CHECKING:
    from queries.catalogue import Parameter, Query

LIMITS = (100, 1000, 10_000)
DEFAULT_LIMIT = 1000
CATALOGUE, CONSOLE = "catalogue", "cypher"
_MODES = {CATALOGUE: "Catalogue", CONSOLE: "Cypher console"}
_TEXT, _GIVEN, _ASKED = "console-text", "console-parameters", "console-asked"
_BEGINNING = "MATCH (r:Role)\nRETURN r.account_name AS account, count(r) AS roles\nORDER BY account"

Json = Mapping[str, Any]


def render(frame: Frame) -> None:
    """One of the two ways to ask, chosen in the address."""
    mode = _mode()
    changed = links.chosen("mode", "mode", list(_MODES), CATALOGUE)
    st.segmented_control(
        "Way to ask",
        list(_MODES),
        key="mode",
        on_change=changed,
        format_func=_MODES.__getitem__,
        label_visibility="collapsed",
        required=True,
    )
    has_graph = asking.answers().store is not None
    if not has_graph:
        _no_graph()
    if mode == CONSOLE:
        _console(frame, has_graph=has_graph)
    else:
        _catalogue(frame, has_graph=has_graph)


def _mode() -> str:
    mode = links.get("mode", CATALOGUE)
    return mode if mode in _MODES else CATALOGUE


def _no_graph() -> None:
    """A snapshot folder answers everything but this: say what makes a graph of it."""
    notices.verdict(
        "info",
        "A snapshot folder has no graph to query.",
        "The other pages answer from it. Load it, and serve from the store instead:",
    )
    path = str(asking.info()["data"])
    st.code(f"rolepath ingest files {shlex.quote(one_line(path))}\nrolepath serve", language="bash")


# --- the catalogue --------------------------------------------------------------------------------


def _catalogue(frame: Frame, *, has_graph: bool) -> None:
    from queries.catalogue import catalogue, find

    known = catalogue()
    name = links.get("q")
    left, right = st.columns([1, 2.6], gap="medium")
    with left:
        _list(list(known.values()), name)
    with right:
        if not name:
            st.markdown(
                "Choose a question. Each is one Cypher file that only reads; its answer is the "
                "same on the command line: `rolepath query NAME`."
            )
            return
        try:
            query = find(name)
        except UnknownNameError as problem:
            notices.verdict("warn", f"{problem.message}.", problem.help, key="verdict-name")
            return
        _question(frame, query, has_graph=has_graph)


def _list(queries: Sequence["Query"], name: str) -> None:
    """The catalogue by family; words that are typed narrow it."""
    from queries.catalogue import by_family

    words = st.text_input(
        "Find a question", key="find-query", placeholder="a word of its title", type="search"
    )
    kept = [query for query in queries if _has(query, words or "")]
    if not kept:
        st.markdown("No question has all of these words in its title, name or question.")
    for title, found in by_family(kept).items():
        st.markdown(f"**{esc_md(title)}**")
        with st.container(gap="xxsmall", key=f"family-{found[0].family}"):
            for query in found:
                st.button(
                    esc_md(query.title),
                    key=f"query-{query.name}",
                    type="secondary" if query.name == name else "tertiary",
                    on_click=partial(_choose, query.name),
                    help=esc_md(query.question),
                )


def _has(query: "Query", words: str) -> bool:
    text = f"{query.title} {query.name} {query.question}".casefold()
    return all(word in text for word in words.casefold().split())


def _choose(name: str) -> None:
    """Another question takes none of the old one's parameters along."""
    st.query_params.clear()
    links.put(q=name)


def _question(frame: Frame, query: "Query", *, has_graph: bool) -> None:
    st.subheader(esc_md(query.title), anchor=False)
    st.markdown(esc_md(query.question))
    given, missing = _parameters(query)
    limit = _limit()
    with st.expander("The statement", icon=":material/code:"):
        st.code(query.cypher.strip(), language="cypher", wrap_lines=True)
        st.button(
            "Open it in the console",
            key="to-console",
            icon=":material/terminal:",
            on_click=partial(_to_console, query, given, limit),
        )
        if query.source:
            st.caption(f"Source: {code(query.source)}")
    if not has_graph:
        return
    if missing:
        st.markdown(f"Still to be given: {esc_md(sentences.joined(missing, 5))}.")
        return
    with st.skeleton(height=260):
        try:
            answer = asking.ask("query", name=query.name, params=given, limit=limit)
        except (QueryError, UsageError) as problem:
            _refused(problem)
            return
        docs = {column.name: column.doc for column in query.columns}
        _rows(frame, answer, name=query.name, docs=docs, grain=query.grain)


def _to_console(query: "Query", given: Json, limit: int) -> None:
    st.session_state[_TEXT] = query.cypher.strip()
    values = console_parameters(query, given, limit)
    st.session_state[_GIVEN] = json.dumps(values, ensure_ascii=False) if values else ""
    st.session_state.pop(_ASKED, None)
    st.query_params.clear()
    links.put(mode=CONSOLE)


def console_parameters(query: "Query", given: Json, limit: int) -> dict[str, Any]:
    """What the statement of a query needs to run by itself; what is not given yet is empty."""
    from queries.catalogue import ROW_LIMIT

    values = {p.name: _typed(p, given.get(p.name)) for p in query.params}
    return values | ({ROW_LIMIT: limit} if f"${ROW_LIMIT}" in query.cypher else {})


def _typed(parameter: "Parameter", text: str | None) -> Any:
    """A parameter's text from the address as its type; its default when there is none."""
    if text is None:
        return "" if parameter.default is None else parameter.default
    if parameter.type == "bool":
        return text.casefold() in {"true", "yes", "1"}
    if parameter.type == "int":
        return int(text) if text.isascii() and text.isdigit() else parameter.default
    return text


def parameters_of(text: str) -> dict[str, Any]:
    """The console's parameters as they were typed: one JSON object, or nothing.

    Raises:
        UsageError: It is something else.
    """
    try:
        values = json.loads(text) if text.strip() else {}
    except ValueError as error:
        raise UsageError(f"parameters: {error}", help='write JSON, as {"account": ""}') from None
    if not isinstance(values, dict):
        raise UsageError("parameters: not an object", help='write JSON, as {"account": ""}')
    return values


def _limit() -> int:
    wanted = links.number("limit", DEFAULT_LIMIT, LIMITS[0], LIMITS[-1])
    return next(limit for limit in LIMITS if limit >= wanted)


# --- parameters -----------------------------------------------------------------------------------


def _parameters(query: "Query") -> tuple[dict[str, Any], list[str]]:
    """A widget for each parameter; its value stands in the address under its own name."""
    given: dict[str, Any] = {}
    missing: list[str] = []
    for parameter in query.params:
        text = links.get(parameter.name)
        if text:
            given[parameter.name] = text
        elif parameter.required:
            missing.append(_label(parameter))
    boxes = [parameter for parameter in query.params if parameter.type == "arn"]
    for place, parameter in zip(st.columns(max(1, len(boxes))), boxes, strict=False):
        with place:
            _widget(query, parameter, links.get(parameter.name))
    with st.container(horizontal=True, vertical_alignment="bottom", key="parameters"):
        for parameter in query.params:
            if parameter.type != "arn":
                _widget(query, parameter, links.get(parameter.name))
        limits = list(LIMITS)
        st.selectbox(
            "Most rows",
            limits,
            key="limit-box",
            on_change=links.bound("limit-box", _limit(), _put_limit),
            format_func=lambda limit: f"{limit:,}",
            width=140,
        )
    return given, missing


def _put_limit(limit: int) -> None:
    links.put(limit=None if limit == DEFAULT_LIMIT else limit)


def _label(parameter: "Parameter") -> str:
    return parameter.name.replace("_", " ").capitalize()


def _widget(query: "Query", parameter: "Parameter", text: str) -> None:
    key = f"parameter-{query.name}-{parameter.name}"
    label = _label(parameter)
    put = partial(_put, parameter.name, parameter.default)
    if parameter.type == "arn":
        _box(parameter, key, label, text)
    elif parameter.type == "bool":
        on = text.casefold() in {"true", "yes", "1"} if text else bool(parameter.default)
        st.toggle(label, key=key, on_change=links.bound(key, on, put), help=esc_md(parameter.doc))
    elif parameter.type == "int":
        least = parameter.least if parameter.least is not None else 0
        number = links.number(
            parameter.name, int(parameter.default or least), least, parameter.most or 1_000_000
        )
        st.number_input(
            label,
            least,
            parameter.most,
            key=key,
            on_change=links.bound(key, number, put),
            help=esc_md(parameter.doc),
            width=160,
        )
    elif parameter.choices or parameter.type == "account":
        names = {"": "all of them"} if not parameter.required else {}
        names |= {choice: choice for choice in parameter.choices} or _accounts()
        if text and text not in names:
            names[text] = text
        default = str(parameter.default or "")
        value = text or (default if default in names else None)
        st.selectbox(
            label,
            list(names),
            key=key,
            on_change=links.bound(key, value, put),
            format_func=lambda choice: names[choice],
            help=esc_md(parameter.doc),
            width=300,
        )
    else:
        value = text or str(parameter.default or "")
        st.text_input(
            label,
            key=key,
            on_change=links.bound(key, value, put),
            help=esc_md(parameter.doc),
            width=300,
        )


def _put(name: str, default: Any, value: Any) -> None:
    text = str(value).lower() if isinstance(value, bool) else str(value or "")
    same = text == (str(default).lower() if isinstance(default, bool) else str(default))
    links.put(**{f"{name}_": None if same or value is None else text})


def _accounts() -> dict[str, str]:
    """Ids of the accounts with what to call them."""
    found = asking.ask("search", text="", limit=10_000, kinds=("account", "external_account"))
    return {
        row["account"]: one_line(f"{row['name']} ({row['account']})")
        for row in found["rows"]
        if row["account"]
    }


def _box(parameter: "Parameter", key: str, label: str, text: str) -> None:
    directory = asking.directory()

    def search(typed: str) -> Json:
        found = asking.ask("search", text=typed, limit=20, kinds=parameter.kinds)
        return search_rows(found, directory.describe)

    search_box(
        label,
        key=key,
        value=one_line(directory.describe(text).name) if text else "",
        title=text,
        search=search,
        picked=lambda arn: links.put(**{f"{parameter.name}_": arn}),
    )


# --- the console ----------------------------------------------------------------------------------


def _console(frame: Frame, *, has_graph: bool) -> None:
    """A statement of one's own; it stays out of the address, for it may hold what is private."""
    st.session_state.setdefault(_TEXT, _BEGINNING)
    with st.form("console", border=False, enter_to_submit=True):
        st.text_area("Cypher", key=_TEXT, height=180)
        st.text_input("Parameters (JSON)", key=_GIVEN, placeholder='{"account": ""}')
        with st.container(horizontal=True, vertical_alignment="bottom"):
            limit = st.selectbox("Most rows", LIMITS, index=1, key="console-limit", width=180)
            run = st.form_submit_button(
                "Run", type="primary", icon=":material/play_arrow:", disabled=not has_graph
            )
    st.caption(
        "Only statements that read are run; each ends after a while, and at the row limit. "
        "What the graph holds is described in `docs/graph.md`."
    )
    if not has_graph:
        return
    if run:
        st.session_state[_ASKED] = (st.session_state[_TEXT], st.session_state[_GIVEN], int(limit))
    asked = st.session_state.get(_ASKED)
    if asked is None:
        return
    text, typed, most = asked
    with st.skeleton(height=260):
        try:
            params = parameters_of(typed)
            answer = asking.ask("cypher", text=text, params=params, limit=most)
        except (QueryError, UsageError) as problem:
            _refused(problem)
            return
        _rows(frame, answer, name="cypher", docs={}, grain="")


# --- the answer -----------------------------------------------------------------------------------


def _refused(problem: RolepathError) -> None:
    """What the store or the guard said, as text."""
    notices.verdict("warn", "The statement was not run to its end.", key="verdict-refused")
    st.code(problem.message, language=None, wrap_lines=True)
    if problem.help:
        st.markdown("What helps:")
        st.code(problem.help, language=None, wrap_lines=True)


def _rows(frame: Frame, answer: Json, *, name: str, docs: Mapping[str, str], grain: str) -> None:
    columns, rows = answer["columns"], answer["rows"]
    if not rows:
        st.markdown("**No rows.** Nothing in this snapshot answers the question.")
        _coverage()
        return
    head = sentences.counted(len(rows), "row")
    if answer["truncated"]:
        head = f"The first {head} of more"
    st.markdown(f"**{head}**" + (f" · {esc_md(grain)}" if grain else ""))
    picked = tables.table(
        columns,
        rows,
        name=name,
        key=f"rows-{name}-{asking.identity()}",
        config={column: st.column_config.Column(help=esc_md(doc)) for column, doc in docs.items()},
        choose=True,
    )
    if picked is not None:
        _onward(frame, rows[picked])
    _coverage()


def _coverage() -> None:
    notices.gaps(sentences.coverage_sentence(asking.ask("coverage")))


def _onward(frame: Frame, row: Json) -> None:
    """Where the principals of a chosen row lead."""
    directory = asking.directory()
    keys = [
        value
        for value in row.values()
        if isinstance(value, str) and (":role/" in value or ":user/" in value) and "#" not in value
    ]
    for key in list(dict.fromkeys(keys))[:4]:
        name = esc_md(directory.describe(key).name)
        with st.container(horizontal=True):
            frame.link(
                "paths",
                f"Can {name} become an administrator?",
                icon=":material/route:",
                **{"from": key, "to": "admin"},
            )
            frame.link(
                "deletion", f"What blocks deleting {name}?", icon=":material/delete:", entity=key
            )


VIEW = View(
    title="Query",
    url="query",
    icon=":material/terminal:",
    order=40,
    question="Ask the graph",
    render=render,
)
