"""How values become others that the machine's steps take: as another type, as items, as numbers that order them."""

from __future__ import annotations

from typing import Any

from jbatt.engine.lower import Lowered
from jbatt.engine.machine.layout import is_listed, layout, width
from jbatt.engine.machine.step_graph import NoStep, StepGraph
from jbatt.program.infer import common_item
from jbatt.values.types import (
    BOOLEAN,
    CELL,
    FUNCTION,
    GRID,
    INDICES,
    INTEGER,
    PAIR,
    ROW,
    ListType,
    StructType,
    is_patch,
)


class Conversions(StepGraph):
    """Steps for values that are given by their reference and type.

    refs, types, canonical: for each slot of the lowered graph the reference of what it holds (-1 where the machine has none), its type,
    and whether a set is in canonical order.
    """

    def __init__(self, lowered: Lowered, side: int):
        super().__init__(side)
        self.lowered = lowered
        self.refs: list[int] = []
        self.types: list[Any] = []
        self.canonical: list[bool] = []

    def _at(self, *slots: int) -> list[int]:
        refs = self.refs
        return [refs[s] for s in slots]

    def _coerced(self, ref: int, kind, wanted) -> int:
        if kind is wanted:
            return ref
        if wanted is BOOLEAN:
            return self._true(ref, kind)
        if wanted is PAIR and kind is ROW:
            return self.step("pair_of_list", ref)
        if is_patch(wanted):
            heads, values, item = self._items_of(ref, kind)
            want = CELL if wanted is not INDICES else PAIR
            name = "scatter_pairs_in_order" if wanted is INDICES else "scatter_cells_in_order"
            return self.step(name, heads, self._coerced(values, item, want))
        if wanted is GRID:
            return self._grid(ref, kind)
        if layout(kind) == layout(wanted) is not None and as_it_is(kind, wanted):
            return ref
        if (
            isinstance(kind, ListType)
            and isinstance(wanted, ListType)
            and kind.kind == wanted.kind == "tuple"
        ):
            heads, values = self.many("items_of_list", ref)
            return self.step("build", heads, self._coerced(values, kind.item, wanted.item))
        raise NoStep

    def _grid(self, ref: int, kind) -> int:
        item = common_item(kind)
        if item is PAIR and is_listed(kind):
            heads, values = self.many("items_of_list", ref)
            return self.step("as_grid", self.step("build", heads, self._as_list(values, PAIR)))
        if item is not ROW and not (isinstance(item, ListType) and as_it_is(item, ROW)):
            raise NoStep
        if isinstance(kind, StructType) and not is_listed(kind):
            heads, values = self.many("items_of_struct", ref, x=len(kind.fields), y=width(item))
            ref = self.step("build", heads, values)
        return self.step("as_grid", ref)

    def _true(self, ref: int, kind) -> int:
        if kind is BOOLEAN:
            return ref
        if kind is INTEGER:
            return self.step("truth", ref, x=1)
        if isinstance(kind, ListType):
            return self.step("truth", ref, x=2)
        if kind is GRID:
            return self.step("truth", ref, x=2)
        if is_patch(kind):
            return self.step("some_cell", ref)
        if is_listed(kind) or layout(kind) is None:
            raise NoStep
        return self.step("truth", ref, y=1 if kind is PAIR else 2)

    def _items_of(self, ref: int, kind) -> tuple[int, int, Any]:
        item = common_item(kind)
        if item is None or item is FUNCTION:
            raise NoStep
        if is_listed(kind):
            return *self.many("items_of_list", ref), item
        if is_patch(kind):
            return *self.many("items_of_indices" if kind is INDICES else "items_of_object", ref), item
        if kind is GRID:
            heads, cells = self.many("cells_of_grid", ref)
            return *self.many("rows_of_grid", heads, cells, ref), item
        if any(layout(f) != layout(item) or not as_it_is(f, item) for f in kind.fields):
            raise NoStep
        return *self.many("items_of_struct", ref, x=len(kind.fields), y=width(item)), item

    def _as_list(self, ref: int, kind) -> int:
        """Containers that lie otherwise as lists."""
        heads, values, _ = self._items_of(ref, kind)
        return self.step("build", heads, values)

    def ordered(self, heads: int, values: int, item, unique: bool) -> tuple[int, int]:
        """Items in canonical order, repeats dropped where `unique`."""
        keys = self._keys(heads, values, item)
        if unique:
            mask = self.step("is_first", heads, keys)
            kept, keys = self.many("keep", heads, keys, mask)
            heads, values = self.many("keep", heads, values, mask)
            return self.many("permute", heads, values, self.step("rank", kept, keys))
        return self.many("permute", heads, values, self.step("rank", heads, keys))

    def _keys(self, heads: int, values: int, item) -> int:
        """A number for each item that orders them canonically."""
        if is_patch(item):
            return self.step("rank_patch", heads, self.step("key_patch", values))
        if item is GRID:
            return self.step("rank_patch", heads, self.step("key_grid", values), x=1)
        if isinstance(item, ListType) and item.kind == "tuple" and item.item in (INTEGER, BOOLEAN):
            return self.step("rank_list", heads, values)
        if isinstance(item, StructType) and item is not PAIR and item is not CELL and not is_listed(item):
            key, before = None, 0
            for f in item.fields:
                mine = self._keys(heads, self.step("field", values, x=before), f)
                if not is_patch(f):
                    mine = self.step("rank", heads, mine, x=1)
                key = mine if key is None else self.step("rank", heads, self.step("key_both", key, mine), x=1)
                before += width(f)
            assert key is not None
            return key
        return self._number(values, item)

    def _number(self, values: int, kind) -> int:
        if kind is INTEGER or kind is BOOLEAN:
            return values
        if kind is PAIR:
            return self.step("key_pair", values)
        if kind is CELL:
            return self.step("key_cell", values)
        raise NoStep

    def _compared(self, values: int, kind) -> int:
        """A number for each key as Python compares them."""
        if kind is CELL:
            raise NoStep
        return self._number(values, kind)


def as_it_is(given, wanted) -> bool:
    """Whether words of one type are those of the other: a number is a truth value only where it is 0 or 1."""
    if given is wanted or (given is BOOLEAN and wanted is INTEGER):
        return True
    if isinstance(given, StructType) and isinstance(wanted, StructType):
        pairs = list(zip(given.fields, wanted.fields, strict=False))
        return len(given.fields) == len(wanted.fields) and all(as_it_is(g, w) for g, w in pairs)
    if isinstance(given, ListType) and isinstance(wanted, ListType):
        return given.kind == wanted.kind and as_it_is(given.item, wanted.item)
    return False
