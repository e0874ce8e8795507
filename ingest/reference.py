"""The pages about sources say what the sources declare."""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ingest.layout import RESOURCE_POLICIES
from ingest.reader import Page
from ingest.sources import Source, follows, name_of, optional, sources

_ASKED = {
    "global": ("once in each account", "Asked once in each account."),
    "regional": ("in each Region", "Asked in each Region of each account."),
    "offline": ("saved files only", "Only read from saved files: no call of AWS lists it."),
}


def pages() -> dict[str, str]:
    """The generated pages, by path under ``docs/``."""
    found = {f"sources/{name_of(source)}.md": _text(_source(source)) for source in sources()}
    return {"sources/README.md": _text(_list()), **found}


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


def _list() -> Iterator[str]:
    yield "# Sources"
    yield ""
    yield "Written by `make docs` from the declarations in `ingest/sources/`; do not edit it here."
    yield "How accounts are read is told in [Reading your accounts](../reading-accounts.md)."
    yield ""
    yield "| source | reads | asked |"
    yield "| --- | --- | --- |"
    for source in sources():
        name, asked = name_of(source), _ASKED[source.SCOPE][0]
        yield f"| [{name}]({name}.md) | {_claim(source)} | {asked} |"


def _source(source: Source) -> Iterator[str]:
    yield f"# {name_of(source)}"
    yield ""
    yield f"> {_claim(source)}"
    yield ""
    yield f"{_ASKED[source.SCOPE][1]} {_links(source)}".rstrip()
    yield ""
    yield f"Without it: {source.WITHOUT}"
    yield ""
    if cost := optional().get(name_of(source)):
        yield f"It is only asked with `--with {name_of(source)}`: {cost}."
        yield ""
    if source.NEEDS:
        yield "It needs " + ", ".join(f"`{action}`" for action in source.NEEDS) + "."
        yield ""
    yield "Files of a snapshot that it reads; of two that go together, neither is whole alone:"
    yield ""
    yield "| file | goes with |"
    yield "| --- | --- |"
    region = "global" if source.SCOPE == "global" or source.SERVICE == "iam" else "<region>"
    for operation, ending in sorted(_endings(source).items()):
        where = operation.removeprefix(f"{RESOURCE_POLICIES}/")
        leader = follows().get(operation, "")
        yield f"| `<account>/{region}/{where}{ending}` | {f'`{leader}`' if leader else ''} |"


def _claim(source: Source) -> str:
    return (inspect.getdoc(source) or "").partition("\n")[0].replace("``", "`")


def _links(source: Source) -> str:
    found = re.findall(r"https://\S+", inspect.getdoc(source) or "")
    return " ".join(f"[{link.rpartition('/')[2].partition('.')[0]}]({link})" for link in found)


class _Noting:
    """A reader that notes what is asked and answers nothing."""

    account = ""
    region = ""

    def __init__(self) -> None:
        self.endings: dict[str, str] = {}

    def call(self, operation: str, _request: Mapping[str, Any] | None = None, /) -> Iterator[Page]:
        """One answer, in a file of its own; its pages are merged."""
        self.endings[operation] = ".json"
        return iter(())

    def each(self, operation: str, _requests: Iterable[Mapping[str, Any]], /) -> Iterator[Page]:
        """One answer a line."""
        self.endings[operation] = ".jsonl"
        return iter(())

    def missing_policies(self) -> Iterator[str]:
        """None."""
        return iter(())

    def prepare(self, _operation: str, _request: Mapping[str, Any] | None = None, /) -> None:
        """Nothing to wait for."""


def _endings(source: Source) -> dict[str, str]:
    """How each answer of a source is saved."""
    noting = _Noting()
    for _ in source.get(noting):
        continue
    if source.SCOPE == "offline":
        return dict.fromkeys(noting.endings, ".jsonl")
    return noting.endings
