"""Commands share one embedded server that nobody owns, and that leaves nothing behind."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from graph.stores import open_store
from graph.stores.arcade import Folder, is_held
from iam.errors import QueryError, StoreUnavailableError, UsageError
from tests.contract.stores.graphs import held, many, shape, small
from tests.support.servers import Servers, server_pid, stop_embedded
from tests.support.tree import REPOSITORY

CLIENT = """
import sys, time
from pathlib import Path
from graph.stores import open_store
store = open_store(None, data="default", root=Path(sys.argv[1]))
print(store.read("MATCH (r:Role) RETURN count(r) AS n").rows[0]["n"], store.url, flush=True)
time.sleep(float(sys.argv[2]))
store.close()
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home folder whose servers are stopped at the end."""
    yield tmp_path
    stop_embedded(tmp_path)


def client(home: Path, stays: float = 0, idle: float = 20) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(home), str(stays)],
        cwd=REPOSITORY,
        env={**os.environ, "ROLEPATH_STORE_IDLE": str(idle)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def loaded(home: Path) -> Folder:
    store = open_store(None, data="default", root=home)
    store.load(small())
    store.close()
    return Folder(home / "default" / "store")


def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def kill(folder: Folder) -> int:
    pid = server_pid(folder)
    os.kill(pid, signal.SIGKILL)
    until(lambda: not is_held(folder.server_lock))
    return pid


def test_credentials_are_for_the_owner_only(home: Path) -> None:
    folder = loaded(home)
    assert stat.S_IMODE(folder.server_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    told = json.loads(folder.server_file.read_text())
    # Only a user that reads; the administrator's password is nowhere.
    assert told["user"] == "reader"
    assert len(told["password"]) > 40
    assert len(told["token"]) > 40
    command_line = Path(f"/proc/{told['pid']}/cmdline")
    if command_line.exists():
        assert told["password"] not in command_line.read_text()
        assert told["password"] not in Path(f"/proc/{told['pid']}/environ").read_text()
    for path in (folder.path / "config").iterdir():
        assert told["password"] not in path.read_text()


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs /proc")
def test_it_listens_on_loopback_only(home: Path) -> None:
    folder = loaded(home)
    pid = server_pid(folder)
    sockets = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            sockets.add(str(descriptor.readlink()))
        except FileNotFoundError:
            continue
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                listening.append(fields[1].partition(":")[0])
    assert len(listening) >= 2
    loopback = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}
    assert set(listening) <= loopback


def test_the_reader_cannot_write_by_any_door(home: Path) -> None:
    """The credentials in the file are not worth more than reading, over Bolt as over HTTP."""
    import neo4j
    from neo4j.exceptions import Neo4jError

    store = open_store(None, data="default", root=home)
    store.load(small())
    login = store.login
    with (
        neo4j.GraphDatabase.driver(login.url, auth=(login.username, login.password)) as driver,
        driver.session(database=login.database) as session,
    ):
        assert session.run("MATCH (r:Role) RETURN count(r) AS n").single(strict=True)["n"] == 1
        for text in (
            "CREATE (n:Role {arn: 'x'})",
            "MATCH (n) DETACH DELETE n",
            "MATCH (n:Role) SET n.name = 'x'",
            "CREATE INDEX x IF NOT EXISTS FOR (n:Role) ON (n.name)",
            "CREATE (n:NewLabel)",
            "LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row",
            "LOAD CSV FROM 'http://127.0.0.1:1/' AS row RETURN row",
        ):
            with pytest.raises(Neo4jError):
                session.run(text).consume()
    with (
        neo4j.GraphDatabase.driver(login.url, auth=("root", login.password)) as driver,
        pytest.raises(Neo4jError),
    ):
        driver.execute_query("RETURN 1", database_=login.database)
    assert held(store) == shape(small())
    store.close()


def test_a_control_connection_needs_the_token(home: Path) -> None:
    import socket

    from graph.stores import arcade

    folder = loaded(home)
    told = json.loads(folder.server_file.read_text())
    for greeting in ({"token": "x" * 43}, {}, {"token": told["password"]}):
        with (
            socket.create_connection(("127.0.0.1", told["control"]), timeout=10) as line,
            line.makefile("rwb") as stream,
        ):
            arcade.send(stream, greeting)
            assert stream.read() == b""
    assert folder.names() == [folder.current()]


def test_concurrent_commands_share_one_server(home: Path) -> None:
    folder = loaded(home)
    kill(folder)
    clients = [client(home, stays=1) for _ in range(6)]
    said = [process.communicate(timeout=120) for process in clients]
    assert {out.split()[0] for out, _ in said} == {"1"}, said
    assert len({out.split()[1] for out, _ in said}) == 1
    assert is_held(folder.server_lock)


def test_the_server_outlives_a_command_and_takes_nothing_from_it(home: Path) -> None:
    """`communicate` would wait for ever if the server held the command's output open."""
    folder = loaded(home)
    kill(folder)
    process = client(home)
    out, err = process.communicate(timeout=60)
    assert out.startswith("1 bolt://127.0.0.1:")
    assert err == ""
    assert is_held(folder.server_lock)


def test_a_killed_server_is_replaced(home: Path) -> None:
    store = open_store(None, data="default", root=home)
    store.load(small())
    folder = Folder(home / "default" / "store")
    for _ in range(2):
        killed = kill(folder)
        assert folder.server_file.exists()
        assert held(store) == shape(small())
        assert server_pid(folder) != killed
    store.close()


def test_a_killed_command_leaves_no_trace(home: Path) -> None:
    folder = loaded(home)
    process = client(home, stays=60, idle=1)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("1 ")
    assert is_held(folder.clients_lock)
    process.kill()
    process.communicate()
    assert not is_held(folder.clients_lock)
    assert client(home).communicate(timeout=60)[0].startswith("1 ")


def test_a_command_killed_while_it_starts_a_server(home: Path) -> None:
    folder = loaded(home)
    kill(folder)
    process = client(home)
    until(lambda: is_held(folder.server_lock))
    process.kill()
    process.communicate()
    assert client(home).communicate(timeout=60)[0].startswith("1 ")


def test_an_idle_server_ends_and_one_in_use_does_not(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROLEPATH_STORE_IDLE", "1")
    store = open_store(None, data="default", root=home)
    store.load(small())
    folder = Folder(home / "default" / "store")
    pid = server_pid(folder)
    time.sleep(2.5)
    assert server_pid(folder) == pid
    store.close()
    until(lambda: not is_held(folder.server_lock))
    assert not folder.server_file.exists()
    # And whoever comes then starts it again.
    assert client(home).communicate(timeout=60)[0].startswith("1 ")


def test_a_server_whose_folder_is_removed_ends(home: Path) -> None:
    folder = loaded(home)
    pid = server_pid(folder)
    shutil.rmtree(folder.path)

    def gone() -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return False

    until(gone)


def test_a_database_is_removed_when_nobody_reads_it_any_more(home: Path) -> None:
    from graph.stores.embedded import EmbeddedServer

    store = open_store(None, data="default", root=home)
    store.load(small("s1"))
    server = EmbeddedServer(home / "default" / "store")
    with server.reading() as name:
        store.load(small("s2"))
        time.sleep(1)
        assert (server.folder.databases / name).is_dir()
    until(lambda: not (server.folder.databases / name).exists())
    until(lambda: server.folder.names() == [server.current()])
    assert store.state().snapshot_id == "s2"
    store.close()


def test_left_over_databases_go(home: Path) -> None:
    folder = loaded(home)
    kill(folder)
    left = folder.databases / "gleft"
    shutil.copytree(folder.databases / folder.current(), left)
    assert client(home, stays=1).communicate(timeout=60)[0].startswith("1 ")
    until(lambda: not left.exists())


def test_only_one_loads_at_a_time(home: Path) -> None:
    from graph.stores.embedded import EmbeddedServer
    from iam.errors import StoreError

    store = open_store(None, data="default", root=home)
    with (
        EmbeddedServer(home / "default" / "store").alone(),
        pytest.raises(StoreError, match="another load is running"),
    ):
        store.load(small())
    store.load(small())
    store.close()


def test_a_server_that_cannot_start_says_why(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from graph.stores import arcade

    broken = home / "broken.py"
    broken.write_text("raise SystemExit('no Java here')\n")
    monkeypatch.setattr(arcade, "__file__", str(broken))
    store = open_store(None, data="default", root=home)
    with pytest.raises(StoreUnavailableError, match="does not start: no Java here") as raised:
        store.load(small())
    assert "rolepath doctor" in raised.value.help
    store.close()


@pytest.mark.parametrize("name", ["", ".", "..", "../other", "a/b", ".hidden"])
def test_a_data_set_is_one_folder(home: Path, name: str) -> None:
    with pytest.raises(UsageError, match="not a name"):
        open_store(None, data=name, root=home)


@pytest.mark.parametrize(
    "url",
    ["http://localhost:7474", "localhost:7687", "bolt://", "neo4j://me:secret@localhost:7687"],
)
def test_an_address_is_checked(url: str) -> None:
    with pytest.raises(UsageError) as raised:
        open_store(url, data="default")
    assert "secret" not in raised.value.message
    assert raised.value.help


def test_an_address_where_nobody_answers() -> None:
    store = open_store("bolt://127.0.0.1:1", data="default")
    with pytest.raises(StoreUnavailableError, match="nothing answers"):
        store.state()
    store.close()


@pytest.mark.neo4j
def test_a_wrong_password(neo4j_shared: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_USERNAME", "neo4j")
    monkeypatch.setenv("NEO4J_PASSWORD", "certainly wrong")
    store = open_store(neo4j_shared.url, data="default")
    with pytest.raises(StoreUnavailableError, match="refused") as raised:
        store.state()
    assert "NEO4J_PASSWORD" in raised.value.help
    store.close()


def test_a_broken_statement_is_the_asker_s(home: Path) -> None:
    store = open_store(None, data="default", root=home)
    store.load(many("s1", 5, 5, seed=1))
    with pytest.raises(QueryError):
        store.read("MATCH (n RETURN n")
    assert len(store.read("MATCH (r:Role) RETURN r").rows) == 5
    store.close()
