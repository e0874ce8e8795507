"""The wheel holds the rooms and nothing else, and runs as itself wherever it is started."""

import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.support.command import Command, build_wheel, install
from tests.support.tree import ROOMS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(repository, tmp_path_factory.mktemp("wheelhouse"))


@pytest.fixture(scope="module")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Command:
    return install(wheel, tmp_path_factory.mktemp("fresh"))


def test_decoys_of_all_rooms_in_the_current_folder_are_not_imported(
    fresh: Command, tmp_path: Path
) -> None:
    for room in ROOMS:
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text("raise SystemExit('a decoy was imported')\n")
    done = fresh.run("--version", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "0.1.0" in done.stdout
    helped = fresh.run("--help", cwd=tmp_path)
    assert (helped.returncode, helped.stderr) == (0, "")


def test_every_file_of_the_rooms_is_in_the_wheel(wheel: Path, repository: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        shipped = set(archive.namelist())
    ours = {
        path.relative_to(repository).as_posix()
        for room in ROOMS
        for path in (repository / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    assert sorted(ours - shipped) == [], "name the kind of file in [tool.setuptools.package-data]"
    theirs = {name for name in shipped if ".dist-info/" not in name}
    assert sorted(theirs - ours) == []


def test_the_wheel_says_its_licence_and_its_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (info,) = {name.split("/")[0] for name in archive.namelist() if ".dist-info/" in name}
        metadata = archive.read(f"{info}/METADATA").decode()
        scripts = archive.read(f"{info}/entry_points.txt").decode()
        assert f"{info}/licenses/LICENSE" in archive.namelist()
    assert "License-Expression: Apache-2.0" in metadata
    assert "rolepath = app.entry:main" in scripts


def test_streamlit_finds_the_component_in_the_wheel(fresh: Command, tmp_path: Path) -> None:
    asked = (
        "import json\n"
        "from streamlit.components.v2.manifest_scanner import scan_component_manifests\n"
        "found = [(m, root) for m, root in scan_component_manifests() if m.name == 'rolepath']\n"
        "print(json.dumps([[c.name, str(c.resolve_asset_root(root))]"
        " for m, root in found for c in m.components]))\n"
    )
    python = fresh.path.parent / "python"
    done = subprocess.run(
        [str(python), "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    components = json.loads(done.stdout)
    assert components, "app/pyproject.toml declares no [[tool.streamlit.component.components]]"
    # The environment sees the packages of this one too, where `make` has installed a rolepath.
    environment = fresh.path.parent.parent.resolve()
    ours = {name for name, folder in components if Path(folder).is_relative_to(environment)}
    assert ours == {"graph", "search"}
