"""The corner of an empty patch is the empty tuple. `shift` and `move` look at it only where there are cells to be moved."""

from __future__ import annotations

import numpy as np
import pytest

import jbatt
from jbatt.engine.counters import Counters
from jbatt.engine.engines import lease, machine_classes
from jbatt.engine.evaluator import Evaluator
from jbatt.engine.interpreter import Interpreter
from jbatt.engine.machine.machine import Machine
from jbatt.engine.outcome import CODES, Unit
from jbatt.store.executables import ExecutableStore

CORNER = "ulcorner(ofcolor(I, NINE))"
#: What the reference says on a grid with threes, and on one of zeros; neither has a nine.
BODIES = {
    f"paint(I, shift(recolor(ONE, ofcolor(I, THREE)), {CORNER}))": ["error", "ok"],
    f"fill(I, ONE, shift(ofcolor(I, THREE), {CORNER}))": ["error", "ok"],
    f"move(I, recolor(ONE, ofcolor(I, THREE)), {CORNER})": ["error", "ok"],
    f"paint(I, mapply(rbind(shift, {CORNER}), partition(I)))": ["error", "error"],
    f"crop(I, {CORNER}, UNITY)": ["error", "error"],
}  # fmt: skip


@pytest.mark.parametrize("on_machine", [True, False])
def test_only_what_has_cells_raises(monkeypatch, on_machine):
    if on_machine and not machine_classes():
        pytest.skip("only on CPU there is a machine")
    monkeypatch.setattr(Machine, "is_worth", lambda self, evaluations, kernels, expected: self.side == 32)
    source = "".join(f"def solve_{k}(I):\n    return {body}\n\n" for k, body in enumerate(BODIES))
    programs = jbatt.read_source(source)
    threes = np.zeros((4, 5), np.int8)
    threes[1, 2:4] = 3
    grids = [threes, np.zeros((4, 5), np.int8)]
    with lease(ExecutableStore(), counters=Counters()) as engines:
        evaluator = Evaluator(Interpreter(programs.graph, engines=engines), None if on_machine else ())
        unit = Unit(np.array([p.root for p in programs.programs]), grids, grids)
        assert not evaluator.supported(unit.roots)
        (outcome,) = evaluator.run([unit])
    found = [[CODES[c] for c in row] for row in outcome.code.tolist()]
    assert dict(zip(BODIES, found, strict=True)) == BODIES
