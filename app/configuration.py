"""A file holds what would be typed for a command; what the command does not know is an error."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from app.names import suggestion
from app.written import Entry, read_text, yaml_entries
from iam.errors import UsageError

_SECRET = re.compile(r"secret|passw|token|access.?key|credential", re.IGNORECASE)


def given(path: Path, context: click.Context, command: click.Command) -> dict[str, Any]:
    """The options of a command that a file holds, by the names of their parameters.

    Keys are the long options without their dashes. What may be given several times, or with
    commas, may be a list.

    Args:
        path: A YAML file.
        context: The context in which values are checked.
        command: The command.

    Raises:
        SourceFormatError: The file is no mapping in YAML.
        UsageError: A key is none of the command's options, or has a value that it does not take.
    """
    known = {
        option.opts[0].removeprefix("--"): option
        for option in command.params
        if isinstance(option, click.Option) and option.expose_value
    }
    found: dict[str, Any] = {}
    for key, entry in yaml_entries(path, read_text(path)).items():
        where = f"{path}:{entry.line}: {key}"
        option = known.get(key)
        if option is None:
            raise UsageError(f"{where}: there is no such option", help=_instead(key, known))
        value = _value(option, entry, where)
        try:
            option.process_value(context, value)
        except click.BadParameter as error:
            raise UsageError(f"{where}: {error.message}") from None
        found[str(option.name)] = value
    return found


def _instead(key: str, known: Mapping[str, click.Option]) -> str:
    if _SECRET.search(key):
        return (
            "secrets do not belong in this file: AWS credentials come from a profile, role or the "
            "environment, those of a store from NEO4J_USERNAME and NEO4J_PASSWORD"
        )
    return suggestion(key, known, f"there are {', '.join(sorted(known))}")


def _value(option: click.Option, entry: Entry, where: str) -> Any:
    """A value as it would come from the command line."""
    value = entry.value
    if option.is_flag:
        if not isinstance(value, bool):
            raise UsageError(f"{where}: is true or false")
        return value
    has_commas = str(option.metavar or "").endswith(",...")
    if not (option.multiple or has_commas):
        if not isinstance(value, str):
            raise UsageError(f"{where}: is one text")
        return value
    texts = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in texts):
        raise UsageError(f"{where}: is text, or a list of texts")
    return texts if option.multiple else ",".join(texts)
