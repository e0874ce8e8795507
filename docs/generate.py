"""The generated pages under docs/ are written by the rooms that know them, and kept fresh.

A room offers its pages in a module ``reference.py``: ``pages()`` gives the text of each page by its
path under ``docs/``. The rooms are looked through; none is named here.

    python -m docs.generate            writes the pages
    python -m docs.generate --check    names those that are stale, and fails when there are any
"""

import importlib
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent


def pages() -> dict[str, str]:
    """Every generated page, by its path under ``docs/``."""
    found: dict[str, str] = {}
    for module in sorted(DOCS.parent.glob("*/reference.py")):
        found.update(importlib.import_module(f"{module.parent.name}.reference").pages())
    return found


def stale() -> list[str]:
    """The pages whose text is not what their room says today."""
    return [
        name
        for name, text in sorted(pages().items())
        if not (DOCS / name).is_file() or (DOCS / name).read_text(encoding="utf-8") != text
    ]


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` only look; the exit code."""
    found = stale()
    if "--check" in arguments:
        for name in found:
            sys.stderr.write(f"docs/{name}: stale\n")
        if found:
            sys.stderr.write("help:  make docs\n")
        return 1 if found else 0
    texts = pages()
    for name in found:
        (DOCS / name).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / name).write_text(texts[name], encoding="utf-8")
        sys.stdout.write(f"docs/{name}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
