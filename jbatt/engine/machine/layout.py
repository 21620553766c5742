"""How values lie in the machine's memory.

A value is a row of `V`, int32[8]: its flags and up to seven words. Integers and booleans take one word; a patch one, the row
of its plane in `P`; a grid three (plane, height, width); a container of any length two, where its items begin in `V` and
how many there are; a fixed tuple those of its fields, one after the other.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import jax.numpy as jnp

from jbatt.engine.machine.context import lanes
from jbatt.engine.machine.slices import dynamic_slice
from jbatt.values.encode import NONE
from jbatt.values.row import GridRow
from jbatt.values.types import BOOLEAN, GRID, INTEGER, ListType, StructType, is_patch

WORDS = 8
"""Words of a row, the flags included."""


@cache
def layout(kind) -> tuple | None:
    """What the words of a type are; types with equal layouts need no conversion. None where the machine has none."""
    if kind is BOOLEAN or kind is INTEGER:
        return ("number",)
    if kind is GRID:
        return ("grid", "height", "width")
    if is_patch(kind):
        return (str(kind),)
    if isinstance(kind, ListType):
        item = layout(kind.item)
        return item and (("list", kind.kind, item), "count")
    if isinstance(kind, StructType):
        fields = [layout(f) for f in kind.fields]
        if not fields or None in fields:
            return None
        found = tuple(w for f in fields for w in f)  # type: ignore[union-attr]
        if len(found) < WORDS:
            return found
        # Too wide for a row: as a list, where all fields lie alike.
        return (("list", "tuple", fields[0]), "count") if len(set(fields)) == 1 else None
    return None


def width(kind) -> int:
    """How many words values of a type take, the flags not counted."""
    return len(layout(kind) or ())


def is_none(word):
    """Where a number is None."""
    return word == NONE


def is_listed(kind) -> bool:
    """Whether values of a type lie as lists do."""
    found = layout(kind)
    return found is not None and isinstance(found[0], tuple) and len(found) == 2


def numbers_only(kind) -> bool:
    """Whether values of the type are nothing but numbers."""
    return set(layout(kind) or (None,)) == {"number"}


def load(kind, words: list, planes, side: int) -> Any:
    """The row of an argument (see `jbatt.values.row`) from its words int32[], taken from the front of the list."""
    if kind is BOOLEAN:
        return words.pop(0) != 0
    if kind is INTEGER:
        return words.pop(0)
    if kind is GRID:
        plane, h, w = plane_at(planes, words.pop(0), side), words.pop(0), words.pop(0)
        return GridRow(plane, h, w)
    if is_patch(kind):
        return plane_at(planes, words.pop(0), side)
    return tuple(load(f, words, planes, side) for f in kind.fields)


def plane_at(planes, row, side: int):
    """int8[U, U]: a row of `P`."""
    return dynamic_slice(planes, (row, 0), (1, side * side)).reshape(side, side)


def row_of(flags, words: list):
    """int32[8]: a value's row."""
    return lanes([flags, *words, *[0] * (WORDS - 1 - len(words))])


def block_of(flags, words: list):
    """int32[U, 8]: rows from their flags and words, int32[U] each."""
    place = jnp.arange(WORDS, dtype=jnp.int32)
    out = jnp.zeros((*jnp.shape(words[0]), WORDS), jnp.int32)
    for k, word in enumerate([flags, *words]):
        out = jnp.where(place == k, jnp.asarray(word).astype(jnp.int32)[..., None], out)
    return out
