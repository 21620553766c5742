"""Python values to batches: the counterpart of `decode`, for the few values that were computed on the host."""

from __future__ import annotations

import numpy as np

from jbatt.dsl.domain import Unsupported
from jbatt.engine.batch import Batch, Ragged
from jbatt.values.encode import NONE, canonical_key
from jbatt.values.flags import OVERFLOW, UNSUPPORTED
from jbatt.values.types import BOOLEAN, GRID, INTEGER, ListType, StructType, is_patch, item_type, tuple_of


def encode_batch(engine, values: list, kind) -> Batch:
    """Python values of one type (as `decode_batch` gives them) as a batch; rows that do not fit are flagged."""
    n = len(values)
    flags = np.zeros(n, np.uint8)
    if kind is BOOLEAN:
        return Batch(kind, np.array(values, bool).reshape(n), flags)
    if kind is INTEGER:
        numbers = np.array([NONE if v is None else int(v) for v in values], object)
        flags[[v != NONE and abs(v) >= 2**31 - 1 for v in numbers]] = OVERFLOW
        return Batch(kind, np.where(flags != 0, 0, numbers).astype(np.int64), flags)
    if kind is GRID:
        return _grids(engine, values)
    if isinstance(kind, StructType):
        columns = [[v[k] for v in values] for k in range(len(kind.fields))]
        return engine.struct([encode_batch(engine, c, t) for c, t in zip(columns, kind.fields, strict=True)])
    if is_patch(kind):
        return engine.build("set", engine.items(_list(engine, values, tuple_of(item_type(kind)))))
    if isinstance(kind, ListType):
        return _list(engine, values, kind)
    raise Unsupported(f"values of type {kind}")


def _list(engine, values: list, kind: ListType) -> Batch:
    sequences = [sorted(v, key=canonical_key) if kind.kind == "set" else v for v in values]
    items = encode_batch(engine, [x for v in sequences for x in v], kind.item)
    counts = np.array([len(v) for v in values], np.int64)
    return Batch(kind, Ragged(items, counts, True), np.zeros(len(values), np.uint8))


def _grids(engine, values: list) -> Batch:
    arrays, held = [], np.zeros(len(values), bool)
    for k, v in enumerate(values):
        held[k] = all(c is not None and 0 <= c <= 127 for row in v for c in row)
        whole = np.array(v, np.int64).reshape(len(v), -1) if v and held[k] else np.zeros((0, 0), np.int64)
        arrays.append(whole)
    found = engine.grids(arrays)
    found.flags = found.flags | np.where(held, np.uint8(0), np.uint8(UNSUPPORTED))
    return found
