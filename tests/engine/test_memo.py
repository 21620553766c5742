"""Calls are looked up only where equal keys mean equal arguments."""

import numpy as np
import pytest

from jbatt.engine.memo import SCALAR_BITS, Memo
from jbatt.engine.registers import PlaneFile
from jbatt.values.types import GRID, INDICES, INTEGER, PAIR


class Runner:
    """Stands for a kernel: gives the sum of a call's slots, and counts the calls."""

    def __init__(self, file, planes=False):
        self.file, self.planes, self.calls = file, planes, 0

    def __call__(self, slots):
        self.calls += slots.shape[1]
        out = slots.sum(axis=0, dtype=np.int32)[None]
        return out, self.file.allocate(slots.shape[1]) if self.planes else None


# With 2 ** (SCALAR_BITS - 1) rows a plane's number has as many bits as an integer.
@pytest.fixture(params=[64, 1 << (SCALAR_BITS - 1)])
def memo(request):
    return Memo(PlaneFile(8, memory=64 * request.param))


def test_each_call_once(memo):
    run = Runner(memo.file)
    random = np.random.default_rng(0)
    for _ in range(5):
        slots = random.integers(-3, 4, (2, 50)).astype(np.int32)
        out, _ = memo.call("k", memo.keys((PAIR,), slots), slots, False, run)
        assert np.array_equal(out[0], slots.sum(axis=0))
    assert run.calls <= 49


def test_planes_that_may_go_away_are_no_keys(memo):
    fleeting = memo.file.allocate(3)
    assert memo.keys((INDICES,), fleeting.ids[None]) is None
    slots = np.arange(3, dtype=np.int32)[None]
    _, ids = memo.call("made", memo.keys((INTEGER,), slots), slots, True, Runner(memo.file, True))
    assert memo.keys((INDICES,), ids[None]) is not None
    assert memo.keys((INDICES,), np.concatenate([ids, fleeting.ids])[None]) is None


def test_what_has_no_key(memo):
    assert memo.keys((GRID,), np.zeros((3, 2), np.int32)) is None
    assert memo.keys((INTEGER,), np.array([[1 << 20]], np.int32)) is None
    assert memo.keys((), np.zeros((0, 2), np.int32)) is None


def test_no_more_than_a_share_of_the_file():
    memo = Memo(PlaneFile(8, memory=64 * 64))
    slots = np.arange(40, dtype=np.int32)[None]
    run = Runner(memo.file, True)
    assert memo.call("k", memo.keys((INTEGER,), slots), slots, True, run) is None
    assert run.calls == 0
