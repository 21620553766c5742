"""Loops that XLA's CPU backend compiles to one function each, rather than run operation by operation.

It runs a program as a sequence of small kernels, each called through a queue, which takes 20 to 100 ns: what is in a loop and
works on a few hundred bytes is nothing but calls. Loops that touch less than a kilobyte it compiles as a whole by
itself; its mark for such a call (`xla_cpu_small_call`) does so with any.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.experimental.xla_metadata import set_xla_metadata

_within: ContextVar[bool] = ContextVar("_within", default=False)
"""Whether what is traced is part of a kernel already."""


def one_kernel(function: Callable, *args: Any) -> Any:
    """What a function gives, a tuple of arrays, as one kernel of XLA's CPU backend.

    Not for what has scatters, products of matrices or custom calls in it, which cannot be compiled so, or large arrays to work
    on: one kernel runs on one core. Compile time grows with the square of the loops, and nothing of it is done side by side.
    """
    if _within.get():
        return function(*args)  # a call within a kernel would only take time to compile
    outside = _within.set(True)
    try:
        made = jax.jit(function)(*args)
    finally:
        _within.reset(outside)
    # Each value passes the mark on to the call that it comes from: those that nobody uses are left out, with theirs.
    return set_xla_metadata(made, inlineable="false", xla_cpu_small_call="true")


def while_loop(condition: Callable, body: Callable, state: tuple) -> tuple:
    """As `lax.while_loop` on a tuple, in one kernel."""
    return one_kernel(lambda *s: lax.while_loop(condition, body, s), *state)


def fori_loop(first: Any, end: Any, body: Callable, state: tuple) -> tuple:
    """As `lax.fori_loop` on a tuple, in one kernel."""
    start = (jnp.asarray(first, jnp.int32), *state)
    stop = jnp.asarray(end, jnp.int32)
    return one_kernel(
        lambda stop, *s: lax.while_loop(lambda s: s[0] < stop, lambda s: (s[0] + 1, *body(s[0], s[1:])), s),
        stop,
        *start,
    )[1:]
