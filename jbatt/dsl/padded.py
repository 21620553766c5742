"""The domain of single values in fixed-shape arrays: primitives that can be jitted and vmapped.

A container has room for `items` items; a primitive that needs more gives a value flagged `overflow`. Functions are
applied to items by `jax.vmap` over all places, used or not; what goes wrong in unused ones does not count.
"""

from __future__ import annotations

import inspect
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from jbatt.dsl.domain import Choice, Closure, Fixed, Unsupported, coercion_cost, invoke, scalar_fields
from jbatt.dsl.frames import (
    Each,
    Items,
    bit,
    chosen,
    cleared,
    conditions,
    hard,
    hard_of,
    merged,
    over,
    sized,
    taken,
    then,
)
from jbatt.dsl.keys import compare, key
from jbatt.dsl.registry import GUARDED
from jbatt.dsl.value import Value, static_integer
from jbatt.program.infer import unify
from jbatt.values.encode import NONE
from jbatt.values.flags import CLIPPED, ERROR, HARD, MULTI, OVERFLOW, PATCH_FLAGS, UNSUPPORTED
from jbatt.values.row import GridRow, ListRow, Out
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
from jbatt.values.window import MARGINS, largest_grid

POWER_LIMIT = 900
"""The reference builds `power` by recursion: CPython's limit of 1,000 frames ends it near here."""

UNROLLED = 4
"""Applications of `power` that are written out; more run in a loop, which needs a value of one type."""

IN_FLIGHT = 1024
"""Small items (integers, pairs, cells) that are kept at least until a container is built of them."""

#: Scalar primitives that take None, or the empty tuple, without raising.
TOLERANT = frozenset({"both", "either", "flip", "greater", "toivec", "tojvec"})

INT_MAX, INT_MIN = 2**31 - 1, -(2**31)


class Padded:
    """Evaluates primitives on `Value`s.

    items: room in each container. side: of the planes, see `jbatt.values.window`.
    """

    def __init__(self, items: int = 32, side: int = 32):
        self.capacity, self.side, self.margin = items, side, MARGINS[side]

    # Calls --------------------------------------------------------------------------------------------------------

    def row_call(self, overload, args: list[Value], result) -> Value:
        """A row or family overload."""
        flags, onward = self._argument_flags(overload, args)
        rows = [jax.tree.map(jnp.asarray, a.data) for a in args]
        function, extra = overload.function, {}
        if "side" in inspect.signature(function).parameters:
            extra["side"] = self.side
        out = function(*rows, **extra)
        out = out if isinstance(out, Out) else Out(out)
        own = conditions(out)
        data = out.value
        if overload.pick is not None:
            data, own = self._family(overload, rows, data, own)
        elif isinstance(result, ListType):
            own = then(own, bit(data.count > self.capacity, OVERFLOW))
            data = ListRow(sized(data.items, self.capacity), data.count)
        return self._settled(result, data, then(flags, own) | onward)

    def _family(self, overload, rows, made, own):
        state, count = made

        def pick(k):
            item = overload.pick(state, k, *rows)
            return item.value if isinstance(item, Out) else item

        items = jax.vmap(pick)(jnp.arange(self.capacity, dtype=jnp.int32))
        return ListRow(items, count), then(own, bit(count > self.capacity, OVERFLOW))

    def _settled(self, kind, data, flags) -> Value:
        """A value with the data types that its type has; fillers where a list has no item."""
        if isinstance(kind, ListType):
            count = jnp.where(hard(flags), 0, jnp.clip(data.count, 0, self.capacity)).astype(jnp.int32)
            used = jnp.arange(self.capacity, dtype=jnp.int32) < count
            return Value(kind, ListRow(cleared(_typed(kind.item, data.items), used), count), flags)
        return Value(kind, _typed(kind, data), flags)

    def _argument_flags(self, overload, args):
        """The hard flags that the arguments bring, and the patch flags that the result inherits."""
        flags, onward = jnp.zeros((), jnp.uint8), jnp.zeros((), jnp.uint8)
        for a in args:
            flags = flags | (a.flags & HARD)
            if is_patch(a.type):
                for soft, policy, becomes in (
                    (CLIPPED, overload.clipped, OVERFLOW),
                    (MULTI, overload.multi, UNSUPPORTED),
                ):
                    if policy in ("exact", "unsupported"):
                        flags = flags | bit((a.flags & soft) != 0, becomes)
                    elif policy == "through":
                        onward = onward | (a.flags & soft)
            elif not (a.type is PAIR and overload.primitive in GUARDED):
                raises = overload.scalar and overload.primitive not in TOLERANT
                missing = _has_none(a.type, a.data) & ~hard(a.flags)
                flags = flags | bit(missing, ERROR if raises else UNSUPPORTED)
        return flags, onward

    def constant(self, value, like) -> Value:
        """An integer, in place of what `like` would give."""
        flags = hard_of(like)
        if like.type is PAIR:  # perhaps the empty tuple
            flags = flags | bit(_no_pair(like.data), UNSUPPORTED)
        return Value(INTEGER, jnp.int32(value), flags)

    # Coercions ----------------------------------------------------------------------------------------------------

    def coerce(self, value, wanted):
        if isinstance(value, Each):
            if value.type is wanted:
                return value
            return over(lambda v: self.coerce(v, wanted), value.size, value)
        kind = value.type
        if kind is wanted:
            return value
        if wanted is INTEGER and kind is BOOLEAN:
            return Value(INTEGER, jnp.asarray(value.data).astype(jnp.int32), value.flags)
        if wanted is BOOLEAN:
            return self.truth(value)
        if wanted is PAIR and kind is ROW:
            items = self.items(value)
            flags = then(items.flags, bit(items.count != 2, UNSUPPORTED))
            return Value(PAIR, tuple(taken(items.each.value.data, k) for k in (0, 1)), flags)
        if isinstance(wanted, StructType) and isinstance(kind, StructType):
            return self.struct([self.coerce(_field(value, k), t) for k, t in enumerate(wanted.fields)])
        if wanted is GRID:
            return self._as_grid(value)
        if is_patch(wanted):
            items = self.items(value)
            want = PAIR if wanted is INDICES else CELL
            return self._scatter(self.replaced(items, self.coerce(items.each, want)), wanted, ordered=True)
        if isinstance(wanted, ListType) and isinstance(kind, ListType):
            items = self.items(value)
            return self.build(wanted.kind, self.replaced(items, self.coerce(items.each, wanted.item)))
        raise Unsupported(f"expected {wanted}, not {kind}")

    def _as_grid(self, value) -> Value:
        """Rows of integers as a grid; ragged ones and values that are no colours are unsupported."""
        rows = self.items(value)

        def cells(row):
            items = self.items(row)
            numbers = self.coerce(items.each, INTEGER).value
            flags = items.flags | merged(numbers.flags & HARD, items.used)
            return numbers.data, items.count, flags

        numbers, widths, inner = over(cells, rows.each.size, rows.each).value
        h, used, largest = rows.count, rows.used, largest_grid(self.side)
        w = jnp.max(jnp.where(used, widths, 0))
        filled = used[:, None] & (jnp.arange(numbers.shape[1], dtype=jnp.int32) < widths[:, None])
        bad = filled & ((numbers < 0) | (numbers > 127))
        uneven = jnp.any(used & (widths != w)) | jnp.any(bad)
        flags = then(rows.flags | merged(inner, used), bit(uneven, UNSUPPORTED))
        flags = then(flags, bit((h > largest) | (w > largest), OVERFLOW))
        room = self.side - self.margin
        table = jnp.where(filled & ~bad, numbers, -1).astype(jnp.int8)[:room, :room]
        behind = [(self.margin, self.side - self.margin - n) for n in table.shape]
        plane = jnp.pad(table, behind, constant_values=np.int8(-1))
        return self._settled(GRID, GridRow(plane, h, jnp.where(h > 0, w, 0)), flags)

    def _scatter(self, items: Items, kind, ordered: bool = False) -> Value:
        """Pairs or cells as a patch: of several colours at a location the largest stays (`ordered`: the last)."""
        value = items.each.value
        colour, (i, j) = value.data if kind is OBJECT else (jnp.int32(0), value.data)
        m, side, used = self.margin, self.side, items.used
        colour = jnp.broadcast_to(jnp.asarray(colour), jnp.shape(i))
        inside = (i >= -m) & (i < side - m) & (j >= -m) & (j < side - m)
        good = (colour >= 0) & (colour <= 127) & (i != NONE) & (j != NONE)
        flags = items.flags | merged(value.flags & HARD, used)
        flags = flags | bit(jnp.any(used & ~good), UNSUPPORTED) | bit(jnp.any(used & ~inside), CLIPPED)
        use = used & inside & good
        where = jnp.where(use, (i + m) * side + j + m, side * side)  # the last place takes what is not used
        plane = jnp.full(side * side + 1, -1, jnp.int32)
        if ordered:
            turn = plane.at[where].max(jnp.arange(items.each.size, dtype=jnp.int32))
            plane = jnp.where(turn >= 0, colour[jnp.maximum(turn, 0)], -1)
            clash = jnp.zeros(side * side + 1, jnp.int32).at[where].add(1)[where] > 1
        else:
            plane = plane.at[where].max(jnp.where(use, colour, -1))
            clash = plane[where] != colour
        flags = flags | bit(jnp.any(use & clash), MULTI)
        return Value(kind, plane[:-1].reshape(side, side).astype(jnp.int8), flags)

    def truth(self, value):
        if isinstance(value, Each):
            return over(self.truth, value.size, value)
        if value.type is BOOLEAN:
            return value
        data, flags = value.data, value.flags
        if value.type is INTEGER:
            return Value(BOOLEAN, (data != 0) & (data != NONE), flags)
        if value.type is PAIR:
            return Value(BOOLEAN, ~_no_pair(data), flags)
        if container_kind(value.type):
            if isinstance(value.type, StructType):
                return Value(BOOLEAN, jnp.array(bool(value.type.fields)), flags)
            if is_patch(value.type):
                flags = (flags & HARD) | bit((flags & CLIPPED) != 0, OVERFLOW)
                return Value(BOOLEAN, jnp.any(data >= 0), flags)
            some = (data.h if value.type is GRID else data.count) > 0
            return Value(BOOLEAN, some, flags & HARD)
        raise Unsupported(f"a value of type {value.type} is used as a condition")

    def flip(self, mask):
        if isinstance(mask, Each):
            return Each(self.flip(mask.value), mask.size)
        return Value(BOOLEAN, ~jnp.asarray(mask.data), mask.flags)

    def either(self, a: Value, b: Value) -> Value:
        return Value(BOOLEAN, a.data | b.data, a.flags | b.flags)

    # Fixed tuples -------------------------------------------------------------------------------------------------

    def struct(self, values: list) -> Value:
        """The fixed tuple of these values (of each, with a leading axis)."""
        if any(isinstance(v, Fixed | Choice) for v in values):
            raise Unsupported("a tuple of containers of functions, or of values of several types")
        values = [self._canonical_value(v) for v in values]
        flags = None
        for v in values:
            if not isinstance(v, Closure):
                flags = v.flags if flags is None else flags | v.flags
        if flags is None:
            raise Unsupported("a tuple of functions only")
        return Value(
            struct(*(v.type for v in values)),
            tuple(v if isinstance(v, Closure) else v.data for v in values),
            flags,
        )

    def field(self, value: Value, k: int):
        out = _field(value, k)
        if value.type is PAIR:  # the empty tuple (`ulcorner` of an empty patch) has no fields
            out = out.replace(flags=then(out.flags, bit(_no_pair(value.data), UNSUPPORTED)))
        return out

    # Containers to items and back ---------------------------------------------------------------------------------

    def items(self, value, ordered: bool = True) -> Items:
        kind = value.type
        if isinstance(kind, ListType):
            if ordered:
                value = self._canonical_value(value)
            flags = value.flags & HARD
            data = value.data
            size = _leading(data.items, self.capacity)
            count = jnp.where(hard(flags), 0, data.count)
            used = jnp.arange(size, dtype=jnp.int32) < count
            if kind.item is FUNCTION:
                return Items(kind.kind, Each(data.items, size), count, flags)
            soft = jnp.where(used, value.flags & PATCH_FLAGS, np.uint8(0))
            each = Each(Value(kind.item, data.items, soft), size)
            return Items(kind.kind, each, count, flags, value.canonical)
        if is_patch(kind):
            return self._cells(value)
        if kind is GRID:
            return self._rows(value)
        item = item_type(kind)
        if item is None or item is FUNCTION:
            raise Unsupported(f"the items of {kind} are of several types")
        size = len(kind.fields)
        data = jax.tree.map(lambda *leaves: jnp.stack([jnp.asarray(x) for x in leaves]), *value.data)
        flags = value.flags & HARD
        gone = hard(flags) | (_no_pair(value.data) if kind is PAIR else False)
        count = jnp.where(gone, 0, size).astype(jnp.int32)
        used = jnp.arange(size, dtype=jnp.int32) < count
        soft = jnp.where(used, value.flags & PATCH_FLAGS, np.uint8(0))
        return Items("tuple", Each(Value(item, data, soft), size), count, flags)

    def _listed(self, kind: str, item, data, count, flags, size: int, canonical: bool = True) -> Items:
        """Sound items: `data` has `size` places; more items than places overflow."""
        flags = then(flags, bit(count > size, OVERFLOW))
        count = jnp.where(hard(flags), 0, count).astype(jnp.int32)
        each = Each(Value(item, data, jnp.zeros(size, jnp.uint8)), size)
        return Items(kind, each, count, flags, canonical)

    def _cells(self, value: Value) -> Items:
        soft = bit((value.flags & CLIPPED) != 0, OVERFLOW) | bit((value.flags & MULTI) != 0, UNSUPPORTED)
        plane, m = value.data, self.margin
        i, j = jnp.nonzero(plane >= 0, size=self.capacity, fill_value=0)
        pair = ((i - m).astype(jnp.int32), (j - m).astype(jnp.int32))
        count = jnp.sum(plane >= 0, dtype=jnp.int32)
        flags = (value.flags & HARD) | soft
        item = item_type(value.type)
        data = pair if item is PAIR else (jnp.asarray(plane)[i, j].astype(jnp.int32), pair)
        return self._listed("set", item, data, count, flags, self.capacity)

    def _rows(self, value: Value) -> Items:
        row, m, size = value.data, self.margin, self.capacity
        cells = sized(row.plane[m : m + size, m : m + size], size)
        cells = jnp.moveaxis(sized(jnp.moveaxis(cells, 1, 0), size), 0, 1).astype(jnp.int32)
        widths = jnp.broadcast_to(jnp.asarray(row.w), (size,))
        inside = jnp.arange(size, dtype=jnp.int32) < row.w
        data = ListRow(jnp.where(inside, cells, 0), jnp.minimum(widths, size))
        flags = then(value.flags & HARD, bit((row.h > 0) & (row.w > size), OVERFLOW))
        return self._listed("tuple", ROW, data, row.h, flags, size)

    def build(self, kind: str, items: Items, sorted_already: bool = False) -> Value:
        """The container of these items."""
        t = items.each.type
        if isinstance(items.each.value, Fixed | Choice):
            raise Unsupported("a container of containers of functions, or of values of several types")
        if kind == "set" and scalar_fields(t) and t is not INTEGER and t is not BOOLEAN:
            for patch, item in ((INDICES, PAIR), (OBJECT, CELL)):
                if coercion_cost(t, item) < 4:
                    return self._scatter(self.replaced(items, self.coerce(items.each, item)), patch)
        if t is not FUNCTION and not items.each.value.canonical:
            items = self.replaced(items, over(self._canonical_value, items.each.size, items.each))
        canonical = kind == "tuple" or t is FUNCTION
        canonical = canonical or (sorted_already and items.canonical and items.kind == "set")
        if kind == "set" and not canonical and items.each.size > self.capacity:
            items, canonical = self.canonical(items), True
        flags = then(items.flags, bit(items.count > self.capacity, OVERFLOW))
        if t is not FUNCTION:
            flags = flags | merged(items.each.value.flags, items.used)
        count = jnp.where(hard(flags), 0, items.count).astype(jnp.int32)
        value = items.each.value
        data = sized(value if t is FUNCTION else value.data, self.capacity)
        data = cleared(data, jnp.arange(self.capacity, dtype=jnp.int32) < count)
        make = set_of if kind == "set" else tuple_of
        return Value(make(t), ListRow(data, count), flags, canonical)

    def _canonical_value(self, value):
        """A set with its items sorted and distinct; other values as they are."""
        if not isinstance(value, Value) or value.canonical:
            return value
        items = self.canonical(self.items(value, ordered=False))
        flags = items.flags | (value.flags & PATCH_FLAGS)
        data = cleared(items.each.value.data, items.used)
        return Value(value.type, ListRow(data, items.count), flags)

    def canonical(self, items: Items, unique: bool = True) -> Items:
        """Items in canonical order; repeats dropped where `unique`."""
        if isinstance(items.each.value, Closure):
            return items
        self._comparable(items, several=True)
        before, same = self._compared(items.each, items.each)
        items = self._ordered(items, before, same)
        if not unique:
            return items
        size = items.each.size
        keys = self._keys(items.each)
        again = (
            jnp.zeros(size, bool).at[1:].set(jnp.all(keys[1:] == keys[:-1], axis=1)) if size > 1 else False
        )
        out = self._kept(items, items.used & ~again)
        out.canonical = True
        return out

    def _keys(self, each: Each, python: bool = False):
        value = each.value
        if isinstance(value, Value) and not value.canonical:
            value = over(self._canonical_value, each.size, each).value
        return jax.vmap(lambda data: key(value.type, data, python))(value.data)

    def _compared(self, a: Each, b: Each, python: bool = False):
        x = self._keys(a, python)
        return compare(x, x if b is a else self._keys(b, python))

    def _ordered(self, items: Items, before, same) -> Items:
        """Items sorted by `before` bool[C, C]; those that are the `same` keep their order."""
        used, size = items.used, items.each.size
        index = jnp.arange(size)
        earlier = used[:, None] & (before | (same & (index[:, None] < index[None, :])))
        place = jnp.where(used, jnp.sum(earlier, axis=0, dtype=jnp.int32), size)
        each = Each(taken(items.each.value, jnp.argsort(place, stable=True)), size)
        return Items(items.kind, each, items.count, items.flags, True)

    def _comparable(self, items: Items, several: bool = False) -> None:
        """Patches that are clipped or hold two colours cannot be compared: flagged."""
        soft = merged(items.each.value.flags & PATCH_FLAGS, items.used)
        flags = bit((soft & CLIPPED) != 0, OVERFLOW) | bit((soft & MULTI) != 0, UNSUPPORTED)
        if several:
            flags = jnp.where(items.count > 1, flags, 0)
        items.flags = items.flags | flags.astype(jnp.uint8)

    # Items --------------------------------------------------------------------------------------------------------

    def item(self, items: Items) -> Each:
        return items.each

    def spread(self, value, items: Items):
        """A value next to every item: `over` gives the one value to all of them."""
        items.flags = items.flags | hard_of(value)
        return value

    def replaced(self, items: Items, each: Each) -> Items:
        return Items(items.kind, each, items.count, items.flags, False)

    def map(self, function, items: Items, also: Items | None = None, lazily: bool = False) -> Each:
        items.flags = items.flags | hard_of(function)
        values = [items.each] if also is None else [items.each, also.each]
        return self._run(items, lambda *v: invoke(self, function, list(v)), values, lazily)

    def within(self, items: Items, function, *values) -> Each:
        return self._run(items, function, values, False)

    def _run(self, items: Items, function, values, lazily: bool) -> Each:
        result = over(function, items.each.size, *values)
        if isinstance(result.value, Choice | Fixed):
            raise Unsupported(
                "a function that gives values of several types, or containers of functions, to items"
            )
        if not lazily:
            items.flags = items.flags | merged(
                jnp.broadcast_to(hard_of(result.value), (items.each.size,)), items.used
            )
        return result

    def any(self, items: Items, mask: Each) -> Value:
        flags = items.flags | merged(mask.value.flags & HARD, items.used)
        return Value(BOOLEAN, jnp.any(mask.value.data & items.used), flags)

    def count(self, items: Items) -> Value:
        return Value(INTEGER, items.count, items.flags)

    def keep(self, items: Items, mask: Each) -> Items:
        items.flags = items.flags | merged(mask.value.flags & HARD, items.used)
        return self._kept(items, items.used & mask.value.data)

    def _kept(self, items: Items, wanted) -> Items:
        size = items.each.size
        (where,) = jnp.nonzero(wanted, size=size, fill_value=0)
        count = jnp.sum(wanted, dtype=jnp.int32)
        return Items(
            items.kind, Each(taken(items.each.value, where), size), count, items.flags, items.canonical
        )

    def find(self, items: Items, mask: Each) -> Value:
        """The first item whose mask is set; what goes wrong after it does not count."""
        value = mask.value
        stop = items.used & (value.data | hard(value.flags))
        where, there = jnp.argmax(stop), jnp.any(stop)
        flags = then(items.flags, jnp.where(there, value.flags[where] & HARD, np.uint8(0)))
        return self._pick(items, where, there, flags)

    def at(self, items: Items, k: int):
        where = jnp.maximum(k if k >= 0 else items.count + k, 0)
        return self._pick(items, where, items.count > 0, items.flags)

    def _pick(self, items: Items, where, there, flags):
        """Item `where`; raises where it is not `there`."""
        value = taken(items.each.value, where)
        if isinstance(value, Closure):
            raise Unsupported("an item of a container of functions that the data decide on")
        own = jnp.where(there, value.flags, np.uint8(ERROR))
        return value.replace(flags=then(flags, own))

    def equal(self, a, b):
        """Equality, item by item where either is `Each`."""
        for v in (a, b):
            if isinstance(v, Each):
                return over(self.equal, v.size, a, b)
        if {type(a), type(b)} & {Closure, Fixed}:
            raise Unsupported("functions cannot be compared")
        flags = (a.flags | b.flags) & HARD
        soft = a.flags | b.flags
        flags = flags | bit((soft & CLIPPED) != 0, OVERFLOW) | bit((soft & MULTI) != 0, UNSUPPORTED)
        same, more = self._equal(a, b)
        return Value(BOOLEAN, same, then(flags, more))

    def _equal(self, a: Value, b: Value):
        """bool[], and what went wrong in making the two comparable."""
        fine, none = jnp.zeros((), jnp.uint8), jnp.array(False)
        if {a.type, b.type} <= {INTEGER, BOOLEAN}:
            return jnp.asarray(a.data).astype(jnp.int32) == jnp.asarray(b.data).astype(jnp.int32), fine
        if isinstance(a.type, StructType) and isinstance(b.type, StructType):
            if len(a.type.fields) != len(b.type.fields):
                return none, fine
            same = jnp.array(True)
            for k in range(len(a.type.fields)):
                x, y = _field(a, k), _field(b, k)
                if isinstance(x, Closure) or isinstance(y, Closure):
                    raise Unsupported("functions cannot be compared")
                part, flags = self._equal(x, y)
                same, fine = same & part, fine | flags
            return same, fine
        kind = container_kind(a.type)
        if kind is None or kind != container_kind(b.type):
            return none, fine
        if a.type is b.type and (a.type is GRID or is_patch(a.type)):
            same = jax.tree.map(lambda x, y: jnp.all(x == y), a.data, b.data)
            return jnp.stack(jax.tree.leaves(same)).all(), fine
        if item_type(a.type) is None or item_type(b.type) is None:
            return none, fine
        if is_patch(a.type) and is_patch(b.type):
            return ~jnp.any(a.data >= 0) & ~jnp.any(b.data >= 0), fine
        x, y = self.items(a), self.items(b)
        flags = x.flags | y.flags
        same = x.count == y.count
        t = unify(x.each.type, y.each.type)
        if t is None or t is FUNCTION:
            return same & (x.count == 0), flags
        size = min(x.each.size, y.each.size)
        left, right = (Each(taken(v.each.value, slice(0, size)), size) for v in (x, y))
        found = over(lambda u, v: self._equal(self.coerce(u, t), self.coerce(v, t)), size, left, right).value
        used = x.used[:size]
        flags = flags | merged(found[1], used)
        return same & jnp.all(found[0] | ~used), flags

    def _aligned(self, a, b):
        """Two values, or the items of two containers, of one type."""
        t = unify(a.type, b.type)
        if t is None or t is FUNCTION:
            raise Unsupported(f"a container of both {a.type} and {b.type}")
        return self.coerce(a, t), self.coerce(b, t)

    def member(self, a: Items, b: Items) -> Each:
        """For each item of `a`, whether it is among the items of `b`."""
        for items in (a, b):
            self._comparable(items)
        size = a.each.size
        a.flags = a.flags | b.flags
        if unify(a.each.type, b.each.type) is None:
            return Each(Value(BOOLEAN, jnp.zeros(size, bool), jnp.zeros(size, jnp.uint8)), size)
        x, y = self._aligned(a.each, b.each)
        a.flags = a.flags | merged(x.value.flags & HARD, a.used) | merged(y.value.flags & HARD, b.used)
        _, same = self._compared(x, y)
        found = jnp.any(same & b.used[None, :], axis=1)
        return Each(Value(BOOLEAN, found, jnp.zeros(size, jnp.uint8)), size)

    def distinct(self, items: Items) -> Items:
        self._comparable(items)
        _, same = self._compared(items.each, items.each)
        index = jnp.arange(items.each.size)
        again = jnp.any(same & (index[None, :] < index[:, None]), axis=1)
        return self._kept(items, items.used & ~again)

    def multiplicity(self, items: Items) -> Each:
        _, same = self._compared(items.each, items.each)
        number = jnp.sum(same & items.used[None, :], axis=1, dtype=jnp.int32)
        return Each(Value(INTEGER, number, jnp.zeros(items.each.size, jnp.uint8)), items.each.size)

    # Order --------------------------------------------------------------------------------------------------------

    def _check_keys(self, items: Items, keys: Each) -> None:
        """Keys that go wrong, or that Python cannot compare (None), mark the container."""
        t = keys.type
        if not (t is BOOLEAN or t is INTEGER or container_kind(t) == "tuple"):
            raise Unsupported(f"values of type {t} have no order")
        flags = keys.value.flags & HARD
        missing = over(lambda v: jnp.array(_unordered(v.type, v.data)), keys.size, keys).value
        items.flags = items.flags | merged(flags | bit(missing, UNSUPPORTED), items.used)

    def sort(self, items: Items, keys: Each) -> Items:
        self._check_keys(items, keys)
        out = self._ordered(items, *self._compared(keys, keys, python=True))
        out.kind = "tuple"
        return out

    def best(self, items: Items, keys: Each, which: str, give=None, default=None, otherwise=None):
        """The item (or value of `give`) with the extreme key, the first of several.

        Without items it gives `default`, `otherwise`, or raises.
        """
        self._check_keys(items, keys)
        used, there = items.used, items.count > 0
        if keys.type is INTEGER or keys.type is BOOLEAN:
            number = jnp.asarray(keys.value.data).astype(jnp.int32)
            if which == "min":
                where = jnp.argmin(jnp.where(used, number, INT_MAX))
            else:
                where = jnp.argmax(jnp.where(used, number, INT_MIN))
        else:
            before, _ = self._compared(keys, keys, python=True)
            better = before if which == "min" else before.T
            where = jnp.argmax(used & ~jnp.any(better & used[:, None], axis=0))
        source = items if give is None else self.replaced(items, give)
        picked = self._pick(source, where, there, items.flags)
        if default is not None:
            otherwise = Value(INTEGER, jnp.int32(default), jnp.zeros((), jnp.uint8))
        if otherwise is None:
            return picked
        if {otherwise.type, picked.type} == {BOOLEAN, INTEGER}:
            otherwise = self.coerce(otherwise, picked.type)
        if otherwise.type is not picked.type:
            gone = hard_of(otherwise)
            missing = then(items.flags, jnp.where(hard(gone), gone, np.uint8(UNSUPPORTED)))
            return picked.replace(flags=jnp.where(there, picked.flags, missing))
        data = chosen(there, picked.data, otherwise.data)
        flags = then(items.flags, jnp.where(there, picked.flags, otherwise.flags))
        return Value(picked.type, data, flags, picked.canonical and otherwise.canonical)

    # Making containers --------------------------------------------------------------------------------------------

    def concat(self, a: Items, b: Items) -> Items:
        x, y = self._aligned(a.each, b.each)
        both = jax.tree.map(lambda u, v: jnp.concatenate([u, v]), x.value.data, y.value.data)
        soft = jnp.concatenate([x.value.flags, y.value.flags])
        place = jnp.arange(x.size + y.size, dtype=jnp.int32)
        where = jnp.where(place < a.count, place, x.size + place - a.count)
        where = jnp.clip(where, 0, x.size + y.size - 1)
        canonical = x.value.canonical and y.value.canonical
        value = Value(x.type, taken(both, where), soft[where], canonical)
        flags = a.flags | b.flags
        count = jnp.where(hard(flags), 0, a.count + b.count)
        return Items(a.kind, Each(value, x.size + y.size), count, flags, False)

    def repeat(self, value, n: Value) -> Items:
        flags = hard_of(value) | then(n.flags & HARD, bit(n.data == NONE, ERROR))
        number = jnp.maximum(n.data, 0)
        flags = then(flags, bit(number > self.capacity, OVERFLOW))
        each = Each(_repeated(value, self.capacity), self.capacity)
        return Items("tuple", each, jnp.where(hard(flags), 0, number), flags)

    def range(self, start: Value, stop: Value, step: Value) -> Items:
        flags = jnp.zeros((), jnp.uint8)
        for v in (start, stop, step):
            flags = flags | then(v.flags & HARD, bit(v.data == NONE, ERROR))
        flags = then(flags, bit(step.data == 0, ERROR))
        by = jnp.where(step.data == 0, 1, step.data)
        span = start.data - stop.data
        wrapped = ((start.data ^ stop.data) & (start.data ^ span)) < 0
        count = jnp.maximum(0, -(span // by))
        flags = then(flags, bit(wrapped, OVERFLOW))
        numbers = start.data + jnp.arange(self.capacity, dtype=jnp.int32) * by
        return self._listed("tuple", INTEGER, numbers, count, flags, self.capacity)

    def single(self, value) -> Items:
        if isinstance(value, Closure | Fixed | Choice):
            raise Unsupported(f"a set of a value of type {value.type}")
        each = Each(jax.tree.map(lambda a: jnp.asarray(a)[None], value), 1)
        count = jnp.where(hard(value.flags), 0, 1).astype(jnp.int32)
        return Items("set", each, count, value.flags & HARD)

    def _room(self, kinds, most: int) -> int:
        """Places for items on their way into a container: many where they are small."""
        small = all(scalar_fields(t) for t in kinds)
        return min(most, max(self.capacity, IN_FLIGHT if small else 0))

    def cross(self, a: Items, b: Items) -> tuple[Items, Items]:
        room = min(a.each.size * b.each.size, max(self.capacity, IN_FLIGHT))
        place = jnp.arange(room, dtype=jnp.int32)
        count = a.count * b.count
        flags = a.flags | b.flags
        flags = then(flags, bit(count > room, OVERFLOW))
        count = jnp.where(hard(flags), 0, count)
        size = jnp.maximum(a.count, 1)
        left = taken(a.each.value, place % size)
        right = taken(b.each.value, jnp.minimum(place // size, b.each.size - 1))
        x, y = (Items("set", Each(v, room), count, flags, False) for v in (left, right))
        return x, y

    def zip(self, a: Items, b: Items) -> tuple[Items, Items]:
        size = min(a.each.size, b.each.size)
        flags = a.flags | b.flags
        count = jnp.where(hard(flags), 0, jnp.minimum(a.count, b.count))
        parts = (jax.tree.map(lambda x: jnp.asarray(x)[:size], v.each.value) for v in (a, b))
        x, y = (Items("tuple", Each(v, size), count, flags) for v in parts)
        return x, y

    def pack(self, columns) -> Items:
        head = columns[0]
        each = [over(self._canonical_value, c.each.size, c.each).value for c in columns]
        return Items(head.kind, Each(self.struct(each), head.each.size), head.count, head.flags, False)

    def flatten(self, items: Items) -> Items:
        """The items of the items."""
        if container_kind(items.each.type) is None or not isinstance(items.each.value, Value):
            raise Unsupported(f"merge expects containers as items, not {items.each.type}")

        def inside(value):
            inner = self.items(value)
            return inner.each.value, inner.count, inner.flags

        value, counts, inner = over(inside, items.each.size, items.each).value
        used = items.used
        flags = items.flags | merged(inner, used)
        size = _leading(value, self.capacity, 1)
        there = used[:, None] & (jnp.arange(size, dtype=jnp.int32) < counts[:, None])
        flat = jax.tree.map(lambda a: a.reshape((-1, *a.shape[2:])), value)
        room = self._room([value.type], items.each.size * size)
        (where,) = jnp.nonzero(there.reshape(-1), size=room, fill_value=0)
        count = jnp.sum(there, dtype=jnp.int32)
        flags = then(flags, bit(count > room, OVERFLOW))
        count = jnp.where(hard(flags), 0, count)
        return Items(items.kind, Each(taken(flat, where), room), count, flags, False)

    def union(self, items: Items) -> Value:
        """The union of a set's items; patches are drawn over each other."""
        t = items.each.type
        if not is_patch(t):
            return self.build("set", self.flatten(items))
        planes = jnp.where(items.used[:, None, None], items.each.value.data, np.int8(-1))
        drawn = jnp.max(planes, axis=0)
        clash = jnp.any((planes >= 0) & (planes != drawn))
        flags = items.flags | merged(items.each.value.flags, items.used)
        return Value(t, drawn, flags | bit(clash, MULTI))

    # Choice and repetition ----------------------------------------------------------------------------------------

    def branch(self, condition: Value, a, b):
        """The primitive: both sides have been evaluated, so what went wrong in either counts."""
        gone = hard_of(a) | hard_of(b)
        result = self.select(condition, a, b)
        if isinstance(result, Choice):
            return Choice(result.condition.replace(flags=result.condition.flags | gone), result.a, result.b)
        return result.replace(flags=result.flags | gone) if isinstance(result, Value) else result

    def select(self, condition: Value, a, b):
        if isinstance(a, Closure) and isinstance(b, Closure):
            return a if a == b else Closure("select", (condition, a, b))
        if unify(a.type, b.type) is None or not (isinstance(a, Value) and isinstance(b, Value)):
            return Choice(condition, a, b)
        a, b = self._aligned(a, b)
        flags = then(condition.flags & HARD, jnp.where(condition.data, a.flags, b.flags))
        data = chosen(condition.data, a.data, b.data)
        return Value(a.type, data, flags, a.canonical and b.canonical)

    def power(self, function, n: Value, x):
        times = static_integer(n)
        if times is not None:
            return self._power(function, times, x)
        if n.type is not INTEGER:
            n = self.coerce(n, INTEGER)
        flags = n.flags & HARD
        flags = then(flags, bit((n.data < 1) | (n.data > POWER_LIMIT), ERROR))
        value = self._loop(function, jnp.where(hard(flags), 1, n.data), invoke(self, function, [x]))
        return value.replace(flags=flags | value.flags)

    def _power(self, function, times: int, x):
        wrong = times < 1 or times > POWER_LIMIT
        value = invoke(self, function, [x])
        for k in range(2, (1 if wrong else times) + 1):
            after = invoke(self, function, [value])
            if k > UNROLLED and times - k >= UNROLLED and _alike(value, after):
                value = self._loop(function, jnp.int32(times - k + 1), after)
                break
            value = after
        if not isinstance(value, Value):
            raise Unsupported("power of a function that gives functions")
        return value.replace(flags=value.flags | np.uint8(ERROR if wrong else 0))

    def _loop(self, function, times, value):
        """`times - 1` more applications."""
        if not isinstance(value, Value):
            raise Unsupported("power of a function that gives functions")
        value = jax.tree.map(jnp.asarray, value)

        def step(carry):
            k, value = carry
            after = invoke(self, function, [value])
            if after.type is not value.type:
                raise Unsupported(f"power of a function from {value.type} to {after.type}")
            if value.canonical and not after.canonical:
                after = self._canonical_value(after)
            return k + 1, after.replace(canonical=value.canonical)

        def going(carry):
            return (carry[0] < times) & ~hard(carry[1].flags)

        return lax.while_loop(going, step, (jnp.int32(1), value))[1]


# Rows -------------------------------------------------------------------------------------------------------------


def _typed(kind, data):
    """The arrays of a row, with the data types of its type."""
    if kind is BOOLEAN:
        return jnp.asarray(data).astype(jnp.bool_)
    if kind is INTEGER:
        return jnp.asarray(data).astype(jnp.int32)
    if kind is GRID:
        h, w = (jnp.asarray(v).astype(jnp.int32) for v in (data.h, data.w))
        return GridRow(data.plane.astype(jnp.int8), h, w)
    if is_patch(kind):
        return data.astype(jnp.int8)
    return tuple(_typed(f, d) for f, d in zip(kind.fields, data, strict=True))


def _field(value: Value, k: int):
    data = value.data[k]
    return data if isinstance(data, Closure) else Value(value.type.fields[k], data, value.flags)


def _no_pair(data):
    """bool[]: the pair stands for the empty tuple."""
    return (data[0] == NONE) & (data[1] == NONE)


def _has_none(kind, data):
    """bool[]: None is among the numbers of a value."""
    if kind is INTEGER:
        return data == NONE
    found: Any = False
    if isinstance(kind, StructType):
        for f, d in zip(kind.fields, data, strict=True):
            found = found | _has_none(f, d)
    elif isinstance(kind, ListType) and scalar_fields(kind.item):
        inner = _has_none(kind.item, data.items)
        if inner is not False:
            size = _leading(data.items, 0)
            found = jnp.any(inner & (jnp.arange(size, dtype=jnp.int32) < data.count))
    return found


def _unordered(kind, data):
    """bool[]: None is among the numbers of a key; the empty tuple comes before all pairs."""
    return _has_none(kind, data) & ~_no_pair(data) if kind is PAIR else _has_none(kind, data)


def _leading(tree, default: int, axis: int = 0) -> int:
    """The number of places that the arrays of a container have."""
    leaves = jax.tree.leaves(tree)
    return leaves[0].shape[axis] if leaves else default


def _repeated(tree, size: int):
    return jax.tree.map(lambda a: jnp.broadcast_to(jnp.asarray(a), (size, *jnp.shape(a))), tree)


def _alike(a, b) -> bool:
    """Whether two values have the same type and arrays of the same shapes."""
    return bool(jax.tree.structure(a) == jax.tree.structure(b)) and all(
        jnp.shape(x) == jnp.shape(y) for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)
    )
