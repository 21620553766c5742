"""Containers in the machine: their items, a block of them at a time, and what is made of items.

What the steps mean is said by the domain of batches (`jbatt.engine.ragged`), which answers whatever the machine leaves to the host.
"""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
from jax import lax

from jbatt.engine.machine.blocks import (
    INTEGERS,
    MINIMUM,
    MISMATCH,
    MOST_ROWS,
    NO_DEFAULT,
    NUMBER,
    chunk,
    flagged,
    front,
    incomparable,
    no_pair,
    one_row,
    row_by_row,
    soft,
    with_flags,
)
from jbatt.engine.machine.context import LEFT, LOW, SEQUENCE, Context, Slot, bit, hard, some
from jbatt.engine.machine.drawing import low_of
from jbatt.engine.machine.layout import WORDS, block_of, is_none, plane_at, row_of
from jbatt.engine.machine.slices import dynamic_slice
from jbatt.values.flags import CLIPPED, ERROR, MULTI, UNSUPPORTED
from jbatt.values.window import margin

MOST = 4
"""Comparisons of one `pairs_where`."""
BITS = 7
"""One of them: the left item's word, the right one's, and whether the left is to be greater, rather than equal."""

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
        single | (left <= c.width),
        n=jnp.where(single, 0, jnp.clip(left, 0, c.width)),
        k=c.after,
        acc=count,
        fl=gone,
        alias=single,
        left=jnp.where(single, 0, left - c.width),
        there=Slot(row[1], count, jnp.int32(1)),
    )
    return c.rows_at(row[1] + c.first), go


def _line(c: Context, row, colours: bool):
    """The cells of line k of a patch, as a block of pairs or cells, how many there are, what is wrong, the next line, whether that is none.

    Of objects with two colours at some locations (LOW) it is half of a line, since there may be twice as many cells.
    """
    m, side = margin(c.side), c.side
    several = bool(colours) & ((row[0] & (MULTI | LOW | SEQUENCE)) == MULTI | LOW)
    wrong = hard(row[0]) | soft(jnp.where(several, row[0] & ~MULTI, row[0]))
    whole = plane_at(c.memory.P, row[1], side)
    used = (whole.max(axis=1) >= 0) & (c.iota > c.k)
    after = jnp.where(used, c.iota, side).min()

    def cells_of(place, line):
        return dynamic_slice(c.memory.P, (place, line * side), (1, side))[0]

    def one():
        return c.iota, cells_of(row[1], c.k), after, c.k, after >= side

    def two():
        line, second = c.k >> 1, c.iota & 1 == 1
        high, low = cells_of(row[1], line), cells_of(low_of(row), line)
        at = (c.k & 1) * (side >> 1) + (c.iota >> 1)
        high, low = (jnp.take(plane, at, mode="clip") for plane in (high, low))
        ink = jnp.where(second, jnp.where(high == low, jnp.int8(-1), high), low)
        return at, ink, c.k + 1, line, c.k + 1 >= 2 * side

    at, ink, after, line, over = lax.cond(several, two, one) if colours else one()
    place, count = front(c, (ink >= 0) & (wrong == 0))
    j = jnp.take(at, place, mode="clip") - m
    i = jnp.broadcast_to(line - m, place.shape)
    zero = jnp.zeros_like(place)
    words = [jnp.take(ink, place, mode="clip").astype(jnp.int32), i, j] if colours else [i, j]
    return block_of(zero, words), count, wrong, after, over | (wrong != 0)


def items_of_patch(colours: bool):
    """Items and heads of patches: pairs, or cells with their colours; a line of the plane in each step."""

    def step(c: Context):
        block, n, wrong, after, last = _line(c, c.value(0, c.r), colours)
        return block, c.go(c.slot(0).rows, last, n=n, k=after, acc=c.acc + n, fl=wrong)

    return step


def items_of_drawn(colours: bool):
    """As `items_of_patch`; of patches whose plane does not tell all cells the items of heads 1 (values 2) that were drawn.

    These may have repeats, which the plane has not.
    """
    hidden = CLIPPED | MULTI

    def step(c: Context):
        row, head = c.value(0, c.r), c.head(1, c.r)
        given = (row[0] & hidden) != 0
        line, n, wrong, after, last = _line(c, flagged(row, row[0] & ~hidden), colours)
        left = head.count - c.first
        n = jnp.where(given & (wrong == 0), jnp.clip(left, 0, c.side), n)
        last = jnp.where(given, (left <= c.side) | (wrong != 0), last)
        block = jnp.where(given, c.block(2, head.first + c.first), line)
        k = jnp.where(given, c.k + 1, after)
        return block, c.go(c.slot(0).rows, last, n=n, k=k, acc=c.acc + n, fl=wrong)

    return step


def _fields(c: Context, row):
    """The fields (of `y` words each) of a fixed tuple, a row for each."""
    index = jnp.clip(c.iota[:, None] * c.y + jnp.arange(WORDS, dtype=jnp.int32), 0, WORDS - 1)
    return with_flags(row[index], row[0])


def _none_of_two(c: Context, row):
    """What is wrong with a pair of numbers (`x`, `y` as for `items_of_struct`) that stands for the empty tuple."""
    empty = (c.x == 2) & (c.y == 1) & no_pair(row[1], row[2])
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
    line = dynamic_slice(c.memory.P, (row[1], jnp.minimum(c.k + m, c.side - 1) * c.side), (1, c.side))[0]
    numbers = jnp.roll(line, -m).astype(jnp.int32)
    block = block_of(0, [numbers])
    n = jnp.where((gone != 0) | (c.k >= h), 0, w)
    return block, c.go(c.slot(0).rows, (c.k + 1 >= h) | (gone != 0), n=n, k=c.k + 1, acc=c.acc + n, fl=gone)


def rows_of_grid(c: Context):
    """The rows of grids (argument 2) as lists of numbers: those with heads 0 and values 1."""
    head, row = c.head(0, c.r), c.value(2, c.r)
    gone = hard(row[0] | head.flags)
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
    go = chunk(c, head.count, rows, alias=single, there=Slot(given.start, head.count, jnp.int32(0)))
    go = go._replace(n=jnp.where(single, 0, go.n), advance=single | go.advance)
    return one_row(c.value(1, c.r), c), go


def keep(c: Context):
    """The items of heads 0 (values 1) where mask 2 is set, and their heads."""
    head, rows = c.head(0, c.r), c.slot(0).rows
    first = c.first
    used = c.iota < head.count - first
    values, mask = c.block(1, head.first + first), c.block(2, head.first + first)
    kept = used & (mask[:, 1] != 0)
    place, n = front(c, kept)
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
    return block, chunk(c, both.count, c.slot(0).rows, fl=a.flags | b.flags)


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
    count = jnp.maximum(0, -((start[1] - stop[1]) // by))
    flags |= bit((count > MOST_ROWS) & (flags == 0), LEFT)
    count = jnp.where(flags != 0, 0, count)
    numbers = start[1] + (c.first + c.iota) * by
    block = block_of(0, [numbers])
    return block, chunk(c, count, c.slot(0).rows, fl=flags)


def repeat(c: Context):
    """Argument 0 as often as argument 1 says."""
    value, times = c.value(0, c.r), c.value(1, c.r)
    flags = _number(times)
    flags |= bit((times[1] > MOST_ROWS) & (flags == 0), LEFT)
    count = jnp.where(flags != 0, 0, jnp.maximum(times[1], 0))
    return one_row(value, c), chunk(c, count, c.slot(0).rows, fl=flags | hard(value[0]))


def single(c: Context):
    """Containers of one item each."""
    value = c.value(0, c.r)
    return one_row(value, c), c.go(c.slot(0).rows, 1, n=1, acc=1, fl=hard(value[0]))


def _too_many(c: Context, a, b):
    """Whether there are more pairs than shards have room for: so both say the same of programs that only count them."""
    return a.count > MOST_ROWS // jnp.maximum(b.count, 1)


def _pairs(c: Context, a, b):
    return jnp.where(_too_many(c, a, b), 0, a.count * b.count)


def also_wrong(c: Context):
    """Heads 0 with what is wrong with value 1, or with `x` with heads 1. Their items stay where they are."""
    head = c.head(0, c.r)
    wrong = jnp.where(c.x == 1, c.head(1, c.r).flags, c.value(1, c.r)[0])
    go = c.go(c.slot(0).rows, 1, m=c.m + head.count, acc=head.count, fl=head.flags | hard(wrong))
    return jnp.zeros((c.width, WORDS), jnp.int32), go


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
    return block, chunk(c, _pairs(c, a, b), c.slot(0).rows)


def cross_second(c: Context):
    """The second items of pairs of items of heads 0 and heads 1 (values 2)."""
    a, b = c.head(0, c.r), c.head(1, c.r)
    place = c.first + c.iota
    block = c.gather(2, b.first + place % jnp.maximum(b.count, 1))
    return block, chunk(c, _pairs(c, a, b), c.slot(0).rows)


def pairs_where(c: Context):
    """The places among values 1 and values 3 of the pairs of items of heads 0 and heads 2 that a condition holds for.

    x, y: the comparisons of their words, and the table of the condition, as `jbatt.engine.machine.joins` writes them.
    """
    a, b = c.head(0, c.r), c.head(2, c.r)
    total, large = _pairs(c, a, b), _too_many(c, a, b)
    place, wide = c.first + c.iota, jnp.maximum(b.count, 1)
    first = place // wide
    i, j = a.first + first, b.first + place - first * wide
    left, right = c.gather(1, i), c.gather(3, j)
    outcome = jnp.zeros_like(place)
    for k in range(MOST):
        code = c.x >> (BITS * k)
        u, v = jnp.take(left, code & 7, axis=1), jnp.take(right, (code >> 3) & 7, axis=1)
        outcome |= jnp.where((code >> 6) & 1 == 1, u > v, u == v).astype(jnp.int32) << k
    kept = (place < total) & ((c.y >> outcome) & 1 == 1)
    front_, n = front(c, kept)
    block = block_of(0, [jnp.take(i, front_, mode="clip"), jnp.take(j, front_, mode="clip")])
    after = total - c.first - c.width
    fl = a.flags | b.flags | bit(large, LEFT)
    go = c.go(c.slot(0).rows, after <= 0, n=n, k=c.after, acc=c.acc + n, fl=fl, left=after)
    return block, go


def taken(c: Context):
    """The rows of argument 0 at the places in word `x` of argument 1."""
    places = c.block(1, c.r)
    block = c.gather(0, jnp.where(c.x == 1, places[:, 1], places[:, 2]))
    # What was too much for the memory has no places, but a row for each.
    return with_flags(block, block[:, 0] | hard(places[:, 0])), row_by_row(c, 1)


def zip_(second: bool):
    """Items at equal places: those of one of the two, with heads for both."""

    def step(c: Context):
        a, b = c.head(0, c.r), c.head(2, c.r)
        both = a._replace(count=jnp.minimum(a.count, b.count))
        first = c.first
        block = c.block(3, b.first + first) if second else c.block(1, a.first + first)
        return block, chunk(c, both.count, c.slot(0).rows, fl=a.flags | b.flags)

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
        block, n, wrong, after, over = _line(c, row, colours)
        n, wrong = jnp.where(there, n, 0), jnp.where(there, wrong, 0)
        over = over | ~there
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
    return one_row(row, c), c.go(c.slot(0).rows, 1, n=1)


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
    return one_row(row, c), c.go(
        c.slot(0).rows, left <= 0, n=left <= 0, k=c.after, acc=found, fl=fl, left=left
    )


def _picked(c: Context, flags, row, there):
    """An item with what went wrong before it was found, or an error where there is none."""
    missing = bit(~there & (hard(flags) == 0), ERROR)
    return flagged(row, flags | missing | jnp.where(there, row[0], 0))


def at(c: Context):
    """Item `x` of heads 0 (values 1); from the end where `x` is negative."""
    head = c.head(0, c.r)
    place = jnp.where(c.x >= 0, c.x, head.count + c.x)
    row = _picked(c, head.flags, c.value(1, head.first + jnp.maximum(place, 0)), head.count > 0)
    return one_row(row, c), c.go(c.slot(0).rows, 1, n=1)


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
    return one_row(row, c), c.go(c.slot(0).rows, last, n=last, k=c.k + 1)


def best(c: Context):
    """The row of values 1 with the extreme key 2 (a number) among the items of heads 0, the first of several.

    x: MAXIMUM or MINIMUM, in the next two bits what stands for no item: an error, the number `y`, argument 3, or
    argument 3 of a type that this result cannot take; and INTEGERS, which cannot be compared with None.
    """
    head = c.head(0, c.r)
    first = c.first
    keys = c.block(2, head.first + first)
    used = c.iota < head.count - first
    wrong = keys[:, 0] | incomparable(c, keys)
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
    other = flagged(other, jnp.where(how == MISMATCH, wrong, other[0]))
    instead = jnp.where(how == NUMBER, number, other)
    instead = flagged(instead, jnp.where(how == NO_DEFAULT, bit(hard(fl) == 0, ERROR), instead[0]))
    row = jnp.where(there, row, instead)
    row = flagged(row, row[0] | fl)
    go = c.go(c.slot(0).rows, last, n=last, k=c.after, m=m, acc=acc, fl=fl, left=left)
    return one_row(row, c), go


def nearest(c: Context):
    """How far the item of list 0 that lies nearest to location 1 is from it, by rows and columns together, and the item's place.

    x: MAXIMUM for the farthest. Nothing is wrong with items or locations. No row is made for an item, however many there are.
    """
    row, given, whole = c.value(0, c.r), c.value(1, c.r), c.value(2, c.r)
    gone = hard(row[0] | whole[0])
    count = jnp.where(gone != 0, 0, row[2])
    block = c.rows_at(row[1] + c.first)
    apart = jnp.abs(block[:, 1] - given[1]) + jnp.abs(block[:, 2] - given[2])
    key = jnp.where((c.x & 1) == MINIMUM, ~apart, apart)
    key = jnp.where(c.iota < count - c.first, key, -(2**31))
    most = key.max()
    # As a place, not as `argmax`: XLA makes one comparison after the other of that.
    place = jnp.where(key == most, c.iota, c.width).min()
    better = (c.first < count) & ((c.m == 0) | (most > c.acc))
    acc, m = jnp.where(better, most, c.acc), jnp.where(better, c.first + place + 1, c.m)
    left = count - c.first - c.width
    last = left <= 0
    flags = gone | bit((m == 0) & (gone == 0), ERROR)
    found = row_of(flags, [jnp.where((c.x & 1) == MINIMUM, ~acc, acc), m - 1])
    # The next list is likely as long as this one.
    go = c.go(c.slot(1).rows, last, n=last, k=c.after, m=m, acc=acc, left=jnp.where(last, count, left))
    return one_row(found, c), go


def picked(c: Context):
    """The item of list 0 at the place that `nearest` (1) found."""
    row, found = c.value(0, c.r), c.value(1, c.r)
    gone = hard(found[0])
    item = c.row(jnp.where(gone != 0, 0, row[1] + found[2]))
    return one_row(flagged(item, item[0] | gone), c), c.go(c.slot(1).rows, 1, n=1)


def extreme(c: Context):
    """The largest number, or with `y` of MINIMUM the smallest, of fixed tuples with `x` fields; with INTEGERS they are not None."""
    block = c.block(0, c.r)
    place = jnp.arange(WORDS, dtype=jnp.int32)
    used = (place > 0) & (place <= c.x)
    minimum = (c.y & 1) == MINIMUM
    words = jnp.where(used, jnp.where(minimum, ~block, block), -(2**31)).max(axis=1)
    none = (is_none(block) & used).any(axis=1) & ((c.y & INTEGERS) != 0)
    empty = (c.x == 2) & no_pair(block[:, 1], block[:, 2])
    gone = hard(block[:, 0])
    flags = gone | bit((none | empty) & (gone == 0), UNSUPPORTED)
    return block_of(flags, [jnp.where(minimum, ~words, words)]), row_by_row(c)


def build(c: Context):
    """Lists of the items of heads 0 (values 1), which stay where they are. x: 1 where what is wrong with items is left to them."""
    head, values = c.head(0, c.r), c.slot(1)
    first = c.first
    used = c.iota < head.count - first
    wrong = hard(some(c.block(1, head.first + first)[:, 0], used))
    fl = jnp.where(c.k == 0, head.flags, c.fl) | jnp.where(c.x == 1, 0, wrong)
    left = head.count - first - c.width
    row = row_of(fl, [values.start + head.first, head.count])
    return one_row(row, c), c.go(c.slot(0).rows, left <= 0, n=left <= 0, k=c.after, fl=fl, left=left)


STEPS: dict[str, Callable] = {
    "items_of_list": items_of_list,
    "items_of_indices": items_of_patch(False),
    "items_of_object": items_of_patch(True),
    "items_of_drawn_indices": items_of_drawn(False),
    "items_of_drawn_object": items_of_drawn(True),
    "items_of_struct": items_of_struct,
    "cells_of_grid": cells_of_grid,
    "rows_of_grid": rows_of_grid,
    "spread": spread,
    "keep": keep,
    "concat": concat,
    "range": range_,
    "repeat": repeat,
    "single": single,
    "also_wrong": also_wrong,
    "cross_heads": cross_heads,
    "cross_first": cross_first,
    "cross_second": cross_second,
    "pairs_where": pairs_where,
    "taken": taken,
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
    "nearest": nearest,
    "picked": picked,
    "extreme": extreme,
    "build": build,
}
MANY = frozenset(
    [
        "pairs_where",
        "items_of_list",
        "items_of_indices",
        "items_of_object",
        "items_of_drawn_indices",
        "items_of_drawn_object",
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
    ]
)
"""Steps that give heads as well as values."""
WIDE = frozenset(
    [
        "pairs_where",
        "taken",
        "items_of_list",
        "spread",
        "keep",
        "cross_first",
        "cross_second",
        "any",
        "best",
        "nearest",
        "extreme",
        "build",
    ]
)
"""Steps that come in a wide form as well, for containers of many items."""
