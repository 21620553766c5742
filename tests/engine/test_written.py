"""Instructions for the machine: compiled code writes what NumPy writes."""

import importlib
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jbatt import compiled
from jbatt.engine.machine import instructions
from jbatt.engine.machine.instructions import FIXED, ordered, written
from jbatt.engine.machine.instructions import instructions as by_numpy
from jbatt.engine.machine.step_graph import WIDEST

numba = pytest.importorskip("numba")
jit = importlib.import_module("jbatt.compiled.jit")
MARK = SimpleNamespace(number=5, kind=3)


@st.composite
def graphs(draw):
    """Steps that take earlier ones, some of which end a loop, and the roots of some units, which nothing takes."""
    n = draw(st.integers(1, 40))
    args = np.full((n, WIDEST), -1, np.int32)
    is_root = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    is_root[-1] = True
    takers = np.flatnonzero(~is_root)
    for k in range(n):
        below = takers[takers < k]
        if len(below):
            some = draw(st.lists(st.sampled_from(below.tolist()), max_size=WIDEST))
            args[k, : len(some)] = [2 * b + draw(st.integers(0, 1)) for b in some]
    is_again = np.zeros(n, bool)
    wide = np.flatnonzero((args[:, 2] >= 0) & ~is_root)
    if len(wide):
        is_again[draw(st.lists(st.sampled_from(wide.tolist())))] = True
    roots = np.flatnonzero(is_root).tolist()
    units = draw(st.lists(st.lists(st.sampled_from(roots), min_size=1, unique=True), min_size=1, max_size=4))
    fixed = np.arange(n * len(FIXED), dtype=np.int32).reshape(n, -1)
    steps = SimpleNamespace(
        args=args,
        fixed=fixed,
        is_root=is_root,
        is_again=is_again,
        assembler=SimpleNamespace(opcodes={"mark": MARK}),
    )
    return steps, [np.array(u) for u in units]


@settings(max_examples=200, deadline=None)
@given(graphs())
def test_as_numpy_writes_them(graph):
    steps, roots = graph
    what = ordered(steps, roots)
    expected = by_numpy(steps, what)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(compiled, "is_loaded", lambda: True)
        table, ends = written(steps, roots)
    assert ends.tolist() == what.ends.tolist()
    np.testing.assert_array_equal(table, expected)


def test_in_small_runs_numpy_writes_them(monkeypatch):
    monkeypatch.setattr(compiled, "is_loaded", lambda: False)
    monkeypatch.setattr(instructions, "ordered", lambda *_: pytest.fail("as it should"))
    with pytest.raises(pytest.fail.Exception, match="as it should"):
        written(SimpleNamespace(), [])


def test_where_nothing_can_be_kept_it_is_compiled_all_the_same(monkeypatch):
    def njit(cache=False, nogil=False):
        if cache:
            raise RuntimeError("no locator available")
        return numba.njit(nogil=nogil)

    monkeypatch.setattr(jit, "njit", njit)
    assert jit.jit(lambda x: x + 1)(2) == 3
