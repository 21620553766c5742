"""Grids cut into equal parts, side by side or from top to bottom."""

from __future__ import annotations

import jax.numpy as jnp

from jbatt.dsl.cropping import slice_grid
from jbatt.dsl.registry import family
from jbatt.values.row import Out
from jbatt.values.types import GRID, INTEGER, tuple_of


def _parts(grid, length, n) -> Out:
    """State `(length of a part, distance between parts)` and the number of parts."""
    parts = jnp.where(n == 0, 1, n)
    part = length // parts
    stride = part + (length % parts != 0).astype(jnp.int32)
    return Out(((part, stride), jnp.maximum(n, 0)), error=(grid.h == 0) | (n == 0))


def _part_of_columns(state, k, grid, n):
    part, stride = state
    return slice_grid(grid, jnp.int32(0), grid.h, k * stride, k * stride + part)


def _part_of_rows(state, k, grid, n):
    part, stride = state
    return slice_grid(grid, k * stride, k * stride + part, jnp.int32(0), grid.w)


@family("hsplit", (GRID, INTEGER), tuple_of(GRID), pick=_part_of_columns)
def hsplit(grid, n):
    """`n` parts side by side, each w // n wide; where n does not divide w, a column is lost after each.

    The last part may be narrower. n == 0 and the empty grid raise, n < 0 gives no parts.

    Source: ARC-DSL `hsplit`.
    """
    return _parts(grid, grid.w, n)


@family("vsplit", (GRID, INTEGER), tuple_of(GRID), pick=_part_of_rows)
def vsplit(grid, n):
    """`n` parts from top to bottom, each h // n high; where n does not divide h, a row is lost after each.

    The last part may be lower. n == 0 and the empty grid raise, n < 0 gives no parts.

    Source: ARC-DSL `vsplit`.
    """
    return _parts(grid, grid.h, n)
