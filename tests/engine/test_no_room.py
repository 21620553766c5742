"""What shards have no memory for: the machine is asked, so that an answer does not depend on which of them had it first."""

from __future__ import annotations

import jax
import numpy as np
import pytest

import jbatt
from jbatt.engine.engines import Engines
from jbatt.engine.evaluator import CODES, Evaluator, Unit
from jbatt.engine.interpreter import NO_ROOM, Interpreter
from jbatt.engine.machine.machine import Machine
from jbatt.store.executables import ExecutableStore

pytestmark = pytest.mark.skipif(jax.default_backend() != "cpu", reason="only on CPU there is a machine")

#: 1,296 lines, which the machine draws over each other.
LINES = "fill(I, FOUR, mapply(fork(connect, first, last), product(asindices(I), asindices(I))))"


@pytest.fixture
def outcomes(monkeypatch):
    def of(bodies: list[str], memory: int, worth: bool):
        monkeypatch.setattr(Machine, "is_worth", lambda *a: worth)
        source = "".join(f"def solve_{k}(I):\n    return {body}\n" for k, body in enumerate(bodies))
        programs = jbatt.read_source(source)
        engines = Engines(memory=memory, store=ExecutableStore())
        grid = np.zeros((6, 6), np.int8)
        unit = Unit(np.array([p.root for p in programs.programs]), [grid], [np.full((6, 6), 4, np.int8)])
        evaluator = Evaluator(Interpreter(programs.graph, engines=engines))
        assert not evaluator.supported(unit.roots)
        (outcome,) = evaluator.run([unit])
        codes = [CODES[c] for c in outcome.code[:, 0]]
        asked = [side for side, machine in engines._machines.items() if machine._executable is not None]
        engines.close()
        return codes, outcome.score[:, 0].tolist(), outcome.reasons, asked

    return of


def test_the_machine_answers_instead(outcomes):
    much, little = 1 << 29, 1 << 20
    assert outcomes([LINES], much, False) == (["ok"], [1000], {}, [])
    codes, scores, _, asked = outcomes([LINES], little, False)
    assert (codes, scores, asked) == (["ok"], [1000], [32])
    assert outcomes([LINES], little, True)[:2] == (["ok"], [1000])


def test_without_a_machine_it_is_capacity(outcomes, monkeypatch):
    monkeypatch.setattr("jbatt.engine.evaluator.machine_classes", lambda: ())
    codes, scores, reasons, _ = outcomes([LINES], 1 << 20, False)
    assert (codes, scores) == (["capacity"], [-1])
    assert reasons == {(0, CODES.index("capacity")): NO_ROOM}
