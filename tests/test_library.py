"""The library as its README shows it."""

import subprocess
import sys

import numpy as np
import pytest

import jbatt

MIRROR = "def solve_67a3c6ac(I):\n    O = vmirror(I)\n    return O\n"


@pytest.fixture(scope="module")
def solve():
    return jbatt.solver(MIRROR)


def test_a_program_is_callable(solve):
    assert solve([[1, 2], [3, 4]]).tolist() == [[2, 1], [4, 3]]
    assert solve(np.array([[1, 2, 3]])).dtype == np.int8
    assert [g.tolist() for g in solve.map([[[1, 2]], [[3, 4, 5]]])] == [[[2, 1]], [[5, 4, 3]]]
    assert "vmirror(I)" in repr(solve)


@pytest.mark.parametrize("grid", [[[1], [2, 3]], [], [[1.5]], [[10]], [[-1]], 3])
def test_what_is_no_grid_is_said(solve, grid):
    with pytest.raises(jbatt.JbattError, match="grid"):
        solve(grid)


def test_what_goes_wrong_inside_is_said():
    failing = jbatt.solver("def solve_x(I):\n    return replace(I, ZERO, divide(ONE, ZERO))\n")
    with pytest.raises(jbatt.JbattError, match="solve_x on grid 0: error"):
        failing([[0]])


def test_a_grid_too_large_for_any_class_is_capacity():
    with pytest.raises(jbatt.JbattError, match="capacity"):
        jbatt.solver(MIRROR)(np.zeros((300, 300), int))


def test_validate_text_on_one_task():
    task = jbatt.load_tasks("arc-agi-1/training")["67a3c6ac"]
    run = jbatt.validate(MIRROR, task)
    assert run.solved_tasks == ["67a3c6ac"]
    assert run.statuses["solved"] == 1
    assert run.results[0].solves_tests


def test_every_program_on_every_task_agrees_with_one_by_one():
    tasks = jbatt.load_tasks("arc-agi-1/training").select(ids=["67a3c6ac", "68b16354", "74dd1130"])
    source = MIRROR + "\ndef solve_68b16354(I):\n    return hmirror(I)\n"
    every = jbatt.validate(source, tasks, match="all")
    assert len(every.results) == 6
    for task in tasks:
        single = jbatt.validate(source, task, match="all")
        assert single.results == [r for r in every.results if r.task == task.id]


def test_import_is_light():
    code = "import sys, jbatt; assert 'jax' not in sys.modules and 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
