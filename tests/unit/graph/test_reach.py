"""Reach that is counted beside the store is that of a plain walk."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from graph.reach import Counts, counts

Edges = list[tuple[str, str]]
NAMES = st.sampled_from("abcdefghij")


def walked(edges: Edges, start: str, max_hops: int) -> Mapping[str, int]:
    """Hops of the shortest chain to everything else within reach."""
    hops = {start: 0}
    front = {start}
    for distance in range(1, max_hops + 1):
        front = {b for a, b in edges if a in front} - hops.keys()
        hops.update(dict.fromkeys(front, distance))
    del hops[start]
    return hops


@given(st.lists(st.tuples(NAMES, NAMES), max_size=25), st.integers(1, 6))
def test_counts_are_those_of_a_walk(edges: Edges, max_hops: int) -> None:
    found = counts(edges, edges[::2], max_hops=max_hops)
    back, back_now = [(b, a) for a, b in edges], [(b, a) for a, b in edges[::2]]
    for node in {end for edge in edges if edge[0] != edge[1] for end in edge}:
        reached = walked(edges, node, max_hops)
        farthest = max(reached.values(), default=0)
        assert found[node] == Counts(
            reaches=len(reached),
            reached_by=len(walked(back, node, max_hops)),
            reached_by_now=len(walked(back_now, node, max_hops)),
            farthest=farthest,
            farthest_role=min((r for r, hops in reached.items() if hops == farthest), default=""),
        )
