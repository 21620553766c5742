"""The items of padded containers: values with one more axis, and how many of them are in use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from jbatt.dsl.domain import Choice, Closure
from jbatt.dsl.value import Value, filling, pad_leaf
from jbatt.values.flags import ERROR, HARD, OVERFLOW, UNSUPPORTED
from jbatt.values.row import Out


@dataclass(slots=True)
class Each:
    """A value for each item: every array of `value` has a leading axis of length `size`."""

    value: Any
    size: int

    @property
    def type(self):
        return self.value.type


@dataclass(slots=True)
class Items:
    """The items of a container: the first `count` of `each`. `flags` uint8[] are what has gone wrong so far.

    Where a hard flag is set, `count` is 0.
    """

    kind: str
    each: Each
    count: Any
    flags: Any
    canonical: bool = True

    @property
    def used(self):
        """bool[size]: the places that hold an item."""
        return jnp.arange(self.each.size, dtype=jnp.int32) < self.count

    @property
    def type(self):
        return self.each.type


# Flags ------------------------------------------------------------------------------------------------------------


def hard(flags):
    return (flags & HARD) != 0


def bit(condition, flag: int):
    """uint8: the flag where the condition holds."""
    return jnp.where(condition, np.uint8(flag), np.uint8(0))


def then(given, own):
    """What goes wrong later counts only where nothing has gone wrong yet."""
    return jnp.where(hard(given), given, given | own)


def conditions(out: Out):
    """uint8[]: the conditions of a primitive's result; an error is certain, whatever else is reported."""
    own = bit(out.overflow, OVERFLOW) | bit(out.unsupported, UNSUPPORTED)
    own = own | bit(out.clipped, 8) | bit(out.multi, 16)
    return jnp.where(out.error, np.uint8(ERROR), own)


def hard_of(value):
    """The hard flags of a value, or of all that a function captured."""
    if isinstance(value, Value):
        return value.flags & HARD
    if isinstance(value, Choice):
        chosen = jnp.where(value.condition.data, hard_of(value.a), hard_of(value.b))
        return (value.condition.flags & HARD) | chosen
    flags = jnp.zeros((), jnp.uint8)
    for v in (value.args or ()) if isinstance(value, Closure) else value.values:
        flags = flags | hard_of(v)
    return flags


def merged(flags, used):
    """uint8[]: the flags of the items in use, or-ed together."""
    flags = jnp.where(used, flags, np.uint8(0)).astype(jnp.uint8)
    return lax.reduce(flags, np.uint8(0), lax.bitwise_or, (0,))


# Arrays -----------------------------------------------------------------------------------------------------------


def taken(tree, where):
    """Items at these indices."""
    return jax.tree.map(lambda a: jnp.asarray(a)[where], tree)


def sized(tree, size: int):
    """The first `size` items, fillers after the last."""
    return jax.tree.map(lambda a: pad_leaf(jnp.asarray(a)[:size], size), tree)


def cleared(tree, used):
    """Fillers where there is no item."""

    def clear(a):
        return jnp.where(used.reshape(used.shape + (1,) * (a.ndim - 1)), a, filling(a))

    return jax.tree.map(lambda a: clear(jnp.asarray(a)), tree)


def chosen(condition, a, b):
    """One of two trees of arrays; leaves have no more axes in front than the condition."""
    return jax.tree.map(lambda x, y: jnp.where(condition, x, y), a, b)


def over(function, size: int, *values) -> Each:
    """`function` on values, item by item where they are `Each`."""
    each = [v.value for v in values if isinstance(v, Each)]

    def one(_, *rows):
        given = iter(rows)
        return function(*(next(given) if isinstance(v, Each) else v for v in values))

    return Each(jax.vmap(one)(jnp.arange(size), *each), size)
