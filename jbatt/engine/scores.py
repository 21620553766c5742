"""Outputs against what is expected: shares of matching cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jbatt.values.window import largest_grid

FULL = 1000
"""The score of a grid that is right."""
UNKNOWN = -1


@dataclass
class Expected:
    """Outputs as planes int8[n, U, U] and sizes int[n], -1 where they are `unknown` or too large for the class."""

    planes: np.ndarray
    h: np.ndarray
    w: np.ndarray
    unknown: np.ndarray


def expected_of(units, jobs, engine) -> tuple[np.ndarray, Expected]:
    """For every row of the jobs (roots, then examples) its example, and the examples' outputs as planes."""
    outputs = [units[j.unit].expected[r] for j in jobs for r in j.rows.tolist()]
    side, m, fits = engine.side, engine.margin, largest_grid(engine.side)
    n = len(outputs)
    planes = np.full((n, side, side), -1, np.int8)
    h, w, unknown = np.full(n, -1), np.full(n, -1), np.zeros(n, bool)
    for k, grid in enumerate(outputs):
        if grid is None:
            unknown[k] = True
        elif max(grid.shape) <= fits:
            h[k], w[k] = grid.shape
            planes[k, m : m + h[k], m : m + w[k]] = grid
    pairs, first = [], 0
    for j in jobs:
        pairs.append(np.tile(np.arange(first, first + len(j.rows)), len(j.roots)))
        first += len(j.rows)
    return np.concatenate(pairs), Expected(planes, h, w, unknown)


def scored(engine, value, pair: np.ndarray, expected: Expected) -> np.ndarray:
    """Share of matching cells x 1000 of grids, where the shapes agree."""
    out = np.zeros(len(pair), np.int64)
    same = np.flatnonzero((value.data.h == expected.h[pair]) & (value.data.w == expected.w[pair]))
    # Rows of one plane and one output have one score.
    code = value.data.planes.ids[same].astype(np.int64) * len(expected.h) + pair[same]
    distinct, where = np.unique(code, return_inverse=True)
    ids, outputs = distinct // len(expected.h), distinct % len(expected.h)
    hits = np.zeros(len(distinct), np.int64)
    for which, planes in engine.kernels.pieces(ids):
        wanted = expected.planes[outputs[which]]
        hits[which] = ((planes == wanted) & (wanted >= 0)).sum(axis=(1, 2))
    size = np.maximum(expected.h * expected.w, 1)[outputs]
    out[same] = (hits * FULL // size)[where]
    return out
