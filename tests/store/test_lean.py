"""Executables without the names of their operations."""

import jax
import jax.numpy as jnp
import numpy as np

from jbatt.store import lean
from jbatt.store.executables import ExecutableStore


def rounds(x):
    return jax.lax.while_loop(lambda s: s[0] < 5, lambda s: (s[0] + 1, s[1] * 2 + 1), (0, x))[1]


def test_no_operation_says_where_it_comes_from(tmp_path):
    shape = jax.ShapeDtypeStruct((8,), jnp.int32)
    # Of one function JAX keeps what it was lowered to and compiled to.
    assert "metadata={" in jax.jit(lambda x: rounds(x)).lower(shape).compile().as_text()
    plain = lean.compiled(jax.jit(rounds).lower(shape))
    store = ExecutableStore(tmp_path)
    kept = store.compile("rounds", rounds, (shape,), ())
    store.flush()
    read = ExecutableStore(tmp_path).load("rounds")
    for made in (plain, kept, read):
        assert "metadata={" not in made.as_text()
        assert np.array_equal(made(jnp.arange(8)), 32 * np.arange(8) + 31)
