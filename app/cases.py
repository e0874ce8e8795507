"""Access unit tests: a case states who may become whom, and a snapshot says whether it holds.

The format is described in ``docs/access-tests.md``: a list of cases in YAML or JSON, each a
decision, ``who_can``, ``paths``, ``becomes`` or ``blockers``. A case that cannot be run is an
error of that case; a file that cannot be read ends the run.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.written import parse_json, parse_yaml, read_text
from iam.errors import RolepathError, SourceFormatError, UsageError

if TYPE_CHECKING:
    from app.answers import Answers
    from iam.decision import Decision
    from iam.model import Snapshot

VERDICTS = ("allow", "conditional", "deny")
COMMON = frozenset(
    {"name", "given", "source", "context", "context_complete", "session_policies", "expect"}
)
_AT_LEAST = ("reasons", "rules", "findings", "statements")
KEYS: dict[str, frozenset[str]] = {
    "decision": frozenset(
        {"principal", "action", "resource", "caller", "via", "match", "requirements", *_AT_LEAST}
    ),
    "who_can": frozenset({"who_can", "match", "among"}),
    "paths": frozenset({"paths", "match"}),
    "becomes": frozenset({"becomes", "match"}),
    "blockers": frozenset({"blockers", "match", "as"}),
}
QUESTIONS: dict[str, frozenset[str]] = {
    "who_can": frozenset({"resource", "action", "among"}),
    "paths": frozenset({"from", "to", "max_hops", "via"}),
    "becomes": frozenset({"from", "to", "max_hops", "via"}),
    "blockers": frozenset({"role", "entity", "as"}),
}
_ATOM = frozenset({"key", "operator", "values", "negated", "kind", "likelihood", "statement"})
_MOST_CHAINS = 2000
_MOST_SNAPSHOTS = 256


@dataclass(frozen=True, slots=True)
class Case:
    """One case as it was written, and where."""

    name: str
    kind: str
    body: Mapping[str, Any]
    file: Path
    problem: str = ""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of one case; ``status`` is ``passed``, ``failed`` or ``error``."""

    name: str
    status: str
    expected: Any = None
    got: Any = None
    message: str = ""
    file: str = ""
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The case in the shape of the ``test`` answer."""
        return {
            "name": self.name,
            "status": self.status,
            "expected": self.expected,
            "got": self.got,
            "message": self.message,
        }


@dataclass(frozen=True, slots=True)
class TestReport:
    """The results of a run."""

    __test__ = False  # not a class of tests, whatever pytest makes of its name

    cases: tuple[CaseResult, ...]

    def count(self, status: str) -> int:
        """How many cases came to this."""
        return sum(case.status == status for case in self.cases)

    @property
    def good(self) -> bool:
        """Whether every case passed."""
        return all(case.status == "passed" for case in self.cases)

    @property
    def closing(self) -> str:
        """``N passed, N failed``; with the errors, where there are any.

        Example:
            >>> TestReport((CaseResult("a", "passed"),)).closing
            '1 passed, 0 failed'
        """
        text = f"{self.count('passed')} passed, {self.count('failed')} failed"
        errors = self.count("error")
        return f"{text}, {errors} {'error' if errors == 1 else 'errors'}" if errors else text

    def to_json(self) -> dict[str, Any]:
        """The ``test`` answer."""
        return {
            "passed": self.count("passed"),
            "failed": self.count("failed"),
            "errors": self.count("error"),
            "cases": [case.to_json() for case in self.cases],
        }


# --- reading ------------------------------------------------------------------------------------


def load(paths: Iterable[Path]) -> list[Case]:
    """Read case files; a folder stands for every ``.yaml``, ``.yml`` file below it.

    Raises:
        SourceFormatError: A file is not a list of cases.
    """
    cases: list[Case] = []
    for path in paths:
        if path.is_dir():
            files = sorted(p for p in path.rglob("*") if p.suffix in (".yaml", ".yml"))
            if not files:
                raise SourceFormatError(f"{path}: no case files", help="cases are .yaml files")
        else:
            files = [path]
        for file in files:
            cases += read_file(file)
    return cases


def read_file(path: Path) -> list[Case]:
    """The cases of one file.

    Raises:
        SourceFormatError: The file is not a list of cases.
    """
    text = read_text(path)
    data = parse_json(path, text) if path.suffix == ".json" else parse_yaml(path, text)
    if not isinstance(data, list):
        found = "nothing" if data is None else type(data).__name__
        raise SourceFormatError(f"{path}: expected a list of cases, found {found}")
    return [_case(path, number, item) for number, item in enumerate(data, 1)]


def _case(path: Path, number: int, item: Any) -> Case:
    if not isinstance(item, dict):
        return Case(f"case {number}", "", {}, path, "a case is a mapping")
    name = str(item.get("name") or f"case {number}")
    kinds = [kind for kind in QUESTIONS if kind in item]
    if "principal" in item or "resource" in item:
        kinds.append("decision")
    if len(kinds) != 1:
        wanted = "principal and resource, who_can, paths, becomes or blockers"
        found = " and ".join(f"`{kind}`" for kind in kinds) or "none"
        return Case(name, "", item, path, f"a case has one of {wanted}; found {found}")
    kind = kinds[0]
    return Case(name, kind, item, path, _problem(kind, item))


def _problem(kind: str, item: Mapping[str, Any]) -> str:
    """What is wrong with how a case is written; empty when nothing is."""
    known = COMMON | KEYS[kind]
    checks: list[str] = [*_unknown(item, known, "")]
    if "expect" not in item or item["expect"] is None:
        checks.append("`expect` is missing")
    if kind == "decision":
        checks += [f"`{key}` is missing" for key in ("principal", "resource") if not item.get(key)]
        if item.get("expect") not in (*VERDICTS, None):
            checks.append("`expect` is allow, conditional or deny")
    else:
        question = item[kind]
        if not isinstance(question, dict):
            return f"`{kind}` is a mapping"
        checks += _unknown(question, QUESTIONS[kind], f"{kind}.")
        checks += [f"`{kind}.{key}` is missing" for key in _needed(kind, question)]
    if item.get("match", "exact") not in ("exact", "contains"):
        checks.append("`match` is exact or contains")
    if not isinstance(item.get("context_complete", False), bool):
        checks.append("`context_complete` is true or false")
    if not isinstance(item.get("context") or {}, dict):
        checks.append("`context` is a mapping")
    for branch in item.get("requirements") or ():
        for atom in branch if isinstance(branch, list) else ():
            checks += _unknown(atom, _ATOM, "requirements.") if isinstance(atom, dict) else ()
    return "; ".join(checks)


def _unknown(item: Mapping[str, Any], known: frozenset[str], prefix: str) -> list[str]:
    from app.names import did_you_mean

    found = []
    for key in item:
        if key not in known:
            close = did_you_mean(str(key), known, 1)
            hint = f" (did you mean `{close[0]}`?)" if close else ""
            found.append(f"unknown key `{prefix}{key}`{hint}")
    return found


def _needed(kind: str, question: Mapping[str, Any]) -> list[str]:
    if kind == "blockers":
        given = [key for key in ("role", "entity") if question.get(key)]
        return [] if len(given) == 1 else ["role"]
    needed = ("resource",) if kind == "who_can" else ("from", "to")
    return [key for key in needed if not question.get(key)]


# --- running ------------------------------------------------------------------------------------


@dataclass(slots=True)
class Runner:
    """Runs cases; each snapshot is read once while it is among the last that were used.

    Args:
        otherwise: Gives the answers for a case without ``given``; None: such a case is an error.
    """

    otherwise: "Callable[[], Answers] | None" = None
    _kept: "OrderedDict[str, Answers]" = field(default_factory=OrderedDict)

    def run(self, cases: Iterable[Case]) -> Iterator[CaseResult]:
        """The result of each case, in order."""
        for case in cases:
            yield self.result(case)

    def result(self, case: Case) -> CaseResult:
        """Run one case."""
        import time

        started = time.perf_counter()
        expected = case.body.get("expect")
        if case.problem:
            message = f"{case.file}:{case.name}: {case.problem}"
            return CaseResult(case.name, "error", expected, None, message, str(case.file))
        try:
            got, message = self._answer(case)
        except RolepathError as error:
            message = f"{case.file}:{case.name}: {error.message}"
            return CaseResult(case.name, "error", expected, None, message, str(case.file))
        failed = message.startswith(_FAILED)
        return CaseResult(
            case.name,
            "failed" if failed else "passed",
            expected,
            got,
            message.removeprefix(_FAILED),
            str(case.file),
            time.perf_counter() - started,
        )

    def _answer(self, case: Case) -> tuple[Any, str]:
        context = _context(case.body.get("context") or {})
        policies = case.body.get("session_policies")
        policies = [] if policies is None else policies
        if not isinstance(policies, list):
            raise UsageError("`session_policies` is a list of documents")
        given = {
            "context": context,
            "context_complete": case.body.get("context_complete", False),
            "session_policies": policies,
        }
        return _ASK[case.kind](self._answers(case, given), case.body, given)

    def _answers(self, case: Case, given: Mapping[str, Any]) -> "Answers":
        base = self._base(case)
        with_context = case.kind in ("paths", "becomes") and any(given.values())
        if not with_context:
            return base
        from app.answers import Answers

        return Answers.of(base.snapshot_model(), **given)

    def _base(self, case: Case) -> "Answers":
        place = case.body.get("given")
        if not place:
            if self.otherwise is None:
                raise UsageError("no snapshot is given", help="give --snapshot PATH")
            return self.otherwise()
        path = (case.file.parent / str(place)).resolve()
        key = str(path)
        if key not in self._kept:
            from app.answers import Answers
            from ingest.snapshot import read

            if not path.exists():
                raise UsageError(f"given: `{place}` is not there")
            self._kept[key] = Answers.of(read([path]), data=str(place))
            if len(self._kept) > _MOST_SNAPSHOTS:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


_FAILED = "\0"
"""Marks the message of a case whose answer differs."""


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _texts(value: Any) -> list[str]:
    return [_text(v) for v in value] if isinstance(value, list) else [_text(value)]


def _context(given: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {str(key): tuple(_texts(value)) for key, value in given.items()}


def _number(value: Any, name: str, default: int) -> int:
    if value is None:
        return default
    try:
        return int(str(value))
    except ValueError as error:
        raise UsageError(f"`{name}` is a number") from error


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise UsageError(f"`{name}` is a list")
    return value


def _verdict(outcome: Any, problems: Sequence[str], note: str = "") -> tuple[Any, str]:
    return outcome, _FAILED + "; ".join(problems) if problems else note


# --- a decision ---------------------------------------------------------------------------------


def _decision(
    answers: "Answers", body: Mapping[str, Any], given: Mapping[str, Any]
) -> tuple[Any, str]:
    from iam.authorize import Request, authorize

    principal, resource = str(body["principal"]), str(body["resource"])
    # An ARN stands for itself, also where nothing has it: that is a question, too.
    request = Request(
        principal=principal if _is_key(principal) else answers.principal(principal),
        resource=resource if _is_key(resource) else answers.resource(resource),
        action=str(body.get("action") or "sts:AssumeRole"),
        caller=str(body.get("caller") or ""),
        via=str(body.get("via") or ""),
        **given,
    )
    snapshot = answers.snapshot_model()
    decision = authorize(snapshot, request)
    problems = []
    if decision.verdict.value != body["expect"]:
        problems.append(f"expected {body['expect']}, got {_proof(decision)}")
    if body.get("requirements") is not None:
        wanted = _list(body["requirements"], "requirements")
        if not same_requirements(wanted, decision.requirements):
            found = [[a.to_json() for a in branch] for branch in decision.requirements]
            problems.append(f"requirements are {_short(found)}")
    for key in _AT_LEAST:
        if body.get(key) is not None:
            wanted_here = {str(item) for item in _list(body[key], key)}
            found_here = _found(decision, key)
            missing = sorted(wanted_here - found_here)
            if missing:
                has = ", ".join(sorted(found_here)) or "none"
                problems.append(f"{key} lack {', '.join(missing)}; there are: {has}")
    return _verdict(decision.verdict.value, problems, _unknown_names(snapshot, request))


def _is_key(text: str) -> bool:
    return text.startswith("arn:") or "#" in text


def _found(decision: "Decision", key: str) -> set[str]:
    if key == "reasons":
        return {reason.code for reason in decision.reasons}
    if key == "rules":
        return set(decision.rules)
    if key == "findings":
        return set(decision.findings)
    stated = {e.ref for e in decision.evidence}
    stated |= {r.statement for r in (*decision.reasons, *decision.near_misses) if r.statement}
    return stated


def _proof(decision: "Decision") -> str:
    """The verdict with what decided it, for the message of a failed case."""
    from app.render import each_way

    text = decision.verdict.value
    if decision.verdict.value == "deny":
        return f"{text} ({'; '.join(f'{r.code}: {r.message}' for r in decision.reasons)})"
    if decision.requirements:
        found = [[a.to_json() for a in branch] for branch in decision.requirements]
        return f"{text} ({' or '.join(each_way(found))})"
    return text


def _unknown_names(snapshot: "Snapshot", request: Any) -> str:
    """A deny that comes of a name which the snapshot does not hold is worth a note."""
    from iam import arn as arns

    notes = []
    for text in (request.principal, request.resource):
        parsed = arns.parse(text)
        if parsed is None or parsed.service != "iam" or not snapshot.is_collected(parsed.account):
            continue
        there = {"user": snapshot.users, "role": snapshot.roles}.get(parsed.type)
        if there is not None and text not in there:
            notes.append(f"note: {text} is not in the snapshot")
    return "; ".join(notes)


def same_requirements(wanted: Sequence[Any], found: Sequence[Sequence[Any]]) -> bool:
    """Whether the ways in are exactly these; order is free, and what is left out is not compared.

    ``negated`` left out means false.
    """
    return _paired(
        list(wanted),
        list(found),
        lambda branch, atoms: _paired(list(_branch(branch)), list(atoms), _same_atom),
    )


def _branch(branch: Any) -> list[Any]:
    return branch if isinstance(branch, list) else [branch]


def _same_atom(wanted: Any, found: Any) -> bool:
    if not isinstance(wanted, dict):
        raise UsageError("a requirement is a mapping with key, operator, values, negated, kind")
    if bool(wanted.get("negated", False)) != found.negated:
        return False
    for name in ("key", "operator"):
        if name in wanted and str(wanted[name]).casefold() != getattr(found, name).casefold():
            return False
    for name in ("kind", "likelihood", "statement"):
        if wanted.get(name) and str(wanted[name]) != getattr(found, name):
            return False
    return "values" not in wanted or sorted(_texts(wanted["values"])) == sorted(found.values)


def _paired(wanted: list[Any], found: list[Any], same: Callable[[Any, Any], bool]) -> bool:
    """Whether each of one list has a partner of its own in the other, none left over."""
    if len(wanted) != len(found):
        return False
    partners = [[n for n, item in enumerate(found) if same(want, item)] for want in wanted]
    taken: dict[int, int] = {}

    def place(number: int, seen: set[int]) -> bool:
        for n in partners[number]:
            if n not in seen:
                seen.add(n)
                if n not in taken or place(taken[n], seen):
                    taken[n] = number
                    return True
        return False

    return all(place(number, set()) for number in range(len(wanted)))


# --- lists --------------------------------------------------------------------------------------


def _compare(
    what: str, expected: Sequence[Any], got: Sequence[Any], match: str, show: Callable[[Any], str]
) -> list[str]:
    """What is missing and, under ``exact``, what is there beyond it."""
    wanted, found = {show(e) for e in expected}, {show(g) for g in got}
    problems = []
    if missing := sorted(wanted - found):
        problems.append(f"{what} missing: {_short_list(missing)}")
    if match == "exact" and (extra := sorted(found - wanted)):
        problems.append(f"{what} not expected: {_short_list(extra)}")
    return problems


def _short_list(items: Sequence[str], most: int = 10) -> str:
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more


def _short(value: Any, most: int = 2000) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else f"{text[:most]}…"


def _who_can(
    answers: "Answers", body: Mapping[str, Any], given: Mapping[str, Any]
) -> tuple[Any, str]:
    question = body["who_can"]
    expected = body["expect"]
    if not isinstance(expected, dict) or set(expected) - {"allow", "conditional"}:
        raise UsageError("`expect` of who_can is {allow: […], conditional: […]}")
    among = [*_texts(question.get("among") or []), *_texts(body.get("among") or [])]
    found = answers.who_can(
        str(question["resource"]),
        action=str(question.get("action") or "sts:AssumeRole"),
        among=among,
        **given,
    )
    match = body.get("match", "exact")
    wanted_allow = _texts(_list(expected.get("allow") or [], "allow"))
    wanted_conditional = _list(expected.get("conditional") or [], "conditional")
    plain = not any(isinstance(item, dict) for item in wanted_conditional)
    got = {
        "allow": found["allow"],
        "conditional": (
            [item["principal"] for item in found["conditional"]] if plain else found["conditional"]
        ),
    }
    problems = _compare("allow", wanted_allow, found["allow"], match, str)
    problems += _compare(
        "conditional", wanted_conditional, found["conditional"], match, _principal_of
    )
    by_principal = {item["principal"]: item["requirements"] for item in found["conditional"]}
    for item in wanted_conditional:
        if not isinstance(item, dict) or "requirements" not in item:
            continue
        branches = by_principal.get(_principal_of(item))
        if branches is not None and not _same_as_json(item["requirements"], branches):
            problems.append(f"requirements of {_principal_of(item)} are {_short(branches)}")
    return _verdict(got, problems)


def _principal_of(item: Any) -> str:
    if isinstance(item, dict):
        if set(item) - {"principal", "requirements"} or "principal" not in item:
            raise UsageError("a conditional entry is a key, or {principal: …, requirements: …}")
        return str(item["principal"])
    return str(item)


def _same_as_json(wanted: Any, branches: Sequence[Sequence[dict[str, Any]]]) -> bool:
    from iam.decision import Atom

    atoms = [[Atom.from_json(atom) for atom in branch] for branch in branches]
    return same_requirements(_list(wanted, "requirements"), atoms)


def _paths(
    answers: "Answers", body: Mapping[str, Any], given: Mapping[str, Any]
) -> tuple[Any, str]:
    from app.answers import MAX_HOPS, chain_nodes

    question = body["paths"]
    expected = [_texts(chain) for chain in _list(body["expect"], "expect")]
    found = answers.paths(
        str(question["from"]),
        str(question["to"]),
        max_hops=_number(question.get("max_hops"), "max_hops", MAX_HOPS),
        limit=_MOST_CHAINS,
        via=str(question.get("via") or "assume"),
    )
    if found["truncated"] and body.get("match", "exact") == "exact":
        raise UsageError("there are more chains than can be compared; use `match: contains`")
    got: list[list[str]] = []
    for path in found["paths"]:
        nodes = chain_nodes(path)
        if nodes not in got:
            got.append(nodes)
    return _verdict(got, _compare("chains", expected, got, body.get("match", "exact"), " → ".join))


def _becomes(
    answers: "Answers", body: Mapping[str, Any], given: Mapping[str, Any]
) -> tuple[Any, str]:
    from app.answers import MAX_HOPS

    question = body["becomes"]
    if str(question.get("via") or "assume") != "assume":
        answers.paths(str(question["from"]), str(question["to"]), via=str(question["via"]))
    hops = _number(question.get("max_hops"), "max_hops", MAX_HOPS)
    if question["from"] == "*":
        expected = _texts(_list(body["expect"], "expect"))
        got = answers.who_becomes(str(question["to"]), max_hops=hops)
        match = body.get("match", "exact")
        return _verdict(got, _compare("principals", expected, got, match, str))
    if body["expect"] not in VERDICTS:
        raise UsageError("`expect` is allow, conditional or deny")
    verdict = answers.becomes(str(question["from"]), str(question["to"]), max_hops=hops)
    if verdict == body["expect"]:
        return _verdict(verdict, [])
    return _verdict(verdict, [f"expected {body['expect']}, got {verdict}"])


def _blockers(
    answers: "Answers", body: Mapping[str, Any], given: Mapping[str, Any]
) -> tuple[Any, str]:
    question = body["blockers"]
    operator = str(question.get("as") or body.get("as") or "")
    found = answers.blockers(str(question.get("role") or question.get("entity")), operator)
    hard, soft = ([f"{b['kind']}:{b['id']}" for b in found[side]] for side in ("hard", "soft"))
    expected, match = body["expect"], body.get("match", "exact")
    if isinstance(expected, dict):
        if set(expected) - {"hard", "soft"}:
            raise UsageError("`expect` of blockers is a list, or {hard: […], soft: […]}")
        got: Any = {"hard": hard, "soft": soft}
        problems = [
            problem
            for side, there in (("hard", hard), ("soft", soft))
            for problem in _compare(
                side, _texts(_list(expected.get(side) or [], side)), there, match, str
            )
        ]
    else:
        got = hard
        problems = _compare("blockers", _texts(_list(expected, "expect")), hard, match, str)
    return _verdict(got, problems)


_Ask = Callable[["Answers", Mapping[str, Any], Mapping[str, Any]], tuple[Any, str]]
_ASK: dict[str, _Ask] = {
    "decision": _decision,
    "who_can": _who_can,
    "paths": _paths,
    "becomes": _becomes,
    "blockers": _blockers,
}


def run(paths: Iterable[Path], *, otherwise: "Callable[[], Answers] | None" = None) -> TestReport:
    """Read and run case files.

    Args:
        paths: Files, or folders of files.
        otherwise: Gives the answers for cases without ``given``.
    """
    return TestReport(tuple(Runner(otherwise).run(load(paths))))
