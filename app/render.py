"""Each answer has one table for eyes and one list of rows for spreadsheets."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from app.dashboard.parts.sentences import (
    atom_sentence,
    counted,
    crowd,
    deletion_verdict,
    joined,
    linked_role_facts,
    paths_verdict,
)
from app.evidence import in_words
from app.terminal import clean, plain, table
from iam import arn as arns
from iam.decision import statement_ref
from iam.findings import WORDS

Json = Mapping[str, Any]
Rows = tuple[list[str], list[dict[str, Any]]]
_MOST_GAPS = 6
_LONGEST_QUOTE = 800


def each_way(requirements: Sequence[Sequence[Json]]) -> Iterator[str]:
    """Each way in as one line of text."""
    for branch in requirements:
        yield " and ".join(map(_atom, branch))


def _atom(atom: Json) -> str:
    text = atom_sentence(atom)
    is_mfa = str(atom["key"]).casefold() == "aws:multifactorauthpresent"
    if is_mfa and atom.get("likelihood") == "unlikely" and not atom.get("negated"):
        text += " in a role session"
    return f"{text} (unlikely)" if atom.get("likelihood") == "unlikely" else text


def needs(requirements: Sequence[Sequence[Json]]) -> str:
    """Requirements in one line; empty when there are none."""
    return ", or ".join(each_way(requirements))


def short(key: str) -> str:
    """A key short enough for a sentence: the name and the account.

    Example:
        >>> short("arn:aws:iam::111111111111:role/team/deploy")
        'deploy (111111111111)'
        >>> short("arn:aws:iam::111111111111:root"), short("lambda.amazonaws.com")
        ('account 111111111111', 'lambda.amazonaws.com')
    """
    parsed = arns.parse(key)
    if parsed is None or "#" in key:
        return key
    if parsed.is_account_root:
        return f"account {parsed.account}"
    return f"{parsed.name} ({parsed.account})" if parsed.account else parsed.name


def gaps(coverage: Json | None) -> list[str]:
    """What could not be seen, gathered by what was asked; empty when nothing is missing.

    The numbers of the lines add up to the one of the head.
    """
    if coverage is None or coverage["complete"]:
        return []

    def what(gap: Json) -> tuple[bool, str, str, str]:
        # What nobody asked for comes last: of what is cut off it says the least.
        is_unasked = gap["status"] == "not-asked"
        operation = f"{gap['service']}:{gap['operation']}"
        return is_unasked, gap["status"], operation, gap["missing_action"]

    kinds = [
        (kind, list(found))
        for kind, found in groupby(sorted(coverage["not_seen"], key=what), key=what)
    ]
    shown = kinds if len(kinds) <= _MOST_GAPS else kinds[: _MOST_GAPS - 1]
    lines = []
    for (_, status, operation, action), found in shown:
        accounts = sorted({gap["account"] for gap in found if gap["account"]})
        where = f" in {joined(accounts)}" if accounts else ""
        several = f", {len(found):,} scopes" if len(found) > 1 else ""
        needed = f"; needs {action}" if action else ""
        lines.append(f"  {status}: {operation}{where}{several}{needed}{_kept_from(found)}")
    rest = sum(len(found) for _, found in kinds[len(shown) :])
    if rest:
        lines.append(f"  and {rest:,} more; --format json has every one")
    return ["", f"not seen ({len(coverage['not_seen']):,})", *map(clean, lines)]


def _kept_from(gaps: Sequence[Json]) -> str:
    """Since when earlier answers have not been read again; empty where nothing is old."""
    times = sorted({gap["since"] for gap in gaps if gap.get("since")})
    if not times:
        return ""
    return f"; kept from {times[0]}" + (f" to {times[-1]}" if len(times) > 1 else "")


def assumed(answer: Json) -> list[str]:
    """What an answer takes for granted; empty when nothing."""
    texts = answer["assumptions"]
    return ["", "assumes", *(clean(f"  {text}") for text in texts)] if texts else []


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]


# --- why ----------------------------------------------------------------------------------------


def why_text(answer: Json) -> Iterator[str]:
    """One decision: the verdict, what each layer says, and what follows."""
    yield clean(f"{answer['verdict']}  {answer['action']}")
    yield clean(f"  principal  {answer['principal']}  as {answer['caller']}")
    yield clean(f"  resource   {answer['resource']}")
    layers = [
        {"layer": layer["layer"], "says": layer["verdict"], "because": layer["message"]}
        for layer in answer.get("layers", ())
    ]
    if layers:
        yield ""
        yield from table(["layer", "says", "because"], layers)
    ways = list(each_way(answer["requirements"]))
    if ways:
        yield ""
        yield "needs" if len(ways) == 1 else "needs one of"
        yield from (clean(f"  {way}") for way in ways)
    evidence = {(e["layer"], _ref(e)): e for e in answer["evidence"]}
    quoted = {ref for _, ref in evidence}
    for title, key in (("because", "reasons"), ("near misses", "near_misses")):
        found = [
            {"code": r["code"], "rule": r["rule"], "message": r["message"]}
            | {"statement": r.get("statement", "")}
            for r in answer[key]
        ]
        if found:
            yield ""
            yield title
            columns = ["code", "rule", "message", "statement"]
            lines = table(columns, found, header=False)
            for line, reason in zip(lines, found, strict=True):
                yield f"  {line}"
                if reason["statement"] not in quoted:  # else it is quoted below
                    yield from _quoted(answer, reason["statement"])
    # A policy that is attached at several levels of the organization is said once.
    shown = [
        {"layer": layer, "effect": e["effect"], "statement": ref, "sid": e["sid"]}
        for (layer, ref), e in evidence.items()
    ]
    if shown:
        yield ""
        yield "evidence"
        lines = table(["layer", "effect", "statement", "sid"], shown, header=False)
        for line, item in zip(lines, shown, strict=True):
            yield f"  {line}"
            yield from _quoted(answer, item["statement"])
    if answer["findings"]:
        yield ""
        yield "findings"
        found = [{"code": code, "says": WORDS.get(code, "")} for code in answer["findings"]]
        yield from _indented(table(["code", "says"], found, header=False))
    yield from assumed(answer)
    if answer["rules"]:
        yield ""
        yield clean(f"rules  {' '.join(answer['rules'])}")


def _quoted(answer: Json, ref: str) -> Iterator[str]:
    """A statement in the policy's own words, and where they stand."""
    quote = answer["quotes"].get(ref)
    if quote is None:
        return
    words = clean(in_words(quote["statement"]))
    yield f"    {words[:_LONGEST_QUOTE]}{'…' if len(words) > _LONGEST_QUOTE else ''}"
    if quote["place"]:
        yield clean(f"    in {quote['place']}")


def _ref(evidence: Json) -> str:
    return statement_ref(evidence["policy"], evidence["version"], evidence["statement"])


def why_rows(answer: Json) -> Rows:
    """One row."""
    columns = [
        "verdict",
        "principal",
        "caller",
        "action",
        "resource",
        "requirements",
        "reasons",
        "findings",
        "evidence",
        "snapshot",
    ]
    return columns, [
        {
            **answer,
            "requirements": needs(answer["requirements"]),
            "reasons": [r["code"] for r in answer["reasons"]],
            "evidence": [_ref(e) for e in answer["evidence"]],
        }
    ]


# --- who can ------------------------------------------------------------------------------------


def who_can_text(answer: Json, resource: str, action: str) -> Iterator[str]:
    """Everyone who may, outright first."""
    _, rows = who_can_rows(answer)
    allow = crowd(answer["allow"])
    conditional = crowd(one["principal"] for one in answer["conditional"])
    # A role is entered by AssumeRoleWithSAML and AssumeRoleWithWebIdentity, too.
    enters = action.casefold() == "sts:assumerole"
    what = f"can enter {resource}" if enters else f"{action} on {resource}"
    yield clean(f"{allow} outright, {conditional} under conditions: {what}")
    if rows:
        yield ""
        columns = ["verdict", "principal", *(["hops"] if "routes" in answer else []), "needs"]
        yield from table(columns, rows)
    yield from assumed(answer)
    yield from gaps(answer["coverage"])


def who_can_rows(answer: Json) -> Rows:
    """A row for each principal."""
    routes = answer.get("routes", {})

    def row(verdict: str, principal: str, requirements: Any) -> dict[str, Any]:
        found: dict[str, Any] = {
            "verdict": verdict,
            "principal": principal,
            "needs": needs(requirements),
        }
        if principal in routes:
            found |= {"hops": len(routes[principal]) - 1, "route": routes[principal]}
        return found

    rows = [row("allow", principal, ()) for principal in answer["allow"]]
    rows += [
        row("conditional", item["principal"], item["requirements"])
        for item in answer["conditional"]
    ]
    extra = ["hops", "route"] if "routes" in answer else []
    return ["verdict", "principal", "needs", *extra], rows


# --- chains -------------------------------------------------------------------------------------


def session_text(seconds: int | None) -> str:
    """How long the last session of a chain can be.

    Example:
        >>> session_text(3600), session_text(5400), session_text(None)
        ('at most 1 h', 'at most 1 h 30 min', '')
    """
    if seconds is None:
        return ""
    hours, minutes = divmod(seconds // 60, 60)
    parts = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes)
    return f"at most {' '.join(parts)}"


def paths_text(answer: Json) -> Iterator[str]:
    """The verdict in a sentence, then every chain with its hops."""
    to = answer["to"]
    another = "another administrator" if answer.get("is_admin") else "an administrator"
    end = {"admin": another, "any": "anything"}.get(to, short(to))
    head, tail = paths_verdict(short(answer["from"]), end, answer)
    if answer.get("is_admin"):
        yield clean(f"{short(answer['from'])} is an administrator.")
    if answer["paths"] or not answer.get("is_admin"):
        yield clean(f"{head} {tail}".rstrip())
    if not answer["paths"] and to not in ("admin", "any"):
        yield clean(f"Why not directly: rolepath why {answer['from']} {to}")
    for number, path in enumerate(answer["paths"], 1):
        yield ""
        about = [counted(len(path["hops"]), "hop")]
        if session := session_text(path["max_session_seconds"]):
            about.append(f"session {session}")
        verdict = "conditional" if path["requirements"] else "allow"
        yield f"{number}  {verdict}, {', '.join(about)}"
        yield clean(f"   {path['hops'][0]['from']}")
        for hop in path["hops"]:
            yield clean(f"   -> {hop['to']}  {hop['operation']}")
        ways = list(each_way(path["requirements"]))
        for index, way in enumerate(ways):
            yield clean(f"   {'needs' if index == 0 else 'or   '}  {way}")
    yield from assumed(answer)
    yield from gaps(answer["coverage"])


def paths_rows(answer: Json) -> Rows:
    """A row for each hop of each chain."""
    columns = [
        "path",
        "hop",
        "from",
        "to",
        "kind",
        "operation",
        "verdict",
        "needs",
        "path_needs",
        "max_session_seconds",
    ]
    rows = [
        {
            **hop,
            "path": number,
            "hop": index,
            "needs": needs(hop["requirements"]),
            "path_needs": needs(path["requirements"]),
            "max_session_seconds": path["max_session_seconds"],
        }
        for number, path in enumerate(answer["paths"], 1)
        for index, hop in enumerate(path["hops"], 1)
    ]
    return columns, rows


def reach_text(answer: Json) -> Iterator[str]:
    """Everything within reach, the nearest first."""
    reached = answer["reached"]
    who = short(answer["principal"])
    within = f"within {counted(answer['max_hops'], 'hop')}"
    if answer["direction"] == "out":
        count = counted(len(reached), "principal") if reached else "nothing"
        yield clean(f"{who} can become {count} {within}.")
    else:
        count = crowd(row["arn"] for row in reached)
        yield clean(f"{count} can become {who} {within}.")
    if reached:
        yield ""
        rows = [
            {
                "hops": row["hops"],
                "verdict": row["verdict"],
                "principal": row["arn"],
                "admin": "admin" if row["is_admin"] else "",
                "needs": needs(row["requirements"]),
            }
            for row in reached
        ]
        yield from table(["hops", "verdict", "principal", "admin", "needs"], rows)
    yield from assumed(answer)
    yield from gaps(answer["coverage"])


def reach_rows(answer: Json) -> Rows:
    """A row for each principal."""
    columns = ["arn", "name", "account", "kind", "hops", "verdict", "needs", "is_admin", "route"]
    return columns, [{**row, "needs": needs(row["requirements"])} for row in answer["reached"]]


# --- deletion -----------------------------------------------------------------------------------


def blockers_text(answer: Json, *, plan: bool = False) -> Iterator[str]:
    """The verdict of the rehearsal, what blocks, what breaks and, if asked for, the plan."""
    _, head, tail = deletion_verdict(answer)
    yield clean(f"{answer['verdict']}  {answer['entity']}")
    yield clean(f"{head} {tail}".rstrip())
    if answer["hard"]:
        yield ""
        yield f"AWS refuses while there {'is' if len(answer['hard']) == 1 else 'are'}"
        told = ["evidence"] * any(one.get("evidence") for one in answer["hard"])
        yield from _indented(table(["kind", "id", "call", *told], answer["hard"]))
    if answer["soft"]:
        yield ""
        yield "AWS allows it, but"
        yield from _indented(table(["kind", "id", "confidence", "evidence"], answer["soft"]))
    yield from _pairs(answer)
    if operator := answer.get("operator"):
        yield ""
        yield from _operator(operator)
    if slr := answer.get("slr"):
        yield ""
        answers = {"BLOCKED": "would refuse", "CLEAR": "would accept"}
        its = answers.get(slr["prediction"], "may accept or refuse; not all was read")
        yield clean(f"service-linked role: its service {its} ({slr['prediction']})")
        for resource in slr["resources"]:
            yield clean(f"  in use by {plain(resource)}")
        for title, text in linked_role_facts(slr):
            yield clean(f"  {title.lower()}: {plain(text)}")
    if plan and not answer["plan"]:
        yield ""
        yield "no plan: no call of yours would delete it, or too little was read"
    elif plan:
        yield ""
        yield "plan (printed, never run)"
        for number, step in enumerate(answer["plan"], 1):
            yield clean(f"  {number}  {step['call']}")
            for word in ("check", "undo"):
                if step.get(word):
                    yield clean(f"     {word:5}  {step[word]}")
    if answer["not_looked_at"]:
        yield ""
        yield "not looked at"
        yield from (clean(f"  {what}") for what in answer["not_looked_at"])
    yield from gaps(answer["coverage"])


def what_if_text(answer: Json) -> Iterator[str]:
    """The changes of a file, and whose access they would end, open or make another."""
    counts = {part: len(answer[part]) for part in PAIRS}
    yield clean(
        f"With {answer['what_if']}: {counted(counts['lost'], 'pair')} would lose access, "
        f"{counts['kept']:,} would keep it by another way, {counts['gained']:,} would gain it."
    )
    yield ""
    yield from map(clean, (f"  {change}" for change in answer["changes"]))
    yield from _pairs(answer)
    yield from gaps(answer["coverage"])


def what_if_rows(answer: Json) -> Rows:
    """A row for each pair, in the order in which they are told."""
    columns = ["part", "from", "to", "verdict", "was", "risk", "now_needs", "needs", "path"]
    return columns, [{"part": part, **_pair(row)} for part in PAIRS for row in answer[part]]


def _pairs(answer: Json) -> Iterator[str]:
    """Whose access changes: what opens is said first, for nobody expects it of a deletion."""
    for part, title in PAIRS.items():
        if not answer[part]:
            continue
        yield ""
        yield title
        rows = [_pair(row) for row in answer[part]]
        told = [name for name in ("risk", "verdict", "now_needs", "needs") if name in rows[0]]
        if not any(row.get("now_needs") for row in rows):
            told = [name for name in told if name != "now_needs"]
        yield from _indented(table(["from", "to", *told, *["path"] * ("path" in rows[0])], rows))
    if answer.get("pairs_truncated"):
        yield ""
        yield "there is more to compare than was compared"


PAIRS = {
    "gained": "WARNING: access that opens",
    "lost": "access that ends",
    "kept": "access that another route keeps",
    "closed": "risks that end",
}
"""The parts of an access ledger, in the order in which they are told."""


def _pair(row: Json) -> Json:
    found = dict(row)
    if "path" in row:
        found["path"] = arrows(row["path"])
    if "now_needs" in row:
        found["now_needs"] = needs([row["now_needs"]]) if row["now_needs"] else ""
    elif "requirements" in row:
        found["needs"] = needs(row["requirements"])
    return found


def arrows(path: Any) -> str:
    """The nodes of a chain in one line."""
    return " -> ".join(map(str, path)) if isinstance(path, (list, tuple)) else plain(path)


def _operator(operator: Json) -> Iterator[str]:
    """Which step of the plan its operator fails at, and the statements that decide."""
    failing = [step for step in operator["steps"] if step["verdict"] != "allow"]
    if not failing:
        yield clean(f"{operator['principal']} may carry out every step")
        return
    first = failing[0]
    stops = {"deny": "fails at", "conditional": "may fail at"}.get(
        first["verdict"], "is not known to pass"
    )
    yield clean(f"{operator['principal']} {stops} {first['action']} ({first['phase']})")
    rows = [
        {
            "phase": step["phase"],
            "call": step["action"],
            "of": step["about"],
            "verdict": step["verdict"],
            "why": "; ".join(reason["message"] for reason in step["why"].get("reasons", ()))
            or needs(step["why"].get("requirements", ())),
        }
        for step in failing
    ]
    yield from _indented(table(["phase", "call", "of", "verdict", "why"], rows))
    quoted = {ref: quote for step in failing for ref, quote in step["evidence"].items()}
    for ref, quote in quoted.items():
        yield clean(f"  {ref}  {in_words(quote['statement'])}")
        yield clean(f"    {quote['place']}")


def blockers_rows(answer: Json, *, plan: bool = False) -> Rows:
    """A row for each blocker and, if asked for, for each step of the plan."""
    columns = ["entity", "verdict", "blocks", "kind", "id", "call", "confidence", "evidence"]
    rows = [{**one, "blocks": blocks} for blocks in ("hard", "soft") for one in answer[blocks]]
    if plan:
        columns += ["check", "undo"]
        rows += [
            {**step, "blocks": "plan", "kind": "step", "id": number}
            for number, step in enumerate(answer["plan"], 1)
        ]
    return columns, [
        {**row, "entity": answer["entity"], "verdict": answer["verdict"]} for row in rows
    ]


# --- rows ---------------------------------------------------------------------------------------


def query_text(answer: Json) -> Iterator[str]:
    """Rows as a table."""
    yield from table(answer["columns"], answer["rows"])
    count = counted(len(answer["rows"]), "row")
    yield ""
    yield f"first {count} of more; raise --limit" if answer["truncated"] else count
    yield from gaps(answer["coverage"])


def query_rows(answer: Json) -> Rows:
    """The rows themselves."""
    return answer["columns"], answer["rows"]
