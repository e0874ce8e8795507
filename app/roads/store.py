"""A graph store answers with the edges that were decided when it was loaded."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from app.roads import AccountRef, Entity
from iam.errors import StoreLoadingError, StoreUnavailableError

if TYPE_CHECKING:
    from iam.chain import Hop
    from iam.model import Coverage, Snapshot

_BATCH = 2000
_LABELS = "Principal|Group|Policy|InstanceProfile|Account"
# Documents that belong to one owner are reached through it, not by a name of their own.
_HIDDEN = ["inline", "trust", "resource", "scp", "rcp", "session"]
_WORDS = {
    "Group": "group",
    "Policy": "policy",
    "InstanceProfile": "instance_profile",
    "Account": "account",
}
# The known end is matched alone first: in one pattern the embedded store starts at the left end,
# which for `_IN` is every principal, once for each key.
_OUT = (
    "UNWIND $keys AS key MATCH (source:Principal {arn: key})"
    " MATCH (source)-[edge:CAN_ASSUME]->(target:Role)"
)
_IN = (
    "UNWIND $keys AS key MATCH (target:Role {arn: key})"
    " MATCH (source:Principal)-[edge:CAN_ASSUME]->(target)"
)
_RETURN_EDGE = (
    " RETURN source.arn AS source, target.arn AS target, edge.operation AS operation,"
    " edge.verdict AS verdict, edge.requirements AS requirements, edge.assumptions AS assumptions"
)


class StoreRoad:
    """The road over a store; facts that change only with the snapshot are kept while it is current.

    Args:
        store: An open store.

    Raises:
        StoreLoadingError: A load is running.
        StoreUnavailableError: Nothing has been loaded.
    """

    def __init__(self, store: Any) -> None:
        self.store = store
        self._kept: dict[str, Any] = {}
        self._kept_of = ""
        self.data = str(self._state().data)

    def _state(self) -> Any:
        state = self.store.state()
        if state.state == "loading":
            since = f" since {state.since}" if state.since else ""
            raise StoreLoadingError(
                f"{self.store.url}: a load is running{since}",
                help="ask again when it is done; the next `rolepath ingest` mends a killed load",
            )
        if state.state == "empty":
            raise StoreUnavailableError(
                f"{self.store.url}: nothing has been loaded",
                help="rolepath demo, or rolepath ingest files PATH",
            )
        if state.snapshot_id != self._kept_of:
            self._kept = {}
            self._kept_of = str(state.snapshot_id)
        return state

    def _rows(self, cypher: str, **params: Any) -> list[dict[str, Any]]:
        return list(self.store.read(cypher, params).rows)

    def info(self) -> dict[str, Any]:
        """State of the store and counts of what it holds."""
        state = self._state()
        counts = self._kept.get("counts")
        if counts is None:
            (row,) = self._rows(
                "CALL () { MATCH (r:Role) RETURN count(r) AS roles } "
                "CALL () { MATCH (u:User) RETURN count(u) AS users } "
                "CALL () { MATCH (a:Account) WHERE a.collected RETURN count(a) AS accounts } "
                "RETURN roles, users, accounts"
            )
            counts = self._kept["counts"] = row
        taken_at = state.taken_at
        return {
            "data": str(state.data),
            "snapshot": str(state.snapshot_id),
            "taken_at": taken_at if isinstance(taken_at, str) else _text(taken_at),
            "nodes": state.nodes,
            "edges": state.edges,
            "state": str(state.state),
            **counts,
        }

    def snapshot_id(self) -> str:
        """Id of the snapshot that the store holds now."""
        return str(self._state().snapshot_id)

    def model(self) -> "Snapshot":
        """The facts, read back once per snapshot."""
        self._state()
        if "model" not in self._kept:
            from graph.facts import read_snapshot

            self._kept["model"] = read_snapshot(self.store)
        found: Snapshot = self._kept["model"]
        return found

    def admins(self) -> frozenset[str]:
        """Users and roles that were found to be administrators."""
        return frozenset(
            row["arn"]
            for row in self._rows("MATCH (p:User|Role) WHERE p.is_admin RETURN p.arn AS arn")
        )

    def sources(self) -> frozenset[str]:
        """Everything that an edge leaves."""
        rows = self._rows("MATCH (p:Principal)-[:CAN_ASSUME]->(:Role) RETURN DISTINCT p.arn AS arn")
        return frozenset(row["arn"] for row in rows)

    def outgoing(self, sources: Collection[str]) -> Mapping[str, Sequence["Hop"]]:
        """Edges by their source."""
        return self._hops(_OUT + _RETURN_EDGE, sources, "source")

    def incoming(self, targets: Collection[str]) -> Mapping[str, Sequence["Hop"]]:
        """Edges by their target."""
        return self._hops(_IN + _RETURN_EDGE, targets, "target")

    def _hops(self, cypher: str, keys: Collection[str], end: str) -> Mapping[str, Sequence["Hop"]]:
        found: dict[str, list[Hop]] = {key: [] for key in keys}
        for batch in _batches(sorted(keys)):
            for row in self._rows(cypher, keys=batch):
                found[row[end]].append(_hop(row))
        for hops in found.values():
            hops.sort(key=lambda hop: (hop.source, hop.target, hop.operation))
        return found

    def first(self, start: str) -> None:
        """Stored edges know no context."""

    def chain_facts(self, targets: Collection[str], *, whole: bool) -> "Snapshot":
        """The whole model, or only the targets with how long their sessions may be."""
        if whole:
            return self.model()
        from iam.model import Role, Snapshot

        rows = self._rows(
            "UNWIND $keys AS key MATCH (r:Role {arn: key})"
            " RETURN r.arn AS arn, r.name AS name, r.account AS account,"
            " r.max_session_seconds AS seconds",
            keys=sorted(targets),
        )
        return Snapshot(
            roles={
                row["arn"]: Role(
                    arn=row["arn"],
                    name=row["name"],
                    account=row["account"],
                    max_session_seconds=row["seconds"],
                )
                for row in rows
            }
        )

    def layers(self) -> "Snapshot":
        """Accounts and organization, without the rest of the facts."""
        self._state()
        if "layers" not in self._kept:
            from graph.facts import read_layers

            self._kept["layers"] = read_layers(self.store)
        found: Snapshot = self._kept["layers"]
        return found

    def coverage(self) -> Sequence["Coverage"]:
        """The coverage ledger of the snapshot, without the rest of the facts."""
        self._state()
        if "coverage" not in self._kept:
            from graph.facts import read_coverage

            self._kept["coverage"] = read_coverage(self.store)
        found: Sequence[Coverage] = self._kept["coverage"]
        return found

    def entity(self, key: str) -> Entity | None:
        """What a key names."""
        found = self._entities("MATCH (n:{label} {{arn: $key}})", key=key)
        return found[0] if found else None

    def exists(self, arn: str) -> bool:
        """Whether the graph holds this key."""
        return self.entity(arn) is not None

    def named(self, name: str) -> list[Entity]:
        """By name, whatever the case of letters."""
        return self._entities("MATCH (n:{label}) WHERE toLower(n.name) = $name", name=name.lower())

    def search(
        self, words: Sequence[str], limit: int, kinds: Sequence[str]
    ) -> tuple[list[Entity], int]:
        """Words are looked for in name, ARN, account id and account name."""
        wanted = [word.casefold() for word in words]
        found = [
            entity
            for entity, text in self._texts()
            if (not kinds or entity.kind in kinds) and all(word in text for word in wanted)
        ]
        return found[:limit], len(found)

    def names(self) -> list[str]:
        """Names and keys of everything."""
        return sorted({text for entity, _ in self._texts() for text in (entity.name, entity.arn)})

    def accounts(self) -> Mapping[str, AccountRef]:
        """The accounts of the snapshot by id."""
        self._state()
        if "accounts" not in self._kept:
            rows = self._rows(
                "MATCH (a:Account) RETURN a.account AS id, a.arn AS arn, a.account_name AS name,"
                " a.aliases AS aliases, a.collected AS collected"
            )
            self._kept["accounts"] = {
                row["id"]: AccountRef(
                    row["id"],
                    row["arn"],
                    tuple(dict.fromkeys(n for n in (row["name"], *(row["aliases"] or ())) if n)),
                    bool(row["collected"]),
                )
                for row in rows
            }
        found: dict[str, AccountRef] = self._kept["accounts"]
        return found

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def _texts(self) -> list[tuple[Entity, str]]:
        """Every entity with the text that a search looks at; 50,000 of them are a few megabytes."""
        self._state()
        if "texts" not in self._kept:
            everything = self._entities("MATCH (n:{label})")
            everything.sort(key=lambda e: (e.name.casefold(), e.arn))
            self._kept["texts"] = [
                (e, f"{e.name}\n{e.arn}\n{e.account}\n{e.account_name}".casefold())
                for e in everything
            ]
        found: list[tuple[Entity, str]] = self._kept["texts"]
        return found

    def _entities(self, match: str, **params: Any) -> list[Entity]:
        """Entities of every label that a name can mean; one query per label, so an index serves."""
        accounts = self.accounts()
        found: dict[str, Entity] = {}
        for label in _LABELS.split("|"):
            rows = self._rows(
                match.format(label=label)
                + " RETURN n.arn AS arn, n.name AS name, n.account AS account,"
                " n.account_name AS account_name, n.kind AS kind",
                **params,
            )
            for row in rows:
                kind = row["kind"] if label == "Principal" else _WORDS[label]
                if row["kind"] in _HIDDEN or row["arn"] in found:
                    continue
                account = row["account"] or ""
                if label == "Account":
                    kind = "account" if accounts[account].collected else "external_account"
                found[row["arn"]] = Entity(
                    row["arn"],
                    row["name"] or row["arn"],
                    account,
                    row["account_name"] or "",
                    kind,
                )
        return sorted(found.values(), key=lambda e: (e.name.casefold(), e.arn))


def _hop(row: Mapping[str, Any]) -> "Hop":
    from iam.chain import Hop
    from iam.decision import Verdict, parse_requirements

    return Hop(
        source=row["source"],
        target=row["target"],
        kind="CAN_ASSUME",
        operation=row["operation"],
        technique="",
        verdict=Verdict(row["verdict"]),
        requirements=parse_requirements(row["requirements"] or "[]"),
        # What an older version loaded does not say.
        assumptions=tuple(row["assumptions"] or ()),
    )


def _batches(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), _BATCH):
        yield keys[start : start + _BATCH]


def _text(time: Any) -> str:
    return time.isoformat() if time is not None else ""
