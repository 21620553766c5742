"""Programs compiled as a whole give what the interpreter gives."""

import jax
import numpy as np
import pytest

import jbatt
from jbatt.engine.whole import Whole
from jbatt.store.executables import ExecutableStore

PROGRAM = """
def solve_a(I):
    x1 = objects(I, T, F, T)
    x2 = argmax(x1, size)
    x3 = recolor(EIGHT, x2)
    x4 = mapply(rbind(shift, DOWN), sfilter(x1, compose(flip, matcher(color, ONE))))
    return paint(paint(I, x4), x3)
"""


@pytest.fixture(scope="module")
def grids():
    random = np.random.default_rng(0)
    made = [
        random.integers(0, 4, (h, w)) * (random.random((h, w)) < 0.4)
        for h, w in random.integers(2, 9, (70, 2))
    ]
    for grid in made:
        grid[0, 0], grid[1, 1] = 5, 0
    return made


@pytest.fixture(scope="module")
def compiled():
    return jbatt.compile(PROGRAM, items=16)


def test_outputs_are_those_of_the_interpreter(compiled, grids):
    expected = jbatt.solver(PROGRAM).map(grids)
    for given, wanted in zip(compiled.map(grids), expected, strict=True):
        assert np.array_equal(given, wanted)


def test_what_does_not_fit_is_interpreted(compiled):
    many = np.tile([[1, 0], [0, 0]], (6, 6))  # 36 objects in room for 16
    large = np.zeros((30, 31), int)
    large[3, 3] = 2
    wanted = jbatt.solver(PROGRAM).map([many, large])
    for given, expected in zip(compiled.map([many, large]), wanted, strict=True):
        assert np.array_equal(given, expected)


def test_an_error_of_the_reference(compiled):
    with pytest.raises(jbatt.JbattError, match="on grid 1: error"):
        compiled.map([[[1, 0], [0, 0]], [[0, 0], [0, 0]]])


def test_in_research_code(compiled, grids):
    whole = compiled._whole._encode([g.astype(np.int8) for g in grids[:3]])
    doubled = jax.jit(lambda rows: compiled.function(compiled.function(rows)[0]))
    (out, flags), (once, _) = doubled(whole), compiled.function(whole)
    again, _ = compiled.function(once)
    assert np.array_equal(out.plane, again.plane) and flags.shape == (64,)


def test_programs_without_a_grid():
    with pytest.raises(jbatt.JbattError, match="Integer"):
        jbatt.compile("def solve_a(I):\n    return size(asindices(I))\n")


def test_a_kept_body_is_not_even_traced(tmp_path, monkeypatch):
    """A second process loads what the first compiled; another size, or another body, is compiled."""
    source = "def solve_a(I):\n    return paint(I, recolor(EIGHT, ofcolor(hmirror(I), ONE)))\n"
    renamed = "def solve_b(I):\n    a = hmirror(I)\n    b = ofcolor(a, ONE)\n    return paint(I, recolor(EIGHT, b))\n"
    program = jbatt.read_source(source)
    grids = [np.array([[0, 1], [2, 3]]), np.array([[1, 1, 0]])]
    store = ExecutableStore(tmp_path)
    first = Whole(program.graph, program.programs[0].root, store=store)
    wanted = [g.tolist() for g in first.run(grids)[0]]
    assert wanted == [jbatt.solver(source)(g).tolist() for g in grids]

    def traced(*_):
        raise AssertionError("traced again")

    monkeypatch.setattr(Whole, "_body", traced)
    again = jbatt.read_source(renamed)
    second = Whole(again.graph, again.programs[0].root, store=ExecutableStore(tmp_path))
    assert [g.tolist() for g in second.run(grids)[0]] == wanted
    with pytest.raises(AssertionError, match="traced again"):
        Whole(again.graph, again.programs[0].root, items=16, store=ExecutableStore(tmp_path))
    other = jbatt.read_source(source.replace("ONE", "TWO"))
    with pytest.raises(AssertionError, match="traced again"):
        Whole(other.graph, other.programs[0].root, store=ExecutableStore(tmp_path))
