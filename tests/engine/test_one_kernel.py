"""Loops as one kernel: the same values, and marked so in what XLA has compiled."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jbatt.engine import one_kernel

CELLS = 4096
"""More than the kilobyte up to which XLA's CPU backend compiles a loop as a whole by itself."""


def collatz(start):
    """How many steps each of many numbers takes, by a loop until all are done."""

    def body(state):
        number, steps = state
        going = number != 1
        next_ = jnp.where(number % 2 == 0, number // 2, 3 * number + 1)
        return jnp.where(going, next_, number), steps + going

    return one_kernel.while_loop(lambda s: (s[0] != 1).any(), body, (start, jnp.zeros_like(start)))[1]


def powers(count):
    """2 to the power of `count`, for many at once."""
    ones = jnp.ones(CELLS, jnp.int32)
    return one_kernel.fori_loop(0, count, lambda k, s: (s[0] * 2,), (ones,))[0]


def steps_of(number: int) -> int:
    return 0 if number == 1 else 1 + steps_of(number // 2 if number % 2 == 0 else 3 * number + 1)


def test_values():
    found = jax.jit(collatz)(jnp.arange(1, CELLS + 1))
    assert found[:100].tolist() == [steps_of(n) for n in range(1, 101)]
    for count in (0, 1, 9):
        assert np.array_equal(jax.jit(powers)(count), np.full(CELLS, 2**count))


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="how XLA's CPU backend runs loops")
def test_is_one_kernel():
    def main_calls(function, *args) -> list[str]:
        text = jax.jit(function).lower(*args).compile().as_text()
        entry = text[text.index("ENTRY") :]
        return [line for line in entry.splitlines() if "xla_cpu_small_call" in line]

    assert len(main_calls(collatz, jnp.arange(1, CELLS + 1))) == 1
    plainly = jax.lax.while_loop
    start = (jnp.arange(1, CELLS + 1),)
    assert not main_calls(lambda s: plainly(lambda s: (s[0] > 1).any(), lambda s: (s[0] // 2,), s), start)
