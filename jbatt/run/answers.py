"""Answers so far of the candidates of one task: what passes see of a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jbatt.engine.outcome import OK_, Outcome
from jbatt.engine.scores import FULL
from jbatt.tasks import Task


@dataclass
class TaskAnswers:
    """One task, the bodies that are tried on it, and their answers.

    bodies: digests (16 bytes); roots: int64[bodies], what whoever evaluates them knows them by. Pairs are numbered demos first.
    """

    task: Task
    bodies: list[bytes]
    roots: np.ndarray
    outcome: Outcome

    @property
    def code(self) -> np.ndarray:
        """int8[bodies, pairs], read-only: an index into `jbatt.engine.outcome.CODES`; 0: not evaluated."""
        return _frozen(self.outcome.code)

    @property
    def score(self) -> np.ndarray:
        """int16[bodies, pairs], read-only: 0 to 1000, -1 where it is not known."""
        return _frozen(self.outcome.score)

    @property
    def reasons(self) -> dict[tuple[int, int], str]:
        """By (body, code): why there is no result, or what it is."""
        return dict(self.outcome.reasons)

    @property
    def pairs(self) -> int:
        """Demos and tests."""
        return self.code.shape[1]

    def decided(self) -> np.ndarray:
        """bool[bodies]: whether no other pair can change the status."""
        return decided(self.task, self.outcome)


def wrong(task: Task, outcome: Outcome) -> np.ndarray:
    """bool[roots, demos], in the judging order: the demo pairs that are not right, or have no answer."""
    order = list(task.judging_order)
    code, score = outcome.code[:, order], outcome.score[:, order]
    return np.where(code == OK_, score != FULL, True)


def decided(task: Task, outcome: Outcome) -> np.ndarray:
    """bool[roots]: those of which a demo pair was not right or has no answer, with none before it left out in the judging order."""
    seen = np.logical_and.accumulate(outcome.code[:, list(task.judging_order)] != 0, axis=1)
    return np.logical_or.reduce(wrong(task, outcome) & seen, axis=1)


def _frozen(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view
