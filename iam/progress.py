"""Long work reports progress through one small protocol; who listens decides how it looks."""

from typing import Protocol


class Progress(Protocol):
    """What a job calls while it works."""

    def start(self, total: int | None, unit: str, label: str) -> None:
        """Begin a stage of ``total`` units (None: not known)."""

    def advance(self, n: int = 1) -> None:
        """Report ``n`` more units done."""

    def status(self, text: str) -> None:
        """Say how the stage stands; the next status takes the place of this one."""

    def detail(self, text: str) -> None:
        """Say one line to whoever is watching; a log does without."""

    def note(self, text: str) -> None:
        """Say one line that a reader should keep."""

    def finish(self) -> None:
        """End the stage."""


class NoProgress:
    """Listens to nothing."""

    def start(self, total: int | None, unit: str, label: str) -> None:
        """Ignore."""

    def advance(self, n: int = 1) -> None:
        """Ignore."""

    def status(self, text: str) -> None:
        """Ignore."""

    def detail(self, text: str) -> None:
        """Ignore."""

    def note(self, text: str) -> None:
        """Ignore."""

    def finish(self) -> None:
        """Ignore."""
