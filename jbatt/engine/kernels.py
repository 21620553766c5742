"""Kernels: one executable a primitive, signature and capacity class, whatever the number of rows.

A kernel takes the register file (donated), the arguments of up to `rows` calls packed into one int32 array (scalars as
they are, planes as row numbers) and how many there are. It loops over chunks of rows: gather, compute, write back. So
the work grows with the rows that there are, and one executable serves every batch size.
"""

from __future__ import annotations

import inspect
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from jbatt.dsl.registry import Overload
from jbatt.engine.registers import PlaneFile
from jbatt.values.flags import CLIPPED, ERROR, HARD, MULTI, OVERFLOW, PATCH_FLAGS, UNSUPPORTED  # noqa: F401
from jbatt.values.row import GridRow, Out
from jbatt.values.types import BOOLEAN, GRID, INTEGER, ListType, StructType, is_patch, item_type

SMALL_LIST = 16
"""Items of a list that a kernel returns among its scalars (palettes)."""


@dataclass
class Counters:
    """What running kernels has cost: counts, and seconds of compiling and executing."""

    compiled: int = 0
    loaded: int = 0
    calls: int = 0
    rows: int = 0
    compile: float = 0.0
    execute: float = 0.0
    by_kernel: dict[str, int] = field(default_factory=dict)


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


def limits(side: int) -> tuple[int, int]:
    """Rows of one call, and of one bulk transfer, by capacity class."""
    scale = (side // 32) ** 2
    return max(16, 1024 // scale), max(8, 256 // scale)


class Kernels:
    """The executables of one register file, compiled when first needed."""

    def __init__(self, file: PlaneFile, counters: Counters, chunk: int = 16, on_compile=None, store=None):
        self.file, self.counters, self.chunk, self.store = file, counters, chunk, store
        self.rows, self.bulk = limits(file.side)
        self.on_compile = on_compile
        self._executables: dict[Any, Any] = {}

    # Compiling ----------------------------------------------------------------------------------------------------

    def _executable(self, key, build: Callable, donate: bool, *shapes):
        found = self._executables.get(key)
        if found is None:
            start = time.perf_counter()
            found = self._obtain(key, build, donate, shapes)
            self.counters.compile += time.perf_counter() - start
        return found

    def _obtain(self, key, build: Callable, donate: bool, shapes):
        """An executable from the store, or compiled and kept there."""
        name = f"{key} {self.file.side} {self.file.rows} {self.rows} {self.bulk} {self.chunk}"
        found = self.store.load(name) if self.store else None
        if found is not None:
            self.counters.loaded += 1
        else:
            if self.on_compile:
                self.on_compile(key)
            abstract = jax.tree.map(lambda x: jax.ShapeDtypeStruct(np.shape(x), x.dtype), shapes)
            found = jax.jit(build(), donate_argnums=(0,) if donate else ()).lower(*abstract).compile()
            self.counters.compiled += 1
            if self.store:
                self.store.save(name, found)
        self._executables[key] = found
        return found

    def prepare(self, signatures: list[tuple[Overload, tuple, Any]]) -> None:
        """Obtain the kernels of these row overloads, side by side: XLA compiles without Python's lock."""
        count = np.int32(0)
        jobs = []
        for overload, types, result in signatures:
            key = (overload.key, types)
            if overload.scalar or key in self._executables:
                continue
            slots = sum(width(t) for t in types)
            if overload.pick is None:
                block = np.zeros((slots + 1, self.rows), np.int32)
                build = partial(self._row_kernel, overload, types, result)
                jobs.append((key, build, True, (self.file.array, block, count)))
            else:
                block = np.zeros((slots, self.bulk), np.int32)
                build = partial(self._state_kernel, overload, types)
                jobs.append((key, build, False, (self.file.array, block, count)))
        start = time.perf_counter()
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
            for done in [pool.submit(self._obtain, *job) for job in jobs]:
                done.result()
        self.counters.compile += time.perf_counter() - start

    def _run(self, key, build, *args, donate=True):
        executable = self._executable(key, build, donate, *args)
        start = time.perf_counter()
        out = executable(*args)
        self.counters.calls += 1
        self.counters.by_kernel[key[0]] = self.counters.by_kernel.get(key[0], 0) + 1
        return out, start

    def _done(self, start):
        self.counters.execute += time.perf_counter() - start

    # Primitives ---------------------------------------------------------------------------------------------------

    def call(self, overload: Overload, types: tuple, packed: np.ndarray, result, out_ids) -> np.ndarray:
        """Run a row overload: packed int32[A, n] arguments; results' scalars and flags int32[B, n].

        Planes of the results go to the rows `out_ids` int32[n] (None where the result has none).
        """
        n = packed.shape[1]
        parts = []
        for first in range(0, n, self.rows):
            count = min(self.rows, n - first)
            block = np.zeros((packed.shape[0] + 1, self.rows), np.int32)
            block[:-1, :count] = packed[:, first : first + count]
            if out_ids is not None:
                block[-1, :count] = out_ids[first : first + count]
            key = (overload.key, types)
            (self.file.array, out), start = self._run(
                key,
                lambda: self._row_kernel(overload, types, result),
                self.file.array,
                block,
                np.int32(count),
            )
            parts.append(np.asarray(out)[:, :count])
            self._done(start)
            self.counters.rows += count
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def _row_kernel(self, overload: Overload, types: tuple, result):
        function = with_side(overload.function, self.file.side)
        has_plane = result is GRID or is_patch(result)

        def row(file, slots):
            slots = list(slots)
            out = function(*(unpack(t, slots, file) for t in types))
            out = out if isinstance(out, Out) else Out(out)
            scalars, plane = pack(result, out.value)
            return jnp.stack([*scalars, flags_of(out)]), plane

        chunk = 1 if overload.rowwise else self.chunk
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

    # Families -----------------------------------------------------------------------------------------------------

    def family(self, overload: Overload, types: tuple, packed: np.ndarray, result, allocate, keep):
        """Run a family: counts int32[n], flags int32[n], and the items' scalars int32[B, m] and rows int32[m].

        `allocate(m)` gives the rows for m items; `keep(flags)` says which of the calls count.
        """
        n = packed.shape[1]
        item = item_type(result)
        counts, flags, scalars, ids = [], [], [], []
        for first in range(0, n, self.bulk):
            count = min(self.bulk, n - first)
            block = np.zeros((packed.shape[0], self.bulk), np.int32)
            block[:, :count] = packed[:, first : first + count]
            key = (overload.key, types)
            (state, out), start = self._run(
                key,
                lambda: self._state_kernel(overload, types),
                self.file.array,
                block,
                np.int32(count),
                donate=False,
            )
            out = np.asarray(out)[:, :count]
            self._done(start)
            self.counters.rows += count
            number = np.where(keep(out[1], first), np.maximum(out[0], 0), 0)
            counts.append(number)
            flags.append(out[1])
            total = int(number.sum())
            rows = allocate(total)
            ids.append(rows)
            parent = np.repeat(np.arange(count), number)
            place = np.arange(total) - np.repeat(np.cumsum(number) - number, number)
            for f in range(0, total, self.rows):
                m = min(self.rows, total - f)
                args = np.zeros((packed.shape[0] + 3, self.rows), np.int32)
                args[:-3, :m] = block[:, parent[f : f + m]]
                args[-3, :m], args[-2, :m] = parent[f : f + m], place[f : f + m]
                args[-1, :m] = rows[f : f + m]
                key = (overload.key + ".item", types)
                (self.file.array, out), start = self._run(
                    key,
                    lambda: self._item_kernel(overload, types, item),
                    self.file.array, state, args, np.int32(m),
                )  # fmt: skip
                scalars.append(np.asarray(out)[:, :m])
                self._done(start)
        extra = width(item) - 1
        columns = np.concatenate(scalars, axis=1) if scalars else np.zeros((extra, 0), np.int32)
        return np.concatenate(counts), np.concatenate(flags), columns, np.concatenate(ids)

    def _state_kernel(self, overload: Overload, types: tuple):
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

    def _item_kernel(self, overload: Overload, types: tuple, item):
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

    # Transfers and unions -----------------------------------------------------------------------------------------

    def upload(self, ids: np.ndarray, planes: np.ndarray) -> None:
        """Write planes int8[n, U, U] to rows."""
        side = self.file.side
        for first in range(0, len(ids), self.bulk):
            m = min(self.bulk, len(ids) - first)
            block = np.full((self.bulk, side, side), -1, np.int8)
            block[:m] = planes[first : first + m]
            rows = np.zeros(self.bulk, np.int32)
            rows[:m] = ids[first : first + m]

            def build():
                def kernel(file, rows, planes, n):
                    def step(k, file):
                        return lax.dynamic_update_slice(file, planes[k][None], (rows[k], 0, 0))

                    return lax.fori_loop(0, n, step, file)

                return kernel

            self.file.array, start = self._run(("upload",), build, self.file.array, rows, block, np.int32(m))
            self._done(start)

    def fetch(self, ids: np.ndarray) -> np.ndarray:
        """Planes int8[n, U, U] of rows."""
        side = self.file.side
        parts = [np.zeros((0, side, side), np.int8)]
        for first in range(0, len(ids), self.bulk):
            m = min(self.bulk, len(ids) - first)
            rows = np.zeros(self.bulk, np.int32)
            rows[:m] = ids[first : first + m]

            def build():
                def kernel(file, rows, n):
                    def step(k, out):
                        return lax.dynamic_update_slice(out, file[rows[k]][None], (k, 0, 0))

                    return lax.fori_loop(0, n, step, jnp.zeros((self.bulk, side, side), jnp.int8))

                return kernel

            out, start = self._run(("fetch",), build, self.file.array, rows, np.int32(m), donate=False)
            parts.append(np.asarray(out)[:m])
            self._done(start)
        return np.concatenate(parts) if len(parts) != 2 else parts[1]

    def union(self, source: np.ndarray, target: np.ndarray, fresh: np.ndarray) -> np.ndarray:
        """Draw planes over each other, the larger colour staying; bool[n]: where two colours met.

        `target` rows are cleared where `fresh` is set, before the source is drawn.
        """
        n, side = len(source), self.file.side
        met = np.zeros(n, bool)

        def build():
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

                return lax.fori_loop(0, n, step, (file, jnp.zeros(self.rows, jnp.bool_)))

            return kernel

        for first in range(0, n, self.rows):
            m = min(self.rows, n - first)
            packed = np.zeros((3, self.rows), np.int32)
            packed[0, :m], packed[1, :m] = source[first : first + m], target[first : first + m]
            packed[2, :m] = fresh[first : first + m]
            (self.file.array, out), start = self._run(("union",), build, self.file.array, packed, np.int32(m))
            met[first : first + m] = np.asarray(out)[:m]
            self._done(start)
        return met
