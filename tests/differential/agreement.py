"""Two evaluators agree when their verdicts are one and their ways in are the same ways."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, given, seed, settings

from iam.authorize import authorize
from iam.decision import Atom
from tests.differential.entries import COGNITO, EKS, GITHUB, THEMES
from tests.differential.formulas import (
    NEGATED,
    POSITIVE,
    Branch,
    Theory,
    is_exact,
    narrowed,
    shortest,
    true_in,
    without_defaults,
    worlds,
)
from tests.differential.literal import Answer, evaluate
from tests.differential.organizations import PARTITIONS, THINGS, UNSIGNED, Case, cases

MOST_WORLDS = 2000
EACH = 20
"""Cases of one search: a long search mutates its finds, many short ones spread."""
SEEDS = range(len(THEMES))
"""Searches that together reach everything: what CI runs."""


@dataclass
class Tally:
    """What a run of many cases came to."""

    seen: Counter[str] = field(default_factory=Counter)
    undefined: int = 0

    def proof(self) -> str:
        """What the generator reached, a line each."""
        lines = [f"{count:7d}  {name}" for name, count in sorted(self.seen.items())]
        return "\n".join([*lines, f"{self.undefined:7d}  left out: the rules are silent"])


COMPARED = ("String", "Numeric", "Date", "Bool", "Binary", "IpAddress", "Arn")
"""Families of operators that compare values."""
WRITTEN = ("under no set operator", "under forallvalues", "under foranyvalue", "IfExists")
"""Ways to write an operator."""
EVERYTHING = frozenset(
    [
        *(f"verdict {v}" for v in ("allow", "conditional", "deny")),
        *(f"trust {v}" for v in ("allow", "deny", "silent", "unknown")),
        *(f"identity {v}" for v in ("allow", "deny", "silent", "unknown")),
        *(f"boundary {v}" for v in ("allow", "deny", "silent", "unknown", "none")),
        *(f"session {v}" for v in ("allow", "deny", "silent", "none")),
        *(f"scp {v}" for v in ("allow", "deny", "silent", "unknown", "none")),
        *(f"rcp {v}" for v in ("allow", "deny", "unknown", "none")),
        "rcp exempted",
        *(f"resource {v}" for v in ("allow", "deny", "silent", "unknown")),
        "resource of the same account",
        "resource of another account",
        *(f"question {q}" for q in ("assume", "resource")),
        *(f"service {action.partition(':')[0]}" for action in THINGS),
        *(f"partition {p}" for p in PARTITIONS),
        *(
            f"match {k}"
            for k in ("USER", "ROLE", "SESSION", "ACCOUNT", "WILDCARD", "SERVICE", "FEDERATED")
        ),
        *(f"caller {k}" for k in ("USER", "USER_ST", "ROLE", "ROLE_FED", "ROLE_SVC", "ROLE_SLR")),
        *(f"caller {k}" for k in ("SERVICE", "SAML", "OIDC", "ROOT", "ANON", "CENTRE")),
        *(f"refused {k}" for k in ("USER", "FEDUSER")),
        *(f"self {word}" for word in ("named", "unnamed")),
        *(
            f"family {f}"
            for f in ("String", "Numeric", "Date", "Bool", "Binary", "IpAddress", "Arn", "Null")
        ),
        "family Unknown",
        *(f"{f} {how}" for f in COMPARED for how in WRITTEN),
        *(f"operator {name}" for name in set(POSITIVE.values()) - {"ArnEquals"}),
        *(f"operator not {name}" for name in set(NEGATED.values()) - {"ArnEquals"}),
        *(f"set operator {q}" for q in ("none", "forallvalues", "foranyvalue")),
        *(f"IfExists {b}" for b in (True, False)),
        *(f"many values under {q}" for q in ("a plain operator", "forallvalues", "foranyvalue")),
        *(f"variable {v}" for v in ("alone", "with a default", "that takes its default")),
        *(f"variable {v}" for v in ("without a value", "of an open key")),
        *(f"element Not{e}" for e in ("Principal", "Action", "Resource")),
        *(f"NotPrincipal of {s}" for s in ("s3", "sns", "sqs", "lambda", "secretsmanager")),
        *(f"unsigned call of {action.partition(':')[0]}" for action in UNSIGNED),
        *(f"principal by id {whose}" for whose in ("of the caller", "of nobody here")),
        *(f"{who} of the management account" for who in ("caller", "resource")),
        *(f"target {kind}" for kind in ("reserved", "service-linked", "with a path")),
        "rcp that a service-linked role is spared",
        *(f"grant to {k}" for k in ("USER", "ROLE", "SESSION", "ACCOUNT", "SERVICE", "a stranger")),
        *(f"grant {word}" for word in ("outright", "of another operation")),
        *(f"grant constraint EncryptionContext{how}" for how in ("Subset", "Equals")),
        *(f"grant constraint {word}" for word in ("SourceArn", "idle", "unread")),
        *(f"{count} associations" for count in (1, 2)),
        *(f"pod tags off {word}" for word in ("true", "false")),
        *(f"{count} anchors" for count in (1, 2)),
        *(f"anchors {word}" for word in ("read", "unread")),
        *(f"{word} profile" for word in ("no", "disabled")),
        *(f"claims of {issuer}" for issuer in (EKS, GITHUB, COGNITO)),
        *(f"pool {word}" for word in ("with the role", "without", "unread")),
        *(f"assigned to {whom}" for whom in ("the person", "a group", "nobody of these")),
        "assignments unread",
        "session tags",
        "tags handed on",
        "context given",
    ]
)
"""Every verdict, layer, kind of match and caller, and operator family that a run must reach."""


def plain(branch: Branch) -> frozenset[tuple[object, ...]]:
    """A way in without spelling: keys in lower case, values sorted, no statement.

    A pattern without wildcards is the value.
    """
    return frozenset(
        (
            a.key.lower(),
            "StringEquals" if is_exact(a) else a.operator,
            tuple(sorted(a.values)),
            a.negated,
            a.kind,
            a.likelihood,
        )
        for a in branch
    )


def bare(atom: Atom) -> Atom:
    """An atom without the statement that it stands in."""
    return Atom(atom.key, atom.operator, atom.values, atom.negated, atom.kind, atom.likelihood)


def canonical(ways: list[Branch], theory: Theory) -> set[frozenset[tuple[object, ...]]]:
    """The ways in, none covered by another."""
    return {
        plain(b) for b in shortest([without_defaults(narrowed(w), theory) for w in ways], theory)
    }


def check(case: Case, tally: Tally) -> None:
    """Let both evaluators decide one case, and compare."""
    try:
        ours = evaluate(case.snapshot, case.request)
    except NotImplementedError:
        tally.undefined += 1
        return
    compare(case, ours, tally)


def compare(case: Case, ours: Answer, tally: Tally) -> None:
    """Let the engine decide one case, and compare with what the second evaluator answered."""
    theirs = authorize(case.snapshot, case.request)
    assert theirs.verdict.value == ours.verdict, (theirs.verdict, ours.verdict, theirs.reasons)
    tally.seen.update(ours.seen)
    tally.seen[f"verdict {ours.verdict}"] += 1
    if ours.verdict != "conditional":
        assert not theirs.requirements
        return
    ways = [frozenset(bare(a) for a in branch) for branch in theirs.requirements]
    for world in worlds([*ways, *ours.ways], ours.theory, MOST_WORLDS):
        assert true_in(ways, world) == true_in(ours.ways, world), world
    assert canonical(ways, ours.theory) == canonical(list(ours.ways), ours.theory)


def search(examples: int, number: int, each: Callable[[Case], None]) -> None:
    """Do something with so many cases of the theme whose turn it is.

    Args:
        examples: How many.
        number: The seed, which says the theme too.
        each: What to do; what it raises comes with the smallest case that fails.
    """

    @seed(number)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases(THEMES[number % len(THEMES)]))
    def tried(case: Case) -> None:
        each(case)

    tried()


def run(examples: int, number: int) -> Tally:
    """Compare so many cases, from a seed."""
    tally = Tally()
    search(examples, number, lambda case: check(case, tally))
    return tally


def answered(examples: int, number: int) -> list[tuple[Case, Answer]]:
    """So many cases, from a seed, with what the second evaluator answers."""
    found: list[tuple[Case, Answer]] = []

    def keep(case: Case) -> None:
        try:
            found.append((case, evaluate(case.snapshot, case.request)))
        except NotImplementedError:
            return

    search(examples, number, keep)
    return found
