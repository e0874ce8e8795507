"""How long the help and the answers of a loaded account take.

Run by hand: ``python -m benchmarks.answers``. The figures are this machine's.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

from app.answers import Answers
from benchmarks.organizations import write
from ingest.snapshot import read


def _milliseconds(work: Callable[[], object], times: int) -> list[float]:
    found = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        found.append((time.perf_counter() - started) * 1000)
    return sorted(found)


def _once(work: Callable[[], object]) -> float:
    return _milliseconds(work, 1)[0]


def _line(what: str, found: list[float]) -> None:
    print(f"{what:<58} {found[0]:>9.1f} {statistics.median(found):>9.1f} {found[-1]:>9.1f}")


def _help() -> None:
    command = [sys.executable, "-m", "app.cli", "--help"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Print the least, the median and the most milliseconds of each."""
    print(f"{'milliseconds':<58} {'least':>9} {'median':>9} {'most':>9}")
    _line("rolepath --help", _milliseconds(_help, 7))
    for accounts, roles in ((1, 800), (50, 100)):
        with tempfile.TemporaryDirectory() as name:
            write(Path(name), accounts, roles)
            model = read([Path(name)])
        answers = Answers.of(model)
        size = f"{accounts} × {roles} roles"
        _line(f"{size}: the first question, all edges decided", _milliseconds(answers.info, 1))
        keys = sorted(model.roles)[:: max(1, len(model.roles) // 40)]
        reached = [_once(partial(answers.who_can, key, transitive=True)) for key in keys]
        _line(f"{size}: who can enter one role, transitively", sorted(reached))
        outward = [_once(partial(answers.reach, key)) for key in keys]
        _line(f"{size}: what one role can become", sorted(outward))
        chains = [_once(partial(answers.paths, *ends)) for ends in pairwise(keys)]
        _line(f"{size}: chains between two roles", sorted(chains))


if __name__ == "__main__":
    main()
