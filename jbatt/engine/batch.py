"""Batches: many values of one type, as the interpreter holds them.

A batch has `n` rows. Scalars are NumPy arrays on the host, planes are rows of a register file, containers are ragged:
the items of all rows one after another in a batch of their own, and how many belong to each row. So taking, dropping,
sorting or joining items moves indices, never planes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from jbatt.dsl.domain import Choice, Closure, Fixed
from jbatt.engine.kernels import HARD
from jbatt.engine.registers import NoRoom
from jbatt.values.types import BOOLEAN, GRID, INTEGER, StructType, is_patch

MOST_ITEMS = 1 << 22
"""Items that rows are given at once: a few dozen values of so many rows take some gigabytes."""


class Planes(NamedTuple):
    """Row numbers int32[n], and the blocks that own them.

    `wide`: None, or for each row None or the `Wide` object of which the plane shows a part. `drawn`: None, or for each row None
    or all cells of a clipped patch, int64[cells, 3] of (i, j, colour) in canonical order, where these are known.
    """

    ids: np.ndarray
    blocks: tuple
    wide: np.ndarray | None = None
    drawn: np.ndarray | None = None


class Grids(NamedTuple):
    """Row numbers, heights and widths, int[n] each."""

    planes: Planes
    h: np.ndarray
    w: np.ndarray


class Ragged(NamedTuple):
    """Items of all rows in order, and int64[n] how many each row has.

    `canonical` is False for a set whose items are neither sorted nor distinct yet.
    """

    items: Any
    counts: np.ndarray
    canonical: bool


@dataclass(slots=True)
class Batch:
    """`data` by type: bool[n], int64[n], tuple of fields' data, Grids, Planes, Ragged; `flags` uint8[n]."""

    type: Any
    data: Any
    flags: np.ndarray

    @property
    def n(self) -> int:
        return len(self.flags)


def take(value, rows: np.ndarray):
    """The rows of a batch (or of what a function captured) at these indices."""
    if isinstance(value, Closure):
        return value if not value.args else Closure(value.name, tuple(take(a, rows) for a in value.args))
    if isinstance(value, Fixed):
        return Fixed(value.kind, tuple(take(v, rows) for v in value.values))
    if isinstance(value, Choice):
        return Choice(take(value.condition, rows), take(value.a, rows), take(value.b, rows))
    return Batch(value.type, _take(value.type, value.data, rows), value.flags[rows])


def _take(kind, data, rows):
    if kind is INTEGER or kind is BOOLEAN:
        return data[rows]
    if kind is GRID:
        return Grids(Planes(data.planes.ids[rows], data.planes.blocks), data.h[rows], data.w[rows])
    if is_patch(kind):
        beside = [None if b is None else _sparse(b[rows]) for b in (data.wide, data.drawn)]
        return Planes(data.ids[rows], data.blocks, *beside)
    if isinstance(kind, StructType):
        return tuple(_take(f, d, rows) for f, d in zip(kind.fields, data, strict=True))
    if isinstance(data, Closure):
        return take(data, rows)
    return Ragged(take(data.items, spans(data.counts, rows)), data.counts[rows], data.canonical)


def spans(counts: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Indices of the items of these rows, row after row. Raises NoRoom where they are more than MOST_ITEMS."""
    starts = np.cumsum(counts) - counts
    chosen = counts[rows]
    total = int(chosen.sum())
    if total > MOST_ITEMS:
        raise NoRoom
    return np.arange(total) + np.repeat(starts[rows] - (np.cumsum(chosen) - chosen), chosen)


def concatenate(values: list):
    """Batches of one type (or other values of one structure), one below the other."""
    kind = values[0].type
    if isinstance(values[0], Fixed):
        columns = zip(*(v.values for v in values), strict=True)
        return Fixed(values[0].kind, tuple(concatenate(list(c)) for c in columns))
    if isinstance(values[0], Choice):
        return Choice(*(concatenate([getattr(v, k) for v in values]) for k in ("condition", "a", "b")))
    if isinstance(values[0], Closure):
        head = values[0]
        if not head.args:
            return head
        return Closure(
            head.name, tuple(concatenate([v.args[k] for v in values]) for k in range(len(head.args)))
        )
    return Batch(
        kind, _concatenate(kind, [v.data for v in values]), np.concatenate([v.flags for v in values])
    )


def _blocks(parts) -> tuple:
    return tuple({id(b): b for p in parts for b in p.blocks}.values())


def _concatenate(kind, parts):
    if kind is INTEGER or kind is BOOLEAN:
        return np.concatenate(parts)
    if kind is GRID:
        planes = _concatenate_planes([p.planes for p in parts])
        return Grids(planes, np.concatenate([p.h for p in parts]), np.concatenate([p.w for p in parts]))
    if is_patch(kind):
        return _concatenate_planes(parts)
    if isinstance(kind, StructType):
        return tuple(_concatenate(f, [p[k] for p in parts]) for k, f in enumerate(kind.fields))
    if isinstance(parts[0], Closure):
        return concatenate(parts)
    return Ragged(
        concatenate([p.items for p in parts]),
        np.concatenate([p.counts for p in parts]),
        all(p.canonical for p in parts),
    )


def _sparse(wide: np.ndarray) -> np.ndarray | None:
    return wide if any(w is not None for w in wide) else None


def _concatenate_planes(parts) -> Planes:
    sizes = [len(p.ids) for p in parts]
    wide, drawn = (_beside([p[k] for p in parts], sizes) for k in (2, 3))
    return Planes(np.concatenate([p.ids for p in parts]), _blocks(parts), wide, drawn)


def _beside(parts: list[np.ndarray | None], sizes: list[int]) -> np.ndarray | None:
    """What is kept beside planes, for all parts."""
    if all(p is None for p in parts):
        return None
    return np.concatenate([np.full(n, None) if p is None else p for p, n in zip(parts, sizes, strict=True)])


def field(value: Batch, k: int):
    """Field k of a batch of fixed tuples."""
    data = value.data[k]
    if isinstance(data, Closure):
        return data
    return Batch(value.type.fields[k], data, value.flags)


def hard(value) -> np.ndarray:
    """bool[n]: rows that raise, do not fit or cannot be held."""
    return (value.flags & HARD) != 0


def segment_or(flags: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The items' flags, or-ed together for each row."""
    out = np.zeros(len(counts), np.uint8)
    if len(flags) and flags.any():
        np.bitwise_or.at(out, np.repeat(np.arange(len(counts)), counts), flags)
    return out
