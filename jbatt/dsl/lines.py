"""Lines, outlines and neighbourhoods: sets of locations drawn from points or from bounding boxes.

Functions whose arguments have no plane take the side of the result's plane as the keyword `side`.
"""

from __future__ import annotations

import jax.numpy as jnp

from jbatt.dsl.extents import as_indices, extent, in_window
from jbatt.dsl.registry import primitive
from jbatt.values import window
from jbatt.values.row import Out
from jbatt.values.types import INDICES, PAIR, PATCH

FRONTIER = 30
"""The length of a frontier, whatever the grid."""

REACH = 42
"""The steps of a shot, whatever the grid."""

FARTHEST = 2**29
"""Endpoints of lines up to this far from 0 leave the arithmetic within 32 bits."""


def _line(side, a, b):
    (ai, aj), (bi, bj) = a, b
    i, j = window.rows(side), window.columns(side)
    between = (i >= jnp.minimum(ai, bi)) & (i <= jnp.maximum(ai, bi))
    between &= (j >= jnp.minimum(aj, bj)) & (j <= jnp.maximum(aj, bj))
    straight = (ai == bi) | (aj == bj)
    falling, rising = bi - ai == bj - aj, bi - ai == aj - bj
    mask = straight | (falling & (i - ai == j - aj)) | (~falling & rising & (i - ai == aj - j))
    outside = ~(in_window(side, ai, aj) & in_window(side, bi, bj))
    return Out(as_indices(between & mask), clipped=outside & (straight | falling | rising))


def _far(pair, limit):
    return (jnp.abs(pair[0]) > limit) | (jnp.abs(pair[1]) > limit)


@primitive("connect", (PAIR, PAIR), INDICES)
def connect(a, b, *, side: int):
    """The locations from `a` to `b`, both included, along a row, a column or a diagonal; else none.

    Source: ARC-DSL `connect`.
    """
    return _line(side, a, b)._replace(overflow=_far(a, FARTHEST) | _far(b, FARTHEST))


@primitive("shoot", (PAIR, PAIR), INDICES)
def shoot(start, direction, *, side: int):
    """The line from `start` to 42 times `direction` further; none if that is not straight or diagonal.

    Source: ARC-DSL `shoot`.
    """
    (i, j), (di, dj) = start, direction
    far = _far(start, FARTHEST) | _far(direction, FARTHEST // REACH)
    return _line(side, start, (i + REACH * di, j + REACH * dj))._replace(overflow=far)


@primitive("vfrontier", (PAIR,), INDICES)
def vfrontier(location, *, side: int):
    """The location's column in the rows 0 to 29. Source: ARC-DSL `vfrontier`."""
    line = window.rectangle(side, 0, location[1], FRONTIER, 1)
    return Out(as_indices(line), clipped=~in_window(side, jnp.int32(0), location[1]))


@primitive("hfrontier", (PAIR,), INDICES)
def hfrontier(location, *, side: int):
    """The location's row in the columns 0 to 29. Source: ARC-DSL `hfrontier`."""
    line = window.rectangle(side, location[0], 0, 1, FRONTIER)
    return Out(as_indices(line), clipped=~in_window(side, location[0], jnp.int32(0)))


# Neighbourhoods ---------------------------------------------------------------------------------------------------


def _steps(location, side):
    """The rows and columns that the cells of a plane are away from a location, and whether its ring leaves it."""
    i, j = (jnp.clip(x, -2 * side, 2 * side) for x in location)
    clipped = ~(in_window(side, i - 1, j - 1) & in_window(side, i + 1, j + 1))
    return jnp.abs(window.rows(side) - i), jnp.abs(window.columns(side) - j), clipped


@primitive("dneighbors", (PAIR,), INDICES)
def dneighbors(location, *, side: int):
    """The four locations next to a location in its row and its column. Source: ARC-DSL `dneighbors`."""
    i, j, clipped = _steps(location, side)
    return Out(as_indices(i + j == 1), clipped=clipped)


@primitive("ineighbors", (PAIR,), INDICES)
def ineighbors(location, *, side: int):
    """The four locations diagonally next to a location. Source: ARC-DSL `ineighbors`."""
    i, j, clipped = _steps(location, side)
    return Out(as_indices((i == 1) & (j == 1)), clipped=clipped)


@primitive("neighbors", (PAIR,), INDICES)
def neighbors(location, *, side: int):
    """The eight locations around a location. Source: ARC-DSL `neighbors`."""
    i, j, clipped = _steps(location, side)
    return Out(as_indices(jnp.maximum(i, j) == 1), clipped=clipped)


# Outlines ---------------------------------------------------------------------------------------------------------


def _outline(side, box, by):
    """The outline of a bounding box moved `by` outwards on every side; sides that pass each other change places."""
    top, bottom = box.top - by, box.bottom + by
    left, right = box.left - by, box.right + by
    top, bottom = jnp.minimum(top, bottom), jnp.maximum(top, bottom)
    left, right = jnp.minimum(left, right), jnp.maximum(left, right)
    i, j = window.rows(side), window.columns(side)
    within = (i >= top) & (i <= bottom) & (j >= left) & (j <= right) & ~box.empty
    edge = (i == top) | (i == bottom) | (j == left) | (j == right)
    clipped = ~(in_window(side, top, left) & in_window(side, bottom, right))
    return Out(as_indices(within & edge), clipped=clipped & ~box.empty)


@primitive("box", (PATCH,), INDICES, multi="fine")
def box(patch):
    """The outline of the bounding box; nothing for the empty patch. Source: ARC-DSL `box`."""
    return _outline(patch.shape[-1], extent(patch), 0)


@primitive("outbox", (PATCH,), INDICES, multi="fine")
def outbox(patch):
    """The outline one step outside the bounding box. The empty patch raises. Source: ARC-DSL `outbox`."""
    bounds = extent(patch)
    return _outline(patch.shape[-1], bounds, 1)._replace(error=bounds.empty)


@primitive("inbox", (PATCH,), INDICES, multi="fine")
def inbox(patch):
    """The outline one step inside the bounding box. The empty patch raises.

    In a direction of extent 1 its sides pass each other: a single cell gives the ring around it.
    Source: ARC-DSL `inbox`.
    """
    bounds = extent(patch)
    return _outline(patch.shape[-1], bounds, -1)._replace(error=bounds.empty)


def _filled(patch):
    bounds = extent(patch)
    return window.rectangle(patch.shape[-1], bounds.top, bounds.left, bounds.height, bounds.width)


@primitive("backdrop", (PATCH,), INDICES, multi="fine")
def backdrop(patch):
    """All locations of the bounding box; nothing for the empty patch. Source: ARC-DSL `backdrop`."""
    return as_indices(_filled(patch))


@primitive("delta", (PATCH,), INDICES, multi="fine")
def delta(patch):
    """The locations of the bounding box without the patch's own; nothing for the empty patch.

    Source: ARC-DSL `delta`.
    """
    return as_indices(_filled(patch) & (patch < 0))
