"""How close an output is to the expected one."""

from __future__ import annotations

import numpy as np

from jbatt.engine.scores import FULL


def score(grid: np.ndarray | None, expected: np.ndarray) -> int:
    """Share of matching cells x 1000, rounded down; 0 where the shapes differ, 1000 only where all cells match."""
    if grid is None or grid.shape != expected.shape:
        return 0
    return int(np.count_nonzero(grid == expected) * FULL // expected.size)
