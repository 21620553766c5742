"""Patches moved, mirrored and enlarged.

Colours stay with their cells, so an object with two colours at one location remains one. A result may leave the
window, and cells outside may move in: clipped arguments cannot be used.
"""

from __future__ import annotations

import jax.numpy as jnp

from jbatt.dsl.cells import axis, gather, moved
from jbatt.dsl.extents import extent
from jbatt.dsl.registry import Same, primitive
from jbatt.values import window
from jbatt.values.encode import NONE
from jbatt.values.row import Out
from jbatt.values.types import INTEGER, OBJECT, PAIR, PATCH


def _beyond(side, top, left, bottom, right):
    """bool[]: whether a bounding box leaves the window."""
    m = window.margin(side)
    return (top < -m) | (left < -m) | (bottom >= side - m) | (right >= side - m)


def _gathered(plane, i, j):
    """Plane whose cell (r, c) is cell `(i[r], j[c])` of `plane`, -1 where that lies outside the window."""
    side, m = plane.shape[-1], window.margin(plane.shape[-1])
    known = ((i >= -m) & (i < side - m))[:, None] & ((j >= -m) & (j < side - m))[None, :]
    return jnp.where(known, gather(plane, i, j), jnp.int8(-1))


def _moved(patch, box, di, dj):
    side = patch.shape[-1]
    di, dj = jnp.clip(di, -2 * side, 2 * side), jnp.clip(dj, -2 * side, 2 * side)
    beyond = _beyond(side, box.top + di, box.left + dj, box.bottom + di, box.right + dj)
    return Out(moved(patch, di, dj), clipped=beyond & ~box.empty)


@primitive("shift", (PATCH, PAIR), Same(0), multi="through")
def shift(patch, directions):
    """Patch moved by a pair of rows and columns; the empty one as it is, by the empty tuple as well, which raises otherwise.

    Source: ARC-DSL `shift`.
    """
    box = extent(patch)
    return _moved(patch, box, *directions)._replace(error=(directions[0] == NONE) & ~box.empty)


@primitive("normalize", (PATCH,), Same(0), multi="through")
def normalize(patch):
    """Patch moved so that its smallest row and column are 0; the empty one as it is.

    Source: ARC-DSL `normalize`.
    """
    box = extent(patch)
    return _moved(patch, box, -box.top, -box.left)


@primitive("hmirror", (PATCH,), Same(0), multi="through")
def patch_hmirror(patch):
    """Patch upside down within its bounding box. The empty patch raises. Source: ARC-DSL `hmirror`."""
    box, at = extent(patch), axis(patch.shape[-1])
    return Out(_gathered(patch, box.top + box.bottom - at, at), error=box.empty)


@primitive("vmirror", (PATCH,), Same(0), multi="through")
def patch_vmirror(patch):
    """Patch with left and right exchanged within its bounding box. The empty patch raises.

    Source: ARC-DSL `vmirror`.
    """
    box, at = extent(patch), axis(patch.shape[-1])
    return Out(_gathered(patch, at, box.left + box.right - at), error=box.empty)


def _turned(patch, box, i, j):
    """Transposed patch gathered, in a bounding box with exchanged sides and the same upper left corner."""
    beyond = _beyond(patch.shape[-1], box.top, box.left, box.top + box.width - 1, box.left + box.height - 1)
    return Out(_gathered(patch.T, i, j), error=box.empty, clipped=beyond & ~box.empty)


@primitive("dmirror", (PATCH,), Same(0), multi="through")
def patch_dmirror(patch):
    """Patch mirrored at the diagonal through the upper left corner of its bounding box. The empty patch raises.

    Source: ARC-DSL `dmirror`.
    """
    box, at = extent(patch), axis(patch.shape[-1])
    return _turned(patch, box, at - box.top + box.left, at - box.left + box.top)


@primitive("cmirror", (PATCH,), Same(0), multi="through")
def patch_cmirror(patch):
    """Patch mirrored at the other diagonal, its bounding box's upper left corner kept. The empty patch raises.

    Source: ARC-DSL `cmirror`.
    """
    box, at = extent(patch), axis(patch.shape[-1])
    return _turned(patch, box, box.top + box.right - at, box.left + box.bottom - at)


@primitive("upscale", (OBJECT, INTEGER), OBJECT, multi="through")
def object_upscale(obj, factor):
    """Object with a block of `factor` by `factor` cells for each cell, its upper left corner kept.

    Factors below 1 give the empty object. Source: ARC-DSL `upscale`.
    """
    side, box, at = obj.shape[-1], extent(obj), axis(obj.shape[-1])
    by = jnp.clip(factor, 1, 2 * side)
    i, j = box.top + (at - box.top) // by, box.left + (at - box.left) // by
    some = (factor > 0) & ~box.empty
    beyond = _beyond(side, box.top, box.left, box.top + by * box.height - 1, box.left + by * box.width - 1)
    return Out(jnp.where(some, _gathered(obj, i, j), jnp.int8(-1)), clipped=beyond & some)
