"""A source asks a reader for answers and never learns whether boto3 or a folder gave them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from iam.errors import SourceFormatError
from ingest import jsonfile
from ingest.layout import RESOURCE_POLICIES, Scope, ScopeFile

MOST_NOTES = 5
_LISTS = (list, tuple)


@dataclass(slots=True)
class ScopeState:
    """What reading one scope came to: pages, items, gaps that make it partial, and remarks."""

    scope: Scope
    pages: int = 0
    items: int = 0
    gaps: int = 0
    notes: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def gap(self, note: str) -> None:
        """Something of this scope could not be used."""
        self.gaps += 1
        if len(self.notes) < MOST_NOTES:
            self.notes.append(note)
        elif len(self.notes) == MOST_NOTES:
            self.notes.append("and more of the kind")

    def note(self, note: str) -> None:
        """Something is odd, but nothing is lost; said once."""
        if note not in self.seen and len(self.notes) < MOST_NOTES:
            self.seen.add(note)
            self.notes.append(note)


class Item(NamedTuple):
    """One object of a list and where it stands."""

    value: dict[str, Any]
    place: str


@dataclass(frozen=True, slots=True)
class Page:
    """One answer, or a stretch of a long one: what was asked, what came, and where it stands."""

    state: ScopeState
    request: Mapping[str, Any]
    response: Mapping[str, Any]
    file: str = ""
    name: str = ""
    pointer: str = ""
    offsets: Mapping[str, int] = field(default_factory=dict)

    @property
    def account(self) -> str:
        """Account that was asked."""
        return self.state.scope.account

    @property
    def region(self) -> str:
        """Region that was asked, or ``global``."""
        return self.state.scope.region

    @property
    def operation(self) -> str:
        """``service/operation``."""
        return f"{self.state.scope.service}/{self.state.scope.operation}"

    def place(self, *steps: str | int) -> str:
        """Where a value stands: the file in the snapshot and a JSON pointer."""
        return f"{self.file}#{self.pointer}{_pointer(steps)}"

    def fault(self, what: str, *steps: str | int) -> SourceFormatError:
        """The error for a value that is not what AWS documents; it names the file as given."""
        return SourceFormatError(
            f"{self.name or self.file}#{self.pointer}{_pointer(steps)}: {what}", help=jsonfile.HELP
        )

    def items(self, key: str) -> Iterator[Item]:
        """The objects of a list; null is survived and noted, what is no object is a gap.

        Raises:
            SourceFormatError: There is something else than a list.
        """
        if key not in self.response:
            return
        found = self.response[key]
        if found is None:
            self.state.note(f"{key} is null")
            return
        if not isinstance(found, _LISTS):
            raise self.fault(f"expected a list, found {jsonfile.kind_of(found)}", key)
        offset = self.offsets.get(key, 0)
        base = f"{self.file}#{self.pointer}/{key}/"
        self.state.items += len(found)
        for index, value in enumerate(found, offset):
            if isinstance(value, dict):
                yield Item(value, f"{base}{index}")
            else:
                self.state.gap(
                    f"{base}{index}: expected an object, found {jsonfile.kind_of(value)}"
                )

    def peek(self, key: str) -> list[dict[str, Any]]:
        """The objects of a list, for asking on; nothing is counted or noted."""
        found = self.response.get(key)
        return [v for v in found if isinstance(v, dict)] if isinstance(found, _LISTS) else []

    def peek_texts(self, key: str) -> list[str]:
        """The texts of a list, for asking on; nothing is counted or noted."""
        found = self.response.get(key)
        return [v for v in found if isinstance(v, str)] if isinstance(found, _LISTS) else []

    def count(self, key: str) -> None:
        """Count a list whose content another answer repeats."""
        found = self.response.get(key)
        self.state.items += len(found) if isinstance(found, _LISTS) else 0

    def texts(self, key: str) -> Iterator[str]:
        """The texts of a list; anything else in it is a gap."""
        found = self.response.get(key)
        if found is None:
            return
        if not isinstance(found, _LISTS):
            raise self.fault(f"expected a list, found {jsonfile.kind_of(found)}", key)
        self.state.items += len(found)
        for index, value in enumerate(found, self.offsets.get(key, 0)):
            if isinstance(value, str):
                yield value
            else:
                what = f"expected text, found {jsonfile.kind_of(value)}"
                self.state.gap(f"{self.place(key, index)}: {what}")

    def object(self, key: str) -> dict[str, Any]:
        """An object of the answer; empty when it is missing or null.

        Raises:
            SourceFormatError: There is something else than an object.
        """
        found = self.response.get(key)
        if found is None:
            self.state.gap(f"{self.place()}: {key} is missing")
            return {}
        if not isinstance(found, dict):
            raise self.fault(f"expected an object, found {jsonfile.kind_of(found)}", key)
        self.state.items += 1
        return found

    def asked(self, key: str) -> str:
        """A text of the request; a gap when the saved answer does not say what was asked."""
        found = self.request.get(key)
        if isinstance(found, str) and found:
            return found
        self.state.gap(f"{self.place()}: the saved answer does not say its {key}")
        return ""


def _pointer(steps: Sequence[str | int]) -> str:
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


class Reader(Protocol):
    """Where answers come from, for one account and region."""

    @property
    def account(self) -> str:
        """The account that is read."""

    @property
    def region(self) -> str:
        """The region that is read, or ``global``."""

    def call(self, operation: str, request: Mapping[str, Any] | None = None, /) -> Iterable[Page]:
        """All pages of ``service/operation`` for one request; a folder gives what it holds."""

    def each(self, operation: str, requests: Iterable[Mapping[str, Any]], /) -> Iterable[Page]:
        """All pages of ``service/operation`` for each request; a folder gives every saved answer.

        A folder gives its answers once: asking the same operation again yields nothing.
        """

    def missing_policies(self) -> Iterable[str]:
        """ARNs of attached managed policies whose document was not read yet; none for a folder."""

    def prepare(self, operation: str, request: Mapping[str, Any] | None = None, /) -> None:
        """Ask AWS to write a report and wait for it; nothing for a folder."""


class FolderReader:
    """Reads the saved answers of one account and region."""

    def __init__(
        self,
        account: str,
        region: str,
        files: Mapping[str, Sequence[ScopeFile]],
        states: dict[Scope, ScopeState],
    ) -> None:
        self.account = account
        self.region = region
        self._files = dict(files)
        self._states = states

    def call(self, operation: str, _request: Mapping[str, Any] | None = None, /) -> Iterator[Page]:
        """Every saved answer of the operation, once."""
        for file in self._files.pop(operation, ()):
            state = self._states.setdefault(file.scope, ScopeState(file.scope))
            yield from pages_of(file, state)

    def each(self, operation: str, _requests: Iterable[Mapping[str, Any]], /) -> Iterator[Page]:
        """Every saved answer of the operation, once, whatever is asked."""
        yield from self.call(operation)

    def missing_policies(self) -> Iterator[str]:
        """None: what a folder lacks cannot be fetched."""
        return iter(())

    def prepare(self, _operation: str, _request: Mapping[str, Any] | None = None, /) -> None:
        """Nothing to wait for."""


def pages_of(file: ScopeFile, state: ScopeState) -> Iterator[Page]:
    """The pages of one saved file; a long list comes in slices."""
    if file.is_lines:
        yield from _line_pages(file, state)
        return
    response: dict[str, Any] = {}
    offsets: dict[str, int] = {}
    for part in jsonfile.parts(file.path, file.name):
        if part.key in response:
            state.pages += 1
            yield Page(state, {}, response, file.place, file.name, "", offsets)
            response, offsets = {}, {}
        response[part.key] = part.value
        if part.offset:
            offsets[part.key] = part.offset
    state.pages += 1
    yield Page(state, {}, response, file.place, file.name, "", offsets)


def _line_pages(file: ScopeFile, state: ScopeState) -> Iterator[Page]:
    bare = file.scope.operation == RESOURCE_POLICIES
    for number, line in jsonfile.lines(file.path, file.name):
        state.pages += 1
        if bare:
            yield Page(state, {}, line, file.place, file.name, f"/{number}")
            continue
        request, response = line.get("request"), line.get("response")
        for key, value in (("request", request), ("response", response)):
            if not isinstance(value, dict) and (key == "response" or value is not None):
                raise SourceFormatError(
                    f"{file.name}#/{number}/{key}: expected an object, "
                    f"found {jsonfile.kind_of(value)}",
                    help='a line is {"request": {...}, "response": {...}}',
                )
        yield Page(
            state, request or {}, response or {}, file.place, file.name, f"/{number}/response"
        )
