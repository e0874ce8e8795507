"""The embedded server is a process of its own: ArcadeDB on loopback, read over Bolt.

This file is the program of that process, run by its path so that it starts fast: it imports the
standard library and, once it holds the folder, the package with the server. It is the one place
that knows the package's name.

The folder of a store:

``server.lock``    held as long as a server lives; the system lets go when it is killed
``server.json``    where it listens and its random credentials, for the owner only (0600)
``clients.lock``   every command that uses the server holds a share of it
``start.lock``     held by the one command that is starting a server
``load.lock``      held by the one command that is loading
``switch.lock``    held by the server from a load's first answer until it has switched or given up
``current``        name of the database to read, switched by an atomic rename
``databases/``     the databases; all but the current one are removed when nobody reads them
``readers/``       one lock per database, shared by those who are reading it
"""

import contextlib
import errno
import fcntl
import hmac
import json
import os
import secrets
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BufferedRWPair
from pathlib import Path
from typing import IO, Any

READER = "reader"
LOCAL = "127.0.0.1"
DEFAULT_IDLE = 300.0

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""How the system says that no more can be written."""
DISK_FULL = 74
"""Exit code of a server that could not start for that; its log may have had no room either."""
_TICK = 0.25
_GREETING_SECONDS = 10
_EDGES = 20_000
_GROUPS = {
    "version": 2,
    "databases": {
        "*": {
            "groups": {
                "admin": {
                    "resultSetLimit": -1,
                    "readTimeout": -1,
                    "access": ["updateSecurity", "updateSchema", "updateDatabaseSettings"],
                    "types": {
                        "*": {
                            "access": ["createRecord", "readRecord", "updateRecord", "deleteRecord"]
                        }
                    },
                },
                READER: {
                    "resultSetLimit": -1,
                    "readTimeout": -1,
                    "access": [],
                    "types": {"*": {"access": ["readRecord"]}},
                },
                "*": {
                    "resultSetLimit": -1,
                    "readTimeout": -1,
                    "access": [],
                    "types": {"*": {"access": []}},
                },
            }
        }
    },
}


# --- what the server and its clients agree on ----------------------------------------------------


class Folder:
    """The files of one embedded store.

    Args:
        path: The folder; made by ``make``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.server_lock = path / "server.lock"
        self.server_file = path / "server.json"
        self.clients_lock = path / "clients.lock"
        self.start_lock = path / "start.lock"
        self.load_lock = path / "load.lock"
        self.switch_lock = path / "switch.lock"
        self.pointer = path / "current"
        self.databases = path / "databases"
        self.readers = path / "readers"
        self.log = path / "server.log"

    def make(self) -> None:
        """Make the folder, for its owner only."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.chmod(0o700)
        for folder in (self.databases, self.readers):
            folder.mkdir(exist_ok=True)

    def current(self) -> str:
        """Name of the database to read; empty when nothing was loaded."""
        try:
            name = self.pointer.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return ""
        return name if name and (self.databases / name).is_dir() else ""

    def names(self) -> list[str]:
        """Names of all databases; the server keeps a file of its own beside them."""
        return [path.name for path in self.databases.iterdir() if path.is_dir()]

    def reader_lock(self, name: str) -> Path:
        """The lock that readers of a database share."""
        return self.readers / f"{name}.lock"


def take(path: Path, *, shared: bool = False) -> IO[str] | None:
    """A lock on a file, or None when another process holds it; closing gives it back."""
    handle = path.open("a", encoding="utf-8")
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    return handle


def is_held(path: Path) -> bool:
    """Whether any process holds the lock."""
    handle = take(path)
    if handle is None:
        return True
    handle.close()
    return False


def write_private(path: Path, text: str) -> None:
    """Put a file in place whole, readable by its owner only."""
    new = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def send(stream: BufferedRWPair, head: Mapping[str, Any], body: bytes = b"") -> None:
    """Write one message: a line of JSON, then as many bytes as it says."""
    stream.write(json.dumps({**head, "bytes": len(body)}).encode() + b"\n" + body)
    stream.flush()


def receive(stream: BufferedRWPair) -> tuple[dict[str, Any], bytes]:
    """Read one message.

    Raises:
        EOFError: The other side went away.
    """
    line = stream.readline(65536)
    if not line.endswith(b"\n"):
        raise EOFError("the connection ended")
    head: dict[str, Any] = json.loads(line)
    body = stream.read(head["bytes"])
    if len(body) != head["bytes"]:
        raise EOFError("the connection ended")
    return head, body


# --- the process ---------------------------------------------------------------------------------


class Server:
    """ArcadeDB in this process.

    Args:
        folder: Its files; the caller holds ``server.lock``.
    """

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.token = secrets.token_urlsafe(32)
        self.password = secrets.token_urlsafe(32)
        self.loads = threading.Lock()
        self.loading = ""
        self._java: Any = None

    def start(self) -> None:
        """Start the JVM and the server, and say in ``server.json`` where it listens."""
        os.environ["ARCADEDB_JVM_ERROR_FILE"] = str(self.folder.path / "jvm-error.log")
        import jpype
        from arcadedb_embedded.server import ArcadeDBServer

        memory = heap()
        config = self.folder.path / "config"
        shutil.rmtree(config, ignore_errors=True)  # users of an earlier server
        config.mkdir()
        (config / "server-groups.json").write_text(json.dumps(_GROUPS), encoding="utf-8")
        http, bolt = free_port(), free_port()
        self._java = ArcadeDBServer(
            str(self.folder.path),
            secrets.token_urlsafe(32),
            {
                # The other mode hides from the asker what is wrong with a statement.
                "mode": "development",
                "txWalFlush": 1,
                "host": LOCAL,
                "http_port": http,
                "bolt_port": bolt,
                "server_plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
                # A password of 256 random bits needs no slow hash, and each connection pays it.
                "server_saltIterations": 1,
                "server_databaseLoadAtStartup": False,
                "opencypher_loadCsv_allowFileUrls": False,
                "opencypher_loadCsv_allowRemoteUrls": False,
                "serverMetrics": False,
            },
            jvm_kwargs={
                "heap_size": f"{memory}m",
                "jvm_args": [
                    "-XX:+UseSerialGC",
                    # What a load makes is garbage at once: a larger nursery is emptied less often.
                    f"-Xmn{memory // 4 if memory < 1024 else 256}m",
                    "-XX:+DisableExplicitGC",
                    # The second compiler costs more than it gives to a server that lives for
                    # minutes: a first load takes twice the time with it.
                    "-XX:TieredStopAtLevel=1",
                    "-XX:-UsePerfData",
                    "-XX:+ExitOnOutOfMemoryError",
                    "-Xshare:auto",
                ],
            },
        )
        self._java.start()
        user = jpype.JClass("com.arcadedb.serializer.json.JSONObject")(
            json.dumps({"name": READER, "databases": {"*": [READER]}})
        )
        security = self._java._java_server.getSecurity()
        user.put("password", security.encodePassword(self.password))
        security.createUser(user)
        listener = socket.create_server((LOCAL, 0))
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        write_private(
            self.folder.server_file,
            json.dumps(
                {
                    "pid": os.getpid(),
                    "bolt": bolt,
                    "control": listener.getsockname()[1],
                    "user": READER,
                    "password": self.password,
                    "token": self.token,
                }
            ),
        )

    def stop(self) -> None:
        """Close every database and end."""
        self.folder.server_file.unlink(missing_ok=True)
        self._java.stop()

    def tidy(self) -> None:
        """Remove databases that nobody can ask for any more."""
        for name in self.folder.names():
            # A load switches while this runs, so the pointer is read again each time.
            if name in (self.loading, self.folder.current()):
                continue
            lock = take(self.folder.reader_lock(name))
            if lock is None:
                continue
            with lock:
                self._drop(name)
                self.folder.reader_lock(name).unlink(missing_ok=True)

    def _drop(self, name: str) -> None:
        server = self._java._java_server
        try:
            if server.existsDatabase(name):
                database = server.getDatabase(name)
                database.getEmbedded().drop()
                server.removeDatabase(name)
        finally:
            shutil.rmtree(self.folder.databases / name, ignore_errors=True)

    # --- loading -----------------------------------------------------------------------------

    def _accept(self, listener: socket.socket) -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as stream:
            connection.settimeout(_GREETING_SECONDS)
            try:
                head, _ = receive(stream)
                if not hmac.compare_digest(str(head.get("token", "")), self.token):
                    return
                connection.settimeout(None)
                # The file tells the next command, which cannot see that this load's own was killed.
                with self.loads, self.folder.switch_lock.open("a", encoding="utf-8") as switch:
                    fcntl.flock(switch, fcntl.LOCK_EX)
                    self._load(stream)
            except Exception as error:
                # The client was told; the process serves the next one.
                print(f"load connection: {_one_line(error)}", file=sys.stderr)  # noqa: T201

    def _load(self, stream: BufferedRWPair) -> None:
        """Take one graph into a fresh database and switch to it; on any failure it is removed."""
        name = f"g{time.time_ns():x}{secrets.token_hex(3)}"
        self.loading = name
        try:
            with self._fresh(name) as bulk:
                send(stream, {"ok": True})
                while True:
                    head, body = receive(stream)
                    if head["do"] == "finish":
                        break
                    send(stream, {"ok": True}, bulk.take(head, body))
            self._settle(name)
            write_private(self.folder.pointer, f"{name}\n")
            send(stream, {"ok": True, "database": name})
        except BaseException as error:
            try:
                if self.folder.current() != name:
                    self._drop(name)
            finally:
                if not isinstance(error, EOFError):
                    send(stream, {"ok": False, "message": _one_line(error)})
            raise
        finally:
            self.loading = ""

    @contextmanager
    def _fresh(self, name: str) -> Iterator["Bulk"]:
        database = self._java._java_server.getDatabase(name, True, True)
        bulk = Bulk(database)
        try:
            yield bulk
        except BaseException:
            bulk.abandon()
            raise
        bulk.close()

    def _settle(self, name: str) -> None:
        """Close the database, so that all of it is on the disk, and open it again."""
        server = self._java._java_server
        database = server.getDatabase(name)
        database.getEmbedded().close()
        server.removeDatabase(name)
        for path in (self.folder.databases / name).iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        server.getDatabase(name)


class Bulk:
    """A fresh database that is being filled past its log.

    Args:
        database: The server's handle of it.
    """

    def __init__(self, database: Any) -> None:
        import jpype

        self._database = database
        self._vertices = jpype.JClass("com.arcadedb.python.VertexBatcher")
        self._edges = jpype.JClass("com.arcadedb.python.EdgeBatcher")
        self._labels = jpype.JClass("com.arcadedb.query.opencypher.Labels")
        self._list = jpype.JClass("java.util.ArrayList")
        self._batch: Any = None

    def take(self, head: Mapping[str, Any], body: bytes) -> bytes:
        """Do one step: ``schema``, ``nodes`` or ``edges``."""
        if head["do"] == "schema":
            self._schema(json.loads(body))
            return b""
        text = body.decode("utf-8")
        if head["do"] == "nodes":
            kind = self._type(head["labels"])
            return str(self._vertices.createVerticesJson(self._batch, kind, text)).encode()
        self._edges.newEdgesJson(self._batch, head["type"], text)
        return b""

    def _schema(self, told: Mapping[str, Any]) -> None:
        command = self._command
        command(f"ALTER DATABASE `arcadedb.command.timeout` {int(told['seconds'] * 1000)}")
        command("ALTER DATABASE `arcadedb.opencypher.loadCsv.allowFileUrls` false")
        command("ALTER DATABASE `arcadedb.opencypher.loadCsv.allowRemoteUrls` false")
        # In one transaction: else the description of the schema is written after each step.
        self._database.begin()
        for label in told["labels"]:
            command(f"CREATE VERTEX TYPE `{label}` IF NOT EXISTS")
        for kind in told["types"]:
            command(f"CREATE EDGE TYPE `{kind}` IF NOT EXISTS")
        for label in told["indexed"]:
            unique = "UNIQUE" if label in told["unique"] else "NOTUNIQUE"
            command(f"CREATE PROPERTY `{label}`.arn IF NOT EXISTS STRING")
            command(f"CREATE INDEX IF NOT EXISTS ON `{label}` (arn) {unique}")
        for labels in told["sets"]:
            self._type(labels)
        self._database.commit()
        batch = self._database.batch().withExpectedEdgeCount(max(1, told["edges"]))
        # Written a part at a time, while the client makes the next one.
        self._batch = batch.withBatchSize(_EDGES).build()

    def _type(self, labels: Sequence[str]) -> str:
        """The vertex type that stands for a set of labels."""
        return str(
            self._labels.ensureCompositeType(self._database.getSchema(), self._list(list(labels)))
        )

    def _command(self, text: str) -> None:
        self._database.command("sql", text)

    def close(self) -> None:
        """Write what is buffered."""
        if self._batch is not None:
            self._batch.close()

    def abandon(self) -> None:
        """Let go of what is buffered; the database is thrown away."""
        if self._batch is not None:
            self._batch.abandon()


def _one_line(error: BaseException) -> str:
    """What an error says, or the system where it is behind it."""
    causes: list[Any] = [error]
    while (cause := getattr(causes[-1], "getCause", lambda: None)()) is not None:
        causes.append(cause)
    said = next((c for c in reversed(causes) if is_full(str(c))), error)
    return " ".join(str(said).split())[:500] or type(error).__name__


def is_full(text: str) -> bool:
    """Whether a text of Java or of the system says that a disk is full.

    Example:
        >>> is_full("java.io.IOException: No space left on device")
        True
    """
    return any(os.strerror(code) in text for code in FULL)


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.create_server((LOCAL, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def heap() -> int:
    """How many MiB the JVM may take: half of the machine's, at most 4 GiB."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return max(256, min(4096, pages * size // 2**21))


def main() -> int:
    """Serve a folder until no command has used it for a while.

    Arguments on the command line: the folder, the seconds of idleness, and the open file that
    holds ``server.lock``, which is let go when this process ends, however it ends.
    """
    folder, idle = Folder(Path(sys.argv[1])), float(sys.argv[2])
    os.set_inheritable(int(sys.argv[3]), False)
    server = Server(folder)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    signal.signal(signal.SIGINT, lambda *_: ended.set())
    try:
        server.start()
    except BaseException as error:
        # Threads of the JVM would keep a process that serves nobody, with the lock of the server.
        with contextlib.suppress(OSError):
            print(_one_line(error), file=sys.stderr, flush=True)  # noqa: T201
        os._exit(DISK_FULL if is_full(_one_line(error)) else 1)
    _watch(server, idle, ended)
    return 0


def _watch(server: Server, idle: float, ended: threading.Event) -> None:
    """Tidy up and count the idle time until it is over, or the folder is gone."""
    folder = server.folder
    since = time.monotonic()
    while not ended.wait(_TICK):
        if not folder.server_lock.exists():
            break
        with contextlib.suppress(FileNotFoundError):
            server.tidy()
        if is_held(folder.clients_lock):
            since = time.monotonic()
        elif time.monotonic() - since > idle:
            # Held to the end: a command that comes now waits, and then starts a server.
            last = take(folder.clients_lock)
            if last is not None:
                with last:
                    server.stop()
                return
    server.stop()


if __name__ == "__main__":
    sys.exit(main())
