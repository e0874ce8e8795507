"""Paths says whether X can become Y, how, and what proves it."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from app.dashboard.parts import asking, evidence, graph, links, notices, sentences, tables
from app.dashboard.parts.chrome import moment
from app.dashboard.parts.components import graph as graph_component
from app.dashboard.parts.components import search_box, search_rows
from app.dashboard.parts.escape import code, esc_md, one_line
from app.dashboard.parts.principals import Directory
from app.dashboard.parts.svg import svg
from app.dashboard.parts.view import Frame, View
from app.evidence import in_words
from iam.decision import statement_ref
from iam.errors import RolepathError, UnknownNameError

ADMIN = "admin"
DEPTHS = (1, 2, 3, 4, 5, 6, 8, 10)
DEFAULT_DEPTH = 6
LIMIT = 25
KINDS = {"open": "need no condition", "cross": "cross accounts"}
_ASKED = 12
_COLUMNS = ["Path", "Hops", "Conditions to meet", "Accounts"]
_HOP_COLUMNS = ["path", "hop", "from", "to", "operation", "verdict", "requirements"]
_LAYER_MARKS = {
    "allow": ":green[:material/check_circle:]",
    "unknown": ":orange[:material/help:]",
    "deny": ":red[:material/block:]",
    "silent": ":orange[:material/remove_circle:]",
}

Json = Mapping[str, Any]


def render(frame: Frame) -> None:
    """The question, the verdict, the picture, and the proof of each hop."""
    directory = asking.directory()
    problem = _question(directory)
    if problem is not None:
        notices.verdict("warn", problem.message + ".", problem.help, key="verdict-name")
        return
    start, goal = links.get("from"), links.get("to")
    if not (start and goal):
        _examples(frame, directory)
        return
    depth = _depth()
    with st.skeleton(height=420):
        answer = asking.ask("paths", frm=start, to=goal, max_hops=depth, limit=LIMIT)
        _answered(frame, directory, answer, depth)


# --- the question ---------------------------------------------------------------------------------


def _question(directory: Directory) -> UnknownNameError | None:
    """The row of boxes; an ARN in the address that nothing has is handed back."""
    problem = None
    known: dict[str, str] = {}
    for name in ("from", "to"):
        text = links.get(name)
        if not text:
            continue
        try:
            known[name] = text if text == ADMIN else asking.ask("resolve", text=text)
        except UnknownNameError as error:
            problem = problem or error
            known[name] = text
    boxes = st.columns([10, 1, 10, 3.4, 3], vertical_alignment="bottom", gap="small")
    with boxes[0]:
        _box("From", "from", known.get("from", ""), directory, first=True)
    boxes[1].button(
        "",
        icon=":material/swap_horiz:",
        help="Swap both ends",
        type="tertiary",
        key="swap",
        on_click=_swap,
        disabled=known.get("to") == ADMIN or not known,
        width="stretch",
    )
    with boxes[2]:
        _box("To", "to", known.get("to", ""), directory)
    with boxes[3]:
        changed = links.bound(
            "depth-box", _depth(), lambda depth: links.put(depth=depth, path=None)
        )
        st.selectbox(
            "Search depth",
            DEPTHS,
            key="depth-box",
            on_change=changed,
            format_func=lambda hops: f"up to {sentences.counted(hops, 'hop')}",
        )
    with boxes[4]:
        _filters()
    return problem


def _box(label: str, name: str, key: str, directory: Directory, *, first: bool = False) -> None:
    shown = "any administrator" if key == ADMIN else directory.describe(key).name if key else ""

    def search(text: str) -> Json:
        found = search_rows(asking.ask("search", text=text, limit=20), directory.describe)
        if name == "to" and text.casefold() in "any administrator":
            row = {"arn": ADMIN, "name": "any administrator", "kind": "role"}
            row["where"] = "whoever may do everything, in any account"
            rows: Sequence[Any] = found["rows"]  # type: ignore[assignment]
            return {"rows": [row, *rows], "total": int(str(found["total"])) + 1}
        return found

    search_box(
        label,
        key=f"{name}-box",
        value=one_line(shown),
        title=key,
        search=search,
        picked=lambda arn: links.put(**{f"{name}_": arn}, path=None, sel=None, who=None),
        first=first,
    )


def _swap() -> None:
    links.put(from_=links.get("to"), to=links.get("from"), path=None, sel=None, who=None)


def _depth() -> int:
    wanted = links.number("depth", DEFAULT_DEPTH, DEPTHS[0], DEPTHS[-1])
    return next(depth for depth in DEPTHS if depth >= wanted)


def _filters() -> None:
    chosen = [kind for kind in links.words("kinds") if kind in KINDS]
    label = f"Filters · {len(chosen)}" if chosen else "Filters"
    with st.popover(label, icon=":material/tune:", width="stretch"):
        for kind, words in KINDS.items():
            changed = links.bound(f"kind-{kind}", kind in chosen, partial(_toggle, kind))
            st.checkbox(f"Only paths that {words}", key=f"kind-{kind}", on_change=changed)
        changed = links.bound("only-box", links.get("only") == "1", _only)
        st.toggle("Draw only the selected path", key="only-box", on_change=changed)


def _toggle(kind: str, on: bool) -> None:
    kept = [word for word in links.words("kinds") if word != kind]
    links.put(kinds=",".join([*kept, kind] if on else kept), path=None, sel=None)


def _only(on: bool) -> None:
    links.put(only="1" if on else None)


# --- nothing chosen -------------------------------------------------------------------------------


def _examples(frame: Frame, directory: Directory) -> None:
    """Three questions of this very snapshot, to begin with."""
    st.markdown("#### Who can become whom?")
    st.markdown(
        "Choose where to start and what to become. A path is a chain of roles that AWS would let "
        "the first principal assume one after the other. Three questions to begin with:"
    )
    with st.skeleton(height=130):
        for start, goal in examples(directory):
            name = _placed(directory, start)
            other = "an administrator" if goal == ADMIN else _placed(directory, goal)
            frame.link(
                "paths",
                f"Can {esc_md(name)} become {esc_md(other)}?",
                icon=":material/route:",
                **{"from": start, "to": goal},
            )


def _placed(directory: Directory, key: str) -> str:
    """A name with its account: the same name stands in many accounts."""
    principal = directory.describe(key)
    account = principal.account_name or principal.account
    return f"{principal.name} ({account})" if account else principal.name


def examples(directory: Directory) -> list[tuple[str, str]]:
    """Up to three pairs worth asking about, each from and to somebody else.

    Long ways into administrators that need something come first. One question stops a hop short of
    the administrator: that role is often the one that everybody forgot.
    """
    admins = sorted(key for key in directory.admins if ":role/" in key)
    # Roles that Identity Center made come last: who may enter them is one assignment away.
    roles = sorted(admins, key=lambda key: "/aws-reserved/" in key)[:_ASKED]
    if not roles:
        found = asking.ask("search", text="", limit=8, kinds=("role",))
        roles = [row["arn"] for row in found["rows"]]
    ways: list[tuple[bool, int, str, str, str]] = []
    for role in roles:
        reached = asking.ask("reach", principal=role, direction="in", max_hops=DEFAULT_DEPTH)
        rows = reached["reached"]
        people = [row for row in rows if row["kind"] in {"user", "identity_center_user"}]
        ways += [
            (bool(row["requirements"]), row["hops"], row["arn"], role, row["route"][-2])
            for row in people or rows
        ]
    ways.sort(reverse=True)
    chosen = distinct(((start, goal) for *_, start, goal, _ in ways), 2)
    before = ((start, last) for _, hops, start, _, last in ways if hops > 1)
    chosen = distinct([*chosen, *before], 3)
    chosen = distinct([*chosen, *((start, goal) for *_, start, goal, _ in ways)], 3)
    if not chosen:
        users = asking.ask("search", text="", limit=3, kinds=("user",))["rows"]
        chosen = [(row["arn"], ADMIN) for row in users]
    return chosen


def distinct(pairs: Iterable[tuple[str, str]], most: int) -> list[tuple[str, str]]:
    """The first pairs of which no two share an end.

    Example:
        >>> distinct([("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")], 3)
        [('a', 'x'), ('b', 'y')]
    """
    found: list[tuple[str, str]] = []
    for start, goal in pairs:
        ends = {end for pair in found for end in pair}
        if len(found) < most and not ends & {start, goal}:
            found.append((start, goal))
    return found


# --- the answer -----------------------------------------------------------------------------------


def _answered(frame: Frame, directory: Directory, answer: Json, depth: int) -> None:
    start, goal = answer["from"], answer["to"]
    names = (_name(directory, start), _name(directory, goal))
    paths = [path for path in answer["paths"] if _passes(path, directory)]
    if not answer["paths"]:
        _no_path(directory, answer, names, depth)
        return
    if not paths:
        notices.verdict(
            "info",
            "The filters leave no path.",
            f"{sentences.counted(len(answer['paths']), 'path')} found without them.",
        )
        if st.button("Clear the filters", key="clear-filters"):
            links.put(kinds=None)
            st.rerun()
        return
    shown = {**answer, "paths": paths, "max_hops": depth}
    head, tail = sentences.paths_verdict(*names, shown)
    tone: notices.Tone = "bad" if any(not path["requirements"] for path in paths) else "warn"
    selected = links.number("path", 1, 1, len(paths)) - 1
    drawing = graph.paths_drawing(
        shown, selected, directory, only_selected=links.get("only") == "1"
    )
    notices.verdict(tone, head, tail, beside=lambda: _export(shown, drawing, names, directory))
    if drawing.note:
        st.caption(esc_md(drawing.note))
    key = f"graph-{asking.identity()}-{start}-{goal}-{depth}"
    clicked = graph_component(drawing, key=key)
    if clicked:
        _choose(paths, selected, clicked["id"])
        st.rerun()
    left, right = st.columns([1.62, 1], gap="medium")
    hops = paths[selected]["hops"]
    chosen = _selection(paths[selected])
    with left:
        _table(paths, selected, directory)
        _hops(hops, selected, chosen, directory)
    with right:
        _inspector(frame, paths, selected, chosen, directory)
    notices.gaps(sentences.coverage_sentence(answer.get("coverage")))


def _name(directory: Directory, key: str) -> str:
    if key == ADMIN:
        return "an administrator"
    return "anything" if key == "any" else directory.describe(key).name


def _passes(path: Json, directory: Directory) -> bool:
    kinds = links.words("kinds")
    if "open" in kinds and path["requirements"]:
        return False
    return "cross" not in kinds or _accounts(path, directory) > 1


def _accounts(path: Json, directory: Directory) -> int:
    keys = {key for hop in path["hops"] for key in (hop["from"], hop["to"])}
    return len({directory.describe(key).account for key in keys} - {""})


def _choose(paths: Sequence[Json], selected: int, identity: str) -> None:
    """Select what was clicked, on the selected path if it lies there, else on the best with it."""
    order = [selected, *(i for i in range(len(paths)) if i != selected)]
    for index in order:
        hops = paths[index]["hops"]
        on_it = {graph.hop_id(hop) for hop in hops} | {hop["from"] for hop in hops}
        if identity in on_it | {hop["to"] for hop in hops}:
            links.put(path=index + 1, sel=identity)
            return


def _selection(path: Json) -> str:
    """The selected hop or principal; the first hop when the address names none of this path."""
    hops = path["hops"]
    known = {graph.hop_id(hop) for hop in hops} | {hop["from"] for hop in hops}
    wanted = links.get("sel")
    return wanted if wanted in known | {hops[-1]["to"]} else graph.hop_id(hops[0])


def _table(paths: Sequence[Json], selected: int, directory: Directory) -> None:
    rows = []
    for path in paths:
        nodes = [path["hops"][0]["from"], *(hop["to"] for hop in path["hops"])]
        rows.append(
            {
                "Path": " → ".join(one_line(directory.describe(key).name) for key in nodes),
                "Hops": len(path["hops"]),
                "Conditions to meet": sentences.condition_names(path["requirements"]),
                "Accounts": _accounts(path, directory),
            }
        )
    st.subheader(sentences.counted(len(paths), "path"), anchor=False)
    key = f"table-{asking.identity()}-{links.get('from')}-{links.get('to')}-{len(paths)}"
    changed = links.bound(key, {"selection": {"rows": [selected]}}, _pick_row)
    st.dataframe(
        tables.frame(_COLUMNS, rows),
        hide_index=True,
        key=key,
        on_select=changed,
        selection_mode="single-row-required",
        column_config={
            "Path": st.column_config.TextColumn(width=380),
            "Hops": st.column_config.NumberColumn(width=60),
            "Conditions to meet": st.column_config.MultiselectColumn(
                width=160, options=_all_words(rows), color="auto"
            ),
            "Accounts": st.column_config.NumberColumn(width=80),
        },
        alt="The paths that were found; the selected one is drawn bold above",
    )
    tables.download("CSV", _COLUMNS, rows, name="paths", key="paths-csv")


def _all_words(rows: Sequence[Json]) -> list[str]:
    return sorted({word for row in rows for word in row["Conditions to meet"]})


def _pick_row(state: Json) -> None:
    rows = state["selection"]["rows"]
    # The table also reports the row that it was given, and that is no new choice.
    if rows and rows[0] + 1 != links.number("path", 1, 1, LIMIT):
        links.put(path=rows[0] + 1, sel=None)


def _hops(hops: Sequence[Json], selected: int, chosen: str, directory: Directory) -> None:
    st.subheader(f"Hops of path {selected + 1}", anchor=False)
    for number, hop in enumerate(hops, 1):
        identity = graph.hop_id(hop)
        with st.container(border=True, key=f"hop-{number}"):
            cells = st.columns([0.6, 9, 2.6], vertical_alignment="center")
            cells[0].markdown(f"**{number}**")
            source, target = directory.describe(hop["from"]), directory.describe(hop["to"])
            with cells[1]:
                st.markdown(
                    f"**{esc_md(source.name)} → {esc_md(target.name)}** {code(_action(hop))}  \n"
                    f"{_hop_sentence(hop)}"
                )
            cells[2].button(
                "Evidence",
                key=f"evidence-{number}",
                type="primary" if identity == chosen else "secondary",
                on_click=partial(links.put, sel=identity),
                width="stretch",
            )


def _action(hop: Json) -> str:
    if hop["operation"] == "sso":
        return "IAM Identity Center"
    return evidence.ACTIONS.get(hop["operation"], hop["operation"])


def _hop_sentence(hop: Json) -> str:
    """Which statements let the hop happen, or what it still needs."""
    why = _why(hop)
    parts = []
    for item in (why or {}).get("evidence", ()):
        if item["effect"] == "Allow" and item["layer"] in {"trust", "identity"}:
            layer = evidence.LAYER_NAMES[item["layer"]]
            name = evidence.policy_name(item["policy"])
            part = f"{layer} {code(name)}, {code(evidence.named(item))}"
            if part not in parts:
                parts.append(part)
    text = "; ".join(parts[:2])
    needs = sentences.condition_names(hop["requirements"])
    if needs:
        text += f"{' · ' if text else ''}needs {esc_md(', '.join(needs))}"
    return text or "assigned in IAM Identity Center" * (hop["operation"] == "sso") or "no condition"


def _why(hop: Json) -> Json | None:
    """The whole proof of a hop; None where STS is not asked (Identity Center)."""
    action = evidence.ACTIONS.get(hop["operation"])
    if action is None:
        return None
    try:
        answer: Json = asking.ask("why", principal=hop["from"], resource=hop["to"], action=action)
    except RolepathError:
        return None
    return answer


# --- the inspector --------------------------------------------------------------------------------


def _inspector(
    frame: Frame, paths: Sequence[Json], selected: int, chosen: str, directory: Directory
) -> None:
    hops = paths[selected]["hops"]
    with st.container(border=True, key="inspector"):
        for number, hop in enumerate(hops, 1):
            if graph.hop_id(hop) == chosen:
                _inspect_hop(hop, number, len(hops), paths, directory)
                return
        _inspect_principal(frame, chosen, directory)


def _inspect_hop(
    hop: Json, number: int, total: int, paths: Sequence[Json], directory: Directory
) -> None:
    source, target = directory.describe(hop["from"]), directory.describe(hop["to"])
    st.caption(f"HOP {number} OF {total}")
    st.markdown(f"**{esc_md(source.name)} → {esc_md(target.name)}**")
    with st.container(horizontal=True, gap="small"):
        st.badge(esc_md(_action(hop)), color="violet")
        if source.account and target.account and source.account != target.account:
            st.badge("cross-account", icon=":material/swap_horiz:", color="blue")
        needs = sentences.condition_names(hop["requirements"])
        if needs:
            st.badge(esc_md(sentences.joined(needs)), icon=":material/lock:", color="green")
        else:
            st.badge("no condition", icon=":material/lock_open:", color="red")
    why = _why(hop)
    tab_why, tab_evidence, tab_cut = st.tabs(
        ["Why it works", "Evidence", "How to cut it"],
        key="tab",
        bind="query-params",
        on_change="rerun",
    )
    with tab_why:
        _why_it_works(hop, why, source.name, target.name)
    with tab_evidence:
        _evidence(hop, why)
    with tab_cut:
        _how_to_cut(hop, why, paths, target.name)


def _why_it_works(hop: Json, why: Json | None, source: str, target: str) -> None:
    st.markdown(f"{code(source)} may become {code(target)} by {code(_action(hop))}.")
    if why is None:
        st.markdown(
            "IAM Identity Center creates the session from an assignment; no trust policy is asked."
            if hop["operation"] == "sso"
            else "This hop was decided when the snapshot was loaded; its layers cannot be shown."
        )
    else:
        st.markdown("**What each policy layer says**")
        lines = [_layer_line(layer) for layer in why.get("layers", ())]
        st.markdown("\n".join(f"- {line}" for line in lines) if lines else "not evaluated")
    if hop["requirements"]:
        st.markdown("**It works only when**")
        for index, branch in enumerate(hop["requirements"]):
            if index:
                st.markdown("or when")
            st.markdown("\n".join(f"- {code(sentences.atom_sentence(atom))}" for atom in branch))
    for assumption in (why or {}).get("assumptions", ()):
        st.caption(f"Assumed: {esc_md(assumption)}")


def _layer_line(layer: Json) -> str:
    name = evidence.LAYER_NAMES.get(layer["layer"], layer["layer"])
    mark = _LAYER_MARKS.get(layer["verdict"], ":gray[:material/do_not_disturb_on:]")
    if layer["verdict"] == "none" and not layer["message"]:
        return f"{mark} no {esc_md(name)}"
    return f"{mark} {esc_md(name)}: {esc_md(layer['message'] or layer['verdict'])}"


def _evidence(hop: Json, why: Json | None) -> None:
    items = list((why or {}).get("evidence", ()))
    if not items:
        st.markdown("No statement takes part in this hop.")
    quotes = (why or {}).get("quotes", {})
    for item in items:
        layer = evidence.LAYER_NAMES.get(item["layer"], item["layer"])
        st.markdown(f"**{esc_md(layer)}**, {esc_md(item['effect'])}, {code(evidence.named(item))}")
        version = f" {item['version']}" if item["version"] else ""
        st.code(f"{item['policy']}{version}", language=None, wrap_lines=True)
        if item["layer"] == "workload":
            continue  # a resource that holds the role: there is no statement to quote
        quote = quotes.get(statement_ref(item["policy"], item["version"], item["statement"]))
        if quote is None:
            st.caption("The document of this policy is not in the snapshot.")
            continue
        st.code(
            in_words(quote["statement"], indent=2),
            language="json",
            wrap_lines=True,
        )
        if quote["place"]:
            st.caption(f"Read from {code(quote['place'])}")
    taken = asking.info()["taken_at"]
    st.caption(f"Snapshot {esc_md(moment(taken)) if taken else 'without a time'}")
    st.download_button(
        "Evidence as JSON",
        data=json.dumps(why or dict(hop), indent=2, ensure_ascii=False).encode(),
        file_name="evidence.json",
        mime="application/json",
        icon=":material/download:",
        key="evidence-json",
        on_click="ignore",
    )


def _how_to_cut(hop: Json, why: Json | None, paths: Sequence[Json], target: str) -> None:
    identity = graph.hop_id(hop)
    through = sum(identity in {graph.hop_id(h) for h in path["hops"]} for path in paths)
    st.markdown(
        f"{through} of {sentences.counted(len(paths), 'path')} found "
        f"{'runs' if through == 1 else 'run'} through this hop"
        + ("; ending it ends them all." if through == len(paths) else ".")
    )
    ways = evidence.cuts(why or {}, target)
    if hop["operation"] == "sso":
        ways = ["In IAM Identity Center, remove the assignment of the permission set."]
    for way in ways:
        st.markdown(f"- {esc_md(way)}")
    if not ways:
        st.markdown("No single Allow statement makes this hop possible.")
    st.caption("rolepath only reads. Check what else uses a statement before changing it.")


def _inspect_principal(frame: Frame, key: str, directory: Directory) -> None:
    principal = directory.describe(key)
    st.caption("PRINCIPAL")
    st.markdown(f"**{esc_md(principal.name)}**")
    with st.container(horizontal=True, gap="small"):
        st.badge(esc_md(principal.kind.replace("_", " ")), color="violet")
        if principal.account:
            st.badge(esc_md(principal.place), color="gray")
        if principal.admin:
            st.badge("administrator", icon=":material/shield_person:", color="orange")
    st.code(principal.key, language=None, wrap_lines=True)
    if ":role/" in key or ":user/" in key:
        frame.link("deletion", "What blocks deleting it?", icon=":material/delete:", entity=key)
    frame.link(
        "paths",
        "Can it become an administrator?",
        icon=":material/route:",
        **{"from": key, "to": ADMIN},
    )


# --- no path --------------------------------------------------------------------------------------


def _no_path(directory: Directory, answer: Json, names: tuple[str, str], depth: int) -> None:
    start, goal = answer["from"], answer["to"]
    if start == goal or answer["verdict"] == "allow":
        notices.verdict("info", f"{names[0]} is {names[1]} already.", "No hop is needed.")
        return
    head, tail = sentences.paths_verdict(*names, {**answer, "max_hops": depth})
    notices.verdict("good", head, tail)
    st.markdown(
        f"{esc_md(sentences.coverage_sentence(answer.get('coverage')))} "
        f"Chains of more than {sentences.counted(depth, 'hop')} were not looked for."
    )
    if goal != ADMIN:
        _nearest_miss(start, goal, names)
    with st.container(horizontal=True):
        if depth < DEPTHS[-1] and st.button(f"{DEPTHS[-1]} hops", icon=":material/open_in_full:"):
            links.put(depth=DEPTHS[-1])
            st.rerun()
        if goal != ADMIN and st.button(
            f"Who can become {esc_md(names[1])}?", icon=":material/group:", key="who-button"
        ):
            links.put(who=1)
            st.rerun()
    if goal != ADMIN and links.get("who") == "1":
        _who(directory, goal, depth)


def _nearest_miss(start: str, goal: str, names: tuple[str, str]) -> None:
    """Why the direct hop fails, and who stands nearest to the target."""
    try:
        why = asking.ask("why", principal=start, resource=goal)
    except RolepathError:
        return
    reasons = [*why.get("reasons", ()), *why.get("near_misses", ())]
    if reasons:
        st.markdown(f"**Why {esc_md(names[0])} cannot enter {esc_md(names[1])} directly**")
        lines = dict.fromkeys(
            f"- {esc_md(reason['message'])}"
            + (f" ({code(reason['statement'])})" if reason.get("statement") else "")
            for reason in reasons
        )
        st.markdown("\n".join(list(lines)[:6]))


def _who(directory: Directory, goal: str, depth: int) -> None:
    answer = asking.ask("reach", principal=goal, direction="in", max_hops=depth)
    rows = [
        {
            "Principal": one_line(row["name"]),
            "Kind": row["kind"].replace("_", " "),
            "Account": row["account_name"] or row["account"],
            "Hops": row["hops"],
            "Conditions": sentences.condition_names(row["requirements"]),
            "ARN": row["arn"],
        }
        for row in answer["reached"]
    ]
    name = directory.describe(goal).name
    st.subheader(f"Who can become {esc_md(name)}: {len(rows):,}", anchor=False)
    if rows:
        tables.table(list(rows[0]), rows, name="who-can-become", key="who")
    else:
        st.markdown("Nobody in this snapshot.")


# --- export ---------------------------------------------------------------------------------------


def _export(
    answer: Json, drawing: graph.Drawing, names: tuple[str, str], directory: Directory
) -> None:
    def hops() -> bytes:
        rows = [
            {
                **{name: hop.get(name, "") for name in ("from", "to", "operation", "verdict")},
                "path": index,
                "hop": number,
                "requirements": hop["requirements"],
            }
            for index, path in enumerate(answer["paths"], 1)
            for number, hop in enumerate(path["hops"], 1)
        ]
        return tables.csv_text(_HOP_COLUMNS, rows).encode()

    files: list[tuple[str, str, str, Callable[[], bytes]]] = [
        ("Picture (SVG)", "paths.svg", "image/svg+xml", lambda: svg(drawing).encode()),
        ("Hops (CSV)", "hops.csv", "text/csv", hops),
        (
            "Answer (JSON)",
            "paths.json",
            "application/json",
            lambda: json.dumps(answer, indent=2, ensure_ascii=False).encode(),
        ),
    ]
    with st.popover("Export", icon=":material/download:"):
        for label, name, mime, make in files:
            st.download_button(
                label,
                data=make,
                file_name=name,
                mime=mime,
                key=f"export-{name}",
                on_click="ignore",
                width="stretch",
            )


VIEW = View(
    title="Paths",
    url="paths",
    icon=":material/route:",
    order=20,
    question="Path explorer",
    render=render,
)
