"""Two commands are enough, and say clearly what they lack."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROMISED = {"demo", "test", "check", "lock", "docs", "bench", "clean", "help", ".venv", "neo4j"}


def make(*arguments: str, cwd: Path, path: str | None = None) -> subprocess.CompletedProcess[str]:
    found = shutil.which("make")
    assert found, "make is needed"
    env = {"PATH": path or os.environ["PATH"], "HOME": str(cwd)}
    return subprocess.run(
        [found, *arguments], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )


def test_help_lists_every_command(repository: Path) -> None:
    listed = {line.split()[1] for line in make("help", cwd=repository).stdout.splitlines()}
    assert listed >= PROMISED


@pytest.mark.parametrize("command", ["demo", "test", "check"])
def test_a_machine_without_python_is_told_so(
    repository: Path, tmp_path: Path, command: str
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "find"):
        (tools / name).symlink_to(str(shutil.which(name)))
    for name in ("Makefile", "pyproject.toml", *(lock.name for lock in repository.glob("*.txt"))):
        shutil.copy(repository / name, tmp_path)
    done = make(command, cwd=tmp_path, path=str(tools))
    assert done.returncode == 2
    assert "error: rolepath needs Python 3.11 or newer" in done.stderr
    assert "help:  install it" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_ci_runs_what_everybody_runs(repository: Path) -> None:
    script = repository / ".ci" / "run"
    assert os.access(script, os.X_OK)
    lines = script.read_text(encoding="utf-8").splitlines()
    assert "make check test" in lines
    assert "export ROLEPATH_REQUIRE=neo4j,browser" in lines
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash on the path")
    subprocess.run([bash, "-n", str(script)], check=True)
