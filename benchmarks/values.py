"""Random arguments for primitives: valid for what the parameter means, not only for its type."""

from __future__ import annotations

import random
from typing import Any

from jbatt.values.types import BOOLEAN, CELL, GRID, INDICES, INTEGER, OBJECT, PAIR

DIRECTIONS = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]
SIZES = frozenset({"dims", "dimensions"})
STEPS = frozenset({"direction", "directions", "offset"})


def row(primitive: str, types: tuple, parameters: list[str], size: int, draw: random.Random) -> tuple:
    """Arguments for one call, in or on grids of `size` x `size` cells, as the reference takes them."""
    drawn = [argument(t, p, size, draw) for t, p in zip(types, parameters, strict=True)]
    if primitive == "connect":  # points that a line connects, not any two
        (i, j), (a, b) = drawn[0], draw.choice(DIRECTIONS)
        steps = draw.randint(
            0, max(k for k in range(size) if 0 <= i + k * a < size and 0 <= j + k * b < size)
        )
        drawn[1] = (i + steps * a, j + steps * b)
    elif primitive == "occurrences":  # an object that occurs
        cells, piece = drawn
        drawn[1] = frozenset((cells[i][j], (i, j)) for _, (i, j) in piece)
    return tuple(drawn)


def argument(kind: Any, parameter: str, size: int, draw: random.Random) -> Any:
    """A value for one parameter."""
    if kind is GRID:
        return grid(size, draw)
    if kind is OBJECT or kind is INDICES:
        return patch(kind, size, draw)
    if kind is BOOLEAN:
        return draw.random() < 0.5
    if kind is INTEGER:
        if parameter == "factor":
            return draw.randint(
                1, max(1, min(3, 30 // size))
            )  # so that the result is no larger than ARC's grids
        if parameter == "n":
            return draw.randint(1, min(3, size))
        return draw.randint(0, 9)
    if kind is PAIR:
        if parameter in SIZES:
            return (draw.randint(1, size), draw.randint(1, size))
        if parameter in STEPS:
            return draw.choice(DIRECTIONS)
        return (draw.randrange(size), draw.randrange(size))
    if kind is CELL:
        return (draw.randint(0, 9), (draw.randrange(size), draw.randrange(size)))
    raise ValueError(f"no random values of type {kind}")


def grid(size: int, draw: random.Random) -> tuple[tuple[int, ...], ...]:
    """A background with a few rectangles and lines on it, as ARC's grids have: some objects, some frontiers."""
    cells = [[0] * size for _ in range(size)]
    for _ in range(draw.randint(2, 6)):
        top, left, height, width = rectangle(size, draw)
        colour = draw.randint(1, 9)
        for i in range(top, top + height):
            for j in range(left, left + width):
                cells[i][j] = colour
    if draw.random() < 0.3:
        cells[draw.randrange(size)] = [draw.randint(1, 9)] * size
    return tuple(map(tuple, cells))


def patch(kind: Any, size: int, draw: random.Random) -> frozenset:
    """Some of the cells of a rectangle, in one or two colours where it is an object."""
    top, left, height, width = rectangle(size, draw)
    places = [(i, j) for i in range(top, top + height) for j in range(left, left + width)]
    chosen = [place for place in places if draw.random() < 0.8] or places[:1]
    if kind is INDICES:
        return frozenset(chosen)
    colours = [draw.randint(0, 9), draw.randint(0, 9)]
    return frozenset((draw.choice(colours), place) for place in chosen)


def rectangle(size: int, draw: random.Random) -> tuple[int, int, int, int]:
    """Top, left, height and width of a rectangle that fills at most half of each side."""
    height, width = draw.randint(1, (size + 1) // 2), draw.randint(1, (size + 1) // 2)
    return draw.randint(0, size - height), draw.randint(0, size - width), height, width
