"""The ledger of a change is the difference between two full decisions of the organization.

The reference decides everything twice, walks every simple chain of both by itself, and compares.
It shares with the ledger only what one decision and one chain mean.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage_delete.html
"""

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import seed as from_seed

from iam import overlay
from iam.admin import is_administrator
from iam.assume import assume_edges, hop_of
from iam.chain import Chain, Hop, combine
from iam.change import between
from iam.deletion import net_of, rehearse
from iam.ledger import MAX_HOPS, pairs
from iam.model import Policy, Snapshot
from iam.overlay import policy_of
from tests.property.chained import (
    GROUP,
    OIDC,
    POLICIES,
    PROFILE,
    ROLES,
    SAML,
    USERS,
    organizations,
)

Pair = tuple[str, str]
Way = frozenset[tuple[Any, ...]]
Ways = dict[tuple[tuple[str, str], ...], frozenset[Way]]
"""Every chain of a pair by its hops, with what each of its ways asks for."""


def said(atom: Any) -> tuple[Any, ...]:
    if isinstance(atom, dict):
        return atom["key"].lower(), atom["operator"], tuple(atom["values"]), atom["negated"]
    return atom.key.lower(), atom.operator, atom.values, atom.negated


def ways_of(chain: Chain) -> frozenset[Way]:
    return frozenset(frozenset(map(said, branch)) for branch in chain.requirements or ((),))


def walks(hops: dict[str, list[Hop]], way: list[Hop], seen: set[str]) -> Iterator[list[Hop]]:
    if way:
        yield way
    if len(way) == MAX_HOPS:
        return
    for hop in hops.get(way[-1].target, ()) if way else ():
        if hop.target not in seen:
            yield from walks(hops, [*way, hop], {*seen, hop.target})


def reach(snapshot: Snapshot) -> dict[Pair, Ways]:
    """Every pair of a snapshot with all its chains, by a walk of everything."""
    hops: dict[str, list[Hop]] = {}
    for edge in assume_edges(snapshot):
        hop = hop_of(edge)
        if hop.source != hop.target:
            hops.setdefault(hop.source, []).append(hop)
    found: dict[Pair, Ways] = {}
    for source, leaving in hops.items():
        for first in leaving:
            for way in walks(hops, [first], {source, first.target}):
                chain = combine(way, snapshot)
                if chain is not None:
                    key = tuple((hop.target, hop.operation) for hop in way)
                    found.setdefault((source, chain.nodes[-1]), {})[key] = ways_of(chain)
    return found


def is_met(way: Way, by: set[Way]) -> bool:
    return any(other <= way for other in by)


def risk(snapshot: Snapshot, pair: Pair) -> str:
    source, target = pair
    if source == "*":
        return "public"
    if "333333333333" in source:
        return "outside"
    raised = is_administrator(snapshot, target) and not is_administrator(snapshot, source)
    return "administrator" if raised else ""


def verdict(ways: set[Way]) -> str:
    return "allow" if frozenset() in ways else "conditional" if ways else "deny"


def expected(before: Snapshot, after: Snapshot, gone: set[str]) -> dict[str, dict[Pair, Any]]:
    """What the ledger must say, pair by pair: verdicts, and whether anybody needs more."""
    old, new = reach(before), reach(after)
    found: dict[str, dict[Pair, Any]] = {"lost": {}, "kept": {}, "gained": {}, "closed": {}}
    for pair in sorted({*old, *new}):
        was, now = old.get(pair, {}), new.get(pair, {})
        ways, later = {w for c in was.values() for w in c}, {w for c in now.values() for w in c}
        is_theirs = gone.isdisjoint(pair)
        if was and not now:
            if is_theirs:
                found["lost"][pair] = True
            if risk(before, pair):
                found["closed"][pair] = (verdict(ways), risk(before, pair))
        elif was and any(now.get(key) != chain for key, chain in was.items()):
            harder = any(not is_met(way, later) for way in ways)
            found["kept"][pair] = (verdict(ways), verdict(later), harder)
        if any(not is_met(way, ways) for way in later):
            found["gained"][pair] = verdict(ways)
    return found


def entered(answer: dict[str, Any]) -> dict[str, dict[Pair, Any]]:
    """The same of an answer of the ledger."""

    def pair(row: dict[str, Any]) -> Pair:
        return row["from"], row["to"]

    return {
        "lost": {pair(row): True for row in answer["lost"]},
        "kept": {
            pair(row): (row["was"], row["verdict"], bool(row["now_needs"]))
            for row in answer["kept"]
        },
        "gained": {pair(row): row["was"] for row in answer.get("gained", [])},
        "closed": {pair(row): (row["verdict"], row["risk"]) for row in answer["closed"]},
    }


def check(before: Snapshot, after: Snapshot, gone: set[str], answer: dict[str, Any]) -> set[str]:
    """Compare an answer with the reference; which parts of a ledger were seen to hold something."""
    should = expected(before, after, gone)
    assert entered(answer) == should
    now = reach(after)
    for row in (*answer["kept"], *answer.get("gained", [])):
        # The way that is shown is one that there is, and needs what it is said to need.
        chains = [
            (key, ways) for key, ways in now[row["from"], row["to"]].items()
            if [row["from"], *(target for target, _ in key)] == row["path"]
        ]  # fmt: skip
        said_to_need = frozenset(
            frozenset(map(said, branch)) for branch in row["requirements"] or ((),)
        )
        assert said_to_need in [ways for _, ways in chains]
    seen = {part for part, pairs in should.items() if pairs}
    if any(harder for _, _, harder in should["kept"].values()):
        seen.add("harder")
    return seen


def laws(examples: int, number: int) -> Any:
    plain = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    return lambda law: from_seed(number)(plain(law))


def searched(judge: Any, examples: int = 25, seeds: int = 4) -> Counter[str]:
    """Searches from fixed seeds: one long search would stay near its finds."""
    seen: Counter[str] = Counter()

    def law(snapshot: Snapshot) -> None:
        seen.update(judge(snapshot))

    for number in range(seeds):
        laws(examples, number)(given(organizations())(law))()
    return seen


# --- deletions --------------------------------------------------------------------------------


def without_role(snapshot: Snapshot, arn: str) -> Snapshot:
    return replace(snapshot, roles={k: r for k, r in snapshot.roles.items() if k != arn})


@pytest.mark.slow
def test_deleting_a_role_is_deciding_without_it() -> None:
    def judge(snapshot: Snapshot) -> set[str]:
        seen = set()
        for arn in ROLES:
            answer = rehearse(snapshot, arn)
            seen |= check(snapshot, without_role(snapshot, arn), {arn}, answer)
        return seen

    seen = searched(judge)
    assert {"lost", "kept", "harder", "closed"} <= set(seen)


def detached(held: dict[str, Any], policy: str) -> dict[str, Any]:
    """Users, groups or roles from whom a policy was taken, also as a boundary."""
    found = {}
    for key, one in held.items():
        taken = replace(one, attached=tuple(p for p in one.attached if p != policy))
        found[key] = (
            replace(taken, boundary=None) if getattr(one, "boundary", None) == policy else taken
        )
    return found


def without_policy(snapshot: Snapshot, arn: str) -> Snapshot:
    return replace(
        snapshot,
        policies={k: p for k, p in snapshot.policies.items() if k != arn},
        users=detached(dict(snapshot.users), arn),
        groups=detached(dict(snapshot.groups), arn),
        roles=detached(dict(snapshot.roles), arn),
    )


@pytest.mark.slow
def test_deleting_a_policy_is_deciding_without_it_and_without_it_as_a_boundary() -> None:
    def judge(snapshot: Snapshot) -> set[str]:
        seen = set()
        for arn in POLICIES:
            answer = rehearse(snapshot, arn)
            seen |= check(snapshot, without_policy(snapshot, arn), set(), answer)
        return seen

    seen = searched(judge)
    assert {"lost", "kept", "harder", "gained", "closed"} <= set(seen)


@pytest.mark.slow
def test_deleting_a_group_is_deciding_with_nobody_in_it() -> None:
    def judge(snapshot: Snapshot) -> set[str]:
        users = {key: replace(user, groups=()) for key, user in snapshot.users.items()}
        after = replace(snapshot, groups={}, users=users)
        return check(snapshot, after, set(), rehearse(snapshot, GROUP))

    seen = searched(judge, examples=100)
    assert {"lost", "kept", "harder", "gained"} <= set(seen)


@pytest.mark.slow
def test_deleting_a_user_is_deciding_without_it() -> None:
    def judge(snapshot: Snapshot) -> set[str]:
        seen = set()
        for arn in USERS:
            after = replace(snapshot, users={k: u for k, u in snapshot.users.items() if k != arn})
            seen |= check(snapshot, after, {arn}, rehearse(snapshot, arn))
        return seen

    assert "closed" in searched(judge)


@pytest.mark.slow
def test_deleting_a_provider_is_deciding_without_it() -> None:
    def judge(snapshot: Snapshot) -> set[str]:
        seen = check(
            snapshot, replace(snapshot, saml_providers={}), set(), rehearse(snapshot, SAML)
        )
        after = replace(snapshot, oidc_providers={})
        return seen | check(snapshot, after, set(), rehearse(snapshot, OIDC))

    assert {"lost", "kept", "closed"} <= set(searched(judge, examples=100))


@pytest.mark.slow
def test_deleting_an_instance_profile_is_deciding_without_it() -> None:
    def judge(snapshot: Snapshot) -> set[str]:
        after = replace(
            snapshot,
            instance_profiles={},
            roles={k: replace(r, instance_profiles=()) for k, r in snapshot.roles.items()},
        )
        return check(snapshot, after, set(), rehearse(snapshot, PROFILE))

    assert {"kept", "harder"} <= set(searched(judge, examples=100))


# --- other changes ----------------------------------------------------------------------------


def ledger(before: Snapshot, after: Snapshot) -> dict[str, Any]:
    net = net_of(before)
    found = pairs(net, between(net, before, after))
    return {part: getattr(found, part) for part in ("lost", "kept", "gained", "closed")}


def documents(snapshot: Snapshot) -> list[Policy]:
    """Every policy whose document a file of changes may name."""
    found = [role.trust for role in snapshot.roles.values() if role.trust is not None]
    for held in (snapshot.users, snapshot.groups, snapshot.roles):
        found += [policy for holder in held.values() for policy in holder.inline]
    found += snapshot.policies.values()
    if snapshot.organization is not None:
        found += snapshot.organization.policies.values()
    return [policy for policy in found if isinstance(policy.document, dict)]


@pytest.mark.slow
def test_a_policy_that_loses_a_statement_is_deciding_without_the_statement() -> None:
    def judge(snapshot: Snapshot) -> set[str]:
        seen = set()
        for policy in documents(snapshot):
            after = overlay.without_statement(snapshot, policy.arn, "0", "a file")
            assert policy_of(after, policy.arn) != policy
            seen |= check(snapshot, after, set(), ledger(snapshot, after))
        return seen

    seen = searched(judge, examples=3)
    assert {"lost", "kept", "gained", "closed"} <= set(seen)


@pytest.mark.slow
def test_another_document_or_boundary_is_deciding_with_it() -> None:
    def judge(snapshot: Snapshot) -> set[str]:
        seen = set()
        trusts = [role.trust for role in snapshot.roles.values() if role.trust is not None]
        for one, other in itertools.pairwise(trusts):
            if isinstance(other.document, dict):
                after = overlay.with_document(snapshot, one.arn, other.document, "a file")
                seen |= check(snapshot, after, set(), ledger(snapshot, after))
        for holder in (*USERS, *ROLES):
            bound = POLICIES[-1] if POLICIES[-1] in snapshot.policies else None
            after = overlay.with_boundary(snapshot, holder, bound)
            seen |= check(snapshot, after, set(), ledger(snapshot, after))
            after = overlay.with_boundary(snapshot, holder, None)
            seen |= check(snapshot, after, set(), ledger(snapshot, after))
        return seen

    seen = searched(judge, examples=3)
    assert {"lost", "kept", "harder", "gained", "closed"} <= set(seen)
