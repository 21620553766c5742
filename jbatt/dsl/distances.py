"""Two patches, or a patch and a grid: rows and columns in common, distance, contact, direction."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from jbatt.dsl.bitplanes import bit_columns, grown
from jbatt.dsl.extents import center_of, extent
from jbatt.dsl.registry import primitive
from jbatt.values.row import Out
from jbatt.values.types import BOOLEAN, GRID, INTEGER, PAIR, PATCH

STEPS = 42
"""The steps after which `gravitate` gives up."""


@primitive("hmatching", (PATCH, PATCH), BOOLEAN, multi="fine")
def hmatching(a, b):
    """Whether two patches have cells in a common row; not when one is empty. Source: ARC-DSL `hmatching`."""
    return ((a.max(axis=1) >= 0) & (b.max(axis=1) >= 0)).any()


@primitive("vmatching", (PATCH, PATCH), BOOLEAN, multi="fine")
def vmatching(a, b):
    """Whether two patches have cells in a common column; not when one is empty. Source: ARC-DSL `vmatching`."""
    return ((a.max(axis=0) >= 0) & (b.max(axis=0) >= 0)).any()


@primitive("manhattan", (PATCH, PATCH), INTEGER, multi="fine")
def manhattan(a, b):
    """The smallest number of rows plus columns between a cell of one patch and a cell of the other.

    0 when they overlap. An empty patch raises. `a` grows by the four cells beside each of its cells until it meets `b`.
    Source: ARC-DSL `manhattan`.
    """
    begin, wanted = bit_columns(a >= 0), bit_columns(b >= 0)
    error = ~((begin != 0).any() & (wanted != 0).any())
    farthest = 2 * a.shape[-1]

    def apart(state):
        reached, steps = state
        return (steps < farthest) & ~((reached & wanted) != 0).any()

    start = (begin, jnp.where(error, farthest, 0).astype(jnp.int32))
    _, steps = lax.while_loop(apart, lambda s: (grown(s[0]), s[1] + 1), start)
    return Out(steps, error=error)


@primitive("adjacent", (PATCH, PATCH), BOOLEAN, multi="fine")
def adjacent(a, b):
    """Whether two patches are exactly one step apart; overlap and diagonal contact do not count.

    An empty patch raises. Source: ARC-DSL `adjacent`.
    """
    a, b = a >= 0, b >= 0
    beside = (a[1:] & b[:-1]).any() | (a[:-1] & b[1:]).any()
    beside |= (a[:, 1:] & b[:, :-1]).any() | (a[:, :-1] & b[:, 1:]).any()
    return Out(beside & ~(a & b).any(), error=~(a.any() & b.any()))


@primitive("bordering", (PATCH, GRID), BOOLEAN, multi="fine")
def bordering(patch, grid):
    """Whether an outermost row or column of a patch is an outermost one of the grid.

    The empty patch raises, and so does the empty grid where its width is asked for (the patch has its first row or
    column at 0, or its last row at -1, otherwise). Source: ARC-DSL `bordering`.
    """
    box = extent(patch)
    sure = (box.top == 0) | (box.left == 0) | (box.bottom == grid.h - 1)
    return Out(sure | (box.right == grid.w - 1), error=box.empty | ((grid.h == 0) & ~sure))


@primitive("position", (PATCH, PATCH), PAIR, multi="fine")
def position(a, b):
    """The direction from the centre of `a` to the centre of `b`, as signs; (0, -1) for equal centres.

    An empty patch raises. Source: ARC-DSL `position`.
    """
    box_a, box_b = extent(a), extent(b)
    (ia, ja), (ib, jb) = center_of(box_a), center_of(box_b)
    j = jnp.where((ja == jb) & (ia != ib), 0, jnp.where(ja < jb, 1, -1)).astype(jnp.int32)
    return Out((jnp.sign(ib - ia), j), error=box_a.empty | box_b.empty)


# Gravity ----------------------------------------------------------------------------------------------------------


def _packed(cells):
    """uint32[W, U]: a plane's columns as bit strings; bit r % 32 of word r // 32 is row r."""
    side = cells.shape[-1]
    bits = jnp.uint32(1) << jnp.arange(32, dtype=jnp.uint32)
    words = cells.reshape(side // 32, 32, side)
    return jnp.where(words, bits[None, :, None], jnp.uint32(0)).sum(axis=1, dtype=jnp.uint32)


def _fallen(words, first, number):
    """uint32[number, W, U]: columns moved down by first, first + 1, ... rows, less than 32 in all of them.

    Rows that leave the plane are dropped, those of a whole word's move are left to the caller.
    """
    by = jnp.arange(first, first + number, dtype=jnp.uint32)[:, None, None]
    carry = jnp.concatenate([jnp.zeros_like(words[:1]), words[:-1]])
    return (words << by) | ((carry >> jnp.uint32(1)) >> (jnp.uint32(31) - by))


def _fall(source, target):
    """int32[]: the moves of `source` down that bring it next to `target`, at most STEPS.

    source, target: bool[U, U]. A column is a bit string, so that all moves are a few shifts of 32 rows at once. The
    target has no cell outside the plane: rows of the source that leave it can be dropped.
    """
    source, target = _packed(source), _packed(target)
    far = jnp.concatenate([jnp.zeros_like(source[:1]), source[:-1]])
    after = jnp.concatenate([source[1:], jnp.zeros_like(source[:1])])
    up = (source >> jnp.uint32(1)) | (after << jnp.uint32(31))
    moves = jnp.concatenate([up[None], _fallen(source, 0, 32), _fallen(far, 0, STEPS + 2 - 32)])
    met = (moves & target).max(axis=(1, 2)) > 0
    sides = (moves[1:-1, :, 1:] & target[:, :-1]).max(axis=(1, 2)) > 0
    sides |= (moves[1:-1, :, :-1] & target[:, 1:]).max(axis=(1, 2)) > 0
    touching = (met[:-2] | met[2:] | sides) & ~met[1:-1]
    return jnp.where(touching, jnp.arange(STEPS + 1, dtype=jnp.int32), STEPS).min()


@primitive("gravitate", (PATCH, PATCH), PAIR, multi="fine")
def gravitate(source, destination):
    """The offset that moves one patch next to another, step by step in one direction.

    Vertically where they share a column, down if the source's centre row is smaller, otherwise up; else
    horizontally, right if its centre column is smaller, otherwise left. After 42 steps without contact it is 42
    steps. An empty patch raises. Source: ARC-DSL `gravitate`.
    """
    box_s, box_d = extent(source), extent(destination)
    (si, sj), (di, dj) = center_of(box_s), center_of(box_d)
    vertical = vmatching(source, destination)
    forward = jnp.where(vertical, si < di, sj < dj)

    def downwards(patch):
        cells = patch >= 0
        cells = jnp.where(vertical, cells, cells.T)
        return jnp.where(forward, cells, cells[::-1])

    moves = _fall(downwards(source), downwards(destination)) * jnp.where(forward, 1, -1).astype(jnp.int32)
    zero = jnp.int32(0)
    offset = (jnp.where(vertical, moves, zero), jnp.where(vertical, zero, moves))
    return Out(offset, error=box_s.empty | box_d.empty)
