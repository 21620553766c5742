"""Sets of cells as bits: a column of a plane is a few words of 32 rows, so that 32 cells are looked at at once."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import lax

WORD = 32


def bit_columns(cells):
    """uint32[ceil(U / 32), U]: the columns of bool[U, U], the cell of row 32 k + n in bit n of word k."""
    side = cells.shape[-1]
    words = -(-side // WORD)
    bits = jnp.asarray(np.uint32(1) << (np.arange(side, dtype=np.uint32) % WORD))
    weighed = jnp.where(cells, bits[:, None], jnp.uint32(0))
    rows = jnp.pad(weighed, ((0, words * WORD - side), (0, 0))) if side % WORD else weighed
    return rows.reshape(words, WORD, side).sum(axis=1, dtype=jnp.uint32)


def grown(columns):
    """Those cells and the four beside each; what would be outside the words is not there."""
    aside = jnp.zeros((len(columns), 1), jnp.uint32)
    found = columns | columns << 1 | columns >> 1
    found |= jnp.concatenate([columns[:, 1:], aside], axis=1) | jnp.concatenate(
        [aside, columns[:, :-1]], axis=1
    )
    if len(columns) > 1:
        end = jnp.zeros((1, columns.shape[1]), jnp.uint32)
        found |= jnp.concatenate([end, columns[:-1] >> (WORD - 1)])
        found |= jnp.concatenate([columns[1:] << (WORD - 1), end])
    return found


def first_bit(words):
    """int32[]: the number of the lowest bit that is set in uint32[K], 32 K where none is."""
    place = WORD * jnp.arange(len(words), dtype=jnp.int32)
    lowest = WORD - 1 - lax.clz(words & (~words + 1)).astype(jnp.int32)
    return jnp.where(words != 0, place + lowest, WORD * len(words)).min()


def last_bit(words):
    """int32[]: the number of the highest bit that is set in uint32[K], -1 where none is."""
    place = WORD * jnp.arange(len(words), dtype=jnp.int32)
    return jnp.where(words != 0, place + WORD - 1 - lax.clz(words).astype(jnp.int32), -1).max()
