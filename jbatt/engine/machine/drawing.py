"""Steps of the machine that read or draw planes without being primitives: inputs, unions, sets of cells, comparisons."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import lax

from jbatt.dsl.histogram import background
from jbatt.engine.machine.blocks import soft
from jbatt.engine.machine.context import (
    EXPECTED,
    HOPELESS,
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
from jbatt.engine.machine.slices import dynamic_slice, dynamic_update_slice
from jbatt.engine.one_kernel import fori_loop, while_loop
from jbatt.values.flags import CLIPPED, MULTI, OVERFLOW, UNSUPPORTED
from jbatt.values.window import CLASSES, largest_grid, margin

UNTOLD = 256
"""Among the flags of a round: not all colours of an item are known."""
ALL, LOWEST, FIRST = range(3)
"""`x` of steps that draw patches over each other: all colours of each location, or the one that `underpaint` looks at."""
SIZED = frozenset(["canvas", "hconcat", "vconcat", "hupscale", "vupscale", "upscale"])
"""Primitives that give the size of a grid that is too large."""
LARGEST = largest_grid(CLASSES[-1])
"""Cells a side of the largest grid that any class holds."""
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


class Drawn(NamedTuple):
    """A plane that is being drawn, where two colours met, and where that was not with the highest one, so that there is a third."""

    plane: Any
    clashes: Any
    thirds: Any

    def over(self, drawn, highest, lowest) -> Drawn:
        """With one more plane: the highest colour of a location stays, with `lowest` the lowest."""
        clash = (self.plane >= 0) & (drawn >= 0) & (self.plane != drawn)
        third = clash & (self.plane != highest) & (drawn != highest)
        # As no colour is less than "no cell", the lowest is only asked for where there are two.
        plane = jnp.where(clash & lowest, jnp.minimum(self.plane, drawn), jnp.maximum(self.plane, drawn))
        return Drawn(plane, self.clashes | clash, self.thirds | third)


def nothing(shape: tuple) -> Drawn:
    """Before anything was drawn."""
    none = jnp.zeros(shape, bool)
    return Drawn(jnp.full(shape, -1, jnp.int8), none, none)


def unknown(flags):
    """bool: where a patch's planes do not tell all of its colours."""
    return ((flags & SEQUENCE) != 0) | ((flags & (MULTI | LOW)) == MULTI)


def low_of(row):
    """int32[]: the plane of the lowest colours of an object (row int32[8]): its only one where no location has two."""
    return row[1] + ((row[0] & LOW) != 0)


def united(c: Context, item, under=None):
    """The patches that `item(k)` gives (flags, plane) for the items of heads 0, drawn over each other: the highest colour stays.

    Where that hides a colour, a second round draws the lowest ones (LOW), unless there are third ones. Of items that are LOW
    themselves `item(k, True)` gives the plane of the lowest. under: the number of the argument that is a grid, where `x` asks
    for what `underpaint` wants of them: of the colours of each location that are not the grid's background the LOWEST, or
    that of the FIRST item.
    """
    return in_rounds(c, *over_each_other(c, item, under))


def over_each_other(c: Context, item, under=None):
    """What is drawn in this round, and its flags; as `united` says."""
    head, hidden = c.head(0, c.r), jnp.int8(-1)
    lowest = c.m == 1
    highest = plane_at(c.memory.P, c.registers[NEXT_P] - c.m, c.side)
    if under is not None:
        hidden = hidden_by(c, under)
        lowest = lowest | (c.x == LOWEST)

    def over(made: Drawn, plane) -> Drawn:
        both = made.over(jnp.where(plane == hidden, jnp.int8(-1), plane), highest, lowest)
        if under is None:
            return both
        return both._replace(plane=jnp.where((c.x == FIRST) & (made.plane >= 0), made.plane, both.plane))

    def body(state):
        k, fl, *planes = state
        flags, plane = item(head.first + k)
        made = Drawn(*planes)
        if under is not None:
            several = (lowest | (c.x == FIRST)) & ((flags & LOW) != 0)
            made = lax.cond(several, lambda: over(made, item(head.first + k, True)[1]), lambda: made)
        # MULTI stays and LOW goes: whether two planes tell all colours is known at the end.
        fl |= (flags & ~(SEQUENCE | LOW)) | bit((flags & SEQUENCE) != 0, LEFT) | bit(unknown(flags), UNTOLD)
        return k + 1, fl, *over(made, plane)

    start = (jnp.int32(0), head.flags, *nothing((c.side, c.side)))
    _, fl, *made = while_loop(lambda s: s[0] < head.count, body, start)
    return Drawn(*made), fl


def hidden_by(c: Context, under: int):
    """int8[]: with `x` the background of a grid (argument `under`), that `underpaint` does not look at; else no colour."""

    def colour():
        return background(plane_at(c.memory.P, c.value(under, c.r)[1], c.side))[0].astype(jnp.int8)

    return lax.cond(c.x != ALL, colour, lambda: jnp.int8(-1))


def in_rounds(c: Context, made: Drawn, fl):
    """A round of `united`, and whether there is another. fl: with UNTOLD where not all colours of the items are known."""
    low, whole = c.m, c.x == ALL
    more = jnp.where(low == 1, made.thirds.any(), (fl & UNTOLD) != 0)
    # Whoever wants the lowest colours gets them alone.
    left = bit(~whole & ((fl & UNTOLD) != 0), LEFT)
    several = ((fl & MULTI) != 0) | made.clashes.any()
    fl = (fl & ~(UNTOLD | MULTI)) | left | bit(whole & several, MULTI)
    again = (low == 0) & ~more & ((fl & MULTI) != 0) & (hard(fl) == 0)
    row = row_of(fl | bit((low == 1) & ~more, LOW), [c.registers[NEXT_P] - low])
    return row, made.plane, c.go(c.slot(0).rows, ~again, n=~again, m=low | again, planes=1)


def union(c: Context, heads, onward):
    """The patches of heads 0 (values 1), drawn over each other; with `x` for grid 2, as `united` says."""

    def item(place, low=False):
        row = c.value(1, place)
        return row[0], plane_at(c.memory.P, low_of(row) if low else row[1], c.side)

    return united(c, item, 2)


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
            under = dynamic_slice(plane, (at,), (1,))[0]
            over = ink if ordered else jnp.maximum(under, ink)
            plane = dynamic_update_slice(plane, jnp.where(here, over, under)[None], (at,))
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


def too_large_for_any(flags, h, w):
    """The flags of a grid of this size: if one overflows that fits the largest class as little, it is HOPELESS instead."""
    hopeless = ((flags & OVERFLOW) != 0) & ((h > LARGEST) | (w > LARGEST))
    return jnp.where(hopeless, (flags & ~OVERFLOW) | HOPELESS, flags)


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
    flags = too_large_for_any(flags | bit((h > largest) | (w > largest), OVERFLOW), h, w)
    line = jnp.roll(jnp.where(used, numbers, -1).astype(jnp.int8), m)
    before = _so_far(c, c.k > 0)
    plane = jnp.where((jnp.arange(side) == c.k + m)[:, None] & there, line[None, :], before)
    last = (c.k + 1 >= h) | (hard(flags) != 0)
    row = row_of(flags, [c.registers[NEXT_P], h, w])
    return row, plane, c.go(c.slot(0).rows, last, n=last, k=c.k + 1, acc=w, fl=flags, planes=last)


# Planes compared --------------------------------------------------------------------------------------------------


def root(c: Context, heads, onward):
    """A program's answer: its flags and how many thousandths of the expected grid's cells it has right.

    x: whether what overflows still has its size. A grid that is too large for this class, but not for the last one, has another size
    than an expected one that is not.
    """
    row, expected = c.value(0, 0), c.registers[EXPECTED]
    given, wanted = plane_at(c.memory.P, row[1], c.side), plane_at(c.memory.grids, expected, c.side)
    h, w = c.memory.sizes[expected, 0], c.memory.sizes[expected, 1]
    hits = ((given == wanted) & (wanted >= 0)).sum(dtype=jnp.int32)
    same = (row[2] == h) & (row[3] == w)
    score = jnp.where(same, hits * 1000 // jnp.maximum(h * w, 1), 0)
    least, largest = jnp.minimum(row[2], row[3]), jnp.maximum(row[2], row[3])
    fits = (expected == 0) | (h >= 0)
    sized = (c.x == 1) & fits & (least > 0) & (largest <= LARGEST)
    flags = hard(row[0])
    return row_of(jnp.where(sized & (flags == OVERFLOW), 0, flags), [score, 1]), c.go(1, 1, n=1)


def other_root(c: Context, heads, onward):
    """The answer of a program that gives no grid: what is wrong with it, and no cell right."""
    row = c.value(0, 0)
    return row_of(hard(row[0]), [0, 1]), c.go(1, 1, n=1)


def mark(c: Context, heads, onward):
    """How far the planes are taken: after each root from here on, memory is taken again from here."""
    return row_of(0, [c.registers[NEXT_P]]), c.go(1, 1, n=1)


def some_cell(c: Context, heads, onward):
    """Whether a patch has a cell."""
    found = (plane_at(c.memory.P, heads[0, 1], c.side) >= 0).any()
    return row_of(0, [found]), c.go(c.slot(0).rows, 1, n=1)


def key_patch(c: Context, heads, onward):
    """Two numbers that order patches as far as they can, and the planes: first cell with its colour, then size."""
    row = heads[0]
    high, low = (plane_at(c.memory.P, p, c.side) for p in (row[1], low_of(row)))
    cells = high >= 0
    place = jnp.arange(c.side * c.side, dtype=jnp.int32).reshape(c.side, c.side)
    first = jnp.where(cells, place * 128 + low, 2**30).min()
    size = cells.sum(dtype=jnp.int32) + (high != low).sum(dtype=jnp.int32)
    key = [jnp.where(size > 0, first, -1), size, row[1], low_of(row)]
    return row_of(bit(unknown(row[0]), LEFT), key), c.go(c.slot(0).rows, 1, n=1)


def key_grid(c: Context, heads, onward):
    """As `key_patch`, for grids: the colour of the first cell, nothing, and the plane."""
    m, place = margin(c.side), heads[0, 1]
    first = plane_at(c.memory.P, place, c.side)[m, m]
    return row_of(0, [first, 0, place, place]), c.go(c.slot(0).rows, 1, n=1)


def _before(c: Context, a, b):
    """Whether the plane of key a (int32[8]) comes first where both have the same first cell and size.

    Where they first differ the one with the lower colour comes first; of patches one with a cell, of grids (`x`) one without.
    Of two colours at a location the lower one comes first, and one that has a second colour before one that has not.
    """
    none = jnp.where(c.x == 1, -1, 255)

    def colours(key):
        high, low = (plane_at(c.memory.P, key[k], c.side).reshape(-1).astype(jnp.int32) for k in (3, 4))
        return jnp.where(low < 0, none, low) * 512 + jnp.where(high == low, 255, high)

    x, y = colours(a), colours(b)
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
        before = lax.cond(found, lambda: _before(c, block[at], mine), lambda: jnp.bool_(False))
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


def equal_lists(c: Context, heads, onward):
    """Whether two lists of numbers have the same ones in the same order."""
    a, b = heads[0], heads[1]
    count = jnp.where(a[2] == b[2], a[2], 0)

    def body(state):
        n, _ = state
        x, y = (c.rows_at(row[1] + n * c.side)[:, 1] for row in (a, b))
        return n + 1, (x != y) & (n * c.side + c.iota < count)

    start = (jnp.int32(0), jnp.zeros(c.side, bool))
    _, differ = while_loop(lambda s: ~s[1].any() & (s[0] * c.side < count), body, start)
    return row_of(onward, [(a[2] == b[2]) & ~differ.any()]), c.go(c.slot(0).rows, 1, n=1)


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
    "mark": mark,
    "some_cell": some_cell,
    "key_patch": key_patch,
    "key_grid": key_grid,
    "rank_patch": rank_patch,
    "rank_list": rank_list,
    "equal_lists": equal_lists,
    "comparable": comparable,
    "member_patch": member_patch,
}
ROW_STEPS = frozenset(["some_cell", "key_patch", "key_grid", "connected", "equal_lists"])
"""Steps that are skipped, like primitives, where an argument has no value."""
SEVERAL = frozenset(["key_patch"])
"""Those of them that look at objects with two colours at a location themselves."""
