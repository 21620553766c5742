"""Where planes have cells, against a look at each of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jbatt.engine.filled import filled
from jbatt.values.window import CLASSES


@given(st.data())
def test_filled_finds_each_cell_in_order(data):
    n, side = data.draw(st.integers(0, 3)), data.draw(st.sampled_from(CLASSES[:2]))
    planes = np.full((n, side, side), -1, np.int8)
    place = st.tuples(st.integers(0, max(0, n - 1)), st.integers(0, side - 1), st.integers(0, side - 1))
    for where in data.draw(st.lists(place, max_size=30)) if n else []:
        planes[where] = data.draw(st.integers(0, 9))
    which, at, colour = filled(planes)
    k, i, j = np.nonzero(planes >= 0)
    assert which.tolist() == k.tolist()
    assert at.tolist() == (i * side + j).tolist()
    assert colour.tolist() == planes[k, i, j].tolist()


@pytest.mark.parametrize("side", CLASSES)
def test_filled_of_full_planes_and_of_a_part_of_an_array(side):
    planes = np.arange(3 * side * side).reshape(3, side, side).astype(np.int8) % 10
    which, at, colour = filled(planes[1:])
    assert which.tolist() == np.repeat([0, 1], side * side).tolist()
    assert at.tolist() == [*range(side * side)] * 2
    assert colour.tolist() == planes[1:].ravel().tolist()
