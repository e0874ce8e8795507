"""How long a graph takes from facts to nodes and edges, in one run.

Run by hand: ``python -m benchmarks.build``. The figures are this machine's.
"""

import resource
import tempfile
import time
from pathlib import Path

from benchmarks.organizations import write
from graph.build import build
from ingest.snapshot import read


def main() -> None:
    """Print one row per size: what was decided and what it made."""
    print(f"{'accounts × roles':>18} {'nodes':>8} {'edges':>8} {'read s':>8} {'build s':>8}")
    for accounts, roles in ((1, 800), (1, 3200), (50, 100), (100, 120)):
        with tempfile.TemporaryDirectory() as name:
            write(Path(name), accounts, roles)
            started = time.perf_counter()
            snapshot = read([Path(name)])
            loaded = time.perf_counter()
            graph = build(snapshot)
            done = time.perf_counter()
        size = f"{accounts} × {roles}"
        print(
            f"{size:>18} {len(graph.nodes):>8} {len(graph.edges):>8}"
            f" {loaded - started:>8.2f} {done - loaded:>8.2f}"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory: {peak:.0f} MB")


if __name__ == "__main__":
    main()
