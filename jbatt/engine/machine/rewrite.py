"""Steps that give the same rows for less: chosen while a program is assembled.

The programs that cost most make thousands of pairs of cells, draw a line for each and keep a few of the lines. So fields are
taken before pairs are made, what is kept is drawn after it was chosen, and lines are told apart by their ends.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from jbatt.dsl.domain import resolve
from jbatt.engine.machine import joins, nearest
from jbatt.engine.machine.drawing import FIRST, LOWEST
from jbatt.engine.machine.known import is_colour, near, placed
from jbatt.engine.machine.once import is_row_by_row, of_repeated
from jbatt.engine.machine.table import LINES
from jbatt.values.types import PAIR

if TYPE_CHECKING:
    from jbatt.engine.machine.step_graph import StepGraph

SPREADING = {"spread": 1, "cross_first": 1, "cross_second": 2, "taken": 0}
"""Steps that repeat the rows of an argument, so that there is less to do for these."""
LOCATIONS = frozenset(["items_of_indices"])


def field(a: StepGraph, ref: int, before: int, wide: int, pair: bool) -> int:
    """The reference of `wide` words from word `before` on of the rows of `ref`. pair: it is a pair, of which one is a number."""
    number = ref >> 1
    name, args, x = a.names[a.op[number]], a.args[number], a.x[number]
    words = a.known[number].words
    pair = pair and words is None
    if name == "struct":
        left, right = args
        if before + wide <= x and a.known[right >> 1].clean:
            return left if not before and wide == x and not pair else field(a, left, before, wide, pair)
        if before >= x and a.known[left >> 1].clean:
            return field(a, right, before - x, wide, pair)
    if name == "field" and not a.y[number] and not pair:
        return field(a, args[0], before + x, wide, pair)
    if name in SPREADING:
        its = list(args)
        its[SPREADING[name]] = field(a, its[SPREADING[name]], before, wide, pair)
        return a.step(name, *its, x=x)
    if not before and not pair:
        return ref  # further words are not looked at
    return a.step("field", ref, x=before, y=int(pair))


def kept(a: StepGraph, heads: int, values: int, mask: int) -> tuple[int, int]:
    """Heads and values of the items whose mask is set. What is made of several values is made of what is kept of them."""
    joined = joins.kept(a, heads, values, mask)
    if joined is not None:
        return joined
    keeping = _Keeping(a, heads, mask)
    if not keeping.has_own(values):
        return a.many("keep", heads, values, mask)
    made = keeping.of(values)
    return keeping.found[0], made


class _Keeping:
    """What is kept of items, whatever is made of them being made later. found: the heads of what is kept."""

    def __init__(self, a: StepGraph, heads: int, mask: int):
        self.a, self.heads, self.mask = a, heads, mask
        self.found: list[int] = []

    def drawn_later(self, ref: int) -> bool:
        a = self.a
        name = a.names[a.op[ref >> 1]]
        drawn = is_row_by_row(a, name) and a.opcodes[name].kind == LINES
        plain = isinstance(name, tuple) and len(name) == 2 and a.opcodes[name].row
        if not (name == "struct" or drawn or plain):
            return False
        return a.known[ref >> 1].clean and not _needs(a, self.mask, ref)

    def of(self, ref: int) -> int:
        """What is kept of a step's rows."""
        a, number = self.a, ref >> 1
        args = a.args[number]
        if not self.drawn_later(ref):
            made = a.step("keep", self.heads, ref, self.mask)
            self.found.append(made + 1)
            return made
        # What is spread over the items is only repeated as often as there are some left.
        ready = {k: self.of(k) for k in args if not _is_spread(a, k, self.heads)}
        again = {k: a.step("spread", self.found[0], a.args[k >> 1][1]) for k in args if k not in ready}
        both = {**ready, **again}
        return a.step(a.names[a.op[number]], *[both[k] for k in args], x=a.x[number], y=a.y[number])

    def has_own(self, ref: int) -> bool:
        """Whether everything that is to be made later has an argument that differs from item to item, at its very ends."""
        if not self.drawn_later(ref):
            return True
        own = [k for k in self.a.args[ref >> 1] if not _is_spread(self.a, k, self.heads)]
        return bool(own) and all(self.has_own(k) for k in own)


def _is_spread(a: StepGraph, ref: int, heads: int) -> bool:
    number = ref >> 1
    return a.names[a.op[number]] == "spread" and a.args[number][0] == heads


def _needs(a: StepGraph, ref: int, other: int) -> bool:
    """Whether a step needs another one's rows."""
    target, seen, todo = other >> 1, set(), [ref >> 1]
    while todo:
        number = todo.pop()
        if number == target:
            return True
        if number > target and number not in seen:
            seen.add(number)
            todo += [k >> 1 for k in a.args[number]]
    return False


# Locations instead of planes ---------------------------------------------------------------------------------------


def _apart(a: StepGraph, args: tuple[int, ...], x: int) -> int | None:
    """`manhattan` of two patches of one cell each."""
    ends = [of_repeated(a, ref, lambda patch: _only_location(a, patch)) for ref in args]
    return None if None in ends else a.step("apart", *ends)  # type: ignore[arg-type]


def _only_location(a: StepGraph, ref: int) -> int | None:
    """The location of the one cell of a patch that was made of it; None for other patches."""
    number = ref >> 1
    name, args = a.names[a.op[number]], a.args[number]
    if not isinstance(name, tuple) or name[0].primitive != "initset" or not near(a.known[args[0] >> 1]):
        return None
    if name[1] == (PAIR,):
        return args[0]
    return field(a, args[0], 1, 2, False) if is_colour(a.known[args[0] >> 1]) else None


# Lines by their ends ----------------------------------------------------------------------------------------------


def _size(a: StepGraph, args: tuple[int, ...], x: int) -> int | None:
    ends = _line(a, args[0])
    return None if ends is None else a.step("line_size", *ends)


def _coloured(a: StepGraph, args: tuple[int, ...], x: int) -> int | None:
    ends = _connects(a, args[1])
    return None if ends is None else a.step("coloured_line", args[0], *ends)


def _drawn_together(a: StepGraph, args: tuple[int, ...], x: int) -> int | None:
    return _connected(a, *args) or _uncoloured(a, *args)


def united(a: StepGraph, heads: int, values: int) -> int | None:
    """Coloured lines of a container drawn over each other: (heads, colours, ends...), none of them drawn before."""
    number = values >> 1
    if a.names[a.op[number]] != "coloured_line" or not a.known[number].clean:
        return None
    return a.step("united_lines", heads, *a.args[number])


def under(a: StepGraph, grid: int, patch: int) -> list[int]:
    """The arguments of `underpaint`. Of the colours of a location it looks at the first that is not the grid's background: of
    patches drawn over each other, or one after the other as a tuple's cells, only these need be drawn, however many there are."""
    ref, wrong = without_strict(a, patch)
    number = ref >> 1
    name, args = a.names[a.op[number]], a.args[number]
    if name == "union" or (
        isinstance(name, tuple) and name[2:] == ("united",) and name[0].primitive == "shift"
    ):
        made = a.step(name, *args, grid, x=LOWEST)
    elif name == "scatter_cells_in_order" and a.names[a.op[args[1] >> 1]] == "items_of_list":
        ref, more = without_strict(a, a.args[args[1] >> 1][0])
        items = a.args[ref >> 1]
        if args[0] != args[1] + 1 or a.names[a.op[ref >> 1]] != "build" or items[0] != items[1] + 1:
            return [grid, patch]
        if a.names[a.op[items[1] >> 1]] != "flatten_object":
            return [grid, patch]
        made = a.step("union", *a.args[items[1] >> 1], grid, x=FIRST)
        wrong = [*wrong, *more]
    else:
        return [grid, patch]
    return [grid, _strictly(a, made, wrong)]


def shifted(a: StepGraph, patch: int, pair: int) -> int | None:
    """`shift` of patches that were shifted and drawn over each other: each of them is shifted once, by the sum.

    What leaves the window on the way and comes back is there, so no larger one is needed.
    """
    ref, wrong = without_strict(a, patch)
    number = ref >> 1
    name, args = a.names[a.op[number]], a.args[number]
    if not (isinstance(name, tuple) and name[2:] == ("united",) and name[0].primitive == "shift"):
        return None
    heads, each, pairs = args
    if not all(a.known[k >> 1].clean and a.known[k >> 1].words is not None for k in (pair, pairs)):
        return None
    both = a.step((resolve("add", (PAIR, PAIR))[0], (PAIR, PAIR)), pairs, a.step("spread", heads, pair))
    made = a.step(name, heads, each, both)
    return _strictly(a, made, wrong)


def without_strict(a: StepGraph, ref: int) -> tuple[int, list[int]]:
    """What a value is but for what else is wrong with it, and the numbers of the steps that say so."""
    wrong = []
    while a.names[a.op[ref >> 1]] in ("strict", "strict_heads"):
        wrong.append(ref >> 1)
        ref = a.args[ref >> 1][0]
    return ref, wrong


def _strictly(a: StepGraph, made: int, wrong: list[int]) -> int:
    """A value with what else is wrong with another one, as `without_strict` tells it."""
    for other in reversed(wrong):
        made = a.step(a.names[a.op[other]], made, *a.args[other][1:])
    return made


def _uncoloured(a: StepGraph, heads: int, first: int, second: int) -> int | None:
    """As `united`, of lines without colours."""
    if not all(placed(a.known[ref >> 1]) for ref in (first, second)):
        return None
    return a.step("united_lines", heads, a.step("spread", heads, a.constant((0,))), first, second)


def _connects(a: StepGraph, ref: int) -> tuple[int, ...] | None:
    """What `connect` drew lines between, where it did."""
    name = a.names[a.op[ref >> 1]]
    is_line = isinstance(name, tuple) and len(name) == 2 and name[0].primitive == "connect"
    return a.args[ref >> 1] if is_line else None


def _line(a: StepGraph, ref: int) -> tuple[int, ...] | None:
    """The ends of lines with which nothing can be wrong, in whatever colour."""
    number = ref >> 1
    if not a.known[number].clean:
        return None
    return a.args[number][1:] if a.names[a.op[number]] == "coloured_line" else _connects(a, ref)


def _end(a: StepGraph, args: tuple[int, ...], x: int, which: int) -> int | None:
    """`first` (0) or `last` (1) of a line, with its colour if it has one."""
    ends = _line(a, args[0])
    if ends is None:
        return None
    end = a.step("line_end", *ends, x=which)
    number = args[0] >> 1
    return a.step("struct", a.args[number][0], end, x=1) if a.names[a.op[number]] == "coloured_line" else end


def _is_line(a: StepGraph, args: tuple[int, ...], x: int, word: int) -> int | None:
    """`vline` or `hline`: the ends are in one column (word 1) or one row (0). A single cell is both; of no straight line neither holds."""
    ends = _line(a, args[0])
    return None if ends is None else a.step("equal", *[field(a, end, word, 1, False) for end in ends], x=1)


def _connected(a: StepGraph, heads: int, first: int, second: int) -> int | None:
    """The lines between all cells of one patch and all cells of another, in one step."""
    a_name, its = a.names[a.op[first >> 1]], a.args[first >> 1]
    b_name, others = a.names[a.op[second >> 1]], a.args[second >> 1]
    if a_name != "cross_first" or b_name != "cross_second":
        return None
    (of_a, ones, of_b), (also_a, also_b, more) = its, others
    if (of_a, of_b) != (also_a, also_b) or heads != a.step("cross_heads", of_a, of_b) + 1:
        return None
    # All cells of the patches, with the heads that they came with.
    if (of_a, of_b) != (ones + 1, more + 1):
        return None
    if any(a.names[a.op[ref >> 1]] not in LOCATIONS for ref in (ones, more)):
        return None
    return a.step("connected", a.args[ones >> 1][0], a.args[more >> 1][0])


# Which steps ------------------------------------------------------------------------------------------------------

Instead = Callable[["StepGraph", tuple[int, ...], int], int | None]
"""Gives a cheaper step for one of these arguments and this `x`, where there is one."""
INSTEAD: dict[str, Instead] = {
    "vline": partial(_is_line, word=1),
    "hline": partial(_is_line, word=0),
    "size": _size,
    "first": partial(_end, which=0),
    "last": partial(_end, which=1),
    "manhattan": _apart,
    "recolor": _coloured,
    "add": nearest.apart,
}
"""For primitives on rows."""


def instead_of(name: Any) -> Instead | None:
    """What may give a cheaper step than those of a name."""
    if name == "best":
        return nearest.best
    if not isinstance(name, tuple):
        return None
    if name[2:] == ("united",) and name[0].primitive == "connect":
        return _drawn_together
    return INSTEAD.get(name[0].primitive) if len(name) == 2 else None
