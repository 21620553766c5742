"""Patches moved and drawn over each other, by their lines: of a window of 32 or 64 lines most have three or four."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import lax

from jbatt.dsl.extents import extent
from jbatt.engine.machine.context import LEFT, LOW, NEXT_P, SEQUENCE, Context, bit, hard
from jbatt.engine.machine.drawing import LOWEST, UNTOLD, Drawn, hidden_by, in_rounds
from jbatt.engine.machine.layout import plane_at
from jbatt.engine.machine.rows import argument_flags
from jbatt.engine.machine.slices import dynamic_slice, dynamic_update_slice
from jbatt.engine.one_kernel import while_loop
from jbatt.values.encode import NONE
from jbatt.values.flags import CLIPPED, ERROR, MULTI
from jbatt.values.window import margin


class _Box(NamedTuple):
    """The bounding box of the patch whose plane is `place`: most of the time it is that of the next item as well."""

    place: Any
    top: Any
    left: Any
    bottom: Any
    right: Any
    empty: Any


def united_shift(c: Context, heads, onward):
    """As `united_draw` of `shift`: patches 1 moved by pairs 2, for the items of heads 0; with `x` for grid 3, as `united` says."""
    side, m = c.side, margin(c.side)
    head = c.head(0, c.r)
    cells = c.memory.P.reshape(-1)
    high = (c.registers[NEXT_P] - c.m) * side * side
    lowest, hidden = (c.m == 1) | (c.x == LOWEST), hidden_by(c, 3)
    at = jnp.arange(side, dtype=jnp.int32)

    def measured(place):
        box = extent(plane_at(c.memory.P, place, side))
        return _Box(
            place, *(jnp.asarray(v, jnp.int32) for v in (box.top, box.left, box.bottom, box.right, box.empty))
        )

    def item(state):
        k, plane, clashes, thirds, fl, *before = state
        patch, pair = c.value(1, head.first + k), c.value(2, head.first + k)
        given, onward = argument_flags(c.ins, jnp.stack([patch, pair]))
        there = hard(given) == 0
        known = _Box(*before)
        box = lax.cond(there & (patch[1] != known.place), lambda: measured(patch[1]), lambda: known)
        di, dj = (jnp.clip(pair[n], -2 * side, 2 * side) for n in (1, 2))
        top, bottom = box.top + di, box.bottom + di
        beyond = (top < -m) | (bottom >= side - m) | (box.left + dj < -m) | (box.right + dj >= side - m)
        onward |= bit(beyond & (box.empty == 0), CLIPPED)
        raises = bit((pair[1] == NONE) & (box.empty == 0), ERROR)
        flags = jnp.where(there, onward | (patch[0] & (MULTI | SEQUENCE)) | raises, given)
        first = jnp.maximum(top, -m) + m
        end = jnp.where(there & (box.empty == 0), jnp.minimum(bottom, side - 1 - m) + m + 1, first)
        aside = (at - dj >= 0) & (at - dj < side)

        def line(state):
            i, plane, clashes, thirds = state
            # What moves out of a line on one side comes into the next one on the other, and is masked.
            begin = (patch[1] * side + i - di) * side - dj
            drawn = jnp.where(aside, dynamic_slice(cells, (begin,), (side,)), jnp.int8(-1))
            drawn = jnp.where(drawn == hidden, jnp.int8(-1), drawn)
            before = Drawn(dynamic_slice(plane, (i * side,), (side,)), clashes, thirds)
            made = before.over(drawn, dynamic_slice(cells, (high + i * side,), (side,)), lowest)
            return i + 1, dynamic_update_slice(plane, made.plane, (i * side,)), made.clashes, made.thirds

        _, plane, clashes, thirds = lax.while_loop(
            lambda s: s[0] < end, line, (first, plane, clashes, thirds)
        )
        fl |= (flags & ~(SEQUENCE | LOW)) | bit((flags & SEQUENCE) != 0, LEFT)
        # Two planes do not tell all colours where an item has several itself.
        return k + 1, plane, clashes, thirds, fl | bit((flags & MULTI) != 0, UNTOLD), *box

    none = jnp.zeros(side, bool)
    nowhere = _Box(jnp.int32(-1), *[jnp.int32(0)] * 5)
    start = (jnp.int32(0), jnp.full(side * side, -1, jnp.int8), none, none, head.flags, *nowhere)
    _, plane, clashes, thirds, fl, *_ = while_loop(lambda s: s[0] < head.count, item, start)
    return in_rounds(c, Drawn(plane.reshape(side, side), clashes, thirds), fl)
