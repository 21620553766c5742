"""Validation: every candidate on every pair of its task."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from jbatt.collector import no_collection
from jbatt.engine.counters import Counters
from jbatt.engine.engines import Engines, lease
from jbatt.engine.evaluator import Evaluator
from jbatt.engine.interpreter import UNSUPPORTED_ROW, Interpreter
from jbatt.engine.options import Options
from jbatt.program import ProgramSet
from jbatt.program.graph import Graph
from jbatt.run.match import Candidates, match
from jbatt.run.parts import Parts
from jbatt.run.passes import Passes, sharing
from jbatt.run.planned import Tried
from jbatt.run.results import STATUSES, Judged, Result, judge, results_digest
from jbatt.store.executables import ExecutableStore
from jbatt.tasks import TaskSet


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
    evaluator = _evaluator(programs.graph_so_far, engines, options)
    parts = Parts(evaluator, candidates, passes, options, timeout, full)
    counters = evaluator.interpreter.counters
    run.counts = {
        "tasks": len(candidates),
        "programs": programs.functions,
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
    before = _operations(evaluator)
    spent = recording = 0.0
    run.seconds = seconds = {}
    bodies: set[str] = set()
    solved: set[str] = set()
    for tried in parts.ended():
        spent += time.perf_counter() - start
        start = time.perf_counter()
        results = []
        for t in tried:
            results += _results(t)
            bodies.update([body for _, _, _, body in t.programs])
        passes.call("record", results=results)
        _count(run.counts, results, solved)
        rounds = parts.rounds
        run.counts["unique_bodies"] = len(bodies)
        run.counts |= {"evaluations": rounds.evaluated, "recalled": rounds.recalled, "pieces": parts.pieces}
        run.counts["merged"] = parts.planned.merged
        run.counts["operations"] = _operations(evaluator) - before
        run.kernels = {"compiled": counters.compiled, "loaded": counters.loaded, "calls": counters.calls}
        recording += time.perf_counter() - start
        scoring = evaluator.seconds["score"]
        for name in ("compile", "load", "transfer", "execute"):
            seconds[name] = getattr(counters, name)
        seconds["score"] = scoring + recording
        seconds["plan"] = spent - counters.obtaining - counters.running - scoring
        yield results
        start = time.perf_counter()
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


def _results(tried: Tried) -> list[Result]:
    task = tried.answers.task
    judged = judge(task, tried.answers.outcome)
    unread: tuple[list[int | None], list[int | None]] = (
        [None] * len(task.demos),
        [None] * len(task.tests),
    )
    found = [
        Judged(UNSUPPORTED_ROW, row, *unread) if isinstance(row, str) else judged[row] for row in tried.rows
    ]
    out = [
        Result(task.id, name, file, line, body, f.status, f.demos, f.tests, f.reason)
        for (name, file, line, body), f in zip(tried.programs, found, strict=True)
    ]
    for r in tried.rejected:
        reason = f"line {r.line}: {r.reason}"
        out.append(Result(task.id, r.name, r.file, r.def_line, None, UNSUPPORTED_ROW, *unread, reason))
    return out


def _count(counts: dict[str, int], results: list[Result], solved: set[str]) -> None:
    counts["candidates"] += len(results)
    for r in results:
        pairs = len(r.demos) + len(r.tests)
        counts["pairs"] += pairs
        counts["pairs_evaluated"] += pairs - r.demos.count(None) - r.tests.count(None)
        if r.status == "solved":
            solved.add(r.task)
    counts["solved_tasks"] = len(solved)
