"""A layout puts cards in columns without overlaps, always the same, whatever the graph."""

import itertools
import random

import pytest

from app.dashboard.parts.layout import MIN_GAP, Edge, Placement, place


def edges(*pairs: str, chip: float = 0.0) -> list[Edge]:
    return [Edge(pair, pair[0], pair[1], chip) for pair in pairs]


def layered(nodes: int, seed: int) -> tuple[list[str], list[Edge]]:
    rng = random.Random(seed)
    names = [f"n{i}" for i in range(nodes)]
    found: dict[tuple[str, str], None] = {}
    for i in range(1, nodes):
        for source in rng.sample(range(max(0, i - 12), i), k=min(i, 1 + (i % 2))):
            found[names[source], names[i]] = None
        if i % 17 == 0:
            found[names[i], names[i - 5]] = None  # backwards, so that there are cycles
    return names, [Edge(f"{a}→{b}", a, b, 40.0) for a, b in found]


def overlaps(placed: Placement) -> list[tuple[str, str]]:
    boxes = sorted(placed.boxes.values(), key=lambda box: (box.column, box.y))
    return [
        (a.id, b.id)
        for a, b in itertools.pairwise(boxes)
        if a.column == b.column and a.y + a.height > b.y
    ]


def test_a_common_target_stands_alone_in_the_last_column() -> None:
    placed = place(list("abcd"), edges("ab", "bd", "ac", "cd", "ad"))
    assert [placed.boxes[node].column for node in "abcd"] == [0, 1, 1, 2]


def test_columns_that_the_caller_knows_are_kept() -> None:
    placed = place(list("abc"), edges("ab", "bc"), columns={"a": 0, "b": 1, "c": 1})
    assert [placed.boxes[node].column for node in "abc"] == [0, 1, 1]


def test_the_gap_between_columns_holds_the_widest_chip() -> None:
    placed = place(list("ab"), edges("ab", chip=150.0))
    gap = placed.boxes["b"].x - placed.boxes["a"].x - placed.boxes["a"].width
    assert gap >= 150.0 + 40.0
    bare = place(list("ab"), edges("ab"))
    assert bare.boxes["b"].x - bare.boxes["a"].x - bare.boxes["a"].width >= MIN_GAP


def test_a_cycle_and_a_loop_end() -> None:
    placed = place(list("abc"), edges("ab", "bc", "ca", "aa"))
    assert set(placed.boxes) == set("abc")
    assert set(placed.routes) == {"ab", "bc", "ca"}


def test_an_edge_to_nowhere_is_left_out() -> None:
    assert set(place(["a", "b"], edges("ab", "ax")).routes) == {"ab"}


def test_nothing_is_a_layout_too() -> None:
    assert place([], []).boxes == {}


@pytest.mark.parametrize("nodes", [2, 50, 500, 2000])
def test_no_card_covers_another_and_all_lie_in_the_picture(nodes: int) -> None:
    names, found = layered(nodes, seed=nodes)
    placed = place(names, found)
    assert set(placed.boxes) == set(names)
    assert overlaps(placed) == []
    for box in placed.boxes.values():
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= placed.width
        assert box.y + box.height <= placed.height
    for route in placed.routes.values():
        if route.chip is not None:
            assert 0 <= route.chip[0] <= placed.width
            assert 0 <= route.chip[1] <= placed.height


def test_the_same_graph_gives_the_same_picture() -> None:
    names, found = layered(80, seed=3)
    assert place(names, found) == place(names, found)
