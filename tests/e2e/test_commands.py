"""The installed command does what people do with it, and survives what happens to it."""

import csv
import http.client
import io
import json
import os
import pty
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from app.demo import folder
from app.serving import HEALTH
from tests.support.command import Command
from tests.support.servers import Servers, stop_embedded

KIRA, DEPLOY = "identity/kira", "production/deploy"
PATIENCE = 120.0
SGR = re.compile(r"\x1b\[([0-9;]*)m")


@pytest.fixture(scope="module")
def home(rolepath_command: Command, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder into which ``rolepath demo`` has loaded the demo organization."""
    path = tmp_path_factory.mktemp("commands") / "home"
    done = rolepath_command.run("demo", "--no-serve", env={"ROLEPATH_HOME": str(path)})
    try:
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("loaded Larkspur, the demo organization: 6 accounts, ")
        yield path
    finally:
        stop_embedded(path)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    """A data folder of this test alone."""
    path = tmp_path / "home"
    yield path
    stop_embedded(path)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def status(port: int, path: str = HEALTH) -> int:
    """What the dashboard's server answers; 0 when nothing does."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def eventually(holds: Callable[[], bool], what: str) -> None:
    """Wait until a function gives true."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if holds():
            return
        time.sleep(0.1)
    pytest.fail(f"not within {PATIENCE:.0f} s: {what}")


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a process that is about to end."""
    try:
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
    return process.returncode, out, err


def served(process: "subprocess.Popen[str]") -> str:
    """The line with the URL, which comes once the server answers."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("http://"):
            return line.strip()
    pytest.fail(f"it ended without a URL: {ended(process)}")


# --- the first minutes ----------------------------------------------------------------------------


def test_the_demo_says_what_to_try_and_each_of_it_works(
    rolepath_command: Command, home: Path
) -> None:
    env = {"ROLEPATH_HOME": str(home)}
    again = rolepath_command.run("demo", "--no-serve", env=env, cwd=home)
    assert again.returncode == 0
    assert "unchanged since the last time" in again.stdout.splitlines()[0]
    lines = again.stdout.splitlines()
    tries = [shlex.split(line) for line in lines[lines.index("try") + 1 :]]
    assert len(tries) >= 3
    for program, *words in tries:
        assert Path(program) in (Path("rolepath"), rolepath_command.path)
        done = rolepath_command.run(*words, env=env)
        assert done.returncode == 0, done.stderr
        assert done.stdout


def test_the_demo_touches_no_other_data_set(rolepath_command: Command, home: Path) -> None:
    assert [path.name for path in home.iterdir()] == ["demo"]
    done = rolepath_command.run("paths", KIRA, DEPLOY, env={"ROLEPATH_HOME": str(home)})
    assert "answering from `demo`" in done.stderr
    assert [path.name for path in home.iterdir()] == ["demo"]


def test_what_one_loads_oneself_is_answered_from_afterwards(
    rolepath_command: Command, own: Path
) -> None:
    env = {"ROLEPATH_HOME": str(own)}
    loaded = rolepath_command.run("ingest", "files", folder(), "--format", "json", env=env)
    assert loaded.returncode == 0, loaded.stderr
    assert json.loads(loaded.stdout)["data"] == "default"
    answer = rolepath_command.run("paths", KIRA, DEPLOY, "--format", "json", env=env)
    assert json.loads(answer.stdout)["data"] == "default"
    assert answer.stderr == ""


def test_a_file_that_is_refused_leaves_what_was_loaded(
    rolepath_command: Command, home: Path, tmp_path: Path
) -> None:
    env = {"ROLEPATH_HOME": str(home)}
    before = rolepath_command.run("reach", KIRA, "--format", "json", env=env).stdout
    bad = tmp_path / "authz.json"
    bad.write_text('{"RoleDetailList": [{"Arn": ', encoding="utf-8")
    done = rolepath_command.run("ingest", "files", bad, "--data", "demo", env=env)
    assert done.returncode == 3
    assert "authz.json" in done.stderr
    assert "Traceback" not in done.stderr
    assert rolepath_command.run("reach", KIRA, "--format", "json", env=env).stdout == before


def test_several_commands_use_the_store_at_once(rolepath_command: Command, home: Path) -> None:
    env = {"ROLEPATH_HOME": str(home)}
    asked: Sequence[Sequence[str]] = [
        ["paths", KIRA, DEPLOY],
        ["query", "users_without_mfa"],
        ["cypher", "MATCH (r:Role) RETURN count(r) AS n"],
        ["blockers", DEPLOY],
    ]
    running = [rolepath_command.start([*words, "--format", "json"], env=env) for words in asked]
    answers = [ended(process) for process in running]
    assert [code for code, _, _ in answers] == [0] * len(asked)
    assert json.loads(answers[2][1])["rows"] == [{"n": 134}]


def test_a_statement_that_would_write_is_refused(rolepath_command: Command, home: Path) -> None:
    env = {"ROLEPATH_HOME": str(home)}
    done = rolepath_command.run("cypher", "MATCH (r:Role) DETACH DELETE r", env=env)
    assert done.returncode == 2
    assert done.stdout == ""
    count = rolepath_command.run("cypher", "MATCH (r:Role) RETURN count(r) AS n", env=env)
    assert "134" in count.stdout


def test_a_report_is_written_beside_its_old_version(
    rolepath_command: Command, home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "role.html"
    file.write_text("old")
    words = ["report", "role", DEPLOY, "--output", str(file)]
    done = rolepath_command.run(*words, env={"ROLEPATH_HOME": str(home)})
    assert done.returncode == 0, done.stderr
    text = file.read_text("utf-8")
    assert text.index("What this report could not see") < text.index("Whom it trusts")
    assert "Content-Security-Policy" in text


def test_an_access_test_runs_against_the_store_and_against_a_folder(
    rolepath_command: Command, home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "access.yaml"
    case = "{name: never, becomes: {from: staging/data-scientist, to: admin}, expect: deny}"
    file.write_text(f"- {case}\n", encoding="utf-8")
    for source in ([], ["--snapshot", str(folder())]):
        done = rolepath_command.run("test", file, *source, env={"ROLEPATH_HOME": str(home)})
        assert (done.returncode, done.stdout) == (0, "1 passed, 0 failed\n"), done.stderr
    file.write_text(f"- {case.replace('deny', 'allow')}\n", encoding="utf-8")
    done = rolepath_command.run("test", file, env={"ROLEPATH_HOME": str(home)})
    assert done.returncode == 1
    assert done.stdout.endswith("0 passed, 1 failed\n")


def test_the_doctor_finds_the_store_that_was_loaded(rolepath_command: Command, home: Path) -> None:
    done = rolepath_command.run("doctor", "--format", "json", env={"ROLEPATH_HOME": str(home)})
    found = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert found["store"]["status"] == "ok"
    assert "data set demo" in found["store"]["found"]
    assert found["data set demo"]["status"] == "ok"


@pytest.mark.neo4j
def test_the_demo_goes_into_neo4j_as_the_compose_file_has_it(
    rolepath_command: Command, neo4j_shared: Servers, own: Path
) -> None:
    """There ``ROLEPATH_DATA`` is ``default`` for every command, the demo's included."""
    with neo4j_shared.emptied():
        env = {
            **neo4j_shared.environment(),
            "ROLEPATH_HOME": str(own),
            "ROLEPATH_DATA": "default",
        }
        loaded = rolepath_command.run("demo", "--no-serve", env=env)
        assert loaded.returncode == 0, loaded.stderr
        answer = rolepath_command.run("paths", KIRA, DEPLOY, "--format", "json", env=env)
        assert answer.returncode == 0, answer.stderr
        assert json.loads(answer.stdout)["data"] == "demo"
        mine = rolepath_command.run("ingest", "files", folder(), env=env)
        assert mine.returncode != 0
        assert "--replace" in mine.stderr
        replaced = rolepath_command.run("ingest", "files", folder(), "--replace", env=env)
        assert replaced.returncode == 0, replaced.stderr
        found = json.loads(rolepath_command.run("doctor", "--format", "json", env=env).stdout)
        (store,) = [check for check in found["checks"] if check["name"] == "store"]
        assert "data set default" in store["found"]


# --- pipes and terminals --------------------------------------------------------------------------


def test_a_reader_that_goes_away_is_no_error(rolepath_command: Command, home: Path) -> None:
    line = f"{rolepath_command} reach management/olga --format json | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        env={**os.environ, "ROLEPATH_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.stdout == "{\n"
    assert "Traceback" not in done.stderr
    assert "Broken pipe" not in done.stderr
    assert done.returncode == 0


def test_csv_of_a_pipe_is_csv_and_nothing_else(rolepath_command: Command, home: Path) -> None:
    words = ["query", "users_without_mfa", "--format", "csv"]
    done = rolepath_command.run(*words, env={"ROLEPATH_HOME": str(home)})
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["name"] for row in rows] == ["jenkins", "farid", "reporting-import"]


def on_a_terminal(words: Sequence[str], env: dict[str, str]) -> tuple[int, str]:
    """Run a command on a terminal of its own; what it showed there."""
    shown, terminal = pty.openpty()
    process = subprocess.Popen(
        words, env={**os.environ, **env}, stdin=terminal, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    text = b""
    while True:
        try:
            chunk = os.read(shown, 65536)
        except OSError:  # how a terminal of Linux says that nobody writes to it any more
            break
        if not chunk:
            break
        text += chunk
    os.close(shown)
    return process.wait(PATIENCE), text.decode("utf-8", "replace")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="terminals end differently")
@pytest.mark.parametrize("setting", [{"TERM": "dumb"}, {"NO_COLOR": "1", "TERM": "xterm-256color"}])
def test_a_terminal_that_wants_no_colour_gets_none(
    rolepath_command: Command, home: Path, setting: dict[str, str]
) -> None:
    env = {"ROLEPATH_HOME": str(home), **setting}
    code, shown = on_a_terminal([str(rolepath_command), "demo", "--no-serve"], env)
    assert code == 0, shown
    assert "loaded Larkspur" in shown
    codes = [int(n or 0) for found in SGR.findall(shown) for n in found.split(";")]
    colours = [code for code in codes if code >= 30]
    assert colours == []
    if setting["TERM"] == "dumb":
        assert "\x1b" not in shown


# --- the dashboard --------------------------------------------------------------------------------


def test_it_is_served_until_ctrl_c_and_nothing_is_left(
    rolepath_command: Command, own: Path
) -> None:
    port = free_port()
    words = ["serve", "--snapshot", str(folder()), "--port", str(port)]
    process = rolepath_command.start(words, env={"ROLEPATH_HOME": str(own)})
    assert served(process) == f"http://127.0.0.1:{port}"
    assert status(port) == 200
    assert status(port, "/") == 200
    second = rolepath_command.run(*words, env={"ROLEPATH_HOME": str(own)})
    assert second.returncode == 2
    assert "--port" in second.stderr
    process.send_signal(signal.SIGINT)
    code, _, err = ended(process)
    assert code == 0, err
    assert "Traceback" not in err
    assert status(port) == 0
    assert not own.exists(), "a snapshot is served without a store"


def test_it_goes_when_its_command_is_killed(rolepath_command: Command, own: Path) -> None:
    port = free_port()
    words = ["serve", "--snapshot", str(folder()), "--port", str(port)]
    process = rolepath_command.start(words, env={"ROLEPATH_HOME": str(own)})
    served(process)
    process.kill()
    process.wait()
    eventually(lambda: status(port) == 0, "the server went with its command")
    ended(process)


def test_the_demo_serves_what_it_loaded(rolepath_command: Command, home: Path) -> None:
    port = free_port()
    env = {"ROLEPATH_HOME": str(home), "ROLEPATH_SNAPSHOT": "/nowhere"}
    process = rolepath_command.start(["demo", "--port", str(port)], env=env)
    assert served(process) == f"http://127.0.0.1:{port}"
    assert status(port) == 200
    process.send_signal(signal.SIGTERM)
    code, _, err = ended(process)
    assert code == 0, err
    assert "paths identity/kira production/deploy" in err
    assert status(port) == 0


def test_an_address_that_others_can_reach_is_refused(rolepath_command: Command) -> None:
    done = rolepath_command.run("serve", "--address", "0.0.0.0")
    assert done.returncode == 2
    assert "no login" in done.stderr
    assert "--published-on-loopback" in done.stderr


def test_a_container_may_listen_everywhere(rolepath_command: Command, own: Path) -> None:
    port = free_port()
    words = ["serve", "--port", str(port), "--address", "0.0.0.0", "--published-on-loopback"]
    process = rolepath_command.start(words, env={"ROLEPATH_HOME": str(own)})
    assert served(process) == f"http://127.0.0.1:{port}"
    process.send_signal(signal.SIGTERM)
    code, _, err = ended(process)
    assert code == 0
    assert "nothing has been loaded" in err


# --- interruptions --------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("after", [0.4, 1.5, 3.0])
def test_a_load_that_is_cut_off_is_done_by_the_next_one(
    rolepath_command: Command, own: Path, number: signal.Signals, after: float
) -> None:
    env = {"ROLEPATH_HOME": str(own)}
    process = rolepath_command.start(["demo", "--no-serve"], env=env)
    time.sleep(after)
    process.send_signal(number)
    code, _, err = ended(process)
    assert code in {0, 130, -signal.SIGINT, -signal.SIGKILL}, err
    if number is signal.SIGINT and after >= 1.5:
        assert code in {0, 130}
        assert "Traceback" not in err
    again = rolepath_command.run("demo", "--no-serve", env=env, timeout=PATIENCE)
    assert again.returncode == 0, again.stderr
    answer = rolepath_command.run("paths", KIRA, DEPLOY, "--format", "json", env=env)
    assert json.loads(answer.stdout)["verdict"] == "conditional"
