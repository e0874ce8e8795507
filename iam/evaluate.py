"""A condition block becomes a formula: true, false, or what the request must still bring.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from iam.conditions import binary, date, ip, numeric, operators
from iam.conditions.operators import Operator
from iam.decision import Atom
from iam.formula import Formula, conj, disj, neg
from iam.keys import (
    MFA,
    ByCase,
    Known,
    OneOf,
    Open,
    SessionId,
    State,
    ambiguous,
    canonical,
    is_multivalued,
    state,
    time_text,
)
from iam.match import glob
from iam.policy import Condition
from iam.scene import Scene

_MOST_VALUES = 3
_ANY_ARN = "*:*:*:*:*:*"
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_WITH_DEFAULT = re.compile(r"^\s*([^,']+?)\s*,\s*'(.*)'\s*$")


def block(
    scene: Scene, conditions: tuple[Condition, ...], variables: bool, statement: str, allow: bool
) -> Formula:
    """All conditions of a statement together (B-1); a key under two operators meets both (B-11)."""
    if not conditions:
        return True
    scene.note("B-1")
    return conj(*(_condition(scene, c, variables, statement, allow) for c in conditions))


def failures(
    scene: Scene, conditions: tuple[Condition, ...], variables: bool, statement: str
) -> list[str]:
    """The conditions that cannot hold, in words: what each wants, and what the request has."""
    return [
        _failure(scene, cond)
        for cond in conditions
        if _condition(scene, cond, variables, statement, allow=False) is False
    ]


def _failure(scene: Scene, cond: Condition) -> str:
    shown = [*cond.values[:_MOST_VALUES]]
    if len(cond.values) > _MOST_VALUES:
        shown.append(f"{len(cond.values) - _MOST_VALUES} more")
    wants = f"{cond.key} fails {cond.operator} {' or '.join(shown) or 'of no value'}"
    found = state(scene, canonical(cond.key))
    if isinstance(found, Open) and found.kind == "TIME" and scene.clock is not None:
        return f"{wants}: expired, for the snapshot is of {date.text(scene.clock)}"
    if not isinstance(found, Known):
        return wants
    return f"{wants}: it is {' and '.join(found.values) if found.values else 'absent'}"


def _condition(
    scene: Scene, cond: Condition, variables: bool, statement: str, allow: bool
) -> Formula:
    op = operators.parse(cond.operator)
    if op is None:
        scene.note("B-2")
        scene.findings.add("BAD_OPERATOR")
        return Atom(cond.key, cond.operator, cond.values, kind="UNKNOWN_KEY", statement=statement)
    key = canonical(cond.key)
    if op.set_prefix == "ForAllValues" and allow:
        scene.note("B-9")
        scene.findings.add("FORALLVALUES_ALLOW")
    if op.if_exists:
        scene.note("B-6")
    if op.set_prefix:
        scene.note("B-8")
    found = state(scene, key)
    if op.is_null:
        scene.note("B-7")
        return disj(*(_null(found, key, v.lower() == "true", statement) for v in cond.values))
    wanted, opened = _operands(scene, op, cond.values, variables)
    if opened is not None and isinstance(found, Known) and len(found.values) == 1:
        swapped = _swap(scene, op, opened, wanted, found, statement)
        if swapped is not None:
            return swapped
    return _test(scene, op, key, found, wanted, statement)


def _swap(
    scene: Scene, op: Operator, opened: str, wanted: tuple[str, ...], found: Known, statement: str
) -> Formula | None:
    """A known value against a variable that is open: the demand is on the variable's own key."""
    if op.set_prefix or op.base not in ("StringEquals", "StringLike"):
        return None
    rest = tuple(w for w in wanted if w != "${" + opened + "}")
    met = any(operators.holds(op.base, found.values[0], w) for w in rest)
    hit = True if met else stands_for(scene, opened, found.values[0], statement)
    return neg(hit) if op.negated else hit


def stands_for(scene: Scene, opened: str, value: str, statement: str) -> Formula:
    """What makes an open variable be a value: its key holds it, or has it by default (A-44)."""
    default = _WITH_DEFAULT.match(opened)
    name = canonical(default.group(1) if default else opened.strip())
    held = state(scene, name)
    if not isinstance(held, Open):
        return False

    def atom(operator: str, wanted: str) -> Atom:
        return Atom(
            name,
            operator,
            (wanted,),
            kind=held.kind,
            likelihood=held.likelihood,
            statement=statement,
        )

    by_default = default is not None and default.group(2) == value and not held.always
    is_it = atom("StringEquals", value)
    return disj(is_it, atom("Null", "true")) if by_default else is_it


# --- operands and variables (A.6) -------------------------------------------------------------


def _operands(
    scene: Scene, op: Operator, values: tuple[str, ...], variables: bool
) -> tuple[tuple[str, ...], str | None]:
    """Wanted patterns with variables filled in; unresolvable ones are left out (A-45).

    Second: a variable that is open, without its braces, when one value is exactly that variable.
    """
    found: list[str] = []
    whole: str | None = None
    for value in values:
        if op.variables and "${" in value and variables:
            scene.note("A-44")
            filled, opened = substitute(scene, value, op.wildcards)
            if filled is None:
                scene.note("A-45")
                continue
            found.append(filled)
            if opened is not None and value == "${" + opened + "}":
                whole = opened
        else:
            if op.variables and "${" in value:
                scene.note("A-4")
            found.append(glob.pattern(value) if op.wildcards else value)
    return tuple(found), whole


def substitute(scene: Scene, text: str, wildcards: bool) -> tuple[str | None, str | None]:
    """Fill in ``${key}`` and ``${key, 'default'}``; None when one cannot be resolved (A-44, A-45).

    What a variable brings is literal (A-46). Second: a variable whose value is open, without its
    braces; it stays in the text as written.
    """
    pieces: list[str] = []
    at = 0
    opened: str | None = None
    for found in _VARIABLE.finditer(text):
        before = text[at : found.start()]
        pieces.append(glob.pattern(before) if wildcards else before)
        at = found.end()
        inner = found.group(1)
        if inner in ("*", "?", "$"):
            pieces.append(inner)
            continue
        default = _WITH_DEFAULT.match(inner)
        name = default.group(1) if default else inner.strip()
        held = state(scene, canonical(name))
        if is_multivalued(name):
            return None, None
        if isinstance(held, OneOf):
            held = Known(held.options[0])
        if isinstance(held, Known) and held.values:
            pieces.append(held.values[0])
        elif default is not None and isinstance(held, Known):
            pieces.append(default.group(2))
        elif isinstance(held, Known):
            return None, None
        elif isinstance(held, Open):
            opened = inner
            pieces.append(found.group(0))
        else:
            return None, None
    rest = text[at:]
    pieces.append(glob.pattern(rest) if wildcards else rest)
    return "".join(pieces), opened


# --- one condition against a key's state --------------------------------------------------------


def _null(found: State, key: str, absent: bool, statement: str) -> Formula:
    """``Null``: B-7."""
    formula: Formula
    if isinstance(found, Known):
        formula = not found.values
    elif isinstance(found, OneOf):
        formula = _by_options(found, lambda values: not values)
    elif isinstance(found, ByCase):
        formula = _stated(found.build(lambda values: not values), statement)
    elif isinstance(found, SessionId) or (isinstance(found, Open) and found.always):
        formula = False
    else:
        formula = Atom(
            key,
            "Null",
            ("true",),
            kind=found.kind,
            likelihood=found.likelihood,
            statement=statement,
        )
    return formula if absent else neg(formula)


def _by_options(found: OneOf, test: Callable[[tuple[str, ...]], bool]) -> Formula:
    answers = {test(values) for values in found.options}
    if len(answers) == 1:
        return answers.pop()
    return ambiguous(found.ambiguity) if found.ambiguity else True


def _stated(formula: Formula, statement: str) -> Formula:
    """The formula with the statement that asked for it on its one atom."""
    return replace(formula, statement=statement) if isinstance(formula, Atom) else formula


class _Truth:
    """A truth test over the values a key may hold."""

    def __init__(self, op: Operator, wanted: tuple[str, ...]) -> None:
        self.op = op
        self.wanted = wanted

    def __call__(self, values: tuple[str, ...]) -> bool:
        return _decide(self.op, values, self.wanted)


def _decide(op: Operator, values: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """B-1, B-5, B-6 and B-8 on values that are known."""

    def one(value: str) -> bool:
        return any(operators.holds(op.base, value, w) for w in wanted) != op.negated

    if op.set_prefix == "ForAllValues":
        return all(one(v) for v in values)
    if op.set_prefix == "ForAnyValue":
        return any(one(v) for v in values) if values else op.if_exists
    if not values:
        return op.if_exists or op.negated
    return any(one(v) for v in values)


def compare(operator: str, values: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Whether known values satisfy a requirement's operator; an unknown one is not satisfied."""
    op = operators.parse(operator)
    if op is None:
        return False
    if op.is_null:
        return (not values) == (wanted[:1] == ("true",))
    patterns = tuple(glob.pattern(w) for w in wanted) if op.wildcards else wanted
    return _decide(op, values, patterns)


def _test(
    scene: Scene, op: Operator, key: str, found: State, wanted: tuple[str, ...], statement: str
) -> Formula:
    multivalued = is_multivalued(key)
    if op.base == "ArnLike":
        scene.note("B-13")
        short = _lone_star(scene, op, found, wanted)
        if short is not None:
            return short
    if isinstance(found, Known):
        return _known(scene, op, found, wanted, multivalued)
    if isinstance(found, ByCase):
        scene.note("B-6" if op.if_exists else "B-5")
        if key == MFA:
            scene.note("B-15")
    if isinstance(found, OneOf | ByCase):
        return _in_cases(op, found, wanted, statement)
    if isinstance(found, SessionId):
        return _session_id(op, found, wanted, statement)
    return _open(scene, op, key, found, wanted, statement, multivalued)


def _in_cases(op: Operator, found: OneOf | ByCase, wanted: tuple[str, ...], text: str) -> Formula:
    """Of the cases that a key may be in, those where the condition is met."""

    def met(op: Operator) -> Formula:
        truth = _Truth(op, wanted)
        if isinstance(found, OneOf):
            return _by_options(found, truth)
        return _stated(found.build(truth), text)

    if op.set_prefix != "ForAnyValue" or not op.if_exists:
        return met(op)
    # Whether it is met in those cases where the key is missing depends on how AWS is read.
    present, read_so = met(replace(op, if_exists=False)), met(op)
    return present if present == read_so else disj(present, conj(read_so, ambiguous("I-9")))


def _lone_star(scene: Scene, op: Operator, found: State, wanted: tuple[str, ...]) -> Formula | None:
    """I-13: a lone star against an ARN operator matches any ARN, or so we read it."""
    if glob.STAR not in wanted or not isinstance(found, Known) or not found.values:
        return None
    scene.note("B-12")
    rest = tuple(w for w in wanted if w != glob.STAR)
    literal = _decide(op, found.values, rest)
    as_arn = _decide(op, found.values, (*rest, glob.pattern(_ANY_ARN)))
    return literal if literal == as_arn else ambiguous("I-13")


def _known(
    scene: Scene, op: Operator, found: Known, wanted: tuple[str, ...], multivalued: bool
) -> Formula:
    if not found.values:
        scene.note("B-5")
    if multivalued and not op.set_prefix and found.values:
        scene.note("B-10")
        return ambiguous("I-9") if _decide(op, found.values, wanted) else False
    if op.set_prefix == "ForAnyValue" and op.if_exists and not found.values:
        return ambiguous("I-9")
    return _decide(op, found.values, wanted)


def _session_id(op: Operator, found: SessionId, wanted: tuple[str, ...], statement: str) -> Formula:
    """B-16: the id part of ``aws:userid`` is known, the session name is not."""
    ways: list[Formula] = []
    for pat in wanted:
        if op.base in ("StringLike", "StringEquals"):
            left, colon, right = pat.partition(":")
            if not colon:
                ways.append(
                    _any_session(found, pat, statement) if op.base == "StringLike" else False
                )
                continue
            if not glob.matches(left, found.unique_id):
                ways.append(False)
            elif right == glob.STAR and op.base == "StringLike":
                ways.append(True)
            else:
                ways.append(
                    Atom(
                        "session:name",
                        op.base,
                        (glob.show(right),),
                        kind="SESSION_STATE",
                        statement=statement,
                    )
                )
        else:
            ways.append(
                Atom(
                    "aws:userid",
                    op.base,
                    (glob.show(pat),),
                    kind="SESSION_STATE",
                    statement=statement,
                )
            )
    formula = disj(*ways)
    return neg(formula) if op.negated else formula


def _any_session(found: SessionId, pat: str, statement: str) -> Formula:
    """A pattern without a colon: it takes every session of the role, none, or those of a name."""
    head, star, _ = pat.partition(glob.STAR)
    whole = found.unique_id + ":x"
    if not star or not glob.matches(head[: len(found.unique_id)] + glob.STAR, whole):
        return False
    if pat.endswith(glob.STAR) and glob.matches(pat, whole):
        return True
    return Atom(
        "aws:userid", "StringLike", (glob.show(pat),), kind="SESSION_STATE", statement=statement
    )


def _open(
    scene: Scene,
    op: Operator,
    key: str,
    found: Open,
    wanted: tuple[str, ...],
    statement: str,
    multivalued: bool,
) -> Formula:
    shown = [glob.show(w) for w in wanted]
    if found.possible is not None:
        shown = [w for w in shown if found.possible(op.base, w)]
    if op.base == "Bool":
        shown = [w.lower() for w in shown]
    if found.kind == "TIME" and scene.clock is not None and key.lower() != "aws:tokenissuetime":
        return _time(scene, op, key, found, shown, statement)
    if op.base.startswith("Date"):
        shown = [time_text(w) for w in shown]
    shown = [w for w in shown if _parses(op, w)]
    values = tuple(sorted(set(shown)))
    likelihood = found.likelihood
    if (
        found.kind == "IDP_CLAIM"
        and op.base == "StringEquals"
        and not op.negated
        and values
        and all("*" in v for v in values)
    ):
        # B-20: a literal star in a claim is practically nobody.
        likelihood = "unlikely"
        scene.findings.add("WILDCARD_IN_CLAIM")

    def atom(operator: str, held: tuple[str, ...]) -> Atom:
        return Atom(
            key, operator, held, kind=found.kind, likelihood=likelihood, statement=statement
        )

    absent: Formula = False if found.always else atom("Null", ("true",))
    if multivalued and op.set_prefix:
        return _open_set(op, atom, absent, values)
    positive: Formula = atom(op.base, values) if values else False
    if op.base == "IpAddress" and values and ip.everything(values):
        scene.note("B-27")
        positive = neg(absent)
    if op.set_prefix == "ForAllValues":
        return neg(positive) if op.negated else disj(positive, absent)
    if op.set_prefix == "ForAnyValue":
        present = conj(neg(absent), neg(positive)) if op.negated else positive
        return disj(present, conj(absent, ambiguous("I-9"))) if op.if_exists else present
    if multivalued:
        scene.note("B-10")
        if op.negated:
            # Between "any value differs" and "none matches": some value must differ in both.
            each = atom("ForAllValues:" + op.base, values)
            return disj(absent, conj(ambiguous("I-9"), neg(each)))
        positive = conj(positive, ambiguous("I-9"))
    if op.negated:
        return neg(positive)
    return disj(positive, absent) if op.if_exists else positive


def _open_set(
    op: Operator,
    atom: Callable[[str, tuple[str, ...]], Atom],
    absent: Formula,
    values: tuple[str, ...],
) -> Formula:
    """Set operators on a key of many values, brought to two forms by negation (B-8)."""
    if op.set_prefix == "ForAnyValue":
        found: Formula
        if op.negated:
            found = neg(atom("ForAllValues:" + op.base, values))
        else:
            found = atom("ForAnyValue:" + op.base, values) if values else False
        return disj(found, conj(absent, ambiguous("I-9"))) if op.if_exists else found
    if op.negated:
        return neg(atom("ForAnyValue:" + op.base, values))
    held: Formula = atom("ForAllValues:" + op.base, values)
    return held


def _parses(op: Operator, value: str) -> bool:
    """B-14: an operand that cannot be read satisfies nothing."""
    if op.base.startswith("Numeric"):
        return numeric.number(value) is not None
    if op.base.startswith("Date"):
        return date.instant(value) is not None
    if op.base == "IpAddress":
        return ip.network(value) is not None
    if op.base == "Bool":
        return value in ("true", "false")
    if op.base == "BinaryEquals":
        return binary.equals(value, value)
    if op.base == "ArnLike":
        return value.count(":") >= 5 or value == "*"
    return True


def _time(
    scene: Scene, op: Operator, key: str, found: Open, wanted: list[str], statement: str
) -> Formula:
    """B-26: past windows are false, windows open for ever are true, the rest is a requirement."""
    clock = scene.clock
    if clock is None:
        return True
    base = op.base.replace("Numeric", "Date")
    ways: list[Formula] = []
    for value in wanted:
        moment = date.instant(value)
        ways.append(
            False if moment is None else _window(scene, op, base, clock, moment, key, statement)
        )
    formula = disj(*ways)
    return neg(formula) if op.negated else formula


def _window(
    scene: Scene,
    op: Operator,
    base: str,
    clock: datetime,
    moment: datetime,
    key: str,
    statement: str,
) -> Formula:
    if base in ("DateLessThan", "DateLessThanEquals", "DateEquals"):
        over = clock > moment or (clock == moment and base == "DateLessThan")
        if over:
            if not op.negated:  # that a moment is over is what DateNotEquals waits for
                scene.findings.add("EXPIRED_CONDITION")
            return False
    elif base in ("DateGreaterThan", "DateGreaterThanEquals"):
        if clock > moment or (clock == moment and base == "DateGreaterThanEquals"):
            return True
    else:
        return False
    return Atom(key, base, (date.text(moment),), kind="TIME", statement=statement)
