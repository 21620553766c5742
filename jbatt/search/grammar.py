"""What enumeration builds programs from: expressions with slots, each with a weight, by the kind of value they give.

Kinds are finer than types: a colour, a count, a location, a direction and a size have no business in each other's places. A
slot is the name of a kind; `grid1` stands twice for one value. `I` is the input. The weight is what an expression adds
to the cost of its arguments: values are made in the order of their costs. An expression without slots may have weight 0. Weights follow
how often an expression is part of what is found for ARC-AGI-1's training tasks, for the evaluations that it takes.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import Any, NamedTuple

from jbatt.dsl.parameters import PARAMETERS
from jbatt.program.constants import CONSTANTS
from jbatt.values.types import GRID, INDICES, INTEGER, OBJECT, PAIR, Type, set_of, tuple_of

KINDS: dict[str, Type] = {
    "grid": GRID,
    "object": OBJECT,
    "indices": INDICES,
    "objects": set_of(OBJECT),
    "grids": tuple_of(GRID),
    "colour": INTEGER,
    "number": INTEGER,
    "cell": PAIR,
    "step": PAIR,
    "dims": PAIR,
}

FEW = "few", "indices"
"""A kind whose values are those of another that have at most MOST_FEW cells on each demo: what is done for each cell is dear."""
MOST_FEW = 16

NUMBERS = {1: 1, 2: 1, 3: 1, 4: 3, 5: 4, 0: 4}
"""Constants of kind `number`, with their costs."""
STEPS = dict.fromkeys(((-1, 0), (1, 0), (0, -1), (0, 1)), 2) | dict.fromkeys(
    ((-1, -1), (-1, 1), (1, -1), (1, 1)), 3
)
CELLS = {(0, 0): 2}
DIMS = {(2, 2): 3, (3, 3): 3, (1, 1): 4}
HINTED, COLOUR = 1, 2
"""Costs of colours that the demo outputs gain or lose, and of the others in the demos."""

TEXT = """
grid
1 hmirror(grid)
1 vmirror(grid)
1 dmirror(grid)
2 cmirror(grid)
3 rot90(grid)
2 rot180(grid)
3 rot270(grid)
1 tophalf(I)
1 bottomhalf(I)
1 lefthalf(I)
1 righthalf(I)
3 tophalf(grid)
3 bottomhalf(grid)
3 lefthalf(grid)
3 righthalf(grid)
2 trim(grid)
2 compress(grid)
1 upscale(I, number)
3 upscale(grid, number)
3 hupscale(grid, number)
3 vupscale(grid, number)
1 downscale(grid, number)
2 upscale(I, numcolors(I))
3 hconcat(grid, grid)
3 vconcat(grid, grid)
2 cellwise(grid, grid, colour)
2 replace(grid, colour, colour)
2 switch(grid, colour, colour)
1 subgrid(object, grid)
3 subgrid(indices, grid)
2 cover(grid, object)
2 cover(grid, indices)
2 fill(grid, colour, indices)
3 fill(grid, colour, object)
3 underfill(grid, colour, indices)
4 underfill(grid, colour, object)
2 paint(grid, object)
3 underpaint(grid, object)
2 move(grid, object, step)
1 canvas(colour, shape(I))
3 canvas(colour, shape(grid))
2 canvas(colour, dims)
2 crop(grid, cell, dims)
2 first(grids)
2 last(grids)
3 first(totuple(grids))
3 mostcommon(grids)
3 leastcommon(grids)
3 argmax(grids, numcolors)
3 argmin(grids, numcolors)
3 extract(grids, matcher(rbind(colorcount, colour), number))
2 subgrid(asindices(canvas(colour, dims)), grid)
3 branch(portrait(I), grid, grid)
3 paint(canvas(colour, dims), object)
grids
2 hsplit(grid, number)
2 vsplit(grid, number)
4 apply(rbind(subgrid, grid), totuple(objects))
3 apply(rbind(subgrid, grid), order(objects, size))
objects
0 objects(I, T, T, T)
4 objects(grid, T, T, T)
0 objects(I, T, F, T)
4 objects(grid, T, F, T)
0 objects(I, F, T, T)
4 objects(grid, F, T, T)
2 objects(I, F, F, T)
4 objects(grid, F, F, T)
2 objects(I, T, F, F)
4 objects(grid, T, F, F)
2 objects(I, T, T, F)
4 objects(grid, T, T, F)
0 partition(I)
3 partition(grid)
0 fgpartition(I)
3 fgpartition(grid)
3 frontiers(I)
1 colorfilter(objects, colour)
1 sizefilter(objects, number)
2 sfilter(objects, square)
2 sfilter(objects, compose(flip, square))
2 sfilter(objects, vline)
2 sfilter(objects, hline)
2 sfilter(objects, portrait)
2 sfilter(objects, compose(flip, portrait))
2 sfilter(objects, matcher(height, number))
2 sfilter(objects, matcher(width, number))
2 sfilter(objects, matcher(numcolors, number))
2 sfilter(objects, compose(flip, matcher(size, number)))
2 sfilter(objects, rbind(bordering, I))
2 sfilter(objects, compose(flip, rbind(bordering, I)))
3 sfilter(objects, rbind(adjacent, object))
3 sfilter(objects, compose(flip, rbind(adjacent, object)))
2 sfilter(objects, matcher(delta, initset(ORIGIN)))
3 sfilter(objects, compose(positive, compose(size, delta)))
3 difference(objects, objects)
2 remove(object, objects)
3 apply(normalize, objects)
object
2 merge(objects)
1 argmax(objects, size)
1 argmin(objects, size)
2 argmax(objects, height)
2 argmin(objects, height)
2 argmax(objects, width)
2 argmin(objects, width)
2 argmax(objects, numcolors)
2 argmin(objects, numcolors)
2 argmax(objects, uppermost)
2 argmin(objects, uppermost)
2 argmax(objects, leftmost)
2 argmin(objects, leftmost)
3 argmax(objects, compose(size, delta))
3 argmin(objects, compose(size, delta))
3 argmax(objects, rbind(colorcount, colour))
3 argmin(objects, rbind(colorcount, colour))
2 first(objects)
3 last(objects)
2 mostcommon(totuple(objects))
2 leastcommon(totuple(objects))
2 extract(objects, square)
2 extract(objects, matcher(color, colour))
2 extract(objects, rbind(bordering, I))
3 mfilter(objects, rbind(adjacent, object))
2 asobject(grid)
3 toobject(indices, grid)
2 recolor(colour, indices)
2 recolor(colour, object)
1 shift(object, step)
2 shift(object, multiply(step, number))
2 shift(object, shape(object1))
2 shift(object, gravitate(object, object1))
3 shift(asobject(grid), step)
2 hmirror(object)
2 vmirror(object)
2 dmirror(object)
2 cmirror(object)
2 normalize(object)
3 upscale(object, number)
2 mapply(rbind(shift, step), objects)
2 mapply(hmirror, objects)
2 mapply(vmirror, objects)
3 mapply(dmirror, objects)
3 mapply(fork(recolor, color, outbox), objects)
3 mapply(fork(recolor, color, inbox), objects)
3 mapply(fork(recolor, color, backdrop), objects)
3 mapply(fork(recolor, color, delta), objects)
3 mapply(fork(recolor, color, box), objects)
3 mapply(fork(recolor, color, compose(vfrontier, center)), objects)
3 mapply(fork(recolor, color, compose(hfrontier, center)), objects)
4 mapply(fork(recolor, color, compose(rbind(shoot, step), center)), objects)
3 mapply(compose(lbind(recolor, colour), toindices), objects)
3 mapply(lbind(recolor, colour), objects)
3 recolor(color(object), indices)
3 combine(object, object)
indices
1 ofcolor(I, colour)
2 ofcolor(grid, colour)
3 asindices(grid)
2 toindices(object)
1 delta(object)
2 delta(indices)
2 backdrop(object)
3 backdrop(indices)
2 box(object)
2 box(indices)
2 inbox(object)
3 inbox(indices)
2 outbox(object)
3 outbox(indices)
2 corners(object)
2 corners(indices)
2 outbox(inbox(object))
2 outbox(outbox(object))
1 mapply(delta, objects)
1 mapply(backdrop, objects)
1 mapply(box, objects)
1 mapply(inbox, objects)
1 mapply(outbox, objects)
2 mapply(corners, objects)
2 mapply(toindices, objects)
3 mapply(compose(delta, inbox), objects)
3 mapply(compose(backdrop, inbox), objects)
3 mapply(compose(outbox, outbox), objects)
3 mapply(compose(corners, outbox), objects)
2 mapply(compose(vfrontier, center), objects)
2 mapply(compose(hfrontier, center), objects)
2 mapply(vfrontier, few)
2 mapply(hfrontier, few)
2 mapply(neighbors, few)
2 mapply(dneighbors, few)
2 mapply(ineighbors, few)
2 mapply(rbind(shoot, step), few)
3 mapply(compose(rbind(shoot, step), center), objects)
3 mapply(compose(rbind(shoot, step), ulcorner), objects)
3 mapply(compose(rbind(shoot, step), lrcorner), objects)
3 mfilter(prapply(connect, few1, few1), hline)
3 mfilter(prapply(connect, few1, few1), vline)
3 mapply(fork(connect, ulcorner, lrcorner), objects)
3 mapply(fork(connect, llcorner, urcorner), objects)
3 sfilter(indices, compose(even, first))
3 sfilter(indices, compose(even, last))
3 sfilter(indices, matcher(first, number))
2 intersection(indices, indices)
1 difference(indices, indices)
2 combine(indices, indices)
1 shift(indices, step)
2 shift(indices, multiply(step, number))
3 hmirror(indices)
3 vmirror(indices)
2 initset(cell)
2 shoot(cell, step)
2 vfrontier(cell)
2 hfrontier(cell)
2 connect(cell, cell)
2 neighbors(cell)
2 toindices(merge(frontiers(I)))
3 toindices(merge(difference(objects, objects)))
3 occurrences(grid, object)
colour
0 mostcolor(I)
0 leastcolor(I)
3 mostcolor(grid)
3 leastcolor(grid)
1 color(object)
1 mostcolor(object)
3 leastcolor(object)
2 other(palette(I), colour)
4 other(palette(grid), colour)
2 other(palette(object), colour)
2 index(grid, cell)
number
1 size(objects)
2 size(indices)
2 size(object)
1 height(I)
1 width(I)
3 height(grid)
3 width(grid)
2 height(object)
2 width(object)
2 numcolors(I)
2 numcolors(object)
2 colorcount(I, colour)
2 increment(number)
2 decrement(number)
2 double(number)
2 halve(number)
2 add(number, number)
2 multiply(number, number)
cell
1 ulcorner(object)
2 urcorner(object)
2 llcorner(object)
1 lrcorner(object)
1 center(object)
2 center(indices)
2 ulcorner(indices)
2 lrcorner(indices)
2 add(cell, step)
2 first(indices)
step
2 gravitate(object, object)
3 position(object, object)
3 invert(step)
dims
1 shape(I)
3 shape(grid)
1 shape(object)
2 astuple(number, number)
3 double(dims)
3 halve(dims)
3 decrement(dims)
3 increment(dims)
"""


class Rule(NamedTuple):
    """result: a kind; slots: kinds, in the order of the placeholders; template: nested tuples (name, *arguments) of
    placeholders (int), constants (`Constant`), bare primitives (str) and `I` (None); text: as written."""

    result: str
    slots: tuple[str, ...]
    template: Any
    weight: int
    text: str


class Constant(NamedTuple):
    """A constant inside a template."""

    value: Any


@cache
def rules() -> tuple[Rule, ...]:
    """The rules of the grammar. Raises ValueError for a line that is none."""
    found: list[Rule] = []
    result = ""
    for line in filter(None, map(str.strip, TEXT.splitlines())):
        if line in KINDS:
            result = line
            continue
        weight, _, text = line.partition(" ")
        slots: list[str] = []
        names: dict[str, int] = {}
        template = _template(ast.parse(text, mode="eval").body, slots, names)
        found.append(Rule(result, tuple(slots), template, int(weight), text))
    return tuple(found)


def _template(node: ast.expr, slots: list[str], names: dict[str, int]) -> Any:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PARAMETERS:
        return (node.func.id, *(_template(a, slots, names) for a in node.args))
    if not isinstance(node, ast.Name):
        raise ValueError(f"{ast.unparse(node)}: expected calls of primitives on names")
    name = node.id
    if name == "I":
        return None
    kind = re.fullmatch(r"([a-z]+?)(\d?)", name)
    if kind and (kind[1] in KINDS or kind[1] == FEW[0]):
        if kind[2] and name in names:
            return names[name]
        slots.append(kind[1])
        names[name] = len(slots) - 1
        return len(slots) - 1
    if name in CONSTANTS:
        return Constant(CONSTANTS[name])
    if name in PARAMETERS:
        return name
    raise ValueError(f"{name}: neither a kind, a constant nor a primitive")
