"""What people write as YAML or JSON keeps its text as text, and a mistake is told with its line."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iam.errors import FileError, SourceFormatError


@dataclass(frozen=True, slots=True)
class Entry:
    """A value of a mapping, and the line on which its key stands."""

    value: Any
    line: int


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        FileError: It cannot be read.
        SourceFormatError: It is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileError.of(error, "cannot be read: ") from error
    except UnicodeDecodeError as error:
        raise SourceFormatError(f"{path}: is not UTF-8 text") from error


def parse_json(path: Path, text: str) -> Any:
    """The value of a JSON text.

    Raises:
        SourceFormatError: It is none.
    """
    try:
        return json.loads(text, object_pairs_hook=_no_duplicates)
    except ValueError as error:
        raise SourceFormatError(f"{path}: {_one_line(error)}") from error


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key `{key}` stands twice in one object")
        found[key] = value
    return found


def parse_yaml(path: Path, text: str) -> Any:
    """The value of a YAML text, in which only true, false and null are not text.

    Raises:
        SourceFormatError: It is no YAML.
    """
    value, _ = _parsed(path, text)
    return value


def yaml_entries(path: Path, text: str) -> dict[str, Entry]:
    """The mapping that a YAML text is, with the line of each key.

    Raises:
        SourceFormatError: It is no YAML, or no mapping.
    """
    value, node = _parsed(path, text)
    if not isinstance(value, dict):
        found = "nothing" if value is None else type(value).__name__
        raise SourceFormatError(f"{path}: expected a mapping, found {found}")
    first = node.start_mark.line + 1
    lines = {key.value: key.start_mark.line + 1 for key, _ in node.value}
    return {key: Entry(item, lines.get(key, first)) for key, item in value.items()}


def _parsed(path: Path, text: str) -> tuple[Any, Any]:
    """The value of a YAML text, and the node that it was made of."""
    import yaml

    try:
        loader = _loader()(text)
        try:
            node = loader.get_single_node()
            return (None if node is None else loader.construct_document(node)), node
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        what = ", ".join(text for text in (error.context, error.problem) if text)
        raise SourceFormatError(f"{where}: {what}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SourceFormatError(f"{path}: {_one_line(error)}") from error


_LOADERS: list[Any] = []


def _loader() -> Any:
    """YAML's safe loader in which only true, false and null are not text.

    An account id stays its twelve digits and ``2012-10-17`` a policy version.
    """
    if _LOADERS:
        return _LOADERS[0]
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class TextLoader(base):  # type: ignore[misc]
        """Text stays text, and a key stands once."""

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            """Refuse a key that stands twice."""
            seen: set[Any] = set()
            for key_node, _ in node.value:
                if key_node.tag == "tag:yaml.org,2002:merge":
                    continue
                key = self.construct_object(key_node, deep=True)
                if not isinstance(key, str):
                    raise yaml.constructor.ConstructorError(
                        None, None, "a key that is not text", key_node.start_mark
                    )
                if key in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key `{key}` stands twice", key_node.start_mark
                    )
                seen.add(key)
            return super().construct_mapping(node, deep=deep)

    kept = ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:null", "tag:yaml.org,2002:merge")
    TextLoader.yaml_implicit_resolvers = {
        first: [
            (tag, pattern)
            for tag, pattern in resolvers
            if tag in kept and not (tag == kept[0] and first not in "tTfF")
        ]
        for first, resolvers in base.yaml_implicit_resolvers.items()
    }
    _LOADERS.append(TextLoader)
    return TextLoader


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
