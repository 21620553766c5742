"""Instructions for the machine: an assembler's steps as arrays, and what units need of them in the order in which it is done.

Everything here is vectorised over all units: no Python code runs for each instruction.
"""

from __future__ import annotations

from itertools import chain
from typing import NamedTuple

import numpy as np

from jbatt import compiled
from jbatt.engine.machine.assemble import Assembler
from jbatt.engine.machine.context import (
    ARGS,
    FIRST_SLOT,
    HEADS,
    INSTRUCTION,
    MARK_SLOT,
    OPCODE,
    POLICY,
    VALUES,
    X,
    Y,
)
from jbatt.engine.machine.loop import AGAIN, ANSWER, COUNTED, IS_ROW, KIND, MANY
from jbatt.engine.machine.step_graph import WIDEST
from jbatt.engine.machine.table import BLOCK
from jbatt.engine.plan import owned
from jbatt.growing import Growing

FIXED = (OPCODE, KIND, IS_ROW, MANY, POLICY, X, Y)
"""The columns of an instruction that do not depend on where it is."""
COLUMNS = np.array(FIXED)
MARKS = {"again": AGAIN, "cross_heads": COUNTED, "also_wrong": COUNTED}
"""Steps that do not give heads as others do."""
ROOTS = frozenset(["root", "other_root"])


class Steps:
    """An assembler's graph as arrays, which grow with it.

    args: int32[steps, WIDEST], references or -1; fixed: int32[steps, 7], the columns FIXED of each step's instructions;
    is_root, is_again: bool[steps], whether a step gives an answer, and whether it ends a loop.
    """

    def __init__(self, assembler: Assembler):
        self.assembler = assembler
        self._args, self._fixed = Growing(np.int32, (WIDEST,)), Growing(np.int32, (len(FIXED),))
        self._is_root, self._is_again = Growing(bool), Growing(bool)
        self._named, self._ends = Growing(np.int32, (len(FIXED),)), Growing(bool)
        """By name: FIXED of its steps, without x and y, and whether they are roots."""
        self._take()

    def _take(self) -> None:
        self.args, self.fixed = self._args.rows, self._fixed.rows
        self.is_root, self.is_again = self._is_root.rows, self._is_again.rows

    def extend(self) -> None:
        """Take in what is new."""
        a = self.assembler
        done = len(self.args)
        if done == len(a.op):
            return
        named = a.names[self._named.size :]
        if named:
            self._named.add([self._of_name(name) for name in named])
            self._ends.add([name in ROOTS for name in named])
        names = np.array(a.op[done:], np.int64)
        new = self._named.held[names]
        new[:, FIXED.index(X)], new[:, FIXED.index(Y)] = a.x[done:], a.y[done:]
        lists = a.args[done:]
        sizes = np.fromiter(map(len, lists), np.int64, len(lists))
        table = np.full((len(lists), WIDEST), -1, np.int32)
        table[np.arange(WIDEST) < sizes[:, None]] = np.fromiter(chain.from_iterable(lists), np.int32)
        is_block = new[:, FIXED.index(KIND)] == BLOCK
        rows = FIXED.index(IS_ROW)
        new[:, rows] = np.where(is_block, new[:, rows], new[:, rows] * np.minimum(sizes, 4))
        self._args.add(table)
        self._fixed.add(new)
        self._is_root.add(self._ends.held[names])
        self._is_again.add(new[:, FIXED.index(MANY)] == AGAIN)
        self._take()

    def _of_name(self, name) -> tuple[int, ...]:
        """FIXED of all steps of a name, without x and y."""
        code = self.assembler.opcodes[name]
        many = MARKS.get(name, int(code.many))
        rows = code.wide if code.kind == BLOCK else int(code.row)
        return code.number, code.kind, rows, many, code.policy, 0, 0


def written(steps: Steps, roots: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The instructions of units for these roots (steps, each once), int32[*, INSTRUCTION], and where those of each end, int64[units]."""
    if not compiled.is_loaded():
        what = ordered(steps, roots)
        return instructions(steps, what), what.ends
    from jbatt.compiled.writing import instructions_of

    firsts = np.cumsum([0, *map(len, roots)])
    mark = steps.assembler.opcodes["mark"]
    return instructions_of(
        steps.args, steps.fixed, COLUMNS, steps.is_root, steps.is_again, np.concatenate(roots), firsts, mark.number, mark.kind
    )  # fmt: skip


class Ordered(NamedTuple):
    """Steps that units need, in the order in which they are done, unit by unit.

    unit, step, place: int64[n], place being the number of the instruction among those of its unit. marks: for each unit the
    place of its mark. ends: where the instructions of each unit end among those of all.
    """

    unit: np.ndarray
    step: np.ndarray
    place: np.ndarray
    marks: np.ndarray
    ends: np.ndarray


def ordered(steps: Steps, roots: list[np.ndarray]) -> Ordered:
    """What units need for these roots (steps, each once).

    First what several roots need, then the mark, then root by root what it alone needs: its memory is the next one's.
    """
    # Rounds of a loop take what lies between its ends again.
    unit, step, owner = owned(steps.args >> 1, roots, steps.is_again)
    order = np.lexsort((step, owner, unit))
    unit, step, owner = unit[order], step[order], owner[order]
    sizes = np.bincount(unit, minlength=len(roots)) + 1
    ends = np.cumsum(sizes)
    shared = np.bincount(unit[owner < 0], minlength=len(roots))
    place = np.arange(len(step)) + unit + (owner >= 0) - (ends - sizes)[unit]
    return Ordered(unit, step, place, shared, ends)


def instructions(steps: Steps, what: Ordered) -> np.ndarray:
    """The instructions of all units, int32[*, INSTRUCTION]."""
    begins = np.concatenate([[0], what.ends[:-1]])
    table = np.zeros((int(what.ends[-1]), INSTRUCTION), np.int32)
    table[begins[what.unit] + what.place] = _steps(steps, what)
    mark, code = begins + what.marks, steps.assembler.opcodes["mark"]
    table[mark, OPCODE], table[mark, KIND], table[mark, ANSWER] = code.number, code.kind, -1
    table[mark, VALUES], table[mark, HEADS] = MARK_SLOT, MARK_SLOT + 1
    return table


def _steps(steps: Steps, what: Ordered) -> np.ndarray:
    """Instructions of steps, without the marks."""
    unit, step, place, units = what.unit, what.step, what.place, len(what.ends)
    table = np.zeros((len(step), INSTRUCTION), np.int32)
    table[:, FIXED] = steps.fixed[step]
    table[:, VALUES], table[:, HEADS] = 2 * place + FIRST_SLOT, 2 * place + FIRST_SLOT + 1
    args = steps.args[step]
    there = args >= 0
    at = np.zeros((units, len(steps.args)), np.int32)
    at[unit, step] = place
    found = at[unit[:, None], np.maximum(args, 0) >> 1]
    table[:, ARGS : ARGS + args.shape[1]] = np.where(there, 2 * found + FIRST_SLOT + (args & 1), 0)
    again = steps.is_again[step]
    table[again, HEADS] = table[again, ARGS + 2]
    is_root = steps.is_root[step]
    before = np.cumsum(is_root) - is_root
    first = np.zeros(units + 1, np.int64)
    np.add.at(first, unit + 1, is_root)
    table[:, ANSWER] = np.where(is_root, before - np.cumsum(first)[unit], -1)
    return table
