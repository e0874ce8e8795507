"""A saved answer is read through a window: its lists arrive in slices, however long the file is.

Memory is bounded by the biggest single item, not by the file. One duplicate-detecting hook serves
every object, so that a policy with two equal keys keeps both (A-8). Every fault becomes a
``SourceFormatError`` that names file, line and column.
"""

import codecs
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from json.decoder import JSONDecodeError
from pathlib import Path
from typing import Any, TextIO

from iam.errors import SourceFormatError

WINDOW = 1 << 20
SLICE = 1000
MOST = 64 << 20
"""Characters of one value or line; no item of AWS comes near."""
_TOO_LONG = f"one value is longer than {MOST:,} characters"
_MARGIN = 16
_SPACE = " \t\n\r"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
HELP = "save the answer again with --output json, complete and unedited"


class Duplicated(dict[str, Any]):
    """An object that was written with a key twice: the last value counts, all are in ``pairs``."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The hook: a plain object, or one that remembers its duplicate keys."""
    found = dict(pairs)
    return found if len(found) == len(pairs) else Duplicated(pairs)


def integer_of(digits: str) -> int | float:
    """The hook for integers: one that Python will not convert at that length is a float."""
    try:
        return int(digits)
    except ValueError:
        return float(digits)


DECODER = json.JSONDecoder(object_pairs_hook=object_of, parse_int=integer_of)


def kind_of(value: Any) -> str:
    """A JSON value's kind, with its article, for messages.

    Example:
        >>> kind_of([]), kind_of({}), kind_of(None)
        ('a list', 'an object', 'null')
    """
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return "text"
    if value is None:
        return "null"
    return "true or false" if isinstance(value, bool) else "a number"


def unreadable(name: str, error: OSError) -> SourceFormatError:
    """The error for what the system does not let us read."""
    reason = (error.strerror or str(error)).lower()
    return SourceFormatError(
        f"{name}: cannot be read: {reason}", help="check the path and who may read it"
    )


def open_text(path: Path) -> TextIO:
    """Open a saved answer as text: plain or gzipped, UTF-8, or UTF-16 with its mark."""
    # GzipFile closes only a file that it opened itself.
    buffered: Any = gzip.GzipFile(path, "rb") if path.suffix == ".gz" else path.open("rb")
    try:
        head = buffered.peek(4)[:4]
    except BaseException:
        buffered.close()
        raise
    encoding = next((name for mark, name in _BOMS if head.startswith(mark)), "utf-8")
    return io.TextIOWrapper(buffered, encoding=encoding, newline="")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the top object: a slice of a list under ``key``, or any other value whole."""

    key: str
    value: Any
    offset: int | None


class _Window:
    """A sliding stretch of the text that grows only as far as one value needs."""

    def __init__(self, handle: TextIO, name: str) -> None:
        self.handle = handle
        self.name = name
        self.text = ""
        self.at = 0
        self.ended = False
        self.lines = 0
        self.column = 0

    def fill(self, size: int = WINDOW) -> None:
        dropped = self.text[: self.at]
        newlines = dropped.count("\n")
        self.lines += newlines
        self.column = len(dropped) - dropped.rfind("\n") - 1 if newlines else self.column + self.at
        more = self.handle.read(size)
        self.ended = len(more) < size
        self.text = self.text[self.at :] + more
        self.at = 0

    def peek(self) -> str:
        """The next character that is not space; empty at the end."""
        while True:
            while self.at < len(self.text):
                char = self.text[self.at]
                if char not in _SPACE:
                    return char
                self.at += 1
            if self.ended:
                return ""
            self.fill()

    def fault(self, what: str, at: int | None = None) -> SourceFormatError:
        at = self.at if at is None else at
        before = self.text[:at]
        newlines = before.count("\n")
        line = self.lines + newlines + 1
        column = len(before) - before.rfind("\n") if newlines else self.column + at + 1
        return SourceFormatError(f"{self.name}: line {line} column {column}: {what}", help=HELP)

    def expect(self, char: str) -> None:
        found = self.peek()
        if found != char:
            raise self.fault(
                f"expected `{char}`, found `{found}`"
                if found
                else f"the file ends where `{char}` was expected"
            )
        self.at += 1

    def rest_of_file(self) -> Any:
        """The value at hand, decoded at once where the text of all that is left is in memory.

        So the items of a list share the names of their fields, which are a fifth of a model.
        None where more is to be read, or where decoding value by value will say what is wrong.
        """
        if not self.ended:
            return None
        try:
            value, self.at = DECODER.raw_decode(self.text, self.at)
        except (JSONDecodeError, RecursionError):
            return None
        return value

    def value(self) -> Any:
        """Decode one value, reading on while it is not complete."""
        self.peek()
        size = WINDOW
        while True:
            try:
                value, end = DECODER.raw_decode(self.text, self.at)
            except JSONDecodeError as error:
                open_ended = error.msg.startswith("Unterminated")
                is_whole = self.ended and len(self.text) - self.at <= MOST
                if is_whole or (error.pos < len(self.text) - _MARGIN and not open_ended):
                    if is_whole and (open_ended or error.pos >= len(self.text.rstrip())):
                        raise self.fault(
                            "the file ends in the middle of a value", error.pos
                        ) from None
                    raise self.fault(f"not JSON: {_plain(error.msg)}", error.pos) from None
            except RecursionError:
                raise self.fault("nested too deeply to be an answer of AWS") from None
            else:
                if end < len(self.text) or self.ended:
                    self.at = end
                    return value
            if len(self.text) - self.at > MOST:
                raise self.fault(f"{_TOO_LONG}, as no answer of AWS is")
            self.fill(size)
            size *= 2


def _plain(message: str) -> str:
    return message[:1].lower() + message[1:]


def parts(path: Path, name: str = "") -> Iterator[Part]:
    """Read the one object of a file, slice by slice.

    Args:
        path: The file; ``.gz`` is unpacked on the way.
        name: What to call it in messages; the path when empty.

    Raises:
        SourceFormatError: The file is empty, not text, not JSON, truncated or not an object.
    """
    name = name or str(path)
    try:
        with open_text(path) as handle:
            yield from _parts(_Window(handle, name))
    except UnicodeDecodeError as error:
        raise SourceFormatError(f"{name}: not UTF-8 text: {error.reason}", help=HELP) from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise SourceFormatError(f"{name}: not a whole gzip file: {error}", help=HELP) from None
    except OSError as error:
        raise unreadable(name, error) from None


def _parts(window: _Window) -> Iterator[Part]:
    first = window.peek()
    if not first:
        raise SourceFormatError(f"{window.name}: the file is empty", help=HELP)
    if first != "{":
        if first in '["-0123456789tfn':
            value = "a list" if first == "[" else "another value"
            raise SourceFormatError(
                f"{window.name}#: expected an object, found {value}",
                help="one answer of AWS is one object; " + HELP,
            )
        raise window.fault("not JSON")
    window.at += 1
    if window.peek() == "}":
        window.at += 1
    else:
        while True:
            if window.peek() != '"':
                raise window.fault(
                    "expected a name in double quotes"
                    if window.peek()
                    else "the file ends in the middle of an object"
                )
            key = window.value()
            window.expect(":")
            if window.peek() == "[":
                yield from _slices(window, key)
            else:
                yield Part(key, window.value(), None)
            if window.peek() == ",":
                window.at += 1
                continue
            window.expect("}")
            break
    if window.peek():
        raise window.fault("more text after the end of the object")


def _slices(window: _Window, key: str) -> Iterator[Part]:
    whole = window.rest_of_file()
    if whole is not None:
        yield Part(key, whole, 0)
        return
    window.at += 1
    offset = 0
    items: list[Any] = []
    if window.peek() == "]":
        window.at += 1
        yield Part(key, items, 0)
        return
    while True:
        items.append(window.value())
        char = window.peek()
        if char == ",":
            window.at += 1
            if len(items) == SLICE:
                yield Part(key, items, offset)
                offset += len(items)
                items = []
            continue
        window.expect("]")
        yield Part(key, items, offset)
        return


def lines(path: Path, name: str = "") -> Iterator[tuple[int, dict[str, Any]]]:
    """Read a file of one object a line, with each line's number from 0; empty lines are skipped.

    Raises:
        SourceFormatError: A line is not a JSON object, or the file is not text.
    """
    name = name or str(path)
    try:
        with open_text(path) as handle:
            for number, line in enumerate(iter(lambda: handle.readline(MOST + 1), "")):
                if len(line) > MOST:
                    where = f"{name}: line {number + 1}"
                    raise SourceFormatError(f"{where}: {_TOO_LONG}", help=HELP)
                text = line.strip()
                if not text:
                    continue
                try:
                    value = DECODER.decode(text)
                except JSONDecodeError as error:
                    what = (
                        "the line ends in the middle of a value"
                        if error.pos >= len(text) or error.msg.startswith("Unterminated")
                        else f"not JSON: {_plain(error.msg)}"
                    )
                    where = f"{name}: line {number + 1} column {error.pos + 1}"
                    raise SourceFormatError(f"{where}: {what}", help=HELP) from None
                except RecursionError:
                    where = f"{name}: line {number + 1}"
                    raise SourceFormatError(f"{where}: nested too deeply", help=HELP) from None
                if not isinstance(value, dict):
                    raise SourceFormatError(
                        f"{name}#/{number}: expected an object, found {kind_of(value)}", help=HELP
                    )
                yield number, value
    except UnicodeDecodeError as error:
        raise SourceFormatError(f"{name}: not UTF-8 text: {error.reason}", help=HELP) from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise SourceFormatError(f"{name}: not a whole gzip file: {error}", help=HELP) from None
    except OSError as error:
        raise unreadable(name, error) from None
