"""Lowered programs as the machine's steps.

Each operation of a lowered graph becomes one step or a few: a set in canonical order, for example, is keys, their ranks,
and a permutation. Steps form a graph of their own, in which equal steps are one. What the machine has no step for
is left out, with all that needs it; the domain of batches evaluates that.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from jbatt.dsl.domain import IMPOSSIBLE, coercion_cost, resolve, type_of_set
from jbatt.engine.lower import Lowered
from jbatt.engine.machine import joins, once, rewrite, ties
from jbatt.engine.machine.blocks import INTEGERS, MAXIMUM, MINIMUM, MISMATCH, NO_DEFAULT, NUMBER, OTHERWISE
from jbatt.engine.machine.drawing import SIZED
from jbatt.engine.machine.known import Known, Rule, of_constant, rule_of
from jbatt.engine.machine.layout import is_listed, layout, numbers_only, width
from jbatt.engine.machine.loop import Sizes
from jbatt.engine.machine.rows import LIMIT
from jbatt.engine.machine.table import table
from jbatt.engine.ragged import POWER_LIMIT
from jbatt.program.infer import common_item, unify
from jbatt.values.types import (
    BOOLEAN,
    CELL,
    FUNCTION,
    GRID,
    INDICES,
    INTEGER,
    OBJECT,
    PAIR,
    ROW,
    ListType,
    StructType,
    container_kind,
    is_patch,
    struct,
    tuple_of,
)

STEPS_OF = {"at": "_at_item"}
SCATTERED = frozenset(["scatter_pairs", "scatter_cells"])
FROM_VALUE = frozenset(
    ["items_of_list", "items_of_indices", "items_of_object", "items_of_struct"]
    + ["items_of_drawn_indices", "items_of_drawn_object"]
)
"""Steps whose heads have what is wrong with their argument."""
HEADS_FROM_HEADS = frozenset(
    ["keep", "permute", "cross_heads", "also_wrong", "pairs_where", "zip_first", "concat"]
)
FROM_HEADS = frozenset(["build", "union", "united_lines", "scatter_pairs", "scatter_cells"])
"""Steps whose heads, or values, have what is wrong with the heads among their arguments."""
PATCHES = frozenset([str(OBJECT), str(INDICES)])
"""Words of layouts that are planes of patches."""
WIDEST = 6
"""Arguments of a step."""
REWRITTEN = frozenset(["underpaint", "shift"])
"""Primitives whose steps depend on what their arguments were made of."""
UNITES, HEADS_OF_VALUE, JOINS, HEADS_OF_HEADS, OF_HEADS, STRICT = (1 << k for k in range(6))
"""How a step has what is wrong with its arguments."""


class NoStep(Exception):
    """The machine has no step for this."""


def passing(name: Any) -> int:
    """How steps of a name have what is wrong with their arguments, as bits."""
    unites = name == "union" or name[-1] == "united"
    each = [
        (UNITES, unites),
        (HEADS_OF_VALUE, name in FROM_VALUE),
        (JOINS, name == "pairs_where"),
        (HEADS_OF_HEADS, name in HEADS_FROM_HEADS or name[-1] == "united"),
        (OF_HEADS, name in FROM_HEADS or name[-1] == "united"),
        (STRICT, name == "strict"),
    ]
    return sum(bit for bit, holds in each if holds)


class _About(NamedTuple):
    """What holds for all steps of a name. known: of their rows, or what tells it of each; instead: what may give a cheaper one;
    passes: as `passing` says."""

    known: Known | Rule
    instead: rewrite.Instead | None
    passes: int


class Assembler:
    """The graph of steps for a lowered graph, which grows with it.

    refs: for each slot of the lowered graph its *reference*, twice the step's number, and one more for its heads; -1 where the
    machine has none. types, canonical: of what a slot holds.
    """

    def __init__(self, lowered: Lowered, side: int):
        self.lowered = lowered
        self.opcodes = table(side).opcodes
        self.names: list[Any] = []
        self.numbers: dict[Any, int] = {}
        self.op: list[int] = []
        self.args: list[tuple[int, ...]] = []
        self.x: list[int] = []
        self.y: list[int] = []
        self.refs: list[int] = []
        self.types: list[Any] = []
        self.canonical: list[bool] = []
        self.constants: list[tuple[int, ...]] = []
        self._constants: dict[tuple, int] = {}
        self.known: list[Known] = []
        self._steps: dict[tuple, int] = {}
        self._about: list[_About] = []
        self._rules: dict[int, Any] = {}
        """For each operation of the lowered graph what makes its steps: a method, or the step that it is as it stands, with its result's type."""
        self.spreads: set[int] = set()
        self.bases: list[once.Repeated | None] = []
        self.made_of: dict[int, tuple] = {}
        """Of steps that were taken instead of another one, its name and its arguments."""
        self.moved: dict[tuple[int, once.Repeated], int | None] = {}

    def extend(self, stop: int) -> None:
        """Take in what is new in the lowered graph, below node `stop`."""
        low, refs, types, canonical = self.lowered, self.refs, self.types, self.canonical
        first = len(refs)
        added = max(0, 3 * stop - first)
        refs += [-1] * added
        types += [None] * added
        canonical += [False] * added
        rules, steps = self._rules, self._steps
        for slot, number, args in zip(
            range(first, 3 * stop, 3), low.op[first // 3 : stop], low.args[first // 3 : stop], strict=True
        ):
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

    def step(self, name, *args: int, x: int = 0, y: int = 0) -> int:
        """The reference of a step's values."""
        number = self.numbers.get(name)
        key = (self.named(name) if number is None else number, args, x, y)
        found = self._steps.get(key)
        return self._new(key) if found is None else found

    def named(self, name) -> int:
        """The number of a step's name. Raises NoStep."""
        if name not in self.opcodes:
            raise NoStep
        number = self.numbers.setdefault(name, len(self.names))
        if number == len(self.names):
            self.names.append(name)
            self._about.append(_About(rule_of(name), rewrite.instead_of(name), passing(name)))
        return number

    def _new(self, key: tuple[int, tuple[int, ...], int, int]) -> int:
        """The reference of a step that was not asked for before."""
        number, args, x, y = key
        name, about = self.names[number], self._about[number]
        spreads, bases = self.spreads, self.bases
        base = found = None
        for ref in args:  # most steps have nothing to do with what is repeated
            if ref in spreads or bases[ref >> 1] is not None:
                found = once.once(self, name, args, x, y)
                if found is not None:
                    self._steps[key] = found
                    return found
                base = once.base(self, name, args)
                break
        if about.instead is not None:
            found = about.instead(self, args, x)
        if found is None:
            found = 2 * len(self.op)
            rule = about.known
            if name == "constant":
                rule = of_constant(self.constants[x])
            elif not isinstance(rule, Known):
                known = self.known
                rule = rule(args, x, y, lambda ref: known[ref >> 1])
            self.op.append(number)
            self.args.append(args)
            self.x.append(x)
            self.y.append(y)
            self.known.append(rule)
            bases.append(base)
            if name == "spread":
                spreads.add(found)
        else:
            self.made_of[found >> 1] = name, args
        self._steps[key] = found
        return found

    def many(self, name, *args: int, x: int = 0, y: int = 0) -> tuple[int, int]:
        """The references of a step's heads and values."""
        values = self.step(name, *args, x=x, y=y)
        return values + 1, values

    def _at(self, *slots: int) -> list[int]:
        refs = self.refs
        return [refs[s] for s in slots]

    # Values -------------------------------------------------------------------------------------------------------

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

    def constant(self, words: tuple[int, ...]) -> int:
        """The reference of one row of these words."""
        number = self._constants.get(words)
        if number is None:
            if len(self.constants) == Sizes().constants:
                raise NoStep
            number = self._constants[words] = len(self.constants)
            self.constants.append(words)
        return self.step("constant", x=number)

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

    def _coerced(self, ref: int, kind, wanted) -> int:
        if kind is wanted:
            return ref
        if wanted is BOOLEAN:
            return self._true(ref, kind)
        if wanted is PAIR and kind is ROW:
            return self.step("pair_of_list", ref)
        if is_patch(wanted):
            heads, values, item = self._items_of(ref, kind)
            want = CELL if wanted is not INDICES else PAIR
            name = "scatter_pairs_in_order" if wanted is INDICES else "scatter_cells_in_order"
            return self.step(name, heads, self._coerced(values, item, want))
        if wanted is GRID:
            return self._grid(ref, kind)
        if layout(kind) == layout(wanted) is not None and _as_it_is(kind, wanted):
            return ref
        if (
            isinstance(kind, ListType)
            and isinstance(wanted, ListType)
            and kind.kind == wanted.kind == "tuple"
        ):
            heads, values = self.many("items_of_list", ref)
            return self.step("build", heads, self._coerced(values, kind.item, wanted.item))
        raise NoStep

    def _grid(self, ref: int, kind) -> int:
        item = common_item(kind)
        if item is PAIR and is_listed(kind):
            heads, values = self.many("items_of_list", ref)
            return self.step("as_grid", self.step("build", heads, self._as_list(values, PAIR)))
        if item is not ROW and not (isinstance(item, ListType) and _as_it_is(item, ROW)):
            raise NoStep
        if isinstance(kind, StructType) and not is_listed(kind):
            heads, values = self.many("items_of_struct", ref, x=len(kind.fields), y=width(item))
            ref = self.step("build", heads, values)
        return self.step("as_grid", ref)

    def _truth(self, op, slot):
        return self._true(self.refs[slot], self.types[slot]), BOOLEAN, True

    def _true(self, ref: int, kind) -> int:
        if kind is BOOLEAN:
            return ref
        if kind is INTEGER:
            return self.step("truth", ref, x=1)
        if isinstance(kind, ListType):
            return self.step("truth", ref, x=2)
        if kind is GRID:
            return self.step("truth", ref, x=2)
        if is_patch(kind):
            return self.step("some_cell", ref)
        if is_listed(kind) or layout(kind) is None:
            raise NoStep
        return self.step("truth", ref, y=1 if kind is PAIR else 2)

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

    def _wrong_with(self, ref: int) -> int | None:
        """What has what can be wrong with a value: of lists of clean items that are their heads. None: nothing can be."""
        if ref & 1:
            return ref
        if self.known[ref >> 1].clean:
            return None
        args = self.args[ref >> 1]
        if self.names[self.op[ref >> 1]] == "build" and self.known[args[1] >> 1].clean:
            return args[0]
        return ref

    def _carries(self, made: int, ref: int, depth: int = 8) -> bool:
        """Whether what is wrong with a value is certainly wrong with one made from it, as far as a few steps tell."""
        if made == ref:
            return True
        if not depth:
            return False
        number = made >> 1
        replaced = self.made_of.get(number)
        if replaced is None:
            how, args = self._about[self.op[number]].passes, self.args[number]
        else:
            how, args = passing(replaced[0]), replaced[1]
        if not how:
            return False
        if how & UNITES:
            # They have what is wrong with each of the items as well, as a list of them has.
            of, its = self.names[self.op[ref // 2]], self.args[ref // 2]
            if of == "build" and its[0] == args[0]:
                name = replaced[0] if replaced else self.names[self.op[number]]
                item, its = self.names[self.op[its[1] // 2]], self.args[its[1] // 2]
                if self.args[ref // 2] == args or ((*item, "united") == name and its == args[1:]):
                    return True
        if made & 1 and how & HEADS_OF_VALUE:
            return self._carries(args[0], ref, depth - 1)
        if made & ref & 1 and how & JOINS and joins.pairs_of(self, ref) == (args[0], args[2]):
            return True
        only_heads = how & (HEADS_OF_HEADS if made & 1 else OF_HEADS)
        if only_heads or how & STRICT:
            for arg in args:
                if (arg & 1 or not only_heads) and self._carries(arg, ref, depth - 1):
                    return True
        return False

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

    # Items --------------------------------------------------------------------------------------------------------

    def _items_of(self, ref: int, kind) -> tuple[int, int, Any]:
        item = common_item(kind)
        if item is None or item is FUNCTION:
            raise NoStep
        if is_listed(kind):
            return *self.many("items_of_list", ref), item
        if is_patch(kind):
            return *self.many("items_of_indices" if kind is INDICES else "items_of_object", ref), item
        if kind is GRID:
            heads, cells = self.many("cells_of_grid", ref)
            return *self.many("rows_of_grid", heads, cells, ref), item
        if any(layout(f) != layout(item) or not _as_it_is(f, item) for f in kind.fields):
            raise NoStep
        return *self.many("items_of_struct", ref, x=len(kind.fields), y=width(item)), item

    def _as_list(self, ref: int, kind) -> int:
        """Containers that lie otherwise as lists."""
        heads, values, _ = self._items_of(ref, kind)
        return self.step("build", heads, values)

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

    def ordered(self, heads: int, values: int, item, unique: bool) -> tuple[int, int]:
        """Items in canonical order, repeats dropped where `unique`."""
        keys = self._keys(heads, values, item)
        if unique:
            mask = self.step("is_first", heads, keys)
            kept, keys = self.many("keep", heads, keys, mask)
            heads, values = self.many("keep", heads, values, mask)
            return self.many("permute", heads, values, self.step("rank", kept, keys))
        return self.many("permute", heads, values, self.step("rank", heads, keys))

    def _keys(self, heads: int, values: int, item) -> int:
        """A number for each item that orders them canonically."""
        if is_patch(item):
            return self.step("rank_patch", heads, self.step("key_patch", values))
        if item is GRID:
            return self.step("rank_patch", heads, self.step("key_grid", values), x=1)
        if isinstance(item, ListType) and item.kind == "tuple" and item.item in (INTEGER, BOOLEAN):
            return self.step("rank_list", heads, values)
        if isinstance(item, StructType) and item is not PAIR and item is not CELL and not is_listed(item):
            key, before = None, 0
            for f in item.fields:
                mine = self._keys(heads, self.step("field", values, x=before), f)
                if not is_patch(f):
                    mine = self.step("rank", heads, mine, x=1)
                key = mine if key is None else self.step("rank", heads, self.step("key_both", key, mine), x=1)
                before += width(f)
            assert key is not None
            return key
        return self._number(values, item)

    def _number(self, values: int, kind) -> int:
        if kind is INTEGER or kind is BOOLEAN:
            return values
        if kind is PAIR:
            return self.step("key_pair", values)
        if kind is CELL:
            return self.step("key_cell", values)
        raise NoStep

    def _compared(self, values: int, kind) -> int:
        """A number for each key as Python compares them."""
        if kind is CELL:
            raise NoStep
        return self._number(values, kind)

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
        if any(layout(f) != layout(item) or not _as_it_is(f, item) for f in kind.fields):
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


def _as_it_is(given, wanted) -> bool:
    """Whether words of one type are those of the other: a number is a truth value only where it is 0 or 1."""
    if given is wanted or (given is BOOLEAN and wanted is INTEGER):
        return True
    if isinstance(given, StructType) and isinstance(wanted, StructType):
        pairs = list(zip(given.fields, wanted.fields, strict=False))
        return len(given.fields) == len(wanted.fields) and all(_as_it_is(g, w) for g, w in pairs)
    if isinstance(given, ListType) and isinstance(wanted, ListType):
        return given.kind == wanted.kind and _as_it_is(given.item, wanted.item)
    return False


def _lists_numbers(kind) -> bool:
    return isinstance(kind, ListType) and kind.item in (INTEGER, BOOLEAN)


def _comparable(x, y) -> bool:
    """Whether values of two types can be equal, as far as their being containers tells."""
    if isinstance(x, StructType) and isinstance(y, StructType):
        pairs = zip(x.fields, y.fields, strict=False)
        return len(x.fields) == len(y.fields) and all(_comparable(a, b) for a, b in pairs)
    return container_kind(x) == container_kind(y)
