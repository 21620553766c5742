"""Where planes have cells."""

from __future__ import annotations

import numpy as np

WORD = 8
"""Cells that are looked at at once: nearly all of a plane is empty, and a side is a multiple of this."""


def filled(planes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The cells of planes int8[n, U, U], plane by plane in order: int64[c], int64[c] and int8[c].

    Which plane each is of, its place there (row by row, from 0), and its colour. An empty cell is -1.
    """
    words = np.ascontiguousarray(planes).reshape(-1, WORD)
    # As one number eight empty cells are -1 as well.
    some = np.flatnonzero(words.view(np.int64).ravel() != -1)
    cells = words[some].ravel()
    at = np.flatnonzero(cells >= 0)
    which, place = np.divmod(WORD * some[at // WORD] + at % WORD, planes.shape[1] * planes.shape[2])
    return which, place, cells[at]
