"""Overview says where to look first: who enters whose accounts, who reaches an administrator."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.dashboard.parts import asking, evidence, links, matrix, notices, sentences, tables
from app.dashboard.parts.chrome import moment
from app.dashboard.parts.escape import esc_md, one_line
from app.dashboard.parts.principals import Directory
from app.dashboard.parts.view import Frame, View
from iam.errors import RolepathError

Json = Mapping[str, Any]

_ENTRY_COLUMNS = ["From", "Role", "By", "Conditions to meet", "Administrator", "From ARN", "To ARN"]
_SHOWN = 8
UNUSED_DAYS = 90


@dataclass(frozen=True, slots=True)
class Finding:
    """A question of the catalogue that deserves a look when it has rows.

    ``severity`` is a key of ``colours.SEVERITIES``; ``none`` is said when there are no rows.
    """

    query: str
    severity: str
    title: str
    none: str


EVERYONE = "trusted_by_everyone"
FINDINGS = (
    Finding(
        EVERYONE,
        "critical",
        "Roles that let in everyone",
        "No role names everyone without saying whose principals it means.",
    ),
    Finding(
        "confused_deputy_candidates",
        "high",
        "Third parties without a guard (confused deputy)",
        "No third party is named without a guard, such as an external id.",
    ),
    Finding(
        "wide_federation",
        "high",
        "Sign-on providers that let in more than one tenant",
        "No role lets in more of a shared identity provider than one tenant.",
    ),
    Finding(
        "deleted_principals",
        "medium",
        "Trust policies that name somebody who is gone",
        "No trust policy names a principal that is gone.",
    ),
    Finding(
        "unused_roles",
        "low",
        f"Roles that nobody used for {UNUSED_DAYS} days",
        f"No role is known to have been unused for {UNUSED_DAYS} days.",
    ),
)

_MARKS = {
    "critical": ":red[:material/dangerous:]",
    "high": ":orange[:material/warning:]",
    "medium": ":orange[:material/report:]",
    "low": ":gray[:material/info:]",
    "ok": ":green[:material/check_circle:]",
}


def render(frame: Frame) -> None:
    """Key numbers, the heatmap with its drill-down, and what deserves a look."""
    has_graph = asking.answers().store is not None
    with st.skeleton(height=420):
        crossings = asking.ask("crossings")["rows"]
        rows = {f.query: _query(f.query) for f in FINDINGS} if has_graph else {}
        admins = _query("administrators") if has_graph else []
        reaching = _query("ways_to_admin") if has_graph else None
    _numbers(crossings, rows, reaching)
    _earlier()
    left, right = st.columns([1.15, 1], gap="medium")
    with left:
        _heatmap(frame, crossings)
        _outside(_query("trusted_from_outside") if has_graph else None)
    with right:
        _administrators(frame, admins, reaching)
        _findings(frame, rows)
    notices.gaps(sentences.coverage_sentence(asking.ask("coverage")))


def _query(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = asking.ask("query", name=name, limit=10_000)["rows"]
    return found


# --- numbers --------------------------------------------------------------------------------------


def _numbers(
    crossings: Sequence[Json], rows: Mapping[str, Sequence[Json]], reaching: Sequence[Json] | None
) -> None:
    info = asking.info()
    tiles: list[tuple[str, int | None, str]] = [
        ("Users and roles", info["users"] + info["roles"], "IAM users and roles that were read"),
        ("Accounts", info["accounts"], "Accounts whose users and roles were read"),
        (
            "Account pairs with access",
            sum(bool(row["enterable_roles"]) for row in crossings),
            "Pairs of accounts where a principal of one can enter a role of the other directly",
        ),
        (
            "Reach an administrator",
            None if reaching is None else len(reaching),
            "Principals that are no administrator and can become one, within six hops",
        ),
        (
            "Unguarded third parties",
            len(rows["confused_deputy_candidates"]) if rows else None,
            "Trust statements that let a third party in without an external id or another guard",
        ),
    ]
    earlier = _earlier_counts()
    for cell, (label, number, help_) in zip(st.columns(len(tiles)), tiles, strict=True):
        change = earlier.get(label)
        cell.metric(
            label,
            "–" if number is None else f"{number:,}",
            delta=None if change is None or number is None else number - change,
            delta_color="off",
            help=help_,
            border=True,
        )


def _kept() -> list[dict[str, Any]]:
    """Snapshots before the one that is shown, newest first."""
    info = asking.info()
    found = [row for row in asking.snapshots() if row["data"] == info["data"]]
    found.sort(key=lambda row: (row["taken_at"], row["id"]), reverse=True)
    ids = [row["id"] for row in found]
    return found[ids.index(info["snapshot"]) + 1 :] if info["snapshot"] in ids else []


def _earlier_counts() -> dict[str, int]:
    """Numbers of the snapshot that the address compares with."""
    wanted = links.get("since")
    if wanted not in {row["id"] for row in _kept()}:
        return {}
    try:
        counts = asking.counts_of(wanted)
    except RolepathError as problem:
        notices.error(problem)
        return {}
    return {"Users and roles": counts["users"] + counts["roles"], "Accounts": counts["accounts"]}


def _earlier() -> None:
    """What the numbers are compared with, or that there is nothing to compare with."""
    kept = _kept()
    if asking.answers().store is None:
        st.caption("Answered from one snapshot folder; there is no earlier snapshot to compare.")
        return
    if not kept:
        st.caption("No earlier snapshot of this data set is kept, so no change is shown.")
        return
    since = links.get("since")
    with st.container(horizontal=True, vertical_alignment="center"):
        if since in {row["id"] for row in kept}:
            row = next(row for row in kept if row["id"] == since)
            st.caption(
                f"Users, roles and accounts compared with {esc_md(moment(row['taken_at']))}."
            )
            if st.button("Do not compare", type="tertiary", key="since-none"):
                links.put(since=None)
                st.rerun()
            return
        at = moment(kept[0]["taken_at"]) or kept[0]["id"]
        st.caption("Numbers are of this snapshot alone.")
        if st.button(f"Compare with {esc_md(at)}", type="tertiary", key="since-last"):
            links.put(since=kept[0]["id"])
            st.rerun()


# --- the heatmap ----------------------------------------------------------------------------------


def _heatmap(frame: Frame, crossings: Sequence[Json]) -> None:
    made = matrix.build(crossings)
    with st.container(border=True, key="heatmap-card"):
        st.markdown("##### Who can enter whose roles")
        if not made.cells:
            st.markdown("No principal of one account can enter a role of another directly.")
            return
        if len(made.cells) == 1:
            _one_pair(frame, made)
            return
        st.caption("Rows can enter roles of columns in one hop · number of roles · choose a cell")
        selected = _selected(made)
        dark = st.context.theme.type == "dark"
        key = f"heatmap-{asking.identity()}"
        event = st.echarts_chart(
            matrix.options(made, selected=selected, dark=dark),
            height=min(720, 130 + 38 * len(made.sources)),
            key=key,
            on_select="rerun",
            alt="Accounts that can enter roles of other accounts; the list below says the same",
        )
        _clicked(made, event, selected)
        if made.left_out:
            st.caption(
                f"The {len(made.names) - made.left_out} busiest of {len(made.names):,} accounts."
            )
        _pick(made, selected)
        if selected is not None:
            _drill(frame, made, selected)


def _one_pair(frame: Frame, made: matrix.Matrix) -> None:
    """One cell compares nothing: its number in words, and its rows."""
    (pair,) = made.cells
    source, target = (esc_md(one_line(made.names[account])) for account in pair)
    st.markdown(
        f"Only one account enters another: {source} can enter "
        f"{sentences.counted(made.most, 'role')} of {target} in one hop."
    )
    _drill(frame, made, pair)


def _selected(made: matrix.Matrix) -> tuple[str, str] | None:
    source, mark, target = links.get("cell").partition("..")
    return (source, target) if mark and (source, target) in made.cells else None


def _clicked(made: matrix.Matrix, event: Any, selected: tuple[str, str] | None) -> None:
    """A click counts once: what the chart remembers must not undo a later choice of the list."""
    groups = event["selection"]["selected"]
    index = int(groups[0]["data_indices"][0]) if groups else -1
    if index == st.session_state.get("heatmap-last", -1):
        return
    st.session_state["heatmap-last"] = index
    pair = matrix.at(made, index)
    if pair is not None and pair != selected:
        links.put(cell="..".join(pair))
        st.rerun()


def _pick(made: matrix.Matrix, selected: tuple[str, str] | None) -> None:
    """The same choice for the keyboard and for screen readers."""
    pairs = sorted(made.cells, key=lambda pair: (-made.cells[pair], pair))
    changed = links.bound(
        "cell-box",
        selected,
        lambda pair: links.put(cell="..".join(pair) if pair else None),
    )
    st.selectbox(
        "Pair of accounts",
        pairs,
        index=None,
        key="cell-box",
        on_change=changed,
        placeholder="choose a pair, or a cell above",
        format_func=lambda pair: one_line(
            f"{made.names[pair[0]]} → {made.names[pair[1]]} "
            f"({sentences.counted(made.cells[pair], 'role')})"
        ),
    )


def _drill(frame: Frame, made: matrix.Matrix, pair: tuple[str, str]) -> None:
    directory = asking.directory()
    found = asking.ask("entries", from_account=pair[0], to_account=pair[1])["rows"]
    names = (made.names[pair[0]], made.names[pair[1]])
    st.markdown(
        f"**{esc_md(names[0])} → {esc_md(names[1])}**: "
        f"{sentences.counted(len(found), 'direct way', 'direct ways')} in"
    )
    rows = [
        {
            "From": one_line(directory.describe(row["principal"]).name),
            "Role": one_line(directory.describe(row["role"]).name),
            "By": row["operation"],
            "Conditions to meet": sentences.condition_names(row["requirements"]),
            "Administrator": row["is_admin"],
            "From ARN": row["principal"],
            "To ARN": row["role"],
        }
        for row in found
    ]
    at = tables.table(
        _ENTRY_COLUMNS,
        rows,
        name="direct-ways",
        key=f"entries-{pair[0]}-{pair[1]}",
        config={
            "From": st.column_config.TextColumn(width=130),
            "Role": st.column_config.TextColumn(width=130),
            "By": st.column_config.TextColumn(width=95),
            "Conditions to meet": st.column_config.ListColumn(width=120),
            "Administrator": st.column_config.CheckboxColumn(width=90),
            "From ARN": None,
            "To ARN": None,
        },
        choose=True,
    )
    if at is None:
        st.caption("Choose a row to see what proves it.")
        return
    row = rows[at]
    frame.link(
        "paths",
        f"What lets {esc_md(row['From'])} become {esc_md(row['Role'])}?",
        icon=":material/route:",
        **{"from": row["From ARN"], "to": row["To ARN"]},
    )


# --- findings -------------------------------------------------------------------------------------


def _administrators(frame: Frame, admins: Sequence[Json], reaching: Sequence[Json] | None) -> None:
    with st.container(border=True, key="admins-card"):
        st.markdown("##### Who reaches an administrator")
        if reaching is None:
            _needs_graph()
            return
        if not admins:
            st.markdown("No user or role that was read may do everything.")
            return
        st.markdown(sentences.administrators_sentence(reaching, admins))
        rows = [
            {
                "Administrator": one_line(row["name"]),
                "Reached by": row["reached_by"],
                "Outright": row["reached_by_now"],
                "Account": one_line(row["account_name"] or row["account"]),
                "ARN": row["principal"],
            }
            for row in admins
        ]
        most = max(1, *(row["Reached by"] for row in rows))
        at = tables.table(
            ["Administrator", "Reached by", "Outright", "Account", "ARN"],
            rows,
            name="administrators",
            key="admins",
            config={
                "Administrator": st.column_config.TextColumn(width=150),
                "Account": st.column_config.TextColumn(width=100),
                "Reached by": st.column_config.ProgressColumn(
                    width=105,
                    format="%d",
                    min_value=0,
                    max_value=most,
                    help="Everybody who can become it within six hops, other administrators, too",
                ),
                "Outright": st.column_config.NumberColumn(
                    width=70, help="Those that meet no requirement on their way"
                ),
                "ARN": None,
            },
            choose=True,
        )
        if at is not None:
            _into(frame, rows[at]["ARN"])
            return
        frame.link("query", "Everybody who gets there", icon=":material/group:", q="ways_to_admin")


def _into(frame: Frame, admin: str) -> None:
    """A few of the ways into the administrator that was chosen."""
    directory = asking.directory()
    found = asking.ask("reach", principal=admin, direction="in", max_hops=6)["reached"]
    name = directory.describe(admin).name
    if not found:
        st.markdown(f"Nobody can become {esc_md(name)}, as far as could be seen.")
    for row in found[:5]:
        frame.link(
            "paths",
            f"{esc_md(row['name'])} becomes {esc_md(name)} in "
            f"{sentences.counted(row['hops'], 'hop')}",
            icon=":material/route:",
            **{"from": row["arn"], "to": admin},
        )
    if len(found) > 5:
        st.caption(f"The nearest 5 of {len(found)}.")


def _findings(frame: Frame, rows: Mapping[str, Sequence[Json]]) -> None:
    with st.container(border=True, key="findings-card"):
        st.markdown("##### Worth a look")
        if not rows:
            _needs_graph()
            return
        directory = asking.directory()
        for finding in FINDINGS:
            found = rows[finding.query]
            if finding.query == EVERYONE:
                found = [row for row in found if row["verdict"] != "none"]
            guarded = [row for row in found if finding.query == EVERYONE and _guard(row)]
            found = [row for row in found if row not in guarded]
            if found:
                st.markdown(
                    f"{_MARKS[finding.severity]} **{finding.title}**: {len(found):,} "
                    f":gray[({finding.severity})]  \n{_who(found, directory)}"
                )
            else:
                st.markdown(f"{_MARKS['ok']} {finding.none}")
            if guarded:
                keys = sorted({key for row in guarded for key in _guard(row)})
                st.markdown(
                    f"{_MARKS['ok']} {len(guarded):,} more behind {esc_md(', '.join(keys))}: "
                    f"{_who(guarded, directory)}"
                )
            if not found and not guarded:
                continue
            frame.link("query", "Show them", icon=":material/arrow_forward:", q=finding.query)


def _guard(row: Json) -> tuple[str, ...]:
    """Condition keys that tie a role that names everyone to a literal somebody."""
    return evidence.fixing_keys(str(row["conditions"] or ""))


def _who(found: Sequence[Json], directory: Directory) -> str:
    names = dict.fromkeys(_named(row["role"], directory) for row in found)
    return esc_md(sentences.joined(names))


def _named(key: str, directory: Directory) -> str:
    principal = directory.describe(key)
    where = principal.account_name or principal.account
    return f"{principal.name} ({where})" if where else principal.name


def _outside(found: Sequence[Json] | None) -> None:
    with st.container(border=True, key="outside-card"):
        st.markdown("##### Trusted from outside the organization")
        if found is None:
            _needs_graph()
            return
        if not found:
            st.markdown("No role names a principal of an account that is not yours.")
            return
        directory = asking.directory()
        rows = [
            {
                "Party": one_line(directory.describe(row["principal"]).name),
                "Role": one_line(_named(row["role"], directory)),
                "Guard": list(row["needs"]) or ["none"],
                "Enters": {"allow": "yes", "conditional": "under conditions", "none": "no"}[
                    row["verdict"]
                ],
                "Administrator": row["is_admin"],
                "Party ARN": row["principal"],
                "Role ARN": row["role"],
            }
            for row in found
        ]
        tables.table(
            list(rows[0]),
            rows,
            name="outside",
            key="outside",
            config={
                "Party": st.column_config.TextColumn(width=105),
                "Role": st.column_config.TextColumn(width=150),
                "Guard": st.column_config.ListColumn(width=120),
                "Enters": st.column_config.TextColumn(width=105),
                "Administrator": st.column_config.CheckboxColumn("Admin", width=65),
                "Party ARN": None,
                "Role ARN": None,
            },
        )


def _needs_graph() -> None:
    """A folder has no graph for the questions of the catalogue: what to do about it."""
    st.markdown("This is a question of the catalogue. It needs the graph of a store:")
    path = shlex.quote(asking.folder()) if asking.folder() else "PATH"
    st.code(f"rolepath ingest files {path}", language="bash")


VIEW = View(
    title="Overview",
    url="overview",
    icon=":material/space_dashboard:",
    order=10,
    question="Overview",
    render=render,
)
