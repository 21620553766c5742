"""Extents: the bounding boxes of patches, and lone locations in a window."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from jbatt.dsl.bitplanes import bit_columns, first_bit, last_bit
from jbatt.dsl.cells import axis
from jbatt.values import window


class Extent(NamedTuple):
    """The bounding box of a patch, bounds included, int32[] each; 0, 0, -1, -1 where the patch is empty."""

    top: jax.Array
    left: jax.Array
    bottom: jax.Array
    right: jax.Array
    empty: jax.Array

    @property
    def height(self):
        return self.bottom - self.top + 1

    @property
    def width(self):
        return self.right - self.left + 1


def extent(patch) -> Extent:
    """The bounding box of a patch."""
    side = patch.shape[-1]
    at, m = axis(side), window.margin(side)
    bits = bit_columns(patch >= 0)
    columns = (bits != 0).any(axis=0)
    left, right = jnp.where(columns, at, side).min(), jnp.where(columns, at, -m - 1).max()
    rows = lax.reduce(bits, np.uint32(0), lax.bitwise_or, (1,))
    top, bottom = first_bit(rows) - m, last_bit(rows) - m
    empty = left == side
    zero, minus = jnp.int32(0), jnp.int32(-1)
    return Extent(
        jnp.where(empty, zero, top),
        jnp.where(empty, zero, left),
        jnp.where(empty, minus, bottom),
        jnp.where(empty, minus, right),
        empty,
    )


def center_of(box: Extent):
    """The pair `(top + height // 2, left + width // 2)`."""
    return box.top + box.height // 2, box.left + box.width // 2


def as_indices(mask):
    """The indices plane of a mask, int8[U, U]."""
    return jnp.where(mask, jnp.int8(0), jnp.int8(-1))


def in_window(side: int, i, j):
    """bool[]: whether a location lies in the window of a plane of this side."""
    m = window.margin(side)
    return (i >= -m) & (i < side - m) & (j >= -m) & (j < side - m)


def spot(side: int, location):
    """bool[U, U]: the one cell at a location; none where it lies outside the window."""
    return (window.rows(side) == location[0]) & (window.columns(side) == location[1])
