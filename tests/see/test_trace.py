"""Programs traced line by line: values, failures with their reasons, capacity classes."""

from __future__ import annotations

import time

import numpy as np
import pytest

import jbatt
from jbatt.program.listing import listing
from jbatt.see.trace import trace
from jbatt.see.trace_text import verdict

GRID = np.array([[0, 1, 0], [2, 0, 0], [0, 0, 3]], np.int8)


def traced(source: str, grid=GRID, expected=None):
    programs = jbatt.read_source(source)
    assert not programs.rejected, programs.rejected
    return trace(programs.programs[0], programs, grid, expected)


def test_lines_are_those_of_the_file_with_calls_inside_them_first():
    source = (
        "K = 7\n\n\ndef solve_a(I):\n    x = vmirror(I)\n    return fill(x, K, shift(asindices(I), UP))\n"
    )
    programs = jbatt.read_source(source)
    lines = listing(programs.programs[0], programs.graph)
    assert [(line.number, line.target, line.text) for line in lines] == [
        (5, "x", "x = vmirror(I)"),
        (6, "", "asindices(I)"),
        (6, "", "shift(asindices(I), UP)"),
        (6, "return", "return fill(x, K, shift(asindices(I), UP))"),
    ]
    assert lines[-1].node == programs.programs[0].root


def test_lines_are_found_where_another_function_is_no_python():
    source = (
        "K = 7\ndef solve_b(I):\n    return (((\n\ndef solve_a(I):\n    O = canvas(K, UNITY)\n    return O\n"
    )
    programs = jbatt.read_source(source)
    (program,) = programs.programs
    (line,) = listing(program, programs.graph)
    assert (line.number, line.text, line.node) == (6, "O = canvas(K, UNITY)", program.root)


def test_every_value_is_the_references():
    found = traced(
        "def solve_a(I):\n"
        "    x1 = objects(I, T, F, T)\n"
        "    x2 = order(x1, size)\n"
        "    x3 = apply(ulcorner, x2)\n"
        "    x4 = size(x1)\n"
        "    x5 = equality(x4, THREE)\n"
        "    x6 = lbind(fill, I)\n"
        "    x7 = astuple(x4, x5)\n"
        "    O = vmirror(I)\n"
        "    return O\n"
    )
    values = {s.line.target: s.value for s in found.steps}
    objects = [frozenset({(1, (0, 1))}), frozenset({(2, (1, 0))}), frozenset({(3, (2, 2))})]
    assert values["x1"] == frozenset(objects)
    assert values["x2"] == tuple(objects)
    assert values["x3"] == ((0, 1), (1, 0), (2, 2))
    assert (values["x4"], values["x5"], values["x7"]) == (3, True, (3, True))
    assert values["O"] == ((0, 1, 0), (0, 0, 2), (3, 0, 0))
    assert [s.used for s in found.steps] == [False] * 7 + [True]
    assert found.status == "ok" and found.score is None
    assert np.array_equal(found.output, GRID[:, ::-1])


def test_the_line_that_raises_is_named_with_what_it_was_given():
    found = traced(
        "def solve_a(I):\n"
        "    x1 = ofcolor(I, NINE)\n"
        "    x2 = ulcorner(x1)\n"
        "    x3 = first(x1)\n"
        "    x4 = shift(x1, x3)\n"
        "    O = fill(I, ONE, x4)\n"
        "    return O\n",
        expected=GRID,
    )
    steps = {s.line.target: s for s in found.steps}
    assert [steps[k].status for k in ("x1", "x2", "x3", "x4", "O")] == [
        "ok",
        "ok",
        "error",
        "not reached",
        "not reached",
    ]
    assert "first(an empty set of cells)" in steps["x3"].reason
    assert "The empty set raises" in steps["x3"].reason
    assert (found.status, found.reason, found.score) == ("error", steps["x3"].reason, 0)


def test_what_raises_inside_a_function_is_found():
    found = traced(
        "def solve_a(I):\n"
        "    x1 = interval(ONE, FIVE, ONE)\n"
        "    x2 = compose(first, lbind(ofcolor, I))\n"
        "    x3 = apply(x2, x1)\n"
        "    O = fill(I, ONE, x3)\n"
        "    return O\n"
    )
    step = next(s for s in found.steps if s.line.target == "x3")
    assert step.status == "error"
    assert "first(an empty set of cells) (item 4 of 4)" in step.reason


def test_types_that_do_not_fit_end_the_line_and_not_the_trace():
    found = traced(
        "def solve_a(I):\n    x1 = rot90(THREE)\n    x2 = height(I)\n    O = vmirror(x1)\n    return O\n"
    )
    assert [s.status for s in found.steps] == ["unsupported", "ok", "not reached"]
    assert "rot90 does not take (Integer), expected (Grid)" in found.reason


def test_a_value_that_leaves_the_window_is_shown_from_a_larger_one():
    found = traced(
        "def solve_a(I):\n"
        "    x1 = asindices(I)\n"
        "    x2 = shift(x1, astuple(-9, -9))\n"
        "    O = fill(I, ONE, x2)\n"
        "    return O\n"
    )
    steps = {s.line.target: s for s in found.steps}
    assert steps["x2"].value == frozenset((i - 9, j - 9) for i in range(3) for j in range(3))
    assert steps["x1"].side == 32 and steps["x2"].side == 64
    assert found.status == "ok"


def test_what_fits_no_class_is_capacity():
    found = traced("def solve_a(I):\n    O = canvas(ONE, astuple(300, 300))\n    return O\n")
    assert (found.status, found.output) == ("capacity", None)


def test_endless_programs_end():
    programs = jbatt.read_source(
        "def solve_a(I):\n    f = power(compose(hmirror, vmirror), 899)\n    g = power(f, 899)\n    O = g(I)\n    return O\n"
    )
    found = trace(programs.programs[0], programs, GRID, timeout=0.5)
    assert found.steps[-1].status == "timeout"


@pytest.mark.parametrize(
    ("expected", "says"),
    [
        (GRID[:, ::-1], "right: every cell is as expected"),
        (GRID, "wrong: 4 of 9 cells differ, at (1, 0), (1, 2), (2, 0), (2, 2)"),
        (GRID[:2], "wrong: the output is 3x3, expected 2x3"),
        (None, "the expected output is not known"),
    ],
)
def test_verdicts(expected, says):
    assert verdict(traced("def solve_a(I):\n    return vmirror(I)\n", expected=expected)) == says


def test_a_result_that_is_no_grid_is_said():
    found = traced("def solve_a(I):\n    return height(I)\n")
    assert found.output is None and "Integer, not a grid" in found.reason


def test_traces_agree_with_the_bank():
    """Every line of a few programs has a value, and the last is what the engine gives."""
    from jbatt.run.command import bank

    programs = jbatt.read_programs(bank())
    tasks = jbatt.load_tasks("arc-agi-1/training")
    for program in programs.programs[:6]:
        pair = tasks[program.name.removeprefix("solve_")].tests[0]
        found = trace(program, programs, pair.input, pair.output)
        assert found.right, program.name
        assert all(s.status == "ok" for s in found.steps)


def test_large_files_are_not_parsed_for_one_program():
    source = "K = (\n    7\n)\n" + "".join(
        f"def solve_{k}(I):\n    x = canvas(K, UNITY)\n    O = fill(x, {k % 10}, asindices(x))\n    return O\n\n"
        for k in range(4000)
    )
    programs = jbatt.read_source(source)
    program = programs.programs[3000]
    start = time.perf_counter()
    lines = listing(program, programs.graph)
    assert time.perf_counter() - start < 1
    assert lines[0].text == "x = canvas(K, UNITY)" and lines[-1].node == program.root
    assert lines[0].number == program.line + 1


def test_a_file_that_looks_cut_inside_a_string_is_read_as_a_whole():
    source = (
        'def solve_b(I):\n    """Text\ndef not_a_function(I):\n    """\n    return I\n\nK = 3\n\n'
        'def solve_a(I):\n    """Doc\nK = 4\n"""\n    O = canvas(K, UNITY)\n    return O\n'
    )
    programs = jbatt.read_source(source)
    program = next(p for p in programs.programs if p.name == "solve_a")
    (line,) = listing(program, programs.graph)
    assert (line.text, line.node) == ("O = canvas(K, UNITY)", program.root)


def test_types_that_do_not_fit_go_before_what_raises():
    found = traced(
        "def solve_a(I):\n    x1 = first(ofcolor(I, NINE))\n    O = fill(I, rot90(ONE), x1)\n    return O\n"
    )
    assert [s.status for s in found.steps][1] == "error"
    assert found.status == "unsupported" and "rot90" in found.reason


def test_containers_of_functions_where_there_should_be_values_are_unsupported():
    found = traced(
        "def solve_a(I):\n"
        "    x1 = astuple(vmirror, hmirror)\n"
        "    x2 = initset(ORIGIN)\n"
        "    x3 = combine(x2, x1)\n"
        "    O = fill(I, ONE, x3)\n"
        "    return O\n"
    )
    assert [s.status for s in found.steps] == ["ok", "ok", "unsupported", "not reached"]
    assert found.status == "unsupported"


def test_what_leaves_the_largest_window_does_not_end_those_that_do_not_need_it():
    found = traced(
        "def solve_a(I):\n"
        "    x1 = shoot(ORIGIN, UNITY)\n"
        "    x2 = shift(x1, astuple(130, 130))\n"
        "    x3 = combine(x1, x2)\n"
        "    O = fill(I, NINE, x3)\n"
        "    return O\n"
    )
    steps = {s.line.target: s for s in found.steps}
    assert steps["x3"].status == "ok" and "not shown" in steps["x3"].reason
    assert found.status == "ok"
    assert np.array_equal(found.output == 9, np.eye(3, dtype=bool))
