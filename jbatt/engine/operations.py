"""What the operations of a lowered graph do: each calls the method of the domain of batches that it was recorded for.

An operation takes values, and `Heads`: of the items of containers, how many there are in each row. It gives one value, or
the heads of new items and their values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from jbatt.dsl.domain import Closure
from jbatt.engine.batch import Batch, take
from jbatt.engine.kernels import HARD
from jbatt.engine.ragged import Engine, Items
from jbatt.values.types import INTEGER


class Heads(NamedTuple):
    """For each row the number of items, its flags; whether the items are in canonical order without repeats."""

    counts: np.ndarray
    flags: np.ndarray
    canonical: bool


def items_of(kind: str, heads: Heads, value, own: bool = True) -> Items:
    return Items(kind, value, heads.counts, heads.flags, heads.canonical and own)


def lenient_type(op: tuple):
    """The type of an operation's lenient arguments."""
    return op[1] if op[0] == "select" else op[5]


def _out(items: Items, *more):
    return Heads(items.counts, np.asarray(items.flags, np.uint8), items.canonical), items.value, *more


def _strict(e: Engine, op, made: Batch, *others):
    flags = made.flags
    for other in others:
        # Heads have flags as well: those of items that could not be taken.
        flags = flags | (other.flags & HARD)
    return Batch(made.type, made.data, np.asarray(flags, np.uint8))


def _best(e: Engine, op, heads, value, keys, otherwise=None):
    _, kind, which, give, default, _ = op
    return e.best(items_of(kind, heads, value), keys, which, keys if give else None, default, otherwise)


def _cross(e: Engine, op, a, x, b, y):
    left, right = e.cross(items_of(op[1], a, x), items_of(op[2], b, y))
    return _out(left, right.value)


def _zip(e: Engine, op, a, x, b, y):
    left, right = e.zip(items_of(op[1], a, x), items_of(op[2], b, y))
    return _out(left, right.value)


def _power(e: Engine, op, *args):
    given = iter(args)
    function = _function(op[1], given)
    n, x = given
    return e.power(function, e.coerce(n, INTEGER), x)


def _function(shape: tuple, given):
    if not shape:
        return next(given)
    name, args = shape
    return Closure(name, None if args is None else tuple([_function(a, given) for a in args]))


OPERATIONS: dict[str, Callable[..., Any]] = {
    "row": lambda e, op, *args: e.row_call(op[1], list(args), op[3]),
    "constant": lambda e, op, like: e.filled(op[1], len(like.flags)),
    "coerce": lambda e, op, x: e.coerce(x, op[1]),
    "truth": lambda e, op, x: e.truth(x),
    "equal": lambda e, op, x, y: e.equal(x, y),
    "flip": lambda e, op, x: e.flip(x),
    "either": lambda e, op, x, y: e.either(x, y),
    "struct": lambda e, op, *fields: e.struct(list(fields)),
    "field": lambda e, op, x: e.field(x, op[1]),
    "branch": lambda e, op, c, x, y: e.branch(c, x, y),
    "select": lambda e, op, c, x, y: e.select(c, x, y),
    "strict": _strict,
    "power": _power,
    "items": lambda e, op, x: _out(e.items(x, op[1])),
    "spread": lambda e, op, h, x: take(x, np.repeat(np.arange(len(h.counts)), h.counts)),
    "build": lambda e, op, h, x: e.build(op[1], items_of(op[3], h, x, op[4]), op[2]),
    "any": lambda e, op, h, mask: e.any(items_of("set", h, mask), mask),
    "count": lambda e, op, h: e.count(items_of("set", h, None)),
    "keep": lambda e, op, h, x, mask: _out(e.keep(items_of(op[1], h, x, op[2]), mask)),
    "member": lambda e, op, a, x, b, y: e.member(items_of("set", a, x), items_of("set", b, y)),
    "distinct": lambda e, op, h, x: _out(e.distinct(items_of(op[1], h, x))),
    "canonical": lambda e, op, h, x: _out(e.canonical(items_of(op[1], h, x), op[2])),
    "multiplicity": lambda e, op, h, x: e.multiplicity(items_of("tuple", h, x)),
    "sort": lambda e, op, h, x, keys: _out(e.sort(items_of(op[1], h, x), keys)),
    "best": _best,
    "find": lambda e, op, h, x, mask: e.find(items_of(op[1], h, x), mask),
    "at": lambda e, op, h, x: e.at(items_of(op[1], h, x), op[2]),
    "concat": lambda e, op, a, x, b, y: _out(e.concat(items_of(op[1], a, x), items_of(op[1], b, y))),
    "repeat": lambda e, op, x, n: _out(e.repeat(x, n)),
    "range": lambda e, op, *bounds: _out(e.range(*bounds)),
    "single": lambda e, op, x: _out(e.single(x)),
    "cross": _cross,
    "zip": _zip,
    "flatten": lambda e, op, h, x: _out(e.flatten(items_of(op[1], h, x))),
    "union": lambda e, op, h, x: e.union(items_of(op[1], h, x)),
}
LENIENT: dict[str, tuple[int, ...]] = {"select": (1, 2), "best": (3,)}
"""Arguments that count only in the rows that use them; what goes wrong in any other ends its program."""
MANY = frozenset(
    [
        "items",
        "keep",
        "distinct",
        "canonical",
        "sort",
        "concat",
        "repeat",
        "range",
        "single",
        "cross",
        "zip",
        "flatten",
    ]
)
"""Operations that give heads and values of items."""
FOR_ITEMS = frozenset(["spread", "multiplicity", "member"])
"""Operations that give one value for each item of their first argument."""
