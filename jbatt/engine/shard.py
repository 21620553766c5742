"""A shard: the nodes of many programs for many units, evaluated in groups of one signature.

Whatever nodes of one signature are ready, of all programs, tasks and examples, become one call of a primitive. So the
number of calls depends on the number of signatures and on the programs' depth, not on how many programs there are.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from jbatt.dsl.domain import Closure, Unsupported, call, invoke
from jbatt.engine.kernels import HARD, OVERFLOW, UNSUPPORTED
from jbatt.engine.plan import Plan
from jbatt.engine.ragged import Engine, TooMuch
from jbatt.engine.store import Column, Pieces, Table, has_columns, structure
from jbatt.program.graph import CONST, INPUT, INVOKE, PRIM, Graph

UNDONE, DEAD = -1, -2
GROUP_ROWS = 1 << 16
"""Rows of one group: larger ones are cut."""
ALONE, LATE = 1, 2
"""Reasons of dead items: too much memory together with others; over the time limit."""


class TimeUp(Exception):
    """A group has used up its time."""


class Shard:
    """Evaluates a plan on one engine. `RegistersFull` goes to the caller, who makes smaller shards.

    grids: for each unit the inputs of its examples. signature: int[nodes]. timeout: seconds for each item.
    After `run`: `table[item]` says where an item's value is (DEAD: none of its rows has one), `start[item]` its first row
    there, and `reason[item]` why it is dead where the rows' flags do not say it.
    """

    def __init__(
        self,
        engine: Engine,
        graph: Graph,
        plan: Plan,
        signature: np.ndarray,
        grids: list[list[np.ndarray]],
        timeout: float = float("inf"),
    ):
        self.engine, self.graph, self.plan, self.grids, self.timeout = engine, graph, plan, grids, timeout
        self.rows = np.array([len(g) for g in grids], np.int64)[plan.unit]
        self.single = bool((self.rows == 1).all())
        n = len(plan.node)
        self.table = np.full(n, UNDONE, np.int32)
        self.start = np.zeros(n, np.int64)
        self.reason = np.zeros(n, np.int32)
        self.reasons = ["", "memory", "time"]
        self.tables: list[Any] = []
        self.dead = Column(np.uint8)
        self.calls = 0
        self._numbers: dict[Any, int] = {}
        self._blocks: dict[int, Any] = {}
        self._waiting = plan.waiting.copy()
        _, self._signature = np.unique(signature[plan.node], return_inverse=True)
        kinds = int(self._signature.max(initial=-1)) + 1
        self._left = np.bincount(self._signature, minlength=kinds)
        self._count = np.zeros(kinds, np.int64)
        self._ready: list[list[np.ndarray]] = [[] for _ in range(kinds)]

    # Order --------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Evaluate all items."""
        self._add(np.flatnonzero(self._waiting == 0))
        while self._count.any():
            # The signature with the largest share of its items ready: what is nearly complete is not cut in two calls.
            best = int(np.argmax(self._count / np.maximum(self._left, 1)))
            parts = self._ready[best]
            items = np.sort(np.concatenate(parts)) if len(parts) > 1 else parts[0]
            self._ready[best] = []
            self._count[best] = 0
            self._left[best] -= len(items)
            for group in self._cut(items):
                self._group(group)
            self._finish(items)

    def _add(self, items: np.ndarray) -> None:
        """Items whose arguments are all there."""
        if not len(items):
            return
        signature = self._signature[items]
        order = np.argsort(signature, kind="stable")
        items, signature = items[order], signature[order]
        ends = np.flatnonzero(np.diff(signature, append=-1)) + 1
        first = 0
        for end in ends.tolist():
            k = signature[first]
            self._ready[k].append(items[first:end])
            self._count[k] += end - first
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
            gone = ((self.table[args] == DEAD) & (args >= 0)).any(axis=1)
            self._add(ready[~gone])
            items = ready[gone]
            if len(items):
                np.subtract.at(self._left, self._signature[items], 1)
                self._inherit(items)

    def _cut(self, items: np.ndarray):
        """Groups whose arguments come from the same tables, not too large."""
        args = self.plan.args[items]
        tables = np.where(args >= 0, self.table[args], UNDONE)
        if len(items) > 1 and (tables != tables[0]).any():
            _, kind = np.unique(tables, axis=0, return_inverse=True)
            kind = kind.ravel()
            parts = [items[kind == k] for k in range(int(kind.max()) + 1)]
        else:
            parts = [items]
        for part in parts:
            limit = max(1, GROUP_ROWS // int(self.rows[part].max()))
            for first in range(0, len(part), limit):
                yield part[first : first + limit]

    # Values -------------------------------------------------------------------------------------------------------

    def _group(self, items: np.ndarray) -> None:
        """Evaluate items of one signature."""
        counters = self.engine.kernels.counters
        start, compiling = time.perf_counter(), counters.compile

        def check() -> None:
            if time.perf_counter() - start - (counters.compile - compiling) > self.timeout:
                raise TimeUp

        self.engine.check = check
        self.calls += 1
        try:
            value = self._evaluate(items)
        except (Unsupported, TooMuch, TimeUp, RecursionError) as e:
            if len(items) > 1:
                middle = len(items) // 2
                self._group(items[:middle])
                self._group(items[middle:])
            elif isinstance(e, TooMuch):
                self._kill(items, OVERFLOW, ALONE)
            elif isinstance(e, TimeUp):
                self._kill(items, UNSUPPORTED, LATE)
            else:
                text = "nested too deeply" if isinstance(e, RecursionError) else str(e)
                self.reasons.append(text)
                self._kill(items, UNSUPPORTED, len(self.reasons) - 1)
            return
        self._put(value, items)

    def _evaluate(self, items: np.ndarray):
        node = self.plan.node[items[0]]
        kind, payload = self.graph.kind[node], self.graph.payload[node]
        if kind == INPUT:
            units = self.plan.unit[items]
            return self.engine.grids([g for u in units.tolist() for g in self.grids[u]])
        if kind == CONST:
            return self.engine.filled(payload, int(self.rows[items].sum()))
        if kind == PRIM:
            return Closure(payload)
        args = [self.value(self.plan.args[items, k]) for k in range(len(self.graph.args[node]))]
        if kind == INVOKE:
            return invoke(self.engine, args[0], args[1:])
        return call(self.engine, payload, args)

    def _put(self, value, items: np.ndarray) -> None:
        rows = self.rows[items]
        total = int(rows.sum())
        number, table = self._table(value)
        offsets = np.cumsum(rows) - rows
        first = table.append(value, self._blocks) if isinstance(table, Table) else table.append(value, total)
        self.table[items] = number
        self.start[items] = first + offsets
        if isinstance(table, Table):
            gone = (value.flags & HARD) != 0
            if gone.any():
                whole = gone if self.single else np.logical_and.reduceat(gone, offsets)
                if whole.any():
                    self._bury(items[whole], value.flags[gone if self.single else np.repeat(whole, rows)])

    def _table(self, value) -> tuple[int, Any]:
        key = structure(value)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.tables)
            self.tables.append(Table(value.type) if has_columns(value) else Pieces())
        return number, self.tables[number]

    def places(self, items: np.ndarray) -> np.ndarray:
        """The rows of items of one table."""
        start = self.start[items]
        if self.single:
            return start
        rows = self.rows[items]
        return np.arange(int(rows.sum())) + np.repeat(start - (np.cumsum(rows) - rows), rows)

    def value(self, items: np.ndarray):
        """The values of items of one table, one below the other."""
        return self.tables[self.table[items[0]]].take(self.places(items))

    # Dead items ---------------------------------------------------------------------------------------------------

    def _bury(self, items: np.ndarray, flags: np.ndarray) -> None:
        rows = self.rows[items]
        first = self.dead.n
        self.dead.append(flags & HARD)
        self.table[items] = DEAD
        self.start[items] = first + np.cumsum(rows) - rows

    def _kill(self, items: np.ndarray, flag: int, reason: int) -> None:
        self.reason[items] = reason
        self._bury(items, np.full(int(self.rows[items].sum()), flag, np.uint8))

    def _inherit(self, items: np.ndarray) -> None:
        """Items that have a dead argument are dead, with all that went wrong in their arguments."""
        rows = self.rows[items]
        flags = np.zeros(int(rows.sum()), np.uint8)
        owner = np.repeat(np.arange(len(items)), rows)
        for k in range(self.plan.args.shape[1]):
            args = self.plan.args[items, k]
            there = args >= 0
            flags[there[owner]] |= self.flags(args[there])
            self.reason[items[there]] = np.maximum(self.reason[items[there]], self.reason[args[there]])
        self._bury(items, flags)

    def flags(self, items: np.ndarray) -> np.ndarray:
        """The hard flags of the rows of these items, whatever tables they are in."""
        rows = self.rows[items]
        out = np.zeros(int(rows.sum()), np.uint8)
        table, places = self.table[items], self.places(items)
        owner = table if self.single else np.repeat(table, rows)
        for number in np.unique(table).tolist():
            if number == DEAD:
                column = self.dead
            elif isinstance(self.tables[number], Table):
                column = self.tables[number].flags
            else:
                continue
            out[owner == number] = column.take(places[owner == number]) & HARD
        return out
