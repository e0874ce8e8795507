"""What is not known travels as a formula over atoms and ends as a minimal list of ways in.

A formula is ``True``, ``False``, an ``Atom``, or ``All``/``Any`` over formulas. Negation is pushed
to the atoms. Two kinds of atom stand for *the favourable outcome of something we cannot know*
(``DATA_MISSING`` facts and ``AMBIGUOUS`` readings): turned round they stay what they are, so that a
Deny that hangs on one is kept as a requirement and never dropped (V-4).

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from iam.conditions import date, ip, numeric, operators
from iam.decision import Atom, Requirements
from iam.match import glob

_MOST_BRANCHES = 512
FAVOURABLE = ("Read", "Reading")


@dataclass(frozen=True, slots=True)
class All:
    """Every one of these."""

    parts: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of these."""

    parts: tuple["Formula", ...]


Formula = bool | Atom | All | Any


def conj(*parts: Formula) -> Formula:
    """All of the parts."""
    kept: list[Formula] = []
    for part in parts:
        if part is False:
            return False
        if part is True:
            continue
        if isinstance(part, All):
            kept.extend(part.parts)
        else:
            kept.append(part)
    if not kept:
        return True
    return kept[0] if len(kept) == 1 else All(tuple(kept))


def disj(*parts: Formula) -> Formula:
    """Any of the parts."""
    kept: list[Formula] = []
    for part in parts:
        if part is True:
            return True
        if part is False:
            continue
        if isinstance(part, Any):
            kept.extend(part.parts)
        else:
            kept.append(part)
    if not kept:
        return False
    return kept[0] if len(kept) == 1 else Any(tuple(kept))


def neg(formula: Formula) -> Formula:
    """The opposite, with negation at the atoms; favourable outcomes stay (V-4)."""
    if isinstance(formula, bool):
        return not formula
    if isinstance(formula, Atom):
        return formula if formula.operator in FAVOURABLE else formula.negate()
    if isinstance(formula, All):
        return disj(*(neg(p) for p in formula.parts))
    return conj(*(neg(p) for p in formula.parts))


def atoms(formula: Formula) -> Iterable[Atom]:
    """Every atom of a formula."""
    if isinstance(formula, Atom):
        yield formula
    elif isinstance(formula, All | Any):
        for part in formula.parts:
            yield from atoms(part)


Branch = frozenset[Atom]
_NOTHING: Branch = frozenset()


def branches(formula: Formula) -> list[Branch]:
    """The ways to satisfy a formula: each a set of atoms without a contradiction (V-5)."""
    if formula is True:
        return [_NOTHING]
    if formula is False:
        return []
    if isinstance(formula, Atom):
        return _kept([frozenset((formula,))])
    if isinstance(formula, Any):
        return _absorb(_kept([b for part in formula.parts for b in branches(part)]))
    if isinstance(formula, bool):
        return []
    found: list[Branch] = [frozenset()]
    for part in sorted(formula.parts, key=_width):
        inner = branches(part)
        found = _absorb(_kept([a | b for a in found for b in inner]))
        if not found:
            break
        # Past this many ways the shortest are kept: the verdict stays conditional either way.
        found = sorted(found, key=_order)[:_MOST_BRANCHES]
    return found


def _width(formula: Formula) -> int:
    return len(formula.parts) if isinstance(formula, Any) else 1


def _order(branch: Branch) -> tuple[bool, int, list[tuple[object, ...]]]:
    ordered = sorted(_rank(a) for a in branch)
    return (any(a.likelihood == "unlikely" for a in branch), len(branch), ordered)


def _rank(atom: Atom) -> tuple[object, ...]:
    return (atom.key, atom.operator, atom.values, atom.negated, atom.kind, atom.statement)


def _kept(found: Iterable[Branch]) -> list[Branch]:
    kept: dict[Branch, None] = {}
    for branch in found:
        merged = consistent(branch)
        if merged is not None:
            kept.setdefault(merged, None)
    return list(kept)


def _bare(branch: Branch) -> frozenset[Atom]:
    """Atoms without where they stand, so that equal demands of two statements are one."""
    return frozenset(map(_unplaced, branch))


def _unplaced(atom: Atom) -> Atom:
    """An atom without its statement, and without the case that this writes its key in (B-3)."""
    return replace(atom, key=atom.key.lower(), statement="")


def _absorb(found: list[Branch]) -> list[Branch]:
    if len(found) < 2:
        return found
    pairs = sorted(((_bare(b), b) for b in found), key=lambda p: (len(p[0]), _order(p[1])))
    kept: list[tuple[frozenset[Atom], Branch]] = []
    for bare, branch in pairs:
        if not any(other <= bare for other, _ in kept):
            kept.append((bare, branch))
    return [branch for _, branch in kept]


def minimal(found: Sequence[Branch], defaults: Callable[[Atom], bool | None]) -> tuple[Branch, ...]:
    """Fewest and shortest branches: free defaults dropped, opposites merged, shortest first (V-3).

    Args:
        found: Consistent branches.
        defaults: Whether an atom holds when the caller does nothing about its key; None when the
            key has no such default.
    """
    if any(not branch for branch in found):
        return (_NOTHING,)  # a way that asks for nothing is shorter than every other
    reduced = [_without_free(b, defaults) for b in found]
    current = _absorb(_kept(reduced))
    changed = True
    while changed and 1 < len(current) <= 64:
        changed = False
        bare = [_bare(b) for b in current]
        for number, branch in enumerate(current):
            for atom in branch:
                if atom.operator in FAVOURABLE:
                    continue
                opposite = _unplaced(atom.negate())
                rest = _bare(branch - {atom})
                if any(other <= rest | {opposite} for at, other in enumerate(bare) if at != number):
                    current = _absorb([*current[:number], branch - {atom}, *current[number + 1 :]])
                    changed = True
                    break
            if changed:
                break
    return tuple(sorted(_without_implied(current), key=_order))


def _without_implied(found: list[Branch]) -> list[Branch]:
    """Leave out a way that already meets all that another way asks for (V-3)."""
    if not 1 < len(found) <= 64:
        return found
    kept = list(found)
    for branch in sorted(found, key=_order, reverse=True):
        rest = [b for b in kept if b is not branch]
        if any(all(_implies(branch, atom) for atom in other) for other in rest):
            kept = rest
    return kept


def _implies(branch: Branch, atom: Atom) -> bool:
    bare = _unplaced(atom)
    for own in branch:
        if _unplaced(own) == bare or _is_stricter(own, atom):
            return True
        if (
            own.key.lower() == atom.key.lower()
            and own.operator in _EXACT
            and not own.negated
            and own.kind == atom.kind
            and own.kind != "UNKNOWN_KEY"
            and (operators.parse(atom.operator) or atom.operator == "Null")
            and all(_accepts(atom, v) for v in own.values)
        ):
            return True
    return False


def _is_stricter(own: Atom, atom: Atom) -> bool:
    """Whether one demand on a key takes fewer of the same values, or forbids more of them."""
    if (own.key.lower(), own.operator, own.negated, own.kind) != (
        atom.key.lower(),
        atom.operator,
        atom.negated,
        atom.kind,
    ) or own.operator in FAVOURABLE:
        return False
    fewer, more = (atom, own) if own.negated else (own, atom)
    return set(fewer.values) <= set(more.values)


def shortest(found: Sequence[Branch]) -> tuple[Branch, ...]:
    """Branches that no shorter one covers; demands of different calls are not mixed."""
    return tuple(sorted(_absorb(list(dict.fromkeys(found))), key=_order))


def _without_free(branch: Branch, defaults: Callable[[Atom], bool | None]) -> Branch:
    by_key: dict[str, list[tuple[Atom, bool | None]]] = {}
    for atom in branch:
        by_key.setdefault(atom.key.lower(), []).append((atom, defaults(atom)))
    kept: set[Atom] = set()
    for group in by_key.values():
        if not all(free is True for _, free in group):
            kept.update(atom for atom, _ in group)
    return frozenset(kept)


def to_requirements(found: Sequence[Branch]) -> Requirements:
    """Branches as the public, ordered form; one empty branch means that nothing is required."""
    if any(not b for b in found):
        return ()
    return tuple(tuple(sorted(b, key=_rank)) for b in found)


# --- contradictions -------------------------------------------------------------------------

# Keys whose values a caller may choose only from an alphabet (B-17); longest and shortest lengths.
_ALPHABETS = {
    "sts:externalid": re.compile(r"[\w+=,.@:/-]{1,1224}", re.ASCII),
    "sts:rolesessionname": re.compile(r"[\w+=,.@-]{2,64}", re.ASCII),
    "session:name": re.compile(r"[\w+=,.@-]{2,64}", re.ASCII),
    "sts:sourceidentity": re.compile(r"[\w+=,.@-]{2,64}", re.ASCII),
    "aws:sourceidentity": re.compile(r"[\w+=,.@-]{2,64}", re.ASCII),
}
_EXACT = ("StringEquals", "Bool")
_WHOLE = ("StringEquals", "StringEqualsIgnoreCase")
_FINITE_BOOL = ("true", "false")


@lru_cache(maxsize=4096)
def consistent(branch: Branch) -> Branch | None:
    """The branch with the demands on each key merged; None when they contradict (V-5).

    Emptiness is claimed only where it is proved: a demand that cannot be compared stays.
    """
    by_key: dict[str, list[Atom]] = {}
    for atom in branch:
        if atom.operator not in FAVOURABLE:
            by_key.setdefault(atom.key.lower(), []).append(atom)
    result: set[Atom] | None = None
    for key, group in by_key.items():
        if len(group) == 1 and group[0].operator not in _EXACT and key not in _ALPHABETS:
            continue
        merged = _merge(key, group)
        if merged is None:
            return None
        if merged is not group:
            if result is None:
                result = set(branch)
            result.difference_update(group)
            result.update(merged)
    return branch if result is None else frozenset(result)


def _merge(key: str, group: list[Atom]) -> list[Atom] | None:
    group = _without_unsayable(key, _once(group))
    for number, atom in enumerate(group):
        for other in group[number + 1 :]:
            if atom.operator == other.operator and atom.negated != other.negated:
                wanted, barred = (other, atom) if atom.negated else (atom, other)
                # Values are alternatives: what meets a few of them meets any longer list.
                if set(wanted.values) <= set(barred.values):
                    return None
    absent = [a for a in group if a.operator == "Null" and not a.negated]
    present = [a for a in group if demands_presence(a)]
    if absent and present:
        return None
    if any(a.kind == "UNKNOWN_KEY" for a in group):
        # A key of nobody's catalogue may hold several values: two demands need not meet in one.
        return None if _beyond_all_bounds(group) else group
    candidates = _candidates(key, group)
    if candidates is not None:
        base, left = candidates
        left = tuple(v for v in left if all(_accepts(a, v) for a in group))
        if not left:
            return None
        if len(group) == 1 and left == base.values:
            return group
        return [replace(base, values=left)]
    empties = (_empty_spelling, _empty_points, _empty_interval, _empty_network, _empty_set)
    if any(empty(group) for empty in empties):
        return None
    return None if _alphabet_excludes(key, group) else group


def _once(group: list[Atom]) -> list[Atom]:
    """What two statements demand alike is demanded once."""
    kept: dict[Atom, Atom] = {}
    for atom in sorted(group, key=_rank):
        kept.setdefault(_unplaced(atom), atom)
    return group if len(kept) == len(group) else list(kept.values())


def _without_unsayable(key: str, group: list[Atom]) -> list[Atom]:
    """Leave out what forbids a value that nobody can pass (B-17)."""
    alphabet = _ALPHABETS.get(key)
    if alphabet is None or not any(a.negated and a.operator in _WHOLE for a in group):
        return group
    kept: list[Atom] = []
    for atom in group:
        if not atom.negated or atom.operator not in _WHOLE:
            kept.append(atom)
            continue
        values = tuple(v for v in atom.values if alphabet.fullmatch(v))
        if values:
            kept.append(atom if values == atom.values else replace(atom, values=values))
    return group if kept == group else kept


def demands_presence(atom: Atom) -> bool:
    """Whether an atom can hold only when its key is in the request (B-5, B-7, B-8)."""
    if atom.operator == "Null":
        return atom.negated
    if atom.operator.startswith("ForAllValues:"):
        return atom.negated
    # Of an operator that AWS does not have nobody knows what it makes of an absent key (B-2).
    return not atom.negated and operators.parse(atom.operator) is not None


def _candidates(key: str, group: list[Atom]) -> tuple[Atom, tuple[str, ...]] | None:
    """The finite values that a positive exact demand leaves, before the other demands."""
    exact = [a for a in group if is_exact(a) and not a.negated]
    if not exact:
        return None
    base = min(exact, key=lambda a: (len(a.values), _rank(a)))
    alphabet = _ALPHABETS.get(key)
    values = tuple(v for v in base.values if alphabet is None or alphabet.fullmatch(v))
    return base, values


def is_exact(atom: Atom) -> bool:
    """Whether an atom lists whole values: a pattern without wildcards does, too."""
    if atom.operator == "StringLike":
        return not any(c in v for v in atom.values for c in "*?")
    return atom.operator in _EXACT


def _accepts(atom: Atom, value: str) -> bool:
    """Whether a present value satisfies an atom; True where it cannot be compared."""
    if atom.operator == "Null":
        return atom.negated
    if ":" in atom.operator:
        prefix, _, base = atom.operator.partition(":")
        if prefix not in ("ForAllValues", "ForAnyValue") or base.startswith("Not"):
            return True
        # One value is a one-element set (B-10).
        found = any(operators.holds(base, value, _wanted(base, w)) for w in atom.values)
        return found != atom.negated
    if operators.parse(atom.operator) is None or atom.kind == "UNKNOWN_KEY":
        return True
    found = any(
        operators.holds(atom.operator, value, _wanted(atom.operator, w)) for w in atom.values
    )
    return found != atom.negated


def _wanted(base: str, value: str) -> str:
    return glob.pattern(value) if base in ("StringLike", "ArnLike") else value


def _empty_spelling(group: list[Atom]) -> bool:
    """Whether no spelling of a value that is wanted in any case meets the other demands."""
    return any(
        not any(all(_accepts_spelling(a, value) for a in group) for value in wanted.values)
        for wanted in group
        if wanted.operator == "StringEqualsIgnoreCase" and not wanted.negated
    )


def _accepts_spelling(atom: Atom, value: str) -> bool:
    """Whether a present value satisfies an atom in some case; True where nobody can tell."""
    base = atom.operator.rpartition(":")[2]
    if value.lower() == value.upper() or base in ("Null", "StringEqualsIgnoreCase"):
        return _accepts(atom, value)
    if atom.negated or base not in ("StringEquals", "StringLike") or not value.isascii():
        return True
    # Each letter may have the case that the value or pattern has in its place.
    return _accepts(replace(atom, values=tuple(v.lower() for v in atom.values)), value.lower())


def _empty_points(group: list[Atom]) -> bool:
    """Whether none of a few moments or numbers meets the other demands of its kind."""
    for kind in ("Date", "Numeric"):
        same = [a for a in group if a.operator.startswith(kind)]
        points = (a.values for a in same if a.operator == f"{kind}Equals" and not a.negated)
        if any(not any(all(_accepts(a, v) for a in same) for v in values) for values in points):
            return True
    return False


def _beyond_all_bounds(group: list[Atom]) -> bool:
    """Whether one value has to be what none may be; a bound has no form for any that differs."""
    kinds = ("Date", "Numeric")
    bounds = tuple(kind + side for kind in kinds for side in ("Less", "Greater"))
    barred = [a for a in group if a.negated and a.operator.startswith(bounds)]
    wanted = [a for a in group if not a.negated and a.operator.startswith(kinds)]
    return any(_empty_points([a, *barred]) or _empty_interval([a, *barred]) for a in wanted)


def _empty_set(group: list[Atom]) -> bool:
    """Whether no value that all may be is one that some have to be."""
    every = [a for a in group if a.operator.startswith("ForAllValues:") and not a.negated]
    listed = [a.values for a in every if _lists_values(a)]
    for atom in group:
        any_of = atom.operator.startswith("ForAnyValue:") and not atom.negated
        if not any_of and not (atom.operator.startswith("ForAllValues:") and atom.negated):
            continue
        values = listed or ([atom.values] if any_of and _lists_values(atom) else [])
        if values and not any(all(_accepts(a, v) for a in (*every, atom)) for v in values[0]):
            return True
    return False


def _lists_values(atom: Atom) -> bool:
    return is_exact(replace(atom, operator=atom.operator.partition(":")[2]))


def _alphabet_excludes(key: str, group: list[Atom]) -> bool:
    """Whether a demanded pattern fits nothing that the parameter can hold (B-17)."""
    alphabet = _ALPHABETS.get(key)
    if alphabet is None:
        return False
    for atom in group:
        if atom.negated or atom.operator not in ("StringLike", "StringEqualsIgnoreCase"):
            continue
        if atom.operator == "StringEqualsIgnoreCase":
            if not any(alphabet.fullmatch(v) for v in atom.values):
                return True
        elif not any(_sayable(alphabet, v) for v in atom.values):
            return True
    return False


def _sayable(alphabet: re.Pattern[str], pattern: str) -> bool:
    """Whether some value of an alphabet may fit a pattern; the length only counts without ``*``."""
    if "*" not in pattern:
        return alphabet.fullmatch(pattern.replace("?", "x")) is not None
    return all(c in "*?" or alphabet.fullmatch(c + c) for c in pattern)


_ALWAYS = ("aws:currenttime", "aws:epochtime")
"""Keys that no request is without (B-17)."""
_LOWER_BOUND = {"GreaterThan": False, "GreaterThanEquals": True}
_UPPER_BOUND = {"LessThan": False, "LessThanEquals": True}


def _empty_interval(group: list[Atom]) -> bool:
    for family, read in (("Numeric", numeric.number), ("Date", date.instant)):
        low = high = None
        low_closed = high_closed = True
        for atom in group:
            if not atom.operator.startswith(family) or len(atom.values) != 1:
                continue
            test = atom.operator[len(family) :]
            value = read(atom.values[0])
            if value is None:
                continue
            if atom.negated:
                # A negated bound also holds when the key is absent, so it bounds nothing alone.
                known = atom.key.lower() in _ALWAYS
                if not (known or any(demands_presence(a) for a in group if a is not atom)):
                    continue
                test = {
                    "LessThan": "GreaterThanEquals",
                    "LessThanEquals": "GreaterThan",
                    "GreaterThan": "LessThanEquals",
                    "GreaterThanEquals": "LessThan",
                }.get(test, "")
            bounds = [test] if test != "Equals" else ["LessThanEquals", "GreaterThanEquals"]
            for bound in bounds:
                if bound in _LOWER_BOUND:
                    closed = _LOWER_BOUND[bound]
                    if low is None or value > low or (value == low and not closed):  # type: ignore[operator]
                        low, low_closed = value, closed
                elif bound in _UPPER_BOUND:
                    closed = _UPPER_BOUND[bound]
                    if high is None or value < high or (value == high and not closed):  # type: ignore[operator]
                        high, high_closed = value, closed
        if low is not None and high is not None:
            if low > high:  # type: ignore[operator]
                return True
            if low == high and not (low_closed and high_closed):
                return True
    return False


def _empty_network(group: list[Atom]) -> bool:
    ranges = [a.values for a in group if a.operator == "IpAddress" and not a.negated]
    return any(ip.disjoint(a, b) for n, a in enumerate(ranges) for b in ranges[n + 1 :])
