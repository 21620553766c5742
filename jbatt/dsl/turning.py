"""Grids turned and mirrored."""

from __future__ import annotations

from jbatt.dsl.cells import axis, regrid
from jbatt.dsl.registry import primitive
from jbatt.values.types import GRID


def _backwards(plane, length):
    """int32[U]: the coordinates counted down from the last of `length`."""
    return length - 1 - axis(plane.shape[-1])


@primitive("rot90", (GRID,), GRID)
def rot90(grid):
    """The grid turned a quarter clockwise; without cells it becomes the empty grid.

    Source: ARC-DSL `rot90`.
    """
    plane, h, w = grid
    return regrid(plane.T, w, h, j=_backwards(plane, h))


@primitive("rot180", (GRID,), GRID)
def rot180(grid):
    """The grid turned by half; empty rows stay. Source: ARC-DSL `rot180`."""
    plane, h, w = grid
    return regrid(plane, h, w, i=_backwards(plane, h), j=_backwards(plane, w))


@primitive("rot270", (GRID,), GRID)
def rot270(grid):
    """The grid turned a quarter anticlockwise; without cells it becomes the empty grid.

    Source: ARC-DSL `rot270`.
    """
    plane, h, w = grid
    return regrid(plane.T, w, h, i=_backwards(plane, w))


@primitive("hmirror", (GRID,), GRID)
def hmirror_grid(grid):
    """The rows in reverse order, so upside down. Source: ARC-DSL `hmirror`."""
    plane, h, w = grid
    return regrid(plane, h, w, i=_backwards(plane, h))


@primitive("vmirror", (GRID,), GRID)
def vmirror_grid(grid):
    """Left and right exchanged. Source: ARC-DSL `vmirror`."""
    plane, h, w = grid
    return regrid(plane, h, w, j=_backwards(plane, w))


@primitive("dmirror", (GRID,), GRID)
def dmirror_grid(grid):
    """Rows and columns exchanged; without cells it becomes the empty grid. Source: ARC-DSL `dmirror`."""
    plane, h, w = grid
    return regrid(plane.T, w, h)


@primitive("cmirror", (GRID,), GRID)
def cmirror_grid(grid):
    """Mirrored along the diagonal from lower left to upper right; without cells it becomes the empty grid.

    Source: ARC-DSL `cmirror`.
    """
    plane, h, w = grid
    return regrid(plane.T, w, h, i=_backwards(plane, w), j=_backwards(plane, h))
