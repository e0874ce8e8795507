"""What a test may need and a machine may lack: a Neo4j server, a browser."""

import functools
import os
import re
import shutil
import subprocess
from pathlib import Path

NEEDS = ("neo4j", "browser")

JARS = Path(__file__).resolve().parent.parent / "neo4j" / "lib"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def required() -> frozenset[str]:
    """The needs that this run must not skip, from ``ROLEPATH_REQUIRE``."""
    return frozenset(filter(None, os.environ.get("ROLEPATH_REQUIRE", "").split(",")))


@functools.cache
def lacking(need: str) -> str:
    """Why the need cannot be met here; empty when it can."""
    return {"neo4j": _lacks_neo4j, "browser": _lacks_browser}[need]()


def chromium() -> Path | None:
    """The Chromium to drive: ``CHROMIUM``, else the first one on the path."""
    named = os.environ.get("CHROMIUM")
    for name in (named,) if named else BROWSERS:
        found = shutil.which(name)
        if found:
            return Path(found)
    return None


def _lacks_browser() -> str:
    return "" if chromium() else "no Chromium on the path, and CHROMIUM does not name one"


def _lacks_neo4j() -> str:
    if os.environ.get("ROLEPATH_TEST_NEO4J"):
        return ""
    if not any(JARS.glob("neo4j-*.jar")):
        return "no server jars in tests/neo4j/lib (`make neo4j` fetches them)"
    java = shutil.which("java")
    if java is None:
        return "no Java on the path"
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    if version is None or int(version[1]) < 17:
        return f"Java 17 or newer is needed, found {version[1] if version else 'no version'}"
    return ""
