"""Results into the store of solvers, and what is in the store checked again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from jbatt.errors import JbattError
from jbatt.program import ProgramSet, read_source
from jbatt.program.graph import CALL, INVOKE, Graph
from jbatt.run.passes import make
from jbatt.run.results import SOLVED, Result
from jbatt.run.settings import Settings
from jbatt.run.validate import validate
from jbatt.store.solvers import Solver, SolverStore, to_file
from jbatt.tasks import TaskSet


def calls(graph: Graph, root: int) -> int:
    """The size of a program: how many calls it makes; equal calls count once."""
    return sum(graph.kind[n] in (CALL, INVOKE) for n in graph.reachable(root))


def solvers(
    results: Iterable[Result],
    programs: ProgramSet,
    data: str,
    found: str = "run",
    parents: dict[str, str] | None = None,
) -> list[Solver]:
    """Solvers from results that are solved: by demo pairs alone.

    parents: body -> name of the program that a mutant was made from; these were found by "mutation".
    """
    roots = {p.body: p.root for p in programs.programs}
    kept: dict[tuple[str, str], Solver] = {}
    for r in results:
        if r.status != SOLVED or r.body is None or (r.task, r.body) in kept:
            continue
        root, parent = roots[r.body], (parents or {}).get(r.body)
        source = programs.graph.to_source(root, f"solve_{r.task}")
        kept[r.task, r.body] = Solver(
            r.task,
            r.body,
            data,
            source,
            calls(programs.graph, root),
            tuple(r.demos),
            tuple(r.tests),
            "mutation" if parent else found,
            parent,
        )
    return list(kept.values())


class Rechecked(NamedTuple):
    """changed: solvers whose scores differ now, with the new result; unknown: those whose task is not in the data set."""

    checked: int
    changed: list[tuple[Solver, Result]]
    unknown: list[Solver]

    @property
    def broken(self) -> list[Solver]:
        """Those that do not solve their demo pairs now."""
        return [s for s, r in self.changed if r.status != SOLVED]


def recheck(store: SolverStore, tasks: TaskSet, executables=None) -> Rechecked:
    """Validate what the store has for these tasks once more, and write the scores that changed.

    Raises JbattError where the store has nothing for them, or a program that cannot be read.
    """
    every = store.select()
    mine = [s for s in every if s.task in tasks]
    if not mine:
        raise JbattError(f"{store.path}: no solver of a task of {tasks.source}")
    programs = read_source(to_file(mine), str(store.path))
    if programs.rejected:
        raise JbattError(f"{programs.rejected[0]}")
    run = validate(programs, tasks, store=executables, passes=make(Settings()), full_scores=True)
    found = {(r.task, r.body): r for r in run.results}
    changed = []
    for s in mine:
        r = found.get((s.task, s.body))
        if r is None:
            raise JbattError(f"{store.path}: the program of task {s.task} is not the one of body {s.body}")
        if (tuple(r.demos), tuple(r.tests)) != (s.demos, s.tests):
            store.update(s, r.demos, r.tests)
            changed.append((s, r))
    return Rechecked(len(mine), changed, [s for s in every if s.task not in tasks])
