"""What a store says: its state, rows of an answer, and what a load came to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from graph.build import Graph
from iam.progress import Progress


@dataclass(frozen=True, slots=True)
class State:
    """What a store holds.

    Attributes:
        state: ``ready``, ``loading`` (a load is running or was killed) or ``empty``.
        since: When the last load began, as ISO text in UTC.
        data: Name of the data set.
        snapshot_id: Id of the snapshot.
        taken_at: When the snapshot was taken, as ISO text in UTC; empty when not known.
        nodes: Number of nodes.
        edges: Number of edges.
    """

    state: str
    since: str = ""
    data: str = ""
    snapshot_id: str = ""
    taken_at: str = ""
    nodes: int = 0
    edges: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """Rows of an answer, by column, as plain Python values.

    Attributes:
        columns: Their names in order; ArcadeDB gives none when there is no row.
        rows: The rows.
        truncated: Whether there are more rows than were asked for.
    """

    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Login:
    """How another program reads the same store over Bolt.

    Attributes:
        url: The address.
        username: A user that can only read, where the server has such.
        password: Its password.
        database: The database; empty for the server's own default.
    """

    url: str
    username: str
    password: str = field(repr=False)
    database: str = ""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load came to.

    Attributes:
        mode: ``unchanged``, ``bulk`` (a fresh database), ``difference`` (one transaction) or
            ``batches`` (many transactions behind the state ``loading``).
        nodes: Nodes of the graph.
        edges: Edges of the graph.
        seconds: How long it took.
        counters: What was written, by the driver's names (``nodes_created``, …).
    """

    mode: str
    nodes: int
    edges: int
    seconds: float
    counters: Mapping[str, int] = field(default_factory=dict)

    @property
    def writes(self) -> int:
        """Number of all writes; zero when the store held the graph already."""
        return sum(self.counters.values())


class Store(Protocol):
    """What callers use of a store; ``BoltStore`` is the one implementation."""

    data: str

    @property
    def url(self) -> str:
        """Where the store answers."""

    @property
    def login(self) -> Login:
        """How another program, such as a notebook, reads the same store."""

    def state(self) -> State:
        """What the store holds."""

    def read(self, cypher: str, params: Mapping[str, Any] | None = None) -> Result:
        """Rows of one statement that only reads; all of them are of one snapshot."""

    def console(
        self, text: str, params: Mapping[str, Any] | None = None, limit: int = 1000
    ) -> Result:
        """Rows of a statement that somebody typed: it can only read, and ends in time."""

    def load(
        self, graph: Graph, *, replace: bool = False, progress: Progress | None = None
    ) -> LoadReport:
        """Make the store hold this graph and nothing else of ours."""

    def close(self) -> None:
        """Close the connections."""
