"""Grids made, measured, joined, compared, compressed, and turned into patches."""

from __future__ import annotations

import jax.numpy as jnp

from jbatt.dsl.cells import as_colour, axis, fitted, is_colour, moved, regrid
from jbatt.dsl.registry import primitive
from jbatt.values import window
from jbatt.values.row import GridRow, Out
from jbatt.values.types import BOOLEAN, GRID, INDICES, INTEGER, OBJECT, PAIR


@primitive("canvas", (INTEGER, PAIR), GRID)
def canvas(value, dimensions, *, side: int):
    """A grid of these dimensions in one colour, on a plane of `side`.

    A height below 1 gives the empty grid, a width below 1 empty rows. Source: ARC-DSL `canvas`.
    """
    h, w = dimensions
    plane = jnp.broadcast_to(as_colour(value), (side, side))
    return fitted(regrid(plane, h, w), unsupported=(h > 0) & (w > 0) & ~is_colour(value))


@primitive("asobject", (GRID,), OBJECT)
def asobject(grid):
    """All cells of the grid, as an object. Source: ARC-DSL `asobject`."""
    return grid.plane


@primitive("asindices", (GRID,), INDICES)
def asindices(grid):
    """All locations of the grid. Source: ARC-DSL `asindices`."""
    return jnp.minimum(grid.plane, jnp.int8(0))


@primitive("size", (GRID,), INTEGER)
@primitive("height", (GRID,), INTEGER)
def grid_height(grid):
    """The number of rows, which is a grid's size too. Source: ARC-DSL `height`, `size`."""
    return grid.h


@primitive("width", (GRID,), INTEGER)
def grid_width(grid):
    """The number of columns, 0 for empty rows. Source: ARC-DSL `width`."""
    return grid.w


@primitive("shape", (GRID,), PAIR)
def grid_shape(grid):
    """The pair of height and width. Source: ARC-DSL `shape`."""
    return (grid.h, grid.w)


@primitive("portrait", (GRID,), BOOLEAN)
def grid_portrait(grid):
    """Whether the grid is strictly higher than wide. Source: ARC-DSL `portrait`."""
    return grid.h > grid.w


@primitive("square", (GRID,), BOOLEAN)
def grid_square(grid):
    """Whether the grid has as many rows as columns. The empty grid raises. Source: ARC-DSL `square`."""
    return Out(grid.h == grid.w, error=grid.h == 0)


@primitive("hconcat", (GRID, GRID), GRID)
def hconcat(a, b):
    """`b` to the right of `a`, as many rows as the lower one has. Source: ARC-DSL `hconcat`."""
    along = axis(a.plane.shape[-1])
    plane = jnp.where(along < a.w, a.plane, moved(b.plane, 0, a.w))
    return fitted(regrid(plane, jnp.minimum(a.h, b.h), a.w + b.w))


@primitive("vconcat", (GRID, GRID), GRID)
def vconcat(a, b):
    """`b` below `a`. Rows of different widths cannot be held: unsupported. Source: ARC-DSL `vconcat`."""
    along = axis(a.plane.shape[-1])
    plane = jnp.where((along < a.h)[:, None], a.plane, moved(b.plane, a.h, 0))
    ragged = (a.h > 0) & (b.h > 0) & (a.w != b.w)
    return fitted(regrid(plane, a.h + b.h, jnp.maximum(a.w, b.w)), unsupported=ragged)


@primitive("cellwise", (GRID, GRID, INTEGER), GRID)
def cellwise(a, b, fallback):
    """`a` with `fallback` wherever the second grid has another colour; cells of `b` beyond `a` do not matter.

    An empty `a` raises, and so does a `b` that does not reach as far as `a`. Source: ARC-DSL `cellwise`.
    """
    differs = (a.plane != b.plane) & (a.plane >= 0)
    plane = jnp.where(differs, as_colour(fallback), a.plane)
    short = (a.w > 0) & ((b.h < a.h) | (b.w < a.w))
    used = (a.h > 0) & (a.w > 0)
    return Out(a._replace(plane=plane), error=(a.h == 0) | short, unsupported=used & ~is_colour(fallback))


def _kept(keep):
    """The coordinates of the kept rows or columns, in order, at the front of int32[U]; and their number."""
    side = keep.shape[0]
    along = axis(side)
    up_to = jnp.cumsum(keep.astype(jnp.int32))
    # The k-th kept position is the number of positions that have at most k kept ones up to them.
    source = jnp.sum(up_to[None, :] <= along[:, None], axis=1, dtype=jnp.int32) - window.margin(side)
    return source, up_to[-1]


@primitive("compress", (GRID,), GRID)
def compress(grid) -> GridRow:
    """The grid without the rows and columns that have a single colour, both judged before any is removed.

    Where only all columns go, empty rows remain. Source: ARC-DSL `compress`.
    """
    plane = grid.plane
    along = axis(plane.shape[-1])
    # As uint8 the -1 outside the grid is 255: it never is the lowest colour, as int8 never the highest.
    low = plane.astype(jnp.uint8)

    def plain(direction):
        high = plane.max(axis=direction)
        return (high >= 0) & (low.min(axis=direction) == high.astype(jnp.uint8))

    i, h = _kept((along >= 0) & (along < grid.h) & ~plain(1))
    j, w = _kept((along >= 0) & (along < grid.w) & ~plain(0))
    return regrid(plane, h, w, i=i, j=j)
