"""Values as 64-bit hashes, a row each: equal values have equal hashes, so that what is equal on all demos is kept once.

Two different values have equal hashes with a chance of about 2^-64; a program that is lost to one is not found, and
what is found is validated with exact comparisons.
"""

from __future__ import annotations

import numpy as np

from jbatt.dsl.domain import Unsupported
from jbatt.engine.batch import Batch
from jbatt.engine.ragged import Engine
from jbatt.values.flags import CLIPPED
from jbatt.values.types import BOOLEAN, GRID, INTEGER, ListType, StructType, is_patch

_FACTORS = np.random.default_rng(20260101).integers(0, 2**64, 1 << 13, dtype=np.uint64) | np.uint64(1)
_A, _B, _SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(32)


def mixed(numbers: np.ndarray) -> np.ndarray:
    """Every bit of the result depends on every bit of the number, uint64[...]."""
    x = numbers * _A
    x ^= x >> _SHIFT
    x *= _B
    return x ^ (x >> _SHIFT)


def planes_hash(planes: np.ndarray) -> np.ndarray:
    """uint64[n] from planes int8[n, U, U]."""
    words = (
        np.ascontiguousarray(planes).reshape(len(planes), planes.shape[1] * planes.shape[2]).view(np.uint64)
    )
    out = np.empty(len(words), np.uint64)
    for first in range(0, len(words), 512):  # what fits the processor's cache
        part = words[first : first + 512] * _A
        part ^= part >> _SHIFT
        part *= _FACTORS[: words.shape[1]]
        out[first : first + 512] = part.sum(axis=1)
    return mixed(out)


def hashes(engine: Engine, value: Batch) -> np.ndarray:
    """uint64[n]: a hash of each row; what a row with hard flags has is arbitrary. Raises Unsupported for other types."""
    kind, data = value.type, value.data
    if kind is INTEGER or kind is BOOLEAN:
        return mixed(data.astype(np.int64).view(np.uint64))
    if kind is GRID:
        return planes_hash(engine.kernels.fetch(data.planes.ids))
    if is_patch(kind):
        return planes_hash(engine.kernels.fetch(data.ids)) + (value.flags & CLIPPED)
    if isinstance(kind, StructType):
        fields = [hashes(engine, Batch(f, d, value.flags)) for f, d in zip(kind.fields, data, strict=True)]
        return joined(np.stack(fields))
    if isinstance(kind, ListType):
        items = engine.items(value)
        parts = hashes(engine, items.value) + items.value.flags
        if items.kind == "tuple":
            place = np.arange(len(items.parent)) - items.starts[items.parent]
            parts = mixed(parts + mixed(place.astype(np.uint64) + _A))
        out = mixed(items.counts.astype(np.uint64) + _B)
        np.add.at(out, items.parent, mixed(parts))
        return mixed(out)
    raise Unsupported(f"values of type {kind} are not hashed")


def joined(parts: np.ndarray) -> np.ndarray:
    """One hash from several in order: uint64[k, n] to uint64[n]."""
    out = np.zeros(parts.shape[1], np.uint64)
    for part in parts:
        out = mixed(out * _B + part + _A)
    return out
