"""Where the values of many nodes are kept while a shard runs: one growing table for each type.

A value is a run of rows in the table of its type. Taking the arguments of a group of nodes together is then one fancy
index for each column, however many calls the rows came from.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jbatt.engine.batch import Batch, Grids, Planes, Ragged
from jbatt.engine.operations import Heads
from jbatt.values.types import BOOLEAN, GRID, INTEGER, ListType, StructType, is_patch


class Column:
    """A growing array."""

    __slots__ = ("array", "n")

    def __init__(self, dtype):
        self.array, self.n = np.empty(1024, dtype), 0

    def append(self, values: np.ndarray) -> None:
        end = self.n + len(values)
        if end > len(self.array):
            larger = np.empty(max(end, 2 * len(self.array)), self.array.dtype)
            larger[: self.n] = self.array[: self.n]
            self.array = larger
        self.array[self.n : end] = values
        self.n = end

    def take(self, rows: np.ndarray) -> np.ndarray:
        return self.array[rows]


class _Scalars:
    def __init__(self, kind):
        self.column = Column(bool if kind is BOOLEAN else np.int64)

    def append(self, data, blocks: dict) -> None:
        self.column.append(data)

    def take(self, rows):
        return self.column.take(rows)


class _Planes:
    def __init__(self):
        self.ids, self.wide = Column(np.int32), None

    def append(self, data: Planes, blocks: dict) -> None:
        if data.wide is not None and self.wide is None:
            self.wide = Column(object)
            self.wide.append(np.full(self.ids.n, None, object))
        if self.wide is not None:
            self.wide.append(np.full(len(data.ids), None, object) if data.wide is None else data.wide)
        self.ids.append(data.ids)
        for block in data.blocks:
            blocks[id(block)] = block

    def take(self, rows) -> Planes:
        wide = None
        if self.wide is not None:
            wide = self.wide.take(rows)
            if all(w is None for w in wide):
                wide = None
        return Planes(self.ids.take(rows), (), wide)


class _Grids:
    def __init__(self):
        self.planes, self.h, self.w = _Planes(), Column(np.int64), Column(np.int64)

    def append(self, data: Grids, blocks: dict) -> None:
        self.planes.append(data.planes, blocks)
        self.h.append(data.h)
        self.w.append(data.w)

    def take(self, rows) -> Grids:
        return Grids(self.planes.take(rows), self.h.take(rows), self.w.take(rows))


class _Structs:
    def __init__(self, kind: StructType):
        self.fields = [_data_of(f) for f in kind.fields]

    def append(self, data: tuple, blocks: dict) -> None:
        for field, part in zip(self.fields, data, strict=True):
            field.append(part, blocks)

    def take(self, rows) -> tuple:
        return tuple([f.take(rows) for f in self.fields])


class _Lists:
    def __init__(self, kind: ListType):
        self.items = Table(kind.item)
        self.starts, self.counts, self.canonical = Column(np.int64), Column(np.int64), Column(bool)

    def append(self, data: Ragged, blocks: dict) -> None:
        first = self.items.append(data.items, blocks)
        self.starts.append(first + np.cumsum(data.counts) - data.counts)
        self.counts.append(data.counts)
        self.canonical.append(np.full(len(data.counts), data.canonical))

    def take(self, rows) -> Ragged:
        counts = self.counts.take(rows)
        total = int(counts.sum())
        where = np.arange(total) + np.repeat(self.starts.take(rows) - (np.cumsum(counts) - counts), counts)
        return Ragged(self.items.take(where), counts, bool(self.canonical.take(rows).all()))


def _data_of(kind) -> Any:
    if kind is BOOLEAN or kind is INTEGER:
        return _Scalars(kind)
    if kind is GRID:
        return _Grids()
    if is_patch(kind):
        return _Planes()
    return _Structs(kind) if isinstance(kind, StructType) else _Lists(kind)


class Table:
    """Rows of one type."""

    def __init__(self, kind):
        self.kind, self.data, self.flags = kind, _data_of(kind), Column(np.uint8)

    def append(self, value: Batch, blocks: dict) -> int:
        """Adds a batch; the index of its first row. The blocks that own its planes are added to `blocks`."""
        first = self.flags.n
        self.data.append(value.data, blocks)
        self.flags.append(value.flags)
        return first

    def take(self, rows: np.ndarray) -> Batch:
        return Batch(self.kind, self.data.take(rows), self.flags.take(rows))


class Numbers:
    """Heads of items: how many, flags, and whether they are in canonical order."""

    def __init__(self) -> None:
        self.counts, self.flags, self.canonical = Column(np.int64), Column(np.uint8), Column(bool)

    def append(self, heads: Heads, blocks: dict) -> int:
        first = self.flags.n
        self.counts.append(heads.counts)
        self.flags.append(heads.flags)
        self.canonical.append(np.full(len(heads.counts), heads.canonical))
        return first

    def take(self, rows: np.ndarray) -> Heads:
        return Heads(self.counts.take(rows), self.flags.take(rows), bool(self.canonical.take(rows).all()))
