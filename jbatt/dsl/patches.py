"""Patches: where they lie, how large they are, what they look like.

The bounding box decides most of it (`jbatt.dsl.extents`). Two colours at one location are one location but two
cells: what counts cells cannot be told from a plane then.
"""

from __future__ import annotations

import jax.numpy as jnp

from jbatt.dsl.cells import as_colour, is_colour
from jbatt.dsl.extents import as_indices, center_of, extent
from jbatt.dsl.histogram import count
from jbatt.dsl.registry import primitive
from jbatt.values import window
from jbatt.values.encode import NONE
from jbatt.values.row import Out
from jbatt.values.types import BOOLEAN, GRID, INDICES, INTEGER, OBJECT, PAIR, PATCH


def _corner(box, i, j):
    """A corner as a pair; twice NONE, which stands for the empty tuple, for an empty patch."""
    none = jnp.int32(NONE)
    return jnp.where(box.empty, none, i), jnp.where(box.empty, none, j)


@primitive("ulcorner", (PATCH,), PAIR, multi="fine")
def ulcorner(patch):
    """The smallest row and the smallest column of a patch, as a pair.

    The empty tuple for the empty patch. Source: ARC-DSL `ulcorner`.
    """
    box = extent(patch)
    return _corner(box, box.top, box.left)


@primitive("urcorner", (PATCH,), PAIR, multi="fine")
def urcorner(patch):
    """The smallest row and the largest column of a patch, as a pair; the empty tuple for the empty patch.

    Source: ARC-DSL `urcorner`.
    """
    box = extent(patch)
    return _corner(box, box.top, box.right)


@primitive("llcorner", (PATCH,), PAIR, multi="fine")
def llcorner(patch):
    """The largest row and the smallest column of a patch, as a pair; the empty tuple for the empty patch.

    Source: ARC-DSL `llcorner`.
    """
    box = extent(patch)
    return _corner(box, box.bottom, box.left)


@primitive("lrcorner", (PATCH,), PAIR, multi="fine")
def lrcorner(patch):
    """The largest row and the largest column of a patch, as a pair; the empty tuple for the empty patch.

    Source: ARC-DSL `lrcorner`.
    """
    box = extent(patch)
    return _corner(box, box.bottom, box.right)


@primitive("corners", (PATCH,), INDICES, multi="fine")
def corners(patch):
    """The up to four corners of the bounding box, occupied or not; unsupported for the empty patch.

    Source: ARC-DSL `corners`.
    """
    box = extent(patch)
    i, j = window.rows(patch.shape[-1]), window.columns(patch.shape[-1])
    mask = ((i == box.top) | (i == box.bottom)) & ((j == box.left) | (j == box.right))
    return Out(as_indices(mask), unsupported=box.empty)


@primitive("uppermost", (PATCH,), INTEGER, multi="fine")
def uppermost(patch):
    """The smallest row of a patch. The empty patch raises. Source: ARC-DSL `uppermost`."""
    box = extent(patch)
    return Out(box.top, error=box.empty)


@primitive("lowermost", (PATCH,), INTEGER, multi="fine")
def lowermost(patch):
    """The largest row of a patch. The empty patch raises. Source: ARC-DSL `lowermost`."""
    box = extent(patch)
    return Out(box.bottom, error=box.empty)


@primitive("leftmost", (PATCH,), INTEGER, multi="fine")
def leftmost(patch):
    """The smallest column of a patch. The empty patch raises. Source: ARC-DSL `leftmost`."""
    box = extent(patch)
    return Out(box.left, error=box.empty)


@primitive("rightmost", (PATCH,), INTEGER, multi="fine")
def rightmost(patch):
    """The largest column of a patch. The empty patch raises. Source: ARC-DSL `rightmost`."""
    box = extent(patch)
    return Out(box.right, error=box.empty)


@primitive("height", (PATCH,), INTEGER, multi="fine")
def patch_height(patch):
    """The number of rows a patch spans, 0 when empty. Source: ARC-DSL `height`."""
    return extent(patch).height


@primitive("width", (PATCH,), INTEGER, multi="fine")
def patch_width(patch):
    """The number of columns a patch spans, 0 when empty. Source: ARC-DSL `width`."""
    return extent(patch).width


@primitive("shape", (PATCH,), PAIR, multi="fine")
def patch_shape(patch):
    """Height and width of the bounding box, (0, 0) for the empty patch. Source: ARC-DSL `shape`."""
    box = extent(patch)
    return box.height, box.width


@primitive("portrait", (PATCH,), BOOLEAN, multi="fine")
def patch_portrait(patch):
    """Whether a patch spans more rows than columns; not when empty. Source: ARC-DSL `portrait`."""
    box = extent(patch)
    return box.height > box.width


@primitive("size", (PATCH,), INTEGER)
def patch_size(patch):
    """The number of cells of a patch. Source: ARC-DSL `size`."""
    return count(patch >= 0)


@primitive("square", (PATCH,), BOOLEAN)
def patch_square(patch):
    """Whether a patch fills a square; the empty patch does. Source: ARC-DSL `square`."""
    box = extent(patch)
    return (box.height == box.width) & (box.height * box.width == count(patch >= 0))


@primitive("vline", (PATCH,), BOOLEAN)
def vline(patch):
    """Whether a patch is one unbroken vertical line, single cells included; not when empty.

    Source: ARC-DSL `vline`.
    """
    box = extent(patch)
    return (box.width == 1) & (box.height == count(patch >= 0))


@primitive("hline", (PATCH,), BOOLEAN)
def hline(patch):
    """Whether a patch is one unbroken horizontal line, single cells included; not when empty.

    Source: ARC-DSL `hline`.
    """
    box = extent(patch)
    return (box.height == 1) & (box.width == count(patch >= 0))


@primitive("center", (PATCH,), PAIR, multi="fine")
def center(patch):
    """The middle of the bounding box, the lower right one of even sizes. The empty patch raises.

    Source: ARC-DSL `center`.
    """
    box = extent(patch)
    return Out(center_of(box), error=box.empty)


@primitive("centerofmass", (PATCH,), PAIR)
def centerofmass(patch):
    """The mean row and the mean column of the cells, each rounded down.

    The empty tuple for the empty patch. Source: ARC-DSL `centerofmass`.
    """
    cells, side = patch >= 0, patch.shape[-1]
    per_row, per_column = cells.sum(axis=1, dtype=jnp.int32), cells.sum(axis=0, dtype=jnp.int32)
    total = per_row.sum(dtype=jnp.int32)
    i = (per_row * window.rows(side)[:, 0]).sum(dtype=jnp.int32)
    j = (per_column * window.columns(side)[0]).sum(dtype=jnp.int32)
    none = jnp.int32(NONE)
    return tuple(jnp.where(total == 0, none, axis // jnp.maximum(total, 1)) for axis in (i, j))


@primitive("toindices", (PATCH,), INDICES, clipped="through", multi="fine")
def toindices(patch):
    """The locations of a patch, without colours. Source: ARC-DSL `toindices`."""
    return as_indices(patch >= 0)


@primitive("recolor", (INTEGER, PATCH), OBJECT, clipped="through", multi="fine")
def recolor(value, patch):
    """Object with one colour at every location of a patch.

    Values outside 0..127 are unsupported unless the patch is empty. Source: ARC-DSL `recolor`.
    """
    cells = patch >= 0
    obj = jnp.where(cells, as_colour(value), jnp.int8(-1))
    return Out(obj, unsupported=~is_colour(value) & cells.any())


@primitive("toobject", (PATCH, GRID), OBJECT, clipped="inside", multi="fine")
def toobject(patch, grid):
    """The grid's cells at the locations of a patch; locations outside the grid are left out.

    The empty grid raises. Source: ARC-DSL `toobject`.
    """
    return Out(jnp.where(patch >= 0, grid.plane, jnp.int8(-1)), error=grid.h == 0)
