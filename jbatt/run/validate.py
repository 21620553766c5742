"""Validation: every candidate on every pair of its task."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from jbatt.engine.engines import lease
from jbatt.engine.evaluator import Evaluator, Outcome, Unit
from jbatt.engine.interpreter import UNSUPPORTED_ROW, Interpreter
from jbatt.program import ProgramSet
from jbatt.run.match import Candidates, match
from jbatt.run.results import STATUSES, Judged, Result, judge, results_digest
from jbatt.store.executables import ExecutableStore
from jbatt.tasks import TaskSet

GROUP_ANSWERS = 1 << 17
"""Answers (programs x pairs) that are evaluated together: enough for full batches, few enough to see results come."""


@dataclass
class Validation:
    """Results so far, what they cost, and on what.

    seconds: by component; `plan` is work on the host between kernels, `execute` is time in kernels.
    """

    results: list[Result] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    kernels: dict[str, int] = field(default_factory=dict)

    @property
    def statuses(self) -> dict[str, int]:
        """Status -> number of candidates, every status present."""
        out = dict.fromkeys(STATUSES, 0)
        for r in self.results:
            out[r.status] += 1
        return out

    @property
    def solved_tasks(self) -> list[str]:
        """Ids of the tasks with a program that solves all demo pairs, in order."""
        return sorted({r.task for r in self.results if r.status == "solved"})

    @property
    def digest(self) -> str:
        return results_digest(self.results)

    def _repr_html_(self) -> str:
        from jbatt.see.notebook import validation_html

        return validation_html(self)


def validate(
    programs: ProgramSet,
    tasks: TaskSet,
    *,
    match: str = "name",
    timeout: float = 10.0,
    early_exit: bool = False,
    progress: Callable[[Validation, int], Any] | None = None,
    on_compile: Callable[[Any], Any] | None = None,
    store: ExecutableStore | None = None,
) -> Validation:
    """Run programs on tasks.

    match: "name" or "all"; timeout: seconds for each candidate; early_exit: evaluate no other pair of a candidate whose
    first demo pair decides that it is not right. progress(validation, n) is called after every `n` new
    results, on_compile(kernel) before a kernel is compiled. store keeps kernels on disk. Raises JbattError for bad arguments; what goes wrong inside
    a program is its result's status.
    """
    run = Validation()
    for new in stream(run, programs, tasks, match, timeout, on_compile, store, early_exit):
        run.results += new
        if progress:
            progress(run, len(new))
    return run


def stream(
    run: Validation,
    programs: ProgramSet,
    tasks: TaskSet,
    how: str,
    timeout: float,
    on_compile=None,
    store=None,
    early_exit=False,
) -> Iterator[list[Result]]:
    """Results in batches, as they come; `run` holds the costs, up to date at each batch."""
    with lease(store, on_compile) as engines, _no_collection():
        yield from _stream(run, programs, tasks, how, timeout, engines, early_exit)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without Python's cycle collector: it would look through millions of live nodes again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _stream(run, programs, tasks, how, timeout, engines, early_exit) -> Iterator[list[Result]]:
    start = time.perf_counter()
    candidates = match(programs, tasks, how)
    interpreter = Interpreter(programs.graph, engines=engines)
    evaluator = Evaluator(interpreter)
    unsupported = evaluator.supported(np.unique([p.root for c in candidates for p in c.programs]))
    work = [_unit(c, unsupported) for c in candidates]
    counters = interpreter.counters
    run.counts = {
        "tasks": len(candidates),
        "programs": len(programs.programs) + len(programs.rejected),
        "candidates": 0,
        "unique_bodies": 0,
        "pairs": 0,
        "pairs_evaluated": 0,
        "solved_tasks": 0,
    }
    spent = time.perf_counter() - start
    recording = 0.0
    run.seconds = seconds = {}
    bodies: set[int] = set()
    solved: set[str] = set()
    for first, last in _groups([u for u, _ in work]):
        start = time.perf_counter()
        outcomes = evaluator.run([u for u, _ in work[first:last]], timeout, early_exit)
        spent += time.perf_counter() - start
        start = time.perf_counter()
        results = []
        for c, (unit, _), outcome in zip(candidates[first:last], work[first:last], outcomes, strict=True):
            results += _results(c, unit, outcome, unsupported)
            bodies.update(p.root for p in c.programs)
        _count(run.counts, candidates[first:last], results, solved)
        run.counts["unique_bodies"] = len(bodies)
        run.kernels = {"compiled": counters.compiled, "loaded": counters.loaded, "calls": counters.calls}
        recording += time.perf_counter() - start
        scoring = evaluator.seconds["score"]
        seconds["compile"], seconds["execute"] = counters.compile, counters.execute
        seconds["score"] = scoring + recording
        seconds["plan"] = spent - counters.compile - counters.execute - scoring
        yield results


def _unit(c: Candidates, unsupported: dict[int, str]) -> tuple[Unit, dict[int, int]]:
    """What is to be evaluated for a task, and the index of each root."""
    roots = [r for r in dict.fromkeys(p.root for p in c.programs) if r not in unsupported]
    pairs = [*c.task.demos, *c.task.tests]
    unit = Unit(np.array(roots, np.int64), [p.input for p in pairs], [p.output for p in pairs])
    return unit, {r: k for k, r in enumerate(roots)}


def _groups(units: list[Unit]) -> Iterator[tuple[int, int]]:
    """Runs of units whose results are given out together."""
    first, answers = 0, 0
    for k, u in enumerate(units):
        answers += len(u.roots) * len(u.grids)
        if answers >= GROUP_ANSWERS:
            yield first, k + 1
            first, answers = k + 1, 0
    if first < len(units):
        yield first, len(units)


def _results(c: Candidates, unit: Unit, outcome: Outcome, unsupported: dict[int, str]) -> list[Result]:
    judged = dict(zip(unit.roots.tolist(), judge(c.task, outcome), strict=True))
    unread: tuple[list[int | None], list[int | None]] = (
        [None] * len(c.task.demos),
        [None] * len(c.task.tests),
    )
    out = []
    for p in c.programs:
        found = judged.get(p.root)
        if found is None:
            found = judged[p.root] = Judged(UNSUPPORTED_ROW, unsupported[p.root], *unread)
        out.append(
            Result(
                c.task.id,
                p.name,
                p.file,
                p.line,
                p.body,
                found.status,
                found.demos,
                found.tests,
                found.reason,
            )
        )
    for r in c.rejected:
        reason = f"line {r.line}: {r.reason}"
        out.append(Result(c.task.id, r.name, r.file, r.def_line, None, UNSUPPORTED_ROW, *unread, reason))
    return out


def _count(counts: dict[str, int], group: list[Candidates], results: list[Result], solved: set[str]) -> None:
    counts["candidates"] += len(results)
    for r in results:
        counts["pairs"] += len(r.demos) + len(r.tests)
        counts["pairs_evaluated"] += sum(s is not None for s in (*r.demos, *r.tests))
        if r.status == "solved":
            solved.add(r.task)
    counts["solved_tasks"] = len(solved)
