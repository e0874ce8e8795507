"""The locks pin every package by hash, name no host, and hold what the project says it needs."""

import importlib.metadata
import re
import sys
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.tree import REPOSITORY, ROOMS, files, imports, named

LOCKS = {
    "requirements.txt": (),
    "requirements-dev.txt": ("dev",),
    "requirements-py2neo.txt": ("py2neo",),
}

# Imported, and not declared: botocore is the other half of boto3.
COMES_WITH_ANOTHER = {canonicalize_name("botocore")}


def project() -> dict[str, Any]:
    with (REPOSITORY / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)


def pins(lock: str) -> dict[str, list[str]]:
    """The versions that a lock pins, by canonical name; some differ by Python version."""
    found: dict[str, list[str]] = {}
    text = (REPOSITORY / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        requirement, *hashes = line.split("--hash=")
        assert hashes, f"{lock}: no hash: {line}"
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", part.strip()) for part in hashes), line
        name, _, version = requirement.partition(";")[0].strip().partition("==")
        assert re.fullmatch(r"[\w.!+-]+", version), f"{lock}: not pinned: {line}"
        found.setdefault(canonicalize_name(name), []).append(version)
    return found


@pytest.mark.parametrize("lock", [*LOCKS, "requirements-build.txt"])
def test_a_lock_names_no_host(lock: str) -> None:
    text = (REPOSITORY / lock).read_text(encoding="utf-8")
    assert re.findall(r"\S*(?:://|--index|--find-links|--extra-index| @ )\S*", text) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_the_project_needs(lock: str) -> None:
    declared = list(project()["project"]["dependencies"])
    for extra in LOCKS[lock]:
        declared += project()["project"]["optional-dependencies"][extra]
    pinned = pins(lock)
    wrong = []
    for requirement in map(Requirement, declared):
        versions = pinned.get(canonicalize_name(requirement.name), [])
        if not versions or not all(map(requirement.specifier.contains, versions)):
            wrong.append(f"{requirement}: {versions or 'not in the lock'}")
    assert wrong == [], "make lock"


def test_the_build_back_end_is_locked() -> None:
    pinned = pins("requirements-build.txt")
    for requirement in map(Requirement, project()["build-system"]["requires"]):
        assert all(map(requirement.specifier.contains, pinned[canonicalize_name(requirement.name)]))


@pytest.mark.parametrize("lock", ["requirements-dev.txt", "requirements-py2neo.txt"])
def test_tests_run_on_the_very_packages_that_readers_install(lock: str) -> None:
    run, other = pins("requirements.txt"), pins(lock)
    assert {name: other.get(name) for name in run} == run


def test_every_dependency_is_used_and_every_import_is_declared() -> None:
    declared = {
        canonicalize_name(Requirement(text).name) for text in project()["project"]["dependencies"]
    }
    providers = importlib.metadata.packages_distributions()
    imported = {
        name.split(".")[0]: f"{named(path)}:{line}"
        for room in ROOMS
        for path in files(".py", under=room)
        for name, line in imports(path)
    }
    ours = {*ROOMS, *sys.stdlib_module_names}
    used = {
        canonicalize_name(distribution): f"{top} in {place}"
        for top, place in imported.items()
        if top not in ours
        for distribution in providers.get(top, [top])
    }
    undeclared = set(used) - declared - COMES_WITH_ANOTHER
    assert {name: used[name] for name in sorted(undeclared)} == {}
    assert sorted(declared - set(used)) == []
