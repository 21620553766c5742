"""Arrays that grow."""

from __future__ import annotations

from typing import Any

import numpy as np


class Growing:
    """Rows of an array: `held[:size]` are filled, the others are zeros. shape: that of a row."""

    def __init__(self, dtype: Any, shape: tuple[int, ...] = ()):
        self.held, self.size = np.zeros((1024, *shape), dtype), 0

    @property
    def rows(self) -> np.ndarray:
        """Those that are filled, until more are added."""
        return self.held[: self.size]

    def make_room(self, more: int) -> np.ndarray:
        """The array with room for so many rows more."""
        wanted = self.size + more
        if wanted > len(self.held):
            grown = np.zeros((max(wanted, 2 * len(self.held)), *self.held.shape[1:]), self.held.dtype)
            grown[: self.size] = self.rows
            self.held = grown
        return self.held

    def add(self, rows: list | np.ndarray) -> None:
        self.make_room(len(rows))[self.size : self.size + len(rows)] = rows
        self.size += len(rows)
