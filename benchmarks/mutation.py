"""The tests of the engine notice when one of its conditions or operators is turned round.

``python -m benchmarks.mutation [--only iam/layers] [--sample 100] [--seed 0]`` copies the tree,
changes one operator at a time there and runs the fast tests of ``iam``. A change that no test
notices survives, and is printed with its line. By hand only: a whole run takes hours.
"""

import argparse
import ast
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGETS = ("iam/authorize.py", "iam/layers", "iam/match", "iam/conditions")
FAST = ("tests/unit/iam", "tests/golden/test_golden.py")
SLOW = ("tests/differential", "tests/property/test_laws.py")
"""Run only for what the fast ones did not notice."""
NEEDED = ("iam", "ingest", "graph", "queries", "app", "tests", "docs", "pyproject.toml")
SECONDS = 600

OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
CALLS = {"conj": "disj", "disj": "conj", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """One change: the file, the line, what stood there and what stands there now."""

    file: str
    line: int
    before: str
    after: str
    source: str


def changes(node: ast.AST) -> Iterator[tuple[str, object]]:
    """Fields of a node with another value to put there."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield "ops", [OPPOSITE[type(node.ops[0])]()]
    elif isinstance(node, ast.BoolOp):
        yield "op", ast.And() if isinstance(node.op, ast.Or) else ast.Or()
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield "value", not node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
        yield "func", ast.Name(CALLS[node.func.id], ast.Load())
    elif isinstance(node, ast.If | ast.IfExp):
        yield "test", ast.UnaryOp(ast.Not(), node.test)


def mutants(path: Path) -> Iterator[Mutant]:
    """Every change of one file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        for field, value in changes(node):
            held = getattr(node, field)
            before = ast.unparse(node).splitlines()[0]
            setattr(node, field, value)
            ast.fix_missing_locations(tree)
            after = ast.unparse(node).splitlines()[0]
            line = getattr(node, "lineno", 0)
            yield Mutant(str(path.relative_to(ROOT)), line, before, after, ast.unparse(tree))
            setattr(node, field, held)


def survives(mutant: Mutant, copy: Path) -> bool:
    """Whether the fast tests pass in a copy of the tree that holds the change."""
    target = copy / mutant.file
    original = target.read_text(encoding="utf-8")
    target.write_text(mutant.source, encoding="utf-8")
    try:
        return all(passes(tests, copy) for tests in (FAST, SLOW))
    finally:
        target.write_text(original, encoding="utf-8")


def passes(tests: tuple[str, ...], copy: Path) -> bool:
    """Whether some tests notice nothing."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(command, cwd=copy, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False  # an endless loop is noticed, too
    return done.returncode == 0


def main() -> int:
    """Change, run, report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", default="", help="files whose path starts so")
    parser.add_argument("--sample", type=int, default=0, help="so many changes, drawn by --seed")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    files = [
        path
        for name in TARGETS
        for path in sorted((ROOT / name).rglob("*.py") if (ROOT / name).is_dir() else [ROOT / name])
        if str(path.relative_to(ROOT)).startswith(chosen.only)
    ]
    found = [mutant for path in files for mutant in mutants(path)]
    print(f"{len(found)} changes in {len(files)} files", flush=True)
    if chosen.sample:
        found = random.Random(chosen.seed).sample(found, min(chosen.sample, len(found)))
    alive: list[Mutant] = []
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        copy = Path(folder)
        for name in NEEDED:
            if (ROOT / name).is_dir():
                shutil.copytree(
                    ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__")
                )
            else:
                shutil.copy(ROOT / name, copy / name)
        if not passes(FAST, copy):
            sys.exit("the tests fail in an unchanged copy: nothing can be measured")
        for number, mutant in enumerate(found, 1):
            if survives(mutant, copy):
                alive.append(mutant)
                where = f"{mutant.file}:{mutant.line}"
                print(f"survived  {where}: {mutant.before}  ->  {mutant.after}", flush=True)
            sys.stderr.write(f"\r{number} of {len(found)}, {time.monotonic() - begun:.0f} s")
    killed = len(found) - len(alive)
    print(f"\n{killed} of {len(found)} noticed, {100 * killed / max(1, len(found)):.1f} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
