"""Many candidates, tasks and examples in one call, instead of one candidate on one example at a time."""

from __future__ import annotations

from jbatt.run.hooks import hookimpl


class BatchValidation:
    """Has the engine evaluate whatever is ready together."""

    saves = "calls: one for many candidates, tasks and examples, instead of one for each"

    @hookimpl
    def configure(self, options):
        options.batch = True

    @hookimpl
    def finish(self, counts):
        return {"evaluations that were not alone": max(0, counts["evaluations"] - counts["pieces"])}
