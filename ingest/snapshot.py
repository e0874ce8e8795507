"""Saved answers become one frozen snapshot, and a collection becomes saved answers."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from iam.errors import SourceFormatError
from iam.garbage import unsearched
from iam.model import Snapshot
from iam.progress import NoProgress, Progress
from ingest.coverage import ledger_of
from ingest.draft import Draft, finish
from ingest.layout import Catalogue, Scope, ScopeFile, merge, scan
from ingest.reader import FolderReader, ScopeState
from ingest.sources import by_operation, sources
from ingest.sources.organization import DESCRIBE
from ingest.sources.root_access import FEATURES

_FAILED = ("denied", "error", "throttled")


def read(paths: Sequence[Path], *, progress: Progress | None = None) -> Snapshot:
    """Read snapshot folders and saved authorization details as one snapshot.

    Several paths lie side by side. One scope (account, region, service, operation) that two of
    them hold must be the same in both.

    Args:
        paths: Folders or files; at least one.
        progress: Told of every file.

    Raises:
        SourceFormatError: A file is not what its name says; every such file is named.
    """
    return read_catalogue(catalogue_of(paths), progress=progress)


def read_one(path: Path) -> Snapshot:
    """Read one snapshot folder or one saved authorization-details file."""
    return read([Path(path)])


def catalogue_of(paths: Sequence[Path]) -> Catalogue:
    """List what several paths hold.

    Raises:
        SourceFormatError: A path holds nothing that can be read, or two hold different answers.
    """
    if not paths:
        raise SourceFormatError("no path was given", help="name a snapshot folder or a saved file")
    found: list[Catalogue] = []
    errors: list[SourceFormatError] = []
    for path in paths:
        try:
            found.append(scan(Path(path)))
        except SourceFormatError as error:
            errors.append(error)
    if errors:
        raise _one(errors)
    return merge(found)


@unsearched()
def read_catalogue(catalogue: Catalogue, *, progress: Progress | None = None) -> Snapshot:
    """Read every file of a catalogue.

    Raises:
        SourceFormatError: A file is not what its name says.
    """
    progress = progress or NoProgress()
    draft = Draft()
    states: dict[Scope, ScopeState] = {}
    errors: list[SourceFormatError] = []
    places: dict[tuple[str, str], dict[str, list[ScopeFile]]] = {}
    known = by_operation()
    total = 0
    for scope, files in catalogue.files.items():
        if scope.key in known:
            places.setdefault((scope.account, scope.region), {})[scope.key] = files
            total += len(files)
    progress.start(total, "files", "reading")
    # What is global says the partition, which the ARNs of what is regional are made with.
    in_order = sorted(
        places.items(), key=lambda item: (item[0][0], item[0][1] != "global", item[0])
    )
    for (account, region), by_key in in_order:
        for source in sources():
            mine = {key: by_key[key] for key in source.OPERATIONS if key in by_key}
            if not mine:
                continue
            try:
                source.transform(source.get(FolderReader(account, region, mine, states)), draft)
            except SourceFormatError as error:
                errors.append(error)
            progress.advance(sum(len(files) for files in mine.values()))
    progress.finish()
    if errors:
        raise _one(errors)
    denied = frozenset(
        scope.key
        for (scope, _), line in catalogue.ledger.items()
        if scope.service == "organizations" and line.status in _FAILED
    )
    for (scope, _), line in catalogue.ledger.items():
        if line.status != "not-enabled":
            continue
        if scope.key == DESCRIBE:  # AWS says: in no organization
            draft.memberships.setdefault(scope.account, "")
        elif scope.key == FEATURES and draft.organization.features is None:
            draft.organization.features = set()
    # INVARIANT: the ledger comes last, for joining may still find gaps (a group that is not there).
    joined = finish(draft, denied=denied, id=catalogue.id, taken_at=catalogue.taken_at)
    return replace(joined, coverage=ledger_of(catalogue, states))


def _one(errors: Sequence[SourceFormatError]) -> SourceFormatError:
    """The first error, the others in its help."""
    first = errors[0]
    if len(errors) == 1:
        return first
    others = "; ".join(error.message for error in errors[1:6])
    more = f"; and {len(errors) - 6} more" if len(errors) > 6 else ""
    return SourceFormatError(first.message, help=f"{first.help}; also: {others}{more}")
