"""Validation: every candidate on every pair of its task."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from jbatt.collector import no_collection
from jbatt.engine.counters import Counters
from jbatt.engine.engines import Engines, lease
from jbatt.engine.evaluator import Evaluator, Outcome, Unit
from jbatt.engine.helper.beside import evaluating as evaluating_beside
from jbatt.engine.helper.client import Gone, Helper
from jbatt.engine.helper.worth import started
from jbatt.engine.interpreter import UNSUPPORTED_ROW, Interpreter
from jbatt.engine.options import Options
from jbatt.engine.parts import evaluating
from jbatt.engine.waiting import Work, side_by_side
from jbatt.program import ProgramSet
from jbatt.program.graph import Graph
from jbatt.run.answers import TaskAnswers
from jbatt.run.match import Candidates, match
from jbatt.run.passes import Passes, sharing
from jbatt.run.results import STATUSES, Judged, Result, judge, results_digest
from jbatt.run.rounds import Engine, Rounds
from jbatt.store.executables import ExecutableStore
from jbatt.tasks import TaskSet

GROUP_ANSWERS = 1 << 17
"""Answers (programs x pairs) that are evaluated together: enough for full batches, few enough to see results come."""
PART_BODIES, AT_ONCE = 1000, 3
"""Programs that are planned together, and how many such parts are under way: while one is planned, others run."""


@dataclass
class Validation:
    """Results so far, what they cost, and on what.

    seconds: by component; `plan` is work on the host between kernels, `execute` is time in kernels. counts: among others
    `evaluations` of a body on a pair by the engine, in how many `pieces`, `operations` that were evaluated for them (each
    once for each example), answers `recalled` instead, candidates `merged` with an equal one. passes: those that took part.
    """

    results: list[Result] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    kernels: dict[str, int] = field(default_factory=dict)
    passes: Passes = field(default_factory=Passes)
    counters: Counters = field(default_factory=Counters)
    """Of kernels, call by call: what `jbatt profile` shows."""
    device: dict[str, Any] | None = None
    scale: dict[str, Any] | None = None
    """Of a run on several workers: what they computed on, and what happened to them."""

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
    full_scores: bool = False,
    passes: Passes | None = None,
    progress: Callable[[Validation, int], Any] | None = None,
    on_compile: Callable[[Any], Any] | None = None,
    store: ExecutableStore | None = None,
) -> Validation:
    """Run programs on tasks.

    match: "name" or "all"; timeout: seconds for each candidate; full_scores: evaluate every pair of every candidate,
    whatever passes leave out. passes: those that take part (default: those that share
    work but neither leave out nor remember any). progress(validation, n) is called after every `n`
    new results, on_compile(kernel) before a kernel is compiled. store: where kernels are kept on disk, if a pass keeps them. Raises
    JbattError for bad arguments; what goes wrong inside a program is its result's status.
    """
    run = Validation()
    for new in stream(run, programs, tasks, match, timeout, on_compile, store, passes, full_scores):
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
    passes: Passes | None = None,
    full_scores: bool = False,
    candidates: list[Candidates] | None = None,
    helped: bool = True,
) -> Iterator[list[Result]]:
    """Results in batches, as they come; `run` holds the costs, up to date at each batch.

    candidates: what to evaluate, where that is not what `how` matches. helped: whether other processes may help, where passes have some.
    """
    passes = sharing() if passes is None else passes
    run.passes = passes
    folder = None if store is None else store.folder.parent
    options = passes.configured(Options(folder=folder), replace)
    if not helped:
        options.helpers = 0
    kept = store if options.keep else None
    with lease(kept, on_compile, keep=options.keep, counters=run.counters) as engines, no_collection():
        candidates = match(programs, tasks, how) if candidates is None else candidates
        yield from _stream(run, programs, candidates, timeout, engines, passes, options, full_scores)
    run.seconds["compile"] = run.counters.compile  # and what was left to write


def _stream(
    run, programs, candidates, timeout, engines, passes: Passes, options: Options, full: bool
) -> Iterator[list[Result]]:
    start = time.perf_counter()
    passes.call("read", programs=programs)
    evaluator = _evaluator(programs.graph, engines, options)
    helpers = started(engines, options, candidates)
    for helper in helpers:
        helper.begin(programs.graph)
    planned = _Planned(evaluator, options, candidates)
    rounds = Rounds(passes, full)
    counters = evaluator.interpreter.counters
    run.counts = {
        "tasks": len(candidates),
        "programs": len(programs.programs) + len(programs.rejected),
        "candidates": 0,
        "unique_bodies": 0,
        "pairs": 0,
        "pairs_evaluated": 0,
        "solved_tasks": 0,
        "merged": 0,
        "evaluations": 0,
        "recalled": 0,
        "pieces": 0,
        "operations": 0,
    }
    pieces = 0

    def here(units: list[Unit]) -> Work[list[Outcome]]:
        nonlocal pieces
        found, some = yield from evaluating(evaluator, units, timeout, options, planned.expected)
        pieces += some
        return found

    def beside(helper: Helper, units: list[Unit]) -> Work[list[Outcome]]:
        nonlocal pieces
        try:
            found = yield from evaluating_beside(helper, evaluator, units, timeout, planned.expected)
        except Gone:
            for unit in units:
                evaluator.supported(unit.roots)
            return (yield from here(units))
        pieces += 1
        return found

    before = _operations(evaluator)
    spent = time.perf_counter() - start
    recording = 0.0
    run.seconds = seconds = {}
    bodies: set[int] = set()
    solved: set[str] = set()
    for first, last in _groups(candidates):
        start = time.perf_counter()
        work: dict[int, list[tuple[TaskAnswers, list[int]]]] = {}

        def running(part: list[Candidates], number: int, engine: Engine, work=work) -> Work[None]:
            work[number] = [planned.work(c) for c in part]
            tasks = [t for t, _ in work[number]]
            passes.call("plan", work=tasks, timeout=timeout)
            return rounds.running(tasks, engine)

        def running_beside(helper: Helper, part: list[Candidates], number: int, running=running) -> Work[None]:
            yield from planned.plan_beside(helper, part)
            yield from running(part, number, partial(beside, helper))

        def parts(group: list[Candidates], running=running, beside=running_beside) -> Iterator[Work[None]]:
            cut = list(planned.parts(group))
            for number, part in enumerate(cut):
                left[0] = len(cut) - number
                helper = next((h for h in helpers if h.is_free(left[0])), None)
                if helper is not None:
                    yield beside(helper, part, number)
                    continue
                planned.plan(part)
                yield running(part, number, here)

        left = [0]
        side_by_side(
            parts(candidates[first:last]), AT_ONCE, lambda left=left: any(h.is_free(left[0]) for h in helpers)
        )
        spent += time.perf_counter() - start
        start = time.perf_counter()
        results = []
        judged = [pair for _, some in sorted(work.items()) for pair in some]
        for c, (answers, row) in zip(candidates[first:last], judged, strict=True):
            results += _results(c, answers, row, planned.unsupported)
            bodies.update(p.root for p in c.programs)
        passes.call("record", results=results)
        _count(run.counts, candidates[first:last], results, solved)
        run.counts["unique_bodies"] = len(bodies)
        run.counts |= {"evaluations": rounds.evaluated, "recalled": rounds.recalled, "pieces": pieces}
        run.counts["merged"] = planned.merged
        run.counts["operations"] = _operations(evaluator) - before
        run.kernels = {"compiled": counters.compiled, "loaded": counters.loaded, "calls": counters.calls}
        recording += time.perf_counter() - start
        scoring = evaluator.seconds["score"]
        for name in ("compile", "load", "transfer", "execute"):
            seconds[name] = getattr(counters, name)
        seconds["score"] = scoring + recording
        seconds["plan"] = spent - counters.obtaining - counters.running - scoring
        yield results
    passes.finish(counts=dict(run.counts), kernels=dict(run.kernels))


def _evaluator(graph: Graph, engines: Engines, options: Options) -> Evaluator:
    """A new evaluator, or that of the run before where it was for the same programs."""
    kept = engines.planned
    if options.keep and kept is not None and kept.graph is graph:
        kept.begin()
        return kept
    made = Evaluator(Interpreter(graph, engines=engines))
    engines.planned = made if options.keep else None
    return made


def _operations(evaluator: Evaluator) -> int:
    """Operations evaluated so far, each once for each example."""
    engines = evaluator.interpreter.engines
    return evaluator.operations + sum(engines.machine(side).instructions for side in evaluator.machines)


class _Planned:
    """What candidates come to: bodies to evaluate, planned a part at a time, so that a part can run while the next is planned.

    unsupported: of the roots met so far those that cannot be evaluated, with the reason. merged: candidates so far that are equal to another one of
    their task. expected: about how many evaluations of the run are certain to come, those that came included.
    """

    def __init__(self, evaluator: Evaluator, options: Options, candidates: list[Candidates]):
        self.evaluator, self.options = evaluator, options
        self.unsupported: dict[int, str] = {}
        self.merged = 0
        self._seen: set[int] = set()
        self._met = self._certain = 0
        self._given = sum(len(c.programs) for c in candidates)

    @property
    def expected(self) -> int:
        return self._certain * self._given // max(1, self._met)

    def parts(self, group: list[Candidates]) -> Iterator[list[Candidates]]:
        """Candidates that are planned together."""
        part: list[Candidates] = []
        bodies = 0
        for c in group:
            part.append(c)
            bodies += len({p.root for p in c.programs})
            if bodies >= PART_BODIES and self.options.batch:
                yield part
                part, bodies = [], 0
        if part:
            yield part

    def plan(self, part: list[Candidates]) -> None:
        """Plan what was not met before, for this process."""
        new = self._new(part, self._seen)
        if new:
            self.unsupported |= self.evaluator.supported(np.array(new, np.int64))
            self._seen |= set(new)

    def plan_beside(self, helper: Helper, part: list[Candidates]) -> Work[None]:
        """Have a helper plan all that it is to evaluate; where it is gone, this process does."""
        try:
            self.unsupported |= yield from helper.plan(self._new(part, set()))
        except Gone:
            self.plan(part)

    @staticmethod
    def _new(part: list[Candidates], seen: set[int]) -> list[int]:
        return sorted({p.root for c in part for p in c.programs} - seen)

    def work(self, c: Candidates) -> tuple[TaskAnswers, list[int]]:
        """What is to be evaluated of a task's candidates, and for each program that can be, in order, the row of its body."""
        roots = [p.root for p in c.programs if p.root not in self.unsupported]
        row = list(range(len(roots)))
        if self.options.distinct or self.options.share:
            rows: dict[int, int] = {}
            row = [rows.setdefault(r, len(rows)) for r in roots]
            roots = list(rows)
        pairs = len(c.task.demos) + len(c.task.tests)
        graph = self.evaluator.graph
        bodies = [graph.digest(r) for r in roots]
        found = TaskAnswers(c.task, bodies, np.array(roots, np.int64), Outcome.empty(len(roots), pairs))
        self.merged += len(row) - len(roots)
        self._met += len(c.programs)
        # In batches only what is certain: what early exits leave out is not known beforehand.
        self._certain += len(roots) if self.options.batch else found.code.size
        return found, row


def _groups(candidates: list[Candidates]) -> Iterator[tuple[int, int]]:
    """Runs of tasks whose results are given out together."""
    first, answers = 0, 0
    for k, c in enumerate(candidates):
        answers += len(c.programs) * (len(c.task.demos) + len(c.task.tests))
        if answers >= GROUP_ANSWERS:
            yield first, k + 1
            first, answers = k + 1, 0
    if first < len(candidates):
        yield first, len(candidates)


def _results(
    c: Candidates, answers: TaskAnswers, row: list[int], unsupported: dict[int, str]
) -> list[Result]:
    judged = judge(c.task, answers.outcome)
    unread: tuple[list[int | None], list[int | None]] = (
        [None] * len(c.task.demos),
        [None] * len(c.task.tests),
    )
    out = []
    rows = iter(row)
    for p in c.programs:
        if p.root in unsupported:
            found = Judged(UNSUPPORTED_ROW, unsupported[p.root], *unread)
        else:
            found = judged[next(rows)]
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
        pairs = len(r.demos) + len(r.tests)
        counts["pairs"] += pairs
        counts["pairs_evaluated"] += pairs - r.demos.count(None) - r.tests.count(None)
        if r.status == "solved":
            solved.add(r.task)
    counts["solved_tasks"] = len(solved)
