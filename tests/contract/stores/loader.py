"""A process that loads a made-up graph, and may kill itself on the way.

Arguments: the address or ``embedded``, the home folder, the id, the seed, and the step at which to
die: a number of calls of ``advance``, or -1 for never.
"""

import os
import signal
import sys
from pathlib import Path

from graph.stores import open_store, writing
from iam.progress import NoProgress
from tests.contract.stores.graphs import many

NODES, EDGES = 300, 2000


class Killing(NoProgress):
    """Ends this process at a step, as the power would."""

    def __init__(self, step: int) -> None:
        self.step = step
        self.steps = 0

    def start(self, total: int | None, unit: str, label: str) -> None:
        self._die_at(0)

    def advance(self, n: int = 1) -> None:
        self.steps += 1
        self._die_at(self.steps)

    def _die_at(self, step: int) -> None:
        if step == self.step:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Load; print the number of steps it took."""
    url, home, id, seed, step = sys.argv[1:]
    # Small parts, so that there are many points to be killed at, and many transactions.
    writing.ONE_TRANSACTION_SIZE = 100
    writing.MOST_ROWS = 200
    killing = Killing(int(step))
    store = open_store(None if url == "embedded" else url, data="default", root=Path(home))
    try:
        store.load(many(id, NODES, EDGES, int(seed)), progress=killing)
    finally:
        store.close()
    sys.stdout.write(f"{killing.steps}\n")


if __name__ == "__main__":
    main()
