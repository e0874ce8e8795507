"""How long the questions of the catalogue take on 20,000 principals and 100,000 edges.

Run by hand: ``python -m benchmarks.queries``, with names of queries to ask only those. Expected for
a shortest path of at most six hops: a median under 5 ms. The edges are random, so that nearly
everybody reaches nearly every role within six hops: more than in any organization. The Neo4j part
needs Java and the jars of ``make neo4j``.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random
from statistics import quantiles

from graph.build import Graph
from graph.reach import Counts, counts
from graph.schema import Edge, Node, Value
from graph.stores import Store, open_store
from queries.catalogue import Query, catalogue, find, run
from tests.support import needs
from tests.support.servers import neo4j_server, stop_embedded

PRINCIPALS, EDGES, ACCOUNTS = 20_000, 100_000, 50
ROUNDS, LONG_ROUNDS = 60, 6
SHORTEST = (
    "MATCH (a:Principal {arn: $from}), (b:Role {arn: $to}) "
    "MATCH p = shortestPath((a)-[:CAN_ASSUME*..6]->(b)) RETURN length(p) AS hops"
)
"""What the store itself can do, for comparison."""

Params = dict[str, str]
Ask = Callable[[Params], Sequence[object]]


def graph(seed: int = 7) -> Graph:
    """Users and roles of many accounts with random edges between them."""
    random = Random(seed)
    keys = [_key(n) for n in range(PRINCIPALS)]
    roles = [key for key in keys if ":role/" in key]
    pairs: dict[tuple[str, str], bool] = {}
    while len(pairs) < EDGES:
        source, role = random.choice(keys), random.choice(roles)
        # Most delegations stay in their account.
        if source != role and (source[13:25] == role[13:25] or random.random() < 0.1):
            pairs[source, role] = random.random() < 0.6
    reach = counts(pairs, [pair for pair, is_free in pairs.items() if is_free])
    snapshot: dict[str, Value] = {"arn": "b", "name": "b", "id": "b", "assignments_known": False}
    snapshot["taken_at"] = "2026-01-31T12:00:00Z"
    return Graph(
        "b",
        None,
        (
            Node(("Snapshot",), "b", snapshot),
            *(_principal(n, key, reach.get(key, Counts())) for n, key in enumerate(keys)),
        ),
        tuple(edge for pair, is_free in sorted(pairs.items()) for edge in _edges(*pair, is_free)),
    )


def _key(n: int) -> str:
    kind = "user" if n % 10 < 3 else "role"
    return f"arn:aws:iam::{100_000_000_000 + n // 10 % ACCOUNTS}:{kind}/{kind}-{n}"


def _principal(n: int, arn: str, reach: Counts) -> Node:
    kind = "role" if ":role/" in arn else "user"
    props: dict[str, Value] = {
        "arn": arn,
        "name": f"{kind}-{n}",
        "kind": kind,
        "account": arn[13:25],
        "account_name": f"account-{arn[22:25]}",
        "reaches": reach.reaches,
        "reached_by": reach.reached_by,
        "reached_by_now": reach.reached_by_now,
        "farthest": reach.farthest,
        "farthest_role": reach.farthest_role,
        "is_admin": n % 1000 == 999,
    }
    if kind == "role":
        props |= {"last_used_known": True, "created": "2024-01-31T12:00:00Z"}
    return Node(("Principal", kind.title()), arn, props)


def _edges(source: str, role: str, is_free: bool) -> Iterator[Edge]:
    crosses = source[13:25] != role[13:25]
    how: dict[str, Value] = {"operation": "AssumeRole", "cross_account": crosses}
    props: dict[str, Value] = {
        **how,
        "verdict": "allow" if is_free else "conditional",
        "requirements": "[]" if is_free else '[[{"key":"aws:MultiFactorAuthPresent"}]]',
        "requirement_keys": [] if is_free else ["aws:MultiFactorAuthPresent"],
        "statements": [f"{role}#trust@#0"],
        "outside_organization": False,
        "likelihood": "normal",
        "findings": [],
    }
    yield Edge("CAN_ASSUME", source, role, "AssumeRole", props)
    if is_free:
        yield Edge("CAN_ASSUME_NOW", source, role, "AssumeRole", dict(how))


def _params(query: Query, random: Random, keys: Sequence[str]) -> Params:
    roles = [key for key in keys if ":role/" in key]
    wanted = [p.name for p in query.params if p.required]
    return {name: random.choice(roles if name in ("to", "role") else keys) for name in wanted}


def measure(store: Store, queries: Sequence[Query]) -> None:
    """Print median and 95th percentile of each query, a thousand rows at most."""
    keys = [_key(n) for n in range(PRINCIPALS)]

    def row(name: str, ask: Ask, query: Query) -> None:
        random = Random(1)
        is_short = query.family == "paths" and len(_params(query, random, keys)) == 2
        given = [_params(query, random, keys) for _ in range(ROUNDS if is_short else LONG_ROUNDS)]
        _print(name, [_timed(ask, params) for params in given])

    row("(shortestPath)", lambda p: store.read(SHORTEST, p).rows, find("delegation_chains"))
    for query in queries:
        row(query.name, partial(_rows, store, query.name), query)


def _rows(store: Store, name: str, params: Params) -> Sequence[object]:
    return run(store, name, params).rows


def _timed(ask: Ask, params: Params) -> tuple[float, int]:
    started = time.perf_counter()
    rows = len(ask(params))
    return time.perf_counter() - started, rows


def _print(name: str, found: Sequence[tuple[float, int]]) -> None:
    # The first third warms the server up: plans, caches, compiled code.
    seconds = [s for s, _ in found[len(found) // 3 :]]
    cut = quantiles(seconds, n=20, method="inclusive")
    rows = sum(n for _, n in found) / len(found)
    print(f"  {name:28} {1000 * cut[9]:9.1f} {1000 * cut[18]:9.1f} {rows:8.0f}", flush=True)


def main() -> None:
    """Load each store and ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only these queries")
    names = parser.parse_args().names
    queries = [q for q in catalogue().values() if not names or q.name in names]
    made = graph()
    print(f"{len(made.nodes)} nodes, {len(made.edges)} edges; p50 ms, p95 ms, rows")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        try:
            with closing(open_store(None, data="benchmark", root=home)) as store:
                print(f"embedded, loaded in {store.load(made).seconds:.1f} s")
                measure(store, queries)
        finally:
            stop_embedded(home)
    if reason := needs.lacking("neo4j"):
        print(f"neo4j: skipped, {reason}")
        return
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        neo4j_server(Path(folder)) as (url, user, password),
    ):
        os.environ |= {"NEO4J_USERNAME": user, "NEO4J_PASSWORD": password}
        with closing(open_store(url, data="benchmark")) as store:
            print(f"neo4j, loaded in {store.load(made, replace=True).seconds:.1f} s")
            measure(store, queries)


if __name__ == "__main__":
    main()
