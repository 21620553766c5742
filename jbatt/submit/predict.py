"""Attempts for the tests of tasks, from programs and what became of them on the demo pairs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from jbatt.engine.engines import lease
from jbatt.engine.interpreter import Interpreter
from jbatt.program import ProgramSet
from jbatt.run.results import SOLVED, Result
from jbatt.submit.attempts import ranked, voters
from jbatt.submit.submission import Attempts
from jbatt.tasks import TaskSet


@dataclass(frozen=True)
class Prediction:
    """attempts: by task, for the tasks with any; solved: tasks with a program that is right on all demos; near: tasks whose
    attempts come from programs that are not."""

    attempts: dict[str, Attempts]
    solved: frozenset[str]
    near: frozenset[str]


def predict(
    programs: ProgramSet, tasks: TaskSet, results: list[Result], store=None, timeout: float = 10.0
) -> Prediction:
    """Attempts for every test input of the tasks for which some program is good enough.

    results: what validation of these programs on these tasks gave. The outputs of tests, where they are known, are not
    looked at.
    """
    roots = {p.body: p.root for p in programs.programs}
    by_task: dict[str, list[Result]] = defaultdict(list)
    for r in results:
        by_task[r.task].append(r)
    attempts: dict[str, Attempts] = {}
    near: set[str] = set()
    solved: set[str] = set()
    with lease(store) as engines:
        interpreter = Interpreter(programs.graph, engines=engines)
        for task in tasks:
            mine = by_task.get(task.id, [])
            votes = voters(mine, roots, programs.graph)
            if not votes:
                continue
            (solved if any(r.status == SOLVED for r in mine) else near).add(task.id)
            answers = interpreter.run([v.root for v in votes], [t.input for t in task.tests], timeout)
            attempts[task.id] = [ranked(votes, [a[k].grid for a in answers]) for k in range(len(task.tests))]
    return Prediction(attempts, frozenset(solved), frozenset(near))
