"""A formula ends as the fewest and shortest ways in, and contradictions only fall when proved."""

from itertools import product

import pytest

from iam import formula
from iam.decision import Atom
from iam.formula import Formula, branches, conj, disj, minimal, neg, to_requirements


def atom(key: str = "sts:ExternalId", operator: str = "StringEquals", *values: str) -> Atom:
    return Atom(key, operator, values or ("a",), kind="CALLER_PARAM")


def ways(found: Formula) -> set[frozenset[tuple[str, tuple[str, ...], bool]]]:
    kept = minimal(branches(found), lambda _: None)
    return {frozenset((a.operator, a.values, a.negated) for a in b) for b in kept}


def test_true_asks_for_nothing_and_false_has_no_way() -> None:
    assert branches(True) == [frozenset()]
    assert branches(False) == []
    assert to_requirements(branches(True)) == ()


def test_an_atom_and_its_opposite_contradict() -> None:
    assert branches(conj(atom(), neg(atom()))) == []


def test_either_way_is_no_requirement() -> None:
    assert minimal(branches(disj(atom(), neg(atom()))), lambda _: None) == (frozenset(),)


def test_two_exact_demands_on_one_key_meet_in_their_common_values() -> None:
    both = conj(atom("k", "StringEquals", "a", "b"), atom("k", "StringEquals", "b", "c"))
    assert ways(both) == {frozenset({("StringEquals", ("b",), False)})}


def test_exact_demands_without_a_common_value_contradict() -> None:
    assert branches(conj(atom("k", "StringEquals", "a"), atom("k", "StringEquals", "b"))) == []


def test_a_pattern_narrows_exact_values() -> None:
    both = conj(atom("k", "StringEquals", "dev-1", "prod"), atom("k", "StringLike", "dev-*"))
    assert ways(both) == {frozenset({("StringEquals", ("dev-1",), False)})}


@pytest.mark.parametrize(
    ("operator", "value", "negated", "meet"),
    [
        ("StringEqualsIgnoreCase", "IT", True, False),
        ("StringEqualsIgnoreCase", "hr", False, False),
        ("StringEqualsIgnoreCase", "hr", True, True),
        ("StringEquals", "It", True, True),
        ("StringLike", "I?", False, True),
        ("StringLike", "I", False, False),
        ("StringLike", "h*", False, False),
    ],
)
def test_a_value_in_any_case_contradicts_what_no_spelling_of_it_meets(
    operator: str, value: str, negated: bool, meet: bool
) -> None:
    anyhow = atom("k", "StringEqualsIgnoreCase", "IT", "it")
    other = atom("k", operator, value)
    assert bool(branches(conj(anyhow, neg(other) if negated else other))) is meet


@pytest.mark.parametrize(
    ("operator", "values", "negated", "meet"),
    [
        ("ForAnyValue:StringEquals", ("app",), False, False),
        ("ForAnyValue:StringEquals", ("app", "Dept"), False, True),
        ("ForAnyValue:StringLike", ("app",), False, False),
        ("ForAnyValue:StringLike", ("a*",), False, False),
        ("ForAnyValue:StringLike", ("D*",), False, True),
        ("ForAnyValue:StringEquals", ("Dept",), True, True),
        ("ForAllValues:StringLike", ("D*",), True, False),
        ("ForAllValues:StringLike", ("d*",), True, True),
    ],
)
def test_all_of_a_list_contradict_one_of_what_is_not_in_it(
    operator: str, values: tuple[str, ...], negated: bool, meet: bool
) -> None:
    every = Atom("k", "ForAllValues:StringEquals", ("Dept",), kind="CALLER_PARAM")
    some = Atom("k", operator, values, negated=negated, kind="CALLER_PARAM")
    assert bool(branches(conj(every, some))) is meet


@pytest.mark.parametrize(
    ("operator", "values", "negated", "meet"),
    [
        ("DateEquals", ("2026-01-01T00:00:00Z", "2020-05-05"), False, True),
        ("DateEquals", ("2027-01-01T00:00:00Z",), False, False),
        ("DateEquals", ("1767225600", "2030-01-01"), True, False),
        ("DateGreaterThan", ("2029-12-31",), False, True),
        ("DateGreaterThan", ("2030-01-01",), False, False),
        ("NumericEquals", ("5",), False, True),
    ],
)
def test_a_few_moments_contradict_what_is_true_of_none(
    operator: str, values: tuple[str, ...], negated: bool, meet: bool
) -> None:
    moments = atom("k", "DateEquals", "2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z")
    other = atom("k", operator, *values)
    assert bool(branches(conj(moments, neg(other) if negated else other))) is meet


def test_a_key_is_one_key_in_whatever_case_it_is_written() -> None:
    one = Atom("acme:Bytes", "BinaryEquals", ("QUJD",), kind="UNKNOWN_KEY", statement="a")
    two = Atom("ACME:BYTES", "BinaryEquals", ("QUJD",), kind="UNKNOWN_KEY", statement="b")
    assert [len(b) for b in branches(conj(one, two))] == [1]
    assert branches(conj(one, neg(two))) == []


@pytest.mark.parametrize(
    ("operator", "bound", "limit", "meet"),
    [
        ("NumericEquals", "NumericLessThanEquals", "3600", False),
        ("NumericEquals", "NumericLessThanEquals", "3599", True),
        ("NumericGreaterThan", "NumericGreaterThanEquals", "3600", False),
        ("NumericGreaterThan", "NumericGreaterThanEquals", "3601", True),
        ("NumericLessThan", "NumericGreaterThanEquals", "3600", True),
    ],
)
def test_a_value_of_an_unknown_key_contradicts_bounds_that_no_value_may_be_in(
    operator: str, bound: str, limit: str, meet: bool
) -> None:
    wanted = Atom("acme:Size", operator, ("3600",), kind="UNKNOWN_KEY")
    barred = Atom("acme:Size", bound, (limit,), negated=True, kind="UNKNOWN_KEY")
    assert bool(branches(conj(wanted, barred))) is meet


@pytest.mark.parametrize(("key", "meet"), [("aws:CurrentTime", False), ("acme:When", True)])
def test_what_is_neither_before_nor_after_contradicts_where_there_always_is_a_time(
    key: str, meet: bool
) -> None:
    upper = atom(key, "DateLessThanEquals", "2030-01-01T00:00:00Z")
    lower = atom(key, "DateGreaterThan", "2030-01-01T00:00:00Z")
    assert bool(branches(conj(neg(upper), neg(lower)))) is meet


def test_a_shorter_way_swallows_a_longer_one() -> None:
    one, two = atom("k1"), atom("k2")
    assert ways(disj(one, conj(one, two))) == {frozenset({("StringEquals", ("a",), False)})}


def test_a_favourable_outcome_stays_when_it_is_turned_round() -> None:
    unread = Atom("scp", "Read", ("111111111111",), kind="DATA_MISSING")
    assert neg(unread) == unread


@pytest.mark.parametrize(
    ("low", "high", "empty"),
    [
        (("NumericGreaterThan", "5"), ("NumericLessThan", "5"), True),
        (("NumericGreaterThanEquals", "5"), ("NumericLessThanEquals", "5"), False),
        (("NumericGreaterThan", "5"), ("NumericLessThan", "6"), False),
        (
            ("DateGreaterThan", "2031-01-01T00:00:00Z"),
            ("DateLessThan", "2030-01-01T00:00:00Z"),
            True,
        ),
    ],
)
def test_bounds_that_exclude_each_other_contradict(
    low: tuple[str, str], high: tuple[str, str], empty: bool
) -> None:
    found = branches(conj(atom("k", *low), atom("k", *high)))
    assert (found == []) is empty


def test_networks_that_do_not_meet_contradict() -> None:
    near = atom("aws:SourceIp", "IpAddress", "10.0.0.0/8")
    far = atom("aws:SourceIp", "IpAddress", "192.0.2.0/24")
    assert branches(conj(near, far)) == []


def test_absent_and_present_contradict() -> None:
    gone = atom("k", "Null", "true")
    assert branches(conj(gone, atom("k"))) == []
    assert branches(conj(gone, neg(atom("k")))) != []


def test_a_value_outside_the_alphabet_cannot_be_passed() -> None:
    assert branches(atom("sts:ExternalId", "StringEquals", "has space")) == []
    assert branches(atom("sts:ExternalId", "StringLike", "a b*")) == []
    assert branches(atom("sts:ExternalId", "StringLike", "*")) != []


def test_a_free_default_is_no_requirement() -> None:
    tag = Atom("aws:RequestTag/p", "StringEquals", ("1",), kind="CALLER_PARAM")
    kept = minimal(branches(neg(tag)), lambda a: a.negated)
    assert kept == (frozenset(),)
    assert minimal(branches(tag), lambda a: a.negated) == (frozenset({tag}),)


def test_the_ways_are_exactly_the_formula() -> None:
    """Over every truth assignment of three keys, the branches say what the formula says."""
    x, y, z = (atom(k) for k in ("k1", "k2", "k3"))
    shapes: list[Formula] = [
        conj(disj(x, y), neg(z)),
        disj(conj(x, neg(y)), conj(y, z), neg(x)),
        neg(conj(disj(x, z), disj(neg(y), z))),
        disj(conj(x, y), conj(x, neg(y)), z),
    ]
    for shape in shapes:
        kept = minimal(branches(shape), lambda _: None)
        for truth in product((True, False), repeat=3):
            held = dict(zip(("k1", "k2", "k3"), truth, strict=True))
            assert _holds(shape, held) == any(
                all(held[a.key] != a.negated for a in branch) for branch in kept
            )


def _holds(found: Formula, held: dict[str, bool]) -> bool:
    if isinstance(found, bool):
        return found
    if isinstance(found, Atom):
        return held[found.key] != found.negated
    parts = [_holds(p, held) for p in found.parts]
    return all(parts) if isinstance(found, formula.All) else any(parts)
