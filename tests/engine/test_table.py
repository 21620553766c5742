"""Steps that several signatures share are the same step for each of them, to the letter."""

from __future__ import annotations

from collections import defaultdict

import jax
import jax.numpy as jnp
import pytest

from jbatt.engine.machine import table as tables
from jbatt.engine.machine.context import REGISTERS, Context, Memory
from jbatt.engine.machine.layout import WORDS
from jbatt.engine.machine.loop import Sizes, shapes
from jbatt.engine.machine.rows import MAX_ARGS
from jbatt.engine.machine.table import BLOCK, table

SIDE = 32


class Apart(tables._Maker):
    """A step for each signature."""

    def add(self, name, kind, step, row=False, policy=0, share=None, many=False, wide=False):
        super().add(name, kind, step, row, policy, None, many, wide)


def _traced(step, kind: int) -> str:
    """What a step does, as text."""
    instructions, _, _, grids, sizes, constants, *memory = shapes(SIDE, Sizes())
    line = jax.ShapeDtypeStruct(instructions.shape[1:], jnp.int32)
    registers = jax.ShapeDtypeStruct((REGISTERS,), jnp.int32)
    more = []
    if kind != BLOCK:
        more = [jax.ShapeDtypeStruct((MAX_ARGS, WORDS), jnp.int32), jax.ShapeDtypeStruct((), jnp.int32)]

    def run(line, registers, V, H, P, S, grids, sizes, constants, *more):
        *out, go = step(
            Context(SIDE, line, registers, Memory(V, H, P, S, grids, sizes, constants), SIDE), *more
        )
        return *out, go.vector()

    return str(jax.make_jaxpr(run)(line, registers, *memory, grids, sizes, constants, *more))


@pytest.fixture(scope="module")
def apart():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "_Maker", Apart)
        return table.__wrapped__(SIDE)


def test_what_is_shared_is_the_same(apart):
    sharing = defaultdict(list)
    for name, code in table(SIDE).opcodes.items():
        sharing[code.kind, code.number].append(name)
    groups = [(kind, names) for (kind, _), names in sharing.items() if len(names) > 1]
    assert sum(len(names) for _, names in groups) > 100
    for kind, names in groups:
        steps = [apart.steps[kind][apart.opcodes[n].number] for n in names]
        first, *others = [_traced(s, kind) for s in steps]
        assert all(o == first for o in others), names
