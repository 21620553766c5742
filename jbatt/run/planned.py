"""What candidates come to: bodies to evaluate, planned a part at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from jbatt.engine.evaluator import Evaluator, Outcome
from jbatt.engine.helper.client import Gone, Helper
from jbatt.engine.options import Options
from jbatt.engine.waiting import Work
from jbatt.run.answers import TaskAnswers
from jbatt.run.match import Candidates

PART_BODIES = 1000
"""Programs that are planned together: enough for full batches."""
PART_ANSWERS = 1 << 17
"""Answers (programs x pairs) of what is planned together, about: few enough to see results come."""


class Planned:
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
        self._given = sum(c.size for c in candidates)

    @property
    def expected(self) -> int:
        return self._certain * self._given // max(1, self._met)

    def parts(self, candidates: list[Candidates]) -> Iterator[list[Candidates]]:
        """Candidates that are planned together, each read when its part is asked for."""
        part: list[Candidates] = []
        bodies = answers = 0
        for c in candidates:
            part.append(c)
            bodies += len({p.root for p in c.programs})
            answers += len(c.programs) * (len(c.task.demos) + len(c.task.tests))
            if answers >= PART_ANSWERS or (bodies >= PART_BODIES and self.options.batch):
                yield part
                part, bodies, answers = [], 0, 0
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
