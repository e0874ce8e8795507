"""A data set is a folder of snapshots, one of them current; nothing in it is ever half written."""

import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from graph.home import home as home
from iam.errors import SourceError, UnknownNameError, UsageError
from iam.model import Coverage
from ingest import jsonfile
from ingest.layout import (
    FORMAT,
    LEDGER,
    META,
    Catalogue,
    Scope,
    ScopeFile,
    ledger_line,
    moment,
    stamp,
)
from ingest.writer import write_atomic, written

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CURRENT = "current"
_NEW = ".new-"
_ANSWERED = ("complete", "partial", "stale")
_ABSENT = ("not-enabled", "not-available")


@dataclass(frozen=True, slots=True)
class SnapshotInfo:
    """What the list of snapshots says of one."""

    id: str
    path: Path
    taken_at: datetime | None
    accounts: tuple[str, ...]
    is_current: bool


def data_sets(root: Path | None = None) -> list[str]:
    """Names of the data sets that hold a snapshot, sorted."""
    folder = root or home()
    if not folder.is_dir():
        return []
    return sorted(
        entry.name
        for entry in folder.iterdir()
        if _NAME.fullmatch(entry.name) and DataSet(entry.name, folder).snapshots()
    )


class DataSet:
    """The snapshots of one name.

    Args:
        name: Letters, digits, dot, dash, underscore.
        root: The home folder; ``home()`` when left out.

    Raises:
        UsageError: The name cannot be a folder's.
    """

    def __init__(self, name: str = "default", root: Path | None = None) -> None:
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"data set `{name}`: not a name",
                help="letters, digits, dot, dash and underscore, at most 64",
            )
        self.name = name
        self.path = (root or home()) / name

    @property
    def _folder(self) -> Path:
        return self.path / "snapshots"

    def snapshots(self) -> list[Path]:
        """Folders of all snapshots, the oldest first; a folder's name is the id."""
        if not self._folder.is_dir():
            return []
        return sorted(
            entry
            for entry in self._folder.iterdir()
            if entry.is_dir() and not entry.name.startswith(".")
        )

    def current(self) -> Path | None:
        """Folder of the snapshot that was loaded last; None when nothing was."""
        try:
            id = (self.path / _CURRENT).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        found = self._folder / id
        return found if id and "/" not in id and found.is_dir() else None

    def infos(self) -> list[SnapshotInfo]:
        """What is known of each snapshot, the oldest first."""
        current = self.current()
        return [_info(path, path == current) for path in self.snapshots()]

    def resolve(self, id: str) -> Path:
        """Folder of a snapshot by its id, or by a beginning that only it has.

        Raises:
            UnknownNameError: There is none, or several.
        """
        found = [path for path in self.snapshots() if path.name == id] or [
            path for path in self.snapshots() if id and path.name.startswith(id)
        ]
        if len(found) == 1:
            return found[0]
        what = "several snapshots begin so" if found else "unknown snapshot"
        raise UnknownNameError(f"{what}: `{id}`", help="rolepath snapshots lists them")

    @contextmanager
    def lock(self, work: str = "load") -> Iterator[None]:
        """Hold the data set for one kind of work: a ``load`` or a ``collection``.

        Raises:
            SourceError: Another one of this data set is running.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        # Who may do what is for the owner's eyes; all that is kept lies below.
        self.path.chmod(0o700)
        with (self.path / f"{work}.lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SourceError(
                    f"data set `{self.name}`: another {work} is running",
                    help="wait until it is done, or use another --data",
                ) from None
            yield

    def keep(
        self,
        catalogue: Catalogue,
        coverage: Sequence[Coverage],
        taken_at: datetime,
        *,
        tool: str = "",
    ) -> tuple[Path, bool]:
        """Write a catalogue as a snapshot; the same content at the same time is the same snapshot.

        Files that already lie in this data set are linked, others are copied.

        Returns:
            The folder, and whether it is new.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        for left in self._folder.glob(f"{_NEW}*"):
            shutil.rmtree(left, ignore_errors=True)
        new = self._folder / f"{_NEW}{secrets.token_hex(6)}"
        new.mkdir()
        try:
            for scope in sorted(catalogue.files):
                for file in catalogue.files[scope]:
                    self._place(file, new / f"{scope.stem}{file.ending}")
            lines = "".join(ledger_line(line) + "\n" for line in coverage)
            write_atomic(new / LEDGER, lines)
            content = digest(catalogue, coverage)
            id = id_of(taken_at, content)
            meta = {
                "format": FORMAT,
                "id": id,
                "taken_at": stamp(taken_at),
                "tool": tool or catalogue.meta.get("tool", ""),
                "collector": catalogue.meta.get("collector", ""),
                "accounts": sorted({s.account for s in catalogue.files if s.account}),
                "content": content,
            }
            write_atomic(new / META, json.dumps(meta, indent=2) + "\n")
            final = self._folder / id
            if final.is_dir():
                shutil.rmtree(new)
                return final, False
            new.rename(final)
        except OSError as error:
            shutil.rmtree(new, ignore_errors=True)
            if error.filename is None or error.filename2 or str(new) in str(error.filename):
                # The folder of this attempt is gone, and an answer that is copied is not to blame.
                raise OSError(error.errno, error.strerror, str(self._folder)) from error
            raise
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
        return final, True

    def _place(self, file: ScopeFile, to: Path) -> None:
        to.parent.mkdir(parents=True, exist_ok=True)
        if file.path.is_relative_to(self._folder):
            with suppress(OSError):
                os.link(file.path, to)
                return
        shutil.copyfile(file.path, to)

    def turning(self, folder: Path) -> AbstractContextManager[None]:
        """Answer from this snapshot as soon as what is done meanwhile has succeeded.

        A full disk shows before that, when no store holds the new graph yet.
        """
        for left in self.path.glob(f".{_CURRENT}.*"):
            left.unlink(missing_ok=True)  # of a load that was killed
        return written(self.path / _CURRENT, folder.name + "\n")

    def forget(self, folder: Path) -> None:
        """Remove a snapshot that could not be loaded."""
        if folder != self.current():
            shutil.rmtree(folder, ignore_errors=True)

    def content(self) -> str:
        """Digest of the current snapshot's content; empty when there is none."""
        current = self.current()
        return str(_meta(current).get("content", "")) if current else ""


def _meta(folder: Path) -> dict[str, object]:
    meta = folder / META
    return {part.key: part.value for part in jsonfile.parts(meta)} if meta.is_file() else {}


def _info(folder: Path, is_current: bool) -> SnapshotInfo:
    meta = _meta(folder)
    accounts = meta.get("accounts")
    return SnapshotInfo(
        folder.name,
        folder,
        moment(meta.get("taken_at")),
        tuple(map(str, accounts)) if isinstance(accounts, list) else (),
        is_current,
    )


def id_of(taken_at: datetime, content: str) -> str:
    """Id of a snapshot: its time, compact, and six hex digits of its content.

    Example:
        >>> id_of(datetime(2026, 1, 31, 12, tzinfo=UTC), "abcdef0123")
        '20260131T120000Z-abcdef'
    """
    return f"{taken_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{content[:6]}"


def digest(catalogue: Catalogue, coverage: Sequence[Coverage]) -> str:
    """SHA-256 over every answer and what the ledger says of it, times left out."""
    total = hashlib.sha256()
    for scope in sorted(catalogue.files):
        for file in catalogue.files[scope]:
            total.update(f"{scope.stem}{file.ending}\n".encode())
            with file.path.open("rb") as handle:
                total.update(hashlib.file_digest(handle, "sha256").digest())
    for line in sorted(coverage, key=lambda c: (c.scope, c.status)):
        total.update(ledger_line(replace(line, taken_at=None)).encode())
    return total.hexdigest()


def overlay(
    old: Catalogue, new: Catalogue, *, partial: Mapping[Scope, str] | None = None
) -> Catalogue:
    """Lay a new collection over an old one, scope by scope.

    A scope that the new one read, or found absent, is the new one's. One that it could not read,
    or did not ask for, keeps the old answer, marked stale. A new answer that is known to be
    partial does not remove what a whole old one holds: it stays away, and the note says what is
    wrong with it. Where the old one was partial itself nothing is gained by keeping it.

    Args:
        old: What is current.
        new: What was read now.
        partial: Scopes of which reading the new files lost something, with what that was.
    """
    found = Catalogue(has_ledger=True, taken_at=new.taken_at, meta=new.meta, ignored=new.ignored)
    new_status = {scope: line.status for (scope, r), line in new.ledger.items() if not r}
    lost = partial or {}
    for scope in sorted(old.scopes() | new.scopes()):
        status = new_status.get(scope, "complete" if scope in new.files else "")
        if scope in lost and status == "complete":
            status = "partial"
        is_no_worse = status == "partial" and scope in new.files and _is_partial(old, scope)
        takes_new = status in ("complete", *_ABSENT) or is_no_worse
        takes_new |= scope not in old.files and status != ""
        if takes_new:
            if scope in new.files:
                found.files[scope] = new.files[scope]
            found.ledger.update({k: v for k, v in new.ledger.items() if k[0] == scope})
            continue
        if scope in old.files:
            found.files[scope] = old.files[scope]
        for key, line in old.ledger.items():
            if key[0] == scope:
                found.ledger[key] = line
        if scope in old.files:
            found.ledger[scope, ""] = _stale(scope, old, new, status, lost.get(scope, ""))
    return found


def _is_partial(catalogue: Catalogue, scope: Scope) -> bool:
    line = catalogue.ledger.get((scope, ""))
    return line is not None and line.status == "partial"


def _stale(scope: Scope, old: Catalogue, new: Catalogue, status: str, lost: str) -> Coverage:
    before = old.ledger.get((scope, ""))
    now = new.ledger.get((scope, ""))
    taken = before.taken_at if before and before.taken_at else old.taken_at
    since = f"kept from {stamp(taken)}" if taken else "kept from an earlier snapshot"
    note = f"{since}; now {status}" if status else since
    if status == "partial" and (reason := lost or (now.note if now else "")):
        note = f"{note}: {reason}"
    return Coverage(
        account=scope.account,
        region=scope.region,
        service=scope.service,
        operation=scope.operation,
        status="stale",
        pages=before.pages if before else 0,
        items=before.items if before else 0,
        error_code=now.error_code if now else "",
        missing_action=now.missing_action if now else "",
        note=note,
        taken_at=taken,
    )
