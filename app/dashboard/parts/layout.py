"""A layered left-to-right layout places cards, arrows and chips before anything is drawn.

Pure Python and deterministic: the screen, the SVG file and the reports draw the same picture.
The steps are the classic ones: break cycles, layer, add dummy nodes to long edges, order each
layer by barycentres, place by isotonic regression, route through the dummy nodes.
"""

import itertools
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CARD_WIDTH = 196.0
CARD_HEIGHT = 50.0
ROW_GAP = 24.0
DUMMY_HEIGHT = 16.0
MARGIN = 24.0
HEADER = 34.0
MIN_GAP = 84.0
CHIP_HEIGHT = 20.0
_CHIP_ROOM = 40.0
_SWEEPS = 8
_COUNTED = 400


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow to be routed; ``chip_width`` is the room its label takes, 0 for none."""

    id: str
    source: str
    target: str
    chip_width: float = 0.0


@dataclass(frozen=True, slots=True)
class Box:
    """Where a card stands; ``x`` and ``y`` are its upper left corner."""

    id: str
    column: int
    x: float
    y: float
    width: float = CARD_WIDTH
    height: float = CARD_HEIGHT


@dataclass(frozen=True, slots=True)
class Route:
    """How an arrow runs: SVG path data, and the middle of its chip when it has one."""

    id: str
    d: str
    chip: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """A finished layout; ``columns`` are the middles of the columns from left to right."""

    width: float
    height: float
    boxes: Mapping[str, Box]
    routes: Mapping[str, Route]
    columns: tuple[float, ...]


@dataclass(slots=True)
class _Item:
    """A card or a dummy node in its layer."""

    key: str
    layer: int
    height: float
    y: float = 0.0
    dummy: bool = False


_Segment = tuple[tuple[float, float], tuple[float, float], bool]


def place(
    nodes: Sequence[str],
    edges: Sequence[Edge],
    *,
    columns: Mapping[str, int] | None = None,
    headers: bool = False,
) -> Placement:
    """Place the nodes in columns and route the edges between them.

    Args:
        nodes: Ids in order of importance; ties are broken by this order.
        edges: Arrows between them; an edge from a node to itself is left out.
        columns: The column of each node when the caller knows it (distance from a start);
            left out, columns are the longest path from a source, so that a common target stands
            alone in the last one.
        headers: Leave room above the cards for a word per column.

    Example:
        >>> placed = place(["a", "b"], [Edge("ab", "a", "b")])
        >>> placed.boxes["a"].x < placed.boxes["b"].x
        True
    """
    known = set(nodes)
    edges = [e for e in edges if e.source in known and e.target in known and e.source != e.target]
    if not nodes:
        return Placement(2 * MARGIN, 2 * MARGIN, {}, {}, ())
    layer_of = dict(columns) if columns is not None else _longest_path(nodes, edges)
    chains, layers = _with_dummies(nodes, edges, layer_of)
    up, down = _neighbours(chains)
    _order(layers, up, down)
    _put(layers, up, down)
    return _draw(edges, chains, layers, headers=headers)


def _longest_path(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """Column of each node: its longest distance from a source once cycles are broken."""
    forward = _acyclic(nodes, edges)
    waiting = dict.fromkeys(nodes, 0)
    following: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target in forward:
        following[source].append(target)
        waiting[target] += 1
    layer = dict.fromkeys(nodes, 0)
    ready = [node for node in nodes if not waiting[node]]
    for node in ready:
        for target in following[node]:
            layer[target] = max(layer[target], layer[node] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return layer


def _acyclic(nodes: Sequence[str], edges: Sequence[Edge]) -> list[tuple[str, str]]:
    """The edges as pairs, those that close a cycle turned round."""
    following: dict[str, list[str]] = {node: [] for node in nodes}
    entered = dict.fromkeys(nodes, 0)
    for edge in edges:
        following[edge.source].append(edge.target)
        entered[edge.target] += 1
    open_now: set[str] = set()
    done: set[str] = set()
    back: set[tuple[str, str]] = set()
    for start in sorted(nodes, key=lambda node: entered[node] > 0):
        if start in done:
            continue
        open_now.add(start)
        stack = [(start, iter(following[start]))]
        while stack:
            node, rest = stack[-1]
            for target in rest:
                if target in open_now:
                    back.add((node, target))
                elif target not in done:
                    open_now.add(target)
                    stack.append((target, iter(following[target])))
                    break
            else:
                stack.pop()
                open_now.discard(node)
                done.add(node)
    pairs = dict.fromkeys((edge.source, edge.target) for edge in edges)
    turned = {(b, a) if (a, b) in back else (a, b): None for a, b in pairs}
    return list(turned)


def _with_dummies(
    nodes: Sequence[str], edges: Sequence[Edge], layer_of: Mapping[str, int]
) -> tuple[dict[str, list[_Item]], list[list[_Item]]]:
    """Items by layer, and for each edge the items that it runs through from left to right."""
    used = sorted({layer_of[node] for node in nodes})
    rank = {layer: index for index, layer in enumerate(used)}
    items = {node: _Item(node, rank[layer_of[node]], CARD_HEIGHT) for node in nodes}
    layers: list[list[_Item]] = [[] for _ in used]
    for node in nodes:
        layers[items[node].layer].append(items[node])
    chains: dict[str, list[_Item]] = {}
    for edge in edges:
        a, b = items[edge.source], items[edge.target]
        if a.layer > b.layer:
            a, b = b, a
        chain = [a]
        for layer in range(a.layer + 1, b.layer):
            dummy = _Item(f"{edge.id}\0{layer}", layer, DUMMY_HEIGHT, dummy=True)
            layers[layer].append(dummy)
            chain.append(dummy)
        chain.append(b)
        chains[edge.id] = chain
    return chains, layers


_Near = dict[str, list[_Item]]


def _neighbours(chains: Mapping[str, list[_Item]]) -> tuple[_Near, _Near]:
    up: _Near = {}
    down: _Near = {}
    for chain in chains.values():
        for left, right in itertools.pairwise(chain):
            if left.layer != right.layer:
                down.setdefault(left.key, []).append(right)
                up.setdefault(right.key, []).append(left)
    return up, down


def _order(layers: list[list[_Item]], up: _Near, down: _Near) -> None:
    """Sort each layer by the mean place of its neighbours; keep the order with fewest crossings."""
    place_of: dict[str, float] = {}

    def settle() -> None:
        for layer in layers:
            for index, item in enumerate(layer):
                place_of[item.key] = index / max(1, len(layer) - 1) if len(layer) > 1 else 0.5

    settle()
    countable = sum(map(len, down.values())) <= _COUNTED
    best = [list(layer) for layer in layers]
    fewest = _crossings(layers, down) if countable else 0
    for sweep in range(_SWEEPS):
        near = up if sweep % 2 == 0 else down
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            middle = {
                item.key: sum(place_of[n.key] for n in around) / len(around)
                if (around := near.get(item.key))
                else place_of[item.key]
                for item in layer
            }
            layer.sort(key=lambda item: middle[item.key])
            last = max(1, len(layer) - 1)
            for index, item in enumerate(layer):
                place_of[item.key] = index / last if len(layer) > 1 else 0.5
        if countable:
            crossings = _crossings(layers, down)
            if crossings < fewest:
                fewest, best = crossings, [list(layer) for layer in layers]
    if countable:
        for layer, kept in zip(layers, best, strict=True):
            layer[:] = kept


def _crossings(layers: list[list[_Item]], down: _Near) -> int:
    """Pairs of arrows that cross between neighbouring layers."""
    total = 0
    for left, right in itertools.pairwise(layers):
        index = {item.key: i for i, item in enumerate(right)}
        seen: list[int] = []
        for item in left:
            ends = sorted(index[n.key] for n in down.get(item.key, ()) if n.key in index)
            total += sum(len(seen) - bisect_left(seen, end + 1) for end in ends)
            for end in ends:
                seen.insert(bisect_left(seen, end), end)
    return total


def _put(layers: list[list[_Item]], up: _Near, down: _Near) -> None:
    """Give each item a middle: near its neighbours, in order, without an overlap."""
    for layer in layers:
        y = 0.0
        for index, item in enumerate(layer):
            y += _apart(layer[index - 1], item) if index else 0.0
            item.y = y
    middle = max((layer[-1].y for layer in layers), default=0.0) / 2
    for layer in layers:
        shift = middle - layer[-1].y / 2
        for item in layer:
            item.y += shift
    for sweep in range(6):
        rounds = layers if sweep % 2 == 0 else list(reversed(layers))
        for layer in rounds:
            wanted = []
            for item in layer:
                near = [*up.get(item.key, ()), *down.get(item.key, ())]
                if sweep < 4:
                    near = (up if sweep % 2 == 0 else down).get(item.key) or near
                wanted.append(sum(n.y for n in near) / len(near) if near else item.y)
            for item, y in zip(layer, _in_order(layer, wanted), strict=True):
                item.y = y


def _apart(a: _Item, b: _Item) -> float:
    """Least distance between the middles of two neighbours in a layer."""
    return (a.height + b.height) / 2 + ROW_GAP


def _in_order(layer: Sequence[_Item], wanted: Sequence[float]) -> list[float]:
    """The places nearest to the wanted ones that keep order and distance (isotonic regression)."""
    offsets = [0.0]
    for a, b in itertools.pairwise(layer):
        offsets.append(offsets[-1] + _apart(a, b))
    blocks: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        total, count = want - offset, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
            before, many = blocks.pop()
            total, count = total + before, count + many
        blocks.append((total, count))
    level = [total / count for total, count in blocks for _ in range(count)]
    return [base + offset for base, offset in zip(level, offsets, strict=True)]


def _draw(
    edges: Sequence[Edge],
    chains: Mapping[str, list[_Item]],
    layers: list[list[_Item]],
    *,
    headers: bool,
) -> Placement:
    gaps = [MIN_GAP] * max(0, len(layers) - 1)
    for edge in edges:
        chain = chains[edge.id]
        first = min(chain[0].layer, len(gaps) - 1)
        if gaps and edge.chip_width:
            gaps[first] = max(gaps[first], edge.chip_width + _CHIP_ROOM)
    lefts = [MARGIN]
    for gap in gaps:
        lefts.append(lefts[-1] + CARD_WIDTH + gap)
    top = MARGIN + (HEADER if headers else 0.0)
    highest = min(item.y - item.height / 2 for layer in layers for item in layer)
    for layer in layers:
        for item in layer:
            item.y += top - highest
    boxes = {
        item.key: Box(item.key, item.layer, lefts[item.layer], item.y - CARD_HEIGHT / 2)
        for layer in layers
        for item in layer
        if not item.dummy
    }
    segments = _segments(edges, chains, lefts)
    routes = _routes(edges, segments, boxes)
    lowest = max(item.y + item.height / 2 for layer in layers for item in layer)
    width = lefts[-1] + CARD_WIDTH + MARGIN
    if any(a.layer == b.layer for a, *_, b in chains.values()):
        width += MIN_GAP / 2
    centres = tuple(left + CARD_WIDTH / 2 for left in lefts)
    return Placement(width, lowest + MARGIN, boxes, routes, centres)


def _segments(
    edges: Sequence[Edge], chains: Mapping[str, list[_Item]], lefts: Sequence[float]
) -> dict[str, list[_Segment]]:
    """Each edge as curves between columns (True) and straight lines across them (False)."""
    ports = _ports(chains)
    found: dict[str, list[_Segment]] = {}
    for edge in edges:
        chain = chains[edge.id]
        a, b = chain[0], chain[-1]
        start = (lefts[a.layer] + CARD_WIDTH, a.y + ports[edge.id, a.key])
        if a.layer == b.layer:  # both in one column: out to the right and back
            end = (lefts[b.layer] + CARD_WIDTH, b.y + ports[edge.id, b.key])
            found[edge.id] = [(start, end, True)]
            continue
        end = (lefts[b.layer], b.y + ports[edge.id, b.key])
        parts: list[_Segment] = []
        at = start
        for dummy in chain[1:-1]:
            left, right = lefts[dummy.layer], lefts[dummy.layer] + CARD_WIDTH
            parts.append((at, (left, dummy.y), True))
            parts.append(((left, dummy.y), (right, dummy.y), False))
            at = (right, dummy.y)
        parts.append((at, end, True))
        if chain[0].key != edge.source:  # runs backwards
            parts = [(finish, begin, curve) for begin, finish, curve in reversed(parts)]
        found[edge.id] = parts
    return found


def _ports(chains: Mapping[str, list[_Item]]) -> dict[tuple[str, str], float]:
    """How far from a card's middle each edge leaves or enters it, so that arrows do not pile up."""
    sides: dict[tuple[str, bool], list[tuple[float, str, float]]] = {}
    for key, chain in chains.items():
        a, b = chain[0], chain[-1]
        sides.setdefault((a.key, True), []).append((chain[1].y, key, a.height))
        sides.setdefault((b.key, a.layer == b.layer), []).append((chain[-2].y, key, b.height))
    offsets: dict[tuple[str, str], float] = {}
    for (node, _), ends in sides.items():
        ends.sort()
        step = min(11.0, (ends[0][2] - 18) / max(1, len(ends) - 1))
        for index, (_, key, _) in enumerate(ends):
            offsets[key, node] = (index - (len(ends) - 1) / 2) * step
    return offsets


def _routes(
    edges: Sequence[Edge], segments: Mapping[str, list[_Segment]], boxes: Mapping[str, Box]
) -> dict[str, Route]:
    taken: list[tuple[float, float, float]] = []
    routes: dict[str, Route] = {}
    cards = list(boxes.values())
    choosy = len(edges) <= _COUNTED  # beyond it no drawing is read chip by chip
    for edge in edges:
        parts = segments[edge.id]
        chip = None
        if edge.chip_width:
            spots = _chip_spots(parts)
            chip = spots[0]
            if choosy:
                costs = [_cost(spot, edge.chip_width, taken, cards) for spot in spots]
                chip = spots[costs.index(min(costs))]
                taken.append((*chip, edge.chip_width))
        routes[edge.id] = Route(edge.id, _path(parts), chip)
    return routes


def _path(parts: Sequence[_Segment]) -> str:
    (x, y), *_ = parts[0]
    words = [f"M{x:.1f} {y:.1f}"]
    for (x0, y0), (x1, y1), curve in parts:
        if curve:
            a, b = _bends(x0, x1)
            words.append(f"C{a:.1f} {y0:.1f} {b:.1f} {y1:.1f} {x1:.1f} {y1:.1f}")
        else:
            words.append(f"L{x1:.1f} {y1:.1f}")
    return " ".join(words)


def _bends(x0: float, x1: float) -> tuple[float, float]:
    """X of the two control points of a curve."""
    if x0 == x1:
        return x0 + MIN_GAP / 2, x1 + MIN_GAP / 2
    middle = (x0 + x1) / 2
    return middle, middle


def _chip_spots(parts: Sequence[_Segment]) -> list[tuple[float, float]]:
    """Places for a chip on its own line, best first: mid-curve, nearer an end, on a straight."""
    spots = []
    curves = [part for part in parts if part[2]]
    for t in (0.5, 0.4, 0.6, 0.3, 0.7):
        for (x0, y0), (x1, y1), _ in curves[:2]:
            a, b = _bends(x0, x1)
            u = 1 - t
            x = u**3 * x0 + 3 * u * u * t * a + 3 * u * t * t * b + t**3 * x1
            y = u**3 * y0 + 3 * u * u * t * y0 + 3 * u * t * t * y1 + t**3 * y1
            spots.append((x, y))
    spots.extend(((x0 + x1) / 2, y0) for (x0, y0), (x1, _), curve in parts if not curve)
    return spots


def _cost(
    spot: tuple[float, float],
    width: float,
    taken: Sequence[tuple[float, float, float]],
    cards: Sequence[Box],
) -> float:
    """How much a chip at this spot would cover of other chips and of cards."""
    x, y = spot
    covered = 0.0
    for other_x, other_y, other_width in taken:
        across = (width + other_width) / 2 + 4 - abs(x - other_x)
        along = CHIP_HEIGHT + 2 - abs(y - other_y)
        if across > 0 and along > 0:
            covered += across * along
    for box in cards:
        across = (width + box.width) / 2 + 2 - abs(x - box.x - box.width / 2)
        along = (CHIP_HEIGHT + box.height) / 2 + 2 - abs(y - box.y - box.height / 2)
        if across > 0 and along > 0:
            covered += across * along
    return covered
