"""What a program is to the engine: the type of each line, its kernels, the capacity classes it needs, what it costs."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from jbatt.dsl.domain import Closure, Unsupported
from jbatt.dsl.registry import Overload
from jbatt.engine.batch import Batch
from jbatt.engine.interpreter import Answer, Interpreter
from jbatt.engine.lower import Lowered
from jbatt.program import Program, ProgramSet
from jbatt.program.listing import Line, listing
from jbatt.store.executables import ExecutableStore

STEP_US = (0.5, 4.0)
"""Microseconds that a row takes on the machine in class 32, measured: from a number to a plane (docs/engine.md)."""


@dataclass(frozen=True)
class Kernel:
    """One implementation of a primitive: its argument and result types, and whether it runs without a kernel of its own."""

    primitive: str
    args: tuple
    result: Any
    host: bool


@dataclass
class Measured:
    """A program on the pairs of a task.

    rows: (primitive, capacity class) -> rows evaluated for all pairs; sides: for each pair the largest class that was
    used; first, again: seconds for all pairs together, the first time and when everything is loaded.
    """

    pairs: int
    rows: Counter = field(default_factory=Counter)
    sides: list[int] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    first: float = 0.0
    again: float = 0.0
    compiled: int = 0

    @property
    def rows_a_pair(self) -> float:
        return sum(self.rows.values()) / self.pairs

    @property
    def estimate_us(self) -> tuple[float, float]:
        """Microseconds a pair where many candidates run together: what rows cost on the machine, least and most."""
        return self.rows_a_pair * STEP_US[0], self.rows_a_pair * STEP_US[1]


@dataclass
class Explanation:
    """lines: each with the text of its type, or why it has none; operations: of the lowered program (0 where it has no type)."""

    program: Program
    lines: list[tuple[Line, str, bool]]
    canonical: str
    kernels: list[Kernel]
    operations: int
    unsupported: str
    measured: Measured | None = None


def explain(
    program: Program, programs: ProgramSet, grids: list[np.ndarray] | None = None, timeout: float = 10.0
) -> Explanation:
    """Explain a program of a set; with grids, int8[h, w] each, also measure it on them."""
    graph = programs.graph
    interpreter = Interpreter(graph, store=ExecutableStore())
    inference = interpreter.inference
    lines = []
    for line in listing(program, graph):
        try:
            lines.append((line, _type_text(inference.of(line.node)), True))
        except Unsupported as e:
            lines.append((line, str(e), False))
    unsupported, operations = "", 0
    kernels: list[Kernel] = []
    try:
        inference.of(program.root)
        operations = _operations(programs, program.root)
        nodes = graph.reachable(program.root)
        kernels = [_kernel(*s) for s in inference.signatures(nodes)]
    except Unsupported as e:
        unsupported = str(e)
    canonical = graph.canonical(program.root, 600)
    found = Explanation(program, lines, canonical, kernels, operations, unsupported)
    if grids and not unsupported:
        found.measured = _measure(interpreter, program.root, grids, timeout)
    return found


def _kernel(overload: Overload, types: tuple, result: Any) -> Kernel:
    return Kernel(overload.primitive, types, result, overload.scalar)


def _type_text(found: Any) -> str:
    return f"Callable: {found}" if isinstance(found, Closure) else str(found.type)


def _operations(programs: ProgramSet, root: int) -> int:
    """Distinct operations that the program is lowered to."""
    from jbatt.engine.plan import Nodes

    lowered = Lowered(programs.graph)
    lowered.extend(root + 1)
    value = lowered.values[root]
    slot = getattr(value, "slot", None)
    if isinstance(value, Exception) or slot is None:
        return 0
    return len(Nodes(lowered, np.array([slot // 3])).op)


def _measure(interpreter: Interpreter, root: int, grids: list[np.ndarray], timeout: float) -> Measured:
    measured = Measured(len(grids))
    here: set[int] = set()

    def watching(side: int):
        def watch(name: str, args: list, made: Any) -> None:
            if isinstance(made, Batch):
                measured.rows[name, side] += made.n
                here.add(side)

        return watch

    begin, compiled = time.perf_counter(), interpreter.counters.compiled
    interpreter.prepare([root])
    engines = {side: interpreter.engine(side) for side in interpreter.classes}
    for side, engine in engines.items():
        engine.watch = watching(side)
    try:
        for grid in grids:
            here.clear()
            measured.answers.append(interpreter.run([root], [grid], timeout)[0][0])
            measured.sides.append(max(here, default=0))
    finally:
        for engine in engines.values():
            engine.watch = None
    measured.first = time.perf_counter() - begin
    measured.compiled = interpreter.counters.compiled - compiled
    begin = time.perf_counter()
    interpreter.run([root], grids, timeout)
    measured.again = time.perf_counter() - begin
    return measured
