"""Steps on rows that are repeated are taken once, and their results repeated.

A function that is called for each item of one container and again for each item of another does some of its work for
the first alone. What depends on nothing else is moved out of the inner calls here, however deep they are nested.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from jbatt.engine.machine.table import BLOCK

if TYPE_CHECKING:
    from jbatt.engine.machine.step_graph import StepGraph

ROW_BY_ROW = frozenset(
    ["strict", "struct", "field", "truth", "flip", "either", "equal", "select", "pair_of_list", "extreme"]
    + ["some_cell", "key_patch", "key_grid", "key_both", "key_pair", "key_cell", "coloured_line"]
    + ["apart", "equal_lists", "nearest", "picked", "line_size", "line_end", "as_set"]
)
"""Steps, beside those of primitives, that give a row for each row of their arguments."""
ITEMS = frozenset(["items_of_list", "items_of_indices", "items_of_object", "items_of_struct"])
"""Steps that give the items of containers."""
REDUCING = frozenset(["best", "any", "count", "find", "at"])
"""Steps that give a row for each container, of its items."""
NESTED = ITEMS | REDUCING | frozenset(["spread", "keep", "like", "strict_heads"])
"""Steps, beside those that go row by row, that inner calls are moved out with."""


class Repeated(NamedTuple):
    """The heads that a list is repeated for, the last one first; the heads of its own items; the step that built it; the list."""

    heads: tuple[int, ...]
    own: int
    container: int
    whole: int


def once(a: StepGraph, name: Any, args: tuple[int, ...], x: int, y: int) -> int | None:
    """A step on rows that are all repeated for the same items: one on those rows, whose result is repeated."""
    if name in ITEMS and name != "items_of_list" and args[0] in a.spreads:
        return _items_once(a, name, args[0], x, y)
    if name in REDUCING:
        base = _owner(a, args[0]) if args[0] & 1 else None
        return None if base is None else _once_for_items(a, name, args, x, y, base)
    if all(ref in a.spreads for ref in args):
        heads = a.args[args[0] >> 1][0]
        if not is_row_by_row(a, name) or any(a.args[ref >> 1][0] != heads for ref in args):
            return None
        return a.step("spread", heads, a.step(name, *[a.args[ref >> 1][1] for ref in args], x=x, y=y))
    for ref in args:
        base = a.bases[ref >> 1]
        if base is not None and not ref & 1:
            if not is_row_by_row(a, name) or a.opcodes[name].kind == BLOCK:
                return None  # not dearer than repeating
            return _once_for_items(a, name, args, x, y, base)
    return None


def base(a: StepGraph, name: Any, args: tuple[int, ...]) -> Repeated | None:
    """The repeated list for each of whose items a step has a row."""
    if name == "items_of_list":
        return _repeated_list(a, args[0])
    if name == "spread":
        return a.bases[args[0] >> 1] if args[0] & 1 else None
    if name in REDUCING:
        return _owner(a, args[0]) if args[0] & 1 else None
    for ref in args:
        if a.bases[ref >> 1] is not None and not ref & 1:
            return a.bases[ref >> 1] if is_row_by_row(a, name) else None
    return None


def of_repeated(a: StepGraph, ref: int, change: Callable[[int], int | None]) -> int | None:
    """`change` of a value before it is repeated, repeated as that was; None where that gives none."""
    number = ref >> 1
    name, args = a.names[a.op[number]], a.args[number]
    if name == "spread":
        made = of_repeated(a, args[1], change)
        return None if made is None else a.step("spread", args[0], made)
    found = None if name != "items_of_list" or ref & 1 else _repeated_list(a, args[0])
    if found is None:
        return change(ref)
    its = found.container >> 1
    made = of_repeated(a, a.args[its][1], change)
    if made is None:
        return None
    made = a.step("build", found.own, made, x=a.x[its])
    if found.whole != found.container:
        made = a.step("strict", made, *a.args[found.whole >> 1][1:])
    return a.step("items_of_list", _repeat(a, found.heads, made))


def is_row_by_row(a: StepGraph, name: Any) -> bool:
    if isinstance(name, tuple):
        return len(name) == 2 and name[0].pick is None and not a.opcodes[name].many
    return name in ROW_BY_ROW


def _items_once(a: StepGraph, name: Any, ref: int, x: int, y: int) -> int:
    """The items of a container that is repeated: its items as a list, which is repeated."""
    heads, container = _unrepeated(a, ref)
    items = a.step(name, container, x=x, y=y)
    made = a.step("items_of_list", _repeat(a, heads, a.step("build", items + 1, items)))
    a.made_of.setdefault(made >> 1, (name, (ref,)))
    return made


def _once_for_items(
    a: StepGraph, name: Any, args: tuple[int, ...], x: int, y: int, base: Repeated
) -> int | None:
    """A step for the items of one container that is repeated as a whole: one for its items, whose results are repeated."""
    inner = [_of_items(a, ref, base) for ref in args]
    if None in inner:
        return None
    made = a.step(name, *inner, x=x, y=y)  # type: ignore[arg-type]
    if made in a.spreads:
        made = a.step("move", made)
    # What is wrong with a result is left to it. A container that has no items to repeat has none here, either.
    made = a.step("strict", a.step("build", base.own, made, x=1), base.whole, base.whole)
    return a.step("items_of_list", _repeat(a, base.heads, made))


def _repeat(a: StepGraph, heads: tuple[int, ...], ref: int) -> int:
    for head in reversed(heads):
        ref = a.step("spread", head, ref)
    return ref


def _of_items(a: StepGraph, ref: int, base: Repeated) -> int | None:
    """Rows for the items of a repeated list, or for items of theirs, as rows for those of the list itself; None where they
    depend on more."""
    if ref >> 1 <= base.own >> 1:
        return None
    key = ref, base
    if key not in a.moved:
        a.moved[key] = _moved(a, ref, base)
    return a.moved[key]


def _moved(a: StepGraph, ref: int, base: Repeated) -> int | None:
    number = ref >> 1
    name, args = a.names[a.op[number]], a.args[number]
    found = items_of(a, number, base)
    if found is not None:
        return None if ref & 1 else a.args[found.container >> 1][1]
    if name == "spread" and items_of(a, args[0] >> 1, base) is not None:
        value = _less_repeated(a, args[1], base.heads)
        return None if value is None else a.step("spread", base.own, value)
    if not (name in NESTED or is_row_by_row(a, name)) or not args:
        return None
    inner = [_of_items(a, k, base) for k in args]
    return None if None in inner else a.step(name, *inner, x=a.x[number], y=a.y[number]) | (ref & 1)  # type: ignore[arg-type]


def items_of(a: StepGraph, number: int, base: Repeated) -> Repeated | None:
    """The list whose items a step gives, if that has as many items as `base` and is repeated as that is."""
    found = a.bases[number] if a.names[a.op[number]] == "items_of_list" else None
    return found if found is not None and found[:2] == base[:2] else None


def _repeated_list(a: StepGraph, ref: int) -> Repeated | None:
    if ref not in a.spreads:
        return None
    heads, whole = _unrepeated(a, ref)
    container = whole
    if a.names[a.op[container >> 1]] == "strict":  # results of `_once_for_items`
        container = a.args[container >> 1][0]
    if a.names[a.op[container >> 1]] != "build":
        return None
    return Repeated(heads, a.args[container >> 1][0], container, whole)


def _owner(a: StepGraph, heads: int) -> Repeated | None:
    """The repeated list for each of whose items there is a container with such heads."""
    number = heads >> 1
    name = a.names[a.op[number]]
    if name in ITEMS:
        return a.bases[a.args[number][0] >> 1]
    return _owner(a, a.args[number][0]) if name == "keep" else None


def _unrepeated(a: StepGraph, ref: int) -> tuple[tuple[int, ...], int]:
    """The heads that a value is repeated for, the last one first, and the value."""
    heads = []
    while ref in a.spreads:
        head, ref = a.args[ref >> 1]
        heads.append(head)
    return tuple(heads), ref


def _less_repeated(a: StepGraph, ref: int, heads: tuple[int, ...]) -> int | None:
    """A value that is repeated for heads before it is; None where it is not repeated for them."""
    for head in heads:
        if ref not in a.spreads or a.args[ref >> 1][0] != head:
            return None
        ref = a.args[ref >> 1][1]
    return ref
