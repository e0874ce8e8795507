"""The installed ``rolepath`` command that end-to-end tests run is a wheel of this checkout."""

import csv
import os
import shutil
import site
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.tree import ROOMS


@dataclass(frozen=True, slots=True)
class Command:
    """A command of some environment, ready to be run.

    Attributes:
        path: The executable.
    """

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    def run(
        self,
        *arguments: str | Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float = 120,
        stdin: str | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run it to its end; ``env`` is added to the environment of the test."""
        return subprocess.run(
            [str(self.path), *map(str, arguments)],
            env={**os.environ, **(env or {})},
            cwd=cwd,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def start(
        self,
        arguments: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> subprocess.Popen[str]:
        """Start it and come back at once, its output in pipes."""
        return subprocess.Popen(
            [str(self.path), *map(str, arguments)],
            env={**os.environ, **(env or {})},
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def installed_command(repository: Path, factory: pytest.TempPathFactory) -> Command:
    """The command beside this interpreter when it is this checkout's, else a fresh installation.

    ``make test`` keeps ``.venv/bin/rolepath`` the same as the checkout. A run of pytest alone may
    come after an edit: then the wheel is built again, into an environment of its own.
    """
    beside = Path(sys.executable).parent / "rolepath"
    site_packages = Path(sysconfig.get_path("purelib"))
    if beside.exists() and is_the_checkout(repository, site_packages):
        return Command(beside)
    wheel = build_wheel(repository, factory.mktemp("wheelhouse"))
    return install(wheel, factory.mktemp("environment"))


def is_the_checkout(repository: Path, site_packages: Path) -> bool:
    """Whether the installed rooms hold the very files of the checkout, and no others."""
    records = list(site_packages.glob("rolepath-*.dist-info/RECORD"))
    if len(records) != 1:
        return False
    with records[0].open(encoding="utf-8", newline="") as file:
        listed = [Path(row[0]) for row in csv.reader(file)]
    installed = {path for path in listed if path.parts[0] in ROOMS and path.suffix != ".pyc"}
    for path in installed:
        ours, theirs = repository / path, site_packages / path
        if not (ours.is_file() and theirs.is_file() and ours.read_bytes() == theirs.read_bytes()):
            return False
    modules = {
        path.relative_to(repository) for room in ROOMS for path in (repository / room).rglob("*.py")
    }
    return modules <= installed


def build_wheel(repository: Path, folder: Path) -> Path:
    """The wheel of the checkout, by the recipe that ``make .venv`` uses."""
    make = shutil.which("make")
    if make is None:
        pytest.fail("make is needed to build the wheel of this checkout")
    house = folder / "wheel"
    done = subprocess.run(
        [make, "-s", "wheel", f"PY={sys.executable}", f"WHEELHOUSE={house}"],
        cwd=repository,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=False,
    )
    wheels = list(house.glob("rolepath-*.whl"))
    if done.returncode or len(wheels) != 1:
        pytest.fail(f"the wheel of this checkout does not build:\n{done.stdout}{done.stderr}")
    return wheels[0]


def install(wheel: Path, folder: Path) -> Command:
    """The command of a fresh environment that holds the wheel and sees this one's packages."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    into = ["--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([*pip, *into], check=True, capture_output=True)
    (own,) = folder.glob("lib/python*/site-packages")
    # After the wheel's own folder on the path, so the wheel comes first.
    (own / "dependencies.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    return Command(folder / "bin" / "rolepath")
