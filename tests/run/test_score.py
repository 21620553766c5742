import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jbatt.run.score import FULL, score


def test_shapes_that_differ_score_nothing():
    assert score(np.zeros((2, 3), np.int8), np.zeros((3, 2), np.int8)) == 0
    assert score(None, np.zeros((3, 2), np.int8)) == 0


@pytest.mark.parametrize(("wrong", "expected"), [(0, 1000), (1, 750), (2, 500), (4, 0)])
def test_share_of_matching_cells(wrong, expected):
    grid = np.zeros(4, np.int8)
    grid[:wrong] = 1
    assert score(grid.reshape(2, 2), np.zeros((2, 2), np.int8)) == expected


@given(
    arrays(np.int8, st.tuples(st.integers(1, 60), st.integers(1, 60)), elements=st.integers(0, 9)), st.data()
)
def test_full_marks_only_for_equal_grids(grid, data):
    other = grid.copy()
    cell = data.draw(st.integers(0, grid.size - 1))
    other.reshape(-1)[cell] ^= 1
    assert score(grid, grid) == FULL
    assert score(other, grid) < FULL
