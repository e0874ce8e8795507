"""Every file keeps the promises of its folder."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.tree import REPOSITORY, ROOMS, files, imports, named, syntax

TEXT = {
    ".py", ".md", ".toml", ".yml", ".yaml", ".cypher", ".tsv", ".txt", ".js", ".css", ".html",
    ".xml", ".json", ".jsonl", ".typ", ".svg", "",
}  # fmt: skip
OURS = ("iam/", "ingest/", "graph/", "queries/", "app/", "tests/", "docs/", "benchmarks/")


def modules(*folders: str) -> list[Path]:
    """The modules in some folders of the checkout, those of all rooms and tests by default."""
    return [path for path in files(".py") if named(path).startswith(folders or OURS)]


def test_the_first_line_of_every_module_is_a_claim() -> None:
    wrong = []
    for path in modules():
        doc = ast.get_docstring(syntax(path))
        first = doc.splitlines()[0] if doc else ""
        if not first.endswith("."):
            wrong.append(f"{named(path)}: {first or 'no docstring'}")
    assert wrong == []


def test_no_error_is_passed_over_in_silence() -> None:
    wrong = [
        f"{named(path)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.ExceptHandler)
        and all(isinstance(statement, ast.Pass) for statement in node.body)
    ]
    assert wrong == []


# Spelled apart, so that this file does not hold what it looks for.
LEFT_OVER = re.compile(
    r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"]) + r")\b"
)
MACHINE = re.compile(r"(?<![\w.:*$}/-])/(?:root|home|work|Users)/\w")
REGISTRY = re.compile(r"(?:pypi|pythonhosted|npmjs|registry|maven|jfrog|artifactory)\.\w+")


def texts() -> Iterator[tuple[Path, int, str]]:
    for path in files():
        if path.suffix not in TEXT or path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            yield path, number, line


def test_nothing_is_left_for_later_and_nothing_names_one_machine() -> None:
    wrong = []
    for path, number, line in texts():
        if path.suffix not in {".json", ".jsonl", ".tsv"} and LEFT_OVER.search(line):
            wrong.append(f"{named(path)}:{number}: left over: {line.strip()[:80]}")
        if MACHINE.search(line):
            wrong.append(f"{named(path)}:{number}: a path of one machine: {line.strip()[:80]}")
    assert wrong == []


def test_streamlit_serves_no_folder_round_our_frame() -> None:
    assert [named(path) for path in (REPOSITORY / "app").rglob("pages")] == []


def test_iam_imports_the_standard_library_only() -> None:
    allowed = {"iam", *sys.stdlib_module_names}
    wrong = [
        f"{named(path)}:{line}: {name}"
        for path in modules("iam/")
        for name, line in imports(path)
        if name.split(".")[0] not in allowed
    ]
    assert wrong == []


CLOCK = re.compile(
    r"\b(?:datetime\.now|datetime\.utcnow|date\.today|time\.time|socket\.|urllib\.request|subprocess)\b"
)


def test_iam_knows_no_clock_and_no_network() -> None:
    wrong = [
        f"{named(path)}:{number}"
        for path in modules("iam/")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if CLOCK.search(line)
    ]
    assert wrong == []


RULE = re.compile(r"\b(?:[A-K])-\d+[a-z]?\b")
SOURCE = re.compile(r"^\s*Source:", re.MULTILINE)


def test_every_file_that_states_an_aws_rule_names_its_source() -> None:
    """A module of ``iam`` or an edge kind that cites a rule says where AWS states it."""
    wrong = []
    for path in modules("iam/", "graph/edges/"):
        text = path.read_text(encoding="utf-8")
        if (RULE.search(text) or path.parent.name in {"layers", "match", "conditions"}) and not (
            SOURCE.search(text) or "source=" in text or path.name == "__init__.py"
        ):
            wrong.append(named(path))
    assert wrong == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_package_of_a_room_has_an_init_file(room: str) -> None:
    """Setuptools ships packages; a folder of modules without the file would be left out."""
    wrong = {
        named(path.parent)
        for path in modules(f"{room}/")
        if not (path.parent / "__init__.py").exists()
    }
    assert wrong == set()
