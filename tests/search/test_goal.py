"""The last steps of a program, found from the outputs."""

from __future__ import annotations

import numpy as np
import pytest

from jbatt.search.goal import Goal, _plane
from jbatt.search.grammar import Constant
from jbatt.tasks import Pair, Task

SIDE, MARGIN = 32, 1


def grid(*rows):
    return np.array(rows, np.int8)


def planes(*grids):
    """One value: a grid for each demo."""
    return np.stack([_plane(g, SIDE, MARGIN) for g in grids])[None]


def patch(*cells):
    """One value: for each demo its cells {(i, j): colour}."""
    out = np.full((1, len(cells), SIDE, SIDE), -1, np.int8)
    for e, some in enumerate(cells):
        for (i, j), c in some.items():
            out[0, e, i + MARGIN, j + MARGIN] = c
    return out


def goal(*pairs):
    return Goal(Task("t", tuple(Pair(a, b) for a, b in pairs), ()), SIDE, MARGIN)


BLANK = grid([0, 0, 0], [0, 0, 0])
ONE = (BLANK, grid([5, 0, 0], [0, 0, 0]))
TWO = (BLANK, grid([0, 0, 5], [0, 5, 0]))


def test_a_grid_that_is_the_output():
    g = goal(ONE, TWO)
    g.grids([7], planes(ONE[1], TWO[1]))
    assert list(g.solutions()) == [("grid", 7)]
    assert g.near() == []


def test_a_fill_that_covers_what_is_wrong():
    g = goal(ONE, TWO)
    g.grids([7], planes(BLANK, BLANK))
    g.patches("indices", [1], patch({(0, 0): 0}, {(0, 2): 0}))
    assert list(g.solutions()) == []
    g.patches("indices", [2], patch({(0, 0): 0, (9, 9): 0}, {(0, 2): 0, (1, 1): 0}))
    assert list(g.solutions()) == [("fill", ("grid", 7), Constant(5), ("indices", 2))]
    assert g.near() == [(pytest.approx(1000 * (5 / 6 + 4 / 6) / 2), 7)]


def test_a_patch_that_would_do_harm_is_not_used():
    g = goal(ONE, TWO)
    g.grids([7], planes(BLANK, BLANK))
    g.patches("indices", [2], patch({(0, 0): 0, (0, 1): 0}, {(0, 2): 0, (1, 1): 0}))
    assert list(g.solutions()) == []


def test_several_steps():
    pair = (BLANK, grid([5, 0, 3], [0, 3, 0]))
    g = goal(pair)
    g.grids([7], planes(BLANK))
    g.patches("indices", [1], patch({(0, 0): 0}))
    g.patches("object", [2], patch({(0, 2): 3, (1, 1): 3}))
    (built,) = g.solutions()
    assert built == ("fill", ("fill", ("grid", 7), Constant(3), ("object", 2)), Constant(5), ("indices", 1))


def test_an_object_of_several_colours_is_painted():
    g = goal((BLANK, grid([5, 0, 3], [0, 0, 0])))
    g.grids([7], planes(BLANK))
    g.patches("object", [2], patch({(0, 0): 5, (0, 2): 3}))
    assert list(g.solutions()) == [("paint", ("grid", 7), ("object", 2))]


def test_a_colour_that_differs_between_demos_needs_a_value_that_gives_it():
    g = goal(ONE, (BLANK, grid([0, 0, 4], [0, 0, 0])))
    g.grids([7], planes(BLANK, BLANK))
    g.patches("indices", [2], patch({(0, 0): 0}, {(0, 2): 0}))
    assert list(g.solutions()) == []
    g.colour(3, (5, 5))
    assert list(g.solutions()) == []
    g.colour(4, (5, 4))
    assert list(g.solutions()) == [("fill", ("grid", 7), ("colour", 4), ("indices", 2))]


def test_under_the_input():
    given = grid([0, 2, 0], [0, 0, 0])
    g = goal((given, grid([5, 2, 5], [0, 0, 0])))
    g.grids([7], planes(given))
    g.patches("indices", [2], patch({(0, 0): 0, (0, 1): 0, (0, 2): 0}))
    assert list(g.solutions()) == [("underfill", ("grid", 7), Constant(5), ("indices", 2))]


def test_a_colour_that_stands_for_another():
    g = goal((grid([1, 2]), grid([1, 3])), (grid([2, 2]), grid([3, 3])))
    g.grids([7], planes(grid([1, 2]), grid([2, 2])))
    assert list(g.solutions()) == [("replace", ("grid", 7), Constant(2), Constant(3))]
    g = goal((grid([1, 2, 2]), grid([1, 3, 2])))
    g.grids([7], planes(grid([1, 2, 2])))
    assert list(g.solutions()) == []


def test_parts_of_the_output():
    g = goal((grid([1]), grid([1, 2, 3])), (grid([1]), grid([4, 5, 6])))
    g.grids([1], planes(grid([1]), grid([4])))
    assert list(g.solutions()) == []
    g.grids([2], planes(grid([2, 3]), grid([5, 6])))
    assert list(g.solutions()) == [("hconcat", ("grid", 1), ("grid", 2))]
    g = goal((grid([1]), grid([1], [2])))
    g.grids([1, 2], np.concatenate([planes(grid([2])), planes(grid([1]))]))
    assert list(g.solutions()) == [("vconcat", ("grid", 2), ("grid", 1))]
