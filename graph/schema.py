"""Every kind of node and edge declares itself once: the schema, the writer's input and the page.

Kinds are found by walking ``graph/nodes`` and ``graph/edges``; there is no list to edit.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graph.derivation import Derivation

Value = str | int | float | bool | list[str]
"""What a property can hold on both stores; None means that the property is left out."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a kind.

    ``required`` ones are on every node or edge of the kind; the others are left out when AWS
    gives no value or when it was not read.
    """

    name: str
    doc: str
    type: str = "str"
    required: bool = False


@dataclass(slots=True)
class Node:
    """A node to be written; its first label and ``arn`` are its key."""

    labels: tuple[str, ...]
    arn: str
    props: dict[str, Value]

    @property
    def key_label(self) -> str:
        """The label under which ``arn`` is unique."""
        return self.labels[0]


@dataclass(slots=True)
class Edge:
    """An edge to be written; ``key`` tells edges of one type between the same ends apart."""

    type: str
    src: str
    dst: str
    key: str
    props: dict[str, Value]


@dataclass(frozen=True)
class NodeKind:
    """A kind of node.

    ``labels`` are on every node of the kind, the key label first; ``also`` are labels that some of
    them carry. ``key`` says what the property ``arn`` holds.
    """

    labels: tuple[str, ...]
    doc: str
    key: str
    properties: tuple[Property, ...]
    source: str
    also: tuple[str, ...] = ()
    _known: frozenset[str] = field(init=False, repr=False, compare=False)
    _required: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look the names of the properties up once, not once per node."""
        names = frozenset(p.name for p in (*COMMON, *self.properties))
        object.__setattr__(self, "_known", names)
        required = tuple(p.name for p in (*COMMON, *self.properties) if p.required)
        object.__setattr__(self, "_required", required)

    @property
    def name(self) -> str:
        """The label that only this kind has."""
        return self.labels[-1]

    def node(self, arn: str, also: tuple[str, ...] = (), /, **props: Value | None) -> Node:
        """A node of this kind; None values are left out.

        Raises:
            ValueError: A property or label is not declared, or a required one is missing.
        """
        kept = {name: value for name, value in props.items() if value is not None}
        kept["arn"] = arn
        _check(f"node {self.name}", kept, self._known, self._required)
        if not set(also) <= set(self.also):
            raise ValueError(f"node {self.name}: undeclared label in `{also}`")
        return Node(self.labels + also, arn, kept)


@dataclass(frozen=True)
class EdgeKind:
    """A kind of edge; ``start`` and ``end`` are labels, ``decided`` says that `iam` decided it."""

    name: str
    start: tuple[str, ...]
    end: tuple[str, ...]
    doc: str
    source: str
    properties: tuple[Property, ...] = ()
    decided: bool = False
    _known: frozenset[str] = field(init=False, repr=False, compare=False)
    _required: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look the names of the properties up once, not once per edge."""
        object.__setattr__(self, "_known", frozenset(p.name for p in self.properties))
        required = tuple(p.name for p in self.properties if p.required)
        object.__setattr__(self, "_required", required)

    def between(self, src: str, dst: str, key: str = "", /, **props: Value | None) -> Edge:
        """An edge of this kind from one key to another.

        Raises:
            ValueError: A property is not declared, or a required one is missing.
        """
        kept = {name: value for name, value in props.items() if value is not None}
        _check(f"edge {self.name}", kept, self._known, self._required)
        return Edge(self.name, src, dst, key, kept)


def _check(
    what: str, props: Mapping[str, Value], known: frozenset[str], required: tuple[str, ...]
) -> None:
    if not props.keys() <= known:
        raise ValueError(f"{what}: undeclared property `{min(props.keys() - known)}`")
    for name in required:
        if name not in props:
            raise ValueError(f"{what}: property `{name}` is missing")


COMMON = (
    Property("arn", "the key: an ARN, or what stands for one", required=True),
    Property("name", "what people call it", required=True),
)
"""On every node."""

FINGERPRINT = "fingerprint"
"""On everything that a load wrote: identity and content as hash, so that only changes are sent."""

Derive = Callable[["Derivation"], Iterator[Any]]


def _walk(package: str, attribute: str) -> Iterator[tuple[Any, Derive]]:
    folder = importlib.import_module(package)
    for found in sorted(pkgutil.iter_modules(folder.__path__), key=lambda module: module.name):
        module = importlib.import_module(f"{package}.{found.name}")
        yield getattr(module, attribute), module.derive


@cache
def node_kinds() -> tuple[tuple[NodeKind, Derive], ...]:
    """Every kind of node with the function that derives its nodes."""
    return tuple(_walk("graph.nodes", "NODE"))


@cache
def edge_kinds() -> tuple[tuple[EdgeKind, Derive], ...]:
    """Every kind of edge with the function that derives its edges."""
    return tuple(_walk("graph.edges", "EDGE"))


@cache
def key_labels() -> tuple[str, ...]:
    """Labels under which ``arn`` is unique, sorted."""
    return tuple(sorted({kind.labels[0] for kind, _ in node_kinds()}))


@cache
def indexed_labels() -> tuple[str, ...]:
    """Labels that a query may look an ``arn`` up by: the key labels and each kind's own."""
    return tuple(sorted({label for kind, _ in node_kinds() for label in kind.labels}))


@cache
def all_labels() -> tuple[str, ...]:
    """Every label that this schema writes, sorted."""
    return tuple(
        sorted({label for kind, _ in node_kinds() for label in (*kind.labels, *kind.also)})
    )


@cache
def edge_types() -> tuple[str, ...]:
    """Every type of edge that this schema writes, sorted."""
    return tuple(sorted(kind.name for kind, _ in edge_kinds()))
