"""Units evaluated by a helper, and here what it leaves."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from jbatt.engine.evaluator import Evaluator
from jbatt.engine.helper.client import Helper
from jbatt.engine.jobs import Job, split
from jbatt.engine.outcome import Outcome, Unit
from jbatt.engine.waiting import Work
from jbatt.values.window import CLASSES


def evaluating(
    helper: Helper,
    evaluator: Evaluator,
    units: list[Unit],
    nodes: Callable[[np.ndarray], np.ndarray],
    timeout: float,
    expected: int,
) -> Work[list[Outcome]]:
    """The outcomes of units whose programs the helper has planned. Raises Gone, with nothing evaluated.

    units: with what the helper knows programs by as roots; nodes: the graph's nodes for these. timeout, expected: as for
    `Evaluator.running`.
    """
    answer = yield from helper.evaluate(units)
    counters = evaluator.interpreter.counters
    counters.add(answer.counters)
    evaluator.operations += answer.operations
    escalated = sum(int(over.sum()) for _, over in answer.found)
    counters.escalated[CLASSES[0]] = counters.escalated.get(CLASSES[0], 0) + escalated
    outcomes = [outcome for outcome, _ in answer.found]
    rest: list[Job] = []
    large: list[bool] = []
    for k, (outcome, over) in enumerate(answer.found):
        whole = Job(k, np.arange(outcome.code.shape[0]), np.arange(outcome.code.shape[1]))
        for open_, is_large in (((outcome.code == 0) & ~over, False), ((outcome.code == 0) & over, True)):
            before = len(rest)
            split(whole, open_, rest)
            large += [is_large] * (len(rest) - before)
    if rest:
        left = [_unit(units[j.unit], j, is_large, nodes) for j, is_large in zip(rest, large, strict=True)]
        evaluator.supported(np.unique(np.concatenate([unit.roots for unit in left])))
        for job, found in zip(rest, (yield from evaluator.running(left, timeout, expected)), strict=True):
            outcome, where = outcomes[job.unit], np.ix_(job.roots, job.rows)
            outcome.code[where], outcome.score[where] = found.code, found.score
            for (index, code), reason in found.reasons.items():
                outcome.reasons[int(job.roots[index]), code] = reason
    return outcomes


def _unit(unit: Unit, job: Job, large: bool, nodes: Callable[[np.ndarray], np.ndarray]) -> Unit:
    rows = job.rows.tolist()
    return Unit(
        nodes(unit.roots[job.roots]), [unit.grids[r] for r in rows], [unit.expected[r] for r in rows], large
    )
