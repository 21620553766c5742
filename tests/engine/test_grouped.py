"""Distinct keys, found with sorting and without."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jbatt.engine.ranks import grouped


@given(st.lists(st.integers(-40, 40) | st.integers(-(2**61), 2**61), max_size=60), st.booleans())
def test_as_unique(keys, near):
    array = np.array([k % 100 for k in keys] if near else keys, np.int64)
    _, first, which = np.unique(array, return_index=True, return_inverse=True)
    found, places = grouped(array)
    assert found.tolist() == first.tolist() and places.tolist() == which.tolist()
