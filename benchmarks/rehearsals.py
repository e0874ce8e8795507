"""How long one rehearsal takes, and that of every role of an account, in a large organization.

Expected on 2 cores, 50 accounts × 200 roles: under 1 s for one, under 10 s for an account. Run by
hand: ``python -m benchmarks.rehearsals``. The figures are this machine's.
"""

import statistics
import tempfile
import time
from pathlib import Path

from app.answers import Answers
from benchmarks.organizations import account_id, write
from ingest.snapshot import read


def main(accounts: int = 50, roles: int = 200) -> None:
    """Print seconds: the first rehearsal with all that is made once, later ones, an account."""
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), accounts, roles)
        model = read([Path(name)])
    with Answers.of(model) as answers:
        answers.info()
        keys = sorted(model.roles)[:: len(model.roles) // 100]
        found = []
        for key in keys:
            started = time.perf_counter()
            answers.blockers(key)
            found.append(time.perf_counter() - started)
        first, *later = found
        print(f"{len(model.roles):,} roles, edges decided: the first rehearsal {first:.3f} s")
        print(f"later ones: median {statistics.median(later):.4f} s, most {max(later):.3f} s")
        started = time.perf_counter()
        rows = answers.blockers_of(account_id(3))["rows"]
        print(f"an account of {len(rows)} roles: {time.perf_counter() - started:.3f} s")


if __name__ == "__main__":
    main()
