"""Patterns: where an object occurs in a grid, and after how many steps it repeats itself.

These loop over cells or steps and mostly end early, so evaluators run them row by row on CPU. A plane is laid out
flat there: moving it is a slice with another start.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from jbatt.dsl.extents import as_indices, extent
from jbatt.dsl.registry import primitive
from jbatt.values import window
from jbatt.values.row import Out
from jbatt.values.types import GRID, INDICES, INTEGER, OBJECT


@primitive("occurrences", (GRID, OBJECT), INDICES, rowwise=True)
def occurrences(grid, obj):
    """The positions for an object's upper left corner where all its cells agree with the grid.

    The empty object occurs everywhere, also one row below and one column right of the grid. The empty grid raises.
    Source: ARC-DSL `occurrences`.
    """
    side = obj.shape[-1]
    m, cells = window.margin(side), side * side
    box = extent(obj)
    rows, columns = grid.h - box.height + 1, grid.w - box.width + 1
    fits = window.rectangle(side, 0, 0, rows, columns)

    # A position that keeps the whole object inside the grid never reads across the end of a row.
    index = jnp.arange(cells, dtype=jnp.int32)
    corner = (box.top + m) * side + box.left + m
    flat, target = obj.reshape(-1), grid.plane.reshape(-1)
    target = jnp.concatenate([target, jnp.full(cells, -1, jnp.int8)])

    def following(cell):
        return jnp.where((flat >= 0) & (index > cell), index, cells).min()

    def compare(state):
        possible, cell, _ = state
        colour = lax.dynamic_slice(flat, (cell,), (1,))
        moved = lax.dynamic_slice(target, (cell - corner,), (cells,))
        possible &= moved == colour
        return possible, following(cell), possible.any()

    start = fits.reshape(-1)
    state = (start, following(jnp.int32(-1)), start.any())
    possible, _, _ = lax.while_loop(lambda s: s[2] & (s[1] < cells), compare, state)
    beyond = (rows > 0) & (columns > 0) & ((rows > side - m) | (columns > side - m))
    return Out(as_indices(possible.reshape(side, side)), error=grid.h == 0, clipped=beyond)


def _period(obj):
    side = obj.shape[-1]
    box = extent(obj)
    flat = obj.reshape(-1)
    column = jnp.broadcast_to(window.columns(side), (side, side)).reshape(-1)
    padded = jnp.concatenate([jnp.full(side, -1, jnp.int8), flat])

    def longer(state):
        step, _ = state
        step += 1
        earlier = lax.dynamic_slice(padded, (side - step,), (side * side,))
        compared = (flat >= 0) & (column >= box.left + step)
        return step, ~(compared & (earlier != flat)).any()

    step, found = lax.while_loop(
        lambda s: ~s[1] & (s[0] + 1 < box.width), longer, (jnp.int32(0), jnp.bool_(False))
    )
    return jnp.where(found, step, box.width)


@primitive("hperiod", (OBJECT,), INTEGER, rowwise=True)
def hperiod(obj):
    """The smallest shift to the left by which an object falls on itself, its width if there is none, 0 when empty.

    Cells pushed over the left edge of the bounding box are left out. Source: ARC-DSL `hperiod`.
    """
    return _period(obj)


@primitive("vperiod", (OBJECT,), INTEGER, rowwise=True)
def vperiod(obj):
    """The smallest shift upwards by which an object falls on itself, its height if there is none, 0 when empty.

    Cells pushed over the upper edge of the bounding box are left out. Source: ARC-DSL `vperiod`.
    """
    return _period(obj.T)
