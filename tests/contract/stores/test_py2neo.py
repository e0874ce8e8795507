"""The worked example of docs/py2neo.md prints on both stores what the page says."""

import os
import re
import subprocess
import sys

from app.demo import folder
from ingest.job import ingest_files
from tests.support.servers import Servers
from tests.support.tree import REPOSITORY

PAGE = (REPOSITORY / "docs" / "py2neo.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return str(found)


def test_the_worked_example(stores: Servers) -> None:
    store = stores.open("demo")
    ingest_files([folder()], store, data="demo", root=stores.home)
    done = subprocess.run(
        # It was written for a Python of long ago, and says so in warnings.
        [sys.executable, "-W", "ignore", "-c", block("python")],
        cwd=REPOSITORY,
        env={**os.environ, **stores.environment()},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == block("text")
