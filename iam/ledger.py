"""Whose access ends, begins or stays: the chains before a change against the chains after it.

A chain has at most six hops. Hops are looked up node by node, so that the cost is that of the
neighbourhood, wherever the hops are kept.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage_delete.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from iam import arn as arns
from iam import formula
from iam.admin import is_administrator
from iam.assume import AssumeEdge, hop_of
from iam.chain import Chain, Hop, combine, find_chains
from iam.decision import Atom, Verdict
from iam.model import Snapshot

MAX_HOPS = 6
_MOST_PAIRS = 10_000
_MOST_CHAINS = 2_000

Lookup = Callable[[Collection[str]], Mapping[str, Sequence[Hop]]]
_Key = tuple[str, str, str]
_Said = tuple[Any, ...]
_Way = Mapping[_Said, Atom]


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


class _Changed(Net):
    """A net without some of its hops and with others; what is far from them is looked up there."""

    def __init__(self, net: Net, ended: Iterable[Hop], begun: Iterable[Hop] = ()) -> None:
        super().__init__(net.out, net.into)
        gone = list(ended)
        self._gone = {_key(hop) for hop in gone}
        self._new: tuple[dict[str, list[Hop]], dict[str, list[Hop]]] = ({}, {})
        self._touched = ({h.source for h in gone}, {h.target for h in gone})
        for hop in begun:
            for end, node in enumerate((hop.source, hop.target)):
                self._touched[end].add(node)
                self._new[end].setdefault(node, []).append(hop)

    def _of(self, end: int, nodes: Collection[str]) -> Mapping[str, Sequence[Hop]]:
        found = dict(self._ask[end](nodes))
        for node in self._touched[end].intersection(nodes):
            hops = [hop for hop in found[node] if _key(hop) not in self._gone]
            found[node] = sorted([*hops, *self._new[end].get(node, ())], key=_hop_order)
        return found


def _hop_order(hop: Hop) -> tuple[bool, str, str, str]:
    return hop.verdict is not Verdict.ALLOW, hop.target, hop.source, hop.operation


def _key(hop: Hop) -> _Key:
    return hop.source, hop.target, hop.operation


@dataclass(slots=True)
class Pairs:
    """Pairs of principals whose chains end, begin, or find another way.

    ``lost`` have no way any more, ``kept`` have another one than the way that ended, ``gained``
    have one that nobody had, and ``closed`` are those of the ended ways that were a risk.
    ``truncated`` says that there are more pairs, or more ways, than were looked at.
    """

    lost: list[dict[str, str]] = field(default_factory=list)
    kept: list[dict[str, Any]] = field(default_factory=list)
    gained: list[dict[str, Any]] = field(default_factory=list)
    closed: list[dict[str, Any]] = field(default_factory=list)
    truncated: bool = False

    @property
    def is_full(self) -> bool:
        """Whether no more pairs are looked at."""
        return len(self.lost) + len(self.kept) + len(self.gained) >= _MOST_PAIRS


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of the hops of a net.

    A hop that is in both ``ended`` and ``begun`` is another one afterwards; where it is the same,
    what a session may carry over it may differ. ``gone`` are principals that are no more: a pair
    with one of them is not a pair of others, so it is neither lost nor kept. ``before`` and
    ``after`` are the facts; without them a chain is taken as its hops alone.
    """

    ended: Sequence[Hop]
    begun: Sequence[Hop] = ()
    gone: frozenset[str] = frozenset()
    before: Snapshot | None = None
    after: Snapshot | None = None


def without(net: Net, key: str, snapshot: Snapshot | None = None) -> Change:
    """The change that takes a principal away, as long as nobody else's decisions ask for it."""
    ended = [*net.into((key,))[key], *net.out((key,))[key]]
    return Change(ended, gone=frozenset({key}), before=snapshot, after=snapshot)


def pairs(net: Net, change: Change, max_hops: int = MAX_HOPS) -> Pairs:
    """F-20: who reaches what only by a hop that ends, who by another way, who anew."""
    ledger = _Ledger(net, change, max_hops)
    for source in ledger.sources():
        for target, old in ledger.touched(source):
            if ledger.found.is_full:
                ledger.found.truncated = True
                return ledger.found
            ledger.enter(source, target, old)
    return ledger.found


class _Ledger:
    """One comparison of a net with what a change makes of it."""

    def __init__(self, net: Net, change: Change, most: int) -> None:
        self.found = Pairs()
        self._change = change
        self._most = most
        self._before = net
        # The hops that stay as they are: a chain of them is a way before and after.
        self._common = _Changed(net, change.ended)
        self._after = _Changed(net, change.ended, change.begun) if change.begun else self._common
        self._begun = {_key(hop): hop for hop in change.begun}
        self._keys = ({_key(hop) for hop in change.ended}, self._begun.keys())
        self._near = (
            self._arriving(self._before, change.ended),
            self._arriving(self._after, change.begun),
        )
        self._risks = _Risks(change.before)
        self._seen: tuple[str, dict[str, list[Hop]], dict[str, list[Hop]]] = ("", {}, {})
        self._leading: dict[tuple[int, str], set[str]] = {}

    def _arriving(self, net: Net, hops: Iterable[Hop]) -> dict[str, int]:
        """How far each node is from a hop that the change is about."""
        found = dict.fromkeys(sorted({hop.source for hop in hops}), 0)
        layer = list(found)
        for distance in range(1, self._most):
            after = []
            entering = net.into(layer)
            for node in layer:
                for hop in entering[node]:
                    if hop.source not in found:
                        found[hop.source] = distance
                        after.append(hop.source)
            layer = after
        return found

    def sources(self) -> list[str]:
        """Everyone with a chain that may lead over a hop of the change."""
        return sorted({*self._near[0], *self._near[1]})

    def touched(self, source: str) -> list[tuple[str, list[Hop]]]:
        """Whom a source reaches over such a hop, with the shortest way over one that ends."""
        old = self._over(0, self._before, source)
        new = self._over(1, self._after, source)
        return [(target, old.get(target, [])) for target in sorted({*old, *new} - {source})]

    def _over(self, side: int, net: Net, source: str) -> dict[str, list[Hop]]:
        """A shortest way to each node that leads over one of the hops, nodes twice included."""
        near, keys = self._near[side], self._keys[side]
        found: tuple[dict[str, list[Hop]], dict[str, list[Hop]]] = ({source: []}, {})
        layers: tuple[list[str], list[str]] = ([source], [])
        for length in range(1, self._most + 1) if source in near else ():
            after: tuple[list[str], list[str]] = ([], [])
            for used in (0, 1):
                leaving = net.out(layers[used])
                for node in layers[used]:
                    for hop in leaving[node]:
                        over = 1 if used or _key(hop) in keys else 0
                        far = hop.target
                        if far in found[over] or (
                            not over and near.get(far, self._most) + length >= self._most
                        ):
                            continue
                        found[over][far] = [*found[used][node], hop]
                        after[over].append(far)
            layers = after
        return found[1]

    # --- one pair ---------------------------------------------------------------------------

    def enter(self, source: str, target: str, old: Sequence[Hop]) -> None:
        """Judge one pair, and enter it where it belongs; ``old`` is a way that ends."""
        if source in self._change.gone or target in self._change.gone:
            self._close(source, target, old)
            return
        plain, any_way = self._sight(source)
        chain = combine(plain[target], self._change.before) if target in plain else None
        if chain is not None and chain.verdict is Verdict.ALLOW:
            if old and self._first_ended(source, target, old) is not None:
                self.found.kept.append(_kept(chain, [chain], [chain]))
        elif target in any_way:
            self._weigh(source, target)
        elif old and self._first_ended(source, target, old) is not None:
            self.found.lost.append({"from": source, "to": target})
            self._close(source, target, old)

    def _weigh(self, source: str, target: str) -> None:
        """Compare all ways before with all ways after."""
        before = self._chains(0, source, target)
        after: Sequence[Chain] = [
            c for c in before if not any(_key(hop) in self._keys[0] for hop in c.hops)
        ]
        if self._after is not self._common:
            after = self._chains(1, source, target)
        if before and not after:
            self.found.lost.append({"from": source, "to": target})
            self._close(source, target, before[0].hops)
        if before and after and any(map(self._has_ended, before)):
            self.found.kept.append(_kept(after[0], before, after))
        if self._after is self._common:
            return  # what only ends gives nobody a way
        if after and _uncovered(_ways(after), _ways(before)):
            fresh = next(c for c in after if _uncovered(_ways([c]), _ways(before)))
            self.found.gained.append(_gained(fresh, before))

    def _close(self, source: str, target: str, old: Sequence[Hop]) -> None:
        """F-20: a way that ends and was a risk is what the change is good for."""
        risk = self._risks.of(source, target)
        if not risk or not old or self._first_ended(source, target, old) is None:
            return
        best = self._chains(0, source, target)[0]
        self.found.closed.append(
            {
                "from": source,
                "to": target,
                "path": list(best.nodes),
                "verdict": best.verdict.value,
                "risk": risk,
            }
        )

    def _first_ended(self, source: str, target: str, old: Sequence[Hop]) -> Chain | None:
        """A chain that was a way and is none, or another one, afterwards."""
        nodes = [source, *(hop.target for hop in old)]
        chain = combine(old, self._change.before) if len(set(nodes)) == len(nodes) else None
        if chain is not None and self._has_ended(chain):
            return chain
        return next(filter(self._has_ended, self._chains(0, source, target)), None)

    def _has_ended(self, chain: Chain) -> bool:
        keys = {_key(hop) for hop in chain.hops} & self._keys[0]
        if not keys:
            return False
        if not keys <= self._begun.keys():
            return True
        # Another hop may make the same chain, and the same hop another chain.
        hops = [self._begun.get(_key(hop), hop) for hop in chain.hops]
        now = combine(hops, self._change.after)
        return now is None or _demands(now) != _demands(chain)

    def _sight(self, source: str) -> tuple[dict[str, list[Hop]], dict[str, list[Hop]]]:
        """Unconditional ways of a source that stay, and any ways that there are afterwards."""
        if self._seen[0] != source:
            plain = _flood(self._common, source, self._most, plain=True)
            self._seen = source, plain, _flood(self._after, source, self._most)
        return self._seen[1], self._seen[2]

    def _chains(self, side: int, source: str, target: str) -> Sequence[Chain]:
        """Every chain of a pair before or after, the least demanding first."""
        net = (self._before, self._after)[side]
        facts = (self._change.before, self._change.after)[side]
        leading = self._leading.get((side, target))
        if leading is None:
            leading = {target, *_flood(net, target, self._most, backward=True)}
            self._leading[side, target] = leading
        chains, more = find_chains(
            lambda node: [hop for hop in net.out((node,))[node] if hop.target in leading],
            source,
            {target},
            max_hops=self._most,
            limit=_MOST_CHAINS,
            snapshot=facts,
        )
        self.found.truncated |= more
        return chains


class _Risks:
    """What makes a way a risk: who goes it from outside, or whom one becomes by it."""

    def __init__(self, snapshot: Snapshot | None) -> None:
        self._snapshot = snapshot
        self._admins: dict[str, bool] = {}

    def of(self, source: str, target: str) -> str:
        """``public``, ``outside`` or ``administrator``; empty where the way is none."""
        if source == "*":
            return "public"
        if self._snapshot is None:
            return ""
        account = arns.account_of(source.partition("#")[0])
        held = self._snapshot.accounts.get(account)
        if account and (held is None or not (held.collected or held.parent)):
            return "outside"
        is_risky = self._is_admin(target) and not self._is_admin(source)
        return "administrator" if is_risky else ""

    def _is_admin(self, key: str) -> bool:
        if self._snapshot is None:
            return False
        if key not in self._admins:
            self._admins[key] = is_administrator(self._snapshot, key)
        return self._admins[key]


# --- what an entry says ---------------------------------------------------------------------


def _kept(chain: Chain, before: Sequence[Chain], after: Sequence[Chain]) -> dict[str, Any]:
    return {
        "from": chain.nodes[0],
        "to": chain.nodes[-1],
        "path": list(chain.nodes),
        "verdict": chain.verdict.value,
        "was": _verdict(before),
        "requirements": [[atom.to_json() for atom in branch] for branch in chain.requirements],
        "now_needs": [atom.to_json() for atom in _more(_ways(before), _ways(after))],
    }


def _gained(chain: Chain, before: Sequence[Chain]) -> dict[str, Any]:
    return {
        "from": chain.nodes[0],
        "to": chain.nodes[-1],
        "path": list(chain.nodes),
        "verdict": chain.verdict.value,
        "was": _verdict(before),
        "requirements": [[atom.to_json() for atom in branch] for branch in chain.requirements],
    }


def _verdict(chains: Sequence[Chain]) -> str:
    if not chains:
        return Verdict.DENY.value
    is_open = any(chain.verdict is Verdict.ALLOW for chain in chains)
    return (Verdict.ALLOW if is_open else Verdict.CONDITIONAL).value


def _demands(chain: Chain) -> set[frozenset[_Said]]:
    """What each way of a chain asks for, whichever statements say so."""
    return {frozenset(way) for way in _ways([chain])}


def _ways(chains: Sequence[Chain]) -> list[_Way]:
    """What each way of some chains needs, the shortest first."""
    branches = [frozenset(b) for chain in chains for b in (chain.requirements or ((),))]
    return [{_said(atom): atom for atom in branch} for branch in formula.shortest(branches)]


def _uncovered(ways: Iterable[_Way], by: Sequence[_Way]) -> list[_Way]:
    """Ways whose demands, met, are not enough for any of some others."""
    return [way for way in ways if not any(other.keys() <= way.keys() for other in by)]


def _more(before: Sequence[_Way], after: Sequence[_Way]) -> list[Atom]:
    """What is needed now beyond what was enough; empty when every old way's demands still do."""
    for way in _uncovered(before, after):
        nearest = min(after, key=lambda other: len(other.keys() - way.keys()))
        return [atom for said, atom in nearest.items() if said not in way]
    return []


def _said(atom: Atom) -> _Said:
    """What is needed, whichever statement says so."""
    return atom.key.lower(), atom.operator, atom.values, atom.negated


def _flood(
    net: Net, start: str, most: int, *, backward: bool = False, plain: bool = False
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
                if far in found or (plain and hop.verdict is not Verdict.ALLOW):
                    continue
                found[far] = [hop, *found[node]] if backward else [*found[node], hop]
                after.append(far)
        layer = after
    del found[start]
    return found
