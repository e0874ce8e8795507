"""How many principals each one can become, and how far away, within six hops, beside the store.

A set of roles is one integer, a bit for each role, and a hop is an OR over what the neighbours
reach. Principals with the same edges are counted once, and a round looks only at those whose
neighbours changed in the round before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MAX_HOPS = 6
_BLOCK_BYTES = 256_000_000


@dataclass(frozen=True, slots=True)
class Counts:
    """Distinct others that a principal reaches, is reached by, and is reached by outright.

    ``farthest`` is the number of hops to the last of those that it reaches, ``farthest_role`` the
    first of them by key.
    """

    reaches: int = 0
    reached_by: int = 0
    reached_by_now: int = 0
    farthest: int = 0
    farthest_role: str = ""


def counts(
    edges: Iterable[tuple[str, str]],
    outright: Iterable[tuple[str, str]] = (),
    *,
    max_hops: int = MAX_HOPS,
) -> dict[str, Counts]:
    """Counts of every principal that an edge touches.

    Args:
        edges: Source and target of every edge.
        outright: Those among them that need nothing.
        max_hops: The longest chain that counts.

    Example:
        >>> found = counts([("a", "b"), ("b", "c"), ("c", "b")], [("a", "b")])
        >>> found["a"].reaches, found["a"].farthest, found["a"].farthest_role
        (2, 2, 'c')
        >>> found["c"].reached_by, found["c"].reached_by_now
        (2, 0)
    """
    forward = _adjacency(edges)
    reaches, farthest = _closure(forward, max_hops)
    reached_by = closure_sizes(_reversed(forward), max_hops)
    reached_now = closure_sizes(_reversed(_adjacency(outright)), max_hops)
    return {
        node: Counts(
            reaches.get(node, 0),
            reached_by.get(node, 0),
            reached_now.get(node, 0),
            *farthest.get(node, (0, "")),
        )
        for node in reaches.keys() | reached_by.keys()
    }


def _adjacency(edges: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for source, target in edges:
        if source != target:
            found.setdefault(source, set()).add(target)
    return found


def _reversed(forward: Mapping[str, set[str]]) -> dict[str, set[str]]:
    return _adjacency((target, source) for source, targets in forward.items() for target in targets)


def closure_sizes(adjacency: Mapping[str, set[str]], max_hops: int = MAX_HOPS) -> dict[str, int]:
    """For each node with neighbours, how many others lie within the hops.

    Example:
        >>> closure_sizes({"a": {"b"}, "b": {"c"}}, 1)
        {'a': 1, 'b': 1}
    """
    return _closure(adjacency, max_hops)[0]


def _closure(
    adjacency: Mapping[str, set[str]], max_hops: int
) -> tuple[dict[str, int], dict[str, tuple[int, str]]]:
    """How many others each node reaches, and the farthest of them with its hops."""
    goals = sorted({target for targets in adjacency.values() for target in targets})
    classes: dict[frozenset[str], int] = {}
    of_node = {
        node: classes.setdefault(frozenset(targets), len(classes))
        for node, targets in adjacency.items()
    }
    # A class of equal neighbourhoods: the classes that its members' neighbours belong to.
    onward = [[of_node[t] for t in targets if t in of_node] for targets in classes]
    before: list[list[int]] = [[] for _ in classes]
    for number, following in enumerate(onward):
        for other in set(following):
            before[other].append(number)
    sizes = [0] * len(classes)
    own: dict[str, int] = {}
    farthest: dict[str, tuple[int, str]] = {}
    width = max(64, _BLOCK_BYTES * 8 // max(1, len(classes)))
    for start in range(0, len(goals), width):
        bit = {goal: 1 << place for place, goal in enumerate(goals[start : start + width])}
        direct = [_union(bit.get(target, 0) for target in targets) for targets in classes]
        held, grown = _spread(direct, onward, before, max_hops)
        for number, bits in enumerate(held):
            sizes[number] += bits.bit_count()
        for goal, mask in bit.items():
            if goal in of_node and held[of_node[goal]] & mask:
                own[goal] = 1
        for node, number in of_node.items():
            hops, place = grown[number].besides(bit.get(node, 0).bit_length() - 1)
            if hops > farthest.get(node, (0, ""))[0]:
                farthest[node] = hops, goals[start + place]
    counted = {node: sizes[number] - own.get(node, 0) for node, number in of_node.items()}
    return counted, farthest


@dataclass(frozen=True, slots=True)
class _Growth:
    """The last two rounds in which a set grew, and the first places that they added."""

    hops: int = 0
    first: int = -1
    second: int = -1
    hops_before: int = 0
    first_before: int = -1

    def grow(self, hops: int, added: int) -> "_Growth":
        rest = added & (added - 1)
        return _Growth(hops, _lowest(added), _lowest(rest), self.hops, self.first)

    def besides(self, own: int) -> tuple[int, int]:
        """The last round that added another place than ``own``, and the first such place."""
        for hops, place in (
            (self.hops, self.first),
            (self.hops, self.second),
            (self.hops_before, self.first_before),
        ):
            if place >= 0 and place != own:
                return hops, place
        return 0, -1


def _lowest(bits: int) -> int:
    """Place of the lowest bit; -1 when there is none."""
    return (bits & -bits).bit_length() - 1


def _union(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found


def _spread(
    direct: list[int], onward: list[list[int]], before: list[list[int]], max_hops: int
) -> tuple[list[int], list[_Growth]]:
    """What each class reaches: its own bits, and hop by hop those of the classes after it."""
    held = list(direct)
    grown = [_Growth().grow(1, bits) if bits else _Growth() for bits in direct]
    changed = range(len(direct))
    for hops in range(2, max_hops + 1):
        again = {number for other in changed for number in before[other]}
        fresh = {}
        for number in again:
            bits = held[number]
            for other in onward[number]:
                bits |= held[other]
            if bits != held[number]:
                fresh[number] = bits
        if not fresh:
            break
        # INVARIANT: a round reads only what the round before wrote, so hops are counted exactly.
        for number, bits in fresh.items():
            grown[number] = grown[number].grow(hops, bits & ~held[number])
            held[number] = bits
        changed = list(fresh)  # type: ignore[assignment]
    return held, grown
