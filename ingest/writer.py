"""A collection is written answer by answer; an answer is there whole or not at all."""

import base64
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from iam.model import Coverage
from ingest.layout import FORMAT, LEDGER, META, Scope, ledger_line, read_ledger, stamp

_PARTS = ".parts"
_FINAL = ("complete", "not-enabled", "not-available")
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
    }
)
"""Fields of workloads where people keep secrets; they say nothing about roles and are not kept."""
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


def write_atomic(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old one or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)


def _mend(ledger: Path) -> None:
    """Take away a last line that was cut off when the machine went down."""
    if not ledger.is_file():
        return
    content = ledger.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        ledger.write_bytes(whole)


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


def without_secrets(value: Any) -> Any:
    """An answer without the fields where people keep secrets."""
    if isinstance(value, dict):
        return {k: without_secrets(v) for k, v in value.items() if k not in _SECRETS}
    return [without_secrets(v) for v in value] if isinstance(value, list) else value


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
        self._lock = Lock()
        self._lines: dict[tuple[Scope, str], Coverage] = {}
        self._open: dict[Scope, int] = {}
        folder.mkdir(parents=True, exist_ok=True)
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
        for key in [key for key in self._lines if key[0] in again]:
            del self._lines[key]
        for scope in again:
            if (left := self.saved(scope)) is not None:
                left.unlink()

    def has(self, scope: Scope) -> bool:
        """Whether the scope was completely read, in this run or the one that is resumed."""
        line = self._lines.get((scope, ""))
        return line is not None and line.status in _FINAL

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
        with (folder / "lines.jsonl").open("a", encoding="utf-8") as handle:
            handle.write(json.dumps({"request": plain(request), "response": kept}) + "\n")
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
        """Put the pages of a scope in place, if there are any, and its line in the ledger."""
        parts = self._parts(scope)
        if parts.is_dir():
            lines = parts / "lines.jsonl"
            if lines.is_file():
                lines.replace(self.path(scope, ".jsonl"))
            else:
                merged = merged_pages(
                    json.loads(part.read_text(encoding="utf-8"))
                    for part in sorted(parts.glob("*.json"))
                )
                text = json.dumps(merged, indent=1, ensure_ascii=False)
                write_atomic(self.path(scope, ".json"), text + "\n")
            shutil.rmtree(parts, ignore_errors=True)
        with self._lock:
            self._open.pop(scope, None)
        self.cover(coverage)

    def cover(self, coverage: Coverage) -> None:
        """Put a line in the ledger."""
        scope = Scope(coverage.account, coverage.region, coverage.service, coverage.operation)
        with self._lock:
            self._lines[scope, coverage.resource] = coverage
            with (self.folder / LEDGER).open("a", encoding="utf-8") as handle:
                handle.write(ledger_line(coverage) + "\n")

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
