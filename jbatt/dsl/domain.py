"""What every evaluator shares: values, function values, and how a primitive finds its implementation.

A domain is a meaning of the DSL's values: their types alone (`jbatt.program.infer`), single padded rows under JAX
tracing (`jbatt.dsl.padded`), or batches of ragged rows on the host and in register files (`jbatt.engine.ragged`).
Structural primitives are written once, against the methods that domains have in common.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import jbatt.dsl
from jbatt.dsl.parameters import PARAMETERS
from jbatt.dsl.registry import REGISTRY, Overload, Same
from jbatt.errors import JbattError
from jbatt.values.types import (
    BOOLEAN,
    CELL,
    CHOICE,
    FIXED,
    FUNCTION,
    GRID,
    INDICES,
    INTEGER,
    OBJECT,
    PAIR,
    ROW,
    ROWS,
    UNIONS,
    ListType,
    StructType,
    container_kind,
    is_patch,
    item_type,
    set_of,
)


class Unsupported(JbattError):
    """An expression that these types cannot hold; the text says which and why."""


@dataclass(frozen=True)
class Closure:
    """A function value: a bare primitive (`args` is None) or a combinator with what it captured."""

    name: str
    args: tuple | None = None

    type = FUNCTION

    @property
    def arity(self) -> int:
        if self.args is None:
            return len(PARAMETERS[self.name])
        if self.name in ("rbind", "lbind"):
            return {2: 1, 3: 2}.get(self.args[0].arity, 3)
        if self.name in ("power", "select"):
            return self.args[-1 if self.name == "select" else 0].arity
        return 1

    def __str__(self) -> str:
        if self.args is None:
            return self.name
        return f"{self.name}({', '.join(str(getattr(a, 'type', a)) if not isinstance(a, Closure) else str(a) for a in self.args)})"


@dataclass(frozen=True)
class Fixed:
    """A container of functions (or of such containers): its items are known when the program is planned."""

    kind: str
    values: tuple

    type = FIXED


@dataclass(frozen=True)
class Choice:
    """A value whose type depends on the data: `a` where the condition holds, else `b`.

    Whatever is applied to it is applied to both, until the results have one type.
    """

    condition: Any
    a: Any
    b: Any

    type = CHOICE


def distribute(domain, args: list, apply) -> Any:
    """`apply` on both sides of the first choice among the arguments."""
    k = next(k for k, a in enumerate(args) if isinstance(a, Choice))
    choice = args[k]
    left, right = (apply([*args[:k], side, *args[k + 1 :]]) for side in (choice.a, choice.b))
    return domain.select(choice.condition, left, right)


def invoke(domain, function: Closure, args: list) -> Any:
    """Apply a function value."""
    if isinstance(function, Choice):
        return distribute(domain, [function], lambda f: invoke(domain, f[0], args))
    if not isinstance(function, Closure):
        raise Unsupported(f"a value of type {function.type} is not a function")
    if len(args) != function.arity:
        raise Unsupported(f"{function} takes {function.arity} arguments, {len(args)} are given")
    if function.args is None:
        return call(domain, function.name, args)
    return APPLICATIONS[function.name](domain, function.args, args)


def _compose(d, fs, args):
    return invoke(d, fs[0], [invoke(d, fs[1], args)])


def _chain(d, fs, args):
    return invoke(d, fs[0], [invoke(d, fs[1], [invoke(d, fs[2], args)])])


def _fork(d, fs, args):
    return invoke(d, fs[0], [invoke(d, fs[1], args), invoke(d, fs[2], args)])


def _matcher(d, captured, args):
    return call(d, "equality", [invoke(d, captured[0], args), captured[1]])


def _rbind(d, captured, args):
    return invoke(d, captured[0], [*args, captured[1]])


def _lbind(d, captured, args):
    return invoke(d, captured[0], [captured[1], *args])


def _power(d, captured, args):
    return d.power(captured[0], captured[1], args[0])


def _select(d, captured, args):
    condition, f, g = captured
    return d.select(condition, invoke(d, f, args), invoke(d, g, args))


APPLICATIONS = {
    "compose": _compose,
    "chain": _chain,
    "fork": _fork,
    "matcher": _matcher,
    "rbind": _rbind,
    "lbind": _lbind,
    "power": _power,
    "select": _select,
}


def call(domain, name: str, args: list) -> Any:
    """Apply a primitive to values of a domain; Unsupported where no overload takes their types.

    A domain may have a `watch`, which is told of every call: its primitive, its arguments and its result.
    """
    types = tuple(a.type for a in args)
    if CHOICE in types:
        return distribute(domain, args, lambda sides: call(domain, name, sides))
    target, wanted, result = resolve(name, types)
    if target is None:
        made = REGISTRY[name].structural(domain, *args)
        strict = getattr(domain, "strict", None)
        made = strict(made, args) if strict else made
    else:
        coerced = [a if a.type is t else domain.coerce(a, t) for a, t in zip(args, wanted, strict=True)]
        made = domain.row_call(target, coerced, result)
    watch = getattr(domain, "watch", None)
    if watch is not None:
        watch(name, args, made)
    return made


@cache
def resolve(name: str, types: tuple) -> tuple[Overload | None, tuple, Any]:
    """The overload for these argument types, the types to coerce them to, and the result type.

    An exact match wins; then the structural definition (overload None); then the cheapest coercion.
    """
    jbatt.dsl.load()
    entry = REGISTRY.get(name)
    if entry is None:
        raise Unsupported(f"{name} is not available")
    best = None
    for overload in entry.overloads:
        wanted, cost = [], 0
        for place, (given, declared) in enumerate(zip(types, overload.args, strict=True)):
            options = [
                (IMPOSSIBLE if _measures(entry, place, given, t) else coercion_cost(given, t), t)
                for t in UNIONS.get(declared, (declared,))
            ]
            least, chosen = min(options, key=lambda o: o[0])
            cost += least
            wanted.append(chosen)
        if cost < IMPOSSIBLE and (best is None or cost < best[0]):
            best = (cost, overload, tuple(wanted))
    if best is not None and (best[0] == 0 or entry.structural is None or name in PREFER_COERCION):
        _, overload, wanted = best
        result = overload.result
        return overload, wanted, wanted[result.position] if isinstance(result, Same) else result
    if entry.structural is not None:
        return None, types, None
    taken = list(dict.fromkeys(f"({', '.join(map(str, o.args))})" for o in entry.overloads))
    raise Unsupported(f"{name} does not take ({', '.join(map(str, types))}), expected {' or '.join(taken)}")


def _measures(entry, place: int, given, wanted) -> bool:
    """Whether the reference takes a tuple of cells or pairs for a grid here, or gives it back as a tuple."""
    if not is_patch(wanted) or is_patch(given):
        return False
    if entry.name in MEASURED or (entry.name in KEPT and item_type(given) is not CELL):
        return True
    return any(GRID in UNIONS.get(o.args[place], (o.args[place],)) for o in entry.overloads)


PREFER_COERCION = frozenset({"both", "either", "size", "greater"})
IMPOSSIBLE = 1000
#: Primitives that take height, width or first item of what they are given: of a tuple these are those of a grid.
MEASURED = frozenset({"center", "color", "gravitate", "hline", "occurrences", "subgrid", "vline"})
#: Primitives in which `toindices` leaves a tuple of pairs as it is.
KEPT = frozenset({"delta", "position", "toindices"})
COERCIONS = {
    (BOOLEAN, INTEGER): 1,
    (INTEGER, BOOLEAN): 2,
    (ROWS, GRID): 2,
    (ROW, PAIR): 2,
}


@cache
def coercion_cost(given, wanted) -> int:
    """0 for equal types, small for types that stand in for the wanted one, IMPOSSIBLE otherwise."""
    if given is wanted:
        return 0
    known = COERCIONS.get((given, wanted))
    if known is not None:
        return known
    if isinstance(wanted, StructType):
        if isinstance(given, StructType) and len(given.fields) == len(wanted.fields):
            costs = [coercion_cost(g, w) for g, w in zip(given.fields, wanted.fields, strict=True)]
            return min(IMPOSSIBLE, sum(costs))
        return IMPOSSIBLE
    if wanted is INDICES or wanted is OBJECT:
        want = PAIR if wanted is INDICES else CELL
        if given is not GRID and not (given is INDICES or given is OBJECT):
            item = item_type(given)
            if (
                item is not None
                and getattr(given, "kind", "tuple") == "tuple"
                and coercion_cost(item, want) < IMPOSSIBLE
            ):
                return 5 + coercion_cost(item, want)
        return IMPOSSIBLE
    if wanted is GRID:
        item = item_type(given)
        if container_kind(given) == "tuple" and item in (ROW, PAIR):
            return 6
    if isinstance(wanted, ListType) and isinstance(given, ListType) and wanted.kind == given.kind:
        return min(IMPOSSIBLE, coercion_cost(given.item, wanted.item))
    return IMPOSSIBLE


@cache
def type_of_set(item):
    """The type of a set of these items: of tuples that pass for pairs or cells it is a patch."""
    if isinstance(item, StructType) and scalar_fields(item):
        for patch, wanted in ((INDICES, PAIR), (OBJECT, CELL)):
            if coercion_cost(item, wanted) < 4:
                return patch
    return set_of(item)


def scalar_fields(kind) -> bool:
    """Whether values of the type are integers, booleans or fixed tuples of them."""
    if isinstance(kind, StructType):
        return all(scalar_fields(f) for f in kind.fields)
    return kind is INTEGER or kind is BOOLEAN
