"""A statement that somebody typed is refused by its words when no server would refuse it.

Servers stop writes by themselves: Neo4j by the session's access mode, the embedded store by the
rights of its user. They do not stop ``LOAD CSV``, which fetches addresses even while reading,
nor ``SHOW``, ``USE`` and procedures, which reach beyond the graph.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from iam.errors import QueryError

HELP = "the graph is read here: MATCH … RETURN …; rolepath query lists ready-made questions"

_BEGINS = frozenset({"MATCH", "OPTIONAL", "UNWIND", "WITH", "RETURN", "CALL"})
_PREFIXES = frozenset({"EXPLAIN", "PROFILE"})
_PROCEDURES = frozenset(
    {
        "db.labels",
        "db.relationshiptypes",
        "db.propertykeys",
        "db.schema.visualization",
        "db.schema.nodetypeproperties",
        "db.schema.reltypeproperties",
    }
)
_WRITES = frozenset({"CREATE", "MERGE", "SET", "DELETE", "DETACH", "REMOVE", "FOREACH", "DROP"})
_TOKEN = re.compile(
    r"""
      (?P<comment> //[^\r\n]* | /\*.*?\*/ )
    | (?P<string> '(?:\\.|[^'\\])*' | "(?:\\.|[^"\\])*" )
    | (?P<quoted> `(?:``|[^`])*` )
    | (?P<open> /\* | ['"`] )
    | (?P<word> [^\W\d]\w* )
    | (?P<number> \d[\w.]* )
    | (?P<mark> [!-~] )
    """,
    re.VERBOSE | re.DOTALL,
)


def check(text: str) -> None:
    """Refuse what must not be sent, whatever the server would say.

    Raises:
        QueryError: The statement is refused, and why.

    Example:
        >>> check("MATCH (n:Role) RETURN n.arn")
        >>> check("LOAD CSV FROM 'http://x' AS r RETURN r")
        Traceback (most recent call last):
        iam.errors.QueryError: statement: LOAD CSV is not run here
    """
    if "\\u" in text:
        # A server may read an escape as the letter it stands for, even in the middle of a word.
        raise QueryError(
            r"statement: escapes like \u0041 are not read here",
            help="write the character itself, or give it as a parameter",
        )
    tokens = list(_tokens(text))
    if tokens and tokens[-1] == ("mark", ";"):
        tokens.pop()
    words = [value.upper() if kind == "word" else "" for kind, value in tokens]
    if ("mark", ";") in tokens:
        raise QueryError("statement: there are several", help="run one at a time")
    while words and words[0] in _PREFIXES:
        words.pop(0)
        tokens.pop(0)
    if not words:
        raise QueryError("statement: there is none", help=HELP)
    for first, second in pairwise(words):
        if (first, second) == ("LOAD", "CSV"):
            raise QueryError("statement: LOAD CSV is not run here", help=HELP)
        if (first, second) in (("IN", "TRANSACTIONS"), ("CONCURRENT", "TRANSACTIONS")):
            raise QueryError("statement: CALL … IN TRANSACTIONS is not run here", help=HELP)
    if words[0] not in _BEGINS:
        what = "only statements that read are run"
        if words[0] and words[0] not in _WRITES:
            what = f"{words[0]} is not run here"
        raise QueryError(f"statement: {what}", help=HELP)
    _check_calls(tokens, words)


def _check_calls(tokens: list[tuple[str, str]], words: list[str]) -> None:
    for place, word in enumerate(words):
        if word == "USE" and tokens[place - 1 : place] == [("mark", "{")]:
            raise QueryError("statement: USE is not run here", help=HELP)
        if word != "CALL" or tokens[place - 1 : place] in ([("mark", ".")], [("mark", ":")]):
            continue
        rest = tokens[place + 1 :]
        if rest and rest[0][1] in ("{", "("):
            continue
        name = _name(rest)
        # Without a name behind it, `call` is a name itself: `{call: 1}`.
        if name and name.lower() not in _PROCEDURES:
            known = ", ".join(sorted(_PROCEDURES))
            raise QueryError(
                f"statement: the procedure `{name}` is not run here", help=f"these are: {known}"
            )


def _name(tokens: list[tuple[str, str]]) -> str:
    """The dotted name at the beginning of some tokens."""
    name = ""
    for kind, value in tokens:
        if kind == "mark" and value == ".":
            name += value
        elif kind in ("word", "quoted", "number") and (not name or name.endswith(".")):
            name += value.strip("`")
        else:
            break
    return name


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Words and marks of a statement; what is quoted keeps its quotes, comments are left out.

    Raises:
        QueryError: A quote or comment is not closed.
    """
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        if kind == "open":
            raise QueryError(f"statement: `{found[0]}` is opened and not closed")
        if kind != "comment":
            yield kind, found[0]
