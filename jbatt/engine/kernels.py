"""Kernels: one executable a primitive, signature and capacity class, whatever the number of rows.

A kernel takes the register file (donated), the arguments of up to `rows` calls packed into one int32 array (scalars as
they are, planes as row numbers) and how many there are. It loops over chunks of rows: gather, compute, write back. So
the work grows with the rows that there are, and one executable serves every batch size.

This is the host's side: getting executables and calling them. What they are made of is in `jbatt.engine.traced`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np

from jbatt.cores import cores
from jbatt.dsl.registry import Overload
from jbatt.engine import traced
from jbatt.engine.counters import Counters
from jbatt.engine.registers import PlaneFile
from jbatt.engine.traced import SMALL_LIST, flags_of, pack, width, with_side  # noqa: F401
from jbatt.values.flags import CLIPPED, ERROR, HARD, MULTI, OVERFLOW, PATCH_FLAGS, UNSUPPORTED  # noqa: F401
from jbatt.values.types import item_type

LOADING, COMPILING = 0.006, 0.2
"""Seconds to obtain a kernel from disk, or to compile it beside others, on average."""
RUNS = 4
"""Compiling is paid once and kept: so many runs like this one are expected to share it."""

LEAST, MOST = 4, 16
"""Rows that a kernel evaluates together. Of large planes most calls have one or two rows, and others would be computed for nothing;
one row alone is what XLA's CPU backend is worst at: `shift` takes 20 ms in class 256, instead of 0.05 in a group of four."""


TRANSFERS = frozenset([("upload",), ("fetch",)])


class Obtained(NamedTuple):
    """An executable that was compiled or loaded, and the seconds that took."""

    key: tuple
    compiled: bool
    seconds: float


PIECE = 1 << 24
"""Bytes of planes that are looked at together on the host."""


def limits(side: int) -> tuple[int, int]:
    """Rows of one call, and of one bulk transfer, by capacity class."""
    scale = (side // 32) ** 2
    return max(16, 1024 // scale), max(8, 256 // scale)


def compiled(store, name: str, function: Callable, shapes: tuple, donate: tuple[int, ...] = ()) -> Any:
    """The executable of a function for arguments of these shapes; kept in the store, where there is one."""
    if store is not None:
        return store.compile(name, function, shapes, donate)
    return jax.jit(function, donate_argnums=donate).lower(*shapes).compile()


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts or [np.zeros(0, np.int32)])


class Kernels:
    """The executables of one register file, compiled when first needed."""

    def __init__(self, file: PlaneFile, counters: Counters, on_compile=None, store=None):
        self.file, self.counters, self.store = file, counters, store
        self.chunk = min(MOST, max(LEAST, 1024 // file.side))
        self.rows, self.bulk = limits(file.side)
        self.on_compile = on_compile
        self._executables: dict[Any, Any] = {}
        self._looked_for: set[Any] = set()

    # Compiling ----------------------------------------------------------------------------------------------------

    def _executable(self, key, build: Callable, donate: bool, *shapes):
        if key not in self._executables:
            made = self._obtain(key, build, donate, shapes)
            self._noted([made], made.seconds)
        return self._executables[key]

    def _name(self, key) -> str:
        """What an executable is kept under."""
        return f"{key} {self.file.side} {self.file.rows} {self.rows} {self.bulk} {self.chunk}"

    def _obtain(self, key, build: Callable, donate: bool, shapes) -> Obtained:
        """Get an executable from the store, or compile and keep it."""
        found = self._load(key)
        if found is not None:
            return found
        start = time.perf_counter()
        if self.on_compile:
            self.on_compile(key)
        abstract = jax.tree.map(lambda x: jax.ShapeDtypeStruct(np.shape(x), x.dtype), shapes)
        donated = (0,) if donate else ()
        self._executables[key] = compiled(self.store, self._name(key), build(), abstract, donated)
        return Obtained(key, True, time.perf_counter() - start)

    def _load(self, key) -> Obtained | None:
        """Get an executable from the store, if it is there."""
        start = time.perf_counter()
        found = self.store.load(self._name(key)) if self.store else None
        if found is None:
            return None
        self._executables[key] = found
        return Obtained(key, False, time.perf_counter() - start)

    def _noted(self, made: list[Obtained | None], seconds: float) -> None:
        """Count what was obtained; the seconds that passed are shared out between compiling and loading as the work was."""
        both = compiling = 0.0
        for one in made:
            if one is None:
                continue
            both += one.seconds
            if one.compiled:
                compiling += one.seconds
                self.counters.compiled += 1
                self.counters.compiled_kernels.append((self.file.side, one.key[0], one.seconds))
            else:
                self.counters.loaded += 1
        share = compiling / both if both else 0.0
        self.counters.compile += seconds * share
        self.counters.load += seconds * (1 - share)

    def _together(self, jobs: list[Callable[[], Obtained | None]]) -> None:
        """Obtain executables side by side: XLA compiles and loads without Python's lock."""
        if not jobs:
            return
        start = time.perf_counter()
        with ThreadPoolExecutor(max_workers=cores()) as pool:
            made = [done.result() for done in [pool.submit(job) for job in jobs]]
        self._noted(made, time.perf_counter() - start)

    def _missing(self, signatures: list[tuple[Overload, tuple, Any]]) -> list[tuple[Overload, tuple, Any]]:
        return [s for s in signatures if not s[0].scalar and (s[0].key, s[1]) not in self._executables]

    def price(self, signatures: list[tuple[Overload, tuple, Any]]) -> float:
        """About how many seconds a run pays for the kernels of these row overloads: loading, and its share of compiling."""
        names = [self._name((overload.key, types)) for overload, types, _ in self._missing(signatures)]
        kept = sum(self.store.has(name) for name in names) if self.store is not None else 0
        return LOADING * len(names) + COMPILING / RUNS * (len(names) - kept)

    def preload(self, signatures: list[tuple[Overload, tuple, Any]]) -> None:
        """Load those kernels of these row overloads that are kept; what is not is compiled when it is needed, if it is."""
        if self.store is None:
            return
        keys: list[tuple] = [*TRANSFERS]
        for overload, types, _ in signatures:
            if not overload.scalar:
                keys.append((overload.key, types))
                if overload.pick is not None:
                    keys.append((overload.key + ".item", types))
        new = [k for k in keys if k not in self._executables and k not in self._looked_for]
        self._looked_for.update(new)
        self._together([partial(self._load, key) for key in new if self.store.has(self._name(key))])

    def prepare(self, signatures: list[tuple[Overload, tuple, Any]]) -> None:
        """Obtain the kernels of these row overloads."""
        self.preload(signatures)
        count = np.int32(0)
        jobs: list[Callable[[], Obtained | None]] = []
        for overload, types, result in self._missing(signatures):
            slots = sum(width(t) for t in types)
            key = (overload.key, types)
            if overload.pick is None:
                block = np.zeros((slots + 1, self.rows), np.int32)
                build = partial(traced.row_kernel, overload, types, result, self.file.side, self.chunk)
                jobs.append(partial(self._obtain, key, build, True, (self.file.array, block, count)))
            else:
                block = np.zeros((slots, self.bulk), np.int32)
                build = partial(traced.state_kernel, overload, types)
                jobs.append(partial(self._obtain, key, build, False, (self.file.array, block, count)))
        self._together(jobs)

    def _run(self, key, build, *args, rows: int, donate=True):
        """Call a kernel; what it gives, and what to hand to `_done` when it is there."""
        executable = self._executable(key, build, donate, *args)
        start = time.perf_counter()
        return executable(*args), (key, rows, start)

    def _done(self, call) -> None:
        key, rows, start = call
        seconds = time.perf_counter() - start
        self.counters.called(self.file.side, key[0], key[1] if len(key) > 1 else (), rows, seconds)
        if key in TRANSFERS:
            self.counters.transfer += seconds
        else:
            self.counters.ran(start, start + seconds)

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
            (self.file.array, out), call = self._run(
                key,
                partial(traced.row_kernel, overload, types, result, self.file.side, self.chunk),
                self.file.array,
                block,
                np.int32(count),
                rows=count,
            )
            parts.append(np.asarray(out)[:, :count])
            self._done(call)
            self.counters.rows += count
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    # Families -----------------------------------------------------------------------------------------------------

    def family(self, overload: Overload, types: tuple, packed: np.ndarray, result, allocate):
        """Run a family: counts int32[n], flags int32[n], and the items' scalars int32[B, m] and rows int32[m].

        `allocate(m)` gives the rows for m items. Calls with hard flags have none.
        """
        n = packed.shape[1]
        item = item_type(result)
        counts, flags, scalars, ids = [], [], [], []
        for first in range(0, n, self.bulk):
            count = min(self.bulk, n - first)
            block = np.zeros((packed.shape[0], self.bulk), np.int32)
            block[:, :count] = packed[:, first : first + count]
            key = (overload.key, types)
            (state, out), call = self._run(
                key,
                partial(traced.state_kernel, overload, types),
                self.file.array,
                block,
                np.int32(count),
                rows=count,
                donate=False,
            )
            out = np.asarray(out)[:, :count]
            self._done(call)
            self.counters.rows += count
            number = np.where((out[1] & HARD) == 0, np.maximum(out[0], 0), 0)
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
                (self.file.array, out), call = self._run(
                    key,
                    partial(traced.item_kernel, overload, types, item),
                    self.file.array, state, args, np.int32(m), rows=m,
                )  # fmt: skip
                scalars.append(np.asarray(out)[:, :m])
                self._done(call)
        extra = width(item) - 1
        columns = np.concatenate(scalars, axis=1) if scalars else np.zeros((extra, 0), np.int32)
        return _joined(counts), _joined(flags), columns, _joined(ids)

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
            self.file.array, call = self._run(
                ("upload",), traced.upload_kernel, self.file.array, rows, block, np.int32(m), rows=m
            )
            self._done(call)

    def fetch(self, ids: np.ndarray) -> np.ndarray:
        """Planes int8[n, U, U] of rows."""
        side = self.file.side
        parts = [np.zeros((0, side, side), np.int8)]
        for first in range(0, len(ids), self.bulk):
            m = min(self.bulk, len(ids) - first)
            rows = np.zeros(self.bulk, np.int32)
            rows[:m] = ids[first : first + m]
            build = partial(traced.fetch_kernel, side, self.bulk)
            out, call = self._run(("fetch",), build, self.file.array, rows, np.int32(m), rows=m, donate=False)
            parts.append(np.asarray(out)[:m])
            self._done(call)
        return np.concatenate(parts) if len(parts) != 2 else parts[1]

    def pieces(self, ids: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """Planes of rows, some at a time, so that the host holds no more than PIECE bytes of them: (which of the rows, int8[n, U, U])."""
        step = max(self.bulk, PIECE // self.file.side**2)
        for first in range(0, len(ids), step):
            which = slice(first, min(first + step, len(ids)))
            yield which, self.fetch(ids[which])

    def union(self, source: np.ndarray, target: np.ndarray, fresh: np.ndarray) -> np.ndarray:
        """Draw planes over each other, the larger colour staying; bool[n]: where two colours met.

        `target` rows are cleared where `fresh` is set, before the source is drawn.
        """
        n = len(source)
        met = np.zeros(n, bool)
        build = partial(traced.union_kernel, self.file.side, self.rows)
        for first in range(0, n, self.rows):
            m = min(self.rows, n - first)
            packed = np.zeros((3, self.rows), np.int32)
            packed[0, :m], packed[1, :m] = source[first : first + m], target[first : first + m]
            packed[2, :m] = fresh[first : first + m]
            (self.file.array, out), call = self._run(
                ("union",), build, self.file.array, packed, np.int32(m), rows=m
            )
            met[first : first + m] = np.asarray(out)[:m]
            self._done(call)
        return met
