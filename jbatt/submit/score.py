"""The score of a submission: an output counts where one of its two attempts is right in every cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jbatt.errors import JbattError
from jbatt.submit.submission import Attempts
from jbatt.tasks import TaskSet


@dataclass(frozen=True)
class TaskScore:
    """hits: for each test output the attempt that is right (1 or 2), or 0; missing: the submission lacks the task."""

    task: str
    hits: tuple[int, ...]
    missing: bool

    @property
    def solved(self) -> bool:
        """Whether every output is right."""
        return bool(self.hits) and all(self.hits)


@dataclass(frozen=True)
class Score:
    """Over all tasks of the data set, whether the submission has them or not."""

    tasks: tuple[TaskScore, ...]

    @property
    def outputs_right(self) -> int:
        return sum(h > 0 for t in self.tasks for h in t.hits)

    @property
    def outputs(self) -> int:
        return sum(len(t.hits) for t in self.tasks)

    @property
    def tasks_solved(self) -> int:
        return sum(t.solved for t in self.tasks)

    @property
    def mean(self) -> float:
        """The mean over tasks of the share of their outputs that are right."""
        shares = [sum(h > 0 for h in t.hits) / len(t.hits) for t in self.tasks if t.hits]
        return sum(shares) / len(shares) if shares else 0.0


def score(tasks: TaskSet, attempts: dict[str, Attempts]) -> Score:
    """The score of attempts on tasks whose test outputs are known. Raises JbattError where one is not."""
    found = []
    for task in tasks:
        expected = [test.output for test in task.tests if test.output is not None]
        if len(expected) < len(task.tests):
            raise JbattError(
                f"{tasks.source}: the test outputs of task {task.id} are not known; put the solutions file beside the "
                "challenges file (..._challenges.json, ..._solutions.json), or name a data set with outputs"
            )
        given = attempts.get(task.id)
        hits = []
        for k, output in enumerate(expected):
            tries = given[k] if given else []
            right = [n for n, grid in enumerate(tries, 1) if np.array_equal(grid, output)]
            hits.append(right[0] if right else 0)
        found.append(TaskScore(task.id, tuple(hits), given is None))
    return Score(tuple(found))
