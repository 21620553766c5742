"""The types of DSL values.

Types are interned: equal types are the same object, so they compare and hash by identity.

A 2-tuple of integers (`IntegerTuple`) is the struct of two integers, a `Cell` is the struct of an integer and a
pair; sets of pairs are `INDICES` and sets of cells are `OBJECT`, which travel as planes rather than as lists.
"""

from __future__ import annotations


class Type:
    """A type of DSL values; `name` is what errors and docs print."""

    __slots__ = ("name",)

    def __init__(self, name: str):
        self.name = name

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self):
        return (_named, (self.name,))


class StructType(Type):
    """A tuple of fixed length whose fields have types of their own."""

    __slots__ = ("fields",)

    def __init__(self, fields: tuple):
        names = ", ".join(str(f) for f in fields)
        self.fields = fields
        self.name = f"Tuple[{names}]"

    def __reduce__(self) -> tuple:
        return (struct, self.fields)


class ListType(Type):
    """A container of any number of items of one type; `kind` is "tuple" or "set"."""

    __slots__ = ("item", "kind")

    def __init__(self, kind: str, item):
        self.kind, self.item = kind, item
        self.name = (
            f"{'Tuple' if kind == 'tuple' else 'FrozenSet'}[{item}{', ...' if kind == 'tuple' else ''}]"
        )

    def __reduce__(self):
        return (tuple_of if self.kind == "tuple" else set_of, (self.item,))


BOOLEAN = Type("Boolean")
INTEGER = Type("Integer")
GRID = Type("Grid")
OBJECT = Type("Object")
INDICES = Type("Indices")
FUNCTION = Type("Callable")
#: Containers of functions, and values whose type depends on the data (see `jbatt.dsl.domain`).
FIXED = Type("Container[Callable]")
CHOICE = Type("Union")

# Unions. They stand in signatures only; no value has one of these as its type.
PATCH = Type("Patch")
PIECE = Type("Piece")
ELEMENT = Type("Element")
UNIONS = {PATCH: (OBJECT, INDICES), PIECE: (GRID, OBJECT, INDICES), ELEMENT: (GRID, OBJECT)}


# `setdefault` is atomic: threads that make a type at the same time get the same object.
_STRUCTS: dict[tuple, StructType] = {}
_LISTS: dict[tuple, ListType] = {}


def struct(*fields) -> StructType:
    """The type of a fixed tuple with these field types."""
    return _STRUCTS.get(fields) or _STRUCTS.setdefault(fields, StructType(fields))


def tuple_of(item) -> ListType:
    """The type of a tuple of any length."""
    return _list("tuple", item)


def _list(kind: str, item) -> ListType:
    return _LISTS.get((kind, item)) or _LISTS.setdefault((kind, item), ListType(kind, item))


def set_of(item) -> Type:
    """The type of a frozenset; sets of pairs and of cells are patches."""
    if item is PAIR:
        return INDICES
    if item is CELL:
        return OBJECT
    return _list("set", item)


PAIR = struct(INTEGER, INTEGER)
PAIR.name = "IntegerTuple"
CELL = struct(INTEGER, PAIR)
CELL.name = "Cell"
ROW = tuple_of(INTEGER)
ROWS = tuple_of(ROW)

_NAMED = {
    t.name: t
    for t in (BOOLEAN, INTEGER, GRID, OBJECT, INDICES, FUNCTION, FIXED, CHOICE, PATCH, PIECE, ELEMENT)
}


def _named(name: str) -> Type:
    return _NAMED[name]


def is_patch(t) -> bool:
    """Whether values of type `t` are patches (objects or indices)."""
    return t is OBJECT or t is INDICES


def container_kind(t) -> str | None:
    """ "set" or "tuple" for container types, None for the others."""
    if isinstance(t, ListType):
        return t.kind
    if is_patch(t):
        return "set"
    return "tuple" if t is GRID or isinstance(t, StructType) else None


def item_type(t):
    """The type of a container's items; None where they have no common type or `t` is no container."""
    if isinstance(t, ListType):
        return t.item
    if t is OBJECT:
        return CELL
    if t is INDICES:
        return PAIR
    if t is GRID:
        return ROW
    if isinstance(t, StructType) and len(set(t.fields)) == 1:
        return t.fields[0]
    return None
