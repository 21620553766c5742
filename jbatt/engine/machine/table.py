"""The machine's opcodes: which steps there are, and how the assembler finds them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from jbatt.engine.machine import rows
from jbatt.engine.machine.drawing import DRAW_STEPS, ROW_STEPS, SCAN_STEPS
from jbatt.engine.machine.items import BLOCK_STEPS, MANY
from jbatt.engine.machine.layout import layout
from jbatt.values.types import BOOLEAN, ListType, is_patch

SCAN, BLOCK, DRAW = range(3)
"""What a step gives: one row; a block of rows; a row with a plane. Each kind has a loop of its own, so that XLA updates
the memory in place."""


@dataclass(frozen=True)
class Opcode:
    """kind: SCAN, BLOCK or DRAW. number: within its kind. row: skipped where an argument has no value. many: gives heads."""

    kind: int
    number: int
    row: bool = False
    policy: int = 0
    many: bool = False


@dataclass
class Table:
    """All steps, and the opcodes by name: a string, or (overload, types) for primitives."""

    steps: tuple[list[Callable], list[Callable], list[Callable]]
    opcodes: dict[Any, Opcode] = field(default_factory=dict)


class _Maker:
    def __init__(self, side: int):
        self.side = side
        self.table = Table(([], [], []))
        self._shared: dict[Any, tuple[int, int]] = {}

    def add(
        self, name, kind: int, step: Callable, row: bool = False, policy: int = 0, share=None, many=False
    ) -> None:
        place = self._shared.get(share) if share is not None else None
        if place is None:
            self.table.steps[kind].append(step)
            place = (kind, len(self.table.steps[kind]) - 1)
            if share is not None:
                self._shared[share] = place
        self.table.opcodes[name] = Opcode(*place, row, policy, many)

    def overload(self, overload, types: tuple, result) -> None:
        layouts = tuple(layout(t) for t in types)
        if None in layouts or len(types) > rows.MAX_ARGS or layout(result) is None:
            return
        policy, side = rows.policies(overload, types), self.side
        name = (overload, types)
        kinds = tuple("flag" if t is BOOLEAN else t for t in types)
        share = (overload.function, kinds, result)
        if overload.scalar:
            self.add(name, BLOCK, rows.numbers(overload, types, result), share=share)
        elif overload.pick is not None:
            if overload.primitive == "objects":
                self.add(name, DRAW, rows.family_labels(overload, types, side), True, policy, share)
            else:
                self.add(name, SCAN, rows.family_count(overload, types, side), True, policy, share)
                step = rows.family_item(overload, types, result, side)
                self.add((*name, "item"), DRAW, step, share=(*share, "item"), many=True)
        elif isinstance(result, ListType):
            self.add(name, BLOCK, rows.palette(overload, types, side), False, policy, share, many=True)
        elif rows.draws(result):
            make = rows.under if rows.is_under(overload, types) else rows.draw
            self.add(name, DRAW, make(overload, types, result, side), True, policy, share)
            if overload.primitive in rows.UNITED and is_patch(result):
                step = rows.united_draw(overload, types, result, side)
                self.add((*name, "united"), DRAW, step, policy=policy, share=(*share, "united"))
        else:
            self.add(name, SCAN, rows.scan(overload, types, result, side), True, policy, share)


@cache
def table(side: int) -> Table:
    """The machine's steps for planes of this side. The first of SCAN and of DRAW stand for rows that are skipped."""
    maker = _Maker(side)
    exact = 0b11 | 1 << 8 | 1 << 10
    for name, step in BLOCK_STEPS.items():
        maker.add(name, BLOCK, step, many=name in MANY)
    for name, step in SCAN_STEPS.items():
        maker.add(name, SCAN, step, name in ROW_STEPS, exact if name in ROW_STEPS else 0)
    for name, step in DRAW_STEPS.items():
        maker.add(name, DRAW, step)
    maker.add("labelled_item", DRAW, rows.labelled_item(side), many=True)
    for overload, types, result in rows.signatures():
        maker.overload(overload, types, result)
    return maker.table
