"""A query is one file: its front matter says what it promises, and running it keeps the promise.

The catalogue is found by walking this folder: ``<family>/<name>.cypher``. The front matter is YAML
in ``//`` comments between two ``// ---`` lines, so that the file can be pasted into any console.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from iam.errors import QueryError, UnknownNameError

PARAMETER_TYPES = ("arn", "account", "str", "int", "bool")
COLUMN_TYPES = ("arn", "account", "str", "int", "bool", "time", "list")
FAMILIES = {
    "paths": "Who can become whom",
    "trust": "Whom roles trust",
    "deletion": "What stands in the way of deleting",
    "hygiene": "What deserves a look",
}
"""Families in the order in which they are shown, with their titles."""
MOST_ROWS = 100_000
ROWS = 1000
"""Rows of an answer when neither the asker nor the query says how many."""
ROW_LIMIT = "row_limit"
"""Parameter that every query is run with; one that sorts before it walks may use it early."""

_FOLDER = Path(__file__).resolve().parent
_FENCE = "// ---"
_ACCOUNT = re.compile(r"\d{12}")
_REQUIRED = ("title", "question", "grain", "columns", "key")
_KNOWN = frozenset({*_REQUIRED, "params", "source", "limit"})


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that the asker gives.

    Attributes:
        name: Its name, as in ``$name``.
        type: One of ``PARAMETER_TYPES``; an ``arn`` may be given by any name that resolves.
        doc: What it means.
        required: Whether it has to be given.
        default: The value when it is not given.
        kinds: For an ``arn``: the kinds of entity that a name can mean; empty means any.
        choices: The only values; empty means any.
        least: Smallest number.
        most: Largest number.
    """

    name: str
    type: str
    doc: str
    required: bool = True
    default: str | int | bool | None = None
    kinds: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the answer, in the order of the RETURN clause."""

    name: str
    type: str
    doc: str


@dataclass(frozen=True, slots=True)
class Query:
    """A question with its name.

    Attributes:
        name: The file's name without its ending.
        family: The folder that it lies in.
        title: A few words for a list.
        question: The question in one sentence.
        grain: What one row stands for.
        params: What the asker gives.
        columns: What a row holds, in order.
        key: The columns that no two rows share.
        source: The page that the question goes back to; empty when there is none.
        limit: Rows when the asker does not say how many; fewer where a row costs a walk.
        text: The file as it stands.
        cypher: The statement without its front matter.
    """

    name: str
    family: str
    title: str
    question: str
    grain: str
    params: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    source: str
    limit: int
    text: str
    cypher: str

    @property
    def path(self) -> str:
        """Where the file lies in the repository."""
        return f"queries/{self.family}/{self.name}.cypher"

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    def to_json(self) -> dict[str, Any]:
        """The entry of a list of the catalogue."""
        return {
            "name": self.name,
            "family": self.family,
            "title": self.title,
            "question": self.question,
            "grain": self.grain,
            "params": [
                {"name": p.name, "type": p.type, "doc": p.doc, "required": p.required}
                | ({} if p.required else {"default": p.default})
                for p in self.params
            ],
            "columns": [{"name": c.name, "type": c.type, "doc": c.doc} for c in self.columns],
            "key": list(self.key),
            "limit": self.limit,
        }


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer: every row has every column, and ``truncated`` says that there are more."""

    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    truncated: bool


class Reads(Protocol):
    """The part of a store that a query needs."""

    def read(self, cypher: str, params: Mapping[str, Any] | None = None) -> Any:
        """Run a statement that reads; ``rows`` of the result are mappings."""


# --- reading the files --------------------------------------------------------------------------


@cache
def catalogue() -> Mapping[str, Query]:
    """Every query by name, family by family.

    Raises:
        QueryError: A file lacks a part of its front matter, or two have the same name.
    """
    found: dict[str, Query] = {}
    order = list(FAMILIES)
    files = sorted(
        _FOLDER.glob("*/*.cypher"), key=lambda path: (order.index(path.parent.name), path.name)
    )
    for path in files:
        query = parse(path.read_text(encoding="utf-8"), path.stem, path.parent.name)
        if query.name in found:
            raise QueryError(f"{query.path}: `{query.name}` is the name of two queries")
        found[query.name] = query
    return found


def parse(text: str, name: str, family: str) -> Query:
    """Read one file.

    Raises:
        QueryError: The front matter lacks a part, holds an unknown one or is no YAML.
    """
    import yaml

    where = f"queries/{family}/{name}.cypher"
    head, body = _split(text, where)
    try:
        front = yaml.safe_load(head)
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise QueryError(f"{where}: the front matter is no YAML: {reason}") from error
    if not isinstance(front, dict):
        raise QueryError(f"{where}: the front matter is no mapping")
    for part in _REQUIRED:
        if not front.get(part):
            raise QueryError(f"{where}: `{part}` is missing")
    for part in front:
        if part not in _KNOWN:
            raise QueryError(f"{where}: unknown part `{part}`")
    params = tuple(
        _parameter(where, key, value) for key, value in _items(where, front, "params").items()
    )
    columns = tuple(
        _column(where, key, value) for key, value in _items(where, front, "columns").items()
    )
    key = tuple(map(str, front["key"]))
    for column in key:
        if column not in {c.name for c in columns}:
            raise QueryError(f"{where}: key `{column}` is no column")
    return Query(
        name=name,
        family=family,
        title=str(front["title"]),
        question=str(front["question"]),
        grain=str(front["grain"]),
        params=params,
        columns=columns,
        key=key,
        source=str(front.get("source", "")),
        limit=int(front.get("limit", ROWS)),
        text=text,
        cypher=body,
    )


def _split(text: str, where: str) -> tuple[str, str]:
    """The YAML of the head, and the statement."""
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != _FENCE or _FENCE not in lines[1:]:
        raise QueryError(f"{where}: the front matter stands between two `{_FENCE}` lines")
    close = lines.index(_FENCE, 1)
    for number, line in enumerate(lines[1:close], 2):
        if not line.startswith("//"):
            raise QueryError(f"{where}:{number}: a line of the front matter begins with `//`")
    head = "\n".join(line[2:].removeprefix(" ") for line in lines[1:close])
    return head, "\n".join(lines[close + 1 :]).strip() + "\n"


def _items(where: str, front: Mapping[str, Any], part: str) -> Mapping[str, Mapping[str, Any]]:
    found = front.get(part) or {}
    if not isinstance(found, dict) or not all(isinstance(v, dict) for v in found.values()):
        raise QueryError(f"{where}: `{part}` is no mapping of names to mappings")
    return found


def _parameter(where: str, name: str, told: Mapping[str, Any]) -> Parameter:
    _allowed(where, name, told, {"type", "doc", "default", "kinds", "choices", "min", "max"})
    if told["type"] not in PARAMETER_TYPES:
        raise QueryError(f"{where}: parameter `{name}`: unknown type `{told['type']}`")
    return Parameter(
        name=name,
        type=str(told["type"]),
        doc=str(told["doc"]),
        required="default" not in told,
        default=told.get("default"),
        kinds=tuple(map(str, told.get("kinds", ()))),
        choices=tuple(map(str, told.get("choices", ()))),
        least=told.get("min"),
        most=told.get("max"),
    )


def _column(where: str, name: str, told: Mapping[str, Any]) -> Column:
    _allowed(where, name, told, {"type", "doc"})
    if told["type"] not in COLUMN_TYPES:
        raise QueryError(f"{where}: column `{name}`: unknown type `{told['type']}`")
    return Column(name, str(told["type"]), str(told["doc"]))


def _allowed(where: str, name: str, told: Mapping[str, Any], known: set[str]) -> None:
    for part in ("type", "doc"):
        if not told.get(part):
            raise QueryError(f"{where}: `{name}`: `{part}` is missing")
    for part in told:
        if part not in known:
            raise QueryError(f"{where}: `{name}`: unknown part `{part}`")


# --- asking -------------------------------------------------------------------------------------


def find(name: str) -> Query:
    """The query of this name.

    Raises:
        UnknownNameError: There is none; ``help`` says which one could be meant.
    """
    found = catalogue().get(name)
    if found is None:
        raise UnknownNameError(
            f"unknown query `{name}`",
            help=_suggestion(name, catalogue(), "`rolepath query` lists them all"),
        )
    return found


def run(
    store: Reads, name: str, params: Mapping[str, Any] | None = None, limit: int | None = None
) -> Rows:
    """Ask a query of the catalogue.

    Args:
        store: An open store.
        name: The name of the query.
        params: Values by name; text is read as the type of its parameter.
        limit: The most rows that are wanted; None leaves it to the query.

    Raises:
        UnknownNameError: There is no such query.
        QueryError: A parameter is missing, unknown or not of its type, or the limit is off.
    """
    query = find(name)
    values = bind(query, params or {})
    limit = query.limit if limit is None else limit
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MOST_ROWS:
        raise QueryError(f"limit: {limit} is out of range", help=f"use 1 to {MOST_ROWS}")
    # One row more than wanted tells whether there are more.
    result = store.read(f"{query.cypher}LIMIT ${ROW_LIMIT}", {**values, ROW_LIMIT: limit + 1})
    names = query.column_names
    # An empty result of the embedded store has no columns: the front matter has them.
    rows = [{column: row[column] for column in names} for row in result.rows]
    return Rows(names, rows[:limit], len(rows) > limit)


def bind(query: Query, given: Mapping[str, Any]) -> dict[str, Any]:
    """Every parameter of a query with its value, checked and read as its type.

    Raises:
        QueryError: A parameter is missing, unknown or not of its type.
    """
    check_names(query, given)
    return {
        p.name: _value(query, p, given[p.name]) if p.name in given else p.default
        for p in query.params
    }


def check_names(query: Query, given: Iterable[str]) -> None:
    """See that every parameter that a query needs is given, and none that it does not know.

    Raises:
        QueryError: One is missing or unknown.
    """
    names = [p.name for p in query.params]
    takes = f"`{query.name}` takes {', '.join(names) or 'no parameters'}"
    given = list(given)
    for name in given:
        if name not in names:
            raise QueryError(
                f"{query.name}: unknown parameter `{name}`", help=_suggestion(name, names, takes)
            )
    for parameter in query.params:
        if parameter.required and parameter.name not in given:
            raise QueryError(
                f"{query.name}: parameter `{parameter.name}` is missing: {parameter.doc}",
                help=usage(query),
            )


def usage(query: Query) -> str:
    """How a query is asked on the command line.

    Example:
        >>> usage(find("reachable_roles"))
        'rolepath query reachable_roles -p principal=ARN'
    """
    asked = [f"-p {p.name}={p.type.upper()}" for p in query.params if p.required]
    return " ".join(["rolepath query", query.name, *asked])


def _value(query: Query, parameter: Parameter, value: Any) -> Any:
    """A value as the type of its parameter."""

    def wrong(expected: str) -> QueryError:
        return QueryError(
            f"{query.name}: parameter `{parameter.name}`: `{value}` is not {expected}",
            help=parameter.doc,
        )

    if parameter.type == "int":
        return _number(parameter, value, wrong)
    if parameter.type == "bool":
        word = str(value).strip().casefold()
        if word in ("true", "yes", "1"):
            return True
        if word in ("false", "no", "0"):
            return False
        raise wrong("true or false")
    if not isinstance(value, str):
        raise wrong("text")
    text = value.strip() if parameter.type in ("arn", "account") else value
    if parameter.type == "account" and text and not _ACCOUNT.fullmatch(text):
        raise wrong("an account id of twelve digits")
    if parameter.choices and text not in parameter.choices:
        raise wrong(f"one of {', '.join(parameter.choices)}")
    if parameter.required and not text:
        raise wrong("a value")
    return text


def _number(parameter: Parameter, value: Any, wrong: Any) -> int:
    try:
        found = value if isinstance(value, int) else int(str(value).strip())
    except ValueError:
        raise wrong("a whole number") from None
    least, most = parameter.least, parameter.most
    if isinstance(value, bool):
        raise wrong("a whole number")
    if (least is not None and found < least) or (most is not None and found > most):
        span = f"{least} to {most}" if most is not None else f"{least} or more"
        raise wrong(f"a whole number from {span}")
    return int(found)


def by_family(queries: Iterable[Query]) -> Mapping[str, Sequence[Query]]:
    """Queries under the title of their family, in the order of the catalogue."""
    found: dict[str, list[Query]] = {}
    for query in queries:
        found.setdefault(FAMILIES[query.family], []).append(query)
    return found


def _suggestion(word: str, known: Iterable[str], otherwise: str) -> str:
    close = difflib.get_close_matches(word.casefold(), list(known), n=3, cutoff=0.6)
    if not close:
        return otherwise
    return f"did you mean {' or '.join(f'`{name}`' for name in close)}?"
