"""Units evaluated together or one by one, with shared expressions or without, as the options say."""

from __future__ import annotations

from collections.abc import Iterator

from jbatt.engine.evaluator import Evaluator
from jbatt.engine.options import Options
from jbatt.engine.outcome import Outcome, Unit
from jbatt.engine.plan import DENSE
from jbatt.engine.waiting import Work

Part = tuple[int, slice, slice]
"""Roots and examples of the unit with this number."""


def evaluating(
    evaluator: Evaluator, units: list[Unit], timeout: float, options: Options, expected: int
) -> Work[tuple[list[Outcome], int]]:
    """The outcomes of units, and in how many pieces they went to the engine.

    timeout: seconds for each program, on the examples that are evaluated together. expected: evaluations of the whole run that are certain to come.
    """
    outcomes = [Outcome.empty(len(u.roots), len(u.grids)) for u in units]
    pieces = 0
    for parts in _pieces(units, options, len(evaluator.lowered.op)):
        cut = [_cut(units[k], roots, examples) for k, roots, examples in parts]
        found = yield from evaluator.running(cut, timeout, expected, options.share)
        for (k, roots, examples), outcome in zip(parts, found, strict=True):
            outcomes[k].code[roots, examples] = outcome.code
            outcomes[k].score[roots, examples] = outcome.score
            for (index, code), reason in outcome.reasons.items():
                outcomes[k].reasons[index + roots.start, code] = reason
        pieces += 1
    return outcomes, pieces


def _pieces(units: list[Unit], options: Options, nodes: int) -> Iterator[list[Part]]:
    """What goes to the engine at once."""
    parts = list(_parts(units, options))
    # The engine's tables have a row for each part and a column for each node.
    size = max(1, DENSE // max(1, nodes)) if options.batch else 1
    for first in range(0, len(parts), size):
        yield parts[first : first + size]


def _parts(units: list[Unit], options: Options) -> Iterator[Part]:
    """Units cut so that what is in different parts is neither shared nor, without batches, evaluated together."""
    for k, unit in enumerate(units):
        roots, examples = len(unit.roots), len(unit.grids)
        for r in [slice(0, roots)] if options.share else [slice(i, i + 1) for i in range(roots)]:
            for e in [slice(0, examples)] if options.batch else [slice(i, i + 1) for i in range(examples)]:
                yield k, r, e


def _cut(unit: Unit, roots: slice, examples: slice) -> Unit:
    return Unit(unit.roots[roots], unit.grids[examples], unit.expected[examples], unit.large)
