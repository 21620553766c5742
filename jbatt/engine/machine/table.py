"""The machine's opcodes: which steps there are, and how the assembler finds them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from jbatt.dsl.registry import REGISTRY
from jbatt.engine.machine import items, order, rows, rowwise
from jbatt.engine.machine.drawing import DRAW_STEPS, ROW_STEPS, SCAN_STEPS, SEVERAL
from jbatt.engine.machine.layout import layout
from jbatt.engine.machine.several import own_step
from jbatt.engine.machine.shifts import united_shift
from jbatt.values.types import BOOLEAN, INTEGER, ListType, is_patch

SCAN, BLOCK, DRAW, WIDE, LINES = range(5)
"""What a step gives: one row; a block of rows; a row with a plane; a wide block; some rows with planes. Each kind has a loop of its own, so that
XLA updates the memory in place."""
WIDE_NUMBERS = frozenset(
    ["add", "subtract", "multiply", "equality", "both", "either", "flip", "greater", "even", "increment"]
    + ["sign"]
)
"""Primitives on numbers that come in a wide form as well."""


@dataclass(frozen=True)
class Opcode:
    """kind: SCAN, BLOCK, DRAW or LINES. number: within its kind. row: skipped where an argument has no value. many: gives heads.

    wide: 1 + the number of its wide form, 0 where there is none.
    """

    kind: int
    number: int
    row: bool = False
    policy: int = 0
    many: bool = False
    wide: int = 0


@dataclass
class Table:
    """All steps, and the opcodes by name: a string, or (overload, types) for primitives."""

    steps: tuple[list[Callable], list[Callable], list[Callable], list[Callable], list[Callable]]
    opcodes: dict[Any, Opcode] = field(default_factory=dict)


class _Maker:
    def __init__(self, side: int):
        self.side = side
        self.table = Table(([], [], [], [], []))
        self._shared: dict[Any, tuple[int, int, int]] = {}

    def add(
        self,
        name,
        kind: int,
        step: Callable,
        row: bool = False,
        policy: int = 0,
        share=None,
        many=False,
        wide=False,
    ) -> None:
        place = self._shared.get(share) if share is not None else None
        if place is None:
            place = (kind, self._number(kind, step), 1 + self._number(WIDE, step) if wide else 0)
            if share is not None:
                self._shared[share] = place
        kind, number, also = place
        self.table.opcodes[name] = Opcode(kind, number, row, policy, many, also)

    def _number(self, kind: int, step: Callable) -> int:
        self.table.steps[kind].append(step)
        return len(self.table.steps[kind]) - 1

    def overload(self, overload, types: tuple, result) -> None:
        layouts = tuple(layout(t) for t in types)
        if None in layouts or len(types) > rows.MAX_ARGS or layout(result) is None:
            return
        policy, side = rows.policies(overload, types), self.side
        name = (overload, types)
        # A set of locations lies as an object of one colour does, and no function tells them apart.
        kinds = tuple("flag" if t is BOOLEAN else "patch" if is_patch(t) else t for t in types)
        own = own_step(overload, types, result, side)
        if own is not None:
            policy = rows.by_itself(policy)
        share = (overload.function, kinds, "patch" if is_patch(result) else result)
        if overload.scalar:
            wide = overload.primitive in WIDE_NUMBERS
            self.add(name, BLOCK, rows.numbers(overload, types, result), share=share, wide=wide)
        elif overload.pick is not None:
            if overload.primitive == "objects":
                self.add(name, DRAW, rows.family_labels(overload, types, side), True, policy, share)
            else:
                self.add(name, SCAN, rows.family_count(overload, types, side), True, policy, share)
                step = rows.family_item(overload, types, result, side)
                self.add((*name, "item"), DRAW, step, share=(*share, "item"), many=True)
        elif isinstance(result, ListType):
            self.add(name, BLOCK, own or rows.palette(overload, types, side), False, policy, share, many=True)
        elif rows.draws(result):
            if own is None and rows.from_numbers(types, result):
                step = rows.drawn_together(rows.called_on_numbers(overload, types, side), len(types), result)
                self.add(name, LINES, step, policy=policy, share=share)
            else:
                self.add(name, DRAW, own or rows.draw(overload, types, result, side), True, policy, share)
            if overload.primitive in rows.UNITED and is_patch(result):
                is_shift = overload.primitive == "shift"
                step = united_shift if is_shift else rows.united_draw(overload, types, result, side)
                self.add((*name, "united"), DRAW, step, policy=policy, share=(*share, "united"))
            if overload.primitive == "connect":
                self.add("united_lines", DRAW, rows.united_lines(overload, side))
                (colour,) = (o for o in REGISTRY["recolor"].overloads if o.args[0] is INTEGER)
                step, policy = rows.coloured_line(overload, colour, side)
                self.add("coloured_line", LINES, step, policy=policy)
        else:
            self.add(name, SCAN, own or rows.scan(overload, types, result, side), True, policy, share)


@cache
def table(side: int) -> Table:
    """The machine's steps for planes of this side. The first of SCAN and of DRAW stand for rows that are skipped."""
    maker = _Maker(side)
    exact = 0b11 | 1 << 8 | 1 << 10
    many, wide = items.MANY | order.MANY, rowwise.WIDE | items.WIDE
    for name, step in (rowwise.STEPS | items.STEPS | order.STEPS).items():
        maker.add(name, BLOCK, step, many=name in many, wide=name in wide)
    for name, step in SCAN_STEPS.items():
        policy = rows.by_itself(exact) if name in SEVERAL else exact
        maker.add(name, SCAN, step, name in ROW_STEPS, policy if name in ROW_STEPS else 0)
    for name, step in DRAW_STEPS.items():
        maker.add(name, DRAW, step, name in ROW_STEPS, exact if name in ROW_STEPS else 0)
    maker.add("labelled_item", DRAW, rows.labelled_item(side), many=True)
    for overload, types, result in rows.signatures():
        maker.overload(overload, types, result)
    return maker.table
