"""What is known of a step's rows before they are there."""

import jax
import jax.numpy as jnp

from jbatt.engine.kernels import with_side
from jbatt.engine.machine.known import DRAWN, NOTHING, PLAIN, SURE, Known, rule_of
from jbatt.engine.machine.layout import WORDS, load
from jbatt.engine.machine.rows import draws, signatures
from jbatt.values.row import Out
from jbatt.values.types import GRID, INTEGER, PAIR


def of_grids():
    return [s for s in signatures() if s[0].primitive in SURE and s[1][0] is GRID]


def test_sure_primitives_report_nothing():
    """Neither an error nor anything else, whatever the rows: what they give is as clean as what they are given."""
    found = of_grids()
    assert {overload.primitive for overload, _, _ in found} == set(SURE)
    for overload, types, _ in found:
        reported = []

        def called(planes, rows, function=overload.function, types=types, reported=reported):
            args = [load(t, list(row[1:]), planes, 32) for t, row in zip(types, rows, strict=True)]
            reported.append(isinstance(with_side(function, 32)(*args), Out))
            return 0

        planes = jax.ShapeDtypeStruct((4, 32 * 32), jnp.int8)
        jax.eval_shape(called, planes, jax.ShapeDtypeStruct((len(types), WORDS), jnp.int32))
        assert reported == [False], overload.key


def test_what_is_sure_depends_on_the_arguments():
    number, none = Known(True, ((0, 3),)), Known(True)
    for overload, types, result in of_grids():
        assert all(t is INTEGER or t is PAIR for t in types[1:])
        rule = rule_of((overload, types))
        args = tuple(range(len(types)))
        given = [PLAIN, *[number] * (len(types) - 1)]
        assert rule(args, 0, 0, given.__getitem__) == SURE[overload.primitive]
        assert draws(result) is (SURE[overload.primitive].words is None)
        for k, less in enumerate([NOTHING, *[none] * (len(types) - 1)]):
            # A grid that may be wrong, or a number that may be None.
            assert rule(args, 0, 0, [*given[:k], less, *given[k + 1 :]].__getitem__) is NOTHING
    assert not SURE.keys() & DRAWN
