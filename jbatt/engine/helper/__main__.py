"""A helper's process: `python -m jbatt.engine.helper FILE-DESCRIPTOR FOLDER`, started by `jbatt.engine.helper.client`."""

from __future__ import annotations

import gc
import os
import queue
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count, islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from jbatt.engine.counters import Counters
from jbatt.engine.engines import Engines
from jbatt.engine.evaluator import Evaluator
from jbatt.engine.helper.messages import (
    Alive,
    Begin,
    Evaluate,
    Evaluated,
    Failed,
    Plan,
    Read,
    Ready,
    Understood,
)
from jbatt.engine.interpreter import Interpreter
from jbatt.engine.waiting import Work
from jbatt.program.excerpt import Excerpt
from jbatt.program.graph import Graph
from jbatt.program.lines import LineReader
from jbatt.program.records import Rejected
from jbatt.program.scope import Scope
from jbatt.program.source import Reading
from jbatt.program.transfer import added
from jbatt.store.executables import ExecutableStore
from jbatt.values.window import CLASSES

SIDE = CLASSES[0]
IDLE = 0.5
"""Seconds without a message from which on a run is over, or waits for something that takes longer."""
BEAT = 1.0
"""Seconds between two signs of life."""
SWITCH = 5e-4
"""Seconds that a thread waits for Python's lock before it asks for it: the one that calls the machine needs it for some microseconds."""
FIRST = (Begin, Evaluate, Plan, Read)
"""Messages of a run by what is answered first: what is planned and not evaluated keeps the process that asks waiting."""

Do = Callable[[], Any] | None


class Due:
    """What is to be done: what was begun first, then messages of one run after those of the other, as in FIRST."""

    def __init__(self) -> None:
        self._queue: queue.PriorityQueue[tuple[int, int, int, Do]] = queue.PriorityQueue()
        self._numbers = count()
        self._run = 0

    def go_on(self, do: Do) -> None:
        self._queue.put((-1, 0, next(self._numbers), do))

    def answer(self, do: Do, message: Any) -> None:
        self._run += isinstance(message, Begin)
        self._queue.put((self._run, FIRST.index(type(message)), next(self._numbers), do))

    def get(self, timeout: float | None = None) -> Do:
        """Raises queue.Empty where there is nothing in so many seconds."""
        return self._queue.get(timeout=timeout)[3]


class Line:
    """To the process that asks. All methods raise OSError where it is gone."""

    def __init__(self, connection: Connection):
        self._connection, self._sending = connection, threading.Lock()

    def send(self, number: int, content: Any) -> None:
        """Answer the message of a number, 0 for none. Any thread may."""
        with self._sending:
            self._connection.send((number, content))

    def receive(self) -> tuple[int, Any]:
        """The next message with its number. Raises EOFError as well."""
        return self._connection.recv()


class Helper:
    """Reads and plans when it is told to, and while calls of the machine run; answers in whatever order they end."""

    def __init__(self, line: Line, folder: Path):
        self.line = line
        store = ExecutableStore(folder)
        self.engines = Engines(store=store)
        machine = self.engines.machine(SIDE)
        if not store.has(machine.name):
            raise FileNotFoundError("the machine is not kept any more, and a helper compiles nothing")
        machine.threads = 1
        machine.executable()
        self._due = Due()
        self.begin()

    def begin(self) -> None:
        """Forget what was read and planned."""
        graph = Graph()
        self.reader, self.nodes = LineReader(Scope(graph)), list[int]()
        self.evaluator = Evaluator(Interpreter(graph, engines=self.engines), (SIDE,))
        self.engines.counters = Counters()
        self._is_clean = False

    def serve(self) -> None:
        """Answer until the connection ends."""
        self.line.send(0, Ready())
        threading.Thread(target=self._receive, daemon=True).start()
        while (do := self._next()) is not None:
            do()

    def _next(self) -> Do:
        """What is due next. What the run before has left is looked through while there is nothing to do."""
        try:
            return self._due.get(None if self._is_clean else IDLE)
        except queue.Empty:
            gc.collect()
            self._is_clean = True
            return self._due.get()

    def _receive(self) -> None:
        try:
            while True:
                number, message = self.line.receive()
                self._due.answer(partial(self._answer, number, message), message)
        except (EOFError, OSError):
            self._due.go_on(None)

    def _answer(self, number: int, message: Any) -> None:
        if isinstance(message, Begin):
            self.begin()
        elif isinstance(message, Plan):
            added(self.evaluator.graph, message.content, self.nodes)
            self._send(number, self._planned([self.nodes[r] for r in message.roots]))
        elif isinstance(message, Read):
            self._send(number, self._read(message.excerpts))
        elif isinstance(message, Evaluate):
            self._go_on(number, self._evaluated(message))

    def _planned(self, roots: list[int]) -> Understood:
        programs = sorted(set(roots) - {-1})
        return Understood(roots, self.evaluator.supported(np.array(programs, np.int64)))

    def _read(self, excerpts: list[Excerpt]) -> Understood:
        found: list[tuple[int, int] | Rejected] = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's own, on strings such as "\d" in what is read.
            for excerpt in excerpts:
                reading = Reading(excerpt, excerpt.file, self.reader, fast=True)
                found += reading.functions_of(excerpt, list(range(len(excerpt.texts))), excerpt.in_bulk)
        planned = self._planned([-1 if isinstance(f, Rejected) else f[0] for f in found])
        graph = self.evaluator.graph
        planned.bodies = {r: graph.body(r) for r in sorted(set(planned.roots) - {-1}, reverse=True)}
        rejected = iter([f if isinstance(f, Rejected) else None for f in found])
        planned.rejected = [list(islice(rejected, len(e.texts))) for e in excerpts]
        return planned

    def _go_on(self, number: int, work: Work[Evaluated]) -> None:
        """Until the work waits for a call of the machine."""
        try:
            waiting: Any = next(work)
        except StopIteration as end:
            self._send(number, end.value)
        else:
            waiting.add_done_callback(lambda _: self._due.go_on(partial(self._go_on, number, work)))

    def _evaluated(self, asked: Evaluate) -> Work[Evaluated]:
        found = yield from self.evaluator.in_smallest_class(asked.units)
        # What was counted since the last answer, this one's or another's: in all it is right.
        counters, self.engines.counters = self.engines.counters, Counters()
        machine = self.engines.machine(SIDE)
        operations, machine.instructions = machine.instructions, 0
        return Evaluated(found, counters, operations)

    def _send(self, number: int, content: Any) -> None:
        try:
            self.line.send(number, content)
        except OSError:
            self._due.go_on(None)


def _live(parent: int, line: Line) -> None:
    """Say so to the process that asks, and end when that is gone, whoever else holds the connection."""
    with suppress(OSError):
        while os.getppid() == parent:
            line.send(0, Alive())
            time.sleep(BEAT)
    os._exit(1)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    sys.setswitchinterval(SWITCH)
    line = Line(Connection(int(sys.argv[1])))
    threading.Thread(target=_live, args=(os.getppid(), line), daemon=True).start()
    try:
        helper = Helper(line, Path(sys.argv[2]))
        gc.freeze()
        gc.disable()
        helper.serve()
    except Exception:
        with suppress(OSError):
            line.send(0, Failed(traceback.format_exc()))
    os._exit(0)


if __name__ == "__main__":
    main()
