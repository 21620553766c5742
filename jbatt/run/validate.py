"""Validation: every candidate on every pair of its task."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from jbatt.engine.interpreter import TIMEOUT, UNSUPPORTED_ROW, Answer, Interpreter
from jbatt.program import ProgramSet
from jbatt.run.match import Candidates, match
from jbatt.run.results import STATUSES, Result, judge, results_digest
from jbatt.store.executables import ExecutableStore
from jbatt.tasks import TaskSet

FRAME_PAIRS = 128
"""Pairs that are evaluated together when programs run on many tasks: bounds the memory of one frame."""


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


def validate(
    programs: ProgramSet,
    tasks: TaskSet,
    *,
    match: str = "name",
    timeout: float = 10.0,
    progress: Callable[[Validation, int], Any] | None = None,
    on_compile: Callable[[Any], Any] | None = None,
    store: ExecutableStore | None = None,
) -> Validation:
    """Run programs on tasks.

    match: "name" or "all"; timeout: seconds for each candidate. progress(validation, n) is called after every `n` new
    results, on_compile(kernel) before a kernel is compiled. store keeps kernels on disk. Raises JbattError for bad arguments; what goes wrong inside
    a program is its result's status.
    """
    run = Validation()
    for new in stream(run, programs, tasks, match, timeout, on_compile, store):
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
) -> Iterator[list[Result]]:
    """Results in batches, as they come; `run` holds the costs, up to date at each batch."""
    start = time.perf_counter()
    candidates = match(programs, tasks, how)
    interpreter = Interpreter(programs.graph, on_compile=on_compile, store=store)
    interpreter.prepare(sorted({p.root for c in candidates for p in c.programs}))
    seconds = dict.fromkeys(("plan", "compile", "execute", "score"), 0.0)
    seconds["compile"] = interpreter.counters.compile
    seconds["plan"] += time.perf_counter() - start - seconds["compile"]
    bodies: set[int] = set()
    run.seconds = seconds
    run.counts = {
        "tasks": len(candidates),
        "programs": len(programs.programs) + len(programs.rejected),
        "candidates": 0,
        "unique_bodies": 0,
        "pairs": 0,
        "pairs_evaluated": 0,
        "solved_tasks": 0,
    }
    solved: set[str] = set()
    for group in _groups(candidates, how):
        answers = _evaluate(interpreter, group, timeout, seconds)
        start = time.perf_counter()
        results = []
        for c, by_root in zip(group, answers, strict=True):
            results += _results(c, by_root)
            bodies.update(p.root for p in c.programs)
        _count(run.counts, group, results, solved)
        run.counts["unique_bodies"] = len(bodies)
        counters = interpreter.counters
        run.kernels = {"compiled": counters.compiled, "loaded": counters.loaded, "calls": counters.calls}
        seconds["score"] += time.perf_counter() - start
        yield results


def _groups(candidates: list[Candidates], how: str) -> Iterator[list[Candidates]]:
    """Tasks that are evaluated together: those that share their programs, up to FRAME_PAIRS pairs."""
    group: list[Candidates] = []
    pairs = 0
    for c in candidates:
        n = len(c.task.demos) + len(c.task.tests)
        if group and (how == "name" or pairs + n > FRAME_PAIRS):
            yield group
            group, pairs = [], 0
        group.append(c)
        pairs += n
    if group:
        yield group


def _evaluate(interpreter: Interpreter, group: list[Candidates], timeout: float, seconds) -> list[dict]:
    """For each task of the group: root -> answers for its pairs."""
    start = time.perf_counter()
    counters = interpreter.counters
    compiling, executing = counters.compile, counters.execute
    inputs = [[p.input for p in (*c.task.demos, *c.task.tests)] for c in group]
    grids: list[np.ndarray] = [g for task in inputs for g in task]
    roots = sorted({p.root for p in group[0].programs})
    rows = interpreter.run(roots, grids, timeout)
    answers: list[dict[int, list[Answer]]] = []
    first = 0
    for task in inputs:
        answers.append({r: row[first : first + len(task)] for r, row in zip(roots, rows, strict=True)})
        first += len(task)
    if len(group) > 1:
        # The limit is for one program on one task: a group that ran out of time is run again task by task.
        late = [r for r, row in zip(roots, rows, strict=True) if any(a.status == TIMEOUT for a in row)]
        for task, by_root in zip(inputs, answers, strict=True):
            for r in late:
                by_root[r] = interpreter.run([r], task, timeout)[0]
    compiled, executed = counters.compile - compiling, counters.execute - executing
    seconds["compile"] += compiled
    seconds["execute"] += executed
    seconds["plan"] += time.perf_counter() - start - compiled - executed
    return answers


def _results(c: Candidates, by_root: dict[int, list[Answer]]) -> list[Result]:
    out = []
    judged: dict[int, tuple] = {}
    for p in c.programs:
        if p.root not in judged:
            judged[p.root] = judge(c.task, by_root[p.root])
        status, reason, demos, tests = judged[p.root]
        out.append(Result(c.task.id, p.name, p.file, p.line, p.body, status, demos, tests, reason))
    for r in c.rejected:
        unread: tuple[list[int | None], list[int | None]] = (
            [None] * len(c.task.demos),
            [None] * len(c.task.tests),
        )
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
