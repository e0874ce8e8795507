"""Loading 20,000 nodes and 100,000 edges takes seconds, and loading them again writes nothing.

Expected on 2 cores: under 25 s into a Neo4j server that was just started (15 s into a warm one),
under 5 s into the embedded store, zero writes the second time. The Neo4j part needs Java and the
jars of ``make neo4j``.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from neo4j import GraphDatabase

from graph.build import Graph
from graph.schema import Edge, Node, Value
from graph.stores import LoadReport, Store, open_store
from tests.support import needs
from tests.support.servers import neo4j_server, stop_embedded

DOCUMENT = '{"Version":"2012-10-17","Statement":[' + ",".join(
    f'{{"Sid":"S{n}","Effect":"Allow","Action":["sts:AssumeRole","s3:GetObject"],"Resource":'
    f'["arn:aws:iam::111122223333:role/team-{n}-*","arn:aws:s3:::bucket-{n}/*"]}}'
    for n in range(5)
) + "]}"  # fmt: skip


def graph(nodes: int, edges: int, id: str = "benchmark", seed: int = 7) -> Graph:
    """A graph of the size that is asked for, with properties as large as real ones."""
    random = Random(seed)
    accounts = max(2, nodes // 400)
    made = [_account(n) for n in range(accounts)]
    principals = [_principal(n, n % accounts) for n in range((nodes - accounts) * 6 // 10)]
    policies = [_policy(n, n % accounts) for n in range(nodes - accounts - len(principals) - 1)]
    roles = [node for node in principals if "Role" in node.labels]
    found: dict[tuple[str, str, str, str], Edge] = {}
    makers: tuple[Callable[[], Edge], ...] = (
        lambda: _assume(random.choice(principals).arn, random.choice(roles).arn),
        lambda: _assume(random.choice(principals).arn, random.choice(roles).arn),
        lambda: _now(random.choice(principals).arn, random.choice(roles).arn),
        lambda: _trusts(random.choice(roles).arn, random.choice(principals).arn),
        lambda: Edge(
            "HAS_POLICY", random.choice(principals).arn, random.choice(policies).arn, "", {}
        ),
        lambda: Edge("IN_ACCOUNT", random.choice(principals).arn, random.choice(made).arn, "", {}),
    )
    while len(found) < edges:
        edge = makers[len(found) % len(makers)]()
        found[edge.type, edge.src, edge.dst, edge.key] = edge
    return Graph(id, None, (*made, *principals, *policies), tuple(found.values()))


def _account(n: int) -> Node:
    arn = f"arn:aws:organizations::111111111111:account/o-1/{n:012d}"
    return Node(("Account",), arn, {"arn": arn, "name": f"account-{n}", "account": f"{n:012d}"})


def _principal(n: int, account: int) -> Node:
    is_role = n % 5 != 0
    kind = "role" if is_role else "user"
    name = f"{kind}-with-a-name-of-usual-length-{n}"
    arn = f"arn:aws:iam::{account:012d}:{kind}/{name}"
    props: dict[str, Value] = {
        "arn": arn,
        "name": name,
        "kind": kind,
        "account": f"{account:012d}",
        "account_name": f"account-{account}",
        "unique_id": f"AROA{n:017d}",
        "created": "2024-01-31T12:00:00Z",
        "tags": '[["team","payments"],["cost-center","1234"]]',
        "attached": [f"arn:aws:iam::aws:policy/managed-{n % 40}"],
        "reaches": n % 50,
        "reached_by": n % 30,
        "reached_by_now": n % 9,
        "is_admin": n % 100 == 0,
    }
    labels = ("Principal", "Role") if is_role else ("Principal", "User")
    return Node((*labels, "ServiceRole") if is_role and n % 7 == 0 else labels, arn, props)


def _policy(n: int, account: int) -> Node:
    arn = f"arn:aws:iam::{account:012d}:policy/policy-{n}"
    props: dict[str, Value] = {
        "arn": arn,
        "name": f"policy-{n}",
        "kind": "managed",
        "account": f"{account:012d}",
        "document": DOCUMENT,
        "version": "v1",
        "named_only": False,
    }
    return Node(("Policy",), arn, props)


def _assume(src: str, dst: str) -> Edge:
    return Edge(
        "CAN_ASSUME",
        src,
        dst,
        "AssumeRole",
        {
            "verdict": "conditional",
            "operation": "AssumeRole",
            "requirements": '[[{"key":"aws:MultiFactorAuthPresent","operator":"Bool","values":'
            '["true"],"negated":false,"kind":"SESSION_STATE","statement":"x#trust@#0"}]]',
            "requirement_keys": ["aws:MultiFactorAuthPresent"],
            "statements": [f"{dst}#trust@#0", f"{src}#inline/assume@#0"],
            "cross_account": True,
            "outside_organization": False,
            "likelihood": "normal",
            "findings": [],
        },
    )


def _now(src: str, dst: str) -> Edge:
    return Edge("CAN_ASSUME_NOW", src, dst, "AssumeRole", {"operation": "AssumeRole"})


def _trusts(src: str, dst: str) -> Edge:
    return Edge(
        "TRUSTS",
        src,
        dst,
        f"{src}#trust@#0",
        {
            "effect": "Allow",
            "actions": ["sts:AssumeRole"],
            "statement": f"{src}#trust@#0",
            "conditions": "{}",
        },
    )


def _line(what: str, report: LoadReport, most: float | None = None) -> str:
    verdict = "" if most is None else f"   expected < {most:.0f} s"
    return f"{what:38} {report.mode:10} {report.seconds:7.2f} s{verdict}"


def _measured(name: str, store: Store, nodes: int, edges: int, cold: float) -> Iterator[str]:
    whole = graph(nodes, edges)
    yield _line(f"{name}: first load", store.load(whole), cold)
    again = store.load(whole)
    assert again.writes == 0
    yield _line(f"{name}: the same again, no writes", again)
    other = graph(nodes, edges, id="next", seed=8)
    changed = Graph("next", None, whole.nodes, (*whole.edges[: edges - 500], *other.edges[:500]))
    yield _line(f"{name}: 500 edges differ", store.load(_unique(changed)))
    yield _line(f"{name}: most edges differ", store.load(other))


def _unique(made: Graph) -> Graph:
    found = {(e.type, e.src, e.dst, e.key): e for e in made.edges}
    return Graph(made.snapshot_id, made.taken_at, made.nodes, tuple(found.values()))


def embedded(folder: Path, nodes: int, edges: int) -> Iterator[str]:
    """Measure the embedded store, with the start of its server told apart."""
    started = time.monotonic()
    store = open_store(None, data="benchmark", root=folder)
    try:
        assert store.url
        yield f"{'embedded: server started':38} {'':10} {time.monotonic() - started:7.2f} s"
        yield from _measured("embedded", store, nodes, edges, 5)
    finally:
        store.close()
        stop_embedded(folder)


def on_neo4j(folder: Path, nodes: int, edges: int) -> Iterator[str]:
    """Measure a Neo4j server that was just started, with 512 MB of heap."""
    if reason := needs.lacking("neo4j"):
        yield f"neo4j: left out: {reason}"
        return
    with neo4j_server(folder) as (url, user, password):
        os.environ.update(NEO4J_USERNAME=user, NEO4J_PASSWORD=password)
        store = open_store(url, data="benchmark")
        try:
            yield from _measured("neo4j", store, nodes, edges, 25)
            with GraphDatabase.driver(url, auth=(user, password)) as driver:
                driver.execute_query("CALL () { MATCH ()-[e]->() DELETE e }")
                driver.execute_query("CALL () { MATCH (n) DELETE n }")
            yield _line("neo4j: all of it, warm", store.load(graph(nodes, edges)), 15)
        finally:
            store.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--nodes", type=int, default=20_000)
    parser.add_argument("--edges", type=int, default=100_000)
    parser.add_argument("--only", choices=["embedded", "neo4j"])
    asked = parser.parse_args()
    print(f"{asked.nodes:,} nodes, {asked.edges:,} edges, load average {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        for name, measure in (("embedded", embedded), ("neo4j", on_neo4j)):
            if asked.only in (None, name):
                (Path(folder) / name).mkdir()
                for line in measure(Path(folder) / name, asked.nodes, asked.edges):
                    print(line, flush=True)


if __name__ == "__main__":
    main()
