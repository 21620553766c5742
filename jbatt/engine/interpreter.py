"""The interpreter: expressions of a graph evaluated on examples, from the smallest capacity class up.

Every node is evaluated once for all examples of a frame, whichever programs use it. Rows whose values do not fit come
back flagged and are run again in the next class; a row that fits in none ends as `capacity`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from jbatt.dsl.domain import Choice, Closure, Fixed, Unsupported, call, coercion_cost, invoke
from jbatt.engine.engines import Engines
from jbatt.engine.kernels import ERROR, HARD, OVERFLOW
from jbatt.engine.ragged import Engine, TooMuch
from jbatt.engine.registers import RegistersFull
from jbatt.program.graph import CONST, INPUT, INVOKE, PRIM, Graph
from jbatt.program.infer import Inference
from jbatt.values.types import GRID
from jbatt.values.window import largest_grid

OK, FAILED_TO_RUN, CAPACITY, UNSUPPORTED_ROW, TIMEOUT = "ok", "error", "capacity", "unsupported", "timeout"
NO_ROOM = "more values alive at once than the memory setting allows"
"""Why an example is `capacity` whose values fit, each by itself."""


class TimeUp(Exception):
    """A candidate has used up its time."""


@dataclass(slots=True)
class Answer:
    """What a program gives for one example: a status, the grid int8[h, w] where it is "ok", and a reason."""

    status: str
    grid: np.ndarray | None = None
    reason: str = ""


class Frame:
    """Some examples in one capacity class, with what has been evaluated on them so far."""

    def __init__(self, engine: Engine, grids: list[np.ndarray]):
        self.engine, self.grids = engine, grids
        self.values: dict[int, object] = {}


def too_many(rows: int) -> str:
    """The reason of a program that needs more rows."""
    return f"more than {rows:,} values at once"


class Interpreter:
    """Evaluates programs of one graph, on engines of its own or on those given."""

    def __init__(self, graph: Graph, store=None, engines: Engines | None = None):
        self.graph = graph
        self.engines = engines or Engines(store=store)
        self.classes, self.counters = self.engines.classes, self.engines.counters
        self.inference = Inference(graph)
        self._deadline = float("inf")

    def engine(self, side: int) -> Engine:
        """The engine of a capacity class."""
        return self.engines.engine(side)

    def prepare(self, roots: list[int]) -> None:
        """Obtain the kernels that these programs will need in the smallest class, before they run."""
        for root in roots:
            try:
                self.inference.of(root)
            except Unsupported:
                continue
        self.engine(self.classes[0]).kernels.prepare(self.inference.signatures())

    # Many programs on the same examples ---------------------------------------------------------------------------

    def run(self, roots: list[int], grids: list[np.ndarray], timeout: float = 10.0) -> list[list[Answer]]:
        """For each root its answers for all the grids. `timeout` is in seconds, for each root."""
        answers: list[list[Answer | None]] = [[None] * len(grids) for _ in roots]
        largest = max((max(g.shape) for g in grids), default=0)
        fitting = [side for side in self.classes if largest_grid(side) >= largest]
        pending: dict[tuple[int, ...], list[int]] = {}
        for r, root in enumerate(roots):
            try:
                self.inference.of(root)
            except Unsupported as e:
                answers[r] = [Answer(UNSUPPORTED_ROW, reason=str(e)) for _ in grids]
                continue
            if not fitting:
                answers[r] = [Answer(CAPACITY, reason=f"a grid side of {largest}") for _ in grids]
                continue
            pending.setdefault(tuple(range(len(grids))), []).append(r)
        spent = [0.0] * len(roots)
        for side in fitting:
            after: dict[tuple[int, ...], list[int]] = {}
            for rows, group in pending.items():
                frame = Frame(self.engine(side), [grids[k] for k in rows])
                uses = self._uses([roots[r] for r in group])
                for r in group:
                    start = time.perf_counter()
                    compiling = self.counters.obtaining
                    found = self._run_one(frame, roots[r], uses, timeout - spent[r])
                    spent[r] += time.perf_counter() - start - (self.counters.obtaining - compiling)
                    again = []
                    for k, answer in zip(rows, found, strict=True):
                        if answer.status == CAPACITY and side != fitting[-1]:
                            again.append(k)
                        else:
                            answers[r][k] = answer
                    if again:
                        after.setdefault(tuple(again), []).append(r)
            pending = after
        if self.engines.store is not None:
            self.engines.store.flush()
        return answers  # type: ignore[return-value]

    def _uses(self, roots: list[int]) -> dict[int, int]:
        """How often each node's value will be asked for: it is dropped after the last time."""
        uses: dict[int, int] = {}
        for root in roots:
            uses[root] = uses.get(root, 0) + 1
        for node in self.graph.reachable(*roots):
            for a in self.graph.args[node]:
                uses[a] = uses.get(a, 0) + 1
        return uses

    def _run_one(self, frame: Frame, root: int, uses: dict[int, int], seconds: float) -> list[Answer]:
        self._deadline = time.perf_counter() + seconds
        compiling = self.counters.obtaining

        def extended() -> None:
            # Compiling is the program's first user's cost, not the program's: it does not count.
            if time.perf_counter() - (self.counters.obtaining - compiling) > self._deadline:
                raise TimeUp

        frame.engine.check = extended
        try:
            return self._answers(frame, root, uses)
        except TimeUp:
            frame.values.clear()
            return [Answer(TIMEOUT, reason=f"over {seconds:.3g} s") for _ in frame.grids]
        except Unsupported as e:
            return [Answer(UNSUPPORTED_ROW, reason=str(e)) for _ in frame.grids]
        except RecursionError:
            return [Answer(UNSUPPORTED_ROW, reason="nested too deeply") for _ in frame.grids]
        except (RegistersFull, TooMuch):
            frame.values.clear()
            return self._in_parts(frame, root)

    def _in_parts(self, frame: Frame, root: int) -> list[Answer]:
        """One example at a time, where all of them together are too much."""
        answers = []
        for grid in frame.grids:
            single = Frame(frame.engine, [grid])
            try:
                answers += self._answers(single, root, self._uses([root]))
            except RegistersFull:
                answers.append(Answer(CAPACITY, reason=NO_ROOM))
            except TooMuch:
                answers.append(Answer(CAPACITY, reason=too_many(frame.engine.max_rows)))
            except TimeUp:
                answers.append(Answer(TIMEOUT, reason="over the time limit"))
            except Unsupported as e:
                answers.append(Answer(UNSUPPORTED_ROW, reason=str(e)))
            single.values.clear()
        return answers

    def _answers(self, frame: Frame, root: int, uses: dict[int, int]) -> list[Answer]:
        value = self._evaluate(frame, root, uses)
        n = len(frame.grids)
        if isinstance(value, Closure | Fixed):
            return [Answer(OK, reason="the result is a function") for _ in range(n)]
        if isinstance(value, Choice):
            raise Unsupported("the type of the result depends on the data")
        if value.type is not GRID:
            if coercion_cost(value.type, GRID) >= 1000:
                return [
                    self._answer(int(f), None, f"the result is of type {value.type}") for f in value.flags
                ]
            value = frame.engine.coerce(value, GRID)
        planes = frame.engine.kernels.fetch(value.data.planes.ids)
        m = frame.engine.margin
        sizes = zip(value.data.h, value.data.w, strict=True)
        return [
            self._answer(int(f), p[m : m + h, m : m + w])
            for f, p, (h, w) in zip(value.flags, planes, sizes, strict=True)
        ]

    @staticmethod
    def _answer(flags: int, grid, reason: str = "") -> Answer:
        if flags & ERROR:
            return Answer(FAILED_TO_RUN, reason="the reference raises here")
        if flags & OVERFLOW:
            return Answer(CAPACITY, reason="a value does not fit the largest capacity class")
        if flags & HARD:
            return Answer(UNSUPPORTED_ROW, reason="a value that these types cannot hold")
        return Answer(OK, grid, reason)

    def _evaluate(self, frame: Frame, root: int, uses: dict[int, int]):
        """The value of a node, and of what it is made of, in order of ids."""
        values, g = frame.values, self.graph
        todo = [root]
        while todo:
            node = todo[-1]
            if node in values:
                todo.pop()
                continue
            missing = [a for a in g.args[node] if a not in values]
            if missing:
                todo.extend(missing)
                continue
            todo.pop()
            values[node] = self._node(frame, node)
            for a in g.args[node]:
                self._used(frame, a, uses)
        value = values[root]
        self._used(frame, root, uses)
        return value

    def _used(self, frame: Frame, node: int, uses: dict[int, int]) -> None:
        left = uses.get(node, 1) - 1
        uses[node] = left
        if left <= 0:
            frame.values.pop(node, None)

    def _node(self, frame: Frame, node: int):
        g, engine = self.graph, frame.engine
        kind = g.kind[node]
        if kind == INPUT:
            return engine.grids(frame.grids)
        if kind == CONST:
            return engine.filled(g.payload[node], len(frame.grids))
        if kind == PRIM:
            return Closure(g.payload[node])
        args = [frame.values[a] for a in g.args[node]]
        if kind == INVOKE:
            return invoke(engine, args[0], args[1:])
        return call(engine, g.payload[node], args)
