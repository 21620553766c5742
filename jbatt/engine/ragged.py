"""The domain of batches: primitives on many rows at once, containers flattened.

A higher-order primitive runs its function on the items of all rows as if they were rows of their own; what the function
captured is taken along by index. So the number of kernel calls depends on the programs' depth, not on how many items,
examples or candidates there are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from jbatt.dsl.domain import Choice, Closure, Unsupported, invoke, type_of_set
from jbatt.engine import batch as b
from jbatt.engine.batch import Batch, Grids, Planes, Ragged, concatenate, hard, segment_or, take
from jbatt.engine.filled import filled
from jbatt.engine.kernels import (
    CLIPPED,
    ERROR,
    HARD,
    MULTI,
    OVERFLOW,
    PATCH_FLAGS,
    PIECE,
    SMALL_LIST,
    UNSUPPORTED,
    Kernels,
    width,
)
from jbatt.engine.machine.blocks import MOST_ROWS
from jbatt.engine.memo import Memo
from jbatt.engine.missing import without
from jbatt.engine.ranks import columns, grouped, packed, ranks
from jbatt.engine.registers import EMPTY, PlaneFile
from jbatt.engine.wide import Wide, attach_unions, expanded, marked, widened
from jbatt.program.infer import common_item, unify
from jbatt.values.encode import NONE
from jbatt.values.row import Out
from jbatt.values.types import (
    BOOLEAN,
    CELL,
    FUNCTION,
    GRID,
    INDICES,
    INTEGER,
    OBJECT,
    PAIR,
    ROW,
    ListType,
    StructType,
    container_kind,
    is_patch,
    item_type,
    set_of,
    struct,
    tuple_of,
)
from jbatt.values.window import largest_grid, margin

INT32 = 2**31 - 1
WORTH_SORTING = 256
"""Calls from which on equal ones are looked for: sorting a call costs a tenth of running it."""
POWER_LIMIT = 900
"""The reference builds `power` by recursion: CPython's limit of 1,000 frames ends it near here."""


class TooMuch(Exception):
    """A batch would grow beyond the limit on rows alive at once."""


@dataclass(slots=True)
class Items:
    """The items of a container's rows: `value` has a row for each item, `counts` says whose they are.

    `flags` uint8[n] are what has gone wrong in a row so far.
    """

    kind: str
    value: Any
    counts: np.ndarray
    flags: np.ndarray
    canonical: bool = True
    parents: Any = None

    @property
    def parent(self) -> np.ndarray:
        if self.parents is None:
            self.parents = np.repeat(np.arange(len(self.counts)), self.counts)
        return self.parents

    @property
    def starts(self) -> np.ndarray:
        return np.cumsum(self.counts) - self.counts


class Engine:
    """Evaluates primitives on batches in one capacity class.

    file, kernels: where planes live and what runs on them; `check` is called between steps and may raise to stop
    (time limits); `max_rows` bounds the rows of any batch; `memo` remembers calls while it is set; `merge_calls`:
    whether equal calls of one batch are made once; `watch` is told of every call while it is set (see
    `jbatt.dsl.domain.call`).
    """

    def __init__(self, file: PlaneFile, kernels: Kernels, check=lambda: None, max_rows: int = MOST_ROWS):
        self.file, self.kernels, self.check, self.max_rows = file, kernels, check, max_rows
        self.side, self.margin = file.side, margin(file.side)
        self.memo: Memo | None = None
        self.merge_calls = True
        self.watch: Callable[[str, list, Any], None] | None = None

    # Values in and out --------------------------------------------------------------------------------------------

    def grids(self, cells: list[np.ndarray]) -> Batch:
        """A batch of grids from arrays; rows that are too large for the class are flagged."""
        n, m, largest = len(cells), self.margin, largest_grid(self.side)
        planes = np.full((n, self.side, self.side), -1, np.int8)
        h, w, flags = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.uint8)
        for k, grid in enumerate(cells):
            if max(grid.shape) > largest:
                flags[k] = OVERFLOW
                continue
            h[k], w[k] = grid.shape
            planes[k, m : m + h[k], m : m + w[k]] = grid
        return Batch(GRID, Grids(self.store(planes), h, w), flags)

    def store(self, planes: np.ndarray) -> Planes:
        """Planes int8[n, U, U] into new rows."""
        block = self.file.allocate(len(planes))
        self.kernels.upload(block.ids, planes)
        return Planes(block.ids, (block,))

    def filled(self, constant, n: int) -> Batch:
        """A constant in every row."""
        flags = np.zeros(n, np.uint8)
        if isinstance(constant, bool):
            return Batch(BOOLEAN, np.full(n, constant), flags)
        if isinstance(constant, int):
            if abs(constant) >= INT32:
                return Batch(INTEGER, np.zeros(n, np.int64), flags | OVERFLOW)
            return Batch(INTEGER, np.full(n, constant, np.int64), flags)
        return self.struct([self.filled(c, n) for c in constant])

    # Calls --------------------------------------------------------------------------------------------------------

    def row_call(self, overload, args: list[Batch], result) -> Batch:
        self.check()
        n = args[0].n
        if n == 0:
            return self.empty(result, 0)
        flags, onward = self._argument_flags(overload, args)
        if overload.scalar:
            out = overload.function(*(a.data for a in args))
            out = out if isinstance(out, Out) else Out(out)
            flags = self._merge(flags, self._scalar_flags(out, n))
            return Batch(result, out.value, flags)
        types = tuple(a.type for a in args)
        slots = np.empty((sum(width(t) for t in types), n), np.int32)
        self._pack(slots, args)
        if overload.pick is not None:
            return self._family(overload, types, slots, flags, result)
        has_plane = result is GRID or is_patch(result)

        def run(calls: np.ndarray):
            block = self.file.allocate(calls.shape[1]) if has_plane else None
            return self.kernels.call(overload, types, calls, result, block.ids if block else None), block

        found = None
        keys = None if self.memo is None else self.memo.keys(types, slots)
        if self.memo is not None and keys is not None:
            found = self.memo.call((overload.key, types), keys, slots, has_plane, run)
        if found is not None:
            out, ids = found
            planes = Planes(ids, ()) if has_plane else None
        else:
            distinct, which = self._distinct_calls(slots) if self.merge_calls else (slots, None)
            out, block = run(distinct)
            planes = None if block is None else Planes(block.ids, (block,))
            if which is not None:
                out, planes = (
                    out[:, which],
                    None if planes is None else planes._replace(ids=planes.ids[which]),
                )
        flags = self._merge(flags, out[-1].astype(np.uint8)) | onward
        scalars = list(out[:-1].astype(np.int64))
        made = Batch(result, self._unpack(result, scalars, planes, flags), flags)
        return widened(self, overload, args, made)

    @staticmethod
    def _distinct_calls(slots: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """The different calls among many, and for each call which of them it is (None: they are as they were)."""
        if slots.shape[1] < WORTH_SORTING:
            return slots, None
        first, which = grouped(packed([c.astype(np.int64) for c in slots]))
        if len(first) > 0.75 * slots.shape[1]:
            return slots, None
        return np.ascontiguousarray(slots[:, first]), which

    def _argument_flags(self, overload, args) -> tuple[np.ndarray, np.ndarray]:
        """The hard flags that the arguments bring, and the patch flags that the result inherits."""
        flags = np.zeros(args[0].n, np.uint8)
        onward = np.zeros(args[0].n, np.uint8)
        for a in args:
            flags |= a.flags & HARD
            if is_patch(a.type) and (a.flags & PATCH_FLAGS).any():
                for bit, policy, becomes in (
                    (CLIPPED, overload.clipped, OVERFLOW),
                    (MULTI, overload.multi, UNSUPPORTED),
                ):
                    there = (a.flags & bit) != 0
                    if policy in ("exact", "unsupported"):
                        # In a larger class a clipped object may be there with all its cells, so that they can be kept.
                        larger = (a.flags[there] & CLIPPED) != 0
                        flags[there] |= np.where(larger, np.uint8(OVERFLOW), np.uint8(becomes))
                    elif policy == "through":
                        onward[there] |= bit
            elif a.type is INTEGER:
                missing = (a.data == NONE) & ((a.flags & HARD) == 0)
                if missing.any():
                    flags[missing] |= without(overload, INTEGER)
            elif a.type is PAIR:
                missing = ((a.data[0] == NONE) | (a.data[1] == NONE)) & ((a.flags & HARD) == 0)
                if missing.any():
                    flags[missing] |= without(overload, PAIR)
        return flags, onward

    @staticmethod
    def _merge(given: np.ndarray, own: np.ndarray) -> np.ndarray:
        """What a function reports counts only where its arguments were sound; an error is certain then."""
        own = np.where((own & ERROR) != 0, ERROR, own)
        return np.where((given & HARD) != 0, given, given | own).astype(np.uint8)

    @staticmethod
    def _scalar_flags(out: Out, n: int) -> np.ndarray:
        flags = np.zeros(n, np.uint8)
        for condition, bit in ((out.error, ERROR), (out.overflow, OVERFLOW), (out.unsupported, UNSUPPORTED)):
            if condition is not False:
                flags |= np.where(condition, np.uint8(bit), np.uint8(0))
        return flags

    def _pack(self, packed: np.ndarray, args: list[Batch]) -> None:
        slot = 0
        for a in args:
            for column in _columns(a.type, a.data):
                packed[slot] = column
                slot += 1

    def _unpack(self, kind, scalars: list, planes, flags):
        if kind is BOOLEAN:
            return scalars.pop(0) != 0
        if kind is INTEGER:
            return scalars.pop(0)
        if kind is GRID:
            return Grids(planes, scalars.pop(0), scalars.pop(0))
        if is_patch(kind):
            return planes
        if isinstance(kind, StructType):
            return tuple(self._unpack(f, scalars, None, flags) for f in kind.fields)
        counts = np.where((flags & HARD) != 0, 0, scalars.pop(0))
        table = np.stack([scalars.pop(0) for _ in range(SMALL_LIST)], axis=1)
        items = table[np.arange(SMALL_LIST) < counts[:, None]]
        return Ragged(Batch(kind.item, items, np.zeros(len(items), np.uint8)), counts, True)

    def _family(self, overload, types, packed, flags, result) -> Batch:
        # A row without a value has no items, and the grid that overflowed may take as long as a hundred others.
        sound = np.flatnonzero((flags & HARD) == 0)
        blocks = []

        def allocate(m):
            self._bound(m)
            blocks.append(self.file.allocate(m))
            return blocks[-1].ids

        counts, own = np.zeros(len(flags), np.int64), np.zeros(len(flags), np.uint8)
        found = self.kernels.family(overload, types, packed[:, sound], result, allocate)
        counts[sound], own[sound], scalars, ids = found
        item = item_type(result)
        planes = Planes(ids, tuple(blocks))
        data = self._unpack(item, list(scalars.astype(np.int64)), planes, None)
        items = Batch(item, data, np.zeros(len(ids), np.uint8))
        return Batch(result, Ragged(items, counts, True), self._merge(flags, own))

    def _bound(self, n: int) -> None:
        if n > self.max_rows:
            raise TooMuch

    def constant(self, value, like) -> Batch:
        return self.filled(value, like.n)

    # Coercions ----------------------------------------------------------------------------------------------------

    def coerce(self, value, wanted):
        kind = value.type
        if kind is wanted:
            return value
        if wanted is INTEGER and kind is BOOLEAN:
            return Batch(INTEGER, value.data.astype(np.int64), value.flags)
        if wanted is BOOLEAN:
            return self.truth(value)
        if isinstance(wanted, StructType) and isinstance(kind, StructType):
            fields = [self.coerce(self.field(value, k), t) for k, t in enumerate(wanted.fields)]
            return self.struct(fields)
        if wanted is PAIR and kind is ROW:
            items = self.items(value)
            flags = items.flags | np.where((items.counts != 2) & (items.flags == 0), np.uint8(UNSUPPORTED), 0)
            pairs = [self.at(items, k).data for k in (0, -1)]
            return Batch(PAIR, tuple(pairs), flags.astype(np.uint8))
        if wanted is GRID:
            return self._as_grid(value)
        if is_patch(wanted):
            return self._as_patch(value, wanted)
        if isinstance(wanted, ListType) and isinstance(kind, ListType):
            items = self.items(value)
            return self.build(wanted.kind, self.replaced(items, self.coerce(items.value, wanted.item)))
        raise Unsupported(f"expected {wanted}, not {kind}")

    def _as_grid(self, value) -> Batch:
        """Rows of integers as a grid; ragged ones and values that are no colours are unsupported."""
        rows = self.items(value)
        cells = self.items(rows.value)
        numbers = self.coerce(cells.value, INTEGER).data
        n, m = len(rows.counts), self.margin
        flags = rows.flags | segment_or(cells.flags, rows.counts)
        h = rows.counts
        w = np.zeros(n, np.int64)
        np.maximum.at(w, rows.parent, cells.counts)
        uneven = np.zeros(n, bool)
        np.logical_or.at(uneven, rows.parent, cells.counts != w[rows.parent])
        of_cell = rows.parent[cells.parent]
        bad = (numbers < 0) | (numbers > 127)
        np.logical_or.at(uneven, of_cell[bad], True)
        flags = flags | np.where(uneven, np.uint8(UNSUPPORTED), np.uint8(0))
        large = (h > largest_grid(self.side)) | (w > largest_grid(self.side))
        flags = flags | np.where(large & ~uneven, np.uint8(OVERFLOW), np.uint8(0))
        i = np.arange(len(rows.parent)) - np.repeat(rows.starts, rows.counts)
        j = np.arange(len(cells.parent)) - np.repeat(cells.starts, cells.counts)
        good = ((flags & HARD) == 0)[of_cell]
        where = (of_cell * self.side + i[cells.parent] + m) * self.side + j + m
        planes = self._drawn_planes(n, where[good], numbers[good])
        sound = (flags & HARD) == 0
        data = Grids(planes, np.where(sound, h, 0), np.where(sound, w, 0))
        return Batch(GRID, data, flags.astype(np.uint8))

    def _as_patch(self, value, wanted) -> Batch:
        """A tuple of pairs or cells where a patch is expected.

        An empty one, or one whose locations repeat, is kept along as it is: some primitives tell it from a set.
        """
        items = self.items(value)
        want = PAIR if wanted is INDICES else CELL
        return self._scatter(self.replaced(items, self.coerce(items.value, want)), wanted, ordered=True)

    def _scatter(self, items: Items, kind, ordered: bool = False) -> Batch:
        """Pairs or cells as patches: of several colours at a location the largest stays (`ordered`: the last)."""
        data = items.value.data
        i, j = data[1] if kind is OBJECT else data
        colour = data[0] if kind is OBJECT else np.zeros(len(i), np.int64)
        n, m, side = len(items.counts), self.margin, self.side
        flags = items.flags | segment_or(items.value.flags & HARD, items.counts)
        inside = (i >= -m) & (i < side - m) & (j >= -m) & (j < side - m)
        good = (colour >= 0) & (colour <= 127) & (i != NONE) & (j != NONE)
        parent = items.parent
        flags = flags | _any(parent[~inside], n, CLIPPED) | _any(parent[~good], n, UNSUPPORTED)
        use = inside & good
        parent, i, j, colour = parent[use], i[use] + m, j[use] + m, colour[use]
        where = (parent * side + i) * side + j
        wide, several = None, np.zeros(0, np.int64)
        if len(where):
            order = np.argsort(where, kind="stable") if ordered else np.lexsort((colour, where))
            where, colour, parent = where[order], colour[order], parent[order]
            again = where[1:] == where[:-1]
            clash = again if ordered else again & (colour[1:] != colour[:-1])
            several = np.unique(parent[1:][clash])
        if ordered and kind is INDICES:
            flags, several = flags | _any(several, n, MULTI), several[:0]
        if ordered:
            several = np.union1d(several, np.nonzero(items.counts == 0)[0])
        if len(several):
            known = (flags[several] & (HARD | CLIPPED)) == 0
            flags = flags | _any(several[~known], n, MULTI)
            wide = np.full(n, None, object)
            for row in several[known]:
                wide[row] = Wide(self._cells_of(items, kind, row, tuple if ordered else frozenset))
        planes = self._drawn_planes(n, where, colour)
        drawn = None if ordered else self._drawn(items, kind, flags)
        return Batch(kind, planes._replace(wide=wide, drawn=drawn), flags.astype(np.uint8))

    def _drawn_planes(self, n: int, where: np.ndarray, colour: np.ndarray) -> Planes:
        """`n` planes with colours at the places `where` of all their cells, which ascend; of several at one place the last stays.

        The host holds no more than PIECE bytes of them, and none where the file has no room.
        """
        side, cells = self.side, self.side**2
        block = self.file.allocate(n)
        step = max(1, PIECE // cells)
        for first in range(0, n, step):
            m = min(step, n - first)
            begin, end = np.searchsorted(where, (first * cells, (first + m) * cells))
            planes = np.full((m, side, side), -1, np.int8)
            planes.reshape(-1)[where[begin:end] - first * cells] = colour[begin:end]
            self.kernels.upload(block.ids[first : first + m], planes)
        return Planes(block.ids, (block,))

    @staticmethod
    def _drawn(items: Items, kind, flags: np.ndarray) -> np.ndarray | None:
        """All cells of the patches that are clipped and nothing else."""
        rows = np.flatnonzero(((flags & CLIPPED) != 0) & ((flags & HARD) == 0))
        if not len(rows):
            return None
        colour, (i, j) = items.value.data if kind is OBJECT else (None, items.value.data)
        cells = np.stack([i, j, np.zeros_like(i) if colour is None else colour], axis=1)
        drawn = np.full(len(flags), None, object)
        for row in rows.tolist():
            first = int(items.starts[row])
            drawn[row] = np.unique(cells[first : first + int(items.counts[row])], axis=0)
        return drawn

    @staticmethod
    def _cells_of(items: Items, kind, row: int, make: type):
        """The pairs or cells of one row, in their order."""
        these = slice(items.starts[row], items.starts[row] + items.counts[row])
        colour, pair = items.value.data if kind is OBJECT else (None, items.value.data)
        pairs = zip(*(axis[these].tolist() for axis in pair), strict=True)
        return make(pairs if colour is None else zip(colour[these].tolist(), pairs, strict=True))

    def truth(self, value) -> Batch:
        if value.type is BOOLEAN:
            return value
        if value.type is INTEGER:
            return Batch(BOOLEAN, (value.data != 0) & (value.data != NONE), value.flags)
        if container_kind(value.type):
            if isinstance(value.type, StructType):
                whole = ~_no_pair(value) if value.type is PAIR else np.full(value.n, bool(value.type.fields))
                return Batch(BOOLEAN, whole, value.flags)
            items = self.items(value, ordered=False)
            return Batch(BOOLEAN, items.counts > 0, items.flags)
        raise Unsupported(f"a value of type {value.type} is used as a condition")

    def flip(self, mask: Batch) -> Batch:
        return Batch(BOOLEAN, ~mask.data, mask.flags)

    def either(self, x: Batch, y: Batch) -> Batch:
        return Batch(BOOLEAN, x.data | y.data, x.flags | y.flags)

    # Fixed tuples -------------------------------------------------------------------------------------------------

    def struct(self, values: list):
        kind = struct(*(v.type for v in values))
        flags = None
        for v in values:
            if not isinstance(v, Closure):
                flags = v.flags if flags is None else flags | v.flags
        if flags is None:
            raise Unsupported("a tuple of functions only")
        data = tuple(v if isinstance(v, Closure) else v.data for v in values)
        return Batch(kind, data, flags)

    def field(self, value, k):
        out = b.field(value, k)
        if value.type is PAIR:
            empty = _no_pair(value)
            if empty.any():  # the empty tuple (`ulcorner` of an empty patch) has no fields
                out.flags = out.flags | np.where(empty & ((out.flags & HARD) == 0), ERROR, 0).astype(np.uint8)
        return out

    # Containers to items and back ---------------------------------------------------------------------------------

    def items(self, value, ordered: bool = True) -> Items:
        kind = value.type
        dead = hard(value)
        if isinstance(kind, ListType):
            if kind.kind == "set" and ordered:
                value = self.canonical_value(value)
                dead = hard(value)
            data = value.data
            items = Items(kind.kind, data.items, data.counts, value.flags & HARD, data.canonical)
            return self._drop(items, dead) if dead.any() else items
        if is_patch(kind):
            return self._cells(value)
        if kind is GRID:
            return self._rows(value)
        item = common_item(kind)
        if item is None or item is FUNCTION:
            raise Unsupported(f"the items of {kind} are of several types")
        fields = [self.coerce(b.field(value, k), item) for k in range(len(kind.fields))]
        n, size = value.n, len(fields)
        rows = (np.arange(n)[:, None] + np.arange(size)[None, :] * n).ravel()
        items = take(concatenate(fields), rows)
        flags = value.flags & HARD
        if kind is PAIR:
            empty = _no_pair(value) & (flags == 0)
            flags = flags | np.where(empty, np.uint8(UNSUPPORTED), np.uint8(0))
        return Items("tuple", items, np.full(n, size, np.int64), flags)

    def _drop(self, items: Items, dead: np.ndarray) -> Items:
        alive = ~dead[items.parent]
        counts = np.where(dead, 0, items.counts)
        return Items(
            items.kind, take(items.value, np.nonzero(alive)[0]), counts, items.flags, items.canonical
        )

    def _cells(self, value) -> Items:
        flags = value.flags & HARD
        flags = flags | np.where(value.flags & CLIPPED, np.uint8(OVERFLOW), np.uint8(0))
        flags = flags | np.where(value.flags & MULTI, np.uint8(UNSUPPORTED), np.uint8(0))
        none = np.zeros(0, np.int64)
        found, total = [(none, none, none, none)], 0
        for which, planes in self.kernels.pieces(value.data.ids):
            row, place, colour = filled(planes)
            known = flags[which][row] == 0
            if not known.all():
                row, place, colour = row[known], place[known], colour[known]
            i, j = np.divmod(place, self.side)
            found.append((row + which.start, i, j, colour.astype(np.int64)))
            total += len(row)
            self._bound(total)
        parent, i, j, colour = map(np.concatenate, zip(*found, strict=True))
        if value.data.wide is not None:
            parent, (colour, i, j) = expanded(value, parent, (colour, i, j), self.margin)
        if value.data.drawn is not None:
            for row in [
                k
                for k, cells in enumerate(value.data.drawn)
                if cells is not None and not value.flags[k] & HARD
            ]:
                # Nothing was read from its plane, since that does not show all cells.
                at = int(np.searchsorted(parent, row))
                ai, aj, colours = value.data.drawn[row].T
                parent = np.insert(parent, at, np.full(len(ai), row))
                more = (colours, ai + self.margin, aj + self.margin)
                colour, i, j = (np.insert(a, at, b) for a, b in zip((colour, i, j), more, strict=True))
                flags[row] = 0
        self._bound(len(parent))
        none = np.zeros(len(parent), np.uint8)
        pair = (i - self.margin, j - self.margin)
        cells = Batch(PAIR, pair, none) if value.type is INDICES else Batch(CELL, (colour, pair), none)
        return Items("set", cells, np.bincount(parent, minlength=value.n), flags.astype(np.uint8))

    def _rows(self, value) -> Items:
        h, w, m = value.data.h, value.data.w, self.margin
        dead = hard(value)
        h, w = np.where(dead, 0, h), np.where(dead, 0, w)
        place = np.arange(self.side - m)
        found = [np.zeros(0, np.int64)]
        for which, planes in self.kernels.pieces(value.data.planes.ids):
            inside = (place < h[which, None])[:, :, None] & (place < w[which, None])[:, None, :]
            found.append(planes[:, m:, m:][inside].astype(np.int64))
        cells = np.concatenate(found)
        cells = Batch(INTEGER, cells, np.zeros(len(cells), np.uint8))
        widths = np.repeat(w, h)
        rows = Batch(ROW, Ragged(cells, widths, True), np.zeros(len(widths), np.uint8))
        return Items("tuple", rows, h, value.flags & HARD)

    def build(self, kind: str, items: Items, sorted_already: bool = False) -> Batch:
        t = items.value.type
        if kind == "set" and isinstance(t, StructType):
            patch = type_of_set(t)
            if is_patch(patch):
                cells = self.coerce(items.value, PAIR if patch is INDICES else CELL)
                return self._scatter(self.replaced(items, cells), patch)
        canonical = kind == "tuple" or (sorted_already and items.canonical and items.kind == "set")
        make = set_of if kind == "set" else tuple_of
        flags = items.flags
        if not isinstance(items.value, Closure):
            flags = flags | segment_or(items.value.flags & HARD, items.counts)
        self._bound(len(items.parent))
        canonical = canonical or t is FUNCTION
        return Batch(make(t), Ragged(items.value, items.counts, canonical), flags)

    def canonical_value(self, value: Batch) -> Batch:
        """A set with its items sorted and distinct (kept, so that it is done once)."""
        if value.data.canonical:
            return value
        items = Items("set", value.data.items, value.data.counts, value.flags)
        items = self.canonical(self._drop(items, hard(value)))
        value.data = Ragged(items.value, items.counts, True)
        value.flags = items.flags
        return value

    def canonical(self, items: Items, unique: bool = True) -> Items:
        """Items in canonical order; repeats dropped where `unique`."""
        if not len(items.parent) or isinstance(items.value, Closure):
            return items
        items = self._comparable(items, several=True)
        key = packed([items.parent, *columns(self, items.value)])
        order = np.argsort(key)
        if unique:
            first = np.ones(len(order), bool)
            key = key[order]
            first[1:] = key[1:] != key[:-1]
            order = order[first]
        counts = np.bincount(items.parent[order], minlength=len(items.counts))
        return Items(items.kind, take(items.value, order), counts, items.flags, True)

    def _comparable(self, items: Items, several: bool = False) -> Items:
        """Patches that are clipped or hold two colours cannot be compared: their rows are flagged."""
        soft = items.value.flags & PATCH_FLAGS
        if not soft.any():
            return items
        turned = np.where(soft & CLIPPED, np.uint8(OVERFLOW), np.uint8(0))
        turned = turned | np.where(soft & MULTI, np.uint8(UNSUPPORTED), np.uint8(0))
        flags = segment_or(turned, items.counts)
        if several:
            flags = np.where(items.counts > 1, flags, 0)
        return Items(
            items.kind, items.value, items.counts, (items.flags | flags).astype(np.uint8), items.canonical
        )

    # Items --------------------------------------------------------------------------------------------------------

    def item(self, items: Items):
        return items.value

    def spread(self, value, items: Items):
        return take(value, items.parent)

    def replaced(self, items: Items, value) -> Items:
        return Items(items.kind, value, items.counts, items.flags, False, items.parents)

    def strict(self, made, args):
        """What went wrong in an argument counts even where no item of a container came to use it."""
        if isinstance(made, Batch):
            flags = made.flags
            for flag in _gone(args):
                flags = flags | flag
            if flags is not made.flags:
                return Batch(made.type, made.data, flags.astype(np.uint8))
        return made

    def map(self, function, items: Items, also: Items | None = None, lazily: bool = False):
        if not isinstance(function, Closure):
            raise Unsupported(f"a value of type {function.type} is not a function")
        self._bound(len(items.parent))
        captured = take(function, items.parent)
        result = invoke(self, captured, [items.value] if also is None else [items.value, also.value])
        if not lazily and not isinstance(result, Closure):
            items.flags = items.flags | segment_or(result.flags & HARD, items.counts)
        return result

    def within(self, items: Items, function, *values):
        result = function(*values)
        if not isinstance(result, Closure):
            items.flags = items.flags | segment_or(result.flags & HARD, items.counts)
        return result

    def _row(self, kind, data, items: Items, mask: Batch | None = None) -> Batch:
        flags = items.flags
        if mask is not None:
            flags = flags | segment_or(mask.flags & HARD, items.counts)
        return Batch(kind, data, flags)

    def any(self, items: Items, mask: Batch) -> Batch:
        found = np.zeros(len(items.counts), bool)
        found[items.parent[mask.data]] = True
        return self._row(BOOLEAN, found, items, mask)

    def count(self, items: Items) -> Batch:
        return self._row(INTEGER, items.counts.astype(np.int64), items)

    def keep(self, items: Items, mask: Batch) -> Items:
        flags = items.flags | segment_or(mask.flags & HARD, items.counts)
        chosen = np.nonzero(mask.data)[0]
        counts = np.bincount(items.parent[chosen], minlength=len(items.counts))
        return Items(items.kind, take(items.value, chosen), counts, flags, items.canonical)

    def find(self, items: Items, mask: Batch) -> Batch:
        """The first item whose mask is set; what goes wrong after it does not count."""
        stop = mask.data | ((mask.flags & HARD) != 0)
        hits = np.nonzero(stop)[0]
        parent = items.parent[hits]
        first = np.ones(len(hits), bool)
        first[1:] = parent[1:] != parent[:-1]
        hits, parent = hits[first], parent[first]
        found = np.zeros(len(items.counts), np.int64)
        there = np.zeros(len(items.counts), bool)
        found[parent], there[parent] = hits, True
        flags = items.flags.copy()
        flags[parent] |= mask.flags[hits] & HARD
        return self._pick(items, found, there, flags)

    def at(self, items: Items, k: int) -> Batch:
        there = items.counts > 0
        where = items.starts + (k if k >= 0 else items.counts + k)
        return self._pick(items, where, there, items.flags)

    def _pick(self, items: Items, where: np.ndarray, there: np.ndarray, flags: np.ndarray):
        """One item a row: index `where` of all items; rows without one raise."""
        value = items.value
        total = len(items.parent)
        if isinstance(value, Closure):
            if not there.all():
                raise Unsupported("an item of an empty container of functions")
            return take(value, where)
        if total == 0:
            filler = self.empty(value.type, len(there))
            return Batch(value.type, filler.data, flags | np.where(flags & HARD, 0, ERROR).astype(np.uint8))
        chosen = take(value, np.where(there, where, 0))
        missing = np.where(there | ((flags & HARD) != 0), np.uint8(0), np.uint8(ERROR))
        own = np.where(there, chosen.flags, 0)
        return Batch(value.type, chosen.data, (flags | missing | own).astype(np.uint8))

    def empty(self, kind, n: int) -> Batch:
        """Rows that stand where there is no value."""
        flags = np.zeros(n, np.uint8)
        planes = Planes(np.full(n, EMPTY, np.int32), ())
        zeros = np.zeros(n, np.int64)
        if kind is BOOLEAN:
            return Batch(kind, np.zeros(n, bool), flags)
        if kind is INTEGER:
            return Batch(kind, zeros, flags)
        if kind is GRID:
            return Batch(kind, Grids(planes, zeros, zeros), flags)
        if is_patch(kind):
            return Batch(kind, planes, flags)
        if isinstance(kind, StructType):
            return Batch(kind, tuple(self.empty(f, n).data for f in kind.fields), flags)
        if isinstance(kind, ListType):
            return Batch(kind, Ragged(self.empty(kind.item, 0), zeros, True), flags)
        raise Unsupported("a function where there is no item")

    def equal(self, x, y) -> Batch:
        """Equality of two batches, row by row."""
        flags = self._equal_flags(x, y)
        same = self._equal(x, y, flags)
        return Batch(BOOLEAN, same, flags)

    def _equal_flags(self, x, y) -> np.ndarray:
        if isinstance(x, Closure) or isinstance(y, Closure):
            raise Unsupported("functions cannot be compared")
        flags = (x.flags | y.flags) & HARD
        for v in (x, y):
            flags = flags | np.where(v.flags & CLIPPED, np.uint8(OVERFLOW), np.uint8(0))
            flags = flags | np.where(v.flags & MULTI, np.uint8(UNSUPPORTED), np.uint8(0))
        return flags.astype(np.uint8)

    def _equal(self, x, y, flags) -> np.ndarray:
        """bool[n]; what cannot be compared in their common type is noted in `flags`."""
        n = x.n
        kinds = {x.type, y.type}
        if kinds <= {INTEGER, BOOLEAN}:
            return x.data == y.data
        if isinstance(x.type, StructType) and isinstance(y.type, StructType):
            if len(x.type.fields) != len(y.type.fields):
                return np.zeros(n, bool)
            fields = range(len(x.type.fields))
            parts = [self._equal(b.field(x, k), b.field(y, k), flags) for k in fields]
            return np.logical_and.reduce(parts)
        a, c = container_kind(x.type), container_kind(y.type)
        if a is None or a != c:
            return np.zeros(n, bool)
        if x.type is not y.type:
            if common_item(x.type) is None or common_item(y.type) is None:
                return np.zeros(n, bool)
            left, right = self.items(x), self.items(y)
            t = unify(left.value.type, right.value.type)
            if t is None:
                return (left.counts == 0) & (right.counts == 0)
            x = self.build(a, self.replaced(left, self.coerce(left.value, t)))
            y = self.build(a, self.replaced(right, self.coerce(right.value, t)))
            flags |= self._equal_flags(x, y)
        rank = ranks(self, concatenate([x, y]))
        return rank[:n] == rank[n:]

    def _aligned(self, x, y):
        t = unify(x.type, y.type)
        if t is None or t is FUNCTION:
            raise Unsupported(f"a container of both {x.type} and {y.type}")
        return self.coerce(x, t), self.coerce(y, t)

    def member(self, x: Items, y: Items) -> Batch:
        """For each item of `x`, whether it is among the items of `y`."""
        x, y = self._comparable(x), self._comparable(y)
        flags = take(Batch(BOOLEAN, np.zeros(len(y.flags), bool), x.flags | y.flags), x.parent).flags
        n = len(x.parent)
        if unify(x.value.type, y.value.type) is None:
            return Batch(BOOLEAN, np.zeros(n, bool), flags)
        rank = ranks(self, concatenate(list(self._aligned(x.value, y.value))))
        key = packed([np.concatenate([x.parent, y.parent]), rank])
        return Batch(BOOLEAN, np.isin(key[:n], key[n:]), flags)

    def distinct(self, items: Items) -> Items:
        items = self._comparable(items)
        rank = ranks(self, items.value)
        _, first = np.unique(packed([items.parent, rank]), return_index=True)
        order = np.sort(first)
        counts = np.bincount(items.parent[order], minlength=len(items.counts))
        return Items(items.kind, take(items.value, order), counts, items.flags, items.canonical)

    def multiplicity(self, items: Items) -> Batch:
        key = packed([items.parent, ranks(self, items.value)])
        _, which, counts = np.unique(key, return_inverse=True, return_counts=True)
        return Batch(INTEGER, counts[which].astype(np.int64), items.value.flags & HARD)

    def sort(self, items: Items, keys: Batch) -> Items:
        order = np.lexsort((self._key_ranks(keys), items.parent))
        flags = items.flags | segment_or(keys.flags & HARD, items.counts)
        return Items("tuple", take(items.value, order), items.counts, flags, True)

    def _key_ranks(self, keys) -> np.ndarray:
        if keys.type is INTEGER and (keys.data == NONE).any():
            keys.flags = keys.flags | np.where(keys.data == NONE, np.uint8(UNSUPPORTED), np.uint8(0))
        if isinstance(keys.type, StructType) and keys.type is not PAIR:
            # Python compares fields in order, also those of cells, unlike the canonical order.
            return packed([self._key_ranks(self.field(keys, k)) for k in range(len(keys.type.fields))])
        return ranks(self, keys)

    def best(self, items: Items, keys, which: str, give=None, default=None, otherwise=None) -> Batch:
        """The item (or row of `give`) with the extreme key, the first of several.

        Rows without items give `default`, `otherwise`, or raise.
        """
        rank = self._key_ranks(keys)
        items.flags = items.flags | segment_or(keys.flags & HARD, items.counts)
        there = items.counts > 0
        where = np.zeros(len(items.counts), np.int64)
        if len(rank):
            starts = items.starts[there]
            extreme = (np.minimum if which == "min" else np.maximum).reduceat(rank, starts)
            hits = np.flatnonzero(rank == np.repeat(extreme, items.counts[there]))
            where[there] = hits[np.searchsorted(hits, starts)]
        source = items if give is None else self.replaced(items, give)
        flags = items.flags
        if default is not None:
            otherwise = self.filled(default, len(items.counts))
        picked = self._pick(source, where, there, flags)
        if otherwise is None:
            return picked
        if {otherwise.type, picked.type} == {BOOLEAN, INTEGER}:
            otherwise = self.coerce(otherwise, picked.type)
        if otherwise.type is not picked.type:
            missing = np.where(hard(otherwise), otherwise.flags & HARD, np.uint8(UNSUPPORTED))
            picked.flags = np.where(~there & ((flags & HARD) == 0), missing, picked.flags)
            return picked
        found = Batch(BOOLEAN, there, np.zeros(len(there), np.uint8))
        result = self.select(found, picked, otherwise)
        result.flags = (result.flags | flags).astype(np.uint8)
        return result

    def concat(self, x: Items, y: Items) -> Items:
        left, right = self._aligned(x.value, y.value)
        parent = np.concatenate([x.parent, y.parent])
        self._bound(len(parent))
        order = np.argsort(parent, kind="stable")
        return Items(
            x.kind, take(concatenate([left, right]), order), x.counts + y.counts, x.flags | y.flags, False
        )

    def _number(self, value: Batch) -> Batch:
        """Integers that Python needs as such: None raises."""
        missing = (value.data == NONE) & ~hard(value)
        return Batch(INTEGER, value.data, value.flags | np.where(missing, ERROR, 0).astype(np.uint8))

    def repeat(self, value, n: Batch) -> Items:
        n = self._number(n)
        counts = np.where(hard(n), 0, np.maximum(n.data, 0))
        if int(counts.sum()) > self.max_rows:
            raise TooMuch
        parent = np.repeat(np.arange(len(counts)), counts)
        flags = n.flags if isinstance(value, Closure) else n.flags | (value.flags & HARD)
        return Items("tuple", take(value, parent), counts, flags)

    def range(self, start: Batch, stop: Batch, step: Batch) -> Items:
        start, stop, step = map(self._number, (start, stop, step))
        flags = start.flags | stop.flags | step.flags
        flags = flags | np.where((step.data == 0) & (flags == 0), np.uint8(ERROR), np.uint8(0))
        by = np.where(step.data == 0, 1, step.data)
        counts = np.maximum(0, -((start.data - stop.data) // by))
        counts = np.where((flags & HARD) != 0, 0, counts)
        if int(counts.sum()) > self.max_rows:
            raise TooMuch
        parent = np.repeat(np.arange(len(counts)), counts)
        place = np.arange(len(parent)) - np.repeat(np.cumsum(counts) - counts, counts)
        numbers = start.data[parent] + place * by[parent]
        return Items("tuple", Batch(INTEGER, numbers, np.zeros(len(numbers), np.uint8)), counts, flags)

    def single(self, value) -> Items:
        if isinstance(value, Closure):
            raise Unsupported("a set of a function")
        return Items("set", value, np.ones(value.n, np.int64), value.flags & HARD)

    def cross(self, x: Items, y: Items) -> tuple[Items, Items]:
        """All pairs of items, in canonical order where the items of both are."""
        counts = x.counts * y.counts
        if int(counts.sum()) > self.max_rows:
            raise TooMuch
        parent = np.repeat(np.arange(len(counts)), counts)
        place = np.arange(len(parent)) - np.repeat(np.cumsum(counts) - counts, counts)
        size = np.maximum(y.counts[parent], 1)
        flags = x.flags | y.flags
        canonical = x.canonical and y.canonical and x.kind == y.kind == "set"
        left = take(x.value, x.starts[parent] + place // size)
        right = take(y.value, y.starts[parent] + place % size)
        return Items("set", left, counts, flags, canonical), Items("set", right, counts, flags, canonical)

    def zip(self, x: Items, y: Items) -> tuple[Items, Items]:
        counts = np.minimum(x.counts, y.counts)
        flags = x.flags | y.flags
        pairs = []
        for side in (x, y):
            place = np.arange(len(side.parent)) - np.repeat(side.starts, side.counts)
            kept = np.nonzero(place < counts[side.parent])[0]
            pairs.append(Items("tuple", take(side.value, kept), counts, flags))
        return pairs[0], pairs[1]

    def pack(self, columns) -> Items:
        head = columns[0]
        canonical = all(c.canonical for c in columns)
        return Items(head.kind, self.struct([c.value for c in columns]), head.counts, head.flags, canonical)

    def flatten(self, items: Items) -> Items:
        """The items of the items."""
        if container_kind(items.value.type) is None:
            raise Unsupported(f"merge expects containers as items, not {items.value.type}")
        inner = self.items(items.value)
        counts = np.zeros(len(items.counts), np.int64)
        np.add.at(counts, items.parent, inner.counts)
        flags = items.flags | segment_or(inner.flags & HARD, items.counts)
        return Items(items.kind, inner.value, counts, flags, False)

    def union(self, items: Items) -> Batch:
        """The union of a set's items; patches are drawn over each other."""
        t = items.value.type
        if not is_patch(t):
            return self.build("set", self.flatten(items))
        n = len(items.counts)
        block = self.file.allocate(n)
        flags = items.flags | segment_or(items.value.flags, items.counts)
        nothing = np.nonzero(items.counts == 0)[0]
        order = np.concatenate([items.parent, nothing])
        source = np.concatenate([items.value.data.ids, np.full(len(nothing), EMPTY, np.int32)])
        fresh = np.concatenate([np.diff(items.parent, prepend=-1) != 0, np.ones(len(nothing), bool)])
        met = self.kernels.union(source, block.ids[order], fresh)
        planes = Planes(block.ids, (block,))
        several = _any(order[met], n, 1) != 0
        if items.value.data.wide is not None:
            several |= _any(items.parent[marked([items.value])], n, 1) != 0
        known = (flags & (HARD | PATCH_FLAGS)) == 0
        flags = flags | np.where(several & ~known, np.uint8(MULTI), np.uint8(0))
        rows = np.nonzero(several & known)[0]
        if len(rows):
            planes = attach_unions(planes, rows, self, items.value, items.counts)
        return Batch(t, planes, flags.astype(np.uint8))

    # Choice and repetition ----------------------------------------------------------------------------------------

    def branch(self, condition: Batch, x, y):
        """The primitive: both sides have been evaluated, so what went wrong in either counts."""
        result = self.select(condition, x, y)
        if isinstance(result, Choice):
            gone = (x.flags | y.flags) & HARD
            return Choice(condition, *(Batch(v.type, v.data, v.flags | gone) for v in (x, y)))
        if not isinstance(result, Closure):
            result.flags = result.flags | ((x.flags | y.flags) & HARD)
        return result

    def select(self, condition: Batch, x, y):
        if isinstance(x, Closure) and isinstance(y, Closure):
            return Closure("select", (condition, x, y))
        if isinstance(x, Choice) or isinstance(y, Choice) or unify(x.type, y.type) is None:
            return Choice(condition, x, y)
        x, y = self._aligned(x, y)
        n = condition.n
        rows = np.where(condition.data, np.arange(n), np.arange(n) + n)
        chosen = take(concatenate([x, y]), rows)
        chosen.flags = chosen.flags | (condition.flags & HARD)
        return chosen

    def power(self, function, n: Batch, x):
        times = np.where(hard(n), 1, n.data)
        flags = np.where((times < 1) | (times > POWER_LIMIT), np.uint8(ERROR), np.uint8(0)) | (n.flags & HARD)
        times = np.clip(times, 1, None)
        times = np.where(flags & HARD, 1, times)
        most = int(times.max(initial=1))
        value = x
        for step in range(1, most + 1):
            self.check()
            after = invoke(self, function, [value])
            if step == 1 or (times >= step).all():
                value = after
            else:
                going = Batch(BOOLEAN, times >= step, np.zeros(len(times), np.uint8))
                value = self.select(going, after, value)
        return Batch(value.type, value.data, (value.flags | flags).astype(np.uint8))


def _any(parents: np.ndarray, n: int, bit: int) -> np.ndarray:
    out = np.zeros(n, np.uint8)
    out[parents] = bit
    return out


def _no_pair(value: Batch) -> np.ndarray:
    """bool[n]: pairs that stand for the empty tuple."""
    return (value.data[0] == NONE) & (value.data[1] == NONE)


def _gone(values):
    """The hard flags of batches and of what functions captured, where there are any."""
    for value in values:
        if isinstance(value, Closure):
            yield from _gone(value.args or ())
        elif isinstance(value, Batch):
            flags = value.flags & HARD
            if flags.any():
                yield flags


def _columns(kind, data):
    if kind is BOOLEAN or kind is INTEGER:
        yield np.clip(data, -(2**31), INT32) if kind is INTEGER else data
    elif kind is GRID:
        yield data.planes.ids
        yield data.h
        yield data.w
    elif is_patch(kind):
        yield data.ids
    else:
        for f, d in zip(kind.fields, data, strict=True):
            yield from _columns(f, d)
