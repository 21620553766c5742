"""Where passes take part in a run. This file is the reference; docs/passes.md shows how to write a pass.

    read -> plan -> known results? -> order examples -> select -> evaluate -> score -> prune -> record

Every hook is optional. Arguments may be left out: pluggy gives a pass those that it names. A pass sees programs by their
body hash and pairs by their number (demos first, then tests), never the engine's own data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:  # so that listing passes does not load the engine
    import numpy as np

    from jbatt.engine.options import Options
    from jbatt.engine.outcome import Outcome
    from jbatt.program import ProgramSet
    from jbatt.run.answers import TaskAnswers
    from jbatt.run.results import Result
    from jbatt.tasks import Task

PROJECT = "jbatt"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Hooks:
    """The points of a run, in order."""

    @hookspec
    def configure(self, options: Options) -> None:
        """Switch what the engine shares, batches and keeps. Once, before everything else."""

    @hookspec
    def read(self, programs: ProgramSet) -> None:
        """The programs have been read."""

    @hookspec
    def plan(self, work: list[TaskAnswers], timeout: float) -> None:
        """It is known which bodies are to be evaluated for some of the tasks: called for a part of them at a time. `timeout` is in seconds."""

    @hookspec(firstresult=True)
    def order_examples(self, task: Task) -> list[list[int]] | None:
        """Rounds of pairs: after each round candidates can be pruned. All pairs must occur, once. The first answer counts."""

    @hookspec
    def select(self, task: Task, pairs: list[int]) -> list[int] | None:
        """Those of a round's pairs that are to be evaluated. Demo pairs always are, and with full scores all."""

    @hookspec
    def known(self, answers: TaskAnswers, wanted: np.ndarray) -> Outcome | None:
        """Answers that need no evaluation: code and score for what bool[bodies, pairs] `wanted` says, code 0 where unknown."""

    @hookspec
    def evaluated(self, answers: TaskAnswers, fresh: np.ndarray) -> None:
        """The engine has evaluated what bool[bodies, pairs] `fresh` says."""

    @hookspec
    def prune(self, answers: TaskAnswers) -> np.ndarray | None:
        """bool[bodies]: those to evaluate no further. Heeded only where the status is decided, and never with full scores."""

    @hookspec
    def scored(self, answers: TaskAnswers) -> None:
        """A task is done: nothing more will be evaluated for it."""

    @hookspec
    def record(self, results: list[Result]) -> None:
        """Results that are final, as they are written to `results.jsonl`."""

    @hookspec
    def finish(self, counts: dict[str, int], kernels: dict[str, int]) -> dict[str, int] | None:
        """The run is over. What the pass has avoided, counted: name -> number, for the summary."""


HOOKS = tuple(name for name in vars(Hooks) if not name.startswith("_"))
