"""Neo4j is sent the difference only: in one transaction, or behind the state ``loading``.

The one ``(:Snapshot)`` node is the control: whoever loads takes it first, by a token that every
later transaction asks for, so that of two loads at a time the later one goes on and the earlier one
stops. A load that was killed leaves it in the state ``loading``; the next load compares what is
there with what it wants, and so completes or undoes it.

A commit is not one moment for those who read meanwhile: they may meet one part of it without the
other. So the state is ``loading`` around every commit that changes more than the control node.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import neo4j
from neo4j.exceptions import Neo4jError

from graph import schema
from graph.schema import FINGERPRINT
from graph.stores.changes import (
    SNAPSHOT,
    Difference,
    Held,
    Prepared,
    difference,
    now,
    schema_hash,
    weight,
)
from iam.errors import StoreError
from iam.progress import Progress

ONE_TRANSACTION_SIZE = 20_000
ONE_TRANSACTION_WEIGHT = 8_000_000
"""What surely fits one transaction of a server with 512 MB of heap; see docs/graph.md."""

MOST_ROWS = 5_000
"""Rows of one statement."""
_WEIGHT = 2_000_000
_SECONDS = 600.0
_COUNTERS = (
    "nodes_created",
    "nodes_deleted",
    "relationships_created",
    "relationships_deleted",
    "properties_set",
    "labels_added",
    "labels_removed",
    "indexes_added",
    "constraints_added",
)

Transaction = neo4j.Transaction | neo4j.ManagedTransaction

Step = tuple[str, list[Any], int]
"""A statement, its rows, and how many nodes or edges it must create."""


class Counters:
    """Adds up what the driver says was written."""

    def __init__(self) -> None:
        self.found = dict.fromkeys(_COUNTERS, 0)

    def add(self, summary: neo4j.ResultSummary) -> None:
        """Count one statement."""
        for name in _COUNTERS:
            self.found[name] += getattr(summary.counters, name)


def load(
    session: neo4j.Session,
    wanted: Prepared,
    *,
    aside: Callable[[], AbstractContextManager[neo4j.Session]],
    replace: bool,
    url: str,
    progress: Progress,
) -> tuple[str, Mapping[str, int]]:
    """Make a Neo4j database hold a graph; gives the mode and what was written.

    Args:
        session: What writes.
        wanted: The graph.
        aside: Opens a second session, which says that the first one commits.
        replace: Whether another data set may be taken over.
        url: The address, for messages.
        progress: Told of what is written.

    Raises:
        StoreError: The database holds something else, or another load took over.
    """
    heads = _heads(session)
    _refuse_others(session, heads, wanted.data, replace, url)
    if _is_there(session, heads, wanted):
        return "unchanged", {}
    counters = Counters()
    if not heads or heads[0].get("schema") != schema_hash():
        _make_schema(session, wanted, counters)
    token = secrets.token_hex(8)
    since = now()
    changes = difference(_held(session) if heads else Held(), wanted)
    ready = len(heads) == 1 and heads[0].get("state") == "ready"
    if ready and changes.size <= ONE_TRANSACTION_SIZE and changes.weight <= ONE_TRANSACTION_WEIGHT:
        try:
            was = heads[0].get("digest")
            _in_one(session, aside, changes, was, wanted, token, since, url, counters, progress)
        except Neo4jError as error:
            if "OutOfMemory" not in (error.code or ""):
                raise
            counters = Counters()
        else:
            return "difference", counters.found
    _take_over(session, wanted, token, since, counters)
    # Read after taking over: what a killed or an overtaken load wrote is seen now.
    changes = difference(_held(session), wanted)
    _in_batches(session, changes, wanted, token, since, url, counters, progress)
    return "batches", counters.found


# --- what is there -------------------------------------------------------------------------------


def _heads(session: neo4j.Session) -> list[dict[str, Any]]:
    """The control nodes: none in a fresh database, else one."""
    return [
        dict(row["props"])
        for row in session.execute_read(
            lambda tx: tx.run("MATCH (s:Snapshot) RETURN s {.*} AS props").data()
        )
    ]


def _refuse_others(
    session: neo4j.Session, heads: Sequence[Mapping[str, Any]], data: str, replace: bool, url: str
) -> None:
    """Let nobody's graph be overwritten by accident.

    Raises:
        StoreError: Another data set is there, or something that rolepath did not write.
    """
    if not heads:
        if _one(session, "MATCH (n) RETURN n IS NOT NULL AS some LIMIT 1"):
            raise StoreError(
                f"{url}: the database holds something that rolepath did not write",
                help="give rolepath a database of its own",
            )
        return
    for head in heads:
        if head.get("data", data) != data and not replace:
            raise StoreError(
                f"{url}: the database holds the data set `{head['data']}`, not `{data}`",
                help="--replace puts this one in its place; or give each a database of its own",
            )


def _is_there(session: neo4j.Session, heads: Sequence[Mapping[str, Any]], wanted: Prepared) -> bool:
    if len(heads) != 1 or heads[0].get("state") != "ready":
        return False
    if heads[0].get("digest") != wanted.digest:
        return False
    # Both numbers come from the server's own count, so asking costs nothing.
    nodes = _one(session, "MATCH (n) RETURN count(n)")
    edges = _one(session, "MATCH ()-[e]->() RETURN count(e)")
    return bool(nodes == wanted.node_count and edges == wanted.edge_count)


def _one(session: neo4j.Session, cypher: str) -> Any:
    def work(tx: neo4j.ManagedTransaction) -> Any:
        row = tx.run(cypher).single()
        return None if row is None else row[0]

    return session.execute_read(work)


def _held(session: neo4j.Session) -> Held:
    """Key, labels and hash of everything that is there."""
    labels = "|".join(f"`{label}`" for label in schema.key_labels() if label != SNAPSHOT)

    @neo4j.unit_of_work(timeout=_SECONDS)
    def work(tx: neo4j.ManagedTransaction) -> Held:
        nodes = {}
        for arn, named, print_ in tx.run(
            f"MATCH (n:{labels}) WHERE n.arn IS NOT NULL RETURN n.arn, labels(n), n.`{FINGERPRINT}`"
        ).values():
            nodes[arn] = (frozenset(named), print_ or "")
        kinds = tx.run("CALL db.relationshipTypes() YIELD relationshipType RETURN *").value()
        return Held(nodes, {kind: _prints(tx, kind) for kind in kinds})

    return session.execute_read(work)


def _prints(tx: neo4j.ManagedTransaction, kind: str) -> Mapping[str, int]:
    """How often each hash stands on edges of a type; what has none is not ours."""
    return Counter(
        tx.run(
            f"MATCH ()-[e:`{kind}`]->() WHERE e.`{FINGERPRINT}` IS NOT NULL"
            f" RETURN e.`{FINGERPRINT}`"
        ).value()
    )


# --- writing -------------------------------------------------------------------------------------


def _make_schema(session: neo4j.Session, wanted: Prepared, counters: Counters) -> None:
    """Constraints and indexes, each in a transaction of its own as the server wants it."""
    unique = {*schema.key_labels(), *(labels[0] for labels in wanted.nodes)}
    for label in sorted(unique):
        counters.add(
            session.run(
                f"CREATE CONSTRAINT `rolepath_{label}_arn` IF NOT EXISTS"
                f" FOR (n:`{label}`) REQUIRE n.arn IS UNIQUE"
            ).consume()
        )
    for label in schema.indexed_labels():
        if label not in unique:
            counters.add(
                session.run(
                    f"CREATE INDEX `rolepath_{label}_arn` IF NOT EXISTS"
                    f" FOR (n:`{label}`) ON (n.arn)"
                ).consume()
            )
    session.run("CALL db.awaitIndexes(300)").consume()


def _in_one(
    session: neo4j.Session,
    aside: Callable[[], AbstractContextManager[neo4j.Session]],
    changes: Difference,
    held_digest: Any,
    wanted: Prepared,
    token: str,
    since: str,
    url: str,
    counters: Counters,
    progress: Progress,
) -> None:
    """All of it or nothing: readers see the old graph until the commit, and then the new one."""
    mine = Counters()
    digest = session.execute_write(
        lambda tx: tx.run(
            "MATCH (s:Snapshot {state: 'ready'}) SET s.loader = $token RETURN s.digest",
            token=token,
        ).value()
    )
    # What was compared may have changed before it was taken.
    if len(digest) != 1 or digest[0] != held_digest:
        raise StoreError("another load ran at the same time", help="load again")
    # Not by `execute_write`: a transaction that is too large would be tried again and again.
    with session.begin_transaction(timeout=_SECONDS) as tx:
        progress.start(changes.size, "items", "loading")
        for step in _steps(changes):
            _run(tx, step, mine)
            progress.advance(len(step[1]))
        # INVARIANT: loading is committed before this is, and ready after it.
        with aside() as other:
            other.execute_write(lambda tx: _checked(tx, token, url, state="loading", since=since))
        tx.commit()

    def last(tx: neo4j.ManagedTransaction) -> None:
        _checked(tx, token, url)
        _finish(tx, wanted, since, mine)

    session.execute_write(last)
    _add(counters, mine)
    progress.finish()


def _checked(tx: neo4j.ManagedTransaction, token: str, url: str, **props: Any) -> None:
    """Take the control node, unless another load has it.

    Raises:
        StoreError: It has.
    """
    mine = tx.run(
        "MATCH (s:Snapshot {loader: $token}) SET s += $props, s.loader = $token RETURN count(s)",
        token=token,
        props=props,
    ).value()[0]
    if mine != 1:
        raise StoreError(
            f"{url}: another load took over", help="wait until it is done, then load again"
        )


def _take_over(
    session: neo4j.Session, wanted: Prepared, token: str, since: str, counters: Counters
) -> None:
    """From here on readers are told that a load is running."""
    head = {"data": wanted.data, "state": "loading", "since": since, "loader": token}

    def work(tx: neo4j.ManagedTransaction) -> neo4j.ResultSummary:
        tx.run("MATCH (s:Snapshot) WITH s ORDER BY s.arn SKIP 1 DETACH DELETE s").consume()
        there = tx.run("MATCH (s:Snapshot) RETURN count(s)").value()[0]
        text = (
            "MATCH (s:Snapshot) SET s += $head"
            if there
            else "CREATE (s:Snapshot {arn: $arn}) SET s += $head"
        )
        return tx.run(text, head=head, arn=wanted.snapshot["arn"]).consume()

    counters.add(session.execute_write(work))


def _in_batches(
    session: neo4j.Session,
    changes: Difference,
    wanted: Prepared,
    token: str,
    since: str,
    url: str,
    counters: Counters,
    progress: Progress,
) -> None:
    """Many transactions, each of which asks whether this load is still the one."""
    progress.start(changes.size, "items", "loading")
    for step in _steps(changes):

        @neo4j.unit_of_work(timeout=_SECONDS)
        def work(tx: neo4j.ManagedTransaction, step: Step = step) -> Counters:
            mine = Counters()
            _checked(tx, token, url)
            _run(tx, step, mine)
            return mine

        _add(counters, session.execute_write(work))
        progress.advance(len(step[1]))

    @neo4j.unit_of_work(timeout=_SECONDS)
    def last(tx: neo4j.ManagedTransaction) -> Counters:
        mine = Counters()
        _checked(tx, token, url)
        _finish(tx, wanted, since, mine)
        return mine

    _add(counters, session.execute_write(last))
    progress.finish()


def _add(counters: Counters, more: Counters) -> None:
    for name, number in more.found.items():
        counters.found[name] += number


def _finish(tx: Transaction, wanted: Prepared, since: str, counters: Counters) -> None:
    """The control node says what is there now; all its older properties go."""
    props = {**wanted.snapshot, "since": since}
    tx.run("MATCH (s:Snapshot) WITH s ORDER BY s.arn SKIP 1 DETACH DELETE s").consume()
    there = tx.run("MATCH (s:Snapshot) RETURN count(s)").value()[0]
    text = "MATCH (s:Snapshot) SET s = $props" if there else "CREATE (s:Snapshot) SET s = $props"
    counters.add(tx.run(text, props=props).consume())


def _run(tx: Transaction, step: Step, counters: Counters) -> None:
    text, rows, made = step
    summary = tx.run(text, rows=rows).consume()
    counters.add(summary)
    created = summary.counters.nodes_created + summary.counters.relationships_created
    if created != made:
        raise StoreError(
            f"the database made {created} of {made} things: it changed during the load",
            help="load again",
        )


def _steps(changes: Difference) -> Iterator[Step]:
    """Statements in an order in which each finds what it needs."""
    for kind, prints in changes.drop_edges.items():
        for rows in _batches(prints):
            text = f"MATCH ()-[e:`{kind}`]->() WHERE e.`{FINGERPRINT}` IN $rows DELETE e"
            yield text, rows, 0
    for label, arns in changes.drop_nodes.items():
        for rows in _batches(arns):
            yield f"UNWIND $rows AS arn MATCH (n:`{label}` {{arn: arn}}) DETACH DELETE n", rows, 0
    for (label, less, more), found in changes.change.items():
        text = f"UNWIND $rows AS r MATCH (n:`{label}` {{arn: r.arn}}) SET n = r"
        text += f" SET n:{_labels(more)}" if more else ""
        text += f" REMOVE n:{_labels(less)}" if less else ""
        for rows in _batches(found):
            yield text, rows, 0
    for labels, found in changes.create.items():
        for rows in _batches(found):
            yield f"UNWIND $rows AS r CREATE (n:{_labels(labels)}) SET n = r", rows, len(rows)
    for (kind, start, end), links in changes.link.items():
        text = (
            f"UNWIND $rows AS r MATCH (a:`{start}` {{arn: r[0]}}) MATCH (b:`{end}` {{arn: r[1]}})"
            f" CREATE (a)-[e:`{kind}`]->(b) SET e = r[2]"
        )
        for rows in _batches(links):
            yield text, rows, len(rows)


def _labels(labels: Sequence[str]) -> str:
    return ":".join(f"`{label}`" for label in labels)


def _batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    """Rows in parts that a small server takes at once, by number and by text."""
    batch: list[Any] = []
    heavy = 0
    for row in rows:
        props = row if isinstance(row, dict) else row[2] if isinstance(row, tuple) else None
        heavy += weight(props) if props is not None else len(row)
        if batch and (len(batch) >= MOST_ROWS or heavy > _WEIGHT):
            yield [list(r) if isinstance(r, tuple) else r for r in batch]
            batch, heavy = [], 0
        batch.append(row)
    if batch:
        yield [list(r) if isinstance(r, tuple) else r for r in batch]
