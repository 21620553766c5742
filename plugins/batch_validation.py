"""Many candidates, tasks and examples in one call, instead of one candidate on one example at a time."""

from __future__ import annotations

from jbatt.cores import cores
from jbatt.run.hooks import hookimpl

MOST = 3
"""Helpers at most, unless asked for: each takes a gigabyte, and one process reads and records for all."""


class BatchValidation:
    """Has the engine evaluate whatever is ready together.

    helpers: processes that evaluate parts of large runs beside this one; -1: one for each further core, but no more than three.
    """

    saves = "calls: one for many candidates, tasks and examples, instead of one for each"

    def __init__(self, helpers: int = -1):
        self.helpers = min(cores() - 1, MOST) if helpers < 0 else helpers

    @hookimpl
    def configure(self, options):
        options.batch, options.helpers = True, self.helpers

    @hookimpl
    def finish(self, counts):
        return {"evaluations that were not alone": max(0, counts["evaluations"] - counts["pieces"])}
