"""The best of a set that is in no order yet: only those with the best key are put in order, since the first of them is meant.

A set of thousands of patches, most of them there several times, is compared each with each to be put in order; all that
`argmax` needs of that order is which comes first of a few.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jbatt.engine.machine.once import is_row_by_row

if TYPE_CHECKING:
    from jbatt.engine.machine.conversions import Conversions


def best(a: Conversions, heads: int, values: int, keys: int, item: Any, x: int) -> int | None:
    """The first in canonical order of the values with the best key (a number), `x` as for `best` without a default."""
    before = _before_order(a, heads, values)
    if before is None:
        return None
    each = _key_of(a, keys, {heads: before[0], values: before[1]})
    if each is None:
        return None
    top = a.step("best", before[0], each, each, x=x)
    mask = a.step("equal", each, a.step("spread", before[0], top), x=1)
    found = a.ordered(*a.many("keep", *before, mask), item, unique=True)
    return a.step("strict", a.step("at", *found), top, top)


def _before_order(a: Conversions, heads: int, values: int) -> tuple[int, int] | None:
    """Heads and values of the items of a set, repeats and all, where these are what became of them in order."""
    kept = a.args[values >> 1]
    if a.names[a.op[values >> 1]] != "permute" or heads != values + 1 or kept[0] != kept[1] + 1:
        return None
    distinct = a.args[kept[1] >> 1]
    if a.names[a.op[kept[1] >> 1]] != "keep" or a.names[a.op[distinct[2] >> 1]] != "is_first":
        return None
    return distinct[0], distinct[1]


def _key_of(a: Conversions, ref: int, made: dict[int, int | None]) -> int | None:
    """What a step gives for each of some items for other ones; None where it is not made row by row.

    made: what is known to become of references, the items' own and their heads among them; others are added.
    """
    if ref not in made:
        made[ref] = _made(a, ref, made)
    return made[ref]


def _made(a: Conversions, ref: int, made: dict[int, int | None]) -> int | None:
    number = ref >> 1
    name, args = a.names[a.op[number]], a.args[number]
    again = made.get(args[0]) if name == "spread" else None
    if again is not None:
        return a.step("spread", again, args[1])
    if ref & 1 or not args or not is_row_by_row(a, name):
        return None
    inner = [_key_of(a, k, made) for k in args]
    return None if None in inner else a.step(name, *inner, x=a.x[number], y=a.y[number])  # type: ignore[arg-type]
