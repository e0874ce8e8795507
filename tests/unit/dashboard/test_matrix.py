"""The heatmap shows each pair of accounts once, and a click finds the pair it was on."""

import json

import pytest

from app.dashboard.parts import matrix
from app.dashboard.parts.colours import contrast


def row(source: str, target: str, roles: int, name: str = "") -> dict[str, object]:
    return {
        "from_account": source,
        "from_name": name or f"name of {source}",
        "to_account": target,
        "to_name": f"name of {target}",
        "enterable_roles": roles,
    }


ROWS = [row("1", "2", 3), row("2", "1", 1), row("3", "2", 0), row("9", "1", 5, "=x<b>")]


def test_a_pair_without_access_is_no_cell() -> None:
    made = matrix.build(ROWS)
    assert dict(made.cells) == {("1", "2"): 3, ("2", "1"): 1, ("9", "1"): 5}
    assert (made.sources, made.targets, made.most) == (("1", "2", "9"), ("1", "2"), 5)


def test_no_access_is_an_empty_matrix() -> None:
    made = matrix.build([row("1", "2", 0)])
    assert (made.cells, made.most, made.left_out) == ({}, 0, 0)


def test_an_account_without_a_name_has_its_id() -> None:
    nameless = {**row("1", "2", 1), "from_name": "", "to_name": None}
    assert matrix.build([nameless]).names == {"1": "1", "2": "2"}


def test_too_many_accounts_are_cut_to_the_busiest_and_said() -> None:
    rows = [row(f"{n:03}", "999", n) for n in range(1, 60)]
    made = matrix.build(rows, most=10)
    assert made.left_out == 50
    assert made.sources == tuple(f"{n:03}" for n in range(51, 60))


@pytest.mark.parametrize("dark", [False, True])
def test_a_point_of_the_chart_is_the_cell_at_its_index(dark: bool) -> None:
    made = matrix.build(ROWS)
    chart = matrix.options(made, selected=("9", "1"), dark=dark)
    points = chart["series"][0]["data"]
    assert len(points) == len(made.cells)
    for index, point in enumerate(points):
        pair = matrix.at(made, index)
        assert pair is not None
        column, line, count = point["value"]
        assert (made.sources[line], made.targets[column]) == pair
        assert made.cells[pair] == count
    assert [("itemStyle" in point) for point in points] == [
        pair == ("9", "1") for pair in made.cells
    ]
    assert matrix.at(made, -1) is None
    assert matrix.at(made, len(points)) is None


def test_the_chart_is_plain_data_and_shows_no_tooltip_of_markup() -> None:
    chart = matrix.options(matrix.build(ROWS), selected=None, dark=False)
    assert json.loads(json.dumps(chart)) == chart
    assert chart["tooltip"] == {"show": False}
    assert "=x<b>" in chart["yAxis"]["data"]


@pytest.mark.parametrize("dark", [False, True])
def test_the_number_can_be_read_on_the_palest_and_the_strongest_shade(dark: bool) -> None:
    made = matrix.build([row("1", "2", 100), row("2", "1", 1)])
    chart = matrix.options(made, selected=None, dark=dark)
    shades = chart["visualMap"]["inRange"]["color"]
    strongest, palest = (point["label"]["color"] for point in chart["series"][0]["data"])
    assert contrast(palest, shades[0]) >= 4.5
    assert contrast(strongest, shades[-1]) >= 4.5
