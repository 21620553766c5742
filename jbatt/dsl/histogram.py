"""Colours counted: how often each of 0..15 occurs in a plane.

A cell of a higher colour makes the caller report the row as unsupported.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

COLOURS = 16
"""Colours that are counted."""


def count(hits):
    """int32[]: how many of bool[U, U] are set."""
    # Narrow sums down the rows keep XLA's CPU loops in full vectors: several times faster than int32 sums.
    narrow = jnp.uint8 if hits.shape[0] < 256 else jnp.uint16
    columns = jnp.sum(hits.astype(narrow), axis=0, dtype=narrow)
    return jnp.sum(columns.astype(jnp.int32), dtype=jnp.int32)


def histogram(plane):
    """int32[16] cells of each colour, and bool[] whether a cell has a higher colour."""
    counts = jnp.stack([count(plane == jnp.int8(c)) for c in range(COLOURS)])
    return counts, plane.max(axis=0).max() >= COLOURS


def commonest(counts):
    """int32[]: the first position with the largest count."""
    return jnp.argmax(counts).astype(jnp.int32)


def rarest(counts):
    """int32[]: the first position with the smallest count above zero."""
    return jnp.argmin(jnp.where(counts > 0, counts, jnp.iinfo(jnp.int32).max)).astype(jnp.int32)


def background(plane):
    """int8[] most common colour, bool[] whether there is no cell, bool[] whether a colour is above 15."""
    counts, high = histogram(plane)
    return commonest(counts).astype(jnp.int8), plane.max(axis=0).max() < 0, high


def present(plane):
    """bool[16] colours that occur, and bool[] whether a higher one does."""
    bit = jnp.int32(1) << jnp.minimum(plane, jnp.int8(COLOURS)).astype(jnp.int32)
    bits = jax.lax.reduce(jnp.where(plane >= 0, bit, 0), jnp.int32(0), jax.lax.bitwise_or, (0, 1))
    return (bits >> jnp.arange(COLOURS, dtype=jnp.int32)) & 1 > 0, bits >= 1 << COLOURS
