"""Values as JAX pytrees: what the public functions of `jbatt.dsl` take and give.

A `Value` has a static type, the arrays of one row (`jbatt.values.row`) and flags. It passes through `jax.jit`,
`jax.vmap` and the rest like any array; under `vmap` its arrays, flags included, get a leading axis.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct as pytrees

from jbatt.dsl.domain import Choice, Closure, Fixed
from jbatt.errors import JbattError
from jbatt.values import encode as encoding
from jbatt.values.flags import CLIPPED, ERROR, HARD, MULTI, OVERFLOW, UNSUPPORTED
from jbatt.values.row import GridRow, ListRow
from jbatt.values.types import (
    BOOLEAN,
    FUNCTION,
    GRID,
    INTEGER,
    PAIR,
    ROW,
    ListType,
    StructType,
    is_patch,
    struct,
)
from jbatt.values.window import MARGINS, largest_grid

_CAPACITY: ContextVar[tuple[int, int]] = ContextVar("capacity", default=(32, 32))
_NOTHING = np.zeros((), np.uint8)

#: What is told about a value that is not there, most certain first.
MEANINGS = (
    (ERROR, "the reference raises here"),
    (
        OVERFLOW,
        "it does not fit its capacity class: use a larger one, `jbatt.dsl.capacity(items=..., side=...)`",
    ),
    (UNSUPPORTED, "the reference's value cannot be held in these types"),
    (CLIPPED, "the patch has cells outside its window: use a larger side, `jbatt.dsl.capacity(side=...)`"),
    (MULTI, "the object has two colours at one location"),
)


@contextmanager
def capacity(items: int | None = None, side: int | None = None):
    """Set the capacity class of what is encoded, and of results that no argument gives a class.

    items: the most items of a list. side: the side of planes, one of the classes of `jbatt.values.window`. A function
    that was jitted under another setting keeps the setting it was traced with.
    """
    old_side, old_items = _CAPACITY.get()
    if side is not None and side not in MARGINS:
        raise JbattError(f"side must be one of {', '.join(map(str, MARGINS))}, not {side}")
    if items is not None and items < 1:
        raise JbattError(f"items must be at least 1, not {items}")
    token = _CAPACITY.set((side or old_side, items or old_items))
    try:
        yield
    finally:
        _CAPACITY.reset(token)


def default_capacity() -> tuple[int, int]:
    """The side and the number of items in force."""
    return _CAPACITY.get()


@pytrees.dataclass(eq=False)
class Value:
    """A value of the DSL.

    type: its DSL type (static). data: the arrays of a row, see `jbatt.values.row`. flags: uint8[], bits of
    `jbatt.values.flags`; where a hard one is set, `data` means nothing. canonical: False for a set whose items are
    neither sorted nor distinct yet (static).
    """

    type: Any = pytrees.field(pytree_node=False)
    data: Any
    flags: Any
    canonical: bool = pytrees.field(pytree_node=False, default=True)

    if TYPE_CHECKING:  # flax.struct adds it

        def replace(self, **changes: Any) -> Value: ...

    def _has(self, bits: int):
        return (self.flags & bits) != 0

    @property
    def ok(self):
        """bool[]: there is a value (a clipped patch counts as one)."""
        return (self.flags & HARD) == 0

    @property
    def error(self):
        """bool[]: the reference raises."""
        return self._has(ERROR)

    @property
    def overflow(self):
        """bool[]: the value does not fit its capacity class (and the reference is not known to raise)."""
        return (self.flags & (ERROR | OVERFLOW)) == OVERFLOW

    @property
    def unsupported(self):
        """bool[]: the reference's value cannot be held in these types."""
        return (self.flags & HARD) == UNSUPPORTED

    @property
    def clipped(self):
        """bool[]: a patch has cells outside its window."""
        return self._has(CLIPPED)

    @property
    def multi(self):
        """bool[]: an object has two colours at one location; one of them is kept."""
        return self._has(MULTI)

    def __getitem__(self, k):
        """Row k of a batch of values, as `jax.vmap` gives it."""
        if jnp.ndim(self.flags) == 0:
            raise JbattError(
                "this is one value, not a batch; use jbatt.dsl functions for the items of containers"
            )
        return jax.tree.map(lambda a: a[k], self)

    def to_python(self) -> Any:
        """The reference's value: ints, bools, tuples and frozensets. JbattError says why there is none."""
        if jnp.ndim(self.flags):
            raise JbattError("a batch of values: take one of them first, for example value[0]")
        flags = int(self.flags)
        for bit, meaning in MEANINGS:
            if flags & bit:
                raise JbattError(f"no value of type {self.type}: {meaning}")
        if _holds_functions(self.type):
            raise JbattError(f"functions stay symbolic: a value of type {self.type} has no Python form")
        return encoding.decode(jax.tree.map(np.asarray, self.data), self.type)

    def __repr__(self) -> str:
        try:
            if jnp.ndim(self.flags):
                return f"<{self.type} x {jnp.shape(self.flags)}>"
            if isinstance(self.flags, jax.core.Tracer):
                return f"<{self.type}, traced>"
            wrong = [meaning.split(":")[0] for bit, meaning in MEANINGS if int(self.flags) & bit]
            if wrong:
                return f"<{self.type}: {wrong[0]}>"
            text = repr(self.to_python())
            return f"<{self.type} {text if len(text) < 200 else text[:200] + '...'}>"
        except Exception:  # pytrees are taken apart and put together with all kinds of leaves
            return f"<{self.type}>"

    def _repr_html_(self) -> str | None:
        """A drawing of one value that is there; None, so that `repr` is shown, for batches, tracers and the others."""
        from jbatt.see.notebook import value_html
        from jbatt.see.text import short

        if isinstance(self.flags, jax.core.Tracer) or jnp.ndim(self.flags):
            return None
        try:
            value = self.to_python()
        except JbattError:
            return None
        return value_html(value, self.type, f"{self.type}: {short(value, self.type, 200)}")


def _holds_functions(kind) -> bool:
    if isinstance(kind, StructType):
        return any(map(_holds_functions, kind.fields))
    return kind is FUNCTION or (isinstance(kind, ListType) and _holds_functions(kind.item))


# Function values are pytrees of what they captured. The number of `power` stays static where it was a constant.


def static_integer(value) -> int | None:
    """The number of a Value that was made from a Python number; None for the others."""
    if (
        isinstance(value, Value)
        and isinstance(value.data, np.ndarray | np.generic)
        and np.ndim(value.data) == 0
    ):
        if value.type in (INTEGER, BOOLEAN) and isinstance(value.flags, np.ndarray | np.generic):
            return int(value.data) if not int(value.flags) else None
    return None


def _flatten_closure(closure: Closure):
    if closure.args is None:
        return (), (closure.name, False, None)
    if closure.name == "power":
        n = static_integer(closure.args[1])
        if n is not None:
            return closure.args[:1], (closure.name, True, n)
    return closure.args, (closure.name, True, None)


def _unflatten_closure(static, children) -> Closure:
    name, applied, n = static
    if n is not None:
        children = (*children, Value(INTEGER, np.int32(n), _NOTHING))
    return Closure(name, tuple(children) if applied else None)


jax.tree_util.register_pytree_node(Closure, _flatten_closure, _unflatten_closure)
jax.tree_util.register_pytree_node(Fixed, lambda f: (f.values, f.kind), lambda kind, v: Fixed(kind, tuple(v)))
jax.tree_util.register_pytree_node(Choice, lambda c: ((c.condition, c.a, c.b), None), lambda _, v: Choice(*v))


# Encoding ---------------------------------------------------------------------------------------------------------


def value(x: Any, type: Any = None, side: int | None = None, items: int | None = None) -> Value:
    """A Python value (int, bool, None, tuple, frozenset, list of rows) or an integer array as a Value.

    Arrays of two dimensions are grids, of one dimension tuples of integers, of none integers or booleans; they may be
    traced. `type` is needed for empty containers and where a value could have several types (a tuple of pairs is a
    grid of two columns unless it says otherwise). Raises DoesNotFit where `side` or `items` is too small.
    """
    default_side, default_items = _CAPACITY.get()
    side, items = side or default_side, items or default_items
    if isinstance(x, Value):
        if type is not None and x.type is not type:
            raise JbattError(f"a value of type {x.type}, not {type}")
        return x
    if isinstance(x, jax.Array | np.ndarray) and (type is None or type is GRID or np.ndim(x) < 2):
        return _of_array(x, type, side, items)
    if type is None:
        if isinstance(x, tuple | list) and any(isinstance(v, Value | Closure | jax.Array) for v in x):
            return _of_fields([v if isinstance(v, Closure) else value(v, None, side, items) for v in x])
        if isinstance(x, tuple | list | set | frozenset) and len(x) == 0:
            raise JbattError("an empty container has no item type: use jbatt.dsl.value(x, type)")
        type = encoding.type_of(x)
    return Value(type, encoding.encode(x, type, side, items), _NOTHING)


def _of_fields(fields: list) -> Value:
    kind = struct(*(f.type for f in fields))
    flags = _NOTHING
    for f in fields:
        if isinstance(f, Value):
            flags = flags | f.flags
    return Value(kind, tuple(f if isinstance(f, Closure) else f.data for f in fields), flags)


def _of_array(x, type, side: int, items: int) -> Value:
    if not (jnp.issubdtype(x.dtype, jnp.integer) or x.dtype == jnp.bool_):
        raise JbattError(f"arrays must hold integers or booleans, not {x.dtype}")
    if x.ndim == 0:
        kind = BOOLEAN if x.dtype == jnp.bool_ and type is not INTEGER else type or INTEGER
        return Value(kind, x.astype(np.bool_ if kind is BOOLEAN else np.int32), _NOTHING)
    if x.ndim == 1:
        if type is PAIR or (type is None and len(x) == 2):
            return Value(PAIR, (x[0].astype(np.int32), x[1].astype(np.int32)), _NOTHING)
        if type is not None and type is not ROW:
            raise JbattError(f"an array of one dimension is no {type}")
        if len(x) > items:
            raise encoding.DoesNotFit(f"{len(x)} items do not fit a list of {items}")
        room = (0, items - len(x))
        count: Any = np.int32(len(x))
        return Value(ROW, ListRow(jnp.pad(x.astype(np.int32), room), count), _NOTHING)
    if x.ndim != 2:
        raise JbattError(f"an array of {x.ndim} dimensions is no grid; use jax.vmap for batches")
    if isinstance(x, np.ndarray):
        return Value(GRID, encoding.encode_grid(x, side), _NOTHING)
    h, w = x.shape
    if max(h, w) > largest_grid(side):
        raise encoding.DoesNotFit(f"a grid of {h} x {w} cells does not fit a plane of side {side}")
    m = MARGINS[side]
    high = jnp.any((x < 0) | (x > 127))
    flags = jnp.where(high, np.uint8(UNSUPPORTED), np.uint8(0))
    cells = jnp.where((x < 0) | (x > 127), 0, x).astype(jnp.int8)
    around = ((m, side - m - h), (m, side - m - w))
    plane = jnp.pad(cells, around, constant_values=np.int8(-1))
    sizes: Any = (np.int32(h), np.int32(w if h else 0))
    return Value(GRID, GridRow(plane, *sizes), flags)


# Capacity classes of values -----------------------------------------------------------------------------------------


def classes(x) -> tuple[int, int]:
    """The largest side and the largest number of items in a value or in what a function captured; 0 for none."""
    if isinstance(x, Value):
        return _classes(x.type, x.data)
    parts = (
        (x.args or ())
        if isinstance(x, Closure)
        else x.values
        if isinstance(x, Fixed)
        else (x.condition, x.a, x.b)
    )
    found = [classes(p) for p in parts]
    return max((s for s, _ in found), default=0), max((i for _, i in found), default=0)


def _classes(kind, data) -> tuple[int, int]:
    if kind is GRID:
        return data.plane.shape[-1], 0
    if is_patch(kind):
        return data.shape[-1], 0
    if isinstance(kind, StructType):
        found = [_classes(f, d) for f, d in zip(kind.fields, data, strict=True)]
        return max(s for s, _ in found), max(i for _, i in found)
    if isinstance(kind, ListType):
        side, items = _classes(kind.item, data.items)
        leaves = jax.tree.leaves(data.items)
        return side, max(items, leaves[0].shape[jnp.ndim(data.count)] if leaves else 0)
    return classes(data) if kind is FUNCTION else (0, 0)


def widen(x, side: int, items: int):
    """The same value in larger planes and lists."""
    if isinstance(x, Value):
        return x.replace(data=_widen(x.type, x.data, side, items))
    if isinstance(x, Closure):
        return x if not x.args else Closure(x.name, tuple(widen(a, side, items) for a in x.args))
    if isinstance(x, Fixed):
        return Fixed(x.kind, tuple(widen(v, side, items) for v in x.values))
    return Choice(*(widen(v, side, items) for v in (x.condition, x.a, x.b)))


def _wider_plane(plane, side: int):
    old = plane.shape[-1]
    if old == side:
        return plane
    before = MARGINS[side] - MARGINS[old]
    room = [(0, 0)] * (plane.ndim - 2) + [(before, side - old - before)] * 2
    return jnp.pad(plane, room, constant_values=np.int8(-1))


def _widen(kind, data, side: int, items: int):
    if kind is GRID:
        return data._replace(plane=_wider_plane(data.plane, side))
    if is_patch(kind):
        return _wider_plane(data, side)
    if isinstance(kind, StructType):
        return tuple(_widen(f, d, side, items) for f, d in zip(kind.fields, data, strict=True))
    if isinstance(kind, ListType):
        inner = _widen(kind.item, data.items, side, items)
        axis = jnp.ndim(data.count)
        return ListRow(jax.tree.map(lambda a: pad_leaf(a, items, axis), inner), data.count)
    return widen(data, side, items) if kind is FUNCTION else data


def pad_leaf(leaf, size: int, axis: int = 0):
    """An array with fillers (-1 in planes, else 0) up to `size` along an axis."""
    if leaf.shape[axis] >= size:
        return leaf
    room = [(0, 0)] * leaf.ndim
    room[axis] = (0, size - leaf.shape[axis])
    return jnp.pad(leaf, room, constant_values=filling(leaf))


def filling(leaf):
    """What stands in an array where there is no item."""
    return np.array(-1 if leaf.dtype == jnp.int8 else 0, leaf.dtype)


def stack(values: list[Value]) -> Value:
    """Values of one type as a batch, for `jax.vmap`."""
    kinds = {v.type for v in values}
    if len(kinds) != 1:
        raise JbattError(f"a batch has values of one type, not {', '.join(sorted(map(str, kinds)))}")
    found = [classes(v) for v in values]
    side, items = max(s for s, _ in found), max(i for _, i in found)
    canonical = all(v.canonical for v in values)
    rows = [widen(v, side, items).replace(canonical=canonical) for v in values]
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *rows)
