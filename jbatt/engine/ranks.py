"""Canonical order of batches: an integer for every row, equal for equal values and smaller for what comes first.

Integers ascending, tuples item by item, cells by (i, j, colour), patches and other sets by their first item, then by
size, then by all items. Equality of containers and every canonical order come from here.
"""

from __future__ import annotations

import itertools

import numpy as np

from jbatt.dsl.domain import Unsupported
from jbatt.engine.batch import Batch, field
from jbatt.engine.decode import decode_batch
from jbatt.engine.filled import filled
from jbatt.values.encode import NONE, canonical_key
from jbatt.values.types import BOOLEAN, CELL, GRID, INTEGER, PAIR, ListType, StructType, is_patch

LIMIT = 2**62


def ranks(engine, value: Batch) -> np.ndarray:
    """int64[n]: the canonical rank of each row among the rows of the batch."""
    return packed(columns(engine, value))


def columns(engine, value: Batch) -> list[np.ndarray]:
    """Integers for each row, int64[n] each, that compare as the values do, the first column first."""
    kind = value.type
    if kind is INTEGER:
        return [np.where(value.data == NONE, -(2**40), value.data)]
    if kind is BOOLEAN:
        return [value.data.astype(np.int64)]
    if kind is PAIR:
        i, j = value.data
        empty = (i == NONE) & (j == NONE)  # the empty tuple comes first
        return [~empty, i, j] if empty.any() else [i, j]
    if kind is CELL:
        colour, (i, j) = value.data
        return [i, j, colour]
    if isinstance(kind, StructType):
        return [c for k in range(len(kind.fields)) for c in columns(engine, field(value, k))]
    if kind is GRID:
        return [_grid_ranks(engine, value.data), value.data.h, value.data.w]
    if is_patch(kind):
        if value.data.wide is not None:
            return [_cell_ranks(decode_batch(engine, value))]
        first, which = grouped(value.data.ids)
        return [_patch_ranks(engine, value.data.ids[first])[which]]
    if isinstance(kind, ListType):
        return [_list_ranks(engine, value)]
    raise Unsupported(f"values of type {kind} have no order")


def grouped(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each distinct key int[n] occurs first, in order of the keys, and for each key which of them it is.

    Without sorting where the keys lie in a range that is not much larger than their number.
    """
    low = int(keys.min(initial=0))
    span = int(keys.max(initial=0)) - low + 1
    if span > 4 * len(keys) + 1024:
        _, first, which = np.unique(keys, return_index=True, return_inverse=True)
        return first, which
    place = keys - low
    at = np.full(span, -1, np.int64)
    # Backwards: of several the last to be written stays, which is the first key.
    at[place[::-1]] = np.arange(len(keys) - 1, -1, -1)
    there = at >= 0
    return at[there], (np.cumsum(there) - 1)[place]


def packed(table: list[np.ndarray]) -> np.ndarray:
    """int64[n] that compare as the rows of a table do, column by column.

    Columns of small ranges are digits of one number; only where that would be too large are the rows sorted.
    """
    if len(table) == 1:
        return np.asarray(table[0], np.int64)
    if not len(table[0]):
        return np.zeros(0, np.int64)
    size, digits = 1, []
    for column in table:
        least = int(column.min())
        count = int(column.max()) - least + 1
        size *= count
        digits.append((column, least, count))
    if size >= LIMIT:
        return _sorted_ranks(table)
    out = np.zeros(len(table[0]), np.int64)
    for column, least, count in digits:
        out *= count
        out += column
        out -= least
    return out


def _sorted_ranks(table: list[np.ndarray]) -> np.ndarray:
    order = np.lexsort(table[::-1])
    steps = np.zeros(len(order), bool)
    for column in table:
        steps[1:] |= column[order][1:] != column[order][:-1]
    out = np.empty(len(order), np.int64)
    out[order] = np.cumsum(steps)
    return out


def _texts(engine, ids: np.ndarray, used: np.ndarray, none: int) -> np.ndarray:
    """int64[n]: ranks of planes, of which only the cells in use are looked at: bool[U * U].

    none: 0 where a missing cell comes before all colours, 255 where it comes after them.
    """
    columns = np.flatnonzero(used)
    if not len(ids) or not len(columns):
        return np.zeros(len(ids), np.int64)
    text = np.empty((len(ids), len(columns)), np.uint8)
    for which, planes in engine.kernels.pieces(ids):
        # -1 is 255 as uint8, and 0 if 1 is added.
        text[which] = planes.reshape(len(planes), -1)[:, columns].view(np.uint8) + np.uint8(none == 0)
    return np.unique(text.view(np.dtype((np.void, text.shape[1]))).ravel(), return_inverse=True)[1]


def _grid_ranks(engine, grids) -> np.ndarray:
    """A shorter row, then a shorter grid, comes first."""
    used, m = np.zeros((engine.side, engine.side), bool), engine.margin
    used[m : m + grids.h.max(initial=0), m : m + grids.w.max(initial=0)] = True
    return _texts(engine, grids.planes.ids, used.ravel(), 0)


def _patch_ranks(engine, ids: np.ndarray) -> np.ndarray:
    n, side = len(ids), engine.side
    first, colour, size = np.full(n, -1), np.full(n, -1), np.zeros(n, np.int64)
    used = np.zeros(side * side, bool)
    for which, planes in engine.kernels.pieces(ids):
        row, place, colours = filled(planes)
        size[which] = count = np.bincount(row, minlength=len(planes))
        there, begin = count > 0, np.cumsum(count) - count
        first[which][there], colour[which][there] = place[begin[there]], colours[begin[there]]
        used[place] = True
    rank = packed([first, colour, size])
    _, group, count = np.unique(rank, return_inverse=True, return_counts=True)
    ties = np.flatnonzero(count[group] > 1)
    rest = np.zeros(n, np.int64)
    # Where two patches first differ, the one with a cell there comes first.
    rest[ties] = _texts(engine, ids[ties], used, 255)
    return packed([rank, rest])


def _cell_ranks(patches: list) -> np.ndarray:
    """Ranks of sets of cells, not all of which are planes; rows without a value come first."""
    keys = [(canonical_key(p),) if isinstance(p, frozenset) else () for p in patches]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    out = np.zeros(len(keys), np.int64)
    for before, k in itertools.pairwise(order):
        out[k] = out[before] + (keys[before] != keys[k])
    return out


def _list_ranks(engine, value: Batch) -> np.ndarray:
    if value.type.kind == "set":
        value = engine.canonical_value(value)
    items, counts = value.data.items, value.data.counts
    n, longest = len(counts), int(counts.max(initial=0))
    inner = ranks(engine, items)
    inner = np.unique(inner, return_inverse=True)[1] + 1
    table = np.zeros((n, longest), np.int64)
    parent = np.repeat(np.arange(n), counts)
    place = np.arange(len(parent)) - np.repeat(np.cumsum(counts) - counts, counts)
    table[parent, place] = inner
    if not longest:
        return np.zeros(n, np.int64)
    places = list(table.T)
    return packed([places[0], counts, *places[1:]] if value.type.kind == "set" else places)
