"""Each body on each pair once: equal bodies of a run together, and what earlier runs have judged from disk."""

from __future__ import annotations

import numpy as np

from jbatt.run.hooks import hookimpl
from jbatt.store.answers import AnswerStore


class ValidationCache:
    """Asks the store of answers before the engine, and tells it what the engine has found."""

    saves = "evaluations of a body on a pair that were made before, in this run or an earlier one"

    def __init__(self) -> None:
        self.store = None
        self.timeout = 0.0
        self.recalled = 0

    @hookimpl
    def configure(self, options):
        options.distinct = True
        self.store = AnswerStore(options.folder)

    @hookimpl
    def plan(self, timeout):
        self.timeout = timeout

    @hookimpl
    def known(self, answers, wanted):
        found = self.store.find(answers.task, answers.bodies, wanted, self.timeout)
        self.recalled += int(np.count_nonzero(found.code))
        return found

    @hookimpl
    def evaluated(self, answers, fresh):
        self.store.add(answers.task, answers.bodies, fresh, answers.outcome, self.timeout)

    @hookimpl
    def finish(self, counts):
        self.store.close()
        return {"answers known": self.recalled, "equal candidates": counts["merged"]}
