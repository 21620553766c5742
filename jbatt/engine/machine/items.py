"""Containers in the machine: steps that move, compare and order rows, a block of them at a time.

Each takes a `Context` and gives a block int32[U, 8] of rows and where to go on. What the steps mean is said by the domain
of batches (`jbatt.engine.ragged`), which answers whatever the machine leaves to the host.
"""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
from jax import lax

from jbatt.engine.machine.context import (
    ARGS,
    BEGIN,
    FIRST_SLOT,
    LEFT,
    LOW,
    SEQUENCE,
    TIMES,
    Context,
    Slot,
    bit,
    hard,
    some,
)
from jbatt.engine.machine.layout import WORDS, block_of, is_none, plane_at, row_of
from jbatt.values.flags import CLIPPED, ERROR, MULTI, OVERFLOW, UNSUPPORTED
from jbatt.values.window import margin

QUADRATIC = 8192
"""Numbers of one container that are compared each with each; more are left to the host."""
MOST_ROWS = 1 << 20
"""Rows of one batch in a shard."""
KEY = 1 << 14
"""Coordinates of pairs that are ordered by one number lie within this of zero."""


def _with_flags(block, flags):
    return jnp.where(jnp.arange(WORDS) == 0, jnp.broadcast_to(flags, block.shape[:1])[:, None], block)


def _flagged(row, flags):
    """A row with other flags."""
    return jnp.where(jnp.arange(WORDS) == 0, flags, row)


def _one(row, c: Context):
    """A block with one row."""
    return jnp.broadcast_to(row, (c.width, WORDS))


def _rows(c: Context):
    """How to go on after a block of rows."""
    rows = c.slot(0).rows
    left = rows - c.r
    return c.go(rows, c.width, n=jnp.clip(left, 0, c.width), left=left - c.width)


def _chunk(c: Context, count, rows, **more):
    """How to go on after a block of so many items, all of which stay."""
    left = count - c.first
    n = jnp.clip(left, 0, c.width)
    return c.go(rows, left <= c.width, n=n, k=c.after, acc=count, left=left - c.width, **more)


def _front(c: Context, kept):
    """Where the kept rows of a block are, in order, at the front of int32[W]; and their number.

    One after the other: a table of all places by all others takes ten times as long for a wide block.
    """
    kept = kept.astype(jnp.int32)

    def put(n, state):
        out, count = state
        out = lax.dynamic_update_slice(out, n[None], (count,))
        return out, count + lax.dynamic_slice(kept, (n,), (1,))[0]

    start = (jnp.zeros(c.width + 1, jnp.int32), jnp.int32(0))
    out, count = lax.fori_loop(jnp.int32(0), jnp.int32(c.width), put, start)
    return out[: c.width], count


def _no_pair(i, j):
    """Pairs that stand for the empty tuple."""
    return is_none(i) & is_none(j)


def soft(flags):
    """What is wrong with a patch all cells of which must be known."""
    return bit((flags & CLIPPED) != 0, OVERFLOW) | bit((flags & (MULTI | SEQUENCE)) != 0, LEFT)


# Row by row -------------------------------------------------------------------------------------------------------


def move(c: Context):
    """The rows of argument 0."""
    return c.block(0, c.r), _rows(c)


def strict(c: Context):
    """The rows of argument 0 with the hard flags of arguments 1 and 2."""
    block = c.block(0, c.r)
    return _with_flags(block, block[:, 0] | hard(c.block(1, c.r)[:, 0] | c.block(2, c.r)[:, 0])), _rows(c)


def strict_heads(c: Context):
    """The rows of argument 0 with the hard flags of heads."""
    row = c.value(0, c.r)
    row = _flagged(row, row[0] | hard(c.head(1, c.r).flags))
    return _one(row, c), c.go(c.slot(0).rows, 1, n=1)


def constant(c: Context):
    """Constant `x`, one row."""
    row = lax.dynamic_slice(c.memory.constants, (c.x, 0), (1, WORDS))[0]
    return _one(row, c), c.go(1, 1, n=1)


def like(c: Context):
    """The number `x` for each row of argument 0."""
    row = row_of(0, [c.x])
    return _one(row, c), _rows(c)


def struct(c: Context):
    """The words of argument 0, of which there are `x`, and then those of argument 1."""
    a, b = c.block(0, c.r), c.block(1, c.r)
    place = jnp.arange(WORDS, dtype=jnp.int32)
    words = jnp.where(place <= c.x, a, jnp.take(b, jnp.maximum(place - c.x, 0), axis=1))
    # The flags of a tuple are those of all its fields: which of them LOW belongs to is not known any more.
    return _with_flags(words, (a[:, 0] | b[:, 0]) & ~LOW), _rows(c)


def field(c: Context):
    """The words of argument 0 from word `x` on; with `y` it is a pair, and the empty tuple has none."""
    block = c.block(0, c.r)
    place = jnp.arange(WORDS, dtype=jnp.int32)
    words = jnp.take(block, jnp.minimum(place + c.x, WORDS - 1), axis=1)
    missing = (c.y > 0) & _no_pair(block[:, 1], block[:, 2]) & (hard(block[:, 0]) == 0)
    return _with_flags(words, block[:, 0] | bit(missing, ERROR)), _rows(c)


def _truths(block, values):
    out = block_of(0, [values.astype(jnp.int32)])
    return _with_flags(out, hard(block[:, 0]))


def truth(c: Context):
    """Whether word `x` is not zero: a number, or how many items a list has. With `y`: pairs, and fixed tuples as such.

    None and the empty tuple are false.
    """
    block = c.block(0, c.r)
    word = jnp.take(block, c.x, axis=1)
    whole = (c.y > 1) | ~_no_pair(block[:, 1], block[:, 2])
    return _truths(block, jnp.where(c.y > 0, whole, (word != 0) & ~is_none(word))), _rows(c)


def flip(c: Context):
    """Logical not."""
    block = c.block(0, c.r)
    return _truths(block, block[:, 1] == 0), _rows(c)


def _two(c: Context, values: Callable):
    a, b = c.block(0, c.r), c.block(1, c.r)
    out = block_of(0, [values(a, b).astype(jnp.int32)])
    return _with_flags(out, hard(a[:, 0] | b[:, 0])), _rows(c)


def either(c: Context):
    """Logical or."""
    return _two(c, lambda a, b: (a[:, 1] | b[:, 1]) != 0)


def equal(c: Context):
    """Whether the first `x` words agree (none: values that are never equal)."""
    place = jnp.arange(WORDS, dtype=jnp.int32)
    used = (place > 0) & (place <= c.x)
    return _two(c, lambda a, b: ((a == b) | ~used).all(axis=1) & (c.x > 0))


def select(c: Context):
    """Argument 1 where argument 0 is true, else argument 2; with `x` what went wrong in either counts."""
    condition, a, b = c.block(0, c.r), c.block(1, c.r), c.block(2, c.r)
    chosen = jnp.where(condition[:, 1:2] != 0, a, b)
    flags = chosen[:, 0] | hard(condition[:, 0])
    return _with_flags(chosen, flags | jnp.where(c.x != 0, hard(a[:, 0] | b[:, 0]), 0)), _rows(c)


def pair_of_list(c: Context):
    """The pair of the two numbers of a list; of a list of other length there is none."""
    row = c.value(0, c.r)
    i, j = c.row(row[1])[1], c.row(row[1] + 1)[1]
    gone = hard(row[0])
    flags = gone | bit((row[2] != 2) & (gone == 0), UNSUPPORTED)
    return _one(row_of(flags, [i, j]), c), c.go(c.slot(0).rows, 1, n=1)


def key_both(c: Context):
    """A number that orders by the ranks 0, then 1."""
    a, b = c.block(0, c.r), c.block(1, c.r)
    out = block_of(0, [a[:, 1] * (2 * QUADRATIC) + b[:, 1]])
    return _with_flags(out, hard(a[:, 0] | b[:, 0])), _rows(c)


def key_pair(c: Context):
    """A number for each pair that orders them; the empty tuple comes first."""
    block = c.block(0, c.r)
    i, j = block[:, 1], block[:, 2]
    empty = _no_pair(i, j)
    far = ~empty & ((jnp.abs(i) >= KEY) | (jnp.abs(j) >= KEY) | is_none(i) | is_none(j))
    out = block_of(0, [jnp.where(empty, i, i * (2 * KEY) + j)])
    return _with_flags(out, block[:, 0] | bit(far, LEFT)), _rows(c)


def key_cell(c: Context):
    """A number for each cell (colour, i, j) that orders them by location, then colour."""
    block = c.block(0, c.r)
    colour, i, j = block[:, 1], block[:, 2], block[:, 3]
    far = (jnp.abs(i) >= 512) | (jnp.abs(j) >= 512) | is_none(i) | is_none(j) | (colour < 0) | (colour > 127)
    out = block_of(0, [((i * 1024) + j) * 128 + colour])
    return _with_flags(out, block[:, 0] | bit(far, LEFT)), _rows(c)


# Loops ------------------------------------------------------------------------------------------------------------


def loop(c: Context):
    """What the rounds of a `power` start from: argument 0, one row."""
    row = c.value(0, 0)
    row = _flagged(row, row[0] | bit(c.slot(0).rows != 1, LEFT))
    return _one(row, c), c.go(1, 1, n=1, times=0)


def again(c: Context):
    """The end of a round that gave argument 0. Another one, from loop 2 on, as long as argument 1, at most `y`, says so."""
    row, times = c.value(0, 0), c.value(1, 0)
    rounds = c.registers[TIMES] + 1
    gone = hard(times[0]) | bit((hard(times[0]) == 0) & is_none(times[1]), LEFT)
    error = (gone == 0) & ((times[1] < 1) | (times[1] > c.y))
    more = (rounds < times[1]) & (gone == 0) & ~error & (hard(row[0]) == 0)
    row = _flagged(row, row[0] | gone | bit(error, ERROR))
    start = c.registers[BEGIN] + ((c.ins[ARGS + 2] - FIRST_SLOT) >> 1) + 1
    return _one(row, c), c.go(1, 1, n=1, times=rounds, jump=jnp.where(more, start, -1))


# Items of containers ----------------------------------------------------------------------------------------------


def items_of_list(c: Context):
    """Items and heads of lists. Those of a single list are taken where they lie."""
    rows = c.slot(0).rows
    row = c.value(0, c.r)
    gone = hard(row[0])
    count = jnp.where(gone != 0, 0, row[2])
    single = rows == 1
    left = count - c.first
    go = c.go(
        rows,
        single | (left <= c.side),
        n=jnp.where(single, 0, jnp.clip(left, 0, c.side)),
        k=c.k + 1,
        acc=count,
        fl=gone,
        alias=single,
        there=Slot(row[1], count, jnp.int32(1)),
    )
    return c.rows_at(row[1] + c.first), go


def _line(c: Context, row, colours: bool):
    """The cells in line k of a patch, as a block of pairs or cells, how many there are, what is wrong, and the next line with cells."""
    m = margin(c.side)
    wrong = hard(row[0]) | soft(row[0])
    whole = plane_at(c.memory.P, row[1], c.side)
    used = (whole.max(axis=1) >= 0) & (c.iota > c.k)
    after = jnp.where(used, c.iota, c.side).min()
    plane = lax.dynamic_slice(c.memory.P, (row[1], c.first), (1, c.side))[0]
    there = (plane >= 0) & (wrong == 0)
    place, count = _front(c, there)
    i = jnp.broadcast_to(c.k - m, place.shape)
    zero = jnp.zeros_like(place)
    j = place - m
    words = [jnp.take(plane, place, mode="clip").astype(jnp.int32), i, j] if colours else [i, j]
    return block_of(zero, words), count, wrong, after


def items_of_patch(colours: bool):
    """Items and heads of patches: pairs, or cells with their colours; a line of the plane in each step."""

    def step(c: Context):
        block, n, wrong, after = _line(c, c.value(0, c.r), colours)
        last = (after >= c.side) | (wrong != 0)
        return block, c.go(c.slot(0).rows, last, n=n, k=after, acc=c.acc + n, fl=wrong)

    return step


def _fields(c: Context, row):
    """The fields (of `y` words each) of a fixed tuple, a row for each."""
    index = jnp.clip(c.iota[:, None] * c.y + jnp.arange(WORDS, dtype=jnp.int32), 0, WORDS - 1)
    return _with_flags(row[index], row[0])


def _none_of_two(c: Context, row):
    """What is wrong with a pair of numbers (`x`, `y` as for `items_of_struct`) that stands for the empty tuple."""
    empty = (c.x == 2) & (c.y == 1) & _no_pair(row[1], row[2])
    return bit(empty & (hard(row[0]) == 0), UNSUPPORTED)


def items_of_struct(c: Context):
    """Items and heads of fixed tuples with `x` fields of `y` words each; the empty tuple among pairs is none of them."""
    row = c.value(0, c.r)
    gone = hard(row[0]) | _none_of_two(c, row)
    count = jnp.where(gone != 0, 0, c.x)
    return _fields(c, row), c.go(c.slot(0).rows, 1, n=count, acc=count, fl=gone)


def cells_of_grid(c: Context):
    """All cells of grids as numbers, with heads; a row of the grid in each step."""
    row = c.value(0, c.r)
    gone = hard(row[0])
    m = margin(c.side)
    h, w = row[2], row[3]
    line = lax.dynamic_slice(c.memory.P, (row[1], jnp.minimum(c.k + m, c.side - 1) * c.side), (1, c.side))[0]
    numbers = jnp.roll(line, -m).astype(jnp.int32)
    block = block_of(0, [numbers])
    n = jnp.where((gone != 0) | (c.k >= h), 0, w)
    return block, c.go(c.slot(0).rows, (c.k + 1 >= h) | (gone != 0), n=n, k=c.k + 1, acc=c.acc + n, fl=gone)


def rows_of_grid(c: Context):
    """The rows of grids (argument 2) as lists of numbers: those with heads 0 and values 1."""
    head, row = c.head(0, c.r), c.value(2, c.r)
    gone = hard(row[0])
    h, w = jnp.where(gone != 0, 0, row[2]), row[3]
    start = c.slot(1).start + head.first + c.iota * w
    zero = jnp.zeros_like(start)
    block = block_of(zero, [start, zero + w])
    return block, c.go(c.slot(2).rows, 1, n=h, acc=h, fl=gone)


def spread(c: Context):
    """The row of argument 1 for each item of heads 0. For a single container no row is copied."""
    head, rows = c.head(0, c.r), c.slot(0).rows
    given = c.slot(1)
    single = rows == 1
    go = _chunk(c, head.count, rows, alias=single, there=Slot(given.start, head.count, jnp.int32(0)))
    go = go._replace(n=jnp.where(single, 0, go.n), advance=single | go.advance)
    return _one(c.value(1, c.r), c), go


def keep(c: Context):
    """The items of heads 0 (values 1) where mask 2 is set, and their heads."""
    head, rows = c.head(0, c.r), c.slot(0).rows
    first = c.first
    used = c.iota < head.count - first
    values, mask = c.block(1, head.first + first), c.block(2, head.first + first)
    kept = used & (mask[:, 1] != 0)
    place, n = _front(c, kept)
    fl = jnp.where(c.k == 0, head.flags, c.fl) | hard(some(mask[:, 0], used))
    block = jnp.take(values, place, axis=0, mode="clip")
    left = head.count - first - c.width
    return block, c.go(rows, left <= 0, n=n, k=c.after, acc=c.acc + n, fl=fl, left=left)


def concat(c: Context):
    """The items of two containers, one after the other."""
    a, b = c.head(0, c.r), c.head(2, c.r)
    both = a._replace(count=a.count + b.count)
    place = c.first + c.iota
    left, right = c.gather(1, a.first + place), c.gather(3, b.first + place - a.count)
    block = jnp.where((place < a.count)[:, None], left, right)
    return block, _chunk(c, both.count, c.slot(0).rows, fl=a.flags | b.flags)


def _number(row):
    """What is wrong with a number that Python needs as such: None raises."""
    gone = hard(row[0])
    return gone | bit((gone == 0) & is_none(row[1]), ERROR)


def range_(c: Context):
    """The numbers from argument 0 up to argument 1 by argument 2."""
    start, stop, step = (c.value(k, c.r) for k in range(3))
    flags = _number(start) | _number(stop) | _number(step)
    flags |= bit((step[1] == 0) & (flags == 0), ERROR)
    by = jnp.where(step[1] == 0, 1, step[1])
    count = jnp.where(flags != 0, 0, jnp.maximum(0, -((start[1] - stop[1]) // by)))
    numbers = start[1] + (c.first + c.iota) * by
    block = block_of(0, [numbers])
    return block, _chunk(c, count, c.slot(0).rows, fl=flags)


def repeat(c: Context):
    """Argument 0 as often as argument 1 says."""
    value, times = c.value(0, c.r), c.value(1, c.r)
    flags = _number(times)
    count = jnp.where(flags != 0, 0, jnp.maximum(times[1], 0))
    return _one(value, c), _chunk(c, count, c.slot(0).rows, fl=flags | hard(value[0]))


def single(c: Context):
    """Containers of one item each."""
    value = c.value(0, c.r)
    return _one(value, c), c.go(c.slot(0).rows, 1, n=1, acc=1, fl=hard(value[0]))


def _too_many(c: Context, a, b):
    """Whether there are more pairs than shards have room for: so both say the same of programs that only count them."""
    return a.count > MOST_ROWS // jnp.maximum(b.count, 1)


def _pairs(c: Context, a, b):
    return jnp.where(_too_many(c, a, b), 0, a.count * b.count)


def cross_heads(c: Context):
    """How many pairs there are of items of heads 0 and heads 1. No rows are made, so where they begin is counted in `m`."""
    a, b = c.head(0, c.r), c.head(1, c.r)
    count, large = _pairs(c, a, b), _too_many(c, a, b)
    go = c.go(c.slot(0).rows, 1, m=c.m + count, acc=count, fl=a.flags | b.flags | bit(large, LEFT))
    return jnp.zeros((c.width, WORDS), jnp.int32), go


def cross_first(c: Context):
    """The first items of pairs of items of heads 0 (values 1) and heads 2."""
    a, b = c.head(0, c.r), c.head(2, c.r)
    place = c.first + c.iota
    block = c.gather(1, a.first + place // jnp.maximum(b.count, 1))
    return block, _chunk(c, _pairs(c, a, b), c.slot(0).rows)


def cross_second(c: Context):
    """The second items of pairs of items of heads 0 and heads 1 (values 2)."""
    a, b = c.head(0, c.r), c.head(1, c.r)
    place = c.first + c.iota
    block = c.gather(2, b.first + place % jnp.maximum(b.count, 1))
    return block, _chunk(c, _pairs(c, a, b), c.slot(0).rows)


def zip_(second: bool):
    """Items at equal places: those of one of the two, with heads for both."""

    def step(c: Context):
        a, b = c.head(0, c.r), c.head(2, c.r)
        both = a._replace(count=jnp.minimum(a.count, b.count))
        first = c.first
        block = c.block(3, b.first + first) if second else c.block(1, a.first + first)
        return block, _chunk(c, both.count, c.slot(0).rows, fl=a.flags | b.flags)

    return step


def flatten_lists(c: Context):
    """The items of the lists that are the items of heads 0 (values 1): list m, block k."""
    head = c.head(0, c.r)
    row = c.value(1, head.first + c.m)
    there = c.m < head.count
    gone = hard(row[0])
    count = jnp.where(there & (gone == 0), row[2], 0)
    left = count - c.first
    over = left <= c.side
    n = jnp.clip(left, 0, c.side)
    fl = jnp.where((c.m == 0) & (c.k == 0), head.flags, c.fl) | jnp.where(there, gone, 0)
    go = c.go(
        c.slot(0).rows,
        over & (c.m + 1 >= head.count),
        n=n,
        k=jnp.where(over, 0, c.k + 1),
        m=c.m + over,
        acc=c.acc + n,
        fl=fl,
    )
    return c.rows_at(row[1] + c.first), go


def flatten_structs(c: Context):
    """The fields (`x` of `y` words each) of the fixed tuples that are the items of heads 0 (values 1): tuple k."""
    head = c.head(0, c.r)
    there = c.k < head.count
    row = c.value(1, head.first + c.k)
    n, gone = jnp.where(there, c.x, 0), jnp.where(there, hard(row[0]) | _none_of_two(c, row), 0)
    fl = jnp.where(c.k == 0, head.flags, c.fl) | gone
    go = c.go(c.slot(0).rows, c.k + 1 >= head.count, n=n, k=c.k + 1, acc=c.acc + n, fl=fl)
    return _fields(c, row), go


def flatten_patches(colours: bool):
    """The cells of the patches that are the items of heads 0 (values 1): patch m, line k."""

    def step(c: Context):
        head = c.head(0, c.r)
        there = c.m < head.count
        row = c.value(1, head.first + c.m)
        block, n, wrong, after = _line(c, row, colours)
        n, wrong = jnp.where(there, n, 0), jnp.where(there, wrong, 0)
        over = (after >= c.side) | (wrong != 0) | ~there
        fl = jnp.where((c.m == 0) & (c.k == 0), head.flags, c.fl) | wrong
        go = c.go(
            c.slot(0).rows,
            over & (c.m + 1 >= head.count),
            n=n,
            k=jnp.where(over, 0, after),
            m=c.m + over,
            acc=c.acc + n,
            fl=fl,
        )
        return block, go

    return step


# From containers to values ----------------------------------------------------------------------------------------


def count(c: Context):
    """How many items the containers of heads 0 have."""
    head = c.head(0, c.r)
    row = row_of(head.flags, [head.count])
    return _one(row, c), c.go(c.slot(0).rows, 1, n=1)


def any_(c: Context):
    """Whether mask 1 is set for an item of heads 0."""
    head = c.head(0, c.r)
    first = c.first
    mask = c.block(1, head.first + first)
    used = c.iota < head.count - first
    found = c.acc | (used & (mask[:, 1] != 0)).any().astype(jnp.int32)
    fl = jnp.where(c.k == 0, head.flags, c.fl) | hard(some(mask[:, 0], used))
    left = head.count - first - c.width
    row = row_of(fl, [found])
    return _one(row, c), c.go(c.slot(0).rows, left <= 0, n=left <= 0, k=c.after, acc=found, fl=fl, left=left)


def _picked(c: Context, flags, row, there):
    """An item with what went wrong before it was found, or an error where there is none."""
    missing = bit(~there & (hard(flags) == 0), ERROR)
    return _flagged(row, flags | missing | jnp.where(there, row[0], 0))


def at(c: Context):
    """Item `x` of heads 0 (values 1); from the end where `x` is negative."""
    head = c.head(0, c.r)
    place = jnp.where(c.x >= 0, c.x, head.count + c.x)
    row = _picked(c, head.flags, c.value(1, head.first + jnp.maximum(place, 0)), head.count > 0)
    return _one(row, c), c.go(c.slot(0).rows, 1, n=1)


def find(c: Context):
    """The first item of heads 0 (values 1) whose mask 2 is set; what goes wrong after it does not count."""
    head = c.head(0, c.r)
    first = c.first
    mask = c.block(2, head.first + first)
    used = c.iota < head.count - first
    stop = used & ((mask[:, 1] != 0) | (hard(mask[:, 0]) != 0))
    there = stop.any()
    place = jnp.argmax(stop).astype(jnp.int32)
    last = there | (first + c.side >= head.count)
    flags = head.flags | jnp.where(there, hard(mask[place, 0]), 0)
    row = _picked(c, flags, c.value(1, head.first + first + place), there)
    return _one(row, c), c.go(c.slot(0).rows, last, n=last, k=c.k + 1)


MAXIMUM, MINIMUM = 0, 1
INTEGERS = 8
NO_DEFAULT, NUMBER, OTHERWISE, MISMATCH = range(4)


def _incomparable(c: Context, keys):
    """What is wrong with keys that are compared as integers: None among them."""
    return bit(((c.x & INTEGERS) != 0) & is_none(keys[:, 1]) & (hard(keys[:, 0]) == 0), UNSUPPORTED)


def best(c: Context):
    """The row of values 1 with the extreme key 2 (a number) among the items of heads 0, the first of several.

    x: MAXIMUM or MINIMUM, in the next two bits what stands for no item: an error, the number `y`, argument 3, or
    argument 3 of a type that this result cannot take; and INTEGERS, which cannot be compared with None.
    """
    head = c.head(0, c.r)
    first = c.first
    keys = c.block(2, head.first + first)
    used = c.iota < head.count - first
    wrong = keys[:, 0] | _incomparable(c, keys)
    # As the bitwise complement the smallest number is the largest.
    key = jnp.where((c.x & 1) == MINIMUM, ~keys[:, 1], keys[:, 1])
    key = jnp.where(used, key, -(2**31))
    place = jnp.argmax(key).astype(jnp.int32)
    better = used.any() & ((c.m == 0) | (key[place] > c.acc))
    acc = jnp.where(better, key[place], c.acc)
    m = jnp.where(better, first + place + 1, c.m)
    fl = jnp.where(c.k == 0, head.flags, c.fl) | hard(some(wrong, used))
    left = head.count - first - c.width
    last = left <= 0

    row, there = c.value(1, head.first + jnp.maximum(m - 1, 0)), m > 0
    how = (c.x >> 1) & 3
    number = row_of(0, [c.y])
    other = c.value(3, c.r)
    wrong = jnp.where(hard(other[0]) != 0, hard(other[0]), UNSUPPORTED)
    other = _flagged(other, jnp.where(how == MISMATCH, wrong, other[0]))
    instead = jnp.where(how == NUMBER, number, other)
    instead = _flagged(instead, jnp.where(how == NO_DEFAULT, bit(hard(fl) == 0, ERROR), instead[0]))
    row = jnp.where(there, row, instead)
    row = _flagged(row, row[0] | fl)
    go = c.go(c.slot(0).rows, last, n=last, k=c.after, m=m, acc=acc, fl=fl, left=left)
    return _one(row, c), go


def extreme(c: Context):
    """The largest number, or with `y` of MINIMUM the smallest, of fixed tuples with `x` fields; with INTEGERS they are not None."""
    block = c.block(0, c.r)
    place = jnp.arange(WORDS, dtype=jnp.int32)
    used = (place > 0) & (place <= c.x)
    minimum = (c.y & 1) == MINIMUM
    words = jnp.where(used, jnp.where(minimum, ~block, block), -(2**31)).max(axis=1)
    none = (is_none(block) & used).any(axis=1) & ((c.y & INTEGERS) != 0)
    empty = (c.x == 2) & _no_pair(block[:, 1], block[:, 2])
    gone = hard(block[:, 0])
    flags = gone | bit((none | empty) & (gone == 0), UNSUPPORTED)
    return block_of(flags, [jnp.where(minimum, ~words, words)]), _rows(c)


def build(c: Context):
    """Lists of the items of heads 0 (values 1), which stay where they are."""
    head, values = c.head(0, c.r), c.slot(1)
    first = c.first
    used = c.iota < head.count - first
    fl = jnp.where(c.k == 0, head.flags, c.fl) | hard(some(c.block(1, head.first + first)[:, 0], used))
    left = head.count - first - c.width
    row = row_of(fl, [values.start + head.first, head.count])
    return _one(row, c), c.go(c.slot(0).rows, left <= 0, n=left <= 0, k=c.after, fl=fl, left=left)


# Order and equality -----------------------------------------------------------------------------------------------


def _blocks(c: Context, head, k: int, start, take: Callable):
    """`take(carry, block, places, used)` over the blocks of a container's rows of argument k."""

    def body(state):
        n, carry = state
        block = c.block(k, head.first + n * c.side)
        places = n * c.side + c.iota
        return n + 1, take(carry, block, places, places < head.count)

    return lax.while_loop(lambda s: s[0] * c.side < head.count, body, (jnp.int32(0), start))[1]


def _compared(c: Context, head, values: Callable):
    """For a block of a container's items (keys 1) a number from `values(keys, places)`; too many are left to the host."""
    large = head.count > QUADRATIC
    head = head._replace(count=jnp.where(large, 0, head.count))
    keys = c.block(1, head.first + c.first)
    places = c.first + c.iota
    out = block_of(0, [values(head, keys[:, 1], places).astype(jnp.int32)])
    flags = hard(keys[:, 0]) | bit(large, LEFT) | _incomparable(c, keys)
    full = c.head(0, c.r)
    return _with_flags(out, flags), _chunk(c, full.count, c.slot(0).rows)


def rank(c: Context):
    """The place of each item of heads 0 by its key 1; equal ones keep their order, with `x` of 1 they share a place."""

    def values(head, keys, places):
        def take(total, block, others, used):
            before = (block[None, :, 1] < keys[:, None]) | (
                ((c.x & 1) == 0) & (block[None, :, 1] == keys[:, None]) & (others[None, :] < places[:, None])
            )
            return total + (before & used[None, :]).sum(axis=1, dtype=jnp.int32)

        return _blocks(c, head, 1, jnp.zeros(c.side, jnp.int32), take)

    return _compared(c, c.head(0, c.r), values)


def is_first(c: Context):
    """Whether no item of heads 0 before it has the same key 1."""

    def values(head, keys, places):
        def take(seen, block, others, used):
            same = (block[None, :, 1] == keys[:, None]) & (others[None, :] < places[:, None])
            return seen | (same & used[None, :]).any(axis=1)

        return ~_blocks(c, head, 1, jnp.zeros(c.side, bool), take)

    return _compared(c, c.head(0, c.r), values)


def multiplicity(c: Context):
    """How many items of heads 0 have the same key 1."""

    def values(head, keys, places):
        def take(total, block, others, used):
            same = (block[None, :, 1] == keys[:, None]) & used[None, :]
            return total + same.sum(axis=1, dtype=jnp.int32)

        return _blocks(c, head, 1, jnp.zeros(c.side, jnp.int32), take)

    return _compared(c, c.head(0, c.r), values)


def permute(c: Context):
    """The items of heads 0 (values 1) at the places that numbers 2 tell, with heads."""
    head = c.head(0, c.r)
    places = c.first + c.iota

    def take(state, block, others, used):
        source, flags = state
        hit = (block[None, :, 1] == places[:, None]) & used[None, :]
        source = source + jnp.where(hit, others[None, :], 0).sum(axis=1, dtype=jnp.int32)
        return source, flags | hard(some(block[:, 0], used))

    large = head.count > QUADRATIC
    head = head._replace(count=jnp.where(large, 0, head.count))
    start = (jnp.zeros(c.side, jnp.int32), jnp.int32(0))
    source, flags = _blocks(c, head, 2, start, take)
    fl = head.flags | flags | bit(large, LEFT)
    return c.gather(1, head.first + source), _chunk(c, head.count, c.slot(0).rows, fl=fl)


def member(c: Context):
    """For each item of heads 0 (keys 1) whether its key is among the keys 3 of heads 2."""
    a, b = c.head(0, c.r), c.head(2, c.r)
    keys = c.block(1, a.first + c.first)

    def take(found, block, others, used):
        return found | ((block[None, :, 1] == keys[:, None, 1]) & used[None, :]).any(axis=1)

    found = _blocks(c, b, 3, jnp.zeros(c.side, bool), take)
    out = block_of(0, [found.astype(jnp.int32)])
    return _with_flags(out, a.flags | b.flags), _chunk(c, a.count, c.slot(0).rows)


WIDE_STEPS = frozenset(
    [
        "move",
        "strict",
        "struct",
        "field",
        "truth",
        "flip",
        "either",
        "equal",
        "key_pair",
        "key_cell",
        "spread",
        "keep",
        "cross_first",
        "cross_second",
        "any",
        "best",
        "extreme",
        "build",
    ]
)
"""Steps that come in a wide form as well, for containers of many items."""

BLOCK_STEPS: dict[str, Callable] = {
    "move": move,
    "strict": strict,
    "strict_heads": strict_heads,
    "constant": constant,
    "like": like,
    "struct": struct,
    "field": field,
    "truth": truth,
    "flip": flip,
    "either": either,
    "equal": equal,
    "select": select,
    "pair_of_list": pair_of_list,
    "key_both": key_both,
    "key_pair": key_pair,
    "key_cell": key_cell,
    "loop": loop,
    "again": again,
    "items_of_list": items_of_list,
    "items_of_indices": items_of_patch(False),
    "items_of_object": items_of_patch(True),
    "items_of_struct": items_of_struct,
    "cells_of_grid": cells_of_grid,
    "rows_of_grid": rows_of_grid,
    "spread": spread,
    "keep": keep,
    "concat": concat,
    "range": range_,
    "repeat": repeat,
    "single": single,
    "cross_heads": cross_heads,
    "cross_first": cross_first,
    "cross_second": cross_second,
    "zip_first": zip_(False),
    "zip_second": zip_(True),
    "flatten_lists": flatten_lists,
    "flatten_structs": flatten_structs,
    "flatten_indices": flatten_patches(False),
    "flatten_object": flatten_patches(True),
    "count": count,
    "any": any_,
    "at": at,
    "find": find,
    "best": best,
    "extreme": extreme,
    "build": build,
    "rank": rank,
    "is_first": is_first,
    "multiplicity": multiplicity,
    "permute": permute,
    "member": member,
}
"""Every step on blocks by its name."""

MANY = frozenset(
    [
        "items_of_list",
        "items_of_indices",
        "items_of_object",
        "items_of_struct",
        "cells_of_grid",
        "rows_of_grid",
        "keep",
        "concat",
        "range",
        "repeat",
        "single",
        "zip_first",
        "flatten_lists",
        "flatten_structs",
        "flatten_indices",
        "flatten_object",
        "permute",
    ]
)
"""Steps on blocks that give heads as well as values."""
