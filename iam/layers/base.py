"""What a layer says of a request: an Allow formula, a Deny formula, and the statements behind both.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from iam import evaluate
from iam.decision import Atom, Evidence, Reason
from iam.formula import Formula, conj, disj, neg
from iam.keys import ambiguous
from iam.match import glob, principal
from iam.match import resource as resources
from iam.policy import Document, Statement
from iam.scene import Scene
from iam.world import Body, Bound, action_applies


@dataclass(slots=True)
class Says:
    """The voice of one layer.

    ``allow`` and ``deny`` are formulas; ``allows`` and ``denies`` the statements that may apply,
    each with its own formula. ``missed`` are the Allow statements that fail on one element, with
    that element; ``silent_at`` the levels of an organization without an Allow. ``exists`` is False
    when there is no such policy at all. ``assumed`` is True when nobody asked whether there is.
    """

    layer: str
    allow: Formula = False
    deny: Formula = False
    allows: list[tuple[Bound, Formula]] = field(default_factory=list)
    denies: list[tuple[Bound, Formula]] = field(default_factory=list)
    missed: list[tuple[Bound, str]] = field(default_factory=list)
    silent_at: list[str] = field(default_factory=list)
    exists: bool = True
    assumed: bool = False

    @property
    def verdict(self) -> str:
        """One word for people: allow, deny, silent, unknown, none or not-evaluated."""
        if not self.exists:
            return "not-evaluated" if self.assumed else "none"
        if self.deny is True:
            return "deny"
        if self.allow is True and self.deny is False:
            return "allow"
        return "silent" if self.allow is False and self.deny is False else "unknown"

    def evidence(self) -> tuple[Evidence, ...]:
        """The statements that may apply, as evidence."""
        if not self.allows and not self.denies:
            return ()
        return tuple(evidence_of(self.layer, bound) for bound, _ in (*self.allows, *self.denies))


def evidence_of(layer: str, bound: Bound) -> Evidence:
    """Where a statement stands."""
    found = bound.evidence.get(layer)
    if found is None:
        policy, statement = bound.policy, bound.statement
        found = Evidence(
            layer,
            policy.arn,
            policy.version,
            statement.index,
            statement.sid,
            statement.effect,
            policy.place,
        )
        bound.evidence[layer] = found
    return found


def missing(what: str, value: str) -> Atom:
    """A fact that the snapshot lacks (V-2, ``DATA_MISSING``)."""
    return Atom(what, "Read", (value,), kind="DATA_MISSING")


def unreadable(scene: Scene, body: Body, what: str) -> Formula:
    """What a layer's unread and unparsable documents may say: any of them may allow, and deny."""
    atoms: list[Formula] = []
    for key in body.unread:
        scene.note("A-12")
        atoms.append(missing(what, key))
    for document in body.unparsed:
        note_unparsed(scene, document)
        atoms.append(missing(what, document.policy.arn))
    return disj(*atoms)


def note_unparsed(scene: Scene, document: Document) -> None:
    """Remember that a document does not parse (A-9)."""
    scene.note("A-9", "A-3" if document.unparsed != (-1,) else "A-9")
    scene.findings.add("UNPARSED")


def hear(
    scene: Scene,
    layer: str,
    body: Body,
    action: str,
    *,
    filtered: bool = False,
    complete_short: bool = True,
) -> Says:
    """Evaluate the statements of an identity-like layer: action, resource, condition.

    Args:
        scene: The request.
        layer: Name of the layer.
        body: Its statements.
        action: The action asked for.
        filtered: Whether the body holds only statements whose action fits.
        complete_short: Whether AWS completes short ARNs here (A-40); elsewhere I-7.
    """
    says = Says(layer)
    scene.note(*body.rules)
    for bound in body.bound:
        statement = bound.statement
        if not filtered and not action_applies(statement, action):
            if statement.effect == "Allow":
                says.missed.append((bound, "action"))
            continue
        target = resource_formula(scene, statement, bound.ref, complete_short)
        if target is False:
            if statement.effect == "Allow":
                says.missed.append((bound, "resource"))
            continue
        allow = statement.effect == "Allow"
        when = evaluate.block(scene, statement.conditions, statement.variables, bound.ref, allow)
        if when is False:
            if allow:
                says.missed.append((bound, "condition"))
            continue
        add(scene, says, bound, conj(target, when))
    if body.unread or body.unparsed:
        # what cannot be read may allow and may deny.
        gaps = unreadable(scene, body, layer)
        says.allow = disj(says.allow, gaps)
        says.deny = disj(says.deny, gaps)
    return says


def add(scene: Scene, says: Says, bound: Bound, formula: Formula) -> None:
    """Let one statement speak."""
    scene.note(*bound.statement.rules)
    if bound.statement.not_action:
        scene.note("A-31")
    if bound.statement.not_resource:
        scene.note("A-32")
    if bound.statement.effect == "Allow":
        says.allow = disj(says.allow, formula)
        says.allows.append((bound, formula))
    else:
        says.deny = disj(says.deny, formula)
        says.denies.append((bound, formula))


_MISSES = {
    "action": ("A-34", "does not name the action"),
    "resource": ("A-38", "does not name this resource"),
    "condition": ("B-5", "has a condition that cannot hold"),
}
_LEAVES_OUT = {
    "action": ("A-31", "leaves the action out"),
    "resource": ("A-32", "leaves this resource out"),
}
_NAMES_CALLER = {
    "action": "for another operation",
    "resource": "for other resources",
    "condition": "but its condition cannot hold",
}


def near_misses(scene: Scene, says: Says, action: str) -> list[Reason]:
    """The Allow statements that failed on exactly one element, in words (V-6)."""
    found = [
        _reason(scene, says.layer, bound, element)
        for bound, element in says.missed
        if _is_near(scene, bound, action, element)
    ]
    found.extend(
        Reason(
            f"{says.layer.upper()}_LEVEL",
            "C-38",
            says.layer,
            f"no service control policy at {where} allows it",
        )
        for where in says.silent_at
    )
    return found


def _is_near(scene: Scene, bound: Bound, action: str, element: str) -> bool:
    """Whether all other elements fit; of other actions only those of the same service are near."""
    statement = bound.statement
    if statement.principals is not None and not principal.match(scene, statement, bound.ref):
        return False
    if element == "condition":
        return True
    if element == "action":
        service = action.partition(":")[0].lower() + ":"
        if not any(a.lower().startswith(service) for a in statement.actions):
            return False
        if statement.principals is None and resource_formula(scene, statement, bound.ref) is False:
            return False
    return (
        evaluate.block(scene, statement.conditions, statement.variables, bound.ref, True)
        is not False
    )


def _reason(scene: Scene, layer: str, bound: Bound, element: str) -> Reason:
    statement, name = bound.statement, bound.ref
    turned = {"action": statement.not_action, "resource": statement.not_resource}
    rule, fails = _LEAVES_OUT[element] if turned.get(element) else _MISSES[element]
    if statement.principals is None:
        words = f"{_named(bound)} {fails}"
    else:
        # Only a statement that names the caller is near in a policy of the other side.
        if element == "action" and layer == "trust":
            rule = "A-37"
        met = principal.match(scene, statement, name)
        whom = "the caller"
        if met.keys() == {principal.ACCOUNT}:
            whom = f"account {scene.caller.account}"
        comma = "," if element == "condition" else ""
        words = f"statement {name} names {whom}{comma} {_NAMES_CALLER[element]}"
    if element == "condition":
        failed = evaluate.failures(scene, statement.conditions, statement.variables, name)
        words += f": {'; '.join(failed)}" if failed else ""
    return Reason(f"{layer.upper()}_{element.upper()}", rule, layer, words, name)


def _named(bound: Bound) -> str:
    sid = f" ({bound.statement.sid})" if bound.statement.sid else ""
    return f"statement {bound.statement.index}{sid} of {bound.policy.name}"


# --- the resource element -----------------------------------------------------------------------

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_MOST_READINGS = 64


def resource_formula(
    scene: Scene, statement: Statement, statement_name: str, complete_short: bool = True
) -> Formula:
    """Whether ``Resource`` or ``NotResource`` covers the target (A-32, A-38 to A-46)."""
    found: list[Formula] = []
    unresolved = False
    for text in statement.resources or ():
        if text == "*":
            found.append(True)
            continue
        one, resolved = _one_resource(scene, text, statement, statement_name, complete_short)
        unresolved = unresolved or not resolved
        found.append(one)
    covered = disj(*found)
    if not statement.not_resource:
        return covered
    if unresolved and statement.effect == "Deny":
        scene.note("A-45")
        return conj(neg(covered), ambiguous("I-8"))
    return neg(covered)


def _one_resource(
    scene: Scene, text: str, statement: Statement, statement_name: str, complete_short: bool
) -> tuple[Formula, bool]:
    if "${" not in text:
        return _plain(scene, glob.pattern(text), complete_short), True
    if not statement.variables:
        scene.note("A-4")
        return _plain(scene, glob.pattern(text), complete_short), True
    parts = text.split(":", 5)
    if len(parts) < 6:
        scene.note("A-42")
        return _plain(scene, glob.pattern(text), complete_short), True
    if any("${" in p for p in parts[:5]):
        scene.note("A-42")  # before the sixth part a variable is literal
        head = glob.pattern(":".join(parts[:5]))
        return resources.matches(head + ":" + glob.pattern(parts[5]), scene.resource), True
    scene.note("A-44")
    filled, opened = evaluate.substitute(scene, parts[5], True)
    if filled is None:
        scene.note("A-45")
        return False, False
    if opened is not None:
        return _solve(scene, [*parts[:5], filled], statement_name), True
    if "*" in filled:
        scene.note("A-46")
    return resources.matches(glob.pattern(":".join(parts[:5])) + ":" + filled, scene.resource), True


def _plain(scene: Scene, pattern: str, complete_short: bool) -> Formula:
    if not resources.matches(pattern, scene.resource):
        return False
    if resources.is_short(pattern):
        scene.note("A-40")
        return True if complete_short else ambiguous("I-7")
    return True


def _solve(scene: Scene, parts: list[str], statement_name: str) -> Formula:
    """The values that the open variables must have for the resource to fit."""
    have = scene.resource.split(":", 5)
    if len(have) != 6:
        return False
    if not all(glob.matches(glob.pattern(p), h) for p, h in zip(parts[:5], have, strict=False)):
        return False
    pieces = _VARIABLE.split(parts[5])
    texts, names = pieces[::2], pieces[1::2]
    return disj(
        *(
            conj(
                *(
                    evaluate.stands_for(scene, name, value, statement_name)
                    for name, value in zip(names, values, strict=True)
                )
            )
            for values in _readings(texts, have[5])
        )
    )


def _readings(pieces: list[str], text: str) -> list[tuple[str, ...]]:
    """Every way in which values between the pieces make the text; of very many the first.

    Example:
        >>> _readings(["home/", "-", ""], "home/a-b-c")
        [('a', 'b-c'), ('a-b', 'c')]
    """
    if not glob.matches((glob.ONE + glob.STAR).join(pieces), text):
        return []
    # From the end: where the rest of the pattern can begin, and with which values.
    ways: dict[int, list[tuple[str, ...]]] = {
        at: [()] for at in range(len(text) + 1) if glob.matches(pieces[-1], text[at:])
    }
    for piece in reversed(pieces[:-1]):
        ways = {
            at: list(islice(_before(piece, text, at, ways), _MOST_READINGS))
            for at in range(len(text) + 1)
        }
    return ways[0]


def _before(
    piece: str, text: str, at: int, ways: dict[int, list[tuple[str, ...]]]
) -> Iterator[tuple[str, ...]]:
    """The values from a place on: a piece, a value of one character at least, and the rest."""
    for start in range(at, len(text)):
        if glob.matches(piece, text[at:start]):
            for end in range(start + 1, len(text) + 1):
                for rest in ways.get(end, ()):
                    yield text[start:end], *rest
