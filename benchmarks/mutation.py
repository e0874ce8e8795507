"""The tests of the engine notice when one of its conditions or operators is turned round.

``python -m benchmarks.mutation`` copies the tree, changes one condition or operator at a time
there, and runs the tests of ``iam`` on each change until one of them fails: the golden cases, the
unit tests and doctests, what the second evaluator answered of the random organizations of
``tests/differential``, the laws, and the combinations of layers. A change that no test notices
survives. Every survivor is explained in ``mutation-harmless.tsv`` beside this file, or reported.

In 2026-11 the tests noticed 1,067 of 1,084 changes: 327 of 330 in ``authorize``, 423 of 432 in
``layers``, 199 of 202 in ``match``, 118 of 120 in ``conditions``. Of the other seventeen one is
gone with its condition, which was a shortcut, and sixteen change nothing.

A run takes half an hour or more and can be stopped at any time: what was found is kept in
``--results``, and a change is tried again only when its file has changed since, or when it
survived and ``--again`` is given. The modules that no change touches are imported once, and each
change is tried in a forked child; the tests that killed most so far are run first.
"""

import argparse
import ast
import hashlib
import importlib
import io
import os
import pickle
import select
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parent.parent
TARGETS = ("iam/authorize.py", "iam/layers", "iam/match", "iam/conditions")
FAST = ("tests/unit/iam", "tests/golden/test_golden.py", "iam/match", "iam/conditions")
SLOW = ("tests/property/test_laws.py", "tests/differential/test_combining.py")
ROOMS = ("iam", "ingest", "graph", "queries", "app", "tests")
NEEDED = (*ROOMS, "docs", "pyproject.toml")
AGREEMENT = "tests/differential/agreement.py"
SECONDS = 180
LEAST = 90
"""So many changes of a hundred must be noticed in each part."""
HARMLESS = Path(__file__).with_name("mutation-harmless.tsv")
COLUMNS = ("state", "source", "file", "function", "change", "line", "by")

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


# --- the changes --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mutant:
    """One change: where it stands, what it changes, and the whole file with it."""

    file: str
    function: str
    change: str
    line: int
    source: str
    digest: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What names the change while lines move."""
        return self.file, self.function, self.change


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


def walk(node: ast.AST, function: str = "") -> Iterator[tuple[ast.AST, ast.AST, str]]:
    """Every node with the one that holds it and the name of the function that it stands in."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        function = f"{function}.{node.name}" if function else node.name
    for child in ast.iter_child_nodes(node):
        yield child, node, function
        yield from walk(child, function)


def mutants(path: Path) -> Iterator[Mutant]:
    """Every change of one file."""
    text = path.read_text(encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    tree = ast.parse(text)
    seen: Counter[tuple[str, str]] = Counter()
    for node, parent, function in list(walk(tree)):
        for field, value in changes(node):
            held = getattr(node, field)
            before = shown(node, parent)
            setattr(node, field, value)
            ast.fix_missing_locations(tree)
            change = f"{before}  ->  {shown(node, parent)}"
            seen[function, change] += 1
            if seen[function, change] > 1:
                change += f"  #{seen[function, change]}"
            file = path.relative_to(ROOT).as_posix()
            line = getattr(node, "lineno", 0)
            yield Mutant(file, function or "module", change, line, ast.unparse(tree), digest)
            setattr(node, field, held)


def shown(node: ast.AST, parent: ast.AST) -> str:
    """The first line of what is changed; of an ``if`` its test, of a constant what holds it."""
    if isinstance(node, ast.If | ast.IfExp):
        return f"if {ast.unparse(node.test)}"
    return ast.unparse(parent if isinstance(node, ast.Constant) else node).splitlines()[0]


def files(only: str) -> list[Path]:
    """The files that are changed."""
    return [
        path
        for name in TARGETS
        for path in sorted((ROOT / name).rglob("*.py") if (ROOT / name).is_dir() else [ROOT / name])
        if path.relative_to(ROOT).as_posix().startswith(only)
    ]


def part(file: str) -> str:
    """The part of the engine that a file belongs to."""
    return next(t for t in TARGETS if file.startswith(t)).removesuffix(".py")


# --- children -----------------------------------------------------------------------------------


def silent() -> None:
    """Let a child say nothing."""
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)


def forked(work: Callable[[], str], seconds: float) -> str | None:
    """What a child answers; None when it takes too long, and nothing when it dies."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        answer(work, writer)
    os.close(writer)
    ready, _, _ = select.select([reader], [], [], seconds)
    if not ready:
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reader, "rb") as stream:
        said = stream.read().decode()
    os.waitpid(child, 0)
    return said if ready else None


def answer(work: Callable[[], str], writer: int) -> NoReturn:
    """Do a child's work, say what came of it, and end without any of the parent's business."""
    said = "raised"
    try:
        silent()
        said = work()
    except BaseException as error:  # an engine that cannot even be imported is noticed, too
        said = f"raised {type(error).__name__}"
    finally:
        os.write(writer, said.encode())
        os._exit(0)


class Watch:
    """A pytest plugin: likeliest killers first, and the name of the first test that fails."""

    def __init__(self, kills: Counter[str]) -> None:
        self.kills = kills
        self.failed = ""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Sort by what a test has killed so far."""
        items.sort(key=lambda item: -self.kills[item.nodeid])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module that cannot be imported."""
        if report.failed and not self.failed:
            self.failed = f"collection of {report.nodeid}"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test that fails."""
        if report.failed and not self.failed:
            self.failed = report.nodeid


def tests(paths: tuple[str, ...], kills: Counter[str]) -> str:
    """The first test that fails, or nothing."""
    watch = Watch(kills)
    code = pytest.main(
        # Plain: what was imported in the parent cannot be rewritten any more.
        ["-x", "-q", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:faulthandler", *paths],
        plugins=[watch],
    )
    return watch.failed or ("" if code == 0 else f"pytest ends with {code}")


def disagreement(corpus: Path) -> str:
    """The first answer of the second evaluator that the engine does not give, or nothing."""
    agreement = importlib.import_module("tests.differential.agreement")
    for number, (case, held) in enumerate(pickle.loads(corpus.read_bytes())):  # noqa: S301 our own
        try:
            agreement.compare(case, held, agreement.Tally())
        except Exception:
            return f"{AGREEMENT}::{number}"
    return ""


def tried(kills: Counter[str], corpus: Path, quick: bool) -> str:
    """What notices the change that the tree holds now; nothing when it survives."""
    return tests(FAST, kills) or disagreement(corpus) or ("" if quick else tests(SLOW, kills))


def remember(corpus: Path) -> str:
    """Write down what the second evaluator answers of the cases that CI tries."""
    agreement = importlib.import_module("tests.differential.agreement")
    held = [pair for seed in agreement.SEEDS for pair in agreement.answered(agreement.EACH, seed)]
    corpus.write_bytes(pickle.dumps(held))
    return str(len(held))


def foreign(corpus: Path) -> str:
    """Run everything once; the modules of others that this needs."""
    failed = tried(Counter(), corpus, quick=False)
    if failed:
        return f"! {failed}"
    names = [
        name
        for name, module in sys.modules.items()
        if name.partition(".")[0] not in ROOMS and getattr(module, "__spec__", None) is not None
    ]
    return "\n".join(names)


# --- the run ------------------------------------------------------------------------------------


def copied(copy: Path) -> None:
    """The tree, so that whoever works in it disturbs nothing."""
    for name in NEEDED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, copy / name)


def prepare(copy: Path) -> Path:
    """Import what no change touches, and keep what the second evaluator says."""
    copied(copy)
    os.chdir(copy)
    sys.path[:] = [str(copy), *(p for p in sys.path if p not in ("", str(ROOT)))]
    corpus = copy / "corpus.pickle"
    count = forked(lambda: remember(corpus), 10 * SECONDS) or "raised"
    if count.startswith("raised"):
        sys.exit(f"the second evaluator does not answer: {count}")
    names = forked(lambda: foreign(corpus), 10 * SECONDS) or "! nothing was said"
    if names.startswith(("!", "raised")):
        sys.exit(f"the tests fail in an unchanged copy, nothing can be measured: {names}")
    for name in names.splitlines():
        try:
            importlib.import_module(name)
        except ImportError:
            continue  # a module that only its own package can import
    sys.dont_write_bytecode = True
    failed = forked(lambda: tried(Counter(), corpus, quick=True), SECONDS)
    if failed != "":
        sys.exit(f"the tests fail in a child that changes nothing: {failed}")
    return corpus


def killer(mutant: Mutant, copy: Path, corpus: Path, kills: Counter[str], quick: bool) -> str:
    """The test that notices a change, or nothing."""
    target = copy / mutant.file
    original = target.read_bytes()
    for compiled in target.parent.glob(f"__pycache__/{target.stem}.*"):
        compiled.unlink()
    target.write_text(mutant.source, encoding="utf-8")
    try:
        said = forked(lambda: tried(kills, corpus, quick), SECONDS)
    finally:
        target.write_bytes(original)
    return "no end" if said is None else said


def read_results(path: Path) -> dict[tuple[str, str, str], dict[str, str]]:
    """What earlier runs found."""
    if not path.exists():
        return {}
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    found = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    return {(r["file"], r["function"], r["change"]): r for r in found}


def write_results(path: Path, held: dict[tuple[str, str, str], dict[str, str]]) -> None:
    """Keep what was found, whole or not at all."""
    lines = ["\t".join(row[c] for c in COLUMNS) for row in held.values()]
    fresh = path.with_suffix(".new")
    fresh.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    fresh.replace(path)


def read_harmless() -> dict[tuple[str, str, str], str]:
    """Survivors that change nothing that AWS promises, each with its reason."""
    rows = [line.split("\t") for line in HARMLESS.read_text(encoding="utf-8").splitlines()[1:]]
    return {(file, function, change): why for file, function, change, why in rows}


def report(found: list[Mutant], held: dict[tuple[str, str, str], dict[str, str]]) -> int:
    """Print the numbers of each part and every survivor; 1 when something is not as it should."""
    out = io.StringIO()
    harmless = read_harmless()
    bad = 0
    alive = [m for m in found if held.get(m.key, {}).get("state") == "survived"]
    for mutant in alive:
        why = harmless.get(mutant.key)
        bad += why is None
        out.write(f"{'harmless' if why else 'SURVIVED'}  {mutant.file}:{mutant.line} ")
        out.write(f"{mutant.function}: {mutant.change}{f': {why}' if why else ''}\n")
    everything = {m.key for m in found}
    killed = {m.key for m in found if held.get(m.key, {}).get("state") == "killed"}
    here = {file for file, _, _ in everything}
    for key in harmless:
        if key[0] in here and (key not in everything or key in killed):
            bad += 1
            out.write(f"EXPLAINED, but no survivor: {' '.join(key)}\n")
    for name in dict.fromkeys(part(m.file) for m in found):
        mine = [m for m in found if part(m.file) == name and m.key in held]
        dead = sum(m.key in killed for m in mine)
        share = 100 * dead / max(1, len(mine))
        bad += share < LEAST
        out.write(f"{name}: {dead} of {len(mine)} noticed, {share:.1f} %\n")
    untried = sum(m.key not in held for m in found)
    out.write(f"not tried: {untried}\n" if untried else "")
    sys.stdout.write(out.getvalue())
    return 1 if bad else 0


def main() -> int:
    """Change, run, report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", default="", help="files whose path starts so")
    parser.add_argument("--results", type=Path, default=Path("mutation-results.tsv"))
    parser.add_argument("--again", action="store_true", help="try survivors again")
    parser.add_argument("--quick", action="store_true", help="without the laws and combinations")
    parser.add_argument("--report", action="store_true", help="only say what is known")
    parser.add_argument("--most", type=int, default=0, help="so many changes, then stop")
    chosen = parser.parse_args()
    results = chosen.results.resolve()
    found = [mutant for path in files(chosen.only) for mutant in mutants(path)]
    held = read_results(results)
    if not chosen.report:
        todo = [m for m in found if wanted(m, held, chosen.again)]
        print(f"{len(todo)} of {len(found)} changes to try", flush=True)
        run(todo[: chosen.most or None], held, results, chosen.quick)
        os.chdir(ROOT)
    return report(found, held)


def wanted(mutant: Mutant, held: dict[tuple[str, str, str], dict[str, str]], again: bool) -> bool:
    """Whether a change has to be tried: its file is new, or it survived and may not any more."""
    known = held.get(mutant.key)
    if known is None or known["source"] != mutant.digest:
        return True
    return again and known["state"] == "survived"


def run(
    todo: list[Mutant],
    held: dict[tuple[str, str, str], dict[str, str]],
    results: Path,
    quick: bool,
) -> None:
    """Try changes one after another, and keep each result."""
    kills = Counter(r["by"] for r in held.values() if r["state"] == "killed")
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        copy = Path(folder).resolve()
        corpus = prepare(copy)
        for number, mutant in enumerate(todo, 1):
            by = killer(mutant, copy, corpus, kills, quick)
            kills[by] += bool(by)
            held[mutant.key] = dict(
                zip(
                    COLUMNS,
                    (
                        "killed" if by else "survived",
                        mutant.digest,
                        *mutant.key,
                        str(mutant.line),
                        by.replace("\t", " ").replace("\n", " "),
                    ),
                    strict=True,
                )
            )
            write_results(results, held)
            if not by:
                print(f"survived  {mutant.file}:{mutant.line}  {mutant.change}", flush=True)
            sys.stderr.write(f"\r{number} of {len(todo)}, {time.monotonic() - begun:.0f} s")
        os.chdir(ROOT)


if __name__ == "__main__":
    sys.exit(main())
