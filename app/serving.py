"""The dashboard is served by a child that is never left behind, and on loopback only."""

import contextlib
import errno
import http.client
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from types import FrameType

from iam.errors import RolepathError, UsageError

PORT = 8501
LOOPBACK = "127.0.0.1"
HEALTH = "/_stcore/health"
PATIENCE = 90.0
"""Seconds until a server that does not answer is given up; the first start compiles its modules."""
GRACE = 5.0


class ServerError(RolepathError):
    """The dashboard's server did not start, or ended by itself."""

    exit_code = 3


def check_address(address: str, *, published: bool = False) -> None:
    """Refuse an address that others can reach.

    Args:
        address: An IP address, or ``localhost``.
        published: The port is published on loopback by something outside, such as a container.

    Raises:
        UsageError: The address is not of this machine alone, or is none.
    """
    if address == "localhost":
        return
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        raise UsageError(
            f"--address {address}: not an IP address", help=f"leave it out for {LOOPBACK}"
        ) from None
    if parsed.is_loopback or published:
        return
    raise UsageError(
        f"--address {address}: the dashboard has no login, so it listens on loopback only",
        help="from another machine: ssh -L 8501:127.0.0.1:8501 HOST\n"
        "in a container whose port is published on 127.0.0.1 only: add --published-on-loopback",
    )


def check_port(port: int, address: str = LOOPBACK) -> None:
    """Refuse a port that something listens on already.

    Raises:
        UsageError: It is taken, or this user may not listen on it.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            reason = (error.strerror or str(error)).lower()
            raise UsageError(
                f"port {port}: something else listens there"
                if taken
                else f"port {port} on {address}: {reason}",
                help=f"choose another: --port {port + 99}",
            ) from error


def url(port: int, address: str = LOOPBACK) -> str:
    """Where a browser on this machine finds the dashboard.

    Example:
        >>> url(8501), url(8501, "0.0.0.0"), url(80, "::1")
        ('http://127.0.0.1:8501', 'http://127.0.0.1:8501', 'http://[::1]:80')
    """
    host = "localhost" if address == "localhost" else str(_reached(address))
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _reached(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    parsed = ipaddress.ip_address(address)
    if not parsed.is_unspecified:
        return parsed
    return ipaddress.ip_address("::1" if parsed.version == 6 else LOOPBACK)


def serve(
    port: int,
    address: str,
    *,
    env: Mapping[str, str],
    ready: Callable[[str], None],
) -> None:
    """Serve until Ctrl-C or SIGTERM; either is how one stops it, and a clean end.

    Args:
        port: Where to listen.
        address: Where to listen; ``check_address`` has passed it.
        env: The environment of the server, from ``launch.env``.
        ready: Told the URL once the server answers.

    Raises:
        ServerError: The server did not come up, or ended by itself.
        KeyboardInterrupt: Stopped before it was up.
    """
    with _stops() as stopped, _child(port, address, env) as child:
        where = url(port, address)
        _wait(child, port, where, stopped)
        ready(where)
        while child.poll() is None:
            if stopped.wait(0.2):
                return
    raise ServerError(
        f"the dashboard's server ended by itself (exit {child.returncode})",
        help="its own words are above; rolepath doctor checks what it needs",
    )


@contextlib.contextmanager
def _stops() -> Iterator[threading.Event]:
    """Turn Ctrl-C, SIGTERM and SIGHUP into an event, so that nothing is cut off half way."""
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    before = {
        number: signal.signal(number, stop)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _child(port: int, address: str, env: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """The server; gone when the block is left."""
    from app.dashboard import launch

    command = launch.command(port, address)
    at = command.index("streamlit")
    child = subprocess.Popen(  # noqa: S603 - our own module, and no word of a user's
        # A session of its own: Ctrl-C is ours to hand on, once and in order.
        [*command[:at], "app.dashboard.guard", *command[at:]],
        env=dict(env),
        stdin=subprocess.PIPE,
        stdout=sys.stderr.fileno(),
        start_new_session=True,
    )
    try:
        yield child
    finally:
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(GRACE)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        if child.stdin is not None:
            child.stdin.close()


def _wait(
    child: "subprocess.Popen[bytes]", port: int, where: str, stopped: threading.Event
) -> None:
    host = where.removeprefix("http://").rpartition(":")[0].strip("[]")
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if child.poll() is not None:
            raise ServerError(
                f"{where}: the dashboard's server did not start (exit {child.returncode})",
                help="its own words are above; rolepath doctor checks what it needs",
            )
        if _healthy(host, port):
            return
        if stopped.wait(0.1):
            raise KeyboardInterrupt
    raise ServerError(
        f"{where}: the dashboard's server did not answer within {PATIENCE:.0f} s",
        help="is the machine very busy? try again, or another --port",
    )


def _healthy(host: str, port: int) -> bool:
    """Whether the server answers; asked directly, for a proxy knows nothing of this machine."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", HEALTH)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def has_screen() -> bool:
    """Whether a browser that is opened here would be seen by the one who typed the command."""
    if not sys.stdout.isatty() or os.environ.get("SSH_CONNECTION"):
        return False
    if sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
