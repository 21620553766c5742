"""How far locations are apart, and which of many is nearest, without a row for each step on the way and each pair of them.

Programs ask for each cell of a grid, and perhaps for each object as well, which of all objects is the nearest: that is millions
of pairs, of which nothing is needed but the least distance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jbatt.engine.machine.blocks import NO_DEFAULT
from jbatt.engine.machine.known import near
from jbatt.engine.machine.once import items_of
from jbatt.values.types import INTEGER, PAIR

if TYPE_CHECKING:
    from jbatt.engine.machine.step_graph import StepGraph


def apart(a: StepGraph, args: tuple[int, ...], x: int) -> int | None:
    """`add` of the absolute values of the two halves of the difference of two pairs, which are `sign` times themselves."""
    halves = [_absolute(a, ref) for ref in args]
    if None in halves or {word for _, word in halves} != {0, 1} or len({ref for ref, _ in halves}) > 1:  # type: ignore[misc]
        return None
    difference = halves[0][0] >> 1  # type: ignore[index]
    ends = a.args[difference]
    if not _is(a, difference, "subtract", (PAIR, PAIR)) or not all(near(a.known[k >> 1]) for k in ends):
        return None
    return a.step("apart", *ends)


def _absolute(a: StepGraph, ref: int) -> tuple[int, int] | None:
    """Of `multiply` of the sign of a number and itself, in either order, where the number is from: rows, and the word of these."""
    if not _is(a, ref >> 1, "multiply", (INTEGER, INTEGER)):
        return None
    for sign, number in (a.args[ref >> 1], a.args[ref >> 1][::-1]):
        if _is(a, sign >> 1, "sign", (INTEGER,)) and a.args[sign >> 1] == (number,):
            of = number >> 1
            if a.names[a.op[of]] == "field" and not a.y[of]:
                return a.args[of][0], a.x[of]
            return number, 0
    return None


def _is(a: StepGraph, number: int, primitive: str, types: tuple) -> bool:
    name = a.names[a.op[number]]
    return isinstance(name, tuple) and len(name) == 2 and name[0].primitive == primitive and name[1] == types


def best(a: StepGraph, args: tuple[int, ...], x: int) -> int | None:
    """The best of the items of lists, or their best key, where the key is how far they are apart from a location. args, x: as of `best`."""
    if len(args) > 3 or (x >> 1) & 3 != NO_DEFAULT:
        return None
    heads, source, key = args
    lists, ends = heads >> 1, key >> 1
    own = a.bases[lists]
    if own is None or a.names[a.op[lists]] != "items_of_list" or source not in (key, heads - 1):
        return None
    if a.names[a.op[ends]] != "apart" or not a.known[ends].clean:
        return None
    whole, (one, other) = a.args[lists][0], a.args[ends]
    for items, each in ((one, other), (other, one)):
        spread, of = a.names[a.op[each >> 1]], a.args[each >> 1]
        if spread == "spread" and of[0] == heads and items_of(a, items >> 1, own) is not None:
            found = a.step("nearest", a.args[items >> 1][0], of[1], whole, x=x & 1)
            return found if source == key else a.step("picked", whole, found)
    return None
