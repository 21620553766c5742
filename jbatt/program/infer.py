"""Type inference: the domain whose values are types.

Running a program's expressions in this domain gives every node its type, from `I: Grid` forward. Function values are
specialised where they are applied, since applying one runs its expression on the argument types.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jbatt.dsl.domain import Choice, Closure, Fixed, Unsupported, call, coercion_cost, invoke, type_of_set
from jbatt.program.graph import CONST, INPUT, INVOKE, PRIM, Graph
from jbatt.values.types import (
    BOOLEAN,
    FIXED,
    FUNCTION,
    GRID,
    INTEGER,
    ListType,
    StructType,
    container_kind,
    item_type,
    struct,
    tuple_of,
)


@dataclass(frozen=True, slots=True)
class Typed:
    """A type, with what is known statically: a constant, a struct's fields, a list's item."""

    type: Any
    const: Any = None
    parts: tuple = ()


@dataclass(frozen=True, slots=True)
class TypedItems:
    """The items of a container."""

    kind: str
    value: Any


def unify(a, b) -> Any:
    """The type that values of both types can take; None where there is none."""
    if a is b:
        return a
    if isinstance(a, StructType) and isinstance(b, StructType) and len(a.fields) == len(b.fields):
        fields = [unify(x, y) for x, y in zip(a.fields, b.fields, strict=True)]
        return None if None in fields else struct(*fields)
    if isinstance(a, ListType) and isinstance(b, ListType):
        item = unify(a.item, b.item) if a.kind == b.kind else None
        return item and (tuple_of if a.kind == "tuple" else type_of_set)(item)
    cost, chosen = min((coercion_cost(b, a), a), (coercion_cost(a, b), b), key=lambda option: option[0])
    return chosen if cost < 4 else None


def common_item(t) -> Any:
    """The type that all items of a container can take; None where there is none."""
    item = item_type(t)
    if item is None and isinstance(t, StructType) and t.fields:
        item = t.fields[0]
        for f in t.fields[1:]:
            item = item and unify(item, f)
    return item


def single_type(value):
    """What a function gives for items; Unsupported where its type depends on the item."""
    if isinstance(value, Choice | Fixed):
        raise Unsupported(
            "a function that gives values of several types, or containers of functions, to items"
        )
    return value


class Types:
    """The domain of types; the methods mirror those of the domains that compute."""

    def __init__(self):
        self.used: dict[tuple, Any] = {}

    def row_call(self, overload, args, result):
        self.used[(overload, tuple(a.type for a in args))] = result
        return Typed(result)

    def constant(self, value, like):
        return Typed(INTEGER, value)

    def coerce(self, value, wanted):
        if value.type is not wanted and coercion_cost(value.type, wanted) >= 1000:
            raise Unsupported(f"expected {wanted}, not {value.type}")
        return value if value.type is wanted else Typed(wanted)

    def truth(self, value):
        if value.type is BOOLEAN or value.type is INTEGER or container_kind(value.type):
            return Typed(BOOLEAN)
        raise Unsupported(f"a value of type {value.type} is used as a condition")

    def equal(self, a, b):
        if {a.type, b.type} & {FUNCTION, FIXED}:
            raise Unsupported("functions cannot be compared")
        return Typed(BOOLEAN)

    def flip(self, mask):
        return mask

    def either(self, a, b):
        return a

    def struct(self, values):
        return Typed(struct(*(v.type for v in values)), None, tuple(values))

    def field(self, value, k):
        return value.parts[k] if value.parts else Typed(value.type.fields[k])

    def items(self, value, ordered=True):
        kind = container_kind(value.type)
        item = common_item(value.type)
        if item is None:
            raise Unsupported(f"the items of {value.type} are of several types")
        if value.parts and value.parts[0].type is item:
            if isinstance(value.type, StructType) and item is FUNCTION and len(set(value.parts)) > 1:
                raise Unsupported("a container of different functions")
            return TypedItems(kind, value.parts[0])
        return TypedItems(kind, Typed(item))

    def build(self, kind, items, sorted_already=False):
        t = items.value.type
        make = type_of_set if kind == "set" else tuple_of
        parts = (items.value,) if t is FUNCTION or isinstance(t, (StructType, ListType)) else ()
        return Typed(make(t), None, parts)

    def item(self, items):
        return items.value

    def spread(self, value, items):
        return value

    def any(self, items, mask):
        return Typed(BOOLEAN)

    def count(self, items):
        return Typed(INTEGER)

    def keep(self, items, mask):
        return items

    def member(self, a, b):
        return self.equal(a.value, b.value)

    def distinct(self, items):
        return items

    def canonical(self, items, unique=True):
        return items

    def multiplicity(self, items):
        return Typed(INTEGER)

    def map(self, function, items, also=None, lazily=False):
        return single_type(
            invoke(self, function, [items.value] if also is None else [items.value, also.value])
        )

    def within(self, items, function, *values):
        return function(*values)

    def replaced(self, items, value):
        return TypedItems(items.kind, value)

    def sort(self, items, keys):
        self._comparable(keys)
        return items

    def _comparable(self, keys):
        t = keys.type
        if (
            t is BOOLEAN
            or t is INTEGER
            or (isinstance(t, StructType | ListType) and container_kind(t) == "tuple")
        ):
            return
        if t is GRID:
            return
        raise Unsupported(f"values of type {t} have no order")

    def best(self, items, keys, which, give=None, default=None, otherwise=None):
        self._comparable(keys)
        return (give or items.value) if default is None else Typed(items.value.type)

    def find(self, items, mask):
        return items.value

    def at(self, items, k):
        return items.value

    def concat(self, a, b):
        t = unify(a.value.type, b.value.type)
        if t is None or (t is FUNCTION and a.value != b.value):
            raise Unsupported(f"a container of both {a.value.type} and {b.value.type}")
        value = a.value if t is a.value.type else b.value if t is b.value.type else Typed(t)
        return TypedItems(a.kind, value)

    def repeat(self, value, n):
        return TypedItems("tuple", value)

    def range(self, start, stop, step):
        return TypedItems("tuple", Typed(INTEGER))

    def single(self, value):
        return TypedItems("set", value)

    def cross(self, a, b):
        return a, b

    zip = cross

    def pack(self, columns):
        return TypedItems("tuple", self.struct([c.value for c in columns]))

    def flatten(self, items):
        if container_kind(items.value.type) is None:
            raise Unsupported(f"merge expects containers as items, not {items.value.type}")
        return self.items(items.value)

    def union(self, items):
        return self.build("set", self.flatten(items))

    def branch(self, condition, a, b):
        return self.select(condition, a, b)

    def select(self, condition, a, b):
        if isinstance(a, Closure) and isinstance(b, Closure):
            return a if a == b else Closure("select", (condition, a, b))
        if isinstance(a, Closure | Fixed) or isinstance(b, Closure | Fixed):
            if a == b:
                return a
            raise Unsupported(f"branch between {a.type} and {b.type}")
        t = unify(a.type, b.type)
        if t is None:
            return Choice(condition, a, b)
        if a.type is b.type:
            return a if a == b else Typed(t, None, a.parts if not isinstance(t, StructType) else ())
        return Typed(t)

    def power(self, function, n, x):
        value = invoke(self, function, [x])
        if n.const == 1:
            return value
        if n.const is None or value.type is x.type:
            if value.type is not x.type:
                raise Unsupported(f"power of a function from {x.type} to {value.type}")
            return value
        for _ in range(min(n.const, 64) - 1):
            value = invoke(self, function, [value])
        return value


def typed_constant(types: Types, value) -> Typed:
    """The type of a constant of the language."""
    if isinstance(value, bool):
        return Typed(BOOLEAN, value)
    if isinstance(value, int):
        return Typed(INTEGER, value)
    if not value:
        raise Unsupported("an empty tuple has no item type")
    return types.struct([typed_constant(types, v) for v in value])


class Inference:
    """Types of a graph's nodes, each worked out once; `of(node)` gives a type, a Closure, or raises Unsupported."""

    def __init__(self, graph: Graph):
        self.graph = graph
        self._known: dict[int, Any] = {}
        self._cache: dict = {}
        self._types = Types()

    def of(self, node: int) -> Any:
        """The type of a node (`Typed` or `Closure`); raises Unsupported with the reason."""
        known = self._known
        found = known.get(node)
        if found is None:
            todo = [node]
            while todo:
                missing = [a for a in self.graph.args[todo[-1]] if a not in known]
                if missing:
                    todo += missing
                else:
                    at = todo.pop()
                    known[at] = self._infer(at)
            found = known[node]
        if isinstance(found, Unsupported):
            raise found
        return found

    def signatures(self) -> list[tuple]:
        """Row overloads that the nodes typed so far apply: (overload, argument types, result type)."""
        return [(overload, types, result) for (overload, types), result in self._types.used.items()]

    def _infer(self, node: int) -> Any:
        g = self.graph
        kind = g.kind[node]
        try:
            if kind == INPUT:
                return Typed(GRID)
            if kind == CONST:
                return typed_constant(self._types, g.payload[node])
            if kind == PRIM:
                return Closure(g.payload[node])
            args = [self._known[a] for a in g.args[node]]
            for a in args:
                if isinstance(a, Unsupported):
                    return a
            if kind == INVOKE:
                return invoke(self._types, args[0], args[1:])
            key = (g.payload[node], *args)
            found = self._cache.get(key)
            if found is None:
                try:
                    found = call(self._types, g.payload[node], args)
                except Unsupported as e:
                    found = e
                self._cache[key] = found
            return found
        except Unsupported as e:
            return e
        except RecursionError:
            return Unsupported("the expression is nested too deeply")
