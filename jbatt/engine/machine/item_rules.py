"""The steps of operations on the items of containers: taking, keeping, ordering, joining and building them."""

from __future__ import annotations

from jbatt.dsl.domain import type_of_set
from jbatt.engine.machine import rewrite, ties
from jbatt.engine.machine.blocks import INTEGERS, MAXIMUM, MINIMUM, MISMATCH, NO_DEFAULT, NUMBER, OTHERWISE
from jbatt.engine.machine.conversions import Conversions, as_it_is
from jbatt.engine.machine.layout import is_listed, layout, width
from jbatt.engine.machine.step_graph import NoStep
from jbatt.program.infer import common_item, unify
from jbatt.values.types import (
    BOOLEAN,
    CELL,
    GRID,
    INDICES,
    INTEGER,
    PAIR,
    ListType,
    StructType,
    is_patch,
    tuple_of,
)

SCATTERED = frozenset(["scatter_pairs", "scatter_cells"])
"""Steps that draw a patch from its cells."""


class ItemRules(Conversions):
    """As `ValueRules`; operations that give items give their heads, and one or two values with a row for each."""

    def _items(self, op, slot):
        kind, ref = self.types[slot], self.refs[slot]
        found = self._given_items(kind, self.canonical[slot], op[1], ref)
        if found is not None:
            return found
        canonical = self.canonical[slot] if isinstance(kind, ListType) and kind.kind == "set" else True
        drawn = self.names[self.op[ref >> 1]] == "scatter_cells" and self.args[ref >> 1]
        if op[1] and drawn and self.known[drawn[1] >> 1].clean:
            # The cells themselves, however many there are at a location.
            return self._made(*self.ordered(*drawn, CELL, True), CELL, True)
        if not op[1] or canonical:
            return self._made(*self._items_of(ref, kind), canonical)
        if ref in self.spreads:
            return self._made(*self._items_of(self._in_order(ref, kind), kind), True)
        heads, values, item = self._items_of(ref, kind)
        return self._made(*self.ordered(heads, values, item, True), item, True)

    def _in_order(self, ref: int, kind) -> int:
        """A set as a list in canonical order. One that is repeated is put in order once."""
        if ref in self.spreads:
            again, container = self.args[ref >> 1]
            return self.step("spread", again, self._in_order(container, kind))
        heads, values, item = self._items_of(ref, kind)
        return self.step("build", *self.ordered(heads, values, item, True))

    def _given_items(self, kind, canonical: bool, ordered: bool, container: int):
        """The items that a container was made of, where it was made of items that will do."""
        ref, steps = rewrite.without_strict(self, container)
        wrong = list(dict.fromkeys(r for k in steps for r in self.args[k][1:]))
        name, args = self.names[self.op[ref >> 1]], self.args[ref >> 1]
        if not ordered and is_patch(kind) and name in SCATTERED:
            # Whoever does not ask for order can have the items that the patch was drawn from, inside the window or not.
            if wrong:
                name = "items_of_drawn_indices" if kind is INDICES else "items_of_drawn_object"
                args = self.many(name, container, *args)
            return self._made(args[0], args[1], common_item(kind), False)
        if not isinstance(kind, ListType) or name != "build":
            return None
        heads, values = args
        in_order = canonical or kind.kind == "tuple"
        if ordered and not (in_order and self.known[values >> 1].clean):
            return None
        for other in map(self._wrong_with, wrong):
            if other is not None and not self._carries(heads, other):
                heads = self.step("also_wrong", heads, other, x=other & 1) + 1
        return self._made(heads, values, kind.item, canonical)

    @staticmethod
    def _made(heads: int, values: int, item, canonical: bool):
        return [(heads, None, canonical), (values, item, False)]

    def _spread(self, op, heads, slot):
        return self.step("spread", *self._at(heads, slot)), self.types[slot], self.canonical[slot]

    def _build(self, op, heads, slot):
        _, kind, sorted_already, items_kind, own = op
        head, value, item = self.refs[heads], self.refs[slot], self.types[slot]
        if kind == "set" and isinstance(item, StructType):
            patch = type_of_set(item)
            if is_patch(patch):
                want, name = (PAIR, "scatter_pairs") if patch is INDICES else (CELL, "scatter_cells")
                return self.step(name, head, self._coerced(value, item, want)), patch, False
        if layout(item) is None:
            raise NoStep
        if value in self.spreads:
            value = self.step("move", value)
        canonical = kind == "tuple" or (
            sorted_already and items_kind == "set" and own and self.canonical[heads]
        )
        made = type_of_set(item) if kind == "set" else tuple_of(item)
        return self.step("build", head, value), made, canonical

    def _any(self, op, heads, mask):
        return self.step("any", *self._at(heads, mask)), BOOLEAN, True

    def _count(self, op, heads):
        return self.step("count", *self._at(heads)), INTEGER, True

    def _keep(self, op, heads, slot, mask):
        made = rewrite.kept(self, *self._at(heads, slot, mask))
        return self._made(*made, self.types[slot], self.canonical[heads] and op[2])

    def _member(self, op, a, x, b, y):
        left, right = self.types[x], self.types[y]
        if left is right and is_patch(left):
            return self.step("member_patch", *self._at(a, x, b, y)), BOOLEAN, True
        if unify(left, right) is None:
            none = self.step("like", self.step("count", self.refs[a]), x=0)
            for heads, slot, kind in ((a, x, left), (b, y, right)):
                none = self.step("strict_heads", none, self.refs[heads])
                if is_patch(kind):
                    # What hides cells of an item makes the answers for its container unknown.
                    whole = self.step("build", self.refs[heads], self.step("comparable", self.refs[slot]))
                    none = self.step("strict", none, whole, whole)
            return self.step("spread", self.refs[a], none), BOOLEAN, True
        if left is not right and not {left, right} <= {INTEGER, BOOLEAN}:
            raise NoStep
        keys = [self._number(self.refs[s], self.types[s]) for s in (x, y)]
        return self.step("member", self.refs[a], keys[0], self.refs[b], keys[1]), BOOLEAN, True

    def _distinct(self, op, heads, slot):
        head, value = self._at(heads, slot)
        mask = self.step("is_first", head, self._keys(head, value, self.types[slot]))
        return self._made(*self.many("keep", head, value, mask), self.types[slot], False)

    def _canonical(self, op, heads, slot):
        made = self.ordered(*self._at(heads, slot), self.types[slot], op[2])
        return self._made(*made, self.types[slot], True)

    def _multiplicity(self, op, heads, slot):
        head, value = self._at(heads, slot)
        return self.step("multiplicity", head, self._keys(head, value, self.types[slot])), INTEGER, True

    def _sort(self, op, heads, slot, keys):
        head, value, key = self._at(heads, slot, keys)
        kind = self.types[keys]
        ranks = self.step("rank", head, self._compared(key, kind), x=INTEGERS if kind is INTEGER else 0)
        return self._made(*self.many("permute", head, value, ranks), self.types[slot], True)

    def _best(self, op, heads, slot, keys, otherwise=None):
        _, _, which, give, default, _ = op
        head, value, key = self._at(heads, slot, keys)
        how = (MAXIMUM if which == "max" else MINIMUM) | (INTEGERS if self.types[keys] is INTEGER else 0)
        if self.types[slot] in (INTEGER, BOOLEAN) and key == value and head == value + 1:
            of = value >> 1
            if self.names[self.op[of]] == "items_of_struct" and self.x[of]:
                made = self.step("extreme", *self.args[of], x=self.x[of], y=how)
                return made, self.types[slot], False
        source, kind = (key, self.types[keys]) if give else (value, self.types[slot])
        args, how, y = [head, source, self._compared(key, self.types[keys])], NO_DEFAULT, 0
        if default is not None:
            how, y = NUMBER, default
            if layout(kind) != ("number",):
                raise NoStep
        elif otherwise is not None:
            args.append(self.refs[otherwise])
            other = self.types[otherwise]
            how = OTHERWISE if other is kind or {other, kind} == {BOOLEAN, INTEGER} else MISMATCH
            if kind is BOOLEAN and other is INTEGER:
                raise NoStep
        x = (MAXIMUM if which == "max" else MINIMUM) | how << 1
        x |= INTEGERS if self.types[keys] is INTEGER else 0
        if how == NO_DEFAULT and source == value and self.types[keys] in (INTEGER, BOOLEAN):
            found = ties.best(self, head, value, key, kind, x)
            if found is not None:
                return found, kind, False
        return self.step("best", *args, x=x, y=y), kind, False

    def _find(self, op, heads, slot, mask):
        return self.step("find", *self._at(heads, slot, mask)), self.types[slot], False

    def _at_item(self, op, heads, slot):
        return self.step("at", *self._at(heads, slot), x=op[2]), self.types[slot], False

    def _concat(self, op, a, x, b, y):
        kind = unify(self.types[x], self.types[y])
        left, right = (self._coerced(self.refs[s], self.types[s], kind) for s in (x, y))
        return self._made(*self.many("concat", self.refs[a], left, self.refs[b], right), kind, False)

    def _repeat(self, op, slot, n):
        if self.types[n] not in (INTEGER, BOOLEAN):
            raise NoStep
        return self._made(*self.many("repeat", *self._at(slot, n)), self.types[slot], True)

    def _range(self, op, *slots):
        return self._made(*self.many("range", *self._at(*slots)), INTEGER, True)

    def _single(self, op, slot):
        return self._made(*self.many("single", *self._at(slot)), self.types[slot], True)

    def _cross(self, op, a, x, b, y):
        canonical = self.canonical[a] and self.canonical[b] and op[1] == op[2] == "set"
        one, ones, other, others = self._at(a, x, b, y)
        heads, _ = self.many("cross_heads", one, other)
        left, right = (
            self.step("cross_first", one, ones, other),
            self.step("cross_second", one, other, others),
        )
        return [(heads, None, canonical), (left, self.types[x], False), (right, self.types[y], False)]

    def _zip(self, op, a, x, b, y):
        args = self._at(a, x, b, y)
        heads, left = self.many("zip_first", *args)
        right = self.step("zip_second", *args)
        return [(heads, None, True), (left, self.types[x], False), (right, self.types[y], False)]

    def _flatten(self, op, heads, slot):
        head, value, kind = self.refs[heads], self.refs[slot], self.types[slot]
        item = common_item(kind)
        if is_patch(kind):
            name = "flatten_indices" if kind is INDICES else "flatten_object"
            return self._made(*self.many(name, head, value), item, False)
        if isinstance(kind, ListType) and op[1] == "tuple" and kind.kind == "set":
            raise NoStep
        return self._made(*self._joined(head, value, kind), item, False)

    def _joined(self, head: int, value: int, kind) -> tuple[int, int]:
        """The items of containers that are no patches."""
        if is_listed(kind):
            return self.many("flatten_lists", head, value)
        if kind is GRID:
            return self.many("flatten_lists", head, self._as_list(value, kind))
        item = common_item(kind)
        if not isinstance(kind, StructType) or item is None:
            raise NoStep
        if any(layout(f) != layout(item) or not as_it_is(f, item) for f in kind.fields):
            raise NoStep
        return self.many("flatten_structs", head, value, x=len(kind.fields), y=width(item))

    def _union(self, op, heads, slot):
        head, value, kind = self.refs[heads], self.refs[slot], self.types[slot]
        if is_patch(kind):
            return self._united(head, value), kind, False
        item = common_item(kind)
        heads, values = self._joined(head, value, kind)
        made = type_of_set(item)
        if is_patch(made):
            want, name = (PAIR, "scatter_pairs") if made is INDICES else (CELL, "scatter_cells")
            return self.step(name, heads, self._coerced(values, item, want)), made, False
        return self.step("build", heads, values), made, False

    def _united(self, head: int, value: int) -> int:
        """The patches of a container drawn over each other: where there is a step for drawing and uniting them, by that."""
        name = self.names[self.op[value // 2]]
        if isinstance(name, tuple) and (*name, "united") in self.opcodes:
            return self.step((*name, "united"), head, *self.args[value // 2])
        return rewrite.united(self, head, value) or self.step("union", head, value)
