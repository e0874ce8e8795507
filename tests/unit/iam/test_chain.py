"""A chain needs what its hops need, and carries facts from each call into the next."""

from collections.abc import Callable, Iterable

from iam.assume import assume_edges, hop_of
from iam.chain import Hop, combine, find_chains
from iam.decision import Verdict
from iam.model import Snapshot
from tests.unit.iam.build import allow, role, snapshot, trust, user


def steps(found: Snapshot) -> Callable[[str], Iterable[Hop]]:
    by_source: dict[str, list[Hop]] = {}
    for edge in assume_edges(found):
        by_source.setdefault(edge.source, []).append(hop_of(edge))
    return lambda node: by_source.get(node, ())


U1 = user("u1").arn
R1 = role("r1", []).arn
R2 = role("r2", []).arn
R3 = role("r3", []).arn


def chains(found: Snapshot, start: str, goal: str) -> list[tuple[str, ...]]:
    kept, truncated = find_chains(steps(found), start, [goal], snapshot=found)
    assert not truncated
    return [c.nodes for c in kept]


def test_h159_the_second_role_ends_after_an_hour() -> None:
    found = snapshot(
        user("u1"),
        role("r1", [trust({"AWS": U1}, Condition={"StringEquals": {"sts:ExternalId": "kk"}})]),
        role("r2", [trust({"AWS": R1})], max_session_seconds=43200),
    )
    (chain,), _ = find_chains(steps(found), U1, [R2], snapshot=found)
    assert chain.verdict is Verdict.CONDITIONAL
    assert [[a.key for a in b] for b in chain.requirements] == [["sts:ExternalId"]]
    assert chain.max_session_seconds == 3600


def test_h160_after_a_hop_the_principal_is_the_role() -> None:
    found = snapshot(
        user("u1"),
        role("r1", [trust({"AWS": U1})]),
        role("r2", [trust("*", Condition={"ArnEquals": {"aws:PrincipalArn": U1}})]),
    )
    assert chains(found, U1, R2) == [(U1, R2)]


def test_h161_a_session_name_chosen_on_hop_one_binds_hop_two() -> None:
    named = {"StringLike": {"sts:RoleSessionName": "${aws:username}"}}

    def world(session: str) -> Snapshot:
        return snapshot(
            user("u1"),
            role("r1", [trust({"AWS": U1}, Condition=named)]),
            role("r2", [trust({"AWS": f"arn:aws:sts::111111111111:assumed-role/r1/{session}"})]),
        )

    assert chains(world("bob"), U1, R2) == []
    assert chains(world("u1"), U1, R2) == [(U1, R1, R2)]


def test_h165_no_chain_passes_a_role_twice() -> None:
    found = snapshot(
        user("u1"),
        role("r1", [trust({"AWS": [U1, R2]})]),
        role("r2", [trust({"AWS": R1})]),
    )
    assert chains(found, U1, R2) == [(U1, R1, R2)]
    assert chains(found, R1, R1) == []


def test_external_ids_of_two_calls_do_not_contradict() -> None:
    found = snapshot(
        user("u1"),
        role("r1", [trust({"AWS": U1}, Condition={"StringEquals": {"sts:ExternalId": "one"}})]),
        role("r2", [trust({"AWS": R1}, Condition={"StringEquals": {"sts:ExternalId": "two"}})]),
    )
    (chain,), _ = find_chains(steps(found), U1, [R2], snapshot=found)
    assert sorted(a.values for a in chain.requirements[0]) == [("one",), ("two",)]


def test_a_session_tag_must_be_grantable_on_the_hop_before() -> None:
    wants = {"StringEquals": {"aws:PrincipalTag/team": "x"}}
    target = role("r2", [trust({"AWS": R1}, Condition=wants)])
    with_tags = snapshot(
        user("u1"), role("r1", [trust({"AWS": U1}, ["sts:AssumeRole", "sts:TagSession"])]), target
    )
    (chain,), _ = find_chains(steps(with_tags), U1, [R2], snapshot=with_tags)
    assert [(a.key, a.values) for a in chain.requirements[0]] == [("aws:RequestTag/team", ("x",))]
    without = snapshot(user("u1"), role("r1", [trust({"AWS": U1})]), target)
    assert chains(without, U1, R2) == []


def test_h163_and_h199_source_identity_travels() -> None:
    both = ["sts:AssumeRole", "sts:SetSourceIdentity"]

    def world(key: str, first: list[str]) -> Snapshot:
        wants = {"StringEquals": {key: "alice"}}
        return snapshot(
            user("u1"),
            role("r1", [trust({"AWS": U1}, first)], allow(both, R2)),
            role("r2", [trust({"AWS": R1}, both, Condition=wants)]),
        )

    found = world("aws:SourceIdentity", both)
    (chain,), _ = find_chains(steps(found), U1, [R2], snapshot=found)
    assert [(a.key, a.kind) for a in chain.requirements[0]] == [
        ("sts:SourceIdentity", "CALLER_PARAM")
    ]
    assert chains(world("aws:SourceIdentity", ["sts:AssumeRole"]), U1, R2) == []
    assert chains(world("sts:SourceIdentity", both), U1, R2) == [(U1, R1, R2)]


def test_mfa_after_a_federated_entry_is_impossible() -> None:
    provider = "arn:aws:iam::111111111111:saml-provider/Corp"
    found = snapshot(
        role("r1", [trust({"Federated": provider}, "sts:AssumeRoleWithSAML")]),
        role(
            "r2", [trust({"AWS": R1}, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})]
        ),
    )
    assert chains(found, provider, R1) == [(provider, R1)]
    assert chains(found, provider, R2) == []


def test_the_chain_with_fewest_requirements_comes_first() -> None:
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    found = snapshot(
        user("u1"),
        role("r1", [trust({"AWS": U1})]),
        role("r2", [trust({"AWS": R1})]),
        role("r3", [trust({"AWS": R2}), trust({"AWS": U1}, Condition=mfa)]),
    )
    assert chains(found, U1, R3) == [(U1, R1, R2, R3), (U1, R3)]


def test_nothing_is_no_chain() -> None:
    assert combine([]) is None
