"""A query stays inside the Cypher that both stores run alike, and inside the graph's schema.

What is refused here was measured to fail, to differ or to be silently wrong on one of the stores.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from graph import schema
from queries.catalogue import ROW_LIMIT, Query

MOST_HOPS = 6

_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<comment>//[^\n]*|/\*.*?\*/)"
    r"|(?P<text>'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")"
    r"|(?P<param>\$\w+)|(?P<number>\d+(?:\.\d+)?)|(?P<name>`[^`]*`|[A-Za-z_]\w*)"
    r"|(?P<mark>->|<-|<>|<=|>=|=~|\.\.|.)",
    re.DOTALL,
)
_CLAUSES = {
    "MATCH", "OPTIONAL", "WHERE", "WITH", "RETURN", "UNWIND", "CALL", "UNION", "ORDER", "SKIP",
    "LIMIT",
}  # fmt: skip
_WRITES = {
    "CREATE", "MERGE", "SET", "DELETE", "DETACH", "REMOVE", "FOREACH", "DROP", "ALTER", "LOAD",
    "GRANT", "DENY", "REVOKE", "USE", "YIELD",
}  # fmt: skip
_REFUSED = {
    "SHORTEST": "`SHORTEST` is not known to the embedded store",
    "EXPLAIN": "`EXPLAIN` answers another question",
    "PROFILE": "`PROFILE` answers another question",
    "APOC": "no APOC: not every store has it",
    "ID": "`id()` is no key: use `arn`",
    "ELEMENTID": "`elementId()` is no key: use `arn`",
}
_BAD_ALIASES = {
    "BY", "ORDER", "END", "ASC", "DESC", "AND", "OR", "NOT", "IN", "AS", "CASE", "WHEN", "THEN",
    "ELSE", "NULL", "TRUE", "FALSE", "DISTINCT", "LIMIT", "SKIP", "WHERE", "WITH", "RETURN",
}  # fmt: skip
_VALUE = re.compile(r"arn:|\d{12}|\.amazonaws\.com")
_CLOSES = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the statement; ``given`` says that it can only be a name that somebody gave."""

    kind: str
    text: str
    given: bool = False

    @property
    def word(self) -> str:
        """What may be a keyword, in capitals; empty for anything else."""
        return self.text.upper() if self.kind == "name" and not self.given else ""


def tokens(cypher: str) -> list[Token]:
    """The words of a statement, spaces left out."""
    found: list[Token] = []
    for match in _TOKEN.finditer(cypher):
        if match.lastgroup != "space":
            before = found[-1].text.upper() if found else ""
            given = before in (".", ":", "AS")
            found.append(Token(str(match.lastgroup), match.group(), given))
    return found


def problems(query: Query) -> list[str]:
    """What is wrong with a query, each as ``path: what``; empty when nothing is."""
    everything = tokens(query.cypher)
    words = [token for token in everything if token.kind != "comment"]
    found = [
        *_comments(everything),
        *_refused(words),
        *_lengths(words),
        *_shortest(words),
        *_anchors(words),
        *_subqueries(words),
        *_aliases(words),
        *_values(words),
        *_parameters(query, words),
        *_columns(query, words),
        *_order(query, words),
        *_schema(words),
    ]
    return [f"{query.path}: {problem}" for problem in dict.fromkeys(found)]


def _comments(words: Sequence[Token]) -> Iterator[str]:
    for token in words:
        if token.kind == "comment" and token.text.startswith("/*"):
            yield "a comment begins with `//`"


def _refused(words: Sequence[Token]) -> Iterator[str]:
    for number, token in enumerate(words):
        after = words[number + 1].text if number + 1 < len(words) else ""
        if token.word in _WRITES:
            yield f"`{token.word}`: a query only reads"
        elif token.word in ("ID", "ELEMENTID") and after != "(":
            continue
        elif token.word in _REFUSED:
            yield _REFUSED[token.word]
        elif token.word == "EXISTS" and after == "(":
            yield "`exists(…)` is gone: use `IS NOT NULL` or `EXISTS { … }`"
        elif token.text == ";":
            yield "one statement, without `;`"
        elif token.text.startswith("`"):
            yield f"{token.text}: a name that needs no backticks"


def _lengths(words: Sequence[Token]) -> Iterator[str]:
    """Every variable length has an upper bound, six at most."""
    for number, token in enumerate(words):
        before = words[number - 1].text if number else ""
        if token.text in ("*", "+") and before == ")" and _is_pattern_end(words, number):
            yield "a repeated pattern has an upper bound: `{1,6}`"
        if token.text == "{" and before == ")":
            if [w.text for w in words[number + 2 : number + 4]] == [",", "}"]:
                yield "a repeated pattern has an upper bound: `{1,6}`"
            continue
        if token.text != "*" or not _in_relationship(words, number):
            continue
        bounds = [w for w in words[number + 1 : number + 4] if w.kind == "number" or w.text == ".."]
        dots = [place for place, w in enumerate(bounds) if w.text == ".."]
        upper = bounds[dots[0] + 1 :][:1] if dots else bounds[:1]
        if not upper or upper[0].kind != "number":
            yield "a variable length has an upper bound: `*1..6`"
        elif int(upper[0].text) > MOST_HOPS:
            yield f"a variable length ends at {MOST_HOPS} hops or before"


def _is_pattern_end(words: Sequence[Token], number: int) -> bool:
    """Whether ``)*`` or ``)+`` closes a repeated pattern, not a product or a sum."""
    opening = _open(words, number - 1)
    return any(w.text in ("->", "<-") for w in words[opening:number])


def _in_relationship(words: Sequence[Token], number: int) -> bool:
    """Whether a ``*`` stands inside ``-[…]-``."""
    for place in range(number - 1, -1, -1):
        text = words[place].text
        if text == "[":
            return place > 0 and words[place - 1].text in ("-", "<-")
        if words[place].kind != "name" and text not in (":", "|"):
            return False
    return False


def _shortest(words: Sequence[Token]) -> Iterator[str]:
    """A shortest path stands alone in its MATCH: a filter on it is silently ignored."""
    for number, token in enumerate(words):
        if token.word not in ("SHORTESTPATH", "ALLSHORTESTPATHS"):
            continue
        close = _close(words, number + 1)
        inside = words[number + 1 : close]
        if any(w.text == "{" for w in inside):
            yield f"`{token.text}` takes no filter: match its ends before, or use an edge type"
        if words[number - 1].text != "=":
            yield f"`{token.text}` stands in a MATCH as `path = {token.text}(…)`"
        if close + 1 < len(words) and words[close + 1].word in ("WHERE", "AND"):
            yield f"`{token.text}` takes no WHERE: filter after a WITH"
        if close + 1 < len(words) and words[close + 1].text == ",":
            yield f"`{token.text}` stands alone in its MATCH"


def _anchors(words: Sequence[Token]) -> Iterator[str]:
    """A node that is looked up by its key is matched alone, before the walk.

    In one pattern the embedded store begins at the left end, whichever end has the key.
    """
    for number, token in enumerate(words):
        if token.text != "{" or [w.text for w in words[number + 1 : number + 3]] != ["arn", ":"]:
            continue
        opening = max((n for n in range(number) if words[n].text == "("), default=0)
        before = words[opening - 1].text if opening else ""
        close = _close(words, opening)
        after = words[close + 1].text if close + 1 < len(words) else ""
        if before in ("-", "->") or after in ("-", "<-"):
            yield "a node with a key is matched alone first, then walked from"


def _close(words: Sequence[Token], opening: int) -> int:
    """Place of the bracket that closes the one at ``opening``."""
    depth = 0
    for place in range(opening, len(words)):
        if words[place].text in _CLOSES:
            depth += 1
        elif words[place].text in _CLOSES.values():
            depth -= 1
            if depth == 0:
                return place
    return len(words) - 1


def _open(words: Sequence[Token], closing: int) -> int:
    """Place of the bracket that the one at ``closing`` closes."""
    depth = 0
    for place in range(closing, -1, -1):
        if words[place].text in _CLOSES.values():
            depth += 1
        elif words[place].text in _CLOSES:
            depth -= 1
            if depth == 0:
                return place
    return 0


def _subqueries(words: Sequence[Token]) -> Iterator[str]:
    for number, token in enumerate(words):
        if token.word == "CALL" and (number + 1 == len(words) or words[number + 1].text != "("):
            yield "a subquery names what it takes: `CALL (n) { … }`"


def _aliases(words: Sequence[Token]) -> Iterator[str]:
    """Every expression of a WITH has a name, and no name reads like a keyword."""
    for number, token in enumerate(words):
        if token.word == "AS" and words[number + 1].text.upper() in _BAD_ALIASES:
            yield f"`{words[number + 1].text}` is no name: it reads like a keyword"
        if token.word == "WITH" and words[number - 1].word not in ("STARTS", "ENDS"):
            for item in _items(words, number + 1):
                if not (len(item) == 1 or (len(item) > 2 and item[-2].word == "AS")):
                    shown = " ".join(w.text for w in item)
                    yield f"`WITH {shown}` has no name: add AS"


def _items(words: Sequence[Token], start: int) -> list[list[Token]]:
    """Expressions of a WITH or RETURN, each as its tokens."""
    found: list[list[Token]] = [[]]
    depth = 0
    for number in range(start, len(words)):
        token = words[number]
        if token.text in _CLOSES:
            depth += 1
        elif token.text in _CLOSES.values():
            depth -= 1
        starts_or_ends = words[number - 1].word in ("STARTS", "ENDS")
        if depth < 0 or (depth == 0 and token.word in _CLAUSES and not starts_or_ends):
            break
        if depth == 0 and token.text == ",":
            found.append([])
        elif not (token.word == "DISTINCT" and not found[-1]):
            found[-1].append(token)
    return [item for item in found if item]


def _values(words: Sequence[Token]) -> Iterator[str]:
    for token in words:
        if token.kind in ("text", "number") and _VALUE.search(token.text):
            yield f"{token.text}: a value is a parameter"


def _parameters(query: Query, words: Sequence[Token]) -> Iterator[str]:
    used = {token.text[1:] for token in words if token.kind == "param"} - {ROW_LIMIT}
    known = {p.name for p in query.params}
    for name in sorted(used - known):
        yield f"parameter `{name}` is not declared"
    for name in sorted(known - used):
        yield f"parameter `{name}` is not used"


def _last_return(words: Sequence[Token]) -> int:
    """Place of the RETURN that is not inside a subquery."""
    depth = 0
    found = -1
    for number, token in enumerate(words):
        if token.text in _CLOSES:
            depth += 1
        elif token.text in _CLOSES.values():
            depth -= 1
        elif depth == 0 and token.word == "RETURN":
            found = number
    return found


def _columns(query: Query, words: Sequence[Token]) -> Iterator[str]:
    place = _last_return(words)
    if place < 0:
        yield "there is no RETURN"
        return
    names = tuple(item[-1].text for item in _items(words, place + 1))
    if names != query.column_names:
        yield f"returns {', '.join(names)}; the front matter has {', '.join(query.column_names)}"


def _order(query: Query, words: Sequence[Token]) -> Iterator[str]:
    """The order is total: it names the whole key, and nothing comes after it."""
    place = _last_return(words)
    rest = words[place + 1 :]
    orders = [n for n, token in enumerate(rest) if token.word == "ORDER"]
    if not orders:
        yield "there is no ORDER BY"
        return
    after = rest[orders[-1] + 2 :]
    for token in after:
        if token.word in ("LIMIT", "SKIP"):
            yield f"`{token.word}` is added when the query is run"
    named = {token.text for token in after if token.kind == "name"}
    for column in query.key:
        if column not in named:
            yield f"the order is not total: `{column}` of the key is not in ORDER BY"


# --- the schema ---------------------------------------------------------------------------------


@cache
def _known() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Labels, types of edges and properties that the graph declares."""
    properties = {p.name for p in schema.COMMON}
    properties |= {p.name for kind, _ in schema.node_kinds() for p in kind.properties}
    properties |= {p.name for kind, _ in schema.edge_kinds() for p in kind.properties}
    return (
        frozenset(schema.all_labels()),
        frozenset(schema.edge_types()),
        frozenset(properties),
    )


def _schema(words: Sequence[Token]) -> Iterator[str]:
    labels, types, properties = _known()
    places = _places(words)
    # A map that the statement builds has keys of its own.
    keys = {
        words[number].text
        for number, place in enumerate(places[:-1])
        if place == "map" and words[number].kind == "name" and words[number + 1].text == ":"
    }
    for number, token in enumerate(words):
        if token.kind != "name" or not number:
            continue
        before, place = words[number - 1].text, places[number]
        after = words[number + 1].text if number + 1 < len(words) else ""
        if before in (":", "|", "&", "!") and place in ("", "node", "edge"):
            if place == "edge" and token.text not in types:
                yield f"the graph has no edge `{token.text}`"
            elif place != "edge" and token.text not in labels:
                yield f"the graph has no label `{token.text}`"
        elif before == "." and after != "(":
            if token.text not in properties | keys:
                yield f"the graph has no property `{token.text}`"
        elif place == "filter" and after == ":" and token.text not in properties:
            yield f"the graph has no property `{token.text}`"


def _places(words: Sequence[Token]) -> list[str]:
    """What each word stands in: an edge, a node, a filter of either, a map, or anything else."""
    found: list[str] = []
    brackets: list[str] = [""]
    for number, token in enumerate(words):
        found.append(brackets[-1])
        if token.text in _CLOSES:
            brackets.append(_bracket(words, number))
        elif token.text in _CLOSES.values() and len(brackets) > 1:
            brackets.pop()
    return found


def _bracket(words: Sequence[Token], number: int) -> str:
    """What a bracket opens: an edge, a node, a filter of either, or anything else."""
    text = words[number].text
    before = words[number - 1] if number else Token("mark", "")
    if text == "[":
        return "edge" if before.text in ("-", "<-") else "list"
    if text == "(":
        is_pattern = before.text in ("-", "->", "<-", ",", "(", "=") or before.word == "MATCH"
        return "node" if is_pattern else "call"
    # `{` after a label or a variable of a pattern filters; after a keyword or a comma it does not.
    labelled = number > 1 and words[number - 2].text in (":", "|", "&", "(")
    return "filter" if before.kind == "name" and labelled else "map"
