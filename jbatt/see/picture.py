"""Pictures: what is to be drawn of a value, whatever it is drawn on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from jbatt.see.palette import LOCATION, NOTHING

ITEMS = 8
"""Items of a container that are drawn; a note says how many more there are."""
LARGEST = 64
"""Cells along a side that are drawn at most."""


@dataclass(frozen=True, eq=False)
class Picture:
    """cells: int16[h, w], colours, NOTHING or LOCATION; faint: bool[h, w], cells that only show where the others lie;
    marked: bool[h, w], cells that differ from what is expected."""

    cells: np.ndarray
    title: str = ""
    faint: np.ndarray | None = None
    marked: np.ndarray | None = None

    @property
    def shape(self) -> tuple[int, int]:
        return self.cells.shape  # type: ignore[return-value]


def of_grid(grid: Any, title: str = "", marked: np.ndarray | None = None) -> Picture:
    """A grid: int[h, w] or rows of colours."""
    cells = np.array([list(r) for r in grid] if isinstance(grid, tuple | list) else grid, np.int16)
    if cells.ndim != 2:
        cells = cells.reshape(len(grid), -1)
    return _cut(Picture(cells, title, None, marked))


def of_patch(patch: frozenset, under: np.ndarray | None = None, title: str = "") -> Picture:
    """A patch on the grid that it came from, which stays faint; without a grid, its own bounding box."""
    cells = [(c[0], *c[1]) if isinstance(c[1], tuple) else (LOCATION, *c) for c in patch]
    rows, columns = [c[1] for c in cells], [c[2] for c in cells]
    if under is None:
        top, left = min(rows, default=0), min(columns, default=0)
        height, width = max(rows, default=0) - top + 1, max(columns, default=0) - left + 1
    else:
        top, left = min([0, *rows]), min([0, *columns])
        height = max([under.shape[0] - 1, *rows]) - top + 1
        width = max([under.shape[1] - 1, *columns]) - left + 1
    if height > 4 * LARGEST or width > 4 * LARGEST:
        return Picture(np.full((1, 1), NOTHING, np.int16), f"{title} (too far apart to be drawn)".strip())
    canvas = np.full((height, width), NOTHING, np.int16)
    pale = np.zeros((height, width), bool)
    if under is not None:
        where = slice(-top, under.shape[0] - top), slice(-left, under.shape[1] - left)
        canvas[where], pale[where] = under, True
    for colour, i, j in sorted(cells):
        canvas[i - top, j - left], pale[i - top, j - left] = colour, False
    if top < 0 or left < 0:
        title = f"{title} from {top},{left}".strip()
    return _cut(Picture(canvas, title, pale if pale.any() else None))


def of_output(output: np.ndarray, expected: np.ndarray | None, title: str = "output") -> Picture:
    """An output with the cells that differ from the expected ones marked; where the shapes differ, none are."""
    if expected is None or output.shape != expected.shape:
        return of_grid(output, title)
    return of_grid(output, title, output != expected)


def pictures(value: Any, kind: Any, under: np.ndarray | None = None) -> list[Picture]:
    """What there is to draw of a Python value of a DSL type: nothing for numbers and functions, the items of containers."""
    from jbatt.see.text import ordered, pictured
    from jbatt.values.types import GRID, ListType, StructType, is_patch

    if kind is GRID:
        return [of_grid(value)] if value and len(value[0]) else []
    if is_patch(kind):
        return [of_patch(value, under)] if value else []
    if isinstance(kind, StructType):
        found = [pictures(v, k, under) for v, k in zip(value, kind.fields, strict=False)]
        return [p for part in found for p in part][:ITEMS]
    if isinstance(kind, ListType) and pictured(kind):
        drawn = []
        for k, item in enumerate(ordered(value)[:ITEMS]):
            for p in _item(item, kind.item, k):
                drawn.append(p)
        return drawn[:ITEMS]
    return []


def _item(item: Any, kind: Any, k: int) -> list[Picture]:
    """An item of a container: patches by their bounding box, with the place of its corner."""
    from jbatt.values.types import is_patch

    if is_patch(kind):
        if not item:
            return []
        places = [c[1] if isinstance(c[1], tuple) else c for c in item]
        at = f"{min(p[0] for p in places)},{min(p[1] for p in places)}"
        drawn = of_patch(item)
        return [Picture(drawn.cells, f"{k}: at {at}", drawn.faint)]
    return [Picture(p.cells, f"{k}: {p.title}".strip(": "), p.faint) for p in pictures(item, kind)]


def _cut(picture: Picture) -> Picture:
    height, width = picture.shape
    if height <= LARGEST and width <= LARGEST:
        return picture
    title = f"{picture.title} {height}x{width}, cut".strip()
    view = slice(LARGEST), slice(LARGEST)
    return Picture(
        picture.cells[view],
        title,
        None if picture.faint is None else picture.faint[view],
        None if picture.marked is None else picture.marked[view],
    )
