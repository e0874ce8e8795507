"""Answers go to stdout or to one file, whole or not at all; everything else goes to stderr.

IAM text is hostile: what reaches a terminal holds no control characters and no escape sequences,
and no cell of a CSV file starts a formula.
"""

import contextlib
import csv
import errno
import io
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from iam.errors import FileError, UsageError
from iam.progress import NoProgress, Progress

# CSI and OSC sequences whole, then every control character, C1 included, and what turns the
# direction of text or hides in it.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)"
    r"|\x1b[ -/]*[0-~]",
    re.DOTALL,
)
_HIDDEN = (
    "\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff"
    "\ud800-\udfff"
)
_CONTROLS = re.compile(f"[{_HIDDEN}]")
_BREAKS = re.compile(r"[\t\n\v\f\r]+")
_NO_SUCH_PLACE = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def clean(text: object) -> str:
    r"""Text as it may be shown on a terminal, on one line.

    Example:
        >>> clean("role\x1b[31m\x07\u202e x\ny")
        'role x y'
    """
    return _CONTROLS.sub("", _BREAKS.sub(" ", _ESCAPES.sub("", str(text))))


def csv_cell(value: object) -> object:
    """A value as a spreadsheet may open it: text that would start a formula begins with ``'``.

    Example:
        >>> csv_cell("=cmd|' /C calc'!A0")
        "'=cmd|' /C calc'!A0"
        >>> csv_cell(-1)
        -1
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return value
    text = str(value) if isinstance(value, str) else plain(value)
    shown = clean(text)
    return f"'{shown}" if text.startswith(_FORMULA) or shown.startswith(_FORMULA) else shown


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV (RFC 4180), with a header."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([csv_cell(column) for column in columns])
    for row in rows:
        writer.writerow([csv_cell(row.get(column)) for column in columns])
    return out.getvalue()


def json_text(data: Any) -> str:
    """JSON for machines that is also harmless on a terminal."""
    text = json.dumps(data, indent=2, ensure_ascii=False, default=str)
    return _CONTROLS.sub(lambda m: f"\\u{ord(m.group()):04x}" if m.group() != "\n" else "\n", text)


def plain(value: Any) -> str:
    """One value of a table cell as text.

    Example:
        >>> plain(["a", 1]), plain(None), plain(True)
        ('a, 1', '', 'yes')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (list, tuple)) and not any(isinstance(v, (dict, list)) for v in value):
        return ", ".join(plain(v) for v in value)
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def table(
    columns: Sequence[str], rows: Sequence[Mapping[str, Any]], *, header: bool = True
) -> list[str]:
    """Rows as aligned columns, two spaces apart; numbers to the right, nothing cut off.

    What is wider than the terminal stands row by row instead, a line for each cell.
    """
    cells = [[clean(plain(row.get(column))) for column in columns] for row in rows]
    heads = [clean(column) for column in columns]
    widths = [
        max([len(heads[n]) if header else 0, *(len(row[n]) for row in cells)])
        for n in range(len(columns))
    ]
    if header and rows and 0 < _ROOM.get() < sum(widths) + 2 * (len(widths) - 1):
        return _stacked(heads, cells)
    numeric = [
        bool(rows)
        and all(
            isinstance(row.get(column), (int, float)) and not isinstance(row.get(column), bool)
            for row in rows
        )
        for column in columns
    ]

    def line(texts: Sequence[str]) -> str:
        padded = (
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(texts, widths, numeric, strict=True)
        )
        return "  ".join(padded).rstrip()

    return [*([line(heads)] if header else []), *(line(row) for row in cells)]


def _stacked(heads: Sequence[str], cells: Sequence[Sequence[str]]) -> list[str]:
    """A line for each cell that holds something, an empty one between two rows."""
    width = max(map(len, heads))
    lines: list[str] = []
    for row in cells:
        lines += [""] * bool(lines)
        lines += [
            f"{head.ljust(width)}  {cell}" for head, cell in zip(heads, row, strict=True) if cell
        ]
    return lines


_ROOM: ContextVar[int] = ContextVar("room", default=0)
"""Columns of the terminal that the text is for; 0 for a file or a pipe, which have no width."""


@contextlib.contextmanager
def room(columns: int) -> Iterator[None]:
    """Make tables for a terminal of so many columns; 0 for any width."""
    before = _ROOM.set(columns)
    try:
        yield
    finally:
        _ROOM.reset(before)


@dataclass(slots=True, kw_only=True)
class Out:
    """Where the answer goes and how it looks.

    Attributes:
        format: ``table``, ``json``, ``csv`` or what else the command offers.
        output: The file for the answer; None means stdout.
        quiet: Say nothing on stderr but errors.
        strict: Gaps in coverage end with exit code 4.
        no_progress: Draw no progress.
    """

    format: str = "table"
    output: Path | None = None
    quiet: bool = False
    strict: bool = False
    no_progress: bool = False

    def say(self, text: str) -> None:
        """One line about how the answer came to be, on stderr."""
        if not self.quiet:
            click.echo(clean(text), err=True)

    def answer(
        self,
        data: Mapping[str, Any],
        *,
        text: Callable[[], Iterable[str]],
        rows: Callable[[], tuple[Sequence[str], Iterable[Mapping[str, Any]]]],
    ) -> None:
        """Print an answer in the format that was asked for, and say what it was answered from."""
        if self.format == "json":
            self.write(json_text(data) + "\n")
        elif self.format == "csv":
            columns, found = rows()
            self.write(csv_text(columns, found))
        else:
            shown = self.output is None and sys.stdout.isatty()
            with room(shutil.get_terminal_size().columns if shown else 0):
                self.write("\n".join(text()) + "\n")
        if self.format != "json" and "snapshot" in data:
            self.say(source_line(data))

    def write(self, content: str | bytes) -> None:
        """Write the answer: to stdout, or to the file in one step."""
        if self.output is None:
            if isinstance(content, str) and self.format != "table" and not sys.stdout.isatty():
                # A file says that it is UTF-8, or has to be; a terminal shows what it can.
                content = content.encode("utf-8", "backslashreplace")
            click.echo(content, nl=False)
            return
        write_file(self.output, content)
        self.say(f"wrote {self.output}")

    def progress(self) -> Progress:
        """A bar on a terminal, a line every while elsewhere, nothing when quiet.

        A run of CI is nobody's terminal, though it may look like one.
        """
        if self.quiet or self.no_progress:
            return _Notes(self) if not self.quiet else NoProgress()
        is_watched = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        if is_watched and os.environ.get("CI", "").casefold() in ("", "false", "0"):
            return Bar(self)
        return Lines(self)


def source_line(data: Mapping[str, Any]) -> str:
    """What an answer was answered from."""
    return f"data set {data.get('data') or '-'}, snapshot {data.get('snapshot') or '(no id)'}"


def write_file(path: Path, content: str | bytes) -> None:
    """Write a file in one step: another reader sees the old one or the whole new one.

    What is no plain file, such as ``/dev/null`` or a pipe, is written to and stays what it is.

    Raises:
        UsageError: There can be no such file.
        FileError: The system does not let it be written, or the disk is full.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
            return
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(mode)
            Path(name).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        said = FileError.of(OSError(error.errno, error.strerror, str(path)), "cannot be written: ")
        if error.errno in _NO_SUCH_PLACE:
            raise UsageError(said.message, help="name a file in a folder that is there") from error
        raise said from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


# --- progress -----------------------------------------------------------------------------------


class _Notes(NoProgress):
    """Only what a reader should keep."""

    def __init__(self, out: Out) -> None:
        self._out = out

    def note(self, text: str) -> None:
        """Print the line."""
        self._out.say(text)


class Lines(_Notes):
    """A line at most every while, for logs and pipes."""

    seconds = 30.0

    def __init__(self, out: Out) -> None:
        super().__init__(out)
        self._total: int | None = None
        self._unit = self._label = self._status = ""
        self._done = 0
        self._said = 0.0

    def start(self, total: int | None, unit: str, label: str) -> None:
        """Begin counting; the first line comes only when the stage takes its time."""
        self._total, self._unit, self._label, self._done = total, unit, label, 0
        self._status = ""
        self._said = time.monotonic()

    def advance(self, n: int = 1) -> None:
        """Count, and say so when it is time."""
        self._done += n
        if time.monotonic() - self._said >= self.seconds:
            self._said = time.monotonic()
            of = f" of {self._total:,}" if self._total is not None else ""
            status = f"; {self._status}" if self._status else ""
            self._out.say(f"{self._label}: {self._done:,}{of} {self._unit}{status}")

    def status(self, text: str) -> None:
        """Keep it for the next line."""
        self._status = text


class Bar(_Notes):
    """A bar that is redrawn in place and leaves nothing behind."""

    def __init__(self, out: Out) -> None:
        super().__init__(out)
        self._bar: Any = None
        self._task: Any = None

    def start(self, total: int | None, unit: str, label: str) -> None:
        """Draw a bar for the stage."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress

        self.finish()
        self._bar = RichProgress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}", markup=False),
            TimeElapsedColumn(),
            TextColumn("{task.fields[status]}", markup=False),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task(clean(label), total=total, unit=clean(unit), status="")
        self._bar.start()

    def advance(self, n: int = 1) -> None:
        """Move the bar."""
        if self._bar is not None:
            self._bar.advance(self._task, n)

    def status(self, text: str) -> None:
        """Show it behind the bar."""
        if self._bar is not None:
            self._bar.update(self._task, status=clean(text))

    def detail(self, text: str) -> None:
        """Print the line above the bar."""
        self.note(text)

    def note(self, text: str) -> None:
        """Print the line above the bar."""
        if self._bar is not None:
            self._bar.console.print(clean(text), markup=False, highlight=False)
        else:
            super().note(text)

    def finish(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
