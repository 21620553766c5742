"""Primitives on rows as operations of the machine: the registry's overloads, each type combination one opcode."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import jax.numpy as jnp

import jbatt.dsl
from jbatt.dsl.registry import REGISTRY, Overload, Same
from jbatt.engine.kernels import flags_of, pack, with_side
from jbatt.engine.machine.context import LEFT, NEXT_P, POLICY, SEQUENCE, Context, bit, hard
from jbatt.engine.machine.layout import WORDS, block_of, load, plane_at, row_of
from jbatt.engine.wide import RETURNED
from jbatt.values.encode import NONE
from jbatt.values.flags import CLIPPED, ERROR, MULTI, OVERFLOW
from jbatt.values.row import Out
from jbatt.values.types import GRID, OBJECT, UNIONS, is_patch, item_type

LIMIT = 1 << 30
"""Integers from here on are left to the host, so that no sum here wraps round."""
MAX_ARGS = 4


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
    """What clipped and two-coloured patches among the arguments mean, as the policy word of an instruction."""
    word = 0
    for k, t in enumerate(types):
        if is_patch(t):
            word |= 1 << k
    for shift, policy in ((8, overload.clipped), (10, overload.multi)):
        if policy in ("exact", "unsupported"):
            word |= 1 << shift
        elif policy == "through":
            word |= 2 << shift
    if overload.primitive in RETURNED:
        word |= 1 << 10
    return word


def argument_flags(ins, flags):
    """The hard flags that arguments (flags int32[A]) bring, and the patch flags that the result inherits."""
    word = ins[POLICY]

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
    return given, onward


def _result(out) -> Out:
    return out if isinstance(out, Out) else Out(out)


def _called(overload: Overload, types: tuple, side: int):
    """The overload on the rows of its arguments: `called(planes, rows)`."""
    function = with_side(overload.function, side)

    def called(planes, rows) -> tuple[list, Out]:
        args = [load(t, list(row[1:]), planes, side) for t, row in zip(types, rows, strict=True)]
        return args, _result(function(*args))

    return called


def _own(out: Out, words):
    """The flags that a function reports; an error is certain."""
    flags = flags_of(out)
    for word in words:
        flags |= bit((word == NONE) | (jnp.abs(word) >= LIMIT), LEFT)
    return jnp.where((flags & ERROR) != 0, ERROR, flags)


def scan(overload: Overload, types: tuple, result, side: int):
    """A step that reads planes and gives a row without one."""
    called = _called(overload, types, side)

    def step(c: Context, heads, onward):
        _, out = called(c.memory.P, heads[: len(types)])
        words, _ = pack(result, out.value)
        return row_of(_own(out, words) | onward, words), c.go(c.slot(0).rows, 1, n=1)

    return step


def draw(overload: Overload, types: tuple, result, side: int):
    """A step that gives a row with a plane."""
    called = _called(overload, types, side)

    def step(c: Context, heads, onward):
        _, out = called(c.memory.P, heads[: len(types)])
        words, plane = pack(result, out.value)
        own = _own(out, words)
        there = hard(own) == 0
        place = jnp.where(there, c.registers[NEXT_P], 0)  # plane 0 is empty
        return row_of(own | onward, [place, *words]), plane, c.go(c.slot(0).rows, 1, n=1, planes=there)

    return step


def numbers(overload: Overload, types: tuple, result):
    """A step on a block of rows of numbers."""
    function = overload.function

    def step(c: Context):
        rows = c.slot(0).rows
        blocks = [c.block(k, c.r) for k in range(len(types))]
        flags = jnp.int32(0)
        for block in blocks:
            flags = flags | hard(block[:, 0])
        out = _result(
            function(*(load(t, list(b[:, 1:].T), None, 0) for t, b in zip(types, blocks, strict=True)))
        )
        words, _ = pack(result, out.value)
        own = jnp.broadcast_to(_own(out, words), flags.shape)
        flags = jnp.where(hard(flags) != 0, flags, own)
        block = block_of(flags, [jnp.broadcast_to(w, flags.shape) for w in words])
        return block, c.go(rows, c.side, n=jnp.clip(rows - c.r, 0, c.side))

    return step


def palette(overload: Overload, types: tuple, side: int):
    """A step that gives a list of numbers (items and heads), for each row of its argument."""

    def step(c: Context):
        row = c.value(0, c.r)
        given, _ = argument_flags(c.ins, row[None, 0])
        out = _result(overload.function(load(types[0], list(row[1:]), c.memory.P, side)))
        own = _own(out, [])
        flags = jnp.where(hard(given) != 0, given, own)
        count = jnp.where(hard(flags) != 0, 0, out.value.count)
        items = jnp.zeros((side, WORDS), jnp.int32)
        items = items.at[: out.value.items.shape[0], 1].set(out.value.items)
        return items, c.go(c.slot(0).rows, 1, n=count, acc=count, fl=flags)

    return step


def family_count(overload: Overload, types: tuple, side: int):
    """A step that tells how many planes a family gives for a row."""
    called = _called(overload, types, side)

    def step(c: Context, heads, onward):
        _, out = called(c.memory.P, heads[: len(types)])
        return row_of(_own(out, []), [out.value[1]]), c.go(c.slot(0).rows, 1, n=1)

    return step


def family_labels(overload: Overload, types: tuple, side: int):
    """A step that gives a plane with the number of each cell's item: (plane, count). More than 254 are left to the host."""
    called = _called(overload, types, side)

    def step(c: Context, heads, onward):
        _, out = called(c.memory.P, heads[: len(types)])
        ranks, count = out.value
        own = _own(out, [])
        own = jnp.where((hard(own) == 0) & (count > 254), LEFT, own)
        row = row_of(own, [c.registers[NEXT_P], count])
        return row, ranks.astype(jnp.int8), c.go(c.slot(0).rows, 1, n=1, planes=1)

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
    called = _called(overload, types, side)

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
        grid = plane_at(c.memory.P, c.value(1, c.r)[1], side)
        plane = jnp.where(labels == c.k.astype(jnp.int8), grid, jnp.int8(-1))
        return _picked(c, head[:3], plane, OBJECT)

    return step
