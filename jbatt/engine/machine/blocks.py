"""What steps on blocks of rows have in common. Such a step takes a `Context` and gives a block int32[W, 8] and where to go on."""

from __future__ import annotations

import jax.numpy as jnp

from jbatt.engine.machine.context import LEFT, SEQUENCE, Context, bit, hard
from jbatt.engine.machine.layout import WORDS, is_none
from jbatt.engine.machine.slices import dynamic_slice, dynamic_update_slice
from jbatt.engine.one_kernel import fori_loop
from jbatt.values.flags import CLIPPED, MULTI, OVERFLOW, UNSUPPORTED

QUADRATIC = 8192
"""Numbers of one container that are compared each with each; more are left to the host."""
MOST_ROWS = 1 << 20
"""Rows of one batch in a shard."""
KEY = 1 << 14
"""Coordinates of pairs that are ordered by one number lie within this of zero."""


def with_flags(block, flags):
    return jnp.where(jnp.arange(WORDS) == 0, jnp.broadcast_to(flags, block.shape[:1])[:, None], block)


def flagged(row, flags):
    """A row with other flags."""
    return jnp.where(jnp.arange(WORDS) == 0, flags, row)


def one_row(row, c: Context):
    """A block with one row."""
    return jnp.broadcast_to(row, (c.width, WORDS))


def row_by_row(c: Context, slot: int = 0):
    """How to go on after a block of rows, as many as an argument has."""
    rows = c.slot(slot).rows
    left = rows - c.r
    return c.go(rows, c.width, n=jnp.clip(left, 0, c.width), left=left - c.width)


def chunk(c: Context, count, rows, **more):
    """How to go on after a block of so many items, all of which stay."""
    left = count - c.first
    n = jnp.clip(left, 0, c.width)
    return c.go(rows, left <= c.width, n=n, k=c.after, acc=count, left=left - c.width, **more)


def front(c: Context, kept):
    """Where the kept rows of a block are, in order, at the front of int32[W]; and their number.

    One after the other: a table of all places by all others takes ten times as long for a wide block.
    """
    kept = kept.astype(jnp.int32)

    def put(n, state):
        out, count = state
        out = dynamic_update_slice(out, n[None], (count,))
        return out, count + dynamic_slice(kept, (n,), (1,))[0]

    start = (jnp.zeros(c.width + 1, jnp.int32), jnp.int32(0))
    out, count = fori_loop(0, c.width, put, start)
    return out[: c.width], count


def no_pair(i, j):
    """Pairs that stand for the empty tuple."""
    return is_none(i) & is_none(j)


def soft(flags):
    """What is wrong with a patch all cells of which must be known."""
    return bit((flags & CLIPPED) != 0, OVERFLOW) | bit((flags & (MULTI | SEQUENCE)) != 0, LEFT)


MAXIMUM, MINIMUM = 0, 1
INTEGERS = 8
NO_DEFAULT, NUMBER, OTHERWISE, MISMATCH = range(4)


def incomparable(c: Context, keys):
    """What is wrong with keys that are compared as integers: None among them."""
    return bit(((c.x & INTEGERS) != 0) & is_none(keys[:, 1]) & (hard(keys[:, 0]) == 0), UNSUPPORTED)
