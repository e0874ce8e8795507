"""Who can enter whose roles, account by account: the rows behind the heatmap and its drill-down."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_ACCOUNTS = 40
"""More accounts than this on one side are not readable: the busiest are shown."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Accounts on both sides, and the number of roles in each cell that has any.

    Attributes:
        sources: Ids of the accounts whose principals enter.
        targets: Ids of the accounts whose roles are entered.
        cells: (source, target) to the number of roles; the same order as the chart's points.
        names: What to call an account.
        left_out: Accounts that the picture leaves out.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    cells: Mapping[tuple[str, str], int]
    names: Mapping[str, str]
    left_out: int

    @property
    def most(self) -> int:
        """The largest number of a cell."""
        return max(self.cells.values(), default=0)


def build(rows: Iterable[Mapping[str, Any]], most: int = MOST_ACCOUNTS) -> Matrix:
    """The matrix of rows ``from_account from_name to_account to_name enterable_roles``.

    Example:
        >>> build([{"from_account": "1", "from_name": "a", "to_account": "2", "to_name": "b",
        ...     "enterable_roles": 3}]).cells
        {('1', '2'): 3}
    """
    kept = [row for row in rows if row["enterable_roles"]]
    names: dict[str, str] = {}
    weight: dict[str, int] = {}
    for row in kept:
        for side in ("from", "to"):
            account = str(row[f"{side}_account"])
            names[account] = str(row[f"{side}_name"] or names.get(account) or account)
            weight[account] = weight.get(account, 0) + int(row["enterable_roles"])
    busiest = set(sorted(weight, key=lambda account: (-weight[account], account))[:most])
    cells = {
        (str(row["from_account"]), str(row["to_account"])): int(row["enterable_roles"])
        for row in kept
        if {str(row["from_account"]), str(row["to_account"])} <= busiest
    }
    return Matrix(
        sources=tuple(sorted({source for source, _ in cells})),
        targets=tuple(sorted({target for _, target in cells})),
        cells=cells,
        names=names,
        left_out=len(weight) - len(busiest),
    )


def options(matrix: Matrix, *, selected: tuple[str, str] | None, dark: bool) -> dict[str, Any]:
    """The heatmap as the options of an ECharts chart; no word of it is read as markup."""
    text = "#a3acba" if dark else "#475467"
    paper, shades = (
        ("#0e1117", ("#1f2b4d", "#3b5bdb", "#8da2fb"))
        if dark
        else ("#ffffff", ("#dbe4ff", "#91a7ff", "#3b5bdb"))
    )
    chosen = {"borderColor": "#fb8a4c" if dark else "#c2410c", "borderWidth": 3}
    points = []
    for (source, target), count in matrix.cells.items():
        at = [matrix.targets.index(target), matrix.sources.index(source), count]
        share = count / matrix.most
        points.append(
            {
                "value": at,
                # ECharts selects by name; without one of its own a whole column has the same.
                "name": f"{source}..{target}",
                "label": {"color": _ink(share, dark=dark)},
                **({"itemStyle": chosen} if (source, target) == selected else {}),
            }
        )
    return {
        "animation": False,
        "grid": {"left": 8, "right": 12, "top": 8, "bottom": 8, "containLabel": True},
        "xAxis": _axis(matrix, matrix.targets, text, {"position": "top"}, rotate=35),
        "yAxis": _axis(matrix, matrix.sources, text, {"inverse": True}, rotate=0),
        "visualMap": {
            "show": False,
            "min": 1,
            "max": max(2, matrix.most),
            "inRange": {"color": list(shades)},
        },
        "series": [
            {
                "type": "heatmap",
                "data": points,
                "selectedMode": "single",
                "select": {"itemStyle": chosen},
                "label": {"show": True, "fontSize": 12},
                "itemStyle": {"borderColor": paper, "borderWidth": 2, "borderRadius": 3},
                "emphasis": {"itemStyle": {"borderColor": text, "borderWidth": 2}},
            }
        ],
        "tooltip": {"show": False},
    }


def _ink(share: float, *, dark: bool) -> str:
    """The colour of a number that can be read on the shade of its cell."""
    if dark:
        return "#eef1f6" if share < 0.7 else "#0e1117"
    return "#101828" if share < 0.7 else "#ffffff"


def _axis(
    matrix: Matrix, accounts: Sequence[str], text: str, place: Mapping[str, Any], *, rotate: int
) -> dict[str, Any]:
    return {
        "type": "category",
        "data": [_word(matrix, account) for account in accounts],
        "axisLabel": {"rotate": rotate, "color": text, "interval": 0, "fontSize": 12},
        "axisLine": {"show": False},
        "axisTick": {"show": False},
        "splitArea": {"show": False},
        **place,
    }


def _word(matrix: Matrix, account: str) -> str:
    """A name of at most twenty characters; ids and long names lose their middle."""
    from app.dashboard.parts.escape import middle_cut, one_line

    return middle_cut(one_line(matrix.names[account]), 20)


def at(matrix: Matrix, index: int) -> tuple[str, str] | None:
    """The pair of accounts of a point of the chart."""
    pairs = list(matrix.cells)
    return pairs[index] if 0 <= index < len(pairs) else None
