"""The time limit of shards is for a program, not for each of its steps."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np

import jbatt
from jbatt.engine.engines import Engines
from jbatt.engine.evaluator import Evaluator
from jbatt.engine.interpreter import Interpreter
from jbatt.engine.outcome import CODES, Unit
from jbatt.store.executables import ExecutableStore


def run(monkeypatch, source: str, timeout: float) -> list[str]:
    """The statuses of programs, on a clock that goes on by a second whenever it is looked at."""
    ticks = itertools.count()
    monkeypatch.setattr("jbatt.engine.shard.time", SimpleNamespace(perf_counter=lambda: float(next(ticks))))
    programs = jbatt.read_source(source)
    engines = Engines(memory=1 << 20, store=ExecutableStore())
    grid = np.arange(6, dtype=np.int8).reshape(2, 3)
    unit = Unit(np.array([p.root for p in programs.programs]), [grid], [grid])
    evaluator = Evaluator(Interpreter(programs.graph, engines=engines), machines=())
    assert not evaluator.supported(unit.roots)
    (outcome,) = evaluator.run([unit], timeout)
    engines.close()
    return [CODES[c] for c in outcome.code[:, 0]]


def test_steps_add_up(monkeypatch):
    def chain(steps: int) -> str:
        lines = [f"    x{k + 1} = {'rot90' if k % 2 else 'dmirror'}(x{k})\n" for k in range(1, steps)]
        return f"def solve_{steps}(I):\n    x1 = rot90(I)\n{''.join(lines)}    return x{steps}\n\n"

    # A step takes a few seconds of this clock, so that thirty are too much and none by itself.
    assert run(monkeypatch, chain(3) + chain(30), 50) == ["ok", "timeout"]
    assert run(monkeypatch, chain(3) + chain(30), 1000) == ["ok", "ok"]


def test_what_is_side_by_side_does_not_add_up(monkeypatch):
    many = "".join(f"def solve_{k}(I):\n    return fill(I, {k}, asindices(I))\n\n" for k in range(40))
    assert run(monkeypatch, many, 50) == ["ok"] * 40
