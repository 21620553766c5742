"""Canonical order of padded values: a vector of integers for each value, to be compared from the front.

Integers ascending, tuples item by item, cells by (i, j, colour), patches and other sets by their first item, then by
size, then by all items. Equal values have equal keys.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from jbatt.dsl.domain import Unsupported
from jbatt.values.types import BOOLEAN, CELL, GRID, INTEGER, ListType, StructType, is_patch


def key(kind, data, python: bool = False):
    """int32[C]: the key of one row. `python`: the order of Python's `<` instead, which cells and sets differ in."""
    if kind is INTEGER or kind is BOOLEAN:
        return jnp.asarray(data).astype(jnp.int32)[None]
    if kind is CELL and not python:
        colour, (i, j) = data
        return jnp.stack([jnp.asarray(v).astype(jnp.int32) for v in (i, j, colour)])
    if isinstance(kind, StructType):
        return jnp.concatenate([key(f, d, python) for f, d in zip(kind.fields, data, strict=True)])
    if kind is GRID:
        # Outside cells become 0 and colours 1.. so that a shorter row, then a shorter grid, comes first.
        sizes = jnp.stack([jnp.asarray(data.h), jnp.asarray(data.w)]).astype(jnp.int32)
        return jnp.concatenate([_packed(data.plane + jnp.int8(1)), sizes])
    if python and (is_patch(kind) or getattr(kind, "kind", "") == "set"):
        raise Unsupported(f"values of type {kind} have no order")
    if is_patch(kind):
        return _patch_key(data)
    if isinstance(kind, ListType):
        return _list_key(kind, data, python)
    raise Unsupported(f"values of type {kind} have no order")


def _packed(plane):
    """int32[U * U / 4]: a plane's bytes, unsigned, four to a number."""
    b = lax.bitcast_convert_type(plane, jnp.uint8).astype(jnp.uint32).reshape(-1, 4)
    packed = (b[:, 0] << 24) | (b[:, 1] << 16) | (b[:, 2] << 8) | b[:, 3]
    return lax.bitcast_convert_type(packed ^ jnp.uint32(1 << 31), jnp.int32)


def _patch_key(plane):
    flat = jnp.asarray(plane).reshape(-1)
    cells = flat >= 0
    size = jnp.sum(cells, dtype=jnp.int32)
    first = jnp.argmax(cells).astype(jnp.int32)
    head = jnp.stack([jnp.where(size > 0, first, -1), flat[first].astype(jnp.int32), size])
    # As unsigned bytes a missing cell is 255: where two patches first differ, the one with a cell there comes first.
    return jnp.concatenate([head, _packed(plane)])


def _list_key(kind, data, python: bool):
    inner = jax.vmap(lambda item: key(kind.item, item, python))(data.items)
    used = (jnp.arange(inner.shape[0]) < data.count)[:, None]
    inner = jnp.concatenate([used.astype(jnp.int32), jnp.where(used, inner, 0)], axis=1)
    if kind.kind == "tuple":
        return inner.reshape(-1)
    size = jnp.asarray(data.count).astype(jnp.int32)[None]
    return jnp.concatenate([inner[0], size, inner.reshape(-1)])


def compare(a, b):
    """bool[N, M] twice: whether a[n] comes before b[m], and whether they are equal; int32[N, C], int32[M, C]."""
    differs = a[:, None, :] != b[None, :, :]
    place = jnp.argmax(differs, axis=-1)
    rows, columns = jnp.arange(a.shape[0])[:, None], jnp.arange(b.shape[0])[None, :]
    return a[rows, place] < b[columns, place], ~jnp.any(differs, axis=-1)
