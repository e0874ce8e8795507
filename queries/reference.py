"""The reference of the catalogue is printed from the front matter of its files."""

import re
from collections.abc import Iterator

from queries.catalogue import FAMILIES, ROWS, Parameter, Query, catalogue

_PAGE = "reference/queries.md"
_HEAD = """\
Written by `make docs` from the front matter of the files in `queries/`; do not edit it here.
Ask one with `rolepath query NAME -p KEY=VALUE`. A parameter with a default may be left out;
principals, roles and accounts may be given by name. Each file runs as it stands in the console of
either store, once its parameters are given there."""


def pages() -> dict[str, str]:
    """The generated page, by its path under ``docs/``."""
    return {_PAGE: "\n".join(_lines()) + "\n"}


def _lines() -> Iterator[str]:
    queries = list(catalogue().values())
    yield "# Queries"
    yield ""
    yield from _HEAD.splitlines()
    for family, title in FAMILIES.items():
        found = [query for query in queries if query.family == family]
        yield from ("", f"## {title}", "", "| query | question |", "| --- | --- |")
        for query in found:
            anchor = re.sub(r"[^\w\- ]", "", query.name.lower())
            yield f"| [`{query.name}`](#{anchor}) | {_cell(query.question)} |"
        for query in found:
            yield from _query(query)


def _query(query: Query) -> Iterator[str]:
    yield from ("", f"### {query.name}", "")
    source = f" [AWS]({query.source})" if query.source else ""
    yield f"**{query.title}.** {query.question}{source}"
    yield ""
    key = ", ".join(f"`{column}`" for column in query.key)
    yield f"{query.grain[:1].upper()}{query.grain[1:]}. Key: {key}."
    rows = "" if query.limit == ROWS else f" {query.limit} rows without `--limit`."
    yield f"[The query](../../{query.path}).{rows}"
    if query.params:
        yield from ("", "| parameter | type | default | says |", "| --- | --- | --- | --- |")
        for parameter in query.params:
            given = f"{_type(parameter)} | {_default(parameter)}"
            yield f"| `{parameter.name}` | {given} | {_cell(parameter.doc)} |"
    yield from ("", "| column | type | says |", "| --- | --- | --- |")
    for column in query.columns:
        yield f"| `{column.name}` | {column.type} | {_cell(column.doc)} |"


def _type(parameter: Parameter) -> str:
    if parameter.kinds:
        return f"{parameter.type} ({', '.join(parameter.kinds)})"
    if parameter.choices:
        return f"{parameter.type}: {', '.join(parameter.choices)}"
    if parameter.least is not None and parameter.most is not None:
        return f"{parameter.type}, {parameter.least} to {parameter.most}"
    return parameter.type


def _default(parameter: Parameter) -> str:
    if parameter.required:
        return "has to be given"
    return f"`{str(parameter.default).lower()}`" if parameter.default != "" else "any"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
