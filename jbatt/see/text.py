"""Values of the DSL in a few words."""

from __future__ import annotations

from typing import Any

from jbatt.dsl.domain import Closure
from jbatt.engine.decode import Flag
from jbatt.values.encode import canonical_key
from jbatt.values.types import FIXED, GRID, INDICES, OBJECT, ListType, StructType, is_patch

ITEMS = 12
"""Items of a container that are written out."""


def short(value: Any, kind: Any, limit: int = 60) -> str:
    """A value in a few words: numbers as they are, grids and patches by their size."""
    text = _short(value, kind)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _short(value: Any, kind: Any) -> str:
    if isinstance(value, Closure):
        return function_text(value)
    if isinstance(value, Flag):
        return str(value)
    if value is None or isinstance(value, int):
        return str(value)
    if kind is GRID:
        return f"a grid of {size_of(value)}"
    if is_patch(kind):
        what = "object" if kind is OBJECT else "set of cells"
        if not value:
            return f"an empty {what}"
        return f"{'an' if kind is OBJECT else 'a'} {what}, {len(value)} cell{'s' if len(value) > 1 else ''}"
    if isinstance(kind, ListType) or kind is FIXED:
        return container_text(value, kind)
    if isinstance(kind, StructType):
        return f"({', '.join(_short(v, k) for v, k in zip(value, kind.fields, strict=False))})"
    return str(value)


def container_text(value: Any, kind: Any) -> str:
    """How many items there are; the items themselves where they are plain."""
    name = "set" if isinstance(value, frozenset) else "tuple"
    if not value:
        return f"an empty {name}"
    item = getattr(kind, "item", None)
    if not pictured(item) and item is not None:
        items = ordered(value)
        shown = ", ".join(_short(v, item) for v in items[:ITEMS])
        if len(items) > ITEMS:
            shown += f", ... {len(items)} in all"
        marks = "{}" if name == "set" else "()"
        return f"{marks[0]}{shown}{marks[1]}"
    names: dict[Any, str] = {GRID: "grid", OBJECT: "object", INDICES: "set of cells"}
    what = names.get(item, "item")
    plural = "" if len(value) == 1 else "s"
    what = what.replace("set of", f"set{plural} of") if " of " in what else what + plural
    return f"a {name} of {len(value)} {what}"


def pictured(kind: Any) -> bool:
    """Whether values of the type are drawn rather than written."""
    if isinstance(kind, ListType):
        return pictured(kind.item)
    if isinstance(kind, StructType):
        return any(map(pictured, kind.fields))
    return kind is GRID or is_patch(kind)


def ordered(value: Any) -> list:
    """A container's items in the order that programs see."""
    return sorted(value, key=canonical_key) if isinstance(value, frozenset) else list(value)


def size_of(grid: tuple) -> str:
    """ "3x4": rows by columns."""
    return f"{len(grid)}x{len(grid[0]) if grid else 0}"


def function_text(function: Closure) -> str:
    """A function value as it would be written, with what it captured in a few words."""
    if function.args is None:
        return function.name
    return f"{function.name}({', '.join(_captured(a) for a in function.args)})"


def _captured(value: Any) -> str:
    from jbatt.errors import JbattError
    from jbatt.values.encode import type_of

    if isinstance(value, Closure):
        return function_text(value)
    if isinstance(value, int) or value is None:
        return str(value)
    try:
        return short(value, type_of(value), 40)
    except JbattError:
        return short(value, None, 40)
