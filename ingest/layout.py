"""A snapshot is a folder whose paths say what was asked: account, region, service and operation."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from iam import arn as arns
from iam.errors import SourceFormatError
from iam.model import COVERAGE_STATES, Coverage
from ingest import jsonfile

FORMAT = 1
GLOBAL = "global"
META = "snapshot.json"
LEDGER = "coverage.jsonl"
RESOURCE_POLICIES = "resource-policies"
AUTHORIZATION_DETAILS = "get-account-authorization-details"
NOTHING_TO_ASK = "there was nothing to ask about"
"""Note of a complete scope that has no file: what it asks on about is an empty list."""
AUTHORIZATION_LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
_SUFFIXES = (".jsonl.gz", ".json.gz", ".jsonl", ".json")
_WANTED = (
    "give a snapshot folder, or what "
    "`aws iam get-account-authorization-details --output json` printed"
)


class Scope(NamedTuple):
    """One thing that can be asked of AWS and answered as a whole."""

    account: str
    region: str
    service: str
    operation: str

    @property
    def key(self) -> str:
        """``service/operation``."""
        return f"{self.service}/{self.operation}"

    @property
    def stem(self) -> str:
        """Path of the answer inside a snapshot, without its ending."""
        if self.operation == RESOURCE_POLICIES:
            return f"{self.account}/{self.region}/{RESOURCE_POLICIES}"
        return f"{self.account}/{self.region}/{self.service}/{self.operation}"


@dataclass(frozen=True, slots=True)
class ScopeFile:
    """A saved answer: ``name`` as the user gave it, ``place`` as evidence cites it."""

    scope: Scope
    path: Path
    name: str
    place: str

    @property
    def is_lines(self) -> bool:
        """Whether it holds one object a line."""
        return ".jsonl" in self.path.suffixes

    @property
    def ending(self) -> str:
        """``.json``, ``.jsonl``, or either with ``.gz``."""
        return next(s for s in _SUFFIXES if self.path.name.endswith(s))


@dataclass(slots=True)
class Catalogue:
    """What lies in the folders, before anything is read."""

    files: dict[Scope, list[ScopeFile]] = field(default_factory=dict)
    ledger: dict[tuple[Scope, str], Coverage] = field(default_factory=dict)
    has_ledger: bool = False
    id: str = ""
    taken_at: datetime | None = None
    meta: dict[str, Any] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)

    def scopes(self) -> set[Scope]:
        """Every scope that has a file or a line of coverage."""
        return set(self.files) | {scope for scope, _ in self.ledger}


def moment(text: Any) -> datetime | None:
    """A UTC time of AWS's JSON, ISO 8601 text or seconds since 1970; None when it is neither.

    Example:
        >>> moment("2024-01-01T00:00:00Z").isoformat()
        '2024-01-01T00:00:00+00:00'
    """
    try:
        if isinstance(text, str):
            found = datetime.fromisoformat(text)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        if isinstance(text, int | float) and not isinstance(text, bool):
            return datetime.fromtimestamp(text, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def scan(path: Path) -> Catalogue:
    """List what one path holds: a snapshot folder, a folder of saved details, or one such file.

    Raises:
        SourceFormatError: Nothing is there, or nothing that can be read.
    """
    try:
        if path.is_dir():
            return _folder(path)
        if path.is_file():
            return _single(path, path.name)
    except OSError as error:
        raise jsonfile.unreadable(str(error.filename or path), error) from None
    raise SourceFormatError(f"{path}: there is no such file or folder", help=_WANTED)


def _single(path: Path, place: str) -> Catalogue:
    if not path.name.endswith((".json", ".json.gz")):
        # The name need not end so, but a list of lines cannot be authorization details.
        if path.name.endswith((".jsonl", ".jsonl.gz")):
            raise SourceFormatError(f"{path}: one file of lines is not a snapshot", help=_WANTED)
        if path.name.endswith(".gz"):
            raise SourceFormatError(f"{path}: only .json.gz is unpacked", help=_WANTED)
    scope = Scope(_account_of(path), GLOBAL, "iam", AUTHORIZATION_DETAILS)
    return Catalogue(files={scope: [ScopeFile(scope, path, str(path), place)]})


def _account_of(path: Path) -> str:
    """Account of saved authorization details, read off the first ARN that has one."""
    keys: list[str] = []
    for part in jsonfile.parts(path):
        keys.append(part.key)
        if part.key not in AUTHORIZATION_LISTS:
            continue
        if part.offset is None:
            if part.value is None:
                continue
            raise SourceFormatError(
                f"{path}#/{part.key}: expected a list, found {jsonfile.kind_of(part.value)}",
                help=_WANTED,
            )
        for item in part.value:
            found = arns.account_of(str(item.get("Arn", ""))) if isinstance(item, dict) else ""
            if arns.ACCOUNT_ID.fullmatch(found):
                return found
    if not any(key in AUTHORIZATION_LISTS for key in keys):
        lists = ", ".join(AUTHORIZATION_LISTS)
        raise SourceFormatError(
            f"{path}#: not the answer of {AUTHORIZATION_DETAILS}: none of {lists} is there",
            help=_WANTED,
        )
    raise SourceFormatError(
        f"{path}#: no ARN in it names an account",
        help=f"save it in a folder as <account id>/global/iam/{AUTHORIZATION_DETAILS}.json",
    )


def _folder(folder: Path) -> Catalogue:
    found = Catalogue()
    meta = folder / META
    if meta.is_file():
        _read_meta(meta, found)
    ledger = folder / LEDGER
    if ledger.is_file():
        found.has_ledger = True
        for coverage in read_ledger(ledger):
            scope = Scope(coverage.account, coverage.region, coverage.service, coverage.operation)
            found.ledger[scope, coverage.resource] = coverage
    singles: list[Path] = []
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(".") or entry in (meta, ledger):
            continue
        if entry.is_dir() and arns.ACCOUNT_ID.fullmatch(entry.name):
            _account_folder(entry, folder, found)
        elif entry.is_file() and entry.name.endswith((".json", ".json.gz")):
            singles.append(entry)
        else:
            found.ignored.append(entry.name)
    if singles:
        identity = (found.id, found.taken_at, found.meta)
        found = merge([found, *(_single(entry, entry.name) for entry in singles)])
        found.id, found.taken_at, found.meta = identity
    if not found.files and not found.ledger:
        looks = f", only {', '.join(found.ignored[:3])}" if found.ignored else ""
        raise SourceFormatError(
            f"{folder}: there is no snapshot in this folder{looks}",
            help="it should hold <account id>/global/iam/get-account-authorization-details.json",
        )
    return found


def _account_folder(account: Path, root: Path, found: Catalogue) -> None:
    for region in sorted(account.iterdir()):
        if region.name.startswith("."):
            continue
        if not region.is_dir():
            found.ignored.append(str(region.relative_to(root)))
            continue
        for entry in sorted(region.iterdir()):
            if entry.is_dir() and not entry.name.startswith("."):
                for file in sorted(entry.iterdir()):
                    if file.is_file():
                        _add_file(file, root, account.name, region.name, entry.name, found)
            elif entry.is_file() and entry.name.split(".")[0] == RESOURCE_POLICIES:
                _add_file(entry, root, account.name, region.name, RESOURCE_POLICIES, found)
            elif entry.is_file() and not entry.name.startswith("."):
                found.ignored.append(str(entry.relative_to(root)))


def _add_file(
    file: Path, root: Path, account: str, region: str, service: str, found: Catalogue
) -> None:
    ending = next((s for s in _SUFFIXES if file.name.endswith(s)), "")
    place = file.relative_to(root).as_posix()
    if not ending or file.name.startswith("."):
        if not file.name.startswith("."):
            found.ignored.append(place)
        return
    scope = Scope(account, region, service, file.name.removesuffix(ending))
    new = ScopeFile(scope, file, str(file), place)
    for other in found.files.get(scope, ()):
        if other.is_lines == new.is_lines:
            _refuse_difference(other, new)
            return
    found.files.setdefault(scope, []).append(new)


def scan_meta(folder: Path) -> Catalogue:
    """What a snapshot folder says of itself, without its answers.

    Raises:
        SourceFormatError: It is not what its name says.
    """
    found = Catalogue()
    _read_meta(folder / META, found)
    return found


def _read_meta(path: Path, found: Catalogue) -> None:
    meta = {part.key: part.value for part in jsonfile.parts(path)}
    form = meta.get("format", FORMAT)
    if not isinstance(form, int) or form > FORMAT:
        raise SourceFormatError(
            f"{path}#/format: snapshot format `{form}` is not known",
            help=f"this version reads format {FORMAT}; use a newer rolepath",
        )
    taken = meta.get("taken_at")
    found.meta = meta
    found.id = str(meta.get("id") or "")
    found.taken_at = moment(taken)
    if taken is not None and found.taken_at is None:
        raise SourceFormatError(
            f"{path}#/taken_at: `{taken}` is not a time", help="write it as 2026-01-31T12:00:00Z"
        )


def read_ledger(path: Path) -> Iterator[Coverage]:
    """Read the coverage ledger of a snapshot.

    Raises:
        SourceFormatError: A line is not a scope with a known status.
    """
    for number, line in jsonfile.lines(path):
        values: dict[str, str] = {}
        for key in ("account", "region", "service", "operation", "status"):
            value = line.get(key)
            if not isinstance(value, str) or (not value and key != "account"):
                raise SourceFormatError(
                    f"{path}#/{number}/{key}: expected text, found {jsonfile.kind_of(value)}",
                    help="a line needs account, region, service, operation and status",
                )
            values[key] = value
        if values["status"] not in COVERAGE_STATES:
            raise SourceFormatError(
                f"{path}#/{number}/status: `{values['status']}` is not a coverage state",
                help="one of " + ", ".join(COVERAGE_STATES),
            )
        yield Coverage(
            **values,
            resource=str(line.get("resource") or ""),
            pages=_count(line.get("pages")),
            items=_count(line.get("items")),
            error_code=str(line.get("error_code") or ""),
            missing_action=str(line.get("missing_action") or ""),
            note=str(line.get("note") or ""),
            taken_at=moment(line.get("taken_at")),
        )


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def ledger_line(coverage: Coverage) -> str:
    """One line of ``coverage.jsonl``; what is empty is left out."""
    line: dict[str, Any] = {
        "account": coverage.account,
        "region": coverage.region,
        "service": coverage.service,
        "operation": coverage.operation,
    }
    if coverage.resource:
        line["resource"] = coverage.resource
    line["status"] = coverage.status
    line["pages"] = coverage.pages
    line["items"] = coverage.items
    for key in ("error_code", "missing_action", "note"):
        if value := getattr(coverage, key):
            line[key] = value
    if coverage.taken_at is not None:
        line["taken_at"] = stamp(coverage.taken_at)
    return json.dumps(line, ensure_ascii=False)


def stamp(time: datetime) -> str:
    """A time as ``2026-01-31T12:00:00Z``."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def merge(catalogues: Sequence[Catalogue]) -> Catalogue:
    """Lay several catalogues side by side; one scope given twice must be the same twice.

    Raises:
        SourceFormatError: Two files of one scope differ; both are named.
    """
    if len(catalogues) == 1:
        return catalogues[0]
    found = Catalogue()
    for catalogue in catalogues:
        for scope, files in catalogue.files.items():
            mine = found.files.setdefault(scope, [])
            for file in files:
                same = next((f for f in mine if f.is_lines == file.is_lines), None)
                if same is None:
                    mine.append(file)
                else:
                    _refuse_difference(same, file)
        for key, coverage in catalogue.ledger.items():
            other = found.ledger.get(key)
            if other is None or other.status not in ("complete", "partial"):
                found.ledger[key] = coverage
        found.has_ledger |= catalogue.has_ledger
        found.ignored += catalogue.ignored
        if catalogue.taken_at and (found.taken_at is None or catalogue.taken_at > found.taken_at):
            found.taken_at = catalogue.taken_at
    metas = [c.meta for c in catalogues if c.meta]
    found.meta = metas[0] if len(metas) == 1 else {}
    return found


def _refuse_difference(first: ScopeFile, second: ScopeFile) -> None:
    if first.path.resolve() == second.path.resolve() or _same_bytes(first.path, second.path):
        return
    if first.is_lines:
        pairs = zip_longest(
            (line for _, line in jsonfile.lines(first.path, first.name)),
            (line for _, line in jsonfile.lines(second.path, second.name)),
        )
        if all(a == b for a, b in pairs):
            return
    else:
        one = jsonfile.parts(first.path, first.name)
        two = jsonfile.parts(second.path, second.name)
        if all(a == b for a, b in zip_longest(one, two)):
            return
    raise SourceFormatError(
        f"{second.name}: account {second.scope.account} is given twice with different content "
        f"({second.scope.key}); the other is {first.name}",
        help="give one of the two, or ingest them one after the other: the later one replaces",
    )


def _same_bytes(first: Path, second: Path) -> bool:
    if first.stat().st_size != second.stat().st_size:
        return False
    with first.open("rb") as one, second.open("rb") as two:
        while True:
            a, b = one.read(1 << 20), two.read(1 << 20)
            if a != b:
                return False
            if not a:
                return True
