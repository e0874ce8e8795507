"""The dashboard's server listens where it may, says when it is up, and is never left behind."""

import http.server
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from app import serving
from app.dashboard import launch
from iam.errors import UsageError


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_is_allowed(address: str) -> None:
    serving.check_address(address)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.10", "8.8.8.8", "::ffff:8.8.8.8"])
def test_another_address_is_refused_unless_the_port_is_published_on_loopback(address: str) -> None:
    with pytest.raises(UsageError, match="no login") as caught:
        serving.check_address(address)
    assert "--published-on-loopback" in caught.value.help
    serving.check_address(address, published=True)


@pytest.mark.parametrize("address", ["", "example.org", "127.0.0.1:80", "1.2.3"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="not an IP address"):
        serving.check_address(address, published=True)


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_taken_port_is_named_with_the_option_that_helps(taken: int) -> None:
    with pytest.raises(UsageError, match=f"port {taken}: something else listens") as caught:
        serving.check_port(taken)
    assert "--port" in caught.value.help


def test_a_free_port_is_free_again_after_the_check() -> None:
    port = free()
    serving.check_port(port)
    serving.check_port(port)


# A stand-in for the server: it takes the place of the command, everything around it is real.
SERVER = """
import http.server, os, sys, threading
class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/_stcore/health" else 404)
        self.end_headers()
    def log_message(self, *_):
        return
def end():
    while os.read(0, 64):
        continue
    os._exit(0)
threading.Thread(target=end, daemon=True).start()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[3])), Healthy).serve_forever()
"""


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Serve with a small program in place of Streamlit; it is also the guard."""
    program = tmp_path / "stand_in.py"
    program.write_text(SERVER, encoding="utf-8")

    def command(port: int, address: str = "") -> list[str]:
        return [sys.executable, str(program), "streamlit", str(port)]

    monkeypatch.setattr(launch, "command", command)
    return program


def is_up(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_says_when_it_is_up_and_a_signal_ends_it_cleanly(
    stand_in: Path, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free()
    said: list[str] = []

    def ready(url: str) -> None:
        said.append(url)
        assert is_up(port)
        threading.Timer(0.1, os.kill, [os.getpid(), number]).start()

    before = signal.getsignal(number)
    serving.serve(port, "127.0.0.1", env=os.environ, ready=ready)
    assert said == [f"http://127.0.0.1:{port}"]
    assert not is_up(port)
    assert signal.getsignal(number) is before


def test_a_server_that_does_not_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def command(port: int, address: str = "") -> list[str]:
        return [sys.executable, "-c", "raise SystemExit(7)", "streamlit"]

    monkeypatch.setattr(launch, "command", command)
    with pytest.raises(serving.ServerError, match=r"did not start \(exit 7\)") as caught:
        serving.serve(free(), "127.0.0.1", env=os.environ, ready=lambda _: None)
    assert caught.value.exit_code == 3


def test_a_server_that_ends_by_itself_is_an_error(
    stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in.write_text(
        SERVER.replace("while os.read(0, 64):", "import time\n    time.sleep(1)\n    while False:"),
        encoding="utf-8",
    )
    with pytest.raises(serving.ServerError, match="ended by itself"):
        serving.serve(free(), "127.0.0.1", env=os.environ, ready=lambda _: None)


def test_a_server_that_never_answers_is_given_up_and_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mark = tmp_path / "pid"
    program = f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(60)"

    def command(port: int, address: str = "") -> list[str]:
        return [sys.executable, "-c", program, "streamlit"]

    monkeypatch.setattr(launch, "command", command)
    monkeypatch.setattr(serving, "PATIENCE", 1.0)
    with pytest.raises(serving.ServerError, match="did not answer within"):
        serving.serve(free(), "127.0.0.1", env=os.environ, ready=lambda _: None)
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def test_the_guard_ends_its_module_when_the_starter_goes(tmp_path: Path) -> None:
    (tmp_path / "endless.py").write_text(
        textwrap.dedent(
            """
            import sys, time
            print(sys.argv[1], flush=True)
            time.sleep(60)
            """
        ),
        encoding="utf-8",
    )
    root = str(Path(launch.__file__).resolve().parents[2])
    env: Mapping[str, str] = {**os.environ, "PYTHONPATH": os.pathsep.join([root, str(tmp_path)])}
    child = subprocess.Popen(
        [sys.executable, "-m", "app.dashboard.guard", "endless", "word"],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdin is not None
    assert child.stdout.readline() == "word\n"
    started = time.monotonic()
    child.stdin.close()
    child.wait(30)
    child.stdout.close()
    assert child.returncode == -signal.SIGTERM
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("env", "tty", "seen"),
    [
        ({"DISPLAY": ":0"}, True, True),
        ({"WAYLAND_DISPLAY": "w"}, True, True),
        ({"DISPLAY": ":0"}, False, False),
        ({}, True, False),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "a b c d"}, True, False),
    ],
)
def test_a_browser_is_opened_only_where_somebody_sees_it(
    env: Mapping[str, str], tty: bool, seen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("sys.stdout.isatty", lambda: tty, raising=False)
    assert serving.has_screen() is seen


def test_the_health_of_a_machine_is_not_asked_of_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    class Healthy(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with http.server.HTTPServer(("127.0.0.1", 0), Healthy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert serving._healthy("127.0.0.1", server.server_port)
        server.shutdown()
