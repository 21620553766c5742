"""Programs lowered to first-order operations: no functions left, higher-order primitives as steps on items.

`apply(compose(f, g), xs)` becomes: take the items of xs, g on all items, f on all items, build the container. What
a function captured is *spread* over the items. The operations are those of the domain of batches (`jbatt.engine.ragged`);
running a program's expressions in the domain here records them instead of executing them. Equal operations on equal
values are one node, whichever programs they come from, and nodes of one operation run as one batch.

A node has up to three results, *slots* 3 n, 3 n + 1 and 3 n + 2: a value; or how many items there are (with what went wrong),
and one or two values with a row for each item.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jbatt.dsl.domain import Choice, Closure, Fixed, Unsupported, call, coercion_cost, invoke, type_of_set
from jbatt.engine.operations import FOR_ITEMS
from jbatt.engine.recipes import Recorder
from jbatt.engine.replay import Replay
from jbatt.engine.slots import Traced, TracedItems
from jbatt.program.graph import CONST, INPUT, INVOKE, PRIM, Graph
from jbatt.program.infer import Types, common_item, single_type, unify
from jbatt.values.types import (
    BOOLEAN,
    FUNCTION,
    GRID,
    INTEGER,
    container_kind,
    is_patch,
    struct,
    tuple_of,
)

UNROLLED = 32
"""Times that `power` is written out."""


class NotLowered(Exception):
    """An expression whose steps depend on the data: it is interpreted instead."""


class Pending:
    """In the place of a value that is about to be found."""


class Raises(Exception):
    """An expression for which the reference raises, whatever the example."""


class Lowered(Types):
    """The lowered graph, and the domain that records into it.

    op, args, base: for each node the number of its operation (an index into `ops`), the slots it takes, and whether it
    has a row for each example rather than for items. An operation is a tuple of its name and what is known when the
    program is planned. values: for each node of the programs' graph what it comes to, None where it was not lowered.
    """

    def __init__(self, graph: Graph):
        super().__init__()
        self.graph = graph
        self.ops: list[tuple] = []
        self.op: list[int] = []
        self.args: list[tuple[int, ...]] = []
        self.base: list[bool] = []
        self.values: list[Any] = []
        self.loops: dict[tuple, tuple] = {}
        self._in_loop = False
        self._ops: dict[tuple, int] = {}
        self.tables: list[dict[Any, int]] = []
        """For each operation: the slots that it takes (the one slot, where it takes one) -> its node's first slot."""
        self._recorder: Recorder | None = None
        self._replay = Replay()

    def extend(self, stop: int) -> None:
        """Lower all nodes of the programs' graph below `stop`: `values[node]` is a Traced, a Closure, ... or an exception."""
        self._make_room()
        self._replay.extend(self, [node for node in range(stop) if self.values[node] is None])

    def take_in(self, roots: Iterable[int]) -> None:
        """Lower the nodes that these are made of, themselves included."""
        self._make_room()
        values, given, pending = self.values, self.graph.args, Pending()
        found: list[int] = []
        todo = list(roots)
        while todo:
            node = todo.pop()
            if values[node] is None:
                values[node] = pending
                found.append(node)
                todo += given[node]
        found.sort()
        self._replay.extend(self, found)

    def _make_room(self) -> None:
        self.values += [None] * (len(self.graph) - len(self.values))

    def recorded(self, node: int, held: list[int]) -> tuple[Any, Recorder]:
        """The value of a node, and what was done for it. held: the slots in its arguments."""
        self._recorder = recorder = Recorder(held)
        try:
            return self.lower(node), recorder
        finally:
            self._recorder = None

    def lower(self, node: int) -> Any:
        """The value of a node, by the primitives' definitions."""
        g = self.graph
        kind, payload = g.kind[node], g.payload[node]
        values = self.values
        args = [values[a] for a in g.args[node]]
        for a in args:
            if isinstance(a, Exception):
                return a
        try:
            if kind == INPUT:
                return Traced(GRID, self.node(("input",), ()))
            if kind == CONST:
                return self._constant(payload)
            if kind == PRIM:
                return Closure(payload)
            if kind == INVOKE:
                return invoke(self, args[0], args[1:])
            return call(self, payload, args)
        except (Unsupported, NotLowered, Raises) as e:
            # Without its frames: these hold the graph, which would hold them.
            e.__context__ = None
            return e.with_traceback(None)
        except RecursionError:
            if self._recorder:
                self._recorder.unfit = True
            return Unsupported("the expression is nested too deeply")

    def _constant(self, value) -> Traced:
        if isinstance(value, int):
            kind = BOOLEAN if isinstance(value, bool) else INTEGER
            return Traced(kind, self.node(("const", kind, value), ()), value)
        if not value:
            raise Unsupported("an empty tuple has no item type")
        fields = [self._constant(v) for v in value]
        return Traced(struct(*(f.type for f in fields)), self.node(("const", None, value, repr(value)), ()))

    def number(self, op: tuple) -> int:
        """The number of an operation."""
        found = self._ops.get(op)
        if found is None:
            found = self._ops[op] = len(self.ops)
            self.ops.append(op)
            self.tables.append({})
        return found

    def node(self, op: tuple, args: tuple[int | None, ...]) -> int:
        """The first slot of the node for an operation."""
        number = self.number(op)
        key: Any = args[0] if len(args) == 1 else args
        found = self.tables[number].get(key)
        if found is None:
            if None in args:
                raise NotLowered("a container of functions as data")
            found = self.tables[number][key] = 3 * len(self.op)
            self.op.append(number)
            self.args.append(args)  # type: ignore[arg-type]
            first = args[0] if args else None
            self.base.append(
                first is None or (op[0] not in FOR_ITEMS and first % 3 == 0 and self.base[first // 3])
            )
        if self._recorder:
            self._recorder.steps.append((op, args, found, self.base[found // 3]))  # type: ignore[arg-type]
        return found

    # The domain ---------------------------------------------------------------------------------------------------

    def row_call(self, overload, args, result):
        types = tuple([a.type for a in args])
        return Traced(result, self.node(("row", overload, types, result), tuple([_slot(a) for a in args])))

    def constant(self, value, like):
        return Traced(INTEGER, self.node(("constant", value), (_slot(like),)), value)

    def coerce(self, value, wanted):
        if value.type is wanted:
            return value
        if coercion_cost(value.type, wanted) >= 1000:
            raise Unsupported(f"expected {wanted}, not {value.type}")
        return Traced(wanted, self.node(("coerce", wanted), (_slot(value),)), value.const)

    def truth(self, value):
        if value.type is BOOLEAN:
            return value
        super().truth(value)
        return Traced(BOOLEAN, self.node(("truth",), (_slot(value),)))

    def equal(self, a, b):
        super().equal(a, b)
        return Traced(BOOLEAN, self.node(("equal",), (_slot(a), _slot(b))))

    def flip(self, mask):
        return Traced(BOOLEAN, self.node(("flip",), (_slot(mask),)))

    def either(self, a, b):
        return Traced(BOOLEAN, self.node(("either",), (_slot(a), _slot(b))))

    def struct(self, values):
        kind = struct(*(v.type for v in values))
        if all(isinstance(v, Traced) and v.slot is not None for v in values):
            return Traced(kind, self.node(("struct",), tuple([_slot(v) for v in values])))
        if all(isinstance(v, Closure | Fixed) for v in values):
            raise Unsupported("a tuple of functions only")
        return Traced(kind, None, None, tuple(values))

    def field(self, value, k):
        if value.parts:
            chosen = value.parts[k]
            return self._after(chosen, _leaves(p for p in value.parts if p is not chosen))
        return Traced(value.type.fields[k], self.node(("field", k), (_slot(value),)))

    def items(self, value, ordered=True):
        if not isinstance(value, Traced):
            raise Unsupported(f"the items of {value.type} are of several types")
        if value.parts:
            if isinstance(value.parts[0], TracedItems):
                return value.parts[0]
            raise NotLowered("items of a tuple with functions")
        item = common_item(value.type)
        if item is None or item is FUNCTION:
            raise Unsupported(f"the items of {value.type} are of several types")
        head = self.node(("items", ordered), (_slot(value),))
        return TracedItems(container_kind(value.type), head, Traced(item, head + 1))

    def build(self, kind, items, sorted_already=False):
        t = items.value.type
        make = type_of_set if kind == "set" else tuple_of
        if isinstance(items.value, Closure):
            return Traced(make(t), None, None, (items,))
        op = ("build", kind, sorted_already, items.kind, items.own)
        return Traced(make(t), self.node(op, (items.head, _slot(items.value))))

    def item(self, items):
        return items.value

    def spread(self, value, items):
        if isinstance(value, Closure):
            return (
                value
                if not value.args
                else Closure(value.name, tuple([self.spread(a, items) for a in value.args]))
            )
        if isinstance(value, Fixed):
            return Fixed(value.kind, tuple([self.spread(v, items) for v in value.values]))
        if isinstance(value, Choice):
            return Choice(*[self.spread(v, items) for v in (value.condition, value.a, value.b)])
        if value.parts:
            raise NotLowered("a container of functions for each item")
        return Traced(value.type, self.node(("spread",), (items.head, _slot(value))), value.const)

    def any(self, items, mask):
        return Traced(BOOLEAN, self.node(("any",), (items.head, _slot(mask))))

    def count(self, items):
        return Traced(INTEGER, self.node(("count",), (items.head,)))

    def _made(self, op: tuple, args: tuple, kind: str, value_type) -> TracedItems:
        head = self.node(op, args)
        return TracedItems(kind, head, Traced(value_type, head + 1))

    def _pair(self, items) -> tuple[int, int | None]:
        if isinstance(items.value, Closure):
            raise NotLowered("items that are functions")
        return items.head, _slot(items.value)

    def keep(self, items, mask):
        args = (*self._pair(items), _slot(mask))
        return self._made(("keep", items.kind, items.own), args, items.kind, items.value.type)

    def member(self, a, b):
        super().equal(a.value, b.value)
        return Traced(BOOLEAN, self.node(("member",), (*self._pair(a), *self._pair(b))))

    def distinct(self, items):
        return self._made(("distinct", items.kind), self._pair(items), items.kind, items.value.type)

    def canonical(self, items, unique=True):
        return self._made(("canonical", items.kind, unique), self._pair(items), items.kind, items.value.type)

    def multiplicity(self, items):
        return Traced(INTEGER, self.node(("multiplicity",), self._pair(items)))

    def map(self, function, items, also=None, lazily=False):
        if not isinstance(function, Closure):
            raise Unsupported(f"a value of type {function.type} is not a function")
        values = [items.value] if also is None else [items.value, also.value]
        return single_type(invoke(self, self.spread(function, items), values))

    def within(self, items, function, *values):
        return function(*values)

    def replaced(self, items, value):
        return TracedItems(items.kind, items.head, value)

    def sort(self, items, keys):
        self._comparable(keys)
        return self._made(("sort", items.kind), (*self._pair(items), _slot(keys)), "tuple", items.value.type)

    def best(self, items, keys, which, give=None, default=None, otherwise=None):
        self._comparable(keys)
        args = [*self._pair(items), _slot(keys)]
        args += [] if otherwise is None else [_slot(otherwise)]
        op = ("best", items.kind, which, give is not None, default, otherwise and otherwise.type)
        return Traced((give or items.value).type, self.node(op, tuple(args)))

    def find(self, items, mask):
        return Traced(items.value.type, self.node(("find", items.kind), (*self._pair(items), _slot(mask))))

    def at(self, items, k):
        return Traced(items.value.type, self.node(("at", items.kind, k), self._pair(items)))

    def concat(self, a, b):
        t = unify(a.value.type, b.value.type)
        if t is None or t is FUNCTION:
            raise Unsupported(f"a container of both {a.value.type} and {b.value.type}")
        return self._made(("concat", a.kind), (*self._pair(a), *self._pair(b)), a.kind, t)

    def repeat(self, value, n):
        if not isinstance(value, Traced):
            raise NotLowered("a function repeated")
        return self._made(("repeat",), (_slot(value), _slot(n)), "tuple", value.type)

    def range(self, start, stop, step):
        return self._made(("range",), (_slot(start), _slot(stop), _slot(step)), "tuple", INTEGER)

    def single(self, value):
        return self._made(("single",), (_slot(value),), "set", value.type)

    def cross(self, a, b):
        return self._both(("cross", a.kind, b.kind), a, b, "set")

    def zip(self, a, b):
        return self._both(("zip", a.kind, b.kind), a, b, "tuple")

    def _both(self, op, a, b, kind):
        head = self.node(op, (*self._pair(a), *self._pair(b)))
        return (
            TracedItems(kind, head, Traced(a.value.type, head + 1)),
            TracedItems(kind, head, Traced(b.value.type, head + 2)),
        )

    def pack(self, columns):
        head = columns[0].head
        both = [c.value.slot for c in columns if isinstance(c.value, Traced)] == [head + 1, head + 2]
        return TracedItems(columns[0].kind, head, self.struct([c.value for c in columns]), both)

    def flatten(self, items):
        t = items.value.type
        if container_kind(t) is None:
            raise Unsupported(f"merge expects containers as items, not {t}")
        item = common_item(t)
        if item is None or item is FUNCTION or items.value.parts:
            raise NotLowered("containers of functions, joined")
        return self._made(("flatten", items.kind), self._pair(items), items.kind, item)

    def union(self, items):
        t = items.value.type
        if container_kind(t) is None:
            raise Unsupported(f"merge expects containers as items, not {t}")
        item = common_item(t)
        if item is None or item is FUNCTION:
            raise Unsupported(f"the items of {t} are of several types")
        made = t if is_patch(t) else type_of_set(item)
        return Traced(made, self.node(("union", items.kind), self._pair(items)))

    def branch(self, condition, a, b):
        made = self._choice("branch", condition, a, b)
        if isinstance(made, Choice):
            return Choice(condition, self._after(a, _leaves([b])), self._after(b, _leaves([a])))
        return made

    def select(self, condition, a, b):
        return self._choice("select", condition, a, b)

    def _choice(self, name: str, condition, a, b):
        if self._recorder:
            self._recorder.compared = True
        if isinstance(a, Closure) and isinstance(b, Closure):
            return a if a == b else Closure("select", (condition, a, b))
        if a == b:
            return self._after(a, _leaves([condition]))
        if isinstance(a, Closure | Fixed) or isinstance(b, Closure | Fixed):
            raise Unsupported(f"branch between {a.type} and {b.type}")
        if isinstance(a, Choice) or isinstance(b, Choice) or unify(a.type, b.type) is None:
            return Choice(condition, a, b)
        t = unify(a.type, b.type)
        return Traced(t, self.node((name, t), (_slot(condition), _slot(a), _slot(b))))

    def power(self, function, n, x):
        if n.type is not INTEGER and n.type is not BOOLEAN:
            raise Unsupported(f"power expects a number of times, not {n.type}")
        if self._recorder:
            self._recorder.constants = True
        if n.const is not None and n.const < 1:
            raise Raises("a power of less than one, which the reference looks for without end")
        if n.const is not None and 1 <= n.const <= UNROLLED:
            value = x
            for _ in range(n.const):
                value = invoke(self, function, [value])
            return value
        leaves: list[int | None] = []
        try:
            op = ("power", _shape(function, leaves), x.type)
        except Unsupported:
            invoke(self, function, [x])  # what keeps it from being applied is the better reason
            raise
        args = (*leaves, _slot(n), _slot(x))
        kind = self._round((op, args), function, n, x)
        if kind is not x.type:
            if n.const is None:
                raise Unsupported(f"power of a function from {x.type} to {kind}")
            raise NotLowered("a power that changes the type")
        return Traced(x.type, self.node(op, args))

    def _round(self, key: tuple, function, n, x) -> Any:
        """The type of what one round of a power gives. Where the machine may do the rounds, one is recorded: `loops[key]` are the slots
        of what it starts from and of what it gives."""
        is_recorded = n.type is INTEGER and not self._in_loop
        if is_recorded and key in self.loops:
            kind = x.type
        elif is_recorded and x.const is None:
            kind = self._recorded_round(key, function, x)
        else:
            kind = invoke(self, function, [x]).type
            if is_recorded and kind is x.type:
                self._recorded_round(key, function, x)
        if self._recorder and n.type is INTEGER and kind is x.type:
            self._recorder.unfit = True  # the round is recorded for this loop alone
        return kind

    def _recorded_round(self, key: tuple, function, x) -> Any:
        """The type of what one round gives, which is recorded."""
        self._in_loop = True
        try:
            start = Traced(x.type, self.node(("loop", len(self.loops)), (_slot(x),)))
            value = invoke(self, function, [start])
            if isinstance(value, Traced) and value.slot is not None and value.type is x.type:
                self.loops[key] = (start.slot, value.slot)
        finally:
            self._in_loop = False
        return value.type

    def strict(self, made, args):
        """What went wrong in an argument counts even where no item of a container came to use it."""
        if not isinstance(made, Traced) or made.slot is None:
            return made
        direct, found = self.args[made.slot // 3], _leaves(args)
        if self._recorder and made.slot in self._recorder.held and len(found) > 1:
            self._recorder.unfit = True  # what an argument was made of is not in its shape
        leaves = [s for s in found if s not in direct and s != made.slot]
        if len(leaves) == 1 and len(args) == 1:
            return made
        return self._after(made, [s for s in leaves if self.ops[self.op[s // 3]][0] != "const"])

    def _after(self, value, slots: list[int]):
        """A value with what went wrong in others."""
        if not slots or not isinstance(value, Traced) or value.slot is None:
            return value
        op = ("strict", len(slots))
        return Traced(value.type, self.node(op, (_slot(value), *slots)), value.const)


def _slot(value) -> int | None:
    """The slot of a value that is data."""
    if not isinstance(value, Traced):
        raise Unsupported(f"a value of type {value.type} where there should be data")
    return value.slot


def _shape(function: Closure, leaves: list) -> tuple:
    """How a function is made, with the slots of what it captured left out and added to `leaves`."""
    if not isinstance(function, Closure):
        leaves.append(_slot(function))
        return ()
    args = function.args
    return (function.name, None if args is None else tuple([_shape(a, leaves) for a in args]))


def _leaves(values) -> list[int]:
    """The slots that values are made of."""
    found: list[int] = []
    for value in values:
        if isinstance(value, Traced):
            if value.slot is not None:
                found.append(value.slot)
            elif value.parts and not isinstance(value.parts[0], TracedItems):
                found += _leaves(value.parts)
        elif isinstance(value, Closure):
            found += _leaves(value.args or ())
        elif isinstance(value, Fixed):
            found += _leaves(value.values)
        elif isinstance(value, Choice):
            found += _leaves((value.condition, value.a, value.b))
    return list(dict.fromkeys(found))
