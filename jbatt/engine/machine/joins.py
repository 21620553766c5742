"""Pairs of items that are kept by comparing a word of one with a word of the other: found without making all pairs.

Programs make all pairs of some hundred cells, keep those in one row or of one colour, and draw lines between these. Of
the pairs only the places of the two items are made, and only where the conditions hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jbatt.engine.machine.items import BITS, MOST

if TYPE_CHECKING:
    from jbatt.engine.machine.step_graph import StepGraph

ALL = (1 << (1 << MOST)) - 1
"""A table that holds whatever the comparisons give."""
MADE_OF_ROWS = frozenset(["struct", "coloured_line"])
"""Steps, beside those of primitives, that a row for each pair may be made by: the rows that are left are made by them, too."""
CONNECTIVES = {"either": lambda a, b: a | b, "both": lambda a, b: a & b}


class Join(NamedTuple):
    """Pairs of the items of two containers' heads. left, right: rows that the comparisons take words of.

    table: bit n says whether a pair is kept for which comparison k holds where bit k of n is set.
    """

    heads: tuple[int, int]
    left: int | None
    right: int | None
    comparisons: tuple[tuple[int, int, int], ...]
    table: int
    places: int | None


class NoJoin(Exception):
    """The condition is another one."""


def kept(a: StepGraph, heads: int, values: int, mask: int) -> tuple[int, int] | None:
    """Heads and values of the pairs whose mask is set, if the mask compares words of both items."""
    before = _of(a, heads)
    if before is None or not a.known[mask >> 1].clean:
        return None
    found = _Condition(a, before)
    try:
        table = found.table(mask) & before.table
        join = found.join(table)
        assert join.left is not None and join.right is not None
        one, other = join.heads
        x = sum((u | v << 3 | g << 6) << (BITS * k) for k, (u, v, g) in enumerate(join.comparisons))
        new, places = a.many("pairs_where", one, join.left, other, join.right, x=x, y=table)
        return new, _taken(a, before, heads, values, new, places)
    except NoJoin:
        return None


def pairs_of(a: StepGraph, heads: int) -> tuple[int, int] | None:
    """The heads of the two containers, where these heads are of pairs of their items."""
    join = _of(a, heads)
    return join and join.heads


def _of(a: StepGraph, heads: int) -> Join | None:
    """All pairs, or those that a join has kept."""
    number = heads >> 1
    name, args = a.names[a.op[number]], a.args[number]
    if name == "cross_heads":
        return Join((args[0], args[1]), None, None, (), ALL, None)
    if name == "pairs_where":
        code = a.x[number]
        words = [(code >> BITS * k) & 127 for k in range(MOST)]
        comparisons = tuple((w & 7, w >> 3 & 7, w >> 6) for w in words if w)
        return Join((args[0], args[2]), args[1], args[3], comparisons, a.y[number], number * 2)
    return None


def _side(a: StepGraph, join: Join, ref: int) -> tuple[int, int] | None:
    """Whether a row for each pair is that of its left item (1) or its right one (2), and the rows of the items."""
    number = ref >> 1
    name, args = a.names[a.op[number]], a.args[number]
    if join.places is None:
        if name == "cross_first" and (args[0], args[2]) == join.heads:
            return 1, args[1]
        if name == "cross_second" and (args[0], args[1]) == join.heads:
            return 2, args[2]
    elif name == "taken" and args[1] == join.places:
        return a.x[number], args[0]
    return None


def _taken(a: StepGraph, join: Join, heads: int, ref: int, new: int, places: int) -> int:
    """The rows of the pairs that are left, made of those of their items."""
    side = _side(a, join, ref)
    if side is not None:
        return a.step("taken", side[1], places, x=side[0])
    number = ref >> 1
    name, args = a.names[a.op[number]], a.args[number]
    if name == "spread" and args[0] == heads:
        return a.step("spread", new, args[1])
    is_made_of_rows = name in MADE_OF_ROWS or (isinstance(name, tuple) and len(name) == 2)
    if not a.known[number].clean or not is_made_of_rows:
        raise NoJoin
    own = [_taken(a, join, heads, k, new, places) for k in args]
    return a.step(name, *own, x=a.x[number], y=a.y[number])


class _Condition:
    """A condition on pairs, read from the steps that would tell it for all of them."""

    def __init__(self, a: StepGraph, join: Join):
        self.a, self.before = a, join
        self.left, self.right = join.left, join.right
        self.comparisons = list(join.comparisons)

    def join(self, table: int) -> Join:
        if self.left is None or self.right is None:
            raise NoJoin
        return self.before._replace(
            left=self.left, right=self.right, comparisons=tuple(self.comparisons), table=table
        )

    def table(self, ref: int) -> int:
        """For each outcome of the comparisons whether the condition holds."""
        a, number = self.a, ref >> 1
        name, args = a.names[a.op[number]], a.args[number]
        primitive = name if isinstance(name, str) else name[0].primitive if len(name) == 2 else ""
        if primitive in CONNECTIVES:
            return CONNECTIVES[primitive](*[self.table(k) for k in args])
        if primitive == "flip":
            return ALL & ~self.table(args[0])
        if name == "equal":
            found = ALL if a.x[number] else 0
            for word in range(1, a.x[number] + 1):
                found &= self.comparison(args[0], args[1], word, 0)
            return found
        if primitive == "greater":
            return self.comparison(args[0], args[1], 1, 1)
        raise NoJoin

    def comparison(self, one: int, other: int, word: int, greater: int) -> int:
        sides = [_side(self.a, self.before, ref) for ref in (one, other)]
        if None in sides:
            raise NoJoin
        (first, u), (second, v) = sides  # type: ignore[misc]
        if (first, second) == (2, 1) and not greater:
            (first, u), (second, v) = (second, v), (first, u)
        if (first, second) != (1, 2):
            raise NoJoin
        self.left, i = self.word(self.left, u, word)
        self.right, j = self.word(self.right, v, word)
        key = (i, j, greater)
        if key not in self.comparisons:
            if len(self.comparisons) == MOST:
                raise NoJoin
            self.comparisons.append(key)
        k = self.comparisons.index(key)
        return sum(1 << n for n in range(1 << MOST) if n >> k & 1)

    def word(self, base: int | None, ref: int, word: int) -> tuple[int, int]:
        """Rows that have a word, and its number in these."""
        number = ref >> 1
        if base != ref and self.a.names[self.a.op[number]] == "field" and not self.a.y[number]:
            ref, word = self.a.args[number][0], word + self.a.x[number]
        if base is not None and base != ref:
            raise NoJoin
        return ref, word
