"""What each query of the catalogue answers, worked out by a plain walk over the built graph.

Written from the questions, not from the Cypher: loops over nodes and edges, and breadth first.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from graph.build import Graph
from graph.schema import Edge, Node
from queries.catalogue import catalogue

Params = Mapping[str, Any]
Row = list[Any]
Walk = Callable[["Seen", Params], list[Row]]


class Seen:
    """A built graph with its edges at hand."""

    def __init__(self, graph: Graph) -> None:
        self.nodes: dict[str, Node] = {node.arn: node for node in graph.nodes}
        self._edges: dict[str, list[Edge]] = {}
        for edge in graph.edges:
            self._edges.setdefault(edge.type, []).append(edge)

    def of(self, type: str) -> list[Edge]:
        """Edges of one type."""
        return self._edges.get(type, [])

    def labelled(self, *labels: str) -> list[Node]:
        """Nodes that carry any of the labels."""
        return [node for node in self.nodes.values() if set(labels) & set(node.labels)]

    def has(self, key: str, *labels: str) -> bool:
        """Whether a node carries any of the labels."""
        return bool(set(labels) & set(self.nodes[key].labels))

    def prop(self, key: str, name: str) -> Any:
        """A property of a node."""
        return self.nodes[key].props.get(name)

    def props(self, key: str, *names: str) -> Row:
        """Several properties of a node."""
        return [self.prop(key, name) for name in names]

    def verdict(self, principal: str, role: str) -> str:
        """The best verdict between two; ``none`` without an edge."""
        found = [
            str(e.props["verdict"])
            for e in self.of("CAN_ASSUME")
            if (e.src, e.dst) == (principal, role)
        ]
        return min(found, default="none")

    def distances(
        self, starts: Sequence[str], *, back: bool = False, outright: bool = False, most: int = 6
    ) -> dict[str, int]:
        """Fewest hops from any of the starts; the starts themselves when they are met again."""
        steps: dict[str, set[str]] = {}
        for edge in self.of("CAN_ASSUME"):
            if not outright or edge.props["verdict"] == "allow":
                near, far = (edge.dst, edge.src) if back else (edge.src, edge.dst)
                steps.setdefault(near, set()).add(far)
        found: dict[str, int] = {}
        front = set(starts)
        for hops in range(1, most + 1):
            front = {far for near in front for far in steps.get(near, ())} - found.keys()
            found.update(dict.fromkeys(front, hops))
        return found

    def chains(self, start: str, goal: str, most: int) -> Iterator[list[Edge]]:
        """Every chain that meets nobody twice."""

        def onward(path: list[Edge], met: set[str]) -> Iterator[list[Edge]]:
            at = path[-1].dst if path else start
            if path and at == goal:
                yield path
            elif len(path) < most:
                for edge in self.of("CAN_ASSUME"):
                    if edge.src == at and edge.dst not in met:
                        yield from onward([*path, edge], met | {edge.dst})

        yield from onward([], {start})


def _chain_row(chain: Sequence[Edge]) -> Row:
    needs: list[str] = []
    for edge in chain:
        keys = edge.props["requirement_keys"]
        assert isinstance(keys, list)
        needs += [key for key in keys if key not in needs]
    is_free = all(edge.props["verdict"] == "allow" for edge in chain)
    return [
        len(chain),
        "allow" if is_free else "conditional",
        needs,
        [chain[0].src, *(edge.dst for edge in chain)],
        [edge.props["operation"] for edge in chain],
    ]


def _by(rows: list[Row], *places: int) -> list[Row]:
    """Rows by columns; a negative place (from 1) sorts a number downwards."""
    return sorted(rows, key=lambda row: [row[p] if p >= 0 else -row[-p - 1] for p in places])


def _wanted(account: Any, params: Params) -> bool:
    return params.get("account", "") in ("", account)


# --- paths --------------------------------------------------------------------------------------


def delegation_chains(seen: Seen, params: Params) -> list[Row]:
    rows = [_chain_row(c) for c in seen.chains(params["from"], params["to"], 6)]
    least = min((row[0] for row in rows), default=0)
    free = min((row[0] for row in rows if row[1] == "allow"), default=0)
    kept = [r for r in rows if r[0] == (free if r[1] == "allow" else least)]
    return _by(kept, 0, 1, 3, 4)


def all_chains(seen: Seen, params: Params) -> list[Row]:
    chains = seen.chains(params["from"], params["to"], params.get("max_hops", 4))
    return _by([_chain_row(c) for c in chains], 0, 1, 3, 4)


def reachable_roles(seen: Seen, params: Params) -> list[Row]:
    start = params["principal"]
    return _by(
        [
            [
                key,
                *seen.props(key, "name", "account", "account_name"),
                hops,
                seen.prop(key, "is_admin"),
            ]
            for key, hops in _within(seen, [start], params).items()
            if key != start
        ],
        4,
        0,
    )


def _within(seen: Seen, starts: list[str], params: Params, *, back: bool = False) -> dict[str, int]:
    """Hops to all that is within reach, by the edges and the bound that were asked for."""
    return seen.distances(
        starts, back=back, outright=params.get("outright", False), most=params.get("max_hops", 6)
    )


def _entrants(
    seen: Seen, goals: list[str], params: Params, is_wanted: Callable[[str], bool]
) -> list[Row]:
    """Who reaches one of the goals, the nearest first."""
    return _by(
        [
            [key, *seen.props(key, "name", "kind", "account", "account_name"), hops]
            for key, hops in _within(seen, goals, params, back=True).items()
            if is_wanted(key)
        ],
        5,
        0,
    )


def who_can_reach_role(seen: Seen, params: Params) -> list[Row]:
    goal = params["role"]
    return _entrants(seen, [goal], params, lambda key: bool(key != goal))


def ways_to_admin(seen: Seen, params: Params) -> list[Row]:
    admins = [node.arn for node in seen.labelled("Role") if node.props["is_admin"]]
    return _entrants(
        seen,
        admins,
        params,
        lambda key: not seen.prop(key, "is_admin") and _wanted(seen.prop(key, "account"), params),
    )


def ways_into_account(seen: Seen, params: Params) -> list[Row]:
    account = params["account"]
    roles = [node.arn for node in seen.labelled("Role") if node.props["account"] == account]
    return _entrants(
        seen,
        roles,
        params,
        lambda key: seen.prop(key, "account") != account and not seen.has(key, "Service"),
    )


def principals_by_reach(seen: Seen, params: Params) -> list[Row]:
    rows = []
    for node in seen.labelled("Principal"):
        found = seen.distances([node.arn])
        found.pop(node.arn, None)
        is_kind = params.get("kind", "") in ("", node.props["kind"])
        if found and is_kind and _wanted(node.props["account"], params):
            names = seen.props(node.arn, "name", "kind", "account", "account_name")
            rows.append([node.arn, *names, len(found), max(found.values())])
    return _by(rows, -6, -7, 0)


def longest_chains(seen: Seen, params: Params) -> list[Row]:
    rows = []
    for node in seen.labelled("Principal"):
        found = seen.distances([node.arn])
        found.pop(node.arn, None)
        hops = max(found.values(), default=0)
        if hops >= params.get("least", 2):
            role = min(key for key in found if found[key] == hops)
            shortest = [_chain_row(c)[3] for c in seen.chains(node.arn, role, hops)]
            rows.append([node.arn, node.props["kind"], role, hops, min(shortest)])
    return _by(rows, -4, 0)


def _reached_by(seen: Seen, role: str) -> int:
    return len(seen.distances([role], back=True).keys() - {role})


def most_reached_roles(seen: Seen, params: Params) -> list[Row]:
    rows = []
    for node in seen.labelled("Role"):
        entrants = _reached_by(seen, node.arn)
        now = seen.distances([node.arn], back=True, outright=True).keys() - {node.arn}
        onward = seen.distances([node.arn]).keys() - {node.arn}
        if entrants and _wanted(node.props["account"], params):
            rows.append(
                [
                    node.arn,
                    *seen.props(node.arn, "name", "account", "account_name"),
                    entrants,
                    len(now),
                    len(onward),
                    node.props["is_admin"],
                ]
            )
    return _by(rows, -5, -6, 0)


def hub_roles(seen: Seen, params: Params) -> list[Row]:
    rows = []
    for node in seen.labelled("Role"):
        entrants = _reached_by(seen, node.arn)
        onward = len(seen.distances([node.arn]).keys() - {node.arn})
        if entrants * onward >= params.get("least", 1):
            names = seen.props(node.arn, "name", "account", "account_name")
            rows.append([node.arn, *names, entrants, onward, entrants * onward])
    return _by(rows, -7, 0)


def role_neighbours(seen: Seen, params: Params) -> list[Row]:
    rows = []
    for edge in seen.of("CAN_ASSUME"):
        for direction, this, other in (("in", edge.dst, edge.src), ("out", edge.src, edge.dst)):
            if this == params["role"]:
                told = [edge.props[k] for k in ("operation", "verdict", "requirement_keys")]
                about = seen.props(other, "kind", "account")
                rows.append([direction, other, *about, *told, edge.props["statements"]])
    return _by(rows, 0, 1, 4)


# --- trust --------------------------------------------------------------------------------------


def _allowed(seen: Seen) -> list[Edge]:
    return [edge for edge in seen.of("TRUSTS") if edge.props["effect"] == "Allow"]


def trusted_from_outside(seen: Seen, params: Params) -> list[Row]:
    return _by(
        [
            [
                t.src,
                *seen.props(t.src, "account", "account_name"),
                t.dst,
                seen.prop(t.dst, "kind"),
                t.props["has_external_id"],
                t.props["condition_keys"],
                _verdict_of_any(seen, t.dst, t.src),
                *seen.props(t.src, "reaches", "is_admin"),
                t.props["statement"],
            ]
            for t in _allowed(seen)
            if t.props["outside_organization"]
            and not t.props["dangling"]
            and seen.has(t.dst, "Principal", "Account")
            and _wanted(seen.prop(t.src, "account"), params)
        ],
        0,
        3,
        10,
    )


def _verdict_of_any(seen: Seen, principal: str, role: str) -> str:
    """The best verdict of a principal, or of those of an account that was read."""
    if seen.prop(principal, "kind") != "account":
        return seen.verdict(principal, role)
    account = seen.prop(principal, "account")
    found = {
        str(edge.props["verdict"])
        for edge in seen.of("CAN_ASSUME")
        if edge.dst == role and seen.prop(edge.src, "account") == account
    }
    return min(found, default="none")


def trusted_by_everyone(seen: Seen, params: Params) -> list[Row]:
    return _by(
        [
            [
                t.src,
                *seen.props(t.src, "account", "account_name"),
                t.props["condition_keys"],
                t.props["conditions"],
                seen.verdict("*", t.src),
                *seen.props(t.src, "reaches", "is_admin"),
                t.props["statement"],
            ]
            for t in _allowed(seen)
            if t.dst == "*"
        ],
        0,
        8,
    )


def cross_account_trust_matrix(seen: Seen, params: Params) -> list[Row]:
    named: dict[tuple[str, str], set[str]] = {}
    entered: dict[tuple[str, str], set[str]] = {}
    outside: dict[tuple[str, str], bool] = {}
    for edges, turned, found in (
        (_allowed(seen), True, named),
        (seen.of("CAN_ASSUME"), False, entered),
    ):
        for edge in edges:
            role, other = (edge.src, edge.dst) if turned else (edge.dst, edge.src)
            pair = seen.prop(other, "account"), seen.prop(role, "account")
            crosses = edge.props["cross_account"] and not edge.props.get("dangling")
            if crosses and pair[0] and params.get("account", "") in ("", *pair):
                found.setdefault(pair, set()).add(role)
                is_outside = bool(edge.props["outside_organization"])
                outside[pair] = outside.get(pair, False) or is_outside
    names = {
        node.props["account"]: node.props.get("account_name", "")
        for node in seen.nodes.values()
        if "account" in node.props
    }
    return _by(
        [
            [
                pair[0],
                names[pair[0]],
                pair[1],
                names[pair[1]],
                len(named.get(pair, ())),
                len(entered.get(pair, ())),
                sum(bool(seen.prop(role, "is_admin")) for role in entered.get(pair, ())),
                outside[pair],
            ]
            for pair in outside
        ],
        0,
        2,
    )


def cross_account_access(seen: Seen, params: Params) -> list[Row]:
    return _by(
        [
            [
                e.src,
                *seen.props(e.src, "kind", "account"),
                e.dst,
                *seen.props(e.dst, "account", "account_name"),
                e.props["operation"],
                e.props["verdict"],
                e.props["requirement_keys"],
                e.props["outside_organization"],
                seen.prop(e.dst, "is_admin"),
            ]
            for e in seen.of("CAN_ASSUME")
            if (
                e.src == "*" or seen.prop(e.src, "account") not in ("", seen.prop(e.dst, "account"))
            )
            and (e.props["outside_organization"] or not params.get("outside"))
            and _wanted(seen.prop(e.dst, "account"), params)
        ],
        4,
        3,
        0,
        6,
    )


def confused_deputy_candidates(seen: Seen, params: Params) -> list[Row]:
    return _by(
        [
            [
                t.src,
                *seen.props(t.src, "account", "account_name"),
                t.dst,
                seen.prop(t.dst, "account"),
                t.props["condition_keys"],
                seen.verdict(t.dst, t.src),
                *seen.props(t.src, "reaches", "is_admin"),
                t.props["statement"],
            ]
            for t in _allowed(seen)
            if t.props["outside_organization"]
            and not t.props["has_guard"]
            and not t.props["dangling"]
            and seen.has(t.dst, "ExternalAccount", "ExternalPrincipal")
            and _wanted(seen.prop(t.src, "account"), params)
        ],
        0,
        3,
        9,
    )


def service_roles(seen: Seen, params: Params) -> list[Row]:
    rows = []
    for e in seen.of("CAN_ASSUME"):
        if not (seen.has(e.src, "Service") and seen.has(e.dst, "ServiceRole")):
            continue
        if params.get("service", "") not in ("", e.src):
            continue
        if not _wanted(seen.prop(e.dst, "account"), params):
            continue
        trusts = [t for t in _allowed(seen) if (t.src, t.dst) == (e.dst, e.src)]
        uses = {u.src for u in seen.of("RUNS_AS") if u.dst == e.dst and u.props["service"] == e.src}
        rows.append(
            [
                e.src,
                e.dst,
                *seen.props(e.dst, "account", "account_name"),
                e.props["verdict"],
                e.props["requirement_keys"],
                all(t.props["has_guard"] for t in trusts),
                len(uses),
                seen.prop(e.dst, "is_admin"),
            ]
        )
    return _by(rows, 0, 1)


def service_linked_roles(seen: Seen, params: Params) -> list[Row]:
    return _by(
        [
            [
                node.arn,
                *seen.props(node.arn, "name", "account", "account_name", "linked_service"),
                node.props.get("created", ""),
                node.props.get("last_used", ""),
            ]
            for node in seen.labelled("ServiceLinkedRole")
            if _wanted(node.props["account"], params)
        ],
        4,
        0,
    )


def deleted_principals(seen: Seen, params: Params) -> list[Row]:
    return _by(
        [
            [
                t.src,
                *seen.props(t.src, "account", "account_name"),
                t.dst,
                seen.prop(t.dst, "account"),
                t.props["effect"],
                t.props["statement"],
            ]
            for t in seen.of("TRUSTS")
            if t.props["dangling"]
        ],
        0,
        3,
        6,
    )


def federated_access(seen: Seen, params: Params) -> list[Row]:
    kinds = ("SamlProvider", "OidcProvider", "FederatedSubject", "IdentityCenterUser")
    return _by(
        [
            [
                e.dst,
                *seen.props(e.dst, "account", "account_name"),
                e.src,
                seen.prop(e.src, "kind"),
                e.props["operation"],
                e.props["verdict"],
                e.props["requirement_keys"],
                seen.prop(e.dst, "is_admin"),
            ]
            for e in seen.of("CAN_ASSUME")
            if seen.has(e.src, *kinds) and _wanted(seen.prop(e.dst, "account"), params)
        ],
        0,
        3,
        5,
    )


def wide_federation(seen: Seen, params: Params) -> list[Row]:
    rows = []
    for e in seen.of("CAN_ASSUME"):
        findings = e.props["findings"]
        assert isinstance(findings, list)
        wide = [f for f in findings if f in ("SHARED_ISSUER_OPEN", "PUBLIC_FEDERATION")]
        if wide and seen.has(e.src, "OidcProvider", "FederatedSubject"):
            rows.append(
                [
                    e.dst,
                    *seen.props(e.dst, "account", "account_name"),
                    e.src,
                    seen.prop(e.src, "kind"),
                    wide,
                    e.props["verdict"],
                    e.props["requirement_keys"],
                    *seen.props(e.dst, "reaches", "is_admin"),
                ]
            )
    return _by(rows, 0, 3)


def trust_without_access(seen: Seen, params: Params) -> list[Row]:
    return _by(
        [
            [
                t.src,
                *seen.props(t.src, "account", "account_name"),
                t.dst,
                seen.prop(t.dst, "kind"),
                t.props["statement"],
            ]
            for t in _allowed(seen)
            if seen.has(t.dst, "User", "Role")
            and seen.verdict(t.dst, t.src) == "none"
            and _wanted(seen.prop(t.src, "account"), params)
        ],
        0,
        3,
        5,
    )


def what_access_needs(seen: Seen, params: Params) -> list[Row]:
    found: dict[str, list[Edge]] = {}
    for edge in seen.of("CAN_ASSUME"):
        keys = edge.props["requirement_keys"]
        assert isinstance(keys, list)
        for key in set(keys):
            found.setdefault(key, []).append(edge)
    return _by(
        [
            [
                key,
                len(edges),
                len({e.dst for e in edges}),
                sum(bool(e.props["cross_account"]) for e in edges),
            ]
            for key, edges in found.items()
        ],
        -2,
        0,
    )


# --- deletion -----------------------------------------------------------------------------------


def deletion_blockers(seen: Seen, params: Params) -> list[Row]:
    return _by(
        [
            [e.props["kind"], e.src, e.props["id"], e.props["call"]]
            for e in seen.of("BLOCKS_DELETION_OF")
            if e.dst == params["entity"]
        ],
        0,
        1,
        2,
    )


def roles_by_blockers(seen: Seen, params: Params) -> list[Row]:
    rows = []
    for node in seen.labelled("Role"):
        if _wanted(node.props["account"], params):
            blocks = [e for e in seen.of("BLOCKS_DELETION_OF") if e.dst == node.arn]
            runs = {e.src for e in seen.of("RUNS_AS") if e.dst == node.arn}
            rows.append(
                [
                    node.arn,
                    *seen.props(node.arn, "name", "account", "account_name"),
                    len(blocks),
                    sorted({str(e.props["kind"]) for e in blocks}),
                    len(runs),
                    _reached_by(seen, node.arn),
                ]
            )
    return _by(rows, -5, -7, 0)


def workloads_of_role(seen: Seen, params: Params) -> list[Row]:
    return _by(
        [
            [
                e.src,
                *seen.props(e.src, "type", "account", "region"),
                e.props["service"],
                e.props.get("instance_profile", ""),
            ]
            for e in seen.of("RUNS_AS")
            if e.dst == params["role"]
        ],
        0,
        4,
        5,
    )


# --- hygiene ------------------------------------------------------------------------------------


def unused_roles(seen: Seen, params: Params) -> list[Row]:
    rows = []
    for node in _idle(seen, params, "Role"):
        keeper = ""
        if "ServiceLinkedRole" in node.labels:
            keeper = str(node.props["linked_service"])
        elif "ReservedRole" in node.labels:
            keeper = "identity-center"
        if not keeper or params.get("managed"):
            rows.append(
                [
                    node.arn,
                    *seen.props(node.arn, "name", "account", "account_name"),
                    *(node.props.get(name, "") for name in ("last_used", "created")),
                    keeper,
                    _reached_by(seen, node.arn),
                    node.props["is_admin"],
                ]
            )
    return _by(rows, 4, 0)


def coverage_gaps(seen: Seen, params: Params) -> list[Row]:
    names = ("name", "account", "account_name", "region", "service", "operation", "status")
    return _by(
        [
            [
                *seen.props(node.arn, *names),
                node.props.get("missing_action", ""),
                node.props.get("note", ""),
            ]
            for node in seen.labelled("Coverage")
            if node.props["status"] not in ("complete", "not-enabled", "not-available")
            and _wanted(node.props["account"], params)
        ],
        1,
        4,
        5,
        3,
        0,
    )


def administrators(seen: Seen, params: Params) -> list[Row]:
    rows = []
    for node in seen.labelled("User", "Role"):
        if node.props["is_admin"] and _wanted(node.props["account"], params):
            now = seen.distances([node.arn], back=True, outright=True).keys() - {node.arn}
            names = seen.props(node.arn, "name", "kind", "account", "account_name")
            rows.append([node.arn, *names, _reached_by(seen, node.arn), len(now)])
    return _by(rows, -6, 0)


def roles_nobody_enters(seen: Seen, params: Params) -> list[Row]:
    entered = {e.dst for e in seen.of("CAN_ASSUME")}
    return _by(
        [
            [
                node.arn,
                *seen.props(node.arn, "name", "account", "account_name"),
                len({t.dst for t in _allowed(seen) if t.src == node.arn}),
                node.props.get("last_used", ""),
            ]
            for node in seen.labelled("Role")
            if node.arn not in entered and _wanted(node.props["account"], params)
        ],
        0,
    )


def dead_ids(seen: Seen, params: Params) -> list[Row]:
    rows = [
        [
            n.props["holder"],
            n.props["kind"],
            *seen.props(n.src, "account", "account_name"),
            n.dst,
            seen.prop(n.dst, "meant") or "",
            n.props.get("effect", ""),
            n.props["element"],
            n.src,
            n.props.get("statement", ""),
        ]
        for n in seen.of("NAMES_DELETED")
        if _wanted(seen.prop(n.src, "account"), params)
    ]
    return _by(rows, 0, 8, 9, 7, 4)


def _idle(seen: Seen, params: Params, *labels: str) -> list[Node]:
    """Roles whose last use was read and which were made and used before so many days."""
    taken = [node.props.get("taken_at") for node in seen.labelled("Snapshot")]
    if taken in ([], [None]):
        return []
    cutoff = datetime.fromisoformat(str(taken[0])) - timedelta(days=params.get("days", 90))
    return [
        node
        for node in seen.labelled(*labels)
        if node.props["last_used_known"]
        and _wanted(node.props["account"], params)
        and all(
            time is None or datetime.fromisoformat(str(time)) < cutoff
            for time in seen.props(node.arn, "last_used", "created")
        )
    ]


def orphan_roles(seen: Seen, params: Params) -> list[Row]:
    busy = {e.dst for type in ("CAN_ASSUME", "RUNS_AS") for e in seen.of(type)}
    rows = []
    for node in _idle(seen, params, "Role"):
        blockers = sum(e.dst == node.arn for e in seen.of("BLOCKS_DELETION_OF"))
        if (
            node.arn not in busy
            and not seen.has(node.arn, "ServiceLinkedRole", "ReservedRole")
            and (params.get("blocked") or not blockers)
        ):
            rows.append(
                [
                    node.arn,
                    *seen.props(node.arn, "name", "account", "account_name"),
                    len({t.dst for t in _allowed(seen) if t.src == node.arn}),
                    blockers,
                    *(node.props.get(name, "") for name in ("last_used", "created")),
                ]
            )
    return _by(rows, 5, 6, 0)


def unused_linked_roles(seen: Seen, params: Params) -> list[Row]:
    owners = {e.dst: e for e in seen.of("BLOCKS_DELETION_OF") if seen.has(e.src, "Service")}
    rows = [
        [
            node.arn,
            *seen.props(node.arn, "name", "account", "account_name"),
            owners[node.arn].src,
            owners[node.arn].props["prediction"],
            *(node.props.get(name, "") for name in ("last_used", "created")),
        ]
        for node in _idle(seen, params, "ServiceLinkedRole")
    ]
    return _by(rows, 6, 0)


def users_without_mfa(seen: Seen, params: Params) -> list[Row]:
    rows = []
    for node in seen.labelled("User"):
        devices, credentials = seen.props(node.arn, "mfa_devices", "has_credentials")
        if devices or credentials is False:
            continue
        is_known = devices == 0 and credentials is True
        rows.append(
            [
                node.arn,
                *seen.props(node.arn, "name", "account", "account_name"),
                len(seen.distances([node.arn])),
                node.props["is_admin"],
                "none" if is_known else "unknown",
            ]
        )
    return _by(rows, 6, -5, 0)


def accounts(seen: Seen, params: Params) -> list[Row]:
    rows = []
    for node in seen.labelled("Account"):
        id = node.props["account"]
        users = [u for u in seen.labelled("User") if u.props["account"] == id]
        roles = [r for r in seen.labelled("Role") if r.props["account"] == id]
        outside = {
            t.src
            for t in _allowed(seen)
            if t.props["outside_organization"]
            and seen.prop(t.src, "account") == id
            and seen.has(t.dst, "Principal")
        }
        gaps = [row for row in coverage_gaps(seen, {}) if row[1] == id]
        rows.append(
            [
                id,
                *seen.props(node.arn, "name", "collected", "in_organization"),
                len(users),
                len(roles),
                sum(bool(n.props["is_admin"]) for n in (*users, *roles)),
                len(outside),
                len(gaps),
            ]
        )
    return _by(rows, 0)


def organization_policies(seen: Seen, params: Params) -> list[Row]:
    above = {e.src: e.dst for e in seen.of("CHILD_OF")}
    rows = []
    for node in seen.labelled("Account"):
        at, levels = node.arn, 0
        while at and _wanted(node.props["account"], params):
            for g in seen.of("GOVERNED_BY"):
                if g.src == at:
                    account = [node.props["account"], node.props["name"], g.props["kind"]]
                    policy = [g.dst, seen.prop(g.dst, "name"), at, seen.prop(at, "name")]
                    rows.append([*account, *policy, levels, not node.props["is_management"]])
            at, levels = above.get(at, ""), levels + 1
    return _by(rows, 0, 2, 7, 3, 5)


WALKS: Mapping[str, Walk] = {name: globals()[name] for name in catalogue() if name in globals()}
"""A function of this module for each query, found by its name."""
