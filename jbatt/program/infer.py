"""Type inference: the domain whose values are types.

Running a program's expressions in this domain gives every node its type, from `I: Grid` forward. Function values are
specialised where they are applied, since applying one runs its expression on the argument types.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jbatt.dsl.domain import Choice, Closure, Fixed, Unsupported, call, coercion_cost, invoke, type_of_set
from jbatt.program.graph import CALL, CONST, INPUT, INVOKE, PRIM, Graph
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
        if isinstance(a, Choice) or isinstance(b, Choice):
            return a if a == b else Choice(condition, a, b)
        t = unify(a.type, b.type)
        if t is None:
            return Choice(condition, a, b)
        if a.type is b.type:
            return a if a == b else Typed(t, None, a.parts if not isinstance(t, StructType) else ())
        return Typed(t)

    def power(self, function, n, x):
        if n.type is not INTEGER and n.type is not BOOLEAN:
            raise Unsupported(f"power expects a number of times, not {n.type}")
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


POWER = "power"


class Inference:
    """Types of a graph's nodes, worked out once for each primitive and types of arguments.

    Types are numbered: `type_of[node]` is an index into `types` (a `Typed`, a `Closure`, ..., or the `Unsupported` that
    says why there is none), `signature_of[node]` numbers what is applied to which types. Nodes of one signature can
    run as rows of one batch.
    """

    def __init__(self, graph: Graph):
        self.graph = graph
        self.types: list[Any] = []
        self.type_of: list[int] = []
        self.signature_of: list[int] = []
        self.kernels: list[list[tuple]] = []
        self._numbers: dict[Any, int] = {}
        self._calls: dict[tuple, tuple[int, int]] = {}
        self._plain: list[int] = []
        self._power: list[bool] = []
        self._domain = Types()
        self._ahead: dict[int, tuple[int, int]] = {}
        """Types and signatures of nodes beyond those that all have theirs."""

    def of(self, node: int) -> Any:
        """The type of a node (`Typed` or `Closure`); raises Unsupported with the reason."""
        if node >= len(self.type_of):
            self._look_ahead(node)
        found = self.types[self._numbers_of(node)[0]]
        if isinstance(found, Unsupported):
            raise Unsupported(str(found))  # not the one that is kept: with it would be kept whoever asks
        return found

    def _look_ahead(self, node: int) -> None:
        """Work out what this node needs, and no other node: of a graph of thousands of programs one may be asked for."""
        g, done, ahead = self.graph, len(self.type_of), self._ahead
        needed: set[int] = set()
        todo = [node]
        while todo:
            n = todo.pop()
            if n >= done and n not in ahead and n not in needed:
                needed.add(n)
                todo += g.args[n]
        for n in sorted(needed):
            ahead[n] = self._applied(g.kind[n], g.payload[n], [self._numbers_of(a)[0] for a in g.args[n]])

    def _numbers_of(self, node: int) -> tuple[int, int]:
        """The numbers of a node's type and signature."""
        if node < len(self.type_of):
            return self.type_of[node], self.signature_of[node]
        return self._ahead[node]

    def extend(self, stop: int) -> None:
        """Work out the types of all nodes below `stop`."""
        g, numbers, ahead = self.graph, self.type_of, self._ahead
        for node in range(len(numbers), stop):
            found = ahead.pop(node, None)
            if found is None:
                found = self._applied(g.kind[node], g.payload[node], [numbers[a] for a in g.args[node]])
            numbers.append(found[0])
            self.signature_of.append(found[1])

    def applied(self, kind: str, payload: Any, args: Sequence[int]) -> int:
        """The number of the type that a node of this kind on arguments of these types would have; no node is made.

        kind: CONST, PRIM, CALL or INVOKE; args: numbers of types, for INVOKE that of the function first.
        """
        return self._applied(kind, payload, args)[0]

    def _applied(self, kind: str, payload: Any, args: Sequence[int]) -> tuple[int, int]:
        """The numbers of the type and of the signature."""
        if kind == CALL:
            key: tuple = (payload, *args)
        elif kind == CONST:
            key = (kind, repr(payload))
        else:
            key = (kind, payload, *args)
        found = self._calls.get(key)
        if found is None:
            found = self._calls[key] = self._signature(kind, payload, key)
        return found

    def signatures(self, nodes=None) -> list[tuple]:
        """Row overloads that these nodes (or all typed so far) apply: (overload, argument types, result type)."""
        chosen = range(len(self.kernels)) if nodes is None else {self._numbers_of(n)[1] for n in nodes}
        used = {(o, types): result for s in sorted(chosen) for o, types, result in self.kernels[s]}
        return [(overload, types, result) for (overload, types), result in used.items()]

    def _signature(self, kind: str, payload, key: tuple) -> tuple[int, int]:
        """The numbers of the type and of the signature for a key that was not met before."""
        if kind in (CALL, INVOKE):
            args = key[1:] if kind == CALL else key[2:]
            if payload != POWER and not any(self._power[a] for a in args):
                # Only `power` asks for the values of constants: to all others they are integers.
                plain = (*key[: len(key) - len(args)], *[self._plain[a] for a in args])
                if plain != key:
                    found = self._calls.get(plain)
                    if found is None:
                        found = self._calls[plain] = self._signature(kind, payload, plain)
                    return found
        else:
            args = ()
        self._domain.used = {}
        type_number = self._number(self._infer(kind, payload, [self.types[a] for a in args]))
        self.kernels.append([(*used, result) for used, result in self._domain.used.items()])
        return type_number, len(self.kernels) - 1

    def _number(self, found) -> int:
        key = str(found) if isinstance(found, Unsupported) else found
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.types)
            self.types.append(found)
            self._plain.append(number)
            self._power.append(_holds_power(found))
            plain = _plain(found)
            if plain != found:
                self._plain[number] = self._number(plain)
        return number

    def _infer(self, kind: str, payload, args: list) -> Any:
        for a in args:
            if isinstance(a, Unsupported):
                return a
        try:
            if kind == INPUT:
                return Typed(GRID)
            if kind == CONST:
                return typed_constant(self._domain, payload)
            if kind == PRIM:
                return Closure(payload)
            if kind == INVOKE:
                return invoke(self._domain, args[0], args[1:])
            return call(self._domain, payload, args)
        except Unsupported as e:
            e.__context__ = None  # frames hold what would hold them
            return e.with_traceback(None)
        except RecursionError:
            return Unsupported("the expression is nested too deeply")


def _plain(found) -> Any:
    """A type without the values of constants; what is known of a fixed tuple's fields stays where it has functions."""
    if not isinstance(found, Typed) or (found.const is None and not found.parts):
        return found
    parts = tuple(map(_plain, found.parts))
    keep = any(not isinstance(p, Typed) or p.parts for p in parts)
    return Typed(found.type, None, parts if keep else ())


def _holds_power(value) -> bool:
    """Whether a function value, or a container of them, could apply `power`."""
    if isinstance(value, Closure):
        return value.name == POWER or any(map(_holds_power, value.args or ()))
    if isinstance(value, Fixed):
        return any(map(_holds_power, value.values))
    return isinstance(value, Typed) and any(map(_holds_power, value.parts))
