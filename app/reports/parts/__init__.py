"""Sections that several kinds of report share: what was not seen, chains, a deletion rehearsed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.dashboard.parts.sentences import coverage_sentence, linked_role_facts
from app.render import arrows, needs, session_text
from app.reports import Column, Section

Json = Mapping[str, Any]

UNSEEN = "What this report could not see"

NEEDS = Column("requirements", "Needs", needs)
ROUTE = Column("route", "Route", arrows)
VERDICT = Column("verdict", "Verdict")


def unseen(coverage: Json, others: Iterable[str] = ()) -> Section:
    """The first section of every report: gaps in coverage, and what no snapshot could show.

    Args:
        coverage: The ``coverage`` of the answers.
        others: What else was not looked at, or was taken for granted; one sentence each.
    """
    text = [
        coverage_sentence(coverage),
        "What AWS was not asked, or refused to show, is no evidence that there is nothing.",
        *dict.fromkeys(others),
    ]
    return Section(
        key="unseen",
        title=UNSEEN,
        text=tuple(text),
        columns=(
            Column("status", "Status"),
            Column("account", "Account"),
            Column("region", "Region"),
            Column("service", "Service"),
            Column("operation", "Operation"),
            Column("missing_action", "Missing permission"),
            *([Column("since", "Kept from")] if _is_stale(coverage) else []),
        ),
        rows=tuple(coverage["not_seen"]),
    )


def _is_stale(coverage: Json) -> bool:
    return any(gap.get("since") for gap in coverage["not_seen"])


def reached(key: str, title: str, rows: Sequence[Json], *, max_hops: int, nobody: str) -> Section:
    """Rows of a ``reach`` answer."""
    within = f"Within {max_hops} hops, the nearest first; the route is the best one."
    return Section(
        key=key,
        title=title,
        text=(within,) if rows else (nobody,),
        columns=(
            Column("hops", "Hops"),
            VERDICT,
            Column("principal", "Principal"),
            Column("is_admin", "Administrator"),
            NEEDS,
            ROUTE,
        ),
        rows=tuple({**row, "principal": row["arn"]} for row in rows),
    )


def overview(paths: Sequence[Json]) -> Section:
    """One row for each chain."""
    return Section(
        key="chains",
        title="Chains",
        text=() if paths else ("None was found in what could be seen.",),
        columns=(
            Column("path", "Chain"),
            VERDICT,
            Column("hops", "Hops"),
            NEEDS,
            Column("max_session_seconds", "Last session", session_text),
            ROUTE,
        ),
        rows=tuple(
            {
                "path": number,
                "verdict": "conditional" if path["requirements"] else "allow",
                "hops": len(path["hops"]),
                "requirements": path["requirements"],
                "max_session_seconds": path["max_session_seconds"],
                "route": [path["hops"][0]["from"], *(hop["to"] for hop in path["hops"])],
            }
            for number, path in enumerate(paths, 1)
        ),
    )


def steps(paths: Sequence[Json], proof: Mapping[tuple[str, str, str], Sequence[str]]) -> Section:
    """One row for each hop of each chain, with the statements that allow it.

    Args:
        paths: Those of a ``paths`` answer.
        proof: Statements by source, target and operation.
    """
    return Section(
        key="steps",
        title="The steps of each chain",
        columns=(
            Column("path", "Chain"),
            Column("hop", "Step"),
            Column("from", "From"),
            Column("to", "To"),
            Column("operation", "Operation"),
            VERDICT,
            NEEDS,
            Column("allowed_by", "Allowed by"),
        ),
        rows=tuple(
            {
                **hop,
                "path": number,
                "hop": index,
                "allowed_by": list(proof.get((hop["from"], hop["to"], hop["operation"]), ())),
            }
            for number, path in enumerate(paths, 1)
            for index, hop in enumerate(path["hops"], 1)
        ),
        group="path",
    )


def deletion(answer: Json) -> list[Section]:
    """What a ``blockers`` answer says, section by section."""
    what = str(answer["entity_kind"]).replace("_", " ")
    found = [
        Section(
            key="hard",
            title="What AWS refuses the deletion for",
            text=() if answer["hard"] else (f"Nothing that was read holds this {what}.",),
            columns=(
                Column("kind", "Kind"),
                Column("id", "What"),
                Column("call", "Removed by"),
                Column("evidence", "Evidence"),
            ),
            rows=tuple(answer["hard"]),
        ),
        Section(
            key="soft",
            title="What breaks although AWS allows the deletion",
            text=() if answer["soft"] else ("Nothing was found.",),
            columns=(
                Column("kind", "Kind"),
                Column("id", "What"),
                Column("confidence", "Confidence"),
                Column("evidence", "Evidence"),
                Column("call", "Mended by"),
            ),
            rows=tuple(answer["soft"]),
        ),
    ]
    if linked := answer.get("slr"):
        found.append(_linked(linked))
    if answer["lost"] or answer["kept"]:
        found += [
            Section(
                key="lost",
                title="Access that ends",
                text=() if answer["lost"] else ("None: every chain keeps another route.",),
                columns=(Column("from", "From"), Column("to", "To")),
                rows=tuple(answer["lost"]),
            ),
            Section(
                key="kept",
                title="Access that another route keeps",
                text=() if answer["kept"] else ("None.",),
                columns=(
                    Column("from", "From"),
                    Column("to", "To"),
                    VERDICT,
                    Column("route", "Route", arrows),
                ),
                rows=tuple({**kept, "route": kept["path"]} for kept in answer["kept"]),
            ),
        ]
    found.append(
        Section(
            key="plan",
            title="Plan of the deletion",
            text=(
                "In this order; printed and never run. Each step has a call that checks it and, "
                "where there is one, a call that takes it back.",
            )
            if answer["plan"]
            else ("There is none: the deletion is not one's own to make, or nothing is known.",),
            columns=(
                Column("step", "Step"),
                Column("call", "Call"),
                Column("check", "Check"),
                Column("undo", "Undo"),
            ),
            rows=tuple({**step, "step": n} for n, step in enumerate(answer["plan"], 1)),
        )
    )
    return found


def _linked(linked: Json) -> Section:
    """What the service of a service-linked role would say."""
    word = {
        "BLOCKED": "Its service would refuse: these resources use it.",
        "CLEAR": "Its service would accept: no resource that uses it was found.",
    }.get(linked["prediction"], "What its service would say is not known from this snapshot.")
    if linked["prediction"] == "BLOCKED" and not linked["resources"]:
        word = f"Its service would refuse always: {linked.get('note') or 'AWS keeps the role'}."
    return Section(
        key="service_linked",
        title="What its service would say",
        text=(word, *(f"{title}: {text}." for title, text in linked_role_facts(linked))),
        columns=(Column("id", "In use by"),),
        rows=tuple({"id": one} for one in linked["resources"]),
    )
