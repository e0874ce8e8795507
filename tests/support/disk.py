"""A disk that is full and a file that may not be opened are real ones, also for whoever is root."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from resource import RLIMIT_FSIZE, setrlimit

import pytest

from tests.support.tree import REPOSITORY


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of its own in a folder; skips where this user may not mount one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small disk: it needs the right to mount a tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path, *, but: int = 0) -> Path:
    """A file that takes all room on a disk but some KiB; without the file there is room again."""
    filler = disk / "filler"
    filler.unlink(missing_ok=True)
    rest = shutil.disk_usage(disk).free - but * 1024
    with filler.open("wb", buffering=0) as file:
        while rest > 0:
            rest -= file.write(bytes(min(rest, 1 << 20)))
    return filler


def command(
    *words: str | Path,
    env: Mapping[str, str] | None = None,
    largest: int | None = None,
    plain: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run ``rolepath`` of this checkout.

    Args:
        words: What follows the name of the command.
        env: Variables beside those of the test.
        largest: Bytes beyond which the system lets no file grow.
        plain: Without the rights of root; skips where they cannot be laid down.
    """
    program = [sys.executable, "-m", "app.cli", *map(str, words)]
    if plain and os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("a file that may not be opened: root needs setpriv to be refused one")
        program = ["setpriv", "--bounding-set=-all", *program]

    def limited() -> None:
        if largest is not None:
            setrlimit(RLIMIT_FSIZE, (largest, largest))

    return subprocess.run(
        program,
        cwd=REPOSITORY,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
        preexec_fn=limited,
    )
