"""A store holds exactly the graph that was loaded last, and says so."""

from datetime import UTC, datetime

import pytest

from graph.build import Graph
from graph.schema import Node
from iam.errors import StoreError, StoreUnavailableError
from iam.progress import NoProgress
from tests.contract.stores.graphs import assume, graph, held, many, role, shape, small, user
from tests.support.servers import Servers

HOSTILE = (
    "plain",
    "'; MATCH (n) DETACH DELETE n; //",
    '"} RETURN 1 AS x UNION MATCH (n) RETURN n.arn AS x',
    "`Principal`) DETACH DELETE (n",
    "back\\slash \\u0041 \\' end",
    "<script>alert(1)</script>",
    "line\nbreak\r\ttab",
    "zero\x00byte and \x7f",
    "é ü ß 漢字 🦊 \u202e right to left",
    "\u2028 line separator",
    "{{ template }} ${shell} %s",
    "2026-01-31T12:00:00Z",
    "12345678901234567890",
    "true",
    "null",
    "[]",
    " ",
    "x" * 2_048,
)


def test_an_empty_store_says_so_and_answers_nothing(stores: Servers) -> None:
    store = stores.open()
    assert store.state().state == "empty"
    with pytest.raises(StoreUnavailableError, match="nothing has been loaded") as raised:
        store.read("MATCH (n) RETURN n")
    assert "rolepath ingest files" in raised.value.help
    with pytest.raises(StoreUnavailableError):
        store.console("MATCH (n) RETURN n")


def test_what_was_loaded_is_there(stores: Servers) -> None:
    taken = datetime(2026, 1, 31, 12, tzinfo=UTC)
    made = many("s1", 50, 200, seed=1)
    store = stores.open("audit")
    report = store.load(Graph("s1", taken, made.nodes, made.edges))
    assert report.mode == ("bulk" if stores.name == "embedded" else "batches")
    assert (report.nodes, report.edges) == (51, 200)
    assert report.counters["nodes_created"] == 51
    assert report.counters["relationships_created"] == 200
    assert held(store) == shape(made)
    state = store.state()
    assert (state.state, state.data, state.snapshot_id) == ("ready", "audit", "s1")
    assert (state.nodes, state.edges) == (51, 200)
    assert state.taken_at == "2026-01-31T12:00:00Z"
    assert state.since.endswith("Z")


def test_loading_again_writes_nothing(stores: Servers) -> None:
    store = stores.open()
    assert store.load(many("s1", 30, 90, seed=1)).writes > 0
    again = store.load(many("s1", 30, 90, seed=1))
    assert (again.mode, again.writes) == ("unchanged", 0)
    other = stores.open()
    again = other.load(many("s1", 30, 90, seed=1), replace=True)
    assert (again.mode, again.writes) == ("unchanged", 0)


def test_what_changed_is_changed_and_what_is_gone_is_gone(stores: Servers) -> None:
    before = graph(
        "s1",
        [role("a"), role("b", "ServiceRole"), user("c"), user("gone"), user("x", tags="old")],
        [
            assume("c", "a", verdict="allow"),
            assume("c", "b", verdict="allow"),
            assume("c", "b", "AssumeRoleWithSAML", verdict="allow"),
            assume("gone", "a", verdict="allow"),
        ],
    )
    after = graph(
        "s2",
        [role("a", path="/new/"), role("b", "ReservedRole"), user("c"), user("new"), user("x")],
        [
            assume("c", "a", verdict="conditional"),
            assume("c", "b", "AssumeRoleWithSAML", verdict="allow"),
            assume("new", "a", verdict="allow"),
            assume("a", "b", verdict="allow"),
        ],
    )
    store = stores.open()
    store.load(before)
    assert held(store) == shape(before)
    report = store.load(after)
    assert held(store) == shape(after)
    assert store.state().snapshot_id == "s2"
    if stores.name == "neo4j":
        assert report.mode == "difference"
        # Four edges differ and one is new; `new` comes, `gone` goes.
        assert report.counters["relationships_created"] == 3
        assert report.counters["relationships_deleted"] == 3
        assert report.counters["nodes_created"] == 1
        assert report.counters["nodes_deleted"] == 1
    store.load(before)
    assert held(store) == shape(before)


def test_a_key_may_move_to_another_kind(stores: Servers) -> None:
    root = "arn:aws:iam::999999999999:root"
    as_principal = Node(("Principal", "ExternalAccount"), root, {"arn": root, "name": "x"})
    as_account = Node(("Account",), root, {"arn": root, "name": "x"})
    as_both = Node(("Account", "Principal", "ExternalAccount"), root, {"arn": root, "name": "x"})
    edge = assume(root, "a", verdict="allow")
    store = stores.open()
    for number, node in enumerate(
        [as_principal, as_account, as_both, as_principal, as_both, as_account]
    ):
        made = graph(f"s{number}", [role("a"), node], [edge])
        store.load(made)
        assert held(store) == shape(made)


def test_hostile_text_comes_back_as_it_was(stores: Servers) -> None:
    nodes = [
        role(f"arn:{text}", name=text, tags=text * 20, attached=[text, "b"], empty=[])
        for text in HOSTILE
    ]
    edges = [
        assume("c", node.arn, statements=[text]) for node, text in zip(nodes, HOSTILE, strict=True)
    ]
    made = graph("s1", [user("c"), *nodes], edges)
    store = stores.open()
    store.load(made)
    assert held(store) == shape(made)
    assert store.load(made).writes == 0
    for text in HOSTILE:
        found = store.read(
            "MATCH (n:Role {arn: $arn}) RETURN n.name AS name", {"arn": f"arn:{text}"}
        )
        assert found.rows == [{"name": text}]


def test_numbers_and_truth_keep_their_type(stores: Servers) -> None:
    made = graph("s1", [role("a", big=2**62, small=-1, yes=True, no=False, half=0.5, none=[])])
    store = stores.open()
    store.load(made)
    (row,) = store.read("MATCH (n:Role) RETURN n {.*} AS p").rows
    for name, value in made.nodes[0].props.items():
        assert row["p"][name] == value
        assert type(row["p"][name]) is type(value)


def test_the_schema_is_there(stores: Servers) -> None:
    """An `arn` is unique under its key label; each kind is looked up by an index."""
    store = stores.open()
    store.load(many("s1", 300, 10, seed=1))
    if stores.name == "embedded":
        text = (stores.folder().databases / stores.folder().current() / "schema.json").read_text()
        assert '"unique":true' in text
        assert "Principal[arn]" in text or '"Principal_0' in text
        return
    with stores.driver() as driver:
        constraints = driver.execute_query(
            "SHOW CONSTRAINTS YIELD labelsOrTypes, properties RETURN labelsOrTypes, properties"
        ).records
        indexes = driver.execute_query(
            "SHOW INDEXES YIELD labelsOrTypes, properties, state WHERE labelsOrTypes IS NOT NULL"
            " RETURN labelsOrTypes, properties, state"
        ).records
    from graph import schema

    unique = {r["labelsOrTypes"][0] for r in constraints if r["properties"] == ["arn"]}
    assert unique >= set(schema.key_labels())
    looked_up = {
        r["labelsOrTypes"][0]
        for r in indexes
        if r["properties"] == ["arn"] and r["state"] == "ONLINE"
    }
    assert looked_up >= set(schema.indexed_labels())


def test_two_data_sets(stores: Servers) -> None:
    first, second = stores.open("one"), stores.open("two")
    first.load(small("s1"))
    if stores.name == "embedded":
        # Each data set has a store of its own.
        second.load(many("s2", 5, 5, seed=2))
        assert first.state().snapshot_id == "s1"
        assert second.state().snapshot_id == "s2"
        return
    with pytest.raises(StoreError, match="holds the data set `one`, not `two`") as raised:
        second.load(many("s2", 5, 5, seed=2))
    assert "--replace" in raised.value.help
    assert held(first) == shape(small("s1"))
    made = many("s2", 5, 5, seed=2)
    second.load(made, replace=True)
    assert held(second) == shape(made)
    assert first.state().data == "two"


@pytest.mark.neo4j
def test_a_database_with_something_else_in_it_is_left_alone(neo4j_shared: Servers) -> None:
    with neo4j_shared.emptied():
        with neo4j_shared.driver() as driver:
            driver.execute_query("CREATE (:Recipe {name: 'soup'})")
        store = neo4j_shared.open()
        for replace in (False, True):
            with pytest.raises(StoreError, match="something that rolepath did not write"):
                store.load(small(), replace=replace)
        with neo4j_shared.driver() as driver:
            assert driver.execute_query("MATCH (n) RETURN count(n)").records[0][0] == 1


def test_an_edge_needs_both_ends_and_a_key_one_node(stores: Servers) -> None:
    store = stores.open()
    store.load(small("s1"))
    with pytest.raises(ValueError, match="there is no node `nobody`"):
        store.load(graph("s2", [role("a")], [assume("nobody", "a")]))
    with pytest.raises(ValueError, match="two nodes have the key `a`"):
        store.load(graph("s2", [role("a"), user("a")]))
    assert held(store) == shape(small("s1"))


class Listening(NoProgress):
    """Adds up what it is told."""

    def __init__(self) -> None:
        self.total: int | None = None
        self.done = 0
        self.finished = False

    def start(self, total: int | None, unit: str, label: str) -> None:
        assert (unit, label) == ("items", "loading")
        self.total = total

    def advance(self, n: int = 1) -> None:
        self.done += n

    def finish(self) -> None:
        self.finished = True


def test_progress_comes_to_its_end(stores: Servers) -> None:
    listening = Listening()
    stores.open().load(many("s1", 40, 60, seed=1), progress=listening)
    assert listening.finished
    assert listening.total in (100, 101)
    assert listening.done == listening.total
