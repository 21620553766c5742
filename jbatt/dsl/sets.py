"""Patches as sets: union, intersection, difference, membership, single items, equality.

Of the operations cell by cell the part inside the window comes out right whatever lies outside, so that clipped
arguments pass through. Functions whose arguments have no plane take the side of the result's plane as the keyword
`side`.
"""

from __future__ import annotations

import jax.numpy as jnp

from jbatt.dsl.cells import as_colour, is_colour, sought_colour
from jbatt.dsl.extents import as_indices, in_window, spot
from jbatt.dsl.registry import primitive
from jbatt.values import window
from jbatt.values.row import Out
from jbatt.values.types import BOOLEAN, CELL, GRID, INDICES, OBJECT, PAIR

NO_CELL = -1


def _kept(patch, mask):
    return jnp.where(mask, patch, jnp.int8(NO_CELL))


@primitive("combine", (INDICES, INDICES), INDICES, clipped="through")
def combine_indices(a, b):
    """The locations of both. Source: ARC-DSL `combine`."""
    return jnp.maximum(a, b)


@primitive("combine", (OBJECT, OBJECT), OBJECT, clipped="through", multi="through")
def combine_objects(a, b):
    """The cells of both; flagged where a location gets two colours. Source: ARC-DSL `combine`."""
    return Out(jnp.maximum(a, b), multi=((a != b) & (a >= 0) & (b >= 0)).any())


@primitive("intersection", (INDICES, INDICES), INDICES, clipped="through")
@primitive("intersection", (OBJECT, OBJECT), OBJECT, clipped="through")
def patch_intersection(a, b):
    """The cells, or locations, that both have. Source: ARC-DSL `intersection`."""
    return _kept(a, a == b)


@primitive("difference", (INDICES, INDICES), INDICES, clipped="through")
@primitive("difference", (OBJECT, OBJECT), OBJECT, clipped="through")
def patch_difference(a, b):
    """The cells, or locations, of `a` that `b` has not. Source: ARC-DSL `difference`."""
    return _kept(a, a != b)


# Single items -----------------------------------------------------------------------------------------------------


@primitive("contained", (PAIR, INDICES), BOOLEAN)
def location_contained(value, container):
    """Whether a location is one of the set's. Source: ARC-DSL `contained`."""
    return ((container >= 0) & spot(container.shape[-1], value)).any()


@primitive("contained", (CELL, OBJECT), BOOLEAN)
def cell_contained(value, container):
    """Whether the object has this cell, its colour included. Source: ARC-DSL `contained`."""
    colour, location = value
    return ((container == sought_colour(colour)) & spot(container.shape[-1], location)).any()


@primitive("insert", (PAIR, INDICES), INDICES, clipped="through")
def location_insert(value, container):
    """The set with one more location. Source: ARC-DSL `insert`."""
    side = container.shape[-1]
    added = jnp.where(spot(side, value), jnp.int8(0), container)
    return Out(added, clipped=~in_window(side, *value))


@primitive("insert", (CELL, OBJECT), OBJECT, clipped="through", multi="through")
def cell_insert(value, container):
    """The object with one more cell; flagged where its location then has two colours.

    Colours outside 0..127 are unsupported. Source: ARC-DSL `insert`.
    """
    (colour, location), side = value, container.shape[-1]
    at, new = spot(side, location), as_colour(colour)
    return Out(
        jnp.where(at, jnp.maximum(container, new), container),
        clipped=~in_window(side, *location),
        multi=(at & (container >= 0) & (container != new)).any(),
        unsupported=~is_colour(colour),
    )


@primitive("remove", (PAIR, INDICES), INDICES, clipped="through")
def location_remove(value, container):
    """The set without a location; unchanged if it is not one of them. Source: ARC-DSL `remove`."""
    return _kept(container, ~spot(container.shape[-1], value))


@primitive("remove", (CELL, OBJECT), OBJECT, clipped="through")
def cell_remove(value, container):
    """The object without a cell; unchanged if it has no such cell. Source: ARC-DSL `remove`."""
    colour, location = value
    gone = spot(container.shape[-1], location) & (container == sought_colour(colour))
    return _kept(container, ~gone)


@primitive("initset", (PAIR,), INDICES)
def location_initset(value, *, side: int):
    """The set of one location. Source: ARC-DSL `initset`."""
    return Out(as_indices(spot(side, value)), clipped=~in_window(side, *value))


@primitive("initset", (CELL,), OBJECT)
def cell_initset(value, *, side: int):
    """The object of one cell. Colours outside 0..127 are unsupported. Source: ARC-DSL `initset`."""
    colour, location = value
    obj = jnp.where(spot(side, location), as_colour(colour), jnp.int8(NO_CELL))
    return Out(obj, clipped=~in_window(side, *location), unsupported=~is_colour(colour))


# First and last ---------------------------------------------------------------------------------------------------


def _index(side):
    return jnp.arange(side * side, dtype=jnp.int32).reshape(side, side)


def _location(side, index):
    m = window.margin(side)
    return index // side - m, index % side - m


def _first(patch):
    """The flat index of the first cell, a number past the last index if there is none."""
    side = patch.shape[-1]
    return jnp.where(patch >= 0, _index(side), side * side).min()


def _last(patch):
    """The flat index of the last cell, -1 if there is none."""
    return jnp.where(patch >= 0, _index(patch.shape[-1]), -1).max()


def _cell(obj, index):
    side = obj.shape[-1]
    colour = _kept(obj, _index(side) == index).max().astype(jnp.int32)
    return colour, _location(side, index)


@primitive("first", (INDICES,), PAIR)
def first_location(container):
    """The first location by row and column. The empty set raises. Source: ARC-DSL `first`."""
    side, index = container.shape[-1], _first(container)
    return Out(_location(side, index), error=index == side * side)


@primitive("first", (OBJECT,), CELL)
def first_cell(container):
    """The first cell by row and column. The empty object raises. Source: ARC-DSL `first`."""
    side, index = container.shape[-1], _first(container)
    return Out(_cell(container, index), error=index == side * side)


@primitive("last", (INDICES,), PAIR)
def last_location(container):
    """The last location by row and column. The empty set raises. Source: ARC-DSL `last`."""
    index = _last(container)
    return Out(_location(container.shape[-1], index), error=index < 0)


@primitive("last", (OBJECT,), CELL, multi="fine")
def last_cell(container):
    """The last cell by row, column and colour. The empty object raises. Source: ARC-DSL `last`."""
    index = _last(container)
    return Out(_cell(container, index), error=index < 0)


# Equality ---------------------------------------------------------------------------------------------------------


@primitive("equality", (INDICES, INDICES), BOOLEAN)
@primitive("equality", (OBJECT, OBJECT), BOOLEAN)
def patch_equality(a, b):
    """Whether two patches have the same cells. Source: ARC-DSL `equality`."""
    return (a == b).all()


@primitive("equality", (GRID, GRID), BOOLEAN)
def grid_equality(a, b):
    """Whether two grids have the same sizes and the same cells. Source: ARC-DSL `equality`."""
    return (a.h == b.h) & (a.w == b.w) & (a.plane == b.plane).all()
