"""Objects with two colours at one location, and tuples of cells in which locations repeat."""

import numpy as np
import pytest

import jbatt

GRID = [[0, 0, 0], [0, 0, 0], [0, 0, 5]]
TWO = "combine(recolor(FOUR, at), recolor(TWO, at))"
"""The colours 4 and 2 at (0, 1)."""
TUPLE = "combine(totuple(recolor(FOUR, at)), totuple(recolor(TWO, at)))"
"""The cells (4, (0, 1)) and (2, (0, 1)), in this order."""


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (f"paint(I, {TWO})", 4),
        (f"underpaint(I, {TWO})", 2),
        (f"paint(I, shift({TWO}, ORIGIN))", 4),
        (f"underpaint(I, hmirror(shift({TWO}, ORIGIN)))", 2),
        (f"fill(I, size({TWO}), at)", 2),
        (f"fill(I, size(palette(merge(insert({TWO}, initset(recolor(ONE, at)))))), at)", 3),
        (f"fill(I, color({TWO}), at)", 2),
        (f"paint(I, sfilter({TWO}, matcher(first, TWO)))", 2),
        (f"paint(I, remove(astuple(FOUR, UP2), {TWO}))", 2),
        (f"branch(equality({TWO}, combine(recolor(TWO, at), recolor(FOUR, at))), fill(I, ONE, at), I)", 1),
        (f"fill(I, size(order(combine(initset({TWO}), initset(recolor(ONE, at))), size)), at)", 2),
        (f"paint(I, {TUPLE})", 2),
        (f"underpaint(I, {TUPLE})", 4),
        (f"paint(I, shift({TUPLE}, ORIGIN))", 4),
    ],
)
def test_cells_of_wide_objects(expression, expected):
    solve = jbatt.solver(
        f"def solve_a(I):\n    UP2 = toivec(ZERO)\n    UP2 = add(UP2, RIGHT)\n    at = initset(UP2)\n    return {expression}\n"
    )
    drawn = np.array(GRID)
    drawn[0, 1] = expected
    assert np.array_equal(solve(GRID), drawn)
