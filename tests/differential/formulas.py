"""A formula is true, false, an atom, or a list of formulas joined by one word.

This is the arithmetic of the second evaluator: no sharing, no caching, no cleverness. A formula is
turned into a disjunction of conjunctions by multiplying out; whether a conjunction can hold is
found by trying values.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import base64
import binascii
import ipaddress
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from iam.decision import Atom

Formula = "bool | Atom | All | Some"
Value = tuple[str, ...] | None
"""What a key holds in one call: its values, or None when the key is absent."""


@dataclass(frozen=True)
class All:
    """Every part must hold."""

    parts: "tuple[bool | Atom | All | Some, ...]"


@dataclass(frozen=True)
class Some:
    """One part is enough."""

    parts: "tuple[bool | Atom | All | Some, ...]"


def every(*parts: "bool | Atom | All | Some") -> "bool | Atom | All | Some":
    """And."""
    return All(parts)


def either(*parts: "bool | Atom | All | Some") -> "bool | Atom | All | Some":
    """Or."""
    return Some(parts)


def is_open_question(atom: Atom) -> bool:
    """Whether the atom asks for a fact or a reading: then yes and no are both still possible."""
    return atom.kind == "AMBIGUOUS" or atom.operator == "Read"


def no(formula: "bool | Atom | All | Some") -> "bool | Atom | All | Some":
    """Not (V-4); not knowing stays not knowing."""
    if isinstance(formula, bool):
        return not formula
    if isinstance(formula, Atom):
        return formula if is_open_question(formula) else formula.negate()
    if isinstance(formula, All):
        return Some(tuple(no(part) for part in formula.parts))
    return All(tuple(no(part) for part in formula.parts))


def reading(number: str, likelihood: str = "normal") -> Atom:
    """AWS documents it two ways: row ``number`` of section I."""
    return Atom(number, "Reading", (), False, "AMBIGUOUS", likelihood)


def unread(layer: str, what: str) -> Atom:
    """A fact that the snapshot lacks."""
    return Atom(layer, "Read", (what,), False, "DATA_MISSING")


# --- comparing one value (B-12) -----------------------------------------------------------------


def like(pattern: str, text: str) -> bool:
    """``*`` any run, ``?`` one character, everything else itself."""
    made = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch(made, text, re.DOTALL) is not None


def number(text: str) -> float | None:
    """A decimal number, else None."""
    return float(text) if re.fullmatch(r"[+-]?\d+(\.\d+)?", text) else None


def moment(text: str) -> datetime | None:
    """An ISO 8601 moment of any precision or epoch seconds, else None."""
    if re.fullmatch(r"-?\d{5,}", text):
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(text))
    if re.fullmatch(r"\d{4}", text):
        return datetime(int(text), 1, 1, tzinfo=UTC)
    if re.fullmatch(r"\d{4}-\d{2}", text):
        text += "-01"
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def ip_range(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """A CIDR range or one address, else None."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def plain_bytes(text: str) -> bytes | None:
    """What a base64 text stands for, else None."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def arn_like(pattern: str, text: str) -> bool:
    """Six parts at the first five colons, compared one by one."""
    wanted, got = pattern.split(":", 5), text.split(":", 5)
    return (
        len(wanted) == 6
        and len(got) == 6
        and all(like(w, g) for w, g in zip(wanted, got, strict=True))
    )


def ordered(operator: str, got: float | datetime, wanted: float | datetime) -> bool:
    """The tail of a Numeric or Date operator."""
    tail = operator.removeprefix("numeric").removeprefix("date")
    if isinstance(got, datetime) != isinstance(wanted, datetime):
        return False
    a, b = (x.timestamp() if isinstance(x, datetime) else x for x in (got, wanted))
    return {
        "equals": a == b,
        "lessthan": a < b,
        "lessthanequals": a <= b,
        "greaterthan": a > b,
        "greaterthanequals": a >= b,
    }[tail]


def compare(operator: str, wanted: str, got: str) -> bool:
    """Whether one value of the request satisfies one value of the policy; ``operator`` positive."""
    name = operator.lower()
    if name == "stringequals":
        return got == wanted
    if name == "stringequalsignorecase":
        return got.lower() == wanted.lower()
    if name == "stringlike":
        return like(wanted, got)
    if name in ("arnequals", "arnlike"):
        return arn_like(wanted, got)
    if name == "bool":
        return wanted.lower() in ("true", "false") and got.lower() == wanted.lower()
    if name == "binaryequals":
        value = plain_bytes(wanted)
        return value is not None and value == plain_bytes(got)
    if name == "ipaddress":
        net, address = ip_range(wanted), ip_range(got)
        return (
            net is not None
            and address is not None
            and net.version == address.version
            and address.network_address in net
        )
    if name.startswith("numeric"):
        a, b = number(got), number(wanted)
        return a is not None and b is not None and ordered(name, a, b)
    if name.startswith("date"):
        c, d = moment(got), moment(wanted)
        return c is not None and d is not None and ordered(name, c, d)
    raise AssertionError(operator)


FAMILIES = {
    "string": "String",
    "numeric": "Numeric",
    "date": "Date",
    "bool": "Bool",
    "binary": "Binary",
    "ipaddress": "IpAddress",
    "notipaddress": "IpAddress",
    "arn": "Arn",
    "null": "Null",
}
POSITIVE = {
    name.lower(): name
    for name in [
        "StringEquals",
        "StringEqualsIgnoreCase",
        "StringLike",
        "NumericEquals",
        "NumericLessThan",
        "NumericLessThanEquals",
        "NumericGreaterThan",
        "NumericGreaterThanEquals",
        "DateEquals",
        "DateLessThan",
        "DateLessThanEquals",
        "DateGreaterThan",
        "DateGreaterThanEquals",
        "Bool",
        "BinaryEquals",
        "IpAddress",
        "ArnEquals",
        "ArnLike",
        "Null",
    ]
}
NEGATED = {
    "stringnotequals": "StringEquals",
    "stringnotequalsignorecase": "StringEqualsIgnoreCase",
    "stringnotlike": "StringLike",
    "numericnotequals": "NumericEquals",
    "datenotequals": "DateEquals",
    "notipaddress": "IpAddress",
    "arnnotequals": "ArnEquals",
    "arnnotlike": "ArnLike",
}


# --- worlds -------------------------------------------------------------------------------------


def topic(atom: Atom) -> str:
    """What an atom speaks of: a key, or a question that is open by itself."""
    quantity, _, name = atom.operator.lower().rpartition(":")
    known = name in POSITIVE and quantity in ("", "forallvalues", "foranyvalue")
    if is_open_question(atom) or not known or (name == "null" and quantity):
        return f"?{atom.key.lower()}|{atom.operator}|{atom.values}"
    return atom.key.lower()


def holds(atom: Atom, value: Value) -> bool:
    """Whether an atom is true when its topic has this value."""
    if topic(atom).startswith("?"):
        return (value is not None) != atom.negated
    name = atom.operator
    quantity, _, plain = name.rpartition(":")
    if plain.lower() == "null":
        result = (not value) == (atom.values[0].lower() == "true")
    elif quantity.lower() == "forallvalues":
        result = all(any(compare(plain, w, g) for w in atom.values) for g in value or ())
    else:
        result = any(any(compare(plain, w, g) for w in atom.values) for g in value or ())
    return result != atom.negated


FORMS = {
    "sts:externalid": re.compile(r"[\w+=,.@:/-]{1,1224}", re.ASCII),
    "sts:rolesessionname": re.compile(r"[\w+=,.@-]{2,64}", re.ASCII),
    "session:name": re.compile(r"[\w+=,.@-]{2,64}", re.ASCII),
    "sts:sourceidentity": re.compile(r"[\w+=,.@-]{2,64}", re.ASCII),
    "aws:sourceidentity": re.compile(r"[\w+=,.@-]{2,64}", re.ASCII),
}
"""What STS lets a caller pass (B-17)."""
MULTIVALUED = {
    "aws:tagkeys",
    "sts:transitivetagkeys",
    "aws:principalorgpaths",
    "aws:calledvia",
    "aws:principalservicenameslist",
    "kms:encryptioncontextkeys",
}


def holds_many(name: str) -> bool:
    """Whether a key may hold several values in one call; ``amr`` of any issuer does (B-20)."""
    return name in MULTIVALUED or name.endswith(":amr")


def examples(atom: Atom) -> Iterator[str]:
    """Texts near the edge of what an atom accepts."""
    name = atom.operator.split(":")[-1].lower()
    for value in atom.values:
        if name == "bool":
            yield from ("true", "false")
        elif name.startswith("numeric"):
            found = number(value)
            if found is not None:
                yield from (f"{found - 1:g}", f"{found:g}", f"{found + 1:g}", f"{found + 0.5:g}")
        elif name.startswith("date"):
            when = moment(value)
            if when is not None:
                for shift in (-1, 0, 1):
                    yield (when + timedelta(seconds=shift)).isoformat().replace("+00:00", "Z")
        elif name == "ipaddress":
            net = ip_range(value)
            if net is not None:
                yield str(net.network_address)
                yield str(net.broadcast_address)
        elif name == "binaryequals":
            yield value
        elif name != "null":
            for star, mark in (("", "q"), ("zz", "z"), ("y/x7", "7")):
                yield value.replace("*", star).replace("?", mark)
            yield value
            yield value.swapcase()
            if name == "stringequalsignorecase":
                # Spellings that no list of the usual ones holds.
                turned = value.lower(), value.upper()
                for first in (0, 1):
                    yield "".join(turned[(first + n) % 2][n] for n in range(len(value)))


OTHERS = ("other-1", "0", "192.0.2.77", "2001:db8::77", "true", "false", "2199-01-01T00:00:00Z")


def values_of(atoms: Sequence[Atom], always: bool, clock: datetime | None) -> list[Value]:
    """Values worth trying for one topic."""
    name = topic(atoms[0])
    if name.startswith("?"):
        return [None, ("yes",)]
    texts = list(dict.fromkeys(itertools.chain(*(examples(a) for a in atoms), OTHERS)))
    if name in FORMS:
        texts = [t for t in texts if FORMS[name].fullmatch(t)]
    if name == "aws:currenttime":
        found = [t for t in texts if moment(t) and (clock is None or moment(t) >= clock)]  # type: ignore[operator]
        texts = found
    if name == "aws:multifactorauthpresent":
        texts = [t for t in texts if t in ("true", "false")]
    if name == "aws:sourceip":
        texts = [t for t in texts if ip_range(t)]
    if holds_many(name) or any(a.kind == "UNKNOWN_KEY" for a in atoms):
        texts = texts[:8]
        many: list[Value] = [(t,) for t in texts]
        many += list(itertools.combinations(texts, 2))
        return many if always else [None, *many]
    single: list[Value] = [(t,) for t in texts]
    return single if always else [None, *single]


@dataclass(frozen=True)
class Theory:
    """What is known of open keys: which are always there, and what they hold when nobody acts."""

    always: frozenset[str]
    defaults: Mapping[str, Value]
    clock: datetime | None
    only: Mapping[str, tuple[str, ...]]

    def candidates(self, atoms: Sequence[Atom]) -> list[Value]:
        """Values worth trying for one topic."""
        name = topic(atoms[0])
        found = values_of(atoms, name in self.always, self.clock)
        if name in self.only:
            found = [v for v in found if v is None or set(v) <= set(self.only[name])]
        if name in self.defaults and self.defaults[name] not in found:
            found.append(self.defaults[name])
        return found


def by_topic(atoms: Iterable[Atom]) -> dict[str, list[Atom]]:
    """Atoms that speak of the same thing, together."""
    found: dict[str, list[Atom]] = {}
    for atom in atoms:
        found.setdefault(topic(atom), []).append(atom)
    return found


Branch = frozenset[Atom]


def multiply(formula: "bool | Atom | All | Some") -> list[Branch]:
    """The ways to make a formula true, by multiplying out."""
    if formula is True:
        return [frozenset()]
    if formula is False:
        return []
    if isinstance(formula, Atom):
        return [frozenset([formula])]
    if isinstance(formula, Some):
        return list(dict.fromkeys(b for part in formula.parts for b in multiply(part)))
    assert isinstance(formula, All)
    ways: list[Branch] = [frozenset()]
    for part in formula.parts:
        more = multiply(part)
        ways = absorb([a | b for a in ways for b in more])
    return ways


def absorb(ways: Iterable[Branch]) -> list[Branch]:
    """Leave out a way that asks for all that another asks for, and more."""
    distinct = list(dict.fromkeys(ways))
    return [w for w in distinct if not any(other < w for other in distinct)]


def possible(branch: Branch, theory: Theory) -> bool:
    """Whether some call meets every atom (V-5)."""
    return all(
        any(all(holds(atom, value) for atom in atoms) for value in theory.candidates(atoms))
        for atoms in by_topic(branch).values()
    )


def is_exact(atom: Atom) -> bool:
    """Whether an atom lists whole values; a pattern without wildcards is one."""
    wild = any(c in v for v in atom.values for c in "*?")
    return atom.operator == "StringEquals" or (atom.operator == "StringLike" and not wild)


def sayable(atom: Atom) -> Atom:
    """An atom without the exact values that nobody can pass (B-17)."""
    if not atom.operator.startswith("StringEquals") and not is_exact(atom):
        return atom
    form = FORMS[topic(atom)]
    return replace(atom, values=tuple(v for v in atom.values if form.fullmatch(v)))


def narrowed(branch: Branch) -> Branch:
    """Where one of a few exact values is asked for, leave those that the other atoms accept."""
    left: set[Atom] = set()
    for name, given in by_topic(branch).items():
        atoms = [sayable(a) for a in given] if name in FORMS else given
        exact = sorted(a for a in atoms if is_exact(a) and not a.negated)
        if len(atoms) == 1 or not exact or any(a.kind == "UNKNOWN_KEY" for a in atoms):
            left.update(atoms)
            continue
        first = min(exact, key=lambda a: len(a.values))
        fit = tuple(v for v in first.values if all(holds(a, (v,)) for a in atoms))
        left.add(replace(first, values=fit))
    return frozenset(left)


def without_defaults(branch: Branch, theory: Theory) -> Branch:
    """Leave out what holds when nobody does anything."""
    left: set[Atom] = set()
    for name, atoms in by_topic(branch).items():
        if name in theory.defaults and all(holds(a, theory.defaults[name]) for a in atoms):
            continue
        left.update(atoms)
    return frozenset(left)


def covers(other: Branch, branch: Branch, theory: Theory) -> bool:
    """Whether every call that takes one way meets all that another way asks for."""
    mine = by_topic(branch)
    for name, atoms in by_topic(other).items():
        own = mine.get(name, [])
        tried = theory.candidates([*atoms, *own])
        if not all(
            all(holds(a, value) for a in atoms)
            for value in tried
            if all(holds(a, value) for a in own)
        ):
            return False
    return True


def without_opposites(ways: Sequence[Branch]) -> list[Branch]:
    """Of two ways, one of which asks for what the other forbids, neither asks (V-3)."""
    found = absorb(ways)
    for branch in found:
        for atom in sorted(branch):
            turned = (branch - {atom}) | {no(atom)}
            if not is_open_question(atom) and any(other <= turned for other in found):
                return without_opposites([*(b for b in found if b != branch), branch - {atom}])
    return found


def shortest(ways: Sequence[Branch], theory: Theory) -> list[Branch]:
    """V-3: no way that another one covers."""
    kept = absorb(without_opposites(ways))
    for branch in sorted(kept, key=lambda b: (-len(b), sorted(b))):
        rest = [b for b in kept if b != branch]
        if any(covers(other, branch, theory) for other in rest):
            kept = rest
    return kept


def worlds(ways: Iterable[Branch], theory: Theory, most: int) -> Iterator[dict[str, Value]]:
    """Assignments of every topic that the ways speak of; ``most`` bounds their number."""
    topics = by_topic({atom for branch in ways for atom in branch})
    names = sorted(topics)
    choices = [theory.candidates(sorted(topics[n])) for n in names]
    total = 1
    for choice in choices:
        total *= len(choice)
    if total <= most:
        for picked in itertools.product(*choices):
            yield dict(zip(names, picked, strict=True))
        return
    # Too many: a walk with strides that share no factor visits a spread of them.
    for step in range(most):
        yield {
            n: c[(step * (7 + 2 * i) + step // len(c)) % len(c)]
            for i, (n, c) in enumerate(zip(names, choices, strict=True))
        }


def true_in(ways: Iterable[Branch], world: Mapping[str, Value]) -> bool:
    """Whether one of the ways is open in a world."""
    return any(all(holds(atom, world[topic(atom)]) for atom in branch) for branch in ways)
