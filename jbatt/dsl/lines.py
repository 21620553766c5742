"""Lines, outlines and neighbourhoods: sets of locations drawn from points or from bounding boxes."""

from __future__ import annotations

import jax.numpy as jnp

from jbatt.dsl.cells import axis
from jbatt.dsl.extents import Extent, as_indices, extent, in_window
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


def _far(*numbers):
    return jnp.stack([(n > FARTHEST) | (n < -FARTHEST) for n in numbers]).any()


@primitive("connect", (PAIR, PAIR), INDICES, sized=True)
def connect(a, b, side):
    """The locations from `a` to `b`, both included, along a row, a column or a diagonal; else none.

    Source: ARC-DSL `connect`.
    """
    return _line(side, a, b)._replace(overflow=_far(*a, *b))


@primitive("shoot", (PAIR, PAIR), INDICES, sized=True)
def shoot(start, direction, side):
    """The line from `start` to 42 times `direction` further; none if that is not straight or diagonal.

    Source: ARC-DSL `shoot`.
    """
    (i, j), (di, dj) = start, direction
    far = _far(i, j) | _far(di * 32, dj * 32)
    return _line(side, start, (i + REACH * di, j + REACH * dj))._replace(overflow=far)
