"""The one place where facts become answers: the same shapes from a folder and from a store."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from app import names
from app.roads import Entity, Road
from iam.arn import account_of, service_of
from iam.errors import UsageError

if TYPE_CHECKING:
    from types import TracebackType

    from iam.chain import Chain, Hop
    from iam.ledger import Net
    from iam.model import Snapshot

ADMIN = "admin"
"""As the end of a chain: an administrator, or something that reaches one."""
ANY = "any"
"""As the end of a chain: anything at all."""
ASSUME_ROLE = "sts:AssumeRole"
MAX_HOPS = 6
VIAS = ("assume", "all")
_FIRST_TRIES = 8

Json = dict[str, Any]
Context = Mapping[str, Sequence[str]]


class Answers:
    """Answers questions about one snapshot, in the JSON shapes that are documented.

    Made by ``open`` for people's commands and pages, or by ``of`` for a model in hand. Principals,
    roles and entities may be given as ``names.resolve`` reads them. Close it, or use it as a
    context manager.
    """

    def __init__(self, road: Road) -> None:
        self._road = road
        self._kept_net: tuple[str, Net] | None = None

    @classmethod
    def open(
        cls,
        *,
        store_url: str | None = None,
        data: str | None = None,
        snapshot: str | Path | None = None,
        note: Callable[[str], None] | None = None,
    ) -> Self:
        """Open the road that the options mean.

        Args:
            store_url: A Neo4j URL; None means ``ROLEPATH_STORE`` or the embedded store.
            data: The data set; None means ``ROLEPATH_DATA`` or ``default``, and ``demo`` while
                ``default`` is empty.
            snapshot: A snapshot folder or file, or the id of a kept snapshot: then no store is
                opened.
            note: Told one line when the answers are of another data set than the default.

        Raises:
            StoreUnavailableError: Nothing answers, or nothing has been loaded.
            UnknownNameError: There is no such snapshot.
            SourceFormatError: The snapshot cannot be read.
        """
        from app import opening

        return cls(opening.road(store_url=store_url, data=data, snapshot=snapshot, note=note))

    @classmethod
    def of(
        cls,
        model: "Snapshot",
        *,
        data: str = "",
        context: Context | None = None,
        context_complete: bool = False,
        session_policies: Sequence[Any] = (),
    ) -> Self:
        """Answers of a model that is in memory; a context given here holds for its chains."""
        from app.roads.folder import FolderRoad

        return cls(
            FolderRoad(
                model,
                data,
                context=_context(context),
                context_complete=context_complete,
                session_policies=tuple(session_policies),
            )
        )

    def __enter__(self) -> Self:
        """The answers themselves."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: "TracebackType | None",
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Let go of the store."""
        self._road.close()

    # --- what is answered from -------------------------------------------------------------

    def info(self) -> Json:
        """``data snapshot taken_at nodes edges state roles users accounts``."""
        return self._road.info()

    def snapshot_model(self) -> "Snapshot":
        """The facts, read back from the store where there is one; kept while they are current."""
        return self._road.model()

    def coverage(self) -> Json:
        """``complete`` and ``not_seen``: every scope that was refused, failed or never asked."""
        from ingest.coverage import coverage_json

        return coverage_json(self._road.coverage())

    def search(self, text: str, limit: int = 20, kinds: Sequence[str] = ()) -> Json:
        """``rows`` (arn, name, account, account_name, kind) in which every word occurs, ``total``.

        Words are looked for in name, ARN, account id and account name, in any case of letters.
        """
        rows, total = self._road.search(text.split(), limit, kinds)
        return {"rows": [row.to_json() for row in rows], "total": total}

    def resolve(self, text: str, kinds: Sequence[str] = ()) -> str:
        """The key that a name stands for.

        Raises:
            UnknownNameError: Nothing or several things have this name; ``help`` has candidates.
        """
        return names.resolve(self._road, text, kinds)

    def principal(self, text: str) -> str:
        """The key of a caller: of a role and its instance profile, the role.

        Raises:
            UnknownNameError: As by ``resolve``.
        """
        return names.resolve(self._road, text, prefer=_PRINCIPALS)

    def resource(self, text: str) -> str:
        """The key of what is asked for: of a role and its instance profile, the role.

        Raises:
            UnknownNameError: As by ``resolve``.
        """
        return names.resolve(self._road, text, _RESOURCES, prefer=("role",))

    def admins(self) -> frozenset[str]:
        """Users and roles whose own policies allow everything on everything."""
        return self._road.admins()

    def entity(self, key: str) -> Json:
        """The search row of a key (kind ``""`` when the snapshot does not hold it)."""
        found = self._road.entity(key)
        return (found or Entity(key, key, "", "", "")).to_json()

    # --- one decision ----------------------------------------------------------------------

    def why(
        self,
        principal: str,
        resource: str,
        *,
        action: str = ASSUME_ROLE,
        caller: str = "",
        via: str = "",
        context: Context | None = None,
        context_complete: bool = False,
        session_policies: Sequence[Any] = (),
    ) -> Json:
        """The ``why`` answer: one decision with its whole proof, yes or no."""
        from app.evidence import quotes
        from iam.authorize import Request, authorize

        if via and not service_of(via):
            raise UsageError(
                f"--via: `{via}` is no AWS service", help="write it as cloudformation.amazonaws.com"
            )
        # What is to be made is not there yet.
        made = ":create" in action.casefold() and resource.startswith("arn:")
        request = Request(
            principal=self.principal(principal),
            resource=resource if made else self._target(resource, action),
            action=action,
            caller=caller,
            via=via,
            context=_context(context),
            context_complete=context_complete,
            session_policies=tuple(session_policies),
        )
        model = self._road.model()
        answer = authorize(model, request).to_json()
        answer["quotes"] = quotes(model, answer, request.session_policies)
        return self._named(answer)

    def who_can(
        self,
        resource: str,
        *,
        action: str = ASSUME_ROLE,
        context: Context | None = None,
        context_complete: bool = False,
        session_policies: Sequence[Any] = (),
        among: Collection[str] = (),
        transitive: bool = False,
        max_hops: int = MAX_HOPS,
    ) -> Json:
        """The ``who-can`` answer: everyone who may, outright and under conditions.

        With ``transitive`` also everyone who gets there by a chain of at most ``max_hops`` hops.
        ``routes`` then gives the nodes of the best chain of each.
        """
        if transitive:
            if action.casefold() != ASSUME_ROLE.casefold():
                raise UsageError(
                    f"--transitive: `{action}` makes no chain",
                    help="chains are made of sts:AssumeRole; leave --action out",
                )
            if context or context_complete or session_policies:
                raise UsageError(
                    "--transitive: takes no context",
                    help="ask each hop with `rolepath why … --context KEY=VALUE`",
                )
            return self._who_reaches(self._target(resource, action), self._among(among), max_hops)
        from iam.who_can import who_can

        key = self._target(resource, action)
        found = who_can(
            self._road.model(),
            key,
            action,
            context=_context(context),
            context_complete=context_complete,
            session_policies=tuple(session_policies),
            among=self._among(among),
        )
        return self._named(
            {
                "allow": list(found.allow),
                "conditional": [
                    {"principal": principal, "requirements": _requirements(requirements)}
                    for principal, requirements in found.conditional
                ],
                "assumptions": list(found.assumptions) or self._uncollected("", key),
                "coverage": self.coverage(),
            }
        )

    def _among(self, among: Collection[str]) -> tuple[str, ...]:
        """What narrows an answer, ARNs and account ids, whatever name it was given by.

        Raises:
            UnknownNameError: Nothing or several things have this name.
        """
        found = []
        for text in among:
            key = text if text.startswith("arn:") or text.isdigit() else self.principal(text)
            is_account = not text.startswith("arn:") and key.endswith(":root")
            found.append(account_of(key) if is_account else key)
        return tuple(found)

    # --- chains ----------------------------------------------------------------------------

    def paths(
        self,
        frm: str,
        to: str,
        *,
        max_hops: int = MAX_HOPS,
        limit: int = 25,
        via: str = "assume",
    ) -> Json:
        """The ``paths`` answer: chains from one to the other, fewest requirements first.

        ``to`` may be ``admin`` or ``any``. ``verdict`` is that of the best chain; ``deny`` says
        that no chain of at most ``max_hops`` hops was found in what could be seen. Where ``to`` is
        ``admin``, ``is_admin`` says whether ``from`` is one by itself.
        """
        _check_via(via)
        _check_range("max-hops", max_hops, 1, 20)
        _check_range("limit", limit, 1, 100_000)
        start, end = self.principal(frm), self._end(to)
        chains, truncated = self.chains(start, self._goals(start, end), max_hops, limit)
        is_one = end == ADMIN and start in self._road.admins()
        answer: Json = {
            "from": start,
            "to": end,
            "verdict": "allow" if is_one else _best(chains),
            "max_hops": max_hops,
            "truncated": truncated,
            "paths": [chain.to_json() for chain in chains],
            "assumptions": self._assumed(chains, caller=start, target=end),
            "coverage": self.coverage(),
        }
        if end == ADMIN:
            answer["is_admin"] = is_one
        return self._named(answer)

    def becomes(self, frm: str, to: str, *, max_hops: int = MAX_HOPS) -> str:
        """``allow``, ``conditional`` or ``deny``: whether one can become the other."""
        start, end = self.principal(frm), self._end(to)
        if end == ADMIN and start in self._road.admins():
            return "allow"
        chains, _ = self.chains(start, self._goals(start, end), max_hops, 1)
        return _best(chains)

    def who_becomes(self, to: str, *, max_hops: int = MAX_HOPS) -> list[str]:
        """Keys of everyone who can become ``to``, under conditions or not; sorted."""
        end = self._end(to)
        if end == ANY:
            return sorted(key for key in self._road.sources() if self._road.first(key) != [])
        admins = self._road.admins()
        goals = admins if end == ADMIN else {end}
        found = {source for goal in goals for source in self._chains_into(goal, max_hops)}
        kept = {key for key in found if self._keeps(key, goals, max_hops)}
        return sorted(kept | admins if end == ADMIN else kept - {end})

    def _keeps(self, start: str, goals: Collection[str], max_hops: int) -> bool:
        """Whether a start that gets there still does as the limited session that it has."""
        if self._road.first(start) is None:
            return True
        return bool(self.chains(start, goals, max_hops, 1)[0])

    def reach(self, principal: str, *, direction: str = "out", max_hops: int = MAX_HOPS) -> Json:
        """Everything a principal can become (``out``), or everyone who can become it (``in``).

        ``reached`` has one row for each: ``arn name account account_name kind hops verdict
        requirements route is_admin``; ``hops``, ``requirements`` and ``route`` are of the best
        chain, the one with the fewest requirements among the shortest.
        """
        if direction not in ("out", "in"):
            raise UsageError(f"direction: `{direction}` is not known", help="use out or in")
        _check_range("max-hops", max_hops, 1, 20)
        key = self.principal(principal)
        ends = (
            self._chains_from(key, max_hops)
            if direction == "out"
            else self._chains_into(key, max_hops)
        )
        admins = self._road.admins()
        rows = []
        for end, chain in ends.items():
            row = self.entity(end)
            rows.append(
                {
                    **row,
                    "hops": len(chain.hops),
                    "verdict": str(chain.verdict),
                    "requirements": _requirements(chain.requirements),
                    "route": list(chain.nodes),
                    "is_admin": end in admins,
                }
            )
        rows.sort(key=lambda row: (row["hops"], row["verdict"] != "allow", row["arn"]))
        return self._named(
            {
                "principal": key,
                "direction": direction,
                "max_hops": max_hops,
                "reached": rows,
                "assumptions": self._assumed(
                    list(ends.values()), **{"caller" if direction == "out" else "target": key}
                ),
                "coverage": self.coverage(),
            }
        )

    # --- deletion --------------------------------------------------------------------------

    def blockers(self, entity: str, operator: str = "") -> Json:
        """The ``blockers`` answer: the rehearsal of a deletion, as if ``operator`` did it."""
        from iam.deletion import rehearse

        key = self.resolve(entity, _DELETABLE)
        by = self.resolve(operator) if operator else ""
        answer = rehearse(self._road.model(), key, edges=self._net(), operator=by)
        if by:
            from app.evidence import quotes

            for step in answer["operator"]["steps"]:
                why = {"reasons": (), "near_misses": (), "requirements": (), **step["why"]}
                step["evidence"] = quotes(self._road.model(), {**why, "layers": ()})
        return self._named({**answer, "coverage": self.coverage()})

    def what_if(self, path: Path) -> Json:
        """The ``what-if`` answer: whose access the changes of a file would change.

        Raises:
            SourceFormatError: The file is no list of changes.
            UsageError: A change does not fit what was read.
        """
        from app import what_if
        from iam.change import between
        from iam.ledger import pairs

        entries = what_if.load(path)
        before = self._road.model()
        after, changes = what_if.applied(before, entries, path, self.resolve)
        net = self._net()
        found = pairs(net, between(net, before, after))
        answer: Json = {"what_if": str(path), "changes": changes}
        answer |= {part: getattr(found, part) for part in ("lost", "kept", "gained", "closed")}
        if found.truncated:
            answer["pairs_truncated"] = True
        return self._named({**answer, "coverage": self.coverage()})

    def blockers_of(self, account: str, operator: str = "") -> Json:
        """The rehearsal of every role of an account, one row each.

        ``rows``: ``role name verdict hard soft lost kept last_used``; what can go comes first.
        """
        from iam.deletion import rehearse_roles

        key = self.resolve(account, ("account",))
        by = self.resolve(operator) if operator else ""
        rows = rehearse_roles(self._road.model(), _account(key), edges=self._net(), operator=by)
        return {"account": _account(key), **self._rows(_ACCOUNT_COLUMNS, rows, truncated=False)}

    def _net(self) -> "Net":
        """The edges of the road, kept while its snapshot is current."""
        from iam.ledger import Net

        snapshot = self._road.snapshot_id()
        if self._kept_net is None or self._kept_net[0] != snapshot:
            self._kept_net = snapshot, Net(self._road.outgoing, self._road.incoming)
        return self._kept_net[1]

    # --- across accounts -------------------------------------------------------------------

    def crossings(self) -> Json:
        """Which accounts' principals enter roles of which others, directly.

        ``rows``: ``from_account from_name to_account to_name enterable_roles admin_roles``,
        as of the query ``cross_account_trust_matrix``, which has more.
        """
        if self.store is not None:
            return self.query("cross_account_trust_matrix", limit=100_000)
        names = {key: (ref.names or ("",))[0] for key, ref in self._road.accounts().items()}
        entered: dict[tuple[str, str], set[str]] = {}
        for hops in self._road.outgoing(self._road.sources()).values():
            for hop in hops:
                pair = (_account(hop.source), _account(hop.target))
                if pair[0] and pair[0] != pair[1]:
                    entered.setdefault(pair, set()).add(hop.target)
        admins = self._road.admins()
        rows = [
            {
                "from_account": source,
                "from_name": names.get(source, ""),
                "to_account": target,
                "to_name": names.get(target, ""),
                "enterable_roles": len(roles),
                "admin_roles": len(roles & admins),
            }
            for (source, target), roles in sorted(entered.items())
        ]
        return self._rows(list(rows[0]) if rows else [], rows, truncated=False)

    def entries(self, from_account: str, to_account: str) -> Json:
        """Direct ways from principals of one account into roles of another.

        ``rows``: ``principal role operation verdict requirements is_admin``.
        """
        roles, _ = self._road.search((to_account,), 100_000, ("role",))
        targets = [role.arn for role in roles if role.account == to_account]
        admins = self._road.admins()
        rows = [
            {
                "principal": hop.source,
                "role": hop.target,
                "operation": hop.operation,
                "verdict": str(hop.verdict),
                "requirements": _requirements(hop.requirements),
                "is_admin": hop.target in admins,
            }
            for hops in self._road.incoming(targets).values()
            for hop in hops
            if _account(hop.source) == from_account
        ]
        rows.sort(key=lambda row: (row["role"], row["principal"], row["operation"]))
        return self._rows(list(rows[0]) if rows else [], rows, truncated=False)

    # --- the graph -------------------------------------------------------------------------

    def query(
        self, name: str, params: Mapping[str, Any] | None = None, limit: int | None = None
    ) -> Json:
        """Rows of a query of the catalogue: ``columns rows truncated coverage snapshot``.

        Parameters that are principals, entities or accounts may be given by name. Without a limit
        the query's own holds.
        """
        from queries import catalogue

        store = self._store("query")
        query = catalogue.find(name)
        given = dict(params or {})
        for parameter in query.params:
            value = given.get(parameter.name)
            if isinstance(value, str) and value.strip():
                given[parameter.name] = self._meant(parameter.type, parameter.kinds, value)
        result = catalogue.run(store, name, given, limit=limit)
        return self._rows(result.columns, result.rows, result.truncated)

    def _meant(self, type: str, kinds: Sequence[str], value: str) -> str:
        """The value of a parameter, with a name turned into the key or account id it stands for."""
        if type == "arn":
            return self.resolve(value, kinds)
        if type == "account":
            return account_of(self.resolve(value, ("account", "external_account"))) or value
        return value

    def cypher(self, text: str, limit: int = 1000, params: Mapping[str, Any] | None = None) -> Json:
        """Rows of a statement that only reads: ``columns rows truncated coverage snapshot``."""
        store = self._store("cypher")
        result = store.console(text, dict(params or {}), limit=limit)
        return self._rows(result.columns, result.rows, result.truncated)

    @property
    def store(self) -> Any:
        """The store behind the answers; None for a folder."""
        return getattr(self._road, "store", None)

    # --- inside ----------------------------------------------------------------------------

    def chains(
        self, start: str, goals: Collection[str], max_hops: int, limit: int
    ) -> tuple[list["Chain"], bool]:
        """Chains from a key to any of the goals, fewest requirements then fewest hops first.

        Only edges that can lie on such a chain are looked at: first backwards from the goals, then
        forwards from the start within what is left of the hops.
        """
        from iam.chain import find_chains

        goals = set(goals) - {start}
        edges = self._between(start, goals, max_hops) if goals else {}
        chains, truncated = find_chains(
            lambda key: edges.get(key, ()),
            start,
            goals,
            max_hops=max_hops,
            limit=limit,
            snapshot=self._road.chain_facts(goals, whole=_carries(edges.values())),
        )
        return list(chains), truncated

    def _outgoing(self, keys: Collection[str], start: str) -> Mapping[str, Sequence["Hop"]]:
        """Edges that leave the keys; the start may have edges of its own."""
        found = dict(self._road.outgoing(keys))
        first = self._road.first(start) if start in found else None
        if first is not None:
            found[start] = first
        return found

    def _between(self, start: str, goals: Collection[str], max_hops: int) -> dict[str, list["Hop"]]:
        """Edges by source that can lie on a chain from the start to a goal."""
        distance = dict.fromkeys(goals, 0)
        front: set[str] = set(goals)
        for depth in range(1, max_hops):
            found = self._road.incoming(front)
            front = {hop.source for hops in found.values() for hop in hops} - distance.keys()
            distance.update(dict.fromkeys(front, depth))
            if not front:
                break
        edges: dict[str, list[Hop]] = {}
        front = {start}
        for depth in range(max_hops):
            onward: set[str] = set()
            room = max_hops - depth - 1
            for source, hops in self._outgoing(front, start).items():
                edges[source] = [hop for hop in hops if distance.get(hop.target, max_hops) <= room]
                onward |= {hop.target for hop in edges[source]}
            front = onward - edges.keys()
            if not front:
                break
        return edges

    def _chains_from(self, key: str, max_hops: int) -> dict[str, "Chain"]:
        return self._flood(
            key,
            max_hops,
            lambda keys: self._outgoing(keys, key),
            lambda hop: hop.target,
            lambda known, hop: (*known, hop),
            lambda end: self.chains(key, {end}, max_hops, 1)[0],
        )

    def _chains_into(self, key: str, max_hops: int) -> dict[str, "Chain"]:
        return self._flood(
            key,
            max_hops,
            self._road.incoming,
            lambda hop: hop.source,
            lambda known, hop: (hop, *known),
            lambda end: self.chains(end, {key}, max_hops, 1)[0],
        )

    def _flood(
        self,
        key: str,
        max_hops: int,
        step: Callable[[Collection[str]], Mapping[str, Sequence["Hop"]]],
        far: Callable[["Hop"], str],
        join: Callable[[tuple["Hop", ...], "Hop"], tuple["Hop", ...]],
        search: Callable[[str], list["Chain"]],
    ) -> dict[str, "Chain"]:
        """Level by level: the best chain to each node that has one at all.

        A node is first tried over the chains of the level before. When the requirements of all of
        these contradict, other routes are searched before the node is given up.
        """
        from iam.chain import combine

        facts: Snapshot | None = None
        best: dict[str, Chain] = {}
        seen = {key}
        front: dict[str, tuple[Hop, ...]] = {key: ()}
        doubtful: set[str] = set()
        for _ in range(max_hops):
            candidates: dict[str, list[tuple[Hop, ...]]] = {}
            found = step(front)
            if facts is None and _carries(found.values()):
                facts = self._road.chain_facts((), whole=True)
            for near, hops in found.items():
                for hop in hops:
                    if far(hop) not in seen:
                        candidates.setdefault(far(hop), []).append(join(front[near], hop))
            front = {}
            for end in sorted(candidates):
                seen.add(end)
                tries = sorted(candidates[end], key=_weight)[:_FIRST_TRIES]
                made = [chain for hops in tries if (chain := combine(hops, facts))]
                if made:
                    best[end] = min(made, key=_chain_order)
                    front[end] = best[end].hops
                else:
                    doubtful.add(end)
                    front[end] = tries[0]
            if not front:
                break
        for end in sorted(doubtful):
            chains = search(end)
            if chains:
                best[end] = chains[0]
        return best

    def _who_reaches(self, resource: str, among: Collection[str], max_hops: int) -> Json:
        ends = self._chains_into(resource, max_hops)
        wanted = set(among)
        allow: list[str] = []
        conditional: list[Json] = []
        routes: dict[str, list[str]] = {}
        for source in sorted(ends):
            if wanted and not wanted & {source, self.entity(source)["account"]}:
                continue
            chain = ends[source]
            routes[source] = list(chain.nodes)
            if str(chain.verdict) == "allow":
                allow.append(source)
            else:
                conditional.append(
                    {"principal": source, "requirements": _requirements(chain.requirements)}
                )
        return self._named(
            {
                "allow": allow,
                "conditional": conditional,
                "routes": routes,
                "assumptions": self._assumed([ends[source] for source in routes], target=resource),
                "coverage": self.coverage(),
            }
        )

    def _assumed(
        self, chains: Collection["Chain"], *, caller: str = "", target: str = ""
    ) -> list[str]:
        """What the decisions along the chains take for granted, once (V-12)."""
        if not chains:
            return self._uncollected(caller, target)
        return sorted({text for chain in chains for hop in chain.hops for text in hop.assumptions})

    def _uncollected(self, caller: str, target: str) -> list[str]:
        """Where nothing was found: what a decision about these two would take for granted."""
        from iam.layers import scp
        from iam.model import PolicyKind
        from iam.world import world_of

        world = world_of(self._road.layers())
        bound = (
            (caller, _BOUND_CALLERS, PolicyKind.SCP),
            (target, ("role",), PolicyKind.RCP),
        )
        assumed = any(
            self.entity(key)["kind"] in kinds and scp.is_assumed(world, _account(key), kind)
            for key, kinds, kind in bound
        )
        return [scp.NOT_COLLECTED] if assumed else []

    def _end(self, to: str) -> str:
        return to if to in (ADMIN, ANY) else self.principal(to)

    def _target(self, text: str, action: str) -> str:
        """What an action is asked of; nothing but a role can be entered."""
        key = self.resource(text)
        if action.casefold() in _ENTERING and ":role/" not in key:
            raise UsageError(
                f"{key}: not a role, and {action} enters roles only",
                help="name a role, or ask for another action with --action",
            )
        return key

    def _goals(self, start: str, end: str) -> Collection[str]:
        if end == ADMIN:
            return self._road.admins()
        if end == ANY:
            found = self._outgoing({start}, start)
            return {hop.target for hops in found.values() for hop in hops}
        return {end}

    def _store(self, what: str) -> Any:
        if self.store is None:
            raise UsageError(
                f"{what}: a snapshot folder has no graph to query",
                help="load it first: rolepath ingest files PATH",
            )
        return self.store

    def _rows(
        self, columns: Sequence[str], rows: Sequence[Mapping[str, Any]], truncated: bool
    ) -> Json:
        return self._named(
            {
                "columns": list(columns),
                "rows": [dict(row) for row in rows],
                "truncated": truncated,
                "coverage": self.coverage(),
            }
        )

    def _named(self, answer: Json) -> Json:
        """Say in the answer itself what it was answered from."""
        answer["data"] = self._road.data
        answer["snapshot"] = self._road.snapshot_id()
        return answer


_RESOURCES = ("role", "user", "group", "policy", "instance_profile", "account")
_PRINCIPALS = ("role", "user")
_ENTERING = (
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:setsourceidentity",
    "sts:tagsession",
)
_BOUND_CALLERS = ("role", "user", "account", "external_account", "external_principal")
_ACCOUNT_COLUMNS = ("role", "name", "verdict", "hard", "soft", "lost", "kept", "last_used")
_DELETABLE = (
    "role",
    "user",
    "group",
    "policy",
    "instance_profile",
    "saml_provider",
    "oidc_provider",
)


def _account(key: str) -> str:
    """The account of a principal's key; empty for a service and for everyone."""
    return account_of(key.partition("#")[0])


def _context(context: Context | None) -> dict[str, tuple[str, ...]]:
    return {key: tuple(values) for key, values in (context or {}).items()}


def _requirements(requirements: Any) -> list[list[Json]]:
    return [[atom.to_json() for atom in branch] for branch in requirements]


def _weight(hops: Sequence["Hop"]) -> tuple[int, list[tuple[str, str]]]:
    """Chains with fewer conditional hops first; then a fixed order."""
    conditions = sum(min(map(len, hop.requirements), default=0) for hop in hops)
    return conditions, [(hop.source, hop.operation) for hop in hops]


def _chain_order(chain: "Chain") -> tuple[tuple[bool, int, int], tuple[str, ...]]:
    return chain.demands, chain.nodes


def _carries(edges: Iterable[Sequence["Hop"]]) -> bool:
    """Whether a hop asks for what an earlier one must have set, or sets what a later one must bear.

    Sessions of Roles Anywhere, of pods and of a pool's guests have tags, a source identity or
    session policies of their own making: only the facts tell what the next hop makes of them.
    """
    from iam.entry_points import is_anywhere, is_pods, is_pools

    return any(
        is_pods(hop.source)
        or is_anywhere(hop.source)
        or is_pools(hop.source)
        or any(atom.kind == "SESSION_STATE" for branch in hop.requirements for atom in branch)
        for hops in edges
        for hop in hops
    )


def _best(chains: Sequence["Chain"]) -> str:
    verdicts = {str(chain.verdict) for chain in chains}
    return next((v for v in ("allow", "conditional") if v in verdicts), "deny")


def chain_nodes(path: Mapping[str, Any]) -> list[str]:
    """The nodes of one path of a ``paths`` answer."""
    hops = path["hops"]
    return [*(hop["from"] for hop in hops[:1]), *(hop["to"] for hop in hops)]


def _check_via(via: str) -> None:
    if via not in VIAS:
        raise UsageError(f"--via: `{via}` is not known", help="use assume or all")
    if via == "all":
        raise UsageError(
            "--via all: indirect delegation is not decided by this version",
            help="use --via assume, the default: sessions of roles by STS and Identity Center",
        )


def _check_range(option: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise UsageError(f"--{option}: {value} is out of range", help=f"use {least} to {most}")
