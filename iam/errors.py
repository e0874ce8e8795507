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
  + QueryError                   exit 2; the statement or its parameters
  + CoverageError                exit 4; gaps in coverage under ``--strict``
"""


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


class QueryError(RolepathError):
    """A statement or its parameters cannot be run."""

    exit_code = 2


class CoverageError(RolepathError):
    """There are gaps in coverage and ``--strict`` was asked for."""

    exit_code = 4
