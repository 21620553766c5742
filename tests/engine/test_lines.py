"""Lines drawn by bits, and between all cells of two patches at once, against lines drawn one by one."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jbatt.dsl.lines import connect
from jbatt.engine.machine.bits import lines_by_bits
from jbatt.engine.machine.context import ARGS, NEXT_P, REGISTERS, Context, K, M, Memory, bit
from jbatt.engine.machine.drawing import connected, over_each_other
from jbatt.engine.traced import flags_of
from jbatt.values.flags import MULTI
from jbatt.values.window import margin

SIDES = (32, 64)


def context(side: int, registers, rows, planes) -> Context:
    """A context whose heads 0 are all of `rows` (colour, i, j, i, j), with arguments 1 to 3 taken apart."""
    n = len(rows)
    values = np.zeros((3 * n + 600, 8), np.int32)
    values[:n, 1], values[n : 2 * n, 1:3], values[2 * n : 3 * n, 1:3] = rows[:, 0], rows[:, 1:3], rows[:, 3:5]
    slots = np.array([[0, 1, 1, 0], [0, n, 1, 0], [n, n, 1, 0], [2 * n, n, 1, 0]], np.int32)
    heads = np.array([[0, n, 0, 0]], np.int32)
    instruction = np.zeros(16, np.int32)
    instruction[ARGS : ARGS + 4] = range(4)
    memory = Memory(*(jnp.asarray(x) for x in (values, heads, planes, slots)), None, None, None)
    return Context(side, jnp.asarray(instruction), registers, memory, side)


def one_by_one(c: Context):
    def item(place):
        colour, a, b = (c.value(k, place) for k in (1, 2, 3))
        out = connect((a[1], a[2]), (b[1], b[2]), side=c.side)
        return flags_of(out), jnp.where(out.value >= 0, colour[1].astype(jnp.int8), jnp.int8(-1))

    return over_each_other(c, item)


def drawn(how, side: int):
    """`run(rows)`: of both rounds the plane, the flags with MULTI where colours meet, and whether there is a third one."""

    @jax.jit
    def run(rows_values, rows_slots_heads, planes, low):
        values, slots, heads = rows_values, *rows_slots_heads
        registers = jnp.zeros(REGISTERS, jnp.int32).at[NEXT_P].set(low).at[M].set(low).at[K].set(0)
        instruction = jnp.zeros(16, jnp.int32).at[ARGS : ARGS + 4].set(jnp.arange(4))
        memory = Memory(values, heads, planes, slots, None, None, None)
        made, fl = how(Context(side, instruction, registers, memory, side))
        return made.plane, fl | bit(made.clashes.any(), MULTI), made.thirds.any()

    def both(rows):
        c = context(side, None, rows, np.full((3, side * side), -1, np.int8))
        given = (c.memory.V, (c.memory.S, c.memory.H))
        plane, fl, more = run(*given, c.memory.P, 0)
        planes = c.memory.P.at[0].set(plane.reshape(-1))
        low, fl_low, third = run(*given, planes, 1)
        return [np.asarray(x) for x in (plane, fl, more, low, fl_low, third)]

    return both


@pytest.mark.parametrize("side", SIDES)
def test_by_bits_equals_one_by_one(side):
    rng = np.random.default_rng(side)
    quick, slow = drawn(lines_by_bits, side), drawn(one_by_one, side)
    low, high = -margin(side), side - margin(side)
    seen = set()
    for case in range(40):
        n = 60
        rows = np.zeros((n, 5), np.int32)
        rows[:, 0] = rng.integers(0, 1 + case % 10, n) if case % 2 else rng.integers(0, 10)
        rows[:, 1:3] = rng.integers(low, high, (n, 2))
        length, direction = rng.integers(0, side, n), rng.integers(-1, 2, (n, 2))
        rows[:, 3:5] = rows[:, 1:3] + length[:, None] * direction
        if case % 4 < 3:  # within the window, or partly outside
            rows[:, 3:5] = np.clip(rows[:, 3:5], low, high - 1)
        rows[: case % 7, 3] += 3  # no line at all, or another one
        quickly, slowly = quick(rows), slow(rows)
        plane, fl, _, low_plane, _, third = slowly
        assert (quickly[0] == plane).all() and quickly[1] == fl
        assert quickly[5] == third
        if not third:
            assert (quickly[3] == low_plane).all()
        seen.add((int(fl), bool(third)))
    assert len(seen) >= 4, "clipped or not, several colours or not, a third colour or not"


@pytest.mark.parametrize("side", SIDES)
def test_connected_equals_lines_between_all_cells(side):
    rng = np.random.default_rng(side)
    slow = drawn(one_by_one, side)

    @jax.jit
    def quick(planes):
        registers, heads = jnp.zeros(REGISTERS, jnp.int32), jnp.array([[0, 0], [0, 1]], jnp.int32)
        values, slots = jnp.zeros((600, 8), jnp.int32), jnp.array([[0, 1, 1, 0]], jnp.int32)
        memory = Memory(values, None, planes, slots, None, None, None)
        return connected(Context(side, jnp.zeros(16, jnp.int32), registers, memory, side), heads, 0)[1]

    m = margin(side)
    for cells in (0, 1, 2, 3, 5, 9):
        for _ in range(3):
            patches = [rng.permutation(side * side)[:cells] for _ in range(2)]
            planes = np.full((2, side * side), -1, np.int8)
            for plane, patch in zip(planes, patches, strict=True):
                plane[patch] = 0
            pairs = [(*divmod(int(p), side), *divmod(int(q), side)) for p in patches[0] for q in patches[1]]
            rows = np.array([(0, *(x - m for x in pair)) for pair in pairs], np.int32).reshape(-1, 5)
            padded = np.concatenate([rows, np.tile([[0, 0, 0, 500, 1]], (81 - len(rows), 1))]).astype(
                np.int32
            )
            wanted = slow(padded)[0]
            assert (np.asarray(quick(jnp.asarray(planes))) == wanted).all()
