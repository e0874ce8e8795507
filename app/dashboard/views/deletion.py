"""Deletion says whether an entity can go, what refuses, what breaks, and in which order to work."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from app import runbooks
from app.dashboard.parts import asking, deletion, leftovers, links, notices, sentences, tables
from app.dashboard.parts.components import graph as graph_component
from app.dashboard.parts.components import search_box, search_rows
from app.dashboard.parts.escape import code, esc_md, one_line
from app.dashboard.parts.principals import Directory
from app.dashboard.parts.svg import svg
from app.dashboard.parts.view import Frame, View
from iam.errors import UnknownNameError

Json = Mapping[str, Any]

KINDS = (
    "role",
    "user",
    "group",
    "policy",
    "instance_profile",
    "saml_provider",
    "oidc_provider",
)
_HARD_MARK = ":red[:material/block:]"
_SOFT_MARK = ":orange[:material/warning:]"
_PASSED_MARK = ":green[:material/check_circle:]"
_SHOWN = 6
_PAIR_COLUMNS = ["Who", "Loses or keeps", "What", "Another route", "Who ARN", "What ARN"]


def render(frame: Frame) -> None:
    """The entity, the verdict, the blockers of both kinds, the chains, and the plan."""
    directory = asking.directory()
    key, operator, problem = _question(directory)
    if problem is not None:
        notices.verdict("warn", problem.message + ".", problem.help, key="verdict-name")
        return
    if not key:
        _examples(frame, directory)
        return
    with st.skeleton(height=420):
        try:
            answer = asking.ask("blockers", entity=key, operator=operator)
        except UnknownNameError as error:
            notices.verdict("warn", error.message + ".", error.help, key="verdict-name")
            return
        _answered(frame, directory, answer)


# --- the question ---------------------------------------------------------------------------------


def _question(directory: Directory) -> tuple[str, str, UnknownNameError | None]:
    problem = None
    known = {"entity": "", "as": ""}
    for name, kinds in (("entity", KINDS), ("as", ())):
        text = links.get(name)
        if not text:
            continue
        try:
            known[name] = asking.ask("resolve", text=text, kinds=kinds)
        except UnknownNameError as error:
            known[name] = text
            problem = problem or error
    left, right = st.columns(2, gap="small")
    with left:
        _box("Role, user, group, policy or provider", "entity", known["entity"], directory, KINDS)
    with right:
        _box("Deleted by (optional)", "as", known["as"], directory, ("user", "role"))
    return known["entity"], known["as"], problem


def _box(label: str, name: str, key: str, directory: Directory, kinds: Sequence[str]) -> None:
    search_box(
        label,
        key=f"{name}-box",
        value=one_line(directory.describe(key).name) if key else "",
        title=key,
        search=lambda text: search_rows(
            asking.ask("search", text=text, limit=20, kinds=kinds), directory.describe
        ),
        picked=lambda arn: links.put(**{name: arn}, open=None),
        first=name == "entity",
    )


def _examples(frame: Frame, directory: Directory) -> None:
    """Roles of this snapshot to begin with: one of each verdict, as far as there are."""
    st.markdown("#### What would happen if it were deleted?")
    st.markdown(
        "Choose an entity. rolepath rehearses the deletion on the snapshot: what would make "
        "AWS refuse, who would lose access, and the steps in order. It never deletes anything. "
        "To begin with:"
    )
    with st.skeleton(height=130):
        for arn in examples():
            principal = directory.describe(arn)
            place = principal.account_name or principal.account
            frame.link(
                "deletion",
                f"Can {esc_md(principal.name)} ({esc_md(place)}) be deleted?",
                icon=":material/delete:",
                entity=arn,
            )
        leftovers.show(frame, directory)


def examples() -> list[str]:
    """Up to four roles with different verdicts, the ones with most blockers first."""
    first: dict[str, str] = {}
    for role in _candidates():
        answer = asking.ask("blockers", entity=role)
        first.setdefault(answer["verdict"], role)
    order = ("BLOCKED", "DELETABLE_WITH_IMPACT", "DELETABLE", "PROTECTED")
    return [first[verdict] for verdict in order if verdict in first]


def _candidates() -> list[str]:
    """A few roles that are likely to differ; a rehearsal of every role would take too long."""
    if asking.answers().store is None:
        rows = asking.ask("search", text="", limit=8, kinds=("role",))["rows"]
        return [row["arn"] for row in rows]
    rows = asking.ask("query", name="roles_by_blockers", limit=10_000)["rows"]
    linked = [row for row in rows if "service_linked_role" in row["kinds"]]
    free = [row for row in rows if not row["blockers"]]
    return [row["role"] for row in (*rows[:1], *free[:3], *free[-2:], *linked[:1])]


# --- the answer -----------------------------------------------------------------------------------


def _answered(frame: Frame, directory: Directory, answer: Json) -> None:
    principal = directory.describe(answer["entity"])
    place = f" · {esc_md(principal.place)}" if principal.account else ""
    st.markdown(f"{code(answer['entity'])} :gray[{place}]")
    tone, head, tail = sentences.deletion_verdict(answer)
    notices.verdict(_tone(tone), head, tail, beside=lambda: _export(answer))
    if answer.get("slr"):
        _linked(answer["slr"])
    left, right = st.columns(2, gap="medium")
    with left:
        _hard(answer)
    with right:
        _soft(answer, directory)
    if answer["entity_kind"] == "role":
        _chains(frame, directory, answer)
    _plan(answer)
    looked = answer.get("not_looked_at") or ()
    if looked:
        st.caption(f"Not looked at: {esc_md('; '.join(looked))}.")
    notices.gaps(sentences.coverage_sentence(answer.get("coverage")))


def _tone(word: str) -> notices.Tone:
    tones: dict[str, notices.Tone] = {"good": "good", "warn": "warn", "bad": "bad"}
    return tones.get(word, "info")


def _hard(answer: Json) -> None:
    found = deletion.groups(answer["hard"], deletion.HARD_WORDS)
    _heading(len(answer["hard"]), "hard blocker", "IAM refuses the call")
    for group in found:
        with st.container(border=True, key=f"hard-{group.kind}"):
            text, how = st.columns([3.2, 1.3], vertical_alignment="center")
            text.markdown(
                f"{_HARD_MARK} **{esc_md(group.title)}**  \n"
                + esc_md(sentences.joined((_short(item) for item in group.items), _SHOWN))
            )
            with how.popover("How to clear", width="stretch"):
                _how(answer, group)
    checks = deletion.passed(answer)
    if checks:
        with st.expander(
            f"{sentences.counted(len(checks), 'check')} passed", icon=":material/check_circle:"
        ):
            st.markdown("\n".join(f"- {esc_md(words)}" for words in checks))
    if not found and not checks:
        st.markdown("What AWS would check was not read, or nothing stands in the way.")


def _short(item: Json) -> str:
    """An id as people say it: the last part of an ARN."""
    text = str(item["id"])
    return text.rpartition("/")[2] if text.startswith("arn:") else text


def _how(answer: Json, group: deletion.Group) -> None:
    """The commands that clear the blockers of a kind, as the plan has them."""
    commands = []
    for item in group.items:
        step = deletion.step_of(answer, item)
        if step is not None:
            commands.append(step["call"])
    if commands:
        st.code("\n".join(commands), language="bash", wrap_lines=True)
        st.caption("Copy it; rolepath runs nothing. The plan below has the undo of each.")
        return
    calls = sorted({str(item["call"]) for item in group.items if item["call"]})
    st.markdown(
        f"The call is {', '.join(code(call) for call in calls)}."
        if calls
        else "There is no call that clears it."
    )


def _heading(count: int, noun: str, means: str) -> None:
    st.subheader(f"{sentences.counted(count, noun)} :gray[· {means}]", anchor=False)


def _soft(answer: Json, directory: Directory) -> None:
    _heading(len(answer["soft"]), "soft blocker", "IAM allows it, something else breaks")
    found = deletion.groups(answer["soft"], deletion.SOFT_WORDS)
    for group in found:
        with st.container(border=True, key=f"soft-{group.kind}"):
            text, how = st.columns([3.2, 1.3], vertical_alignment="center")
            names = [_named(item, directory) for item in group.items]
            text.markdown(
                f"{_SOFT_MARK} **{esc_md(group.title)}**  \n"
                + esc_md(sentences.joined(dict.fromkeys(names), 3))
                + (f"  \n:gray[{esc_md(group.meaning)}]" if group.meaning else "")
            )
            with how.popover("Evidence", width="stretch"):
                _soft_evidence(group)
    if not found:
        st.markdown(f"{_PASSED_MARK} Nothing that was looked at depends on it.")


def _named(item: Json, directory: Directory) -> str:
    if item["kind"] in {"recent_use", "owner"}:
        return str(item["evidence"])
    identity = str(item["id"])
    return directory.describe(identity).name if identity.startswith("arn:") else identity


def _soft_evidence(group: deletion.Group) -> None:
    for item in group.items[:20]:
        st.code(str(item["id"]), language=None, wrap_lines=True)
        call = f" · {code(item['call'])} changes it" if item["call"] else ""
        st.caption(f"{esc_md(item['evidence'])} · confidence {esc_md(item['confidence'])}{call}")
    if len(group.items) > 20:
        st.caption(f"and {len(group.items) - 20} more; Export has them all.")


def _linked(slr: Json) -> None:
    """What the service would answer, from the table of what each service looks at."""
    tones: dict[str, tuple[notices.Tone, str]] = {
        "BLOCKED": ("bad", "Its service would refuse today."),
        "CLEAR": ("good", "Its service would accept today, as far as could be seen."),
    }
    tone, head = tones.get(
        slr["prediction"], ("warn", "Whether its service would accept is not known.")
    )
    used = slr.get("resources") or ()
    tail = f"{sentences.counted(len(used), 'resource')} still use it." if len(used) > 1 else ""
    if len(used) == 1:
        tail = "1 resource still uses it."
    notices.verdict(tone, head, tail, key="verdict-slr")
    for resource in list(used)[:20]:
        st.code(resource, language=None, wrap_lines=True)
    lines = [f"- {title}: {esc_md(text)}" for title, text in sentences.linked_role_facts(slr)]
    if lines:
        st.markdown("\n".join(lines))


# --- chains ---------------------------------------------------------------------------------------


def _chains(frame: Frame, directory: Directory, answer: Json) -> None:
    lost, kept = answer["lost"], answer["kept"]
    if not lost and not kept:
        st.subheader("No chain runs through it", anchor=False)
        st.markdown("Nobody becomes another role by way of this one, as far as could be seen.")
        return
    only = len({pair["from"] for pair in lost})
    heading = f"{sentences.counted(len(lost), 'chain')} {'ends' if len(lost) == 1 else 'end'}"
    means = (
        f"{sentences.counted(only, 'principal')} {'has' if only == 1 else 'have'} no other route"
        if lost
        else "every pair keeps another route"
    )
    st.subheader(f"{heading} :gray[· {means}]", anchor=False)
    if answer.get("pairs_truncated"):
        st.caption("There are more pairs than were followed; the numbers are a lower bound.")
    st.segmented_control(
        "Show the chains as",
        ("Graph", "Table"),
        key="chains-as",
        required=True,
        on_change=links.chosen("chains-as", "view", ("Graph", "Table"), "Graph"),
        label_visibility="collapsed",
    )
    if links.get("view") == "Table":
        _pairs(frame, directory, answer)
        return
    opened = frozenset(links.words("open"))
    drawing = deletion.drawing(answer, directory, opened)
    if drawing.note:
        st.caption(esc_md(drawing.note))
    clicked = graph_component(
        drawing, key=f"deletion-{asking.identity()}-{answer['entity']}-{len(opened)}"
    )
    if clicked and clicked["id"] in drawing.members:
        links.put(open=",".join(sorted({*opened, clicked["id"]})))
        st.rerun()
    if clicked and clicked["kind"] == "card":
        _clicked(frame, directory, str(clicked["id"]), answer)
    with st.container(horizontal=True):
        if opened and st.button("Close the groups", icon=":material/unfold_less:"):
            links.put(open=None)
            st.rerun()
        st.download_button(
            "Picture (SVG)",
            data=lambda: svg(drawing).encode(),
            file_name="deletion.svg",
            mime="image/svg+xml",
            icon=":material/download:",
            key="deletion-svg",
            on_click="ignore",
        )


def _clicked(frame: Frame, directory: Directory, identity: str, answer: Json) -> None:
    """Where a card leads: how its principal comes by way of the role, or what the role reaches."""
    end, mark, key = identity.partition(":")
    role = str(answer["entity"])
    if not mark or identity == role or end not in {"from", "to"}:
        return
    start, goal = (key, role) if end == "from" else (role, key)
    names = directory.describe(start).name, directory.describe(goal).name
    frame.link(
        "paths",
        f"How does {esc_md(names[0])} become {esc_md(names[1])}?",
        icon=":material/route:",
        **{"from": start, "to": goal},
    )


def _pairs(frame: Frame, directory: Directory, answer: Json) -> None:
    rows = [
        {
            "Who": one_line(directory.describe(pair["from"]).name),
            "Loses or keeps": word,
            "What": one_line(directory.describe(pair["to"]).name),
            "Another route": " → ".join(
                one_line(directory.describe(key).name) for key in pair.get("path", ())
            ),
            "Who ARN": pair["from"],
            "What ARN": pair["to"],
        }
        for word, pairs in (("loses", answer["lost"]), ("keeps", answer["kept"]))
        for pair in pairs
    ]
    at = tables.table(
        _PAIR_COLUMNS,
        rows,
        name="chains-that-end",
        key="pairs",
        config={"Another route": st.column_config.TextColumn(width="large")},
        choose=True,
    )
    if at is not None:
        row = rows[at]
        frame.link(
            "paths",
            f"How does {esc_md(row['Who'])} become {esc_md(row['What'])}?",
            icon=":material/route:",
            **{"from": row["Who ARN"], "to": row["What ARN"]},
        )


# --- the plan -------------------------------------------------------------------------------------


def _plan(answer: Json) -> None:
    plan = answer["plan"]
    st.subheader("The plan", anchor=False)
    if not plan:
        st.markdown(
            "There is no step that you could take: its owner is AWS or one of its services."
        )
        return
    st.caption(
        "In this order. Each step has a check to run before it, and an undo. Export has it as "
        "a runbook, which stops where a check fails. rolepath runs nothing of it."
    )
    for number, step in enumerate(plan, 1):
        with st.container(border=True, key=f"step-{number}"):
            cells = st.columns([0.5, 12, 3], vertical_alignment="center")
            cells[0].markdown(f"**{number}**")
            cells[1].code(str(step["call"]), language="bash", wrap_lines=True)
            with cells[2].popover("Undo and check", width="stretch"):
                for title, part in (("Check", "check"), ("Undo", "undo")):
                    st.markdown(f"**{title}**")
                    if step.get(part):
                        st.code(str(step[part]), language="bash", wrap_lines=True)
                    else:
                        st.markdown("There is none.")


def _runbook(format: str, answer: Json) -> bytes:
    return runbooks.write(format, answer).encode()


def _export(answer: Json) -> None:
    blockers = [
        {"hard or soft": word, **{part: item.get(part, "") for part in _BLOCKER_PARTS}}
        for word in ("hard", "soft")
        for item in answer[word]
    ]
    with st.popover("Export", icon=":material/download:"):
        for word, format in runbooks.formats().items() if answer["runbook"] else ():
            st.download_button(
                format.TITLE,
                data=partial(_runbook, word, answer),
                file_name=format.FILE,
                mime=format.MIME,
                key=f"export-{word}",
                on_click="ignore",
                width="stretch",
            )
        tables.download(
            "Blockers (CSV)",
            ["hard or soft", *_BLOCKER_PARTS],
            blockers,
            name="blockers",
            key="export-blockers",
        )
        st.download_button(
            "Answer with runbook (JSON)" if answer["runbook"] else "Answer (JSON)",
            data=lambda: json.dumps(answer, indent=2, ensure_ascii=False).encode(),
            file_name="blockers.json",
            mime="application/json",
            key="export-json",
            on_click="ignore",
            width="stretch",
        )


_BLOCKER_PARTS = ("kind", "id", "call", "confidence", "evidence")


VIEW = View(
    title="Deletion",
    url="deletion",
    icon=":material/delete:",
    order=30,
    question="Can it be deleted?",
    render=render,
)
