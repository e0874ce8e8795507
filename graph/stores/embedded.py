"""A command finds the embedded server of its data set, or starts it; nobody owns it.

The server is a process of its own (``graph/stores/arcade.py``), shared by every command that uses
the same data set, and it goes away by itself. Whoever is killed, locks of the system tell the
others: a lock that nobody holds means that its holder is gone.
"""

import errno
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedRWPair
from pathlib import Path
from typing import IO, Any

from graph.stores import arcade
from graph.stores.arcade import Folder, take
from iam.errors import FileError, StoreError, StoreUnavailableError

_START_SECONDS = 120.0
_PAUSE = 0.02
_HELP = "rolepath doctor tells what is wrong; with --store a Neo4j server is used instead"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a running server listens, and the credentials that it takes."""

    bolt: int
    control: int
    user: str
    password: str
    token: str

    @property
    def url(self) -> str:
        """Address for a Bolt driver."""
        return f"bolt://{arcade.LOCAL}:{self.bolt}"


class EmbeddedServer:
    """The embedded server of one folder, as one command sees it.

    Args:
        path: The folder of the store.
    """

    def __init__(self, path: Path) -> None:
        self.folder = Folder(path)
        self._share: IO[str] | None = None
        self._address: Address | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._mutex = threading.Lock()

    def begin(self) -> None:
        """Start the server if there is none, without waiting until it answers."""
        with self._mutex:
            if self._share is None:
                self._join()
            starting = take(self.folder.start_lock)
            if starting is None:
                return
            with starting:
                self._spawn()

    def address(self) -> Address:
        """Where the server listens; it is started when there is none.

        Raises:
            StoreUnavailableError: It does not start.
        """
        with self._mutex:
            if self._address is not None and arcade.is_held(self.folder.server_lock):
                return self._address
            if self._share is None:
                self._join()
            self._address = self._found_or_started()
            return self._address

    def current(self) -> str:
        """Name of the database to read; empty when nothing was loaded."""
        return self.folder.current()

    @contextmanager
    def reading(self) -> Iterator[str]:
        """The name of the current database, which stays there while it is being read."""
        while True:
            name = self.folder.current()
            if not name:
                yield ""
                return
            lock = take(self.folder.reader_lock(name), shared=True)
            if lock is not None:
                with lock:
                    if self.folder.current() == name:
                        yield name
                        return
            time.sleep(_PAUSE)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the store for one load.

        Raises:
            StoreError: Another load is running.
        """
        self.folder.make()
        lock = take(self.folder.load_lock)
        if lock is None:
            raise StoreError(
                f"{self.folder.path}: another load is running", help="wait until it is done"
            )
        with lock:
            # INVARIANT: a load whose command was killed switches before this one looks, or never.
            deadline = time.monotonic() + _START_SECONDS
            while arcade.is_held(self.folder.switch_lock):
                self._wait(deadline)
            yield

    @contextmanager
    def loading(self) -> Iterator["Loading"]:
        """A connection over which one graph is loaded into a fresh database.

        Raises:
            StoreError: The server refused a part, or went away.
        """
        address = self.address()
        try:
            with socket.create_connection((arcade.LOCAL, address.control), timeout=10) as line:
                line.settimeout(None)
                stream = line.makefile("rwb")
                try:
                    arcade.send(stream, {"token": address.token})
                    loading = Loading(stream, self.folder.path)
                    loading.answer()
                    yield loading
                finally:
                    # After a refusal nobody takes the rest, and that is not what went wrong.
                    with suppress(OSError):
                        stream.close()
        except (OSError, EOFError, ValueError) as error:
            raise StoreUnavailableError(
                f"{address.url}: the embedded store went away during the load",
                help="load again; what was loaded before is still there",
            ) from error

    def close(self) -> None:
        """Give up this command's share; a server that nobody shares ends by itself."""
        with self._mutex:
            if self._share is not None:
                self._share.close()
            self._share = None
            self._address = None

    # --- inside ------------------------------------------------------------------------------

    def _join(self) -> None:
        """Take a share, which keeps the server from ending."""
        self.folder.make()
        deadline = time.monotonic() + _START_SECONDS
        while (share := take(self.folder.clients_lock, shared=True)) is None:
            self._wait(deadline)
        self._share = share

    def _found_or_started(self) -> Address:
        deadline = time.monotonic() + _START_SECONDS
        while (starting := take(self.folder.start_lock)) is None:
            self._wait(deadline)
        with starting:
            started = False
            while True:
                if arcade.is_held(self.folder.server_lock):
                    found = _read(self.folder.server_file)
                    if found is not None:
                        return found
                elif started:
                    if self._process is not None and self._process.wait() == arcade.DISK_FULL:
                        raise _full(self.folder.path)
                    raise StoreUnavailableError(
                        f"{self.folder.path}: the embedded store does not start: {self._said()}",
                        help=_HELP,
                    )
                else:
                    started = self._spawn()
                self._wait(deadline)

    def _spawn(self) -> bool:
        """Start a server that outlives this process and writes to a file only; unless there is one.

        The new process is born with the lock of the server, so there are never two. The caller
        holds `start.lock`.
        """
        lock = take(self.folder.server_lock)
        if lock is None:
            return False
        with lock:
            # What an earlier one left when it was killed.
            self.folder.server_file.unlink(missing_ok=True)
            self._run(lock.fileno())
        return True

    def _run(self, lock: int) -> None:
        idle = os.environ.get("ROLEPATH_STORE_IDLE") or str(arcade.DEFAULT_IDLE)
        program = [sys.executable, "-P", arcade.__file__, str(self.folder.path), idle, str(lock)]
        with self.folder.log.open("wb") as log:
            self._process = process = subprocess.Popen(  # noqa: S603 - our own program
                program,
                cwd=self.folder.path,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=[lock],
            )
        # Somebody has to take note of its end, or it stays in the list of processes.
        threading.Thread(target=process.wait, daemon=True).start()

    def _wait(self, deadline: float) -> None:
        if time.monotonic() > deadline:
            raise StoreUnavailableError(
                f"{self.folder.path}: the embedded store does not answer", help=_HELP
            )
        time.sleep(_PAUSE)

    def _said(self) -> str:
        """The last line of the server's log."""
        lines = self.folder.log.read_text(encoding="utf-8", errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "it says nothing")


class Loading:
    """One load that is under way.

    Args:
        stream: The connection to the server.
        path: The folder of the store.
    """

    def __init__(self, stream: BufferedRWPair, path: Path) -> None:
        self._stream = stream
        self._path = path

    def step(self, head: Mapping[str, Any], body: bytes = b"") -> bytes:
        """Send a part of the graph and wait until it is taken.

        Raises:
            StoreError: The server refused it.
        """
        arcade.send(self._stream, head, body)
        return self.answer()

    def answer(self) -> bytes:
        """The server's answer to the step before."""
        head, body = arcade.receive(self._stream)
        if not head["ok"]:
            if arcade.is_full(head["message"]):
                raise _full(self._path)
            raise StoreError(f"embedded store: the graph was not taken: {head['message']}")
        return body


def _full(path: Path) -> FileError:
    return FileError.of(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)))


def _read(path: Path) -> Address | None:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Address(told["bolt"], told["control"], told["user"], told["password"], told["token"])
