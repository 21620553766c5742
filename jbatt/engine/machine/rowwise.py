"""Steps on blocks of rows that have a row for each row of their arguments, and the rounds of `power`.

What the steps mean is said by the domain of batches (`jbatt.engine.ragged`), which answers whatever the machine leaves to the host.
"""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp

from jbatt.engine.machine.blocks import KEY, QUADRATIC, flagged, no_pair, one_row, row_by_row, with_flags
from jbatt.engine.machine.context import ARGS, BEGIN, FIRST_SLOT, LEFT, LOW, TIMES, Context, bit, hard
from jbatt.engine.machine.layout import WORDS, block_of, is_none, row_of
from jbatt.engine.machine.slices import dynamic_slice
from jbatt.values.flags import ERROR, MULTI, UNSUPPORTED

# Row by row -------------------------------------------------------------------------------------------------------


def move(c: Context):
    """The rows of argument 0."""
    return c.block(0, c.r), row_by_row(c)


def strict(c: Context):
    """The rows of argument 0 with the hard flags of arguments 1 and 2."""
    block = c.block(0, c.r)
    return with_flags(block, block[:, 0] | hard(c.block(1, c.r)[:, 0] | c.block(2, c.r)[:, 0])), row_by_row(c)


def strict_heads(c: Context):
    """The rows of argument 0 with the hard flags of heads."""
    row = c.value(0, c.r)
    row = flagged(row, row[0] | hard(c.head(1, c.r).flags))
    return one_row(row, c), c.go(c.slot(0).rows, 1, n=1)


def constant(c: Context):
    """Constant `x`, one row."""
    row = dynamic_slice(c.memory.constants, (c.x, 0), (1, WORDS))[0]
    return one_row(row, c), c.go(1, 1, n=1)


def like(c: Context):
    """The number `x` for each row of argument 0."""
    row = row_of(0, [c.x])
    return one_row(row, c), row_by_row(c)


def struct(c: Context):
    """The words of argument 0, of which there are `x`, and then those of argument 1. y: 1 where no more than one is a patch."""
    a, b = c.block(0, c.r), c.block(1, c.r)
    place = jnp.arange(WORDS, dtype=jnp.int32)
    words = jnp.where(place <= c.x, a, jnp.take(b, jnp.maximum(place - c.x, 0), axis=1))
    # The flags of a tuple are those of all its fields: of several patches it is not known any more which is LOW.
    flags = a[:, 0] | b[:, 0]
    return with_flags(words, jnp.where(c.y == 1, flags, flags & ~LOW)), row_by_row(c)


def field(c: Context):
    """The words of argument 0 from word `x` on; with `y` it is a pair, and the empty tuple has none."""
    block = c.block(0, c.r)
    place = jnp.arange(WORDS, dtype=jnp.int32)
    words = jnp.take(block, jnp.minimum(place + c.x, WORDS - 1), axis=1)
    missing = (c.y > 0) & no_pair(block[:, 1], block[:, 2]) & (hard(block[:, 0]) == 0)
    return with_flags(words, block[:, 0] | bit(missing, ERROR)), row_by_row(c)


def _truths(block, values):
    out = block_of(0, [values.astype(jnp.int32)])
    return with_flags(out, hard(block[:, 0]))


def truth(c: Context):
    """Whether word `x` is not zero: a number, or how many items a list has. With `y`: pairs, and fixed tuples as such.

    None and the empty tuple are false.
    """
    block = c.block(0, c.r)
    word = jnp.take(block, c.x, axis=1)
    whole = (c.y > 1) | ~no_pair(block[:, 1], block[:, 2])
    return _truths(block, jnp.where(c.y > 0, whole, (word != 0) & ~is_none(word))), row_by_row(c)


def flip(c: Context):
    """Logical not."""
    block = c.block(0, c.r)
    return _truths(block, block[:, 1] == 0), row_by_row(c)


def _two(c: Context, values: Callable):
    a, b = c.block(0, c.r), c.block(1, c.r)
    out = block_of(0, [values(a, b).astype(jnp.int32)])
    return with_flags(out, hard(a[:, 0] | b[:, 0])), row_by_row(c)


def either(c: Context):
    """Logical or."""
    return _two(c, lambda a, b: (a[:, 1] | b[:, 1]) != 0)


def equal(c: Context):
    """Whether the first `x` words agree (none: values that are never equal)."""
    place = jnp.arange(WORDS, dtype=jnp.int32)
    used = (place > 0) & (place <= c.x)
    return _two(c, lambda a, b: ((a == b) | ~used).all(axis=1) & (c.x > 0))


def apart(c: Context):
    """How many rows and columns lie between two locations, none of which is None."""

    def distance(a, b):
        return jnp.abs(a[:, 1] - b[:, 1]) + jnp.abs(a[:, 2] - b[:, 2])

    return _two(c, distance)


def _cells_of_line(a, b):
    """How many cells `connect` draws between locations, none of which is None."""
    rows, columns = jnp.abs(a[:, 1] - b[:, 1]), jnp.abs(a[:, 2] - b[:, 2])
    straight = (rows == 0) | (columns == 0) | (rows == columns)
    return jnp.where(straight, jnp.maximum(rows, columns) + 1, 0)


def line_size(c: Context):
    """How many cells `connect` draws between two locations, none of which is None."""
    return _two(c, _cells_of_line)


def line_end(c: Context):
    """The first location that `connect` draws between two, none of which is None; with `x` the last one."""
    a, b = c.block(0, c.r), c.block(1, c.r)
    is_before = (a[:, 1] < b[:, 1]) | ((a[:, 1] == b[:, 1]) & (a[:, 2] < b[:, 2]))
    end = jnp.where((is_before == (c.x == 0))[:, None], a, b)
    gone = hard(a[:, 0] | b[:, 0])
    return with_flags(end, gone | bit((_cells_of_line(a, b) == 0) & (gone == 0), ERROR)), row_by_row(c)


def as_set(c: Context):
    """Locations of a tuple with repeats as a set, which has none. Of a tuple without any it is still known that it is one."""
    block = c.block(0, c.r)
    return with_flags(block, block[:, 0] & ~MULTI), row_by_row(c)


def select(c: Context):
    """Argument 1 where argument 0 is true, else argument 2; with `x` what went wrong in either counts."""
    condition, a, b = c.block(0, c.r), c.block(1, c.r), c.block(2, c.r)
    chosen = jnp.where(condition[:, 1:2] != 0, a, b)
    flags = chosen[:, 0] | hard(condition[:, 0])
    return with_flags(chosen, flags | jnp.where(c.x != 0, hard(a[:, 0] | b[:, 0]), 0)), row_by_row(c)


def pair_of_list(c: Context):
    """The pair of the two numbers of a list; of a list of other length there is none."""
    row = c.value(0, c.r)
    i, j = c.row(row[1])[1], c.row(row[1] + 1)[1]
    gone = hard(row[0])
    flags = gone | bit((row[2] != 2) & (gone == 0), UNSUPPORTED)
    return one_row(row_of(flags, [i, j]), c), c.go(c.slot(0).rows, 1, n=1)


def key_both(c: Context):
    """A number that orders by the ranks 0, then 1."""
    a, b = c.block(0, c.r), c.block(1, c.r)
    out = block_of(0, [a[:, 1] * (2 * QUADRATIC) + b[:, 1]])
    return with_flags(out, hard(a[:, 0] | b[:, 0])), row_by_row(c)


def key_pair(c: Context):
    """A number for each pair that orders them; the empty tuple comes first."""
    block = c.block(0, c.r)
    i, j = block[:, 1], block[:, 2]
    empty = no_pair(i, j)
    far = ~empty & ((jnp.abs(i) >= KEY) | (jnp.abs(j) >= KEY) | is_none(i) | is_none(j))
    out = block_of(0, [jnp.where(empty, i, i * (2 * KEY) + j)])
    return with_flags(out, block[:, 0] | bit(far, LEFT)), row_by_row(c)


def key_cell(c: Context):
    """A number for each cell (colour, i, j) that orders them by location, then colour."""
    block = c.block(0, c.r)
    colour, i, j = block[:, 1], block[:, 2], block[:, 3]
    far = (jnp.abs(i) >= 512) | (jnp.abs(j) >= 512) | is_none(i) | is_none(j) | (colour < 0) | (colour > 127)
    out = block_of(0, [((i * 1024) + j) * 128 + colour])
    return with_flags(out, block[:, 0] | bit(far, LEFT)), row_by_row(c)


# Loops ------------------------------------------------------------------------------------------------------------


def loop(c: Context):
    """What the rounds of a `power` start from: argument 0, one row."""
    row = c.value(0, 0)
    row = flagged(row, row[0] | bit(c.slot(0).rows != 1, LEFT))
    return one_row(row, c), c.go(1, 1, n=1, times=0)


def again(c: Context):
    """The end of a round that gave argument 0. Another one, from loop 2 on, as long as argument 1, at most `y`, says so."""
    row, times = c.value(0, 0), c.value(1, 0)
    rounds = c.registers[TIMES] + 1
    gone = hard(times[0]) | bit((hard(times[0]) == 0) & is_none(times[1]), LEFT)
    error = (gone == 0) & ((times[1] < 1) | (times[1] > c.y))
    more = (rounds < times[1]) & (gone == 0) & ~error & (hard(row[0]) == 0)
    row = flagged(row, row[0] | gone | bit(error, ERROR))
    start = c.registers[BEGIN] + ((c.ins[ARGS + 2] - FIRST_SLOT) >> 1) + 1
    return one_row(row, c), c.go(1, 1, n=1, times=rounds, jump=jnp.where(more, start, -1))


STEPS: dict[str, Callable] = {
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
    "apart": apart,
    "line_size": line_size,
    "line_end": line_end,
    "as_set": as_set,
    "select": select,
    "pair_of_list": pair_of_list,
    "key_both": key_both,
    "key_pair": key_pair,
    "key_cell": key_cell,
    "loop": loop,
    "again": again,
}
WIDE = frozenset(
    [
        "move",
        "strict",
        "struct",
        "field",
        "truth",
        "flip",
        "either",
        "equal",
        "apart",
        "line_size",
        "line_end",
        "key_pair",
        "key_cell",
    ]
)
"""Steps that come in a wide form as well, for containers of many items."""
