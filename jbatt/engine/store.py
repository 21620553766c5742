"""Where the values of a shard's items are kept until nothing needs them any more.

The result of a group of items is a *chunk*. An item's value is a run of rows of a chunk; a chunk is dropped, with the
planes that it owns, when the last of its items has been used for the last time.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jbatt.engine.batch import Batch, concatenate, take
from jbatt.engine.operations import Heads


class Chunks:
    """Chunks by number; `values[k]` is None where chunk k has been dropped."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._left: list[int] = []

    def add(self, value, items: int) -> int:
        """Keeps the value of so many items; the chunk's number."""
        self.values.append(value)
        self._left.append(items)
        return len(self.values) - 1

    def done(self, chunks: np.ndarray) -> None:
        """These chunks have one item less to serve (a chunk may be named several times)."""
        numbers, counts = np.unique(chunks, return_counts=True)
        for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
            self._left[number] -= count
            if self._left[number] == 0:
                self.values[number] = None

    def take(self, chunk: np.ndarray, start: np.ndarray, rows: np.ndarray):
        """The values of items, one below the other: runs of `rows` rows from row `start` of chunks."""
        if (chunk == chunk[0]).all():
            value = self.values[chunk[0]]
            if start[0] == 0 and _size(value) == rows.sum() and (start[1:] == start[:-1] + rows[:-1]).all():
                return value if isinstance(value, Heads) else Batch(value.type, value.data, value.flags)
            return _take(value, _runs(start, rows))
        order = np.argsort(chunk, kind="stable")
        numbers, first = np.unique(chunk[order], return_index=True)
        parts = []
        for number, mine in zip(numbers.tolist(), np.split(order, first[1:]), strict=True):
            parts.append(_take(self.values[number], _runs(start[mine], rows[mine])))
        joined = _concatenate(parts)
        if (order[1:] > order[:-1]).all():
            return joined
        sizes = rows[order]
        begin = np.empty(len(order), np.int64)
        begin[order] = np.cumsum(sizes) - sizes
        return _take(joined, _runs(begin, rows))


def _runs(start: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The numbers start[0], start[0] + 1, ... (rows[0] of them), start[1], ..."""
    ends = np.cumsum(rows)
    if ends[-1] == len(rows) and (rows == 1).all():
        return start
    return np.arange(int(ends[-1])) + np.repeat(start - (ends - rows), rows)


def _size(value) -> int:
    return len(value.flags)


def _take(value, rows: np.ndarray):
    if isinstance(value, Heads):
        return Heads(value.counts[rows], value.flags[rows], value.canonical)
    return take(value, rows)


def _concatenate(parts: list):
    if isinstance(parts[0], Heads):
        counts, flags = (np.concatenate([getattr(p, name) for p in parts]) for name in ("counts", "flags"))
        return Heads(counts, flags, all(p.canonical for p in parts))
    return concatenate(parts)
