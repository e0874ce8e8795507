"""A collection is written answer by answer; an answer is there whole or not at all."""

import base64
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from iam.model import Coverage
from ingest import jsonfile
from ingest.layout import FORMAT, LEDGER, META, Scope, ledger_line, read_ledger, stamp

_PARTS = ".parts"
_LINES = "lines.jsonl"
FINAL = ("complete", "not-enabled", "not-available")
"""States that ``--resume`` does not ask again."""
_OPEN = (
    "iam",
    "organizations",
    "sso-admin",
    "identitystore",
)
_SECRETS = frozenset(
    {
        "Variables",
        "environment",
        "environmentVariables",
        "EnvironmentVariables",
        "environmentFiles",
        "RuntimeEnvironmentVariables",
        "RuntimeEnvironmentSecrets",
        "UserData",
        "userData",
        "DefaultArguments",
        "NonOverridableArguments",
        "Parameters",
        "parameters",
        "Outputs",
        "Input",
        "command",
        "entryPoint",
        "secrets",
        "AirflowConfigurationOptions",
        "Configurations",
        "Containers",
        "Payload",
        "PrimaryContainer",
        "RequestParameters",
        "RequestTemplates",
        "TaskParameters",
        "headers",
        "requestParameters",
        "requestTemplates",
    }
)
"""Fields of workloads where people keep secrets; they say nothing about roles and are not kept."""


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an error of the system name what was to be written, not a file beside it or none.

    Raises:
        OSError: The error, of that path.
    """
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


@contextmanager
def written(path: Path, text: str) -> Iterator[None]:
    """Write a file beside its place; it takes the place when what is done meanwhile succeeded."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with naming(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("w", encoding="utf-8") as handle:
                handle.write(text)
                handle.flush()
                os.fsync(handle.fileno())
        yield
        with naming(path):
            temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def write_atomic(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old one or the new one, never a part."""
    with written(path, text):
        pass


def _mend(lines: Path) -> None:
    """Take away a last line that was cut off when the machine went down or the disk was full."""
    if not lines.is_file():
        return
    content = lines.read_bytes()
    end = content.rfind(b"\n") + 1
    if end != len(content):
        with lines.open("r+b") as handle:
            handle.truncate(end)


def _append(path: Path, line: str) -> None:
    """Add a line to a file, whole or not at all."""
    # Without a buffer: what it could not write it would write again when it is closed.
    with naming(path), path.open("ab", buffering=0) as handle:
        before = handle.tell()
        rest = memoryview(line.encode() + b"\n")
        try:
            while rest:
                rest = rest[handle.write(rest) :]
        except OSError:
            handle.truncate(before)
            raise


def request_key(request: Mapping[str, Any]) -> str:
    """A request as text, the same for the same request."""
    return json.dumps(plain(request), sort_keys=True)


def plain(value: Any) -> Any:
    """An answer of boto3 as the AWS CLI would print it: times as text, bytes as base64."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items() if k != "ResponseMetadata"}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode("ascii")
    return value


_EVENT = {
    "eventName": None,
    "errorCode": None,
    "userIdentity": {
        "type": None,
        "arn": None,
        "invokedBy": None,
        "identityProvider": None,
        "sessionContext": {"sessionIssuer": {"arn": None}},
    },
    "requestParameters": {"roleArn": None, "roleSessionName": None},
}
"""What is kept of an event of CloudTrail: who did what to which role, and no session's keys."""


def without_secrets(value: Any) -> Any:
    """An answer without the fields where people keep secrets, also inside of JSON in a text."""
    if isinstance(value, dict):
        return {
            k: _inside(v, _event) if k == "CloudTrailEvent" else without_secrets(v)
            for k, v in value.items()
            if k not in _SECRETS
        }
    if isinstance(value, list):
        return [without_secrets(v) for v in value]
    return _inside(value, without_secrets) if isinstance(value, str) else value


def _inside(text: Any, change: Callable[[Any], Any]) -> Any:
    """A text that holds a JSON object, with the object changed; any other value as it is."""
    if not isinstance(text, str) or not text.startswith("{"):
        return text
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    changed = change(found)
    return text if changed == found else json.dumps(changed)


def _event(value: Any) -> dict[str, Any]:
    return _only(value, _EVENT)


def _only(value: Any, form: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an object that a form names."""
    if not isinstance(value, dict):
        return {}
    return {
        name: _only(value[name], inner) if inner else value[name]
        for name, inner in form.items()
        if name in value
    }


class SnapshotWriter:
    """Writes one snapshot folder; several threads may write different scopes at once.

    Args:
        folder: Where; made when it is not there.
        meta: What ``snapshot.json`` says, beyond the format: ``id``, ``taken_at``, ``tool``,
            ``collector``, ``accounts``.
        resume: Keep the answers that are complete, and their coverage.
    """

    def __init__(self, folder: Path, meta: Mapping[str, Any], *, resume: bool = False) -> None:
        self.folder = folder
        self._is_resumed = resume
        self._lock = Lock()
        self._lines: dict[tuple[Scope, str], Coverage] = {}
        self._open: dict[Scope, int] = {}
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if resume:
            self._keep_complete()
        self.meta = {"format": FORMAT, **meta}
        write_atomic(folder / META, json.dumps(self.meta, indent=2) + "\n")
        self._ledger()

    def _keep_complete(self) -> None:
        """Take over what is complete; what is not is asked again, and its answer so far goes."""
        ledger = self.folder / LEDGER
        _mend(ledger)
        for line in read_ledger(ledger) if ledger.is_file() else ():
            scope = Scope(line.account, line.region, line.service, line.operation)
            self._lines[scope, line.resource] = line
        again = {scope for scope, _ in self._lines if not self.has(scope)}
        for scope in {scope for scope, _ in self._lines} - again:
            shutil.rmtree(self._parts(scope), ignore_errors=True)
        for key in [key for key in self._lines if key[0] in again]:
            del self._lines[key]
        for scope in again:
            self.path(scope, ".json").unlink(missing_ok=True)
            self._reopen(scope)

    def _reopen(self, scope: Scope) -> Path:
        """The answers to single requests that are there, as those of an answer under way."""
        lines = self._parts(scope) / _LINES
        placed = self.path(scope, ".jsonl")
        if not lines.is_file() and placed.is_file():
            lines.parent.mkdir(parents=True, exist_ok=True)
            placed.replace(lines)
        return lines

    def has(self, scope: Scope) -> bool:
        """Whether the scope was completely read, in this run or the one that is resumed."""
        line = self._lines.get((scope, ""))
        return line is not None and line.status in FINAL

    def covers(self, scope: Scope) -> bool:
        """Whether the ledger says anything of the scope."""
        with self._lock:
            return (scope, "") in self._lines

    def lines_of(self, account: str) -> list[Coverage]:
        """What the ledger says of the scopes of an account."""
        with self._lock:
            lines = list(self._lines.items())
        return [
            line for (scope, resource), line in lines if scope.account == account and not resource
        ]

    def path(self, scope: Scope, ending: str) -> Path:
        """Where a scope's answer stands."""
        return self.folder / f"{scope.stem}{ending}"

    def saved(self, scope: Scope) -> Path | None:
        """The scope's answer, when it is there."""
        for ending in (".json", ".jsonl"):
            if (found := self.path(scope, ending)).is_file():
                return found
        return None

    def _parts(self, scope: Scope) -> Path:
        return self.folder / f"{scope.stem}{_PARTS}"

    def kept_pages(self, scope: Scope) -> list[dict[str, Any]]:
        """Pages of an answer that was begun in the run that is resumed; new ones follow them."""
        files = self._numbered(scope) if self._is_resumed else []
        pages = [json.loads(file.read_text(encoding="utf-8")) for file in files]
        if pages:
            with self._lock:
                self._open[scope] = len(pages)
        return pages

    def kept_lines(self, scope: Scope) -> dict[str, list[dict[str, Any]]]:
        """Answers of an operation that was begun in the run that is resumed, by their request."""
        found: dict[str, list[dict[str, Any]]] = {}
        if not self._is_resumed:
            return found
        # A run that went down after it put them in place had no time for the ledger.
        file = self._reopen(scope)
        if not file.is_file():
            return found
        _mend(file)
        for _, line in jsonfile.lines(file):
            found.setdefault(request_key(line["request"]), []).append(line["response"])
        with self._lock:
            self._open[scope] = sum(map(len, found.values()))
        return found

    def forget(self, scope: Scope, request: Mapping[str, Any] | None = None) -> None:
        """Drop what was begun: an answer, or the answers to one request."""
        if request is None:
            with self._lock:
                self._open.pop(scope, None)
            return
        key, file = request_key(request), self._parts(scope) / _LINES
        others = [line for _, line in jsonfile.lines(file) if request_key(line["request"]) != key]
        write_atomic(file, "".join(json.dumps(line) + "\n" for line in others))

    def arrange(self, scope: Scope, keys: Sequence[str]) -> None:
        """Have the answers in the order in which they were asked for, and no others.

        A run that goes on after another one asks later for what was refused to that; the answers
        are the same, so the file is, too.

        Args:
            scope: An operation that was asked for many things, and answered for each.
            keys: The requests, as ``request_key`` gives them.
        """
        file = self._parts(scope) / _LINES
        if not file.is_file():
            return
        place = {key: number for number, key in enumerate(dict.fromkeys(keys))}
        lines = [(request_key(line["request"]), line) for _, line in jsonfile.lines(file)]
        kept = sorted((pair for pair in lines if pair[0] in place), key=lambda pair: place[pair[0]])
        write_atomic(file, "".join(json.dumps(line) + "\n" for _, line in kept))

    def _numbered(self, scope: Scope) -> list[Path]:
        """The pages of an answer that is under way, in order."""
        return sorted(self._parts(scope).glob("[0-9]*.json"), key=lambda file: int(file.stem))

    def part(self, scope: Scope, response: Mapping[str, Any]) -> dict[str, Any]:
        """Keep one page of an answer; gives the page as it is kept."""
        kept = self._kept(scope, response)
        number = self._next(scope)
        write_atomic(self._parts(scope) / f"{number:03d}.json", json.dumps(kept))
        return kept

    def line(
        self, scope: Scope, request: Mapping[str, Any], response: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Keep one answer of many calls of an operation; gives it as it is kept."""
        kept = self._kept(scope, response)
        folder = self._parts(scope)
        if self._next(scope) == 0:
            folder.mkdir(parents=True, exist_ok=True)
        _append(folder / _LINES, json.dumps({"request": plain(request), "response": kept}))
        return kept

    def _kept(self, scope: Scope, response: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = plain(response)
        return found if scope.service in _OPEN else without_secrets(found)

    def _next(self, scope: Scope) -> int:
        with self._lock:
            number = self._open.get(scope, 0)
            self._open[scope] = number + 1
        if number == 0:
            shutil.rmtree(self._parts(scope), ignore_errors=True)
        return number

    def done(self, scope: Scope, coverage: Coverage) -> None:
        """Put the pages of a scope in place, if there are any, and its line in the ledger.

        The pages of an answer that is not whole stay where they are, too: a resumed run goes on
        after the last of them.
        """
        parts = self._parts(scope)
        lines = parts / _LINES
        pages = self._numbered(scope)
        if lines.is_file():
            lines.replace(self.path(scope, ".jsonl"))
        elif pages:
            merged = merged_pages(json.loads(page.read_text(encoding="utf-8")) for page in pages)
            text = json.dumps(merged, indent=1, ensure_ascii=False)
            write_atomic(self.path(scope, ".json"), text + "\n")
        with self._lock:
            self._open.pop(scope, None)
        self.cover(coverage)
        # INVARIANT: pages go after the line, or a run that goes down here would ask again.
        if parts.is_dir() and (coverage.status != "partial" or not pages):
            shutil.rmtree(parts, ignore_errors=True)

    def cover(self, coverage: Coverage) -> None:
        """Put a line in the ledger."""
        scope = Scope(coverage.account, coverage.region, coverage.service, coverage.operation)
        with self._lock:
            self._lines[scope, coverage.resource] = coverage
            _append(self.folder / LEDGER, ledger_line(coverage))

    def _ledger(self) -> None:
        lines = [ledger_line(self._lines[key]) for key in sorted(self._lines)]
        write_atomic(self.folder / LEDGER, "".join(line + "\n" for line in lines))

    def close(self, **meta: Any) -> None:
        """Write the ledger in order and what is known of the whole only now."""
        self.meta.update(meta)
        write_atomic(self.folder / META, json.dumps(self.meta, indent=2) + "\n")
        self._ledger()

    @property
    def lines(self) -> tuple[Coverage, ...]:
        """The ledger as it stands."""
        return tuple(self._lines[key] for key in sorted(self._lines))


def merged_pages(pages: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """Several pages as one answer: lists one after the other, paging marks dropped."""
    found: dict[str, Any] = {}
    for page in pages:
        for key, value in page.items():
            if key in ("Marker", "NextToken", "nextToken", "IsTruncated", "NextMarker"):
                continue
            if isinstance(value, list) and isinstance(found.get(key), list):
                found[key] += value
            else:
                found.setdefault(key, value)
    return found


def meta_of(
    id: str, taken_at: datetime, tool: str, collector: str, accounts: list[str]
) -> dict[str, Any]:
    """What ``snapshot.json`` says."""
    return {
        "id": id,
        "taken_at": stamp(taken_at),
        "tool": tool,
        "collector": collector,
        "accounts": accounts,
    }
