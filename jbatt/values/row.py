"""What a primitive's function sees: the plain arrays of one row.

========================  =====================================================================
Boolean, Integer          `bool[]`, `int32[]`
fixed tuples              a Python tuple of the fields' rows: a pair is `(i, j)`, a cell `(c, (i, j))`
Grid                      `GridRow(plane int8[U, U], h int32[], w int32[])`, -1 outside the grid
Object, Indices           `int8[U, U]`: the colour (0 for indices), -1 where there is no cell
Tuple[T], FrozenSet[T]    `ListRow(items, count)`: items with a leading capacity axis K, `count int32[]` of them used
========================  =====================================================================

A function returns such a row, or `Out(row, ...)` where it can fail or may not fit.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax


class GridRow(NamedTuple):
    """A grid: `plane` int8[U, U] with -1 outside, `h` and `w` int32[]; h == 0 implies w == 0."""

    plane: jax.Array
    h: jax.Array
    w: jax.Array


class ListRow(NamedTuple):
    """Items of a container, in order: every leaf of `items` has a leading axis K; `count` int32[] are used."""

    items: Any
    count: jax.Array


class Out(NamedTuple):
    """A result with its conditions, each bool[].

    error     the reference raises here
    overflow  the result does not fit this capacity class; a larger one may hold it
    clipped   the result is a patch, and cells of it lie outside the window
    multi     the result is an object, and two colours share a location
    unsupported  the reference's answer cannot be expressed in these types
    """

    value: Any
    error: Any = False
    overflow: Any = False
    clipped: Any = False
    multi: Any = False
    unsupported: Any = False
