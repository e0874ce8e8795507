"""Whoever a snapshot of a data set held is remembered by unique id, also when it is gone.

AWS forgets whom an id meant when it deletes the user or role; only an older snapshot can tell. The
data set keeps one file of ids with their ARNs, so that each snapshot is looked at once.
"""

import json
import logging
from pathlib import Path

from iam.dead_ids import dead_ids, recalled
from iam.errors import SourceError
from iam.model import Snapshot
from ingest.home import DataSet
from ingest.snapshot import read
from ingest.writer import write_atomic

logger = logging.getLogger(__name__)

_FILE = "identities.json"


class Identities:
    """The ids of a data set with the ARN that each had last.

    Args:
        kept: The data set; hold its lock.
    """

    def __init__(self, kept: DataSet) -> None:
        self._kept = kept
        self._path = kept.path / _FILE
        self._seen, self._arns = _load(self._path)

    def recalled(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot that knows whom its dead ids meant, as far as earlier ones tell.

        Snapshots that were kept before there was this file are read only while an id is unknown.
        """
        wanted = {dead.id for dead in dead_ids(snapshot)} - self._arns.keys()
        for folder in reversed(self._kept.snapshots()):
            if not wanted:
                break
            if folder.name not in self._seen and folder.name != snapshot.id:
                self._read(folder)
                wanted -= self._arns.keys()
        return recalled(snapshot, self._arns)

    def _read(self, folder: Path) -> None:
        try:
            held = _held(read([folder]))
        except SourceError as error:
            logger.warning("whom it held is not known: %s", error)
            held = {}
        self._seen.add(folder.name)
        self._arns = {**held, **self._arns}

    def keep(self, snapshot: Snapshot) -> None:
        """Remember whom a snapshot holds, for those that come after it."""
        self._seen.add(snapshot.id)
        self._arns.update(_held(snapshot))
        content = {"snapshots": sorted(self._seen), "arns": self._arns}
        try:
            write_atomic(self._path, json.dumps(content, separators=(",", ":")) + "\n")
        except OSError as error:
            # A later load can still look into the snapshot itself.
            logger.warning("whom it holds was not written down: %s", error)


def _held(snapshot: Snapshot) -> dict[str, str]:
    return {id: entity.arn for id, entity in snapshot.by_unique_id.items()}


def _load(path: Path) -> tuple[set[str], dict[str, str]]:
    """What the file holds; nothing where there is none, or one that nobody can read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        arns = {str(id): str(arn) for id, arn in found["arns"].items()}
        return set(found["snapshots"]), arns
    except FileNotFoundError:
        return set(), {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        logger.warning("%s is written anew: %s", path, error)
        return set(), {}
