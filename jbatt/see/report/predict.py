"""What programs of a run predict: results hold scores, so the outputs are computed again for those that are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from jbatt.engine.interpreter import Answer, Interpreter
from jbatt.run.results import FAILED, SOLVED, Result
from jbatt.see.report.load import LoadedRun
from jbatt.store.executables import ExecutableStore

Key = tuple[str, str]
"""A task's id and a body."""


def nearest_first(results: Iterable[Result]) -> list[Result]:
    """Near misses first: failed ones by their score on the demo pairs, then solved ones, then those without outputs."""
    return sorted(results, key=rank)


def rank(result: Result) -> tuple[int, float, str, str]:
    """A sort key: what is most worth looking at comes first. A solved one with a wrong test pair is a near miss too."""
    near = result.status == FAILED or (result.status == SOLVED and not result.solves_tests)
    group = 0 if near else 1 if result.status == SOLVED else 2
    return group, -result.closeness, result.task, result.program


def predictions(
    run: LoadedRun, most: int, timeout: float = 10.0, told: Callable[[int, int], Any] = lambda done, all: None
) -> dict[Key, list[Answer]]:
    """Answers for all pairs, demos first, of the `most` nearest distinct programs that are still there.

    timeout: seconds for each program. told(done, all) is called after each task.
    """
    chosen: dict[str, dict[str, int]] = {}
    count = 0
    for r in nearest_first(run.results):
        program = run.program(r)
        if count >= most:
            break
        if program is None or r.status not in (FAILED, SOLVED, "error", "timeout", "capacity"):
            continue
        bodies = chosen.setdefault(r.task, {})
        if program.body not in bodies:
            bodies[program.body] = program.root
            count += 1
    interpreter = Interpreter(run.set.graph, store=ExecutableStore())
    interpreter.prepare([root for bodies in chosen.values() for root in bodies.values()])
    found: dict[Key, list[Answer]] = {}
    for task, bodies in chosen.items():
        pairs = run.tasks[task].demos + run.tasks[task].tests
        answers = interpreter.run(list(bodies.values()), [p.input for p in pairs], timeout)
        found |= {(task, body): a for body, a in zip(bodies, answers, strict=True)}
        told(len(found), count)
    return found
