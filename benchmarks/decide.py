"""How long the edges of accounts take, from files to edges, as ratios in one run.

Run by hand: ``python -m benchmarks.decide``. The figures are this machine's; the ratios (growth
against edges produced, one size against another) are what may be quoted.
"""

import math
import resource
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.organizations import write
from iam.assume import assume_edges
from iam.authorize import Request, authorize
from iam.model import Snapshot
from ingest.snapshot import read


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _measure(accounts: int, roles: int) -> tuple[int, float, float]:
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), accounts, roles)
        started = time.perf_counter()
        snapshot = read([Path(name)])
        loaded = time.perf_counter()
        edges = sum(1 for _ in assume_edges(snapshot))
        done = time.perf_counter()
    return edges, loaded - started, done - loaded


def _warm(snapshot: Snapshot) -> None:
    """Print the median time of a warm decision with its proof, for each verdict."""
    edges = [e for e in assume_edges(snapshot) if e.source in snapshot.roles][:400]
    asked = [Request(principal=e.source, resource=e.role) for e in edges]
    asked += [Request(principal=e.role, resource=e.source) for e in edges]
    times: dict[str, list[float]] = {}
    for request in asked:
        verdict = authorize(snapshot, request).verdict
        started = time.perf_counter()
        authorize(snapshot, request)
        times.setdefault(verdict.value, []).append(time.perf_counter() - started)
    for name, seconds in sorted(times.items()):
        print(f"one warm decision, {name}: {statistics.median(seconds) * 1e6:.0f} µs")


def main() -> None:
    """Print one row per size, then the growth exponent and the time of one warm decision."""
    print(f"{'accounts × roles':>18} {'edges':>8} {'read s':>8} {'decide s':>9} {'µs/edge':>8}")
    points: list[tuple[int, float]] = []
    for accounts, roles in ((1, 400), (1, 800), (1, 1600), (10, 100), (50, 100)):
        edges, read_seconds, decide_seconds = _measure(accounts, roles)
        if accounts == 1:
            points.append((edges, decide_seconds))
        per_edge = decide_seconds / edges * 1e6
        size = f"{accounts} × {roles}"
        print(f"{size:>18} {edges:>8} {read_seconds:>8.2f} {decide_seconds:>9.2f} {per_edge:>8.0f}")
    (e1, t1), (e2, t2) = points[0], points[-1]
    exponent = math.log(t2 / t1) / math.log(e2 / e1)
    print(f"growth exponent against edges, 400 to 1,600 roles: {exponent:.2f}")
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), 1, 400)
        _warm(read([Path(name)]))
    print(f"peak memory: {_peak_mb():.0f} MB")


if __name__ == "__main__":
    main()
