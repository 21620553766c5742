"""The steps of operations on values: constants, primitives on rows, choices, structs, loops."""

from __future__ import annotations

from typing import Any

from jbatt.dsl.domain import resolve
from jbatt.engine.machine import rewrite
from jbatt.engine.machine.conversions import Conversions
from jbatt.engine.machine.layout import is_listed, layout, numbers_only, width
from jbatt.engine.machine.rows import LIMIT
from jbatt.engine.machine.step_graph import NoStep
from jbatt.engine.ragged import POWER_LIMIT
from jbatt.program.infer import common_item, unify
from jbatt.values.types import (
    BOOLEAN,
    GRID,
    INDICES,
    INTEGER,
    OBJECT,
    PAIR,
    ListType,
    StructType,
    container_kind,
    is_patch,
    struct,
)

REWRITTEN = frozenset(["underpaint", "shift"])
"""Primitives whose steps depend on what their arguments were made of."""
PATCHES = frozenset([str(OBJECT), str(INDICES)])
"""Words of layouts that are planes of patches."""


class ValueRules(Conversions):
    """A method for each operation of the lowered graph, `_name(op, *slots)`: reference, type and order of what it gives. They raise NoStep."""

    def _input(self, op):
        return self.step("example"), GRID, True

    def _constant_row(self, value) -> tuple[tuple[int, ...], Any]:
        if isinstance(value, int):
            if abs(value) >= LIMIT:
                raise NoStep
            return (int(value),), BOOLEAN if isinstance(value, bool) else INTEGER
        rows = [self._constant_row(v) for v in value]
        return tuple(w for words, _ in rows for w in words), struct(*(t for _, t in rows))

    def _const(self, op):
        words, kind = self._constant_row(op[2])
        if layout(kind) is None:
            raise NoStep
        return self.constant(words), kind, True

    def _constant(self, op, like):
        if abs(op[1]) >= LIMIT:
            raise NoStep
        return self.step("like", *self._at(like), x=int(op[1])), INTEGER, True

    def _row(self, op, *slots):
        _, overload, types, result = op
        if layout(result) is None:
            raise NoStep
        args = self._at(*slots)
        if overload.pick is not None:
            counts = self.step((overload, types), *args)
            if overload.primitive == "objects":
                heads, values = self.many("labelled_item", counts, args[0])
            else:
                heads, values = self.many((overload, types, "item"), counts, *args)
            return self.step("build", heads, values), result, True
        if isinstance(result, ListType):
            heads, values = self.many((overload, types), *args)
            return self.step("build", heads, values), result, True
        if overload.primitive == "underpaint":
            args = rewrite.under(self, *args)
        if overload.primitive == "shift":
            moved = rewrite.shifted(self, *args)
            if moved is not None:
                return moved, result, True
            if self.names[self.op[args[0] >> 1]] == "scatter_pairs_in_order":
                args[0] = self.step("as_set", args[0])
        return self.step((overload, types), *args), result, True

    def _coerce(self, op, slot):
        return self._coerced(self.refs[slot], self.types[slot], op[1]), op[1], False

    def _truth(self, op, slot):
        return self._true(self.refs[slot], self.types[slot]), BOOLEAN, True

    def _equal(self, op, a, b):
        x, y = self.types[a], self.types[b]
        refs = self._at(a, b)
        numbers = {INTEGER, BOOLEAN}
        if {x, y} <= numbers:
            return self.step("equal", *refs, x=1), BOOLEAN, True
        if isinstance(x, StructType) and isinstance(y, StructType):
            if not _comparable(x, y):
                return self.step("equal", *refs, x=0), BOOLEAN, True
            if not (numbers_only(x) and layout(x) == layout(y)):
                raise NoStep
            return self.step("equal", *refs, x=width(x)), BOOLEAN, True
        left, right = container_kind(x), container_kind(y)
        if (is_patch(x) and x is y) or (x is GRID and y is GRID):
            return self.step((resolve("equality", (x, x))[0], (x, x)), *refs), BOOLEAN, True
        if left is None or left != right:
            refs = [
                self.step("comparable", r) if is_patch(t) else r for r, t in zip(refs, (x, y), strict=True)
            ]
            return self.step("equal", *refs, x=0), BOOLEAN, True
        if left == "set" and unify(common_item(x), common_item(y)) is None:
            # Sets of items that are never equal are equal where both are empty.
            refs = [
                self.step("comparable", r) if is_patch(t) else r for r, t in zip(refs, (x, y), strict=True)
            ]
            some = [self._true(r, t) for r, t in zip(refs, (x, y), strict=True)]
            return self.step("flip", self.step("either", *some)), BOOLEAN, True
        if left == "tuple" and _lists_numbers(x) and _lists_numbers(y):
            return self.step("equal_lists", *refs), BOOLEAN, True
        raise NoStep

    def _flip(self, op, mask):
        return self.step("flip", *self._at(mask)), BOOLEAN, True

    def _either(self, op, a, b):
        return self.step("either", *self._at(a, b)), BOOLEAN, True

    def _struct(self, op, *slots):
        kind = struct(*(self.types[s] for s in slots))
        if layout(kind) is None or len(slots) < 1:
            raise NoStep
        if is_listed(kind):
            heads, values = self.many("single", self.refs[slots[0]])
            for s in slots[1:]:
                heads, values = self.many("concat", heads, values, *self.many("single", self.refs[s]))
            return self.step("build", heads, values), kind, False
        made, words = self.refs[slots[0]], width(self.types[slots[0]])
        if len(slots) == 1:
            made = self.step("move", made)
        plain = int(sum(word in PATCHES for word in layout(kind) or ()) <= 1)
        for s in slots[1:]:
            made = self.step("struct", made, self.refs[s], x=words, y=plain)
            words += width(self.types[s])
        return made, kind, False

    def _field(self, op, slot):
        kind, k = self.types[slot], op[1]
        if is_listed(kind):
            heads, values = self.many("items_of_list", self.refs[slot])
            return self.step("at", heads, values, x=k), kind.fields[k], False
        before = sum(width(f) for f in kind.fields[:k])
        field = kind.fields[k]
        return rewrite.field(self, self.refs[slot], before, width(field), kind is PAIR), field, False

    def _branch(self, op, condition, a, b):
        return self._chosen(op[1], condition, a, b, 1)

    def _select(self, op, condition, a, b):
        return self._chosen(op[1], condition, a, b, 0)

    def _chosen(self, kind, condition, a, b, both: int):
        refs = [self._coerced(self.refs[s], self.types[s], kind) for s in (a, b)]
        if layout(kind) is None:
            raise NoStep
        return self.step("select", self.refs[condition], *refs, x=both), kind, False

    def _strict(self, op, slot, *others):
        made = self.refs[slot]
        values: list[int] = []
        heads: list[int] = []
        for other in others:
            ref = self._wrong_with(self.refs[other])
            if ref is not None:
                some = heads if ref & 1 else values
                if ref not in some and not self._carries(made, ref):
                    some.append(ref)
        for k in range(0, len(values), 2):
            made = self.step("strict", made, values[k], values[min(k + 1, len(values) - 1)])
        for head in heads:
            made = self.step("strict_heads", made, head)
        return made, self.types[slot], self.canonical[slot]

    def _loop(self, op, slot):
        if layout(self.types[slot]) is None:
            raise NoStep
        return self.step("loop", self.refs[slot], x=op[1]), self.types[slot], False

    def _power(self, op, *slots):
        found = self.lowered.loops.get((op, slots))
        if found is None:
            raise NoStep
        start, value = self._at(*found)
        if start < 0 or value < start:
            raise NoStep
        return self.step("again", value, self.refs[slots[-2]], start, y=POWER_LIMIT), op[2], False


def _lists_numbers(kind) -> bool:
    return isinstance(kind, ListType) and kind.item in (INTEGER, BOOLEAN)


def _comparable(x, y) -> bool:
    """Whether values of two types can be equal, as far as their being containers tells."""
    if isinstance(x, StructType) and isinstance(y, StructType):
        pairs = zip(x.fields, y.fields, strict=False)
        return len(x.fields) == len(y.fields) and all(_comparable(a, b) for a, b in pairs)
    return container_kind(x) == container_kind(y)
