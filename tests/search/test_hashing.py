"""Hashes of values: equal for equal values, different for what differs in one cell, one item or the order of a tuple."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from jbatt.dsl.domain import call
from jbatt.engine.engines import lease
from jbatt.search.hashing import hashes, joined, mixed, planes_hash


@given(st.integers(0, 31), st.integers(0, 31), st.integers(0, 8), st.integers(0, 2**16))
@settings(max_examples=200)
def test_one_cell_makes_a_difference_in_all_bits(i, j, colour, seed):
    plane = np.random.default_rng(seed).integers(-1, 10, (32, 32)).astype(np.int8)
    other = plane.copy()
    other[i, j] = colour if plane[i, j] != colour else 9
    a, b = planes_hash(np.stack([plane, other])).tolist()
    assert 8 < (a ^ b).bit_count() < 56


def test_no_two_of_many_planes_that_differ_little_are_equal():
    planes = np.full((32 * 32 * 9, 32, 32), -1, np.int8)
    k = np.arange(len(planes))
    planes.reshape(len(planes), -1)[k, k % 1024] = k // 1024
    assert len(np.unique(planes_hash(planes))) == len(planes)
    assert len(planes_hash(planes[:0])) == 0


def test_order_counts_where_hashes_are_joined():
    a = mixed(np.arange(6, dtype=np.uint64)).reshape(2, 3)
    assert (joined(a) != joined(a[::-1])).all()
    assert (joined(a) == joined(a.copy())).all()


def test_values_of_all_kinds():
    grid = np.array([[1, 0, 2], [0, 0, 0], [1, 0, 2]], np.int8)
    with lease() as engines:
        engine = engines.engine(32)
        grids = engine.grids([grid, grid, grid[::-1].copy(), grid[:, ::-1].copy()])

        def same(value):
            return [h == k for h, k in zip(*[iter(hashes(engine, value).tolist())] * 2, strict=True)]

        def flag(value):
            return engine.filled(value, 4)

        objects = call(engine, "objects", [grids, flag(True), flag(False), flag(True)])
        assert same(grids) == [True, False]
        assert same(objects) == [True, False]
        assert same(call(engine, "size", [objects])) == [True, True]
        assert same(call(engine, "shape", [grids])) == [True, True]
        halves = call(engine, "hsplit", [grids, flag(3)])
        assert same(halves) == [True, False]
        assert same(call(engine, "ofcolor", [grids, flag(1)])) == [True, False]
        first, last = (call(engine, f, [call(engine, "totuple", [objects])]) for f in ("first", "last"))
        assert same(first)[0] and (hashes(engine, first) != hashes(engine, last)).all()
