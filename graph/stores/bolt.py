"""One store over the official driver: Neo4j and the embedded server are read by the same code."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import neo4j
from neo4j import GraphDatabase
from neo4j.exceptions import (
    AuthError,
    ConfigurationError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)

from graph.build import Graph
from graph.stores import bulk, console, writing
from graph.stores.changes import Prepared, prepare, prepare_nodes
from graph.stores.embedded import EmbeddedServer
from graph.stores.held import LoadReport, Login, Result, State
from graph.stores.values import plain
from iam.errors import (
    QueryError,
    RolepathError,
    StoreError,
    StoreLoadingError,
    StoreUnavailableError,
)
from iam.progress import NoProgress, Progress

T = TypeVar("T")
Params = Mapping[str, Any]

READ_SECONDS = 60.0
"""How long one of our own statements may take."""
CONSOLE_SECONDS = bulk.STATEMENT_SECONDS
"""How long a statement of the console may take."""

_CONNECT_SECONDS = 3.0
"""How long a server may take to accept a connection."""
_GREET_SECONDS = 10.0
"""How long it may take until the connection can be used: a server may be busy loading."""
_TRIES = 4
_LOAD = "rolepath demo, or rolepath ingest files PATH"
_STATE = (
    "MATCH (s:Snapshot) RETURN s.state AS state, s.since AS since, s.data AS data, s.id AS id,"
    " s.taken_at AS taken_at, s.nodes AS nodes, s.edges AS edges, s.digest AS digest"
)
_MARK = "MATCH (s:Snapshot) RETURN s.state AS state, s.since AS since, s.digest AS digest"


class BoltStore:
    """A graph store that is spoken to over Bolt.

    Args:
        data: Name of the data set.
        url: Address of a Neo4j server; None for the embedded one.
        auth: User name and password for the address.
        embedded: The embedded server, where there is no address.
    """

    def __init__(
        self,
        *,
        data: str,
        url: str | None = None,
        auth: tuple[str, str] | None = None,
        embedded: EmbeddedServer | None = None,
    ) -> None:
        self.data = data
        self._url = url or ""
        self._auth = auth
        self._embedded = embedded
        self._driver: neo4j.Driver | None = None
        self._driver_url = ""

    @property
    def url(self) -> str:
        """Where the store answers."""
        return self._url or self._server().address().url

    @property
    def login(self) -> Login:
        """How another program, such as a notebook, reads the same store."""
        if self._embedded is None:
            user, password = self._auth or ("", "")
            return Login(self._url, user, password)
        address = self._embedded.address()
        return Login(address.url, address.user, address.password, self._embedded.current())

    # --- reading -----------------------------------------------------------------------------

    def state(self) -> State:
        """What the store holds.

        Raises:
            StoreUnavailableError: It does not answer.
        """
        return _state(self._rows_of(_STATE))

    def read(self, cypher: str, params: Params | None = None) -> Result:
        """Rows of one statement that only reads; all of them are of one snapshot.

        Raises:
            StoreLoadingError: A load is running or was killed.
            StoreUnavailableError: Nothing has been loaded, or nothing answers.
            QueryError: The statement or its parameters cannot be run.
        """
        return self._ask(cypher, dict(params or {}), None, READ_SECONDS)

    def console(self, text: str, params: Params | None = None, limit: int = 1000) -> Result:
        """Rows of a statement that somebody typed: it can only read, and ends in time.

        Args:
            text: The statement.
            params: Its parameters.
            limit: Most rows.

        Raises:
            QueryError: It is refused, wrong, or takes too long.
        """
        console.check(text)
        return self._ask(text, dict(params or {}), limit, CONSOLE_SECONDS)

    def _ask(self, cypher: str, params: dict[str, Any], limit: int | None, most: float) -> Result:
        checked = self._embedded is None

        @neo4j.unit_of_work(timeout=most)
        def work(tx: neo4j.ManagedTransaction) -> tuple[list[Any], list[Any], Result]:
            before = tx.run(_MARK).data() if checked else []
            if checked:
                _ready(before, self._url)
            answer = tx.run(cypher, params)
            columns = tuple(answer.keys())
            rows: list[dict[str, Any]] = []
            more = False
            for record in answer:
                if limit is not None and len(rows) >= limit:
                    more = True
                    break
                rows.append({key: plain(record[key]) for key in columns})
            if more:
                answer.consume()
            after = tx.run(_MARK).data() if checked else []
            return before, after, Result(columns, rows, more)

        for _ in range(_TRIES):
            before, after, result = self._run(
                lambda session: session.execute_read(work), seconds=most
            )
            # Neo4j shows a statement what others commit meanwhile, so a load in between shows.
            if before == after:
                return result
        raise StoreLoadingError(
            f"{self._url}: the graph changed again and again while it was read",
            help="ask again when the load is done",
        )

    def _rows_of(self, cypher: str) -> list[dict[str, Any]]:
        def work(tx: neo4j.ManagedTransaction) -> list[dict[str, Any]]:
            return tx.run(cypher).data()

        try:
            return self._run(lambda session: session.execute_read(work))
        except _NothingLoadedError:
            return []

    # --- loading -----------------------------------------------------------------------------

    def load(
        self, graph: Graph, *, replace: bool = False, progress: Progress | None = None
    ) -> LoadReport:
        """Make the store hold this graph and nothing else of ours.

        Readers see the old graph or the new one, or are told that a load is running.

        Args:
            graph: What to hold.
            replace: Whether a Neo4j database that holds another data set may be taken over.
            progress: Told of what is written.

        Raises:
            StoreError: The store holds something else, or did not take the graph.
        """
        started = time.monotonic()
        listener = progress or NoProgress()
        if self._embedded is not None:
            mode, wanted, counters = self._load_embedded(self._embedded, graph, listener)
        else:
            wanted = prepare(graph, self.data)
            mode, counters = self._run(
                lambda session: writing.load(
                    session,
                    wanted,
                    aside=lambda: self._session(True),
                    replace=replace,
                    url=self._url,
                    progress=listener,
                ),
                writes=True,
            )
        return LoadReport(
            mode=mode,
            nodes=wanted.node_count,
            edges=wanted.edge_count,
            seconds=time.monotonic() - started,
            counters=counters,
        )

    def _load_embedded(
        self, server: EmbeddedServer, graph: Graph, progress: Progress
    ) -> tuple[str, Prepared, Mapping[str, int]]:
        nodes = prepare_nodes(graph)

        def whole() -> Prepared:
            return prepare(graph, self.data, nodes)

        with server.alone():
            held = self._rows_of(_STATE)
            if held:
                wanted = whole()
                if held[0]["digest"] == wanted.digest:
                    return "unchanged", wanted, {}
                with server.loading() as loading:
                    return "bulk", *bulk.load(loading, graph, nodes, lambda: wanted, progress)
            with server.loading() as loading:
                return "bulk", *bulk.load(loading, graph, nodes, whole, progress)

    # --- inside ------------------------------------------------------------------------------

    def close(self) -> None:
        """Close the connections; an embedded server that nobody uses any more ends by itself."""
        if self._driver is not None:
            self._driver.close()
            self._driver = None
        if self._embedded is not None:
            self._embedded.close()

    def __enter__(self) -> "BoltStore":
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def _server(self) -> EmbeddedServer:
        assert self._embedded is not None  # noqa: S101 - a store has an address or a server
        return self._embedded

    def _run(
        self,
        job: Callable[[neo4j.Session], T],
        *,
        writes: bool = False,
        seconds: float = READ_SECONDS,
    ) -> T:
        """Run a job in a session; an embedded server that was killed is started once more."""
        for attempt in range(2):
            try:
                with self._session(writes) as session:
                    return job(session)
            except (ServiceUnavailable, SessionExpired, OSError) as error:
                if self._embedded is None or attempt:
                    raise _translated(error, self._where(), seconds) from error
                self._forget_driver()
            except (Neo4jError, DriverError, ConfigurationError, TypeError, ValueError) as error:
                raise _translated(error, self._where(), self._limit(seconds)) from error
        raise AssertionError("unreachable")

    @contextmanager
    def _session(self, writes: bool) -> Iterator[neo4j.Session]:
        mode = neo4j.WRITE_ACCESS if writes else neo4j.READ_ACCESS
        if self._embedded is None:
            with self._open(self._url, self._auth).session(default_access_mode=mode) as session:
                yield session
            return
        with self._embedded.reading() as name:
            if not name:
                raise _NothingLoadedError(
                    f"data set `{self.data}`: nothing has been loaded", help=_LOAD
                )
            address = self._embedded.address()
            driver = self._open(address.url, (address.user, address.password))
            with driver.session(database=name, default_access_mode=mode) as session:
                yield session

    def _open(self, url: str, auth: tuple[str, str] | None) -> neo4j.Driver:
        if self._driver is None or self._driver_url != url:
            self._forget_driver()
            driver = GraphDatabase.driver(
                url,
                auth=auth,
                user_agent="rolepath",
                connection_timeout=_CONNECT_SECONDS,
                connection_acquisition_timeout=_GREET_SECONDS,
                max_transaction_retry_time=10,
                notifications_min_severity="OFF",
            )
            if self._embedded is None:
                _greet(driver)
            self._driver, self._driver_url = driver, url
        return self._driver

    def _forget_driver(self) -> None:
        if self._driver is not None:
            with contextlib.suppress(DriverError, OSError):
                self._driver.close()
        self._driver = None

    def _limit(self, seconds: float) -> float:
        """What a statement was given: the embedded server has one limit for all."""
        return seconds if self._embedded is None else bulk.STATEMENT_SECONDS

    def _where(self) -> str:
        return self._url or "embedded store"


def _greet(driver: neo4j.Driver) -> None:
    """Ask once whether the server is there: a transaction would be tried again for ten seconds."""
    try:
        driver.verify_connectivity()
    except BaseException:
        driver.close()
        raise


class _NothingLoadedError(StoreUnavailableError):
    """There is no database to ask yet."""


def _state(rows: list[dict[str, Any]]) -> State:
    if not rows:
        return State("empty")
    row = next((row for row in rows if row["state"] != "ready"), rows[0])
    ready = row["state"] == "ready" and len(rows) == 1
    return State(
        state="ready" if ready else "loading",
        since=row["since"] or "",
        data=row["data"] or "",
        snapshot_id=row["id"] or "",
        taken_at=row["taken_at"] or "",
        nodes=row["nodes"] or 0,
        edges=row["edges"] or 0,
    )


def _ready(marks: list[dict[str, Any]], url: str) -> None:
    """Let nobody read a graph that is half written, or none at all.

    Raises:
        StoreLoadingError: A load is running or was killed.
        StoreUnavailableError: Nothing has been loaded.
    """
    if not marks:
        raise _NothingLoadedError(f"{url}: nothing has been loaded", help=_LOAD)
    if len(marks) > 1 or marks[0]["state"] != "ready":
        since = marks[0]["since"]
        raise StoreLoadingError(
            f"{url}: a load is running{f' since {since}' if since else ''}",
            help="ask again when it is done; the next `rolepath ingest` mends a killed load",
        )


def _translated(error: Exception, where: str, seconds: float) -> RolepathError:
    """The driver's error in the words of this house."""
    if isinstance(error, AuthError):
        return StoreUnavailableError(
            f"{where}: user name and password are refused",
            help="set NEO4J_USERNAME and NEO4J_PASSWORD",
        )
    if isinstance(error, (ServiceUnavailable, SessionExpired, OSError)):
        return StoreUnavailableError(
            f"{where}: nothing answers: {_line(error)}",
            help="start the server, or leave --store out to use the embedded store",
        )
    if isinstance(error, Neo4jError):
        return _of_server(error, where, seconds)
    if isinstance(error, (TypeError, ValueError)):
        return QueryError(f"parameters: {_line(error)}", help="use text, numbers, lists or maps")
    return StoreError(f"{where}: {_line(error)}")


def _of_server(error: Neo4jError, where: str, seconds: float) -> RolepathError:
    code, message = error.code or "", _line(error)
    if any(word in code for word in ("TransactionTimedOut", "Terminated", "LockClientStopped")) or (
        "timeout" in message.lower() and "exceeded" in message.lower()
    ):
        return QueryError(
            f"statement: not done after {seconds:.0f} s",
            help="ask for less: a shorter pattern, a label, an `arn`, a LIMIT",
        )
    if "AccessMode" in code or "Security" in code or "not allowed" in message:
        return QueryError("statement: only statements that read are run", help=console.HELP)
    if "Neo.ClientError.Statement" in code or "Neo.ClientError.Procedure" in code:
        return QueryError(f"statement: {message}", help=console.HELP)
    return StoreError(f"{where}: {message}")


def _line(error: Exception) -> str:
    text = (error.message if isinstance(error, Neo4jError) else None) or str(error)
    return " ".join(text.split())[:400] or type(error).__name__
