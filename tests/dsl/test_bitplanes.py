"""Columns of cells as bits, and the distance that is counted with them, against cell by cell."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from jbatt.dsl.bitplanes import bit_columns, grown
from jbatt.dsl.distances import manhattan


def cells_of(columns: np.ndarray, side: int) -> np.ndarray:
    rows = np.arange(side)
    return (columns[rows // 32] >> (rows % 32).astype(np.uint32)[:, None]) & 1 != 0


@pytest.mark.parametrize("side", [16, 32, 64, 96])
def test_grown(side):
    rng = np.random.default_rng(side)
    for share in (0.0, 0.003, 0.1, 1.0):
        cells = rng.random((side, side)) < share
        columns = np.asarray(bit_columns(cells))
        assert (cells_of(columns, side) == cells).all()
        wanted = cells.copy()
        wanted[1:] |= cells[:-1]
        wanted[:-1] |= cells[1:]
        wanted[:, 1:] |= cells[:, :-1]
        wanted[:, :-1] |= cells[:, 1:]
        assert (cells_of(np.asarray(grown(columns)), side) == wanted).all()


@pytest.mark.parametrize("side", [32, 64])
def test_manhattan(side):
    rng = np.random.default_rng(side)
    some = [np.where(rng.random((side, side)) < share, 3, -1) for share in (0.0, 0.0005, 0.002, 0.01) * 12]
    corner = np.full((side, side), -1)
    corner[0, 0] = 0
    planes = np.array([*some, corner, np.rot90(corner, 2)], np.int8)
    out = jax.jit(jax.vmap(manhattan))(planes, np.roll(planes, 1, axis=0))
    farthest = 0
    for a, b, value, error in zip(planes, np.roll(planes, 1, axis=0), out.value, out.error, strict=True):
        x, y = np.argwhere(a >= 0), np.argwhere(b >= 0)
        assert error == (not len(x) or not len(y))
        if not error:
            assert value == np.abs(x[:, None] - y[None]).sum(axis=2).min()
            farthest = max(farthest, int(value))
    assert farthest == 2 * (side - 1)
