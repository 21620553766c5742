"""Engines that outlive a run: register files and loaded kernels, used by one run at a time.

Loading a few hundred kernels takes seconds, so a process that validates again does not do it again.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jax

from jbatt.engine.counters import Counters
from jbatt.engine.kernels import Kernels
from jbatt.engine.machine.machine import Machine
from jbatt.engine.ragged import Engine
from jbatt.engine.registers import PlaneFile
from jbatt.values.window import CLASSES

MEMORY = 1 << 29
"""Bytes of the smallest class's register file; the others have a quarter each, made when they are first needed."""


def machine_classes() -> tuple[int, ...]:
    """The capacity classes that have a machine: on CPU all but the largest, in which planes are too large for it."""
    return CLASSES[:-1] if jax.default_backend() == "cpu" else ()


class Engines:
    """One engine for each capacity class. store: an ExecutableStore, or None to keep no kernels on disk."""

    def __init__(self, memory: int = MEMORY, classes=CLASSES, store=None):
        self.memory, self.classes, self.store = memory, classes, store
        self.counters = Counters()
        self.on_compile: Callable[[Any], Any] | None = None
        self.planned: Any = None
        """What the run before has planned, for a run of the same programs."""
        self.much: set[bytes] = set()
        """Digests of bodies that were too much for a machine's memory, by themselves: they are not evaluated beside others."""
        self.programs = 0
        """Of all runs, but for small ones."""
        self._engines: dict[int, Engine] = {}
        self._machines: dict[int, Machine] = {}
        self._rest: queue.LifoQueue = queue.LifoQueue()
        """The machines' memory but for planes. The last to be used is the next: the others may never grow."""

    def engine(self, side: int) -> Engine:
        """The engine of a capacity class, made when first needed."""
        if side not in self._engines:
            file = PlaneFile(side, self.memory if side == self.classes[0] else self.memory // 4)
            self._engines[side] = Engine(file, Kernels(file, self.counters, store=self.store))
        engine = self._engines[side]
        engine.kernels.counters, engine.kernels.on_compile = self.counters, self.on_compile
        return engine

    def machine(self, side: int) -> Machine:
        """The machine of a capacity class, made when first needed."""
        if side not in self._machines:
            self._machines[side] = Machine(side, self.counters, self.store, rest=self._rest)
        machine = self._machines[side]
        machine.counters, machine.on_compile = self.counters, self.on_compile
        return machine

    def close(self) -> None:
        """Give the memory back now: what holds on to itself in a circle would keep gigabytes until it is collected."""
        for engine in self._engines.values():
            engine.file.array.delete()
        self.planned = None
        self._engines.clear()
        self._machines.clear()
        self._rest = queue.LifoQueue()


KEPT = 2
"""Engines with different stores or memory that are kept at most: each may take gigabytes."""
_IDLE: dict[Any, Engines] = {}


@contextmanager
def lease(
    store=None,
    on_compile=None,
    memory: int = MEMORY,
    keep: bool = True,
    counters: Counters | None = None,
) -> Iterator[Engines]:
    """Engines for one run: those of the run before, if there was one in this process.

    keep: if False, they are new, and nothing of them is kept. counters: what the run's costs are added to. Where a run ends
    early its engines are not used again: a kernel may have been stopped while it held the file.
    """
    key = (None if store is None else str(store.folder), memory)
    engines = (_IDLE.pop(key, None) if keep else None) or Engines(memory, store=store)
    engines.counters, engines.on_compile = counters or Counters(), on_compile
    try:
        yield engines
    finally:
        if store is not None:
            start = time.perf_counter()
            store.flush()
            engines.counters.compile += time.perf_counter() - start
    engines.on_compile = None
    if keep:
        _IDLE[key] = engines
        while len(_IDLE) > KEPT:
            _IDLE.pop(next(iter(_IDLE))).close()
    else:
        engines.close()
