"""What somebody types can only read, and ends: in time, and after so many rows."""

from collections.abc import Iterator

import pytest

from graph.stores import Store, console
from iam.errors import QueryError
from tests.contract.stores.graphs import assume, graph, held, role, shape, user
from tests.support.servers import Servers

MADE = graph("s1", [role("a"), role("b"), user("c")], [assume("c", "a"), assume("a", "b")])

WRITES = (
    "CREATE (n:Role {arn: 'x'})",
    "CREATE (:Role {arn: 'x'}) RETURN 1",
    "MERGE (n:Role {arn: 'x'}) RETURN n",
    "MATCH (n:Role) SET n.name = 'x'",
    "MATCH (n:Role) SET n:Admin",
    "MATCH (n:Role) SET n += {name: 'x'}",
    "MATCH (n:Role) REMOVE n.name",
    "MATCH (n:Role) REMOVE n:Role",
    "MATCH ()-[e]->() DELETE e",
    "MATCH (n) DETACH DELETE n",
    "MATCH (n) NODETACH DELETE n",
    "MATCH (n:User) FOREACH (x IN [1] | SET n.name = 'x')",
    "MATCH (a:User), (b:Role) CREATE (a)-[:CAN_ASSUME]->(b)",
    "MATCH (a:User), (b:Role) MERGE (a)-[:TRUSTS]->(b)",
    "MATCH (n:Role) WITH n LIMIT 1 CREATE (m:Role {arn: 'y'}) RETURN m",
    "MATCH (n:Role) CALL (n) { SET n.name = 'x' } RETURN n",
    "MATCH (n:Role) CALL { WITH n SET n.name = 'x' } IN TRANSACTIONS RETURN 1",
    "UNWIND [1, 2] AS x CREATE (n:Role {arn: toString(x)})",
    "OPTIONAL MATCH (n:Nobody) CREATE (m:Role {arn: 'z'})",
    "match (n:Role) set n.name = 'lower case'",
    "MATCH (n:Role) /* hidden */ SET /* */ n.name = 'x'",
    "MATCH (n:Role) // to the end\nSET n.name = 'x'",
    "PROFILE MATCH (n:Role) SET n.name = 'x'",
    "MATCH (n:Role) RETURN n UNION MATCH (n:Role) SET n.name = 'x' RETURN n",
)
BEYOND = (
    "LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row",
    "LOAD CSV WITH HEADERS FROM 'http://127.0.0.1:1/x' AS row RETURN row",
    "load\tcsv from 'http://127.0.0.1:1/x' as row return row",
    "LOAD /* a comment */ CSV FROM 'http://127.0.0.1:1/x' AS row RETURN row",
    "LOAD // a comment\n CSV FROM 'http://127.0.0.1:1/x' AS row RETURN row",
    "MATCH (n) LOAD CSV FROM 'http://127.0.0.1:1/' + n.arn AS row RETURN row",
    "MATCH (n) WITH n LOAD CSV FROM 'http://127.0.0.1:1/' AS row RETURN row",
    "CALL { LOAD CSV FROM 'http://127.0.0.1:1/' AS row RETURN row } RETURN row",
    r"\u004cOAD CSV FROM 'http://127.0.0.1:1/' AS row RETURN row",
    r"RETURN '\u0027 LOAD CSV FROM \u0027http://127.0.0.1:1/\u0027 AS row RETURN row",
    "CREATE INDEX x FOR (n:Role) ON (n.name)",
    "CREATE CONSTRAINT x FOR (n:Role) REQUIRE n.name IS UNIQUE",
    "DROP CONSTRAINT `rolepath_Principal_arn`",
    "DROP INDEX `rolepath_Role_arn` IF EXISTS",
    "CREATE DATABASE other",
    "DROP DATABASE neo4j",
    "STOP DATABASE neo4j",
    "CREATE USER mallory SET PASSWORD 'password'",
    "ALTER USER neo4j SET PASSWORD 'password'",
    "ALTER CURRENT USER SET PASSWORD FROM 'a' TO 'b'",
    "ALTER DATABASE `arcadedb.command.timeout` 0",
    "SHOW USERS",
    "SHOW SETTINGS",
    "SHOW TRANSACTIONS",
    "TERMINATE TRANSACTIONS 'neo4j-transaction-1'",
    "GRANT ROLE admin TO neo4j",
    "USE system SHOW USERS",
    "USE neo4j MATCH (n) RETURN n",
    "CALL { USE system SHOW USERS } RETURN 1",
    "CALL dbms.listConfig() YIELD name RETURN name",
    "CALL dbms.security.listUsers()",
    "CALL `dbms`.`listConfig`() YIELD name RETURN name",
    "CALL dbms . listConfig() YIELD name RETURN name",
    "CALL /* x */ dbms.listConfig() YIELD name RETURN name",
    "MATCH (n) CALL db.awaitIndexes(1) RETURN n",
    "CALL db.createLabel('X')",
    "CALL db.index.fulltext.createNodeIndex('x', ['Role'], ['name'])",
    "CALL apoc.load.json('http://127.0.0.1:1/') YIELD value RETURN value",
    "MATCH (n) RETURN n; MATCH (n) DETACH DELETE n",
    "EXPLAIN CREATE (n)",
    "CYPHER runtime=slotted MATCH (n) RETURN n",
    "INSERT (n:Role {arn: 'x'})",
    "DELETE FROM Role",
    "SELECT FROM Role",
    "",
    "   // nothing\n",
    "MATCH (n) RETURN 'open",
    "MATCH (n) /* open RETURN n",
    "MATCH (`n) RETURN 1",
)  # fmt: skip
READS = (
    ("MATCH (n:Role) RETURN n.arn AS arn ORDER BY arn", [{"arn": "a"}, {"arn": "b"}]),
    ("match (n:Role) return n.arn as arn order by arn;", [{"arn": "a"}, {"arn": "b"}]),
    ("// why\nMATCH (n:User) /* who */ RETURN n.arn AS arn", [{"arn": "c"}]),
    ("WITH 'LOAD CSV' AS text RETURN text", [{"text": "LOAD CSV"}]),
    ("RETURN \"it's; DROP\" AS text", [{"text": "it's; DROP"}]),
    ("RETURN 'a\\'b; CALL dbms.x()' AS text", [{"text": "a'b; CALL dbms.x()"}]),
    ("MATCH (n:User) RETURN n.arn AS `SET; LOAD CSV`", [{"SET; LOAD CSV": "c"}]),
    ("WITH {set: 1, call: 2} AS m RETURN m.set AS x, m.call AS y", [{"x": 1, "y": 2}]),
    ("UNWIND [1, 2] AS x RETURN x", [{"x": 1}, {"x": 2}]),
    ("OPTIONAL MATCH (n:Nobody) RETURN n", [{"n": None}]),
    ("MATCH (n:Role) CALL (n) { RETURN size(n.arn) AS s } RETURN sum(s) AS s", [{"s": 2}]),
    ("MATCH (:User)-[e:CAN_ASSUME]->(r) RETURN type(e) AS t", [{"t": "CAN_ASSUME"}]),
    ("RETURN 1.5 AS half, null AS nothing", [{"half": 1.5, "nothing": None}]),
    ("RETURN [1, 2] AS list, {a: 'b'} AS map", [{"list": [1, 2], "map": {"a": "b"}}]),
    ("RETURN $a AS a", [{"a": 7}]),
)  # fmt: skip


@pytest.fixture(scope="module")
def loaded(server: Servers) -> Iterator[Store]:
    with server.emptied():
        store = server.open()
        store.load(MADE)
        yield store


@pytest.mark.parametrize("text", WRITES)
def test_a_statement_that_writes_is_refused(loaded: Store, text: str) -> None:
    with pytest.raises(QueryError) as raised:
        loaded.console(text)
    assert "MATCH" in raised.value.help
    assert held(loaded) == shape(MADE)


@pytest.mark.parametrize("text", WRITES)
def test_the_server_itself_refuses_to_write(
    loaded: Store, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Even when nothing looks at the words first."""
    monkeypatch.setattr(console, "check", lambda _: None)
    with pytest.raises(QueryError):
        loaded.console(text)
    assert held(loaded) == shape(MADE)


@pytest.mark.parametrize("text", BEYOND)
def test_a_statement_that_reaches_beyond_the_graph_is_refused(loaded: Store, text: str) -> None:
    with pytest.raises(QueryError):
        loaded.console(text)
    # By its words, before any server sees it.
    with pytest.raises(QueryError):
        console.check(text)


@pytest.mark.parametrize(("text", "rows"), READS)
def test_a_statement_that_reads_is_answered(
    loaded: Store, text: str, rows: list[dict[str, object]]
) -> None:
    assert loaded.console(text, {"a": 7}).rows == rows


def test_procedures_that_describe_the_graph_are_run(loaded: Store) -> None:
    found = loaded.console("CALL db.labels() YIELD label RETURN label", limit=100)
    assert {"Principal", "Role", "User"} <= {row["label"] for row in found.rows}


def test_rows_are_limited(loaded: Store) -> None:
    found = loaded.console("UNWIND range(1, 100000) AS x RETURN x", limit=5)
    assert [row["x"] for row in found.rows] == [1, 2, 3, 4, 5]
    assert found.columns == ("x",)
    assert found.truncated
    found = loaded.console("UNWIND range(1, 5) AS x RETURN x", limit=5)
    assert len(found.rows) == 5
    assert not found.truncated
    found = loaded.console("UNWIND range(1, 5) AS x RETURN x", limit=0)
    assert found.rows == []
    assert found.truncated


def test_a_mistake_is_explained(loaded: Store) -> None:
    with pytest.raises(QueryError, match=r"(?i)variable.*nothing|nothing.*not defined"):
        loaded.console("MATCH (n) RETURN nothing")
    with pytest.raises(QueryError, match="statement: "):
        loaded.console("MATCH (n RETURN n")
    with pytest.raises(QueryError, match=r"(?i)parameter"):
        loaded.console("MATCH (n {arn: $missing}) RETURN n")


def test_nodes_edges_and_paths_are_plain_values(loaded: Store) -> None:
    (row,) = loaded.console(
        "MATCH p = (n:User)-[e:CAN_ASSUME]->(r:Role) RETURN n, e, p, r.arn AS arn"
    ).rows
    assert row["n"]["labels"] == ["Principal", "User"]
    assert row["n"]["properties"]["arn"] == "c"
    assert (row["e"]["type"], row["e"]["start"], row["e"]["end"]) == ("CAN_ASSUME", "c", "a")
    assert [node["properties"]["arn"] for node in row["p"]["nodes"]] == ["c", "a"]
    assert [edge["type"] for edge in row["p"]["relationships"]] == ["CAN_ASSUME"]
    times = loaded.console("RETURN datetime('2026-01-31T12:00:00Z') AS t, date('2026-01-31') AS d")
    assert times.rows[0]["t"].startswith("2026-01-31T12:00:00")
    assert times.rows[0]["d"] == "2026-01-31"
