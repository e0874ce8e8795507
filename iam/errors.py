"""Every error that rolepath raises on purpose knows its exit code and what to do next.

* RolepathError                  exit 1
  + UsageError                   exit 2; the request itself is off
    - UnknownNameError           exit 2; a principal, role or query that is not there
  + SourceError                  exit 3; what AWS or a file gave us
    - SourceAccessError          exit 3; AWS refused a call that the source needs
    - SourceFormatError          exit 3; the JSON has another shape than documented
  + StoreError                   exit 3; the graph store
    - StoreUnavailableError      exit 3; nothing answers at the address
    - StoreLoadingError          exit 3; a load is running, so there is no answer yet
  + FileError                    exit 3; the system does not let a file be read or written
  + QueryError                   exit 2; the statement or its parameters
  + CoverageError                exit 4; gaps in coverage under ``--strict``
"""

import errno


class RolepathError(Exception):
    """An expected failure: ``where: what`` as text, what to do next as ``help``.

    Args:
        message: ``where: what``, lower case, one line, no final stop.
        help: What the reader can do next; empty when there is nothing to say.
    """

    exit_code = 1

    def __init__(self, message: str, *, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help


class UsageError(RolepathError):
    """The request itself is off."""

    exit_code = 2


class UnknownNameError(UsageError):
    """A principal, role, query or snapshot of that name is not there."""


class SourceError(RolepathError):
    """AWS or a file gave something that cannot be used."""

    exit_code = 3


class SourceAccessError(SourceError):
    """AWS refused a call that the source needs."""


class SourceFormatError(SourceError):
    """The JSON has another shape than AWS documents."""


class StoreError(RolepathError):
    """The graph store failed."""

    exit_code = 3


class StoreUnavailableError(StoreError):
    """Nothing answers at the store's address."""


class StoreLoadingError(StoreError):
    """A load is running or was killed, so the store has no whole answer."""


_FULL = "make room and run it again; what was there before is as it was"
_BARRED = "see who may read and write there"
_FILE_HELP = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: "`ulimit -f` says how large a file may grow; what was there before is as it was",
    errno.EACCES: _BARRED,
    errno.EPERM: _BARRED,
    errno.EROFS: "that disk is only to be read: choose another place",
}


class FileError(RolepathError):
    """The system does not let a file or a folder be read or written, or its disk is full."""

    exit_code = 3

    @classmethod
    def of(cls, error: OSError, what: str = "") -> "FileError":
        """The system's own words, with the place that they are about.

        Args:
            error: What the system said; of two places the one that was written to counts.
            what: What was to be done, such as ``cannot be written: ``.

        Example:
            >>> FileError.of(OSError(errno.ENOSPC, "No space left on device", "/data/x")).message
            '/data/x: no space left on device'
        """
        place = error.filename2 or error.filename
        where = f"{place}: " if place else ""
        reason = (error.strerror or str(error)).lower()
        help = _FILE_HELP.get(error.errno or 0, "rolepath doctor looks at the data folder")
        return cls(f"{where}{what}{reason}", help=help)


class QueryError(RolepathError):
    """A statement or its parameters cannot be run."""

    exit_code = 2


class CoverageError(RolepathError):
    """There are gaps in coverage and ``--strict`` was asked for."""

    exit_code = 4
