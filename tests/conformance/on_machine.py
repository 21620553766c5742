"""Recorded programs on the machine, with their results read from its memory."""

from __future__ import annotations

import numpy as np

from jbatt.engine.kernels import Counters
from jbatt.engine.lower import Lowered, Traced
from jbatt.engine.machine.assemble import Assembler
from jbatt.engine.machine.context import FIRST_SLOT, LEFT
from jbatt.engine.machine.instructions import Steps, ordered
from jbatt.engine.machine.layout import is_listed, width
from jbatt.engine.machine.machine import ANSWERED, Machine, Work
from jbatt.engine.machine.step_graph import NoStep
from jbatt.program import read_source
from jbatt.program.graph import Graph
from jbatt.store.executables import ExecutableStore
from jbatt.values.flags import CLIPPED, ERROR, HARD, MULTI
from jbatt.values.types import BOOLEAN, GRID, INDICES, INTEGER, StructType, is_patch
from jbatt.values.window import margin

UNDECIDED, RAISED = object(), object()
"""The machine leaves it to the host, or to a larger class; the reference raises."""


class OnMachine:
    """Programs that share one graph, on the machine of one class."""

    def __init__(self, lines: list[dict], side: int = 32):
        self.side = side
        graph = Graph()
        roots = [read_source(line["source"], graph=graph).programs[0].root for line in lines]
        lowered = Lowered(graph)
        lowered.extend(len(graph))
        self.assembler = Assembler(lowered, side)
        self.assembler.take_in(range(0, 3 * len(lowered.op), 3))
        self.values = [lowered.values[r] for r in roots]
        self.steps = Steps(self.assembler)
        self.machine = Machine(side, Counters(), ExecutableStore(), threads=1)

    def result(self, program: int, cells: np.ndarray):
        """What a program gives for a grid, as a Python value."""
        value = self.values[program]
        if not isinstance(value, Traced) or value.slot is None or self.assembler.refs[value.slot] < 0:
            return UNDECIDED
        if not self.machine.fits(cells):
            return UNDECIDED
        ref = self.assembler.refs[value.slot]
        try:
            root = self.assembler.step("other_root", ref)
        except NoStep:
            return UNDECIDED
        self.steps.extend()
        work = Work(np.array([root]), [1], [0])
        flags = int(self.machine.run(self.steps, [work], [cells])[0][0, 0, 0])
        if flags & ERROR:
            return RAISED
        if flags & (HARD | LEFT | ANSWERED) != ANSWERED:
            return UNDECIDED
        memory = self.machine._memory()
        self.machine._give_back(*memory)
        V, _, P, S = map(np.asarray, memory)
        what = ordered(self.steps, [np.array([root // 2])])
        place = int(what.place[what.step == ref // 2][0])
        start = S[FIRST_SLOT + 2 * place, 0]
        try:
            return self._python(value.type, V[start], 1, V, P)
        except LookupError:
            return UNDECIDED

    def _python(self, kind, row, at: int, V, P):
        if row[0] & (HARD | LEFT | CLIPPED | MULTI) or row[0] >= 32:
            raise LookupError
        if kind is INTEGER or kind is BOOLEAN:
            return bool(row[at]) if kind is BOOLEAN else int(row[at])
        m = margin(self.side)
        if kind is GRID or is_patch(kind):
            plane = P[row[at]].reshape(self.side, self.side)
            if kind is GRID:
                h, w = row[at + 1], row[at + 2]
                return tuple(tuple(map(int, line)) for line in plane[m : m + h, m : m + w])
            cells = [(int(i) - m, int(j) - m) for i, j in zip(*np.nonzero(plane >= 0), strict=True)]
            if kind is INDICES:
                return frozenset(cells)
            return frozenset((int(plane[i + m, j + m]), (i, j)) for i, j in cells)
        if isinstance(kind, StructType) and not is_listed(kind):
            out = []
            for f in kind.fields:
                out.append(self._python(f, row, at, V, P))
                at += width(f)
            return tuple(out)
        start, count = row[at], row[at + 1]
        item = kind.fields[0] if isinstance(kind, StructType) else kind.item
        items = [self._python(item, V[start + k], 1, V, P) for k in range(count)]
        return frozenset(items) if getattr(kind, "kind", "tuple") == "set" else tuple(items)
