"""What a step of the machine sees, and what it tells about where to go on.

An instruction is int32[16]: opcode, the slots of its results (values, heads), up to six slots of arguments, policies, and
what is known beforehand. A *slot* says where values are: the first row, how many, and 1, or 0 where all are the same. *Heads*
are rows of `H`, one for each container: flags, how many items, where they begin among the items of all containers. The
first rows of `V` and of `H` stand for what was too much: marked LEFT, without items.

An instruction takes one step or many: `r` counts the rows (or containers) it is done with, `k` and `m` what it is at
within one; `acc` and `fl` are the step's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import lax

from jbatt.engine.machine.slices import dynamic_slice, dynamic_update_slice
from jbatt.engine.one_kernel import fori_loop
from jbatt.values.flags import HARD

#: Columns of an instruction.
OPCODE, VALUES, HEADS, ARGS, POLICY, X, Y = 0, 1, 2, 3, 9, 10, 11
INSTRUCTION = 16
#: Registers.
PC, ROW, K, M, ACC, FL, NEXT_V, NEXT_H, NEXT_P, START_V, FIRST_V, START_H, TRAP = range(13)
END, INPUT, EXPECTED, ANSWERS, TAKEN, START_P, BEGIN, TIMES, WIDE = range(13, 22)
REGISTERS = 22
WIDTH = 256
"""Rows of a wide block."""
SLOT = 4
MARK_SLOT, FIRST_SLOT = 2, 4
"""Step k of a job has slots FIRST_SLOT + 2 k and the next. MARK_SLOT and the next are those of its `mark`; those before are nobody's."""
HEAD = 4


class Memory(NamedTuple):
    """The machine's memory. V int32[*, 8], H int32[*, 4], P int8[*, U * U], S int32[*, 4]: values, heads, planes, slots.

    grids int8[*, U * U], sizes int32[*, 2]: examples' inputs and outputs. constants int32[*, 8].
    """

    V: Any
    H: Any
    P: Any
    S: Any
    grids: Any
    sizes: Any
    constants: Any


class Slot(NamedTuple):
    start: Any
    rows: Any
    stride: Any


class Head(NamedTuple):
    flags: Any
    count: Any
    first: Any


class Control(NamedTuple):
    """Where a step leads, int32[] each.

    n: rows of V it adds. k, m, acc, fl: the registers after it. advance: how many rows (or containers) are done by it, out
    of `rows`. planes: rows of P it adds. alias: whether the result is other rows of V: those of `there`. jump: the
    instruction to go on with, times: the rounds of the loop so far; negative for neither. left: rows that could be done
    together after this step.
    """

    n: Any
    rows: Any
    advance: Any
    k: Any
    m: Any
    acc: Any
    fl: Any
    planes: Any
    alias: Any
    jump: Any
    times: Any
    left: Any
    there: Slot

    def vector(self):
        return lanes([*self[:-1], *self.there])


@dataclass
class Context:
    """An instruction, the registers and the memory. width: rows of a block; `k` counts blocks of `side` rows, whatever it is."""

    side: int
    ins: Any
    registers: Any
    memory: Memory
    width: int

    @property
    def r(self):
        return self.registers[ROW]

    @property
    def k(self):
        return self.registers[K]

    @property
    def m(self):
        return self.registers[M]

    @property
    def acc(self):
        return self.registers[ACC]

    @property
    def fl(self):
        return self.registers[FL]

    @property
    def x(self):
        return self.ins[X]

    @property
    def y(self):
        return self.ins[Y]

    @property
    def first(self):
        """The first item of block `k`."""
        return self.registers[K] * self.side

    @property
    def after(self):
        """The number of the block after this one."""
        return self.registers[K] + self.width // self.side

    @property
    def iota(self):
        """int32[W]: places in a block."""
        return jnp.arange(self.width, dtype=jnp.int32)

    def slot(self, k: int) -> Slot:
        """Where argument k is."""
        at = dynamic_slice(self.memory.S, (self.ins[ARGS + k], 0), (1, SLOT))[0]
        return Slot(at[0], at[1], at[2])

    def value(self, k: int, row):
        """int32[8]: a row of argument k."""
        at = self.slot(k)
        return self.row(at.start + row * at.stride)

    def row(self, index):
        """int32[8]: a row of V."""
        return dynamic_slice(self.memory.V, (index, 0), (1, 8))[0]

    def rows_at(self, index):
        """int32[W, 8]: rows of V from an index on."""
        return dynamic_slice(self.memory.V, (index, 0), (self.width, 8))

    def block(self, k: int, first):
        """int32[W, 8]: the rows of argument k from `first` on; those beyond its end mean nothing."""
        at = self.slot(k)
        rows = self.rows_at(at.start + first * at.stride)
        return jnp.where(at.stride > 0, rows, rows[0])

    def gather(self, k: int, places):
        """int32[W, 8]: the rows of argument k at these places. Row by row, which is less work than a gather makes of it."""
        at = self.slot(k)

        def take(n, state):
            (rows,) = state
            row = self.row(at.start + dynamic_slice(places, (n,), (1,))[0] * at.stride)
            return (dynamic_update_slice(rows, row[None], (n, 0)),)

        return fori_loop(0, self.width, take, (jnp.zeros((self.width, 8), jnp.int32),))[0]

    def head(self, k: int, row) -> Head:
        """The head of container `row` of argument k."""
        at = self.slot(k)
        found = dynamic_slice(self.memory.H, (at.start + row * at.stride, 0), (1, HEAD))[0]
        return Head(found[0], found[1], found[2])

    def go(
        self,
        rows,
        advance,
        *,
        n=0,
        k=0,
        m=0,
        acc=0,
        fl=0,
        planes=0,
        alias=False,
        jump=-1,
        times=-1,
        left=0,
        there=None,
    ) -> Control:
        there = there or Slot(0, 0, 0)
        return Control(n, rows, advance, k, m, acc, fl, planes, alias, jump, times, left, there)


def lanes(values):
    """The vector int32[n] of n scalars, as one elementwise expression: XLA would make a kernel of each part of a stack."""
    place = jnp.arange(len(values), dtype=jnp.int32)
    out = jnp.zeros(len(values), jnp.int32)
    for k, value in enumerate(values):
        if not (isinstance(value, int) and value == 0):
            out = jnp.where(place == k, jnp.asarray(value).astype(jnp.int32), out)
    return out


LEFT, SEQUENCE, LOW, HOPELESS = 32, 64, 128, 512
"""Flags of the machine's own: what it leaves to the host; an object that comes from a tuple with repeated locations or none;
an object with two colours at some locations, whose plane has the higher and the plane after it the lower ones; what fits no class."""


def hard(flags):
    """int32: the flags that say there is no value."""
    return flags & (HARD | LEFT | HOPELESS)


def bit(condition, flag: int):
    """int32: a flag where a condition holds."""
    return jnp.where(condition, jnp.int32(flag), jnp.int32(0))


def some(flags, used):
    """int32[]: the flags of the used rows of a block, or-ed together."""
    kept = jnp.where(used, flags, 0)
    return lax.reduce(kept, jnp.int32(0), lax.bitwise_or, (0,))
