"""The DSL as a generator of programs sees it: which primitive gives which type from which types.

The table is worked out from the registry once a process: row overloads say their types, structural definitions are
tried on the types that values of programs have.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any, NamedTuple

import jbatt.dsl
from jbatt.dsl.domain import Closure, Unsupported, call
from jbatt.dsl.registry import REGISTRY, Same
from jbatt.program.infer import Typed, Types
from jbatt.values.types import (
    BOOLEAN,
    FUNCTION,
    GRID,
    INDICES,
    INTEGER,
    OBJECT,
    PAIR,
    UNIONS,
    Type,
    set_of,
    tuple_of,
)

OBJECTS = set_of(OBJECT)
VALUES: tuple[Type, ...] = (
    GRID,
    OBJECT,
    INDICES,
    INTEGER,
    BOOLEAN,
    PAIR,
    OBJECTS,
    set_of(INDICES),
    set_of(INTEGER),
    tuple_of(GRID),
    tuple_of(OBJECT),
    tuple_of(INTEGER),
)
"""Types of the arguments that structural definitions are tried on."""

CONTAINERS = (OBJECTS, set_of(INDICES), OBJECT, INDICES, tuple_of(GRID), tuple_of(OBJECT))
"""Types of the containers that functions are mapped over, sorted or filtered by."""

COMBINATORS = ("compose", "chain", "matcher", "rbind", "lbind", "power", "fork")
TAKES_FUNCTION = {
    "order": 1,
    "valmax": 1,
    "valmin": 1,
    "argmax": 1,
    "argmin": 1,
    "sfilter": 1,
    "mfilter": 1,
    "extract": 1,
    "apply": 0,
    "mapply": 0,
}
"""Primitives of a function and a container: where the function stands."""

COLOUR = "colour"
_COLOURS = {
    "canvas": {0},
    "cellwise": {2},
    "colorcount": {1},
    "colorfilter": {1},
    "fill": {1},
    "ofcolor": {1},
    "recolor": {0},
    "replace": {1, 2},
    "switch": {1, 2},
    "underfill": {1},
}


class Production(NamedTuple):
    """`name` applied to values of these types gives a value of type `result`.

    args: types; a function argument is the `Closure` of a bare primitive.
    """

    name: str
    args: tuple[Any, ...]
    result: Any


def takes_colour(name: str, place: int) -> bool:
    """Whether the argument at this place of a primitive is a colour."""
    return place in _COLOURS.get(name, ())


@cache
def productions() -> tuple[Production, ...]:
    """All productions on the common types, in the order of the names; functions are bare primitives."""
    jbatt.dsl.load()
    found: dict[Production, None] = {}
    for name in sorted(REGISTRY):
        if name in COMBINATORS or name == "identity":
            continue
        for args in _arguments(name):
            result = result_type(name, args)
            if result is not None and result is not FUNCTION:
                found.setdefault(Production(name, args, result))
    return tuple(found)


@cache
def by_result() -> dict[Any, tuple[Production, ...]]:
    """Productions by the type of their result."""
    return _grouped([(p.result, p) for p in productions()])


@cache
def unary(given: Any) -> dict[str, Any]:
    """Primitives of one argument that take this type, with the type they give."""
    jbatt.dsl.load()
    results = {n: result_type(n, (given,)) for n in sorted(REGISTRY) if REGISTRY[n].arity == 1}
    return {n: r for n, r in results.items() if r is not None and n != "identity"}


@cache
def alike(name: str) -> tuple[str, ...]:
    """Primitives that could stand where this one is used as a function: some types give both the same type."""
    jbatt.dsl.load()
    arity = REGISTRY[name].arity
    if arity == 1:
        mine = [(t, unary(t).get(name)) for t in VALUES]
        return tuple(
            n
            for n in sorted(REGISTRY)
            if n != name
            and REGISTRY[n].arity == 1
            and any(r is not None and unary(t).get(n) is r for t, r in mine)
        )
    same = {(p.args, p.result) for p in productions() if p.name == name}
    return tuple(sorted({p.name for p in productions() if p.name != name and (p.args, p.result) in same}))


def result_type(name: str, args: tuple[Any, ...]) -> Any:
    """The type of a call on arguments of these types; None where it has none."""
    given = [a if isinstance(a, Closure) else Typed(a) for a in args]
    try:
        return call(Types(), name, given).type
    except Unsupported:
        return None


def _arguments(name: str) -> Iterator[tuple[Any, ...]]:
    """Types of arguments that are worth trying."""
    entry = REGISTRY[name]
    for overload in entry.overloads:
        if not any(isinstance(t, Same) for t in overload.args):
            yield from product(*(UNIONS.get(t, (t,)) for t in overload.args))
    if entry.structural is None or FUNCTION in {t for o in entry.overloads for t in o.args}:
        return
    if name in TAKES_FUNCTION:
        place = TAKES_FUNCTION[name]
        functions = [Closure(n) for n in sorted(REGISTRY) if REGISTRY[n].arity == 1 and n != "identity"]
        for f, container in product(functions, CONTAINERS):
            yield (f, container) if place == 0 else (container, f)
    elif entry.arity <= 2:
        yield from product(VALUES, repeat=entry.arity)
    elif name == "branch":
        yield from ((BOOLEAN, t, t) for t in VALUES)


def _grouped(pairs: list[tuple[Any, Production]]) -> dict[Any, tuple[Production, ...]]:
    groups: dict[Any, list[Production]] = {}
    for key, p in pairs:
        groups.setdefault(key, []).append(p)
    return {key: tuple(group) for key, group in groups.items()}
