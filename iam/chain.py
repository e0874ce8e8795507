"""A delegation chain is its hops, and what one session must carry from each hop into the next.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from iam import arn as arns
from iam import entry_points, formula
from iam.authorize import Request, authorize
from iam.decision import Atom, Requirements, Verdict
from iam.formula import Branch
from iam.model import Snapshot

ROLE_CHAINING_SECONDS = 3600
_FEDERATED = ("AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "sso")
_MOST_CANDIDATES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One step of a chain, as its edge was decided.

    ``assumptions`` are those of the decision; an answer states them once, not hop by hop (V-12).
    """

    source: str
    target: str
    kind: str = "CAN_ASSUME"
    operation: str = "AssumeRole"
    technique: str = ""
    verdict: Verdict = Verdict.ALLOW
    requirements: Requirements = ()
    assumptions: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The hop in the shape of the ``paths`` answer."""
        data: dict[str, Any] = {
            "from": self.source,
            "to": self.target,
            "kind": self.kind,
            "operation": self.operation,
        }
        if self.technique:
            data["technique"] = self.technique
        data["verdict"] = self.verdict.value
        data["requirements"] = [[a.to_json() for a in b] for b in self.requirements]
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Hops together with what the whole needs.

    ``max_session_seconds`` is how long the last session can be; None where it was not read.
    """

    hops: tuple[Hop, ...]
    requirements: Requirements
    verdict: Verdict
    max_session_seconds: int | None

    @property
    def nodes(self) -> tuple[str, ...]:
        """The principals along the way, start first."""
        return (self.hops[0].source, *(h.target for h in self.hops))

    @property
    def demands(self) -> tuple[bool, int, int]:
        """Order of chains: likely before unlikely, fewest requirements, fewest hops."""
        shortest = min((len(b) for b in self.requirements), default=0)
        unlikely = bool(self.requirements) and all(
            any(a.likelihood == "unlikely" for a in b) for b in self.requirements
        )
        return (unlikely, shortest, len(self.hops))

    def to_json(self) -> dict[str, Any]:
        """The chain in the shape of the ``paths`` answer."""
        return {
            "hops": [h.to_json() for h in self.hops],
            "requirements": [[a.to_json() for a in b] for b in self.requirements],
            "max_session_seconds": self.max_session_seconds,
        }


def session_ceiling(max_session_seconds: int | None, *, chained: bool) -> int | None:
    """Longest session, in seconds, on a role; one hour when the caller is itself a role (C-61).

    How long a session may be is told and never decides (C-36).

    Example:
        >>> session_ceiling(43200, chained=True)
        3600
        >>> session_ceiling(None, chained=False) is None
        True
    """
    if chained:
        return ROLE_CHAINING_SECONDS
    return max_session_seconds


def combine(hops: Sequence[Hop], snapshot: Snapshot | None = None) -> Chain | None:
    """What a chain needs in all: union of its hops, with carried facts resolved (C-62 to C-67).

    Args:
        hops: The hops in order; each starts where the one before ends.
        snapshot: The facts, used to decide whether an earlier hop may set what a later one asks
            for; without them such a demand stays as a requirement.

    Returns:
        The chain, or None when no choice of ways satisfies all hops.
    """
    if not hops:
        return None
    ways: list[tuple[Branch, ...]] = [()]
    carried = _carried_by(hops[0], snapshot)
    for number, hop in enumerate(hops):
        choices = [frozenset(b) for b in hop.requirements] or [frozenset[Atom]()]
        if number and carried and snapshot is not None:
            choices = _with_grants(choices, hop, carried, snapshot)
        if number == 1 and snapshot is not None and hop.kind == "CAN_ASSUME":
            choices = _limited(choices, hops[0], hop, snapshot)
            choices += _targeted(hops[0], hop, carried, snapshot)
        if number and _enters_federated(hops[number - 1]):
            choices = [c for c in map(_without_mfa, choices) if c is not None]
        elif number and is_service(hops[number - 1].source):
            choices = [c for c in choices if not any(_is_mfa(a) for a in c)]
        ways = [(*way, choice) for way in ways for choice in choices][:512]
    found: list[Branch] = []
    for way in ways:
        found.extend(_carry(hops, way, snapshot))
    if not found:
        return None
    requirements = formula.to_requirements(formula.shortest(found))
    return Chain(
        hops=tuple(hops),
        requirements=requirements,
        verdict=Verdict.CONDITIONAL if requirements else Verdict.ALLOW,
        max_session_seconds=_session_seconds(hops, snapshot),
    )


def _carried_by(first: Hop, snapshot: Snapshot | None) -> tuple[str, ...]:
    """What a service's session carries into every later call, by the permission it needs there.

    EKS Pod Identity makes its six session tags transitive (C-31, C-53, C-64); Roles Anywhere sets
    a source identity (C-32, C-54).
    """
    if snapshot is None:
        return ()
    if entry_points.is_pods(first.source) and all(
        entry_points.pods_pass_tags(snapshot, first.target, way)
        for way in first.requirements or ((),)
    ):
        return ("sts:TagSession",)
    return ("sts:SetSourceIdentity",) if entry_points.is_anywhere(first.source) else ()


def _with_grants(
    choices: list[Branch],
    hop: Hop,
    actions: tuple[str, ...],
    snapshot: Snapshot,
    context: Mapping[str, tuple[str, ...]] | None = None,
) -> list[Branch]:
    """The ways of a hop together with what its secondary permissions ask for; none when denied."""
    for action in actions:
        found = authorize(
            snapshot,
            Request(
                principal=hop.source, resource=hop.target, action=action, context=context or {}
            ),
        )
        if found.verdict is Verdict.DENY:
            return []
        also = [frozenset(b) for b in found.requirements] or [frozenset[Atom]()]
        merged = [formula.consistent(c | a) for c in choices for a in also]
        choices = [m for m in merged if m is not None]
    return choices


def _targeted(first: Hop, hop: Hop, carried: tuple[str, ...], snapshot: Snapshot) -> list[Branch]:
    """C-53: ways on which EKS itself goes on to an association's target, with its external id."""
    if not entry_points.is_pods(first.source):
        return []
    ways: list[Branch] = []
    held = entry_points.associations(snapshot, hop.source)
    for association, external_id in entry_points.targeted(snapshot, hop.source, hop.target):
        its = frozenset((entry_points.pods_of([association]),) if len(held) > 1 else ())
        context = {"sts:ExternalId": (external_id,)} if external_id else {}
        ways += _with_grants([its], hop, ("sts:AssumeRole", *carried), snapshot, context)
    return ways


def _limited(choices: list[Branch], first: Hop, hop: Hop, snapshot: Snapshot) -> list[Branch]:
    """C-27: a session policy that the way in fixes limits what its session may enter."""
    limits = entry_points.session_limits(snapshot, first.source, first.target)
    limits += entry_points.guest_limits(snapshot, first.source, first.requirements)
    if not limits:
        return choices
    ways: list[Branch] = []
    for documents in limits:
        found = authorize(
            snapshot,
            Request(
                principal=hop.source,
                resource=hop.target,
                action=f"sts:{hop.operation}",
                session_policies=documents,
            ),
        )
        if found.verdict is not Verdict.DENY:
            ways += [frozenset(b) for b in found.requirements] or [frozenset[Atom]()]
    merged = [formula.consistent(c | w) for c in choices for w in ways]
    return [m for m in merged if m is not None]


def _is_mfa(atom: Atom) -> bool:
    return atom.key.lower().startswith("aws:multifactorauth") and not atom.negated


def _enters_federated(hop: Hop) -> bool:
    return hop.operation in _FEDERATED


def is_service(principal: str) -> bool:
    """Whether a key is the name of a service, in any partition."""
    return bool(arns.service_of(principal))


def _without_mfa(branch: Branch) -> Branch | None:
    """C-63: a federated session carries no MFA: that demand fails, the doubt of I-3 ends."""
    if any(_is_mfa(a) for a in branch):
        return None
    return frozenset(a for a in branch if not (a.kind == "AMBIGUOUS" and a.key == "I-3"))


def _session_seconds(hops: Sequence[Hop], snapshot: Snapshot | None) -> int | None:
    first = hops[0]
    starts_as_role = ":role/" in first.source or ":assumed-role/" in first.source
    delivered = is_service(first.source)  # the delivery by a service is not a hop
    chained = starts_as_role or len(hops) > (2 if delivered else 1)
    if delivered and len(hops) == 2:
        chained = True
    role = snapshot.roles.get(hops[-1].target) if snapshot is not None else None
    return session_ceiling(role.max_session_seconds if role is not None else None, chained=chained)


# --- what one session carries into the next -----------------------------------------------------

_CARRIED_NAME = "session:name"


def _carry(hops: Sequence[Hop], way: tuple[Branch, ...], snapshot: Snapshot | None) -> list[Branch]:
    """The requirements of one choice of ways; empty when the hops contradict each other."""
    per_hop: list[set[Atom]] = [set(branch) for branch in way]
    for number in range(len(hops) - 1, 0, -1):
        for atom in sorted(per_hop[number], key=lambda a: (a.key, a.operator, a.values)):
            if atom.kind != "SESSION_STATE":
                continue
            moved = _moved(atom)
            if moved is None:
                continue
            per_hop[number].discard(atom)
            earlier = _placed(hops, number - 1, moved, per_hop, snapshot)
            if earlier is None:
                return []
    if not _one_source_identity(per_hop) or not _may_hand_on(hops, per_hop, snapshot):
        return []
    total: list[Branch] = []
    for branch in per_hop:
        merged = formula.consistent(frozenset(branch))
        if merged is None:
            return []
        total.append(merged)
    return [frozenset().union(*total)]


def _moved(atom: Atom) -> Atom | None:
    """The demand on the earlier call that a demand on the session comes from (C-66, B-22, B-25)."""
    lower = atom.key.lower()
    if lower == _CARRIED_NAME:
        return replace(atom, key="sts:RoleSessionName", kind="CALLER_PARAM")
    if lower.startswith("aws:principaltag/"):
        name = atom.key.partition("/")[2]
        return replace(atom, key=f"aws:RequestTag/{name}", kind="CALLER_PARAM")
    if lower == "aws:sourceidentity":
        return replace(atom, key="sts:SourceIdentity", kind="CALLER_PARAM")
    return None


def _placed(
    hops: Sequence[Hop],
    number: int,
    atom: Atom,
    per_hop: list[set[Atom]],
    snapshot: Snapshot | None,
) -> bool | None:
    """Put a demand on an earlier call, if that call may meet it; None when it may not."""
    hop = hops[number]
    if hop.operation in ("sso", "AssumeRoleWithSAML"):
        atom = replace(atom, kind="IDP_CLAIM")
    elif is_service(hop.source):
        atom = replace(atom, kind="SERVICE_CONTEXT")
    per_hop[number].add(atom)
    if formula.consistent(frozenset(per_hop[number])) is None:
        return None
    needs_grant = atom.key != "sts:RoleSessionName" and formula.demands_presence(atom)
    if snapshot is None or not needs_grant or hop.operation == "sso" or len(atom.values) != 1:
        return True
    decision = authorize(
        snapshot,
        Request(
            principal=hop.source,
            resource=hop.target,
            action=f"sts:{hop.operation}",
            context={atom.key: atom.values},
        ),
    )
    return None if decision.verdict is Verdict.DENY else True


def _one_source_identity(per_hop: Sequence[set[Atom]]) -> bool:
    """C-65: a source identity cannot change along a chain, so every call that sets one agrees."""
    held = frozenset(
        replace(a, statement="")
        for branch in per_hop
        for a in branch
        if a.key == "sts:SourceIdentity" and formula.demands_presence(a)
    )
    return formula.consistent(held) is not None


def _may_hand_on(
    hops: Sequence[Hop], per_hop: Sequence[set[Atom]], snapshot: Snapshot | None
) -> bool:
    """C-32: once a source identity is set, every later call needs sts:SetSourceIdentity."""
    if snapshot is None:
        return True
    setting = [
        n
        for n, branch in enumerate(per_hop)
        if any(a.key == "sts:SourceIdentity" and formula.demands_presence(a) for a in branch)
    ]
    later = hops[setting[0] + 1 :] if setting else ()
    return all(
        _with_grants([frozenset()], hop, ("sts:SetSourceIdentity",), snapshot) for hop in later
    )


# --- finding chains -----------------------------------------------------------------------------


def find_chains(
    outgoing: Callable[[str], Iterable[Hop]],
    start: str,
    goals: Collection[str],
    *,
    max_hops: int = 6,
    limit: int = 25,
    snapshot: Snapshot | None = None,
) -> tuple[list[Chain], bool]:
    """The chains from a principal to any of the goals, fewest requirements first (C-67).

    Simple paths only: no principal twice. The unconditional chains are looked for first, so that
    many conditional ones cannot hide them.

    Returns:
        The chains, and whether there may be more than were looked at or returned.
    """
    wanted = set(goals) - {start}
    edges = _around(outgoing, start, max_hops)
    found: dict[tuple[tuple[str, str], ...], Chain] = {}
    truncated = False
    for unconditional in (True, False):
        kept = {
            node: [h for h in hops if not unconditional or h.verdict is Verdict.ALLOW]
            for node, hops in edges.items()
        }
        for count, hops in enumerate(_paths(kept, start, wanted, max_hops), start=1):
            key = tuple((h.target, h.operation) for h in hops)
            if key not in found:
                chain = combine(hops, snapshot)
                if chain is not None:
                    found[key] = chain
            if count >= _MOST_CANDIDATES:
                truncated = True
                break
    ordered = sorted(
        found.values(), key=lambda c: (c.demands, c.nodes, [h.operation for h in c.hops])
    )
    return ordered[:limit], truncated or len(ordered) > limit


def _around(
    outgoing: Callable[[str], Iterable[Hop]], start: str, max_hops: int
) -> dict[str, list[Hop]]:
    """Every hop within reach of the start."""
    edges: dict[str, list[Hop]] = {}
    layer = [start]
    for _ in range(max_hops):
        after: list[str] = []
        for node in layer:
            if node in edges:
                continue
            edges[node] = sorted(
                outgoing(node),
                key=lambda h: (h.verdict is not Verdict.ALLOW, h.target, h.operation),
            )
            after.extend(h.target for h in edges[node])
        layer = after
        if not layer:
            break
    return edges


def _paths(
    edges: dict[str, list[Hop]], start: str, goals: set[str], max_hops: int
) -> Iterator[list[Hop]]:
    """Simple paths, shorter ones first; only steps that can still arrive are taken."""
    distance = _distance(edges, goals)
    if start not in distance:
        return
    for length in range(distance[start], max_hops + 1):
        yield from _exactly(edges, start, goals, length, distance, [], {start})


def _distance(edges: dict[str, list[Hop]], goals: set[str]) -> dict[str, int]:
    backward: dict[str, set[str]] = {}
    for node, hops in edges.items():
        for hop in hops:
            backward.setdefault(hop.target, set()).add(node)
    distance = dict.fromkeys(goals, 0)
    layer = list(goals)
    while layer:
        after = []
        for node in layer:
            for before in backward.get(node, ()):
                if before not in distance:
                    distance[before] = distance[node] + 1
                    after.append(before)
        layer = after
    return distance


def _exactly(
    edges: dict[str, list[Hop]],
    node: str,
    goals: set[str],
    left: int,
    distance: dict[str, int],
    way: list[Hop],
    seen: set[str],
) -> Iterator[list[Hop]]:
    if node in goals and way:
        if left == 0:
            yield list(way)
        return
    for hop in edges.get(node, ()):
        if hop.target in seen or distance.get(hop.target, left + 1) > left - 1:
            continue
        seen.add(hop.target)
        way.append(hop)
        yield from _exactly(edges, hop.target, goals, left - 1, distance, way, seen)
        way.pop()
        seen.discard(hop.target)
