"""A store holds exactly the graph that was loaded last, and says so."""

from graph.build import Graph
from graph.schema import Edge, Node
from tests.support.servers import Servers


def small(id: str = "s1") -> Graph:
    return Graph(
        id,
        None,
        (
            Node(("Principal", "Role"), "a", {"arn": "a", "name": "a"}),
            Node(("Principal", "User"), "b", {"arn": "b", "name": "b"}),
        ),
        (Edge("CAN_ASSUME", "b", "a", "AssumeRole", {"verdict": "allow"}),),
    )


def test_loading_again_writes_nothing(stores: Servers) -> None:
    store = stores.open()
    assert store.state().state == "empty"
    first = store.load(small())
    assert first.writes > 0
    again = store.load(small())
    assert (again.mode, again.writes) == ("unchanged", 0)
    state = store.state()
    assert (state.state, state.snapshot_id, state.nodes, state.edges) == ("ready", "s1", 3, 1)
