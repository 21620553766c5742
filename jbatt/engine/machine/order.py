"""Items compared with each other: ranks, repeats, membership; a block of them at a time.

What the steps mean is said by the domain of batches (`jbatt.engine.ragged`), which answers whatever the machine leaves to the host.
"""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp

from jbatt.engine.machine.blocks import QUADRATIC, chunk, incomparable, with_flags
from jbatt.engine.machine.context import LEFT, Context, bit, hard, some
from jbatt.engine.machine.layout import block_of
from jbatt.engine.one_kernel import while_loop

# Order and equality -----------------------------------------------------------------------------------------------


def _blocks(c: Context, head, k: int, start, take: Callable):
    """`take(carry, block, places, used)` over the blocks of a container's rows of argument k."""

    def body(state):
        n, carry = state
        block = c.block(k, head.first + n * c.side)
        places = n * c.side + c.iota
        return n + 1, take(carry, block, places, places < head.count)

    return while_loop(lambda s: s[0] * c.side < head.count, body, (jnp.int32(0), start))[1]


def _compared(c: Context, head, values: Callable):
    """For a block of a container's items (keys 1) a number from `values(keys, places)`; too many are left to the host."""
    large = head.count > QUADRATIC
    head = head._replace(count=jnp.where(large, 0, head.count))
    keys = c.block(1, head.first + c.first)
    places = c.first + c.iota
    out = block_of(0, [values(head, keys[:, 1], places).astype(jnp.int32)])
    flags = hard(keys[:, 0]) | bit(large, LEFT) | incomparable(c, keys)
    full = c.head(0, c.r)
    return with_flags(out, flags), chunk(c, full.count, c.slot(0).rows)


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
    return c.gather(1, head.first + source), chunk(c, head.count, c.slot(0).rows, fl=fl)


def member(c: Context):
    """For each item of heads 0 (keys 1) whether its key is among the keys 3 of heads 2."""
    a, b = c.head(0, c.r), c.head(2, c.r)
    keys = c.block(1, a.first + c.first)

    def take(found, block, others, used):
        return found | ((block[None, :, 1] == keys[:, None, 1]) & used[None, :]).any(axis=1)

    found = _blocks(c, b, 3, jnp.zeros(c.side, bool), take)
    out = block_of(0, [found.astype(jnp.int32)])
    return with_flags(out, a.flags | b.flags), chunk(c, a.count, c.slot(0).rows)


STEPS: dict[str, Callable] = {
    "rank": rank,
    "is_first": is_first,
    "multiplicity": multiplicity,
    "permute": permute,
    "member": member,
}
MANY = frozenset(["permute"])
"""Steps that give heads as well as values."""
