"""Cells moved by index vectors, and integers as colours: what the grid primitives share.

A new grid is described by where its rows and columns come from. Two gathers, of rows and then of columns, and
a mask give its plane: XLA's CPU backend runs those faster than pads, concatenations and scatters.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from jbatt.values import window
from jbatt.values.row import GridRow, Out

HIGHEST_COLOUR = 127


def axis(side: int):
    """int32[U]: the coordinates along either direction of a plane."""
    return window.columns(side)[0]


def gather(plane, i=None, j=None):
    """Plane whose row r is row `i[r]` of `plane`, column c column `j[c]` (coordinates; None: unchanged).

    Coordinates outside the window give the nearest row or column: mask the result.
    """
    m = window.margin(plane.shape[-1])
    if i is not None:
        plane = jnp.take(plane, i + m, axis=0, mode="clip")
    if j is not None:
        plane = jnp.take(plane, j + m, axis=1, mode="clip")
    return plane


def regrid(plane, h, w, i=None, j=None) -> GridRow:
    """The grid of `h` by `w` cells whose cell (r, c) is cell `(i[r], j[c])` of `plane`.

    Negative sizes count as zero; without rows there are no columns.
    """
    h = jnp.maximum(h, 0)
    w = jnp.where(h > 0, jnp.maximum(w, 0), 0)
    side = plane.shape[-1]
    inside = window.rectangle(side, 0, 0, h, w)
    return GridRow(jnp.where(inside, gather(plane, i, j), jnp.int8(-1)), h, w)


def fitted(grid: GridRow, **conditions) -> Out:
    """A grid result that overflows where it is larger than the class allows."""
    largest = window.largest_grid(grid.plane.shape[-1])
    return Out(grid, overflow=(grid.h > largest) | (grid.w > largest), **conditions)


def moved(plane, di, dj):
    """The plane's cells shifted by `(di, dj)`; those that leave the window are dropped."""
    side = plane.shape[-1]
    m = window.margin(side)
    di, dj = (jnp.clip(d, -side, side).astype(jnp.int32) for d in (di, dj))
    # One copy of rows that lie one behind the other, with nothing before and after them: what moves out of a row on
    # one side comes into the next one on the other, and is masked. A quarter of the time that two gathers take.
    around = jnp.full(side * side, -1, jnp.int8)
    rows = jnp.concatenate([around, plane.reshape(-1), around])
    rows = lax.dynamic_slice(rows, (side * side - side * di - dj,), (side * side,))
    j = axis(side) - dj
    return jnp.where((j >= -m) & (j < side - m), rows.reshape(side, side), jnp.int8(-1))


def is_colour(value):
    """bool[]: whether an integer can be held as a colour."""
    return (value >= 0) & (value <= HIGHEST_COLOUR)


def as_colour(value):
    """int8[]: an integer as the colour to draw; meaningless where it is none."""
    return value.astype(jnp.int8)


def sought_colour(value):
    """int8[]: an integer as a colour to look for in a plane; -2, which equals no cell, where it is none."""
    return jnp.where(is_colour(value), value, -2).astype(jnp.int8)
