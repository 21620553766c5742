"""Python values of the reference (ints, tuples, frozensets) to the arrays of a row, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from jbatt.errors import JbattError
from jbatt.values.row import GridRow, ListRow
from jbatt.values.types import (
    BOOLEAN,
    GRID,
    INDICES,
    INTEGER,
    OBJECT,
    PAIR,
    ListType,
    StructType,
    is_patch,
    set_of,
    struct,
    tuple_of,
)
from jbatt.values.window import MARGINS, largest_grid

NONE = -(2**31)
"""The Integer that stands for Python's None (`index` outside the grid)."""


class DoesNotFit(JbattError):
    """A value does not fit the capacity class asked for."""


def type_of(value) -> Any:
    """The type of a Python value; JbattError for what has none (functions, mixed or empty containers).

    Rectangular tuples of tuples of colours count as grids; an empty set or tuple has no item type.
    """
    if value is None or isinstance(value, int | np.integer):
        return BOOLEAN if isinstance(value, bool | np.bool_) else INTEGER
    if isinstance(value, frozenset | set):
        kinds = {type_of(v) for v in value}
        if len(kinds) == 1:
            return set_of(kinds.pop())
    elif is_grid(value):
        return GRID
    elif isinstance(value, tuple | list) and value:
        kinds = [type_of(v) for v in value]
        return (
            struct(*kinds)
            if len(kinds) == 2
            else tuple_of(kinds[0])
            if len(set(kinds)) == 1
            else struct(*kinds)
        )
    raise JbattError(f"no DSL type for {str(value)[:80]!r}")


def is_grid(value) -> bool:
    """Whether a Python value is a non-empty rectangle of integers (a 2-d array or tuples of tuples)."""
    if isinstance(value, np.ndarray):
        return value.ndim == 2 and value.size > 0
    if not isinstance(value, tuple | list) or not value or not isinstance(value[0], tuple | list):
        return False
    width = len(value[0])
    return width > 0 and all(
        isinstance(r, tuple | list) and len(r) == width and all(isinstance(v, int | np.integer) for v in r)
        for r in value
    )


def encode_grid(cells, side: int) -> GridRow:
    """A grid as a row; DoesNotFit where it is larger than the class."""
    cells = np.asarray(cells)
    if cells.ndim != 2:
        cells = np.zeros((len(cells), 0), np.int8)
    h, w = cells.shape if len(cells) else (0, 0)
    if max(h, w) > largest_grid(side):
        raise DoesNotFit(f"a grid of {h} x {w} cells does not fit a plane of side {side}")
    if cells.size and (cells.min() < 0 or cells.max() > 127):
        raise DoesNotFit("colours must lie in 0..127")
    m = MARGINS[side]
    plane = np.full((side, side), -1, np.int8)
    plane[m : m + h, m : m + w] = cells
    return GridRow(plane, np.int32(h), np.int32(w))


def encode_patch(cells, side: int) -> np.ndarray:
    """An iterable of cells or of pairs as a plane."""
    m = MARGINS[side]
    plane = np.full((side, side), -1, np.int8)
    for a, b in cells:
        colour, (i, j) = (a, b) if isinstance(b, tuple | list) else (0, (a, b))
        if (
            not (-m <= i < side - m and -m <= j < side - m)
            or not 0 <= colour <= 127
            or plane[i + m, j + m] >= 0
        ):
            raise DoesNotFit(f"the cell {(a, b)} does not fit a plane of side {side}")
        plane[i + m, j + m] = colour
    return plane


def encode(value, kind, side: int, items: int) -> Any:
    """A Python value as the row of type `kind`, in planes of `side` and lists of at most `items`.

    Raises DoesNotFit where it does not fit, JbattError where it is not of that type.
    """
    try:
        if kind is BOOLEAN:
            return np.bool_(value)
        if kind is INTEGER:
            if value is not None and abs(value) >= 2**31 - 1:
                raise DoesNotFit(f"the integer {value} does not fit 32 bits")
            return np.int32(NONE if value is None else value)
        if kind is GRID:
            return encode_grid(value, side)
        if is_patch(kind):
            return encode_patch(value, side)
        if isinstance(kind, StructType):
            return tuple(encode(v, k, side, items) for v, k in zip(value, kind.fields, strict=True))
        if isinstance(kind, ListType):
            ordered = sorted(value, key=canonical_key) if kind.kind == "set" else list(value)
            if len(ordered) > items:
                raise DoesNotFit(f"{len(ordered)} items do not fit a list of {items}")
            rows = [encode(v, kind.item, side, items) for v in ordered]
            rows += [filler(kind.item, side, items)] * (items - len(rows))
            return ListRow(_stack(rows), np.int32(len(ordered)))
    except (TypeError, ValueError) as e:
        raise JbattError(f"{str(value)[:80]!r} is not of type {kind}: {e}") from None
    raise JbattError(f"values of type {kind} cannot be encoded")


def filler(kind, side: int, items: int) -> Any:
    """The row that stands where a list has no item."""
    if kind is BOOLEAN:
        return np.bool_(False)
    if kind is INTEGER:
        return np.int32(0)
    if kind is GRID:
        return encode_grid((), side)
    if is_patch(kind):
        return np.full((side, side), -1, np.int8)
    if isinstance(kind, StructType):
        return tuple(filler(k, side, items) for k in kind.fields)
    return ListRow(_stack([filler(kind.item, side, items)] * items), np.int32(0))


def _stack(rows: list) -> Any:
    head = rows[0]
    if isinstance(head, tuple):
        parts = [_stack(list(part)) for part in zip(*rows, strict=True)]
        return type(head)(*parts) if hasattr(head, "_fields") else tuple(parts)
    return np.stack(rows)


def decode(row, kind) -> Any:
    """The Python value of a row: ints, bools, tuples and frozensets as the reference has them."""
    if kind is BOOLEAN:
        return bool(row)
    if kind is INTEGER:
        return None if int(row) == NONE else int(row)
    if kind is GRID:
        h, w = int(row.h), int(row.w)
        plane = np.asarray(row.plane)
        m = MARGINS[plane.shape[-1]]
        return tuple(map(tuple, plane[m : m + h, m : m + w].tolist()))
    if kind is OBJECT or kind is INDICES:
        plane = np.asarray(row)
        m = MARGINS[plane.shape[-1]]
        i, j = np.nonzero(plane >= 0)
        pairs = zip((i - m).tolist(), (j - m).tolist(), strict=True)
        if kind is INDICES:
            return frozenset(pairs)
        return frozenset(zip(plane[i, j].tolist(), pairs, strict=True))
    if kind is PAIR and int(row[0]) == NONE and int(row[1]) == NONE:
        return ()  # what the reference gives for the corner of an empty patch
    if isinstance(kind, StructType):
        return tuple(decode(r, k) for r, k in zip(row, kind.fields, strict=True))
    if isinstance(kind, ListType):
        items = [decode(at(row.items, k), kind.item) for k in range(int(row.count))]
        return tuple(items) if kind.kind == "tuple" else frozenset(items)
    raise JbattError(f"values of type {kind} cannot be decoded")


def at(tree, k: int) -> Any:
    """Item k of a tree of arrays with a leading axis."""
    if isinstance(tree, tuple):
        parts = [at(part, k) for part in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)
    return tree[k]


def canonical_key(value) -> Any:
    """A sort key that puts Python values in canonical order (see docs/exactness.md)."""
    if value is None:
        return (0,)
    if isinstance(value, int):
        return (1, int(value))
    if isinstance(value, tuple):
        if (
            len(value) == 2
            and isinstance(value[1], tuple)
            and len(value[1]) == 2
            and isinstance(value[0], int)
        ):
            if all(isinstance(v, int) for v in value[1]):  # a cell: by (i, j), then colour
                return (2, ((1, value[1][0]), (1, value[1][1]), (1, value[0])))
        return (2, tuple(canonical_key(v) for v in value))
    keys = sorted(canonical_key(v) for v in value)
    return (3, keys[:1], len(keys), keys)
