"""Evaluation in rounds: for each task some pairs first, then what passes have not pruned.

In each round: which pairs, which answers are known, the engine for the others, which candidates are decided.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from jbatt.engine.outcome import CODES, Outcome, Unit
from jbatt.engine.scores import UNKNOWN
from jbatt.engine.waiting import Work
from jbatt.run.answers import TaskAnswers
from jbatt.run.passes import Passes

Engine = Callable[[list[Unit]], Work[list[Outcome]]]
TIMEOUT_ = CODES.index("timeout")


@dataclass
class Rounds:
    """Evaluates tasks. full: every pair of every candidate, whatever passes say.

    evaluated, recalled: answers that the engine gave, and that passes knew.
    """

    passes: Passes
    full: bool
    evaluated: int = 0
    recalled: int = 0

    def running(self, tasks: list[TaskAnswers], engine: Engine) -> Work[None]:
        """Fill in the answers of tasks. `engine` evaluates units."""
        plans = [self._rounds(t) for t in tasks]
        alive = [np.ones(len(t.roots), bool) for t in tasks]
        for k in range(max(map(len, plans), default=0)):
            now = [(t, a, p[k]) for t, a, p in zip(tasks, alive, plans, strict=True) if k < len(p)]
            wanted = [self._wanted(t, a, pairs) for t, a, pairs in now]
            yield from self._evaluate([t for t, _, _ in now], wanted, engine)
            if not self.full:
                for t, a, _ in now:
                    a &= ~self._pruned(t)
        for t in tasks:
            self.passes.call("scored", answers=t)

    def _rounds(self, answers: TaskAnswers) -> list[list[int]]:
        everything = list(range(answers.pairs))

        def check(rounds: Any) -> list[list[int]]:
            found = [[int(p) for p in r] for r in rounds]
            if sorted(p for r in found for p in r) != everything:
                raise ValueError(
                    f"expected each of the pairs 0 to {len(everything) - 1} once, found {rounds!r}"
                )
            return [r for r in found if r]

        return self.passes.first("order_examples", check, task=answers.task) or [everything]

    def _wanted(self, answers: TaskAnswers, alive: np.ndarray, pairs: list[int]) -> np.ndarray:
        """bool[bodies, pairs]: what this round is to answer."""
        demos = len(answers.task.demos)
        chosen = set(pairs)
        if not self.full:
            for some in self.passes.call("select", set, task=answers.task, pairs=list(pairs)):
                chosen &= some | set(range(demos))
        wanted = np.zeros(answers.code.shape, bool)
        wanted[:, sorted(chosen)] = alive[:, None]
        return wanted

    def _pruned(self, answers: TaskAnswers) -> np.ndarray:
        pruned = np.zeros(len(answers.roots), bool)

        def check(found: Any) -> np.ndarray:
            found = np.asarray(found)
            if found.dtype != bool or found.shape != pruned.shape:
                raise ValueError(f"expected bool{list(pruned.shape)}, found {found.dtype}{list(found.shape)}")
            return found

        for found in self.passes.call("prune", check, answers=answers):
            pruned |= found
        return pruned & answers.decided()

    # Known or evaluated -------------------------------------------------------------------------------------------

    def _evaluate(self, tasks: list[TaskAnswers], wanted: list[np.ndarray], engine: Engine) -> Work[None]:
        jobs: list[tuple[int, np.ndarray, np.ndarray]] = []
        for k, (t, want) in enumerate(zip(tasks, wanted, strict=True)):
            self._recall(t, want)
            for pattern in np.unique(want[want.any(axis=1)], axis=0):
                jobs.append((k, np.flatnonzero((want == pattern).all(axis=1)), np.flatnonzero(pattern)))
        found = yield from engine([_unit(tasks[k], bodies, pairs) for k, bodies, pairs in jobs])
        for (k, bodies, pairs), outcome in zip(jobs, found, strict=True):
            mine = tasks[k].outcome
            where = np.ix_(bodies, pairs)
            mine.code[where], mine.score[where] = outcome.code, outcome.score
            for (index, code), reason in outcome.reasons.items():
                mine.reasons[int(bodies[index]), code] = reason
            self.evaluated += outcome.code.size
        if self.passes.uses("evaluated"):
            for t, want in zip(tasks, wanted, strict=True):
                if want.any():
                    self.passes.call("evaluated", answers=t, fresh=want)

    def _recall(self, answers: TaskAnswers, wanted: np.ndarray) -> None:
        """Take over what passes know; `wanted` loses it."""

        def check(found: Any) -> Outcome:
            shape = wanted.shape
            if found.code.shape != shape or found.score.shape != shape:
                raise ValueError(f"expected code and score of shape {list(shape)}, found {found.code.shape}")
            if found.code.min(initial=0) < 0 or found.code.max(initial=0) >= TIMEOUT_:
                raise ValueError("codes of known answers must be those of answers that do not depend on time")
            if found.score.min(initial=0) < UNKNOWN or found.score.max(initial=0) > 1000:
                raise ValueError("scores must be -1 to 1000")
            return found

        if not self.passes.uses("known"):
            return
        for found in self.passes.call("known", check, answers=answers, wanted=wanted.copy()):
            these = wanted & (found.code != 0)
            mine = answers.outcome
            mine.code[these], mine.score[these] = found.code[these], found.score[these]
            bodies = these.any(axis=1)
            for (body, code), reason in found.reasons.items():
                if bodies[body]:
                    mine.reasons[body, code] = reason
            wanted &= ~these
            self.recalled += int(these.sum())


def _unit(answers: TaskAnswers, bodies: np.ndarray, pairs: np.ndarray) -> Unit:
    chosen = [
        answers.task.demos[p]
        if p < len(answers.task.demos)
        else answers.task.tests[p - len(answers.task.demos)]
        for p in pairs.tolist()
    ]
    return Unit(answers.roots[bodies], [c.input for c in chosen], [c.output for c in chosen])
