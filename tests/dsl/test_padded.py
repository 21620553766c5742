"""Primitives as functions on JAX arrays: eagerly, jitted, vmapped, in two capacity classes."""

from __future__ import annotations

import inspect
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jbatt.dsl as dsl
from jbatt.dsl.domain import Unsupported
from jbatt.dsl.parameters import PARAMETERS
from jbatt.dsl.value import Value, stack, value
from jbatt.errors import JbattError
from jbatt.values.encode import DoesNotFit
from jbatt.values.types import GRID, INDICES, INTEGER, OBJECT, PAIR, set_of, tuple_of

GRID_A = np.array([[0, 0, 0, 0, 2], [0, 2, 2, 0, 0], [0, 0, 0, 0, 0], [3, 0, 0, 4, 4]])
GRID_B = np.array([[5, 5, 0, 0, 0], [0, 0, 0, 7, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]])
EMPTY = np.zeros((4, 5), int)
ROWS = np.stack([GRID_A, GRID_B, EMPTY])


def objects_of(grid):
    return dsl.objects(grid, True, False, True)


def moved_down(grid):
    """Paint every object one row lower."""
    return dsl.paint(
        dsl.cover(grid, dsl.merge(objects_of(grid))),
        dsl.mapply(dsl.rbind(dsl.shift, (1, 0)), objects_of(grid)),
    )


def pairs_kept(grid):
    return dsl.sfilter(objects_of(grid), dsl.matcher(dsl.size, 2))


def largest(grid):
    return dsl.argmax(objects_of(grid), dsl.size)


def sizes(grid):
    return dsl.order(dsl.apply(dsl.size, dsl.totuple(objects_of(grid))), dsl.identity)


EXPECTED = {
    moved_down: [
        ((0, 0, 0, 0, 0), (0, 0, 0, 0, 2), (0, 2, 2, 0, 0), (0, 0, 0, 0, 0)),
        ((0, 0, 0, 0, 0), (5, 5, 0, 0, 0), (0, 0, 0, 7, 0), (0, 0, 0, 0, 0)),
        ((0, 0, 0, 0, 0),) * 4,
    ],
    pairs_kept: [
        frozenset({frozenset({(2, (1, 1)), (2, (1, 2))}), frozenset({(4, (3, 3)), (4, (3, 4))})}),
        frozenset({frozenset({(5, (0, 0)), (5, (0, 1))})}),
        frozenset(),
    ],
    largest: [frozenset({(2, (1, 1)), (2, (1, 2))}), frozenset({(5, (0, 0)), (5, (0, 1))}), "error"],
    sizes: [(1, 1, 2, 2), (1, 2), ()],
}


def outcome(v: Value):
    return "error" if bool(v.error) else "overflow" if bool(v.overflow) else v.to_python()


@pytest.mark.parametrize("program", EXPECTED)
def test_eager_jit_and_vmap_agree(program):
    expected = EXPECTED[program]
    assert outcome(program(ROWS[0])) == expected[0]
    jitted = jax.jit(program)
    assert [outcome(jitted(g)) for g in ROWS] == expected
    batch = jax.jit(jax.vmap(program))(ROWS)
    assert [outcome(batch[k]) for k in range(3)] == expected


def test_capacity_classes_agree_or_overflow():
    dots = np.zeros((6, 6), int)
    dots[::2, ::2] = 1  # nine objects
    for grid, fits in ((GRID_A, True), (dots, False)):
        results = []
        for items, side in ((8, 32), (32, 64)):
            with dsl.capacity(items=items, side=side):
                results.append(outcome(pairs_kept(grid)))
        small, large = results
        assert small == (large if fits else "overflow")
        assert large != "overflow"


def test_a_second_call_does_not_trace_again():
    traced = []

    def program(grid, colour):
        traced.append(1)
        return dsl.replace(dsl.hmirror(grid), 2, colour)

    jitted = jax.jit(program)
    first, second = jitted(GRID_A, 5), jitted(GRID_B, 6)
    assert len(traced) == 1
    assert first.to_python()[2] == (0, 5, 5, 0, 0) and second.to_python()[3] == (5, 5, 0, 0, 0)
    assert first.data.plane.dtype == jnp.int8 and first.data.h.dtype == jnp.int32
    padding = np.asarray(first.data.plane)
    assert (padding >= 0).sum() == GRID_A.size


def test_functions_of_functions():
    assert dsl.compose(dsl.increment, dsl.double)(5).to_python() == 11
    assert dsl.fork(dsl.astuple, dsl.first, dsl.last)((3, 4, 5)).to_python() == (3, 5)
    assert dsl.rapply((dsl.first, dsl.last), (3, 4, 5)).to_python() == (3, 5)
    assert dsl.power(dsl.merge, 2)((((1, 2), (3, 4)), ((5, 6), (7, 8)))).to_python() == tuple(range(1, 9))
    assert dsl.power(dsl.increment, 30)(1).to_python() == 31
    assert jax.jit(lambda n: dsl.power(dsl.increment, n)(1))(jnp.int32(4)).to_python() == 5
    assert bool(jax.jit(lambda n: dsl.power(dsl.increment, n)(1))(jnp.int32(0)).error)
    pick = dsl.branch(jnp.array(False), dsl.first, dsl.last)
    assert pick((3, 4, 5)).to_python() == 5


def test_what_goes_wrong_in_unused_places_does_not_count():
    numbers = (4, 2, 1)
    assert dsl.apply(dsl.lbind(dsl.divide, 8), numbers).to_python() == (2, 4, 8)
    assert bool(dsl.apply(dsl.lbind(dsl.divide, 8), (4, 2, 0)).error)
    assert dsl.extract((4, 2, 0), dsl.matcher(dsl.lbind(dsl.divide, 8), 4)).to_python() == 2
    nothing = value((), tuple_of(INTEGER))
    assert dsl.apply(dsl.lbind(dsl.divide, 8), nothing).to_python() == ()
    assert bool(dsl.first(nothing).error)
    # What a function captured was computed before: it counts even if there is nothing to apply it to.
    assert bool(dsl.apply(dsl.lbind(dsl.add, dsl.first(nothing)), nothing).error)


def test_what_does_not_fit_is_no_error():
    nowhere = dsl.urcorner(dsl.ineighbors((50, 50)))  # data of a corner of nothing, flagged
    for result in (nowhere, dsl.add(nowhere, 1), dsl.interval(0, dsl.first(nowhere), 1)):
        assert bool(result.overflow) and not bool(result.error)


def test_sets_are_canonical_and_distinct():
    numbers = frozenset({5, 3, -3})
    assert dsl.size(dsl.apply(dsl.lbind(dsl.multiply, 0), numbers)).to_python() == 1
    assert dsl.first(dsl.apply(dsl.invert, numbers)).to_python() == -5
    assert dsl.totuple(dsl.combine(numbers, frozenset({4, 5}))).to_python() == (-3, 3, 4, 5)
    assert dsl.product(dsl.interval(0, 9, 1), dsl.interval(0, 9, 1)).type is INDICES
    assert dsl.size(dsl.product(dsl.interval(0, 9, 1), dsl.interval(0, 9, 1))).to_python() == 81


def test_patches_that_leave_the_window():
    spot = frozenset({(0, 0), (2, 2)})
    away = dsl.shift(spot, (30, 0))
    assert bool(away.ok) and bool(away.clipped)
    with pytest.raises(JbattError, match="window"):
        away.to_python()
    assert bool(dsl.size(away).overflow)
    assert dsl.fill(EMPTY, 1, away).to_python() == tuple(map(tuple, EMPTY.tolist()))
    with dsl.capacity(side=64):
        assert dsl.size(dsl.shift(spot, (30, 0))).to_python() == 2


@pytest.mark.parametrize(
    ("given", "kind", "expected"),
    [
        (3, None, 3),
        (True, None, True),
        (None, None, None),
        ((1, -2), None, (1, -2)),
        (np.array([1, 2]), PAIR, (1, 2)),
        (jnp.array([1, 2, 3]), None, (1, 2, 3)),
        (GRID_A, None, tuple(map(tuple, GRID_A.tolist()))),
        (jnp.asarray(GRID_A), None, tuple(map(tuple, GRID_A.tolist()))),
        (GRID_A.tolist(), GRID, tuple(map(tuple, GRID_A.tolist()))),
        (frozenset({(1, (2, 3))}), OBJECT, frozenset({(1, (2, 3))})),
        (frozenset(), set_of(OBJECT), frozenset()),
        ((GRID_A.tolist(), 1), None, (tuple(map(tuple, GRID_A.tolist())), 1)),
    ],
)
def test_values_there_and_back(given, kind, expected):
    encoded = value(given, kind)
    assert encoded.to_python() == expected
    assert "traced" not in repr(encoded)


def test_values_that_cannot_be():
    with pytest.raises(JbattError, match="item type"):
        value(())
    with pytest.raises(DoesNotFit):
        value(np.zeros((40, 40), int))
    with pytest.raises(JbattError, match="integers"):
        value(np.zeros((2, 2)))
    with pytest.raises(JbattError, match="raises"):
        dsl.divide(1, 0).to_python()
    with pytest.raises(JbattError, match="vmap"):
        dsl.hmirror(stack([value(GRID_A), value(GRID_B)]))
    with pytest.raises(Unsupported):
        dsl.fill(3, GRID_A, GRID_A)
    assert bool(value(jnp.full((2, 2), 200)).unsupported)
    assert repr(dsl.divide(1, 0)) == "<Integer: the reference raises here>"


def test_batches():
    batch = stack([value(GRID_A), value(EMPTY)])
    flipped = jax.vmap(dsl.hmirror)(batch)
    assert flipped[0].to_python() == tuple(map(tuple, GRID_A[::-1].tolist()))
    assert repr(flipped) == "<Grid x (2,)>"
    with pytest.raises(JbattError, match="batch"):
        flipped.to_python()


def test_every_primitive_is_a_documented_function():
    assert len(PARAMETERS) == 160
    for name, parameters in PARAMETERS.items():
        function = getattr(dsl, name)
        assert function.__doc__, name
        assert list(inspect.signature(function).parameters) == [p[0] for p in parameters]
    with pytest.raises(AttributeError):
        _ = dsl.fil


def test_keyword_arguments_of_both_dialects():
    assert dsl.branch(condition=True, if_value=1, else_value=2).to_python() == 1
    assert dsl.branch(True, a=1, b=2).to_python() == 1
    with pytest.raises(TypeError):
        dsl.branch(True, 1)
    with pytest.raises(TypeError):
        dsl.branch(True, a=1, if_value=1, b=2)


def test_names_alone_do_not_import_jax():
    code = "import sys, jbatt.dsl.parameters; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
