"""Parts of a grid: crops with Python's slice rules, subgrids, halves, the grid without its border."""

from __future__ import annotations

import jax.numpy as jnp

from jbatt.dsl.cells import moved, regrid
from jbatt.dsl.extents import extent
from jbatt.dsl.registry import primitive
from jbatt.values.row import GridRow, Out
from jbatt.values.types import GRID, PAIR, PATCH

LARGEST = 2**31 - 1


def slice_bounds(start, stop, length):
    """Python's slice `[start:stop]` of a sequence of `length` as (first position, number of items)."""
    first = jnp.clip(jnp.where(start < 0, start + length, start), 0, length)
    last = jnp.clip(jnp.where(stop < 0, stop + length, stop), 0, length)
    return first, jnp.maximum(last - first, 0)


def slice_grid(grid, top, bottom, left, right) -> GridRow:
    """Rows `[top:bottom]` and columns `[left:right]` of a grid, sliced as Python does."""
    i, h = slice_bounds(top, bottom, grid.h)
    j, w = slice_bounds(left, right, grid.w)
    return regrid(moved(grid.plane, -i, -j), h, w)


def _saturating_sum(a, b):
    total = a + b
    total = jnp.where((a > 0) & (b > 0) & (total < 0), LARGEST, total)
    return jnp.where((a < 0) & (b < 0) & (total >= 0), -LARGEST, total)


@primitive("crop", (GRID, PAIR, PAIR), GRID)
def crop(grid, start, dims):
    """The part that begins at `start` and measures `dims`, as Python slices `start : start + dims` give it.

    What lies beyond the far sides is cut off; negative bounds count from the end. Source: ARC-DSL `crop`.
    """
    bottom, right = (_saturating_sum(s, d) for s, d in zip(start, dims, strict=True))
    return slice_grid(grid, start[0], bottom, start[1], right)


@primitive("subgrid", (PATCH, GRID), GRID, multi="fine")
def subgrid(patch, grid):
    """The grid cropped to the bounding box of `patch`, with the slice rules of `crop`. An empty patch raises.

    Source: ARC-DSL `subgrid`.
    """
    box = extent(patch)
    part = slice_grid(grid, box.top, box.bottom + 1, box.left, box.right + 1)
    return Out(part, error=box.empty)


@primitive("trim", (GRID,), GRID)
def trim(grid):
    """The grid without its first and last row and column. Source: ARC-DSL `trim`."""
    return regrid(moved(grid.plane, -1, -1), grid.h - 2, grid.w - 2)


@primitive("tophalf", (GRID,), GRID)
def tophalf(grid):
    """The upper h // 2 rows. Source: ARC-DSL `tophalf`."""
    return regrid(grid.plane, grid.h // 2, grid.w)


@primitive("bottomhalf", (GRID,), GRID)
def bottomhalf(grid):
    """The lower h // 2 rows. Source: ARC-DSL `bottomhalf`."""
    half = grid.h // 2
    return regrid(moved(grid.plane, half - grid.h, 0), half, grid.w)


def _unless_narrow(h, w):
    """The height of a vertical half: no columns leave no rows."""
    return jnp.where(w > 0, h, 0)


@primitive("lefthalf", (GRID,), GRID)
def lefthalf(grid):
    """The left w // 2 columns; a single column leaves the empty grid. Source: ARC-DSL `lefthalf`."""
    half = grid.w // 2
    return regrid(grid.plane, _unless_narrow(grid.h, half), half)


@primitive("righthalf", (GRID,), GRID)
def righthalf(grid):
    """The right w // 2 columns; a single column leaves the empty grid. Source: ARC-DSL `righthalf`."""
    half = grid.w // 2
    return regrid(moved(grid.plane, 0, half - grid.w), _unless_narrow(grid.h, half), half)
