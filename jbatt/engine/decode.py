"""Batches back to Python values, as the reference has them: ints, bools, None, tuples and frozensets."""

from __future__ import annotations

from typing import Any

import numpy as np

from jbatt.dsl.domain import Choice, Closure, Fixed
from jbatt.engine.batch import segment_or
from jbatt.engine.filled import filled
from jbatt.engine.kernels import CLIPPED, ERROR, HARD, MULTI, OVERFLOW
from jbatt.errors import JbattError
from jbatt.values.encode import NONE
from jbatt.values.types import BOOLEAN, GRID, INTEGER, OBJECT, PAIR, ListType, StructType, is_patch


class Flag:
    """What stands for a row that has no value: `ERROR_ROW`, `CAPACITY_ROW` or `UNSUPPORTED_ROW`."""

    __slots__ = ("name",)

    def __init__(self, name: str):
        self.name = name

    def __repr__(self) -> str:
        return f"<{self.name}>"


ERROR_ROW, CAPACITY_ROW, UNSUPPORTED_ROW = Flag("error"), Flag("capacity"), Flag("unsupported")


def decode_batch(engine, value, n: int | None = None) -> list:
    """For each row its Python value, or a `Flag`.

    A function value gives `n` closures that captured Python values. Tuples of cells in which locations repeat cannot
    be read from a plane and count as unsupported, clipped patches as beyond the capacity.
    """
    if isinstance(value, Closure):
        return _closures(engine, value, n or 0)
    if isinstance(value, Fixed):
        columns = [decode_batch(engine, v, n) for v in value.values]
        make: Any = tuple if value.kind == "tuple" else frozenset
        return [make(row) for row in zip(*columns, strict=True)]
    if isinstance(value, Choice):
        condition, a, c = (decode_batch(engine, v, n) for v in (value.condition, value.a, value.b))
        return [p if isinstance(p, Flag) else x if p else y for p, x, y in zip(condition, a, c, strict=True)]
    values, flags = decode_data(engine, value.type, value.data, value.n)
    flags = flags | value.flags
    if not flags.any():
        return values
    return [flag_of(int(f)) or v for f, v in zip(flags, values, strict=True)]


def flag_of(flags: int) -> Flag | None:
    """What a row's flags mean, None where there is a value."""
    if flags & ERROR:
        return ERROR_ROW
    if flags & (OVERFLOW | CLIPPED):
        return CAPACITY_ROW
    return UNSUPPORTED_ROW if flags & (HARD | MULTI) else None


def _closures(engine, function: Closure, n: int) -> list:
    if function.args is None:
        return [function] * n
    columns = [decode_batch(engine, a, n) for a in function.args]
    return [_chosen(function.name, args) for args in zip(*columns, strict=True)]


def _chosen(name: str, args: tuple) -> Closure:
    """A function with what it captured, as the reference would have it: choices made, no power of one."""
    if name == "select" and not isinstance(args[0], Flag):
        return args[1] if args[0] else args[2]
    return args[0] if name == "power" and args[1] == 1 else Closure(name, args)


def decode_data(engine, kind, data, n: int) -> tuple[list, np.ndarray]:
    """For each row its value, and uint8[n] what flags of items inside it say; of clipped patches what there is."""
    clean = np.zeros(n, np.uint8)
    if isinstance(data, Closure):
        return _closures(engine, data, n), clean
    if kind is BOOLEAN:
        return [bool(v) for v in data], clean
    if kind is INTEGER:
        return [None if v == NONE else int(v) for v in data], clean
    if kind is GRID:
        m = engine.margin
        return [
            tuple(map(tuple, p[m : m + h, m : m + w].tolist()))
            for which, planes in engine.kernels.pieces(data.planes.ids)
            for p, h, w in zip(planes, data.h[which], data.w[which], strict=True)
        ], clean
    if is_patch(kind):
        pieces = engine.kernels.pieces(data.ids)
        patches = [_patch(p, kind, engine.margin) for _, planes in pieces for p in planes]
        if data.wide is not None:
            patches = [p if w is None else w.cells for p, w in zip(patches, data.wide, strict=True)]
        return patches, clean
    if kind is PAIR and (data[0] == NONE).any():
        pairs = zip(data[0].tolist(), data[1].tolist(), strict=True)  # NONE twice is the empty tuple
        return [() if p == (NONE, NONE) else tuple(None if v == NONE else v for v in p) for p in pairs], clean
    if isinstance(kind, StructType):
        columns = []
        for k, part in zip(kind.fields, data, strict=True):
            column, flags = decode_data(engine, k, part, n)
            columns.append(column)
            clean = clean | flags
        return list(zip(*columns, strict=True)) if columns else [()] * n, clean
    if isinstance(kind, ListType):
        total = int(data.counts.sum())
        if isinstance(data.items, Closure):
            items, flags = _closures(engine, data.items, total), np.zeros(total, np.uint8)
        else:
            items, flags = decode_data(engine, kind.item, data.items.data, total)
            flags = flags | data.items.flags
        make: Any = tuple if kind.kind == "tuple" else frozenset
        ends = np.cumsum(data.counts)
        values = [make(items[e - c : e]) for e, c in zip(ends, data.counts, strict=True)]
        return values, segment_or(flags, data.counts)
    raise JbattError(f"values of type {kind} cannot be decoded")


def _patch(plane: np.ndarray, kind, margin: int) -> frozenset:
    _, place, colour = filled(plane[None])
    i, j = np.divmod(place, len(plane))
    pairs = list(zip((i - margin).tolist(), (j - margin).tolist(), strict=True))
    return frozenset(zip(colour.tolist(), pairs, strict=True) if kind is OBJECT else pairs)
