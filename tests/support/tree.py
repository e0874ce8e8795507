"""The files of this checkout that somebody wrote here, and what its modules import."""

import ast
import os
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
ROOMS = ("iam", "ingest", "graph", "queries", "app")
NOT_OURS = {".git", ".venv", "vendor", "lib", "artifacts", "target", "build", "dist"}


def files(*suffixes: str, under: str = "") -> Iterator[Path]:
    """Every file of our own under a folder, with one of the suffixes when any is given."""
    for folder, folders, names in os.walk(REPOSITORY / under):
        folders[:] = sorted(
            name
            for name in folders
            if name not in NOT_OURS
            and not name.endswith(("_cache", "__pycache__", ".egg-info"))
            and name != ".hypothesis"
        )
        for name in sorted(names):
            path = Path(folder, name)
            if not suffixes or path.suffix in suffixes:
                yield path


def named(path: Path) -> str:
    """The path as it is written from the root of the checkout."""
    return path.relative_to(REPOSITORY).as_posix()


def syntax(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module that a file imports, wherever in it, with the line."""
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, node.lineno
