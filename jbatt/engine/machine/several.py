"""Primitives on objects with two colours at some locations, of which there are two planes: the highest colours and the lowest (LOW).

Most primitives either need no more than the highest colours, or leave such objects to the host. Those that programs use on them have
steps of their own here, which also say what becomes of objects whose planes do not tell all colours.
"""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp

from jbatt.dsl.histogram import background
from jbatt.dsl.registry import Overload
from jbatt.engine.kernels import pack
from jbatt.engine.machine.context import LEFT, LOW, NEXT_P, SEQUENCE, Context, bit, hard
from jbatt.engine.machine.drawing import UNTOLD, in_rounds, low_of, nothing, unknown
from jbatt.engine.machine.layout import load, plane_at, row_of
from jbatt.engine.machine.rows import argument_flags, called_on_rows, drawn, listed, own_flags, result_of
from jbatt.values.flags import MULTI
from jbatt.values.types import CELL, GRID, OBJECT, is_patch


def own_step(overload: Overload, types: tuple, result, side: int) -> Callable | None:
    """The step for a primitive on such objects; None where it has none."""
    name, patches = overload.primitive, [t for t in types if is_patch(t)]
    if name in ("insert", "combine") and types in ((CELL, OBJECT), (OBJECT, OBJECT)):
        return _joined(overload, types, side)
    if overload.multi == "through" and len(patches) == 1 and is_patch(types[0]):
        return _through(overload, types, result, side)
    if (name, types) == ("underpaint", (GRID, OBJECT)):
        return _under(overload, types, result, side)
    if (name, types) == ("palette", (OBJECT,)):
        return _palette(overload, side)
    if name == "size" and len(patches) == 1:
        return _size
    if name == "box":
        return _box(overload, types, result, side)
    if name == "equality" and len(patches) == 2:
        return _equality
    return None


def _through(overload: Overload, types: tuple, result, side: int):
    """What only moves cells: both planes, one after the other."""
    called = called_on_rows(overload, types, side)

    def step(c: Context, heads, onward):
        given, low = heads[0, 0], c.m
        place = jnp.arange(heads.shape[1]) == 1
        first = jnp.where(place, heads[0] + low, heads[0])
        _, out = called(c.memory.P, [first, *heads[1 : len(types)]])
        words, plane = pack(result, out.value)
        flags = own_flags(out, words) | onward | (given & MULTI) | bit(unknown(given), LEFT)
        again = (low == 0) & ((given & MULTI) != 0) & (hard(flags) == 0)
        row = row_of(flags | bit(low == 1, LOW), [c.registers[NEXT_P] - low, *words])
        return row, plane, c.go(c.slot(0).rows, ~again, n=~again, m=low | again, planes=1)

    return step


def _joined(overload: Overload, types: tuple, side: int):
    """`combine` of two objects, and `insert` of a cell: two patches drawn over each other."""

    def step(c: Context, heads, onward):
        highest = plane_at(c.memory.P, c.registers[NEXT_P] - c.m, side)
        made, flags = nothing((side, side)), onward
        for kind, row in zip(types, heads, strict=False):
            if kind is CELL:
                cell = load(kind, list(row[1:]), c.memory.P, side)
                out = result_of(overload.function(cell, jnp.full((side, side), -1, jnp.int8)))
                flags |= own_flags(out, [])
                planes = [out.value]
            else:
                flags |= (row[0] & MULTI) | bit(unknown(row[0]), UNTOLD)
                flags |= bit((row[0] & SEQUENCE) != 0, LEFT)
                planes = [plane_at(c.memory.P, p, side) for p in (row[1], low_of(row))]
            for plane in planes:
                made = made.over(plane, highest, c.m == 1)
        return in_rounds(c, made, flags)

    return step


def _under(overload: Overload, types: tuple, result, side: int):
    """`underpaint`: the first colour of a location that is not the background stays: of two the lower, unless it is that."""

    def step(c: Context, heads, onward):
        grid, patch = (load(t, list(row[1:]), c.memory.P, side) for t, row in zip(types, heads, strict=False))
        low = plane_at(c.memory.P, low_of(heads[1]), side)
        patch = jnp.where(low == background(grid.plane)[0], patch, low)
        left = bit(unknown(heads[1, 0]), LEFT)
        return drawn(c, result_of(overload.function(grid, patch)), result, onward | left)

    return step


def _box(overload: Overload, types: tuple, result, side: int):
    """`box`: colours and repeats make no difference, but a tuple without cells is given back as it is."""
    called = called_on_rows(overload, types, side)

    def step(c: Context, heads, onward):
        left = bit((heads[0, 0] & SEQUENCE) != 0, LEFT)
        return drawn(c, called(c.memory.P, heads[: len(types)])[1], result, onward | left)

    return step


def _size(c: Context, heads, onward):
    """`size`: of two colours at a location each is a cell."""
    high, low = (plane_at(c.memory.P, p, c.side) for p in (heads[0, 1], low_of(heads[0])))
    cells = (high >= 0).sum(dtype=jnp.int32) + (high != low).sum(dtype=jnp.int32)
    return row_of(onward | bit(unknown(heads[0, 0]), LEFT), [cells]), c.go(c.slot(0).rows, 1, n=1)


def _equality(c: Context, heads, onward):
    """`equality` of two patches: both planes of one are those of the other."""
    a, b = heads[0], heads[1]
    pairs = [(a[1], b[1]), (low_of(a), low_of(b))]
    same = jnp.bool_(True)
    for left, right in pairs:
        same &= (plane_at(c.memory.P, left, c.side) == plane_at(c.memory.P, right, c.side)).all()
    untold = unknown(a[0]) | unknown(b[0])
    return row_of(onward | bit(untold, LEFT), [same]), c.go(c.slot(0).rows, 1, n=1)


def _palette(overload: Overload, side: int):
    """`palette` of an object: the colours of both planes."""

    def step(c: Context):
        row = c.value(0, c.r)
        given, _ = argument_flags(c.ins, row[None])
        given |= bit(unknown(row[0]), LEFT)
        planes = (plane_at(c.memory.P, p, side) for p in (row[1], low_of(row)))
        return listed(c, result_of(overload.function(jnp.concatenate(list(planes)))), given)

    return step
