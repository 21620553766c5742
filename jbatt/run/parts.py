"""The parts of a run under way, here and in other processes: while one is planned, others are evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from jbatt.engine.evaluator import Evaluator
from jbatt.engine.helper import beside
from jbatt.engine.helper.client import Gone, Helper
from jbatt.engine.helper.worth import started
from jbatt.engine.options import Options
from jbatt.engine.outcome import Outcome, Unit
from jbatt.engine.parts import evaluating
from jbatt.engine.waiting import Work, ended
from jbatt.run.match import Candidates, distinct
from jbatt.run.passes import Passes
from jbatt.run.planned import PART_BODIES, Beside, Planned, Tried
from jbatt.run.rounds import Engine, Rounds

AT_ONCE = 3
"""Parts that are under way in this process."""

ENOUGH = 1 << 14
"""Answers (programs x pairs) from which on they are given out."""


class Parts:
    """Reads, plans and evaluates candidates. pieces: in how many pieces they went to the engine."""

    def __init__(
        self,
        evaluator: Evaluator,
        candidates: list[Candidates],
        passes: Passes,
        options: Options,
        timeout: float,
        full: bool,
    ):
        self.evaluator, self.passes, self.options, self.timeout = evaluator, passes, options, timeout
        self.planned = Planned(evaluator, options, candidates)
        self.rounds = Rounds(passes, full)
        self.pieces = 0
        self._parts = self.planned.parts(candidates)
        self._begun = 0
        self._left = sum(c.size for c in candidates)
        """Candidates of no part so far."""
        self._tried: dict[int, list[Tried]] = {}
        self._helpers = started(evaluator.interpreter.engines, options, distinct(candidates))
        for helper in self._helpers:
            helper.begin(evaluator.graph)

    def ended(self) -> Iterator[list[Tried]]:
        """Candidates that were evaluated, in their order, some thousand answers at a time: what becomes of them is done while others run."""
        over: set[int] = set()
        found: list[Tried] = []
        following = 0
        try:
            for number in ended(self._running(), AT_ONCE, lambda: self._free() is not None):
                over.add(number)
                while following in over:
                    found += self._tried.pop(following)
                    following += 1
                answers = sum(t.answers.outcome.code.size for t in found)
                is_all = not self._left and following == self._begun
                if found and (answers >= ENOUGH or is_all):
                    if is_all:
                        self._end()
                    yield found
                    found = []
        finally:
            self._end()

    def _end(self) -> None:
        """Let helpers forget the run, while this process writes down what they have answered last."""
        for helper in self._helpers:
            helper.end()
        self._helpers = []

    def _free(self) -> Helper | None:
        """A helper that has time for another part."""
        left = -(-self._left // PART_BODIES)
        return next((h for h in self._helpers if h.is_free(left)), None)

    def _running(self) -> Iterator[Work[None]]:
        for number, part in enumerate(self._parts):
            helper = self._free()
            self._begun += 1
            self._left -= sum(c.size for c in part)
            if helper is not None:
                yield self._beside(helper, part, number)
            else:
                yield self._evaluated(self.planned.plan(part), number, self._here)

    def _evaluated(self, tried: list[Tried], number: int, engine: Engine) -> Work[None]:
        self._tried[number] = tried
        tasks = [t.answers for t in tried]
        self.passes.call("plan", work=tasks, timeout=self.timeout)
        return self.rounds.running(tasks, engine)

    def _beside(self, helper: Helper, part: list[Candidates], number: int) -> Work[None]:
        try:
            planned = yield from self.planned.plan_beside(helper, part)
        except Gone:
            yield from self._evaluated(self.planned.plan(part), number, self._here)
        else:
            yield from self._evaluated(planned.tried, number, partial(self._in_helper, helper, planned))

    def _here(self, units: list[Unit]) -> Work[list[Outcome]]:
        expected = self.planned.expected
        found, pieces = yield from evaluating(self.evaluator, units, self.timeout, self.options, expected)
        self.pieces += pieces
        return found

    def _in_helper(self, helper: Helper, planned: Beside, units: list[Unit]) -> Work[list[Outcome]]:
        evaluator = self.evaluator
        try:
            found = yield from beside.evaluating(
                helper, evaluator, units, planned.nodes, self.timeout, self.planned.expected
            )
        except Gone:
            units = [replace(u, roots=planned.nodes(u.roots)) for u in units]
            for unit in units:
                evaluator.supported(unit.roots)
            return (yield from self._here(units))
        self.pieces += 1
        return found
