"""Running jobs on the machine: what is needed for each unit, instructions written for it, answers read.

Everything here is vectorised over all units. Calls run side by side on all cores, each with memory of its own.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import blake2b
from typing import Any
from weakref import WeakSet

import jax
import numpy as np

from jbatt.cores import cores
from jbatt.engine.counters import Counters
from jbatt.engine.kernels import RUNS, compiled
from jbatt.engine.machine.context import (
    FIRST_SLOT,
    HEAD,
    INSTRUCTION,
    LEFT,
    MARK_SLOT,
    OPCODE,
    SLOT,
    VALUES,
)
from jbatt.engine.machine.instructions import Steps, written
from jbatt.engine.machine.layout import WORDS
from jbatt.engine.machine.loop import (
    JOB,
    KIND,
    SHORT,
    STOPPED,
    VAST,
    Sizes,
    program,
    shapes,
)
from jbatt.engine.machine.table import table
from jbatt.engine.memory import give_back, in_large_pages, untouched, unwritten
from jbatt.engine.waiting import CALLS, callers, finish
from jbatt.values.window import CLASSES, largest_grid, margin

ANSWERED = 1 << 8
"""Set in the flags of an answer that was given."""
MANY_ROWS = 1 << 10
"""Set in those of a root that needs more rows at once, by itself, than shards hold."""
LOADING, COMPILING = 3.0, 45.0
"""Seconds to load the machine from disk, or to compile it, in each class."""
SAVED = 0.8e-3
"""Seconds that an evaluation takes less here than in a shard, in class 32: measured 0.3 (3,537 of the bank on tasks that are not
its own) to 0.75 ms (7,743 of mutants) before the machine became twice as fast. In class 64 they are twice as many."""
MEMORY = (6, 7, 8, 9)
"""Which arguments of the executable are its memory, and given back."""
KEPT = 64 << 20
"""Bytes of each part of the memory that stay a process's own between calls: nearly all calls use less. Less than loading a machine takes, before
which they are given back."""
MAKING = threading.Lock()
"""Held while memory is made, which takes all of it for a moment."""
PART = 1 << 11
"""Instructions of one call in the smallest class, about: enough that calling costs nothing, few enough that all cores
have some. In larger classes instructions take longer."""


def title(name: Any) -> str:
    """An opcode's name as text: a string, or (overload, types) and perhaps more for primitives."""
    if isinstance(name, str):
        return name
    overload, types, *more = name
    return " ".join([f"{overload.key}({', '.join(map(str, types))})", *map(str, more)])


@dataclass
class Work:
    """Roots (references of the steps that judge them, int64[n], each once) of one unit, for some of its examples.

    inputs, expected: for each example its row among the grids, and that of its output.
    """

    roots: np.ndarray
    inputs: list[int]
    expected: list[int]


_MADE: WeakSet[Machine] = WeakSet()


def _spare() -> None:
    """Give back what machines only keep for later: nothing takes as much memory as loading one does."""
    for machine in list(_MADE):
        for planes in _taken(machine._planes):
            machine._planes.put(untouched(planes, machine.side**2))
        for values, heads, slots in _taken(machine._rest):
            machine._rest.put((untouched(values, 4 * WORDS), heads, slots))
    give_back()


def _taken(memory: queue.LifoQueue) -> list:
    """What no call uses now, so that none begins to."""
    found = []
    with suppress(queue.Empty):
        while True:
            found.append(memory.get_nowait())
    return found


class Machine:
    """The machine of one capacity class. threads: calls that run side by side. rest: memory that the machines of all classes share."""

    def __init__(
        self,
        side: int,
        counters: Counters,
        store=None,
        on_compile=None,
        threads: int | None = None,
        rest: queue.LifoQueue | None = None,
    ):
        self.side, self.counters, self.store, self.on_compile = side, counters, store, on_compile
        self.sizes = Sizes().scaled(side)
        self.threads = threads or cores()
        self.part = PART * CLASSES[0] ** 2 // side**2
        self.instructions = 0
        """Instructions given out so far, each once for each example."""
        self._executable: Any = None
        self._declined = 0
        self._planes: queue.LifoQueue = queue.LifoQueue()
        self._rest: queue.LifoQueue = queue.LifoQueue() if rest is None else rest
        _MADE.add(self)

    @cached_property
    def name(self) -> str:
        """What the executable is kept under: its steps' numbers are part of it, wherever they are declared."""
        steps = [(title(name), *vars(code).values()) for name, code in table(self.side).opcodes.items()]
        return f"machine {self.side} {self.sizes} {blake2b(repr(steps).encode(), digest_size=8).hexdigest()}"

    def is_worth(
        self, evaluations: int, kernels: Callable[[], float] = lambda: 0.0, expected: int = 0
    ) -> bool:
        """Whether to get the machine ready for so many evaluations, rather than evaluate them in shards.

        kernels: gives the seconds it takes to obtain what shards need. Evaluations that went to shards before count as well:
        once they have cost as much as the machine, the next ones will, too. expected: all evaluations of a run, where they
        come one by one. While another process compiles it, shards do more than waiting does.
        """
        if self._executable is not None:
            return True
        kept = self.store is not None and self.store.has(self.name)
        if not kept and self.store is not None and self.store.is_being_made(self.name):
            return False
        price = LOADING if kept else LOADING + COMPILING / RUNS
        saved = SAVED * self.side / CLASSES[0]
        self._declined += evaluations
        return max(self._declined, expected) * saved + kernels() >= price

    def executable(self):
        """The compiled machine, from the store if it is there."""
        if self._executable is None:
            start, counters = time.perf_counter(), self.counters
            _spare()
            self._executable = self.store.load(self.name) if self.store else None
            if self._executable is not None:
                give_back()
                counters.loaded += 1
                counters.load += time.perf_counter() - start
                return self._executable
            if self.on_compile:
                self.on_compile(("machine", self.side))
            function = partial(program(self.side), capacity=self.sizes.answers)
            given = shapes(self.side, self.sizes)
            self._executable = compiled(self.store, self.name, function, given, donate=MEMORY)
            give_back()
            seconds = time.perf_counter() - start
            counters.compiled += 1
            counters.compile += seconds
            counters.compiled_kernels.append((self.side, "machine", seconds))
        return self._executable

    def _memory(self) -> tuple:
        """What a call overwrites. It takes memory as it is used; rows are read only after they were written, but for the first."""
        s, cells = self.sizes, self.side**2
        try:
            planes = self._planes.get_nowait()
        except queue.Empty:
            planes = self._zeros((s.planes, cells), np.int8, -1)
        try:
            values, heads, slots = self._rest.get_nowait()
        except queue.Empty:
            values, heads = (
                self._zeros(shape, np.int32, LEFT) for shape in ((s.values, WORDS), (s.heads, HEAD))
            )
            slots = self._zeros((s.slots, SLOT), np.int32, 0)
        return values, heads, planes, slots

    @staticmethod
    def _zeros(shape: tuple[int, int], dtype: Any, mark: int) -> jax.Array:
        """Zeros but for the first row: that is empty (-1), or begins with a mark."""
        made = np.zeros(shape, dtype)
        made[0, : None if mark < 0 else 1] = mark
        with MAKING:
            return in_large_pages(untouched(jax.device_put(made), made[0].nbytes))

    def _give_back(self, values, heads, planes, slots) -> None:
        """Keep what a call has used for the next one, of whatever class, but for the pages of one that has used very much."""
        for array in (values, planes):
            untouched(array, KEPT)
        self._planes.put(planes)
        self._rest.put((values, heads, slots))

    @property
    def most_examples(self) -> int:
        """Examples, inputs and outputs together, that one call of `run` takes."""
        return min(self.sizes.grids // 2 - 1, self.sizes.jobs)

    def fits(self, grid: np.ndarray) -> bool:
        return max(grid.shape) <= largest_grid(self.side)

    def encoded(self, grids: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Grids as planes int8[*, U * U] and sizes int32[*, 2]; row 0, and what is too large, equals no grid. Rows after these are not read."""
        side, m = self.side, margin(self.side)
        planes = unwritten((self.sizes.grids, side, side), np.int8)
        sizes = unwritten((self.sizes.grids, 2), np.int32)
        planes[: 1 + len(grids)], sizes[: 1 + len(grids)] = -1, -1
        for k, grid in enumerate(grids, 1):
            if self.fits(grid):
                h, w = sizes[k] = grid.shape
                planes[k, m : m + h, m : m + w] = grid
        return planes.reshape(len(planes), -1), sizes

    def run(self, steps: Steps, work: list[Work], grids: list[np.ndarray]) -> list[np.ndarray]:
        """As `running`, without anything else going on meanwhile."""
        return finish(self.running(steps, work, grids))

    def running(
        self, steps: Steps, work: list[Work], grids: list[np.ndarray], much: set[int] | None = None
    ) -> Generator[Future, None, list[np.ndarray]]:
        """For each piece of work its answers, int32[roots, examples, 2]: flags (ANSWERED among them) and score.

        Roots whose steps are too much for the machine's memory, together with the others or alone, are not answered.
        much: roots known to be too much, which are evaluated by themselves from the start; those found to be are added.
        """
        much = set() if much is None else much
        executable = self.executable()
        constants = unwritten((self.sizes.constants, WORDS), np.int32)
        constants[:] = 0
        for k, words in enumerate(steps.assembler.constants):
            constants[k, 1 : 1 + len(words)] = words
        planes, sizes = self.encoded(grids)
        shared = [jax.device_put(a) for a in (planes, sizes, constants)]
        answers = [np.zeros((len(w.roots), len(w.inputs), 2), np.int32) for w in work]
        todo = [
            (k, roots)
            for k, w in enumerate(work)
            if w.inputs
            for roots in _apart(w.roots, much)
            if len(roots)
        ]

        def call(made: _Call):
            with CALLS.one(self.threads):
                memory = self._memory()
                start = time.perf_counter()
                *memory, out, traps = executable(
                    made.instructions, made.jobs, np.int32(made.n), *shared, *memory
                )
                out, traps = np.asarray(out), np.asarray(traps)
                self._give_back(*memory)
                return out, traps, start, time.perf_counter()

        pool, part = callers(self.threads), self.part
        while todo:
            again, pending = [], []
            for made in self._calls(steps, work, todo, part):
                if isinstance(made, tuple):
                    again += _halves(*made)
                else:
                    pending.append((made, pool.submit(call, made)))
            for made, future in pending:
                if not future.done():
                    yield future
                out, traps, start, end = future.result()
                self.counters.called(self.side, "machine", (), made.n, end - start)
                self.counters.ran(start, end)
                again += made.read(out, traps, answers, much)
            todo, part = again, 0
        return answers

    def _calls(self, steps: Steps, work: list[Work], todo: list[tuple[int, np.ndarray]], part: int):
        """The calls, of about `part` instructions, for what is to do; pieces that are too large for one are given back."""
        wanted = [work[k].roots[r] // 2 for k, r in todo]
        table, ends = written(steps, wanted)
        first, begin = 0, 0
        current = _Call(self.sizes)
        for u, (k, roots) in enumerate(todo):
            begin, end = first, int(ends[u])
            first = end
            w = work[k]
            size = end - begin
            if 2 * size + FIRST_SLOT >= self.sizes.slots or len(roots) * len(w.inputs) >= self.sizes.answers:
                yield k, roots
                continue
            # The answers of steps are numbered as the steps are.
            order = np.argsort(w.roots[roots])
            if not current.has_room(size, len(w.inputs), len(roots)) or current.used > part:
                if current.n:
                    yield current
                current = _Call(self.sizes)
            current.add(table[begin:end], k, roots[order], w)
            if self.counters.steps is not None:
                self._count(table[begin:end], len(w.inputs), self.counters.steps)
            self.instructions += (size - 1) * len(w.inputs)
        if current.n:
            yield current

    def _count(self, table: np.ndarray, times: int, into: dict[tuple[int, int, int], int]) -> None:
        """Note how often each step is given to the machine: each instruction, but for the mark, once for each example."""
        table = table[table[:, VALUES] != MARK_SLOT]
        numbers, counts = np.unique(table[:, [KIND, OPCODE]], axis=0, return_counts=True)
        for (kind, number), count in zip(numbers.tolist(), counts.tolist(), strict=True):
            key = (self.side, kind, number)
            into[key] = into.get(key, 0) + count * times


class _Call:
    """One call of the executable, being written: instructions up to `used` and jobs up to `n`; no others are read."""

    def __init__(self, sizes: Sizes):
        self.sizes = sizes
        self.instructions = unwritten((sizes.instructions, INSTRUCTION), np.int32)
        self.jobs = unwritten((sizes.jobs, JOB), np.int32)
        self.used = self.n = self.answers = 0
        self._pieces: list[tuple[int, np.ndarray, int, Work, int]] = []

    def has_room(self, instructions: int, jobs: int, roots: int) -> bool:
        return (
            self.used + instructions <= self.sizes.instructions
            and self.n + jobs <= self.sizes.jobs
            and self.answers + jobs * roots <= self.sizes.answers
        )

    def add(self, table: np.ndarray, k: int, roots: np.ndarray, work: Work) -> None:
        begin, end = self.used, self.used + len(table)
        self.instructions[begin:end] = table
        self.used = end
        self._pieces.append((k, roots, self.n, work, self.answers))
        for given, expected in zip(work.inputs, work.expected, strict=True):
            self.jobs[self.n, :5] = begin, end, given, expected, self.answers
            self.n += 1
            self.answers += len(roots)

    def read(self, out: np.ndarray, traps: np.ndarray, answers: list[np.ndarray], much: set[int]):
        """Answers where they belong; pieces for which memory ended, without what has its answer. much: roots for which it ended alone."""
        again: list[tuple[int, np.ndarray]] = []
        for k, roots, job, work, first in self._pieces:
            examples = len(work.inputs)
            made = out[first : first + examples * len(roots)].reshape(examples, len(roots), 2)
            answers[k][roots] = made.transpose(1, 0, 2)
            trapped = traps[job : job + examples]
            if len(roots) == 1 and trapped.any():
                much.add(int(work.roots[roots[0]]))
                flags = answers[k][roots[0], :, 0]
                flags[(trapped == VAST) & (flags & LEFT != 0)] |= MANY_ROWS
            if (trapped == STOPPED).any():
                again += _halves(k, roots[(made[:, :, 0] & ANSWERED == 0).any(axis=0)])
            # What is too much beside others may be enough for itself.
            if (trapped >= SHORT).any() and len(roots) > 1:
                again += [(k, roots[n : n + 1]) for n in np.flatnonzero((made[:, :, 0] & LEFT).any(axis=0))]
        return again


def _apart(refs: np.ndarray, much: set[int]) -> list[np.ndarray]:
    """The places of references, those that are too much each by itself."""
    alone = np.isin(refs, list(much)) if much else np.zeros(len(refs), bool)
    return [np.flatnonzero(~alone), *np.flatnonzero(alone)[:, None]]


def _halves(k: int, roots: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """A piece as two; nothing of one that cannot be cut."""
    middle = len(roots) // 2
    return [(k, roots[:middle]), (k, roots[middle:])] if middle else []
