"""Tests meet both kinds of store through one fixture: the embedded server, and a real Neo4j.

``stores`` runs a test once on each. It is empty at the start and is closed at the end::

    def test_something(stores: Servers) -> None:
        store = stores.open("default")          # a graph.stores.Store
        store.load(graph)
        assert store.read("MATCH (r:Role) RETURN count(r) AS n").rows == [{"n": 2}]

``stores.name`` is ``embedded`` or ``neo4j``; ``stores.url`` is None for the embedded one;
``stores.environment()`` is what a command needs to use the same store.

Servers are started once per run and shared. A module that loads one graph and asks many questions
uses ``server``, of session scope, in a fixture of its own::

    @pytest.fixture(scope="module")
    def loaded(server: Servers) -> Iterator[Store]:
        with server.emptied():
            store = server.open()
            store.load(graph)
            yield store

The Neo4j tests carry the marker ``neo4j``: they need Java and the jars of ``make neo4j``, or the
address of a server of their own, which they empty: ``ROLEPATH_TEST_NEO4J=bolt://USER:PASSWORD@HOST:PORT``.
"""

import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import neo4j
import pytest
from neo4j.exceptions import DriverError, Neo4jError

from graph.stores import Store, open_store
from graph.stores.arcade import Folder, free_port, is_held
from tests.support.needs import JARS

NEO4J_HEAP = "512m"


class Servers:
    """One kind of store, as many data sets as a test likes.

    Args:
        name: ``embedded`` or ``neo4j``.
        url: Address of the Neo4j server.
        password: Its password.
        home: The home folder of embedded stores.
    """

    def __init__(
        self,
        name: str,
        *,
        home: Path,
        url: str | None = None,
        user: str = "neo4j",
        password: str = "",
    ) -> None:
        self.name = name
        self.url = url
        self.home = home
        self.user = user
        self.password = password
        self._opened: list[Store] = []

    def __repr__(self) -> str:
        return self.name

    def open(self, data: str = "default") -> Store:
        """Open a store; it is closed with the test."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment().items():
                patch.setenv(name, value)
            store = open_store(self.url, data=data, root=self.home)
        self._opened.append(store)
        return store

    def environment(self) -> dict[str, str]:
        """Variables with which a command uses the same store."""
        found = {"ROLEPATH_HOME": str(self.home)}
        if self.url:
            found |= {
                "ROLEPATH_STORE": self.url,
                "NEO4J_USERNAME": self.user,
                "NEO4J_PASSWORD": self.password,
            }
        return found

    @contextmanager
    def emptied(self) -> Iterator["Servers"]:
        """Empty for as long as it lasts; what was opened is closed at the end."""
        self._close()
        self.empty()
        try:
            yield self
        finally:
            self._close()

    def empty(self) -> None:
        """Forget everything that was loaded."""
        for pointer in self.home.glob("*/store/current"):
            pointer.unlink()
        if self.url:
            with self.driver() as driver:
                driver.execute_query("MATCH (n) DETACH DELETE n")

    def driver(self) -> neo4j.Driver:
        """A driver of the Neo4j server that may do anything."""
        assert self.url
        return neo4j.GraphDatabase.driver(
            self.url, auth=(self.user, self.password), notifications_min_severity="OFF"
        )

    def folder(self, data: str = "default") -> Folder:
        """The files of an embedded store."""
        return Folder(self.home / data / "store")

    def _close(self) -> None:
        while self._opened:
            self._opened.pop().close()


def stop_embedded(home: Path) -> None:
    """Stop every embedded server under a home folder, and wait until it is gone."""
    for lock in home.glob("*/store/server.lock"):
        folder = Folder(lock.parent)
        pid = server_pid(folder)
        deadline = time.monotonic() + 20
        while pid and is_held(folder.server_lock) and time.monotonic() < deadline:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            time.sleep(0.1)


def server_pid(folder: Folder) -> int:
    """Process of the server of a folder; 0 when none has said where it listens."""
    import json

    try:
        return int(json.loads(folder.server_file.read_text(encoding="utf-8"))["pid"])
    except FileNotFoundError:
        return 0


# --- Neo4j ---------------------------------------------------------------------------------------


@contextmanager
def neo4j_server(folder: Path, *, heap: str = NEO4J_HEAP) -> Iterator[tuple[str, str, str]]:
    """A Neo4j server of the jars in ``tests/neo4j/lib``: its address, user and password."""
    given = os.environ.get("ROLEPATH_TEST_NEO4J")
    if given:
        parts = urlsplit(given)
        url = f"{parts.scheme}://{parts.hostname}:{parts.port or 7687}"
        yield url, parts.username or "neo4j", parts.password or ""
        return
    port, password = free_port(), secrets.token_hex(12)
    _configure(folder, port, password)
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            _program(folder, heap), cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        url = f"bolt://127.0.0.1:{port}"
        _wait(process, url, password, folder / "server.log")
        yield url, "neo4j", password
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _configure(folder: Path, port: int, password: str) -> None:
    for name in ("conf", "data/dbms", "logs", "import"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    address = f"127.0.0.1:{port}"
    settings = {
        "server.default_listen_address": "127.0.0.1",
        "server.bolt.listen_address": address,
        "server.bolt.advertised_address": address,
        "server.http.enabled": "false",
        "server.https.enabled": "false",
        "server.directories.data": folder / "data",
        "server.directories.logs": folder / "logs",
        "server.directories.import": folder / "import",
        "dbms.security.auth_enabled": "true",
        "dbms.security.allow_csv_import_from_file_urls": "false",
        "dbms.usage_report.enabled": "false",
        "server.memory.pagecache.size": "128m",
        "db.tx_log.rotation.retention_policy": "keep_none",
        "db.tx_log.preallocate": "false",
        "internal.server.bolt.thread_pool_shutdown_wait_time": "0s",
        "internal.server.bolt.connection_shutdown_wait_time": "0s",
    }
    text = "".join(f"{name}={value}\n" for name, value in settings.items())
    (folder / "conf" / "neo4j.conf").write_text(text, encoding="utf-8")
    salt = secrets.token_bytes(32)
    digest = hashlib.sha256(salt + password.encode()).digest()
    for _ in range(1023):
        digest = hashlib.sha256(digest).digest()
    (folder / "data" / "dbms" / "auth.ini").write_text(
        f"neo4j:SHA-256,{digest.hex().upper()},{salt.hex().upper()},1024:\n", encoding="utf-8"
    )


def _program(folder: Path, heap: str) -> list[str]:
    java = shutil.which("java")
    assert java, "a test that needs Neo4j carries the marker `neo4j`"
    opens = ("java.nio", "java.io", "sun.nio.ch")
    return [
        java,
        f"-Xms{heap}",
        f"-Xmx{heap}",
        "-XX:+UseSerialGC",
        "-Dlog4j2.disable.jmx=true",
        "-Dio.netty.tryReflectionSetAccessible=true",
        *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in opens),
        "-cp",
        f"{JARS}/*",
        "org.neo4j.server.CommunityEntryPoint",
        f"--home-dir={folder}",
        f"--config-dir={folder / 'conf'}",
    ]


def _wait(process: "subprocess.Popen[bytes]", url: str, password: str, log: Path) -> None:
    deadline = time.monotonic() + 300
    while True:
        try:
            with neo4j.GraphDatabase.driver(url, auth=("neo4j", password)) as driver:
                driver.verify_connectivity()
                return
        except (DriverError, Neo4jError, OSError) as error:
            if process.poll() is not None or time.monotonic() > deadline:
                said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
                raise RuntimeError(f"Neo4j does not start: {said}") from error
            time.sleep(0.3)


# --- fixtures ------------------------------------------------------------------------------------


@pytest.fixture(
    scope="session", params=["embedded", pytest.param("neo4j", marks=pytest.mark.neo4j)]
)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Servers]:
    """Each kind of store, started once; see the module."""
    home = tmp_path_factory.mktemp(f"{request.param}-home")
    if request.param == "embedded":
        try:
            yield Servers("embedded", home=home)
        finally:
            stop_embedded(home)
        return
    yield request.getfixturevalue("neo4j_shared")


@pytest.fixture(scope="session")
def neo4j_shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """The Neo4j server of this run; a test that asks for it carries the marker ``neo4j``."""
    home = tmp_path_factory.mktemp("neo4j-home")
    with neo4j_server(tmp_path_factory.mktemp("neo4j")) as (url, user, password):
        yield Servers("neo4j", home=home, url=url, user=user, password=password)


@pytest.fixture
def stores(server: Servers) -> Iterator[Servers]:
    """Each kind of store, empty; see the module."""
    with server.emptied():
        yield server
