"""What kernels are made of: everything here is traced, and so is part of what compiled kernels depend on.

`jbatt.engine.kernels` is the host's side. Apart, so that a change there leaves the kernels on disk valid.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from jbatt.dsl.registry import Overload
from jbatt.values.flags import CLIPPED, ERROR, MULTI, OVERFLOW, UNSUPPORTED
from jbatt.values.row import GridRow, Out
from jbatt.values.types import BOOLEAN, GRID, INTEGER, ListType, StructType, is_patch

SMALL_LIST = 16
"""Items of a list that a kernel returns among its scalars (palettes)."""


def width(kind) -> int:
    """How many int32 a value takes in a packed row (planes by row number)."""
    if kind is GRID:
        return 3
    if isinstance(kind, StructType):
        return sum(width(f) for f in kind.fields)
    if isinstance(kind, ListType):
        return SMALL_LIST + 1
    return 1


def unpack(kind, slots, file):
    """The row of one argument from its packed slots int32[width] (consumed from the front of the list)."""
    if kind is BOOLEAN:
        return slots.pop(0) != 0
    if kind is INTEGER:
        return slots.pop(0)
    if kind is GRID:
        plane, h, w = file[slots.pop(0)], slots.pop(0), slots.pop(0)
        return GridRow(plane, h, w)
    if is_patch(kind):
        return file[slots.pop(0)]
    return tuple(unpack(f, slots, file) for f in kind.fields)


def pack(kind, row) -> tuple[list, Any]:
    """The scalars of a result as a list of int32[], and its plane or None."""
    if kind is BOOLEAN or kind is INTEGER:
        return [jnp.asarray(row).astype(jnp.int32)], None
    if kind is GRID:
        return [row.h, row.w], row.plane
    if is_patch(kind):
        return [], row
    if isinstance(kind, ListType):
        return [row.count, *(row.items[k] for k in range(SMALL_LIST))], None
    return [s for f, r in zip(kind.fields, row, strict=True) for s in pack(f, r)[0]], None


def flags_of(out: Out):
    """int32[]: the conditions of a result as bits."""

    def bit(condition, flag):
        return jnp.where(jnp.asarray(condition), jnp.int32(flag), jnp.int32(0))

    return (
        bit(out.error, ERROR)
        | bit(out.overflow, OVERFLOW)
        | bit(out.unsupported, UNSUPPORTED)
        | bit(out.clipped, CLIPPED)
        | bit(out.multi, MULTI)
    )


def with_side(function: Callable, side: int) -> Callable:
    """Functions without a plane among their arguments take the class's side by keyword."""
    if "side" in inspect.signature(function).parameters:
        return partial(function, side=side)
    return function


def write(file, plane, row):
    """The file with one row replaced.

    The barrier keeps reads of other rows from being fused into the update, which would make XLA copy the file.
    """
    return lax.dynamic_update_slice(file, lax.optimization_barrier(plane)[None], (row, 0, 0))


def row_kernel(overload: Overload, types: tuple, result, side: int, chunk: int) -> Callable:
    """`kernel(file, packed, n)`: a row overload on up to as many calls as `packed` has columns.

    packed int32[A + 1, rows]: arguments, and last the row that the result's plane goes to. Gives the file and
    int32[B, rows]: the results' scalars and flags.
    """
    function = with_side(overload.function, side)
    has_plane = result is GRID or is_patch(result)

    def row(file, slots):
        slots = list(slots)
        out = function(*(unpack(t, slots, file) for t in types))
        out = out if isinstance(out, Out) else Out(out)
        scalars, plane = pack(result, out.value)
        return jnp.stack([*scalars, flags_of(out)]), plane

    chunk = 1 if overload.rowwise else chunk
    outputs = (width(result) - 1 if has_plane else width(result)) + 1

    def kernel(file, packed, n):
        def step(c, carry):
            file, out = carry
            block = lax.dynamic_slice(packed, (0, c * chunk), (packed.shape[0], chunk))
            if chunk == 1:
                scalars, plane = row(file, [block[a, 0] for a in range(packed.shape[0])])
                scalars = scalars[:, None]
                if has_plane:
                    file = write(file, plane, block[-1, 0])
            else:
                scalars, plane = jax.vmap(lambda s: row(file, [s[a] for a in range(packed.shape[0])]))(
                    block.T
                )
                scalars = scalars.T
                if has_plane:
                    file = file.at[block[-1]].set(lax.optimization_barrier(plane))
            return file, lax.dynamic_update_slice(out, scalars, (0, c * chunk))

        start = (file, jnp.zeros((outputs, packed.shape[1]), jnp.int32))
        return lax.fori_loop(0, (n + chunk - 1) // chunk, step, start)

    return kernel


def state_kernel(overload: Overload, types: tuple) -> Callable:
    """`kernel(file, packed, n)`: the first half of a family. Gives the states and int32[2, rows]: counts and flags."""

    def row(file, block, at):
        slots = [block[a, at] for a in range(block.shape[0])]
        out = overload.function(*(unpack(t, slots, file) for t in types))
        out = out if isinstance(out, Out) else Out(out)
        state, count = out.value
        return state, jnp.stack([jnp.asarray(count).astype(jnp.int32), flags_of(out)])

    def kernel(file, packed, n):
        shapes = jax.eval_shape(partial(row, file, packed), jnp.int32(0))
        zeros = jax.tree.map(lambda s: jnp.zeros((packed.shape[1], *s.shape), s.dtype), shapes[0])

        def step(k, carry):
            states, out = carry
            state, scalars = row(file, packed, k)
            states = jax.tree.map(lambda a, x: lax.dynamic_update_index_in_dim(a, x, k, 0), states, state)
            return states, lax.dynamic_update_slice(out, scalars[:, None], (0, k))

        return lax.fori_loop(0, n, step, (zeros, jnp.zeros((2, packed.shape[1]), jnp.int32)))

    return kernel


def item_kernel(overload: Overload, types: tuple, item) -> Callable:
    """`kernel(file, states, packed, n)`: the second half of a family: items by their owner's state and their number.

    packed int32[A + 3, rows]: arguments, owner, place, target row. Gives the file and the items' scalars.
    """
    extra = width(item) - 1

    def kernel(file, states, packed, n):
        def step(k, carry):
            file, out = carry
            slots = [packed[a, k] for a in range(packed.shape[0])]
            owner, place, target = slots[-3:]
            args = [unpack(t, slots, file) for t in types]
            state = jax.tree.map(lambda a: a[owner], states)
            made = overload.pick(state, place, *args)
            made = made.value if isinstance(made, Out) else made
            scalars, plane = pack(item, made)
            file = write(file, plane, target)
            if extra:
                out = lax.dynamic_update_slice(out, jnp.stack(scalars)[:, None], (0, k))
            return file, out

        start = (file, jnp.zeros((extra, packed.shape[1]), jnp.int32))
        return lax.fori_loop(0, n, step, start)

    return kernel


# Transfers and unions -------------------------------------------------------------------------------------------------


def upload_kernel() -> Callable:
    """`kernel(file, rows, planes, n)`: planes written to rows."""

    def kernel(file, rows, planes, n):
        def step(k, file):
            return lax.dynamic_update_slice(file, planes[k][None], (rows[k], 0, 0))

        return lax.fori_loop(0, n, step, file)

    return kernel


def fetch_kernel(side: int, bulk: int) -> Callable:
    """`kernel(file, rows, n)`: the planes int8[bulk, side, side] of rows."""

    def kernel(file, rows, n):
        def step(k, out):
            return lax.dynamic_update_slice(out, file[rows[k]][None], (k, 0, 0))

        return lax.fori_loop(0, n, step, jnp.zeros((bulk, side, side), jnp.int8))

    return kernel


def union_kernel(side: int, rows: int) -> Callable:
    """`kernel(file, packed, n)`: planes drawn over each other; packed int32[3, rows]: source, target, whether it is new.

    Gives the file and bool[rows]: where two colours met.
    """

    def kernel(file, packed, n):
        def step(k, carry):
            file, out = carry
            src, into, new = packed[0, k], packed[1, k], packed[2, k]
            # A conditional, not a `where`: fused with the update, two reads at other rows would make
            # XLA copy the whole file (measured: 100 ms a call instead of 0.08).
            blank = jnp.full((side, side), -1, jnp.int8)
            old, add = lax.cond(new != 0, lambda: (blank, file[src]), lambda: (file[into], file[src]))
            clash = jnp.any((old >= 0) & (add >= 0) & (old != add))
            file = lax.dynamic_update_slice(file, jnp.maximum(old, add)[None], (into, 0, 0))
            return file, lax.dynamic_update_slice(out, clash[None], (k,))

        return lax.fori_loop(0, n, step, (file, jnp.zeros(rows, jnp.bool_)))

    return kernel
