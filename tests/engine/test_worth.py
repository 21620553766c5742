"""When the machine is made ready, and when shards do the work."""

from __future__ import annotations

import pytest

from jbatt.dsl.registry import REGISTRY
from jbatt.engine.counters import Counters
from jbatt.engine.kernels import Kernels
from jbatt.engine.machine.machine import Machine
from jbatt.engine.registers import PlaneFile
from jbatt.store import turns
from jbatt.store.executables import ExecutableStore


class Kept:
    """A store that has everything, or nothing, under some names."""

    def __init__(self, machine: bool, kernels: bool):
        self.machine, self.kernels = machine, kernels

    def has(self, name: str) -> bool:
        return self.machine if name.startswith("machine") else self.kernels

    def is_being_made(self, name: str) -> bool:
        return False


def worth(evaluations: int, kernels: int, store: Kept, times: int = 1) -> bool:
    import jbatt.dsl

    jbatt.dsl.load()
    overloads = [(o, o.args, o.result) for p in REGISTRY.values() for o in p.overloads if not o.scalar]
    file = PlaneFile(32, memory=1 << 20)
    price = Kernels(file, Counters(), store=store).price(overloads[:kernels])
    machine = Machine(32, Counters(), store)
    found = [machine.is_worth(evaluations, lambda: price) for _ in range(times)]
    return found[-1]


@pytest.mark.parametrize("machine", [True, False])
@pytest.mark.parametrize("kernels", [True, False])
def test_a_few_tasks_are_for_shards_whatever_is_kept(machine, kernels):
    """So a first run and a second one of the same programs go the same way."""
    assert not worth(93, 40, Kept(machine, kernels))
    assert not worth(588, 40, Kept(machine, kernels))


@pytest.mark.parametrize("kernels", [True, False])
def test_many_evaluations_are_for_the_machine(kernels):
    assert worth(20_000, 60, Kept(True, kernels))
    assert worth(60_000, 60, Kept(False, kernels))


def test_what_is_kept_is_cheaper():
    assert worth(7_000, 10, Kept(True, True))
    assert not worth(7_000, 10, Kept(False, True))


def test_many_small_runs_add_up():
    assert not worth(1_000, 10, Kept(True, True), times=3)
    assert worth(1_000, 10, Kept(True, True), times=5)


def test_nobody_stands_still_while_another_process_compiles_the_machine(tmp_path):
    """Two workers that begin with an empty store had one idle for two minutes."""
    store = ExecutableStore(tmp_path)
    machine = Machine(32, Counters(), store)
    assert machine.is_worth(60_000)
    turn = turns.take(store.path(machine.name))
    assert not machine.is_worth(60_000)
    turns.end(store.path(machine.name), turn)
    assert machine.is_worth(60_000)
