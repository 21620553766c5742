"""Thousands of lines drawn over each other: each is a few bits in a table of its direction, whatever its length.

A line of `connect` lies in a row, a column or a diagonal. For every colour the table has a mask of the cells of each row, of
each column and of each diagonal; a line is or-ed to one of them. Planes are made of the table once, at the end.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from jbatt.dsl.bitplanes import WORD
from jbatt.engine.machine.context import LEFT, Context, bit, some
from jbatt.engine.machine.drawing import Drawn
from jbatt.engine.machine.slices import dynamic_slice, dynamic_update_slice
from jbatt.engine.one_kernel import while_loop
from jbatt.values.flags import CLIPPED
from jbatt.values.window import margin

FEW_LINES = 40
"""Up to so many lines are drawn one by one, since making planes of the table takes as long as drawing some dozens."""
COLOURS = 10


def _masks(low, high, words: int):
    """int32[W, words]: the bits from low to high, both included, of each row; none where high is less."""
    first = jnp.arange(words, dtype=jnp.int32) * WORD
    start = jnp.maximum(low[:, None] - first, 0)
    stop = jnp.minimum(high[:, None] - first, WORD - 1)
    ones = jnp.uint32(0xFFFFFFFF)
    length = jnp.clip(stop - start, 0, WORD - 1).astype(jnp.uint32)
    mask = (ones >> (WORD - 1 - length)) << jnp.clip(start, 0, WORD - 1).astype(jnp.uint32)
    return lax.bitcast_convert_type(jnp.where(stop >= start, mask, jnp.uint32(0)), jnp.int32)


def _entries(c: Context, colour, a, b, used):
    """For a block of lines the rows of the table that they are in (of one more: nowhere), their masks, and what is wrong."""
    side, m = c.side, margin(c.side)
    (ai, aj), (bi, bj) = ((p[0] + m, p[1] + m) for p in (a, b))
    top, bottom, left, right = (
        jnp.minimum(ai, bi),
        jnp.maximum(ai, bi),
        jnp.minimum(aj, bj),
        jnp.maximum(aj, bj),
    )
    across, down = ai == bi, aj == bj
    falling, rising = bi - ai == bj - aj, bi - ai == aj - bj
    last = side - 1
    place = jnp.where(across, ai, jnp.where(down, side + aj, 0))
    low, high = jnp.where(across, left, top), jnp.where(across, right, bottom)
    there = (across & (ai >= 0) & (ai <= last)) | (~across & down & (aj >= 0) & (aj <= last))
    # Diagonals by what all their cells have in common, each cell of them by its row.
    slope = ~across & ~down & falling
    d, s = aj - ai, ai + aj
    place = jnp.where(slope, 2 * side + d + last, place)
    there |= slope & (jnp.abs(d) <= last)
    low, high = (
        jnp.where(slope, jnp.maximum(low, -d), low),
        jnp.where(slope, jnp.minimum(high, last - d), high),
    )
    slope = ~across & ~down & ~falling & rising
    place = jnp.where(slope, 4 * side + s, place)
    there |= slope & (s >= 0) & (s <= 2 * last)
    low, high = (
        jnp.where(slope, jnp.maximum(low, s - last), low),
        jnp.where(slope, jnp.minimum(high, s), high),
    )
    masks = _masks(jnp.maximum(low, 0), jnp.minimum(high, last), side // WORD)
    outside = (top < 0) | (left < 0) | (bottom > last) | (right > last)
    drawn = used & (across | down | falling | rising)
    flags = bit((drawn & outside).any(), CLIPPED)
    flags |= bit((used & ((colour < 0) | (colour >= COLOURS))).any(), LEFT)
    row = jnp.clip(colour, 0, COLOURS - 1) * 6 * side + place
    return jnp.where(drawn & there, row, COLOURS * 6 * side), masks, flags


def lines_by_bits(c: Context):
    """What a round of `united` draws for lines in colours 1 from pairs 2 to pairs 3, and its flags."""
    head, side = c.head(0, c.r), c.side
    table = jnp.zeros((COLOURS * 6 * side + 1, side // WORD), jnp.int32)

    def block(state):
        k, table, fl = state
        colour, a, b = (c.block(n, head.first + k * side) for n in (1, 2, 3))
        used = c.iota < head.count - k * side
        ends = ((a[:, 1], a[:, 2]), (b[:, 1], b[:, 2]))
        rows, masks, flags = _entries(c, colour[:, 1], *ends, used)

        def line(n, table):
            row = dynamic_slice(rows, (n,), (1,))[0]
            mask = dynamic_slice(masks, (n, 0), (1, side // WORD))
            before = dynamic_slice(table, (row, 0), (1, side // WORD))
            return dynamic_update_slice(table, before | mask, (row, 0))

        wrong = some(colour[:, 0] | a[:, 0] | b[:, 0], used)
        return k + 1, lax.fori_loop(0, side, line, table), fl | flags | wrong

    start = (jnp.int32(0), table, head.flags)
    _, table, fl = while_loop(lambda s: s[0] * side < head.count, block, start)
    drawn = _cells(table[:-1].reshape(COLOURS, 6 * side, -1), side)
    number = drawn.sum(axis=0, dtype=jnp.int32)
    colours = jnp.arange(COLOURS, dtype=jnp.int32)[:, None, None]
    high = jnp.where(drawn, colours, -1).max(axis=0)
    low = jnp.where(drawn, colours, COLOURS).min(axis=0)
    plane = jnp.where((c.m == 1) & (number > 0), low, high).astype(jnp.int8)
    return Drawn(plane, number > 1, number > 2), fl


def _cells(table, side: int):
    """bool[C, U, U]: the cells of a table int32[C, 6 U, words]."""
    i, j = jnp.arange(side)[:, None], jnp.arange(side)[None, :]

    def of(rows, bits):
        return (table[:, rows, bits // WORD] >> (bits % WORD)) & 1

    straight = of(i, jnp.broadcast_to(j, (side, side))) | of(side + j, jnp.broadcast_to(i, (side, side)))
    sloping = of(2 * side + j - i + side - 1, i + 0 * j) | of(4 * side + i + j, i + 0 * j)
    return (straight | sloping) != 0
