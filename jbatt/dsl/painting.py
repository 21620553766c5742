"""Painting: patches drawn on grids, and colours exchanged."""

from __future__ import annotations

import jax.numpy as jnp

from jbatt.dsl.cells import as_colour, is_colour, moved, sought_colour
from jbatt.dsl.histogram import background
from jbatt.dsl.registry import primitive
from jbatt.values.encode import NONE
from jbatt.values.row import Out
from jbatt.values.types import GRID, INTEGER, OBJECT, PAIR, PATCH


@primitive("fill", (GRID, INTEGER, PATCH), GRID, clipped="inside", multi="fine")
def fill(grid, value, patch):
    """Grid with `value` at the cells of `patch`; cells outside the grid are ignored.

    The empty grid raises. Source: ARC-DSL `fill`.
    """
    drawn = (grid.plane >= 0) & (patch >= 0)
    plane = jnp.where(drawn, as_colour(value), grid.plane)
    return Out(grid._replace(plane=plane), error=grid.h == 0, unsupported=~is_colour(value))


@primitive("paint", (GRID, OBJECT), GRID, clipped="inside", multi="fine")
def paint(grid, obj):
    """Grid with the object drawn on it; cells outside the grid are ignored.

    Of two colours at a location the higher one stays. The empty grid raises. Source: ARC-DSL `paint`.
    """
    drawn = (grid.plane >= 0) & (obj >= 0)
    return Out(grid._replace(plane=jnp.where(drawn, obj, grid.plane)), error=grid.h == 0)


@primitive("underfill", (GRID, INTEGER, PATCH), GRID, clipped="inside", multi="fine")
def underfill(grid, value, patch):
    """Grid with `value` at those cells of `patch` that have the background, the most common colour.

    A grid without cells raises. Source: ARC-DSL `underfill`.
    """
    ground, empty, high = background(grid.plane)
    drawn = (grid.plane == ground) & (patch >= 0)
    plane = jnp.where(drawn, as_colour(value), grid.plane)
    return Out(grid._replace(plane=plane), error=empty, unsupported=high | ~is_colour(value))


@primitive("underpaint", (GRID, OBJECT), GRID, clipped="inside")
def underpaint(grid, obj):
    """Grid with the object drawn where the grid has its background, the most common colour.

    A grid without cells raises. Source: ARC-DSL `underpaint`.
    """
    ground, empty, high = background(grid.plane)
    drawn = (grid.plane == ground) & (obj >= 0)
    return Out(grid._replace(plane=jnp.where(drawn, obj, grid.plane)), error=empty, unsupported=high)


@primitive("cover", (GRID, PATCH), GRID, clipped="inside", multi="fine")
def cover(grid, patch):
    """Grid with the cells of `patch` set to the background, the most common colour.

    A grid without cells raises. Source: ARC-DSL `cover`.
    """
    ground, empty, high = background(grid.plane)
    drawn = (grid.plane >= 0) & (patch >= 0)
    return Out(grid._replace(plane=jnp.where(drawn, ground, grid.plane)), error=empty, unsupported=high)


@primitive("move", (GRID, OBJECT, PAIR), GRID, multi="fine")
def move(grid, obj, offset):
    """Grid with the object's cells set to the background and the object drawn again, shifted by `offset`.

    Cells that land outside the grid are lost. A grid without cells raises, and so does the empty tuple as `offset` where the
    object has cells. Source: ARC-DSL `move`.
    """
    ground, empty, high = background(grid.plane)
    inside = grid.plane >= 0
    plane = jnp.where(inside & (obj >= 0), ground, grid.plane)
    shifted = moved(obj, *offset)
    plane = jnp.where(inside & (shifted >= 0), shifted, plane)
    nowhere = (offset[0] == NONE) & (obj >= 0).any()
    return Out(grid._replace(plane=plane), error=empty | nowhere, unsupported=high)


@primitive("replace", (GRID, INTEGER, INTEGER), GRID)
def replace(grid, replacee, replacer):
    """Grid with the colour `replacer` wherever it had `replacee`. Source: ARC-DSL `replace`."""
    sought = sought_colour(replacee)
    plane = jnp.where(grid.plane == sought, as_colour(replacer), grid.plane)
    return Out(grid._replace(plane=plane), unsupported=(sought >= 0) & ~is_colour(replacer))


@primitive("switch", (GRID, INTEGER, INTEGER), GRID)
def switch(grid, a, b):
    """Grid with the colours `a` and `b` exchanged for each other. Source: ARC-DSL `switch`."""
    plane = jnp.where(grid.plane == sought_colour(b), as_colour(a), grid.plane)
    plane = jnp.where(grid.plane == sought_colour(a), as_colour(b), plane)
    return Out(grid._replace(plane=plane), unsupported=is_colour(a) != is_colour(b))
