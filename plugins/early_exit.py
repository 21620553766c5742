"""Candidates stop at the first demo pair that shows them to be wrong, the smallest pair first."""

from __future__ import annotations

import numpy as np

from jbatt.run.hooks import hookimpl


class EarlyExit:
    """Two rounds: the `first` smallest demo pairs, then all other pairs of the candidates that are still right."""

    saves = "pairs of a candidate that an earlier demo pair has shown to be wrong"

    def __init__(self, first: int = 1):
        if first < 1:
            raise ValueError("early-exit.first: expected 1 or more")
        self.first, self.left_out = first, 0

    @hookimpl
    def order_examples(self, task):
        order = list(task.judging_order)
        tests = range(len(order), len(order) + len(task.tests))
        return [order[: self.first], [*order[self.first :], *tests]]

    @hookimpl
    def prune(self, answers):
        return answers.decided()

    @hookimpl
    def scored(self, answers):
        self.left_out += int(np.count_nonzero(answers.code == 0))

    @hookimpl
    def finish(self):
        return {"pairs not evaluated": self.left_out}
