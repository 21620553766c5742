"""Grids scaled by whole factors."""

from __future__ import annotations

import jax.numpy as jnp

from jbatt.dsl.cells import axis, fitted, regrid
from jbatt.dsl.registry import primitive
from jbatt.values.row import Out
from jbatt.values.types import GRID, INTEGER


def _bounded(factor, side: int):
    """A factor from 0 to the side of a plane: larger ones overflow every grid with cells all the same."""
    return jnp.clip(factor, 0, side)


def _repeated(factor, side: int):
    """int32[U]: the coordinates, each `factor` times."""
    return axis(side) // jnp.maximum(factor, 1)


@primitive("hupscale", (GRID, INTEGER), GRID)
def hupscale(grid, factor):
    """Every cell `factor` times along its row; a factor below 1 leaves empty rows.

    Source: ARC-DSL `hupscale`.
    """
    plane, h, w = grid
    side = plane.shape[-1]
    factor = _bounded(factor, side)
    return fitted(regrid(plane, h, w * factor, j=_repeated(factor, side)))


@primitive("vupscale", (GRID, INTEGER), GRID)
def vupscale(grid, factor):
    """Every row `factor` times; a factor below 1 leaves the empty grid. Source: ARC-DSL `vupscale`."""
    plane, h, w = grid
    side = plane.shape[-1]
    factor = _bounded(factor, side)
    return fitted(regrid(plane, h * factor, w, i=_repeated(factor, side)))


@primitive("upscale", (GRID, INTEGER), GRID)
def upscale_grid(grid, factor):
    """Every cell as a block of `factor` by `factor`; a factor below 1 leaves the empty grid.

    Source: ARC-DSL `upscale`.
    """
    plane, h, w = grid
    side = plane.shape[-1]
    factor = _bounded(factor, side)
    source = _repeated(factor, side)
    return fitted(regrid(plane, h * factor, w * factor, i=source, j=source))


@primitive("downscale", (GRID, INTEGER), GRID)
def downscale(grid, factor):
    """The rows and columns whose number `factor` divides. Its sign does not matter.

    A factor of 0 and the empty grid raise. Source: ARC-DSL `downscale`.
    """
    plane, h, w = grid
    side = plane.shape[-1]
    step = jnp.clip(jnp.abs(factor), 1, side)
    source = axis(side) * step
    small = regrid(plane, (h + step - 1) // step, (w + step - 1) // step, i=source, j=source)
    return Out(small, error=(factor == 0) | (h == 0))
