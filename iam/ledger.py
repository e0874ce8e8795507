"""Whose access ends, and who keeps it by another way: reach with an entity against reach without.

A chain has at most six hops. Hops are looked up node by node, so that the cost is that of the
neighbourhood, wherever the hops are kept.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage_delete.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from iam.assume import AssumeEdge, hop_of
from iam.chain import Chain, Hop, combine, find_chains
from iam.decision import Atom, Requirements, Verdict

MAX_HOPS = 6
_MOST_PAIRS = 10_000

Lookup = Callable[[Collection[str]], Mapping[str, Sequence[Hop]]]


class Net:
    """Decided hops by either end, looked up when they are needed and then kept.

    Args:
        outgoing: Hops that leave each of some nodes.
        incoming: Hops that enter each of some nodes.
    """

    def __init__(self, outgoing: Lookup, incoming: Lookup) -> None:
        self._ask = (outgoing, incoming)
        self._kept: tuple[dict[str, Sequence[Hop]], dict[str, Sequence[Hop]]] = ({}, {})

    @classmethod
    def of(cls, edges: Iterable[AssumeEdge]) -> "Net":
        """The hops of edges that are at hand."""
        leaving: dict[str, list[Hop]] = {}
        entering: dict[str, list[Hop]] = {}
        for edge in edges:
            hop = hop_of(edge)
            leaving.setdefault(hop.source, []).append(hop)
            entering.setdefault(hop.target, []).append(hop)
        return cls(
            lambda nodes: {node: leaving.get(node, ()) for node in nodes},
            lambda nodes: {node: entering.get(node, ()) for node in nodes},
        )

    def out(self, nodes: Collection[str]) -> Mapping[str, Sequence[Hop]]:
        """Hops that leave each node, unconditional ones first, in a fixed order."""
        return self._of(0, nodes)

    def into(self, nodes: Collection[str]) -> Mapping[str, Sequence[Hop]]:
        """Hops that enter each node, unconditional ones first, in a fixed order."""
        return self._of(1, nodes)

    def _of(self, end: int, nodes: Collection[str]) -> Mapping[str, Sequence[Hop]]:
        kept = self._kept[end]
        missing = [node for node in nodes if node not in kept]
        if missing:
            for node, hops in self._ask[end](missing).items():
                kept[node] = sorted((h for h in hops if h.source != h.target), key=_hop_order)
        return {node: kept.get(node, ()) for node in nodes}


def _hop_order(hop: Hop) -> tuple[bool, str, str, str]:
    return hop.verdict is not Verdict.ALLOW, hop.target, hop.source, hop.operation


@dataclass(slots=True)
class Pairs:
    """Pairs of principals whose chains end (``lost``) or find another way (``kept``).

    ``truncated`` says that there are more pairs than were looked at.
    """

    lost: list[dict[str, str]] = field(default_factory=list)
    kept: list[dict[str, Any]] = field(default_factory=list)
    truncated: bool = False


def pairs(net: Net, role: str, max_hops: int = MAX_HOPS) -> Pairs:
    """F-20: who reaches what only through a role (lost), and who has another way (kept).

    Both ends differ from the role itself: it is gone for everybody.
    """
    arriving = _flood(net, role, max_hops - 1, backward=True)
    leaving = _flood(net, role, max_hops - 1)
    found = Pairs()
    for source in sorted(arriving):
        after: _Sight | None = None
        before: _Sight | None = None
        for target in sorted(leaving):
            via = [*arriving[source], *leaving[target]]
            if target == source or len(via) > max_hops:
                continue
            if not _uses(net, via, role, target, max_hops):
                continue
            if len(found.lost) + len(found.kept) >= _MOST_PAIRS:
                found.truncated = True
                return found
            after = after or _Sight(net, source, max_hops, frozenset({role}))
            chain = after.best(target)
            if chain is None:
                found.lost.append({"from": source, "to": target})
            else:
                before = before or _Sight(net, source, max_hops)
                found.kept.append(_kept(before.best(target), chain))
    return found


def _kept(before: Chain | None, after: Chain) -> dict[str, Any]:
    was = before.requirements if before is not None else ()
    return {
        "from": after.nodes[0],
        "to": after.nodes[-1],
        "path": list(after.nodes),
        "verdict": after.verdict.value,
        "was": before.verdict.value if before is not None else after.verdict.value,
        "now_needs": [atom.to_json() for atom in _more(was, after.requirements)],
    }


def _more(before: Requirements, after: Requirements) -> list[Atom]:
    """What the easiest way needs now and no way needed before; empty when nothing is harder."""
    ways_before = [{_said(atom) for atom in branch} for branch in before] or [set()]
    ways_after = [{_said(atom): atom for atom in branch} for branch in after] or [{}]
    if any(now.keys() <= was for now in ways_after for was in ways_before):
        return []
    easiest = min(ways_after, key=len)
    nearest = max(ways_before, key=lambda way: len(way & easiest.keys()))
    return [atom for said, atom in easiest.items() if said not in nearest]


def _said(atom: Atom) -> tuple[Any, ...]:
    """What is needed, whichever statement says so."""
    return atom.key.lower(), atom.operator, atom.values, atom.negated


class _Sight:
    """What one principal sees of a net, without some nodes."""

    def __init__(
        self, net: Net, source: str, max_hops: int, without: frozenset[str] = frozenset()
    ) -> None:
        self._net = net
        self._source = source
        self._most = max_hops
        self._without = without
        # A chain of unconditional hops is unconditional, and worth more than a shorter one.
        self._plain = _flood(net, source, max_hops, without=without, plain=True)
        self._any: dict[str, list[Hop]] | None = None

    def best(self, target: str) -> Chain | None:
        """The best chain to a target: an unconditional one, else a short one; None for none."""
        way = self._plain.get(target)
        if way is not None:
            return combine(way)
        if self._any is None:
            self._any = _flood(self._net, self._source, self._most, without=self._without)
        way = self._any.get(target)
        if way is None:
            return None
        return combine(way) or self._searched(target)

    def _searched(self, target: str) -> Chain | None:
        chains, _ = find_chains(
            lambda node: [h for h in self._net.out((node,))[node] if h.target not in self._without],
            self._source,
            {target},
            max_hops=self._most,
            limit=1,
        )
        return chains[0] if chains else None


def _flood(
    net: Net,
    start: str,
    most: int,
    *,
    backward: bool = False,
    without: frozenset[str] = frozenset(),
    plain: bool = False,
) -> dict[str, list[Hop]]:
    """A shortest path to every node within reach, along or against the hops."""
    found: dict[str, list[Hop]] = {start: []}
    layer = [start]
    for _ in range(most):
        after: list[str] = []
        hops_of = net.into(layer) if backward else net.out(layer)
        for node in layer:
            for hop in hops_of[node]:
                far = hop.source if backward else hop.target
                if far in found or far in without or (plain and hop.verdict is not Verdict.ALLOW):
                    continue
                found[far] = [hop, *found[node]] if backward else [*found[node], hop]
                after.append(far)
        layer = after
    del found[start]
    return found


def _uses(net: Net, via: list[Hop], role: str, target: str, max_hops: int) -> bool:
    """Whether a chain can lead through the role at all: no node twice, requirements that agree."""
    nodes = [via[0].source, *(hop.target for hop in via)]
    if len(set(nodes)) != len(nodes):
        return False
    if combine(via) is not None:
        return True
    chains, _ = find_chains(
        lambda node: net.out((node,))[node], nodes[0], {target}, max_hops=max_hops
    )
    return any(role in chain.nodes for chain in chains)
