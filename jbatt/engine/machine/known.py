"""What is known of the rows that a step gives, before they are there.

Where it is known that nothing can be wrong with a row, steps can be left out that only pass on what is wrong, and others
can be put where they have fewer rows to do (`jbatt.engine.machine.rewrite`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from jbatt.engine.machine.layout import width
from jbatt.engine.machine.rows import LIMIT
from jbatt.values.types import GRID, INTEGER

Words = tuple[tuple[int, int], ...]


class Known(NamedTuple):
    """clean: no row has a hard flag. words: the least and the largest value of each word, none of them None.

    tidy: patches of which no location has two colours and that are no sequences. item: of the items, where rows are lists.
    some: patches with a cell, all of whose cells are in the plane.
    """

    clean: bool = False
    words: Words | None = None
    tidy: bool = False
    item: Known | None = None
    some: bool = False


NOTHING = Known()
COORDINATE, COLOUR, FLAG = (-128, 255), (0, 127), (0, 1)
"""Coordinates of cells in a plane, whatever the machine's class; colours; truth values."""
PLAIN = Known(True, None, True)
OF_ITEMS: dict[str, Known] = {
    "items_of_indices": Known(True, (COORDINATE, COORDINATE)),
    "items_of_object": Known(True, (COLOUR, COORDINATE, COORDINATE)),
    "flatten_indices": Known(True, (COORDINATE, COORDINATE)),
    "flatten_object": Known(True, (COLOUR, COORDINATE, COORDINATE)),
    "cells_of_grid": Known(True, (COLOUR,)),
    "rows_of_grid": Known(True, None, False, Known(True, (COLOUR,))),
    "labelled_item": PLAIN._replace(some=True),
    "example": PLAIN,
}
"""Steps whose rows come out of planes: what is wrong with these is told by their heads. An example fits its class."""
PARTS = frozenset(["partition", "fgpartition", "frontiers"])
"""Primitives beside `objects` whose items are parts of a grid, none of them empty."""
SAME = {
    "spread": 1,
    "keep": 1,
    "permute": 1,
    "cross_first": 1,
    "cross_second": 2,
    "taken": 0,
    "zip_first": 1,
    "zip_second": 3,
}
"""Steps whose rows are those of an argument."""
DRAWN = frozenset(["connect", "neighbors", "dneighbors", "ineighbors", "vfrontier", "hfrontier"])
"""Primitives that draw a patch from numbers and cannot fail where these are coordinates of a plane."""
PLACES: dict[str, Words] = {
    **dict.fromkeys(["center", "ulcorner", "urcorner", "llcorner", "lrcorner"], (COORDINATE, COORDINATE)),
    **dict.fromkeys(["uppermost", "lowermost", "leftmost", "rightmost"], (COORDINATE,)),
}
"""Primitives that say where a patch is, which has to have cells."""
_LENGTH = (0, 255)
SURE: dict[str, Known] = {
    **dict.fromkeys(["asindices", "asobject", "ofcolor", "crop", "compress", "trim"], PLAIN),
    **dict.fromkeys(["hmirror", "vmirror", "dmirror", "cmirror", "rot90", "rot180", "rot270"], PLAIN),
    **dict.fromkeys(["tophalf", "bottomhalf", "lefthalf", "righthalf"], PLAIN),
    **dict.fromkeys(["height", "width", "size"], Known(True, (_LENGTH,))),
    "shape": Known(True, (_LENGTH, _LENGTH)),
    "portrait": Known(True, (FLAG,)),
}
"""What is known of primitives of a grid, and of numbers, that report nothing themselves: of what they give for rows that are clean."""
LOGICAL = frozenset(["either", "both", "flip", "greater"])
"""Primitives that give a truth value of numbers that are not None."""


def hull(a: Words | None, b: Words | None) -> Words | None:
    """What holds for words of which it is not known whose they are."""
    if a is None or b is None or len(a) != len(b):
        return None
    return tuple((min(x[0], y[0]), max(x[1], y[1])) for x, y in zip(a, b, strict=True))


Rule = Callable[[tuple[int, ...], int, int, Callable[[int], Known]], Known]
"""Tells what is known of the rows of a step from its arguments, `x` and `y`, and what is known of the arguments' rows."""


def rule_of(name: Any) -> Known | Rule:
    """What is known of the rows of all steps of a name, or what tells it of each."""
    if isinstance(name, tuple):
        return _of_primitive(name)
    if name in OF_ITEMS:
        return OF_ITEMS[name]
    if name in SAME:
        k = SAME[name]
        return lambda args, x, y, of: of(args[k])
    return RULES.get(name, NOTHING)


def _product(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    ends = [x * y for x in a for y in b]
    return min(ends), max(ends)


ARITHMETIC: dict[str, Callable[..., tuple[int, int]]] = {
    "add": lambda a, b: (a[0] + b[0], a[1] + b[1]),
    "subtract": lambda a, b: (a[0] - b[1], a[1] - b[0]),
    "multiply": _product,
    "double": lambda a: (2 * a[0], 2 * a[1]),
    "increment": lambda a: (a[0] + 1, a[1] + 1),
    "decrement": lambda a: (a[0] - 1, a[1] - 1),
    "invert": lambda a: (-a[1], -a[0]),
    "sign": lambda a: (max(-1, min(a[0], 1)), max(-1, min(a[1], 1))),
}
"""Primitives on numbers and on pairs, half by half: the least and the largest result for those of the arguments."""


def _arithmetic(name: str, types: tuple, values: list[Known]) -> Known:
    """Of numbers whose limits are known the limits of the result; it is clean where the machine's numbers hold it."""
    wide = max(width(t) for t in types)
    halves = []
    for t, value in zip(types, values, strict=True):
        if not value.clean or value.words is None or len(value.words) < width(t):
            return NOTHING
        halves.append(value.words[:wide] if width(t) == wide else value.words[:1] * wide)
    words = tuple(ARITHMETIC[name](*half) for half in zip(*halves, strict=True))
    return Known(True, words) if all(_within(w, (1 - LIMIT, LIMIT - 1)) for w in words) else NOTHING


def _of_primitive(name: tuple) -> Known | Rule:
    overload, types = name[0], name[1]
    primitive = overload.primitive
    if len(name) > 2:
        return OF_ITEMS["labelled_item"] if primitive in PARTS and name[2] == "item" else NOTHING
    if primitive in LOGICAL:
        return _logical
    if primitive in ARITHMETIC and overload.scalar:
        return lambda args, x, y, of: _arithmetic(primitive, types, [of(a) for a in args])
    if primitive in PLACES:
        place = Known(True, PLACES[primitive])
        return lambda args, x, y, of: place if of(args[0]).some else NOTHING
    if primitive in SURE and types[0] is GRID:
        return lambda args, x, y, of: _sure(SURE[primitive], args, of)
    if primitive in DRAWN:
        return _drawn
    return _recolor if primitive == "recolor" and types[0] is INTEGER else NOTHING


def _sure(found: Known, args, of) -> Known:
    """`found`, where the first of the arguments is clean, and the others are numbers, none of them None."""
    rows = [of(a) for a in args]
    numbers = all(row.words is not None for row in rows[1:])
    return found if numbers and all(row.clean for row in rows) else NOTHING


def _logical(args, x, y, of) -> Known:
    return Known(True, (FLAG,)) if all(of(a).clean and of(a).words is not None for a in args) else NOTHING


def _drawn(args, x, y, of) -> Known:
    return PLAIN if all(placed(of(a)) for a in args) else NOTHING


def _recolor(args, x, y, of) -> Known:
    patch = of(args[1])
    return PLAIN if is_colour(of(args[0])) and patch.clean and patch.tidy else NOTHING


def near(value: Known) -> bool:
    """Whether rows are numbers of which four can be added."""
    far = (1 - LIMIT // 4, LIMIT // 4 - 1)
    return value.clean and value.words is not None and all(_within(w, far) for w in value.words)


def is_colour(value: Known) -> bool:
    """Whether rows begin with a colour."""
    return value.clean and value.words is not None and _within(value.words[0], COLOUR)


def _coloured_line(args, x, y, of) -> Known:
    drawn = placed(of(args[1])) and placed(of(args[2]))
    return PLAIN if drawn and is_colour(of(args[0])) else NOTHING


def placed(value: Known) -> bool:
    """Whether rows are pairs that lie in a plane."""
    return value.clean and value.words is not None and all(_within(w, COORDINATE) for w in value.words[:2])


def _within(word: tuple[int, int], limits: tuple[int, int]) -> bool:
    return limits[0] <= word[0] and word[1] <= limits[1]


def _struct(args, x, y, of) -> Known:
    a, b = of(args[0]), of(args[1])
    words = a.words[:x] + b.words if a.words is not None and b.words is not None else None
    return Known(a.clean and b.clean, words)


def _field(args, x, y, of) -> Known:
    a = of(args[0])
    return Known(a.clean and not y, a.words[x:] if a.words is not None else None)


def _apart(args, x, y, of) -> Known:
    return Known(True, ((0, LIMIT - 1),)) if near(of(args[0])) and near(of(args[1])) else NOTHING


def _line_end(args, x, y, of) -> Known:
    return Known(False, hull(of(args[0]).words, of(args[1]).words))


def _items_of_struct(args, x, y, of) -> Known:
    # A pair that is the empty tuple has what is wrong with it in the heads.
    a = of(args[0])
    words: Words | None = None
    if a.words is not None and len(a.words) >= x * y:
        words = a.words[:y]
        for k in range(1, x):
            words = hull(words, a.words[k * y : (k + 1) * y])
    return Known(True, words)


def _both(args, x, y, of) -> Known:
    return Known(of(args[0]).clean and of(args[1]).clean, (FLAG,))


def _extreme(args, x, y, of) -> Known:
    found = _items_of_struct(args, x, 1, of)
    return Known(of(args[0]).clean and found.words is not None, found.words)


def _if(clean: bool, value: Known) -> Known:
    """The same but for being clean."""
    return value if value.clean is clean else Known(clean, *value[1:])


RULES: dict[str, Rule] = {
    "like": lambda args, x, y, of: Known(True, ((x, x),)),
    "move": lambda args, x, y, of: of(args[0]),
    "strict": lambda args, x, y, of: _if(all(of(a).clean for a in args), of(args[0])),
    "range": lambda args, x, y, of: Known(True),
    "pairs_where": lambda args, x, y, of: Known(True),
    "single": lambda args, x, y, of: of(args[0]),
    "repeat": lambda args, x, y, of: of(args[0]),
    "struct": _struct,
    "field": _field,
    "items_of_struct": _items_of_struct,
    "items_of_drawn_indices": lambda args, x, y, of: Known(
        True, hull(of(args[2]).words, (COORDINATE, COORDINATE))
    ),
    "items_of_drawn_object": lambda args, x, y, of: Known(
        True, hull(of(args[2]).words, (COLOUR, COORDINATE, COORDINATE))
    ),
    "items_of_list": lambda args, x, y, of: of(args[0]).item or Known(True),
    "build": lambda args, x, y, of: Known(item=of(args[1]) if x else _if(True, of(args[1]))),
    "extreme": _extreme,
    "coloured_line": _coloured_line,
    "equal": _both,
    "equal_lists": _both,
    "apart": _apart,
    "line_size": _apart,
    "line_end": _line_end,
    "either": _both,
    "flip": lambda args, x, y, of: Known(of(args[0]).clean, (FLAG,)),
    "truth": lambda args, x, y, of: Known(of(args[0]).clean, (FLAG,)),
}


def of_constant(words: tuple[int, ...]) -> Known:
    """Of a constant's row."""
    return Known(True, tuple((w, w) for w in words))
