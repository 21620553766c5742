"""Primitives on rows as operations of the machine: the registry's overloads, each type combination one opcode."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import jax
import jax.numpy as jnp
from jax import lax

import jbatt.dsl
from jbatt.dsl.registry import REGISTRY, Overload, Same
from jbatt.engine.kernels import flags_of, pack, with_side
from jbatt.engine.machine.bits import FEW_LINES, lines_by_bits
from jbatt.engine.machine.blocks import row_by_row
from jbatt.engine.machine.context import LEFT, NEXT_P, POLICY, SEQUENCE, Context, bit, hard
from jbatt.engine.machine.drawing import SIZED, in_rounds, over_each_other, too_large_for_any, united
from jbatt.engine.machine.layout import WORDS, block_of, is_none, load, plane_at, row_of
from jbatt.engine.missing import without
from jbatt.engine.wide import RETURNED
from jbatt.values.flags import CLIPPED, ERROR, MULTI, OVERFLOW, UNSUPPORTED
from jbatt.values.row import Out
from jbatt.values.types import BOOLEAN, GRID, INTEGER, OBJECT, PAIR, UNIONS, is_patch, item_type

LIMIT = 1 << 30
"""Integers from here on are left to the host, so that no sum here wraps round."""
MAX_ARGS = 4
UNITED = frozenset(["connect", "shift", "shoot", "neighbors", "dneighbors", "hfrontier", "vfrontier"])
"""Primitives whose results are often merged: there is a step for that as a whole."""
COLOURED_LINE = (INTEGER, PAIR, PAIR)
"""What is given to `coloured_line`."""
BYTE = 254
"""Items of a family that a byte can number, beside the number of cells that belong to none."""


def signatures() -> Iterator[tuple[Overload, tuple, object]]:
    """All overloads with all types that they are called with: (overload, types, result)."""
    jbatt.dsl.load()
    for name in sorted(REGISTRY):
        for overload in REGISTRY[name].overloads:
            for types in itertools.product(*(UNIONS.get(t, (t,)) for t in overload.args)):
                result = overload.result
                yield overload, types, types[result.position] if isinstance(result, Same) else result


def draws(result) -> bool:
    """Whether a result has a plane."""
    return result is GRID or is_patch(result)


def policies(overload: Overload, types: tuple) -> int:
    """What clipped and two-coloured patches and None among the arguments mean, as the policy word of an instruction."""
    word = 0
    for k, t in enumerate(types):
        if is_patch(t):
            word |= 1 << k
        word |= {0: 0, ERROR: 1, UNSUPPORTED: 2}[without(overload, t)] << (12 + 2 * k)
    for shift, policy in ((8, overload.clipped), (10, overload.multi)):
        if policy in ("exact", "unsupported"):
            word |= 1 << shift
        elif policy == "through":
            word |= 2 << shift
    if overload.primitive in RETURNED:
        word |= 1 << 10
    return word


def by_itself(word: int) -> int:
    """A policy word for a step that looks at objects with two colours at a location itself."""
    return word & ~(3 << 10)


def argument_flags(ins, rows):
    """The hard flags that arguments (rows int32[A, 8]) bring, and the patch flags that the result inherits."""
    word, flags = ins[POLICY], rows[:, 0]

    def given_by(k: int, flag: int, shift: int) -> tuple:
        patch = (word >> k) & 1 != 0
        there = patch & ((flags[k] & flag) != 0)
        return there & ((word >> shift) & 1 != 0), there & ((word >> shift) & 2 != 0)

    given, onward = jnp.int32(0), jnp.int32(0)
    for k in range(flags.shape[0]):
        given |= hard(flags[k])
        for flag, becomes, shift in ((CLIPPED, OVERFLOW, 8), (MULTI, LEFT, 10)):
            stops, stays = given_by(k, flag, shift)
            given |= bit(stops, becomes)
            onward |= bit(stays, flag)
        stops, stays = given_by(k, SEQUENCE, 10)
        given |= bit(stops | stays, LEFT)
        missing = is_none(rows[k, 1]) | is_none(rows[k, 2])
        none = (word >> (12 + 2 * k)) & jnp.where(missing & (hard(flags[k]) == 0), 3, 0)
        given |= bit(none == 1, ERROR) | bit(none == 2, UNSUPPORTED)
    return given, onward


def result_of(out) -> Out:
    return out if isinstance(out, Out) else Out(out)


def called_on_rows(overload: Overload, types: tuple, side: int):
    """The overload on the rows of its arguments: `called(planes, rows)`."""
    function = with_side(overload.function, side)

    def called(planes, rows) -> tuple[list, Out]:
        args = [load(t, list(row[1:]), planes, side) for t, row in zip(types, rows, strict=True)]
        return args, result_of(function(*args))

    return called


def own_flags(out: Out, words):
    """The flags that a function reports; an error is certain."""
    flags = flags_of(out)
    for word in words:
        # The largest negative number, which is None, is its own absolute value.
        flags |= bit(jnp.abs(word) >= LIMIT, LEFT)
    return jnp.where((flags & ERROR) != 0, ERROR, flags)


def scan(overload: Overload, types: tuple, result, side: int):
    """A step that reads planes and gives a row without one."""
    called = called_on_rows(overload, types, side)

    def step(c: Context, heads, onward):
        _, out = called(c.memory.P, heads[: len(types)])
        words, _ = pack(result, out.value)
        return row_of(own_flags(out, words) | onward, words), c.go(c.slot(0).rows, 1, n=1)

    return step


def drawn(c: Context, out: Out, result, onward, sized: bool = False):
    """What a step gives for a result with a plane. sized: of a grid that is too large the size is known all the same."""
    words, plane = pack(result, out.value)
    own = own_flags(out, words)
    if sized:
        own = too_large_for_any(own, *words)
    there = hard(own) == 0
    place = jnp.where(there, c.registers[NEXT_P], 0)  # plane 0 is empty
    return row_of(own | onward, [place, *words]), plane, c.go(c.slot(0).rows, 1, n=1, planes=there)


def draw(overload: Overload, types: tuple, result, side: int):
    """A step that gives a row with a plane."""
    called, sized = called_on_rows(overload, types, side), overload.primitive in SIZED

    def step(c: Context, heads, onward):
        return drawn(c, called(c.memory.P, heads[: len(types)])[1], result, onward, sized)

    return step


def united_lines(overload: Overload, side: int):
    """As `united_draw` of `connect` for pairs 2 and 3 that lie in a plane, each line in a colour (1); many at once by bits."""
    line = with_side(overload.function, side)

    def step(c: Context, heads, onward):
        def item(place):
            colour, a, b = (c.value(k, place) for k in (1, 2, 3))
            out = result_of(line(*(load(PAIR, list(row[1:]), None, side) for row in (a, b))))
            ink = jnp.where(out.value >= 0, colour[1].astype(jnp.int8), jnp.int8(-1))
            # Nothing can be wrong with the rows but that they were too much for the memory.
            return hard(colour[0] | a[0] | b[0]) | own_flags(out, []), ink

        many = c.head(0, c.r).count > FEW_LINES
        found = lax.cond(many, lambda: lines_by_bits(c), lambda: over_each_other(c, item))
        return in_rounds(c, *found)

    return step


def from_numbers(types: tuple, result) -> bool:
    """Whether a patch is drawn from numbers alone."""
    return is_patch(result) and all(t in (BOOLEAN, INTEGER, PAIR) for t in types)


def called_on_numbers(overload: Overload, types: tuple, side: int):
    """The overload on rows without planes: `called(rows)`."""
    called = called_on_rows(overload, types, side)
    return lambda rows: called(None, rows)[1]


def drawn_together(called, count: int, result):
    """A step that draws some rows at once, from so many arguments that are numbers: what it takes to draw one is less than what a step takes."""

    def step(c: Context):
        def one(rows):
            given, onward = argument_flags(c.ins, rows)
            out = called(rows)
            words, plane = pack(result, out.value)
            flags = jnp.where(hard(given) != 0, given, own_flags(out, words) | onward)
            return flags, [jnp.asarray(w) for w in words], plane.reshape(-1)

        arguments = jnp.stack([c.block(k, c.r) for k in range(count)], axis=1)
        flags, words, planes = jax.vmap(one)(arguments)
        place = jnp.where(hard(flags) == 0, c.registers[NEXT_P] + c.iota, 0)  # plane 0 is empty
        go = row_by_row(c)
        return block_of(flags, [place, *words]), planes, go._replace(planes=go.n)

    return step


def coloured_line(line: Overload, recolor: Overload, side: int):
    """A step that gives `recolor` of colour 0 and of what `connect` draws between pairs 1 and 2; and its policy word."""
    drawing = with_side(line.function, side)

    def called(rows):
        value, a, b = (load(t, list(row[1:]), None, side) for t, row in zip(COLOURED_LINE, rows, strict=True))
        white = result_of(drawing(a, b))
        out = result_of(recolor.function(value, white.value))
        # Where there is no line, nothing is wrong with its colour.
        wrong = out.unsupported & ~jnp.asarray(white.overflow)
        return out._replace(clipped=white.clipped, overflow=white.overflow, unsupported=wrong)

    meanings = [(recolor, INTEGER), (line, PAIR), (line, PAIR)]
    none = [{0: 0, ERROR: 1, UNSUPPORTED: 2}[without(overload, t)] for overload, t in meanings]
    return drawn_together(called, len(COLOURED_LINE), OBJECT), sum(
        word << (12 + 2 * k) for k, word in enumerate(none)
    )


def united_draw(overload: Overload, types: tuple, result, side: int):
    """A step that draws what `draw` gives for the items of heads 0 (arguments 1, 2...) over each other, as `union` does.

    No plane of an item is ever written, and no step taken for it.
    """
    called = called_on_rows(overload, types, side)

    def step(c: Context, heads, onward):
        def item(place):
            rows = jnp.stack([c.value(k + 1, place) for k in range(len(types))])
            given, onward = argument_flags(c.ins, rows)
            out = called(c.memory.P, rows)[1]
            words, plane = pack(result, out.value)
            flags = jnp.where(hard(given) != 0, given, own_flags(out, words) | onward)
            return flags, jnp.where(hard(flags) != 0, jnp.int8(-1), plane)

        return united(c, item)

    return step


def numbers(overload: Overload, types: tuple, result):
    """A step on a block of rows of numbers."""
    function = overload.function

    def step(c: Context):
        blocks = [c.block(k, c.r) for k in range(len(types))]
        flags = jnp.int32(0)
        for block, kind in zip(blocks, types, strict=True):
            flags = flags | hard(block[:, 0])
            meaning = without(overload, kind)
            if meaning:
                none = is_none(block[:, 1]) | (is_none(block[:, 2]) if kind is PAIR else False)
                flags = flags | bit(none & (hard(block[:, 0]) == 0), meaning)
        out = result_of(
            function(*(load(t, list(b[:, 1:].T), None, 0) for t, b in zip(types, blocks, strict=True)))
        )
        words, _ = pack(result, out.value)
        own = jnp.broadcast_to(own_flags(out, words), flags.shape)
        flags = jnp.where(hard(flags) != 0, flags, own)
        return block_of(flags, [jnp.broadcast_to(w, flags.shape) for w in words]), row_by_row(c)

    return step


def palette(overload: Overload, types: tuple, side: int):
    """A step that gives a list of numbers (items and heads), for each row of its argument."""

    def step(c: Context):
        row = c.value(0, c.r)
        given, _ = argument_flags(c.ins, row[None])
        out = result_of(overload.function(load(types[0], list(row[1:]), c.memory.P, side)))
        return listed(c, out, given)

    return step


def listed(c: Context, out: Out, given):
    """What a step gives for a list of numbers; `given`: what is wrong with its argument."""
    own = own_flags(out, [])
    flags = jnp.where(hard(given) != 0, given, own)
    count = jnp.where(hard(flags) != 0, 0, out.value.count)
    items = jnp.zeros((c.side, WORDS), jnp.int32)
    items = items.at[: out.value.items.shape[0], 1].set(out.value.items)
    return items, c.go(c.slot(0).rows, 1, n=count, acc=count, fl=flags)


def family_count(overload: Overload, types: tuple, side: int):
    """A step that tells how many planes a family gives for a row."""
    called = called_on_rows(overload, types, side)

    def step(c: Context, heads, onward):
        _, out = called(c.memory.P, heads[: len(types)])
        return row_of(own_flags(out, []), [out.value[1]]), c.go(c.slot(0).rows, 1, n=1)

    return step


def family_labels(overload: Overload, types: tuple, side: int):
    """A step that gives a plane with the number of each cell's item: (plane, count).

    Of more than BYTE items the numbers' high bytes are in the plane after it, drawn in a second round.
    """
    called = called_on_rows(overload, types, side)

    def step(c: Context, heads, onward):
        _, out = called(c.memory.P, heads[: len(types)])
        ranks, count = out.value
        own = own_flags(out, [])
        again = (hard(own) == 0) & (count > BYTE) & (c.k == 0)
        row = row_of(own, [c.registers[NEXT_P] - c.k, count])
        plane = jnp.where(c.k == 0, ranks, ranks >> 8).astype(jnp.int8)
        return row, plane, c.go(c.slot(0).rows, ~again, n=~again, k=c.k + 1, planes=1)

    return step


def _picked(c: Context, head, made, item):
    """Item k of a family, unless there are fewer."""
    count = jnp.where(hard(head[0]) != 0, 0, head[-1])
    words, plane = pack(item, made.value if isinstance(made, Out) else made)
    there = c.k < count
    row = row_of(0, [c.registers[NEXT_P], *words])
    go = c.go(
        c.slot(0).rows,
        c.k + 1 >= count,
        n=there,
        k=c.k + 1,
        acc=count,
        fl=hard(head[0]),
        planes=there,
    )
    return row, plane, go


def family_item(overload: Overload, types: tuple, result, side: int):
    """A step that gives the k-th plane of a family; argument 0 has the counts, the others are the family's."""
    called = called_on_rows(overload, types, side)

    def step(c: Context, heads, onward):
        head = c.value(0, c.r)
        args, out = called(c.memory.P, [c.value(k + 1, c.r) for k in range(len(types))])
        state, _ = out.value
        assert overload.pick is not None
        return _picked(c, head[:2], overload.pick(state, c.k, *args), item_type(result))

    return step


def labelled_item(side: int):
    """A step that gives the k-th item of a plane of labels (argument 0) over a grid (argument 1)."""

    def step(c: Context, heads, onward):
        head = c.value(0, c.r)
        labels = plane_at(c.memory.P, head[1], side)
        high = plane_at(c.memory.P, head[1] + 1, side)
        grid = plane_at(c.memory.P, c.value(1, c.r)[1], side)
        mine = (labels == c.k.astype(jnp.int8)) & ((head[2] <= BYTE) | (high == (c.k >> 8).astype(jnp.int8)))
        plane = jnp.where(mine, grid, jnp.int8(-1))
        return _picked(c, head[:3], plane, OBJECT)

    return step
