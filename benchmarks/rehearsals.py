"""How long one rehearsal takes, that of every role of an account, and that of a changed policy.

Expected on 2 cores, 50 accounts × 200 roles: under 1 s for one, under 10 s for an account. Run by
hand: ``python -m benchmarks.rehearsals``. The figures are this machine's.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

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
        for kind, changes in _changes(keys[1::10]).items():
            found = [_what_if(answers, change) for change in changes]
            print(f"{kind}: median {statistics.median(found):.4f} s, most {max(found):.3f} s")


def _changes(roles: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    return {
        "a trust policy loses a statement": [
            {"trust_of": role, "without_statement": "0"} for role in roles
        ],
        "a boundary goes": [{"boundary_of": role, "becomes": None} for role in roles],
    }


def _what_if(answers: Answers, change: Mapping[str, Any]) -> float:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump([change], file)
        file.flush()
        started = time.perf_counter()
        answers.what_if(Path(file.name))
        return time.perf_counter() - started


if __name__ == "__main__":
    main()
