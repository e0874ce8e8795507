"""`rolepath query` asks a question of the catalogue by its name, or lists them all."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from app import options
from app.options import Source
from app.terminal import Out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from queries.catalogue import Query

SECTION = "ask"


class QueryName(click.ParamType[str]):
    """The name of a query, which the shell can complete."""

    name = "name"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Names that begin so, with what they ask."""
        from queries.catalogue import catalogue

        return [
            CompletionItem(query.name, help=query.title)
            for query in catalogue().values()
            if query.name.startswith(incomplete)
        ]


def _parameters(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Parameters of the query that is being typed, as far as they are not given yet."""
    from queries.catalogue import catalogue

    # While the option has no value yet, click has not given the words before it their names.
    query = catalogue().get(ctx.params.get("name") or next(iter(ctx.args), ""))
    if query is None or "=" in incomplete:
        return []
    names = [f"{p.name}=" for p in query.params]
    return [name for name in names if name.startswith(incomplete)]


@click.command("query")
@click.argument("name", required=False, type=QueryName())
@options.params("A parameter of the query; may be repeated.", _parameters)
@click.option(
    "--limit", type=int, help="Most rows to show; 1000 where the query does not say fewer."
)
@click.option("--show", is_flag=True, help="Print the query itself, as Cypher, and do not ask it.")
@options.source(snapshot=False)
@options.output(strict=False)
def command(
    name: str | None,
    params: Mapping[str, tuple[str, ...]],
    limit: int | None,
    show: bool,
    source: Source,
    out: Out,
) -> None:
    """Ask the query NAME of the catalogue; without a NAME, list the catalogue.

    Principals, roles and accounts may be given by name, as everywhere.
    """
    from queries import catalogue

    if name is None:
        if params or show:
            raise click.UsageError("-p and --show: say which query is meant")
        _list(out)
        return
    query = catalogue.find(name)
    if show:
        _show(out, query)
        return
    for key, values in params.items():
        if len(values) > 1:
            raise click.UsageError(f"-p {key}: given {len(values)} times")
    given = {key: values[0] for key, values in params.items()}
    # Before the store is opened: that takes a moment, a typing error should not.
    catalogue.check_names(query, given)
    from app import render

    with source.open(out) as answers:
        answer = answers.query(name, given, limit)
    out.answer(
        answer, text=lambda: render.query_text(answer), rows=lambda: render.query_rows(answer)
    )


def _list(out: Out) -> None:
    """Every query by family."""
    from queries.catalogue import catalogue

    queries = list(catalogue().values())
    out.answer(
        {"queries": [query.to_json() for query in queries]},
        text=lambda: _list_text(queries),
        rows=lambda: _list_rows(queries),
    )


def _list_rows(queries: "Sequence[Query]") -> tuple[list[str], list[dict[str, Any]]]:
    columns = ["family", "name", "title", "question", "grain", "params", "columns"]
    return columns, [
        {
            **query.to_json(),
            "params": [p.name for p in query.params],
            "columns": list(query.column_names),
        }
        for query in queries
    ]


def _list_text(queries: "Sequence[Query]") -> Iterator[str]:
    from app.terminal import clean, table
    from queries.catalogue import by_family

    width = max(len(query.name) for query in queries)
    for title, found in by_family(queries).items():
        yield clean(title)
        rows: list[dict[str, Any]] = [
            {
                "name": query.name.ljust(width),
                "question": query.question,
            }
            for query in found
        ]
        for line in table(["name", "question"], rows, header=False):
            yield f"  {line}"
        yield ""
    yield "rolepath query NAME --show prints a query with its parameters"


def _show(out: Out, query: "Query") -> None:
    """The query as it stands in its file."""
    if out.format == "json":
        from app.terminal import json_text

        out.write(json_text({**query.to_json(), "cypher": query.cypher}) + "\n")
    else:
        out.write(query.text)
