"""A program on one grid, every value on the way: what each line makes, and where and why it fails."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from jbatt.dsl.domain import Choice, Closure, Fixed, Unsupported
from jbatt.engine.batch import Batch, take
from jbatt.engine.decode import CAPACITY_ROW, ERROR_ROW, Flag, decode_batch, decode_data, flag_of
from jbatt.engine.interpreter import (
    CAPACITY,
    FAILED_TO_RUN,
    NO_ROOM,
    OK,
    TIMEOUT,
    UNSUPPORTED_ROW,
    Frame,
    Interpreter,
    TimeUp,
)
from jbatt.engine.kernels import CLIPPED, HARD
from jbatt.engine.ragged import TooMuch
from jbatt.engine.registers import RegistersFull
from jbatt.program import Graph, Program, ProgramSet
from jbatt.program.listing import Line, listing
from jbatt.run.score import score
from jbatt.see.why import Call, why
from jbatt.store.executables import ExecutableStore
from jbatt.values.types import GRID
from jbatt.values.window import CLASSES, largest_grid

NEEDS = "not reached"
CLIPPED_NOTE = "cells outside the largest arrays are not shown"
MULTI_NOTE = "of two colours at a location one is shown"


@dataclass(frozen=True, slots=True)
class Step:
    """What a line of a program came to.

    status: "ok", "error" (the reference raises), "capacity", "unsupported", "timeout", or "not reached" where it needs
    the value of a line that has none. value: a Python value as the reference has it, None where there is none; type: its
    DSL type; reason: why there is no value, or what it does not show; side: the capacity class that it fitted; used: whether the program's result depends on it.
    """

    line: Line
    status: str
    value: Any = None
    type: Any = None
    reason: str = ""
    side: int = 0
    used: bool = True


@dataclass(frozen=True)
class Trace:
    """A program on one grid.

    input, output, expected: int8[h, w]; output and expected may be None. status: "ok", or that of the first used line
    without a value; score: share of matching cells x 1000, None where nothing is expected.
    """

    program: Program
    input: np.ndarray
    expected: np.ndarray | None
    steps: list[Step]
    status: str
    reason: str
    output: np.ndarray | None
    label: str = ""
    score: int | None = field(default=None)

    @property
    def right(self) -> bool:
        """Whether the output is the expected one."""
        return self.score == 1000

    def show(self) -> None:
        """Print the trace, drawn, to the terminal."""
        from rich.console import Console

        from jbatt.see.trace_text import show_trace

        show_trace(self, Console())

    def _repr_html_(self) -> str:
        from jbatt.see.notebook import trace_html

        return trace_html(self)


def trace(
    program: Program,
    programs: ProgramSet,
    grid: np.ndarray,
    expected: np.ndarray | None = None,
    *,
    label: str = "",
    timeout: float = 10.0,
    interpreter: Interpreter | None = None,
) -> Trace:
    """Evaluate a program of a set on one grid, int8[h, w], line by line.

    timeout: seconds for the whole program, compiling not counted. Lines that raise, do not fit or cannot be held are
    steps with that status, never exceptions.
    """
    graph = programs.graph
    lines = listing(program, graph)
    interpreter = interpreter or Interpreter(graph, store=ExecutableStore())
    found = _Values(interpreter, grid, timeout)
    wanted = [line.node for line in lines] + [program.root]
    for side in CLASSES:
        missing = [n for n in wanted if n not in found.found or found.found[n].larger]
        if missing and largest_grid(side) >= max(grid.shape):
            found.evaluate(side, missing)
    if interpreter.engines.store is not None:
        interpreter.engines.store.flush()
    used = set(graph.reachable(program.root))
    steps = [found.step(line, line.node in used) for line in lines]
    last = found.step(Line(program.line, "return", "", program.root), True)
    output = _grid(last)
    failed = next((s for s in steps if s.used and s.status not in (OK, NEEDS)), last)
    status, reason = (OK, "") if last.status == OK else (failed.status, failed.reason)
    try:
        interpreter.inference.of(program.root)
    except Unsupported as e:  # as a run has it, whatever else is wrong on this grid
        status, reason = UNSUPPORTED_ROW, str(e)
    if last.status == OK and output is None:
        reason = f"the result is a value of type {last.type}, not a grid"
    reached = None if expected is None else score(output, expected)
    return Trace(program, grid, expected, steps, status, reason, output, label, reached)


@dataclass(frozen=True, slots=True)
class _Found:
    """What became of a node; `cause` is the status of the node at fault where this one was not reached."""

    status: str
    cause: str
    value: Any = None
    type: Any = None
    reason: str = ""
    side: int = 0

    @property
    def larger(self) -> bool:
        """Whether a larger class may show more."""
        return self.cause == CAPACITY or self.reason == CLIPPED_NOTE


class _Values:
    """Values of nodes on one grid, in the smallest class that they fit."""

    def __init__(self, interpreter: Interpreter, grid: np.ndarray, timeout: float):
        self.interpreter, self.grid, self.left = interpreter, grid, timeout
        self.graph: Graph = interpreter.graph
        self.found: dict[int, _Found] = {}

    def evaluate(self, side: int, wanted: list[int]) -> None:
        """All that these nodes are made of, in one class; values that are known already are kept."""
        frame = Frame(self.interpreter.engine(side), [self.grid])
        engine, counters = frame.engine, frame.engine.kernels.counters
        begin, compiling = time.perf_counter(), counters.compile

        def spent() -> float:
            return time.perf_counter() - begin - (counters.compile - compiling)

        def check() -> None:
            if spent() > self.left:
                raise TimeUp

        calls: list[Call] = []
        engine.check = check
        engine.watch = lambda name, args, made: _note(engine, calls, name, args, made)
        here: dict[int, _Found] = {}
        try:
            for node in self.graph.reachable(*wanted):
                bad = next((here[a] for a in self.graph.args[node] if here[a].status != OK), None)
                calls.clear()
                here[node] = _Found(NEEDS, bad.cause, side=side) if bad else self._one(frame, node, calls)
                known = self.found.get(node)
                if known is None or (here[node].status == OK and known.larger) or known.status != OK:
                    self.found[node] = here[node]
        finally:
            engine.watch, engine.check = None, lambda: None
            self.left -= spent()

    def _one(self, frame: Frame, node: int, calls: list[Call]) -> _Found:
        def no(status: str, reason: str, kind: Any = None) -> _Found:
            return _Found(status, status, None, kind, reason, frame.engine.side)

        try:
            self.interpreter.inference.of(node)  # the engine relies on types that fit
            value = frame.values[node] = self.interpreter._node(frame, node)
            decoded = decode_batch(frame.engine, value, 1)[0]
            kind = value.type
            if isinstance(value, Choice):
                condition = decode_batch(frame.engine, value.condition, 1)[0]
                kind = (value.a if condition else value.b).type
        except Unsupported as e:
            return no(UNSUPPORTED_ROW, str(e))
        except RecursionError:
            return no(UNSUPPORTED_ROW, "nested too deeply")
        except TimeUp:
            return no(TIMEOUT, "over the time limit")
        except (RegistersFull, TooMuch):
            return no(CAPACITY, NO_ROOM)
        if isinstance(decoded, Flag) and isinstance(value, Batch) and not value.flags[0] & HARD:
            values, inside = decode_data(frame.engine, kind, value.data, 1)
            if not inside[0] & HARD:  # those that use it may do without what is missing
                note = CLIPPED_NOTE if (value.flags[0] | inside[0]) & CLIPPED else MULTI_NOTE
                return _Found(OK, OK, values[0], kind, note, frame.engine.side)
        if decoded is ERROR_ROW:
            return no(FAILED_TO_RUN, why(calls), kind)
        if decoded is CAPACITY_ROW:
            return no(CAPACITY, "does not fit the largest arrays", kind)
        if isinstance(decoded, Flag):
            return no(UNSUPPORTED_ROW, "a value that these types cannot hold", kind)
        return _Found(OK, OK, decoded, kind, "", frame.engine.side)

    def step(self, line: Line, used: bool) -> Step:
        found = self.found[line.node]
        return Step(line, found.status, found.value, found.type, found.reason, found.side, used)


def _note(engine, calls: list[Call], name: str, args: list, made: Any) -> None:
    """Keep a call that raises although its arguments are sound."""
    if not isinstance(made, Batch) or calls:
        return
    bad = np.array([flag_of(int(f)) is ERROR_ROW for f in made.flags])
    if not bad.any():
        return
    for flags in _flags(args):
        bad &= (flags & HARD) == 0
    if bad.any():
        row = np.flatnonzero(bad)[:1]
        given = []
        for a in args:
            try:
                given.append(decode_batch(engine, take(a, row), 1)[0])
            except Unsupported:
                given.append(None)
        calls.append(Call(name, tuple(given), tuple(a.type for a in args), int(row[0]), len(bad)))


def _flags(values) -> list[np.ndarray]:
    found: list[np.ndarray] = []
    for value in values:
        if isinstance(value, Batch):
            found.append(value.flags)
        elif isinstance(value, Closure):
            found += _flags(value.args or ())
        elif isinstance(value, Fixed):
            found += _flags(value.values)
        elif isinstance(value, Choice):
            found += _flags((value.condition, value.a, value.b))
    return found


def _grid(step: Step) -> np.ndarray | None:
    """The program's output, if it is a grid of colours."""
    if step.status != OK or not isinstance(step.value, tuple) or not step.value:
        return None
    rows = step.value
    if not all(isinstance(r, tuple) and r and len(r) == len(rows[0]) for r in rows):
        return None
    if step.type is not GRID and not all(type(c) in (int, bool) for r in rows for c in r):
        return None
    return np.array(rows, np.int8)
