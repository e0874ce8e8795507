"""A load reads everything, decides everything, and only then changes what is current."""

import hashlib
import logging
import re
import shutil
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iam.errors import SourceError, UsageError
from iam.model import Coverage, Snapshot
from iam.oddities import oddities
from iam.progress import NoProgress, Progress
from ingest.coverage import coverage_json, remarks, summary
from ingest.home import DataSet, digest, id_of, overlay
from ingest.identities import Identities
from ingest.layout import (
    GLOBAL,
    LEDGER,
    META,
    Catalogue,
    Scope,
    ScopeFile,
    read_ledger,
    scan,
    scan_meta,
)
from ingest.schedule import DEADLINE
from ingest.snapshot import catalogue_of, read_catalogue
from ingest.writer import SnapshotWriter, meta_of

if TYPE_CHECKING:
    from graph.stores import LoadReport, Store
    from ingest.aws import Account, NotEnteredError
    from ingest.aws_errors import Failure

logger = logging.getLogger(__name__)

_PLACE = re.compile(r"([^\s(#]+)#/")
_GROWS = "collecting"


@dataclass(frozen=True, slots=True)
class Report:
    """What a load came to."""

    data: str
    snapshot_id: str
    folder: Path
    taken_at: datetime
    accounts: tuple[str, ...]
    counts: dict[str, int]
    unchanged: bool
    seconds: float
    coverage: dict[str, Any] = field(default_factory=dict)
    not_readable: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    load: "LoadReport | None" = None

    def to_json(self) -> dict[str, Any]:
        """The report for machines."""
        return {
            "data": self.data,
            "snapshot": self.snapshot_id,
            "folder": str(self.folder),
            "taken_at": self.taken_at.isoformat().replace("+00:00", "Z"),
            "accounts": list(self.accounts),
            "counts": self.counts,
            "unchanged": self.unchanged,
            "seconds": round(self.seconds, 3),
            "coverage": self.coverage,
            "remarks": list(self.remarks),
            "ignored": list(self.ignored),
        }


def tool() -> str:
    """Name and version of this program."""
    try:
        return f"rolepath {version('rolepath')}"
    except PackageNotFoundError:
        return "rolepath"


def ingest_files(
    paths: Sequence[Path],
    store: "Store | None",
    data: str = "default",
    replace: bool = False,
    progress: Progress | None = None,
    *,
    root: Path | None = None,
    now: datetime | None = None,
) -> Report:
    """Read saved answers, lay them over what is current, decide, and load.

    When anything fails the current snapshot and the graph stay as they were.

    Args:
        paths: Snapshot folders and saved authorization details.
        store: Where to load; None only keeps the snapshot.
        data: Name of the data set.
        replace: Start from nothing instead of laying over what is current.
        progress: Told of reading and loading.
        root: The home folder.
        now: The clock where the answers carry none.

    Raises:
        SourceFormatError: A file is not what its name says.
        StoreError: The store did not take the graph.
    """
    started = time.monotonic()
    progress = progress or NoProgress()
    now = now or _clock()
    kept = DataSet(data, root)
    new = _placed(catalogue_of([Path(path) for path in paths]))
    with kept.lock():
        current = kept.current()
        old = scan(current) if current is not None and not replace else None
        snapshot, catalogue = _read(old, new, progress)
        taken_at = new.taken_at or now
        if new.taken_at is None and current is not None:
            taken_at = _time_of_same(kept, current, catalogue, snapshot.coverage) or now
        coverage = tuple(
            line if line.taken_at or line.status == "skipped" else _at(line, taken_at)
            for line in snapshot.coverage
        )
        folder, is_new = kept.keep(catalogue, coverage, taken_at, tool=tool())
        identities = Identities(kept)
        snapshot = identities.recalled(_named(snapshot, folder.name, taken_at, coverage))
        try:
            with kept.turning(folder):
                load = _load(snapshot, store, replace, progress)
                identities.keep(snapshot)
        except BaseException:
            if is_new:
                kept.forget(folder)
            raise
    report = Report(
        data=data,
        snapshot_id=folder.name,
        folder=folder,
        taken_at=taken_at,
        accounts=tuple(a.id for a in snapshot.accounts.values() if a.collected),
        counts=counts(snapshot),
        unchanged=not is_new,
        seconds=time.monotonic() - started,
        coverage=coverage_json(snapshot),
        not_readable=_as_given(summary(snapshot.coverage), new, kept.path),
        remarks=_as_given([*remarks(snapshot.coverage), *oddities(snapshot)], new, kept.path),
        ignored=tuple(new.ignored),
        load=load,
    )
    logger.info(
        "read %d roles, %d users of %d accounts in %.1f s",
        report.counts["roles"],
        report.counts["users"],
        len(report.accounts),
        report.seconds,
    )
    return report


@dataclass(slots=True)
class Wanted:
    """What a collection asks for.

    Attributes:
        accounts: Accounts with credentials of their own.
        regions: Regions to read; empty means those that are enabled in each account.
        refused: Id and reason of accounts that could not be entered.
        skipped: Ids of accounts that are left out because they are not active.
        deadline: Seconds without an answer after which a service of a region is left.
        also: Names of optional sources that are asked, too.
        lister: The account that listed the organization; it is asked for the rest of it, too,
            also where the account itself is not to be read.
    """

    accounts: Sequence["Account"]
    regions: Sequence[str] = ()
    refused: Sequence[tuple[str, "NotEnteredError"]] = ()
    skipped: Sequence[str] = ()
    deadline: float = DEADLINE
    also: Sequence[str] = ()
    lister: "Account | None" = None


def collect_aws(
    wanted: Wanted,
    data: str = "default",
    progress: Progress | None = None,
    *,
    save: Path | None = None,
    resume: bool = False,
    root: Path | None = None,
    now: datetime | None = None,
) -> Path:
    """Ask AWS and write a snapshot folder; ``ingest_files`` then loads it.

    Args:
        wanted: Accounts and regions.
        data: Name of the data set whose folder holds an unfinished collection.
        progress: Told of every source.
        save: Where to write; by default a folder of the data set.
        resume: Go on with what lies there, asking only for what is not complete.
        root: The home folder.
        now: The clock.

    Returns:
        The folder.

    Raises:
        UsageError: The folder holds something, or nothing to resume.
        ExpiredError: Credentials ran out; the folder is kept for ``resume``.
    """
    folder = save or collecting(data, root)
    with DataSet(data, root).lock("collection"):
        _make_room(folder, resume, ours=save is None)
        _collect(wanted, folder, progress, resume, now or _clock())
    return folder


def _collect(
    wanted: Wanted, folder: Path, progress: Progress | None, resume: bool, now: datetime
) -> None:
    from ingest.collect import ORGANIZATION, Plan, collect, plans_of

    began = scan_meta(folder) if resume else Catalogue()
    taken_at = began.taken_at or now
    collector = wanted.accounts[0].arn if wanted.accounts else ""
    ids = sorted({account.id for account in wanted.accounts} | {id for id, _ in wanted.refused})
    name = id_of(taken_at, hashlib.sha256(f"{collector} {ids}".encode()).hexdigest())
    asked = {"regions": sorted(wanted.regions), "sources": sorted(wanted.also)}
    _check_same(folder, began.meta, {*ids, *wanted.skipped}, asked, progress or NoProgress())
    meta = meta_of(name, taken_at, tool(), collector, ids) | asked
    writer = SnapshotWriter(folder, meta, resume=resume)
    try:
        for account in wanted.accounts:
            if account.entered_by is not None:
                writer.cover(_entering(account.id, "complete"))
        for id, error in wanted.refused:
            writer.cover(_not_entered(id, error.failure, error.message))
        for id in wanted.skipped:
            writer.cover(_entering(id, "skipped", note="the account is not active"))
        if wanted.regions:
            plans = [Plan(account, tuple(wanted.regions)) for account in wanted.accounts]
        else:
            plans = plans_of(wanted.accounts, writer, progress=progress, deadline=wanted.deadline)
        lister = wanted.lister
        if lister is not None and lister.id not in ids:
            plans.append(Plan(lister, (), only=ORGANIZATION))
        collect(
            plans,
            writer,
            progress=progress,
            deadline=wanted.deadline,
            also=wanted.also,
            listed_by=lister.id if lister else "",
        )
    finally:
        writer.close()


def collecting(data: str, root: Path | None = None) -> Path:
    """Where a collection of a data set grows until it is loaded."""
    return DataSet(data, root).path / _GROWS


def is_unfinished(folder: Path) -> bool:
    """Whether something of a collection failed that may be answered when it is asked again."""
    again = ("denied", "error", "partial", "throttled")
    return any(line.status in again for line in read_ledger(folder / LEDGER))


def _check_same(
    folder: Path,
    began: Mapping[str, Any],
    ids: Collection[str],
    asked: Mapping[str, Sequence[str]],
    progress: Progress,
) -> None:
    """Go on only with what was begun: else one folder would hold two half requests.

    An organization may have gained accounts meanwhile; they are read, too, and named.

    Raises:
        UsageError: Other Regions, sources or accounts are asked for now.
    """
    again = "repeat the first command with --resume, or leave --resume out to begin anew"
    for key, what in (("regions", "Regions"), ("sources", "optional sources")):
        before, now = began.get(key), list(asked[key])
        if before is not None and before != now:
            raise UsageError(
                f"--resume: {folder} was begun with other {what}: {_named_all(before)}; "
                f"now {_named_all(now)}",
                help=again,
            )
    before = began.get("accounts") or []
    if missing := [id for id in before if id not in ids]:
        raise UsageError(
            f"--resume: {folder} was begun with accounts that are not asked for now: "
            f"{', '.join(missing)}",
            help=again,
        )
    if before and (new := sorted(set(ids) - set(before))):
        progress.note(f"--resume: beside those of the first run: {', '.join(new)}")


def _named_all(names: Sequence[str]) -> str:
    return ", ".join(names) or "none named"


def _make_room(folder: Path, resume: bool, *, ours: bool) -> None:
    """Have an empty folder, or one to go on with."""
    is_there = folder.is_dir() and any(folder.iterdir())
    if resume and not (folder / META).is_file():
        raise UsageError(
            f"--resume: there is no unfinished collection in {folder}",
            help=_begun_elsewhere(folder, ours),
        )
    if resume and "content" in scan_meta(folder).meta:
        raise UsageError(
            f"--resume: {folder} is a snapshot that was loaded, no collection",
            help="rolepath ingest files loads it again",
        )
    if is_there and not resume:
        if not ours:
            raise UsageError(
                f"--save: {folder} is not empty",
                help="name a new folder, or go on with this one by --resume",
            )
        shutil.rmtree(folder)


def _begun_elsewhere(folder: Path, ours: bool) -> str:
    """Where there is something to go on with, of all places that could have been meant."""
    if ours:
        begun = sorted(
            meta.parents[1].name for meta in folder.parents[1].glob(f"*/{_GROWS}/{META}")
        )
        there = f"there is one in {', '.join(begun)}: see --data; " if begun else ""
        return f"{there}leave --resume out, or name the folder with --save"
    names = [meta.parent.name for meta in folder.parent.glob(f"*/{META}")]
    near = get_close_matches(folder.name, names, n=1)
    meant = f"did you mean {folder.parent / near[0]}? else " if near else ""
    return f"{meant}leave --resume out to begin one"


def _not_entered(account: str, failure: "Failure", note: str) -> Coverage:
    status = "error" if failure.status == "absent" else failure.status
    found = _entering(account, status, note=note)
    missing = "sts:AssumeRole" if status == "denied" else ""
    return replace(found, error_code=failure.code, missing_action=missing)


def _entering(account: str, status: str, *, note: str = "") -> Coverage:
    """What came of the call that enters an account; a later run that enters it says so, too."""
    return Coverage(
        account=account,
        region=GLOBAL,
        service="sts",
        operation="assume-role",
        status=status,
        note=note,
    )


def _clock() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _placed(catalogue: Catalogue) -> Catalogue:
    """Let evidence cite the place that a file will have in the data set."""
    for scope, files in catalogue.files.items():
        catalogue.files[scope] = [
            ScopeFile(scope, file.path, file.name, f"{scope.stem}{file.ending}") for file in files
        ]
    return catalogue


def _as_given(lines: Iterable[str], given: Catalogue, ours: Path) -> tuple[str, ...]:
    """Lines about saved answers, with the names that the user gave to the files.

    What was just collected from AWS lies in a folder of ours, and moves.
    """
    names = {
        file.place: file.name
        for files in given.files.values()
        for file in files
        if not file.path.is_relative_to(ours)
    }
    return tuple(
        _PLACE.sub(lambda place: f"{names.get(place[1], place[1])}#/", line) for line in lines
    )


def _read(old: Catalogue | None, new: Catalogue, progress: Progress) -> tuple[Snapshot, Catalogue]:
    """Read the new answers over the old ones; what turns out partial replaces nothing whole."""
    if old is None:
        return _whole(read_catalogue(new, progress=progress)), new
    merged = overlay(old, new)
    snapshot = read_catalogue(merged, progress=progress)
    partial = {
        scope: line.note
        for line in snapshot.coverage
        if line.status == "partial"
        and not line.resource
        and (scope := Scope(line.account, line.region, line.service, line.operation)) in new.files
        and scope in old.files
        and merged.files.get(scope) is new.files[scope]
    }
    if partial:
        merged = overlay(old, new, partial=partial)
        snapshot = read_catalogue(merged, progress=progress)
    return _whole(snapshot), merged


def _whole(snapshot: Snapshot) -> Snapshot:
    """Refuse a snapshot of which nothing was read.

    Raises:
        SourceError: No account's entities were read.
    """
    if not any(account.collected for account in snapshot.accounts.values()):
        raise SourceError(
            "no account was read: there are no authorization details",
            help="rolepath permissions prints the policy that a collector needs",
        )
    return snapshot


def _at(line: Coverage, taken_at: datetime) -> Coverage:
    return replace(line, taken_at=taken_at)


def _named(
    snapshot: Snapshot, id: str, taken_at: datetime, coverage: tuple[Coverage, ...]
) -> Snapshot:
    return replace(snapshot, id=id, taken_at=taken_at, coverage=coverage)


def _time_of_same(
    kept: DataSet, current: Path, catalogue: Catalogue, coverage: Sequence[Coverage]
) -> datetime | None:
    """The current snapshot's time, when exactly its answers were given again without a time."""
    content = digest(catalogue, coverage)
    if content != kept.content():
        return None
    return next((i.taken_at for i in kept.infos() if i.path == current), None)


def _load(
    snapshot: Snapshot, store: "Store | None", replace: bool, progress: Progress
) -> "LoadReport | None":
    if store is None:
        return None
    from graph.build import build

    return store.load(build(snapshot, progress), replace=replace, progress=progress)


def counts(snapshot: Snapshot) -> dict[str, int]:
    """How many of each kind of thing a snapshot holds."""
    return {
        "accounts": sum(account.collected for account in snapshot.accounts.values()),
        "users": len(snapshot.users),
        "groups": len(snapshot.groups),
        "roles": len(snapshot.roles),
        "policies": len(snapshot.policies),
        "instance_profiles": len(snapshot.instance_profiles),
        "providers": len(snapshot.saml_providers) + len(snapshot.oidc_providers),
        "workloads": len(snapshot.workloads),
        "resource_policies": len(snapshot.resource_policies),
    }
