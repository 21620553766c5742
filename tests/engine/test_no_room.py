"""What shards have no memory for: the machine is asked, so that an answer does not depend on which of them had it first."""

from __future__ import annotations

import jax
import numpy as np
import pytest

import jbatt
from jbatt.engine.engines import Engines
from jbatt.engine.evaluator import Evaluator
from jbatt.engine.interpreter import NO_ROOM, Interpreter
from jbatt.engine.machine.machine import Machine
from jbatt.engine.outcome import CODES, Unit
from jbatt.store.executables import ExecutableStore

pytestmark = pytest.mark.skipif(jax.default_backend() != "cpu", reason="only on CPU there is a machine")

#: 1,296 lines, which the machine draws over each other.
LINES = "fill(I, FOUR, mapply(fork(connect, first, last), product(asindices(I), asindices(I))))"

#: Of each cell the nearest object: the objects are repeated for all cells.
NEAREST = (
    "fill(I, FOUR, mapply(chain(lbind(argmin, partition(I)), lbind(compose, chain(first, fork(subtract, first,"
    " compose(center, last)), identity)), lbind(lbind, astuple)), asindices(I)))"
)


@pytest.fixture
def outcomes(monkeypatch):
    def of(bodies: list[str], memory: int, worth: bool):
        monkeypatch.setattr(Machine, "is_worth", lambda *a: worth)
        source = "".join(f"def solve_{k}(I):\n    return {body}\n" for k, body in enumerate(bodies))
        programs = jbatt.read_source(source)
        engines = Engines(memory=memory, store=ExecutableStore())
        grid = np.repeat(np.arange(3, dtype=np.int8), 12).reshape(6, 6)
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


def test_rows_of_numbers(outcomes, monkeypatch):
    enough = outcomes([NEAREST], 1 << 29, False)
    assert enough[0] == ["ok"] and enough[3] == []
    monkeypatch.setattr("jbatt.engine.batch.MOST_ITEMS", 100)
    few = outcomes([NEAREST], 1 << 29, False)
    assert few[:2] == enough[:2] and few[3] == [32]


def test_planes_are_not_drawn_before_there_is_room(outcomes, monkeypatch):
    """Nor more of them than some megabytes at once: of a million patches that do not fit the host never holds one."""
    monkeypatch.setattr("jbatt.engine.evaluator.machine_classes", lambda: ())
    drawn = []
    full = np.full

    def counted(shape, *args, **more):
        drawn.append(shape)
        return full(shape, *args, **more)

    monkeypatch.setattr("jbatt.engine.ragged.np.full", counted)
    many = "fill(I, FOUR, mapply(initset, apply(first, product(asindices(I), asindices(I)))))"
    sets = "fill(I, FOUR, mapply(fork(insert, first, compose(initset, last)), product(asindices(I), asindices(I))))"
    assert outcomes([many, sets], 1 << 20, False)[0][1] == "capacity"
    assert not any(isinstance(s, tuple) and len(s) == 3 and s[0] > 1024 for s in drawn)


def test_without_a_machine_it_is_capacity(outcomes, monkeypatch):
    monkeypatch.setattr("jbatt.engine.evaluator.machine_classes", lambda: ())
    codes, scores, reasons, _ = outcomes([LINES], 1 << 20, False)
    assert (codes, scores) == (["capacity"], [-1])
    assert reasons == {(0, CODES.index("capacity")): NO_ROOM}
