"""Steps of the machine that read or draw planes without being primitives: inputs, unions, sets of cells, comparisons."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from jbatt.engine.machine.blocks import soft
from jbatt.engine.machine.context import (
    EXPECTED,
    INPUT,
    LEFT,
    LOW,
    NEXT_P,
    SEQUENCE,
    Context,
    bit,
    hard,
    some,
)
from jbatt.engine.machine.layout import WORDS, is_none, plane_at, row_of
from jbatt.engine.one_kernel import fori_loop, while_loop
from jbatt.values.flags import CLIPPED, MULTI, OVERFLOW, UNSUPPORTED
from jbatt.values.window import largest_grid, margin

QUADRATIC = 2048
"""Patches, grids or lists of one container that are compared each with each; more are left to the host."""

# Planes drawn -----------------------------------------------------------------------------------------------------


def example(c: Context, heads, onward):
    """The input of the example."""
    grid = c.registers[INPUT]
    plane = plane_at(c.memory.grids, grid, c.side)
    h, w = c.memory.sizes[grid, 0], c.memory.sizes[grid, 1]
    return row_of(0, [c.registers[NEXT_P], h, w]), plane, c.go(1, 1, n=1, planes=1)


def _so_far(c: Context, started):
    """The plane that is being drawn: empty at first."""
    plane = plane_at(c.memory.P, c.registers[NEXT_P], c.side)
    return jnp.where(started, plane, jnp.int8(-1))


def united(c: Context, item):
    """The patches that `item(k)` gives (flags, plane) for the items of heads 0, drawn over each other: the highest colour stays.

    Where that hides a colour, a second round draws the lowest ones (LOW), unless there are third ones.
    """
    return in_rounds(c, *over_each_other(c, item))


def over_each_other(c: Context, item):
    """The plane of this round, its flags, and whether two planes do not tell all colours; as `united` says."""
    head, low = c.head(0, c.r), c.m
    side = (c.side, c.side)
    high = plane_at(c.memory.P, c.registers[NEXT_P] - low, c.side)

    def body(state):
        k, before, fl, more = state
        flags, drawn = item(head.first + k)
        clash = (before >= 0) & (drawn >= 0) & (before != drawn)
        third = (clash & (before != high) & (drawn != high)).any()
        fl |= (flags & ~(SEQUENCE | LOW)) | bit((flags & SEQUENCE) != 0, LEFT) | bit(clash.any(), MULTI)
        # Two planes do not tell all colours where an item has several itself, or where there is a third.
        more |= jnp.where(low == 1, third, (flags & MULTI) != 0)
        plane = jnp.where(clash & (low == 1), jnp.minimum(before, drawn), jnp.maximum(before, drawn))
        return k + 1, plane, fl, more

    start = (jnp.int32(0), jnp.full(side, -1, jnp.int8), head.flags, jnp.bool_(False))
    return while_loop(lambda s: s[0] < head.count, body, start)[1:]


def in_rounds(c: Context, plane, fl, more):
    """A round of `united`, and whether there is another."""
    low = c.m
    again = (low == 0) & ~more & ((fl & MULTI) != 0) & (hard(fl) == 0)
    row = row_of(fl | bit((low == 1) & ~more, LOW), [c.registers[NEXT_P] - low])
    return row, plane, c.go(c.slot(0).rows, ~again, n=~again, m=low | again, planes=1)


def union(c: Context, heads, onward):
    """The patches of heads 0 (values 1), drawn over each other."""

    def item(place):
        row = c.value(1, place)
        return row[0], plane_at(c.memory.P, row[1], c.side)

    return united(c, item)


def connected(c: Context, heads, onward):
    """The lines that connect every cell of one patch with every cell of another.

    On each line of cells that has some of both these reach from its first cell to its last: whichever patch the first
    is of, it is connected with the last of the other, and so on from there.
    """
    a, b = (plane_at(c.memory.P, heads[k, 1], c.side) >= 0 for k in range(2))
    plane = jnp.zeros_like(a)
    for di, dj in ((0, 1), (1, 0), (1, 1), (1, -1)):
        before, after = ([_reached(p, s * di, s * dj) for p in (a, b)] for s in (1, -1))
        within = (before[0] | before[1]) & (after[0] | after[1])
        plane |= within & (before[0] | after[0]) & (before[1] | after[1])
    row = row_of(onward, [c.registers[NEXT_P]])
    return row, jnp.where(plane, jnp.int8(0), jnp.int8(-1)), c.go(c.slot(0).rows, 1, n=1, planes=1)


def _reached(plane, di: int, dj: int):
    """bool[U, U]: the cells of a plane, and all that lie in the direction (di, dj) of one."""
    side, step = plane.shape[0], 1
    while step < side:
        i, j = step * di, step * dj
        moved = jnp.pad(plane, ((max(i, 0), max(-i, 0)), (max(j, 0), max(-j, 0))))
        plane = plane | moved[max(-i, 0) : max(-i, 0) + side, max(-j, 0) : max(-j, 0) + side]
        step *= 2
    return plane


def scatter(colours: bool, ordered: bool):
    """Patches of the pairs or cells of heads 0 (values 1), a block in each step.

    ordered: they come as a tuple, which is marked where it could be told from a set.
    """

    def step(c: Context, heads, onward):
        head = c.head(0, c.r)
        first, m, side = c.k * c.side, margin(c.side), c.side
        block = c.block(1, head.first + first)
        used = c.iota < head.count - first
        colour = block[:, 1] if colours else jnp.zeros_like(block[:, 1])
        i, j = (block[:, 2], block[:, 3]) if colours else (block[:, 1], block[:, 2])
        inside = (i >= -m) & (i < side - m) & (j >= -m) & (j < side - m)
        good = (colour >= 0) & (colour <= 127) & ~is_none(i) & ~is_none(j)
        draw = used & inside & good
        where = jnp.where(draw, (i + m) * side + j + m, 0)
        before = _so_far(c, c.k > 0).reshape(-1)

        def put(n, state):
            """One cell: of several at a location the last one of a tuple stays, the highest of a set."""
            plane, clash = state
            here, at, ink = draw[n], where[n], colour[n].astype(jnp.int8)
            under = lax.dynamic_slice(plane, (at,), (1,))[0]
            over = ink if ordered else jnp.maximum(under, ink)
            plane = lax.dynamic_update_slice(plane, jnp.where(here, over, under)[None], (at,))
            return plane, clash | (here & (under >= 0) & (ordered | (under != ink)))

        count = jnp.clip(head.count - first, 0, side)
        after, clash = fori_loop(0, count, put, (before, jnp.bool_(False)))
        repeated = SEQUENCE if ordered and colours else MULTI
        fl = jnp.where(c.k == 0, head.flags, c.fl) | hard(some(block[:, 0], used))
        fl |= bit((used & ~inside).any(), CLIPPED) | bit((used & ~good).any(), UNSUPPORTED)
        fl |= bit(clash, repeated)
        if ordered:
            fl |= bit(head.count == 0, SEQUENCE)
        last = first + side >= head.count
        go = c.go(c.slot(0).rows, last, n=last, k=c.k + 1, fl=fl, planes=last)
        return row_of(fl, [c.registers[NEXT_P]]), after.reshape(side, side), go

    return step


def as_grid(c: Context, heads, onward):
    """A list of lists of numbers (argument 0) as a grid, a row in each step; uneven ones are left to the host."""
    outer = c.value(0, c.r)
    m, side = margin(c.side), c.side
    gone = hard(outer[0])
    h = jnp.where(gone != 0, 0, outer[2])
    there = c.k < h
    inner = c.row(outer[1] + c.k)
    w = jnp.where(c.k == 0, jnp.where(there, inner[2], 0), c.acc)
    numbers = c.rows_at(inner[1])[:, 1]
    used = (c.iota < w) & there
    flags = jnp.where(c.k == 0, gone, c.fl) | jnp.where(there, hard(inner[0]), 0)
    bad = there & ((inner[2] != w) | (used & ((numbers < 0) | (numbers > 127))).any())
    flags |= bit(bad, UNSUPPORTED)
    largest = largest_grid(side)
    flags |= bit((h > largest) | (w > largest), OVERFLOW)
    line = jnp.roll(jnp.where(used, numbers, -1).astype(jnp.int8), m)
    before = _so_far(c, c.k > 0)
    plane = jnp.where((jnp.arange(side) == c.k + m)[:, None] & there, line[None, :], before)
    last = (c.k + 1 >= h) | (hard(flags) != 0)
    row = row_of(flags, [c.registers[NEXT_P], h, w])
    return row, plane, c.go(c.slot(0).rows, last, n=last, k=c.k + 1, acc=w, fl=flags, planes=last)


# Planes compared --------------------------------------------------------------------------------------------------


def root(c: Context, heads, onward):
    """A program's answer: its flags and how many thousandths of the expected grid's cells it has right."""
    row, expected = c.value(0, 0), c.registers[EXPECTED]
    given, wanted = plane_at(c.memory.P, row[1], c.side), plane_at(c.memory.grids, expected, c.side)
    h, w = c.memory.sizes[expected, 0], c.memory.sizes[expected, 1]
    hits = ((given == wanted) & (wanted >= 0)).sum(dtype=jnp.int32)
    same = (row[2] == h) & (row[3] == w)
    score = jnp.where(same, hits * 1000 // jnp.maximum(h * w, 1), 0)
    return row_of(hard(row[0]), [score, 1]), c.go(1, 1, n=1)


def other_root(c: Context, heads, onward):
    """The answer of a program that gives no grid: what is wrong with it, and no cell right."""
    row = c.value(0, 0)
    return row_of(hard(row[0]), [0, 1]), c.go(1, 1, n=1)


def some_cell(c: Context, heads, onward):
    """Whether a patch has a cell."""
    found = (plane_at(c.memory.P, heads[0, 1], c.side) >= 0).any()
    return row_of(0, [found]), c.go(c.slot(0).rows, 1, n=1)


def key_patch(c: Context, heads, onward):
    """Two numbers that order patches as far as they can, and the plane: first cell with its colour, then size."""
    plane = plane_at(c.memory.P, heads[0, 1], c.side)
    cells = plane >= 0
    place = jnp.arange(c.side * c.side, dtype=jnp.int32).reshape(c.side, c.side)
    first = jnp.where(cells, place * 128 + plane, 2**30).min()
    size = cells.sum(dtype=jnp.int32)
    return row_of(0, [jnp.where(size > 0, first, -1), size, heads[0, 1]]), c.go(c.slot(0).rows, 1, n=1)


def key_grid(c: Context, heads, onward):
    """As `key_patch`, for grids: the colour of the first cell, nothing, and the plane."""
    m = margin(c.side)
    first = plane_at(c.memory.P, heads[0, 1], c.side)[m, m]
    return row_of(0, [first, 0, heads[0, 1]]), c.go(c.slot(0).rows, 1, n=1)


def _before(c: Context, a, b):
    """Whether the plane of row a comes first where both have the same first cell and size.

    Where they first differ the one with the lower colour comes first; of patches one with a cell, of grids (`x`) one without.
    """
    none = jnp.where(c.x == 1, -1, 255)
    x, y = (plane_at(c.memory.P, p, c.side).reshape(-1).astype(jnp.int32) for p in (a, b))
    x, y = jnp.where(x < 0, none, x), jnp.where(y < 0, none, y)
    place = jnp.arange(c.side * c.side, dtype=jnp.int32)
    where = jnp.where(x != y, place, 2**30).min()
    return ((place == where) & (x < y)).any()


def rank_patch(c: Context, heads, onward):
    """How many items of heads 0 (keys 1, with `x` of grids) come before item k; equal ones have equal numbers."""
    head = c.head(0, c.r)
    large = head.count > QUADRATIC
    count = jnp.where(large, 0, head.count)
    mine = c.value(1, head.first + c.k)

    def is_tied(block, places):
        """Items whose planes are to be compared with this one's: not where it is the same plane, or both are empty."""
        same = (block[:, 1] == mine[1]) & (block[:, 2] == mine[2])
        differ = (block[:, 3] != mine[3]) & ((c.x == 1) | (mine[2] > 0))
        return same & differ & (places < count)

    def body(state):
        n, total, ties = state
        block = c.block(1, head.first + n * c.side)
        places = n * c.side + c.iota
        used = places < count
        first, size = block[:, 1], block[:, 2]
        less = (first < mine[1]) | ((first == mine[1]) & (size < mine[2]))
        tied = is_tied(block, places)
        return n + 1, total + (less & used).sum(dtype=jnp.int32), ties + tied.sum(dtype=jnp.int32)

    zero = jnp.int32(0)
    _, total, ties = while_loop(lambda s: s[0] * c.side < count, body, (zero, zero, zero))

    def compare(state):
        n, left, total = state
        block = c.block(1, head.first + n)
        places = n + c.iota
        tied = is_tied(block, places)
        found = tied.any()
        at = jnp.argmax(tied).astype(jnp.int32)
        before = lax.cond(found, lambda: _before(c, block[at, 3], mine[3]), lambda: jnp.bool_(False))
        return jnp.where(found, n + at + 1, n + c.side), left - found, total + before

    _, _, total = while_loop(lambda s: s[1] > 0, compare, (zero, ties, total))
    there = c.k < head.count
    row = row_of(hard(mine[0]) | bit(large, LEFT), [total])
    return row, c.go(c.slot(0).rows, c.k + 1 >= head.count, n=there, k=c.k + 1)


def _list_before(c: Context, a, b):
    """Whether list a of numbers (rows int32[8]) comes before list b: by its items in order, then by its length."""

    def body(state):
        n, _, _ = state
        place = n * c.side + c.iota
        x, y = c.rows_at(a[1] + n * c.side)[:, 1], c.rows_at(b[1] + n * c.side)[:, 1]
        in_a, in_b = place < a[2], place < b[2]
        differ = (in_a != in_b) | (in_a & in_b & (x != y))
        first = jnp.argmax(differ)
        return n + 1, differ.any(), jnp.where(in_a & in_b, x < y, in_b)[first]

    longest = jnp.maximum(a[2], b[2])
    start = (jnp.int32(0), jnp.bool_(False), jnp.bool_(False))
    _, found, less = while_loop(lambda s: ~s[1] & (s[0] * c.side < longest), body, start)
    return found & less


def rank_list(c: Context, heads, onward):
    """How many items of heads 0 (values 1: lists of numbers) come before item k; equal ones have equal numbers."""
    head = c.head(0, c.r)
    large = head.count > QUADRATIC
    count = jnp.where(large, 0, head.count)
    mine = c.value(1, head.first + c.k)
    there = c.k < head.count

    def body(state):
        n, total = state
        return n + 1, total + _list_before(c, c.value(1, head.first + n), mine)

    alive = there & (hard(mine[0]) == 0)
    _, total = while_loop(lambda s: alive & (s[0] < count), body, (jnp.int32(0), jnp.int32(0)))
    row = row_of(hard(mine[0]) | bit(large, LEFT), [total])
    return row, c.go(c.slot(0).rows, c.k + 1 >= head.count, n=there, k=c.k + 1)


def comparable(c: Context, heads, onward):
    """A patch whose cells must be known to compare it (argument 0): what hides some of them is wrong with it."""
    row = heads[0]
    flags = hard(row[0]) | soft(row[0])
    return jnp.where(jnp.arange(WORDS) == 0, flags, row), c.go(c.slot(0).rows, 1, n=1)


def member_patch(c: Context, heads, onward):
    """For item k of heads 0 (values 1) whether its plane is among those of heads 2 (values 3)."""
    a, b = c.head(0, c.r), c.head(2, c.r)
    mine = c.value(1, a.first + c.k)
    plane = plane_at(c.memory.P, mine[1], c.side)

    def body(state):
        n, found, flags = state
        other = c.value(3, b.first + n)
        same = (plane_at(c.memory.P, other[1], c.side) == plane).all()
        return n + 1, found | same, flags | soft(other[0]) | hard(other[0])

    start = (jnp.int32(0), jnp.bool_(False), a.flags | b.flags | soft(mine[0]) | hard(mine[0]))
    _, found, flags = while_loop(lambda s: s[0] < b.count, body, start)
    there = c.k < a.count
    row = row_of(jnp.where(there, flags, 0), [found])
    return row, c.go(c.slot(0).rows, c.k + 1 >= a.count, n=there, k=c.k + 1)


DRAW_STEPS = {
    "example": example,
    "union": union,
    "connected": connected,
    "scatter_pairs": scatter(False, False),
    "scatter_cells": scatter(True, False),
    "scatter_pairs_in_order": scatter(False, True),
    "scatter_cells_in_order": scatter(True, True),
    "as_grid": as_grid,
}
SCAN_STEPS = {
    "root": root,
    "other_root": other_root,
    "some_cell": some_cell,
    "key_patch": key_patch,
    "key_grid": key_grid,
    "rank_patch": rank_patch,
    "rank_list": rank_list,
    "comparable": comparable,
    "member_patch": member_patch,
}
ROW_STEPS = frozenset(["some_cell", "key_patch", "key_grid", "connected"])
"""Steps that are skipped, like primitives, where an argument has no value."""
