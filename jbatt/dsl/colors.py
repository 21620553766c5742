"""Colours of grids and objects: counted, listed, looked up. For indices the row numbers count as colours."""

from __future__ import annotations

import jax.numpy as jnp

from jbatt.dsl.cells import axis, sought_colour
from jbatt.dsl.histogram import COLOURS, commonest, count, histogram, present, rarest
from jbatt.dsl.registry import primitive
from jbatt.values import window
from jbatt.values.encode import NONE
from jbatt.values.row import ListRow, Out
from jbatt.values.types import GRID, INDICES, INTEGER, OBJECT, PAIR, set_of


def _plane(element):
    return element.plane if isinstance(element, tuple) else element


def _row_counts(indices):
    return jnp.sum(indices >= 0, axis=1, dtype=jnp.int32)


@primitive("mostcolor", (OBJECT,), INTEGER)
@primitive("mostcolor", (GRID,), INTEGER)
def mostcolor(element):
    """The most frequent colour, the lowest of equally frequent ones. No cells raise.

    Source: ARC-DSL `mostcolor`.
    """
    counts, high = histogram(_plane(element))
    return Out(commonest(counts), error=~high & (counts.max() == 0), unsupported=high)


@primitive("mostcolor", (INDICES,), INTEGER)
def fullest_row(indices):
    """The row with the most cells, the upper of equal ones. The empty set raises.

    Source: ARC-DSL `mostcolor`.
    """
    counts = _row_counts(indices)
    return Out(commonest(counts) - window.margin(indices.shape[-1]), error=counts.max() == 0)


@primitive("leastcolor", (OBJECT,), INTEGER)
@primitive("leastcolor", (GRID,), INTEGER)
def leastcolor(element):
    """The rarest of the colours that occur, the lowest of equally rare ones. No cells raise.

    Source: ARC-DSL `leastcolor`.
    """
    counts, high = histogram(_plane(element))
    return Out(rarest(counts), error=~high & (counts.max() == 0), unsupported=high)


@primitive("leastcolor", (INDICES,), INTEGER)
def emptiest_row(indices):
    """The row with the fewest cells (one at least), the upper of equal ones. The empty set raises.

    Source: ARC-DSL `leastcolor`.
    """
    counts = _row_counts(indices)
    return Out(rarest(counts) - window.margin(indices.shape[-1]), error=counts.max() == 0)


@primitive("colorcount", (OBJECT, INTEGER), INTEGER)
@primitive("colorcount", (GRID, INTEGER), INTEGER)
def colorcount(element, value):
    """How many cells have the colour. Source: ARC-DSL `colorcount`."""
    return count(_plane(element) == sought_colour(value))


@primitive("colorcount", (INDICES, INTEGER), INTEGER)
def row_count(indices, value):
    """How many cells lie in the row `value`. Source: ARC-DSL `colorcount`."""
    return count((indices >= 0) & (window.rows(indices.shape[-1]) == value))


def _listed(values, wanted) -> ListRow:
    """The wanted ones of ascending values, at the front of a list of 16; zeros follow."""
    place = jnp.cumsum(wanted.astype(jnp.int32)) - 1
    slots = jnp.arange(COLOURS, dtype=jnp.int32)
    chosen = wanted & (place == slots[:, None])
    items = jnp.sum(jnp.where(chosen, values, 0), axis=1, dtype=jnp.int32)
    return ListRow(items, jnp.sum(wanted, dtype=jnp.int32))


@primitive("palette", (OBJECT,), set_of(INTEGER))
@primitive("palette", (GRID,), set_of(INTEGER))
def palette(element):
    """The colours that occur, ascending: items int32[16]. Source: ARC-DSL `palette`."""
    wanted, high = present(_plane(element))
    return Out(_listed(jnp.arange(COLOURS, dtype=jnp.int32), wanted), unsupported=high)


@primitive("palette", (INDICES,), set_of(INTEGER))
def row_numbers(indices):
    """The rows that have cells, ascending: items int32[16], more rows overflow. Source: ARC-DSL `palette`."""
    rows = _listed(axis(indices.shape[-1]), _row_counts(indices) > 0)
    return Out(rows, overflow=rows.count > COLOURS)


@primitive("numcolors", (OBJECT,), INTEGER)
@primitive("numcolors", (GRID,), INTEGER)
def numcolors(element):
    """How many colours occur. Source: ARC-DSL `numcolors`."""
    wanted, high = present(_plane(element))
    return Out(jnp.sum(wanted, dtype=jnp.int32), unsupported=high)


@primitive("numcolors", (INDICES,), INTEGER)
def number_of_rows(indices):
    """How many rows have cells. Source: ARC-DSL `numcolors`."""
    return jnp.sum(_row_counts(indices) > 0, dtype=jnp.int32)


@primitive("color", (OBJECT,), INTEGER)
def color(obj):
    """The colour of the object's first cell by rows. The empty object raises. Source: ARC-DSL `color`."""
    side = obj.shape[-1]
    place = jnp.arange(side * side, dtype=jnp.int32).reshape(side, side)
    key = jnp.where(obj >= 0, (place << 7) | obj.astype(jnp.int32), jnp.iinfo(jnp.int32).max).min()
    return Out(key & 127, error=key == jnp.iinfo(jnp.int32).max)


@primitive("color", (INDICES,), INTEGER)
def first_row(indices):
    """The number of the first row with a cell. The empty set raises. Source: ARC-DSL `color`."""
    used = indices.max(axis=1) >= 0
    return Out(jnp.argmax(used).astype(jnp.int32) - window.margin(indices.shape[-1]), error=~used.any())


@primitive("ofcolor", (GRID, INTEGER), INDICES)
def ofcolor(grid, value):
    """The locations of the cells that have the colour. Source: ARC-DSL `ofcolor`."""
    return jnp.where(grid.plane == sought_colour(value), jnp.int8(0), jnp.int8(-1))


@primitive("index", (GRID, PAIR), INTEGER)
def index(grid, loc):
    """The colour at a location, None (`encode.NONE`) outside the grid. The empty grid raises.

    Source: ARC-DSL `index`.
    """
    i, j = loc
    inside = (i >= 0) & (i < grid.h) & (j >= 0) & (j < grid.w)
    m = window.margin(grid.plane.shape[-1])
    cell = grid.plane.at[jnp.where(inside, i + m, 0), jnp.where(inside, j + m, 0)].get(
        mode="promise_in_bounds"
    )
    return Out(jnp.where(inside, cell.astype(jnp.int32), NONE), error=grid.h == 0)
