"""Bottom-up enumeration: values of growing cost, made from values that there are, equal ones kept once.

All values of a rule, of several tasks and all their demo pairs, are computed in few calls of the engine. What is equal on all
demos of a task is one value, with the cheapest expression that was found. A task's values do not depend on the tasks that
it is enumerated with. Only demo pairs are seen.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Any

import numpy as np

from jbatt.dsl.domain import Closure, Unsupported, call
from jbatt.engine.batch import Batch, Grids, take
from jbatt.engine.ragged import Engine, TooMuch
from jbatt.engine.registers import RegistersFull
from jbatt.program.graph import Graph
from jbatt.search import grammar
from jbatt.search.goal import Goal
from jbatt.search.grammar import FEW, KINDS, MOST_FEW, Constant, Rule, rules
from jbatt.search.hashing import hashes, joined
from jbatt.search.hints import hints
from jbatt.search.table import Origin, Part, Table
from jbatt.tasks import Task
from jbatt.values.flags import HARD, MULTI
from jbatt.values.types import GRID, is_patch

CONSTANT, INPUT = -1, -2
CALL_ROWS = 4096
"""Rows that are computed in one call of a rule."""
MOST_ROWS = 1 << 15
"""Rows of any intermediate value of a call: calls that need more are done in halves, and left out where they are alone."""
MOST_COST = 40
_UNUSABLE = HARD | MULTI


class OutOfTime(Exception):
    """The time for enumeration is over."""


@dataclass
class Enumerated:
    """What was found for one task: expressions as nodes of the graph.

    found: programs that give all demo outputs, in the order found; near: programs whose grids have the outputs' shapes, with
    their mean score of 0 to 1000, best first. evaluations: calls of rules; values: those that were new.
    """

    found: list[int] = field(default_factory=list)
    near: list[tuple[float, int]] = field(default_factory=list)
    evaluations: int = 0
    values: int = 0


class Enumeration:
    """Enumerates programs for tasks that fit one capacity class.

    budget: evaluations for each task; deadline: the `time.perf_counter()` at which it ends early. seed: the order of rules where
    the budget ends within a cost.
    """

    def __init__(
        self, engine: Engine, graph: Graph, tasks: list[Task], budget: int, seed: int = 0,
        deadline: float = float("inf"),
    ):  # fmt: skip
        self.engine, self.graph, self.tasks, self.budget = engine, graph, tasks, budget
        self.seed, self.deadline = seed, deadline
        self.examples = np.array([len(t.demos) for t in tasks], np.int64)
        self.tables = {kind: Table(self.examples) for kind in KINDS}
        self.few = Part(self.tables[FEW[1]])
        self._slots: dict[str, Table | Part] = {**self.tables, FEW[0]: self.few}
        self.results = [Enumerated() for _ in tasks]
        self.goals = [Goal(t, engine.side, engine.margin) for t in tasks]
        self._seen: list[dict[str, set[int]]] = [{kind: set() for kind in KINDS} for _ in tasks]
        self._open = set(range(len(tasks)))
        self._nodes: dict[tuple[str, int], int] = {}
        self._leaves: dict[int, list[tuple[str, Any]]] = {}

    def run(self) -> list[Enumerated]:
        """Enumerate until each task is solved or has used up its budget."""
        limit, check = self.engine.max_rows, self.engine.check
        self.engine.max_rows, self.engine.check = MOST_ROWS, self._check
        try:
            for cost in range(MOST_COST):
                if not self._open:
                    break
                self._level(cost)
        except OutOfTime:
            pass
        finally:
            self.engine.max_rows, self.engine.check = limit, check
        for k, goal in enumerate(self.goals):
            self.results[k].near = [(score, self.node("grid", n)) for score, n in goal.near()]
        return self.results

    def _check(self) -> None:
        if time.perf_counter() > self.deadline:
            raise OutOfTime

    def _level(self, cost: int) -> None:
        """All values of one cost."""
        self._add_leaves(cost)
        order = list(range(len(rules())))
        random.Random(f"{self.seed} {cost}").shuffle(order)
        for k in order:
            rule = rules()[k]
            if cost >= rule.weight:
                self._apply(k, rule, cost)
        for t in sorted(self._open):
            self._solve(t)

    # Leaves -------------------------------------------------------------------------------------------------------

    def _add_leaves(self, cost: int) -> None:
        if not self._leaves:
            for k, task in enumerate(self.tasks):
                for kind, value, c in _leaves(task):
                    self._leaves.setdefault(c, []).append((kind, (k, value)))
        for kind, (k, value) in self._leaves.get(cost, ()):
            if k not in self._open:
                continue
            n, numbers = int(self.examples[k]), np.array([k])
            if value is None:
                batch = self.engine.grids([d.input for d in self.tasks[k].demos])
                self._keep(kind, batch, numbers, cost, [Origin(INPUT, ())])
            else:
                self._keep(kind, self.engine.filled(value, n), numbers, cost, [Origin(CONSTANT, (value,))])

    # Rules --------------------------------------------------------------------------------------------------------

    def _apply(self, k: int, rule: Rule, cost: int) -> None:
        tasks: list[np.ndarray] = []
        columns: list[list[np.ndarray]] = [[] for _ in rule.slots]
        for t in sorted(self._open):
            result = self.results[t]
            for chosen in self._choices(rule, t, cost - rule.weight):
                left = self.budget - result.evaluations
                n = min(left, prod([len(c) for c in chosen]))
                if n <= 0:
                    break
                grids = np.meshgrid(*(np.array(c, np.int64) for c in chosen), indexing="ij")
                for column, g in zip(columns, grids, strict=True):
                    column.append(g.ravel()[:n])
                tasks.append(np.full(n, t))
                result.evaluations += n
        if not tasks:
            return
        owner, args = np.concatenate(tasks), [np.concatenate(c) for c in columns]
        ends = np.cumsum(self.examples[owner])
        first = 0
        while first < len(owner):
            last = max(
                first + 1, int(np.searchsorted(ends, (ends[first - 1] if first else 0) + CALL_ROWS, "right"))
            )
            self._call(k, rule, owner[first:last], [a[first:last] for a in args], cost)
            first = last

    def _choices(self, rule: Rule, task: int, cost: int) -> Iterator[list[list[int]]]:
        """For each way to share out the cost among the slots, the values for each of them."""
        for costs in _shares(cost, len(rule.slots)):
            chosen = [self._slots[kind].at(task, c) for kind, c in zip(rule.slots, costs, strict=True)]
            if all(chosen):
                yield chosen

    def _call(self, k: int, rule: Rule, owner: np.ndarray, args: list[np.ndarray], cost: int) -> None:
        try:
            self._check()
            batches = [self._slots[kind].rows(a) for kind, a in zip(rule.slots, args, strict=True)]
            value = self._evaluate(rule.template, batches, owner)
            kind = KINDS[rule.result]
            if not isinstance(value, Batch) or value.type is not kind:
                return
            rows = np.stack(args, axis=1).tolist() if args else [()] * len(owner)
            origins = [Origin(k, tuple(row)) for row in rows]
            self._keep(rule.result, value, owner, cost, origins)
        except (TooMuch, RegistersFull, Unsupported, RecursionError):
            if len(owner) > 1:
                half = len(owner) // 2
                self._call(k, rule, owner[:half], [a[:half] for a in args], cost)
                self._call(k, rule, owner[half:], [a[half:] for a in args], cost)

    def _evaluate(self, template: Any, args: list[Batch], owner: np.ndarray) -> Any:
        if template is None:
            inputs = np.array([self.tables["grid"].at(t, 0)[0] for t in range(len(self.tasks))])
            return self.tables["grid"].rows(inputs[owner])
        if isinstance(template, Constant):
            return self.engine.filled(template.value, int(self.examples[owner].sum()))
        if isinstance(template, int):
            return args[template]
        if isinstance(template, str):
            return Closure(template)
        return call(self.engine, template[0], [self._evaluate(a, args, owner) for a in template[1:]])

    # New values ---------------------------------------------------------------------------------------------------

    def _keep(self, kind: str, value: Batch, owner: np.ndarray, cost: int, origins: list[Origin]) -> None:
        """Put what is new into the table, and look at it with the task's outputs in mind."""
        sizes = self.examples[owner]
        ends = np.cumsum(sizes)
        bad = np.add.reduceat((value.flags & _UNUSABLE) != 0, ends - sizes) > 0
        if bad.all():
            return
        if bad.any():
            value = take(value, np.flatnonzero(np.repeat(~bad, sizes)))
            owner, sizes = owner[~bad], sizes[~bad]
            origins = [o for o, b in zip(origins, bad.tolist(), strict=True) if not b]
            ends = np.cumsum(sizes)
        names = _whole(hashes(self.engine, value), sizes, ends)
        new = []
        for n, (t, name) in enumerate(zip(owner.tolist(), names.tolist(), strict=True)):
            seen = self._seen[t][kind]
            if name not in seen:
                seen.add(name)
                new.append(n)
        if not new:
            return
        kept = np.array(new)
        rows = np.flatnonzero(np.repeat(np.isin(np.arange(len(owner)), kept), sizes))
        value, planes = self._compact(take(value, rows))
        owner = owner[kept]
        numbers = self.tables[kind].add(value, owner, cost, [origins[n] for n in new])
        first, row = 0, 0
        for t, count in _runs(owner):
            some = list(numbers[first : first + count])
            end = row + count * int(self.examples[t])
            self._look(kind, t, some, value, planes, slice(row, end))
            if kind == FEW[1] and planes is not None:
                cells = (planes[row:end] >= 0).sum(axis=(1, 2)).reshape(count, -1).max(axis=1)
                for number in np.array(some)[cells <= MOST_FEW].tolist():
                    self.few.add(number, t, cost)
            self.results[t].values += count
            first, row = first + count, end

    def _look(
        self, kind: str, t: int, numbers: list[int], value: Batch, planes: np.ndarray | None, rows: slice
    ) -> None:
        """New values of one task: what they are to its goal."""
        if kind == "colour":
            each = value.data[rows].reshape(len(numbers), -1).tolist()
            for number, values in zip(numbers, each, strict=True):
                self.goals[t].colour(number, tuple(values))
        elif planes is not None:
            shaped = planes[rows].reshape(len(numbers), -1, *planes.shape[1:])
            if kind == "grid":
                self.goals[t].grids(numbers, shaped)
            else:
                self.goals[t].patches(kind, numbers, shaped)

    def _compact(self, value: Batch) -> tuple[Batch, np.ndarray | None]:
        """Planes into rows of their own, so that those of what is not kept are free again; the planes int8[n, U, U]."""
        if value.type is GRID:
            planes = self.engine.kernels.fetch(value.data.planes.ids)
            data: Any = Grids(self.engine.store(planes), value.data.h, value.data.w)
        elif is_patch(value.type):
            planes = self.engine.kernels.fetch(value.data.ids)
            data = self.engine.store(planes)
        else:
            return value, None
        return Batch(value.type, data, value.flags), planes

    def _solve(self, t: int) -> None:
        """Programs that the values so far make for a task; a task that has some, or no budget, is closed."""
        result = self.results[t]
        for built in self.goals[t].solutions():
            root = self._build(built)
            if root not in result.found:
                result.found.append(root)
        if result.found or result.evaluations >= self.budget:
            self._open.discard(t)

    # Programs -----------------------------------------------------------------------------------------------------

    def node(self, kind: str, number: int) -> int:
        """The graph's node for a value."""
        kind = FEW[1] if kind == FEW[0] else kind
        known = self._nodes.get((kind, number))
        if known is None:
            origin = self.tables[kind].origin[number]
            if origin.rule == INPUT:
                known = self.graph.input()
            elif origin.rule == CONSTANT:
                known = self.graph.const(origin.args[0])
            else:
                rule = rules()[origin.rule]
                args = [self.node(k, a) for k, a in zip(rule.slots, origin.args, strict=True)]
                known = self._template(rule.template, args)
            self._nodes[kind, number] = known
        return known

    def _template(self, template: Any, args: list[int]) -> int:
        if template is None:
            return self.graph.input()
        if isinstance(template, Constant):
            return self.graph.const(template.value)
        if isinstance(template, int):
            return args[template]
        if isinstance(template, str):
            return self.graph.prim(template)
        return self.graph.call(template[0], [self._template(a, args) for a in template[1:]])

    def _build(self, built: Any) -> int:
        """A node from what a goal gives: (primitive, *arguments) of values (kind, number), constants or such tuples."""
        if isinstance(built, Constant):
            return self.graph.const(built.value)
        if built[0] in KINDS and isinstance(built[1], int):
            return self.node(built[0], built[1])
        return self.graph.call(built[0], [self._build(a) for a in built[1:]])


def _whole(rows: np.ndarray, sizes: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """One hash for each value from those of its rows."""
    out = np.zeros(len(sizes), np.uint64)
    for n in np.unique(sizes).tolist():
        mine = np.flatnonzero(sizes == n)
        starts = (ends - sizes)[mine]
        out[mine] = joined(np.stack([rows[starts + e] for e in range(n)]))
    return out


def _runs(owner: np.ndarray) -> Iterator[tuple[int, int]]:
    """Each task of a sorted owner int[n], with how many entries it has."""
    tasks, counts = np.unique(owner, return_counts=True)
    return zip(tasks.tolist(), counts.tolist(), strict=True)


def _shares(cost: int, slots: int) -> Iterator[tuple[int, ...]]:
    """Costs of at least 0 for each slot that add up to `cost`."""
    if not slots:
        if not cost:
            yield ()
        return
    for head in product(range(cost + 1), repeat=slots - 1):
        rest = cost - sum(head)
        if rest >= 0:
            yield (*head, rest)


def _leaves(task: Task) -> Iterator[tuple[str, Any, int]]:
    """Kind, value (None: the input) and cost of what needs no rule."""
    yield "grid", None, 0
    preferred = set(hints(task).colours)
    present = {int(c) for d in task.demos for g in (d.input, d.output) if g is not None for c in np.unique(g)}
    for c in sorted(present | {0}):
        yield "colour", c, grammar.HINTED if c in preferred else grammar.COLOUR
    for kind, constants in (
        ("number", grammar.NUMBERS),
        ("step", grammar.STEPS),
        ("cell", grammar.CELLS),
        ("dims", grammar.DIMS),
    ):
        for value, cost in constants.items():  # type: ignore[attr-defined]
            yield kind, value, cost
