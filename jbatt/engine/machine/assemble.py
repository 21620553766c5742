"""Lowered programs as the machine's steps.

Each operation of a lowered graph becomes one step or a few: a set in canonical order, for example, is keys, their ranks,
and a permutation. Steps form a graph of their own, in which equal steps are one. What the machine has no step for
is left out, with all that needs it; the domain of batches evaluates that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jbatt.dsl.domain import IMPOSSIBLE, coercion_cost
from jbatt.engine.lower import Lowered
from jbatt.engine.machine.drawing import SIZED
from jbatt.engine.machine.item_rules import ItemRules
from jbatt.engine.machine.layout import layout
from jbatt.engine.machine.step_graph import NoStep
from jbatt.engine.machine.value_rules import REWRITTEN, ValueRules
from jbatt.values.types import GRID, ListType

STEPS_OF = {"at": "_at_item"}
"""Operations whose method has another name than theirs."""


class Assembler(ValueRules, ItemRules):
    """The graph of steps for a lowered graph, which grows with it."""

    def __init__(self, lowered: Lowered, side: int):
        super().__init__(lowered, side)
        self._rules: dict[int, Any] = {}
        """For each operation of the lowered graph what makes its steps: a method, or the step that it is as it stands, with its result's type."""
        self._taken = bytearray()
        """Whether each node of the lowered graph was taken in."""

    def take_in(self, slots: Iterable[int]) -> None:
        """Assemble the nodes of the lowered graph that these slots are made of, themselves included, where that was not done before."""
        low, refs, types, canonical = self.lowered, self.refs, self.types, self.canonical
        added = 3 * len(low.op) - len(refs)
        refs += [-1] * added
        types += [None] * added
        canonical += [False] * added
        rules, steps, op, args_of = self._rules, self._steps, low.op, low.args
        for node in self._new_nodes(slots):
            slot, number, args = 3 * node, op[node], args_of[node]
            given = tuple([refs[a] for a in args])
            if -1 in given:
                continue
            rule = rules.get(number)
            if rule is None:
                rule = rules[number] = self._rule(low.ops[number])
            try:
                if type(rule) is tuple:
                    step, kind = rule
                    key = (step, given, 0, 0)
                    ref = steps.get(key)
                    refs[slot] = self._new(key) if ref is None else ref
                    types[slot], canonical[slot] = kind, True
                    continue
                found = rule(self, low.ops[number], *args)
            except NoStep:
                continue
            if isinstance(found, list):
                for k, (ref, kind, sorted_already) in enumerate(found, slot):
                    refs[k], types[k], canonical[k] = ref, kind, sorted_already
            else:
                refs[slot], types[slot], canonical[slot] = found

    def _new_nodes(self, slots: Iterable[int]) -> list[int]:
        """The nodes that slots are made of and that were not taken in before, each after those it takes."""
        low, taken = self.lowered, self._taken
        ops, op, args = low.ops, low.op, low.args
        taken += bytes(len(op) - len(taken))
        found: list[int] = []
        todo = list(slots)
        while todo:
            node = todo.pop() // 3
            if not taken[node]:
                taken[node] = 1
                found.append(node)
                todo += args[node]
                if ops[op[node]][0] == "power":
                    todo += low.loops.get((ops[op[node]], args[node]), ())
        found.sort()
        return found

    def _rule(self, op: tuple):
        """What makes the steps of an operation."""
        if op[0] == "row":
            _, overload, types, result = op
            name = (overload, types)
            plain = overload.pick is None and not isinstance(result, ListType)
            if plain and overload.primitive not in REWRITTEN and name in self.opcodes and layout(result):
                return self.named(name), result
        return getattr(type(self), STEPS_OF.get(op[0], "_" + op[0]))

    def root(self, slot: int) -> int:
        """The reference of the step that judges a value; -1 where the machine cannot."""
        ref, kind = self.refs[slot], self.types[slot]
        if ref < 0:
            return -1
        try:
            if kind is GRID:
                name = self.names[self.op[ref >> 1]]
                return self.step("root", ref, x=int(isinstance(name, tuple) and name[0].primitive in SIZED))
            if coercion_cost(kind, GRID) >= IMPOSSIBLE:
                return self.step("other_root", ref)
            return self.step("root", self._coerced(ref, kind, GRID))
        except NoStep:
            return -1
