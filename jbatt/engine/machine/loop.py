"""The machine's loop: jobs one after the other, and the instructions of each, step by step.

Five loops, one for each kind of step, inside one over the instructions inside one over the jobs. They take the place of
a switch over the kinds: XLA updates memory in place in loops, but copies what a branch of a switch writes to.

In the smallest class each of the five is one kernel, since what a step does there is less than what calls of kernels take.
All of it as one would be a tenth faster, but takes three times as long to compile. In larger classes that takes longer
still, and the work is in planes, for which the kernels that XLA calls are better.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from jbatt.engine.machine.blocks import MOST_ROWS
from jbatt.engine.machine.context import (
    ACC,
    ANSWERS,
    BEGIN,
    END,
    EXPECTED,
    FIRST_V,
    FL,
    HEADS,
    INPUT,
    INSTRUCTION,
    MARK_SLOT,
    NEXT_H,
    NEXT_P,
    NEXT_V,
    OPCODE,
    PC,
    REGISTERS,
    ROW,
    SLOT,
    START_H,
    START_P,
    START_V,
    TAKEN,
    TIMES,
    TRAP,
    VALUES,
    WIDE,
    WIDTH,
    Context,
    K,
    M,
    Memory,
    hard,
    lanes,
)
from jbatt.engine.machine.layout import WORDS, row_of
from jbatt.engine.machine.rows import MAX_ARGS, argument_flags
from jbatt.engine.machine.slices import dynamic_slice, dynamic_update_slice
from jbatt.engine.machine.table import BLOCK, DRAW, LINES, SCAN, Table, table
from jbatt.engine.one_kernel import while_loop
from jbatt.values.window import CLASSES

JOB = 8
"""Columns of a job: first instruction, end, input, expected output, first row of its answers."""
KIND, IS_ROW, MANY, ANSWER = 12, 13, 14, 15
"""More columns of an instruction: its step's kind; how many arguments it is skipped for where they have no value, for a step on
blocks 1 + the number of its wide form; whether it gives heads; the number of the answer it is (-1: none)."""
AGAIN = 2
"""Marks, instead of heads, the end of a loop: its result is where the loop's start is taken from."""
COUNTED = 3
"""Marks steps that give heads but no rows: where these begin is what register `M` has counted up to."""
HEAVY = 1 << 12
"""Rows or steps from which on an instruction is what was too much, rather than all of them together."""
ENOUGH = 64
"""Rows from which on a wide block takes less time than one after the other."""
STOPPED, SHORT, VAST = 1, 2, 3
"""In TRAP: memory ended for the job; some of its instructions were too much for what was left of it; and for shards as well."""
LINE_CELLS = 1 << 14
"""Cells of the planes that are drawn in one step from numbers."""
STEPS = 1 << 19
"""Steps of one instruction: one that takes more is left to the host."""


@dataclass(frozen=True)
class Sizes:
    """Rows of the machine's memory, and of what it is given."""

    values: int = 1 << 24
    heads: int = 1 << 21
    planes: int = 1 << 17
    slots: int = 1 << 16
    instructions: int = 1 << 15
    jobs: int = 1 << 10
    grids: int = 1 << 12
    constants: int = 1 << 11
    answers: int = 1 << 15

    def scaled(self, side: int) -> Sizes:
        """Fewer planes where they are larger. The rest is the same in all classes, which share that memory."""
        part = (side // 32) ** 2
        return replace(
            self,
            planes=max(1024, self.planes // part),
            grids=max(256, self.grids // part),
        )


def _marked(V, S) -> tuple:
    """How far values, heads and planes were taken when the job's `mark` was done, which is a row of its own.

    Of memory as the step leaves it: XLA would copy what is read as it was before.
    """
    values, heads = (dynamic_slice(S, (MARK_SLOT + k, 0), (1, 1))[0, 0] for k in range(2))
    planes = dynamic_slice(V, (values, 1), (1, 1))[0, 0]
    return values + 1, heads, planes


def _tail(ins, registers, memory: Memory, go, release=None):
    """After a step: heads and slots written, registers moved on.

    release: where the step is a root, after which nobody needs what was done for it alone.
    """
    n, rows, advance, k, m, acc, fl, planes, alias, jump, times, left, start, count, stride = (
        go[i] for i in range(15)
    )
    live = registers[ROW] < rows
    n, planes = jnp.where(live, n, 0), jnp.where(live, planes, 0)
    counted = ins[MANY] == COUNTED
    many = (ins[MANY] == 1) | counted
    over = advance > 0
    first = jnp.where(counted, registers[M], registers[FIRST_V] - registers[START_V])
    head = lanes([fl, acc, first, 0])
    H = dynamic_update_slice(memory.H, head[None], (registers[NEXT_H], 0))
    next_v = registers[NEXT_V] + n
    next_h = registers[NEXT_H] + (many & over & live)
    r = registers[ROW] + advance
    done = r >= rows
    aliased = alias != 0
    zero, one = jnp.int32(0), jnp.int32(1)
    begin = registers[START_V]
    values = lanes(
        [
            jnp.where(aliased, start, begin),
            jnp.where(aliased, count, next_v - begin),
            jnp.where(aliased, stride, one),
            0,
        ]
    )
    heads = lanes([registers[START_H], rows, 1, 0])
    # A loop's next round starts from what this one gave.
    heads = jnp.where(ins[MANY] == AGAIN, values, heads)

    def unless(condition, value):
        return jnp.where(condition, zero, value)

    next_p = registers[NEXT_P] + planes
    steps = registers[TAKEN] + 1
    full = (
        (next_v + 2 * WIDTH >= memory.V.shape[0])
        | (next_h + 2 >= memory.H.shape[0])
        | (next_p + 2 + LINE_CELLS // memory.P.shape[1] >= memory.P.shape[0])
        | (steps >= STEPS)
    )
    # An instruction that is too much by itself is undone: its result is LEFT, and the others go on.
    # After the first one memory is short, so that others like it are not even filled in up to its end.
    large = jnp.maximum(next_v - begin, steps) >= HEAVY
    full = full | (large & (registers[TRAP] >= SHORT))
    heavy = full & large
    stop = full & ~heavy
    values = jnp.where(heavy, lanes([0, jnp.where(many, 0, rows), 0, 0]), values)
    heads = jnp.where(heavy, lanes([0, rows, 0, 0]), heads)
    S = dynamic_update_slice(memory.S, values[None], (ins[VALUES], 0))
    S = dynamic_update_slice(S, heads[None], (ins[HEADS], 0))
    onward = jnp.where(jump >= 0, jump, registers[PC] + done)
    moved = [zero] * REGISTERS
    moved[PC] = jnp.where(stop, registers[END], jnp.where(heavy, registers[PC] + 1, onward))
    moved[ROW] = unless(done | full, r)
    moved[K] = unless(over | full, k)
    moved[M] = unless((over & ~counted) | done | full, m)
    moved[ACC] = unless(over | full, acc)
    moved[FL] = unless(over | full, fl)
    moved[NEXT_V] = jnp.where(heavy, begin, next_v)
    moved[NEXT_H] = jnp.where(heavy, registers[START_H], next_h)
    moved[NEXT_P] = jnp.where(heavy, registers[START_P], next_p)
    moved[START_V] = jnp.where(done & ~heavy, next_v, begin)
    moved[FIRST_V] = jnp.where(heavy, begin, jnp.where(over, next_v, registers[FIRST_V]))
    moved[START_H] = jnp.where(done & ~heavy, next_h, registers[START_H])
    moved[START_P] = jnp.where(done & ~heavy, next_p, registers[START_P])
    short = jnp.maximum(registers[TRAP], jnp.where(next_v - begin > MOST_ROWS, VAST, SHORT))
    moved[TRAP] = jnp.where(stop, STOPPED, jnp.where(heavy, short, registers[TRAP]))
    moved[TIMES] = jnp.where(times >= 0, times, registers[TIMES])
    if release is not None:
        places = ((NEXT_V, START_V, FIRST_V), (NEXT_H, START_H), (NEXT_P, START_P))
        for begun, some in zip(_marked(memory.V, S), places, strict=True):
            for place in some:
                moved[place] = jnp.where(release, begun, moved[place])
    for kept in (END, INPUT, EXPECTED, ANSWERS, BEGIN):
        moved[kept] = registers[kept]
    moved[TAKEN] = unless(done | full, steps)
    widens = (ins[KIND] == BLOCK) & (ins[IS_ROW] > 0) & (left > ENOUGH)
    moved[WIDE] = unless(done | full, widens.astype(jnp.int32))
    return lanes(moved), H, S


def program(side: int):
    """The function to compile: `run(instructions, jobs, n, grids, sizes, constants, V, H, P, S)`.

    instructions int32[*, 16], jobs int32[*, 8] of which `n` are run. Gives V, H, P, S for the next call, answers
    int32[*, 2] (flags with bit 8 set, score) and for each job whether memory ended before it did (STOPPED, SHORT).
    """
    steps: Table = table(side)
    scans, blocks, draws, wides, lines = steps.steps
    together = max(1, LINE_CELLS // side**2)
    loop = while_loop if side == CLASSES[0] else lax.while_loop

    def skipped_scan(c: Context, heads, onward):
        return row_of(onward, []), c.go(c.slot(0).rows, 1, n=1)

    def skipped_draw(c: Context, heads, onward):
        row, go = skipped_scan(c, heads, onward)
        return row, jnp.full((side, side), -1, jnp.int8), go

    def fetch(instructions, pc):
        return dynamic_slice(instructions, (pc, 0), (1, INSTRUCTION))[0]

    def run(instructions, jobs, n, grids, sizes, constants, V, H, P, S, capacity: int):
        def of_kind(registers, kind: int):
            pc = registers[PC]
            return (pc < registers[END]) & (fetch(instructions, pc)[KIND] == kind)

        def context(ins, registers, V, H, P, S, width: int = side):
            return Context(side, ins, registers, Memory(V, H, P, S, grids, sizes, constants), width)

        def branches(steps, width: int = side):
            def wrap(step):
                def branch(operands):
                    ins, registers, V, H, P, S, *more = operands
                    out = step(context(ins, registers, V, H, P, S, width), *more)
                    return (*out[:-1], out[-1].vector())

                return branch

            return [wrap(s) for s in steps]

        def prepared(registers, V, H, P, S):
            """The instruction, its arguments' rows, what is wrong with them, which step to take."""
            ins = fetch(instructions, registers[PC])
            c = context(ins, registers, V, H, P, S)
            heads = jnp.stack([c.value(k, c.r) for k in range(MAX_ARGS)])
            used = jnp.arange(MAX_ARGS) < ins[IS_ROW]
            given, onward = argument_flags(ins, jnp.where(used[:, None], heads, 0))
            skip = (ins[IS_ROW] > 0) & (hard(given) != 0)
            return ins, heads, jnp.where(skip, given, onward), jnp.where(skip, 0, ins[OPCODE] + 1)

        scan_branches = branches([skipped_scan, *scans])
        block_branches = branches(blocks)
        draw_branches = branches([skipped_draw, *draws])
        wide_branches = branches(wides, WIDTH)
        line_branches = branches(lines, together)

        def scan(state):
            registers, V, H, P, S, out = state
            ins, heads, onward, which = prepared(registers, V, H, P, S)
            row, go = lax.switch(which, scan_branches, (ins, registers, V, H, P, S, heads, onward))
            V = dynamic_update_slice(V, row[None], (registers[NEXT_V], 0))
            place = jnp.where(ins[ANSWER] >= 0, registers[ANSWERS] + ins[ANSWER], capacity)
            answer = lanes([row[0] | (row[2] << 8), row[1]])
            out = dynamic_update_slice(out, answer[None], (place, 0))
            memory = Memory(V, H, P, S, None, None, None)
            registers, H, S = _tail(ins, registers, memory, go, release=ins[ANSWER] >= 0)
            return registers, V, H, P, S, out

        def blocks_of(number: int, less: int, branches):
            def block(state):
                registers, V, H, P, S = state
                ins = fetch(instructions, registers[PC])
                rows, go = lax.switch(ins[number] - less, branches, (ins, registers, V, H, P, S))
                V = dynamic_update_slice(V, rows, (registers[NEXT_V], 0))
                registers, H, S = _tail(ins, registers, Memory(V, H, P, S, None, None, None), go)
                return registers, V, H, P, S

            return block

        block, wide = blocks_of(OPCODE, 0, block_branches), blocks_of(IS_ROW, 1, wide_branches)

        def is_narrow(state):
            return of_kind(state[0], BLOCK) & (state[0][WIDE] == 0)

        def draw(state):
            registers, V, H, P, S = state
            ins, heads, onward, which = prepared(registers, V, H, P, S)
            row, plane, go = lax.switch(which, draw_branches, (ins, registers, V, H, P, S, heads, onward))
            V = dynamic_update_slice(V, row[None], (registers[NEXT_V], 0))
            P = dynamic_update_slice(P, plane.reshape(1, -1), (registers[NEXT_P], 0))
            registers, H, S = _tail(ins, registers, Memory(V, H, P, S, None, None, None), go)
            return registers, V, H, P, S

        def line(state):
            registers, V, H, P, S = state
            ins = fetch(instructions, registers[PC])
            rows, planes, go = lax.switch(ins[OPCODE], line_branches, (ins, registers, V, H, P, S))
            V = dynamic_update_slice(V, rows, (registers[NEXT_V], 0))
            P = dynamic_update_slice(P, planes, (registers[NEXT_P], 0))
            registers, H, S = _tail(ins, registers, Memory(V, H, P, S, None, None, None), go)
            return registers, V, H, P, S

        def instruction(state):
            registers, V, H, P, S, out = state
            state = loop(lambda s: of_kind(s[0], SCAN), scan, (registers, V, H, P, S, out))
            *state, out = state
            state = loop(is_narrow, block, tuple(state))
            state = loop(lambda s: s[0][WIDE] > 0, wide, state)
            state = loop(lambda s: of_kind(s[0], DRAW), draw, state)
            state = loop(lambda s: of_kind(s[0], LINES), line, state)
            return *state, out

        def job(state):
            number, traps, V, H, P, S, out = state
            this = dynamic_slice(jobs, (number, 0), (1, JOB))[0]
            registers: list[Any] = [0] * REGISTERS
            registers[PC], registers[END], registers[INPUT] = this[0], this[1], this[2]
            registers[BEGIN] = this[0]
            registers[EXPECTED], registers[ANSWERS] = this[3], this[4]
            for first in (NEXT_V, NEXT_H, NEXT_P, START_V, FIRST_V, START_H, START_P):
                registers[first] = 1
            start = (lanes(registers), V, H, P, S, out)
            registers, V, H, P, S, out = lax.while_loop(lambda s: s[0][PC] < s[0][END], instruction, start)
            traps = dynamic_update_slice(traps, registers[TRAP][None], (number,))
            return number + 1, traps, V, H, P, S, out

        answers = jnp.zeros((capacity + 1, 2), jnp.int32)
        traps = jnp.zeros(jobs.shape[0], jnp.int32)
        state = (jnp.int32(0), traps, V, H, P, S, answers)
        _, traps, V, H, P, S, answers = lax.while_loop(lambda s: s[0] < n, job, state)
        return V, H, P, S, answers, traps

    return run


def shapes(side: int, sizes: Sizes):
    """The arguments of `program` as shapes."""

    def of(*shape, dtype=jnp.int32):
        return jax.ShapeDtypeStruct(shape, dtype)

    cells = side * side
    return (
        of(sizes.instructions, INSTRUCTION),
        of(sizes.jobs, JOB),
        of(),
        of(sizes.grids, cells, dtype=jnp.int8),
        of(sizes.grids, 2),
        of(sizes.constants, WORDS),
        of(sizes.values, WORDS),
        of(sizes.heads, 4),
        of(sizes.planes, cells, dtype=jnp.int8),
        of(sizes.slots, SLOT),
    )


def compiled(side: int, sizes: Sizes):
    """The machine for one capacity class as an executable."""
    function = jax.jit(partial(program(side), capacity=sizes.answers), donate_argnums=(6, 7, 8, 9))
    return function.lower(*shapes(side, sizes)).compile()
