"""A shard: the nodes of many lowered programs for many units, evaluated in groups of one operation.

Whatever nodes of one operation are ready, of all programs, tasks and examples, become one call. So the number of calls
depends on the number of operations and on the programs' depth, not on how many programs there are.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from jbatt.dsl.domain import Unsupported
from jbatt.engine.batch import Batch
from jbatt.engine.kernels import ERROR, HARD, OVERFLOW, UNSUPPORTED
from jbatt.engine.operations import FOR_ITEMS, LENIENT, MANY, OPERATIONS, Heads, lenient_type
from jbatt.engine.plan import Nodes, Plan
from jbatt.engine.ragged import Engine, TooMuch
from jbatt.engine.ranks import packed
from jbatt.engine.registers import NoRoom, RegistersFull
from jbatt.engine.store import Chunks

UNDONE, DEAD = -1, -2
GROUP_ROWS = 1 << 16
"""Rows of one group: larger ones are cut."""
HEAVY, HEAVY_ROWS = 2048, 1 << 15
"""Items whose arguments have so many rows are evaluated depth first, about so many rows at a time."""
ALONE, LATE = 1, 2
"""Reasons of dead items: too much memory together with others; over the time limit."""


class TimeUp(Exception):
    """A group has used up its time."""


class Shard:
    """Evaluates a plan on one engine. `RegistersFull` goes to the caller, who makes smaller shards.

    grids: for each unit the inputs of its examples. timeout: seconds for an item, with the slowest of its arguments, that of theirs
    and so on: a program takes no less, whatever it shares. last: whether there is no larger class, in
    which what does not fit is evaluated again.
    After `run`: `kind[3 * item]` is the index of the type of a root's value in `types`, or DEAD where it has no value
    for any example; `value` and `flags` give them; `reason[item]` says why it is dead where the flags do not.
    """

    def __init__(
        self,
        engine: Engine,
        nodes: Nodes,
        plan: Plan,
        grids: list[list[np.ndarray]],
        timeout: float = float("inf"),
        last: bool = True,
    ):
        self.engine, self.plan, self.grids, self.timeout = engine, plan, grids, timeout
        self.ops = ops = nodes.graph.ops
        self.unit_rows = np.array([len(g) for g in grids], np.int64)[plan.unit]
        n = len(plan.node)
        self.kind = np.full(3 * n, UNDONE, np.int32)
        self.start = np.zeros(3 * n, np.int64)
        self.rows = np.zeros(3 * n, np.int64)
        self.reason = np.zeros(n, np.int32)
        self.reasons = ["", "memory", "time"]
        self.types: list[Any] = [Heads]
        self.calls = 0
        self._spent = np.zeros(n + 1)
        """Seconds for each item and what comes before it; the last is of no item."""
        self._chunk = np.zeros(3 * n, np.int32)
        self._chunks = Chunks()
        self._final = ERROR if last else ERROR | OVERFLOW
        self._dead = np.zeros((n, int(self.unit_rows.max(initial=0))), np.uint8)
        self._numbers: dict[Any, int] = {}
        self._uses = np.diff(plan.first)
        for roots in plan.roots:
            self._uses[roots] += 1
        self._waiting = plan.waiting.copy()
        self._op, self._base = nodes.op[plan.node], nodes.base[plan.node]
        self._lenient = np.zeros((len(ops), plan.args.shape[1]), bool)
        for k, op in enumerate(ops):
            self._lenient[k, list(LENIENT.get(op[0], ()))] = True
        self._left = np.bincount(self._op, minlength=len(ops))
        self._count = np.zeros(len(ops), np.int64)
        self._ready: list[list[np.ndarray]] = [[] for _ in ops]
        self._heavy: list[np.ndarray] = []

    # Order --------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Evaluate all items."""
        self._add(np.flatnonzero(self._waiting == 0))
        while self._heavy or self._count.any():
            if self._heavy:
                # The latest first: what is large is used up before the next of its kind is made.
                items = self._heavy.pop()
                weight = np.cumsum(self._weight(items))
                part = max(1, int(np.searchsorted(weight, HEAVY_ROWS, side="right")))
                if part < len(items):
                    self._heavy.append(items[part:])
                    items = items[:part]
                self._run_group(items)
                continue
            # The operation with the largest share of its items ready: what is nearly complete is not cut in two calls.
            best = int(np.argmax(self._count / np.maximum(self._left, 1)))
            parts = self._ready[best]
            items = np.sort(np.concatenate(parts)) if len(parts) > 1 else parts[0]
            self._ready[best] = []
            self._count[best] = 0
            self._left[best] -= len(items)
            self._run_group(items)

    def _run_group(self, items: np.ndarray) -> None:
        for group in self._cut(items):
            self._group(group)
        self._used(items)
        self._finish(items)

    def _weight(self, items: np.ndarray) -> np.ndarray:
        """How many rows the largest argument of each item has."""
        args = self.plan.args[items]
        return np.where(args >= 0, self.rows[args], 1).max(axis=1)

    def _add(self, items: np.ndarray) -> None:
        """Items whose arguments are all there."""
        if not len(items):
            return
        op = self._op[items]
        order = np.argsort(op, kind="stable")
        items, op = items[order], op[order]
        ends = np.flatnonzero(np.diff(op, append=-1)) + 1
        first = 0
        for end in ends.tolist():
            k, mine = op[first], items[first:end]
            heavy = self._weight(mine) >= HEAVY
            if heavy.any():
                self._heavy.append(mine[heavy])
                self._left[k] -= int(heavy.sum())
                mine = mine[~heavy]
            if len(mine):
                self._ready[k].append(mine)
                self._count[k] += len(mine)
            first = end

    def _finish(self, items: np.ndarray) -> None:
        """Tell the users of these items, which have a value or are dead."""
        while len(items):
            users = self.plan.users_of(items)
            if not len(users):
                return
            np.subtract.at(self._waiting, users, 1)
            ready = np.unique(users[self._waiting[users] == 0])
            args = self.plan.args[ready]
            gone = ((self.kind[args] == DEAD) & (args >= 0) & ~self._lenient[self._op[ready]]).any(axis=1)
            self._add(ready[~gone])
            items = ready[gone]
            if len(items):
                np.subtract.at(self._left, self._op[items], 1)
                self._inherit(items)
                self._used(items)

    def _used(self, items: np.ndarray) -> None:
        """These items have taken their arguments."""
        args = self.plan.args[items]
        args = args[args >= 0] // 3
        np.subtract.at(self._uses, args, 1)
        over = np.unique(args[self._uses[args] == 0])
        over = over[self.kind[3 * over] != DEAD]
        if len(over):
            slots = (3 * over[:, None] + np.arange(3)).ravel()
            self._chunks.done(self._chunk[slots[self.kind[slots] >= 0]])

    def _cut(self, items: np.ndarray):
        """Groups whose arguments come from the same tables, not too large."""
        args = self.plan.args[items]
        kinds = np.where(args >= 0, self.kind[args], UNDONE)
        weight = self._weight(items)
        if len(items) > 1 and (kinds != kinds[0]).any():
            _, kind = np.unique(packed([c.astype(np.int64) for c in kinds.T]), return_inverse=True)
            parts = [np.flatnonzero(kind == k) for k in range(int(kind.max()) + 1)]
        else:
            parts = [np.arange(len(items))]
        for part in parts:
            total = np.cumsum(weight[part])
            if total[-1] <= GROUP_ROWS:
                yield items[part]
            else:
                edges = np.unique(np.searchsorted(total, np.arange(0, total[-1], GROUP_ROWS)))
                yield from np.split(items[part], edges[1:])

    # Values -------------------------------------------------------------------------------------------------------

    def _group(self, items: np.ndarray) -> None:
        """Evaluate items of one operation."""
        counters = self.engine.kernels.counters
        start, compiling = time.perf_counter(), counters.obtaining

        before = self._spent[self.plan.args[items] // 3].max(axis=1)
        left = self.timeout - before.max()

        def spent() -> float:
            return time.perf_counter() - start - (counters.obtaining - compiling)

        def check() -> None:
            if spent() > left:
                raise TimeUp

        self.engine.check = check
        self.calls += 1
        try:
            check()
            made = self._evaluate(items)
        except (Unsupported, TooMuch, TimeUp, RecursionError, RegistersFull) as e:
            if len(items) > 1:
                middle = len(items) // 2
                self._group(items[:middle])
                self._group(items[middle:])
            elif isinstance(e, TooMuch | NoRoom):
                self._kill(items, OVERFLOW, ALONE)
            elif isinstance(e, RegistersFull):
                raise
            elif isinstance(e, TimeUp):
                self._kill(items, UNSUPPORTED, LATE)
            else:
                self.reasons.append("nested too deeply" if isinstance(e, RecursionError) else str(e))
                self._kill(items, UNSUPPORTED, len(self.reasons) - 1)
            return
        self._put(made, items)
        rows = np.maximum(self._weight(items), 1)
        self._spent[items] = before + rows * (spent() / rows.sum())

    def _evaluate(self, items: np.ndarray):
        op = self.ops[self._op[items[0]]]
        name = op[0]
        if name == "input":
            units = self.plan.unit[items]
            return self.engine.grids([g for u in units.tolist() for g in self.grids[u]])
        if name == "const":
            return self.engine.filled(op[2], int(self.unit_rows[items].sum()))
        args = self.plan.args[items]
        values = []
        for k in range(int((args[0] >= 0).sum())):
            slots = args[:, k]
            values.append(self._flagged(slots, op) if self.kind[slots[0]] == DEAD else self.value(slots))
        return OPERATIONS[name](self.engine, op, *values)

    def _flagged(self, slots: np.ndarray, op: tuple) -> Batch:
        """Stands for dead values where an operation may do without them."""
        flags = self.flags(slots // 3)
        return Batch(lenient_type(op), self.engine.empty(lenient_type(op), len(flags)).data, flags)

    def _put(self, made, items: np.ndarray) -> None:
        name = self.ops[self._op[items[0]]][0]
        if name == "input" or name == "const":
            rows = self.unit_rows[items]
        else:
            rows = self.rows[self.plan.args[items, 0] + (name in FOR_ITEMS)]
        if name in MANY:
            heads, *values = made
            self._store(3 * items, rows, heads)
            ends, total = np.cumsum(rows), np.concatenate([[0], np.cumsum(heads.counts)])
            many = total[ends] - total[ends - rows]
            for part, value in enumerate(values, 1):
                self._store(3 * items + part, many, value)
        else:
            self._store(3 * items, rows, made)
            self._check_rows(made.flags, rows, items)

    def _store(self, slots: np.ndarray, rows: np.ndarray, value) -> None:
        self.kind[slots] = 0 if isinstance(value, Heads) else self._number(value.type)
        self.rows[slots] = rows
        self.start[slots] = np.cumsum(rows) - rows
        self._chunk[slots] = self._chunks.add(value, len(slots))

    def _number(self, kind) -> int:
        number = self._numbers.get(kind)
        if number is None:
            number = self._numbers[kind] = len(self.types)
            self.types.append(kind)
        return number

    def _check_rows(self, flags: np.ndarray, rows: np.ndarray, items: np.ndarray) -> None:
        """Values that are wrong for all examples end their programs: nothing that needs them is evaluated.

        Only values with a row for each example: that no item is sound says nothing of a row without items. And not what is
        only unsupported: another argument may still raise, which comes first.
        """
        gone = (flags & self._final) != 0
        if not gone.any():
            return
        before = np.concatenate([[0], np.cumsum(gone)])
        ends = np.cumsum(rows)
        whole = (before[ends] - before[ends - rows] == rows) & self._base[items]
        if whole.any():
            self._bury(items[whole], flags[np.repeat(whole, rows)])

    def value(self, slots: np.ndarray):
        """The values of slots of one type, one below the other."""
        return self._chunks.take(self._chunk[slots], self.start[slots], self.rows[slots])

    # Dead items ---------------------------------------------------------------------------------------------------

    def _bury(self, items: np.ndarray, flags: np.ndarray) -> None:
        """Items without a value: the flags of their units' examples, row after row."""
        self._dead[self._rows_of(items)] = flags & HARD
        slots = (3 * items[:, None] + np.arange(3)).ravel()
        slots = slots[self.kind[slots] >= 0]
        if len(slots):
            self._chunks.done(self._chunk[slots])
        for part in range(3):
            self.kind[3 * items + part] = DEAD

    def _rows_of(self, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """For each example of items' units the item, and the number of the example."""
        rows = self.unit_rows[items]
        owner = np.repeat(items, rows)
        return owner, np.arange(len(owner)) - np.repeat(np.cumsum(rows) - rows, rows)

    def _kill(self, items: np.ndarray, flag: int, reason: int) -> None:
        self.reason[items] = reason
        self._bury(items, np.full(int(self.unit_rows[items].sum()), flag, np.uint8))

    def _inherit(self, items: np.ndarray) -> None:
        """Items that have a dead argument are dead, with all that went wrong in their arguments."""
        for k in range(self.plan.args.shape[1]):
            args = self.plan.args[items, k]
            there = (args >= 0) & ~self._lenient[self._op[items], k]
            dead = there & (self.kind[args] == DEAD)
            mine, sources = items[dead], args[dead] // 3
            self._dead[mine] |= self._dead[sources]
            self.reason[mine] = np.maximum(self.reason[mine], self.reason[sources])
            # Others may be wrong for some examples.
            alive = np.flatnonzero(there & ~dead & (args % 3 == 0) & self._base[items])
            alive = alive[self._base[args[alive] // 3]]
            if len(alive):
                owner, place = self._rows_of(items[alive])
                self._dead[owner, place] |= self.flags(args[alive] // 3)
        for part in range(3):
            self.kind[3 * items + part] = DEAD

    def flags(self, items: np.ndarray) -> np.ndarray:
        """The hard flags of the examples of these items, which have a value for each example or are dead."""
        rows = self.unit_rows[items]
        ends = np.cumsum(rows)
        out = np.zeros(int(ends[-1]), np.uint8)
        kinds = self.kind[3 * items]
        for number in np.unique(kinds).tolist():
            mine = np.flatnonzero(kinds == number)
            where = np.repeat(kinds == number, rows)
            if number == DEAD:
                out[where] = self._dead[self._rows_of(items[mine])]
            else:
                out[where] = self.value(3 * items[mine]).flags & HARD
        return out
