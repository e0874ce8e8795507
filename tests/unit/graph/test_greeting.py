"""A server that is not there is asked once, and named in the error."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from graph.stores import open_store
from iam.errors import StoreUnavailableError


class Deaf:
    """A port that takes connections, counts them and hangs up."""

    def __init__(self) -> None:
        self.calls = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._hang_up, daemon=True)
        self._thread.start()

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._socket.accept()
                self.calls += 1
                line.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(timeout=10)


@pytest.fixture
def deaf() -> Iterator[Deaf]:
    port = Deaf()
    yield port
    port.close()


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_a_server_that_hangs_up_is_asked_once(scheme: str, deaf: Deaf) -> None:
    url = f"{scheme}://127.0.0.1:{deaf.port}"
    with (
        contextlib.closing(open_store(url, data="d")) as store,
        pytest.raises(StoreUnavailableError, match="nothing answers") as raised,
    ):
        store.state()
    assert raised.value.message.startswith(f"{url}: ")
    assert "start the server" in raised.value.help
    assert deaf.calls == 1
